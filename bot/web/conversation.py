"""One browser's conversation: what it sends is brought to the desk, and what the desk answers is written and shown."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from bot.commands import COMMANDS
from bot.desk import Desk
from bot.replies import Audience, Form, Reply
from bot.requests import Person, Request, Value
from bot.said import said_error
from bot.store.visits import Visits
from bot.typed import complete_typed, read_typed
from bot.web.attachments import Attachments, given_with, is_text
from bot.web.board_talk import BoardTalk
from bot.web.drawing import draw_form, draw_reply, drawn
from bot.web.everybody import Everybody
from bot.web.files import Files
from bot.web.windows import Message, Windows
from core.errors import ModaclipError

LONGEST_TEXT = 4000
ME, LONGEST_NAME = "me", 40  # the form that asks for a name, and how many characters a name may have
MOST_ENTRIES = 2**53  # whole numbers beyond are none in the page, nor in every database
CANCEL = "cancel:"  # how the buttons begin that stop what is being waited for
MOST_FORMS = 20  # that one window may have open
Open: TypeAlias = Callable[[], Awaitable[Form | Reply | None]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Shared:
    """What all conversations of a web chat have in common."""

    desk: Desk
    visits: Visits
    attachments: Attachments
    windows: Windows
    files: Files
    everybody: Everybody


class Conversation:
    """What one browser window does. `send` reaches that window alone."""

    def __init__(self, shared: Shared, request: Request, send: Send) -> None:
        self._desk = shared.desk
        self._visits = shared.visits
        self._attachments = shared.attachments
        self._windows = shared.windows
        self._files = shared.files
        self._everybody = shared.everybody
        self._request = request
        self._send = send
        self._boards = BoardTalk(
            shared.desk,
            lambda: self._request,
            shared.attachments,
            shared.files,
            shared.everybody,
            send,
            self._show_form,
        )
        self._forms: OrderedDict[str, Open] = OrderedDict()  # how each form was opened that is filled in

    @property
    def person(self) -> str:
        """Whose conversation it is."""
        return self._request.person.id

    async def open(self) -> None:
        """Show what was said before."""
        await self._send({"do": "history", "entries": await self._visits.entries(self.person)})
        for message in self._windows.waiting(self.person):
            await self._send(message)

    async def receive(self, message: Message) -> None:
        """Do what the page asks for; what is not understood is passed over."""
        if self.person in self._everybody.gone:  # the page is loaded again, by somebody of whom nothing is known
            await self._send({"do": "reload"})
            return
        handlers: Mapping[str, Callable[[Message], Awaitable[None]]] = {
            "say": self._say,
            "press": self._press,
            "submit": self._submit,
            "complete": self._complete,
            "clear": self._clear,
            "menu": self._menu,
            "look": self._look,
            **self._boards.handlers,
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
            pictures = any(not is_text(upload) for upload in uploads)
            typed = read_typed(text, self._request.words, has_uploads=pictures)
            command = next((one for one in COMMANDS if one.name == typed.command), None)
            values: Mapping[str, Value] = {**typed.values, **given_with(command, uploads)}
        except ModaclipError as error:
            await self._answer(Reply(said_error(self._request.words, error), failed=True))
            return
        await self._command(typed.command, values)

    async def _menu(self, message: Message) -> None:
        """Run a command on the pictures of one of the person's own messages, while they are still here."""
        uploads = self._attachments.get(self.person, _list(message.get("uploads")))
        command = str(message.get("command"))
        if uploads and command in ("similar", "add"):
            await self._command(command, {"image": uploads})

    async def _command(self, command: str, values: Mapping[str, Value]) -> None:
        if await self._opened(lambda: self._desk.opens(command, self._request, values)):
            return
        await self._working(lambda request: self._desk.command(command, request, values))

    async def _press(self, message: Message) -> None:
        pressed, chosen = str(message.get("id", ""))[:200], [str(one) for one in _list(message.get("chosen"))]
        if pressed.startswith(CANCEL):
            reply = await self._desk.press(pressed, self._request)
            if reply.failed:  # else what is cancelled says so itself
                await self._answer(reply)
            return
        if await self._opened(lambda: self._desk.opens_press(pressed, self._request, chosen)):
            return
        entry = message.get("entry")
        n = entry if isinstance(entry, int) and 0 < entry < MOST_ENTRIES else None
        await self._working(lambda request: self._desk.press(pressed, request, chosen), n)

    async def _submit(self, message: Message) -> None:
        given = message.get("values")
        values: dict[str, Value] = {
            str(name): str(value)[:LONGEST_TEXT] for name, value in (given if isinstance(given, dict) else {}).items()
        }
        if uploads := self._attachments.get(self.person, _list(message.get("uploads"))):
            values["image"] = uploads
        form = str(message.get("form", ""))[:200]
        if form == ME:
            await self._call_me(str(values.get("name", "")))
            return
        reply = await self._work(lambda request: self._desk.submit(form, request, values))
        if reply.failed:  # is said in the form, where it can be put right
            again = await self._open_again(form)
            await self._send({"do": "submitted", "form": form, "again": again, "refused": draw_reply(reply)})
            return
        self._forms.pop(form, None)
        await self._send({"do": "submitted", "form": form, "refused": None})
        await self._answer(reply)

    async def _call_me(self, name: str) -> None:
        """Call the person as they ask, in what they do from now on."""
        name = " ".join(name.split())[:LONGEST_NAME]
        if name:
            await self._visits.call(self.person, name)
            self._request = replace(self._request, person=Person(self.person, name))
            await self._windows.show({"do": "called", "me": name}, self.person)
        await self._send({"do": "submitted", "form": ME, "refused": None})

    async def _look(self, message: Message) -> None:
        """Tell what is known of a photo that is looked at large; that is no part of the conversation."""
        photo = str(message.get("photo", ""))[:200]
        reply = await self._desk.command("photo", self._request, {"photo": photo})
        await self._send({"do": "looked", "photo": photo, "reply": draw_reply(reply)})

    async def _complete(self, message: Message) -> None:
        text = str(message.get("text", ""))[:LONGEST_TEXT]
        start, choices = await complete_typed(self._desk, self._request, text)
        offered = [{"value": one.value, "label": one.label, "description": one.description} for one in choices[:25]]
        await self._send({"do": "completions", "text": text, "start": start, "choices": offered})

    async def _clear(self, message: Message) -> None:  # noqa: ARG002
        await self._visits.clear(self.person)
        entries = await self._visits.entries(self.person)
        await self._windows.show({"do": "history", "entries": entries}, self.person)

    async def _working(self, work: Callable[[Request], Awaitable[Reply]], entry: int | None = None) -> None:
        """Do something, and show what came of it."""
        await self._answer(await self._work(work), entry)

    async def _work(self, work: Callable[[Request], Awaitable[Reply]]) -> Reply:
        """Show that something is being done, and do it."""
        busy = secrets.token_hex(6)
        await self._windows.wait(self.person, busy)

        async def tell(reply: Reply) -> None:
            await self._windows.wait(self.person, busy, draw_reply(reply))

        try:
            return await work(replace(self._request, tell=tell))
        finally:
            await self._windows.done(self.person, busy)

    async def _answer(self, reply: Reply, entry: int | None = None) -> None:
        if reply.audience is Audience.CHANNEL:
            await self._everybody.say(reply, self.person)
            return
        data = await drawn(reply, self._files)
        if reply.passing:
            entries = await self._visits.entries(self.person)
            await self._windows.show({"do": "history", "entries": [*entries, {**data, "n": 0}]}, self.person)
            return
        if reply.in_place and entry is not None and await self._visits.replace(self.person, entry, data):
            await self._windows.show({"do": "replace", "entry": {**data, "n": entry}}, self.person)
        else:
            await self._write(data)

    async def _opened(self, opens: Open) -> bool:
        """Show the form that something opens, or why it does not; tell whether there is one at all."""
        opened = await opens()
        if isinstance(opened, Form):
            await self._show_form(opened, opens)
        elif opened is not None:
            await self._answer(opened)
        return opened is not None

    async def _show_form(self, form: Form, opens: Open) -> None:
        self._remember(form, opens)
        await self._send({"do": "form", "form": draw_form(form)})

    def _remember(self, form: Form, opens: Open) -> None:
        """Remember how a form was opened."""
        self._forms[form.id] = opens
        while len(self._forms) > MOST_FORMS:
            self._forms.popitem(last=False)

    async def _open_again(self, form: str) -> str:
        """Return the form that takes the place of one that was refused, as each is taken once."""
        opens = self._forms.pop(form, None)
        opened = await opens() if opens is not None else None
        if opens is None or not isinstance(opened, Form):
            return form
        self._remember(opened, opens)
        return opened.id

    async def _write(self, data: Message) -> None:
        n = await self._visits.add(self.person, data)
        await self._windows.show({"do": "entry", "entry": {**data, "n": n}}, self.person)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
