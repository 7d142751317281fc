"""What a photo is to the engine: who took it, what is known of it, and where each tag came from.

Everything here is frozen and free of input and output, so that any part may hold it and none can change it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Orientation = Literal["portrait", "landscape", "square"]
TagOrigin = Literal["source", "file", "auto", "user"]

SQUARE_TOLERANCE = 0.02  # sides that differ by less than 2 % look square to a designer


@dataclass(frozen=True, slots=True)
class Photographer:
    """Who took a photo. `name` is None when nobody knows."""

    name: str | None = None
    username: str | None = None  # on the service that the photo came from
    profile_url: str | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag, lower case, and where it came from: the source's record, the file itself, the encoder, or a user."""

    name: str
    origin: TagOrigin = "source"
    confidence: float | None = None  # 0 to 1 where the origin gives one


@dataclass(frozen=True, slots=True)
class Colour:
    """One colour of a photo: `#rrggbb`, and its share of the picture's area, 0 to 1."""

    hex: str
    share: float


@dataclass(frozen=True, slots=True)
class Credit:
    """The line that must stand with a photo, ready in every form a front end needs."""

    name: str  # the photographer, or "photographer unknown"
    url: str | None  # the photographer's profile, or the photo's own page
    text: str  # plain text
    html: str
    markdown: str


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo with all that is known of it. Fields are None where nothing is known, never "nan" or empty strings."""

    id: str  # short, stable, typed by users in `like:ID`
    source: str  # "unsplash", "folder", "table", "upload"
    photographer: Photographer = Photographer()
    title: str | None = None
    description: str | None = None
    tags: tuple[Tag, ...] = ()
    width: int | None = None  # pixels, orientation applied
    height: int | None = None
    average_colour: str | None = None  # "#rrggbb"
    colours: tuple[Colour, ...] = ()  # dominant colours, largest share first
    place: str | None = None
    taken_at: datetime | None = None
    published_at: datetime | None = None
    licence: str | None = None  # a name or SPDX identifier
    page_url: str | None = None  # the photo's own page
    image_url: str | None = None  # the picture itself, at its source
    download_url: str | None = None  # what a service asks to be called when a photo is chosen
    path: str | None = None  # the file on this machine, where there is one
    content_hash: str | None = None  # SHA-256 of the file's bytes, hexadecimal
    phash: int | None = None  # 64-bit perceptual hash, unsigned

    @property
    def orientation(self) -> Orientation | None:
        """Portrait, landscape or square; None while the size is unknown."""
        if not self.width or not self.height:
            return None
        if abs(self.width - self.height) <= SQUARE_TOLERANCE * max(self.width, self.height):
            return "square"
        return "landscape" if self.width > self.height else "portrait"
