"""A SQLite file copied while others use it, all of one moment or nothing; and such copies put where others were.

SQLite's own online backup does it, in one step: whoever writes to the file meanwhile is neither kept from it nor in
the copy. What is not whole yet never has the final name.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path

from core.errors import LibraryError

MEGABYTE = 2**20
PARTIAL = "partial"
BUSY_S = 5.0  # that somebody else may hold a file


def copy_file(source: Path, target: Path) -> None:
    """Make a copy of a file as it is at this moment, in place of what had its name; on the disk when this returns.

    Raises LibraryError where there is no room for it, sqlite3.Error and OSError where it can't be made.
    """
    for left in target.parent.glob(f"{target.name}.*.{PARTIAL}*"):  # by who was killed
        left.unlink(missing_ok=True)
    partial = target.with_name(f"{target.name}.{secrets.token_hex(4)}.{PARTIAL}")
    try:
        with closing(_existing(source)) as own:
            _check_room(own, source, target.parent)
            with closing(sqlite3.connect(partial)) as other:
                other.execute("PRAGMA journal_mode = OFF")  # what breaks off is thrown away
                other.execute("PRAGMA synchronous = OFF")
                own.backup(other)
        make_plain(partial)
        shutil.copymode(source, partial)
        put_in_place(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def make_plain(path: Path) -> None:
    """Let all that a file holds lie in itself, with nothing beside it, until it is opened for writing again."""
    with closing(_existing(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def put_in_place(path: Path, target: Path) -> None:
    """Give a file, or what is new in it, its final name once all of it is on the disk."""
    sync(path)
    path.replace(target)
    sync(target.parent)


def take_over(path: Path, target: Path) -> Path | None:
    """Put a plain file where another lies, or none; return where that one was put, for nobody knows who needs it.

    Raises LibraryError where somebody uses it.
    """
    aside = None
    if target.exists():
        try:
            make_plain(target)
        except sqlite3.DatabaseError as error:  # damaged ones are put aside as they are
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                raise LibraryError(
                    "{name} is in use. Stop the bot, and all else that works with it, then try again.", name=target.name
                ) from error
        aside = _free_name(target)
        target.replace(aside)
    for beside in ("-wal", "-shm"):  # what would be read as a part of the new file
        if (left := target.with_name(f"{target.name}{beside}")).exists():
            left.replace(_free_name(target, beside))
    put_in_place(path, target)
    return aside


def _free_name(path: Path, ending: str = "") -> Path:
    names = (path.with_name(f"{path.name}.replaced-{n}{ending}") for n in count(1))
    return next(name for name in names if not name.exists())


def sync(path: Path) -> None:
    """Return when a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _existing(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", timeout=BUSY_S, uri=True)


def _check_room(connection: sqlite3.Connection, source: Path, folder: Path) -> None:
    (pages,), (page_bytes,) = (connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))
    needed, free = pages * page_bytes, shutil.disk_usage(folder).free
    if free < needed:
        raise LibraryError(
            "There is no room for a copy of {name}: it takes {needed:,.1f} MB, and {free:,.1f} MB are free.",
            name=source.name,
            needed=needed / MEGABYTE,
            free=free / MEGABYTE,
        )
