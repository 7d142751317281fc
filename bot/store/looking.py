"""The bot's own database as a command looks at it, while the bot may be running: nothing is made, and nothing changed.

A program opens its tables by migrating them, after which an older one that still runs, or is started again, can't use
them. So what only looks opens them as they are.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite

from core.errors import LibraryError
from core.store.database import Database
from core.store.sqlite.database import SqliteDatabase


@asynccontextmanager
async def looking_at(path: Path, table: str) -> AsyncIterator[Database | None]:
    """Open the tables in a file for reading; None where there is no file, or a version made it that knew no `table`.

    Raises LibraryError when it is no database, or is damaged.
    """
    if not path.is_file():
        yield None
        return
    # not `mode=ro`: that leaves files of the write-ahead log behind, perhaps of another user than the bot's
    address = f"{path.resolve().as_uri()}?mode=rw"
    try:
        async with aiosqlite.connect(address, uri=True, isolation_level=None) as connection:
            connection.row_factory = sqlite3.Row
            await connection.execute("PRAGMA query_only = 1")
            database = SqliteDatabase(connection, connection)
            known = await database.value("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,))
            yield database if known else None
    except sqlite3.DatabaseError as error:
        raise LibraryError(
            "The library's database can't be used ({trouble}). Run `modaclip check --repair`.", trouble=str(error)
        ) from error
