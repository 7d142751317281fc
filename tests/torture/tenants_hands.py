"""How people's doings reach the desk: straight, as here, or through the chats that they are in (tenants_chats.py)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bot.replies import Choice, Form, Reply
from bot.requests import Value
from tests.torture.tenants_teams import Actor
from tests.torture.tenants_world import Outlet, World


@dataclass(frozen=True, slots=True)
class Given:
    """A command as it came to the desk, and the answer."""

    name: str
    values: Mapping[str, Value]
    answer: Reply | Form


class Hands:
    """Brings everything straight to the desk, and takes the messages that it sends of its own accord."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._outlets: dict[str, Outlet] = {}
        self._posted = 0

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Be connected to the desk that is open now."""
        for chat in ("discord", "slack", "web"):
            self._outlets[chat] = Outlet()
            await self.world.desk.live.connect(chat, self._outlets[chat])
        yield

    async def command(self, actor: Actor, name: str, values: Mapping[str, Value]) -> Given:
        """Give a command, or be shown its form."""
        desk, request = self.world.desk, actor.request
        opened = await desk.opens(name, request, values)
        return Given(name, values, opened if opened is not None else await desk.command(name, request, values))

    async def press(self, actor: Actor, pressed: str, chosen: Sequence[str]) -> Reply | Form:
        """Press something, or be shown its form."""
        desk, request = self.world.desk, actor.request
        opened = await desk.opens_press(pressed, request, chosen)
        return opened if opened is not None else await desk.press(pressed, request, chosen)

    async def submit(self, actor: Actor, form: str, values: Mapping[str, Value]) -> Reply:
        """Fill in a form."""
        return await self.world.desk.submit(form, actor.request, values)

    async def complete(self, actor: Actor, name: str, option: str, typed: str) -> Sequence[Choice]:
        """Let what is typed be completed."""
        return await self.world.desk.complete(name, option, typed, actor.request)

    def person(self, actor: Actor) -> str:
        """Return by which id somebody is known."""
        return actor.request.person.id

    async def page(self, actor: Actor, message: Mapping[str, Any]) -> bool:
        """Send what a board's page sends; tell whether there is a page to send it from."""
        return False

    async def fetch(self, actor: Actor, path: str, query: Mapping[str, str]) -> bytes | None:
        """Ask for a picture by its address; None where nobody is there to be asked."""
        return None

    async def show_live(self, actor: Actor, reply: Reply) -> None:
        """Let a board's message be kept up to date from now on."""
        if reply.live is not None:
            self._posted += 1
            await self.world.desk.live.posted(actor.request.chat, f"{actor.team}/{self._posted}", reply.live)

    async def look(self) -> None:
        """Look at what came to the chats since this was done last."""
        await self.world.desk.live.settle()
        for outlet in self._outlets.values():
            for team, reply in outlet.taken:
                await self.world.look_at(team, reply, where="a live message")
            outlet.taken.clear()
