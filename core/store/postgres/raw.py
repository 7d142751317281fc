"""A library's rows in PostgreSQL as they stand, read and written for copies of it in other stores."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import astuple
from typing import Any, Protocol

import numpy as np

from core.store.database import Row, Transaction
from core.store.postgres.boards import CHANGE_COLUMNS, SUMMARY
from core.store.postgres.library import LibraryDatabase
from core.store.postgres.near import NearTable
from core.store.postgres.photos import lower
from core.store.postgres.server import Server
from core.store.postgres.statements import PostgresTransaction
from core.store.postgres.words import WordTable
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
from core.store.values import STORED, BoardRow, ChangeRow

_PHOTO, _TAG, _COLOUR = (", ".join(names) for names in (PHOTO_COLUMNS, TAG_COLUMNS, COLOUR_COLUMNS))
_HEAD_BYTES = 4  # of a halfvec: its length, and two bytes that are 0


class _Reader(Protocol):
    async def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Return all rows of a query."""


class RawTablesRead:
    """All tables of one library, for reading."""

    def __init__(self, reader: _Reader, key: str) -> None:
        self._reader = reader
        self._key = key

    async def head(self) -> Head:
        """Return what the library says of itself as a whole."""
        facts = await self._reader.rows("SELECT name, value FROM facts WHERE library = ?", (self._key,))
        spaces = await self._reader.rows(
            "SELECT id, encoder, fingerprint, dimensions FROM spaces WHERE library = ? ORDER BY id", (self._key,)
        )
        last = await self._reader.rows("SELECT photos FROM libraries WHERE library = ?", (self._key,))
        return Head.of(facts, spaces, int(last[0][0]))

    async def photos(self, after: int, limit: int) -> list[PhotoRows]:
        """Return the rows under the first `limit` numbers above `after`, those of removed photos among them."""
        rows, spaces = self._reader.rows, [space.id for space in (await self.head()).spaces]
        standing = await rows(
            "SELECT n FROM photos WHERE library = ? AND n > ? ORDER BY n LIMIT ?", (self._key, after, limit)
        )
        found = {row[0] for row in standing}
        for space in spaces:  # one by one, since this is how vectors are ordered
            embedded = await rows(
                "SELECT photo FROM vectors WHERE library = ? AND space = ? AND photo > ? ORDER BY photo LIMIT ?",
                (self._key, space, after, limit),
            )
            found |= {row[0] for row in embedded}
        numbers = sorted(found)[:limit]
        if not numbers:
            return []
        span = (self._key, numbers[0], numbers[-1])
        vectors = [
            (row[0], row[1], row[2], _kept(row[3]))
            for row in await rows(
                "SELECT photo, space, revision, vector FROM vectors "
                "WHERE library = ? AND photo BETWEEN ? AND ? AND space = ANY(?)",
                (*span, spaces),
            )
        ]
        return grouped_rows(
            numbers,
            await rows(f"SELECT n, {_PHOTO} FROM photos WHERE library = ? AND n BETWEEN ? AND ?", span),
            await rows(f"SELECT photo, {_TAG} FROM tags WHERE library = ? AND photo BETWEEN ? AND ?", span),
            await rows(f"SELECT photo, {_COLOUR} FROM colours WHERE library = ? AND photo BETWEEN ? AND ?", span),
            vectors,
        )

    async def boards(self, after: str, limit: int) -> list[BoardRows]:
        """Return the first `limit` boards whose id, in bytes, comes after one; deleted ones among them."""
        rows = await self._reader.rows(
            f"SELECT {SUMMARY} FROM boards WHERE library = ? AND id > ? ORDER BY id LIMIT ?", (self._key, after, limit)
        )
        logs: dict[str, list[ChangeRow]] = {row["id"]: [] for row in rows}
        for change in await self._reader.rows(
            f"SELECT board, {CHANGE_COLUMNS} FROM board_changes WHERE library = ? AND board = ANY(?) "
            "ORDER BY board, revision",
            (self._key, list(logs)),
        ):
            logs[change["board"]].append(ChangeRow(*tuple(change)[1:]))
        return [BoardRows(row["id"], BoardRow(*row), tuple(logs[row["id"]])) for row in rows]


