"""What can be done to a board: each change is a value that makes a new board of an old one.

No change has to know what came after it: one that finds nothing to act on (a vote for a pin that is gone) does nothing.
So the sum of a board's changes (`core.boards.log`) is a board, whichever of them were undone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Protocol

from core.boards.board import TOP, Author, Ballot, Board, Decision, Pin, Section, Vote
from core.photos import Photo


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who made a change, and when."""

    revision: int
    author: Author
    at: datetime


class Change(Protocol):
    """One change."""

    kind: ClassVar[str]  # its name in the log
    outward: ClassVar[bool]  # whether the board looks the same after it, so that a decision stands

    def apply(self, board: Board, stamp: Stamp) -> Board:
        """Return the board after the change."""


@dataclass(frozen=True, slots=True)
class Made:
    """The board was made."""

    kind: ClassVar[str] = "made"
    outward: ClassVar[bool] = True
    name: str
    channel: str | None = None

    def apply(self, board: Board, stamp: Stamp) -> Board:
        """Return the empty board."""
        return replace(board, name=self.name, channel=self.channel, made_by=stamp.author, made_at=stamp.at)


@dataclass(frozen=True, slots=True)
class Renamed:
    """It has another name."""

    kind: ClassVar[str] = "renamed"
    outward: ClassVar[bool] = True
    name: str

    def apply(self, board: Board, stamp: Stamp) -> Board:  # noqa: ARG002
        """Return the board under its new name."""
        return replace(board, name=self.name)


@dataclass(frozen=True, slots=True)
class Placed:
    """It is the board of a channel, or of none."""

    kind: ClassVar[str] = "placed"
    outward: ClassVar[bool] = True
    channel: str | None

    def apply(self, board: Board, stamp: Stamp) -> Board:  # noqa: ARG002
        """Return the board in its new place."""
        return replace(board, channel=self.channel)


@dataclass(frozen=True, slots=True)
class Briefed:
    """It has a brief."""

    kind: ClassVar[str] = "briefed"
    outward: ClassVar[bool] = False
    text: str

    def apply(self, board: Board, stamp: Stamp) -> Board:  # noqa: ARG002
        """Return the board with the brief."""
        return replace(board, brief=self.text)


@dataclass(frozen=True, slots=True)
class Sectioned:
    """It has one more section."""

    kind: ClassVar[str] = "sectioned"
    outward: ClassVar[bool] = False
    id: str
    title: str
    wish: str = ""

    def apply(self, board: Board, stamp: Stamp) -> Board:  # noqa: ARG002
        """Return the board with the section."""
        if board.section(self.id) is not None:
            return board
        return replace(board, sections=(*board.sections, Section(self.id, self.title, self.wish)))


@dataclass(frozen=True, slots=True)
class Retitled:
    """A section has another title or wish."""

    kind: ClassVar[str] = "retitled"
    outward: ClassVar[bool] = False
    id: str
    title: str
    wish: str = ""

    def apply(self, board: Board, stamp: Stamp) -> Board:  # noqa: ARG002
        """Return the board with the section under its new title."""
        section = Section(self.id, self.title, self.wish)
        return replace(board, sections=tuple(section if one.id == self.id else one for one in board.sections))


@dataclass(frozen=True, slots=True)
class Unsectioned:
    """A section is gone; its pins stay."""

    kind: ClassVar[str] = "unsectioned"
    outward: ClassVar[bool] = False
    id: str

    def apply(self, board: Board, stamp: Stamp) -> Board:  # noqa: ARG002
        """Return the board without the section."""
        leaving = {pin.number for pin in board.pins if pin.section == self.id}
        pins = tuple(replace(pin, section=TOP) if pin.number in leaving else pin for pin in board.pins)
        sections = tuple(one for one in board.sections if one.id != self.id)
        return replace(board, sections=sections, pins=_with_one_each(pins, TOP, leaving))


@dataclass(frozen=True, slots=True)
class NewPin:
    """A photo to be pinned. It brings votes only where it comes from a board that was exported."""

    photo: Photo
    section: str = TOP
    note: str = ""
    ballots: tuple[Ballot, ...] = ()


