"""The browser windows that are open, whose they are, and what each person is waiting for.

Somebody may have several windows, and may reload one while an answer is on its way: all of them show the same.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from aiohttp import web

from core.sources.text import sound_all

LOOK_EVERY_S = 60.0  # for sessions that have ended
ENDED = 4401  # how a window is closed whose session has

Message: TypeAlias = Mapping[str, Any]

log = logging.getLogger(__name__)


class Windows:
    """All open windows."""

    def __init__(self) -> None:
        self._open: dict[web.WebSocketResponse, tuple[str, str]] = {}  # the person and the session's cookie of each
        self._waiting: dict[str, dict[str, Message]] = {}  # by person and piece of work: what the windows show

    def add(self, window: web.WebSocketResponse, person: str, session: str) -> None:
        """Show a window from now on what its person is shown."""
        self._open[window] = person, session

    def remove(self, window: web.WebSocketResponse) -> None:
        """Forget a window that was closed."""
        self._open.pop(window, None)

    def count(self, person: str) -> int:
        """Return how many windows a person has open."""
        return sum(owner == person for owner, _ in self._open.values())

    async def end(self, session: str | None) -> None:
        """Close the windows of a session that has ended."""
        for window in [one for one, (_, cookie) in self._open.items() if cookie == session]:
            self.remove(window)
            with suppress(Exception):
                await window.close(code=ENDED)

    async def watch(self, is_over: Callable[[str], Awaitable[bool]]) -> None:
        """Close windows whose sessions have ended, as they are found: by time, or in another program."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            for session in {cookie for _, cookie in self._open.values()}:
                try:
                    if await is_over(session):
                        await self.end(session)
                except Exception:  # the next look may find it
                    log.exception("it could not be seen whether a session has ended")

    async def show(self, message: Message, person: str | None = None) -> None:
        """Send a message to the windows of a person, or of everybody."""
        for window, (owner, _) in list(self._open.items()):
            if person in (None, owner):
                await send(window, message)

    async def wait(self, person: str, work: str, reply: Message | None = None) -> None:
        """Show a person that a piece of work goes on."""
        message = {"do": "busy", "id": work, "reply": reply}
        self._waiting.setdefault(person, {})[work] = message
        await self.show(message, person)

    async def done(self, person: str, work: str) -> None:
        """Show a person that a piece of work is over."""
        waiting = self._waiting.get(person, {})
        waiting.pop(work, None)
        if not waiting:
            self._waiting.pop(person, None)
        await self.show({"do": "done", "id": work}, person)

    def waiting(self, person: str) -> Sequence[Message]:
        """Return what a new window of a person shows of the work that goes on."""
        return list(self._waiting.get(person, {}).values())

    async def close(self) -> None:
        """Close all windows."""
        for window in list(self._open):
            with suppress(Exception):
                await window.close(code=1001)


def read_message(text: str) -> Message | None:
    """Return what a window sent; None where that is no message at all."""
    try:
        message = sound_all(json.loads(text))
    except (ValueError, RecursionError):  # RecursionError: brackets without end
        return None
    return message if isinstance(message, dict) else None


async def send(window: web.WebSocketResponse, message: Message) -> None:
    """Send a message to a window; one that was closed meanwhile misses nothing, as it is all written down."""
    with suppress(ConnectionError):
        await window.send_json(message)
