"""What a mood board is: sections, pins with their votes, decisions. Frozen values; a change makes a new board.

A pin keeps the photo as it was when it was pinned, so that its credit outlives the photo. Its number is its name: it
never changes and is never given again, so "number 7" in a conversation stays number 7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from core.photos import Photo

Vote = Literal["up", "down", "one"]
TOP = ""  # the section of pins that stand before the first section
HOME = ""  # the side of a board that made it
THE_ONE = 2  # ups that "the one" is worth


@dataclass(frozen=True, slots=True)
class Author:
    """Who changed something. `id` is unique over all chats."""

    id: str
    name: str
    side: str = HOME  # of a board that several teams share: from which of them


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a board. `wish` is what the brief asks for here, as words to look for."""

    id: str
    title: str
    wish: str = ""


@dataclass(frozen=True, slots=True)
class Ballot:
    """What one person thinks of one pin."""

    author: Author
    vote: Vote


@dataclass(frozen=True, slots=True)
class Tally:
    """The votes for a pin, counted."""

    up: int = 0
    down: int = 0
    one: int = 0  # who say that it is the one; they are not counted as up

    @property
    def score(self) -> int:
        """How far it is wanted."""
        return THE_ONE * self.one + self.up - self.down

    @property
    def count(self) -> int:
        """How many voted."""
        return self.up + self.down + self.one


@dataclass(frozen=True, slots=True)
class Pin:
    """One photo on a board."""

    number: int
    photo: Photo  # as it was when it was pinned; `id` is what people on the side of `by` type
    section: str
    by: Author
    at: datetime
    note: str = ""
    ballots: tuple[Ballot, ...] = ()

    @property
    def tally(self) -> Tally:
        """The votes, counted."""
        votes = [ballot.vote for ballot in self.ballots]
        return Tally(votes.count("up"), votes.count("down"), votes.count("one"))

    def vote_of(self, person: str) -> Vote | None:
        """Return how somebody voted."""
        return next((ballot.vote for ballot in self.ballots if ballot.author.id == person), None)


@dataclass(frozen=True, slots=True)
class Decision:
    """A version that the team has settled on: the board as it stood at a revision."""

    version: int  # from 1
    revision: int
    picks: tuple[int, ...]  # numbers of pins
    why: str
    by: Author
    at: datetime


@dataclass(frozen=True, slots=True)
class Board:
    """A mood board at one revision."""

    id: str  # unguessable: stands in the buttons of its messages
    name: str
    made_by: Author
    made_at: datetime
    revision: int = 0  # of the last change in it
    channel: str | None = None  # where it is the board that is meant when none is named
    brief: str = ""
    sections: tuple[Section, ...] = ()
    pins: tuple[Pin, ...] = ()  # in their order; those of a section stand together only when it is drawn
    next_number: int = 1
    secret: bool = False  # whether it is kept to oneself who voted
    decisions: tuple[Decision, ...] = ()
    touched: bool = True  # whether it was changed after the last decision
    archived: bool = False
    deleted: bool = False

    @property
    def version(self) -> int:
        """The version that it is, or that it becomes when it is decided."""
        return len(self.decisions) + (1 if self.touched else 0)

    @property
    def decision(self) -> Decision | None:
        """The last decision."""
        return self.decisions[-1] if self.decisions else None

    def pin(self, number: int) -> Pin | None:
        """Return the pin with a number."""
        return next((pin for pin in self.pins if pin.number == number), None)

    def section(self, section_id: str) -> Section | None:
        """Return the section with an id."""
        return next((section for section in self.sections if section.id == section_id), None)

    def parts(self) -> list[tuple[Section, tuple[Pin, ...]]]:
        """Return every section with its pins, as they are read; pins without a section come first."""
        sections = (Section(TOP, ""), *self.sections)
        parts = [(one, tuple(pin for pin in self.pins if pin.section == one.id)) for one in sections]
        return [(one, pins) for one, pins in parts if pins or one.id != TOP]

    def ordered(self) -> tuple[Pin, ...]:
        """Return the pins in the order in which they are read."""
        return tuple(pin for _, pins in self.parts() for pin in pins)

    def with_pin(self, pin: Pin) -> Board:
        """Return the board with a pin in the place of the one that has its number."""
        return replace(self, pins=tuple(pin if one.number == pin.number else one for one in self.pins))


def named_numbers(numbers: Sequence[int]) -> str:
    """Return numbers as they are spoken of, in their order: "3", "3, 4, 9", "1–12, 15"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)
