"""What people do goes through Discord, Slack and the web chat, as their clients bring it; and what each of them is sent
in return is looked at, whoever caused it.

Discord and Slack are those on this machine, with the real clients of discord.py and slack_bolt. What a chat does not
have (pictures in Slack's commands, moderators there) goes straight to the desk.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from bot.replies import Choice, Form, Reply
from bot.requests import Request, Value
from tests.torture.tenants_hands import Given, Hands
from tests.torture.tenants_seeing import pictures_in_file, texts_in, texts_of_file
from tests.torture.tenants_teams import TEAMS, Actor
from tests.torture.tenants_world import World

WEB = TEAMS[-1]
STILL_S, POLL_S = 0.06, 0.01  # how long nothing may come before something counts as done
LONGEST_S = 20.0
ASKED = ("command", "opens", "press", "opens_press", "submit", "complete")


@dataclass(frozen=True, slots=True)
class Shown:
    """Something that a chat was sent: texts wherever in `value`, and files."""

    team: str
    value: object
    files: Sequence[tuple[str, bytes]] = ()


class Way(Protocol):
    """One chat, as its clients use it. Each thing that is done returns what tells whether it was answered."""

    def connected(self, world: World) -> Any:
        """Be connected to the desk that is open now."""

    def carries(self, actor: Actor) -> bool:
        """Tell whether somebody can be there, with the rights that they have."""

    def command(self, actor: Actor, name: str, values: Mapping[str, Value]) -> Awaitable[Callable[[], object] | None]:
        """Give a command; None where the chat can't."""

    def press(self, actor: Actor, pressed: str, chosen: Sequence[str]) -> Awaitable[Callable[[], object] | None]:
        """Press something, wherever it stood."""

    def submit(self, actor: Actor, form: str, values: Mapping[str, Value]) -> Awaitable[Callable[[], object] | None]:
        """Fill in a form, whoever was shown it."""

    def complete(self, actor: Actor, name: str, option: str, typed: str) -> Awaitable[Callable[[], object] | None]:
        """Type something."""

    def count(self) -> int:
        """Return how much was sent there."""

    def shown(self) -> Iterator[Shown]:
        """Yield what was sent there since this was asked last."""


class Chats(Hands):
    """Brings everything through the chats where it can be."""

    def __init__(self, world: World, ways: Mapping[str, Way]) -> None:
        super().__init__(world)
        self._ways = ways
        self._in_browser = ""  # who that was last
        self.carried = dict.fromkeys(ways, 0)  # how much of what was done came to the desk through each chat
        self._answers: list[tuple[str, Request, tuple[Any, ...], Any]] = []
        self._begun = 0  # of what was asked of the desk, and not answered yet

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Be connected to the desk that is open now, and hear what it is asked."""
        for name in ASKED:
            setattr(self.world.desk, name, self._heard(name, getattr(self.world.desk, name)))
        async with AsyncExitStack() as stack:
            for way in self._ways.values():
                await stack.enter_async_context(way.connected(self.world))
            list(self._shown())  # what is said to every newcomer
            yield

    def _heard(self, name: str, ask: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def asked(*given: Any) -> Any:
            self._begun += 1
            try:
                answer = await ask(*given)
            finally:
                self._begun -= 1
            request = next(one for one in given if isinstance(one, Request))
            self._answers.append((name, request, given, answer))
            return answer

        return asked

    async def command(self, actor: Actor, name: str, values: Mapping[str, Value]) -> Given:
        way = self._way(actor)
        if not await self._done(actor, way and way.command(actor, name, values)):
            return await super().command(actor, name, values)
        for kind, _, given, answer in reversed(self._answers):
            if kind in ("command", "opens") and answer is not None:
                return Given(given[0], given[2], answer)
        return Given(name, values, Reply("", failed=True))  # the chat itself refused it

    async def press(self, actor: Actor, pressed: str, chosen: Sequence[str]) -> Reply | Form:
        way = self._way(actor)
        if not await self._done(actor, way and way.press(actor, pressed, chosen)):
            return await super().press(actor, pressed, chosen)
        return self._answer("press", "opens_press")

    async def submit(self, actor: Actor, form: str, values: Mapping[str, Value]) -> Reply:
        way = self._way(actor)
        if not await self._done(actor, way and way.submit(actor, form, values)):
            return await super().submit(actor, form, values)
        answer = self._answer("submit")
        assert isinstance(answer, Reply)
        return answer

    async def complete(self, actor: Actor, name: str, option: str, typed: str) -> Sequence[Choice]:
        way = self._way(actor)
        if not await self._done(actor, way and way.complete(actor, name, option, typed)):
            return await super().complete(actor, name, option, typed)
        return next((answer for kind, _, _, answer in self._answers if kind == "complete"), ())

    def person(self, actor: Actor) -> str:
        known = actor.team == WEB and self._way(actor) is not None
        return self._in_browser if known else actor.request.person.id

    async def page(self, actor: Actor, message: Mapping[str, Any]) -> bool:
        web = self._way(actor)
        send = getattr(web, "send", None)
        return send is not None and await self._done(actor, send(message))

    async def fetch(self, actor: Actor, path: str, query: Mapping[str, str]) -> bytes | None:
        fetch = getattr(self._way(actor), "fetch", None)
        return await fetch(path, query) if fetch else None

    async def show_live(self, actor: Actor, reply: Reply) -> None:
        """Do nothing: the chats do that themselves."""

    async def look(self) -> None:
        await self.world.desk.live.settle()
        await self._stillness(lambda: True)
        for shown in self._shown():
            texts = [*texts_in(shown.value)]
            allowed = self.world.texts_allowed(shown.team)
            for name, data in shown.files:
                texts += [name, *texts_of_file(name, data)]
                pictures = list(pictures_in_file(name, data))
                self.world.look_at_pictures(shown.team, pictures, allowed, where=f"{name}, which a chat was sent")
            self.world.look_at_texts(shown.team, texts, where="what a chat was sent")

    def _shown(self) -> Iterator[Shown]:
        for way in self._ways.values():
            yield from way.shown()

    def _way(self, actor: Actor) -> Way | None:
        way = self._ways.get(actor.request.chat)
        return way if way is not None and way.carries(actor) else None

    def _answer(self, *kinds: str) -> Reply | Form:
        found = [answer for kind, _, _, answer in self._answers if kind in kinds and answer is not None]
        return found[-1] if found else Reply("", failed=True)

    async def _done(self, actor: Actor, doing: Awaitable[Callable[[], object] | None] | None) -> bool:
        """Do something in a chat, and wait for the end; tell whether that was possible."""
        self._answers.clear()
        answered = await doing if doing is not None else None
        if answered is None:
            return False
        await self._stillness(answered)
        self.carried[actor.request.chat] += bool(self._answers)
        for kind, request, _, _ in self._answers:
            self._in_browser = request.person.id if request.chat == "web" else self._in_browser
            told = request.workspace, request.level, request.person.id
            known = actor.team, actor.level, actor.request.person.id if request.chat != "web" else request.person.id
            if told != known:
                self.world.note(f"{kind} of {known} came to the desk as of {told}")
        return True

    async def _stillness(self, answered: Callable[[], object]) -> None:
        """Wait until something is answered, and nothing more comes."""
        loop = asyncio.get_running_loop()
        began = since = loop.time()
        before = -1
        while (now := loop.time()) - since < STILL_S or not answered() or self._begun:
            count = sum(way.count() for way in self._ways.values())
            since, before = (since if count == before and not self._begun else now), count
            if now - began > LONGEST_S:
                self.world.note("it was not answered")
                return
            await asyncio.sleep(POLL_S)
