"""A SQLite file copied, or written over, while others use it: all of one moment, or nothing.

SQLite's own online backup does it, in one step: whoever writes to the file meanwhile is neither kept from it nor in
the copy. What is not whole yet never has the final name.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from core.errors import LibraryError

MEGABYTE = 2**20
PARTIAL = "partial"


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


def write_over(source: Path, target: Path) -> None:
    """Make a file that others may have open what another file holds, in one transaction. Raises sqlite3.Error."""
    with closing(_existing(source)) as own, closing(_existing(target)) as other:
        own.backup(other)


def make_plain(path: Path) -> None:
    """Let all that a file holds lie in itself, with nothing beside it, until it is opened for writing again."""
    with closing(_existing(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def put_in_place(path: Path, target: Path) -> None:
    """Give a file, or what is new in it, its final name once all of it is on the disk."""
    sync(path)
    path.replace(target)
    sync(target.parent)


def sync(path: Path) -> None:
    """Return when a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _existing(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)


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
