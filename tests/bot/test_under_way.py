"""What is under way between a chat and the desk: never more than so many events, and all waited for at the end."""

from __future__ import annotations

import asyncio
import logging

import pytest

from bot.chat import UnderWay


async def begin(under_way: UnderWay, go: asyncio.Event) -> asyncio.Task[None]:
    async def answer() -> None:
        with under_way.event():
            await go.wait()

    task = asyncio.create_task(answer())
    await asyncio.sleep(0)
    return task


async def test_no_more_are_taken_than_may_be_under_way(caplog: pytest.LogCaptureFixture) -> None:
    under_way, go = UnderWay(most=2), asyncio.Event()
    tasks = [await begin(under_way, go)]
    assert not under_way.full
    tasks.append(await begin(under_way, go))
    with caplog.at_level(logging.WARNING):
        assert under_way.full and under_way.full
    assert len(caplog.records) == 1  # said once, not for each event
    go.set()
    await asyncio.wait(tasks)
    assert not under_way.full


async def test_what_is_under_way_is_waited_for_at_the_end() -> None:
    under_way, go = UnderWay(), asyncio.Event()
    task = await begin(under_way, go)
    asyncio.get_running_loop().call_soon(go.set)
    await under_way.finish(5)
    assert task.done()


async def test_what_takes_too_long_is_not_waited_for() -> None:
    under_way, go = UnderWay(), asyncio.Event()
    task = await begin(under_way, go)
    await under_way.finish(0.01)
    assert not task.done()
    go.set()
    await task
