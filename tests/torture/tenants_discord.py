"""Discord in the ordeal `tenants`: three workspaces, two of them servers and one somebody's direct messages."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from bot.commands import COMMANDS, MESSAGE_COMMANDS
from bot.requests import Level, Upload, Value
from tests.bot.discord.rehearsal import connected
from tests.fakes import discord_payloads as payloads
from tests.fakes.discord import LOADING, PRIVATE, FakeDiscord, Session
from tests.fakes.discord_payloads import BOT, MANAGE_MESSAGES, MANAGE_SERVER, SEND, Place, Server, Someone
from tests.torture.tenants_chats import Shown
from tests.torture.tenants_teams import SECRET, TEAMS, Actor
from tests.torture.tenants_world import World

RIGHTS = {Level.MEMBER: SEND, Level.MODERATOR: SEND | MANAGE_MESSAGES, Level.MANAGER: SEND | MANAGE_SERVER}
SERVERS = {
    team: Server(number, f"{SECRET[team]} team", {100 * number + 1: "photos"})
    for team in TEAMS[:2]
    for number in [int(team.partition(":")[2])]
}
PLACES = {team: Place(server.channel, server) for team, server in SERVERS.items()} | {TEAMS[2]: Place(4907)}


class Discord:
    """The chat. Enter `running` once, and `connected` for each desk."""

    def __init__(self) -> None:
        self.fake = FakeDiscord(tuple(SERVERS.values()))
        self._forms: dict[str, dict[str, Any]] = {}
        self._looked = 0

    @asynccontextmanager
    async def connected(self, world: World) -> AsyncIterator[None]:
        self.fake.gateway.logs.clear()  # a program that starts anew resumes nothing
        async with connected(self.fake, world.desk, world.desk.state, commands=COMMANDS, menus=MESSAGE_COMMANDS):
            yield

    def carries(self, actor: Actor) -> bool:
        return actor.team in SERVERS or (actor.team == TEAMS[2] and actor.account == actor.team.partition("@")[2])

    async def command(self, actor: Actor, name: str, values: Mapping[str, Value]) -> Callable[[], object] | None:
        given: dict[str, Any] = {}
        for option, value in values.items():
            if isinstance(value, Upload):
                kind = "application/json" if value.name.endswith(".json") else "image/jpeg"
                given[option] = self.fake.attach(value.name, await value.read(), kind)
            elif isinstance(value, str | int):
                given[option] = value
        data = payloads.command_data(name, given)
        return self._answered(await self.fake.interact(2, data, _who(actor), PLACES[actor.team], "en-US"))

    async def press(self, actor: Actor, pressed: str, chosen: Sequence[str]) -> Callable[[], object] | None:
        if not pressed or len(pressed) > 100:
            return None
        part: dict[str, Any] = {"type": 2, "style": 2, "label": "x", "custom_id": pressed}
        if chosen:
            part = {"type": 3, "custom_id": pressed, "options": [{"label": one, "value": one} for one in chosen]}
        place, bot = PLACES[actor.team], payloads.user(BOT, "moda", bot=True)
        rows = [{"type": 1, "id": 1, "components": [part | {"id": 2}]}]
        message = payloads.message(next(self.fake.ids), place.channel, bot, components=rows, flags=PRIVATE | 1 << 15)
        self.fake.messages[message["id"]] = message
        return self._answered(await self.fake.press(message, pressed, *chosen, by=_who(actor), place=place))

    async def submit(self, actor: Actor, form: str, values: Mapping[str, Value]) -> Callable[[], object] | None:
        verb = form.partition(":")[0]
        modal = next((one for known, one in self._forms.items() if known.partition(":")[0] == verb), None)
        if modal is None:
            return None
        session = Session("", 0.0, PLACES[actor.team].channel, modal={**modal, "custom_id": form})
        return self._answered(await self.fake.fill_in(session, values, by=_who(actor), place=PLACES[actor.team]))

    async def complete(self, actor: Actor, name: str, option: str, typed: str) -> Callable[[], object] | None:
        session = await self.fake.typing(name, option, typed, by=_who(actor), place=PLACES[actor.team])
        return lambda: session.choices is not None

    def count(self) -> int:
        return len(self.fake.calls)

    def shown(self) -> Iterator[Shown]:
        calls, self._looked = self.fake.calls[self._looked :], len(self.fake.calls)
        for call in calls:
            team = self._team_of(call.path.strip("/").split("/"))
            if team is not None:
                yield Shown(team, json.loads(json.dumps(call.body)), list(call.files.values()))

    def _team_of(self, route: Sequence[str]) -> str | None:
        """Return where something was sent; None where that is no conversation."""
        if route[0] == "channels":
            channel = int(route[1])
        elif route[0] in ("interactions", "webhooks"):
            channel = self.fake.sessions[route[2]].channel
        else:
            return None
        return next(team for team, place in PLACES.items() if place.channel == channel)

    def _answered(self, session: Session) -> Callable[[], object]:
        def answered() -> bool:
            if session.modal is not None:
                self._forms[session.modal["custom_id"]] = session.modal
                return True
            message = self.fake.messages.get(session.original or "")
            return session.acknowledged is not None and (message is None or not message["flags"] & LOADING)

        return answered


def _who(actor: Actor) -> Someone:
    name = f"{SECRET[actor.team]} {actor.account}"  # here; what they are called everywhere holds no team's word
    return Someone(int(actor.account), f"p{actor.account}", RIGHTS[actor.level], name)
