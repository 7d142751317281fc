"""A library carried over into PostgreSQL and back, while it is used, whatever breaks it off."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from core.boards.board import Author
from core.boards.changes import Renamed
from core.curation import Record
from core.enrich import Vocabulary
from core.errors import LibraryError
from core.ingest import Progress, no_progress
from core.library import Library, LibraryOptions
from core.moving import CantMove, Moved, NotTheSame, Sides, asking, copying, move, mover
from core.photos import Photo, Photographer, Tag
from core.query import parse
from core.store import Arrival, Store, StoreOptions, Stores
from core.store.raw import COPYING, RawRows
from tests.fakes.encoder import DIMENSIONS, HUES, LIGHTS, ColourEncoder

ROOT = Path(__file__).parents[3]
ANA = Author("u1", "Ana", "")
OPTIONS = LibraryOptions(vocabulary=Vocabulary((*HUES, *LIGHTS)), make_encoder=lambda name, _: ColourEncoder(name))


def quiet(_: str) -> Progress:
    return no_progress


@dataclass
class World:
    """A folder whose library is in SQLite, a PostgreSQL, and what moves between them."""

    folder: Path
    url: str
    options: LibraryOptions = field(default_factory=lambda: OPTIONS)

    def stores(self, kind: str) -> Stores:
        return Stores(StoreOptions(self.url if kind == "postgres" else ""))

    @asynccontextmanager
    async def store(self, kind: str) -> AsyncIterator[Store]:
        async with self.stores(kind) as stores, stores.open(self.folder) as store:
            yield store

    @asynccontextmanager
    async def library(self, kind: str) -> AsyncIterator[Library]:
        async with self.stores(kind) as stores, Library.open(self.folder, self.options, stores=stores) as library:
            yield library

    async def move(self, to: str, *, again: bool = False, **options: bool) -> Moved:
        source, target = ("sqlite", "postgres") if to == "postgres" else ("postgres", "sqlite")
        async with (
            self.stores(source) as first,
            self.stores(target) as second,
            self.options.make_services() as services,
        ):
            return await move(self.folder, Sides(first, second, to), self.options, services, quiet, **options)

    async def rows(self, kind: str) -> tuple[object, ...]:
        """Return everything that is kept, but what a copy says of itself."""
        async with self.store(kind) as store:
            return await store.raw.head(), await store.raw.photos(0, 10**6), await store.raw.boards("", 10**6)


async def fill(store: Store, count: int, seed: int = 0) -> None:
    """Write made-up photos, of which some are described, some have no picture, and some are taken out again."""
    space = await store.named_space("colours", "colours-1", DIMENSIONS)
    await store.write_facts(encoder="colours", fingerprint="colours-1")
    vectors = np.random.default_rng(seed).standard_normal((count, DIMENSIONS)).astype(np.float32)
    arrivals = [
        Arrival(
            f"file:/{seed}/{i}.jpg",
            Photo(
                f"p{seed}-{i}",
                "folder",
                Photographer(f"Name {i % 7}"),
                title=f"{HUES[i % 12]} barn number {i}" if i % 3 else None,
                tags=(Tag(HUES[i % 12]), Tag(f"t{i % 5}", "auto", 0.5 + 1 / (i + 3))),
                width=100 + i,
                height=150,
                average_colour="#102030",
                phash=i * 2**55,
                content_hash=f"{i:064x}" if i % 9 else None,
            ),
            "hash",
            1000 + i,
            2**60 + i,
        )
        for i in range(count)
    ]
    await store.write_photos(arrivals, [(space, v) if i % 9 else None for i, v in enumerate(vectors)])
    numbers = (await store.photos.numbers()).tolist()
    await store.photos.write_alike(dict.fromkeys(numbers[:4], numbers[0]))
    await store.photos.retag(numbers[1], ["ours"], ["t1"])
    await store.remove_photos(numbers[-3:])


@pytest.fixture
async def world(tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(copying, "PAGE_PHOTOS", 16)
    monkeypatch.setattr(mover, "QUERIES", 10)
    made = World(tmp_path / "photos.lib", postgres_url)
    await Library.create(made.folder, "colours", made.options)
    async with made.store("sqlite") as store:
        await fill(store, 60)
        async with made.library("sqlite") as library:
            board = await library.boards.make("Lodge", ANA, "channel-1")
            await library.boards.change(board.id, replace(ANA, side="other"), lambda _: Renamed("Lodge by the sea"))
            await library.boards.make("Sea", ANA)
    return made


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


# Broken off


@pytest.mark.parametrize("to", ["postgres", "sqlite"])
async def test_a_move_that_breaks_off_anywhere_goes_on(world: World, to: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if to == "sqlite":
        await world.move("postgres")
        shutil.rmtree(world.folder)
        world.folder.mkdir()
    chance = random.Random(1)
    write = Broken.wrap(monkeypatch, to, chance)
    for _ in range(60):
        try:
            moved = await world.move(to)
            break
        except Broken:
            async with world.stores(to) as stores:
                with pytest.raises(LibraryError, match="being moved here"):
                    async with Library.open(world.folder, world.options, stores=stores):
                        pass
    else:
        raise AssertionError("it never ended")
    assert write.broken > 3
    assert await world.rows("postgres") == await world.rows("sqlite")
    assert moved.contents.photos == 57


class Broken(Exception):
    """Raised before or after a page is written, at random."""

    broken = 0

    @classmethod
    def wrap(cls, monkeypatch: pytest.MonkeyPatch, to: str, chance: random.Random) -> type[Broken]:
        from core.store.postgres.raw import RawTables as PostgresTables
        from core.store.sqlite.raw import RawTables as SqliteTables

        cls.broken = 0
        tables = PostgresTables if to == "postgres" else SqliteTables
        for name in ("write_head", "write_photos", "write_boards"):
            monkeypatch.setattr(tables, name, cls._breaking(getattr(tables, name), chance))
        return cls

    @classmethod
    def _breaking(cls, write: object, chance: random.Random) -> object:
        async def broken(self: object, *given: object) -> None:
            before, after = chance.random() < 0.3, chance.random() < 0.3
            cls.broken += before or after
            if before:
                raise cls
            await write(self, *given)  # type: ignore[operator]
            if after:
                raise cls

        return broken


async def test_a_move_that_breaks_off_after_the_copy_was_whole_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.store.postgres.raw import RawTables

    async def differing(*_: object) -> asking.Answers:
        async with world.library("sqlite") as library:
            await library.retag("p0-10", add=["meanwhile"])
        monkeypatch.setattr(RawTables, "write_photos", broken)
        return asking.Answers(1, different=("red",))

    async def broken(self: RawTables, photos: object) -> None:
        await write(self, photos)  # type: ignore[arg-type]
        raise Broken

    write = RawTables.write_photos
    with monkeypatch.context() as patched:
        patched.setattr(mover, "compare_answers", differing)
        with pytest.raises(Broken):
            await world.move("postgres")
    monkeypatch.setattr(RawTables, "write_photos", write)
    await world.move("postgres")
    assert await world.rows("postgres") == await world.rows("sqlite")


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from core.moving import Sides, copying, move
from core.store import StoreOptions, Stores
from core.store.postgres.raw import RawTables
from tests.core.moving.test_moving import OPTIONS, quiet
copying.PAGE_PHOTOS = 16
write, left = RawTables.write_photos, int(sys.argv[3])
async def killed(self, photos):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    await write(self, photos)
RawTables.write_photos = killed
async def main():
    async with Stores() as one, Stores(StoreOptions(sys.argv[2])) as two, OPTIONS.make_services() as services:
        await move(Path(sys.argv[1]), Sides(one, two, "there"), OPTIONS, services, quiet)
asyncio.run(main())
"""


async def test_a_process_that_is_killed_leaves_what_the_next_goes_on_with(world: World) -> None:
    for pages in (0, 2):
        command = [sys.executable, "-c", KILLED, str(world.folder), world.url, str(pages)]
        done = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, check=False, env=dict(os.environ))
        assert done.returncode == -signal.SIGKILL
    async with world.store("postgres") as store:
        assert 0 < await store.photos.count() < 57
    moved = await world.move("postgres")
    assert 57 - 2 * 16 <= moved.written <= 57 + 2
    assert await world.rows("postgres") == await world.rows("sqlite")


# Nothing is undone


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

    assert await asking._compare(Fixed(own), Fixed(other), parse("red")) == kind  # type: ignore[arg-type]
