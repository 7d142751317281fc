"""What must outlive a restart: the results that buttons belong to, settings of workspaces, facts about the bot."""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from bot.retention import DAY_S
from core.errors import LibraryError
from core.store import Stores
from core.store.database import Database

TABLES = "state.db"  # the file of all tables of the bot's own, in its folder
KEPT_S = 30 * DAY_S  # how long buttons work, unless it is said otherwise
MOST_UNWRITTEN = 1_000
TOKEN_BYTES = 15  # 120 bits: nobody guesses another's result

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """One result as it was kept."""

    token: str
    workspace: str
    owner: str
    posted: bool
    data: Mapping[str, Any]


class State:
    """The bot's own database. Use `async with State.open(path)`."""

    def __init__(self, database: Database, clock: Callable[[], float], kept_s: float = KEPT_S) -> None:
        self.database = database
        self._clock = clock
        self._kept_s = kept_s
        self._unwritten: dict[str, Kept] = {}  # results that the database did not take

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        path: Path,
        *,
        clock: Callable[[], float] = time.time,
        stores: Stores | None = None,
        kept_s: float = KEPT_S,
    ) -> AsyncIterator[Self]:
        """Open the tables, in the file or wherever `stores` keeps them. `clock` gives seconds since 1970.

        Results are kept for `kept_s` seconds.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        async with (stores or Stores()).tables(path, "bot.store") as database:
            yield cls(database, clock, kept_s)

    @property
    def clock(self) -> Callable[[], float]:
        """What gives the seconds since 1970."""
        return self._clock

    @property
    def kept_days(self) -> int:
        """For how many days results are kept."""
        return round(self._kept_s / DAY_S)

    async def keep(self, workspace: str, owner: str, data: Mapping[str, Any], *, posted: bool = False) -> str:
        """Keep a result for a while; return its token.

        Where nothing can be written (a full disk) it is kept in memory, so that questions are answered all the same.
        """
        token = secrets.token_urlsafe(TOKEN_BYTES)
        try:
            async with self.database.transaction() as transaction:
                await transaction.execute(
                    "INSERT INTO results VALUES (?, ?, ?, ?, ?, ?)",
                    (token, workspace, owner, posted, json.dumps(data), self._clock()),
                )
        except LibraryError as error:
            log.warning("a result is kept in memory, and its buttons end with this program: %s", error.gist)
            self._unwritten[token] = Kept(token, workspace, owner, posted, data)
            while len(self._unwritten) > MOST_UNWRITTEN:
                self._unwritten.pop(next(iter(self._unwritten)))
        return token

    async def kept(self, token: str) -> Kept | None:
        """Return a result, or None when there is none or its time is over."""
        if token in self._unwritten:
            return self._unwritten[token]
        row = await self.database.row(
            "SELECT token, workspace, owner, posted, data FROM results WHERE token = ? AND made_at > ?",
            (token, self._clock() - self._kept_s),
        )
        return None if row is None else Kept(row[0], row[1], row[2], bool(row[3]), json.loads(row[4]))

    async def latest(self, workspace: str, owner: str, most: int = 100) -> list[Mapping[str, Any]]:
        """Return what was kept for somebody alone in a workspace, the latest first."""
        rows = await self.database.rows(
            "SELECT data FROM results WHERE workspace = ? AND owner = ? AND NOT posted AND made_at > ? "
            "ORDER BY made_at DESC LIMIT ?",
            (workspace, owner, self._clock() - self._kept_s, most),
        )
        return [json.loads(row[0]) for row in rows]

    async def forget_old(self) -> int:
        """Delete results whose time is over; return how many."""
        async with self.database.transaction() as transaction:
            return await transaction.execute("DELETE FROM results WHERE made_at <= ?", (self._clock() - self._kept_s,))

    async def settings(self, workspace: str) -> Mapping[str, Any]:
        """Return what was set in a workspace, by name."""
        rows = await self.database.rows("SELECT name, value FROM settings WHERE workspace = ?", (workspace,))
        return {row[0]: json.loads(row[1]) for row in rows}

    async def write_settings(self, workspace: str, values: Mapping[str, Any]) -> None:
        """Write settings of a workspace, all or none; others stay."""
        async with self.database.transaction() as transaction:
            await transaction.executemany(
                "INSERT INTO settings VALUES (?, ?, ?) "
                "ON CONFLICT (workspace, name) DO UPDATE SET value = excluded.value",
                [(workspace, name, json.dumps(value)) for name, value in values.items()],
            )

    async def workspaces(self) -> list[str]:
        """Return the workspaces that these tables know of, in order."""
        rows = await self.database.rows(
            "SELECT workspace FROM results UNION SELECT workspace FROM settings "
            "UNION SELECT workspace FROM board_posts UNION SELECT workspace FROM board_watches "
            "UNION SELECT workspace FROM board_links UNION SELECT home FROM board_links "
            "UNION SELECT 'slack:' || team FROM slack_teams ORDER BY 1"
        )
        return [str(row[0]) for row in rows]

    async def fact(self, name: str) -> str | None:
        """Return a fact about the bot, such as which commands were given to a chat."""
        value = await self.database.value("SELECT value FROM facts WHERE name = ?", (name,))
        return None if value is None else str(value)

    async def write_fact(self, name: str, value: str) -> None:
        """Write a fact about the bot."""
        async with self.database.transaction() as transaction:
            await transaction.execute(
                "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value)
            )
