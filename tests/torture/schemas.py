"""Every earlier schema, of libraries and of the bot's own tables, in both engines: full of rows it is opened by today's
code, by several processes at once, and by ones that are killed in the middle of bringing it up to date.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bot.store.state import State
from core.errors import LibraryError
from core.library import Library
from core.store import StoreOptions, Stores
from core.store.postgres.migrating import kept_as as kept_schema
from core.store.sqlite.migrating import kept_as as kept_file
from tests.core.moving.worlds import OPTIONS
from tests.fakes.postgres import NoServer, Server, running_server
from tests.fakes.schemas import KINDS, LIBRARY, Kind, Rows, file_rows, lost, make_file, make_schema, schema_rows
from tests.torture.frame import Ordeal, Outcome, Trial

ROOT = Path(__file__).parents[2]
NAME = "photos.lib"
AT_ONCE = 3  # processes
ENDS_WITHIN_S = 120.0
LONGEST_S = 480.0  # then the rest is left out
OPENING = """
import asyncio, os, signal, sys
from pathlib import Path
import aiosqlite, asyncpg
from core.store import StoreOptions, Stores
kind, path, url, left = *sys.argv[1:4], int(sys.argv[4])
def dying(execute):
    def counted(*given):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*given)
    return counted
for driver in (aiosqlite, asyncpg):
    driver.Connection.execute = dying(driver.Connection.execute)
async def main():
    async with Stores(StoreOptions(url)) as stores:
        print("ready", flush=True)
        sys.stdin.readline()
        opened = stores.open(Path(path)) if kind == "library" else stores.tables(Path(path), "bot.store")
        async with opened:
            print("opened", flush=True)
asyncio.run(main())
"""


@dataclass
class Old:
    """Tables of an earlier version, and what they held."""

    kind: Kind
    engine: str
    version: int
    folder: Path
    url: str = ""
    before: Rows = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The library's folder, or the file of the bot's tables (on a server: what it is called)."""
        return self.folder / NAME if self.kind is LIBRARY else self.folder / self.kind.file

    @property
    def file(self) -> Path:
        """The file of all tables, in SQLite."""
        return self.path / self.kind.file if self.kind is LIBRARY else self.path

    def __str__(self) -> str:
        return f"{self.engine} {self.kind.name} of version {self.version}"

    async def make(self, chance: random.Random, rows: int) -> None:
        """Make the tables, with rows in every one."""
        self.file.parent.mkdir(parents=True)
        if self.engine == "sqlite":
            self.before = await make_file(self.kind, self.file, self.version, chance, rows)
        else:
            self.before = await make_schema(self.kind, self.url, self.version, chance, NAME, rows)

    async def faults(self) -> list[str]:
        """Open the tables with today's code; return what is wrong with them then."""
        try:
            now, kept = await self._rows_now()
            asked = await self._asked()
        except LibraryError as error:
            return [f"{self}: {error}"]
        return [
            *(f"{self}: {fault}" for fault in (*asked, *lost(self.before, now))),
            *(f"{self}, as it was kept: {fault}" for fault in lost(self.before, kept)),
        ]

    async def _rows_now(self) -> tuple[Rows, Rows]:
        """Return the rows after opening, and those that were kept of before."""
        stores = Stores(StoreOptions(self.url))
        async with stores, stores.open(self.path) if self.kind is LIBRARY else stores.tables(self.path, "bot.store"):
            pass
        if self.engine == "sqlite":
            return file_rows(self.file), file_rows(kept_file(self.file, self.version))
        kept = kept_schema(self.kind.schema, self.version)
        return await schema_rows(self.url, self.kind.schema), await schema_rows(self.url, kept)

    async def _asked(self) -> list[str]:
        """Ask what a person would; return what is not answered as it should be."""
        async with Stores(StoreOptions(self.url)) as stores:
            if self.kind is not LIBRARY:
                async with State.open(self.path, stores=stores) as state:
                    await state.write_settings("w", {"language": "de"})
                    return [] if await state.settings("w") == {"language": "de"} else ["settings are not kept"]
            async with Library.open(self.path, OPTIONS, stores=stores) as library:
                best = [hit.photo.title for hit in (await library.find("red")).hits[:2]]
                held = {(tag.name, tag.origin) for tag in (await library.photo("p1")).tags}
                faults = [] if best == ["red barn"] * 2 else [f"red is answered by {best}"]
                faults += [] if {("old pier", "auto"), ("orange", "user")} <= held else [f"p1 has the tags {held}"]
                if self.before.get("boards"):
                    board = await library.boards.board("b1")
                    faults += [] if len(board.pins) == 1 else ["a board lost its pin"]
                return faults


