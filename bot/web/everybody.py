"""What everybody sees: entries that are posted to all, and those that show a board, drawn anew as it changes."""

from __future__ import annotations

import asyncio
import logging

from bot.boards.live import LiveBoards
from bot.replies import Reply
from bot.store.visits import EVERYBODY, Visits
from bot.web.attachments import Attachments
from bot.web.drawing import drawn
from bot.web.files import Files
from bot.web.windows import Windows

CHAT = "web"
TOPIC = "entries"  # on which programs tell each other what their windows are to show
NEW, REPLACED = "entry", "replace"

log = logging.getLogger(__name__)


class Everybody:
    """The conversation of all; the web chat's outlet for what nobody asked for at this moment."""

    def __init__(
        self,
        workspace: str,
        live: LiveBoards,
        visits: Visits,
        windows: Windows,
        files: Files,
        attachments: Attachments,
    ) -> None:
        self._workspace = workspace
        self._live = live
        self._visits = visits
        self._windows = windows
        self._files = files
        self._attachments = attachments
        self.gone: set[str] = set()  # people who were forgotten: what their windows ask next, somebody new asks
        self._showing: set[asyncio.Task[None]] = set()

    async def follow_others(self) -> None:
        """Show from now on also what was said to everybody in other programs that share the conversation."""
        await self._visits.database.hear(TOPIC, self._told)

    async def say(self, reply: Reply, author: str = "") -> None:
        """Show everybody an answer; one that shows a board is kept up to date from now on."""
        entry = await drawn(reply, self._files)
        n = await self._visits.add(EVERYBODY, entry, author=author)
        await self._windows.show({"do": NEW, "entry": {**entry, "n": n}})
        await self._visits.database.tell(TOPIC, f"{NEW} {n}")
        if reply.live is not None:
            await self._live.posted(CHAT, str(n), reply.live)

    async def repaint(self, place: str, reply: Reply, language: str) -> bool:  # noqa: ARG002
        """Draw an entry anew, where it stands. Return False when it is not there any more."""
        if not place.isascii() or not place.isdigit():
            return False
        n, entry = int(place), await drawn(reply, self._files)
        if not await self._visits.replace(EVERYBODY, n, entry):
            return False
        await self._windows.show({"do": REPLACED, "entry": {**entry, "n": n}, "quietly": True})
        await self._visits.database.tell(TOPIC, f"{REPLACED} {n}")
        return True

    async def post(self, workspace: str, channel: str, reply: Reply, language: str) -> bool:  # noqa: ARG002
        """Show everybody a message that nobody asked for. Return False where the channel is not this one."""
        if channel != self._workspace:
            return False
        await self.say(reply)
        return True

    def waiting(self, person: str) -> int:
        """Return how many files of a person wait for the message that they belong to."""
        return self._attachments.held(person)

    async def forget(self, person: str) -> None:
        """Forget the files of a person: those that wait, and those that their answers brought."""
        self._attachments.forget(person)
        entries = await self._visits.written_by(person)
        await self._files.forget([file for entry in entries for file in entry.get("files", ())])
        self.gone.add(person)

    def _told(self, text: str | None) -> None:
        if text is not None:  # windows ask for all entries when they are opened again
            task = asyncio.create_task(self._show(*text.split(" ")))
            self._showing.add(task)
            task.add_done_callback(self._showing.discard)

    async def _show(self, what: str, n: str) -> None:
        try:
            entry = await self._visits.entry(EVERYBODY, int(n))
            if entry is not None:
                await self._windows.show({"do": what, "entry": entry, "quietly": what == REPLACED})
        except Exception:  # it is there when the page is loaded again
            log.exception("an entry of another program could not be shown")
