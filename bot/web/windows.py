"""The browser windows that are open, whose they are, and what each person is waiting for.

Somebody may have several windows, and may reload one while an answer is on its way: all of them show the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from aiohttp import web

Message: TypeAlias = Mapping[str, Any]


class Windows:
    """All open windows."""

    def __init__(self) -> None:
        self._open: dict[web.WebSocketResponse, str] = {}  # the person of each
        self._waiting: dict[str, dict[str, Message]] = {}  # by person and piece of work: what the windows show

    def add(self, window: web.WebSocketResponse, person: str) -> None:
        """Show a window from now on what its person is shown."""
        self._open[window] = person

    def remove(self, window: web.WebSocketResponse) -> None:
        """Forget a window that was closed."""
        self._open.pop(window, None)

    async def show(self, message: Message, person: str | None = None) -> None:
        """Send a message to the windows of a person, or of everybody."""
        for window, owner in list(self._open.items()):
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


async def send(window: web.WebSocketResponse, message: Message) -> None:
    """Send a message to a window; one that was closed meanwhile misses nothing, as it is all written down."""
    with suppress(ConnectionError):
        await window.send_json(message)
