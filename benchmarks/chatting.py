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
import tempfile
import time
from dataclasses import replace
from itertools import count
from pathlib import Path

from bot.app import library_options, open_desk, read_settings
from bot.catalogue import words_for
from bot.requests import Level, Person, Request
from core.library import Library
from core.sources.detect import open_source

SAMPLES = Path(__file__).parents[1] / "samples"
PEOPLE, SERVERS = 20, 3
SUBJECTS = ("lighthouse", "forest", "harbour", "mountain", "street", "bird", "kitchen", "bridge", "desert", "lake")
LIGHTS = ("at dusk", "in fog", "in winter", "at night", "in the morning", "with people", "from above", "in blue")


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commands", type=int, default=64)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        settings = read_settings(os.environ, Path.cwd())
        settings = replace(
            settings, bot=replace(settings.bot, dir=Path(scratch) / "bot", collections=f"team={scratch}/photos")
        )
        options = library_options(settings, model="starter")
        await Library.create(Path(scratch) / "photos", "starter")
        async with Library.open(Path(scratch) / "photos", options) as library:
            await library.import_from(open_source(str(SAMPLES)))
        async with open_desk(settings, Path(scratch) / "web", options=options) as desk:
            await desk.workspaces.warm_up()
            asked = (f"{subject} {light} {n}" for n in count() for subject in SUBJECTS for light in LIGHTS)
            for server in range(SERVERS):
                await answer(desk, "warm up", server, 0)
            alone = [await answer(desk, next(asked), n % SERVERS, n % PEOPLE) for n in range(arguments.commands)]
            stalls = [0.0]
            watching = asyncio.create_task(watch_stalls(stalls))
            began = time.perf_counter()
            together = await asyncio.gather(
                *(answer(desk, next(asked), n % SERVERS, n % PEOPLE) for n in range(arguments.commands))
            )
            whole = time.perf_counter() - began
            watching.cancel()
    p50, p95 = statistics.median(together), statistics.quantiles(together, n=20)[-1]
    print(f"{arguments.commands} commands, {PEOPLE} people, {SERVERS} servers, {os.cpu_count()} cores")
    print(f"one at a time: {len(alone) / sum(alone):6.1f} a second, p50 {statistics.median(alone) * 1000:.0f} ms")
    print(f"all at once:   {len(together) / whole:6.1f} a second, p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms")
    print(f"ratio of the rates: {sum(alone) / whole:.2f}; p95 is {p95 / p50:.2f} of p50")
    print(f"longest stall of the event loop: {max(stalls) * 1000:.0f} ms")
    return 0


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
    raise SystemExit(asyncio.run(main()))
