"""Makes a sound file of a damaged one: every row that can be read is carried into a new file, the damaged one is kept.

SQLite refuses to read around damage, so its pages are read here (`pages.py`). A row with a sum must match it; so rows
on pages that no longer hang on anything are known again as well. Words are made of the photos. What could not be
carried over is told by the ids under which people know it: those of photos stand in indexes, too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.errors import DamagedLibrary, LibraryBusy
from core.store.database import read_migrations
from core.store.rows import photos_from, words_of
from core.store.sqlite.checkup import OPEN_HERE, opened
from core.store.sqlite.pages import Entry, Pages, Record, Walk
from core.store.sqlite.sums import SUMMED, row_sum, vector_sum
from core.store.sqlite.tail import is_unused
from core.store.wording import COLUMNS as WORD_COLUMNS

BESIDE = ("", "-wal", "-shm")  # the files of a database
WORDED_AT_ONCE = 500  # photos
MOST_NAMED = 1_000  # of what was lost, in one line
_TYPES = {"INTEGER": (int,), "REAL": (float,), "TEXT": (str,), "BLOB": (bytes,)}
NOT_OF_TABLES = ("sqlite_", "words")


@dataclass(frozen=True, slots=True)
class LostPhoto:
    """A photo whose row is gone, as far as indexes know it."""

    n: int
    id: str | None
    key: str | None
    source: str | None


@dataclass(slots=True)
class Salvaged:
    """What came of a damaged file."""

    aside: Path  # where it is now
    rows: dict[str, int] = field(default_factory=dict)  # carried over, by table
    lost: list[str] = field(default_factory=list)  # what was not, a line each
    photos: list[LostPhoto] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Table:
    """How the rows of a table lie in its records."""

    name: str
    columns: tuple[str, ...]  # as the records have them
    rowid: int | None  # the place of the column that is the rowid
    types: tuple[tuple[type, ...], ...]  # what each column may hold beside NULL
    needed: frozenset[int]  # places of columns that are never NULL
    defaults: tuple[Any, ...]
    key: tuple[int, ...]  # places of the columns of its primary key
    plain: bool  # a table with rowids, as its pages are

    def read(self, rowid: int | None, values: Record) -> Record | None:
        """Return the values of a record by the columns; None where it is none of this table, or a damaged one."""
        if len(values) > len(self.columns) or len(values) < len(self.needed):
            return None
        row = [*values, *self.defaults[len(values) :]]
        if self.rowid is not None:
            row[self.rowid] = rowid
        row = [
            float(v) if types == (float,) and isinstance(v, int) else v
            for v, types in zip(row, self.types, strict=True)
        ]
        if any(row[place] is None for place in self.needed):
            return None
        if not all(v is None or isinstance(v, types) for v, types in zip(row, self.types, strict=True)):
            return None
        return tuple(row) if self.known(row) is not False else None

    def known(self, row: Sequence[Any]) -> bool | None:
        """Tell whether a row's sum is that of its values; None where it has none."""
        named = dict(zip(self.columns, row, strict=True))
        if named.get("sum") is None:
            return None
        try:
            if self.name == "vectors":
                return bool(named["sum"] == vector_sum(*(named[c] for c in ("space", "photo", "revision", "vector"))))
            return bool(named["sum"] == row_sum(*(named[column] for column in SUMMED[self.name].split(", "))))
        except TypeError:  # something else where a number belongs
            return False


def salvage(path: Path, package: str, folder: str) -> Salvaged:
    """Put a new file in place of a damaged one that the scripts in a folder of a package made.

    Raises LibraryBusy while another program has it open, and DamagedLibrary, having changed nothing, where nothing can
    be read.
    """
    _alone(path)
    moment = f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}"
    fresh, aside = path.with_name(f".{path.name}.salvaged"), path.with_name(f"{path.name}.damaged-{moment}")
    fresh.unlink(missing_ok=True)
    done = Salvaged(aside)
    try:
        with opened(fresh) as connection:
            for script in (scripts := read_migrations(package, folder)):
                connection.executescript(script)
            connection.executescript(f"PRAGMA user_version = {len(scripts)}; PRAGMA synchronous = FULL; BEGIN")
            _carry(Pages(path), connection, done)
            connection.execute("COMMIT")
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    for ending in BESIDE:
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(aside.with_name(aside.name + ending))
    fresh.rename(path)
    return done


def _alone(path: Path) -> None:
    """Raise LibraryBusy while anybody has the file open, who would go on with the old one."""
    if path.absolute() in OPEN_HERE:  # whose locks would end with the file that is opened and closed below
        raise LibraryBusy("This program itself has {file} open. Close it first.", file=path.name)
    if not is_unused(path):
        raise LibraryBusy(
            "Another program has {file} open. Stop it (the bot too), then run `modaclip check --repair` again.",
            file=path.name,
        )


