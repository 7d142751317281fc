"""Made-up libraries of any size: vectors in clusters, as photos' are, and photos of widths that let filters keep known
shares of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.encoder import Prepared, Vectors
from core.enrich import TAGGED_PHOTOS, TAGGED_REVISION, Vocabulary
from core.library import Library, LibraryOptions
from core.photos import Photo, Photographer, Tag
from core.store import Arrival, StoreOptions

DIMENSIONS = 512
CLUSTERS = 400
BLOCK = 20_000  # vectors made from one seed, so that a library's first photos are those of every larger one
BATCH = 2000
SCALE = 1_000_000  # widths go up to it, so that `width:<=N` keeps a known share

Half = npt.NDArray[np.float16]


class MadeUp:
    """Stands for an encoder: its texts are points between the clusters."""

    name = "made-up"
    batch_photos = 32
    dimensions = DIMENSIONS

    def fingerprint(self) -> str:
        return "made-up"

    def prepare(self, image: object) -> Prepared:
        raise NotImplementedError

    def encode_prepared(self, batch: object) -> Vectors:
        raise NotImplementedError

    def encode_texts(self, texts: list[str]) -> Vectors:
        return unit(np.random.default_rng(len(texts)).standard_normal((len(texts), DIMENSIONS)).astype(np.float32))


def options(store: str = "") -> LibraryOptions:
    """Return how a made-up library behaves, and which database keeps it: SQLite, or PostgreSQL at a URL."""
    words = Vocabulary(tuple(map(str, range(300))))
    return LibraryOptions(make_encoder=lambda *_: MadeUp(), vocabulary=words, store=StoreOptions(store))


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def blocks(count: int) -> Iterator[Half]:
    """Yield vectors in clusters, with the nearness between neighbours that photos have."""
    centres = unit(np.random.default_rng(0).standard_normal((CLUSTERS, DIMENSIONS), np.float32))
    for start in range(0, count, BLOCK):
        random = np.random.default_rng([1, start])
        spread = 0.8 * random.standard_normal((BLOCK, DIMENSIONS), np.float32) / np.sqrt(DIMENSIONS, dtype=np.float32)
        made = unit(centres[random.integers(0, CLUSTERS, BLOCK)] + spread).astype(np.float16)
        yield made[: count - start]


def make_vectors(count: int) -> Half:
    """Return all vectors of a library, shape (count, 512), as it is given them."""
    vectors = np.empty((count, DIMENSIONS), np.float16)
    for i, block in enumerate(blocks(count)):
        vectors[i * BLOCK : i * BLOCK + len(block)] = block
    return vectors


def make_queries(vectors: Half, count: int) -> npt.NDArray[np.float32]:
    """Return queries, each somewhere near one photo."""
    random = np.random.default_rng(2)
    near = vectors[np.sort(random.choice(len(vectors), count, replace=False))].astype(np.float32)
    return unit(near + 0.6 * unit(random.standard_normal((count, DIMENSIONS)))).astype(np.float32)


def widths(count: int) -> npt.NDArray[np.int64]:
    """Return the width of every photo, evenly from 1 to SCALE and independent of what is in it."""
    return 1 + (np.random.default_rng(1).random(count) * SCALE).astype(np.int64)


def widest_kept(share: float, i: int) -> int:
    """Return the width up to which the filter of the i-th query keeps photos: a share of them, and no two the same.

    The engine remembers what a filter keeps, which a benchmark shall not profit from.
    """
    return int(share * SCALE) - i


@asynccontextmanager
async def open_made_up(folder: Path, count: int, store: str = "") -> AsyncIterator[Library]:
    """Yield a library of so many photos, filled unless it is there already. Photo `p{i}` has vector i."""
    if not await Library.exists(folder, options(store)):
        await Library.create(folder, MadeUp.name, options(store))
    async with Library.open(folder, options(store)) as library:
        if await library.count() < count:
            await _fill(library, count)
        yield library


async def _fill(library: Library, count: int) -> None:
    store, first, wide = library._store, await library.count(), widths(count)
    space = await store.named_space(MadeUp.name, MadeUp().fingerprint(), DIMENSIONS)
    await store.write_facts(fingerprint=space.fingerprint)
    for i, block in enumerate(blocks(count)):
        for start in range(0, len(block), BATCH):
            begin = i * BLOCK + start
            if begin >= first:
                part = block[start : start + BATCH]
                arrivals = [_arrival(n, int(wide[n])) for n in range(begin, begin + len(part))]
                numbers = await store.write_photos(arrivals, [(space, vector) for vector in part])
                await store.photos.write_alike({n: n for n in numbers})
                await asyncio.sleep(0)
    # as an import leaves it: what is derived from it is there, and only what comes later is to be looked at
    revision = await store.vectors.revision(space)
    await store.write_facts(**{TAGGED_REVISION: str(revision), TAGGED_PHOTOS: str(count)})


async def add_more(library: Library, count: int) -> None:
    """Let a few photos come in that look like none before."""
    space = await library._store.named_space(MadeUp.name, MadeUp().fingerprint(), DIMENSIONS)
    vectors = unit(np.random.default_rng(9).standard_normal((count, DIMENSIONS)))
    arrivals = [_arrival(-1 - i, 1000, f"more{i}") for i in range(count)]
    await library._store.write_photos(arrivals, [(space, vector) for vector in vectors])


def _arrival(i: int, width: int, photo_id: str | None = None) -> Arrival:
    photo = Photo(
        id=photo_id or f"p{i}",
        source="table",
        photographer=Photographer(f"Photographer {i % 997}"),
        title=f"Photo {i}",
        tags=(Tag("made up"), Tag(f"cluster {i % 50}")),
        width=width,
        height=2000,
        average_colour=f"#{i * 2654435761 % 0xFFFFFF:06x}",
        content_hash=f"{i & 0xFFFFFFFFFFFFFFFF:064x}",
        phash=i * 0x9E3779B97F4A7C15 % 2**64,  # spread out, so that no two are alike
    )
    return Arrival(key=f"made-up:{photo.id}", photo=photo, record_hash="")
