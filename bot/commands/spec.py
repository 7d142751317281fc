"""What a command is, whatever chat it is typed in: its name, its options, and the function that answers it.

Discord's command tree, the web chat's completion and the table of commands in the README are all made from this.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from bot.catalogue import Words
from bot.refusals import Refused
from bot.replies import Choice, Form, Reply
from bot.requests import Request, Upload, Values
from core.sources.text import sound

if TYPE_CHECKING:
    from bot.desk import Desk

Default = TypeVar("Default")


class Kind(Enum):
    """What an option takes."""

    TEXT = "text"
    WHOLE = "whole number"
    IMAGE = "picture"
    FILE = "file"


class Arguments:
    """The values that came with a command, as its function reads them."""

    def __init__(self, values: Values) -> None:
        self._values = values

    def text(self, name: str) -> str:
        """Return a text without blanks around it; "" where it was left out."""
        value = self._values.get(name)
        return sound(str(value)).strip() if isinstance(value, str | int) else ""

    def has(self, name: str) -> bool:
        """Tell whether an option was given, be it empty."""
        return name in self._values

    def whole(self, name: str, default: int) -> int:
        """Return a whole number."""
        value = self._values.get(name)
        return value if isinstance(value, int) else default

    def uploads(self, name: str = "image") -> Sequence[Upload]:
        """Return the pictures or files that were given, in their order."""
        value = self._values.get(name)
        if isinstance(value, Upload):
            return (value,)
        return tuple(value) if value is not None and not isinstance(value, str | int) else ()


Run: TypeAlias = "Callable[[Desk, Request, Arguments], Awaitable[Reply]]"
Open: TypeAlias = "Callable[[Desk, Request, Arguments], Awaitable[Form | None]]"
Complete: TypeAlias = "Callable[[Desk, Request, str], Awaitable[Sequence[Choice]]]"


@dataclass(frozen=True, slots=True)
class Option:
    """One option. Name and description are English; `words.named("option", name)` and `words.say` translate them."""

    name: str
    description: str  # at most 100 characters in any language
    kind: Kind = Kind.TEXT
    required: bool = False
    choices: tuple[str, ...] = ()  # the only values it takes; labels are words.named("choice", value)
    lowest: int | None = None
    highest: int | None = None
    complete: Complete | None = None

    def none_of_them(self, words: Words) -> Refused:
        """Return why a value that is none of the choices is refused."""
        labels = ", ".join(words.named("choice", value) for value in self.choices)
        return Refused("{option} is one of: {choices}.", option=self.name, choices=labels)


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `name` has two words where it belongs to a group: "tag add"."""

    name: str
    description: str
    run: Run
    options: tuple[Option, ...] = ()
    open: Open | None = None  # a form to fill in first, or None when everything was given
    example: str = ""  # what may be typed after the name, for help

    def arguments(self, values: Values, words: Words) -> Arguments:
        """Return values as the command reads them. Raises Refused for one that is none of its option's choices."""
        for option in self.options:
            if option.choices and values.get(option.name, option.choices[0]) not in option.choices:
                raise option.none_of_them(words)
        return Arguments(values)


@dataclass(frozen=True, slots=True)
class MessageCommand:
    """A command on a message with pictures: a context menu in Discord, a shortcut in Slack, a menu in the web chat.

    It runs `command` with the message's pictures as the option "image".
    """

    name: str  # at most 32 characters in any language; words.named("menu", name)
    command: str
