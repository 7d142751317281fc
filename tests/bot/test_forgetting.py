"""On every engine nothing is left of who was forgotten, in any table of the bot or of a library."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.desk import Desk
from core.boards.shelf import Shelf
from core.store import StoreOptions
from tests.bot.teams import fill, request, texts
from tests.bot.two_people import ANN, BEN, HOME, OWN, do, everything, forgotten, log_of, shown, worked

ENGINES = ("sqlite", "postgres")


@pytest.fixture
async def desk(tmp_path: Path, engine: StoreOptions) -> AsyncIterator[Desk]:
    async with worked(tmp_path, engine) as opened:
        yield opened


async def test_nothing_in_any_table_stands_for_somebody_who_was_forgotten(desk: Desk) -> None:
    assert ANN in await everything(desk)
    reply = await forgotten(desk)
    assert (reply.in_place, reply.passing) == (True, True) and "What stays" in reply.text
    left = await everything(desk)
    assert ANN not in left and "'ann'" not in left and "red ann" not in left
    assert BEN in left and "red ben" in left


async def test_what_is_a_person_s_alone_goes_with_its_pictures(desk: Desk, tmp_path: Path) -> None:
    await fill(desk, tmp_path, OWN, "own")
    await do(desk, "board new", team=OWN, name="Mine")
    await desk.command("settings", request(OWN), {"count": 3})
    folder = desk.workspaces.folder(OWN)
    assert list(folder.glob("originals/*/*.jpg"))
    said = dict((await do(desk, "privacy", team=OWN)).details)
    assert said["What you keep in direct messages with me"] == "3 photos, 1 board"
    await forgotten(desk, team=OWN)
    assert not await desk.workspaces.exists(OWN) and not folder.exists()
    assert OWN not in await everything(desk)
    assert "0 photos" in texts([await do(desk, "library", team=OWN)]), "who comes back begins anew"


async def test_who_was_forgotten_elsewhere_is_in_no_log_that_is_remembered_here(desk: Desk) -> None:
    """Another program rewrites what this one has read already."""
    await shown(desk)
    async with desk.workspaces.store_in(desk.workspaces.folder(HOME)) as store:
        assert await Shelf(store).forget(ANN) == [(await shown(desk)).id]
    assert ANN not in repr(await log_of(desk)) and (await shown(desk)).made_by.name == ""
