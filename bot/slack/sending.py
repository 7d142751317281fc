"""What is sent with in one workspace: the way to Slack, the pictures that are there already, who is who."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.slack import markup
from bot.slack.answers import Answer, Place
from bot.slack.api import Api
from bot.slack.media import Media
from bot.slack.requests import People


@dataclass(frozen=True, slots=True)
class Sending:
    """The parts that belong together."""

    team: str
    me: str  # the bot, as a user of this workspace
    bot: str  # the bot, as what sends messages
    api: Api
    media: Media
    people: People

    async def answer(self, place: Place) -> Answer:
        """Return the answer to whoever asks at a place."""
        return await Answer.make(self, place)

    def heard(self, text: str) -> str:
        """Return what somebody wrote to the bot, as plain text on one line, without mentions of it."""
        return " ".join(markup.typed(re.sub(rf"<@{re.escape(self.me)}(\|[^>]*)?>", " ", text)).split())
