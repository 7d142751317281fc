"""`kill -9` at random moments: a process is killed in the middle of each thing that is done to a library or by the bot.

Each operation has a world of its own, which is killed in again and again. A kill comes after a part of the time that
the operation takes, drawn from the seed, from the moment when the process says that it began. Then what it had
acknowledged must be there, nothing twice, and the same command, simply run again, must leave a library as sound as if
nothing had happened.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import shutil
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from tests.fakes.postgres import NoServer, Server, running_server
from tests.torture.acknowledged import Fact
from tests.torture.frame import Ordeal, Outcome, Trial
from tests.torture.killed import Job, perform
from tests.torture.surviving import make_base, prepare, survived

SHARES: Mapping[str, int] = {
    "import": 22, "enriching": 12, "add": 22, "remove": 18, "edit": 10, "vote": 14, "re-embed": 18, "export": 14,
    "migration": 10, "repair": 14, "new library": 14, "chat": 32,
}  # fmt: skip
ON_SERVER: Mapping[str, int] = {
    "import": 5, "divided import": 4, "add": 5, "remove": 4, "vote": 4, "re-embed": 4, "chat": 5, "move": 6,
}  # fmt: skip
CUT_OFF: Mapping[str, int] = {"add": 3, "vote": 3, "import": 2}  # whose connections the server ends
USUAL_S: Mapping[str, float] = {  # that operations take, about; the long form measures
    "import": 0.2, "add": 0.7, "remove": 0.05, "vote": 0.05, "re-embed": 0.1, "export": 0.5, "migration": 0.05,
    "repair": 0.1, "new library": 0.2, "chat": 0.7,
}  # fmt: skip
LONGEST_S = 60.0  # that a process may take to begin, or to end
BEFORE = -1  # the round that makes a world
LATEST = 0.97  # of the time that an operation takes

_PROCESSES = multiprocessing.get_context("forkserver")  # brings the imports once, and no thread of this process


@dataclass(slots=True)
class Struck:
    """What came of one process."""

    facts: list[Fact] = field(default_factory=list)
    ended: bool = False  # by itself, before it could be killed
    took_s: float = 0.0  # from when it began
    trouble: str = ""


@dataclass(slots=True)
class World:
    """One operation with all that lies in its folder."""

    job: Job
    chance: random.Random
    usual_s: float = 0.0  # that the operation takes; 0: not known yet
    server: Server | None = None  # ends the process's connections, where they are to be cut off
    done: int = 0
    landed: int = 0  # kills before the operation's end
    told: int = 0  # facts

    def round(self, base: Path) -> list[str]:
        """Kill once, and return what is wrong then. While it is not known how long it takes, nobody is killed."""
        job = Job(self.job.operation, self.job.folder, self.done, self.job.url)
        if self.job.operation == "move":
            job = Job(job.operation, job.folder.with_name(f"{job.folder.name}-{self.done}"), self.done, job.url)
        asyncio.run(prepare(job, base))
        known = self.usual_s > 0
        patience_s = self.usual_s * self.chance.uniform(0, LATEST) if known else LONGEST_S
        struck = _strike(job, patience_s, self.server if known else None)
        if struck.ended:
            self.usual_s = struck.took_s
        self.landed += known and not struck.ended
        self.told += len(struck.facts)
        self.done += 1
        faults = [struck.trouble] if struck.trouble else []
        if not faults:
            try:
                faults = asyncio.run(survived(job, struck.facts, repaired_first=bool(job.round % 2)))
            except Exception as error:  # what can't be opened any more is a fault like another
                faults = [f"{type(error).__name__}: {error}"]
        return [f"{job.operation}{' on a server' if job.url else ''}, round {job.round}: {fault}" for fault in faults]


def _strike(job: Job, patience_s: float, server: Server | None) -> Struck:
    """Start a process, and kill it so long after it began; or else, with a server, end its connections there."""
    facts, tells = _PROCESSES.Pipe(duplex=False)
    process = _PROCESSES.Process(target=perform, args=(job, tells))
    process.start()
    tells.close()
    struck = Struck()
    try:
        _hear(facts, struck, LONGEST_S, until="began")
        began = time.monotonic()
        _hear(facts, struck, patience_s)
        if server is not None:
            while not struck.ended and time.monotonic() - began < LONGEST_S:
                _cut_off(server)
                _hear(facts, struck, patience_s)
        struck.took_s = time.monotonic() - began
    finally:
        helpers = _helpers_of(process.pid or 0)
        process.kill()
        process.join()
    ended = struck.ended
    struck.ended = False
    _hear(facts, struck, LONGEST_S)  # what it told before it was killed
    struck.ended = ended
    if ended and struck.facts[-1:] != [("ended",)]:
        struck.trouble = f"it ended by itself with status {process.exitcode}"
    if _outlive(helpers):
        struck.trouble = "a process that it had started goes on"
    return struck


def _helpers_of(process: int) -> list[Path]:
    """Return the processes that a process has started, where the system tells."""
    helpers: list[Path] = []
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):  # the thread has ended
            helpers += [Path("/proc", number) for number in path.read_text(encoding="ascii").split()]
    return helpers


def _outlive(helpers: list[Path]) -> bool:
    """Tell whether any of these processes goes on although nobody is there who started it."""
    deadline = time.monotonic() + LONGEST_S
    while going := [one for one in helpers if _goes_on(one)]:
        if time.monotonic() > deadline:
            return True
        helpers = going
        time.sleep(0.02)
    return False


def _goes_on(process: Path) -> bool:
    try:
        return "\nState:\tZ" not in (process / "status").read_text(encoding="ascii")
    except OSError:
        return False


def _hear(facts: Connection, struck: Struck, for_s: float, *, until: str = "") -> None:
    """Take what is told for so long, or until a fact or the end."""
    deadline = time.monotonic() + for_s
    while (left := deadline - time.monotonic()) > 0 and not struck.ended and facts.poll(left):
        try:
            fact = facts.recv()
        except EOFError:
            struck.ended = True
            return
        struck.facts.append(fact)
        struck.ended = fact[0] == "ended"
        if fact[0] == until:
            return


def _cut_off(server: Server) -> None:
    server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'modaclip'")


def run(trial: Trial) -> Outcome:
    """Kill, and look what is left."""
    outcome = Outcome()
    _PROCESSES.set_forkserver_preload(["tests.torture.killed", "tests.torture.chatting"])
    _run_in_files(trial, outcome)
    if not trial.short:
        try:
            with running_server() as server:
                server.run("CREATE DATABASE kills")
                _run_on_server(trial, outcome, server)
        except NoServer as error:
            outcome.skipped = f"no PostgreSQL: {error}"
    return outcome


def _run_in_files(trial: Trial, outcome: Outcome) -> None:
    base = trial.folder / "sqlite" / "base"
    asyncio.run(make_base(Job("import", base, BEFORE)))
    worlds: list[tuple[World, int]] = []
    for operation, kills in SHARES.items():
        if trial.short and operation not in USUAL_S:
            continue
        job = Job(operation, base.with_name(operation.replace(" ", "-")), 0)
        if operation not in ("new library", "migration"):
            shutil.copytree(base, job.folder)
        usual_s = USUAL_S[operation] if trial.short else 0.0
        worlds.append((World(job, trial.random(operation), usual_s), trial.times(kills, 1)))
    _torment(worlds, base, outcome, "kills")


def _run_on_server(trial: Trial, outcome: Outcome, server: Server) -> None:
    url = server.url("kills")
    for which, shares in (("kills on PostgreSQL", ON_SERVER), ("connections cut off", CUT_OFF)):
        base = trial.folder / which.replace(" ", "-") / "base"
        if which == "kills on PostgreSQL":
            asyncio.run(make_base(Job("import", base, BEFORE)))
        worlds = []
        for operation, kills in shares.items():
            folder = base.with_name(f"{operation}-{which}".replace(" ", "-"))
            if operation != "move":
                asyncio.run(make_base(Job("import", folder, BEFORE, url)))
            cutter = server if which == "connections cut off" else None
            world = World(Job(operation, folder, 0, url), trial.random(which + operation), server=cutter)
            worlds.append((world, kills))
        _torment(worlds, base, outcome, which)


def _torment(worlds: list[tuple[World, int]], base: Path, outcome: Outcome, which: str) -> None:
    """Kill so often in each world, and write down how many kills came before the end."""
    total: Counter[str] = Counter()
    for world, kills in worlds:
        for _ in range(kills + (world.usual_s == 0)):
            outcome.faults += world.round(base)
        total["kills"] += kills
        total["landed"] += world.landed
        came = f"{world.landed} of {kills} before its end" if world.server is None else f"{kills} times"
        outcome.figures[f"{which}: {world.job.operation}"] = came
    landed = f", {total['landed']} before the end" if total["landed"] else ""
    outcome.figures[which] = f"{total['kills']}{landed}"


ORDEAL = Ordeal("kills", "a process that is killed at any moment, of whatever it does", run)
