"""What SQLite's errors mean to people: a damaged file, a full disk, a folder that can't be written, another writer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import DamagedLibrary, LibraryBusy, LibraryError

READ_ONLY = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM})
DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_PRIMARY = 0xFF  # of an extended code


@contextmanager
def explained() -> Iterator[None]:
    """Raise LibraryError for what SQLite says of its file. Mistakes in this code are passed on as they are."""
    try:
        yield
    except UnicodeDecodeError as error:  # SQLite quotes a damaged schema in what it says
        raise DamagedLibrary(
            "The library's database can't be used ({trouble}). Run `modaclip check --repair`.",
            trouble="its schema is damaged",
        ) from error
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            raise
        raise _trouble_of(error) from error


def code_of(error: sqlite3.Error) -> int:
    """Return SQLite's primary code of an error; 0 where Python found the fault, such as a text that is none."""
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & _PRIMARY


def means_damage(error: sqlite3.Error) -> bool:
    """Tell whether an error says that a file is not as it was written, or its schema is none that was."""
    return code_of(error) in DAMAGED


def frozen_uri(path: Path, error: sqlite3.Error) -> str:
    """Return how a file is opened that SQLite can't open because it can write nothing beside it.

    Raises the error where that is not the reason, or what was written last is in the file's log. Where nothing can be
    written, nobody else writes either.
    """
    log = path.with_name(f"{path.name}-wal")
    unwritten = READ_ONLY | {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
    if code_of(error) not in unwritten or not path.is_file() or (log.exists() and log.stat().st_size):
        raise error
    return f"{path.absolute().as_uri()}?mode=ro&immutable=1"


def is_no_text(error: BaseException | None) -> bool:
    """Tell whether rows could not be read because a text in one of them is none."""
    return isinstance(error, sqlite3.OperationalError) and "decode" in str(error)


def _trouble_of(error: sqlite3.DatabaseError) -> LibraryError:
    code = code_of(error)
    if code == sqlite3.SQLITE_FULL:
        return LibraryError("The disk is full, so nothing was written. Free some space, then try again.")
    if code in READ_ONLY:
        return LibraryError(
            "The database can't be written ({trouble}). Allow writing, then try again.", trouble=str(error)
        )
    if code == sqlite3.SQLITE_IOERR:
        return LibraryError(
            "The disk refuses to read or write ({trouble}). See whether it is full or failing, then try again.",
            trouble=str(error),
        )
    if code in _BUSY:
        return LibraryBusy("Another program is writing to the database just now. Try again in a moment.")
    trouble = "a text in it is none" if is_no_text(error) else str(error)  # SQLite would quote the text
    return DamagedLibrary(
        "The library's database can't be used ({trouble}). Run `modaclip check --repair`.", trouble=trouble
    )
