"""One browser's conversation: what it sends is brought to the desk, and what the desk answers is written and shown."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from bot.catalogue import Words
from bot.desk import Desk
from bot.replies import Audience, Form, Reply
from bot.requests import Level, Person, Request, Upload, Value
from bot.said import said_error
from bot.store.visits import EVERYBODY, Visits
from bot.web.drawing import draw_form, draw_reply
from bot.web.typed import complete_typed, read_typed
from core.errors import ModaclipError

UPLOAD_S = 30 * 60  # how long an upload waits to be used
MOST_UPLOADS = 10  # of one person at a time
LONGEST_TEXT = 4000
Message: TypeAlias = Mapping[str, Any]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

log = logging.getLogger(__name__)


class Attachments:
    """Pictures that were sent ahead of what they belong to; in memory only."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, str, str, bytes]] = {}

    def keep(self, person: str, name: str, data: bytes) -> str | None:
        """Keep a picture for a while; return its token, or None when the person has too many waiting."""
        now = time.monotonic()
        self._kept = {token: one for token, one in self._kept.items() if now - one[0] < UPLOAD_S}
        own = [token for token, one in self._kept.items() if one[1] == person]
        if len(own) >= MOST_UPLOADS:
            self._kept.pop(own[0])
        token = secrets.token_urlsafe(12)
        self._kept[token] = (now, person, name, data)
        return token

    def get(self, person: str, tokens: Sequence[object]) -> tuple[Upload, ...]:
        """Return those of a person's pictures that are still there."""
        found = []
        for token in tokens[: MOST_UPLOADS + 1]:
            _, owner, name, data = self._kept.get(str(token), (0.0, "", "", b""))
            if owner == person:
                found.append(Upload(name, len(data), _reader(data)))
        return tuple(found)


class Conversation:
    """What one browser window does."""

    def __init__(
        self,
        desk: Desk,
        visits: Visits,
        attachments: Attachments,
        person: str,
        words: Words,
        workspace: str,
        send: Send,
        post: Send,
    ) -> None:
        self._desk = desk
        self._visits = visits
        self._attachments = attachments
        self._send = send
        self._post = post
        self._request = Request(
            "web", workspace, workspace, Person(person, words.say("You")), words, Level.MANAGER, 20 * 2**20
        )

    @property
    def person(self) -> str:
        """Whose conversation it is."""
        return self._request.person.id

    async def open(self) -> None:
        """Show what was said before."""
        await self._send({"do": "history", "entries": await self._visits.entries(self.person)})

    async def receive(self, message: Message) -> None:
        """Do what the page asks for; what is not understood is passed over."""
        handlers: Mapping[str, Callable[[Message], Awaitable[None]]] = {
            "say": self._say,
            "press": self._press,
            "submit": self._submit,
            "complete": self._complete,
            "clear": self._clear,
            "menu": self._menu,
        }
        handler = handlers.get(str(message.get("do")))
        if handler is not None:
            await handler(message)

    async def _say(self, message: Message) -> None:
        text = str(message.get("text", ""))[:LONGEST_TEXT].strip()
        uploads = self._attachments.get(self.person, _list(message.get("uploads")))
        if not text and not uploads:
            return
        await self._write({"kind": "asked", "text": text, "pictures": [upload.name for upload in uploads]})
        try:
            typed = read_typed(text, self._request.words, has_uploads=bool(uploads))
        except ModaclipError as error:
            await self._answer(Reply(said_error(self._request.words, error), failed=True))
            return
        values: dict[str, Value] = dict(typed.values)
        if uploads:
            values["image"] = uploads
        await self._command(typed.command, values)

    async def _menu(self, message: Message) -> None:
        """Run a command on the pictures of one of the person's own messages, while they are still here."""
        uploads = self._attachments.get(self.person, _list(message.get("uploads")))
        command = str(message.get("command"))
        if uploads and command in ("similar", "add"):
            await self._command(command, {"image": uploads})

    async def _command(self, command: str, values: Mapping[str, Value]) -> None:
        opened = await self._desk.opens(command, self._request, values)
        if opened is not None:
            await self._show_opened(opened)
            return
        await self._working(lambda request: self._desk.command(command, request, values))

    async def _press(self, message: Message) -> None:
        pressed, chosen = str(message.get("id", ""))[:200], [str(one) for one in _list(message.get("chosen"))]
        opened = await self._desk.opens_press(pressed, self._request, chosen)
        if opened is not None:
            await self._show_opened(opened)
            return
        entry = message.get("entry")
        n = entry if isinstance(entry, int) and entry > 0 else None
        await self._working(lambda request: self._desk.press(pressed, request, chosen), n)

    async def _submit(self, message: Message) -> None:
        given = message.get("values")
        values: dict[str, Value] = {
            str(name): str(value)[:LONGEST_TEXT] for name, value in (given if isinstance(given, dict) else {}).items()
        }
        if uploads := self._attachments.get(self.person, _list(message.get("uploads"))):
            values["image"] = uploads
        form = str(message.get("form", ""))[:200]
        await self._working(lambda request: self._desk.submit(form, request, values))

    async def _complete(self, message: Message) -> None:
        text = str(message.get("text", ""))[:LONGEST_TEXT]
        start, choices = await complete_typed(self._desk, self._request, text)
        drawn = [{"value": one.value, "label": one.label, "description": one.description} for one in choices[:25]]
        await self._send({"do": "completions", "text": text, "start": start, "choices": drawn})

    async def _clear(self, message: Message) -> None:  # noqa: ARG002
        await self._visits.clear(self.person)
        await self.open()

    async def _working(self, work: Callable[[Request], Awaitable[Reply]], entry: int | None = None) -> None:
        """Show that something is being done, do it, and show what came of it."""
        busy = secrets.token_hex(6)
        await self._send({"do": "busy", "id": busy})

        async def tell(reply: Reply) -> None:
            await self._send({"do": "busy", "id": busy, "reply": draw_reply(reply)})

        try:
            reply = await work(replace(self._request, tell=tell))
        finally:
            await self._send({"do": "done", "id": busy})
        await self._answer(reply, entry)

    async def _answer(self, reply: Reply, entry: int | None = None) -> None:
        drawn = draw_reply(reply)
        if reply.audience is Audience.CHANNEL:
            n = await self._visits.add(EVERYBODY, drawn)
            await self._post({"do": "entry", "entry": {**drawn, "n": n}})
        elif reply.in_place and entry is not None and await self._visits.replace(self.person, entry, drawn):
            await self._send({"do": "replace", "entry": {**drawn, "n": entry}})
        else:
            await self._write(drawn)

    async def _show_opened(self, opened: Form | Reply) -> None:
        if isinstance(opened, Form):
            await self._send({"do": "form", "form": draw_form(opened)})
        else:
            await self._answer(opened)

    async def _write(self, data: Message) -> None:
        n = await self._visits.add(self.person, data)
        await self._send({"do": "entry", "entry": {**data, "n": n}})


def _reader(data: bytes) -> Callable[[], Awaitable[bytes]]:
    async def read() -> bytes:
        return data

    return read


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


async def finish(tasks: set[asyncio.Task[None]]) -> None:
    """Stop what a closed window still waits for."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
