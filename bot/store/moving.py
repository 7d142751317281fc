"""The bot's own tables carried over between a file and a server, row by row, while the bot goes on using them.

Which tables there are, and what identifies a row, the file's own schema says: both engines have the same tables, so one
that comes later is carried over without a word here. Leases are left out: they are over in a minute.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.moving import CantMove, NotTheSame
from core.store.database import Database, Reader, Row, Transaction
from core.store.raw import COPIED, COPYING  # facts that a copy has of its own

LEFT_OUT = frozenset({"leases"})
PAGE_ROWS = 200


@dataclass(frozen=True, slots=True)
class Table:
    """One table, as both engines have it."""

    name: str
    columns: tuple[str, ...]
    key: tuple[int, ...]  # places of the columns that identify a row
    booleans: frozenset[int]  # places of those that are truth values on the server and numbers in the file
    numbered: str | None  # the column that the server numbers by itself

    @property
    def key_columns(self) -> list[str]:
        """The columns that identify a row."""
        return [self.columns[place] for place in self.key]

    def key_of(self, row: Row) -> tuple[Any, ...]:
        """Return what identifies a row."""
        return tuple(row[place] for place in self.key)

    def values_of(self, row: Row) -> tuple[Any, ...]:
        """Return a row as it is compared and written, the same from either engine."""
        return tuple(
            bool(value) if place in self.booleans else value.replace("\0", "") if isinstance(value, str) else value
            for place, value in enumerate(row)
        )


@dataclass(frozen=True, slots=True)
class TablesMoved:
    """What was carried over, and what both sides hold."""

    written: int
    removed: int
    rows: int
    checksum: str


@dataclass(frozen=True, slots=True)
class _Passed:
    written: int
    removed: int
    rows: int
    checksum: int
    target_checksum: int

    @property
    def same(self) -> bool:
        return not self.written and not self.removed and self.checksum == self.target_checksum


async def move_tables(file: Database, server: Database, *, to_server: bool, replace: bool = False) -> TablesMoved:
    """Make one side's tables what the other's are.

    Raises CantMove where that would undo something (unless `replace`), and NotTheSame where they do not become so.
    """
    tables = await tables_of(file, server)
    source, target = (file, server) if to_server else (server, file)
    if not replace:
        await _check(tables, source, target)
    await _write_facts(target, **{COPYING: "yes"})
    async with source.frozen() as frozen:  # what is written meanwhile is the next run's
        passes = [await _carry_over(table, frozen, target, to_server=to_server) for table in tables]
        proofs = [await _carry_over(table, frozen, target, to_server=to_server) for table in tables]
    if not all(proof.same for proof in proofs):
        raise NotTheSame("Somebody else writes into the copy of the bot's own tables. Stop that, then move them again.")
    checksum = _joined([proof.checksum for proof in proofs])
    await _write_facts(target, **{COPIED: checksum, COPYING: ""})
    return TablesMoved(
        sum(passed.written for passed in passes),
        sum(passed.removed for passed in passes),
        sum(proof.rows for proof in proofs),
        checksum,
    )


async def contents_of(database: Reader, tables: Sequence[Table]) -> tuple[int, str]:
    """Return how many rows there are, and a checksum over all of them."""
    rows, checksum = 0, 0
    for table in tables:
        async for page in _Pages(database, table):
            rows, checksum = rows + len(page), _added(checksum, table, page)
    return rows, _joined([checksum])


async def is_begun(database: Database) -> bool:
    """Tell whether tables are a copy that is not whole yet."""
    return bool(await _fact(database, COPYING))


async def tables_of(file: Database, server: Database | None) -> list[Table]:
    """Return the tables that are carried over; without a server, those of a file as they are."""
    names = await file.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name"
    )
    return [await _table(name, file, server) for (name,) in names if name not in LEFT_OUT]


async def _table(name: str, file: Database, server: Database | None) -> Table:
    columns = await file.rows("SELECT name, pk FROM pragma_table_info(?)", (name,))
    described = (
        []
        if server is None
        else await server.rows(
            "SELECT column_name, data_type, is_identity FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND table_name = ?",
            (name,),
        )
    )
    kinds = {row[0]: (row[1], row[2]) for row in described}
    names = tuple(row[0] for row in columns)
    places = sorted((row[1], place) for place, row in enumerate(columns) if row[1])
    return Table(
        name,
        names,
        tuple(place for _, place in places),
        frozenset(place for place, column in enumerate(names) if column in kinds and kinds[column][0] == "boolean"),
        next((column for column in names if column in kinds and kinds[column][1] == "YES"), None),
    )


async def _check(tables: Sequence[Table], source: Database, target: Database) -> None:
    """Raise CantMove where the target's rows are those of a bot that has worked there."""
    if await is_begun(target):
        return
    rows, checksum = await contents_of(target, tables)
    if not rows:
        return
    if checksum not in (await _fact(target, COPIED), await _fact(source, COPIED)):
        raise CantMove(
            "The bot has kept something of its own there already that is not here, such as settings or conversations. "
            "Say --replace to write over it: what is there is lost then."
        )


