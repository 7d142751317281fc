"""What everybody sees: entries that are posted to all, and those that show a board, drawn anew as it changes."""

from __future__ import annotations

from bot.boards.live import LiveBoards
from bot.replies import Reply
from bot.store.visits import EVERYBODY, Visits
from bot.web.drawing import drawn
from bot.web.files import Files
from bot.web.windows import Windows

CHAT = "web"


class Everybody:
    """The conversation of all; the web chat's outlet for what nobody asked for at this moment."""

    def __init__(self, workspace: str, live: LiveBoards, visits: Visits, windows: Windows, files: Files) -> None:
        self._workspace = workspace
        self._live = live
        self._visits = visits
        self._windows = windows
        self._files = files

    async def say(self, reply: Reply) -> None:
        """Show everybody an answer; one that shows a board is kept up to date from now on."""
        entry = await drawn(reply, self._files)
        n = await self._visits.add(EVERYBODY, entry)
        await self._windows.show({"do": "entry", "entry": {**entry, "n": n}})
        if reply.live is not None:
            await self._live.posted(CHAT, str(n), reply.live)

    async def repaint(self, place: str, reply: Reply, language: str) -> bool:  # noqa: ARG002
        """Draw an entry anew, where it stands. Return False when it is not there any more."""
        if not place.isascii() or not place.isdigit():
            return False
        n, entry = int(place), await drawn(reply, self._files)
        if not await self._visits.replace(EVERYBODY, n, entry):
            return False
        await self._windows.show({"do": "replace", "entry": {**entry, "n": n}, "quietly": True})
        return True

    async def post(self, workspace: str, channel: str, reply: Reply, language: str) -> bool:  # noqa: ARG002
        """Show everybody a message that nobody asked for. Return False where the channel is not this one."""
        if channel != self._workspace:
            return False
        await self.say(reply)
        return True
