"""What a window does on a board's page: it is shown boards, and runs the desk's own commands, so that no rule of
boards is written twice. The answers go to that window, not into the conversation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

from bot.catalogue import Words
from bot.commands import BOARDS
from bot.commands.spec import Command, Kind, Option
from bot.desk import Desk
from bot.refusals import Refused
from bot.replies import Audience, Form, Reply
from bot.requests import Request, Value
from bot.said import said_error
from bot.web.attachments import Attachments
from bot.web.boards import board_data, listed_data
from bot.web.drawing import drawn
from bot.web.everybody import Everybody
from bot.web.files import Files
from bot.web.windows import Message
from core.errors import ModaclipError, NotFound
from core.sources.text import sound

LONGEST_TEXT = 4000
MOST_LISTED = 100
PRESSES = ("pin:", "undo:", "place:")  # the buttons that a board's page presses
COMMANDS: Mapping[str, Command] = {command.name: command for command in BOARDS if command.name.startswith("board ")}
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Open: TypeAlias = Callable[[], Awaitable[Form | Reply | None]]
ShowForm: TypeAlias = Callable[[Form, Open], Awaitable[None]]


class BoardTalk:
    """One window's part in boards.

    `asking` tells who asks; `show_form` shows a form, and remembers how it is opened again.
    """

    def __init__(
        self,
        desk: Desk,
        asking: Callable[[], Request],
        attachments: Attachments,
        files: Files,
        everybody: Everybody,
        send: Send,
        show_form: ShowForm,
    ) -> None:
        self._desk = desk
        self._asking = asking
        self._attachments = attachments
        self._files = files
        self._everybody = everybody
        self._send = send
        self._show_form = show_form

    @property
    def _request(self) -> Request:
        return self._asking()  # who asks may be called otherwise by now

    @property
    def handlers(self) -> Mapping[str, Callable[[Message], Awaitable[None]]]:
        """What it does, by what the page calls it."""
        return {"board": self.show, "boards": self.list, "board_command": self.command, "board_press": self.press}

    async def show(self, message: Message) -> None:
        """Show a board, or tell that it is not here."""
        board_id = sound(str(message.get("id", "")))[:100]
        await self._send({"do": "board", "id": board_id, "board": await self._data(board_id)})

    async def list(self, message: Message) -> None:  # noqa: ARG002
        """Show which boards there are."""
        words = self._request.words
        rows = []
        entries = sorted(await self._desk.boards.all(self._request.workspace), key=lambda one: one.listed.archived)
        for listed in [entry.listed for entry in entries[:MOST_LISTED]]:
            async with self._desk.boards.see(self._request.workspace, listed.id) as seen:
                board = await seen.boards.shelf.board(listed.id)
                credited = await seen.boards.credits(board)
                rows.append(listed_data(words, listed, board, words.day(listed.changed_at), credited))
        await self._send({"do": "boards", "boards": rows})

    async def command(self, message: Message) -> None:
        """Run a command on a board."""
        command = COMMANDS.get(str(message.get("command")))
        given = message.get("values")
        if command is None or not isinstance(given, dict):
            return
        try:
            values = self._values(command, given)
        except ModaclipError as error:
            await self._answer(message, Reply(said_error(self._request.words, error), failed=True))
            return
        opens = partial(self._desk.opens, command.name, self._request, values)
        opened = await opens()
        if isinstance(opened, Form):
            await self._show_form(opened, opens)
            await self._answer(message, Reply())
            return
        await self._answer(message, opened or await self._desk.command(command.name, self._request, values))

    async def press(self, message: Message) -> None:
        """Press a button of an answer that the board's page shows."""
        pressed, chosen = str(message.get("id", ""))[:200], message.get("chosen")
        if pressed.startswith(PRESSES):
            numbers = [str(one)[:20] for one in chosen] if isinstance(chosen, list) else []
            await self._answer(message, await self._desk.press(pressed, self._request, numbers))

    async def _answer(self, message: Message, reply: Reply) -> None:
        """Bring an answer, with the board as it stands now."""
        if reply.audience is Audience.CHANNEL:
            await self._everybody.say(reply, self._request.person.id)
        board_id = sound(str(message.get("board") or (reply.panel.board if reply.panel else "")))[:100]
        await self._send(
            {
                "do": "board_answer",
                "asked": message.get("asked"),
                "reply": await drawn(reply, self._files),
                "board": await self._data(board_id) if board_id else None,
            }
        )

    async def _data(self, board_id: str) -> Mapping[str, Any] | None:
        async with self._desk.boards.see(self._request.workspace, board_id) as seen:
            try:
                board = await seen.boards.shelf.board(board_id)
            except NotFound:
                return None
            return None if board.deleted else board_data(await seen.boards.shown(board), self._request)

    def _values(self, command: Command, given: Mapping[Any, Any]) -> Mapping[str, Value]:
        """Return the values that a page gave, as the command's options take them. Raises Refused."""
        options = {option.name: option for option in command.options}
        values: dict[str, Value] = {}
        for name, value in given.items():
            option = options.get(name)
            if option is None:
                raise Refused("This page is of an earlier version. Load it again.")
            if option.kind in (Kind.IMAGE, Kind.FILE):
                values[name] = self._attachments.get(self._request.person.id, value if isinstance(value, list) else [])
            else:
                values[name] = _checked(option, value, self._request.words)
        return values


def _checked(option: Option, value: object, words: Words) -> str | int:
    """Return a value that is one which an option takes. Raises Refused."""
    if option.kind is Kind.WHOLE:
        lowest, highest = option.lowest or 0, option.highest or 10**9
        if isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= highest:
            return value
    elif isinstance(value, str) and (not option.choices or value in option.choices):
        return value[:LONGEST_TEXT]
    raise Refused(
        "“{value}” is nothing for {option}.", value=str(value)[:40], option=words.named("option", option.name)
    )
