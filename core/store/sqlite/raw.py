"""A library's rows in SQLite as they stand, read and written for copies of it in other stores."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import astuple
from pathlib import Path
from typing import Any

from core.errors import DamagedLibrary
from core.store.database import Transaction
from core.store.raw import (
    COLOUR_COLUMNS,
    PHOTO_COLUMNS,
    TAG_COLUMNS,
    BoardRows,
    Head,
    PhotoRows,
    RawRows,
    grouped_rows,
    photo_row,
)
from core.store.sqlite.boards import CHANGE_COLUMNS, SUMMARY, board_from
from core.store.sqlite.checkup import check_up
from core.store.sqlite.database import SqliteDatabase
from core.store.sqlite.words import WordTable
from core.store.values import ChangeRow

_PHOTO, _TAG, _COLOUR = (", ".join(names) for names in (PHOTO_COLUMNS, TAG_COLUMNS, COLOUR_COLUMNS))


class RawTables:
    """All tables of one library."""

    def __init__(self, database: SqliteDatabase, words: WordTable, path: Path) -> None:
        self._database = database
        self._path = path
        self._words = words

    @asynccontextmanager
    async def frozen(self) -> AsyncIterator[RawRows]:
        """Hold the library as it is now for reading, whatever others write meanwhile."""
        async with self._database.frozen():
            if found := (await check_up(self._path)).problems():  # a copy would have sums of its own, and look sound
                raise DamagedLibrary(
                    "The library's database is damaged ({trouble}). Run `modaclip check --repair`.", trouble=found[0]
                )
            yield self

    async def head(self) -> Head:
        """Return what the library says of itself as a whole."""
        facts = await self._database.rows("SELECT name, value FROM facts")
        spaces = await self._database.rows("SELECT id, encoder, fingerprint, dimensions FROM spaces ORDER BY id")
        last = await self._database.value("SELECT seq FROM sqlite_sequence WHERE name = 'photos'")
        return Head.of(facts, spaces, int(last or 0))

    async def photos(self, after: int, limit: int) -> list[PhotoRows]:
        """Return the rows under the first `limit` numbers above `after`, those of removed photos among them."""
        rows = self._database.rows
        spaces = [row[0] for row in await rows("SELECT id FROM spaces ORDER BY id")]
        found = {row[0] for row in await rows("SELECT n FROM photos WHERE n > ? ORDER BY n LIMIT ?", (after, limit))}
        for space in spaces:  # one by one, since this is how vectors are ordered
            found |= {
                row[0]
                for row in await rows(
                    "SELECT photo FROM vectors WHERE space = ? AND photo > ? ORDER BY photo LIMIT ?",
                    (space, after, limit),
                )
            }
        numbers = sorted(found)[:limit]
        if not numbers:
            return []
        span = (numbers[0], numbers[-1])
        vectors: list[tuple[int, int, int, bytes | None]] = []
        for space in spaces:
            vectors += [
                (row[0], space, row[1], row[2])
                for row in await rows(
                    "SELECT photo, revision, vector FROM vectors WHERE space = ? AND photo BETWEEN ? AND ?",
                    (space, *span),
                )
            ]
        return grouped_rows(
            numbers,
            await rows(f"SELECT n, {_PHOTO} FROM photos WHERE n BETWEEN ? AND ?", span),
            await rows(f"SELECT photo, {_TAG} FROM tags WHERE photo BETWEEN ? AND ?", span),
            await rows(f"SELECT photo, {_COLOUR} FROM colours WHERE photo BETWEEN ? AND ?", span),
            vectors,
        )

    async def boards(self, after: str, limit: int) -> list[BoardRows]:
        """Return the first `limit` boards whose id, in bytes, comes after one; deleted ones among them."""
        rows = await self._database.rows(
            f"SELECT {SUMMARY} FROM boards WHERE id > ? ORDER BY id LIMIT ?", (after, limit)
        )
        logs: dict[str, list[ChangeRow]] = {row["id"]: [] for row in rows}
        for change in await self._database.rows_in(
            f"SELECT board, {CHANGE_COLUMNS} FROM board_changes WHERE board IN ({{}}) ORDER BY board, revision", logs
        ):
            logs[change["board"]].append(ChangeRow(*tuple(change)[1:]))
        return [BoardRows(row["id"], board_from(row), tuple(logs[row["id"]])) for row in rows]

    async def write_head(self, head: Head) -> None:
        """Write what the library says of itself over what it said, all but what it says of itself as a copy."""
        standing = await self.head()
        async with self._database.transaction() as transaction:
            gone = [(name,) for name in standing.facts if name not in head.facts]
            await transaction.executemany("DELETE FROM facts WHERE name = ?", gone)
            await transaction.executemany(
                "INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", list(head.facts.items())
            )
            for space in standing.spaces:
                if not head.keeps(space):
                    await transaction.execute("DELETE FROM vectors WHERE space = ?", (space.id,))
                await transaction.execute("DELETE FROM spaces WHERE id = ?", (space.id,))
            await transaction.executemany(
                "INSERT INTO spaces (id, encoder, fingerprint, dimensions) VALUES (?, ?, ?, ?)",
                [astuple(space) for space in head.spaces],
            )
            await _count_from(transaction, head.last_number)

    async def write_photos(self, photos: Sequence[PhotoRows]) -> None:
        """Write rows in place of all that stands under their numbers, all or none; words are made of them."""
        standing = {rows.n: photo for rows in photos if (photo := rows.read()) is not None}
        written = [rows for rows in photos if rows.photo is not None]
        async with self._database.transaction() as transaction:
            numbers = [(n,) for n in {rows.n for rows in photos} | await _named_as(transaction, written)]
            for table, column in (("photos", "n"), ("tags", "photo"), ("colours", "photo"), ("words", "rowid")):
                await transaction.executemany(f"DELETE FROM {table} WHERE {column} = ?", numbers)
            for space in await transaction.rows("SELECT id FROM spaces"):
                await transaction.executemany(
                    "DELETE FROM vectors WHERE space = ? AND photo = ?", [(space[0], rows.n) for rows in photos]
                )
            await _insert(transaction, "photos", f"n, {_PHOTO}", [photo_row((), rows) for rows in written])
            await _insert(transaction, "tags", f"photo, {_TAG}", [[p.n, *row] for p in photos for row in p.tags])
            await _insert(
                transaction, "colours", f"photo, {_COLOUR}", [[p.n, *row] for p in photos for row in p.colours]
            )
            await _insert(
                transaction,
                "vectors",
                "photo, space, revision, vector",
                [[rows.n, *row] for rows in photos for row in rows.vectors],
            )
            await self._words.put(transaction, standing)

    async def write_boards(self, boards: Sequence[BoardRows]) -> None:
        """Write boards in place of what stands under their ids, all or none."""
        written = [rows.board for rows in boards if rows.board is not None]
        async with self._database.transaction() as transaction:
            gone = {rows.id for rows in boards}
            for board in written:  # whoever has a name that is now another's differs, too, and is written in its turn
                named = await transaction.rows("SELECT id FROM boards WHERE key = ? AND NOT deleted", (board.key,))
                gone |= set() if board.deleted else {row[0] for row in named}
            ids = [(board_id,) for board_id in gone]
            await transaction.executemany("DELETE FROM board_changes WHERE board = ?", ids)
            await transaction.executemany("DELETE FROM boards WHERE id = ?", ids)
            await _insert(transaction, "boards", SUMMARY, [astuple(board) for board in written])
            await _insert(
                transaction,
                "board_changes",
                f"board, {CHANGE_COLUMNS}",
                [(rows.id, *astuple(change)) for rows in boards for change in rows.changes],
            )


async def _named_as(transaction: Transaction, photos: Sequence[PhotoRows]) -> set[int]:
    """Return which photos have an id or a key of these: themselves, and those of a library that is written over.

    Such a one differs as well, and is written anew when its number is reached.
    """
    names = [dict(zip(PHOTO_COLUMNS, rows.photo or (), strict=True)) for rows in photos]
    rows = await transaction.rows(
        "SELECT n FROM photos WHERE id IN (SELECT value FROM json_each(?)) OR key IN (SELECT value FROM json_each(?))",
        (json.dumps([name["id"] for name in names]), json.dumps([name["key"] for name in names])),
    )
    return {row[0] for row in rows}


async def _insert(transaction: Transaction, table: str, columns: str, rows: Sequence[Sequence[Any]]) -> None:
    places = ", ".join("?" * (columns.count(",") + 1))
    await transaction.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)


async def _count_from(transaction: Transaction, last_number: int) -> None:
    """Let the next photo get a number that no photo of this library ever had, here or where it came from."""
    await transaction.execute("DELETE FROM sqlite_sequence WHERE name = 'photos'")
    await transaction.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('photos', ?)", (last_number,))
