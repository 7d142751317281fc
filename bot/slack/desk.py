"""What this chat needs of others: the desk that answers, and what reads typed text as a command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias

from bot.boards.live import LiveBoards
from bot.catalogue import Words
from bot.replies import Choice, Form, Reply
from bot.requests import Request, Values

Opened: TypeAlias = "Form | Reply | None"


class Typed(Protocol):
    """A command as it was typed."""

    @property
    def command(self) -> str:
        """Its name."""

    @property
    def values(self) -> Mapping[str, str | int]:
        """What it was given."""


class Read(Protocol):
    """Reads what was typed as a command."""

    def __call__(self, text: str, words: Words, /) -> Typed:
        """Return the command that a text is. Raises Refused."""


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

    async def complete(self, name: str, option: str, typed: str, request: Request) -> Sequence[Choice]:
        """Return what a text may become."""
