"""What the networks of Discord and Slack do to a connected bot; after each fault it must answer again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias
from unittest import mock

from tests.bot.discord import rehearsal as discord_rehearsal
from tests.bot.slack import rehearsal as slack_rehearsal
from tests.fakes.discord import FakeDiscord
from tests.fakes.slack import FakeSlack
from tests.torture.frame import Outcome

PAUSE_S = 0.02  # however long a client wants to wait before it tries again
ANSWER_S = 30.0

Fault: TypeAlias = Callable[[], Awaitable[None]]


@contextmanager
def _short_pauses() -> Iterator[None]:
    sleep = asyncio.sleep
    with mock.patch.object(asyncio, "sleep", lambda pause_s, *rest: sleep(min(pause_s, PAUSE_S), *rest)):
        yield


async def harass_discord(chance: random.Random, times: int, outcome: Outcome) -> int:
    """Let Discord fail so often; return how often it did."""
    async with FakeDiscord().running() as fake:
        with _short_pauses():
            async with discord_rehearsal.connected(fake, discord_rehearsal.RehearsedDesk()):
                faults = _faults_of_discord(fake, chance)
                for name in _chosen(faults, chance, times):
                    await faults[name]()
                    await fake.command("find", query="while it fails")
                    await _settled(lambda: not fake.failures)
                    fake.slow_s = 0.0
                    fake.failures.clear()
                    outcome.expect(await _answers_discord(fake), f"Discord: no answer after {name}")
        outcome.expect(not fake.problems, f"Discord was sent what is wrong: {fake.problems[:3]}")
    return times


def _faults_of_discord(fake: FakeDiscord, chance: random.Random) -> Mapping[str, Fault]:
    part = chance.choice(("/callback", "/messages/@original"))
    method = "POST" if part == "/callback" else "PATCH"

    async def drop() -> None:
        await fake.gateway.drop()

    async def cut() -> None:
        for line in list(fake.gateway.lines):
            line.abort()

    async def fail(status: int, times: int) -> None:
        fake.fail(method, part, status, times=times)

    async def limit() -> None:
        fake.fail("PATCH", "/messages/@original", 429, retry_after_s=0.05)

    async def slow() -> None:
        fake.slow_s = 0.3

    faults: dict[str, Fault] = {"drop": drop, "cut": cut, "limit": limit, "slow": slow}
    for status in (500, 502, 503, 504):
        faults[f"status {status}"] = lambda status=status: fail(status, chance.randint(1, 3))  # type: ignore[misc]
    faults["status 503 for long"] = lambda: fail(503, 30)
    return faults


async def _answers_discord(fake: FakeDiscord) -> bool:
    with mock.patch("tests.fakes.discord.WAIT_S", ANSWER_S):
        try:
            return bool(await fake.answer(await fake.command("find", query="x")))
        except TimeoutError:
            return False


async def harass_slack(chance: random.Random, times: int, outcome: Outcome) -> int:
    """Let Slack fail so often; return how often it did."""
    async with FakeSlack().running() as fake:
        with _short_pauses():
            async with slack_rehearsal.connected(fake, slack_rehearsal.RehearsedDesk()):
                faults = _faults_of_slack(fake, chance)
                for name in _chosen(faults, chance, times):
                    sockets = len(fake.sockets)
                    await faults[name]()
                    if name in ("drop", "cut"):
                        await _settled(lambda known=sockets: len(fake.sockets) > known)  # type: ignore[misc]
                    else:
                        await fake.command("/find", "while it fails")
                        await _settled(lambda: not fake.failures)
                    fake.slow_s = 0.0
                    fake.failures.clear()
                    outcome.expect(await _answers_slack(fake), f"Slack: no answer after {name}")
        outcome.expect(not fake.problems, f"Slack was sent what is wrong: {fake.problems[:3]}")
    return times


def _faults_of_slack(fake: FakeSlack, chance: random.Random) -> Mapping[str, Fault]:
    async def drop() -> None:
        await fake.drop()

    async def cut() -> None:
        fake.cut()

    async def fail(part: str, status: int, wait: str = "0") -> None:
        fake.fail(part, status, times=chance.randint(1, 3), wait=wait)

    async def slow() -> None:
        fake.slow_s = 0.3

    faults: dict[str, Fault] = {"drop": drop, "cut": cut, "slow": slow}
    for status in (429, 500, 503):
        faults[f"answers {status}"] = lambda status=status: fail("respond", status)  # type: ignore[misc]
    faults["an absurd limit"] = lambda: fail("respond", 429, "86400")
    return faults


async def _answers_slack(fake: FakeSlack) -> bool:
    with mock.patch("tests.fakes.slack_world.WAIT_S", ANSWER_S):
        try:
            return bool(await fake.answer(await fake.command("/find", "x")))
        except TimeoutError:
            return False


def _chosen(faults: Mapping[str, Any], chance: random.Random, times: int) -> list[str]:
    """Return the names of faults by chance, each before any comes again."""
    names: list[str] = []
    while len(names) < times:
        names += chance.sample(list(faults), len(faults))
    return names[:times]


async def _settled(seen: Callable[[], bool]) -> None:
    """Wait a while until something is the case; it need not come about."""
    for _ in range(200):
        if seen():
            return
        await asyncio.sleep(0.01)
