"""Looks at a whole file of tables: its structure, its schema, the index of words, and the sum of every row.

What is read in answering is compared row by row (`sums.py`), but not what a filter passes over: an entry that an index
lacks is missed in silence. So a small library is looked at as a whole before it answers, a large one by and by, on a
connection and a thread of its own, so that nobody waits for it.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from core.store.database import read_migrations
from core.store.sqlite.sums import FUNCTIONS, SUMMED, Damaged, is_sound, lenient_text, sound_vectors
from core.store.sqlite.trouble import frozen_uri, means_damage

MOST_TOLD = 20  # problems of one kind
READ_AT_ONCE = 5_000  # rows
PATIENCE_S = 1.0  # for a writer; what needs its turn is then left out
OPEN_HERE: Counter[Path] = Counter()  # files of tables that this program has open
_MISSED = re.compile(r"row (\d+) missing from index (\w+)")
_OF_PHOTOS = ("photos", "tags", "colours")
_OWN = "name NOT LIKE 'sqlite%' AND name NOT LIKE 'words%'"  # FTS5 writes its own tables' schema in its own way


@dataclass(slots=True)
class Checkup:
    """What was found wrong with a file."""

    broken: list[str] = field(default_factory=list)  # of this, any answer may be wrong
    damaged: Damaged = field(default_factory=Damaged)  # photos that are left out of answers
    rows: dict[str, int] = field(default_factory=dict)  # damaged rows, by table
    boards: list[str] = field(default_factory=list)  # of boards, each of which refuses to be read
    unsummed: int = 0  # rows that are older than sums

    def problems(self) -> list[str]:
        """Return all of it, a line each."""
        ids = ", ".join(map(str, sorted(self.damaged.photos | self.damaged.vectors)[:MOST_TOLD]))
        lines = [f"{count:,} damaged rows of {table}" for table, count in self.rows.items()]
        return [*self.broken, *self.boards, *lines, *([f"damaged are photos number {ids}"] if ids else [])]


async def check_up(path: Path, package: str = "core.store.sqlite", folder: str = "migrations") -> Checkup:
    """Return what is wrong with a file made by the scripts in a folder of a package. Cancelled, it ends soon."""
    running: list[sqlite3.Connection] = []
    work = asyncio.ensure_future(asyncio.to_thread(look_at, path, package, folder, running.append))
    try:
        return await asyncio.shield(work)
    finally:
        for connection in running if not work.done() else ():
            connection.interrupt()


def look_at(
    path: Path, package: str, folder: str, begun: Callable[[sqlite3.Connection], object] = lambda _: None
) -> Checkup:
    """Do what `check_up` does, in this thread; `begun` is given the connection, which may be interrupted."""
    found = Checkup()
    try:
        with opened(path) as connection:
            begun(connection)
            told = [row[0] for row in connection.execute(f"PRAGMA integrity_check({MOST_TOLD})") if row[0] != "ok"]
            missed = [match for line in told if (match := _MISSED.fullmatch(line))]
            found.broken += [" ".join(line.split()) for line in told if not _MISSED.fullmatch(line)]
            schema = dict(connection.execute(f"SELECT name, sql FROM sqlite_master WHERE {_OWN}"))
            expected = schema_of(package, folder)
            found.broken += [
                f"the schema of {name} is damaged" for name in expected if schema.get(name) != expected[name]
            ]
            if "photos" in expected and not found.broken:
                _look_at_library(connection, found)
            found.broken += [match[0] for match in missed if not _is_of_damaged(connection, match, found)]
    except UnicodeDecodeError:  # SQLite quotes it in what it says
        found.broken.append("the schema is damaged")
    except sqlite3.DatabaseError as error:
        if means_damage(error):
            found.broken.append(str(error))
    return found


def _is_of_damaged(connection: sqlite3.Connection, missed: re.Match[str], found: Checkup) -> bool:
    """Tell whether an index lacks a row only because the row is damaged, for which its photo is left out."""
    tables = connection.execute("SELECT tbl_name FROM sqlite_master WHERE name = ?", (missed[2],)).fetchone()
    if tables is None or tables[0] not in _OF_PHOTOS:
        return False
    place = int(missed[1]) - 1  # SQLite counts rows as it meets them
    row = connection.execute(f"SELECT * FROM {tables[0]} ORDER BY 1, 2 LIMIT 1 OFFSET {place}").fetchone()
    return row is not None and row[0] in found.damaged.photos


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a file of tables apart from whoever else has it open."""
    with ExitStack() as stack:
        connection = stack.enter_context(closing(_connected(str(path))))
        try:
            connection.execute("SELECT 1 FROM sqlite_master").close()
        except sqlite3.OperationalError as error:
            connection = stack.enter_context(closing(_connected(frozen_uri(path, error))))
        connection.text_factory = lenient_text
        for name, function in FUNCTIONS.items():
            connection.create_function(name, -1, function, deterministic=True)
        yield connection


