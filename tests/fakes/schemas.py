"""Tables as an earlier version of ModaCLIP made them, with rows in every one of them, and how they are read again.

Rows are made of what a schema says of its columns, so that tables which come later need no word here; what the engine
itself must be able to read (photos, vectors, boards) is said by hand.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiosqlite
import asyncpg
import numpy as np

from core.boards.changes import Briefed, Change, Made, NewPin, Pinned, Renamed
from core.boards.records import change_record
from core.photos import Photo, Photographer, Tag
from core.store.database import read_migrations
from core.store.postgres import migrating as postgres
from core.store.sqlite import migrating as sqlite
from core.store.sqlite.sums import FUNCTIONS
from tests.fakes.encoder import DIMENSIONS, HUES, ColourEncoder

Rows = Mapping[str, Sequence[Mapping[str, Any]]]  # by table
TEXTS = ("plain", 'it\'s "quoted"; -- no end', "Ärger über Öl", "日本の海", "two\nlines", "{}", "")
UNCOMPARED = {"migrations"}  # says what was done, and says more afterwards


@dataclass(frozen=True, slots=True)
class Kind:
    """A set of tables with its scripts."""

    name: str
    file: str  # in SQLite
    schema: str  # in PostgreSQL
    places: Mapping[str, tuple[str, str]]  # package and folder of the scripts, by engine

    def scripts(self, engine: str) -> list[str]:
        """Return all scripts of an engine."""
        return read_migrations(*self.places[engine])

    def rows(self, chance: random.Random, library: str, count: int) -> Rows:
        """Return what is said by hand of rows."""
        return library_rows(chance, library, max(count, 2 * len(HUES))) if self.name == "library" else {}


LIBRARY = Kind(
    "library",
    "library.db",
    "modaclip",
    {"sqlite": ("core.store.sqlite", "migrations"), "postgres": ("core.store.postgres", "migrations")},
)
BOT = Kind(
    "bot",
    "state.db",
    "modaclip_state",
    {"sqlite": ("bot.store", "migrations/sqlite"), "postgres": ("bot.store", "migrations/postgres")},
)
KINDS = (LIBRARY, BOT)


# SQLite


async def make_file(kind: Kind, path: Path, version: int, chance: random.Random, rows: int = 12) -> Rows:
    """Make a file as it was at a version, with rows in every table; return them."""
    async with aiosqlite.connect(path, isolation_level=None) as connection:
        for name, function in FUNCTIONS.items():
            await connection.create_function(name, -1, function, deterministic=True)
        await sqlite.migrate(connection, path, kind.scripts("sqlite")[:version])
    hand = kind.rows(chance, "", rows)
    with closing(sqlite3.connect(path)) as other, other:
        for name, function in FUNCTIONS.items():
            other.create_function(name, -1, function, deterministic=True)
        for table in _file_tables(other):
            told = other.execute('SELECT name, type, "notnull" OR pk FROM pragma_table_info(?)', (table,)).fetchall()
            columns = [column for column in told if column[0] != "sum"]  # the file writes it itself
            if table == "words":
                columns = [("rowid", "INTEGER", 1), *columns]
            for row in _made(table, columns, hand, chance, rows):
                names, places = ", ".join(row), ", ".join("?" * len(row))
                other.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", tuple(row.values()))  # noqa: S608
    return file_rows(path)


def file_rows(path: Path) -> Rows:
    """Return all rows of all tables in a file."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        rows = {}
        for table in _file_tables(connection):
            columns = "rowid, *" if table == "words" else "*"
            rows[table] = [dict(row) for row in connection.execute(f"SELECT {columns} FROM {table}")]  # noqa: S608
        return rows


def _file_tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual') "
        "AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name"
    )
    return [row[0] for row in rows]


# PostgreSQL


