"""The log of a board, and the board that it makes: the sum of all changes, in their order, less those that were undone.

So every change has its author, and all can be undone, in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from core.boards.board import Board
from core.boards.changes import Change, Made, Pinned, Several, Stamp, Undone


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a board's log."""

    stamp: Stamp
    change: Change


def fold(board_id: str, log: Sequence[Entry]) -> Board:
    """Return the board that a log makes. Its first entry must be that it was made."""
    first = log[0].stamp
    board = Board(board_id, "", first.author, first.at)
    holding = {id(entry) for entry in in_force(log)}
    for entry in log:
        if id(entry) in holding:
            board = _applied(board, entry.change, entry.stamp)
        # numbers are never given again, also where the pins were undone
        board = replace(board, next_number=max([board.next_number, *(n + 1 for n in _numbers(entry.change))]))
    return replace(board, revision=log[-1].stamp.revision)


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
    """Tell whether a change can be undone: all can, but that the board was made."""
    return not isinstance(entry.change, Made)


def _applied(board: Board, change: Change, stamp: Stamp) -> Board:
    """Return the board after a change, and whether a decision still stands."""
    if isinstance(change, Several):
        for one in change.changes:
            board = _applied(board, one, stamp)
        return board
    board = change.apply(board, stamp)
    return board if change.outward else replace(board, touched=True)


def _numbers(change: Change) -> tuple[int, ...]:
    if isinstance(change, Several):
        return tuple(number for one in change.changes for number in _numbers(one))
    return change.numbers if isinstance(change, Pinned) else ()
