"""Where an answer goes: to who asked alone, in place of the message whose button was pressed, or to the whole channel;
and which other way it goes when that is barred.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from bot.replies import Audience, Reply
from bot.requests import Request
from bot.slack.media import Shows
from bot.slack.render import Drawn, Message, draw
from bot.slack.shares import Shares
from bot.slack.spots import Spot
from bot.slack.trouble import TROUBLE, Trouble, note_trouble

if TYPE_CHECKING:
    from bot.slack.sending import Sending

Way: TypeAlias = Callable[[Message], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was asked, and which ways back there are."""

    user: str
    channel: str = ""  # "" for what was pressed on the bot's own page
    response_url: str = ""
    pressed: str = ""  # the message whose button it was
    whispered: bool = False  # does only who pressed it see that message
    private: bool = True  # may answers be seen by who asked alone; not those to a message that everybody sees
    thread: str = ""  # in which a message is answered

    @classmethod
    def of_command(cls, body: dict[str, Any]) -> Place:
        """Return where a command was typed."""
        return cls(str(body["user_id"]), str(body["channel_id"]), str(body.get("response_url") or ""))

    @classmethod
    def of_interaction(cls, body: dict[str, Any]) -> Place:
        """Return where a button was pressed, or a shortcut used."""
        channel = str((body.get("channel") or {}).get("id") or "")
        container = body.get("container") or {}
        pressed = str(container.get("message_ts") or "") if container.get("type") == "message" else ""
        thread = str((body.get("message") or {}).get("thread_ts") or "")
        url = str(body.get("response_url") or "")
        whispered = bool(container.get("is_ephemeral"))
        return cls(str(body["user"]["id"]), channel, url, pressed, whispered, thread=thread)

    @classmethod
    def of_message(cls, event: dict[str, Any]) -> Place:
        """Return where a message was written; in a channel it is answered in its thread."""
        channel = str(event["channel"])
        direct = event.get("channel_type") == "im" or channel.startswith("D")
        thread = event.get("thread_ts") or ("" if direct else event.get("ts"))
        return cls(str(event["user"]), channel, private=False, thread=str(thread or ""))


