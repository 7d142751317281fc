"""A drill: photos are imported by two workers while two processes ask, and each of the four is killed once.

    python -m benchmarks.drill [--photos 5000] [--rate 20] [--store postgresql://…] [--encoder starter]

Everything is a process of its own on loopback: the commands `import` and `worker` as people start them, and processes
that ask as a bot does. Each is killed as by `kill -9` when so much of the photos is in, and started again a moment
later. Told at the end: what askers saw fail, how long nobody answered in place of one who was killed, photos that are
missing or there twice, vectors and tags that are missing, and how long everything took. Without `--store` a server is
started for it.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from bot.app import library_options
from config.settings import load
from core.library import Library
from core.store import StoreOptions, Stores

ROOT = Path(__file__).parents[1]
KILLED_AT = (0.2, 0.4, 0.6, 0.8)  # of the photos: worker, asker, worker, asker
STARTED_AGAIN_S = 2.0
LOOKED_EVERY_S = 0.5
QUERIES = ("red", "a blue lake", "green hills -people", "yellow, bright", "dark orange", "is:landscape", "grey stones")
LATE_S = 1.0  # an answer that takes longer


@dataclass(slots=True)
class Answers:
    """What one process that asks has seen, over all its lives."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    gaps_s: list[float] = field(default_factory=list)  # from a kill to the first answer of the next life

    @property
    def failures(self) -> Counter[str]:
        return Counter(line["failure"] for line in self.lines if line["failure"])

    @property
    def seconds(self) -> list[float]:
        return [line["seconds"] for line in self.lines if not line["failure"]]


@dataclass(slots=True)
class Actor:
    """A process that is killed and started again."""

    name: str
    arguments: list[str]
    env: dict[str, str]
    log: Path
    answers: Answers = field(default_factory=Answers)
    process: asyncio.subprocess.Process | None = None
    reading: asyncio.Task[None] | None = None
    killed_at: float | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        """Start it, or start it again."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", *self.arguments,
                cwd=ROOT, env=self.env, stdout=asyncio.subprocess.PIPE, stderr=log,
            )  # fmt: skip
        self.reading = asyncio.create_task(self._read(self.process))

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            if not line.endswith(b"}\n"):  # cut off by a kill, or no answer
                continue
            self.ready.set()
            if self.killed_at is not None:
                self.answers.gaps_s.append(time.monotonic() - self.killed_at)
                self.killed_at = None
            self.answers.lines.append(json.loads(line))

    async def end(self, number: int) -> None:
        """Send it a signal and wait for its end."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
        await self.process.wait()
        if self.reading is not None:
            await self.reading

    async def die_and_come_back(self) -> None:
        """Be killed; be there again a moment later."""
        self.killed_at = time.monotonic()
        await self.end(signal.SIGKILL)
        print(f"killed {self.name}")
        await asyncio.sleep(STARTED_AGAIN_S)
        await self.start()


async def ask(folder: Path, rate: float) -> None:
    """Ask so many queries a second until SIGTERM, each without waiting for the last; write a line for each answer."""
    settings = load(os.environ)
    options = library_options(settings)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)

    async def one(library: Library, query: str) -> None:
        began, failure = time.monotonic(), ""
        try:
            hits = (await library.find(query, limit=10)).hits
            if len({hit.photo.id for hit in hits}) != len(hits):
                failure = "the same photo twice on a page"
        except Exception as error:
            failure = f"{type(error).__name__}: {error}"
        print(json.dumps({"seconds": time.monotonic() - began, "failure": failure}), flush=True)

    async with Library.open(folder, options, any_encoder=True) as library, asyncio.TaskGroup() as group:
        await one(library, QUERIES[0])  # which loads what is needed: a bot says that it is ready after that
        while not stop.is_set():
            group.create_task(one(library, random.choice(QUERIES)))
            await asyncio.sleep(1 / rate)


def draw(folder: Path, count: int) -> set[str]:
    """Draw photos, every tenth of them with the bytes of the one before; return the hashes of their bytes."""
    rng = np.random.default_rng(0)
    hashes, data = set(), b""
    for n in range(count):
        path = folder / f"{n % 50:02}" / f"photo-{n:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        if n % 10:
            blocks = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
            Image.fromarray(blocks).resize((400, 300), Image.Resampling.BICUBIC).save(path, "JPEG", quality=90)
            data = path.read_bytes()
        else:
            path.write_bytes(data or b"no photo")
        if data:
            hashes.add(hashlib.sha256(data).hexdigest())
    return hashes


