"""The bot's own page in Slack: examples to press, the library, the boards, and what was looked for lately."""

from __future__ import annotations

from bot.chat import Desk
from bot.replies import ID_LENGTH, Action, Reply
from bot.slack.answers import Answer
from bot.slack.controls import Block
from bot.slack.render import draw, section

MOST_BLOCKS = 100


class Home:
    """Draws the page."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def show(self, answer: Answer) -> None:
        """Show the page to who opened it."""
        request, user, words = answer.request, answer.place.user, answer.request.words
        parts = [await self._desk.command(name, request, {}) for name in ("help", "library")]
        boards = await self._desk.command("board list", request, {})
        parts.append(Reply(boards.text) if boards.failed else boards)
        recent = tuple(Action(f"find:{query}", query[:80]) for query in await self._desk.recent(request))
        if actions := tuple(action for action in recent if len(action.id) <= ID_LENGTH):
            parts.append(Reply(words.say("What you looked for lately"), actions=actions))
        blocks: list[Block] = []
        for reply in parts:
            drawn = await draw(reply, words, None, single=True)
            blocks += [*([{"type": "divider"}] if blocks else []), *drawn.messages[0].blocks]
        view = {"type": "home", "blocks": blocks[:MOST_BLOCKS] or [section("-")]}
        await answer.sending.api.client.views_publish(user_id=user, view=view)
