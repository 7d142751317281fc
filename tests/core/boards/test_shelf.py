"""Boards are kept: found again, changed by many at once without loss."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.boards.board import Author, Board
from core.boards.changes import Deleted, Noted, Pinned, Renamed, Undone, Voted
from core.boards.shelf import LONGEST_NAME, Shelf
from core.errors import BadRecord, NotFound
from core.store import Store, Stores
from tests.core.boards.test_changes import ANN, BEN, pinned

ENGINES = ("sqlite", "postgres")


@pytest.fixture
def shelf(store: Store) -> Shelf:
    return Shelf(store)


def pin(name: str):
    return lambda board: pinned(board.next_number, name)


async def test_a_board_is_found_by_its_name_however_it_is_typed(shelf: Shelf) -> None:
    made = await shelf.make(" Autumn   campaign ", ANN)
    assert made.name == "Autumn campaign"
    assert (await shelf.named("autumn CAMPAIGN")).id == made.id


async def test_people_who_are_known_by_another_id_keep_what_they_did(store: Store) -> None:
    ben = Author("chat:ben", "Ben", side="s1")
    made = await Shelf(store).make("Autumn", Author("chat:ann", "Ann"))
    await Shelf(store).change(made.id, ben, pin("lake"))
    for renamed in (1, 0):
        assert await store.boards.rename_authors("chat:", "chat:one.", side="") == renamed
    board = await Shelf(store).board(made.id)
    assert (board.made_by.id, board.pins[0].by.id) == ("chat:one.ann", "chat:ben")
    assert await store.boards.rename_authors("chat:", "chat:two.", side="s1") == 1


async def test_a_board_is_found_by_its_id(shelf: Shelf) -> None:
    made = await shelf.make("Autumn", ANN)
    assert (await shelf.named(made.id)).name == "Autumn"


async def test_a_name_that_is_not_there_is_answered_with_near_ones(shelf: Shelf) -> None:
    await shelf.make("Autumn", ANN)
    with pytest.raises(NotFound, match="Did you mean Autumn"):
        await shelf.named("Autum")


@pytest.mark.parametrize("name", ["", "  ", "x" * (LONGEST_NAME + 1)])
async def test_a_board_needs_a_name_of_some_length(shelf: Shelf, name: str) -> None:
    with pytest.raises(BadRecord):
        await shelf.make(name, ANN)


async def test_two_boards_do_not_have_the_same_name(shelf: Shelf) -> None:
    await shelf.make("Autumn", ANN)
    other = await shelf.make("Winter", ANN)
    with pytest.raises(BadRecord, match="already"):
        await shelf.make("AUTUMN", BEN)
    with pytest.raises(BadRecord, match="already"):
        await shelf.change(other.id, BEN, lambda _: Renamed("autumn"))
    assert (await shelf.board(other.id)).name == "Winter"


async def test_the_name_of_a_deleted_board_is_free_and_undoing_says_when_it_is_taken(shelf: Shelf) -> None:
    first = await shelf.make("Autumn", ANN)
    _, deleted = await shelf.change(first.id, ANN, lambda _: Deleted())
    second = await shelf.make("Autumn", ANN)
    with pytest.raises(BadRecord, match="already"):
        await shelf.change(first.id, ANN, lambda _: Undone(deleted.revision))
    assert (await shelf.named("Autumn")).id == second.id


async def test_the_board_of_a_channel_is_the_one_that_was_changed_last(shelf: Shelf) -> None:
    first = await shelf.make("Autumn", ANN, "web:main")
    await shelf.make("Winter", ANN, "web:main")
    await shelf.change(first.id, ANN, pin("a"))
    found = await shelf.of_channel("web:main")
    assert found is not None and found.id == first.id
    assert await shelf.of_channel("elsewhere") is None


async def test_a_board_is_made_with_its_first_change_or_not_at_all(shelf: Shelf) -> None:
    board = await shelf.make("Autumn", ANN, first=pin("a"))
    assert [pin.number for pin in (await shelf.board(board.id)).pins] == [1]
    assert [entry.stamp.revision for entry in await shelf.log(board.id)] == [1, 2]

    def fail(_: Board) -> None:
        raise BadRecord("no")

    with pytest.raises(BadRecord, match="no"):
        await shelf.make("Winter", ANN, first=fail)
    assert [listed.name for listed in await shelf.all()] == ["Autumn"]


async def test_a_change_of_nothing_is_not_written(shelf: Shelf) -> None:
    made = await shelf.make("Autumn", ANN)
    before, after = await shelf.change(made.id, ANN, lambda _: None)
    assert before == after and len(await shelf.log(made.id)) == 1


async def test_an_earlier_revision_is_as_it_was(shelf: Shelf) -> None:
    made = await shelf.make("Autumn", ANN)
    await shelf.change(made.id, ANN, pin("a"))
    await shelf.change(made.id, ANN, lambda _: Noted(1, "later"))
    assert (await shelf.board(made.id, revision=2)).pins[0].note == ""


async def test_a_board_outlives_the_program(stores: Stores, tmp_path: Path) -> None:
    await stores.create(tmp_path, {})
    async with stores.open(tmp_path) as store:
        made = await Shelf(store).make("Autumn", ANN)
        _, before = await Shelf(store).change(made.id, BEN, pin("a"))
    async with stores.open(tmp_path) as store:
        assert await Shelf(store).board(made.id) == before


async def test_fifty_changes_at_once_from_two_programs_lose_nothing(stores: Stores, tmp_path: Path) -> None:
    await stores.create(tmp_path, {})
    async with stores.open(tmp_path) as one, stores.open(tmp_path) as other:
        shelves = (Shelf(one), Shelf(other))
        made = await shelves[0].make("Autumn", ANN)
        people = [Author(f"web:{n}", f"Person {n}") for n in range(50)]
        await asyncio.gather(
            *(shelves[n % 2].change(made.id, person, pin(f"photo-{n}")) for n, person in enumerate(people))
        )
        board = await shelves[0].board(made.id)
        assert {entry.photo.id for entry in board.pins} == {f"photo-{n}" for n in range(50)}
        assert sorted(entry.number for entry in board.pins) == list(range(1, 51))
        assert await shelves[1].board(made.id) == board
        await asyncio.gather(
            *(shelves[n % 2].change(made.id, person, lambda _: Voted(7, "up")) for n, person in enumerate(people))
        )
        voted = (await shelves[1].board(made.id)).pin(7)
        assert voted is not None and voted.tally.up == 50


async def test_a_change_is_made_of_the_board_as_it_stands_when_it_is_written(store: Store) -> None:
    slow, fast = Shelf(store), Shelf(store)
    made = await slow.make("Autumn", ANN)
    seen: list[int] = []

    def make(board: Board) -> Pinned:
        seen.append(board.revision)
        return pinned(board.next_number, "mine")

    table, raced = slow._table.append, []

    async def append(row, change):
        if not raced:
            raced.append(True)
            await fast.change(made.id, BEN, pin("theirs"))
        return await table(row, change)

    slow._table.append = append  # type: ignore[method-assign]
    _, after = await slow.change(made.id, ANN, make)
    assert seen == [1, 2]
    assert [(one.number, one.photo.id) for one in after.pins] == [(1, "theirs"), (2, "mine")]


async def test_what_somebody_undoes_is_gone_and_all_else_stays(shelf: Shelf) -> None:
    made = await shelf.make("Autumn", ANN)
    await shelf.change(made.id, ANN, pin("a"))
    await shelf.change(made.id, BEN, pin("b"))
    _, after = await shelf.change(made.id, BEN, lambda _: Undone(2))
    assert [one.photo.id for one in after.pins] == ["b"]
    log = await shelf.log(made.id)
    assert isinstance(log[-1].change, Undone) and log[-1].stamp.author == BEN


async def test_deleted_boards_are_forgotten_after_thirty_days(store: Store) -> None:
    now = [datetime(2026, 3, 1, tzinfo=UTC)]
    shelf = Shelf(store, clock=lambda: now[0])
    gone, kept = await shelf.make("Gone", ANN), await shelf.make("Kept", ANN)
    await shelf.change(gone.id, ANN, lambda _: Deleted())
    now[0] += timedelta(days=29)
    assert await shelf.purge() == 0
    now[0] += timedelta(days=2)
    assert await shelf.purge() == 1
    with pytest.raises(NotFound):
        await Shelf(store).board(gone.id)
    assert (await Shelf(store).board(kept.id)).name == "Kept"


async def test_archived_boards_are_listed_apart(shelf: Shelf) -> None:
    from core.boards.changes import Archived

    made = await shelf.make("Old", ANN, "web:main")
    await shelf.make("New", ANN)
    await shelf.change(made.id, ANN, lambda _: Archived(True))
    assert [one.name for one in await shelf.all()] == ["New"]
    assert [one.name for one in await shelf.all(archived=True)] == ["Old"]
    assert len(await shelf.all(archived=None)) == 2
    assert await shelf.of_channel("web:main") is None
