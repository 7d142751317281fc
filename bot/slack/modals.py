"""Modals that were filled in: taken in, and answered. One that is refused says why where it can be put right.

Slack waits three seconds for what becomes of a modal. What takes longer is said to be under way, and the modal then
shows how it ended.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.chat import Desk, Opened, readable
from bot.commands.spec import Command
from bot.replies import Form, Reply
from bot.requests import Values
from bot.slack.answers import Answer
from bot.slack.asking import asked_values
from bot.slack.forms import FORM, Filled, Purpose, modal_of, notice_of, values_of
from bot.slack.markup import cut
from bot.slack.trouble import TROUBLE, note_trouble

PATIENCE_S = 2.0
MOST_FORMS = 2000
ERROR_CHARACTERS = 500

Ack = Callable[..., Awaitable[Any]]
Opens = Callable[[], Awaitable[Opened]]
Finish = Callable[[Answer, Reply], Awaitable[None]]


class Modals:
    """Answers modals; remembers how forms were opened, since each is taken once, and one that is refused again."""

    def __init__(self, desk: Desk, commands: Mapping[str, Command], finish: Finish) -> None:
        self._desk = desk
        self._commands = commands
        self._finish = finish
        self._opened: OrderedDict[str, Opens] = OrderedDict()
        self._renewed: OrderedDict[str, Form] = OrderedDict()  # what took a refused form's place, by what is on screen

    def remember(self, form: Form, opens: Opens) -> None:
        """Remember how a form was opened."""
        self._opened[form.id] = opens
        _shorten(self._opened)

    async def submit(self, ack: Ack, filled: Filled, answer: Answer) -> None:
        """Answer a modal."""
        command = self._commands.get(filled.purpose.name)
        values = readable(filled.state, lambda it: values_of(it, answer.sending.api))
        if values is not None and filled.kind == FORM:
            await self._submit_form(ack, filled, answer, values)
        elif values is not None and command is not None:
            await self._run(ack, command, filled.purpose, answer, values)
        else:
            await ack()

    async def _run(self, ack: Ack, command: Command, purpose: Purpose, answer: Answer, filled: Values) -> None:
        """Run the command that lacked something, after its form where it opens one now."""
        values: Values = {**purpose.values, **asked_values(command, filled)}
        request = answer.request

        async def opens() -> Opened:
            return await self._desk.opens(purpose.name, request, values)

        opened: Opened = None
        try:
            async with asyncio.timeout(PATIENCE_S):
                opened = await opens()
        except TimeoutError:
            opened = None
        if isinstance(opened, Form):
            self.remember(opened, opens)
            view = modal_of(opened, Purpose(opened.id, purpose.place), request.words)
            await ack(response_action="update", view=view)
            return
        await ack()
        await self._finish(answer, opened or await self._desk.command(purpose.name, request, values))

    async def _submit_form(self, ack: Ack, filled: Filled, answer: Answer, values: Values) -> None:
        purpose, title, words = filled.purpose, filled.title, answer.request.words
        renewed = self._renewed.pop(purpose.name, None)
        form = renewed.id if renewed else purpose.name
        work = asyncio.ensure_future(self._desk.submit(form, answer.request, values))
        done, _ = await asyncio.wait([work], timeout=PATIENCE_S)
        if not done:
            text = words.say("This takes a moment. You can close this window; I tell you when it is done.")
            await ack(response_action="update", view=notice_of(title, text, words))
        reply = await work
        if reply.failed:
            again = await self._open_again(form)
            if done:
                await self._refuse(ack, filled, reply, again)
            else:
                await self._show_end(answer, filled, self._again(again, purpose, answer, reply, values, title))
                await self._finish(answer, reply)
            return
        self._opened.pop(form, None)
        if done:
            await ack()
        else:
            await self._show_end(answer, filled, notice_of(title, words.say("Done."), words))
        await self._finish(answer, reply)

    async def _refuse(self, ack: Ack, filled: Filled, reply: Reply, again: Form | None) -> None:
        """Say in the modal why it was not taken; what was filled in stays there."""
        if again is not None:
            self._renewed[filled.purpose.name] = again
            _shorten(self._renewed)
        await ack(response_action="errors", errors={filled.first: cut(reply.text, ERROR_CHARACTERS) or "-"})

    def _again(
        self, again: Form | None, purpose: Purpose, answer: Answer, reply: Reply, filled: Values, title: str
    ) -> dict[str, Any]:
        """Return the modal that takes the place of one that said for a while that it is worked on."""
        words = answer.request.words
        if again is None:
            return notice_of(title, reply.text, words)
        return modal_of(again, Purpose(again.id, purpose.place), words, refused=reply.text, filled=filled)

    async def _show_end(self, answer: Answer, filled: Filled, shown: Mapping[str, Any]) -> None:
        try:
            await answer.sending.api.client.views_update(view_id=filled.id, view=dict(shown))
        except TROUBLE as error:  # it was closed
            note_trouble(error, "show how a form ended")

    async def _open_again(self, form: str) -> Form | None:
        opens = self._opened.pop(form, None)
        opened = await opens() if opens is not None else None
        if opens is None or not isinstance(opened, Form):
            return None
        self.remember(opened, opens)
        return opened


def _shorten(kept: OrderedDict[str, Any]) -> None:
    while len(kept) > MOST_FORMS:
        kept.popitem(last=False)
