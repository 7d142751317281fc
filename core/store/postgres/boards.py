"""The tables of mood boards in PostgreSQL: logs that are only added to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

from core.store.database import Row, Transaction
from core.store.postgres.library import Behind, LibraryDatabase
from core.store.values import BoardRow, ChangeRow, NameTaken

SUMMARY = "id, revision, name, key, channel, pins, archived, deleted, made_at, changed_at"
CHANGE_COLUMNS = "revision, at, author, author_name, kind, data, side"


class BoardTable:
    """Boards and their changes."""

    def __init__(self, database: LibraryDatabase) -> None:
        self._database = database
        self._key = database.key

    async def append(self, row: BoardRow, *changes: ChangeRow) -> bool:
        """Write changes on top of the revision before them, all or none, with what the board is then.

        Return False, having written nothing, when somebody else was faster. Raises NameTaken.
        """
        try:
            async with self._database.transaction("boards") as transaction:
                await self._append(transaction, row, changes)
        except Behind:
            return False
        return True

    async def _append(self, transaction: Transaction, row: BoardRow, changes: Sequence[ChangeRow]) -> None:
        standing = await transaction.rows(
            "SELECT revision FROM boards WHERE library = ? AND id = ?", (self._key, row.id)
        )
        if next((int(one[0]) for one in standing), 0) != changes[0].revision - 1:
            raise Behind
        same_name = await transaction.rows(  # nobody else writes to this library meanwhile
            "SELECT FROM boards WHERE library = ? AND key = ? AND NOT deleted AND id <> ?",
            (self._key, row.key, row.id),
        )
        if same_name and not row.deleted:
            raise NameTaken(row.name)
        await transaction.execute(
            f"INSERT INTO boards (library, {SUMMARY}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (library, id) DO UPDATE SET revision = excluded.revision, name = excluded.name, "
            "key = excluded.key, channel = excluded.channel, pins = excluded.pins, "
            "archived = excluded.archived, deleted = excluded.deleted, changed_at = excluded.changed_at",
            (self._key, *astuple(row)),
        )
        await transaction.executemany(
            "INSERT INTO board_changes (library, board, revision, at, author, author_name, kind, data, side) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(self._key, row.id, *astuple(change)) for change in changes],
        )

    async def rows(self, *, archived: bool | None = None) -> list[BoardRow]:
        """Return the boards that are not deleted, last changed first; where it is said, only those (not) archived."""
        rows = await self._database.rows(
            f"SELECT {SUMMARY} FROM boards WHERE library = ? AND NOT deleted ORDER BY changed_at DESC, id",
            (self._key,),
        )
        return [row for row in map(_row, rows) if archived in (None, row.archived)]

    async def row(self, board_id: str) -> BoardRow | None:
        """Return a board by its id, be it deleted."""
        return await self._one("id = ?", [board_id])

    async def named(self, key: str, *, deleted: bool = False) -> BoardRow | None:
        """Return the board with this folded name, or the last one with it that was deleted."""
        return await self._one("key = ? AND deleted = ?", [key, deleted])

    async def of_channel(self, channel: str) -> BoardRow | None:
        """Return the board that is meant in a channel: of several, the one that was changed last."""
        return await self._one("channel = ? AND NOT deleted AND NOT archived", [channel])

    async def changes(self, board_id: str, *, after: int = 0) -> list[ChangeRow]:
        """Return the changes of a board after a revision, in their order."""
        rows = await self._database.rows(
            f"SELECT {CHANGE_COLUMNS} FROM board_changes "
            "WHERE library = ? AND board = ? AND revision > ? ORDER BY revision",
            (self._key, board_id, after),
        )
        return [ChangeRow(*row) for row in rows]

    async def ids(self) -> list[str]:
        """Return the ids of all boards, deleted ones among them."""
        rows = await self._database.rows("SELECT id FROM boards WHERE library = ?", (self._key,))
        return [row[0] for row in rows]

    async def authored(self, person: str) -> dict[str, int]:
        """Return on which boards somebody has made changes, deleted ones among them, and how many."""
        rows = await self._database.rows(
            "SELECT board, count(*) FROM board_changes WHERE library = ? AND author = ? GROUP BY board",
            (self._key, person),
        )
        return {row[0]: row[1] for row in rows}

    async def holding(self, text: str) -> list[str]:
        """Return the boards of whose changes one at least holds a text in its data."""
        rows = await self._database.rows(
            "SELECT DISTINCT board FROM board_changes WHERE library = ? AND strpos(data, ?) > 0", (self._key, text)
        )
        return [row[0] for row in rows]

    async def rewrite(self, row: BoardRow, rewritten: Sequence[ChangeRow], change: ChangeRow) -> bool:
        """Write changes over those of their revisions, and one more on top, all or none.

        Return False, having written nothing, when somebody else was faster.
        """
        try:
            async with self._database.transaction("boards") as transaction:
                moved = await transaction.execute(
                    "UPDATE boards SET revision = ? WHERE library = ? AND id = ? AND revision = ?",
                    (change.revision, self._key, row.id, change.revision - 1),
                )
                if not moved:
                    raise Behind
                await transaction.executemany(
                    "UPDATE board_changes SET author = ?, author_name = ?, data = ?, side = ? "
                    "WHERE library = ? AND board = ? AND revision = ?",
                    [
                        (one.author, one.author_name, one.data, one.side, self._key, row.id, one.revision)
                        for one in rewritten
                    ],
                )
                await transaction.execute(
                    "INSERT INTO board_changes (library, board, revision, at, author, author_name, kind, data, side) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (self._key, row.id, *astuple(change)),
                )
        except Behind:
            return False
        return True

    async def rename_authors(self, before: str, after: str, *, side: str) -> int:
        """Let ids that begin with `before` begin with `after`, in what was done from a side; return how often."""
        async with self._database.transaction("boards") as transaction:
            return await transaction.execute(
                "UPDATE board_changes SET author = ? || substr(author, ?) WHERE library = ? "
                "AND side = ? AND starts_with(author, ?) AND NOT starts_with(author, ?)",
                (after, len(before) + 1, self._key, side, before, after),
            )

    async def purge(self, before: str) -> int:
        """Forget boards that were deleted before a moment (ISO 8601); return how many."""
        old = "library = ? AND deleted AND changed_at < ?"
        if await self._one("deleted AND changed_at < ?", [before]) is None:
            return 0
        async with self._database.transaction("boards") as transaction:
            await transaction.execute(
                f"DELETE FROM board_changes WHERE library = ? AND board IN (SELECT id FROM boards WHERE {old})",
                (self._key, self._key, before),
            )
            return await transaction.execute(f"DELETE FROM boards WHERE {old}", (self._key, before))

    async def _one(self, condition: str, values: Sequence[Any]) -> BoardRow | None:
        row = await self._database.row(
            f"SELECT {SUMMARY} FROM boards WHERE library = ? AND {condition} ORDER BY changed_at DESC LIMIT 1",
            (self._key, *values),
        )
        return None if row is None else _row(row)


def _row(row: Row) -> BoardRow:
    return BoardRow(*row)