async def make_schema(kind: Kind, url: str, version: int, chance: random.Random, library: str, rows: int = 12) -> Rows:
    """Make a schema as it was at a version, with rows in every table; return them."""
    connection = await asyncpg.connect(url)
    try:
        await postgres.migrate(asyncpg, connection, kind.schema, kind.scripts("postgres")[:version])
        await connection.execute("SET session_replication_role = replica")  # tables are filled in no certain order
        hand = kind.rows(chance, library, rows)
        for table in await _schema_tables(connection, kind.schema):
            columns = [
                (row["column_name"], _KINDS.get(row["udt_name"], "TEXT"), row["is_nullable"] == "NO")
                for row in await connection.fetch(
                    "SELECT column_name, udt_name, is_nullable FROM information_schema.columns "
                    "WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position",
                    kind.schema,
                    table,
                )
            ]
            made = [_as_json(row, {column[0]: column[1] for column in columns}, library)
                    for row in _made(table, columns, hand, chance, rows)]  # fmt: skip
            await connection.execute(
                f"INSERT INTO {kind.schema}.{table} OVERRIDING SYSTEM VALUE "  # noqa: S608
                f"SELECT * FROM json_populate_recordset(NULL::{kind.schema}.{table}, $1::json)",
                json.dumps(made),
            )
    finally:
        await connection.close()
    return await schema_rows(url, kind.schema)


async def schema_rows(url: str, schema: str) -> Rows:
    """Return all rows of all tables in a schema, as JSON has them."""
    connection = await asyncpg.connect(url)
    try:
        return {
            table: [
                json.loads(row[0])
                for row in await connection.fetch(f"SELECT to_jsonb(t)::text FROM {schema}.{table} t")  # noqa: S608
            ]
            for table in await _schema_tables(connection, schema)
        }
    finally:
        await connection.close()


async def _schema_tables(connection: asyncpg.Connection, schema: str) -> list[str]:
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1", schema)
    return [row[0] for row in rows if row[0] not in UNCOMPARED]


_KINDS = {"int2": "INTEGER", "int4": "INTEGER", "int8": "INTEGER", "float4": "REAL", "float8": "REAL", "bytea": "BLOB",
          "halfvec": "VECTOR", "bool": "BOOL", "tsvector": "WORDS", "text": "TEXT", "timestamptz": "TIME",
          "json": "JSON", "jsonb": "JSON"}  # fmt: skip


def _as_json(row: Mapping[str, Any], kinds: Mapping[str, str], library: str) -> dict[str, Any]:
    """Return a row as PostgreSQL reads it from JSON."""
    values = dict(row)
    for name, value in row.items():
        if kinds[name] == "VECTOR" and isinstance(value, bytes):
            values[name] = json.dumps(np.frombuffer(value, "<f2").astype(float).tolist())
        elif kinds[name] == "BLOB" and value is not None:
            values[name] = f"\\x{value.hex()}"
        elif kinds[name] == "BOOL":
            values[name] = bool(value)
        elif kinds[name] == "WORDS":
            values[name] = "'red':1 'barn':2"
    if "library" in values:
        values["library"] = library
    return values


# Both


def lost(before: Rows, after: Rows) -> list[str]:
    """Return what of some rows is not there any more, table by table; columns that came since are not looked at."""
    faults = []
    for table, rows in before.items():
        if table not in after:
            faults.append(f"the table {table} is gone")
            continue
        columns = rows[0].keys() if rows else ()
        wanted, found = ([repr({name: row.get(name, "?") for name in columns}) for row in side]
                         for side in (rows, after[table]))  # fmt: skip
        if sorted(wanted) != sorted(found):
            gone = len(set(wanted) - set(found))
            faults.append(f"{table}: {gone} of {len(wanted)} rows are gone or changed, of {len(found)} there")
    return faults


def _made(
    table: str, columns: Sequence[tuple[str, str, Any]], hand: Rows, chance: random.Random, count: int
) -> list[dict[str, Any]]:
    """Return rows for a table: those said by hand, with made-up values for what is not said of a column."""
    said = hand.get(table) or [{}] * count
    return [
        {
            name: row[name] if name in row else _value(name, kind, bool(needed), n, chance)
            for name, kind, needed in columns
        }
        for n, row in enumerate(said, 1)
    ]


def _value(name: str, kind: str, needed: bool, n: int, chance: random.Random) -> Any:
    if not needed and chance.random() < 0.3:
        return None
    if name in ("posted", "archived", "deleted"):
        return chance.randrange(2)
    made = {
        "TIME": f"2026-01-02T03:04:{n % 60:02}+00:00",
        "JSON": {name: n},
        "INTEGER": n,
        "BOOL": True,
        "REAL": n + chance.randrange(8) / 8,
        "BLOB": chance.randbytes(9),
    }
    return made.get(kind, f"{name} {n} {chance.choice(TEXTS)}")


