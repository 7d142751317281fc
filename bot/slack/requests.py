"""Who asks in Slack, where, and what they may do there.

One workspace of Slack is one workspace here, whatever channel something is asked in. A person is known by workspace and
account: ids of accounts are unique in their workspace, as Slack says (https://api.slack.com/types/user). Who sits in a
channel that two organisations share, but belongs to the other, is a stranger, whose own rank counts for nothing.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.catalogue import words_for
from bot.replies import Reply
from bot.requests import Level, Person, Request
from bot.slack.api import Api
from bot.slack.trouble import TROUBLE, note_trouble

CHAT = "slack"
KNOWN_S = 300.0  # how long somebody's name, language and rank are taken as they were
KEPT_S = 3600.0  # and how long it is kept at all, for when Slack does not say
MOST_KNOWN = 10_000
UPLOAD_LIMIT = 50 * 2**20  # Slack takes more; nobody opens more in a chat

Tell = Callable[[Reply], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of somebody."""

    name: str
    language: str
    level: Level
    stranger: bool


class People:
    """Knows who is who in the workspace `team`, and asks Slack anew every few minutes."""

    def __init__(self, api: Api, team: str, title: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._team = team
        self._title = title  # what people call the workspace
        self._clock = clock
        self._known: dict[str, tuple[float, Known]] = {}

    async def know(self, user: str) -> Known:
        """Return what is known of somebody; a member without rights where Slack does not say."""
        since, known = self._known.get(user, (float("-inf"), None))
        if known is not None and self._clock() - since < KNOWN_S:
            return known
        try:
            answer = await self._api.client.users_info(user=user, include_locale=True)
            known = _read(answer["user"], self._team)
        except TROUBLE as error:
            note_trouble(error, "ask who somebody is")
            return known or Known(user, "en", Level.MEMBER, stranger=False)
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[user] = (self._clock(), known)
        for old in [one for one, (at, _) in self._known.items() if self._clock() - at >= KEPT_S]:
            del self._known[old]
        return known

    def forget(self, user: str) -> bool:
        """Forget what is known of somebody; tell whether anything was."""
        return self._known.pop(user, None) is not None

    async def request(self, user: str, channel: str, tell: Tell) -> Request:
        """Return who asks and where; whether they are a stranger is `know`n."""
        known = await self.know(user)
        return Request(
            chat=CHAT,
            workspace=f"{CHAT}:{self._team}",
            channel=f"{CHAT}:{channel}",
            person=Person(person_of(self._team, user), known.name),
            words=words_for(known.language),
            level=known.level,
            team=self._title,
            upload_limit=UPLOAD_LIMIT,
            tell=tell,
        )


def person_of(team: str, user: str) -> str:
    """Return the id of a person, who is known by workspace and account."""
    return f"{CHAT}:{team}.{user}"


def account_of(person: str) -> tuple[str, str]:
    """Return the workspace and the account of a person; "" for the workspace where the id names none."""
    team, _, user = person.removeprefix(f"{CHAT}:").rpartition(".")
    return team, user


def _read(user: dict[str, Any], team: str) -> Known:
    profile = user.get("profile") or {}
    name = profile.get("display_name") or profile.get("real_name") or user.get("name") or user.get("id", "")
    # in an organisation of several workspaces somebody may be of more than the one that is named first
    teams = {user.get("team_id", team), *((user.get("enterprise_user") or {}).get("teams") or ())}
    stranger = bool(user.get("is_stranger")) or team not in teams
    manages = any(user.get(right) for right in ("is_admin", "is_owner", "is_primary_owner"))
    level = Level.MANAGER if manages and not stranger else Level.MEMBER
    return Known(str(name), str(user.get("locale") or "en"), level, stranger)
