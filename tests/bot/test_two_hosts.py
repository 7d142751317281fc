"""Two programs over one database: what is done at one is there at the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.desk import Desk
from core.store import StoreOptions
from tests.bot.teams import TEAMS, action, fill, open_team_desk, request, texts

ENGINES = ("postgres",)


@pytest.fixture
async def desks(tmp_path: Path, engine: StoreOptions) -> AsyncIterator[tuple[Desk, Desk]]:
    async with open_team_desk(tmp_path, store=engine) as one, open_team_desk(tmp_path, store=engine) as other:
        yield one, other


async def test_a_photo_that_came_in_at_one_host_is_found_at_the_other(desks: tuple[Desk, Desk], tmp_path: Path) -> None:
    one, other = desks
    assert "quokka" not in texts([await other.command("find", request(), {"query": "red"})])
    await fill(one, tmp_path, TEAMS[0], "quokka")
    reply = await other.command("find", request(), {"query": "red"})
    assert reply.cards[0].id == "quokka-red"
    assert not texts([await other.command("find", request(TEAMS[1]), {"query": "quokka"})]).count("quokka-red")


async def test_a_button_of_one_host_works_at_the_other(desks: tuple[Desk, Desk], tmp_path: Path) -> None:
    one, other = desks
    await fill(one, tmp_path, TEAMS[0], "quokka")
    first = await one.command("find", request(), {"query": "red", "count": 2})
    second = await other.press(action(first, "more"), request())
    assert second.cards and not {card.id for card in second.cards} & {card.id for card in first.cards}


async def test_a_board_takes_what_is_pinned_at_both_hosts_at_once(desks: tuple[Desk, Desk], tmp_path: Path) -> None:
    one, other = desks
    await fill(one, tmp_path, TEAMS[0], "quokka")
    await one.command("board new", request(), {"name": "Autumn"})
    pins = (("red", one), ("blue", other), ("green", one))
    await asyncio.gather(
        *(
            desk.command("board add", request(), {"photos": f"quokka-{colour}", "board": "Autumn"})
            for colour, desk in pins
        )
    )
    async with other.workspaces.use(TEAMS[0]) as workspace:
        board = await workspace.own.boards.named("Autumn")
    assert {pin.photo.id for pin in board.pins} == {"quokka-red", "quokka-blue", "quokka-green"}


async def test_settings_and_new_tags_are_noticed(desks: tuple[Desk, Desk], tmp_path: Path) -> None:
    one, other = desks
    await fill(one, tmp_path, TEAMS[0], "quokka")
    assert "quokkatag (3)" in (await other.command("tags", request(), {})).text
    await one.command("tag add", request(), {"photo": "quokka-red", "tags": "numbat"})
    for _ in range(200):
        told = (await other.command("tags", request(), {})).text
        if "numbat" in told:
            break
        await asyncio.sleep(0.02)
    assert "numbat (1)" in told
    await one.state.write_settings(TEAMS[0], {"count": 1})
    assert len((await other.command("find", request(), {"query": "red"})).cards) == 1
