"""Messages that nobody asked for: a board's message drawn anew, news for a channel. They are sent by the bot itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from slack_sdk.errors import SlackApiError

from bot.catalogue import words_for
from bot.replies import Reply
from bot.slack.api import Api
from bot.slack.media import Media
from bot.slack.render import Drawn, draw
from bot.slack.trouble import Trouble, note_trouble

GONE = (Trouble.MISSING, Trouble.CLOSED)


class SlackOutlet:
    """Slack, as `bot.boards.live` sees it. A place is "CHANNEL/MESSAGE"."""

    def __init__(self, api: Api, media: Media) -> None:
        self._api = api
        self._media = media

    async def repaint(self, place: str, reply: Reply, language: str) -> bool:
        """Draw a message anew. Return False when it is not there any more, or closed to the bot."""
        channel, _, ts = place.partition("/")

        async def update(drawn: Drawn) -> None:
            message = drawn.messages[0]
            await self._api.client.chat_update(channel=channel, ts=ts, blocks=message.blocks, text=message.text)

        return await self._send(reply, language, update)

    async def post(self, channel: str, reply: Reply, language: str) -> bool:
        """Send a message to a channel, "slack:ID". Return False when that is closed to the bot."""

        async def post(drawn: Drawn) -> None:
            message = drawn.messages[0]
            await self._api.client.chat_postMessage(channel=channel.rpartition(":")[2], **message.body())

        return await self._send(reply, language, post)

    async def _send(self, reply: Reply, language: str, send: Callable[[Drawn], Awaitable[None]]) -> bool:
        """Draw a reply as one message and send it; what Slack refuses goes once more without pictures."""
        for media in (self._media, None):
            try:
                await send(await draw(reply, words_for(language), media, single=True))
            except SlackApiError as error:
                trouble = note_trouble(error, "draw a board")
                if trouble in GONE:
                    return False
                if trouble is not Trouble.REFUSED or media is None:
                    raise
                self._media.forget()
                continue
            return True
        return True