@dataclass(frozen=True, slots=True)
class Pinned:
    """Photos were put on it; they are numbered on from `first`."""

    kind: ClassVar[str] = "pinned"
    outward: ClassVar[bool] = False
    first: int
    pins: tuple[NewPin, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers that they got."""
        return tuple(range(self.first, self.first + len(self.pins)))

    def apply(self, board: Board, stamp: Stamp) -> Board:
        """Return the board with the pins."""
        added = tuple(
            Pin(number, new.photo, self._section(board, new), stamp.author, stamp.at, new.note, new.ballots)
            for number, new in zip(self.numbers, self.pins, strict=True)
        )
        return replace(board, pins=(*board.pins, *added))

    @staticmethod
    def _section(board: Board, new: NewPin) -> str:
        return new.section if board.section(new.section) else TOP


@dataclass(frozen=True, slots=True)
class Unpinned:
    """Photos were taken off it."""

    kind: ClassVar[str] = "unpinned"
    outward: ClassVar[bool] = False
    numbers: tuple[int, ...]

    def apply(self, board: Board, stamp: Stamp) -> Board:  # noqa: ARG002
        """Return the board without the pins."""
        return replace(board, pins=tuple(pin for pin in board.pins if pin.number not in self.numbers))


@dataclass(frozen=True, slots=True)
class Moved:
    """Pins stand in another place: in a section, before another pin or at the section's end."""

    kind: ClassVar[str] = "moved"
    outward: ClassVar[bool] = False
    numbers: tuple[int, ...]
    section: str
    before: int | None = None

    def apply(self, board: Board, stamp: Stamp) -> Board:  # noqa: ARG002
        """Return the board with the pins in their new place."""
        section = self.section if board.section(self.section) else TOP
        by_number = {pin.number: pin for pin in board.pins}
        moving = [replace(by_number[n], section=section) for n in self.numbers if n in by_number]
        rest = [pin for pin in board.pins if pin.number not in self.numbers]
        at = next((i for i, pin in enumerate(rest) if pin.number == self.before), len(rest))
        return replace(board, pins=_with_one_each((*rest[:at], *moving, *rest[at:]), section, set(self.numbers)))


@dataclass(frozen=True, slots=True)
class Noted:
    """A pin has a note, or none any more."""

    kind: ClassVar[str] = "noted"
    outward: ClassVar[bool] = False
    number: int
    text: str

    def apply(self, board: Board, stamp: Stamp) -> Board:  # noqa: ARG002
        """Return the board with the note."""
        pin = board.pin(self.number)
        return board if pin is None else board.with_pin(replace(pin, note=self.text))


@dataclass(frozen=True, slots=True)
class Voted:
    """Somebody voted for a pin, or took the vote back."""

    kind: ClassVar[str] = "voted"
    outward: ClassVar[bool] = False
    number: int
    vote: Vote | None

    def apply(self, board: Board, stamp: Stamp) -> Board:
        """Return the board with the vote. Everybody has one "the one" in a section; the one before becomes an up."""
        voted = board.pin(self.number)
        if voted is None:
            return board
        pins = []
        for pin in board.pins:
            if pin.number == self.number:
                pin = _with_vote(pin, stamp.author, self.vote)
            elif self.vote == "one" and pin.section == voted.section and pin.vote_of(stamp.author.id) == "one":
                pin = _with_vote(pin, stamp.author, "up")
            pins.append(pin)
        return replace(board, pins=tuple(pins))


@dataclass(frozen=True, slots=True)
class VotingSet:
    """It is secret, or not, who voted."""

    kind: ClassVar[str] = "voting"
    outward: ClassVar[bool] = True
    secret: bool

    def apply(self, board: Board, stamp: Stamp) -> Board:  # noqa: ARG002
        """Return the board with the rule."""
        return replace(board, secret=self.secret)


@dataclass(frozen=True, slots=True)
class Decided:
    """The team has settled on pins; the board as it stands is a version."""

    kind: ClassVar[str] = "decided"
    outward: ClassVar[bool] = True
    picks: tuple[int, ...]
    why: str

    def apply(self, board: Board, stamp: Stamp) -> Board:
        """Return the board with one more version."""
        version = len(board.decisions) + 1
        picks = tuple(number for number in self.picks if board.pin(number))
        decision = Decision(version, stamp.revision, picks, self.why, stamp.author, stamp.at)
        return replace(board, decisions=(*board.decisions, decision), touched=False)


@dataclass(frozen=True, slots=True)
class Archived:
    """It is put away, or taken out again."""

    kind: ClassVar[str] = "archived"
    outward: ClassVar[bool] = True
    archived: bool

    def apply(self, board: Board, stamp: Stamp) -> Board:  # noqa: ARG002
        """Return the board, put away or not."""
        return replace(board, archived=self.archived)


@dataclass(frozen=True, slots=True)
class Deleted:
    """It is gone, unless that is undone in time."""

    kind: ClassVar[str] = "deleted"
    outward: ClassVar[bool] = True

    def apply(self, board: Board, stamp: Stamp) -> Board:  # noqa: ARG002
        """Return the deleted board."""
        return replace(board, deleted=True)


@dataclass(frozen=True, slots=True)
class Several:
    """Changes that belong together, and are undone together."""

    kind: ClassVar[str] = "several"
    outward: ClassVar[bool] = False
    changes: tuple[Change, ...]

    def apply(self, board: Board, stamp: Stamp) -> Board:
        """Return the board after all of them."""
        for change in self.changes:
            board = change.apply(board, stamp)
        return board


@dataclass(frozen=True, slots=True)
class Undone:
    """An earlier change does not hold any more. A change that is undone itself undoes nothing."""

    kind: ClassVar[str] = "undone"
    outward: ClassVar[bool] = True
    revision: int

    def apply(self, board: Board, stamp: Stamp) -> Board:  # noqa: ARG002
        """Return the board as it is, for what was undone is left out; a decision stands on what came before."""
        decision = board.decision
        return replace(board, touched=board.touched or (decision is not None and self.revision < decision.revision))


@dataclass(frozen=True, slots=True)
class Lost:
    """Something was done that nobody knows any more: its entry in the log was damaged."""

    kind: ClassVar[str] = "lost"
    outward: ClassVar[bool] = True

    def apply(self, board: Board, stamp: Stamp) -> Board:  # noqa: ARG002
        """Return the board as it is."""
        return board


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Somebody asked to be forgotten: what they did before it has nobody's name any more.

    The only change that goes with a change of those before it; who remembers the log reads it anew from its beginning.
    """

    kind: ClassVar[str] = "forgotten"
    outward: ClassVar[bool] = True

    def apply(self, board: Board, stamp: Stamp) -> Board:  # noqa: ARG002
        """Return the board as it is."""
        return board


KINDS: tuple[type[Change], ...] = (
    *(Made, Renamed, Placed, Briefed, Sectioned, Retitled, Unsectioned, Pinned, Unpinned, Moved, Noted, Voted),
    *(VotingSet, Decided, Archived, Deleted, Several, Undone, Forgotten, Lost),
)


def parts_of(change: Change) -> Iterator[Change]:
    """Yield a change, or each of those that belong together."""
    if isinstance(change, Several):
        for one in change.changes:
            yield from parts_of(one)
    else:
        yield change


def _with_one_each(pins: Sequence[Pin], section: str, incoming: Collection[int]) -> tuple[Pin, ...]:
    """Return pins of which those that came into a section don't give anybody a second "the one" there."""
    staying = [pin for pin in pins if pin.section == section and pin.number not in incoming]
    taken = {ballot.author.id for pin in staying for ballot in pin.ballots if ballot.vote == "one"}
    settled: list[Pin] = []
    for pin in pins:
        if pin.section == section and pin.number in incoming:
            ones = {ballot.author.id for ballot in pin.ballots if ballot.vote == "one"}
            ballots = tuple(
                replace(ballot, vote="up") if ballot.vote == "one" and ballot.author.id in taken else ballot
                for ballot in pin.ballots
            )
            pin, taken = replace(pin, ballots=ballots), taken | ones
        settled.append(pin)
    return tuple(settled)


def _with_vote(pin: Pin, author: Author, vote: Vote | None) -> Pin:
    others = tuple(ballot for ballot in pin.ballots if ballot.author.id != author.id)
    return replace(pin, ballots=others if vote is None else (*others, Ballot(author, vote)))
