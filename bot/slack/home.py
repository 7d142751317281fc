"""The bot's own page in Slack: examples to press, the boards, and what was looked for lately."""

from __future__ import annotations

from collections import OrderedDict

from bot.chat import Desk
from bot.replies import ID_LENGTH, Action, Reply
from bot.requests import Request
from bot.slack.controls import Block
from bot.slack.render import draw, section
from bot.slack.sending import Sending

MOST_BLOCKS = 100
MOST_RECENT = 5  # of one person
MOST_PEOPLE = 5000


class Home:
    """Draws the page."""

    def __init__(self, desk: Desk, sending: Sending) -> None:
        self._desk = desk
        self._sending = sending
        self._recent: OrderedDict[str, list[str]] = OrderedDict()  # queries of each person, the latest first

    def remember(self, person: str, query: str) -> None:
        """Remember what somebody looked for, in memory only."""
        if not query or len(f"find:{query}") > ID_LENGTH:
            return
        others = [one for one in self._recent.pop(person, []) if one != query]
        self._recent[person] = [query, *others][:MOST_RECENT]
        while len(self._recent) > MOST_PEOPLE:
            self._recent.popitem(last=False)

    async def show(self, user: str, request: Request) -> None:
        """Show the page to somebody."""
        words = request.words
        parts = [await self._desk.command("help", request, {})]
        boards = await self._desk.command("board list", request, {})
        parts.append(Reply(boards.text) if boards.failed else boards)
        if recent := self._recent.get(request.person.id):
            actions = tuple(Action(f"find:{query}", query) for query in recent)
            parts.append(Reply(words.say("What you looked for lately"), actions=actions))
        blocks: list[Block] = []
        for reply in parts:
            drawn = await draw(reply, words, None, single=True)
            blocks += [*([{"type": "divider"}] if blocks else []), *drawn.messages[0].blocks]
        view = {"type": "home", "blocks": blocks[:MOST_BLOCKS] or [section("-")]}
        await self._sending.api.client.views_publish(user_id=user, view=view)
