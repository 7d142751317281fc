"""How long it takes from a query's vector to ten credited hits, and how many of them are the right ones.

    python -m benchmarks.searching [--photos 10000 100000] [--queries 100] [--store postgresql://…]

Made-up vectors in clusters, as photos' are; the whole way is timed: calibration, filter in SQL, search, near-duplicate
groups, records, credits. Beside it, in turns: comparing all vectors with numpy and sorting them all, usearch and
hnswlib as they are when asked for ten. None of those reads a record, and only numpy can leave out what a filter does.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec

import numpy as np
import numpy.typing as npt
from usearch.index import Index

from benchmarks.frame import Figure, Figures, Goal, Task, main
from benchmarks.made_up import DIMENSIONS, Half, make_queries, make_vectors, open_made_up, widest_kept, widths
from core.library import Library
from core.query import parse
from core.search import Request

FILTERS = {"no filter": 1.0, "50 % kept": 0.5, "10 % kept": 0.1, "1 % kept": 0.01, "0.1 % kept": 0.001}
HITS = 10
WARM_UP = 3  # queries that are asked and not counted
TURN = 10  # queries that one way is asked before it is the next one's turn
PAUSE_S = 0.2  # after numpy, whose threads go on waiting for work for a while, on the cores of whoever is next
CONNECTIVITY, EXPANSION_ADD = 16, 128  # of both graphs, and of the engine's
EXPANSION_SEARCH = 256  # what either graph needs to find nearly all
FASTEST_MS, LEAST_RECALL = 5.0, 0.99
HNSWLIB = find_spec("hnswlib") is not None  # it is built where it is installed, which asks for a compiler

Floats = npt.NDArray[np.float32]
Search = Callable[[Floats], npt.ArrayLike]  # a query's vector to the places of the ten nearest


@dataclass(slots=True)
class Tally:
    """Times and right hits of one way to search."""

    times: list[float] = field(default_factory=list)
    right: int = 0
    wanted: int = 0

    def add(self, seconds: float, found: set[int], right: set[int]) -> None:
        self.times.append(seconds)
        self.right += len(found & right)
        self.wanted += len(right)

    @property
    def p50_ms(self) -> float:
        return 1000 * float(np.median(self.times))

    @property
    def p95_ms(self) -> float:
        return 1000 * float(np.percentile(self.times, 95))

    @property
    def recall(self) -> float:
        return self.right / self.wanted if self.wanted else 1.0


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--photos", type=int, nargs="+", help="sizes of library; the last one is held against goals")
    parser.add_argument("--queries", type=int)
    parser.add_argument("--store", default="", help="the URL of a PostgreSQL database; left out: SQLite")


async def measure(task: Task) -> Figures:
    sizes = task.given.photos or task.pick([100_000], [20_000], [1000])
    queries = task.given.queries or task.pick(100, 40, 5)
    figures: list[Figure] = []
    growth: dict[str, dict[int, float]] = {f"query, {name}, ms": {} for name in FILTERS}
    for count in sizes:
        vectors = make_vectors(count)
        asked = make_queries(vectors, WARM_UP + queries)  # none twice: answers are remembered
        async with open_made_up(task.work / f"made-up-{count}", count, task.given.store) as library:
            await library._index.save()
            figures = []
            for name, share in FILTERS.items():
                tallies = await compare(library, vectors, asked, share, with_graphs=share == 1)
                growth[f"query, {name}, ms"][count] = tallies["engine"].p50_ms
                figures += told(f"{count:,} photos, {name}", tallies)
    return Figures("query vector to 10 credited hits", tuple(figures), growth=growth)


async def compare(
    library: Library, vectors: Half, asked: Floats, share: float, *, with_graphs: bool
) -> dict[str, Tally]:
    """Ask a few queries of each way to search, then the next few, since machines have slow minutes."""
    wide, exact = widths(len(vectors)), vectors.astype(np.float32)
    kept = np.arange(len(vectors))
    others: dict[str, Search] = {}
    if with_graphs:
        others["usearch alone"] = usearch_alone(vectors)
        if HNSWLIB:
            others["hnswlib"] = hnswlib_alone(exact)
    tallies = {name: Tally() for name in ("engine", "exact numpy", *others)}
    for begin in range(0, len(asked), TURN):
        turn = [(i, vector, widest_kept(share, i)) for i, vector in enumerate(asked[begin : begin + TURN], begin)]
        right = {}
        for i, vector, limit in turn:
            kept = np.flatnonzero(wide <= limit) if share < 1 else kept
            began = time.perf_counter()
            places = by_numpy(exact, kept, vector)
            right[i] = {int(place) for place in places}
            if i >= WARM_UP:
                tallies["exact numpy"].add(time.perf_counter() - began, right[i], right[i])
        await asyncio.sleep(PAUSE_S)
        for i, vector, limit in turn:
            query = parse("" if share == 1 else f"width:<={limit}")
            began = time.perf_counter()
            page = await library._searcher.find(Request(query, ((vector, 1.0),), limit=HITS, collapse=True))
            seconds = time.perf_counter() - began
            if i >= WARM_UP:
                tallies["engine"].add(seconds, {int(hit.photo.id[1:]) for hit in page.hits}, right[i])
        for name, search in others.items():
            for i, vector, _ in turn:
                began = time.perf_counter()
                found = search(vector)
                seconds = time.perf_counter() - began
                if i >= WARM_UP:
                    tallies[name].add(seconds, {int(place) for place in np.asarray(found).ravel()}, right[i])
    return tallies


def told(what: str, tallies: dict[str, Tally]) -> list[Figure]:
    """Return the engine's figures, and those that it is held against."""
    engine, plain = tallies["engine"], tallies["exact numpy"]
    figures = [
        Figure(f"{what}: p50", engine.p50_ms, "ms", "exact numpy", plain.p50_ms, Goal("<", FASTEST_MS, "value")),
        Figure(f"{what}: p95", engine.p95_ms, "ms", "exact numpy", plain.p95_ms),
        Figure(f"{what}: recall@10", engine.recall, "", "exact numpy", 1.0, Goal(">=", LEAST_RECALL, "value")),
    ]
    for name in ("usearch alone", "hnswlib"):
        if name in tallies:
            figures += [
                Figure(f"{what}: p50 beside {name}", engine.p50_ms, "ms", name, tallies[name].p50_ms),
                Figure(f"{what}: recall@10 beside {name}", engine.recall, "", name, tallies[name].recall),
            ]
    return figures


