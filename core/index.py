"""The index of one library, kept in step with its store.

The store is the truth. Where all vectors are held in memory, the index asks at each query whether anything is newer
than what it has seen (one look into a b-tree) and reads only that. Where the store itself finds what is near, the few
vectors that an answer needs are fetched for it. Either way a bot finds what an import in another process has just
committed, and the same ranking runs over a `VectorIndex`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from core.errors import LibraryError
from core.spaces import current_space
from core.store import Near, Space, Store
from core.vector_cache import Stamp, load_graph, read_stamp, save_graph, seen
from core.vectors import Floats, Kept, Numbers, VectorIndex

COMPARED = 64  # vectors of a file on disk that are compared with the database
WORTH_KEEPING = 0.01  # of a library; less than that is read from the database and compared one by one

log = logging.getLogger(__name__)

QUICKLY_COUNTED = 20_000  # vectors
COUNTED_AGAIN_AFTER_S = 60.0

Direction = Callable[[], Floats]  # (d,), length one; asked for only where it is needed, since it takes a moment


@dataclass(frozen=True, slots=True)
class Asked:
    """Which vectors an answer needs."""

    direction: Direction | None  # the nearest to it; None: no matter which
    count: int  # at least about so many
    allowed: Numbers | None  # ascending: the nearest of these; None: of all
    also: Numbers  # and those of these photos that have a vector


class View(Protocol):
    """The vectors that the library answers from, as they stand when a query begins."""

    @property
    def space(self) -> Space | None:
        """The space that they are of; None while there is no vector."""

    @property
    def whole(self) -> VectorIndex | None:
        """All of them, where they are at hand; else `around` gives a part."""

    def __len__(self) -> int: ...

    async def vectors(self, numbers: Iterable[int]) -> dict[int, Floats]:
        """Return the vectors of those of these photos that have one, by number."""

    async def around(self, asked: Asked, /) -> VectorIndex:
        """Return an index that holds at least what is asked for."""


class LibraryIndex(Protocol):
    """Gives the view of a library's vectors that is up to date."""

    async def current(self) -> View:
        """Return the vectors as they stand now."""

    async def save(self) -> None:
        """Keep what makes a large library quick to search, building it if need be. May take minutes."""


def index_of(store: Store, folder: Path, *, exact_limit: int) -> LibraryIndex:
    """Return the index of a library: in the store where that finds what is near, else in memory."""
    if store.near is not None:
        return StoreIndex(store, store.near, exact_limit=exact_limit)
    return MemoryIndex(store, folder, exact_limit=exact_limit)


@dataclass(frozen=True, slots=True)
class Whole:
    """All vectors, in memory."""

    space: Space | None
    whole: VectorIndex

    def __len__(self) -> int:
        return len(self.whole)

    async def vectors(self, numbers: Iterable[int]) -> dict[int, Floats]:
        """Return the vectors of those of these photos that have one, by number."""
        held = [n for n in numbers if self.whole.holds(n)]
        return dict(zip(held, self.whole.get(np.array(held, np.int64)), strict=True)) if held else {}

    async def around(self, _: Asked, /) -> VectorIndex:
        """Return the index of all."""
        return self.whole


@dataclass(frozen=True, slots=True)
class Part:
    """Vectors that stay in the store until they are asked for."""

    space: Space | None
    count: int
    store: Store
    near: Near
    whole = None

    def __len__(self) -> int:
        return self.count

    async def vectors(self, numbers: Iterable[int]) -> dict[int, Floats]:
        """Return the vectors of those of these photos that have one, by number."""
        if self.space is None:
            return {}
        found = await self.store.vectors.get(self.space, numbers)
        return {n: vector.astype(np.float32) for n, vector in found.items()}

    async def around(self, asked: Asked, /) -> VectorIndex:
        """Return an index of the vectors near to a direction, fetched for this answer."""
        index = VectorIndex(self.space.dimensions if self.space else 0, exact_limit=self.count)
        if self.space is not None and asked.direction is not None:
            direction = await asyncio.to_thread(asked.direction)
            index.add(
                *await self.near.around(self.space, direction, asked.count, allowed=asked.allowed, also=asked.also)
            )
        return index


class StoreIndex:
    """The index of a library whose store finds what is near."""

    def __init__(self, store: Store, near: Near, *, exact_limit: int) -> None:
        self._store = store
        self._near = near
        self._exact_limit = exact_limit
        self._counted: tuple[Space, int] | None = None  # a space and its revision when it was counted,
        self._count, self._counted_at = 0, 0.0  # how many vectors it had then, and when that was

    async def current(self) -> View:
        """Return the vectors as they stand now; they are counted only when there are others."""
        space = await current_space(self._store)
        if space is None:
            return Part(None, 0, self._store, self._near)
        revision = await self._store.vectors.revision(space)
        if self._counted != (space, revision) and not self._still_about_right(space):
            self._count = await self._store.vectors.count(space)
            self._counted, self._counted_at = (space, revision), time.monotonic()
        return Part(space, self._count, self._store, self._near)

    def _still_about_right(self, space: Space) -> bool:
        """Tell whether a large space was counted lately, which reads all of it; a few more or fewer change nothing."""
        lately = time.monotonic() - self._counted_at < COUNTED_AGAIN_AFTER_S
        return self._counted is not None and self._counted[0] == space and self._count > QUICKLY_COUNTED and lately

    async def save(self) -> None:
        """Let the store build what makes a large library quick to search."""
        space = await current_space(self._store)
        if space is not None:
            await self._near.prepare(space, self._exact_limit)