def _carry(pages: Pages, connection: sqlite3.Connection, done: Salvaged) -> None:
    entries = {entry.name: entry for entry in pages.schema()}
    tables = _tables(connection)
    walks = {table.name: pages.walk(entries[table.name].root) for table in tables if table.name in entries}
    found = {table.name: _read(table, walks.get(table.name)) for table in tables}
    damaged = {name: walks[name].unreadable + count if name in walks else 1 for name, (_, count) in found.items()}
    rows = {name: kept for name, (kept, _) in found.items()}
    if any(damaged.values()):
        free = pages.free()
        if _adopt(pages, tables, rows, free or set()) and free is None:
            done.lost.append("perhaps what was removed is back: which pages nothing stood on can't be told any more")
    for table in tables:
        places = ", ".join("?" * len(table.columns))
        sql = f"INSERT OR IGNORE INTO {table.name} ({', '.join(table.columns)}) VALUES ({places})"
        connection.executemany(sql, rows[table.name].values())
        done.rows[table.name] = connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]
    if not any(done.rows.values()):
        raise DamagedLibrary("Nothing can be read in {file} any more. Put a backup in its place.", file=done.aside.name)
    if pages.log_is_cut:
        done.lost.append("the last changes, which the file beside the database (-wal) had and does not have any more")
    if "photos" in rows:
        _complete(pages, entries, connection, done, damaged)
    else:
        done.lost += [f"rows of {name} ({count:,} places can't be read)" for name, count in damaged.items() if count]


def _tables(connection: sqlite3.Connection) -> list[_Table]:
    schema = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    return [_table(connection, name, sql) for name, sql in schema if not name.startswith(NOT_OF_TABLES)]


def _table(connection: sqlite3.Connection, name: str, sql: str) -> _Table:
    info = connection.execute(f"PRAGMA table_info({name})").fetchall()  # place, name, type, needed, default, key
    plain = "WITHOUT ROWID" not in sql.upper()
    key = sorted((column for column in info if column[5]), key=lambda column: column[5])
    if not plain:  # its records begin with the key
        info = [*key, *(column for column in info if not column[5])]
    alias = next((at for at, column in enumerate(info) if plain and column[5] and column[2] == "INTEGER"), None)
    return _Table(
        name,
        tuple(column[1] for column in info),
        alias,
        tuple(_TYPES.get(column[2].upper(), (int, float, str, bytes)) for column in info),
        frozenset(at for at, column in enumerate(info) if (column[3] or column[5]) and at != alias),
        tuple(None if column[4] is None else column[4].strip("'") for column in info),
        tuple(info.index(column) for column in key),
        plain,
    )


def _read(table: _Table, walk: Walk | None) -> tuple[dict[Record, Record], int]:
    """Return the sound rows of a table by their keys, and how many were damaged."""
    kept: dict[Record, Record] = {}
    damaged = 0
    for rowid, values in walk.rows if walk else ():
        row = table.read(rowid, values)
        if row is None:
            damaged += 1
        else:
            kept[tuple(row[place] for place in table.key) or (rowid,)] = row
    return kept, damaged


def _adopt(pages: Pages, tables: Sequence[_Table], rows: Mapping[str, dict[Record, Record]], free: set[int]) -> bool:
    """Add rows of pages that hang on nothing any more, or on something else; tell whether there were any.

    Each is known by its sum. On the `free` pages stands what was removed.
    """
    before = sum(map(len, rows.values()))
    summed = [table for table in tables if table.columns[-1] == "sum"]
    for number in set(range(2, pages.count + 1)) - free:
        for rowid, values in pages.rows_of(number, Walk()):
            for table in summed:
                row = table.read(rowid, values) if table.plain == (rowid is not None) else None
                if row is not None and len(values) == len(table.columns) and table.known(row):
                    rows[table.name].setdefault(tuple(row[place] for place in table.key), row)
    return sum(map(len, rows.values())) > before


# What only a library has


def _complete(
    pages: Pages,
    entries: Mapping[str, Entry],
    connection: sqlite3.Connection,
    done: Salvaged,
    damaged: Mapping[str, int],
) -> None:
    indexes = _Indexes(pages, entries)
    here = dict(connection.execute("SELECT n, id FROM photos"))
    if damaged["photos"]:
        done.photos = [photo for photo in indexes.photos() if photo.n not in here]
        done.lost += _said("photos", [photo.id or photo.key or f"number {photo.n}" for photo in done.photos], indexes)
    if damaged["tags"]:
        tags = set(connection.execute("SELECT photo, name FROM tags"))
        gone = [f"{here[n]}: {name}" for n, name in indexes.tags() if n in here and (n, name) not in tags]
        done.lost += _said("tags", gone, indexes)
    for table in ("colours", "facts", "boards", "board_changes"):
        if damaged[table]:
            done.lost.append(f"perhaps some {table.replace('_', ' ')}: {damaged[table]:,} places can't be read")
    _settle(connection, max([0, *here, *(photo.n for photo in done.photos)]))
    _write_words(connection)