class Answer:
    """The answer to one thing that somebody did."""

    def __init__(self, sending: Sending, request: Request, place: Place) -> None:
        self.sending = sending
        self._api = sending.api
        self._media = sending.media
        self.request = replace(request, tell=self._tell)
        self.place = place
        self._shares = Shares(sending.api, sending.media, place.user, self._direct, request.words)
        self._sent: str = ""  # a message of its own that says what is waited for
        self.posted: Spot | None = None  # what was posted to the channel

    @classmethod
    async def make(cls, sending: Sending, place: Place) -> Answer:
        """Return an answer to whoever asks at a place."""

        async def nobody(reply: Reply) -> None:
            """Let nobody know; the answer brings its own way to tell."""

        channel = place.channel or f"@{place.user}"
        return cls(sending, await sending.people.request(place.user, channel, nobody), place)

    async def give(self, reply: Reply) -> None:
        """Show the answer."""
        if reply.audience is Audience.CHANNEL and self.place.channel:
            await self._give_to_all(reply)
        elif reply.in_place and self.place.pressed:
            media = self._shares if self.place.whispered else self._media
            await self._deliver(reply, self._replace, *self._private_ways, media=media)
        elif not self.place.private:
            await self._deliver(reply, self._edit_sent, self._post, self._write_directly)
        else:
            await self._deliver(reply, *self._private_ways, media=self._shares)

    async def _give_to_all(self, reply: Reply) -> None:
        """Answer in the channel; where that is not allowed, privately, and say so."""
        if await self._deliver(reply, self._post_live, self._respond_to_all) is not None:
            words = self.request.words
            text = f"{words.say('I could not post this in the channel, so only you see it.')}\n{reply.text}".strip()
            await self.give(replace(reply, text=text, audience=Audience.PRIVATE, in_place=False, live=None))

    async def _deliver(self, reply: Reply, *ways: Way, media: Shows | None = None) -> Trouble | None:
        """Send a reply the first way that is open; return what stood against it when none was.

        What Slack refuses as it is, it gets once more without pictures: credits and buttons are better than silence.
        """
        trouble: Trouble | None = None
        for pictures in (media or self._media, None):
            drawn = await draw(reply, self.request.words, pictures)
            refused = False
            for way in ways:
                try:
                    await way(drawn.messages[0])
                except TROUBLE as error:
                    trouble = note_trouble(error, "answer")
                    refused = refused or trouble is Trouble.REFUSED
                    continue
                await self._send_rest(drawn, way)
                return None
            if not refused:
                return trouble
            self._media.forget()
        return trouble

    async def _send_rest(self, drawn: Drawn, way: Way) -> None:
        """Send what did not fit into the first message the same way, and files to where the message went."""
        openly: dict[Way, Way] = {
            self._post_live: self._post,
            self._edit_sent: self._post,
            self._respond_to_all: self._respond_to_all,
        }
        onward = openly.get(way, self._follow)
        try:
            for message in drawn.messages[1:]:
                await onward(message)
            if drawn.files:
                await self._send_files(drawn, shared=onward == self._post)
        except TROUBLE as error:
            note_trouble(error, "send the rest of an answer")

    async def _send_files(self, drawn: Drawn, *, shared: bool) -> None:
        """Send files to the channel, or to who asked alone, who is told where they are."""
        if shared:
            await self._api.upload(drawn.files, self.place.channel, self.place.thread or None)
            return
        direct = await self._direct()
        await self._api.upload(drawn.files, direct)
        if direct != self.place.channel:
            text = self.request.words.say("The file is in your direct messages with me.")
            await self._follow((await draw(Reply(text), self.request.words, None)).messages[0])

    async def _follow(self, message: Message) -> None:
        """Send a further private message, by whichever way is open."""
        try:
            await self._whisper(message)
        except TROUBLE as error:
            note_trouble(error, "go on with an answer")
            await self._write_directly(message)

    async def _tell(self, reply: Reply) -> None:
        """Say what the answer waits for, beside what is there."""
        notice = replace(reply, in_place=False, audience=Audience.PRIVATE)
        if self.place.private:
            await self._deliver(notice, *self._private_ways)
        else:
            await self._deliver(notice, self._post_notice)

    @property
    def _private_ways(self) -> tuple[Way, ...]:
        """The ways to who asked alone, the best first; on the bot's own page there is no channel to whisper in."""
        whispers = (self._whisper, self._whisper_ourselves) if self.place.channel else ()
        return (*whispers, self._write_directly)

    async def _whisper(self, message: Message) -> None:
        body = {**message.body(), "response_type": "ephemeral", "replace_original": False}
        await self._api.respond(self.place.response_url, body)

    async def _respond_to_all(self, message: Message) -> None:
        body = {**message.body(), "response_type": "in_channel", "replace_original": False}
        await self._api.respond(self.place.response_url, body)

    async def _replace(self, message: Message) -> None:
        await self._api.respond(self.place.response_url, {**message.body(), "replace_original": True})

    async def _whisper_ourselves(self, message: Message) -> None:
        """Show a message to who asked, without the response URL, which is used up after a while."""
        thread = self.place.thread or None
        channel = self.place.channel or await self._direct()
        await self._api.client.chat_postEphemeral(
            channel=channel, user=self.place.user, thread_ts=thread, blocks=message.blocks, text=message.text
        )

    async def _post(self, message: Message) -> str:
        """Send a message to the channel; return its number."""
        sent = await self._api.client.chat_postMessage(
            channel=self.place.channel or await self._direct(), thread_ts=self.place.thread or None, **message.body()
        )
        return str(sent["ts"])

    async def _post_live(self, message: Message) -> None:
        self.posted = Spot(self.sending.team, self.place.channel, await self._post(message))

    async def _post_notice(self, message: Message) -> None:
        self._sent = await self._post(message)

    async def _edit_sent(self, message: Message) -> None:
        """Put the answer in place of what said that it is waited for."""
        if not self._sent:
            await self._post(message)
            return
        await self._api.client.chat_update(
            channel=self.place.channel, ts=self._sent, blocks=message.blocks, text=message.text
        )

    async def _write_directly(self, message: Message) -> None:
        """Write to who asked where nothing else is open."""
        await self._api.client.chat_postMessage(channel=await self._direct(), **message.body())

    async def _direct(self) -> str:
        if self.place.channel.startswith("D") and not self.place.private:
            return self.place.channel
        opened = await self._api.client.conversations_open(users=self.place.user)
        return str(opened["channel"]["id"])
