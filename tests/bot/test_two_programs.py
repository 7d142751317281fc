"""Two programs over one PostgreSQL, as on two hosts: what one changes the other shows, and each thing is done once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.app import _alone
from bot.boards.watching import look
from bot.desk import Desk
from bot.replies import Reply
from bot.store.leases import Leases
from bot.web import WebChat, WebOptions
from core.curation import Record
from core.store import StoreOptions
from tests.bot.teams import TEAMS, action, fill, open_team_desk, request, texts
from tests.conftest import draw_photo
from tests.fakes.visiting import enter, origin
from tests.fakes.wall import Wall

ENGINES = ("postgres",)
TEAM = TEAMS[0]


@pytest.fixture
async def programs(engine: StoreOptions, tmp_path: Path) -> AsyncIterator[tuple[Desk, Desk]]:
    async with open_team_desk(tmp_path, store=engine) as one, open_team_desk(tmp_path, store=engine) as other:
        await fill(one, tmp_path, TEAM, "one")
        yield one, other


async def until(seen: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not seen():  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.02)


async def do(desk: Desk, name: str, /, **values: Any) -> Reply:
    reply = await desk.command(name, request(), values)
    assert not reply.failed, reply.text
    return reply


def numbers(reply: Reply) -> list[int]:
    assert reply.panel is not None
    return [number for number, _ in reply.panel.credits]


async def test_a_board_changed_in_one_is_drawn_by_the_other_that_has_its_chat(programs: tuple[Desk, Desk]) -> None:
    one, other = programs
    wall = Wall()
    await other.live.connect("discord", wall)
    posted = await do(one, "board new", name="Autumn")
    assert posted.live is not None
    await other.live.posted("discord", "1/1", posted.live)
    await other.live.settle()
    await do(one, "board add", photos="one-red one-blue")
    await until(lambda: wall.drawn)
    assert numbers(wall.drawn[-1]) == [1, 2]
    await one.live.settle()
    assert len(wall.drawn) == 1


async def test_both_change_a_board_at_once_and_nothing_is_lost(programs: tuple[Desk, Desk]) -> None:
    one, other = programs
    await do(one, "board new", name="Autumn")
    await do(one, "board add", photos="one-red one-blue one-green")
    people = [(desk, f"person-{n}") for n, desk in enumerate((one, other) * 10)]
    replies = await asyncio.gather(
        *(desk.command("board vote", request(person=who), {"numbers": "1", "vote": "up"}) for desk, who in people)
    )
    assert not [reply.text for reply in replies if reply.failed]
    async with other.boards.see(TEAM, await other.boards.named(TEAM, "Autumn")) as seen:
        pin = (await seen.boards.shelf.named("Autumn")).pin(1)
    assert pin is not None and pin.tally.up == 20


async def test_an_event_that_both_are_told_is_answered_by_one(programs: tuple[Desk, Desk]) -> None:
    answers = await asyncio.gather(*(desk.first("slack:E1") for desk in programs * 5))
    assert answers.count(True) == 1


async def test_what_is_done_alone_goes_over_to_the_other(programs: tuple[Desk, Desk]) -> None:
    doing: list[str] = []

    async def work(who: str) -> None:
        doing.append(who)
        await asyncio.sleep(60)

    tasks = []
    for desk, who in zip(programs, ("one", "other"), strict=True):
        desk.leases = Leases(desk.state.database, lease_s=0.6)
        tasks.append(asyncio.create_task(_alone(desk, "discord", lambda who=who: work(who))))
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.8)
    assert doing == ["one"]
    tasks[0].cancel()
    await until(lambda: doing == ["one", "other"])
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_news_for_a_board_are_told_once(programs: tuple[Desk, Desk], tmp_path: Path) -> None:
    one, other = programs
    walls = Wall(), Wall()
    for desk, wall in zip(programs, walls, strict=True):
        await desk.live.connect("discord", wall)
    await do(one, "board new", name="Autumn")
    await do(one, "board add", photos="one-red")
    await do(one, "board watch", state="on")
    async with other.workspaces.use(TEAM) as workspace:
        data = draw_photo(tmp_path / "new.jpg", "#d80808", seed=78).read_bytes()
        await workspace.add(data, "new.jpg", Record("Ann", title="new red"))
    told = await asyncio.gather(*(look(desk) for desk in programs))
    assert sorted(told) == [0, 1]
    assert sum(len(wall.posted) for wall in walls) == 1


async def test_what_is_said_to_everybody_in_one_web_chat_shows_in_the_other(
    programs: tuple[Desk, Desk], tmp_path: Path
) -> None:
    one, other = programs
    options = WebOptions(port=0, files=tmp_path / "files", workspace=TEAM)
    async with (
        WebChat(one, one.state.database, options) as here,
        WebChat(other, other.state.database, options) as there,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client,
    ):
        heard: list[dict[str, Any]] = []
        assert (await enter(client, there)).status == 200
        address = f"http://127.0.0.1:{there.port}/connection"
        async with client.ws_connect(address, headers=origin(there)) as window:

            async def listen() -> None:
                async for message in window:
                    heard.append(message.json())

            listening = asyncio.create_task(listen())
            await until(lambda: [one for one in heard if one["do"] == "hello"])
            await here._everybody.say(Reply("Said in the first."))
            await until(lambda: [one for one in heard if one["do"] == "entry"])
            listening.cancel()
    (entry,) = [one["entry"] for one in heard if one["do"] == "entry"]
    assert "Said in the first." in str(entry)


async def test_a_photo_that_came_in_by_one_is_found_by_the_other(programs: tuple[Desk, Desk], tmp_path: Path) -> None:
    one, other = programs
    assert "quokka" not in texts([await other.command("find", request(), {"query": "red"})])
    await fill(one, tmp_path, TEAMS[0], "quokka", seed=300)
    reply = await other.command("find", request(), {"query": "red"})
    assert "quokka-red" in [card.id for card in reply.cards]
    assert not texts([await other.command("find", request(TEAMS[1]), {"query": "quokka"})]).count("quokka-red")


async def test_a_button_of_one_is_answered_by_the_other(programs: tuple[Desk, Desk], tmp_path: Path) -> None:
    one, other = programs
    first = await one.command("find", request(), {"query": "red", "count": 2})
    second = await other.press(action(first, "more"), request())
    assert second.cards and not {card.id for card in second.cards} & {card.id for card in first.cards}


async def test_a_board_takes_what_is_pinned_by_both_at_once(programs: tuple[Desk, Desk], tmp_path: Path) -> None:
    one, other = programs
    await one.command("board new", request(), {"name": "Autumn"})
    pins = (("red", one), ("blue", other), ("green", one))
    await asyncio.gather(
        *(desk.command("board add", request(), {"photos": f"one-{colour}", "board": "Autumn"}) for colour, desk in pins)
    )
    async with other.workspaces.use(TEAMS[0]) as workspace:
        board = await workspace.own.boards.named("Autumn")
    assert {pin.photo.id for pin in board.pins} == {"one-red", "one-blue", "one-green"}


async def test_settings_and_new_tags_are_noticed(programs: tuple[Desk, Desk], tmp_path: Path) -> None:
    one, other = programs
    assert "onetag (3)" in (await other.command("tags", request(), {})).text
    await one.command("tag add", request(), {"photo": "one-red", "tags": "numbat"})
    for _ in range(200):
        told = (await other.command("tags", request(), {})).text
        if "numbat" in told:
            break
        await asyncio.sleep(0.02)
    assert "numbat (1)" in told
    await one.state.write_settings(TEAMS[0], {"count": 1})
    assert len((await other.command("find", request(), {"query": "red"})).cards) == 1
