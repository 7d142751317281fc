"""What every chat has in common: the desk that it brings requests to, what is under way there and back, forms found in
time, ids that come back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeAlias, TypeVar

from bot.boards.live import LiveBoards
from bot.replies import ID_LENGTH, Choice, Form, Reply
from bot.requests import Request, Values
from core.sources.text import sound_all

OPEN_S = 2.0  # for finding out whether a form is to be shown, which must be known before an acknowledgement
MOST_UNDER_WAY = 4000  # far more than the desk lets wait, about 100 MB: only where a chat takes no answers

log = logging.getLogger(__name__)

Opened: TypeAlias = "Form | Reply | None"
Read = TypeVar("Read")


class Desk(Protocol):
    """Who answers; see bot/desk.py."""

    @property
    def live(self) -> LiveBoards:
        """What keeps the messages of boards up to date."""

    async def command(self, name: str, request: Request, values: Values) -> Reply:
        """Answer a command."""

    async def opens(self, name: str, request: Request, values: Values) -> Opened:
        """Return the form that a command asks to be filled in first."""

    async def press(self, pressed: str, request: Request, chosen: Sequence[str] = ()) -> Reply:
        """Answer a press."""

    async def opens_press(self, pressed: str, request: Request, chosen: Sequence[str] = ()) -> Opened:
        """Return the form that a button opens."""

    async def submit(self, form: str, request: Request, values: Values) -> Reply:
        """Answer a form."""

    async def first(self, event: str) -> bool:
        """Tell whether a chat tells of an event for the first time, be it that another process was told."""

    async def recent(self, request: Request) -> Sequence[str]:
        """Return what somebody looked for lately, in words."""

    async def complete(self, name: str, option: str, typed: str, request: Request) -> Sequence[Choice]:
        """Return what a text may become."""


class UnderWay:
    """The events of one chat that are being answered, from when they come until their answers are sent."""

    def __init__(self, most: int = MOST_UNDER_WAY) -> None:
        self._most = most
        self._told = False  # that it is full
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def full(self) -> bool:
        """Whether one more event has to be left alone, since the chat takes answers too slowly."""
        full = len(self._tasks) >= self._most
        if full and not self._told:
            log.warning("events are left alone: too many are under way", extra={"under_way": len(self._tasks)})
        self._told = full
        return full

    @contextmanager
    def event(self) -> Iterator[None]:
        """Count the current task as one of them."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("an event is answered in a task")
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)

    async def finish(self, timeout_s: float) -> None:
        """Wait until every answer that is on its way has been sent, but no longer than so many seconds."""
        if working := self._tasks - {asyncio.current_task()}:
            await asyncio.wait(working, timeout=timeout_s)


async def in_time(opening: Awaitable[Opened]) -> Opened:
    """Return what is to be opened; None when finding out takes so long that the chat would open nothing."""
    try:
        async with asyncio.timeout(OPEN_S):
            return await opening
    except TimeoutError:
        log.warning("a form was not found in time")
        return None


def readable(payload: object, read: Callable[[Any], Read]) -> Read | None:
    """Return what `read` finds in what a chat has sent, all of whose texts are sound.

    None, with a line in the log, where the payload has not the form that the chat promises.
    """
    try:
        return read(sound_all(payload))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError) as error:
        log.warning("what a chat sent can't be read", extra={"error": type(error).__name__})
        return None


def usable(control_id: str, used: set[str]) -> bool:
    """Tell whether an id can stand in a message: there, short enough, and only once. From then on it is `used`."""
    if not control_id or len(control_id) > ID_LENGTH:
        log.error("an id does not fit", extra={"characters": len(control_id), "verb": control_id.partition(":")[0]})
        return False
    if control_id in used:
        return False
    used.add(control_id)
    return True
