"""Messages that nobody asked for: a board's message drawn anew, news for a channel. They are sent by the bot itself."""

from __future__ import annotations

import discord

from bot.catalogue import words_for
from bot.discord.answers import NO_MENTIONS
from bot.discord.render import draw
from bot.discord.trouble import Trouble, trouble_of
from bot.replies import Reply

LIMIT = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
CLOSED = (discord.NotFound, discord.Forbidden)


class DiscordOutlet:
    """Discord, as `bot.boards.live` sees it. A place is "CHANNEL/MESSAGE"."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def repaint(self, place: str, reply: Reply, language: str) -> bool:
        """Draw a message anew. Return False when it is not there any more, or closed to the bot.

        What Discord refuses as it is, it gets once more without pictures: credits and buttons are better than what was.
        """
        channel, _, number = place.partition("/")
        message = self._client.get_partial_messageable(int(channel)).get_partial_message(int(number))
        for pictures in (True, False):
            drawn = await draw(reply, words_for(language), LIMIT, pictures=pictures)
            try:
                await message.edit(view=drawn.view, attachments=drawn.files(), allowed_mentions=NO_MENTIONS)
            except CLOSED:
                return False
            except discord.HTTPException as error:
                if not pictures or trouble_of(error) is not Trouble.REFUSED:
                    raise
            else:
                return True
        return False

    async def post(self, workspace: str, channel: str, reply: Reply, language: str) -> bool:  # noqa: ARG002
        """Send a message to a channel, "discord:ID". Return False when that is closed to the bot."""
        drawn = await draw(reply, words_for(language), LIMIT)
        try:
            await self._client.get_partial_messageable(int(channel.rpartition(":")[2])).send(
                view=drawn.view, files=drawn.files(), allowed_mentions=NO_MENTIONS
            )
        except CLOSED:
            return False
        return True

    def waiting(self, person: str) -> int:  # noqa: ARG002
        """Return 0: Discord keeps what people send."""
        return 0

    async def forget(self, person: str) -> None:
        """Do nothing: who somebody is, Discord says with everything that they do."""
