"""A desk that answers as it was told to, and remembers what it was asked; commands and photos to answer with; the chat
connected to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import discord

from bot.commands.spec import Command, Kind, MessageCommand, Option
from bot.discord.client import DiscordChat, DiscordOptions
from bot.replies import Action, Choice, Field, Form, PhotoCard, Picture, Reply
from bot.requests import Request
from core.photos import Credit
from tests.fakes.discord import TOKEN, FakeDiscord
from tests.fakes.discord_schema import walk

JPEG = b"\xff\xd8\xff" + bytes(200)


async def _never(*_: Any) -> Any:
    raise AssertionError("the desk of these tests runs no command")


COMMANDS = (
    Command(
        "find",
        "Find photos",
        _never,
        (
            Option("query", "What it shows"),
            Option("image", "A picture", Kind.IMAGE),
            Option("tag", "A tag", complete=_never),
            Option("count", "How many", Kind.WHOLE, lowest=1, highest=9),
            Option("from", "Where from", choices=("here", "everywhere")),
        ),
    ),
    Command("add", "Add a photo", _never, (Option("image", "A picture", Kind.IMAGE),), open=_never),
    Command("tag add", "Give a tag", _never, (Option("photo", "Its id", required=True, complete=_never),)),
    Command("tag remove", "Take a tag", _never, (Option("photo", "Its id", required=True),)),
)
MENUS = (MessageCommand("Find similar photos", "find"),)
FORM = Form(
    "credit:abc",
    "Whose photo is it?",
    (
        Field("photographer", "Photographer", required=True, value="Ann", hint="As it shall be credited"),
        Field("note", "Note", "paragraph"),
        Field("licence", "Licence", "choice", choices=(Choice("cc0", "CC0"), Choice("own", "My own"))),
        Field("image", "Picture", "picture"),
    ),
)


@dataclass
class Asked:
    """One call of the desk."""

    what: str
    name: str
    request: Request
    values: Mapping[str, Any] = field(default_factory=dict)
    chosen: Sequence[str] = ()


class NoBoards:
    """Keeps no message alive."""

    async def connect(self, chat: str, outlet: object) -> None:
        """Take a chat in."""

    def disconnect(self, chat: str) -> None:
        """Let a chat go."""


class RehearsedDesk:
    """Answers with `reply`, which may be a function of what was asked; opens `form` where it is set."""

    def __init__(self) -> None:
        self.events: set[str] = set()
        self.live = NoBoards()
        self.reply: Reply | Callable[[Asked], Any] = Reply("Here you are.")
        self.form: Form | Reply | None = None
        self.choices: Sequence[Choice] = ()
        self.queries: Sequence[str] = ()  # that were looked for lately
        self.asked: list[Asked] = []

    @property
    def last(self) -> Asked:
        return self.asked[-1]

    async def command(self, name: str, request: Request, values: Mapping[str, Any]) -> Reply:
        return await self._answer(Asked("command", name, request, values))

    async def opens(self, name: str, request: Request, values: Mapping[str, Any]) -> Form | Reply | None:
        return self.form if name == "add" else None

    async def press(self, pressed: str, request: Request, chosen: Sequence[str] = ()) -> Reply:
        return await self._answer(Asked("press", pressed, request, chosen=chosen))

    async def opens_press(self, pressed: str, request: Request, chosen: Sequence[str] = ()) -> Form | Reply | None:
        return self.form if pressed.startswith("edit:") else None

    async def submit(self, form: str, request: Request, values: Mapping[str, Any]) -> Reply:
        return await self._answer(Asked("submit", form, request, values))

    async def first(self, event: str) -> bool:
        known = event in self.events
        self.events.add(event)
        return not known

    async def recent(self, request: Request) -> Sequence[str]:
        return self.queries

    async def complete(self, name: str, option: str, typed: str, request: Request) -> Sequence[Choice]:
        self.asked.append(Asked("complete", f"{name}/{option}", request, {option: typed}))
        return self.choices

    async def _answer(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        if isinstance(self.reply, Reply):
            return self.reply
        answer = self.reply(asked)
        reply: Reply = await answer if asyncio.iscoroutine(answer) else answer
        return reply


class Facts:
    """Remembers facts."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    async def fact(self, name: str) -> str | None:
        return self.known.get(name)

    async def write_fact(self, name: str, value: str) -> None:
        self.known[name] = value


@asynccontextmanager
async def connected(
    fake: FakeDiscord, desk: Any, facts: Facts | None = None, **given: Any
) -> AsyncIterator[DiscordChat]:
    """Connect a chat to a Discord on this machine."""

    async def at_once(*_: object, **__: object) -> None:
        """Let shards follow each other without their five seconds."""

    options = DiscordOptions(pause_s=0.01, guilds_s=0.01)
    chat = DiscordChat(desk, facts or Facts(), options, **({"commands": COMMANDS, "menus": MENUS} | given))
    known = len(fake.gateway.identified) + fake.shards
    with mock.patch.object(discord.AutoShardedClient, "before_identify_hook", at_once):
        running = asyncio.create_task(chat.run(TOKEN))
        try:
            await fake.until(lambda: running.done() or len(fake.gateway.identified) == known)
            yield chat
        finally:
            await chat.close()
            await running


def card(number: int = 1, *, data: bytes | None = JPEG, url: str | None = None, **given: Any) -> PhotoCard:
    """Return the card of a photo by Ann."""

    async def load(most: int) -> bytes | None:
        return data

    name = given.pop("name", f"Ann {number}")
    credit = Credit(name, None, f"Photo by {name}", "", f"Photo by [{name}](https://example.org/{number})")
    picture = Picture(f"{number}-photo.jpg", f"Photo {number}", url, None if url else load)
    return PhotoCard(
        number, f"id{number}", **({"title": f"Title {number}", "credit": credit, "picture": picture} | given)
    )


def page(count: int = 3, **given: Any) -> Reply:
    """Return a page of photos with a button."""
    cards = tuple(card(number) for number in range(1, count + 1))
    return Reply("“sunset”", cards, actions=(Action("more:abc", "More"),), **given)


def texts(message: Mapping[str, Any]) -> str:
    """Return all that a message says."""
    return "\n".join(part["content"] for part in walk(message["components"]) if part["type"] == 10)


def gallery(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the photos that a message shows."""
    return [item for part in walk(message["components"]) if part["type"] == 12 for item in part["items"]]


def buttons(message: Mapping[str, Any]) -> list[str]:
    """Return the labels of a message's buttons."""
    return [part["label"] for part in walk(message["components"]) if part["type"] == 2]
