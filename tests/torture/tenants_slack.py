"""Slack in the ordeal `tenants`: three workspaces of one program, whose names a careless comparison mixes up."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from bot.requests import Level, Value
from bot.slack.names import slash_name
from bot.store.slack_teams import SlackTeams
from tests.bot.slack.installing import MANY_BY_SOCKET, install
from tests.bot.slack.rehearsal import connected
from tests.fakes.slack import FakeSlack, Sent
from tests.torture.tenants_chats import Shown
from tests.torture.tenants_teams import SECRET, TEAMS, Actor
from tests.torture.tenants_typing import line
from tests.torture.tenants_world import World

WORKSPACES = {team: team.removeprefix("slack:") for team in TEAMS[3:6]}
RANKS: Mapping[Level, Mapping[str, bool]] = {Level.MEMBER: {}, Level.MANAGER: {"is_admin": True}}  # there are no others


class Slack:
    """The chat. Enter `running` of its fake once, and `connected` for each desk."""

    def __init__(self) -> None:
        self.fake = FakeSlack()
        self._looked = 0
        self._files: set[str] = set()
        self._sent: list[Sent] = []

    @asynccontextmanager
    async def connected(self, world: World) -> AsyncIterator[None]:
        self.fake.sockets.clear()
        kept = SlackTeams(world.desk.state.database)
        async with connected(self.fake, world.desk, MANY_BY_SOCKET, teams=kept) as chat:
            for team in WORKSPACES.values():
                if await kept.find(team) is None:
                    await install(self.fake, chat, team)
            yield

    def carries(self, actor: Actor) -> bool:
        return actor.level in RANKS

    async def command(self, actor: Actor, name: str, values: Mapping[str, Value]) -> Callable[[], object] | None:
        if any(not isinstance(value, str | int) for value in values.values()):
            return None
        slash, _, text = line(slash_name(name), values).partition(" ")
        return self._answered(await self.fake.command(slash, text, by=self._come(actor), channel=_channel(actor)))

    async def press(self, actor: Actor, pressed: str, chosen: Sequence[str]) -> Callable[[], object] | None:
        if not pressed or len(pressed) > 255:
            return None
        part: dict[str, Any] = {"type": "button", "action_id": pressed, "text": {"type": "plain_text", "text": "x"}}
        if chosen:
            part = {"type": "static_select", "action_id": pressed, "options": [{"value": chosen[0]}]}
        blocks = [{"type": "actions", "elements": [part]}]
        message = self.fake.keep(
            {"channel": _channel(actor), "blocks": blocks, "team": WORKSPACES[actor.team], "only": True}
        )
        sent = await self.fake.press(message, pressed, by=self._come(actor), chosen=chosen[0] if chosen else None)
        return self._answered(sent)

    async def submit(self, actor: Actor, form: str, values: Mapping[str, Value]) -> Callable[[], object] | None:
        team, verb = WORKSPACES[actor.team], form.partition(":")[0]
        opened = {sent.trigger for sent in self.fake.sent.values() if sent.team == team}
        own = [view for view in self.fake.views.values() if view["opened_by"] in opened]
        for view in reversed(own):  # Slack keeps where a modal was opened; what it is for might be another's
            carried = json.loads(view.get("private_metadata") or "{}")
            if str(carried.get("name")).partition(":")[0] == verb:
                filled = {**view, "private_metadata": json.dumps({**carried, "name": form})}
                return self._answered(await self.fake.submit(filled, by=self._come(actor), **values))
        return None

    async def complete(self, actor: Actor, name: str, option: str, typed: str) -> Callable[[], object] | None:
        return None  # only modals complete in Slack

    def count(self) -> int:
        return len(self.fake.calls) + len(self.fake.store) + sum(one.payload is not None for one in self._sent)

    def shown(self) -> Iterator[Shown]:
        calls, self._looked = self.fake.calls[self._looked :], len(self.fake.calls)
        for call in calls:
            if call.team and call.method != "file":
                yield Shown(f"slack:{call.team}", {**call.args, "token": ""})
        for sent in self._sent:
            yield Shown(f"slack:{sent.team}", sent.payload)
        self._sent.clear()
        for number in set(self.fake.store) & set(self.fake.files) - self._files:
            file = self.fake.files[number]
            self._files.add(number)
            yield Shown(f"slack:{file['team']}", file["name"], [(file["name"], self.fake.store[number])])

    def _come(self, actor: Actor) -> str:
        """Let somebody be in the workspace that they do something in; return their id."""
        profile = {"display_name": f"{SECRET[actor.team]} {actor.account}"}
        who = {"id": actor.account, "team_id": WORKSPACES[actor.team], "profile": profile, "locale": "en-US"}
        self.fake.people[actor.account] = {**who, **RANKS[actor.level]}
        return actor.account

    def _answered(self, sent: Sent) -> Callable[[], object]:
        self._sent.append(sent)
        return lambda: sent.acknowledged_s is not None


def _channel(actor: Actor) -> str:
    return f"C{TEAMS.index(actor.team)}"
