"""How long it takes from a query's vector to ten credited hits, and how many of them are the right ones.

    python -m benchmarks.searching [--photos 10000 100000] [--queries 100] [--store postgresql://…]

Made-up vectors in clusters, as photos' are; the whole way is timed: calibration, filter in SQL, search, near-duplicate
groups, records, credits. The baseline compares all vectors with numpy, sorts them all, and reads nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from core.encoder import Prepared, Vectors
from core.enrich import Vocabulary
from core.library import Library, LibraryOptions
from core.photos import Photo, Photographer, Tag
from core.query import parse
from core.search import Request
from core.store import Arrival, StoreOptions

DIMENSIONS = 512
CLUSTERS = 400
BATCH = 2000
FILTERS = {"no filter": 1.0, "50 % kept": 0.5, "10 % kept": 0.1, "1 % kept": 0.01, "0.1 % kept": 0.001}
HITS = 10
SCALE = 1_000_000


class MadeUp:
    """Stands for an encoder: its texts are points between the clusters."""

    name = "made-up"
    dimensions = DIMENSIONS

    def fingerprint(self) -> str:
        return "made-up"

    def prepare(self, image: object) -> Prepared:
        raise NotImplementedError

    def encode_prepared(self, batch: object) -> Vectors:
        raise NotImplementedError

    def encode_texts(self, texts: list[str]) -> Vectors:
        return unit(np.random.default_rng(len(texts)).standard_normal((len(texts), DIMENSIONS)).astype(np.float32))


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def make_vectors(count: int) -> np.ndarray:
    """Return vectors (count, 512) in clusters, with the nearness between neighbours that photos have."""
    random = np.random.default_rng(0)
    centres = unit(random.standard_normal((CLUSTERS, DIMENSIONS)))
    spread = 0.8 * random.standard_normal((count, DIMENSIONS)) / np.sqrt(DIMENSIONS)
    return unit(centres[random.integers(0, CLUSTERS, count)] + spread).astype(np.float16).astype(np.float32)


async def fill(library: Library, vectors: np.ndarray) -> None:
    """Write made-up photos, of widths that let filters keep known shares of them."""
    random = np.random.default_rng(1)
    draws = random.random(len(vectors))
    space = await library._store.named_space(MadeUp.name, MadeUp().fingerprint(), DIMENSIONS)
    await library._store.write_facts(fingerprint=space.fingerprint)
    for start in range(0, len(vectors), BATCH):
        arrivals = [
            Arrival(
                key=f"made-up:{i}",
                photo=Photo(
                    id=f"p{i}",
                    source="table",
                    photographer=Photographer(f"Photographer {i % 997}"),
                    title=f"Photo {i}",
                    tags=(Tag("made up"), Tag(f"cluster {i % 50}")),
                    width=1 + int(draws[i] * SCALE),  # so that `width:<=N` keeps a known share
                    height=2000,
                ),
                record_hash="",
            )
            for i in range(start, min(start + BATCH, len(vectors)))
        ]
        await library._store.write_photos(
            arrivals, [(space, vector) for vector in vectors[start : start + len(arrivals)]]
        )


async def measure(count: int, queries: int, store: StoreOptions) -> None:
    vectors = make_vectors(count)
    random = np.random.default_rng(2)
    asked = unit(vectors[random.choice(count, queries)] + 0.6 * unit(random.standard_normal((queries, DIMENSIONS))))
    asked = asked.astype(np.float32)
    draws = np.random.default_rng(1).random(count)
    with tempfile.TemporaryDirectory() as scratch:
        options = LibraryOptions(
            make_encoder=lambda *_: MadeUp(), vocabulary=Vocabulary(tuple(map(str, range(300)))), store=store
        )
        await Library.create(Path(scratch), MadeUp.name, options)
        async with Library.open(Path(scratch), options) as library:
            await fill(library, vectors)
            began = time.perf_counter()
            await library._index.save()
            print(f"\n{count:,} photos; index ready after {time.perf_counter() - began:.1f} s")
            print(f"{'':12} {'p50':>9} {'p99':>9} {'recall':>7} {'baseline p50':>13} {'ratio':>6}")
            for name, share in FILTERS.items():
                kept = np.flatnonzero((draws * SCALE).astype(int) < int(share * SCALE))
                await measure_filter(library, name, vectors, kept, asked, share)


async def measure_filter(
    library: Library, name: str, vectors: np.ndarray, kept: np.ndarray, asked: np.ndarray, share: float
) -> None:
    query = parse("" if share == 1 else f"width:<={int(share * SCALE)}")
    times, plain, right = [], [], 0
    for vector in np.concatenate([asked[:3], asked]):
        request = Request(query, ((vector, 1.0),), limit=HITS, collapse=True)
        began = time.perf_counter()
        page = await library._searcher.find(request)
        times.append(time.perf_counter() - began)
        began = time.perf_counter()
        cosines = vectors @ vector
        order = np.argsort(-cosines if share == 1 else -np.where(draws_mask(len(vectors), kept), cosines, -2))[:HITS]
        plain.append(time.perf_counter() - began)
        right += len({hit.photo.id for hit in page.hits} & {f"p{i}" for i in order})
    milliseconds, baseline = 1000 * np.array(times[3:]), 1000 * np.median(plain[3:])
    recall = right / (len(times) * min(HITS, len(kept)))
    p50, p99 = np.percentile(milliseconds, [50, 99])
    print(f"{name:12} {p50:6.1f} ms {p99:6.1f} ms {recall:7.3f} {baseline:10.1f} ms {p50 / baseline:6.2f}")


def draws_mask(count: int, kept: np.ndarray) -> np.ndarray:
    mask = np.zeros(count, bool)
    mask[kept] = True
    return mask


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--store", default="", help="the URL of a PostgreSQL database; left out: SQLite")
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores, {DIMENSIONS} dimensions, {arguments.queries} queries, {HITS} hits each")
    for count in arguments.photos:
        await measure(count, arguments.queries, StoreOptions(arguments.store))
    return 0


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
