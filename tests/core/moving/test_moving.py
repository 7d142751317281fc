"""A library carried over into PostgreSQL and back, while it is used."""

from __future__ import annotations

import asyncio
import shutil

import numpy as np
import pytest

from core.curation import Record
from core.errors import LibraryError
from core.moving import CantMove, NotTheSame, asking, copying, mover
from core.query import parse
from core.store.raw import COPYING, RawRows
from tests.core.moving.worlds import ANA, World, fill


async def test_all_of_a_library_is_the_same_there_and_back(world: World) -> None:
    before = await world.rows("sqlite")
    moved = await world.move("postgres")
    assert (moved.contents.photos, moved.contents.removed, moved.contents.boards) == (57, 3, 2)
    assert dict(moved.spaces) == {"colours": sum(1 for i in range(57) if i % 9)}
    assert await world.rows("postgres") == before == await world.rows("sqlite")
    shutil.move(world.folder, world.folder.with_name("away"))
    world.folder.mkdir()
    back = await world.move("sqlite")
    assert await world.rows("sqlite") == before
    assert back.contents == moved.contents


async def test_both_sides_answer_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mover, "QUERIES", 100)
    for to in ("postgres", "sqlite"):
        answers = (await world.move(to)).answers
        assert answers.same and answers.asked == 100
        assert answers.identical + answers.alike + answers.otherwise == 100
        assert answers.identical >= 95
    async with world.library("postgres") as moved, world.library("sqlite") as library:
        for query in ("red", '"red barn"', "by:'Name 1'", "tag:ours", "like:p0-5 -blue"):
            own, other = await library.find(query), await moved.find(query)
            assert [hit.photo for hit in own.hits] == [hit.photo for hit in other.hits]
            assert own.as_of == other.as_of


async def test_a_second_run_has_nothing_to_do(world: World) -> None:
    first = await world.move("postgres")
    second = await world.move("postgres")
    assert first.written > 57
    assert (second.written, second.removed, second.contents) == (0, 0, first.contents)


async def test_a_second_run_brings_what_was_written_meanwhile(world: World) -> None:
    await world.move("postgres")
    async with world.store("sqlite") as store, world.library("sqlite") as library:
        await fill(store, 5, seed=1)
        await store.remove_photos([7])
        await library.edit("p0-3", Record(title="Another title"))
        await library.boards.make("Third", ANA)
    moved = await world.move("postgres")
    assert await world.rows("postgres") == await world.rows("sqlite")
    assert 0 < moved.written < 20


# Live


async def test_what_is_written_while_it_is_copied_is_carried_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = 0
    read = copying.carry_over

    async def watched(source: RawRows, *rest: object) -> object:
        nonlocal pages
        pages += 1
        if pages <= 3:
            async with world.store("sqlite") as store, world.library("sqlite") as library:
                await fill(store, 4, seed=pages)
                await library.boards.make(f"New {pages}", ANA)
                await library.retag("p0-10", add=[f"live{pages}"])
                await store.remove_photos([20 + pages])
        return await read(source, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(mover, "carry_over", watched)
    moved = await world.move("postgres")
    assert await world.rows("postgres") == await world.rows("sqlite")
    assert moved.contents.boards == 5 and moved.answers.same


async def test_writers_without_the_lock_write_all_the_time(world: World) -> None:
    stop = asyncio.Event()
    written = 0

    async def write() -> None:
        nonlocal written
        async with world.library("sqlite") as library:
            while not stop.is_set():
                written += 1
                await library.retag("p0-11", add=[f"w{written % 30}"])
                await library.boards.make(f"Board {written}", ANA)

    writer = asyncio.create_task(write())
    try:
        await world.move("postgres")
    finally:
        stop.set()
        await writer
    assert written > 3
    moved = await world.move("postgres")
    assert await world.rows("postgres") == await world.rows("sqlite")
    assert moved.contents.boards == 2 + written


async def test_the_last_pass_waits_for_an_import(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mover, "LOCK_PATIENCE_S", 0.2)
    async with world.store("sqlite") as store, store.lock():
        with pytest.raises(CantMove, match=r"Another import .* goes on from here"):
            await world.move("postgres")
    assert (await world.move("postgres")).written == 0


async def test_two_moves_do_not_run_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mover, "TARGET_PATIENCE_S", 0.1)
    await world.move("postgres")
    async with world.store("postgres") as store, store.lock():
        with pytest.raises(LibraryError, match="Another import"):
            await world.move("postgres")


# What is not the same


async def test_a_copy_that_does_not_become_the_same_is_no_copy(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.store.postgres import raw

    monkeypatch.setattr(raw, "_sent", lambda _: None)
    with pytest.raises(NotTheSame, match="not the same"):
        await world.move("postgres")
    async with world.store("postgres") as store:
        assert await store.fact(COPYING)


async def test_answers_that_differ_are_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.store.postgres.words import WordTable

    async def nothing(*_: object) -> np.ndarray:
        return np.empty(0, np.int64)

    monkeypatch.setattr(WordTable, "holding_phrase", nothing)
    answers = (await world.move("postgres")).answers
    assert not answers.same
    assert any('"' in query for query in answers.different)


@pytest.mark.parametrize(
    ("own", "other", "kind"),
    [
        ({"a": 0.9, "b": 0.5}, {"a": 0.90001, "b": 0.5}, "identical"),
        ({"a": 0.5003, "b": 0.5}, {"b": 0.5003, "a": 0.5}, "alike"),
        ({"a": 0.9, "b": 0.5}, {"b": 0.9, "a": 0.5}, "different"),
        ({"a": 0.9, "b": 0.5}, {"a": 0.9}, "otherwise"),
        ({"a": 0.9, "b": 0.5}, {"c": 0.9, "b": 0.5}, "otherwise"),
        ({f"p{i}": 0.5 for i in range(10)}, {f"p{i}": 0.5 for i in range(1, 11)}, "alike"),
        ({"a": 0.9}, {"a": 0.8}, "different"),
    ],
)
async def test_what_counts_as_the_same(own: dict[str, float], other: dict[str, float], kind: str) -> None:
    class Fixed:
        def __init__(self, scores: dict[str, float]) -> None:
            self._scores = scores

        async def scores(self, query: object, among: list[str] | None = None) -> dict[str, float]:
            return other | own if among and kind == "otherwise" else self._scores

    assert (await asking._compare(Fixed(own), Fixed(other), parse("red")))[0] == kind  # type: ignore[arg-type]


async def test_answers_with_nothing_in_common_are_different_whatever_their_scores() -> None:
    class Fixed:
        def __init__(self, scores: dict[str, float]) -> None:
            self._scores = scores

        async def scores(self, query: object, among: list[str] | None = None) -> dict[str, float]:
            return {"a": 0.9, "b": 0.8} if among else self._scores

    kind = await asking._compare(Fixed({"a": 0.9}), Fixed({"b": 0.8}), parse("red"))  # type: ignore[arg-type]
    assert kind == ("different", 0.0)
