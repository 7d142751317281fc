"""Passwords that many try at once: looked at one by one, and never more waiting than there is patience for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.state import State
from bot.store.visits import Visits
from bot.web.guard import MOST_TRYING, Guard


@pytest.fixture
async def guard(tmp_path: Path) -> AsyncIterator[Guard]:
    async with State.open(tmp_path / "state.db") as state:
        yield Guard(Visits(state.database), "open sesame", behind_tls=False)


async def test_a_flood_of_wrong_passwords_is_turned_away_without_waiting(
    guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.guard.SLOW_S", 60.0)
    tries = [asyncio.create_task(guard.by_password("wrong")) for _ in range(MOST_TRYING + 30)]
    done, waiting = await asyncio.wait(tries, timeout=0.1)
    assert len(done) == 30 and {task.result() for task in done} == {None}
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert await guard.by_password("open sesame")
