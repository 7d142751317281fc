"""Waiting at the desk: who waits is told where they stand, may cancel, and is not answered once nobody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.desk import Desk
from bot.replies import Form, Reply
from bot.turns import Limits
from tests.bot.teams import TEAMS, fill, open_team_desk, request, upload
from tests.conftest import draw_photo

NARROW = Limits(at_once=1, of_workspace=1, of_person=1, waiting=3, waiting_of_workspace=3, waiting_of_person=2)


class Working:
    """An answer that takes until it is let go on."""

    def __init__(self) -> None:
        self.begun = 0
        self.go = asyncio.Event()

    async def __call__(self) -> Reply:
        self.begun += 1
        await self.go.wait()
        return Reply("Done.")


@pytest.fixture
async def narrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """A desk that answers one request at a time."""
    monkeypatch.setattr("bot.desk.QUIET_S", 0.02)
    async with open_team_desk(tmp_path, limits=NARROW) as desk:
        await fill(desk, tmp_path, TEAMS[0], "one")
        yield desk


def ask(desk: Desk, working: Working, person: str, told: asyncio.Queue[Reply] | None = None) -> asyncio.Task[Reply]:
    asked = request(person=person)
    return asyncio.create_task(
        desk._answer(replace(asked, tell=told.put) if told else asked, "find", working)  # as commands and presses do
    )


async def test_who_waits_is_told_how_many_are_before_and_may_cancel(narrow: Desk) -> None:
    working, told = Working(), asyncio.Queue[Reply]()
    first, second = ask(narrow, working, "ann"), ask(narrow, working, "bob")
    await asyncio.sleep(0)
    third = ask(narrow, working, "cleo", told)
    notice = await asyncio.wait_for(told.get(), 5)
    assert notice.text == "One moment: 1 request is before yours."
    assert (await narrow.press(notice.actions[0].id, request(person="cleo"))).text == "Cancelled."
    assert (await third).text == "Cancelled." and narrow.turns.waiting == 1
    working.go.set()
    assert [(await one).text for one in (first, second)] == ["Done."] * 2 and working.begun == 2


async def test_what_a_chat_has_given_up_is_not_answered(narrow: Desk) -> None:
    working = Working()
    first, second = ask(narrow, working, "ann"), ask(narrow, working, "bob")
    await asyncio.sleep(0.05)
    second.cancel()
    await asyncio.wait([second])
    working.go.set()
    assert (await first).text == "Done."
    assert working.begun == 1 and (narrow.turns.waiting, narrow.turns.running) == (0, 0)


async def test_who_asks_too_fast_is_told_what_to_do(narrow: Desk) -> None:
    working = Working()
    asked = [ask(narrow, working, "ann") for _ in range(5)]
    await asyncio.sleep(0)
    replies = [await one for one in asked[3:]]
    assert all(reply.failed and "ask again" in reply.text for reply in replies)
    working.go.set()
    assert [(await one).text for one in asked[:3]] == ["Done."] * 3


async def test_at_a_restart_who_waits_is_told_to_ask_again(narrow: Desk) -> None:
    working = Working()
    first, second = ask(narrow, working, "ann"), ask(narrow, working, "bob")
    await asyncio.sleep(0)
    draining = asyncio.create_task(narrow.drain(5))
    assert "restarted" in (await second).text
    working.go.set()
    await draining
    assert (await first).text == "Done."


async def test_quick_things_wait_for_nothing(narrow: Desk, tmp_path: Path) -> None:
    working = Working()
    asked = ask(narrow, working, "ann")
    await asyncio.sleep(0)
    picture = upload(draw_photo(tmp_path / "new.jpg", "#c010c0", seed=3))
    async with asyncio.timeout(5):
        assert isinstance(await narrow.opens("add", request(), {"image": picture}), Form)
        assert await narrow.complete("find", "tag", "one", request())
        assert (await narrow.press("cancel:nothing", request())).failed
    working.go.set()
    await asked


async def test_an_answer_that_is_made_frees_its_turn_while_its_chat_is_still_told_to_wait(narrow: Desk) -> None:
    working, telling = Working(), asyncio.Event()

    async def tell(_: Reply) -> None:
        working.go.set()
        await telling.wait()

    slow = asyncio.create_task(narrow._answer(replace(request(), tell=tell), "find", working))
    await working.go.wait()
    async with asyncio.timeout(5):
        assert (await ask(narrow, working, "bob")).text == "Done."
    telling.set()
    assert (await slow).text == "Done."


async def test_it_is_measured_how_long_is_waited_and_who_is_refused(narrow: Desk) -> None:
    working = Working()
    asked = [ask(narrow, working, "ann") for _ in range(4)]
    await asyncio.wait([asked[3]])
    working.go.set()
    await asyncio.gather(*asked)
    told = narrow.metrics.text().decode()
    assert 'modaclip_turned_away_total{why="person"} 1.0' in told and "modaclip_wait_seconds_count 3.0" in told


async def test_nothing_is_remembered_of_workspaces_that_were_closed(narrow: Desk) -> None:
    narrow.workspaces._open_at_once = 1
    for number in range(4):
        await narrow.command("library", request(f"discord:@{number}"), {})
    assert len(narrow.workspaces._opening) == 0
