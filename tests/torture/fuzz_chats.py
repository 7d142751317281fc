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

import discord

from bot.commands import COMMANDS
from bot.commands.spec import Kind
from bot.desk import Desk
from bot.discord.events import Events as DiscordEvents
from bot.replies import Form, Reply
from bot.requests import Person, Request
from bot.slack.events import Events as SlackEvents
from bot.slack.forms import ASK, FORM
from bot.slack.media import Media as SlackMedia
from bot.slack.requests import People
from bot.slack.sending import Sending
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
from tests.torture.odd_desk import WENT_WRONG

IDS = ("one-red", "one-blue", "brand/brandmark", "pin:b.1", "Autumn", "Light", "1", "3 7-9", "t0ken", "sunset")
WORDS = (*QUERY, *TYPED, *IDS)
VERBS = tuple(
    "more similar like less photo show post credits remove removed keep board place unlink vote up down one skip suggest "
    "palette export exported undo deleted pin mix edit add decide pinned find cancel".split()
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
            await desk.command("board section", asked, {"title": "Light", "board": "b0ard"})
            await desk.command("board add", asked, {"photos": "one-red one-blue", "section": "Light", "board": "b0ard"})
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
    return lambda payload: json.loads(json.dumps(payload).replace("t0ken", token).replace("b0ard", board))


# Commands, as every chat brings them


def _commands(desk: Desk) -> ChatTarget:
    asked = request()
    tokens: list[str] = ["t0ken"]

    def invent(inventor: Inventor) -> tuple[str, Any]:
        kind = inventor.chance.random()
        if kind < 0.5:
            command = inventor.chance.choice(COMMANDS)
            values = {
                one.name: inventor.chance.choice((0, 1, 2, 99_999, 10**12, 2**70)) if one.kind is Kind.WHOLE
                else inventor.chance.choice((*one.choices, inventor.text(), *IDS))
                for one in command.options
                if one.kind in (Kind.TEXT, Kind.WHOLE) and inventor.chance.random() < (0.9 if one.required else 0.4)
            }  # fmt: skip
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


PAGE: Sequence[Any] = (
    {"do": "say", "text": "sunset", "uploads": []},
    {"do": "say", "text": "/board note 1 good"},
    {"do": "press", "id": "photo:t0ken", "chosen": ["1"], "entry": 1},
    {"do": "submit", "form": "mix:t0ken", "values": {"words": "night", "number": "1"}, "uploads": []},
    {"do": "submit", "form": "me", "values": {"name": "Ann"}},
    {"do": "complete", "text": "/find tag:n"},
    {"do": "menu", "command": "similar", "uploads": ["x"]},
    {"do": "look", "photo": "one-red"},
    {"do": "board", "id": "b0ard"},
    {"do": "boards"},
    {
        "do": "board_command",
        "command": "board move",
        "values": {"numbers": "1", "section": "-", "before": 2},
        "board": "b",
        "asked": 1,
    },
    {"do": "board_command", "command": "board note", "values": {"number": 1, "text": "x"}, "board": "b0ard"},
    {"do": "board_command", "command": "board vote", "values": {"numbers": "1", "vote": "up"}, "board": "b0ard"},
    {"do": "board_command", "command": "board suggest", "values": {"words": "red"}, "board": "b0ard", "asked": "1"},
    {"do": "board_press", "id": "pin:t0ken", "chosen": ["1"], "board": "b0ard"},
    {"do": "clear"},
    {"do": "press", "id": "keep:t0ken", "entry": 1},
    {"do": "press", "id": "more:t0ken", "chosen": [], "entry": 2},
    {"do": "press", "id": "undo:b0ard.3"},
    {"do": "press", "id": "up:b0ard.1"},
    {"do": "submit", "form": "decide:b0ard", "values": {"numbers": "1", "why": "x"}},
    {"do": "look", "photo": "pin:b0ard.1"},
)


async def _web(desk: Desk, folder: Path) -> ChatTarget:
    visits, windows, files = Visits(desk.state.database), Windows(), Files(folder / "kept")
    everybody = Everybody("web:main", desk.live, visits, windows, files)
    shared = Shared(desk, visits, Attachments(), windows, files, everybody)
    asked = request("web:main")

    async def send(message: Any) -> None:
        json.dumps(message).encode()

    conversation, real = Conversation(shared, asked, send), await _real(desk, asked)

    async def do(text: str) -> None:
        message = read_message(text)
        if message is not None:
            conversation.is_quick(message)
            await conversation.receive(message)

    def invent(inventor: Inventor) -> str:
        if inventor.chance.random() < 0.02:
            deep = inventor.chance.choice((10, 300, 900, 100_000))
            return f'{{"do": "say", "text": {"[" * deep}{"]" * deep}}}'
        text = json.dumps(real(inventor.changed(inventor.chance.choice(PAGE))))
        return text if inventor.chance.random() < 0.9 else inventor.data(text.encode()).decode(errors="replace")

    return ChatTarget("the page's messages", invent, do)


# Slack


class NoSlack:
    """Takes everything, and answers as Slack would."""

    def __getattr__(self, name: str) -> Any:
        async def answer(*_: object, **given: object) -> Any:
            json.dumps(given, default=str)
            user = {"id": "U1", "name": "ann", "team_id": "T1", "locale": "en-US", "is_admin": True}
            return {
                "ok": True,
                "ts": "1.0",
                "channel": {"id": "D1"},
                "file": {"size": 1},
                "user": user,
                "view": {"id": "V1"},
            }

        return answer


class NoApi:
    """The way to Slack, which ends here."""

    client = NoSlack()

    async def respond(self, url: str, body: Any) -> None:
        json.dumps(body)

    async def upload(self, files: Sequence[Any], *_: object, **__: object) -> list[str]:
        return [f"F{n}" for n, _ in enumerate(files)]

    async def wait_for_picture(self, file: str) -> bool:
        return True

    async def download(self, file: str) -> bytes:
        return b"none"


class OneTeam:
    """One workspace."""

    def __init__(self) -> None:
        api: Any = NoApi()
        self._sending = Sending("T1", "UBOT", "B1", api, SlackMedia(api), People(api, "T1", "Team"))

    @asynccontextmanager
    async def use(self, team: str) -> AsyncIterator[Sending]:
        yield self._sending

    async def uninstall(self, team: str) -> None:
        pass


_AT = {
    "name": "board add",
    "at": {"user": "U1", "channel": "C1", "url": "https://h/x", "thread": ""},
    "values": {"note": "x"},
}
_STATE = {"values": {"a": {"words": {"type": "plain_text_input", "value": "night"}},
                     "b": {"number": {"type": "number_input", "value": "1"}},
                     "c": {"image": {"type": "file_input", "files": [{"id": "F1", "name": "a.jpg", "mimetype": "image/jpeg", "size": 3}]}},
                     "d": {"photo": {"type": "external_select", "selected_option": {"value": "one-red"}}}}}  # fmt: skip
_WHERE = {"trigger_id": "1.2", "response_url": "https://h/x", "user": {"id": "U1"}, "channel": {"id": "C1"},
          "container": {"type": "message", "message_ts": "1.0", "is_ephemeral": True}, "message": {"ts": "1.0", "thread_ts": "1.0"}}  # fmt: skip
SLACK: Sequence[tuple[str, Any]] = (
    ("command", {"command": "/find", "text": "sunset <@U2|bea> &amp; sea", "user_id": "U1", "channel_id": "C1", "trigger_id": "1", "response_url": "https://h/x"}),
    ("command", {"command": "/board", "text": "note 1 good", "user_id": "U1", "channel_id": "C1", "trigger_id": "1"}),
    ("shortcut", {**_WHERE, "callback_id": "similar", "message": {"files": [{"id": "F1", "name": "a.jpg", "mimetype": "image/png", "size": 9}]}}),
    ("press", {**_WHERE, "actions": [{"action_id": "photo:t0ken", "type": "static_select", "selected_option": {"value": "1"}}]}),
    ("press", {**_WHERE, "actions": [{"action_id": "overflow:1", "type": "overflow", "selected_option": {"value": "photo:t0ken 1"}}]}),
    ("press", {**_WHERE, "actions": [{"action_id": "pin:t0ken", "selected_options": [{"value": "1"}, {"value": "2"}]}]}),
    ("submit", {"user": {"id": "U1"}, "view": {"id": "V1", "callback_id": FORM, "title": {"text": "T"}, "blocks": [{"type": "input", "block_id": "a"}],
                "private_metadata": json.dumps({**_AT, "name": "mix:t0ken"}), "state": _STATE}}),
    ("submit", {"user": {"id": "U1"}, "view": {"id": "V1", "callback_id": ASK, "title": {"text": "T"}, "blocks": [], "private_metadata": json.dumps(_AT), "state": _STATE}}),
    ("complete", {"user": {"id": "U1"}, "view": {"private_metadata": json.dumps(_AT)}, "action_id": "photos", "value": "one"}),
    ("message", {"event_id": "E1", "event": {"type": "app_mention", "user": "U1", "text": "<@UBOT> sunset", "channel": "C1", "ts": "1.0", "files": [{"id": "F1", "name": "a.jpg"}]}}),
    ("message", {"event_id": "E1", "event": {"type": "message", "channel_type": "im", "user": "U1", "text": "sunset", "channel": "D1", "ts": "1.0"}}),
    ("press", {**_WHERE, "actions": [{"action_id": "undo:b0ard.3", "type": "button"}]}),
    ("press", {**_WHERE, "container": {"type": "view"}, "channel": None, "actions": [{"action_id": "exported:b0ard", "selected_option": {"value": "md"}}]}),
    ("home", {"event_id": "E1", "event": {"type": "app_home_opened", "tab": "home", "user": "U1"}}),
    ("revoked", {"event": {"type": "tokens_revoked", "tokens": {"bot": ["UBOT"], "oauth": []}}}),
)  # fmt: skip


async def _slack(desk: Desk) -> ChatTarget:
    events = SlackEvents(desk, OneTeam(), COMMANDS, read_typed)  # type: ignore[arg-type]
    context: Any = SimpleNamespace(authorize_result=SimpleNamespace(team_id="T1"))
    number = iter(range(10**9))
    asked = replace(request("slack:T1"), person=Person("slack:U1", "ann"))
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


class _Response:
    """How an interaction is answered."""

    def __init__(self) -> None:
        self.done = False

    def is_done(self) -> bool:
        return self.done

    async def defer(self, **_: object) -> None:
        self.done = True

    async def send_modal(self, modal: discord.ui.Modal) -> None:
        modal.to_dict()

    async def autocomplete(self, choices: Sequence[Any]) -> None:
        for choice in choices:
            choice.to_dict()


class _Interaction:
    """An interaction of Discord's, as discord.py gives it."""

    def __init__(self, data: Any, message: object = None) -> None:
        self.data, self.message = data, message
        self.response, self.followup = _Response(), SimpleNamespace(send=self._taken)
        self.locale, self.channel_id, self.guild_id, self.filesize_limit = "en-US", 5, 1, 10 * 2**20
        self.user = SimpleNamespace(id=7, display_name="ann")
        self.guild = SimpleNamespace(name="Team")
        self.permissions = discord.Permissions.all()

    def is_guild_integration(self) -> bool:
        return True

    async def _taken(self, view: Any = None, **_: object) -> Any:
        if view is not None:
            json.dumps(view.to_components())
        return SimpleNamespace(id=9, channel=SimpleNamespace(id=5), edit=self._taken, delete=self._taken)

    edit_original_response = delete_original_response = _taken


class _Reader:
    async def get_from_cdn(self, url: str) -> bytes:
        return b"none"


_FILE = {"id": "1", "filename": "a.jpg", "url": "https://cdn/x", "size": 3}
DISCORD: Sequence[tuple[str, Any]] = (
    ("press", {"custom_id": "photo:t0ken", "component_type": 3, "values": ["1"]}),
    ("press", {"custom_id": "decide:b0ard", "component_type": 2}),
    ("press", {"custom_id": "pin:t0ken", "values": ["1", "2"]}),
    ("press", {"custom_id": "up:b0ard.1"}),
    ("press", {"custom_id": "exported:b0ard", "values": ["csv"]}),
    ("submit", {"custom_id": "mix:t0ken", "components": [{"type": 18, "component": {"type": 4, "custom_id": "words", "value": "night"}},
                {"type": 18, "component": {"type": 3, "custom_id": "licence", "values": ["cc0"]}}], "resolved": {}}),
    ("submit", {"custom_id": "add:t0ken", "components": [{"type": 18, "component": {"type": 19, "custom_id": "image", "values": ["1"]}},
                {"type": 1, "components": [{"type": 4, "custom_id": "photographer", "value": "Ann"}]}], "resolved": {"attachments": {"1": _FILE}}}),
    ("command", {"name": "find", "values": {"query": "sunset", "count": 3, "tag": "night"}}),
    ("command", {"name": "board note", "values": {"number": 1, "text": "x", "board": "b0ard"}}),
    ("complete", {"name": "find", "option": "tag", "typed": "n"}),
    ("message", {"content": "<@1> sunset", "attachments": []}),
)  # fmt: skip


async def _discord(desk: Desk) -> ChatTarget:
    events = DiscordEvents(desk, _Reader())
    real = await _real(desk, replace(request(), person=Person("discord:7", "ann")))

    async def do(given: tuple[str, Any]) -> None:
        what, data = given
        interaction: Any = _Interaction(data)
        if what in ("press", "submit"):
            await getattr(events, what)(interaction)
        elif isinstance(data, dict) and what == "command" and isinstance(data.get("values"), dict):
            await events.command(interaction, str(data.get("name")), data["values"])
        elif isinstance(data, dict) and what == "complete":
            await events.complete(interaction, str(data.get("name")), str(data.get("option")), str(data.get("typed")))
        elif isinstance(data, dict) and what == "message":
            await events.message(_message(str(data.get("content"))), SimpleNamespace(id=1))  # type: ignore[arg-type]

    def invent(inventor: Inventor) -> tuple[str, Any]:
        what, data = inventor.chance.choice(DISCORD)
        return what, real(inventor.changed(data))

    return ChatTarget("Discord's payloads", invent, do)


def _message(content: str) -> Any:
    async def sent(**given: Any) -> Any:
        json.dumps(given["view"].to_components())
        return SimpleNamespace(edit=sent)

    channel = SimpleNamespace(id=5, send=sent)
    return SimpleNamespace(
        author=SimpleNamespace(bot=False, id=7, display_name="ann", send=sent), webhook_id=None, guild=None, content=content,
        type=discord.MessageType.default, attachments=[], reference=None, channel=channel,
        to_reference=lambda **_: None,
    )  # fmt: skip
