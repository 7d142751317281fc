"""The workspaces of Slack that the bot was added to, their tokens sealed, and installations that are under way.

What is sealed is opened elsewhere: nothing here has the key.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from core.store.database import Database

STATE_S = 600.0  # that an installation may take
MOST_STATES = 10_000  # that are under way; anybody may begin one


@dataclass(frozen=True, slots=True)
class SealedTeam:
    """One installation, as it is kept."""

    team: str
    installed_at: float
    sealed: str = field(repr=False)


class SlackTeams:
    """Installations, in the bot's own database."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def add(self, installed: SealedTeam) -> None:
        """Write an installation, over the one that the team had."""
        async with self._database.transaction() as transaction:
            await transaction.execute(
                "INSERT INTO slack_teams VALUES (?, ?, ?) ON CONFLICT (team) DO UPDATE SET "
                "installed_at = excluded.installed_at, sealed = excluded.sealed",
                (installed.team, installed.installed_at, installed.sealed),
            )

    async def renew(self, installed: SealedTeam) -> bool:
        """Write what is new of an installation; tell whether it was still there, and not replaced by a later one."""
        async with self._database.transaction() as transaction:
            renewed = await transaction.execute(
                "UPDATE slack_teams SET sealed = ? WHERE team = ? AND installed_at = ?",
                (installed.sealed, installed.team, installed.installed_at),
            )
            return renewed > 0

    async def find(self, team: str) -> SealedTeam | None:
        """Return a team's installation, or None."""
        row = await self._database.row("SELECT team, installed_at, sealed FROM slack_teams WHERE team = ?", (team,))
        return None if row is None else SealedTeam(row[0], row[1], row[2])

    async def all(self) -> list[SealedTeam]:
        """Return all installations."""
        rows = await self._database.rows("SELECT team, installed_at, sealed FROM slack_teams ORDER BY team")
        return [SealedTeam(row[0], row[1], row[2]) for row in rows]

    async def forget(self, team: str) -> bool:
        """Delete a team's installation; tell whether there was one."""
        async with self._database.transaction() as transaction:
            return await transaction.execute("DELETE FROM slack_teams WHERE team = ?", (team,)) > 0

    async def begin(self) -> str:
        """Begin an installation; return the state that must come back with its end."""
        state, now = secrets.token_urlsafe(32), self._clock()
        async with self._database.transaction() as transaction:
            await transaction.execute("DELETE FROM slack_states WHERE expires_at <= ?", (now,))
            await transaction.execute(
                "DELETE FROM slack_states WHERE id NOT IN "
                "(SELECT id FROM slack_states ORDER BY expires_at DESC LIMIT ?)",
                (MOST_STATES - 1,),
            )
            await transaction.execute("INSERT INTO slack_states VALUES (?, ?)", (_hashed(state), now + STATE_S))
        return state

    async def forget_old(self) -> int:
        """Delete installations that were begun and not finished in time; return how many."""
        async with self._database.transaction() as transaction:
            return await transaction.execute("DELETE FROM slack_states WHERE expires_at <= ?", (self._clock(),))

    async def end(self, state: str) -> bool:
        """Take a state back, once; tell whether it was given out, and not too long ago."""
        async with self._database.transaction() as transaction:
            taken = await transaction.execute(
                "DELETE FROM slack_states WHERE id = ? AND expires_at > ?", (_hashed(state), self._clock())
            )
            return taken > 0


def _hashed(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
