"""How a team is answered: 64 commands at once from 20 people in three servers, against one at a time.

    python -m benchmarks.chatting [--commands N]

The servers share one collection, the photos in samples/, which the starter encoder has embedded; each command asks
something that nobody asked before. Measured from the request to the reply, pictures included, as a chat would wait for
them; the longest stall is how long the event loop was away at most, looked at every two milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

from benchmarks.frame import Figure, Figures, Goal, Task, main
from bot.app import library_options, open_desk, read_settings
from bot.catalogue import words_for
from bot.requests import Level, Person, Request
from core.library import Library
from core.sources.detect import open_source

SAMPLES = Path(__file__).parents[1] / "samples"
PEOPLE, SERVERS = 20, 3
SUBJECTS = ("lighthouse", "forest", "harbour", "mountain", "street", "bird", "kitchen", "bridge", "desert", "lake")
LIGHTS = ("at dusk", "in fog", "in winter", "at night", "in the morning", "with people", "from above", "in blue")
LEAST_GAIN, MOST_SPREAD = 2.5, 4.0


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--commands", type=int)


async def measure(task: Task) -> Figures:
    commands = task.given.commands or task.pick(64, 64, 8)
    gains, alone_rates, rates, p50s, p95s = [], [], [], [], []
    stalls = [0.0]
    settings = read_settings(os.environ, Path.cwd())
    photos = task.work / "samples-starter"
    settings = replace(
        settings, bot=replace(settings.bot, dir=task.work / "chatting-bot", collections=f"team={photos}")
    )
    options = library_options(settings, model="starter")
    if not await Library.exists(photos, options):
        await Library.create(photos, "starter", options)
        async with Library.open(photos, options) as library:
            await library.import_from(open_source(str(SAMPLES)))
    async with open_desk(settings, task.work / "chatting-web", options=options) as desk:
        await desk.workspaces.warm_up()
        asked = questions()
        for server in range(SERVERS):
            await answer(desk, f"warm up {time.time_ns()}", server, 0)
        for _ in range(task.pick(5, 3, 1)):
            alone = [await answer(desk, next(asked), n % SERVERS, n % PEOPLE) for n in range(commands)]
            watching = asyncio.create_task(watch_stalls(stalls))
            began = time.perf_counter()
            together = await asyncio.gather(
                *(answer(desk, next(asked), n % SERVERS, n % PEOPLE) for n in range(commands))
            )
            whole = time.perf_counter() - began
            watching.cancel()
            gains.append(sum(alone) / whole)
            alone_rates.append(commands / sum(alone))
            rates.append(commands / whole)
            p50s.append(statistics.median(together))
            p95s.append(statistics.quantiles(together, n=20)[-1])
    middle = gains.index(statistics.median_low(gains))  # one round's figures, so that its ratios are of one minute
    figures = (
        Figure(
            "commands a second, all at once",
            rates[middle],
            "1/s",
            "one at a time",
            alone_rates[middle],
            Goal(">=", LEAST_GAIN),
        ),
        Figure("p95, all at once", 1000 * p95s[middle], "ms", "their p50", 1000 * p50s[middle], Goal("<", MOST_SPREAD)),
        Figure("longest stall of the event loop", 1000 * max(stalls), "ms"),
    )
    return Figures(f"whole /find, {commands} at once from {PEOPLE} people in {SERVERS} servers", figures)


def questions() -> Iterator[str]:
    """Yield what nobody has asked before."""
    return (f"{subject} {light} {n}" for n in count() for subject in SUBJECTS for light in LIGHTS)


async def watch_stalls(stalls: list[float]) -> None:
    """Look every two milliseconds how late the event loop is, in seconds."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.002)
        stalls.append(time.perf_counter() - began - 0.002)


async def answer(desk, query: str, server: int, person: int) -> float:
    """Ask, read the pictures, and return the seconds that it took."""
    request = Request(
        "discord", f"discord:{server}", f"discord:c{server}", Person(f"discord:{person}", "x"), words_for("en"),
        Level.MEMBER,
    )  # fmt: skip
    began = time.perf_counter()
    reply = await desk.command("find", request, {"query": query})
    assert reply.cards, reply.text
    for card in reply.cards:
        if card.picture.load is not None:
            await card.picture.load(1_000_000)
    return time.perf_counter() - began


if __name__ == "__main__":
    raise SystemExit(main(measure, __doc__, options=add_options))
