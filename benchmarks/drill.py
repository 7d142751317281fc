"""A drill: photos are imported by two workers while people ask two bots, and each of the four is killed once.

    python -m benchmarks.drill [--photos 5000] [--rate 20] [--store postgresql://…] [--encoder starter]

Everything is a process of its own on loopback, as people start it: the commands `run`, `worker` and `import`. People
ask in the web chat and go to the other bot when theirs is gone, as a proxy leads them (benchmarks/visitors.py). Each
process is killed as by `kill -9` when so much of the photos is in, and started again a moment later. Told at the end:
what people saw fail, photos that are missing or there twice, vectors and tags that are missing, and how long everything
took. Without `--store` a server is started for it.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
from PIL import Image

from benchmarks.machine import describe
from benchmarks.visitors import PASSWORD, Seen, Visitor
from core.library import Library
from core.store import StoreOptions, Stores
from tests.fakes.ports import free_port

ROOT = Path(__file__).parents[1]
KILLED_AT = (0.2, 0.4, 0.6, 0.8)  # of the photos: worker, bot, worker, bot
STARTED_AGAIN_S = 2.0
LOOKED_EVERY_S = 0.5
READY_WITHIN_S = 300.0
VISITORS = 60  # windows: enough that one is free when it is time for a question
ASKED_LATE_S = 1.0


@dataclass(slots=True)
class Actor:
    """A process that is killed and started again."""

    name: str
    arguments: list[str]
    env: Mapping[str, str]
    log: Path
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, or start it again."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", *self.arguments, cwd=ROOT, env=self.env, stdout=log, stderr=log
            )

    async def end(self, number: int) -> None:
        """Send it a signal and wait for its end."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
        await self.process.wait()

    async def die_and_come_back(self) -> None:
        """Be killed; be there again a moment later."""
        await self.end(signal.SIGKILL)
        print(f"killed {self.name}", flush=True)
        await asyncio.sleep(STARTED_AGAIN_S)
        await self.start()


async def until_ready(bot: str) -> None:
    """Wait until a bot says that it can answer."""
    async with asyncio.timeout(READY_WITHIN_S), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"{bot}/readyz") as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.2)


async def ask(bots: list[str], rate: float, seen: Seen, stop: asyncio.Event) -> None:
    """Let people ask so many things a second, until it is over."""
    free: asyncio.Queue[Visitor] = asyncio.Queue()
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as asking:
        for number in range(VISITORS):
            free.put_nowait(await stack.enter_async_context(Visitor(bots, number, seen)))

        async def one(visitor: Visitor) -> None:
            await visitor.ask()
            free.put_nowait(visitor)

        due = time.monotonic()
        while not stop.is_set():
            visitor = await free.get()
            if time.monotonic() - due > ASKED_LATE_S:
                seen.failures["nobody was free to ask: answers took too long"] += 1
            asking.create_task(one(visitor))
            due = max(due + 1 / rate, time.monotonic() - ASKED_LATE_S)
            await asyncio.sleep(max(0.0, due - time.monotonic()))


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
        "MODACLIP_BOT_DIR": str(folder / "bot"),
        "MODACLIP_WEB_ENABLED": "true",
        "MODACLIP_WEB_PASSWORD": PASSWORD,
    }
    ports = [free_port(), free_port()]
    bots = [f"http://127.0.0.1:{port}" for port in ports]
    importing = Actor("the import", ["bot", "import", str(photos)], env, folder / "import.log")
    seen, over = Seen(), asyncio.Event()
    async with AsyncExitStack() as stack:
        stores = await stack.enter_async_context(Stores(StoreOptions(url)))
        await Library.create(library, arguments.encoder, stores=stores)
        actors = []
        for n, port in enumerate(ports, 1):
            actors.append(Actor(f"worker {n}", ["bot", "worker"], env, folder / f"worker-{n}.log"))
            itself = env | {"MODACLIP_WEB_PORT": str(port)}
            actors.append(Actor(f"bot {n}", ["bot", "run"], itself, folder / f"bot-{n}.log"))
        store = await stack.enter_async_context(stores.open(library))
        for actor in actors:
            await actor.start()
            stack.push_async_callback(actor.end, signal.SIGKILL)
        await asyncio.gather(*map(until_ready, bots))
        began = time.monotonic()
        await importing.start()
        stack.push_async_callback(importing.end, signal.SIGKILL)
        assert importing.process is not None
        asking: asyncio.Task[None] | None = None
        comebacks = []
        due = list(zip(KILLED_AT, actors, strict=True))
        while importing.process.returncode is None and not (asking and asking.done()):
            count = await store.photos.count()
            if count and asking is None:  # nobody asks an empty library
                asking = asyncio.create_task(ask(bots, arguments.rate, seen, over))
            while due and count >= due[0][0] * wanted:
                comebacks.append(asyncio.create_task(due.pop(0)[1].die_and_come_back()))
            await asyncio.sleep(LOOKED_EVERY_S)
        seconds = time.monotonic() - began
        await asyncio.gather(*comebacks)
        over.set()
        await asyncio.gather(*[asking] if asking else [])
        ended = time.monotonic()
        for actor in actors:
            await actor.end(signal.SIGTERM)
        ending_s = time.monotonic() - ended
        wrong = await look(store, wanted, hashes)
    wrong["processes that were not killed: the import ended too early"] = len(due)
    if importing.process.returncode:
        wrong["the import failed"] = importing.process.returncode
    print(describe())
    print(
        f"{wanted:,} photos in {seconds:.1f} s, {wanted / seconds:.1f} a second, with {4 - len(due)} processes killed"
    )
    print("\n".join(seen.lines()))
    print("\n".join(f"{count} {what}" for what, count in wrong.items()))
    print(f"all four ended within {ending_s:.1f} s of SIGTERM")
    return sum(seen.failures.values()) + sum(wrong.values())


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
    parser.add_argument("--folder", type=Path, help="keep photos and logs here")
    parser.add_argument("--lease-s", type=float, default=10.0)
    arguments = parser.parse_args()
    with server(arguments.store) as url, tempfile.TemporaryDirectory(prefix="drill-") as scratch:
        folder = arguments.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        return min(1, asyncio.run(drill(url, folder, arguments)))


if __name__ == "__main__":
    sys.exit(main())
