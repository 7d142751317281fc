"""What grows with a library, at 1,000, 10,000, 100,000 and 1,000,000 photos.

    python -m benchmarks.growth [--photos 1000 10000]

Made-up libraries are filled, indexed, opened by a process of their own and asked; then a few photos come in, as when
somebody adds them in a chat, with all that is derived from the library then. Near-duplicates are also looked for among
all photos, as after a first import. Libraries that other benchmarks made are used again.
"""

from __future__ import annotations

import argparse
import statistics
import time
from itertools import pairwise

import numpy as np

from benchmarks import child
from benchmarks.frame import Figures, Task, main
from benchmarks.made_up import add_more, make_queries, make_vectors, open_made_up
from core.alike import group_alike
from core.library import Library

QUERIES = 40
MORE = 32  # photos that come in


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--photos", type=int, nargs="+")


async def measure(task: Task) -> Figures:
    sizes = task.given.photos or task.pick([1000, 10_000, 100_000, 1_000_000], [1000, 10_000], [200, 1000])
    curves: dict[str, dict[int, float]] = {}

    def note(curve: str, count: int, value: float) -> None:
        curves.setdefault(curve, {})[count] = value

    queries = task.work / "growth-queries.npy"
    np.save(queries, make_queries(make_vectors(min(sizes)), QUERIES if min(sizes) > QUERIES else 5))
    for count in sizes:
        folder = task.work / f"made-up-{count}"
        async with open_made_up(folder, count) as library:
            await library._index.save()
        for name, share in (("no filter", "1"), ("half kept", "0.5"), ("1 % kept", "0.01")):
            said = child.answer(
                child.run(child.python("-m", "benchmarks.opened", "engine", str(folder), str(queries), share))
            )
            note(f"query, {name}, ms", count, 1000 * statistics.median(said["times_s"]))
            if share == "1":
                note("open to first answer, s", count, said["open_s"])
                note("memory of a process that answers, MB", count, said["peak_mb"])
        note("library on disk, MB", count, sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6)
        async with open_made_up(folder, count) as library:
            times = [await asked_in_words(library, i) for i in range(QUERIES)]
            note("query in words, ms", count, 1000 * statistics.median(times[1:]))
            note("grouping near-duplicates among all photos, s", count, await grouped_anew(library))
            began = time.perf_counter()
            await add_more(library, MORE)
            note(f"committing {MORE} photos, s", count, time.perf_counter() - began)
            began = time.perf_counter()
            await library._enrich()
            note(f"deriving what {MORE} photos change, s", count, time.perf_counter() - began)
            await library._store.remove_photos(
                list((await library._store.photos.numbers_of([f"more{i}" for i in range(MORE)])).values())
            )
    return Figures("growth", growth=curves, notes=tuple(steeper(curves)))


async def asked_in_words(library: Library, i: int) -> float:
    """Return the seconds of a query whose words some photos hold: one of them very many, the other a fiftieth."""
    began = time.perf_counter()
    await library.find(f"cluster {i}")
    return time.perf_counter() - began


async def grouped_anew(library: Library) -> float:
    """Return the seconds of grouping a library as if all of it had just come in."""
    async with library._store.database.transaction() as transaction:
        await transaction.execute("UPDATE photos SET alike = NULL")
    began = time.perf_counter()
    await group_alike(library._store, None)
    return time.perf_counter() - began


def steeper(curves: dict[str, dict[int, float]]) -> list[str]:
    """Return a line for each cost that grew by more than the library did, between any two sizes."""
    lines = []
    for curve, points in curves.items():
        sizes = sorted(points)
        for small, large in pairwise(sizes):
            grew = points[large] / max(points[small], 1e-9)
            if grew > large / small:
                lines.append(f"{curve}: {grew:.0f} times as much from {small:,} to {large:,} photos")
    return lines or ["no cost grew by more than the library did"]


if __name__ == "__main__":
    raise SystemExit(main(measure, __doc__, options=add_options))
