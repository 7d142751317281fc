"""What outlives a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.store.state import KEPT_S, State
from core.store import Stores
from tests.fakes.clock import Clock

ENGINES = ("sqlite", "postgres")


async def test_a_result_is_there_after_a_restart(tmp_path: Path, stores: Stores) -> None:
    async with State.open(tmp_path / "state.db", stores=stores) as state:
        token = await state.keep("discord:1", "discord:2", {"query": "sunset"})
    async with State.open(tmp_path / "state.db", stores=stores) as state:
        kept = await state.kept(token)
    assert kept is not None
    assert (kept.workspace, kept.owner, kept.posted, kept.data["query"]) == ("discord:1", "discord:2", False, "sunset")


async def test_a_result_is_forgotten_after_thirty_days(tmp_path: Path, stores: Stores) -> None:
    clock = Clock()
    async with State.open(tmp_path / "state.db", clock=clock, stores=stores) as state:
        token = await state.keep("w", "p", {})
        clock.now += KEPT_S - 1
        assert await state.kept(token) is not None
        assert await state.forget_old() == 0
        clock.now += 1
        assert await state.kept(token) is None
        assert await state.forget_old() == 1


async def test_tokens_are_long_and_never_the_same(tmp_path: Path, stores: Stores) -> None:
    async with State.open(tmp_path / "state.db", stores=stores) as state:
        tokens = [await state.keep("w", "p", {}) for _ in range(50)]
    assert len(set(tokens)) == 50
    assert min(map(len, tokens)) >= 20


async def test_settings_of_one_workspace_are_not_those_of_another(tmp_path: Path, stores: Stores) -> None:
    async with State.open(tmp_path / "state.db", stores=stores) as state:
        await state.write_settings("a", {"count": 3, "language": "de"})
        await state.write_settings("a", {"count": 4})
        assert await state.settings("a") == {"count": 4, "language": "de"}
        assert await state.settings("b") == {}


@pytest.mark.parametrize("name", ["discord_commands", "x"])
async def test_facts_are_kept(tmp_path: Path, stores: Stores, name: str) -> None:
    async with State.open(tmp_path / "state.db", stores=stores) as state:
        assert await state.fact(name) is None
        await state.write_fact(name, "1")
        await state.write_fact(name, "2")
        assert await state.fact(name) == "2"


async def test_what_was_kept_for_somebody_is_read_the_latest_first(tmp_path: Path, stores: Stores) -> None:
    clock = Clock()
    async with State.open(tmp_path / "state.db", clock=clock, stores=stores) as state:
        for workspace, owner, posted in (("a", "p", False), ("a", "p", True), ("a", "q", False), ("b", "p", False)):
            clock.now += 1
            await state.keep(workspace, owner, {"query": f"{workspace}{owner}{posted}"}, posted=posted)
        clock.now += 1
        await state.keep("a", "p", {"query": "later"})
        assert [one["query"] for one in await state.latest("a", "p")] == ["later", "apFalse"]
        assert len(await state.latest("a", "p", most=1)) == 1
        clock.now += KEPT_S
        assert await state.latest("a", "p") == []
