"""One library's store in SQLite, table by table."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Self

import aiosqlite

from core.locking import locked
from core.store.protocol import Near
from core.store.sqlite.boards import BoardTable
from core.store.sqlite.checkup import check_up
from core.store.sqlite.database import SqliteDatabase
from core.store.sqlite.filters import FilterTable
from core.store.sqlite.photos import PhotoTable
from core.store.sqlite.raw import RawTables
from core.store.sqlite.sums import SEALING, is_sound, proven
from core.store.sqlite.vectors import VectorTable
from core.store.sqlite.words import WordTable
from core.store.values import Arrival, Space, Vector, by_space, space_for

DATABASE = "library.db"
LOCK = "library.lock"
PICTURES = ("thumbs", "originals")  # folders that only a library that was made has
_WRITE_FACT = "INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)"


class SqliteStore:
    """The store of the library in a folder. Use `async with SqliteStore.open(folder)`."""

    near: Near | None = None  # vectors are compared in memory

    def __init__(self, database: SqliteDatabase, folder: Path) -> None:
        self.database = database
        self.words = WordTable(database)
        self.photos = PhotoTable(database, self.words)
        self.vectors = VectorTable(database)
        self.filters = FilterTable(database)
        self.boards = BoardTable(database)
        self.raw = RawTables(database, self.words, folder / DATABASE)
        self._folder = folder

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path) -> AsyncIterator[Self]:
        """Open the database file, made and migrated as needed. Raises LibraryError when it can't be used."""
        async with SqliteDatabase.open(folder / DATABASE) as database:
            yield cls(database, folder)

    async def fact(self, name: str) -> str | None:
        """Return one fact about the library, such as the encoder it uses."""
        rows = proven(await self.database.rows("SELECT name, value, sum FROM facts WHERE name = ?", (name,)))
        return str(rows[0][1]) if rows else None

    async def write_facts(self, **facts: str) -> None:
        """Write facts about the library, all at once."""
        await self.switch(facts, drop=None)

    async def begin(self, facts: Mapping[str, str]) -> bool:
        """Write the first facts of a library; tell whether there were none yet."""
        async with self.database.transaction() as transaction:
            if await transaction.rows("SELECT 1 FROM facts LIMIT 1"):
                return False
            await transaction.executemany(_WRITE_FACT, list(facts.items()))
        return True

    async def switch(self, facts: Mapping[str, str], *, drop: Space | None) -> None:
        """Write facts and drop a space, both or neither."""
        async with self.database.transaction() as transaction:
            await transaction.executemany(_WRITE_FACT, list(facts.items()))
            if drop is not None:
                await self.vectors.drop(transaction, drop)

    async def write_photos(
        self, arrivals: Sequence[Arrival], vectors: Sequence[tuple[Space, Vector] | None]
    ) -> list[int]:
        """Write photos and their vectors in one transaction; return their numbers."""
        async with self.database.transaction() as transaction:
            numbers = await self.photos.put(transaction, arrivals)
            for space, given in by_space(numbers, vectors).items():
                await self.vectors.put(transaction, space, given)
        return numbers

    async def named_space(self, encoder: str, fingerprint: str, dimensions: int) -> Space:
        """Return the space of an encoder, made when it is not there."""
        spaces = await self.vectors.spaces()
        space = space_for(spaces, encoder, fingerprint)
        if space is not None and space in spaces:
            return space
        async with self.database.transaction() as transaction:
            if space is None:
                return await self.vectors.add_space(transaction, encoder, fingerprint, dimensions)
            await transaction.execute("UPDATE spaces SET fingerprint = ? WHERE id = ?", (fingerprint, space.id))
            return space

    async def remove_photos(self, numbers: Sequence[int]) -> None:
        """Remove photos and all that is kept of them."""
        async with self.database.transaction() as transaction:
            await self.vectors.forget(transaction, numbers)
            await self.photos.remove(transaction, numbers)

    async def derived(self, name: str, stamp: str) -> bytes | None:
        """Return derived data if it was made under this stamp."""
        rows = await self.database.rows(
            "SELECT name, stamp, data, sum FROM derived WHERE name = ? AND stamp = ?", (name, stamp)
        )
        return next((bytes(row["data"]) for row in rows if is_sound(tuple(row))), None)

    async def write_derived(self, name: str, stamp: str, data: bytes) -> None:
        """Keep data that can always be computed again."""
        async with self.database.transaction() as transaction:
            await transaction.execute(
                "INSERT OR REPLACE INTO derived (name, stamp, data) VALUES (?, ?, ?)", (name, stamp, data)
            )

    async def version(self) -> int:
        """Return a number that differs after anything was committed, by this process or another."""
        return await self.database.version()

    async def problems(self) -> list[str]:
        """Return what is wrong with the file; empty when it is sound."""
        return (await check_up(self._folder / DATABASE)).problems()

    async def seal(self) -> int:
        """Give rows that are older than checksums theirs; return how many there were."""
        async with self.database.transaction() as transaction:
            return sum([await transaction.execute(statement) for statement in SEALING])

    @property
    def damaged(self) -> int:
        """How many photos are left out of answers, in part or as a whole, because what is kept of them is damaged."""
        return len(self.database.damaged)

    def lock(
        self,
        patience_s: float = 0.0,
        *,
        shared: bool = False,  # noqa: ARG002 - a file's lock is held alone
    ) -> AbstractAsyncContextManager[None]:
        """Hold the lock of the library's folder, a file's, alone. Raises LibraryBusy where it is held elsewhere."""
        return locked(self._folder / LOCK, patience_s)

    def enriching(self) -> AbstractAsyncContextManager[None]:
        """Hold nothing more: whoever enriches has the library's lock alone."""
        return nullcontext()


async def library_is_in(folder: Path) -> bool:
    """Tell whether there is a library in a folder. One that nobody has ended making is none yet, and can be made."""
    path = folder / DATABASE
    if not path.is_file():
        return False
    if any((folder / pictures).exists() for pictures in PICTURES):  # it was whole once, whatever it is now
        return True
    try:
        async with aiosqlite.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True) as connection:
            begun = await connection.execute_fetchall("SELECT 1 FROM sqlite_master WHERE name = 'facts'")
            return bool(begun) and bool(await connection.execute_fetchall("SELECT 1 FROM facts LIMIT 1"))
    except sqlite3.Error:  # damaged, or no database at all: whoever opens it says so
        return True