def _said(what: str, ids: Sequence[str], indexes: _Indexes) -> list[str]:
    """Return the line that says what is lost; there is none where the indexes say that nothing is."""
    if ids:
        return [f"{len(ids):,} {what}: {', '.join(ids[:MOST_NAMED])}"]
    return [f"perhaps some {what}: neither they nor their indexes can be read as a whole"] if indexes.damaged else []


@dataclass(slots=True)
class _Indexes:
    """What the indexes of a library say of rows that may be gone."""

    pages: Pages
    entries: Mapping[str, Entry]
    damaged: bool = False  # whether more may be gone than they say

    def photos(self) -> Iterator[LostPhoto]:
        """Yield all photos that an index by id or by key knows."""
        ids, keys, sources = map(
            self._by_number, ("sqlite_autoindex_photos_1", "sqlite_autoindex_photos_2", "photos_by_source")
        )
        for n in sorted(ids.keys() | keys.keys()):
            yield LostPhoto(n, ids.get(n), keys.get(n), sources.get(n))

    def tags(self) -> Iterable[tuple[int, str]]:
        """Return photo and name of all tags that the index by name knows, automatic ones left out."""
        rows = [values for _, values in self._walk("tags_by_name").rows if len(values) == 3]  # name, photo, origin
        return sorted({(row[1], row[0]) for row in rows if row[2] != "auto" and isinstance(row[1], int)})

    def _by_number(self, index: str) -> dict[int, str]:
        rows = [values for _, values in self._walk(index).rows if len(values) == 2]
        return {row[1]: row[0] for row in rows if isinstance(row[0], str) and isinstance(row[1], int)}

    def _walk(self, index: str) -> Walk:
        walk = self.pages.walk(self.entries[index].root) if index in self.entries else Walk(unreadable=1)
        self.damaged = self.damaged or walk.unreadable > 0
        return walk


def _settle(connection: sqlite3.Connection, last: int) -> None:
    """Bring into agreement what stands in several tables."""
    run = connection.execute
    run("DELETE FROM tags WHERE photo NOT IN (SELECT n FROM photos)")
    run("DELETE FROM colours WHERE photo NOT IN (SELECT n FROM photos)")
    newest = run("SELECT coalesce(max(revision), 0) + 1 FROM vectors").fetchone()[0]
    gone = "vector IS NOT NULL AND photo NOT IN (SELECT n FROM photos)"
    run(f"UPDATE vectors SET vector = NULL, revision = ? WHERE {gone}", (newest,))
    last = max([last, *(row[0] or 0 for row in run("SELECT max(photo) FROM vectors"))])
    run("DELETE FROM sqlite_sequence WHERE name = 'photos'")
    run("INSERT INTO sqlite_sequence (name, seq) VALUES ('photos', ?)", (last,))
    facts = dict(run("SELECT name, value FROM facts"))
    spaces = run("SELECT id, encoder, fingerprint FROM spaces ORDER BY id").fetchall()
    held = run("SELECT space, max(length(vector)) / 2 FROM vectors WHERE vector IS NOT NULL GROUP BY space").fetchall()
    if "encoder" in facts and not spaces and len(held) == 1:
        spaces = [(held[0][0], facts["encoder"], facts.get("fingerprint", ""))]
        run("INSERT INTO spaces (id, encoder, fingerprint, dimensions) VALUES (?, ?, ?, ?)", (*spaces[0], held[0][1]))
    elif "encoder" not in facts and len(spaces) == 1:
        facts |= {"encoder": spaces[0][1], "fingerprint": spaces[0][2]}
    # automatic tags may be among what was lost: the next look at the library makes them again
    facts |= {name: "0" for name in ("tagged_revision", "tagged_photos") if name in facts}
    connection.executemany("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", facts.items())
    run("DELETE FROM vectors WHERE space NOT IN (SELECT id FROM spaces)")
    run(  # as what was done to them says, once their log is read again
        "INSERT INTO boards (id, revision, name, key, pins, archived, deleted, made_at, changed_at) "
        "SELECT board, max(revision), board, board, 0, 0, 0, min(at), max(at) FROM board_changes "
        "WHERE board NOT IN (SELECT id FROM boards) GROUP BY board"
    )


def _write_words(connection: sqlite3.Connection) -> None:
    numbers = [row[0] for row in connection.execute("SELECT n FROM photos ORDER BY n")]
    places = ", ".join("?" * (len(WORD_COLUMNS) + 1))
    connection.row_factory = sqlite3.Row
    for start in range(0, len(numbers), WORDED_AT_ONCE):
        part = numbers[start : start + WORDED_AT_ONCE]
        span = (part[0], part[-1])
        photos = photos_from(
            connection.execute("SELECT * FROM photos WHERE n BETWEEN ? AND ?", span).fetchall(),
            connection.execute("SELECT * FROM tags WHERE photo BETWEEN ? AND ?", span).fetchall(),
            [],
        )
        connection.executemany(
            f"INSERT INTO words (rowid, {', '.join(WORD_COLUMNS)}) VALUES ({places})",
            [(n, *(words_of(photo)[name] for name in WORD_COLUMNS)) for n, photo in photos.items()],
        )
    connection.row_factory = None
