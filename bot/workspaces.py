"""Which photos a workspace has: opens its library when it is first asked for, and the shared collections once.

Every server, team or web workspace has a folder of its own; its name is hashed into the folder's, so that no name can
lead out of it or into another's. Libraries that nobody asks for a while are closed, however many workspaces there are.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from weakref import WeakValueDictionary

from bot.catalogue import Words
from core.decoding import Decoders
from core.encoder import EncoderService, EncoderServices
from core.errors import LibraryBusy
from core.library import Library, LibraryOptions
from core.store import Store, Stores
from core.workspace import Workspace

DROP_S = 10.0  # that a library which is to be deleted may still be used
OPEN_AT_ONCE = 32  # libraries of workspaces that stay open while nobody asks them


@dataclass(slots=True)
class _Opened:
    workspace: Workspace
    stack: AsyncExitStack
    users: int = 0


@dataclass(frozen=True, slots=True)
class Places:
    """Where photos lie."""

    workspaces: Path  # a folder for each workspace is made in it
    collections: Mapping[str, Path] = field(default_factory=dict)  # shared libraries, by the name people type
    fixed: Mapping[str, Path] = field(default_factory=dict)  # libraries that a workspace has had before
    readers: Mapping[str, frozenset[str]] = field(default_factory=dict)  # who may read a collection; absent: everybody


class Workspaces:
    """All workspaces of a program. Use `async with Workspaces(...)`."""

    def __init__(
        self,
        places: Places,
        options: LibraryOptions,
        encoder: Callable[[], str],
        *,
        stores: Stores | None = None,
        open_at_once: int = OPEN_AT_ONCE,
    ) -> None:
        self._places = places
        self._options = options
        self._encoder = encoder  # names the one that new libraries get; may take a while the first time
        self._stores = stores or Stores()
        self._open_at_once = open_at_once
        self._stack = AsyncExitStack()
        self._services: EncoderServices | None = None
        self._decoders: Decoders | None = None
        self._collections: dict[str, Library] = {}
        self._opened: OrderedDict[str, _Opened] = OrderedDict()
        self._opening: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.warm = False  # whether the encoders are loaded

    async def __aenter__(self) -> Self:
        self._services = await self._stack.enter_async_context(self._options.make_services())
        self._decoders = self._stack.enter_context(self._options.make_decoders())
        for name, folder in self._places.collections.items():
            self._collections[name] = await self._stack.enter_async_context(self._library(folder))
        return self

    async def __aexit__(self, *_: object) -> None:
        for opened in self._opened.values():
            await opened.stack.aclose()
        self._opened.clear()
        await self._stack.aclose()

    @asynccontextmanager
    async def use(self, name: str) -> AsyncIterator[Workspace]:
        """Yield a workspace, opened (and its library made) where that has not been done."""
        async with self._turn(name):
            if name not in self._opened:
                self._opened[name] = await self._open(name)
            opened = self._opened[name]
            opened.users += 1
        self._opened.move_to_end(name)
        try:
            yield opened.workspace
        finally:
            opened.users -= 1
            await self._close_idle()

    async def folders(self) -> list[Path]:
        """Return the folders of all libraries that there are, whether anybody has asked for them since the start."""
        if keys := await self._stores.keys():
            return [Path(key) for key in keys]
        below = self._places.workspaces
        own = sorted(below.iterdir()) if below.is_dir() else []
        every = dict.fromkeys((*self._places.fixed.values(), *self._places.collections.values(), *own))
        return [folder for folder in every if await self._stores.exists(folder)]

    @asynccontextmanager
    async def store_in(self, folder: Path) -> AsyncIterator[Store]:
        """Yield what the library of a folder keeps. Raises LibraryError."""
        async with self._stores.open(folder) as store:
            yield store

    def folder(self, name: str) -> Path:
        """Return the folder of a workspace's library, be it there or not."""
        return self._places.fixed.get(name) or self._places.workspaces / folder_name(name)

    async def exists(self, name: str) -> bool:
        """Tell whether a workspace has a library."""
        return await self._stores.exists(self.folder(name))

    async def drop(self, name: str) -> None:
        """Delete a workspace's library with its pictures and boards, after those who use it. Raises LibraryBusy."""
        async with self._opening.setdefault(name, asyncio.Lock()):
            deadline = asyncio.get_running_loop().time() + DROP_S
            while name in self._opened and self._opened[name].users:
                if asyncio.get_running_loop().time() > deadline:
                    raise LibraryBusy("Your own photos are being worked on. Try again in a minute.")
                await asyncio.sleep(DROP_S / 100)
            if name in self._opened:
                await self._opened.pop(name).stack.aclose()
            await self._stores.drop(self.folder(name))

    @property
    def open_libraries(self) -> int:
        """How many libraries are open."""
        return len(self._opened) + len(self._collections)

    @property
    def encoders_waiting(self) -> int:
        """How many pieces of work the encoders have before them."""
        return sum(service.waiting for service in self._all_services())

    @property
    def pictures_given_up(self) -> int:
        """How many pictures took too long to read, or broke the process that read them."""
        return 0 if self._decoders is None else self._decoders.killed

    @property
    def texts_remembered(self) -> int:
        """How many texts' vectors the encoders remember."""
        return sum(service.texts_remembered for service in self._all_services())

    async def count_photos(self) -> int:
        """Return how many photos the open libraries hold."""
        return sum([await library.count() for library in self._libraries()])

    @property
    def damaged_photos(self) -> int:
        """How many photos the open libraries leave out of answers because what is kept of them is damaged."""
        return sum(library.damaged for library in self._libraries())

    def _libraries(self) -> list[Library]:
        return [*(opened.workspace.own for opened in self._opened.values()), *self._collections.values()]

    async def warm_up(self) -> None:
        """Load the encoder of new libraries and those of the collections, so that the first question finds them."""
        services = self._services
        if services is None:
            return
        names = {await asyncio.to_thread(self._encoder)}
        names |= {library.encoder.encoder.name for library in self._collections.values()}
        for name in names:
            await services.get(name).encode_texts(["photo"])
        self.warm = True

    def say_waiting(self, words: Words, ahead: int) -> str:
        """Return what an answer that takes long is waiting for, in a sentence; so many get their turns before it."""
        services = self._all_services()
        if any(service.waiting and not service.ready for service in services):
            return words.say("One moment: I am loading the model that looks at photos.")
        if (ahead := ahead or self.encoders_waiting - 1) > 0:
            return words.plural(
                "One moment: {n} request is before yours.", "One moment: {n} requests are before yours.", ahead
            )
        return words.say("One moment: I am still looking.")

    def _all_services(self) -> Sequence[EncoderService]:
        return () if self._services is None else self._services.running()

    def _turn(self, name: str) -> asyncio.Lock:
        """Return the lock under which a workspace is opened and closed; it is there while somebody holds it."""
        return self._opening.setdefault(name, asyncio.Lock())

    async def _open(self, name: str) -> _Opened:
        folder = self.folder(name)
        if not await Library.exists(folder, stores=self._stores):
            encoder = await asyncio.to_thread(self._encoder)
            await Library.create(folder, encoder, stores=self._stores, be_it_there=True)
        stack = AsyncExitStack()
        own = await stack.enter_async_context(self._library(folder))
        await own.boards.purge()
        readable = {
            collection: library
            for collection, library in self._collections.items()
            if collection not in self._places.readers or name in self._places.readers[collection]
        }
        workspace = Workspace(own, readable)
        stack.push_async_callback(workspace.close)
        return _Opened(workspace, stack)

    def _library(self, folder: Path) -> AbstractAsyncContextManager[Library]:
        return Library.open(
            folder,
            self._options,
            any_encoder=True,
            services=self._services,
            stores=self._stores,
            decoders=self._decoders,
        )

    async def _close_idle(self) -> None:
        for name in list(self._opened):
            if len(self._opened) <= self._open_at_once:
                return
            async with self._turn(name):
                if name in self._opened and not self._opened[name].users:
                    await self._opened.pop(name).stack.aclose()


def folder_name(name: str) -> str:
    """Return the name of a workspace's folder: readable, and unlike any other's."""
    readable = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
    return f"{readable}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
