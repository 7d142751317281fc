"""An old SQLite file brought up to date: by all scripts that it lacks or by none, with a copy of it kept before.

The copy lies beside the file, named by the version that it is of: `library.db.before-5`. It is made while the lock of
writers is held, so nothing is written between it and the first script, and only one process does any of it.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import aiosqlite

from core.errors import LibraryError
from core.store.sqlite.copying import copy_file

PATIENCE_S = 600.0  # for another process that brings the same file up to date


async def migrate(connection: aiosqlite.Connection, path: Path, scripts: Sequence[str]) -> None:
    """Bring the file `path`, to which a connection is open, up to date.

    Raises LibraryError where a newer version made it, or it can't be done; it is then left as it was.
    """
    await _patiently(connection, "PRAGMA journal_mode = WAL")
    await connection.execute("PRAGMA synchronous = FULL")  # what was acknowledged outlives a loss of power as well
    if await _version(connection, scripts) == len(scripts):
        return
    await _patiently(connection, "BEGIN IMMEDIATE")
    try:
        done = await _version(connection, scripts)  # another process may have been faster
        if 0 < done < len(scripts):
            await _keep(path, done)
        await _run(connection, scripts[done:])
        await connection.execute(f"PRAGMA user_version = {len(scripts)}")
        await connection.commit()
    except BaseException:
        await connection.rollback()
        raise


def kept_as(path: Path, version: int) -> Path:
    """Return where a file is kept as it was before it was migrated from a version."""
    return path.with_name(f"{path.name}.before-{version}")


def statements_of(script: str) -> Iterator[str]:
    """Yield the statements of a script one by one: what sqlite3 runs as a script it commits before."""
    *parts, last = script.split(";")
    statement = ""
    for part in parts:
        statement += f"{part};"
        if sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""
    if rest := f"{statement}{last}".strip():
        yield rest


async def _version(connection: aiosqlite.Connection, scripts: Sequence[str]) -> int:
    version = int((await (await connection.execute("PRAGMA user_version")).fetchone() or (0,))[0])
    if version > len(scripts):
        raise LibraryError("This library was made by a newer version of ModaCLIP. Update ModaCLIP, then open it again.")
    return version


async def _keep(path: Path, version: int) -> None:
    try:
        await asyncio.to_thread(copy_file, path, kept_as(path, version))
    except LibraryError as error:
        raise LibraryError(
            "{cause} Before it is brought up to date a copy is made, so nothing was changed. Make room, then open it "
            "again.",
            cause=error.message,
        ) from error
    except (sqlite3.Error, OSError) as error:
        raise LibraryError(
            "Before {name} is brought up to date a copy of it is made, and that failed ({trouble}). Nothing was "
            "changed. Make sure that its folder can be written to and has room, then open it again.",
            name=path.name,
            trouble=str(error),
        ) from error


async def _run(connection: aiosqlite.Connection, scripts: Sequence[str]) -> None:
    try:
        for script in scripts:
            for statement in statements_of(script):
                await connection.execute(statement)
    except sqlite3.Error as error:
        raise LibraryError(
            "This library could not be brought up to date ({trouble}), and was left as it was. Make sure that its disk "
            "has room, then open it again; until that works, the version of ModaCLIP that it was used with goes on.",
            trouble=str(error),
        ) from error


async def _patiently(connection: aiosqlite.Connection, statement: str) -> None:
    """Run a statement that may have to wait for others, again and again where one wait is over too soon."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while True:
        try:
            await connection.execute(statement)
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            if asyncio.get_running_loop().time() > deadline:
                raise LibraryError(
                    "Another program has kept this library to itself for ten minutes. Wait until it has ended, or end "
                    "it, then try again."
                ) from error
        await asyncio.sleep(0.1)
