"""Everything that a library keeps in SQLite; no SQL is written anywhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from core.store.boards import BoardTable
from core.store.database import Database
from core.store.filters import FilterTable
from core.store.photos import Arrival, Known, PhotoTable
from core.store.vectors import Changes, Space, VectorTable, pack
from core.store.words import WordMatches, WordTable, telling_words

__all__ = ["Arrival", "Changes", "Known", "Space", "Store", "WordMatches", "pack", "telling_words"]


class Store:
    """One library's database, table by table. Use `async with Store.open(path)`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.words = WordTable(database)
        self.photos = PhotoTable(database, self.words)
        self.vectors = VectorTable(database)
        self.filters = FilterTable(database)
        self.boards = BoardTable(database)

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator[Self]:
        """Open the database file, made and migrated as needed. Raises LibraryError when it can't be used."""
        async with Database.open(path) as database:
            yield cls(database)

    async def fact(self, name: str) -> str | None:
        """Return one fact about the library, such as the encoder it uses."""
        value = await self.database.value("SELECT value FROM facts WHERE name = ?", (name,))
        return None if value is None else str(value)

    async def write_facts(self, **facts: str) -> None:
        """Write facts about the library, all at once."""
        async with self.database.transaction() as connection:
            await connection.executemany(
                "INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", list(facts.items())
            )

    async def switch(self, facts: Mapping[str, str], *, drop: Space | None) -> None:
        """Write facts and drop a space, both or neither."""
        async with self.database.transaction() as connection:
            await connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", list(facts.items()))
            if drop is not None:
                await self.vectors.drop(connection, drop)

    async def write_photos(
        self, arrivals: Sequence[Arrival], vectors: Sequence[tuple[Space, npt.NDArray[np.floating]] | None]
    ) -> list[int]:
        """Write photos and their vectors in one transaction; return their numbers."""
        async with self.database.transaction() as connection:
            numbers = await self.photos.write(connection, arrivals)
            by_space: dict[Space, dict[int, npt.NDArray[np.floating]]] = {}
            for n, pair in zip(numbers, vectors, strict=True):
                if pair is not None:
                    by_space.setdefault(pair[0], {})[n] = pair[1]
            for space, given in by_space.items():
                await self.vectors.write(connection, space, given)
        return numbers

    async def named_space(self, encoder: str, fingerprint: str, dimensions: int) -> Space:
        """Return the space of an encoder, made when it is not there.

        Vectors that came from elsewhere know their encoder's name and no more (an empty fingerprint): they share the
        space of the weights that go by this name, whichever came first.
        """
        same = [space for space in await self.vectors.spaces() if space.encoder == encoder]
        for space in same:
            if fingerprint in ("", space.fingerprint):
                return space
        async with self.database.transaction() as connection:
            if adopted := next((space for space in same if not space.fingerprint), None):
                await connection.execute("UPDATE spaces SET fingerprint = ? WHERE id = ?", (fingerprint, adopted.id))
                return replace(adopted, fingerprint=fingerprint)
            return await self.vectors.add_space(connection, encoder, fingerprint, dimensions)

    async def remove_photos(self, numbers: Sequence[int]) -> None:
        """Remove photos and all that is kept of them."""
        async with self.database.transaction() as connection:
            await self.vectors.forget(connection, numbers)
            await self.photos.remove(connection, numbers)

    async def derived(self, name: str, stamp: str) -> bytes | None:
        """Return derived data if it was made under this stamp."""
        data = await self.database.value("SELECT data FROM derived WHERE name = ? AND stamp = ?", (name, stamp))
        return None if data is None else bytes(data)

    async def write_derived(self, name: str, stamp: str, data: bytes) -> None:
        """Keep data that can always be computed again."""
        async with self.database.transaction() as connection:
            await connection.execute(
                "INSERT OR REPLACE INTO derived (name, stamp, data) VALUES (?, ?, ?)", (name, stamp, data)
            )
