"""A SQLite file of this project looked at as it is: nothing is migrated and nothing changed in it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from core.errors import LibraryError
from core.store.raw import COPYING


@dataclass(frozen=True, slots=True)
class Looked:
    """What a library's file says of the library."""

    created_at: str  # tells it from others; empty where it was never said
    photos: int
    boards: int


def look_at(path: Path) -> Looked:
    """Return what a plain file of a library says. Raises LibraryError where it is not whole, sqlite3.Error."""
    check_sound(path)
    with closing(_read_only(path)) as connection:
        facts = dict(connection.execute("SELECT name, value FROM facts").fetchall())
        (photos,) = connection.execute("SELECT count(*) FROM photos").fetchone()
        has_boards = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'boards'").fetchone()
        (boards,) = connection.execute("SELECT count(*) FROM boards").fetchone() if has_boards else (0,)
    if facts.get(COPYING):
        raise LibraryError(
            "This library is being moved here, and not all of it has come yet. When `modaclip move` has ended, open it "
            "again."
        )
    return Looked(facts.get("created_at", ""), photos, boards)


def check_sound(path: Path) -> None:
    """Raise LibraryError where SQLite finds a plain file damaged."""
    with closing(_read_only(path)) as connection:
        try:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            found = str(error)
    if found != "ok":
        raise LibraryError(
            "The library's database can't be used ({trouble}). Run `modaclip check --repair`.", trouble=found
        )


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
