"""A copy is written over nothing that somebody still needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.library import Library
from core.moving import CantMove
from tests.core.moving.worlds import World, fill


async def test_what_was_written_into_the_copy_is_not_undone(world: World) -> None:
    await world.move("postgres")
    async with world.library("postgres") as library:
        await library.retag("p0-5", add=["newer"])
    with pytest.raises(CantMove, match=r"no copy of this one, or was changed.*--replace"):
        await world.move("postgres")
    async with world.library("postgres") as library:
        assert "newer" in {tag.name for tag in (await library.photo("p0-5")).tags}
    await world.move("sqlite")
    async with world.library("sqlite") as library:
        assert "newer" in {tag.name for tag in (await library.photo("p0-5")).tags}
    assert (await world.move("postgres")).written == 0


async def test_both_changed_is_said_and_replaced_only_when_asked(world: World) -> None:
    await world.move("postgres")
    for kind in ("postgres", "sqlite"):
        async with world.library(kind) as library:
            await library.retag("p0-5", add=[f"by-{kind}"])
    for to in ("postgres", "sqlite"):
        with pytest.raises(CantMove, match="--replace"):
            await world.move(to)
    await world.move("sqlite", replace=True)
    assert await world.rows("postgres") == await world.rows("sqlite")


async def test_another_library_of_the_same_name_is_left_alone(world: World, tmp_path: Path) -> None:
    await world.move("postgres")
    other = World(tmp_path / "elsewhere" / world.folder.name, world.url)
    await Library.create(other.folder, "colours", other.options)
    async with other.store("sqlite") as store:
        await store.write_facts(created_at="2001-01-01")
        await fill(store, 20, seed=7)
    with pytest.raises(CantMove, match="--replace"):
        await other.move("postgres")
    await other.move("postgres", replace=True)
    assert await other.rows("postgres") == await other.rows("sqlite")
    async with other.store("postgres") as store:
        assert await store.words.lacking() == []
        assert not (await store.words.holding_phrase("number 50")).size


async def test_an_empty_library_there_is_written_over(world: World) -> None:
    async with world.stores("postgres") as stores:
        await Library.create(world.folder, "colours", world.options, stores=stores)
    await world.move("postgres")
    assert await world.rows("postgres") == await world.rows("sqlite")


async def test_a_library_that_is_not_there_is_no_library(world: World) -> None:
    with pytest.raises(CantMove, match="no library"):
        await world.move("sqlite")
