"""A board as it is shown and handed on: each pin with its photo as known today, its credit and its files."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from PIL import Image

from core.boards.board import Board, Pin, Section
from core.decoding import Decoders
from core.photos import Colour, Credit, Photo


@dataclass(frozen=True, slots=True)
class Original:
    """The file of a photo as it was brought, and what reads it."""

    path: Path
    decoders: Decoders = field(repr=False, compare=False)

    def read(self) -> tuple[bytes, str]:
        """Return its bytes, and their format. Raises BadImage and OSError."""
        data = self.path.read_bytes()
        return data, self.decoders.described(data)[0]

    def image(self, px: int, *, srgb: bool = True) -> Image.Image:
        """Return it upright and in RGB, at most `px` on its longer side. Raises BadImage and OSError.

        Where it need not be sRGB, it may keep the colours of its file, with their profile; that is faster.
        """
        return self.decoders.reduced(self.path.read_bytes(), px, srgb=srgb)


@dataclass(frozen=True, slots=True)
class ShownPin:
    """One pin, ready to be drawn. It can't be made without its credit."""

    pin: Pin
    photo: Photo  # as known today; as it was when pinned where it is gone
    credit: Credit
    gone: bool = False  # whether the photo is not in the library any more
    picked: bool = False  # by the last decision
    thumbnail: Path | None = None  # a JPEG, upright, at most 512 pixels a side
    original: Original | None = None
    elsewhere: bool = False  # whether the photo is another team's, who share the board; its id means nothing here

    @property
    def number(self) -> int:
        """The pin's number."""
        return self.pin.number


@dataclass(frozen=True, slots=True)
class ShownBoard:
    """A board, ready to be drawn or handed on."""

    board: Board
    parts: tuple[tuple[Section, tuple[ShownPin, ...]], ...]  # as they are read
    palette: tuple[Colour, ...] = ()  # of the whole board, largest share first
    made_at: datetime | None = None  # when it was drawn
    app_name: str = "modaclip"
    shared_with: tuple[str, ...] = ()  # the other teams that see it, as people call them

    @property
    def pins(self) -> tuple[ShownPin, ...]:
        """All pins, in the order in which they are read."""
        return tuple(pin for _, pins in self.parts for pin in pins)