class MemoryIndex:
    """The index of a library whose vectors are all at hand: in memory, or mapped from a file where they are many.

    Of a large library only what is newer than the file is read. Without a file that fits, every vector is read and
    compared, which is slower and as right, until the file is there again.
    """

    def __init__(self, store: Store, folder: Path, *, exact_limit: int) -> None:
        self._store = store
        self._folder = folder
        self._exact_limit = exact_limit
        self._space: Space | None = None
        self._index = VectorIndex(0, exact_limit=exact_limit)
        self._revision = 0
        self._catching_up = asyncio.Lock()
        self._saving = asyncio.Lock()
        self._rebuilding: asyncio.Task[None] | None = None
        self._seen: tuple[int, ...] = ()  # the file on disk when it was last looked at
        self._kept_revision = 0  # that the graph in use was built at

    async def current(self) -> Whole:
        """Return the vectors as they stand now, after reading what is new."""
        async with self._catching_up:
            space = await current_space(self._store)
            if space is None:
                return Whole(None, self._index)
            if self._space is None or space.id != self._space.id:
                self._index, self._revision = VectorIndex(space.dimensions, exact_limit=self._exact_limit), 0
                self._seen = ()
            self._space = space
            await self._look_at_kept(space)
            if await self._store.vectors.revision(space) > self._revision:
                await self._catch_up(space)
            if not self._index.exact and self._index.graph is None:
                self._rebuild()
            return Whole(space, self._index)

    async def _catch_up(self, space: Space) -> None:
        changes = await self._store.vectors.changes(space, self._revision)
        index = self._index

        def apply() -> None:
            index.remove(changes.removed)
            index.add(changes.photos, changes.vectors)

        await asyncio.to_thread(apply)
        self._revision = changes.revision

    async def _look_at_kept(self, space: Space) -> None:
        """Go on from the file on disk where it is another than before, fits, and knows more than this index."""
        file = seen(self._folder)
        if file == self._seen:
            return
        self._seen = file
        stamp = await asyncio.to_thread(read_stamp, self._folder)
        newest = await self._store.vectors.revision(space)
        if stamp is None or stamp.count <= self._exact_limit or not stamp.fits(space, newest):
            return
        if self._index.graph is not None and stamp.revision <= self._kept_revision:
            return
        loaded = await asyncio.to_thread(load_graph, self._folder)
        if loaded is None or not await self._is_of_this_library(space, *loaded):
            return
        kept, stamp = loaded
        self._index = VectorIndex(space.dimensions, exact_limit=self._exact_limit, kept=kept)
        self._revision = self._kept_revision = stamp.revision

    async def _is_of_this_library(self, space: Space, kept: Kept, stamp: Stamp) -> bool:
        """Tell whether some photos have the vectors that the file says: a database may have been put back."""
        places = np.linspace(0, len(kept.numbers) - 1, min(COMPARED, len(kept.numbers))).astype(np.intp)
        said = dict(zip(kept.numbers[places].tolist(), kept.matrix[kept.rows[places]], strict=True))
        since = await self._store.vectors.changes(space, stamp.revision)
        changed = {*since.photos.tolist(), *since.removed.tolist()}
        stored = await self._store.vectors.get(space, said)
        return all(n in changed or (n in stored and (stored[n] == vector).all()) for n, vector in said.items())

    async def save(self) -> None:
        """Keep a large library on disk with its graph, where enough has changed since. Minutes for a million photos."""
        async with self._saving:  # who waited finds the file there
            current = await current_space(self._store)
            if current is None or await self._store.vectors.count(current) <= self._exact_limit:
                return  # without reading vectors that nobody has asked for
            view = await self.current()
            space, index, revision = view.space, view.whole, self._revision
            if space is None or index.exact or index.changed <= WORTH_KEEPING * len(index):
                return
            steps = index.building()
            while (built := await asyncio.to_thread(next, steps)) is None:
                pass  # a step is short, so that a program that ends does not wait for the last one
            graph, numbers, vectors = built
            stamp = Stamp(space.encoder, space.fingerprint, space.dimensions, revision, len(numbers))
            try:
                await asyncio.to_thread(save_graph, self._folder, graph, numbers, vectors, stamp)
            except LibraryError as error:  # queries go on without it
                log.warning("the index could not be kept on disk: %s", error.gist)

    def _rebuild(self) -> None:
        """Build what is missing on disk, once, while queries are answered without it."""
        if self._rebuilding is None and not self._saving.locked():
            self._rebuilding = asyncio.create_task(self.save())
            self._rebuilding.add_done_callback(_note)


def _note(ended: asyncio.Task[None]) -> None:
    """Log why a graph could not be kept; queries go on without it."""
    if not ended.cancelled() and (error := ended.exception()) is not None:
        log.warning("the index could not be kept on disk", extra={"error": type(error).__name__})
