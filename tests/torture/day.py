"""A long day: a hundred thousand commands, on a clock that runs ahead, after which the bot holds no more than before.

The day has hours of work, and after each a fortnight goes by in which nobody asks, so that what is kept for a month or
for a season ends within the day as well. People come and go, photos are imported, forms are left open, boards live in
their channels, and a few times the bot ends and is started again, as a process of its own. After every hour it is noted
what that holds. The last quarter of each process's time must hold what the second did (in the first all is loaded and
remembered that will be), and the last process in the end what the first did.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import statistics
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from math import ceil

import aiohttp

from bot.boards.watching import look
from bot.desk import Desk
from bot.replies import Live, Reply
from bot.tidying import tidy
from bot.web import WebChat, WebOptions
from core.sources.detect import open_source
from tests.conftest import draw_photo
from tests.fakes.clock import Clock
from tests.fakes.visiting import enter, origin
from tests.torture.crowd import Crowd, asking, open_town, server, shares
from tests.torture.frame import Ordeal, Outcome, Trial
from tests.torture.gauging import held

PAUSE_S = 15 * 24 * 3600.0  # after each hour: buttons end after two, sessions after six
AT_ONCE = 16
COMERS = 40  # people of an hour, in all servers; each is there for that hour alone
EVENTS = 40  # that a chat tells of in an hour
IMPORTS_INTO = 3  # servers
POSTS = 3  # messages of a board in an hour
WEB = "web:main"
TABLES = ("results", "leases", "sessions", "board_posts")
MORE_MB = 25  # of memory
# threads and processes: pools begin theirs one by one, when they are first needed at the same time; files lead to them
MORE = {"files": 4, "databases": 1, "tasks": 0, "threads": 6, "processes": 2, "temporary": 0}
MORE_ROWS = 0.25  # as part of what was before; how many there are depends on chance


@dataclass(frozen=True, slots=True)
class Day:
    """How long it is."""

    hours: int
    commands: int
    servers: int
    restart_every: int  # hours


@dataclass(slots=True)
class Watch:
    """What was noted of one process, from its start to its end."""

    noted: list[Mapping[str, float]] = field(default_factory=list)  # each hour
    counted: dict[str, int] = field(default_factory=dict)  # commands by how they ended
    drawn: int = 0  # boards


LONG = Day(24, 100_000, 20, 8)
SHORT = Day(8, 1_500, 4, 4)


class Wall:
    """A chat in which boards live; counts how often they were drawn."""

    def __init__(self) -> None:
        self.drawn = 0

    async def repaint(self, place: str, reply: Reply, language: str) -> bool:
        """Draw a message anew."""
        self.drawn += 1
        return True

    async def post(self, workspace: str, channel: str, reply: Reply, language: str) -> bool:
        """Send a message."""
        return True


def run(trial: Trial) -> Outcome:
    """Let the day go by."""
    outcome, day, began = Outcome(), SHORT if trial.short else LONG, time.monotonic()
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawned, max_tasks_per_child=1) as processes:
        starts = range(0, day.hours, day.restart_every)
        watches = list(processes.map(_watch, *zip(*((trial, day, first) for first in starts), strict=True)))
    counted = sum(sum(one.counted.values()) for one in watches)
    outcome.figures["commands"] = counted
    outcome.figures["a second"] = round(counted / (time.monotonic() - began))
    outcome.figures["drawings of boards"] = sum(one.drawn for one in watches)
    for one in watches:
        for said, times in one.counted.items():
            outcome.expect(said == "answered", f"{times} × {said}")
    _judge(outcome, [one.noted for one in watches])
    return outcome


def _watch(trial: Trial, day: Day, first: int) -> Watch:
    """Run the bot from an hour on until it is started again."""
    logging.getLogger("bot").setLevel(logging.CRITICAL)
    return asyncio.run(_live(trial, day, range(first, min(day.hours, first + day.restart_every))))


async def _live(trial: Trial, day: Day, hours: Sequence[int]) -> Watch:
    clock, wall, watch = Clock(), Wall(), Watch()
    clock.now += hours[0] * (3600 + PAUSE_S)
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(open_town(trial.folder, day.servers, clock=clock))
        desk.workspaces._open_at_once = day.servers + 2
        options = WebOptions(port=0, workspace=WEB, files=trial.folder / "files")
        chat = await stack.enter_async_context(WebChat(desk, desk.state.database, options))
        await desk.live.connect("discord", wall)
        for hour in hours:
            crowd = Crowd(desk, trial.random(f"hour {hour}"))
            await _work(trial, day, hour, crowd, chat, clock)
            for ending, times in shares(crowd.asked).items():
                watch.counted[ending] = watch.counted.get(ending, 0) + times
            del crowd
            clock.now += PAUSE_S
            await tidy(desk)
            await tidy(desk)
            await desk.live.settle()
            watch.noted.append(await _note(desk))
        await desk.drain(30.0)
    watch.drawn = wall.drawn
    return watch


async def _work(trial: Trial, day: Day, hour: int, crowd: Crowd, chat: WebChat, clock: Clock) -> None:
    """Do what is done in an hour."""
    desk, commands = crowd.desk, ceil(day.commands / day.hours)
    chance = trial.random(f"people {hour}")
    left = iter(range(commands))

    async def ask() -> None:
        for _ in left:
            clock.now += 3600 / commands
            who = hour * COMERS + chance.randrange(COMERS)
            await crowd.ask(asking(server(chance.randrange(day.servers)), who))

    await asyncio.gather(*(ask() for _ in range(AT_ONCE)), _beside(trial, hour, desk, chat))
    private = asking(f"discord:@{hour}", hour)  # somebody's own workspace, which nobody asks again
    await desk.command("library", private, {})
    await look(desk, clock=clock)


async def _beside(trial: Trial, hour: int, desk: Desk, chat: WebChat) -> None:
    """Do what goes on beside the commands: imports, boards in their channels, events told twice, visits."""
    folder = trial.folder / "brought"
    for number in range(3):
        draw_photo(folder / f"brought{number}.jpg", "#20a0c0", seed=500 + number + (hour % 2 if number == 2 else 0))
    workspace = server(hour % IMPORTS_INTO)
    async with desk.workspaces.use(workspace) as used:
        await used.own.import_from(open_source(str(folder)))
    for listed in await desk.boards.all(workspace):
        for number in range(POSTS):
            await desk.live.posted("discord", f"1/{hour}.{number}", Live(workspace, listed.listed.id, -1, "en"))
    for number in range(EVENTS):
        await desk.first(f"{hour}:{number // 2}")
    await _visit(chat)


async def _visit(chat: WebChat) -> None:
    """Come to the web chat as somebody new, ask, and leave without a word."""
    address = f"http://127.0.0.1:{chat.port}"
    async with aiohttp.ClientSession(address, cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        await enter(client, chat)
        async with client.post("/uploads?name=x.jpg", data=b"x" * 100_000, headers=origin(chat)):
            pass
        window = await client.ws_connect("/connection", headers=origin(chat))
        for text in ("/help", "/library", "red"):
            await window.send_json({"do": "say", "text": text})
            while (data := await window.receive_json(timeout=60))["do"] != "done":
                del data
        await window.close()


async def _note(desk: Desk) -> dict[str, float]:
    """Return what is held, in this process and in the bot's tables."""
    rows = {table: float(await desk.state.database.value(f"SELECT count(*) FROM {table}")) for table in TABLES}  # noqa: S608
    kept: Mapping[str, object] = {
        "pictures that wait": desk.uploads._waiting,
        "places": desk.turns._lines,
        "locks of workspaces": desk.workspaces._opening,
        "drawn boards": desk.live._drawn_at,
    }
    return asdict(held()) | rows | {name: float(len(one)) for name, one in kept.items()}  # type: ignore[arg-type]


def _judge(outcome: Outcome, watches: Sequence[Sequence[Mapping[str, float]]]) -> None:
    """Compare the last quarter of each process's time with the second, and that of the last with that of the first."""
    quarter = len(watches[0]) // 4
    pairs = [(one[quarter : 2 * quarter], one[-quarter:]) for one in watches]
    for name in watches[0][0]:
        held = [[statistics.fmean(hour[name] for hour in hours) for hours in pair] for pair in pairs]
        outcome.figures[name] = "; ".join(f"{before:.0f} → {after:.0f}" for before, after in held)
        grown = any(_has_grown(name, *one) for one in (*held, (held[0][1], held[-1][1])))
        every = " | ".join(", ".join(f"{hour[name]:.0f}" for hour in one) for one in watches)
        outcome.expect(not grown, f"{name} grows: {every}")


def _has_grown(name: str, before: float, after: float) -> bool:
    if name == "memory_mb":
        return after - before > MORE_MB
    if name in MORE:
        return after - before > MORE[name]
    return after > before * (1 + MORE_ROWS) + 2


ORDEAL = Ordeal("day", "24 hours of 100,000 commands, compressed, and nothing that grows", run)
