"""What comes back from a chat when something is pressed: `VERB:REST`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.sources.text import sound

MOST_DIGITS = 12  # of a number; nothing here is counted further


def whole_number(text: str) -> int | None:
    """Return a whole number that came from a chat as text; None for what is none, or too large to be one here."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was pressed, a choice from a menu, or the name of a form."""

    verb: str
    rest: str  # what stands behind the verb
    chosen: tuple[str, ...] = ()

    @classmethod
    def read(cls, pressed: str, chosen: Sequence[str] = ()) -> Press:
        """Return what came back from a chat, taken apart."""
        verb, _, rest = sound(pressed).partition(":")
        return cls(verb, rest, tuple(map(sound, chosen)))

    @property
    def token(self) -> str:
        """The token of the result."""
        return self.rest

    @property
    def number(self) -> str:
        """The number of the photo that was chosen; the only one where there is no menu."""
        return self.chosen[0] if self.chosen else "1"