def _connected(database: str) -> sqlite3.Connection:
    return sqlite3.connect(
        database, uri=database.startswith("file:"), timeout=PATIENCE_S, isolation_level=None, check_same_thread=False
    )


@lru_cache(8)
def schema_of(package: str, folder: str) -> dict[str, str | None]:
    """Return the statements that a new file's schema holds, by name, once the scripts have made it."""
    with opened(Path(":memory:")) as connection:
        for script in read_migrations(package, folder):
            connection.executescript(script)
        return dict(connection.execute(f"SELECT name, sql FROM sqlite_master WHERE {_OWN}"))


def _look_at_library(connection: sqlite3.Connection, found: Checkup) -> None:
    try:
        connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    except sqlite3.DatabaseError as error:
        if means_damage(error):
            found.broken.append(f"the index of words is damaged ({error})")
    for what, sql in _CONTRADICTIONS.items():
        found.broken += [f"{what}: {row[0]}" for row in connection.execute(f"{sql} LIMIT {MOST_TOLD}")]
    for what, sql in _OF_BOARDS.items():
        found.boards += [f"{what}: {row[0]}" for row in connection.execute(f"{sql} LIMIT {MOST_TOLD}")]
    for table, columns in SUMMED.items():
        for row in connection.execute(f"SELECT {columns}, sum FROM {table}"):
            found.unsummed += row[-1] is None
            if not is_sound(row):
                found.rows[table] = found.rows.get(table, 0) + 1
                if table in _OF_PHOTOS:
                    found.damaged.photos.add(row[0])
    if found.rows.keys() & {"facts", "spaces"}:  # what these say holds for all
        found.broken.append("what the library says of itself is damaged")
    for space, dimensions in connection.execute("SELECT id, dimensions FROM spaces").fetchall():
        _look_at_vectors(connection, space, dimensions, found)


def _look_at_vectors(connection: sqlite3.Connection, space: int, dimensions: int, found: Checkup) -> None:
    rows = connection.execute("SELECT photo, revision, vector, sum FROM vectors WHERE space = ?", (space,))
    while part := rows.fetchmany(READ_AT_ONCE):
        damaged = [row[0] for row, sound in zip(part, sound_vectors(space, dimensions, part), strict=True) if not sound]
        found.unsummed += sum(row[-1] is None for row in part)
        found.damaged.vectors.update(damaged)
        if damaged:
            found.rows["vectors"] = found.rows.get("vectors", 0) + len(damaged)


_CONTRADICTIONS = {
    "a photo without its words": "SELECT n FROM photos WHERE n NOT IN (SELECT rowid FROM words)",
    "a photo's number was given twice": "SELECT seq FROM sqlite_sequence WHERE name = 'photos' AND "
    "seq < (SELECT max(n) FROM photos)",
    "a vector without its space": "SELECT photo FROM vectors WHERE space NOT IN (SELECT id FROM spaces)",
}
_OF_BOARDS = {
    "a board with less or more than was done to it": "SELECT id FROM boards WHERE revision <> (SELECT count(*) FROM "
    "board_changes WHERE board = id) OR revision <> (SELECT max(revision) FROM board_changes WHERE board = id)",
    "what was done to a board that is not there": "SELECT DISTINCT board FROM board_changes WHERE board NOT IN "
    "(SELECT id FROM boards)",
}
