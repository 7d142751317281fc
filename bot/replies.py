"""What an answer is, before any chat draws it.

Texts are plain: each chat escapes them by its own rules, and only credits and links carry links. A card can't be made
without its credit, which is how no photo is ever shown without one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from core.photos import Credit

MOST_CARDS = 9  # photos in one answer
MOST_CHOICES = 25  # of one menu, and of one completion
ID_LENGTH = 100  # characters that what comes back from a button may have


class Audience(Enum):
    """Who sees an answer."""

    PRIVATE = "private"  # the person who asked
    CHANNEL = "channel"  # everybody where it was asked


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo as it is shown. It has a `url` where its source asks to be shown from there; else `load` gives a file.

    `load(max_bytes)` returns a JPEG, PNG or WebP of at most that many bytes, or None when the photo's picture is not
    here.
    """

    name: str  # a file name, unique within its answer
    alt: str  # what it shows, for people who don't see it; at most 1,000 characters
    url: str | None = None
    load: Callable[[int], Awaitable[bytes | None]] | None = None
    ratio: float | None = None  # its width by its height, where that is known


@dataclass(frozen=True, slots=True)
class PhotoCard:
    """One photo of an answer, with the credit that must stand with it."""

    number: int  # from 1, as shown
    id: str  # what people type for it
    title: str  # "" where it has none
    credit: Credit
    picture: Picture
    note: str = ""  # "good match", "and 2 alike"
    here: bool = True  # whether its id means something where it is shown


@dataclass(frozen=True, slots=True)
class Panel:
    """A picture that was drawn of a board, with the credit of every photo that is on it."""

    board: str  # its id
    revision: int
    title: str
    picture: Picture
    credits: tuple[tuple[int, Credit], ...]  # by the photos' numbers; none on a palette
    shows: Literal["board", "palette"] = "board"


@dataclass(frozen=True, slots=True)
class Live:
    """A board's message in a channel, which is drawn anew when the board changes."""

    workspace: str
    board: str
    revision: int
    language: str


@dataclass(frozen=True, slots=True)
class Action:
    """A button. `id` comes back when it is pressed; with a `url` it is a link instead."""

    id: str
    label: str  # at most 80 characters
    emphasis: Literal["plain", "main", "danger"] = "plain"
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a menu or of a completion."""

    value: str  # at most 100 characters
    label: str  # at most 100 characters
    description: str = ""


@dataclass(frozen=True, slots=True)
class Menu:
    """One or more choices out of a few. `id` comes back with the chosen values.

    Where the choices are an answer's photos, by their numbers, a chat may offer the menu beside each photo instead.
    """

    id: str
    label: str  # shown until something is chosen; at most 100 characters
    choices: tuple[Choice, ...]
    most: int = 1
    beside: str = ""  # what it is called beside a single photo; "" where its choices are no photos


@dataclass(frozen=True, slots=True)
class Copyable:
    """A text to be copied as it is."""

    label: str
    text: str
    kind: Literal["text", "markdown", "html"] = "text"


@dataclass(frozen=True, slots=True)
class File:
    """A file that is not a photo: a list of credits."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    text: str = ""  # plain; lines are kept
    cards: tuple[PhotoCard, ...] = ()
    panel: Panel | None = None
    details: tuple[tuple[str, str], ...] = ()  # label and value, shown as a list
    copyables: tuple[Copyable, ...] = ()
    files: tuple[File, ...] = ()
    actions: tuple[Action, ...] = ()
    menus: tuple[Menu, ...] = ()
    audience: Audience = Audience.PRIVATE
    in_place: bool = False  # takes the place of the message whose button was pressed
    failed: bool = False  # says why nothing could be done
    result: str | None = None  # the result that it shows, for links to it
    live: Live | None = None  # posted to a channel, it stays a picture of this board
    passing: bool = False  # shown, and written down nowhere


@dataclass(frozen=True, slots=True)
class Field:
    """One entry of a form."""

    name: str
    label: str  # at most 45 characters
    kind: Literal["line", "paragraph", "picture", "choice"] = "line"
    required: bool = False
    value: str = ""  # what stands there already
    hint: str = ""  # at most 100 characters
    choices: tuple[Choice, ...] = ()
    most: int = 4000  # characters


@dataclass(frozen=True, slots=True)
class Form:
    """Questions that are asked together. `id` comes back with the answers, by the fields' names."""

    id: str
    title: str  # at most 45 characters
    fields: tuple[Field, ...]  # at most five
