"""Votes decide, and versions are compared."""

from __future__ import annotations

from core.boards.board import Author, Board
from core.boards.changes import Briefed, Decided, Moved, Noted, Sectioned, Unpinned, Unsectioned, Voted
from core.boards.deciding import compare, leaders
from tests.core.boards.test_changes import BEN, board_of, pinned

CAT = Author("web:cat", "Cat")


def leading(board: Board, each: int = 1) -> list[int]:
    return [leader.pin.number for leader in leaders(board, each=each)]


def test_the_one_counts_more_than_an_up() -> None:
    assert leading(board_of(pinned(1, "a", "b"), Voted(1, "up"), (BEN, Voted(2, "one")))) == [2]


def test_a_down_counts_against() -> None:
    changes = (pinned(1, "a", "b"), Voted(1, "up"), (BEN, Voted(1, "up")), (CAT, Voted(1, "down")), Voted(2, "up"))
    board = board_of(*changes)
    assert leading(board) == [2]  # one up and nobody against it
    assert leaders(board)[0].tied is False


def test_nothing_leads_without_votes_or_with_none_for_it() -> None:
    assert leading(board_of(pinned(1, "a"))) == []
    assert leading(board_of(pinned(1, "a"), Voted(1, "down"))) == []


def test_each_section_has_its_leaders_in_reading_order() -> None:
    changes = (
        Sectioned("s", "Light"),
        pinned(1, "a", "b", section="s"),
        pinned(3, "c"),
        Voted(2, "up"),
        Voted(3, "up"),
        (BEN, Voted(1, "down")),
    )
    assert leading(board_of(*changes)) == [3, 2]


def test_more_of_each_section_may_be_asked_for() -> None:
    assert leading(board_of(pinned(1, "a", "b", "c"), Voted(1, "up"), Voted(3, "up")), each=2) == [1, 3]


def test_among_equals_the_first_leads_and_that_is_said() -> None:
    (leader,) = leaders(board_of(pinned(1, "a", "b"), Voted(1, "up"), Voted(2, "up")))
    assert (leader.pin.number, leader.tied) == (1, True)


def test_a_board_differs_in_nothing_from_itself() -> None:
    board = board_of(pinned(1, "a"), Decided((1,), "x"))
    assert compare(board, board).is_empty


def test_what_differs_is_told_apart() -> None:
    before = (Sectioned("s", "Light"), Sectioned("t", "Old"), pinned(1, "a", "b", "c", "d"), Decided((1,), ""))
    after = (
        *before,
        Unpinned((1,)),
        pinned(5, "e"),
        Moved((2,), "s"),
        Noted(3, "x"),
        Voted(4, "up"),
        Unsectioned("t"),
        Sectioned("u", "New"),
        Briefed("more"),
        Decided((4,), ""),
    )
    found = compare(board_of(*before), board_of(*after))
    assert (found.added, found.removed, found.moved, found.noted, found.voted) == ((5,), (1,), (2,), (3,), (4,))
    assert (found.picked, found.dropped) == ((4,), (1,))
    assert (found.sections_added, found.sections_removed, found.briefed) == (("New",), ("Old",), True)
