"""Where an answer goes: into the message that a command left waiting, beside or in place of the one whose button was
pressed, into the channel, or under the message that mentioned the bot; and which other way it goes when that is barred.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeAlias

import discord

from bot.discord.render import Drawn, draw
from bot.discord.requests import Interaction, request_of_interaction, request_of_message
from bot.discord.trouble import TROUBLE, Trouble, note_trouble
from bot.replies import Audience, Reply
from bot.requests import Request

Way: TypeAlias = Callable[[Drawn], Awaitable[object]]
NO_MENTIONS = discord.AllowedMentions.none()


async def deliver(reply: Reply, request: Request, *ways: Way) -> Trouble | None:
    """Send a reply the first way that is open; return what stood against it when none was.

    What Discord refuses as it is, it gets once more without pictures: credits and buttons are better than silence.
    """
    trouble = None
    for pictures in (True, False):
        drawn = await draw(reply, request.words, request.upload_limit, pictures=pictures)
        refused = False
        for way in ways:
            try:
                await way(drawn)
                return None
            except TROUBLE as error:
                trouble = note_trouble(error, "answer")
            if trouble is Trouble.OVER:
                return trouble
            refused = refused or trouble is Trouble.REFUSED
        if not refused:
            return trouble
    return trouble


class InteractionAnswer:
    """The answer to a command, a press or a form.

    `fresh` says that the interaction was acknowledged with a private message of its own, which becomes the answer; else
    its message is the one whose button was pressed.
    """

    def __init__(self, interaction: Interaction, *, fresh: bool) -> None:
        self.request = request_of_interaction(interaction, self._tell)
        self._interaction = interaction
        self._fresh = fresh
        self._notice: discord.WebhookMessage | None = None  # says what a press waits for
        self._published: discord.WebhookMessage | None = None

    async def acknowledge(self) -> bool:
        """Tell Discord within its three seconds that an answer will come; return whether one still can."""
        try:
            await self._interaction.response.defer(ephemeral=True, thinking=self._fresh)
        except TROUBLE as error:
            return note_trouble(error, "acknowledge") is Trouble.DONE
        return True

    @property
    def place(self) -> str | None:
        """Where the message stands that was posted to the channel: "CHANNEL/MESSAGE"."""
        return f"{self._published.channel.id}/{self._published.id}" if self._published else None

    async def give(self, reply: Reply) -> None:
        """Show the answer."""
        if reply.audience is Audience.CHANNEL:
            await self._post(reply)
        elif self._fresh:
            await deliver(reply, self.request, self._edit, self._say)
        elif reply.in_place and not (self._notice and _is_bare(reply)):
            await deliver(reply, self.request, self._edit, self._say)
            await self._remove_notice()
        elif self._notice:
            await deliver(reply, self.request, self._edit_notice, self._say)
        else:
            await deliver(reply, self.request, self._say)

    async def excuse(self, reply: Reply) -> None:
        """Say that something went wrong, at whatever point it did."""
        if self._interaction.response.is_done() or await self.acknowledge():
            await self.give(reply)

    async def _tell(self, reply: Reply) -> None:
        await deliver(reply, self.request, self._edit if self._fresh else self._say_notice)

    async def _post(self, reply: Reply) -> None:
        """Answer in the channel; where that is not allowed, privately, and say so."""
        words = self.request.words
        if self._fresh:  # the first message after an acknowledgement would take its place, and be as private
            await deliver(Reply(words.say("Posting it in the channel.")), self.request, self._edit)
        if (trouble := await deliver(reply, self.request, self._publish)) is None:
            await self._remove()
        elif trouble is not Trouble.OVER:
            text = words.say("I could not post this in the channel, so only you see it.")
            text = f"{text}\n{reply.text}".strip()
            private = replace(reply, text=text, audience=Audience.PRIVATE, in_place=False, live=None)
            await self.give(private)

    async def _edit(self, drawn: Drawn) -> None:
        await self._interaction.edit_original_response(
            view=drawn.view, attachments=drawn.files(), allowed_mentions=NO_MENTIONS
        )

    async def _say(self, drawn: Drawn) -> None:
        await self._followup(drawn, ephemeral=True)

    async def _publish(self, drawn: Drawn) -> None:
        self._published = await self._followup(drawn, ephemeral=False)

    async def _say_notice(self, drawn: Drawn) -> None:
        self._notice = await self._followup(drawn, ephemeral=True)

    async def _edit_notice(self, drawn: Drawn) -> None:
        if self._notice:
            await self._notice.edit(view=drawn.view, attachments=drawn.files(), allowed_mentions=NO_MENTIONS)

    async def _followup(self, drawn: Drawn, *, ephemeral: bool) -> discord.WebhookMessage:
        return await self._interaction.followup.send(
            view=drawn.view, files=drawn.files(), ephemeral=ephemeral, allowed_mentions=NO_MENTIONS, wait=True
        )

    async def _remove(self) -> None:
        if self._fresh:
            try:
                await self._interaction.delete_original_response()
            except TROUBLE as error:
                note_trouble(error, "remove what was private")
        await self._remove_notice()

    async def _remove_notice(self) -> None:
        if self._notice:
            try:
                await self._notice.delete()
            except TROUBLE as error:
                note_trouble(error, "remove a notice")


class MessageAnswer:
    """The answer to a message that mentions the bot, or to a direct message. Everybody there sees it."""

    def __init__(self, message: discord.Message) -> None:
        self.request = request_of_message(message, self._tell)
        self._message = message
        self._sent: discord.Message | None = None

    async def give(self, reply: Reply) -> None:
        """Show the answer; where the bot may not write, tell who asked privately."""
        ways = (self._edit, self._reply, self._send) if self._sent else (self._reply, self._send)
        if await deliver(reply, self.request, *ways) is Trouble.FORBIDDEN and self._message.guild:
            text = self.request.words.say(
                "I may not answer in {channel}. Somebody who manages the server can allow me there: View Channel, "
                "Send Messages, Embed Links, Attach Files.",
                channel=f"#{self._message.channel}",
            )
            await deliver(Reply(text, failed=True), self.request, self._send_privately)

    async def excuse(self, reply: Reply) -> None:
        """Say that something went wrong."""
        await self.give(reply)

    async def _tell(self, reply: Reply) -> None:
        await deliver(reply, self.request, self._reply, self._send)

    async def _edit(self, drawn: Drawn) -> None:
        if self._sent:
            await self._sent.edit(view=drawn.view, attachments=drawn.files(), allowed_mentions=NO_MENTIONS)

    async def _reply(self, drawn: Drawn) -> None:
        reference = self._message.to_reference(fail_if_not_exists=False)
        self._sent = await self._message.channel.send(
            view=drawn.view, files=drawn.files(), allowed_mentions=NO_MENTIONS, reference=reference
        )

    async def _send(self, drawn: Drawn) -> None:
        """Answer without pointing to the message, which asks for the permission to read what was said before."""
        self._sent = await self._message.channel.send(
            view=drawn.view, files=drawn.files(), allowed_mentions=NO_MENTIONS
        )

    async def _send_privately(self, drawn: Drawn) -> None:
        await self._message.author.send(view=drawn.view, allowed_mentions=NO_MENTIONS)


def _is_bare(reply: Reply) -> bool:
    """Tell whether a reply is words only, which are no reason to take photos away."""
    return not (reply.cards or reply.panel or reply.details or reply.copyables or reply.actions or reply.menus)
