"""A process that opens a made-up library, or a bare usearch index, and answers queries: what is measured of it is said
in one line of JSON. Run by other benchmarks.

    python -m benchmarks.opened engine|usearch PATH QUERIES.npy [SHARE]
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from usearch.index import Index

from benchmarks.child import own_memory

HITS = 10


def main() -> int:
    what, path, queries, *share = sys.argv[1:]
    asked = np.load(queries)
    if what == "engine":
        said = asyncio.run(by_engine(Path(path), asked, float(share[0]) if share else 1.0))
    else:
        said = by_usearch(path, asked)
    print(json.dumps(said | own_memory()))
    return 0


async def by_engine(folder: Path, asked: np.ndarray, share: float) -> dict[str, Any]:
    from benchmarks.made_up import options, widest_kept
    from core.library import Library
    from core.query import parse
    from core.search import Request

    times, found = [], []
    began = time.perf_counter()
    async with Library.open(folder, options()) as library:
        for i, vector in enumerate(asked):
            query = parse("" if share == 1 else f"width:<={widest_kept(share, i)}")
            if i:
                began = time.perf_counter()
            page = await library._searcher.find(Request(query, ((vector, 1.0),), limit=HITS))
            times.append(time.perf_counter() - began)
            found.append([int(hit.photo.id[1:]) for hit in page.hits])
    return {"open_s": times[0], "times_s": times[1:], "found": found}


def by_usearch(path: str, asked: np.ndarray) -> dict[str, Any]:
    times, found = [], []
    began = time.perf_counter()
    graph = Index.restore(path)
    assert graph is not None
    for i, vector in enumerate(asked):
        if i:
            began = time.perf_counter()
        found.append([int(key) - 1 for key in graph.search(vector, HITS).keys])  # photos are numbered from 1
        times.append(time.perf_counter() - began)
    return {"open_s": times[0], "times_s": times[1:], "found": found}


if __name__ == "__main__":
    raise SystemExit(main())
