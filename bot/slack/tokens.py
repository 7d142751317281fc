"""Where the tokens of workspaces come from: one that was given at the start, or those of all that added the app.

Tokens that expire are renewed some time before. Whoever needs one asks here each time, an event as well as a message
that nobody asked for, so a token is never older than what Slack gave last.

With a new token comes a new refresh token, and the one before is spent: what Slack then says is all that there is. So a
renewal goes on when who asked for it is cancelled, and is written again until the database takes it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol, Self

from slack_sdk.errors import SlackClientError, SlackTokenRotationError
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.installations import Installations
from bot.slack.trouble import SPENT, TROUBLE, SlackRefused, note_trouble, reason_of
from bot.tasks import stop
from core.waiting import happens_within

RENEW_MIN = 120  # minutes before a token expires; Slack's live for twelve hours
AGAIN_S = 60.0  # until a renewal that failed is tried again; who needs the token waits for no attempt in between
WRITE_AGAIN_S, LONGEST_PAUSE_S = 1.0, 60.0  # until tokens are written again that the database did not take; doubles
CLOSE_S = 20.0  # that renewals may take to end, when Slack is closed

log = logging.getLogger(__name__)


class Tokens(Protocol):
    """Knows the installation of each workspace."""

    def meant(self, team: str) -> str:
        """Return the workspace whose installation an event of a workspace is for; "" is one that nobody named."""

    async def find(self, team: str) -> Bot | None:
        """Return a workspace's installation, with a token that is good now; None where the app is not installed.

        Raises Sealed, SlackRefused, or what Slack's client raises.
        """

    async def forget(self, team: str) -> None:
        """Delete a workspace's tokens."""


class OneToken:
    """One workspace, whose token was given at the start; everything that comes is for it."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @classmethod
    async def of(cls, token: str, client: AsyncWebClient) -> OneToken:
        """Ask Slack whose token it is. Raises what Slack's client raises."""
        me = await client.auth_test(token=token)
        return cls(
            Bot(
                team_id=str(me["team_id"]),
                team_name=str(me.get("team") or ""),
                bot_token=token,
                bot_id=str(me.get("bot_id") or ""),
                bot_user_id=str(me["user_id"]),
                installed_at=0.0,
            )
        )

    def meant(self, team: str) -> str:  # noqa: ARG002
        """Return the one workspace."""
        return str(self._bot.team_id)

    async def find(self, team: str) -> Bot | None:
        """Return the installation, if it is that of the workspace."""
        return self._bot if team == self._bot.team_id else None

    async def forget(self, team: str) -> None:
        """Do nothing: who gave the token takes it away."""


@dataclass(frozen=True, slots=True)
class _Failure:
    """What stood against a renewal."""

    at: float
    installed_at: float  # what was installed since is not concerned
    error: Exception


class KeptTokens:
    """The workspaces that added the app. Use `async with KeptTokens(...)`; at its end, what was renewed is kept."""

    def __init__(
        self, kept: Installations, rotator: AsyncTokenRotator, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._kept = kept
        self._rotator = rotator
        self._clock = clock
        self._renewing: dict[str, asyncio.Task[Bot | None]] = {}
        self._unwritten: dict[str, Bot] = {}  # newer than what the database has
        self._failures: dict[str, _Failure] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        try:
            async with asyncio.timeout(CLOSE_S):
                while self._tasks:
                    await asyncio.wait(self._tasks)
        except TimeoutError:
            log.error("slack was closed before the tokens of workspaces were renewed")
            await stop(self._tasks)

    def meant(self, team: str) -> str:
        """Return the workspace itself."""
        return team

    async def find(self, team: str) -> Bot | None:
        """Return a workspace's installation, its token renewed where it is about to expire."""
        bot = await self._read(team)
        if bot is None or not self._is_due(bot) or self._closing.is_set():  # nobody would wait for a renewal
            return bot
        if team not in self._renewing:
            self._renewing[team] = self._start(self._renew(team))
            self._renewing[team].add_done_callback(lambda _: self._renewing.pop(team))
        return await asyncio.shield(self._renewing[team])

    async def forget(self, team: str) -> None:
        """Delete a workspace's tokens."""
        self._failures.pop(team, None)
        self._unwritten.pop(team, None)
        await self._kept.async_delete_all(enterprise_id=None, team_id=team)

    async def _read(self, team: str) -> Bot | None:
        bot = await self._kept.async_find_bot(enterprise_id=None, team_id=team)
        fresh = self._unwritten.get(team)
        same = bot is not None and fresh is not None and bot.installed_at == fresh.installed_at
        return fresh if same else bot

    def _is_due(self, bot: Bot) -> bool:
        """Tell whether a token is to be renewed now. Raises what has just stood against that, once it has expired."""
        expires, now = bot.bot_token_expires_at, self._clock()
        if expires is None or expires > now + RENEW_MIN * 60:
            return False
        failed = self._failures.get(str(bot.team_id))
        if failed is None or failed.installed_at != bot.installed_at or now - failed.at >= AGAIN_S:
            return True
        if expires <= now:
            raise failed.error.with_traceback(None)  # else it grows with every event
        return False

    async def _renew(self, team: str) -> Bot | None:
        bot = await self._read(team)  # again: it may have been renewed since
        if bot is None or not self._is_due(bot):
            return bot
        try:
            fresh = await self._rotator.perform_bot_token_rotation(bot=bot, minutes_before_expiration=RENEW_MIN)
        except TROUBLE as error:
            return self._fail(bot, error.api_error if isinstance(error, SlackTokenRotationError) else error)
        if fresh is None:
            return self._fail(bot, SlackClientError("slack gave a token of another kind"))
        self._failures.pop(team, None)
        self._unwritten[team] = fresh
        if not await self._write(team):
            self._start(self._write_later(team))
        return await self._read(team)  # uninstalled, or installed anew, perhaps, while Slack answered

    def _fail(self, bot: Bot, error: Exception) -> Bot:
        """Remember what stood against a renewal; raise it, unless the token is still good."""
        note_trouble(error, "renew a token")
        if reason_of(error) in SPENT:
            error = SlackRefused(
                "Slack renews the token of a workspace no more ({reason}). Install the app there anew.",
                reason=reason_of(error),
            )
        self._failures[str(bot.team_id)] = _Failure(self._clock(), bot.installed_at, error)
        if (bot.bot_token_expires_at or 0) > self._clock():
            return bot
        raise error from None

    async def _write(self, team: str) -> bool:
        """Write a workspace's new tokens; tell whether nothing is left to be written."""
        fresh = self._unwritten.get(team)
        if fresh is None:
            return True
        try:
            renewed = await self._kept.renew(fresh)
        except Exception:  # whatever it is and whichever engine says it: without these tokens all is lost
            log.exception("new tokens of a slack workspace could not be written", extra={"team": team})
            return False
        if self._unwritten.get(team) is fresh:
            del self._unwritten[team]
        if renewed:
            log.info("a token of slack was renewed", extra={"team": team})
        return True

    async def _write_later(self, team: str) -> None:
        """Write a workspace's new tokens as soon as the database takes them, for the last time when Slack is closed."""
        pause_s = WRITE_AGAIN_S
        while True:
            closing = await happens_within(self._closing, pause_s)
            if await self._write(team):
                return
            if closing:
                log.error("new tokens of a slack workspace are lost; install the app there anew", extra={"team": team})
                return
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)

    def _start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Do some work that ends with Slack, and not with who asked for it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
