"""The messages that show boards, and who wants to be told of new photos that fit."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from core.store.database import Database, Row

MOST_ALIVE = 3  # messages of one board that are drawn anew; the latest


@dataclass(frozen=True, slots=True)
class Post:
    """One message that shows a board."""

    chat: str
    place: str  # of the message, as its chat knows it
    workspace: str
    board: str
    language: str
    revision: int  # of the board, as the message shows it; below 0 where it is to be drawn anew


@dataclass(frozen=True, slots=True)
class Watch:
    """One board for which new photos are looked through."""

    workspace: str
    board: str
    chat: str
    channel: str
    language: str
    marks: Mapping[str, int]  # the newest photo that was looked at, by library
    told_at: float = 0.0  # seconds since 1970


class BoardPosts:
    """Messages and watches, in the bot's own database."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self.database = database
        self._clock = clock

    async def add(self, post: Post) -> None:
        """Write down a message; the oldest of many of one board are forgotten."""
        async with self.database.transaction() as transaction:
            await transaction.execute(
                "INSERT INTO board_posts VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (chat, place) DO UPDATE SET "
                "workspace = excluded.workspace, board = excluded.board, language = excluded.language, "
                "revision = excluded.revision, made_at = excluded.made_at",
                (post.chat, post.place, post.workspace, post.board, post.language, post.revision, self._clock()),
            )
            await transaction.execute(
                "DELETE FROM board_posts WHERE workspace = ? AND board = ? AND place NOT IN (SELECT place "
                "FROM board_posts WHERE workspace = ? AND board = ? ORDER BY made_at DESC LIMIT ?)",
                (post.workspace, post.board, post.workspace, post.board, MOST_ALIVE),
            )

    async def of_board(self, workspace: str, board: str) -> list[Post]:
        """Return the messages that show a board."""
        return self._posts(
            await self.database.rows(
                "SELECT chat, place, workspace, board, language, revision FROM board_posts "
                "WHERE workspace = ? AND board = ?",
                (workspace, board),
            )
        )

    async def of_chat(self, chat: str) -> list[Post]:
        """Return the messages of a chat that show boards."""
        return self._posts(
            await self.database.rows(
                "SELECT chat, place, workspace, board, language, revision FROM board_posts WHERE chat = ?", (chat,)
            )
        )

    async def workspaces_showing(self, board: str) -> list[str]:
        """Return the workspaces in which messages show a board."""
        rows = await self.database.rows("SELECT DISTINCT workspace FROM board_posts WHERE board = ?", (board,))
        return [row[0] for row in rows]

    async def forget_others(self, boards: Collection[str], before: float) -> int:
        """Forget messages, sent before a moment (seconds since 1970), of boards that are not among these."""
        rows = await self.database.rows("SELECT DISTINCT board FROM board_posts WHERE made_at < ?", (before,))
        gone = [row[0] for row in rows if row[0] not in boards]
        async with self.database.transaction() as transaction:
            for board in gone:
                await transaction.execute("DELETE FROM board_posts WHERE board = ? AND made_at < ?", (board, before))
        return len(gone)

    async def drawn(self, post: Post, revision: int) -> None:
        """Write down that a message shows a later revision, unless it is to be drawn anew once more."""
        async with self.database.transaction() as transaction:
            await transaction.execute(
                "UPDATE board_posts SET revision = ? WHERE chat = ? AND place = ? AND revision = ?",
                (revision, post.chat, post.place, post.revision),
            )

    async def outdate(self, workspace: str, board: str) -> None:
        """Let the messages of a board show no revision any more, and each time another one."""
        async with self.database.transaction() as transaction:
            await transaction.execute(
                "UPDATE board_posts SET revision = CASE WHEN revision < 0 THEN revision - 1 ELSE -1 END "
                "WHERE workspace = ? AND board = ?",
                (workspace, board),
            )

    async def forget(self, post: Post) -> None:
        """Forget a message that is not there any more."""
        async with self.database.transaction() as transaction:
            await transaction.execute("DELETE FROM board_posts WHERE chat = ? AND place = ?", (post.chat, post.place))

    async def watch(self, watch: Watch) -> None:
        """Watch for photos from now on, or write down what was told."""
        async with self.database.transaction() as transaction:
            await transaction.execute(
                "INSERT INTO board_watches VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (workspace, board) DO UPDATE SET "
                "chat = excluded.chat, channel = excluded.channel, language = excluded.language, "
                "marks = excluded.marks, told_at = excluded.told_at",
                (
                    *(watch.workspace, watch.board, watch.chat, watch.channel, watch.language),
                    json.dumps(dict(watch.marks)),
                    watch.told_at,
                ),
            )

    async def looked(self, watch: Watch) -> None:
        """Write down what was looked at and told, unless the watch was ended or moved meanwhile."""
        async with self.database.transaction() as transaction:
            await transaction.execute(
                "UPDATE board_watches SET marks = ?, told_at = ? WHERE workspace = ? AND board = ? AND channel = ?",
                (json.dumps(dict(watch.marks)), watch.told_at, watch.workspace, watch.board, watch.channel),
            )

    async def of_workspace(self, workspace: str) -> list[Post]:
        """Return the messages of a workspace that show boards."""
        return self._posts(
            await self.database.rows(
                "SELECT chat, place, workspace, board, language, revision FROM board_posts WHERE workspace = ?",
                (workspace,),
            )
        )

    async def watches(self) -> list[Watch]:
        """Return all watches."""
        rows = await self.database.rows(
            "SELECT workspace, board, chat, channel, language, marks, told_at FROM board_watches"
        )
        return [Watch(row[0], row[1], row[2], row[3], row[4], json.loads(row[5]), row[6]) for row in rows]

    async def unwatch(self, workspace: str, board: str) -> bool:
        """Watch no longer; tell whether it was watched."""
        async with self.database.transaction() as transaction:
            gone = await transaction.execute(
                "DELETE FROM board_watches WHERE workspace = ? AND board = ?", (workspace, board)
            )
            return gone > 0

    async def choose(self, urls: Sequence[str]) -> None:
        """Write down what is to be called because photos were chosen."""
        async with self.database.transaction() as transaction:
            await transaction.executemany(
                "INSERT INTO chosen (url) VALUES (?) ON CONFLICT DO NOTHING", [(url,) for url in urls]
            )

    async def untold(self) -> list[str]:
        """Return what is still to be called."""
        return [row[0] for row in await self.database.rows("SELECT url FROM chosen WHERE told_at IS NULL")]

    async def told(self, url: str) -> None:
        """Write down that something was called."""
        async with self.database.transaction() as transaction:
            await transaction.execute("UPDATE chosen SET told_at = ? WHERE url = ?", (self._clock(), url))

    @staticmethod
    def _posts(rows: list[Row]) -> list[Post]:
        return [Post(*row) for row in rows]
