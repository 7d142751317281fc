"""A board is the sum of its changes that hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.boards.board import Author, Board, named_numbers
from core.boards.changes import (
    Archived,
    Briefed,
    Change,
    Decided,
    Deleted,
    Made,
    Moved,
    NewPin,
    Noted,
    Pinned,
    Placed,
    Renamed,
    Sectioned,
    Several,
    Stamp,
    Undone,
    Unpinned,
    Unsectioned,
    Voted,
    VotingSet,
)
from core.boards.log import Entry, fold, in_force, last_of
from core.boards.records import change_record, photo_record, read_change, read_photo
from core.photos import Colour, Photo, Photographer, Tag

ANN, BEN = Author("web:ann", "Ann"), Author("web:ben", "Ben")
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def photo(name: str) -> Photo:
    return Photo(name, "table", Photographer(f"{name}'s photographer"))


def pinned(first: int, *names: str, section: str = "") -> Pinned:
    return Pinned(first, tuple(NewPin(photo(name), section) for name in names))


def log_of(*changes: Change | tuple[Author, Change]) -> list[Entry]:
    entries = [Entry(Stamp(1, ANN, NOW), Made("Autumn", "web:main"))]
    for revision, change in enumerate(changes, 2):
        author, made = change if isinstance(change, tuple) else (ANN, change)
        entries.append(Entry(Stamp(revision, author, NOW + timedelta(minutes=revision)), made))
    return entries


def board_of(*changes: Change | tuple[Author, Change]) -> Board:
    return fold("b", log_of(*changes))


def names(board: Board) -> list[str]:
    return [pin.photo.id for pin in board.ordered()]


def test_a_pin_keeps_its_number_when_others_go() -> None:
    board = board_of(pinned(1, "a", "b", "c"), Unpinned((2,)))
    assert [(pin.number, pin.photo.id) for pin in board.pins] == [(1, "a"), (3, "c")]


def test_a_number_is_never_given_again_not_even_after_an_undo() -> None:
    board = board_of(pinned(1, "a", "b"), Undone(2))
    assert board.pins == ()
    assert board.next_number == 3


def test_moving_before_another_takes_its_place() -> None:
    board = board_of(pinned(1, "a", "b", "c"), Moved((3,), "", 1))
    assert names(board) == ["c", "a", "b"]


def test_moving_into_a_section_puts_it_last_there() -> None:
    board = board_of(Sectioned("s", "Light"), pinned(1, "a", section="s"), pinned(2, "b"), Moved((2,), "s"))
    assert names(board) == ["a", "b"]
    assert {pin.section for pin in board.pins} == {"s"}


def test_pins_without_a_section_are_read_first() -> None:
    board = board_of(Sectioned("s", "Light"), pinned(1, "a", section="s"), pinned(2, "b"))
    assert names(board) == ["b", "a"]


def test_a_section_that_goes_leaves_its_pins() -> None:
    board = board_of(Sectioned("s", "Light"), pinned(1, "a", section="s"), Unsectioned("s"))
    assert board.sections == () and board.pins[0].section == ""


def test_a_pin_for_a_section_that_is_gone_stands_without_one() -> None:
    assert board_of(pinned(1, "a", section="nowhere")).pins[0].section == ""


def test_a_person_has_one_vote_for_a_pin() -> None:
    board = board_of(pinned(1, "a"), Voted(1, "up"), Voted(1, "down"), (BEN, Voted(1, "up")))
    assert (board.pins[0].tally.up, board.pins[0].tally.down) == (1, 1)


def test_a_vote_can_be_taken_back() -> None:
    assert board_of(pinned(1, "a"), Voted(1, "up"), Voted(1, None)).pins[0].ballots == ()


def test_a_person_has_one_the_one_in_a_section_and_the_one_before_becomes_an_up() -> None:
    board = board_of(pinned(1, "a", "b"), Voted(1, "one"), Voted(2, "one"))
    assert [pin.vote_of(ANN.id) for pin in board.pins] == ["up", "one"]


def test_every_section_has_a_the_one_of_its_own() -> None:
    changes = (Sectioned("s", "Light"), pinned(1, "a"), pinned(2, "b", section="s"), Voted(1, "one"), Voted(2, "one"))
    assert [pin.vote_of(ANN.id) for pin in board_of(*changes).pins] == ["one", "one"]


def test_what_finds_nothing_to_act_on_does_nothing() -> None:
    board = board_of(Voted(9, "up"), Noted(9, "x"), Moved((9,), ""), Unpinned((9,)), Unsectioned("s"))
    assert board.pins == () and board.sections == ()


def test_an_undone_change_leaves_the_later_ones() -> None:
    board = board_of(pinned(1, "a", "b"), Unpinned((1,)), Noted(2, "keep"), Undone(3))
    assert names(board) == ["a", "b"] and board.pins[1].note == "keep"


def test_an_undo_can_be_undone() -> None:
    board = board_of(pinned(1, "a"), Undone(2), Undone(3))
    assert names(board) == ["a"]


def test_the_last_change_of_a_person_is_not_anothers_and_no_undo() -> None:
    log = log_of(pinned(1, "a"), (BEN, Noted(1, "x")), Renamed("Winter"), Undone(4))
    found = last_of(log, ANN.id)
    assert found is not None and found.stamp.revision == 2


def test_who_has_done_nothing_else_has_nothing_to_undo() -> None:
    assert last_of(log_of(), ANN.id) is None


def test_a_decision_freezes_a_version_and_a_later_change_begins_the_next() -> None:
    decided = board_of(pinned(1, "a", "b"), Decided((2,), "it is calmer"))
    assert (decided.version, decided.touched) == (1, False)
    assert decided.decision is not None and decided.decision.picks == (2,)
    changed = board_of(pinned(1, "a", "b"), Decided((2,), ""), Noted(1, "x"))
    assert (changed.version, changed.touched) == (2, True)


def test_what_does_not_change_its_look_leaves_a_decision() -> None:
    assert not board_of(pinned(1, "a"), Decided((1,), ""), Renamed("B"), Placed(None), Archived(True)).touched


def test_undoing_what_came_after_a_decision_leaves_the_decision() -> None:
    assert not board_of(pinned(1, "a"), Decided((1,), ""), Noted(1, "x"), Undone(4)).touched


def test_undoing_what_a_decision_was_about_begins_a_new_version() -> None:
    assert board_of(pinned(1, "a", "b"), Noted(1, "x"), Decided((1,), ""), Undone(3)).version == 2


def test_an_undone_decision_is_none() -> None:
    assert board_of(pinned(1, "a"), Decided((1,), ""), Undone(3)).decisions == ()


def test_changes_that_belong_together_are_undone_together() -> None:
    several = Several((Sectioned("s", "Light"), pinned(1, "a", section="s")))
    assert board_of(several, Undone(2)).sections == ()
    assert names(board_of(several)) == ["a"]


def test_a_decision_that_comes_last_among_them_stands() -> None:
    assert not board_of(Several((pinned(1, "a"), Decided((1,), "")))).touched
    assert board_of(Several((pinned(1, "a"), Decided((1,), ""), Noted(1, "x")))).touched


@pytest.mark.parametrize(
    ("numbers", "said"),
    [((), ""), ((3,), "3"), ((3, 4), "3, 4"), ((3, 4, 5, 9), "3–5, 9"), ((7, 3), "7, 3"), ((5, 4, 3), "5, 4, 3")],
)
def test_numbers_are_said_in_their_order_and_runs_of_them_shortly(numbers: tuple[int, ...], said: str) -> None:
    assert named_numbers(numbers) == said


def test_deleting_can_be_undone() -> None:
    assert board_of(Deleted()).deleted
    assert not board_of(Deleted(), Undone(2)).deleted


_numbers = st.integers(1, 12)
_sections = st.sampled_from(("", "s1", "s2"))
_changes = st.one_of(
    st.builds(Renamed, st.text(max_size=20)),
    st.builds(Placed, st.none() | st.text(max_size=5)),
    st.builds(Briefed, st.text(max_size=20)),
    st.builds(Sectioned, st.sampled_from(("s1", "s2")), st.text(max_size=20), st.text(max_size=20)),
    st.builds(Unsectioned, st.sampled_from(("s1", "s2"))),
    st.builds(
        lambda first, names, section: pinned(first, *names, section=section),
        _numbers,
        st.lists(st.text(min_size=1, max_size=5), max_size=3),
        _sections,
    ),
    st.builds(lambda numbers: Unpinned(tuple(numbers)), st.lists(_numbers, max_size=3)),
    st.builds(
        lambda numbers, section, before: Moved(tuple(numbers), section, before),
        st.lists(_numbers, max_size=3, unique=True),
        _sections,
        st.none() | _numbers,
    ),
    st.builds(Noted, _numbers, st.text(max_size=20)),
    st.builds(Voted, _numbers, st.sampled_from(("up", "down", "one", None))),
    st.builds(VotingSet, st.booleans()),
    st.builds(lambda picks, why: Decided(tuple(picks), why), st.lists(_numbers, max_size=3), st.text(max_size=20)),
    st.builds(Archived, st.booleans()),
    st.builds(Deleted),
    st.builds(Undone, st.integers(2, 12)),
)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.lists(_changes, max_size=15))
def test_every_change_is_read_as_it_was_written(changes: list[Change]) -> None:
    for change in [*changes, Several(tuple(changes))]:
        record = json.loads(json.dumps(change_record(change)))
        assert read_change(change.kind, record) == change


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.lists(_changes.filter(lambda change: not isinstance(change, Undone)), max_size=15))
def test_undoing_all_from_the_last_to_the_first_leads_back_to_the_empty_board(changes: list[Change]) -> None:
    log = log_of(*changes)
    holding = [entry for entry in in_force(log) if entry.stamp.revision > 1]
    undone = [
        Entry(Stamp(len(log) + n, BEN, NOW), Undone(one.stamp.revision)) for n, one in enumerate(reversed(holding), 1)
    ]
    board = fold("b", [*log, *undone])
    assert (board.name, board.pins, board.sections, board.decisions) == ("Autumn", (), (), ())


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.lists(_changes, max_size=15))
def test_every_pin_is_read_exactly_once(changes: list[Change]) -> None:
    board = board_of(*changes)
    assert sorted(id(pin) for pin in board.ordered()) == sorted(id(pin) for pin in board.pins)


def test_a_photo_is_read_as_it_was_written() -> None:
    whole = Photo(
        "x",
        "unsplash",
        Photographer("Jørgen", "jorgen", "https://example.org/j"),
        title="T",
        tags=(Tag("sea", "auto", 0.5), Tag("sky")),
        width=4,
        height=3,
        colours=(Colour("#010203", 0.5),),
        taken_at=NOW,
        published_at=NOW,
        licence="CC0-1.0",
        phash=2**64 - 1,
    )
    assert read_photo(json.loads(json.dumps(photo_record(whole)))) == whole
