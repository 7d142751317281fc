"""The tables of mood boards: logs that are only added to, each entry on top of the one that its writer had seen."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import astuple

from core.errors import DamagedLibrary
from core.store.sqlite.database import SqliteDatabase
from core.store.sqlite.sums import SUMMED, proven
from core.store.values import BoardRow, ChangeRow, NameTaken

SUMMARY = SUMMED["boards"]
CHANGE_COLUMNS = "revision, at, author, author_name, kind, data, side"


class BoardTable:
    """Boards and their changes."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def append(self, row: BoardRow, *changes: ChangeRow) -> bool:
        """Write changes on top of the revision before them, all or none, with what the board is then.

        Return False, having written nothing, when somebody else was faster. Raises NameTaken.
        """
        before = changes[0].revision - 1
        async with self._database.transaction() as transaction:
            found = await transaction.rows("SELECT revision FROM boards WHERE id = ?", (row.id,))
            if next((int(one[0]) for one in found), 0) != before:
                return False
            try:
                await transaction.execute(
                    f"INSERT OR ABORT INTO boards ({SUMMARY}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                    "ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, name = excluded.name, "
                    "key = excluded.key, channel = excluded.channel, pins = excluded.pins, "
                    "archived = excluded.archived, deleted = excluded.deleted, changed_at = excluded.changed_at",
                    astuple(row),
                )
            except sqlite3.IntegrityError as error:
                raise NameTaken(row.name) from error
            await transaction.executemany(
                "INSERT INTO board_changes (board, revision, at, author, author_name, kind, data, side) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(row.id, *astuple(change)) for change in changes],
            )
        return True

    async def rows(self, *, archived: bool | None = None) -> list[BoardRow]:
        """Return the boards that are not deleted, last changed first; where it is said, only those (not) archived."""
        found = await self._boards("WHERE NOT deleted ORDER BY changed_at DESC, id")
        return [row for row in found if archived in (None, row.archived)]

    async def row(self, board_id: str) -> BoardRow | None:
        """Return a board by its id, be it deleted."""
        return next(iter(await self._boards("WHERE id = ?", board_id)), None)

    async def named(self, key: str, *, deleted: bool = False) -> BoardRow | None:
        """Return the board with this folded name, or the last one with it that was deleted."""
        found = await self._boards("WHERE key = ? AND deleted = ? ORDER BY changed_at DESC LIMIT 1", key, deleted)
        return next(iter(found), None)

    async def of_channel(self, channel: str) -> BoardRow | None:
        """Return the board that is meant in a channel: of several, the one that was changed last."""
        which = "WHERE channel = ? AND NOT deleted AND NOT archived ORDER BY changed_at DESC LIMIT 1"
        return next(iter(await self._boards(which, channel)), None)

    async def changes(self, board_id: str, *, after: int = 0) -> list[ChangeRow]:
        """Return the changes of a board after a revision, in their order."""
        newest = int(await self._database.value("SELECT revision FROM boards WHERE id = ?", (board_id,)) or 0)
        rows = await self._database.rows(
            f"SELECT {SUMMED['board_changes']}, sum FROM board_changes WHERE board = ? AND revision > ? "
            "ORDER BY revision",
            (board_id, after),
        )
        changes = [ChangeRow(*values[1:]) for values in proven(rows)]
        last = max(newest, after + len(changes))  # others may have added to it since the board was read
        if [change.revision for change in changes] != list(range(after + 1, last + 1)):
            raise DamagedLibrary("Some of what was done to this board is lost. Run `modaclip check --repair`.")
        return changes

    async def ids(self) -> list[str]:
        """Return the ids of all boards, deleted ones among them."""
        return [row[0] for row in await self._database.rows("SELECT id FROM boards")]

    async def authored(self, person: str) -> dict[str, int]:
        """Return on which boards somebody has made changes, deleted ones among them, and how many."""
        rows = await self._database.rows(
            "SELECT board, count(*) FROM board_changes WHERE author = ? GROUP BY board", (person,)
        )
        return {row[0]: row[1] for row in rows}

    async def holding(self, text: str) -> list[str]:
        """Return the boards of whose changes one at least holds a text in its data."""
        rows = await self._database.rows("SELECT DISTINCT board FROM board_changes WHERE instr(data, ?) > 0", (text,))
        return [row[0] for row in rows]

    async def rewrite(self, row: BoardRow, rewritten: Sequence[ChangeRow], change: ChangeRow) -> bool:
        """Write changes over those of their revisions, and one more on top, all or none.

        Return False, having written nothing, when somebody else was faster.
        """
        async with self._database.transaction() as transaction:
            moved = await transaction.execute(
                "UPDATE boards SET revision = ? WHERE id = ? AND revision = ?",
                (change.revision, row.id, change.revision - 1),
            )
            if not moved:
                return False
            await transaction.executemany(
                "UPDATE board_changes SET author = ?, author_name = ?, data = ?, side = ? "
                "WHERE board = ? AND revision = ?",
                [(one.author, one.author_name, one.data, one.side, row.id, one.revision) for one in rewritten],
            )
            await transaction.execute(
                "INSERT INTO board_changes (board, revision, at, author, author_name, kind, data, side) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (row.id, *astuple(change)),
            )
        return True

    async def rename_authors(self, before: str, after: str, *, side: str) -> int:
        """Let ids that begin with `before` begin with `after`, in what was done from a side; return how often."""
        async with self._database.transaction() as transaction:
            return await transaction.execute(
                "UPDATE board_changes SET author = ? || substr(author, ?) "
                "WHERE side = ? AND substr(author, 1, ?) = ? AND substr(author, 1, ?) <> ?",
                (after, len(before) + 1, side, len(before), before, len(after), after),
            )

    async def purge(self, before: str) -> int:
        """Forget boards that were deleted before a moment (ISO 8601); return how many."""
        async with self._database.transaction() as transaction:
            await transaction.execute(
                "DELETE FROM board_changes WHERE board IN (SELECT id FROM boards WHERE deleted AND changed_at < ?)",
                (before,),
            )
            return await transaction.execute("DELETE FROM boards WHERE deleted AND changed_at < ?", (before,))

    async def _boards(self, which: str, *values: object) -> list[BoardRow]:
        rows = await self._database.rows(f"SELECT {SUMMARY}, sum FROM boards {which}", values)
        return [board_from(row) for row in proven(rows)]


def board_from(row: Sequence[object]) -> BoardRow:
    """Return the board of a row of SUMMARY."""
    values = list(row)
    values[6:8] = [bool(value) for value in values[6:8]]
    return BoardRow(*values)  # type: ignore[arg-type]
