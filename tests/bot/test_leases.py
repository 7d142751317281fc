"""Leases: one process at a time does what is done alone, and another goes on when it dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.leases import Leases
from bot.store.state import State
from tests.fakes.clock import Clock


@pytest.fixture
async def state(tmp_path: Path) -> AsyncIterator[State]:
    async with State.open(tmp_path / "state.db") as opened:
        yield opened


async def test_only_one_holds_a_lease(state: State) -> None:
    one, other = Leases(state.database), Leases(state.database)
    assert [await one.take("discord"), await other.take("discord"), await one.take("discord")] == [True, False, True]
    assert await other.take("slack")


async def test_of_many_at_once_one_holds_it(state: State) -> None:
    taken = await asyncio.gather(*(Leases(state.database).take("discord") for _ in range(30)))
    assert taken.count(True) == 1


async def test_who_shows_no_life_loses_it(state: State) -> None:
    clock = Clock()
    dead, other = (Leases(state.database, lease_s=30, clock=clock) for _ in range(2))
    assert await dead.take("discord")
    clock.now += 29
    assert not await other.take("discord")
    clock.now += 2
    assert await other.take("discord") and not await dead.take("discord")


async def test_what_is_given_back_is_free_at_once(state: State) -> None:
    one, other = Leases(state.database), Leases(state.database)
    await one.take("discord")
    await other.release("discord")  # which is not its own
    assert not await other.take("discord")
    await one.release("discord")
    assert await other.take("discord")


async def test_something_is_claimed_once_by_whomever(state: State) -> None:
    clock = Clock()
    one, other = (Leases(state.database, clock=clock) for _ in range(2))
    assert [await one.claim("event:1", 60), await one.claim("event:1", 60), await other.claim("event:1", 60)] == [
        True,
        False,
        False,
    ]
    clock.now += 61
    assert await other.claim("event:1", 60)
    clock.now += 61
    assert await one.forget_old() == 1


async def test_work_is_done_by_one_and_goes_over_to_the_other_when_that_ends(state: State) -> None:
    doing: list[str] = []

    async def work(who: str) -> None:
        doing.append(who)
        await asyncio.sleep(60)

    one, other = (Leases(state.database, lease_s=0.6) for _ in range(2))
    first = asyncio.create_task(one.alone("discord", lambda: work("one")))
    await asyncio.sleep(0.1)
    second = asyncio.create_task(other.alone("discord", lambda: work("other")))
    await asyncio.sleep(1.0)  # longer than a lease, which is renewed
    assert doing == ["one"]
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    async with asyncio.timeout(5):
        while doing != ["one", "other"]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)


async def test_work_is_stopped_when_the_lease_is_another_s(state: State) -> None:
    began, stopped = 0, 0

    async def work() -> None:
        nonlocal began, stopped
        began += 1
        try:
            await asyncio.sleep(60)
        finally:
            stopped += 1

    clock = Clock()
    one, thief = Leases(state.database, lease_s=0.3, clock=clock), Leases(state.database, lease_s=0.3, clock=clock)
    running = asyncio.create_task(one.alone("discord", work))
    async with asyncio.timeout(5):
        while not began:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        clock.now += 10
        assert await thief.take("discord")
        while not stopped:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await thief.release("discord")
        while began < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_work_that_fails_says_so_and_lets_go(state: State) -> None:
    async def work() -> None:
        raise ValueError("no")

    one = Leases(state.database)
    with pytest.raises(ValueError, match="no"):
        await one.alone("discord", work)
    assert await Leases(state.database).take("discord")
