"""The web chat's visitors: their sessions, and their conversations, which survive a reload and a restart."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from bot.retention import DAY_S
from bot.store.people import new_guest
from core.store.database import Database

SESSION_S = 90 * DAY_S  # that a session lasts at most
IDLE_S = 14 * DAY_S  # without being used
SEEN_EVERY_S = 3600  # how often it is written down that a session is used
KEPT_ENTRIES = 200  # of each conversation
EVERYBODY = ""


class Visits:
    """Sessions and conversations, in the bot's own database."""

    def __init__(
        self, database: Database, *, clock: Callable[[], float] = time.time, session_s: int = SESSION_S
    ) -> None:
        self.database = database
        self.session_s = session_s
        self._clock = clock

    async def begin(self) -> str:
        """Begin a session of a new person; return its cookie."""
        cookie, now = secrets.token_urlsafe(32), self._clock()
        async with self.database.transaction() as transaction:
            await transaction.execute("DELETE FROM sessions WHERE expires_at <= ? OR seen_at <= ?", (now, now - IDLE_S))
            await transaction.execute(
                "INSERT INTO sessions (id, person, expires_at, seen_at) VALUES (?, ?, ?, ?)",
                (_hashed(cookie), new_guest(), now + self.session_s, now),
            )
        return cookie

    async def person(self, cookie: str, *, used: bool = True) -> str | None:
        """Return whose session a cookie is, or None. It counts as used now, unless it is only looked at."""
        now = self._clock()
        row = await self.database.row(
            "SELECT person, seen_at FROM sessions WHERE id = ? AND expires_at > ? AND seen_at > ?",
            (_hashed(cookie), now, now - IDLE_S),
        )
        if row is None:
            return None
        if used and row[1] <= now - SEEN_EVERY_S:
            async with self.database.transaction() as transaction:
                await transaction.execute("UPDATE sessions SET seen_at = ? WHERE id = ?", (now, _hashed(cookie)))
        return str(row[0])

    async def name(self, person: str) -> str | None:
        """Return what somebody wants to be called; None where nothing was said."""
        value = await self.database.value("SELECT name FROM people WHERE person = ?", (person,))
        return None if value is None else str(value)

    async def call(self, person: str, name: str) -> None:
        """Call somebody by a name from now on."""
        async with self.database.transaction() as transaction:
            await transaction.execute(
                "INSERT INTO people VALUES (?, ?) ON CONFLICT (person) DO UPDATE SET name = excluded.name",
                (person, name),
            )

    async def end(self, cookie: str) -> None:
        """End a session."""
        async with self.database.transaction() as transaction:
            await transaction.execute("DELETE FROM sessions WHERE id = ?", (_hashed(cookie),))

    async def end_all(self) -> None:
        """End all sessions."""
        async with self.database.transaction() as transaction:
            await transaction.execute("DELETE FROM sessions")

    async def add(self, person: str, data: Mapping[str, Any], *, author: str = "") -> int:
        """Write one more entry into a conversation; return its number. The oldest of very long ones are dropped.

        `author` is who posted an entry for everybody.
        """
        async with self.database.transaction() as transaction:
            written = await transaction.rows(
                "INSERT INTO entries (person, data, made_at, author) VALUES (?, ?, ?, ?) RETURNING n",
                (person, json.dumps(data), self._clock(), author),
            )
            await transaction.execute(
                "DELETE FROM entries WHERE person = ? AND n <= "
                "(SELECT n FROM entries WHERE person = ? ORDER BY n DESC LIMIT 1 OFFSET ?)",
                (person, person, KEPT_ENTRIES),
            )
            return int(written[0][0])

    async def replace(self, person: str, n: int, data: Mapping[str, Any]) -> bool:
        """Write an entry over one that stands in the person's own conversation; tell whether there is such a one."""
        async with self.database.transaction() as transaction:
            changed = await transaction.execute(
                "UPDATE entries SET data = ? WHERE n = ? AND person = ?", (json.dumps(data), n, person)
            )
            return changed > 0

    async def entry(self, person: str, n: int) -> Mapping[str, Any] | None:
        """Return one entry of the person's own conversation, or None."""
        row = await self.database.row("SELECT n, data FROM entries WHERE n = ? AND person = ?", (n, person))
        return None if row is None else json.loads(row[1]) | {"n": row[0]}

    async def entries(self, person: str) -> list[Mapping[str, Any]]:
        """Return a conversation with what was posted to everybody, oldest first."""
        rows = await self.database.rows(
            "SELECT n, data FROM (SELECT n, data FROM entries WHERE person IN (?, '') ORDER BY n DESC LIMIT ?) "
            "AS latest ORDER BY n",
            (person, KEPT_ENTRIES),
        )
        return [json.loads(row[1]) | {"n": row[0]} for row in rows]

    async def clear(self, person: str) -> None:
        """Forget a person's conversation."""
        async with self.database.transaction() as transaction:
            await transaction.execute("DELETE FROM entries WHERE person = ?", (person,))

    async def written_by(self, person: str) -> list[Mapping[str, Any]]:
        """Return what a person has said, and posted to everybody."""
        rows = await self.database.rows("SELECT n, data FROM entries WHERE person = ? OR author = ?", (person, person))
        return [json.loads(row[1]) | {"n": row[0]} for row in rows]

    async def forget_old(self, history_s: float) -> int:
        """Delete entries that are older than so many seconds, and sessions that are over; return how many."""
        now = self._clock()
        async with self.database.transaction() as transaction:
            entries = await transaction.execute("DELETE FROM entries WHERE made_at <= ?", (now - history_s,))
            return entries + await transaction.execute(
                "DELETE FROM sessions WHERE expires_at <= ? OR seen_at <= ?", (now, now - IDLE_S)
            )


def _hashed(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()