class RawTables(RawTablesRead):
    """All tables of one library."""

    def __init__(self, database: LibraryDatabase, server: Server, words: WordTable) -> None:
        super().__init__(database, database.key)
        self._database = database
        self._server = server
        self._words = words

    @asynccontextmanager
    async def frozen(self) -> AsyncIterator[RawRows]:
        """Hold the library as it is now for reading, whatever others write meanwhile."""
        with self._server.explained():
            async with (
                self._server.pool.acquire() as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                await connection.execute("SELECT 1")  # what is seen is settled by the first statement
                yield RawTablesRead(PostgresTransaction(connection), self._key)

    async def write_head(self, head: Head) -> None:
        """Write what the library says of itself over what it said, all but what it says of itself as a copy."""
        standing = await self.head()
        gone = [space for space in standing.spaces if not head.keeps(space)]
        for space in gone:  # a graph holds vectors of one length
            await NearTable(self._database, self._server).drop(space)
        async with self._database.transaction("facts") as transaction:
            await transaction.execute(
                "DELETE FROM facts WHERE library = ? AND name = ANY(?)",
                (self._key, [name for name in standing.facts if name not in head.facts]),
            )
            await transaction.executemany(
                "INSERT INTO facts (library, name, value) VALUES (?, ?, ?) "
                "ON CONFLICT (library, name) DO UPDATE SET value = excluded.value",
                [(self._key, *fact) for fact in head.facts.items()],
            )
            await transaction.execute(
                "DELETE FROM vectors WHERE library = ? AND space = ANY(?)", (self._key, [space.id for space in gone])
            )
            await transaction.execute("DELETE FROM spaces WHERE library = ?", (self._key,))
            await transaction.executemany(
                "INSERT INTO spaces (library, id, encoder, fingerprint, dimensions) VALUES (?, ?, ?, ?, ?)",
                [(self._key, *astuple(space)) for space in head.spaces],
            )
            await transaction.execute(
                "UPDATE libraries SET photos = ?, spaces = greatest(spaces, ?) WHERE library = ?",
                (head.last_number, max((space.id for space in head.spaces), default=0), self._key),
            )

    async def write_photos(self, photos: Sequence[PhotoRows]) -> None:
        """Write rows in place of all that stands under their numbers, all or none; words are made of them."""
        standing = {rows.n: photo for rows in photos if (photo := rows.read()) is not None}
        written = [rows for rows in photos if rows.photo is not None]
        vectors = [(rows.n, space, revision, _sent(v)) for rows in photos for space, revision, v in rows.vectors]
        numbers = [rows.n for rows in photos]
        async with self._database.transaction("photos") as transaction:
            gone = list({*numbers, *await self._named_as(transaction, written)})
            for table, column in (("photos", "n"), ("tags", "photo"), ("colours", "photo"), ("words", "photo")):
                await transaction.execute(
                    f"DELETE FROM {table} WHERE library = ? AND {column} = ANY(?)", (self._key, gone)
                )
            await transaction.execute("DELETE FROM vectors WHERE library = ? AND photo = ANY(?)", (self._key, numbers))
            key = (self._key,)
            await _insert(transaction, "photos", f"n, {_PHOTO}", [photo_row(key, rows) for rows in written])
            tags = [[*key, rows.n, *row] for rows in photos for row in rows.tags]
            await _insert(transaction, "tags", f"photo, {_TAG}", tags)
            colours = [[*key, rows.n, *row] for rows in photos for row in rows.colours]
            await _insert(transaction, "colours", f"photo, {_COLOUR}", colours)
            await _insert(
                transaction, "vectors", "photo, space, revision, vector", [(*key, *vector) for vector in vectors]
            )
            await transaction.execute(  # the next revision is a later one
                "UPDATE libraries SET revision = greatest(revision, ?) WHERE library = ?",
                (max((vector[2] for vector in vectors), default=0), self._key),
            )
            await self._words.put(transaction, standing)

    async def write_boards(self, boards: Sequence[BoardRows]) -> None:
        """Write boards in place of what stands under their ids, all or none."""
        written = [rows.board for rows in boards if rows.board is not None]
        names = [board.key for board in written if not board.deleted]
        ids = [rows.id for rows in boards]
        async with self._database.transaction("boards") as transaction:
            # whoever has a name that is now another's differs, too, and is written in its turn
            found = await transaction.rows(
                "SELECT id FROM boards WHERE library = ? AND (id = ANY(?) OR key = ANY(?) AND NOT deleted)",
                (self._key, ids, names),
            )
            for table, column in (("board_changes", "board"), ("boards", "id")):
                await transaction.execute(
                    f"DELETE FROM {table} WHERE library = ? AND {column} = ANY(?)",
                    (self._key, [row[0] for row in found]),
                )
            await _insert(transaction, "boards", SUMMARY, [(self._key, *astuple(board)) for board in written])
            changes = [(self._key, rows.id, *astuple(change)) for rows in boards for change in rows.changes]
            await _insert(transaction, "board_changes", f"board, {CHANGE_COLUMNS}", changes)

    async def _named_as(self, transaction: Transaction, photos: Sequence[PhotoRows]) -> set[int]:
        """Return which photos have an id or a key of these: themselves, and those of a library that is written over.

        Such a one differs as well, and is written anew when its number is reached.
        """
        names = [dict(zip(PHOTO_COLUMNS, rows.photo or (), strict=True)) for rows in photos]
        rows = await transaction.rows(
            "SELECT n FROM photos WHERE library = ? AND lower(id) = ANY(?) "
            "UNION SELECT n FROM photos WHERE library = ? AND key = ANY(?)",
            (self._key, [lower(name["id"]) for name in names], self._key, [name["key"] for name in names]),
        )
        return {row[0] for row in rows}


def _kept(sent: bytes | None) -> bytes | None:
    """Return a halfvec as the server sends it as little-endian float16, not a bit changed."""
    return None if sent is None else np.frombuffer(sent, ">u2", offset=_HEAD_BYTES).astype("<u2").tobytes()


def _sent(vector: bytes | None) -> bytes | None:
    """Return little-endian float16 as the server takes a halfvec, not a bit changed."""
    if vector is None:
        return None
    return struct.pack(">HH", len(vector) // STORED.itemsize, 0) + np.frombuffer(vector, "<u2").astype(">u2").tobytes()


async def _insert(transaction: Transaction, table: str, columns: str, rows: Sequence[Sequence[Any]]) -> None:
    places = ", ".join("?" * (columns.count(",") + 2))
    await transaction.executemany(f"INSERT INTO {table} (library, {columns}) VALUES ({places})", rows)