async def _carry_over(table: Table, source: Reader, target: Database, *, to_server: bool) -> _Passed:
    """Write what differs, take away what the source has no more; both in each engine's own order of rows."""
    written = removed = count = checksum = target_checksum = 0
    async for page in _Pages(source, table):
        standing = await _rows_at(target, table, [table.key_of(row) for row in page])
        differing = [row for row in page if standing.get(table.key_of(row)) != row]
        if differing:
            async with target.transaction() as transaction:
                await _delete(transaction, table, [table.key_of(row) for row in differing])
                await _insert(transaction, table, differing, to_server=to_server)
        written, count, checksum = written + len(differing), count + len(page), _added(checksum, table, page)
    async for page in _Pages(target, table):
        standing = await _rows_at(source, table, [table.key_of(row) for row in page])
        gone = [table.key_of(row) for row in page if table.key_of(row) not in standing]
        if gone:
            async with target.transaction() as transaction:
                await _delete(transaction, table, gone)
        removed, target_checksum = removed + len(gone), _added(target_checksum, table, page)
    if to_server and table.numbered and written:
        async with target.transaction() as transaction:
            await transaction.rows(
                f"SELECT setval(pg_get_serial_sequence(?, ?), coalesce(max({table.numbered}), 0) + 1, false) "
                f"FROM {table.name}",
                (table.name, table.numbered),
            )
    return _Passed(written, removed, count, checksum, target_checksum)


class _Pages:
    """The rows of a table, some at a time; a copy's own facts left out."""

    def __init__(self, database: Reader, table: Table) -> None:
        self._database = database
        self._table = table
        self._last: tuple[Any, ...] | None = None

    def __aiter__(self) -> _Pages:
        return self

    async def __anext__(self) -> list[tuple[Any, ...]]:
        table, key = self._table, ", ".join(self._table.key_columns)
        after = "" if self._last is None else f"WHERE ({key}) > ({', '.join('?' * len(table.key))}) "
        rows = await self._database.rows(
            f"SELECT {', '.join(table.columns)} FROM {table.name} {after}ORDER BY {key} LIMIT ?",
            (*(self._last or ()), PAGE_ROWS),
        )
        if not rows:
            raise StopAsyncIteration
        self._last = table.key_of(rows[-1])
        page = [table.values_of(row) for row in rows]
        return [row for row in page if table.name != "facts" or row[table.key[0]] not in (COPYING, COPIED)]


async def _rows_at(database: Reader, table: Table, keys: Sequence[tuple[Any, ...]]) -> dict[Any, tuple[Any, ...]]:
    if not keys:
        return {}
    rows = await database.rows(
        f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE {_one_of(table, len(keys))}", _flat(keys)
    )
    return {table.key_of(row): table.values_of(row) for row in rows}


async def _delete(transaction: Transaction, table: Table, keys: Sequence[tuple[Any, ...]]) -> None:
    await transaction.execute(f"DELETE FROM {table.name} WHERE {_one_of(table, len(keys))}", _flat(keys))


async def _insert(transaction: Transaction, table: Table, rows: Sequence[tuple[Any, ...]], *, to_server: bool) -> None:
    own_numbers = " OVERRIDING SYSTEM VALUE" if to_server and table.numbered else ""
    places = ", ".join("?" * len(table.columns))
    await transaction.executemany(
        f"INSERT INTO {table.name} ({', '.join(table.columns)}){own_numbers} VALUES ({places})", rows
    )


def _one_of(table: Table, count: int) -> str:
    """Return the condition that a row has one of so many keys."""
    one = " AND ".join(f"{column} = ?" for column in table.key_columns)
    return " OR ".join([f"({one})"] * count)


def _flat(keys: Sequence[tuple[Any, ...]]) -> list[Any]:
    return [value for key in keys for value in key]


def _added(checksum: int, table: Table, rows: Sequence[tuple[Any, ...]]) -> int:
    """Return a checksum with these rows in it, in whatever order they come."""
    for row in rows:
        digest = hashlib.blake2b(repr((table.name, row)).encode("utf-8", "backslashreplace"), digest_size=16).digest()
        checksum = (checksum + int.from_bytes(digest)) % 2**128
    return checksum


def _joined(checksums: Sequence[int]) -> str:
    return f"{sum(checksums) % 2**128:032x}"


async def _fact(database: Database, name: str) -> str:
    return str(await database.value("SELECT value FROM facts WHERE name = ?", (name,)) or "")


async def _write_facts(database: Database, **facts: str) -> None:
    async with database.transaction() as transaction:
        await transaction.executemany(
            "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            list(facts.items()),
        )
