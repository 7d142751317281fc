"""What votes decide, and how two versions of a board differ. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from core.boards.board import Board, Pin, Section, Tally


@dataclass(frozen=True, slots=True)
class Leader:
    """A pin that leads its section."""

    pin: Pin
    section: Section
    tally: Tally
    tied: bool  # whether another that is left out has as many votes


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a later version differs from an earlier one. All are numbers of pins, but for the sections."""

    added: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()
    moved: tuple[int, ...] = ()  # into another section
    noted: tuple[int, ...] = ()
    voted: tuple[int, ...] = ()  # whose votes are others now
    picked: tuple[int, ...] = ()  # by the later decision and not by the earlier
    dropped: tuple[int, ...] = ()  # by the earlier decision and not by the later
    sections_added: tuple[str, ...] = ()  # titles
    sections_removed: tuple[str, ...] = ()
    briefed: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return self == Comparison()


def leaders(board: Board, *, each: int = 1) -> tuple[Leader, ...]:
    """Return the pins that lead each section, at most so many of it, in the order in which they are read.

    Only pins that are wanted lead: their score is above zero. Of those with the same score, those lead that more people
    call the one, then those with fewer against them, then those that were pinned first.
    """
    found: list[Leader] = []
    for section, pins in board.parts():
        wanted = sorted((pin for pin in pins if pin.tally.score > 0), key=_rank)
        chosen, rest = wanted[:each], wanted[each:]
        for pin in chosen:
            tied = bool(rest) and _rank(rest[0])[:3] == _rank(pin)[:3]
            found.append(Leader(pin, section, pin.tally, tied))
    order = {pin.number: place for place, pin in enumerate(board.ordered())}
    return tuple(sorted(found, key=lambda leader: order[leader.pin.number]))


def compare(earlier: Board, later: Board) -> Comparison:
    """Return how a later version of a board differs from an earlier one."""
    old, new = ({pin.number: pin for pin in board.pins} for board in (earlier, later))
    both = [(old[number], new[number]) for number in old if number in new]
    picks = [set(board.decision.picks) if board.decision else set() for board in (earlier, later)]
    titles = [[section.title for section in board.sections] for board in (earlier, later)]
    return Comparison(
        added=tuple(number for number in new if number not in old),
        removed=tuple(number for number in old if number not in new),
        moved=tuple(after.number for before, after in both if before.section != after.section),
        noted=tuple(after.number for before, after in both if before.note != after.note),
        voted=tuple(after.number for before, after in both if before.tally != after.tally),
        picked=tuple(sorted(picks[1] - picks[0])),
        dropped=tuple(sorted(picks[0] - picks[1])),
        sections_added=tuple(title for title in titles[1] if title not in titles[0]),
        sections_removed=tuple(title for title in titles[0] if title not in titles[1]),
        briefed=earlier.brief != later.brief,
    )


def _rank(pin: Pin) -> tuple[int, int, int, int]:
    tally = pin.tally
    return (-tally.score, -tally.one, tally.down, pin.number)
