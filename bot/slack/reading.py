"""What this chat needs beside the desk: what reads typed text as a command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bot.catalogue import Words


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
