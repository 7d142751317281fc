"""Which workspaces share a board, and the codes with which another may join: each works once, for a day."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import astuple, dataclass

from core.store.database import Database, Row

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is taken for another
CODE_LENGTH = 12  # letters: 59 bits
CODE_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Link:
    """A workspace that has joined a board of another, as the table has it."""

    board: str
    workspace: str
    home: str  # the workspace that keeps the board
    title: str  # of the workspace that joined, as people call it
    home_title: str
    channel: str | None  # where it is the board that is meant when none is named
    joined_by: str  # a person's id
    joined_at: float  # seconds since 1970


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a code stands for."""

    board: str
    home: str
    home_title: str


class BoardLinks:
    """Links and codes, in the bot's own database."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def invite(self, invitation: Invitation) -> tuple[str, float]:
        """Return a new code, and until when it works (seconds since 1970). Earlier ones of the board work no more."""
        letters = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
        until = self._clock() + CODE_S
        async with self._database.transaction() as transaction:
            await transaction.execute(
                "DELETE FROM board_codes WHERE board = ? OR until < ?", (invitation.board, self._clock())
            )
            await transaction.execute(
                "INSERT INTO board_codes VALUES (?, ?, ?, ?, ?)",
                (_digest(letters), invitation.board, invitation.home, invitation.home_title, until),
            )
        return "-".join(letters[start : start + 4] for start in range(0, CODE_LENGTH, 4)), until

    async def invitation(self, code: str) -> Invitation | None:
        """Return what a code stands for; None where it does not work, or not any more."""
        row = await self._database.row(
            "SELECT board, home, home_title FROM board_codes WHERE code = ? AND until > ?",
            (_digest(code), self._clock()),
        )
        return None if row is None else Invitation(*row)

    async def join(self, code: str, link: Link) -> bool:
        """Use a code up and link a workspace, both or neither; tell whether the code was still there."""
        async with self._database.transaction() as transaction:
            if not await transaction.execute("DELETE FROM board_codes WHERE code = ?", (_digest(code),)):
                return False
            await transaction.execute(
                "INSERT INTO board_links VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (board, workspace) DO UPDATE SET "
                "home = excluded.home, title = excluded.title, home_title = excluded.home_title, "
                "channel = excluded.channel, joined_by = excluded.joined_by, joined_at = excluded.joined_at",
                astuple(link),
            )
        return True

    async def leave(self, board: str, workspace: str) -> bool:
        """Unlink a workspace; tell whether it was linked."""
        async with self._database.transaction() as transaction:
            gone = await transaction.execute(
                "DELETE FROM board_links WHERE board = ? AND workspace = ?", (board, workspace)
            )
            return gone > 0

    async def of_board(self, board: str) -> list[Link]:
        """Return who has joined a board, the first first."""
        return _links(
            await self._database.rows(
                "SELECT * FROM board_links WHERE board = ? ORDER BY joined_at, workspace", (board,)
            )
        )

    async def of_workspace(self, workspace: str) -> list[Link]:
        """Return the boards that a workspace has joined, the first first."""
        return _links(
            await self._database.rows(
                "SELECT * FROM board_links WHERE workspace = ? ORDER BY joined_at, board", (workspace,)
            )
        )

    async def forget_old(self) -> int:
        """Delete codes that work no more; return how many."""
        async with self._database.transaction() as transaction:
            return await transaction.execute("DELETE FROM board_codes WHERE until <= ?", (self._clock(),))

    async def place(self, board: str, workspace: str, channel: str | None) -> None:
        """Make a board that was joined the one that is meant in a channel, or in none."""
        async with self._database.transaction() as transaction:
            await transaction.execute(
                "UPDATE board_links SET channel = ? WHERE board = ? AND workspace = ?", (channel, board, workspace)
            )

    async def with_photos_of(self, workspace: str) -> list[str]:
        """Return the boards on which photos of a workspace may stand although another workspace sees them."""
        rows = await self._database.rows(
            "SELECT DISTINCT board FROM board_links WHERE workspace = ? OR home = ?", (workspace, workspace)
        )
        return [row[0] for row in rows]


def _digest(code: str) -> str:
    """Return the hash of a code as it is kept; how it was typed does not matter."""
    return hashlib.sha256("".join(filter(str.isalnum, code.upper())).encode()).hexdigest()


def _links(rows: list[Row]) -> list[Link]:
    return [Link(*row) for row in rows]
