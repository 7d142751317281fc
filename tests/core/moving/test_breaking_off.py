"""A move that is broken off goes on, wherever that was."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import LibraryError
from core.library import Library
from core.moving import asking, mover
from tests.core.moving.worlds import World

ROOT = Path(__file__).parents[3]


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
from tests.core.moving.worlds import OPTIONS, quiet
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
