"""What every part of this chat sends with: the way to Slack, the pictures that are there already, who is who."""

from __future__ import annotations

from dataclasses import dataclass

from bot.slack import markup
from bot.slack.answers import Answer, Place
from bot.slack.api import Api
from bot.slack.media import Media
from bot.slack.requests import People


@dataclass(frozen=True, slots=True)
class Sending:
    """The parts that belong together."""

    api: Api
    media: Media
    people: People

    async def answer(self, place: Place) -> Answer:
        """Return the answer to whoever asks at a place."""
        return await Answer.make(self.api, self.media, self.people, place)

    def typed(self, text: str) -> str:
        """Return what somebody wrote, as plain text."""
        return markup.typed(text)