def by_numpy(exact: Floats, kept: npt.NDArray[np.intp], vector: Floats) -> npt.NDArray[np.intp]:
    """Compare a vector with all others, and sort those that a filter keeps."""
    cosines = exact @ vector
    if len(kept) < len(exact):
        mask = np.zeros(len(exact), bool)
        mask[kept] = True
        cosines = np.where(mask, cosines, -2)
    return np.argsort(-cosines, kind="stable")[: min(HITS, len(kept))]


def usearch_alone(vectors: Half) -> Search:
    """Return a usearch graph over these vectors, as one would use it without an engine."""
    graph = Index(
        ndim=DIMENSIONS,
        metric="cos",
        dtype="f16",
        connectivity=CONNECTIVITY,
        expansion_add=EXPANSION_ADD,
        expansion_search=EXPANSION_SEARCH,
    )
    graph.add(np.arange(len(vectors)), vectors)
    return lambda vector: graph.search(vector, HITS).keys


def hnswlib_alone(exact: Floats) -> Search:
    """Return an hnswlib graph over these vectors."""
    import hnswlib

    graph = hnswlib.Index("cosine", DIMENSIONS)
    graph.init_index(len(exact), M=CONNECTIVITY, ef_construction=EXPANSION_ADD)
    graph.add_items(exact)
    graph.set_ef(EXPANSION_SEARCH)
    return lambda vector: graph.knn_query(vector, HITS)[0]


if __name__ == "__main__":
    raise SystemExit(main(measure, __doc__, options=add_options))