def library_rows(chance: random.Random, library: str, photos: int) -> Rows:
    """Return what a library holds that the engine must be able to read: photo n looks like HUES[n % 12]."""
    at = "2026-01-02T03:04:05+00:00"
    looks = ColourEncoder().encode_texts(HUES)
    noise = np.random.default_rng(chance.randrange(2**32))
    numbers = range(1, photos + 1)
    vectors = {n: (looks[n % 12] + noise.normal(0, 0.02, DIMENSIONS)).astype("<f2").tobytes() for n in numbers}
    logs = [_log(chance, f"b{place}") for place in range(3)]
    return {
        "libraries": [{"library": library, "photos": photos + 1, "spaces": 2, "revision": photos + 1, "version": 7}],
        "facts": [
            {"name": name, "value": value}
            for name, value in (("encoder", "colours"), ("fingerprint", "colours-1"), ("created_at", at), ("x", "ä'"))
        ],
        "photos": [
            {"n": n, "id": f"p{n}", "key": f"file:/photos/{n}.jpg", "source": "folder", "title": f"{HUES[n % 12]} barn",
             "alike": None if n % 3 else n, "average_colour": "#102030", "phash": chance.randrange(-(2**63), 2**63),
             "content_hash": f"{n:064x}", "taken_at": chance.choice((None, at)), "published_at": at,
             "page_url": None, "image_url": None, "download_url": None, "photographer_url": None,
             "path": f"/photos/{n}.jpg", "imported_at": at}
            for n in numbers
        ],
        "tags": [
            {"photo": n, "name": name, "origin": origin, "confidence": None if origin == "user" else 0.5 + 1 / (n + 2)}
            for n in numbers
            for name, origin in ((HUES[n % 12], "user"), ("old pier", "auto"), ("Ölfarbe", "source"))
        ],
        "colours": [
            {"photo": n, "rank": rank, "hex": f"#{n:02x}{rank:02x}30", "share": 0.5, "lightness": 40.5, "a": 1.25,
             "b": -2, "chroma": 3} for n in numbers for rank in range(3)
        ],
        "words": [
            {"rowid": n, "photo": n, "title": f"{HUES[n % 12]} barn", "description": None, "tags": "old pier",
             "photographer": f"Name {n}", "place": "Øresund"} for n in numbers
        ],
        "spaces": [
            {"id": 1, "encoder": "colours", "fingerprint": "colours-1", "dimensions": DIMENSIONS},
            {"id": 2, "encoder": "other", "fingerprint": "", "dimensions": DIMENSIONS},
        ],
        "vectors": [
            *({"photo": n, "space": 1, "revision": n, "vector": vector} for n, vector in vectors.items()),
            {"photo": photos + 1, "space": 1, "revision": photos + 1, "vector": None},
            {"photo": 3, "space": 2, "revision": 1, "vector": vectors[3]},
        ],
        "boards": [
            {"id": f"b{place}", "revision": len(log), "name": f"Board {place}", "key": f"board {place}", "pins": 1,
             "channel": f"c{place}", "archived": 0, "deleted": 0, "made_at": at, "changed_at": at}
            for place, log in enumerate(logs)
        ],
        "board_changes": [
            {"board": f"b{place}", "revision": revision, "at": at, "author": "u1", "author_name": "Ana", "side": "",
             "kind": change.kind, "data": json.dumps(change_record(change))}
            for place, log in enumerate(logs) for revision, change in enumerate(log, 1)
        ],
    }  # fmt: skip


def _log(chance: random.Random, name: str) -> list[Change]:
    photo = Photo("p1", "folder", Photographer("Name 1"), title="A barn", tags=(Tag("night"),))
    changes: list[Change] = [Made(name, "c"), Pinned(1, (NewPin(photo),)), Briefed(chance.choice(TEXTS))]
    return changes + [Renamed(f"{name} {n}") for n in range(chance.randrange(3))]
