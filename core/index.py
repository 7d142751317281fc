"""The index of one library, kept in step with its store.

The store is the truth. Where all vectors are held in memory, the index asks at each query whether anything is newer
than what it has seen (one look into a b-tree) and reads only that. Where the store itself finds what is near, the few
vectors that an answer needs are fetched for it. Either way a bot finds what an import in another process has just
committed, and the same ranking runs over a `VectorIndex`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from core.spaces import current_space
from core.store import Near, Space, Store
from core.vector_cache import Stamp, load_graph, save_graph
from core.vectors import Floats, Numbers, VectorIndex

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
    def partial(self) -> bool:
        """Whether `around` gives only a part of them."""

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
    index: VectorIndex
    partial = False

    def __len__(self) -> int:
        return len(self.index)

    async def vectors(self, numbers: Iterable[int]) -> dict[int, Floats]:
        """Return the vectors of those of these photos that have one, by number."""
        held = [n for n in numbers if self.index.holds(n)]
        return dict(zip(held, self.index.get(np.array(held, np.int64)), strict=True)) if held else {}

    async def around(self, _: Asked, /) -> VectorIndex:
        """Return the index of all."""
        return self.index


@dataclass(frozen=True, slots=True)
class Part:
    """Vectors that stay in the store until they are asked for."""

    space: Space | None
    count: int
    store: Store
    near: Near
    partial = True

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
    """The index of a library whose vectors are all held in memory."""

    def __init__(self, store: Store, folder: Path, *, exact_limit: int) -> None:
        self._store = store
        self._folder = folder
        self._exact_limit = exact_limit
        self._space: Space | None = None
        self._index = VectorIndex(0, exact_limit=exact_limit)
        self._revision = 0
        self._catching_up = asyncio.Lock()

    async def current(self) -> Whole:
        """Return the vectors as they stand now, after reading what is new."""
        async with self._catching_up:
            space = await current_space(self._store)
            if space is None:
                return Whole(None, self._index)
            if self._space is None or space.id != self._space.id:
                self._index, self._revision = VectorIndex(space.dimensions, exact_limit=self._exact_limit), 0
            self._space = space
            if await self._store.vectors.revision(space) > self._revision:
                await self._catch_up(space)
            return Whole(space, self._index)

    async def _catch_up(self, space: Space) -> None:
        changes = await self._store.vectors.changes(space, self._revision)
        index = self._index

        def apply() -> None:
            index.remove(changes.removed)
            index.add(changes.photos, changes.vectors)

        await asyncio.to_thread(apply)
        first, self._revision = self._revision == 0, changes.revision
        if first and not index.exact:
            await self._adopt_kept(space)

    async def _adopt_kept(self, space: Space) -> None:
        """Take the graph from disk where it fits, with what changed since."""
        kept = await asyncio.to_thread(load_graph, self._folder)
        if kept is None or not kept[1].fits(space, self._revision):
            return
        graph, stamp = kept
        since = await self._store.vectors.changes(space, stamp.revision)
        changed = np.concatenate([since.photos, since.removed])
        await asyncio.to_thread(self._index.adopt, graph, changed)

    async def save(self) -> None:
        """Keep the graph of a large library on disk, building it if need be. Takes minutes for a million photos."""
        view = await self.current()
        space, index = view.space, view.index
        if space is None or index.exact:
            return
        revision = self._revision

        def build_and_save() -> None:
            graph = index.build()
            if graph is not None:
                stamp = Stamp(space.encoder, space.fingerprint, space.dimensions, revision, len(graph))
                save_graph(self._folder, graph, stamp)

        await asyncio.to_thread(build_and_save)
