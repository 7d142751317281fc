"""What chats bring, each to be tried with anything: commands, pages' messages, payloads of Slack and of Discord.

The desk is a real one over a small library. Nothing is sent: what would be is taken, and forgotten.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bot.commands import COMMANDS
from bot.commands.spec import Kind
from bot.desk import Desk
from bot.discord.events import Events as DiscordEvents
from bot.replies import Form, Reply
from bot.requests import Person, Request
from bot.slack.events import Events as SlackEvents
from bot.slack.requests import person_of
from bot.store.visits import Visits
from bot.typed import complete_typed, read_typed
from bot.web.attachments import Attachments
from bot.web.conversation import Conversation, Shared
from bot.web.everybody import Everybody
from bot.web.files import Files
from bot.web.windows import Windows, read_message
from core.errors import ModaclipError
from tests.bot.teams import TEAMS, fill, open_team_desk, request
from tests.torture.fuzz_parsers import QUERY, TYPED
from tests.torture.inventing import Inventor
from tests.torture.nowhere import Interaction, OneTeam, Reader, message_of
from tests.torture.odd_desk import WENT_WRONG
from tests.torture.payloads import DISCORD, PAGE, SLACK

IDS = ("one-red", "one-blue", "brand/brandmark", "pin:b.1", "Autumn", "Light", "1", "3 7-9", "t0ken", "sunset")
CHATS = frozenset({"commands", "the page's messages", "Slack's payloads", "Discord's payloads"})
WORDS = (*QUERY, *TYPED, *IDS)
VERBS = tuple(
    "more similar like less photo show post credits remove removed keep board place unlink vote up down one skip "
    "suggest palette export exported undo deleted pin mix edit add decide pinned find cancel".split()
)


@dataclass
class Alarm(logging.Handler):
    """Hears what is logged as an error."""

    heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(logging.ERROR)

    __hash__ = logging.Handler.__hash__

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(logging.Formatter().format(record))


@dataclass(frozen=True)
class ChatTarget:
    """Something of a chat that is tried; `do` ends in an answer, whatever it was given."""

    name: str
    invent: Callable[[Inventor], Any]
    do: Callable[[Any], Awaitable[None]]
    words: tuple[str, ...] = WORDS


@asynccontextmanager
async def chats(folder: Path) -> AsyncIterator[tuple[Sequence[ChatTarget], Alarm]]:
    """Yield what is tried, and what hears of errors."""
    alarm = Alarm()
    async with open_team_desk(folder) as desk:
        for team in (TEAMS[0], "slack:T1", "web:main"):
            await fill(desk, folder, team, "one")
            asked = request(team)
            for name in ("Autumn", "Spring"):
                await desk.command("board new", asked, {"name": name, "brief": "Calm beach at dawn"})
            await desk.command("board section", asked, {"title": "Light", "board": "th1s-board"})
            await desk.command(
                "board add", asked, {"photos": "one-red one-blue", "section": "Light", "board": "th1s-board"}
            )
        logger = logging.getLogger()
        logger.addHandler(alarm)
        try:
            yield (_commands(desk), await _web(desk, folder), await _slack(desk), await _discord(desk)), alarm
        finally:
            logger.removeHandler(alarm)


async def _real(desk: Desk, asked: Request) -> Callable[[Any], Any]:
    """Return what puts ids that are real into a payload, in place of those that stand for them."""
    token = (await desk.command("find", asked, {"query": "red"})).result or ""
    board = next(one.listed.id for one in await desk.boards.all(asked.workspace) if one.listed.name == "Autumn")
    return lambda payload: json.loads(json.dumps(payload).replace("t0ken", token).replace("th1s-board", board))


# Commands, as every chat brings them


def _commands(desk: Desk) -> ChatTarget:
    asked = request()
    tokens: list[str] = ["t0ken"]

    def invent(inventor: Inventor) -> tuple[str, Any]:
        kind = inventor.chance.random()
        if kind < 0.5:
            command = inventor.chance.choice(COMMANDS)
            values = {
                one.name: inventor.chance.choice((0, 1, 2, 99_999, 10**12, 2**70))
                if one.kind is Kind.WHOLE
                else inventor.chance.choice((*one.choices, inventor.text(), *IDS))
                for one in command.options
                if one.kind in (Kind.TEXT, Kind.WHOLE) and inventor.chance.random() < (0.9 if one.required else 0.4)
            }
            return command.name, values
        if kind < 0.7:
            return "typed", inventor.text()
        if kind < 0.85:
            return "press", [
                f"{inventor.chance.choice((*VERBS, inventor.text()))}:{_token(inventor)}",
                [inventor.text()],
            ]
        values = {
            name: inventor.text() for name in ("words", "number", "name", "numbers", "why", "title", "photographer")
        }
        return "submit", [f"{inventor.chance.choice(VERBS)}:{_token(inventor)}", values]

    async def do(given: tuple[str, Any]) -> None:
        what, values = given
        if what == "typed":
            await complete_typed(desk, asked, values)
            try:
                typed = read_typed(values, asked.words)
            except ModaclipError:
                return
            what, values = typed.command, typed.values
        if what == "press":
            pressed, chosen = values[0].replace("t0ken", tokens[-1]), values[1]
            opened = await desk.opens_press(pressed, asked, chosen)
            reply = opened or await desk.press(pressed, asked, chosen)
        elif what == "submit":
            reply = await desk.submit(values[0].replace("t0ken", tokens[-1]), asked, values[1])
        else:
            reply = await desk.opens(what, asked, values) or await desk.command(what, asked, values)
        _sound(reply)
        tokens.append(getattr(reply, "result", None) or tokens[-1])
        del tokens[:-1]

    return ChatTarget("commands", invent, do)


def _token(inventor: Inventor) -> str:
    return inventor.chance.choice(
        ("t0ken", "t0ken.1", "t0ken.1,2", "Autumn", "Autumn.1", "Autumn.99999999999999999999", inventor.text())
    )


def _sound(reply: Reply | Form | None) -> None:
    if isinstance(reply, Reply) and WENT_WRONG in reply.text:
        raise AssertionError(reply.text)


# The web chat


async def _web(desk: Desk, folder: Path) -> ChatTarget:
    visits, windows, files = Visits(desk.state.database), Windows(), Files(folder / "kept")
    attachments = Attachments()
    everybody = Everybody("web:main", desk.live, visits, windows, files, attachments)
    shared = Shared(desk, visits, attachments, windows, files, everybody)
    asked = request("web:main")

    async def send(message: Any) -> None:
        json.dumps(message).encode()

    conversation, real = Conversation(shared, asked, send), await _real(desk, asked)

    async def do(text: str) -> None:
        message = read_message(text)
        if message is not None:
            await conversation.receive(message)

    def invent(inventor: Inventor) -> str:
        if inventor.chance.random() < 0.02:
            deep = inventor.chance.choice((10, 300, 900, 100_000))
            return f'{{"do": "say", "text": {"[" * deep}{"]" * deep}}}'
        text = json.dumps(real(inventor.changed(inventor.chance.choice(PAGE))))
        return text if inventor.chance.random() < 0.9 else inventor.data(text.encode()).decode(errors="replace")

    return ChatTarget("the page's messages", invent, do)


# Slack


async def _slack(desk: Desk) -> ChatTarget:
    events = SlackEvents(desk, OneTeam(), COMMANDS, read_typed)  # type: ignore[arg-type]
    context: Any = SimpleNamespace(authorize_result=SimpleNamespace(team_id="T1"))
    number = iter(range(10**9))
    asked = replace(request("slack:T1"), person=Person(person_of("T1", "U1"), "ann"))
    real = await _real(desk, asked)

    async def ack(*_: object, **given: object) -> None:
        json.dumps(given, default=str)

    def invent(inventor: Inventor) -> tuple[str, Any]:
        what, body = inventor.chance.choice(SLACK)
        if what in ("submit", "complete") and inventor.chance.random() < 0.3:
            carried = json.loads(body["view"]["private_metadata"])
            body = {**body, "view": {**body["view"], "private_metadata": json.dumps(inventor.changed(carried, 1))}}
            return what, real(body)
        return what, real(inventor.changed(body))

    async def do(given: tuple[str, Any]) -> None:
        what, body = given
        if not isinstance(body, dict):
            return
        if body.get("event_id") == "E1":  # else it was heard of before
            body = {**body, "event_id": f"E{next(number)}"}
        if what in ("message", "home", "revoked"):
            if not isinstance(body.get("event"), dict) or body["event"].get("type") not in (
                "message",
                "app_mention",
                "app_home_opened",
                "tokens_revoked",
            ):
                return  # goes nowhere
            await getattr(events, what)(body=body, context=context)
        else:
            await getattr(events, what)(ack=ack, body=body, context=context)

    return ChatTarget("Slack's payloads", invent, do)


# Discord


async def _discord(desk: Desk) -> ChatTarget:
    events = DiscordEvents(desk, Reader())
    real = await _real(desk, replace(request(), person=Person("discord:7", "ann")))

    async def do(given: tuple[str, Any]) -> None:
        what, data = given
        interaction: Any = Interaction(data)
        if what in ("press", "submit"):
            await getattr(events, what)(interaction)
        elif isinstance(data, dict) and what == "command" and isinstance(data.get("values"), dict):
            await events.command(interaction, str(data.get("name")), data["values"])
        elif isinstance(data, dict) and what == "complete":
            await events.complete(interaction, str(data.get("name")), str(data.get("option")), str(data.get("typed")))
        elif isinstance(data, dict) and what == "message":
            await events.message(message_of(str(data.get("content"))), SimpleNamespace(id=1))  # type: ignore[arg-type]

    def invent(inventor: Inventor) -> tuple[str, Any]:
        what, data = inventor.chance.choice(DISCORD)
        return what, real(inventor.changed(data))

    return ChatTarget("Discord's payloads", invent, do)
