"""How long a library takes into PostgreSQL and back, and that what it needs in memory does not grow with the library.

    python -m benchmarks.moving --store postgresql://… [--photos 5000 20000]

Made-up photos with 512 dimensions, four tags and five colours each. Each way is a process of its own. Its memory is
taken once all is copied and proven, and again at the end: the queries that are asked of both need what a bot needs,
which with SQLite is all vectors. The baseline reads all rows of the source once and takes their checksums.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.made_up import MadeUp, make_vectors, unit
from core.encoder import Vectors
from core.enrich import Vocabulary
from core.ingest import Progress, no_progress
from core.library import Library, LibraryOptions
from core.moving import Sides, move
from core.moving.copying import contents_of
from core.photos import Colour, Photo, Photographer, Tag
from core.store import Arrival, StoreOptions, Stores

WORDS = [f"word{i}" for i in range(400)]
BATCH = 1000
WAYS = ("postgresql", "sqlite")


class Words(MadeUp):
    """Stands for an encoder: each text is a point of its own."""

    def encode_texts(self, texts: list[str]) -> Vectors:
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) for text in texts]
        return unit(np.stack([np.random.default_rng(s).standard_normal(self.dimensions) for s in seeds])).astype("f4")


OPTIONS = LibraryOptions(vocabulary=Vocabulary(tuple(WORDS)), make_encoder=lambda *_: Words())


async def fill(folder: Path, count: int) -> None:
    """Make a library of so many photos."""
    await Library.create(folder, Words.name, OPTIONS)
    vectors = make_vectors(count)
    async with Stores() as stores, stores.open(folder) as store:
        space = await store.named_space(Words.name, Words().fingerprint(), Words.dimensions)
        await store.write_facts(fingerprint=space.fingerprint)
        for start in range(0, count, BATCH):
            numbers = range(start, min(start + BATCH, count))
            await store.write_photos([_arrival(i) for i in numbers], [(space, vectors[i]) for i in numbers])


def _arrival(i: int) -> Arrival:
    chosen = np.random.default_rng(i).integers(0, len(WORDS), 10)
    names = [WORDS[c] for c in chosen]
    photo = Photo(
        f"photo-{i}",
        "folder",
        Photographer(f"Photographer {i % 300}"),
        title=" ".join(names[:3]),
        description=" ".join(names[3:]),
        tags=tuple(Tag(name, "auto" if place > 1 else "source") for place, name in enumerate(dict.fromkeys(names[:4]))),
        colours=tuple(Colour(f"#{c % 256:02x}{i % 256:02x}40", 0.2) for c in chosen[:5]),
        width=4000,
        height=3000,
        average_colour="#204060",
        phash=i,
        content_hash=f"{i:064x}",
    )
    return Arrival(f"file:/photos/{i}.jpg", photo, "hash", 10**6 + i, 2**60 + i)


async def carry(folder: Path, url: str, to: str) -> None:
    """Move, and print how long it took and what it needed."""
    sqlite, postgresql = Stores(), Stores(StoreOptions(url))
    began, copied = time.monotonic(), (0.0, 0.0)

    def steps(what: str) -> Progress:
        nonlocal copied
        if what == "Asking both":
            copied = (time.monotonic() - began, _megabytes())
        return no_progress

    async with sqlite, postgresql, OPTIONS.make_services() as services:
        first, second = (sqlite, postgresql) if to == "postgresql" else (postgresql, sqlite)
        async with first.open(folder) as source:
            reading = time.monotonic()
            await contents_of(source.raw)
            reading = time.monotonic() - reading
        began, before = time.monotonic(), _megabytes()
        moved = await move(folder, Sides(first, second, to), OPTIONS, services, steps)
    answers = moved.answers
    print(
        f"  to {to}: copied and proven in {copied[0]:.1f} s ({moved.contents.photos / copied[0]:.0f} photos/s), "
        f"in all {time.monotonic() - began:.1f} s; reading it once takes {reading:.1f} s; {before:.0f} MB before, "
        f"{copied[1]:.0f} MB once copied, {_megabytes():.0f} MB at the end; {answers.identical} of {answers.asked} "
        f"answers identical, {answers.alike} alike, {answers.otherwise} searched otherwise "
        f"({answers.common:.0%} of their photos in both), "
        f"{len(answers.different)} different",
        flush=True,
    )
    for query in answers.different:
        print(f"    different: {query}", flush=True)


def _megabytes() -> float:
    """Return the most memory that this process ever had; what `getrusage` says may be its parent's."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main() -> int:
    """Measure each way for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", metavar="URL")
    parser.add_argument("--photos", type=int, nargs="+", default=[5000, 20_000])
    parser.add_argument("--carry", nargs=2, metavar=("DIR", "TO"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.store:
        print("Give --store postgresql://…, a database of its own with pgvector.")
        return 0
    if arguments.carry:
        asyncio.run(carry(Path(arguments.carry[0]), arguments.store, arguments.carry[1]))
        return 0
    with tempfile.TemporaryDirectory() as made:
        for count in arguments.photos:
            folder = Path(made) / f"moving-{count}-{time.time_ns()}.lib"
            asyncio.run(fill(folder, count))
            print(f"{count:,} photos", flush=True)
            for to in WAYS:
                command = [sys.executable, "-m", "benchmarks.moving", "--store", arguments.store, "--carry", folder, to]
                subprocess.run(command, check=True)
                if to == "postgresql":  # so that the way back makes a new file
                    for path in folder.glob("library.db*"):
                        path.unlink()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
