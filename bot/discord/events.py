"""What happens in Discord, brought to the desk, and the desk's replies brought back.

Buttons, menus and forms are told by their ids alone: nothing is remembered of the messages they stand in, so they work
after a restart. Nothing that goes wrong here reaches a person as more than a sentence.
"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import discord
from discord import app_commands

from bot.chat import Desk, UnderWay, in_time, readable
from bot.commands.spec import MessageCommand
from bot.discord.answers import InteractionAnswer, MessageAnswer
from bot.discord.forms import filled_in, modal_of, pressed_in
from bot.discord.requests import CHAT, Interaction
from bot.discord.trouble import TROUBLE, Trouble, note_trouble
from bot.discord.uploads import Reader, is_picture, pictures_of, upload_of
from bot.replies import MOST_CHOICES, Form, Reply
from bot.requests import Request, Values

CHOICE_CHARACTERS = 100

log = logging.getLogger(__name__)


class Events:
    """Answers everything that happens."""

    def __init__(self, desk: Desk, reader: Reader) -> None:
        self._desk = desk
        self._reader = reader
        self.under_way = UnderWay()

    async def command(self, interaction: Interaction, command: str, values: Mapping[str, Any]) -> None:
        """Answer a command."""
        given = {name: self._value(value) for name, value in values.items()}
        await self._command(interaction, command, given)

    async def menu(self, interaction: Interaction, menu: MessageCommand, message: discord.Message) -> None:
        """Answer a command from a message's menu, with the message's pictures."""
        pictures = pictures_of(self._reader, message)
        if pictures:
            await self._command(interaction, menu.command, {"image": pictures})
            return
        answer = InteractionAnswer(interaction, fresh=True)
        async with self._answering(answer):
            if await answer.acknowledge():
                text = answer.request.words.say("There is no picture in this message.")
                await answer.give(Reply(text, failed=True))

    async def unknown(self, interaction: Interaction) -> None:
        """Answer a command that was registered by another version."""
        answer = InteractionAnswer(interaction, fresh=True)
        async with self._answering(answer):
            if not interaction.response.is_done() and await answer.acknowledge():
                words = answer.request.words
                text = words.say("This command has changed. Reload Discord (Ctrl+R) to see what it is now.")
                await answer.give(Reply(text, failed=True))

    async def complete(self, interaction: Interaction, command: str, option: str, typed: str) -> None:
        """Answer what is being typed into an option."""
        answer = InteractionAnswer(interaction, fresh=True)
        async with self._answering(None):
            found = await self._desk.complete(command, option, typed, answer.request)
            choices = [
                app_commands.Choice(name=(choice.label or choice.value)[:CHOICE_CHARACTERS], value=choice.value)
                for choice in found
                if 0 < len(choice.value) <= CHOICE_CHARACTERS
            ]
            try:
                await interaction.response.autocomplete(choices[:MOST_CHOICES])
            except TROUBLE as error:
                note_trouble(error, "complete")

    async def press(self, interaction: Interaction) -> None:
        """Answer a press of a button, or a choice from a menu."""
        read = readable(interaction.data, pressed_in)
        if read is None:
            return
        pressed, chosen = read
        answer = InteractionAnswer(interaction, fresh=False)
        async with self._answering(answer):
            opened = await in_time(self._desk.opens_press(pressed, answer.request, chosen))
            if isinstance(opened, Form):
                await _show_form(interaction, opened)
            elif await answer.acknowledge():
                await self._give(answer, opened or await self._desk.press(pressed, answer.request, chosen))

    async def submit(self, interaction: Interaction) -> None:
        """Answer a form that was filled in."""
        read = readable(interaction.data, lambda it: filled_in(it, self._reader))
        if read is None:
            return
        form, values = read
        answer = InteractionAnswer(interaction, fresh=interaction.message is None)
        async with self._answering(answer):
            if await answer.acknowledge():
                await self._give(answer, await self._desk.submit(form, answer.request, values))

    async def message(self, message: discord.Message, me: discord.abc.User) -> None:
        """Answer a message that mentions the bot by name, or that was sent to it directly; leave all others alone."""
        if message.author.bot or message.webhook_id is not None:
            return
        mention = re.compile(rf"<@!?{me.id}>")  # a reply to the bot's message mentions it too, but is talk
        if message.guild is not None and not mention.search(message.content):
            return
        if message.type not in (discord.MessageType.default, discord.MessageType.reply):
            return
        answer = MessageAnswer(message)
        async with self._answering(answer):
            await answer.give(await self._found(message, mention, answer.request))

    async def _found(self, message: discord.Message, mention: re.Pattern[str], request: Request) -> Reply:
        query = " ".join(mention.sub(" ", message.content).split())
        pictures = tuple(
            upload_of(self._reader, attachment) for attachment in message.attachments if is_picture(attachment)
        )
        if not pictures and message.reference and isinstance(message.reference.resolved, discord.Message):
            pictures = pictures_of(self._reader, message.reference.resolved)
        if not query and not pictures:
            return Reply(
                request.words.say("Write what the photo should show, or send a picture that it should be like.")
            )
        values: dict[str, Any] = {"query": query} if query else {}
        if pictures:
            values["image"] = pictures
        return await self._desk.command("find", request, values)

    async def _command(self, interaction: Interaction, command: str, values: Values) -> None:
        answer = InteractionAnswer(interaction, fresh=True)
        async with self._answering(answer):
            opened = await in_time(self._desk.opens(command, answer.request, values))
            if isinstance(opened, Form):
                await _show_form(interaction, opened)
            elif await answer.acknowledge():
                await self._give(answer, opened or await self._desk.command(command, answer.request, values))

    async def _give(self, answer: InteractionAnswer, reply: Reply) -> None:
        """Show an answer; one that shows a board in a channel is kept up to date from now on."""
        await answer.give(reply)
        if reply.live is not None and answer.place is not None:
            await self._desk.live.posted(CHAT, answer.place, reply.live)

    def _value(self, value: Any) -> Any:
        return upload_of(self._reader, value) if isinstance(value, discord.Attachment) else value

    @asynccontextmanager
    async def _answering(self, answer: InteractionAnswer | MessageAnswer | None) -> AsyncIterator[None]:
        """Be under way meanwhile; end unexpected errors here, with a sentence where there is somebody to tell."""
        with self.under_way.event():
            try:
                yield
            except Exception:
                log.exception("unexpected error")
                if answer:
                    text = answer.request.words.say("Something went wrong here. Try again.")
                    with suppress(Exception):  # the log has what matters
                        await answer.excuse(Reply(text, failed=True))


async def _show_form(interaction: Interaction, form: Form) -> None:
    try:
        await interaction.response.send_modal(modal_of(form))
    except TROUBLE as error:
        if note_trouble(error, "show a form") is Trouble.REFUSED:
            raise
