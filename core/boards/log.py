"""The log of a board, and the board that it makes: the sum of all changes, in their order, less those that were undone.

So every change has its author, and all can be undone, in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from core.boards.board import Board
from core.boards.changes import Change, Forgotten, Made, Pinned, Stamp, Undone, Voted, parts_of


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a board's log."""

    stamp: Stamp
    change: Change


def fold(board_id: str, log: Sequence[Entry]) -> Board:
    """Return the board that a log makes. Its first entry must be that it was made."""
    first = log[0].stamp
    board = Board(board_id, "", first.author, first.at)
    holding = {entry.stamp.revision for entry in in_force(log)}
    for entry in log:
        board = step(board, entry, holds=entry.stamp.revision in holding)
    return board


def step(board: Board, entry: Entry, *, holds: bool = True) -> Board:
    """Return a board after one more entry that undoes nothing, or (not `holds`) after one that was undone."""
    if holds:
        board = _applied(board, entry.change, entry.stamp)
    # numbers are never given again, also where the pins were undone
    numbers = [number for one in parts_of(entry.change) if isinstance(one, Pinned) for number in one.numbers]
    following = max([board.next_number, *(number + 1 for number in numbers)])
    return replace(board, next_number=following, revision=entry.stamp.revision)


def has_votes(log: Iterable[Entry]) -> bool:
    """Tell whether anybody has ever voted, be it undone."""
    return any(is_vote(entry.change) for entry in log)


def is_vote(change: Change) -> bool:
    """Tell whether a change is a vote, or several."""
    return any(isinstance(one, Voted) for one in parts_of(change))


def in_force(log: Iterable[Entry]) -> list[Entry]:
    """Return the entries that were not undone."""
    entries, undone = list(log), set[int]()
    for entry in reversed(entries):  # what undoes always comes after what it undoes
        if isinstance(entry.change, Undone) and entry.stamp.revision not in undone:
            undone.add(entry.change.revision)
    return [entry for entry in entries if entry.stamp.revision not in undone]


def last_of(log: Iterable[Entry], person: str) -> Entry | None:
    """Return the last change of a person that holds and can be undone."""
    own = [entry for entry in in_force(log) if entry.stamp.author.id == person and can_be_undone(entry)]
    return next((entry for entry in reversed(own) if not isinstance(entry.change, Undone)), None)


def can_be_undone(entry: Entry) -> bool:
    """Tell whether a change can be undone: all can, but that the board was made, and that somebody was forgotten."""
    return not isinstance(entry.change, Made | Forgotten)


def _applied(board: Board, change: Change, stamp: Stamp) -> Board:
    """Return the board after a change, touched unless a decision stands after it."""
    for one in parts_of(change):
        board = one.apply(board, stamp)
        if not one.outward:
            board = replace(board, touched=True)
    return board
