"""The SQLite file of a library: its connections, its migrations, and nothing that knows what a photo is.

One connection writes and one reads (WAL mode lets both go on at once, here and in other processes). Migrations are
numbered SQL files that are only ever added to.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Any, Self

import aiosqlite
import numpy as np
import numpy.typing as npt

from core.errors import LibraryError

Row = sqlite3.Row
BUSY_TIMEOUT_S = 30.0
VARIABLES = 900  # SQLite takes at least 999 variables a statement


class Database:
    """Two connections to one file. Use `async with Database.open(path)`."""

    def __init__(self, reader: aiosqlite.Connection, writer: aiosqlite.Connection) -> None:
        self._reader = reader
        self._writer = writer
        self._writing = asyncio.Lock()  # one transaction at a time on the one writing connection

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, migrations: str = "core.store") -> AsyncIterator[Self]:
        """Open the file, made and migrated as needed by the scripts in the folder `migrations/` of a package.

        Raises LibraryError when it is no database, damaged, or made by a newer version.
        """
        try:
            async with _connect(path) as writer:
                await _migrate(writer, migrations)
                async with _connect(path) as reader:
                    yield cls(reader, writer)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
                raise  # a mistake in this code, not in the file
            raise LibraryError(
                "The library's database can't be used ({trouble}). Run `modaclip check --repair`.", trouble=str(error)
            ) from error

    async def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Return all rows of a query."""
        return list(await self._reader.execute_fetchall(sql, parameters))

    async def row(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """Return the first row of a query, or None."""
        return next(iter(await self.rows(sql, parameters)), None)

    async def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Return the first column of the first row, or None."""
        row = await self.row(sql, parameters)
        return None if row is None else row[0]

    async def rows_in(self, sql: str, values: Iterable[Any], before: Sequence[Any] = ()) -> list[Row]:
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
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """Yield the writing connection inside a transaction: all of it is committed, or none."""
        async with self._writing:
            await self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                await self._writer.rollback()
                raise
            await self._writer.commit()

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


async def _migrate(connection: aiosqlite.Connection, package: str) -> None:
    await connection.execute("PRAGMA journal_mode = WAL")
    await connection.execute("PRAGMA synchronous = NORMAL")
    scripts = sorted(
        (entry.name, entry.read_text(encoding="utf-8"))
        for entry in resources.files(package).joinpath("migrations").iterdir()
        if entry.name.endswith(".sql")
    )
    done = int((await (await connection.execute("PRAGMA user_version")).fetchone() or (0,))[0])
    if done > len(scripts):
        raise LibraryError("This library was made by a newer version of ModaCLIP. Update ModaCLIP, then open it again.")
    for number, (_, script) in enumerate(scripts[done:], done + 1):
        await connection.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;")
