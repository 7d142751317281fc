"""A flood: far more is asked than can be answered, most of it by one person and in one server.

Each request is answered or politely refused, what waits is bounded, and who asks little hardly notices. People and
moments come from the seed; all of it is asked at its moment, whether or not what was asked before is answered.
"""

from __future__ import annotations

import asyncio
import logging
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from bot.desk import Desk
from bot.requests import Request
from bot.turns import Limits
from tests.torture import flood_chats
from tests.torture.crowd import Asked, Crowd, asking, open_town, server, shares
from tests.torture.frame import Ordeal, Outcome, Trial
from tests.torture.gauging import Held, held, peak_memory

NEARLY_ALL = 0.95
HANGS_S = 60.0
PIPES = 4  # files that lead to the processes which read pictures
PEAK_MB, LEFT_MB = 250, 120  # above rest, meanwhile and afterwards; the allocator keeps some of what was used


@dataclass(frozen=True, slots=True)
class Wave:
    """How much is asked, by whom."""

    lasts_s: float
    servers: int
    people: int
    noisy: int  # requests of one person
    crowded: int  # requests in one server
    others: int
    limits: Limits
    quiet_part: float  # of all answers, for the others, where a machine is too slow to answer nearly all of them; in
    # the order in which they come, they would have less


LONG = Wave(60.0, 20, 500, 2000, 3000, 5000, Limits(), 0.6)
SHORT = Wave(1.5, 8, 120, 100, 140, 180, Limits(waiting=48, waiting_of_workspace=24, waiting_of_person=6), 0.5)


def run(trial: Trial) -> Outcome:
    """Ask, and see what became of it."""
    outcome = Outcome()
    wave = SHORT if trial.short else LONG
    logging.getLogger("bot").setLevel(logging.CRITICAL)  # a line for each refusal tells nothing here
    try:
        asyncio.run(_flood(trial, wave, outcome))
        if not trial.short:
            asyncio.run(flood_chats.flood(trial, outcome))
    finally:
        logging.getLogger("bot").setLevel(logging.NOTSET)
    return outcome


async def _flood(trial: Trial, wave: Wave, outcome: Outcome) -> None:
    async with open_town(trial.folder / "town", wave.servers, limits=wave.limits) as desk:
        warm = Crowd(desk, trial.random("warm"))
        for number in range(wave.servers * 8):  # what is loaded and remembered once is no growth
            await warm.ask(asking(server(number % wave.servers), number))
        await desk.live.settle()
        rest = held()
        crowd = Crowd(desk, trial.random("crowd"))
        most_waiting = [0]
        async with peak_memory() as peak:
            await _pour(crowd, wave, trial.random("moments"), most_waiting)
        await desk.live.settle()
        after = held()
        _judge(outcome, crowd.asked, wave)
        _judge_held(outcome, desk, rest, after, peak[0])
        outcome.figures["longest queue"] = f"{most_waiting[0]} of {wave.limits.waiting}"
        outcome.expect(most_waiting[0] <= wave.limits.waiting, f"{most_waiting[0]} requests waited at once")


def schedule(wave: Wave, chance: random.Random) -> list[tuple[float, Request]]:
    """Return who asks when, in seconds from the beginning, by time."""
    noisy, crowded = asking(server(0), 0), server(1)
    asked = [noisy] * wave.noisy
    asked += [asking(crowded, 1 + chance.randrange(wave.people // wave.servers)) for _ in range(wave.crowded)]
    quiet = range(100, 100 + wave.people)
    for number in range(wave.others):
        who = quiet[number % wave.people]
        asked.append(asking(server(who % wave.servers), who))
    return sorted(((chance.random() * wave.lasts_s, one) for one in asked), key=lambda entry: entry[0])


async def _pour(crowd: Crowd, wave: Wave, chance: random.Random, most_waiting: list[int]) -> None:
    """Ask everything at its moment, and wait until all of it has ended."""
    clock = asyncio.get_running_loop().time
    began = clock()
    asked: set[asyncio.Task[Asked]] = set()
    for moment, request in schedule(wave, chance):
        if (left := began + moment - clock()) > 0:
            await asyncio.sleep(left)
        asked.add(asyncio.create_task(crowd.ask(request)))
        if len(asked) % 64 == 0:
            await asyncio.sleep(0)
        most_waiting[0] = max(most_waiting[0], crowd.desk.turns.waiting)
    async with asyncio.timeout(HANGS_S + wave.lasts_s):
        await asyncio.gather(*asked)


def _judge(outcome: Outcome, asked: Sequence[Asked], wave: Wave) -> None:
    counted = shares(asked)
    answered, away = counted.pop("answered", 0), counted.pop("turned away", 0)
    for said, times in counted.items():
        outcome.faults.append(f"{times} × {said}")
    wanted = wave.noisy + wave.crowded + wave.others
    outcome.expect(answered + away + sum(counted.values()) == wanted, f"of {wanted} only {len(asked)} ended")
    outcome.figures |= {"asked": wanted, "answered": answered, "turned away": away}
    groups = {"noisy person": [], "crowded server": [], "quiet": []}  # type: dict[str, list[Asked]]
    for one in asked:
        groups[_group(one.request)].append(one)
    for name, ones in groups.items():
        done = sorted(one.seconds for one in ones if one.outcome == "answered")
        p95 = statistics.quantiles(done, n=20)[-1] if len(done) > 1 else 0.0
        outcome.figures[name] = f"{len(done)} of {len(ones)} answered, p95 {p95:.2f} s"
        outcome.expect(p95 < HANGS_S, f"{name}: one in twenty waited for more than {p95:.0f} s")
    quiet = sum(one.outcome == "answered" for one in groups["quiet"])
    fair = min(NEARLY_ALL * len(groups["quiet"]), wave.quiet_part * answered)
    outcome.expect(quiet >= fair, f"of {len(groups['quiet'])} who were quiet only {quiet} were answered")


def _group(request: Request) -> str:
    if request == asking(server(0), 0):
        return "noisy person"
    return "crowded server" if request.workspace == server(1) else "quiet"


def _judge_held(outcome: Outcome, desk: Desk, rest: Held, after: Held, peak_mb: float) -> None:
    more = after.beyond(rest)
    outcome.figures["memory"] = (
        f"{rest.memory_mb:.0f} MB at rest, {peak_mb - rest.memory_mb:+.0f} at most, {more['memory_mb']:+.0f} afterwards"
    )
    outcome.expect(peak_mb - rest.memory_mb < PEAK_MB, f"memory rose by {peak_mb - rest.memory_mb:.0f} MB")
    outcome.expect(more["memory_mb"] < LEFT_MB, f"{more['memory_mb']:.0f} MB are held afterwards")
    outcome.expect(more["tasks"] <= 0, f"{more['tasks']:.0f} tasks are left")
    outcome.expect(more["files"] <= PIPES, f"{more['files']:.0f} more files are open")
    outcome.expect((desk.turns.waiting, desk.turns.running) == (0, 0), "somebody waits still")
    outcome.expect(desk.answering == 0, "something is being answered still")


ORDEAL = Ordeal("flood", "10,000 commands a minute, most from one person and one server", run)
