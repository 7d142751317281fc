"""Where the tokens of workspaces come from: one that was given at the start, or those of all that added the app.

Tokens that expire are renewed some time before. Whoever needs one asks here each time, an event as well as a message
that nobody asked for, so a token is never older than what Slack gave last.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Protocol

from slack_sdk.errors import SlackTokenRotationError
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.installations import Installations
from bot.slack.trouble import TROUBLE, SlackRefused, note_trouble, reason_of

RENEW_MIN = 120  # minutes before a token expires; Slack's live for twelve hours
AGAIN_S = 60.0  # until a renewal that failed is tried again, while the token is still good
SPENT = frozenset({"invalid_refresh_token", "token_revoked", "account_inactive"})

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


class KeptTokens:
    """The workspaces that added the app."""

    def __init__(
        self, kept: Installations, rotator: AsyncTokenRotator, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._kept = kept
        self._rotator = rotator
        self._clock = clock
        self._renewing: dict[str, asyncio.Lock] = {}
        self._failed_at: dict[str, float] = {}

    def meant(self, team: str) -> str:
        """Return the workspace itself."""
        return team

    async def find(self, team: str) -> Bot | None:
        """Return a workspace's installation, its token renewed where it is about to expire."""
        bot = await self._read(team)
        if bot is None or not self._is_due(bot):
            return bot
        async with self._renewing.setdefault(team, asyncio.Lock()):
            bot = await self._read(team)  # again: who held the lock before has renewed it
            return bot if bot is None or not self._is_due(bot) else await self._renew(bot)

    async def forget(self, team: str) -> None:
        """Delete a workspace's tokens."""
        self._failed_at.pop(team, None)
        await self._kept.async_delete_all(enterprise_id=None, team_id=team)

    async def _read(self, team: str) -> Bot | None:
        return await self._kept.async_find_bot(enterprise_id=None, team_id=team)

    def _is_due(self, bot: Bot) -> bool:
        """Tell whether a token is to be renewed now; one that is still good is not tried at every event."""
        expires, now = bot.bot_token_expires_at, self._clock()
        if expires is None or expires > now + RENEW_MIN * 60:
            return False
        return expires <= now or now - self._failed_at.get(str(bot.team_id), float("-inf")) >= AGAIN_S

    async def _renew(self, bot: Bot) -> Bot | None:
        team, expires = str(bot.team_id), bot.bot_token_expires_at or 0
        try:
            fresh = await self._rotator.perform_bot_token_rotation(bot=bot, minutes_before_expiration=RENEW_MIN)
        except TROUBLE as error:
            self._failed_at[team] = self._clock()
            refusal = error.api_error if isinstance(error, SlackTokenRotationError) else error
            note_trouble(refusal, "renew a token")
            if expires > self._clock():
                return bot
            if reason_of(refusal) in SPENT:
                raise SlackRefused(
                    "Slack renews the token of a workspace no more ({reason}). Install the app there anew.",
                    reason=reason_of(refusal),
                ) from None
            raise refusal from None
        if fresh is None:  # Slack gave a token of another kind
            self._failed_at[team] = self._clock()
            return bot
        self._failed_at.pop(team, None)
        if not await self._kept.renew(fresh):
            return await self._read(team)  # uninstalled, or installed anew, while Slack answered
        log.info("a token of slack was renewed", extra={"team": team})
        return fresh
