"""One SQLite file: its connections and transactions, and nothing that knows what a photo is.

One connection writes and one reads (WAL mode lets both go on at once, here and in other processes). A file that may not
be written is read as it stands. How an old file is brought up to date stands in `migrating.py`.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Self

import aiosqlite
import numpy as np
import numpy.typing as npt

from core.errors import DamagedLibrary, LibraryError
from core.store.database import Told, read_migrations
from core.store.sqlite.checkup import OPEN_HERE, Checkup, check_up
from core.store.sqlite.migrating import migrate
from core.store.sqlite.sums import FUNCTIONS, Damaged, lenient_text
from core.store.sqlite.tail import note_loss
from core.store.sqlite.trouble import explained, frozen_uri, is_no_text

log = logging.getLogger(__name__)

BUSY_TIMEOUT_S = 30.0
AT_ONCE_BYTES = 8 * 2**20  # of a file that is looked at before it answers, which takes some hundredths of a second
LOOKED_AT_AFTER_S = 60.0  # a larger one, and no command waits so long
LOOKED_AT_EVERY_S = 24 * 3600.0
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
        self.damaged = Damaged()
        self.broken: LibraryError | None = None  # why nothing is read or written any more

    @classmethod
    @asynccontextmanager
    async def open(
        cls, path: Path, package: str = "core.store.sqlite", folder: str = "migrations"
    ) -> AsyncIterator[Self]:
        """Open the file, made and migrated as needed by the scripts in a folder of a package.

        Raises LibraryError when it is no database, damaged, or made by a newer version.
        """
        async with AsyncExitStack() as stack:
            if path.absolute() not in OPEN_HERE and (lost := await asyncio.to_thread(note_loss, path)):
                log.error("%s", lost)
            with explained():
                reader, writer = await _connections(stack, path, read_migrations(package, folder))
            OPEN_HERE[path.absolute()] += 1
            stack.callback(_forget, path.absolute())
            database = cls(reader, writer)
            if path.stat().st_size <= AT_ONCE_BYTES:
                database.learn(await check_up(path, package, folder))
                if database.broken is not None:
                    raise database.broken
            else:
                looking = asyncio.create_task(database._keep_looking(path, package, folder))
                stack.push_async_callback(_stopped, looking)
            yield database

    async def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Return all rows of a query."""
        if self.broken is not None:
            raise self.broken
        with explained():
            return list(await self._reader.execute_fetchall(sql, parameters))

    async def sound(self, sql: str, values: Iterable[Any]) -> list[sqlite3.Row]:
        """Return those rows of a query with `IN ({})` that are sound: a photo first, their sum last."""
        wanted = list(values)
        try:
            return self.damaged.sound(await self.rows_in(sql, wanted))
        except DamagedLibrary as error:
            if not is_no_text(error.__cause__) or self._reader.text_factory is lenient_text:
                raise
            self._reader.text_factory = lenient_text  # one of the texts is none, and its sum will say whose
            return await self.sound(sql, wanted)

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
        if self.broken is not None:
            raise self.broken
        async with self._writing:
            with explained():
                await self._writer.execute("BEGIN IMMEDIATE")
                try:
                    yield SqliteTransaction(self._writer)
                    await self._writer.commit()
                except BaseException:
                    await self._writer.rollback()
                    raise

    @asynccontextmanager
    async def frozen(self) -> AsyncIterator[Self]:
        """Let all reads of this object see one state of the file, whatever is written meanwhile, by whomever."""
        await self._reader.execute("BEGIN")
        try:
            await self.rows("SELECT 1 FROM sqlite_master LIMIT 1")  # what is seen is settled by the first read
            yield self
        finally:
            await self._reader.rollback()

    def learn(self, found: Checkup) -> None:
        """Go by what was found when the whole file was looked at."""
        self.damaged.photos |= found.damaged.photos
        self.damaged.vectors |= found.damaged.vectors
        if found.problems():
            log.error("the database is damaged: %s", "; ".join(found.problems()))
        if found.broken:
            self.broken = DamagedLibrary(
                "The library's database is damaged ({trouble}). Run `modaclip check --repair`.", trouble=found.broken[0]
            )

    async def _keep_looking(self, path: Path, package: str, folder: str) -> None:
        """Look at a large file a while after it was opened, and once a day, for as long as it is used."""
        pause_s = LOOKED_AT_AFTER_S
        while self.broken is None:
            await asyncio.sleep(pause_s)
            self.learn(await check_up(path, package, folder))
            pause_s = LOOKED_AT_EVERY_S

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


def _forget(path: Path) -> None:
    OPEN_HERE[path] -= 1
    if not OPEN_HERE[path]:
        del OPEN_HERE[path]


async def _stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _connections(
    stack: AsyncExitStack, path: Path, scripts: Sequence[str]
) -> tuple[aiosqlite.Connection, aiosqlite.Connection]:
    """Return a connection that reads and one that writes; the same for both where nothing may be written."""
    try:
        async with AsyncExitStack() as opening:
            writer = await opening.enter_async_context(_connect(path.absolute().as_uri()))
            await migrate(writer, path, scripts)
            reader = await opening.enter_async_context(_connect(path.absolute().as_uri()))
            await stack.enter_async_context(opening.pop_all())
            return reader, writer
    except sqlite3.OperationalError as error:
        frozen = frozen_uri(path, error)
    only = await stack.enter_async_context(_connect(frozen))
    return only, only


@asynccontextmanager
async def _connect(uri: str) -> AsyncIterator[aiosqlite.Connection]:
    # autocommit, so that transactions begin where this module says and nowhere else
    async with aiosqlite.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None) as connection:
        connection.row_factory = sqlite3.Row
        for name, function in FUNCTIONS.items():
            await connection.create_function(name, -1, function, deterministic=True)
        yield connection
