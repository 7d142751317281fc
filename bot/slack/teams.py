"""The workspaces that are being answered, each with a way to Slack, pictures and people of its own.

They are made when something of a workspace happens, and closed when nothing has for a while, when its installation is
gone, and when it was installed anew. Nothing of one workspace is ever used for another.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.oauth.installation_store import Bot

from bot.slack.api import Api, Hosts
from bot.slack.media import Media
from bot.slack.requests import People
from bot.slack.sending import Sending
from bot.slack.tokens import Tokens
from bot.slack.trouble import DEAD, TROUBLE, NotInstalled, SlackRefused, note_trouble, reason_of
from core.errors import ModaclipError

IDLE_S = 72 * 3600.0  # what was uploaded is still known after a weekend

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Opened:
    sending: Sending
    installed_at: float
    used_at: float
    users: int = 0


class Teams:
    """All workspaces of one app. Use `async with Teams(...)`."""

    def __init__(
        self,
        tokens: Tokens,
        hosts: Hosts | None = None,
        *,
        idle_s: float = IDLE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tokens = tokens
        self._hosts = hosts
        self._idle_s = idle_s
        self._clock = clock
        self._opened: dict[str, _Opened] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for opened in self._opened.values():
            await opened.sending.api.close()
        self._opened.clear()

    @property
    def open_teams(self) -> tuple[str, ...]:
        """Which workspaces are open."""
        return tuple(self._opened)

    def meant(self, team: str) -> str:
        """Return the workspace that is meant where a message names one, or none."""
        return team or self._tokens.meant(team)

    @asynccontextmanager
    async def use(self, team: str) -> AsyncIterator[Sending]:
        """Yield what is sent with in a workspace, with a token that is good now.

        Raises NotInstalled, Sealed, SlackRefused, or what Slack's client raises when a token can't be renewed.
        """
        bot = await self._tokens.find(team)
        if bot is None:
            await self._close(team)
            raise NotInstalled("The app is not installed in this workspace of Slack.")
        opened = await self._enter(team, bot)
        try:
            yield opened.sending
        finally:
            opened.users -= 1
            opened.used_at = self._clock()
            if opened is not self._opened.get(team) and not opened.users:
                await opened.sending.api.close()
            await self._close_idle()

    async def authorize(self, context: AsyncBoltContext) -> AuthorizeResult | None:
        """Tell slack_bolt whose an event is, before it is acknowledged; None where it can't be answered.

        It is given no token: what is sent goes through `use`.
        """
        if context.is_enterprise_install:
            log.warning("slack told of an installation for a whole organisation, which is not answered; install the "
                        "app in single workspaces")  # fmt: skip
            return None
        team = self._tokens.meant(str(context.team_id or ""))
        try:
            async with self.use(team) as sending:
                return AuthorizeResult(enterprise_id=None, team_id=team, bot_user_id=sending.me, bot_id=sending.bot)
        except NotInstalled:
            log.info("slack told of a workspace that the app is not installed in", extra={"team": team})
        except ModaclipError as error:
            log.warning("a slack workspace can't be answered", extra={"team": team, "because": error.gist})
        except TROUBLE as error:  # else slack_bolt takes it for an error of this program, and people are told nothing
            note_trouble(error, "renew a workspace's token before an answer")
        return None

    async def uninstall(self, team: str) -> None:
        """Forget a workspace that has removed the app: its tokens, and what was uploaded there.

        Slack may tell late, when the app was installed anew already. So Slack is asked, and only what it does not
        accept any more is forgotten: what was kept in vain does no harm, what was forgotten must be installed anew.
        """
        if await self._has_ended(team):
            await self._tokens.forget(team)
            await self._close(team)

    def forget(self, team: str, user: str) -> None:
        """Forget what is known of somebody in a workspace."""
        if (opened := self._opened.get(team)) is not None:
            opened.sending.people.forget(user)
            opened.sending.media.forget_person(user)

    async def _has_ended(self, team: str) -> bool:
        """Tell whether Slack says that a workspace's token is dead; where it says nothing, that is logged."""
        about = {"team": team}
        try:
            async with self.use(team) as sending:
                await sending.api.client.auth_test()
        except (NotInstalled, SlackRefused):  # it renews the token no more
            return True
        except ModaclipError as error:
            log.warning("a slack workspace may have ended, and is kept", extra={**about, "because": error.gist})
            return False
        except TROUBLE as error:
            if reason_of(error) in DEAD:
                return True
            note_trouble(error, "ask whether a workspace has ended")
            log.warning("a slack workspace may have ended, and is kept", extra=about)
            return False
        log.info("an earlier installation in slack has ended", extra=about)
        return False

    async def _enter(self, team: str, bot: Bot) -> _Opened:
        """Return a workspace that is in use from now on, made where that was not done since it was installed."""
        known = self._opened.get(team)
        if known is not None and known.installed_at != bot.installed_at:
            await self._close(team)
        if team not in self._opened:  # nothing is awaited from here on, so that two events make one
            self._opened[team] = self._make(team, bot)
        opened = self._opened[team]
        opened.sending.api.renew(bot.bot_token)
        opened.users += 1
        return opened

    def _make(self, team: str, bot: Bot) -> _Opened:
        api = Api(bot.bot_token, self._hosts)
        people = People(api, team, bot.team_name or "")
        api.open()
        sending = Sending(team, bot.bot_user_id, bot.bot_id, api, Media(api), people)
        return _Opened(sending, bot.installed_at, self._clock())

    async def _close(self, team: str) -> None:
        """Use what a workspace has no more; who still sends with it does so to the end."""
        opened = self._opened.pop(team, None)
        if opened is not None and not opened.users:
            await opened.sending.api.close()

    async def _close_idle(self) -> None:
        now = self._clock()
        for team, opened in list(self._opened.items()):
            if not opened.users and now - opened.used_at >= self._idle_s:
                await self._close(team)