async def drill(url: str, folder: Path, arguments: argparse.Namespace) -> int:
    """Run the drill over an empty database; return how many things went wrong."""
    photos, library = folder / "photos", folder / "drill.lib"
    hashes = draw(photos, arguments.photos)
    wanted = arguments.photos - 1  # the first has no bytes to repeat, and is no photo
    env = os.environ | {
        "MODACLIP_LIBRARY_STORE": url,
        "MODACLIP_LIBRARY_DIR": str(library),
        "MODACLIP_ENCODER_MODEL": arguments.encoder,
        "MODACLIP_WORKER_LEASE_S": str(arguments.lease_s),
    }
    os.environ.update(env)
    importing = Actor("the import", ["bot", "import", str(photos)], env, folder / "import.log")
    async with AsyncExitStack() as stack:
        stores = await stack.enter_async_context(Stores(StoreOptions(url)))
        await Library.create(library, arguments.encoder, stores=stores)
        actors = [
            Actor(f"{what} {n}", command, env, folder / f"{what}-{n}.log")
            for n in (1, 2)
            for what, command in (
                ("worker", ["bot", "worker"]),
                ("asker", ["benchmarks.drill", "--ask", str(library), "--rate", str(arguments.rate / 2)]),
            )
        ]
        store = await stack.enter_async_context(stores.open(library))
        for actor in actors:
            await actor.start()
            stack.push_async_callback(actor.end, signal.SIGKILL)
        await asyncio.gather(*(actor.ready.wait() for actor in actors if actor.name.startswith("asker")))
        began = time.monotonic()
        await importing.start()
        stack.push_async_callback(importing.end, signal.SIGKILL)
        assert importing.process is not None
        comebacks = []
        due = list(zip(KILLED_AT, actors, strict=True))
        while importing.process.returncode is None:
            count = await store.photos.count()
            while due and count >= due[0][0] * wanted:
                comebacks.append(asyncio.create_task(due.pop(0)[1].die_and_come_back()))
            await asyncio.sleep(LOOKED_EVERY_S)
        seconds = time.monotonic() - began
        await asyncio.gather(*comebacks)
        for actor in actors:
            await actor.end(signal.SIGTERM)
        wrong = await look(store, wanted, hashes)
    if importing.process.returncode:
        wrong["the import failed"] = importing.process.returncode
    return tell(wrong, [actor.answers for actor in actors if actor.answers.lines], seconds, wanted, len(due))


async def look(store: Any, wanted: int, hashes: set[str]) -> dict[str, int]:
    """Return what is wrong with what was imported: how many of each."""
    rows = await store.photos.pictured()
    keys = Counter(row.key for row in rows)
    (space,) = await store.vectors.spaces()
    numbers = [row.n for row in rows]
    vectors = await store.vectors.get(space, numbers)
    first: dict[str, bytes] = {}
    unlike = 0
    for row in rows:
        if row.n in vectors:
            unlike += first.setdefault(row.content_hash, vectors[row.n].tobytes()) != vectors[row.n].tobytes()
    found = await store.photos.get(numbers)
    groups = await store.photos.alike(numbers)
    by_bytes: dict[str, set[int]] = {}
    for row in rows:
        by_bytes.setdefault(row.content_hash, set()).add(groups[row.n])
    return {
        "photos missing": wanted - len(keys),
        "photos twice": sum(keys.values()) - len(keys),
        "ids twice": len(rows) - len({photo.id.lower() for photo in found.values()}),
        "pictures missing": len(hashes - {row.content_hash for row in rows}),
        "vectors missing": len(rows) - len(vectors),
        "the same bytes with other vectors": unlike,
        "the same bytes in other groups": sum(len(one) > 1 for one in by_bytes.values()),
        "photos without any tag, all of them": int(not any(photo.tags for photo in found.values())),
    }


def tell(wrong: dict[str, int], asked: list[Answers], seconds: float, wanted: int, left: int) -> int:
    """Print the figures; return how many things went wrong."""
    print(f"{wanted:,} photos in {seconds:.1f} s, {wanted / seconds:.1f} a second, with {4 - left} processes killed")
    times = sorted(second for answers in asked for second in answers.seconds)
    failures = sum((answers.failures for answers in asked), Counter[str]())
    if times:
        p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
        late = sum(second > LATE_S for second in times)
        print(f"{len(times):,} answers: p50 {1000 * p50:.0f} ms, p95 {1000 * p95:.0f} ms, slowest {times[-1]:.1f} s, "
              f"{late} later than {LATE_S:.0f} s")  # fmt: skip
    for gap_s in (gap for answers in asked for gap in answers.gaps_s):
        print(f"a process that was killed answered again after {gap_s:.1f} s")
    print(f"{sum(failures.values())} failures seen by who asked")
    for failure, count in failures.most_common(10):
        print(f"    {count} x {failure}")
    for what, count in wrong.items():
        print(f"{count} {what}")
    return sum(failures.values()) + sum(wrong.values())


@contextmanager
def server(url: str | None) -> Iterator[str]:
    """Yield the URL of a database: the one given, or that of a server that is started for this."""
    if url:
        yield url
        return
    from tests.fakes.postgres import running_server

    with running_server() as started:
        started.run("CREATE DATABASE drill")
        yield started.url("drill")


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--photos", type=int, default=5000)
    parser.add_argument("--rate", type=float, default=20.0, help="queries a second, in all")
    parser.add_argument("--store", help="the URL of an empty PostgreSQL database")
    parser.add_argument("--encoder", default="starter")
    parser.add_argument("--lease-s", type=float, default=10.0)
    parser.add_argument("--ask", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ask:
        asyncio.run(ask(arguments.ask, arguments.rate))
        return 0
    with server(arguments.store) as url, tempfile.TemporaryDirectory(prefix="drill-") as folder:
        return min(1, asyncio.run(drill(url, Path(folder), arguments)))


if __name__ == "__main__":
    sys.exit(main())
