"""A million photos: how long a query takes, how long opening takes, and how much memory the process holds.

    python -m benchmarks.million [--photos N] [--queries N]

The library is made up and indexed first, which is not counted. Then processes take turns that open it and answer
queries, and others that read the same graph with usearch alone and look up ten numbers in it. Opening ends with the
first answer; memory is the most that was resident, mapped files included.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import child
from benchmarks.frame import Figure, Figures, Goal, Task, main
from benchmarks.made_up import Half, make_queries, make_vectors, open_made_up, widest_kept, widths
from benchmarks.opened import HITS
from core.vector_cache import load_graph

BLOCK = 50_000  # vectors compared at once
SHARES = (0.5, 0.01)
BASELINE = "usearch alone"
FASTEST_MS, LEAST_RECALL, MOST_MB, LONGEST_S = 15.0, 0.99, 1500.0, 3.0


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--photos", type=int)
    parser.add_argument("--queries", type=int)


async def measure(task: Task) -> Figures:
    count = task.given.photos or task.pick(1_000_000, 100_000, 1000)
    queries, rounds = task.given.queries or task.pick(100, 50, 5), task.pick(3, 2, 1)
    folder = task.work / f"made-up-{count}"
    began = time.perf_counter()
    async with open_made_up(folder, count) as library:
        filled = time.perf_counter() - began
        began = time.perf_counter()
        await library._index.save()
        built = time.perf_counter() - began
    vectors = make_vectors(count)
    asked = make_queries(vectors, queries + 1)
    np.save(task.work / "queries.npy", asked)
    runs = {"engine": ("engine", str(folder))}
    if bare := bare_graph(folder, task.work / f"usearch-{count}.bin"):
        runs[BASELINE] = ("usearch", str(bare))
    for share in SHARES:
        runs[f"{share:.0%} kept"] = ("engine", str(folder), str(share))
    said = take_turns(runs, task.work / "queries.npy", rounds)
    right = {share: nearest(vectors, asked, share) for share in (1.0, *SHARES)}
    figures = told(said, right)
    notes = (
        f"filled in {filled:.0f} s and indexed in {built:.0f} s, where that was not there already",
        f"of the engine's memory at the end {said['engine'][-1].get('mapped_mb', 0):.0f} MB were mapped from files",
    )
    return Figures(f"query vector to 10 credited hits, {count:,} photos", tuple(figures), notes)


def bare_graph(folder: Path, file: Path) -> Path | None:
    """Write the library's graph as usearch reads it; None where the library is too small to have one."""
    loaded = load_graph(folder / "index")
    if loaded is None:
        return None
    if not file.is_file():
        file.write_bytes(loaded[0].body)
    return file


def take_turns(runs: dict[str, tuple[str, ...]], queries: Path, rounds: int) -> dict[str, list[dict[str, Any]]]:
    """Run every process in turn, as often as there are rounds; return what each said."""
    said: dict[str, list[dict[str, Any]]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, (what, path, *rest) in runs.items():
            ended = child.run(child.python("-m", "benchmarks.opened", what, path, str(queries), *rest))
            said[name].append(child.answer(ended))
    return said


def told(said: dict[str, list[dict[str, Any]]], right: dict[float, list[set[int]]]) -> list[Figure]:
    """Return the engine's figures beside those of the bare graph."""
    engine, bare = said["engine"], said.get(BASELINE)
    name = BASELINE if bare else ""

    def beside(value: Any) -> float | None:
        return value(bare) if bare else None

    figures = [
        Figure("p50", p50_ms(engine), "ms", name, beside(p50_ms), Goal("<", FASTEST_MS, "value")),
        Figure("p95", p95_ms(engine), "ms", name, beside(p95_ms)),
        Figure(
            "recall@10",
            recall(engine, right[1.0]),
            "",
            name,
            beside(lambda runs: recall(runs, right[1.0])),
            Goal(">=", LEAST_RECALL, "value"),
        ),
        Figure("memory", peak_mb(engine), "MB", name, beside(peak_mb), Goal("<", MOST_MB, "value")),
        Figure("open to first answer", open_s(engine), "s", name, beside(open_s), Goal("<", LONGEST_S, "value")),
    ]
    for share in SHARES:
        runs = said[f"{share:.0%} kept"]
        what = f"{share:.0%} kept by a filter"
        figures += [
            Figure(f"{what}: p50", p50_ms(runs), "ms", "no filter", p50_ms(engine), Goal("<", FASTEST_MS, "value")),
            Figure(f"{what}: recall@10", recall(runs, right[share]), "", goal=Goal(">=", LEAST_RECALL, "value")),
        ]
    return figures


def p50_ms(runs: Sequence[dict[str, Any]]) -> float:
    """Return the median over rounds of the median time."""
    return 1000 * statistics.median(statistics.median(run["times_s"]) for run in runs)


def p95_ms(runs: Sequence[dict[str, Any]]) -> float:
    return 1000 * statistics.median(float(np.percentile(run["times_s"], 95)) for run in runs)


def open_s(runs: Sequence[dict[str, Any]]) -> float:
    return statistics.median(run["open_s"] for run in runs)


def peak_mb(runs: Sequence[dict[str, Any]]) -> float:
    return max(run["peak_mb"] for run in runs)


def recall(runs: Sequence[dict[str, Any]], right: Sequence[set[int]]) -> float:
    pairs = [(set(found), near) for found, near in zip(runs[0]["found"], right, strict=True) if near]
    return statistics.mean(len(found & near) / len(near) for found, near in pairs) if pairs else 1.0


def nearest(vectors: Half, asked: np.ndarray, share: float) -> list[set[int]]:
    """Return the places of the ten nearest that each query's filter keeps, by comparing all."""
    wide = widths(len(vectors)) if share < 1 else np.zeros(len(vectors), np.int64)
    widest = np.array([widest_kept(share, i) for i in range(len(asked))])[:, None]
    best = np.full((len(asked), HITS), -2.0, np.float32)
    places = np.zeros((len(asked), HITS), np.int64)
    for start in range(0, len(vectors), BLOCK):
        cosines = asked @ vectors[start : start + BLOCK].astype(np.float32).T
        cosines[wide[start : start + BLOCK] > widest] = -2
        every = np.concatenate([best, cosines], axis=1)
        here = np.broadcast_to(np.arange(start, start + cosines.shape[1]), cosines.shape)
        numbers = np.concatenate([places, here], axis=1)
        order = np.argpartition(-every, HITS, axis=1)[:, :HITS]
        best, places = np.take_along_axis(every, order, 1), np.take_along_axis(numbers, order, 1)
    return [set(row[cosines > -2].tolist()) for row, cosines in zip(places, best, strict=True)]


if __name__ == "__main__":
    raise SystemExit(main(measure, __doc__, options=add_options))
