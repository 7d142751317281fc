"""What happens in Slack, brought to the desk, and the desk's replies brought back.

Everything is acknowledged at once, and then answered. Buttons, menus and forms are told by their ids alone, so they
work after a restart. Nothing that goes wrong here reaches a person as more than a sentence.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext as Context
from slack_bolt.response import BoltResponse

from bot.chat import Desk, Opened, UnderWay, in_time, readable
from bot.commands.spec import Command
from bot.replies import MOST_CHOICES, Form, Reply
from bot.requests import Values
from bot.said import said_error
from bot.slack import markup
from bot.slack.answers import Answer, Place
from bot.slack.asking import asking_modal, lacks
from bot.slack.controls import LINK, options_of, pressed_in
from bot.slack.forms import ASK, FORM, Filled, Purpose, modal_of
from bot.slack.home import Home
from bot.slack.modals import Modals
from bot.slack.names import typed_text
from bot.slack.reading import Read
from bot.slack.requests import CHAT
from bot.slack.teams import Teams
from bot.slack.trouble import TROUBLE, note_trouble
from bot.slack.uploads import pictures_of
from core.errors import ModaclipError

log = logging.getLogger(__name__)

Ack: TypeAlias = Callable[..., Awaitable[Any]]
Next: TypeAlias = Callable[[], Awaitable[Any]]
Body: TypeAlias = dict[str, Any]


class Events:
    """Answers everything that happens."""

    def __init__(self, desk: Desk, teams: Teams, commands: Sequence[Command], read: Read) -> None:
        self._desk = desk
        self._teams = teams
        self._commands = {command.name: command for command in commands}
        self._read = read
        self._modals = Modals(desk, self._commands, self.finish_with)
        self._home = Home(desk)
        self.under_way = UnderWay()

    def listen(self, app: AsyncApp) -> None:
        """Be told of everything by `app`."""
        anything = re.compile("")
        app.middleware(self.room)
        app.command(anything)(self.command)
        app.shortcut(anything)(self.shortcut)
        app.action(anything)(self.press)
        app.view(anything)(self.submit)
        app.options(anything)(self.complete)
        app.event("app_mention")(self.message)
        app.event("message")(self.message)
        app.event("app_home_opened")(self.home)
        app.event("app_uninstalled")(self.uninstalled)
        app.event("tokens_revoked")(self.revoked)

    async def room(self, next: Next) -> BoltResponse | None:  # noqa: A002 - slack_bolt goes by names
        """Let an event come in, or leave it alone because too much is under way; Slack may tell of it again."""
        if self.under_way.full:
            return BoltResponse(status=503)
        await next()
        return None

    async def command(self, ack: Ack, body: Body, context: Context) -> None:
        """Answer a slash command."""
        await ack()
        read = readable(body, lambda it: (Place.of_command(it), _written(it), str(it["trigger_id"])))
        if read is not None:
            place, text, trigger = read
            await self._answering(context, place, lambda answer: self._command(answer, text, trigger))

    async def shortcut(self, ack: Ack, body: Body, context: Context) -> None:
        """Answer a shortcut of a message, with the message's pictures."""
        await ack()
        read = readable(body, lambda it: (Place.of_interaction(it), str(it["callback_id"]), str(it["trigger_id"])))
        if read is not None:
            place, name, trigger = read
            message = body.get("message") or {}
            await self._answering(context, place, lambda answer: self._shortcut(answer, name, message, trigger))

    async def press(self, ack: Ack, body: Body, context: Context) -> None:
        """Answer a press of a button, or a choice from a menu."""
        await ack()
        read = readable(
            body, lambda it: (Place.of_interaction(it), pressed_in(it["actions"][0]), str(it["trigger_id"]))
        )
        if read is None:
            return
        place, (pressed, chosen), trigger = read
        if not pressed.startswith(LINK):
            await self._answering(context, place, lambda answer: self._press(answer, pressed, chosen, trigger))

    async def submit(self, ack: Ack, body: Body, context: Context) -> None:
        """Answer a modal that was filled in."""
        filled = readable(body, Filled.read)
        if filled is None or filled.kind not in (FORM, ASK):
            await ack()
            return
        place = filled.purpose.place
        await self._answering(context, place, lambda answer: self._modals.submit(ack, filled, answer))

    async def complete(self, ack: Ack, body: Body, context: Context) -> None:
        """Answer what is being typed into a select of a modal."""
        read = readable(body, lambda it: (Purpose.of(it), str(it["action_id"]), str(it.get("value") or "")))
        if read is None:
            await ack(options=[])
            return
        purpose, option, typed = read
        async with self._teams.use(_team(context)) as sending:
            answer = await sending.answer(purpose.place)
            stranger = (await sending.people.know(purpose.place.user)).stranger
            known = not stranger and purpose.name in self._commands
        found = await self._desk.complete(purpose.name, option, typed, answer.request) if known else ()
        await ack(options=options_of(found[:MOST_CHOICES]))

    async def message(self, body: Body, context: Context) -> None:
        """Answer a message that mentions the bot, or that was sent to it directly; leave all others alone."""
        event = body["event"]
        if event.get("bot_id") or event.get("subtype") not in (None, "file_share") or not event.get("user"):
            return
        if event["type"] == "message" and event.get("channel_type") != "im":
            return
        read = readable(body, lambda it: (Place.of_message(it["event"]), str(it["event_id"])))
        if read is not None:
            await self._answering(context, read[0], lambda answer: self._message(answer, event), read[1])

    async def home(self, body: Body, context: Context) -> None:
        """Show the bot's own page to who opens it."""
        event = body["event"]
        read = readable(body, lambda it: (Place(str(it["event"]["user"])), str(it["event_id"])))
        if event.get("tab") == "home" and read is not None:
            await self._answering(context, read[0], self._home.show, read[1])

    async def uninstalled(self, context: Context) -> None:
        """Forget a workspace that has removed the app."""
        await self._teams.uninstall(_team(context))

    async def revoked(self, body: Body, context: Context) -> None:
        """Forget a workspace in which the bot's token was taken back; those of people are not kept."""
        if readable(body, lambda it: it["event"]["tokens"].get("bot")):
            await self.uninstalled(context)

    async def finish_with(self, answer: Answer, reply: Reply) -> None:
        """Show an answer; one that shows a board in a channel is kept up to date from now on."""
        await answer.give(reply)
        if reply.live is not None and answer.posted is not None:
            await self._desk.live.posted(CHAT, answer.posted.written(), reply.live)

    async def _command(self, answer: Answer, text: str, trigger: str) -> None:
        words = answer.request.words
        try:
            typed = self._read(text, words)
        except ModaclipError as error:
            await answer.give(Reply(said_error(words, error), failed=True))
            return
        await self._run(answer, typed.command, typed.values, trigger)

    async def _shortcut(self, answer: Answer, name: str, message: Body, trigger: str) -> None:
        pictures = readable(message, lambda it: pictures_of(answer.sending.api, it))
        if not pictures:
            await answer.give(Reply(answer.request.words.say("There is no picture in this message."), failed=True))
            return
        await self._run(answer, name, {"image": pictures}, trigger)

    async def _press(self, answer: Answer, pressed: str, chosen: Sequence[str], trigger: str) -> None:
        request = answer.request

        async def opens() -> Opened:
            return await self._desk.opens_press(pressed, request, chosen)

        opened = await in_time(opens())
        if isinstance(opened, Form):
            await self._show_form(answer, opened, opens, trigger)
        else:
            await self.finish_with(answer, opened or await self._desk.press(pressed, request, chosen))

    async def _message(self, answer: Answer, event: Body) -> None:
        query = answer.sending.heard(str(event.get("text") or ""))
        pictures = readable({"files": event.get("files")}, lambda it: pictures_of(answer.sending.api, it))
        values: Values = {**({"query": query} if query else {}), **({"image": pictures} if pictures else {})}
        if not values:
            text = answer.request.words.say(
                "Write what the photo should show, or send a picture that it should be like."
            )
            await answer.give(Reply(text))
            return
        await self.finish_with(answer, await self._desk.command("find", answer.request, values))

    async def _run(self, answer: Answer, name: str, values: Values, trigger: str) -> None:
        """Run a command, after its form where it opens one, or after what it lacks was asked for."""
        request = answer.request

        async def opens() -> Opened:
            return await self._desk.opens(name, request, values)

        opened = await in_time(opens())
        command = self._commands.get(name)
        if isinstance(opened, Form):
            await self._show_form(answer, opened, opens, trigger)
        elif opened is None and command is not None and lacks(command, values):
            given = {key: value for key, value in values.items() if isinstance(value, str | int)}
            await self._open(answer, trigger, asking_modal(command, given, answer.place, request.words))
        else:
            await self.finish_with(answer, opened or await self._desk.command(name, request, values))

    async def _show_form(
        self, answer: Answer, form: Form, opens: Callable[[], Awaitable[Opened]], trigger: str
    ) -> None:
        self._modals.remember(form, opens)
        await self._open(answer, trigger, modal_of(form, Purpose(form.id, answer.place), answer.request.words))

    async def _open(self, answer: Answer, trigger: str, view: Mapping[str, Any]) -> None:
        try:
            await answer.sending.api.client.views_open(trigger_id=trigger, view=dict(view))
        except TROUBLE as error:
            note_trouble(error, "show a form")
            raise

    async def _answering(
        self, context: Context, place: Place, work: Callable[[Answer], Awaitable[None]], event: str = ""
    ) -> None:
        """Do some work, which is under way meanwhile, once for an event; end unexpected errors here."""
        with self.under_way.event():
            try:
                if event and not await self._desk.first(f"slack:{event}"):
                    return
                async with self._teams.use(_team(context)) as sending:
                    await self._answer(await sending.answer(place), work)
            except Exception:
                log.exception("unexpected error")

    async def _answer(self, answer: Answer, work: Callable[[Answer], Awaitable[None]]) -> None:
        """Do some work for an answer, but none for strangers; say a sentence where something unexpected happens."""
        words = answer.request.words
        try:
            if (await answer.sending.people.know(answer.place.user)).stranger:
                text = words.say("I only answer people of the workspace that I was added to.")
                await answer.give(Reply(text, failed=True))
                return
            await work(answer)
        except Exception:
            log.exception("unexpected error")
            with suppress(Exception):  # the log has what matters
                await answer.give(Reply(words.say("Something went wrong here. Try again."), failed=True))


def _written(body: Body) -> str:
    """Return what was typed with a slash command, as the chats read it."""
    return typed_text(str(body["command"]), markup.typed(str(body.get("text") or "")))


def _team(context: Context) -> str:
    """Return whose installation something is for, as `Teams.authorize` has said."""
    result = context.authorize_result
    return str((result.team_id if result else None) or "")
