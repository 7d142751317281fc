"""The index of one library, kept in step with its database.

The database is the truth: at each query the index asks whether anything is newer than what it has seen (one look into a
b-tree) and reads only that. So a bot finds what an import in another process has just committed.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np

from core.spaces import current_space
from core.store import Space, Store
from core.vector_cache import Stamp, load_graph, save_graph
from core.vectors import VectorIndex


class LibraryIndex:
    """Gives the up-to-date `VectorIndex` of the space that the library answers from."""

    def __init__(self, store: Store, folder: Path, *, exact_limit: int) -> None:
        self._store = store
        self._folder = folder
        self._exact_limit = exact_limit
        self._space: Space | None = None
        self._index = VectorIndex(0, exact_limit=exact_limit)
        self._revision = 0
        self._catching_up = asyncio.Lock()

    async def current(self) -> tuple[Space | None, VectorIndex]:
        """Return the space that the library answers from and its index; no space while there is no vector."""
        async with self._catching_up:
            space = await current_space(self._store)
            if space is None:
                return None, self._index
            if self._space is None or space.id != self._space.id:
                self._index, self._revision = VectorIndex(space.dimensions, exact_limit=self._exact_limit), 0
            self._space = space
            if await self._store.vectors.revision(space) > self._revision:
                await self._catch_up(space)
            return space, self._index

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
        space, index = await self.current()
        if space is None or index.exact:
            return
        revision = self._revision

        def build_and_save() -> None:
            graph = index.build()
            if graph is not None:
                stamp = Stamp(space.encoder, space.fingerprint, space.dimensions, revision, len(graph))
                save_graph(self._folder, graph, stamp)

        await asyncio.to_thread(build_and_save)
