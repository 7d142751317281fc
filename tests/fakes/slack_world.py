"""What there is in the Slack on this machine: messages, files, modals, people; and what a test sees of them."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.slack.scopes import SCOPES
from tests.fakes.slack_grants import APP, BOTS, TEAM, TWO, Grants

ANN, BEA, CAT, ZOE, DAN = "U0ANN", "U0BEA", "U0CAT", "U0ZOE", "U0DAN"
PHOTOS, PHOTOS_TWO = "C0PHOTOS", "C0PHOTOSTWO"
WAIT_S = 5.0


@dataclass
class Sent:
    """One thing that somebody did, and what came of it."""

    envelope: str
    began: float
    team: str = TEAM
    channel: str = PHOTOS
    responses: int = 0
    acknowledged_s: float | None = None
    payload: Any = None  # of the acknowledgement
    trigger: str = ""


@dataclass
class Call:
    """One request that was made, with the token of which workspace."""

    method: str
    args: Mapping[str, Any]
    team: str = ""


@dataclass
class Failure:
    """What the next request gets instead of an answer."""

    part: str
    status: int = 200
    error: str = "internal_error"
    headers: Mapping[str, str] = field(default_factory=dict)


class World:
    """All of it."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.problems: list[str] = []
        self.messages: dict[str, dict[str, Any]] = {}
        self.views: dict[str, dict[str, Any]] = {}
        self.homes: dict[str, dict[str, Any]] = {}
        self.files: dict[str, dict[str, Any]] = {}
        self.store: dict[str, bytes] = {}
        self.direct: dict[str, str] = {}
        self.closed: set[str] = set()  # channels in which the bot may not write
        self.triggers: set[str] = set()
        self.failures: list[Failure] = []
        self.slow_s = 0.0  # before every answer
        self.people = people()
        self.scopes: str | None = ",".join(SCOPES)  # that bot tokens have
        self.me: dict[str, Any] = {}  # what else Slack says of who has a bot token
        self.socket_app = APP  # the app that the app token belongs to
        self.sent: dict[str, Sent] = {}
        self.sockets: list[web.WebSocketResponse] = []
        self.numbers = itertools.count(1000)
        self.changed = asyncio.Condition()
        self.endpoint: str | None = None  # where events go by HTTP instead of a socket
        self.grants = Grants()
        self.http = ""

    async def until(self, seen: Callable[[], Any]) -> Any:
        """Wait until something is the case, and return it."""
        async with asyncio.timeout(WAIT_S), self.changed:
            await self.changed.wait_for(seen)
        return seen()

    async def answer(self, sent: Sent) -> dict[str, Any]:
        """Wait for the last message that came to a response URL."""
        found: list[dict[str, Any]] = await self.until(lambda: self.said_to(sent))
        return found[-1]

    def said_to(self, sent: Sent) -> list[dict[str, Any]]:
        """Return the messages that came to a response URL."""
        return [one for one in self.messages.values() if one.get("answers") == sent.envelope]

    async def modal(self, sent: Sent) -> dict[str, Any]:
        """Wait for the modal that was opened."""
        found: dict[str, Any] = await self.until(
            lambda: next((one for one in self.views.values() if one["opened_by"] == sent.trigger), None)
        )
        return found

    def posted(self, channel: str = PHOTOS) -> list[dict[str, Any]]:
        """Return what the bot said in a channel for all to see."""
        return [one for one in self.messages.values() if one["channel"] == channel and "only" not in one]

    def made(self, method: str) -> list[Call]:
        """Return the calls of a method."""
        return [call for call in self.calls if call.method == method]

    def fail(
        self, part: str, status: int = 200, error: str = "internal_error", *, times: int = 1, wait: str = "0"
    ) -> None:
        """Let the next requests fail; 429 asks to wait for so many seconds, and up to one more."""
        headers = {"Retry-After": wait} if status == 429 else {}
        self.failures += [Failure(part, status, error, headers)] * times

    def number(self, before: str) -> str:
        """Return a new id."""
        return f"{before}{next(self.numbers):08d}"

    def keep(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Keep a message that the bot sent."""
        ts = f"{next(self.numbers)}.0001"
        self.messages[ts] = {**message, "ts": ts}
        return self.messages[ts]

    async def tell(self) -> None:
        """Let those who wait look again."""
        async with self.changed:
            self.changed.notify_all()

    def home_of(self, person: str) -> str:
        """Return in which workspace somebody meets the bot: strangers do in the first."""
        team = str(self.people.get(person, {}).get("team_id"))
        return team if team in BOTS else TEAM

    def knows(self, team: str, file: str) -> bool:
        """Tell whether a file is one of a workspace's, and can be shown."""
        found = self.files.get(file, {})
        return found.get("team", TEAM) == team and bool(found.get("mimetype"))

    def failing(self, part: str) -> Failure | None:
        failure = next((one for one in self.failures if one.part == part), None)
        if failure:
            self.failures.remove(failure)
        return failure


def people() -> dict[str, dict[str, Any]]:
    """Return who there is: Ann is a member, Bea an administrator, Cat owns the first workspace, Zoe is of another
    organisation; Dan owns the second workspace.
    """

    def person(name: str, **given: Any) -> dict[str, Any]:
        profile = {"display_name": name, "real_name": f"{name.title()} Doe"}
        return {"id": f"U0{name.upper()}", "team_id": TEAM, "profile": profile, "locale": "en-US"} | given

    found = [person("ann"), person("bea", is_admin=True), person("cat", is_owner=True, locale="de-DE")]
    found += [person("zoe", team_id="T0OTHER", is_admin=True), person("dan", team_id=TWO, is_owner=True)]
    return {one["id"]: one for one in found}
