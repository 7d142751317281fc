"""How a workspace wants the bot to behave there: who may do what, and how answers look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.catalogue import mark_name
from bot.replies import MOST_CARDS
from bot.requests import Level

Right = Literal["add", "edit", "remove", "manage", "post"]
LEVELS = {
    Level.MEMBER: mark_name("choice", "everybody"),
    Level.MODERATOR: mark_name("choice", "moderators"),
    Level.MANAGER: mark_name("choice", "managers"),
}
HERE, NOT_HERE, EVERYWHERE = (
    mark_name("choice", "also here"),
    mark_name("choice", "not here"),
    mark_name("choice", "everywhere"),
)
CHANNELS = (HERE, NOT_HERE, EVERYWHERE)
NOWHERE = ""  # stands among the channels where no other does: results are not posted at all
READER = mark_name("choice", "reader")


@dataclass(frozen=True, slots=True)
class Preferences:
    """The settings of one workspace."""

    adding: Level = Level.MEMBER
    editing: Level = Level.MODERATOR
    count: int = MOST_CARDS
    language: str = READER  # of what is posted: a language, or that of whoever posts
    channels: tuple[str, ...] = ()  # where results may be posted; none means everywhere

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Preferences:
        """Return the settings as the state has them; what is not understood any more has its default."""
        levels, usual = {name: level for level, name in LEVELS.items()}, cls()
        return cls(
            levels.get(values.get("adding", ""), usual.adding),
            levels.get(values.get("editing", ""), usual.editing),
            int(values.get("count", usual.count)),
            str(values.get("language", usual.language)),
            tuple(values.get("channels", ())),
        )

    def level_for(self, right: Right) -> Level:
        """Return how far somebody must be trusted to do something."""
        needed = {"add": self.adding, "edit": self.editing, "remove": self.editing, "post": Level.MEMBER}
        return needed.get(right, Level.MANAGER)

    def with_channel(self, choice: str, channel: str) -> Sequence[str]:
        """Return the channels for results after a choice that was made in one of them."""
        if choice == EVERYWHERE:
            return []
        others = [other for other in self.channels if other not in (channel, NOWHERE)]
        return [*others, channel] if choice == HERE else others or [NOWHERE]

    def may_post(self, channel: str) -> bool:
        """Tell whether results may be posted in a channel."""
        return not self.channels or channel in self.channels