@dataclass
class Yard:
    """Where tables are made: a folder, and a server where there is one."""

    folder: Path
    server: Server | None
    made: int = 0

    def old(self, kind: Kind, engine: str, version: int) -> Old:
        """Return a new place for tables of a version."""
        self.made += 1
        url = ""
        if engine == "postgres" and self.server is not None:
            self.server.run(f"CREATE DATABASE old_{self.made}")
            url = self.server.url(f"old_{self.made}")
        return Old(kind, engine, version, self.folder / str(self.made), url)

    def clear(self, old: Old) -> None:
        """Take away what was made."""
        shutil.rmtree(old.folder, ignore_errors=True)
        if old.url and self.server is not None:
            self.server.run(f"DROP DATABASE {old.url.rpartition('/')[2]} WITH (FORCE)")

    def versions(self) -> Iterator[tuple[Kind, str, int]]:
        """Yield every earlier version of every kind in every engine that is here."""
        for engine in ("sqlite", "postgres") if self.server is not None else ("sqlite",):
            for kind in KINDS:
                for version in range(1, len(kind.scripts(engine))):
                    yield kind, engine, version


def open_elsewhere(old: Old, count: int = 1, dies_at: int = 0) -> list[subprocess.Popen[str]]:
    """Start processes that are about to open the tables, as soon as they are told; they may die at a statement."""
    command = [sys.executable, "-c", OPENING, old.kind.name, str(old.path), old.url, str(dies_at)]
    started = [
        subprocess.Popen(  # noqa: S603
            command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )
        for _ in range(count)
    ]  # fmt: skip
    for process in started:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    return started


def tell(processes: list[subprocess.Popen[str]]) -> None:
    """Let processes go."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()


async def open_once(old: Old, _: random.Random, figures: Counter[str]) -> list[str]:
    """Today's code opens it."""
    figures["schemas opened"] += 1
    return await old.faults()


async def open_at_once(old: Old, _: random.Random, figures: Counter[str]) -> list[str]:
    """Several processes open it at once."""
    processes = await asyncio.to_thread(open_elsewhere, old, AT_ONCE)
    tell(processes)
    said = [(await asyncio.to_thread(process.communicate, timeout=ENDS_WITHIN_S))[0] for process in processes]
    figures["opened by three at once"] += 1
    faults = [] if said == ["opened\n"] * AT_ONCE else [f"{old}: of several at once not all opened it: {said}"]
    return [*faults, *await old.faults()]


async def kill(old: Old, chance: random.Random, figures: Counter[str]) -> list[str]:
    """A process that opens it is killed: before one of its statements, or at a time when most are in the middle."""
    dies_at = chance.choice((0, chance.randint(3, STATEMENTS)))
    (process,) = await asyncio.to_thread(open_elsewhere, old, 1, dies_at)
    tell([process])
    if not dies_at:
        await asyncio.sleep(chance.uniform(0, LASTS_S[old.engine]))
        process.kill()
    said, _ = await asyncio.to_thread(process.communicate, timeout=ENDS_WITHIN_S)
    figures["killed"] += process.returncode != 0
    figures["of these in the middle"] += said != "opened\n"
    if old.engine == "sqlite":
        figures["with a half-made copy"] += bool(list(old.file.parent.glob("*.partial")))
    return await old.faults()


STATEMENTS = 16  # that bringing tables up to date takes at most, about
LASTS_S = {"sqlite": 0.08, "postgres": 0.35}  # bringing these tables up to date, with the rows of a trial


async def undergo(trial: Trial, yard: Yard) -> Outcome:
    """Do all of it; return what came of it."""
    outcome, figures = Outcome(), Counter[str]()
    versions, chance = list(yard.versions()), trial.random("which")
    plan = [(open_once, which) for _ in range(trial.times(6, 1)) for which in versions]
    plan += [(open_at_once, chance.choice(versions)) for _ in range(trial.times(8, 1))]
    plan += [(kill, chance.choice(versions)) for _ in range(trial.times(80, 2))]
    chance.shuffle(plan)  # so that a machine that is too slow for all of it does some of each
    began = time.monotonic()
    for number, (deed, which) in enumerate(plan):
        if time.monotonic() - began > LONGEST_S:
            figures["left out for lack of time"] = len(plan) - number
            break
        old, own = yard.old(*which), trial.random(f"{number}")
        many = trial.times(2000, 500)
        await old.make(own, rows=own.choice((1, 12, trial.times(400, 12))) if deed is open_once else many)
        outcome.faults += await deed(old, own, figures)
        figures["rows"] += sum(map(len, old.before.values()))
        yard.clear(old)
    outcome.figures = dict(figures)
    return outcome


def run(trial: Trial) -> Outcome:
    """Undergo it with a server of its own, where one can be started."""
    with ExitStack() as stack:
        skipped, server = "", None
        try:
            server = stack.enter_context(running_server())
        except NoServer as error:
            skipped = f"no PostgreSQL: {error}"
        outcome = asyncio.run(undergo(trial, Yard(trial.folder, server)))
    outcome.skipped = skipped
    return outcome


ORDEAL = Ordeal("schemas", "libraries and tables of every earlier version, opened, and killed while migrated", run)
