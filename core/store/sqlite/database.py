"""One SQLite file: its connections and transactions, and nothing that knows what a photo is.

One connection writes and one reads (WAL mode lets both go on at once, here and in other processes). How an old file is
brought up to date stands in `migrating.py`.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import aiosqlite
import numpy as np
import numpy.typing as npt

from core.errors import LibraryError
from core.store.database import Told, read_migrations
from core.store.sqlite.migrating import migrate

BUSY_TIMEOUT_S = 30.0
VARIABLES = 900  # SQLite takes at least 999 variables a statement


class SqliteTransaction:
    """Statements of which all are committed, or none."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement; return how many rows it touched."""
        async with self._connection.execute(sql, parameters) as cursor:
            return cursor.rowcount

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> None:
        """Run a statement for each of many values."""
        await self._connection.executemany(sql, parameters)

    async def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Return all rows of a query, or of a statement with RETURNING."""
        return list(await self._connection.execute_fetchall(sql, parameters))


class SqliteDatabase:
    """Two connections to one file. Use `async with SqliteDatabase.open(path, package, folder)`."""

    def __init__(self, reader: aiosqlite.Connection, writer: aiosqlite.Connection) -> None:
        self._reader = reader
        self._writer = writer
        self._writing = asyncio.Lock()  # one transaction at a time on the one writing connection

    @classmethod
    @asynccontextmanager
    async def open(
        cls, path: Path, package: str = "core.store.sqlite", folder: str = "migrations"
    ) -> AsyncIterator[Self]:
        """Open the file, made and migrated as needed by the scripts in a folder of a package.

        Raises LibraryError when it is no database, damaged, or made by a newer version.
        """
        try:
            async with _connect(path) as writer:
                await migrate(writer, path, read_migrations(package, folder))
                async with _connect(path) as reader:
                    yield cls(reader, writer)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
                raise  # a mistake in this code, not in the file
            raise LibraryError(
                "The library's database can't be used ({trouble}). Run `modaclip check --repair`.", trouble=str(error)
            ) from error

    async def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Return all rows of a query."""
        return list(await self._reader.execute_fetchall(sql, parameters))

    async def row(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Row | None:
        """Return the first row of a query, or None."""
        return next(iter(await self.rows(sql, parameters)), None)

    async def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Return the first column of the first row, or None."""
        row = await self.row(sql, parameters)
        return None if row is None else row[0]

    async def rows_in(self, sql: str, values: Iterable[Any], before: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Return the rows of a query with `IN ({})`, asked in as many parts as SQLite's limit needs."""
        wanted, found = list(values), []
        for start in range(0, len(wanted), VARIABLES):
            part = wanted[start : start + VARIABLES]
            found += await self.rows(sql.format(",".join("?" * len(part))), [*before, *part])
        return found

    async def numbers(self, sql: str, parameters: Sequence[Any] = ()) -> npt.NDArray[np.int64]:
        """Return the whole numbers that a query's one column holds, ascending.

        They come as one text: fetching half a million rows one by one takes ten times as long.
        """
        text = await self.value(f"SELECT group_concat(number) FROM (SELECT {sql})", parameters)
        return np.sort(np.fromstring(text or "", np.int64, sep=","))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqliteTransaction]:
        """Hold a transaction on the writing connection: all of it is committed, or none."""
        async with self._writing:
            await self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield SqliteTransaction(self._writer)
            except BaseException:
                await self._writer.rollback()
                raise
            await self._writer.commit()

    @asynccontextmanager
    async def frozen(self) -> AsyncIterator[Self]:
        """Let all reads of this object see one state of the file, whatever is written meanwhile, by whomever."""
        await self._reader.execute("BEGIN")
        try:
            await self.rows("SELECT 1 FROM sqlite_master LIMIT 1")  # what is seen is settled by the first read
            yield self
        finally:
            await self._reader.rollback()

    @property
    def shared(self) -> bool:
        """Whether several hosts may use the tables at once: a file is for one."""
        return False

    async def tell(self, topic: str, text: str) -> None:
        """Tell nobody: one program at a time uses a file of tables."""

    async def hear(self, topic: str, told: Told) -> None:
        """Hear nothing."""

    async def version(self) -> int:
        """Return a number that differs after anything was committed, by this process or another."""
        return int(await self.value("PRAGMA data_version"))

    async def problems(self) -> list[str]:
        """Return what SQLite itself finds wrong with the file; empty when it is sound."""
        rows = await self.rows("PRAGMA integrity_check(20)")
        return [row[0] for row in rows if row[0] != "ok"]


@asynccontextmanager
async def _connect(path: Path) -> AsyncIterator[aiosqlite.Connection]:
    # autocommit, so that transactions begin where this module says and nowhere else
    async with aiosqlite.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None) as connection:
        connection.row_factory = sqlite3.Row
        yield connection
