"""A library to be moved, and what moves it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.boards.board import Author
from core.enrich import Vocabulary
from core.ingest import Progress, no_progress
from core.library import Library, LibraryOptions
from core.moving import Moved, Sides, move
from core.photos import Photo, Photographer, Tag
from core.store import Arrival, Store, StoreOptions, Stores
from tests.fakes.encoder import DIMENSIONS, HUES, LIGHTS, ColourEncoder

ANA = Author("u1", "Ana", "")
OPTIONS = LibraryOptions(vocabulary=Vocabulary((*HUES, *LIGHTS)), make_encoder=lambda name, _: ColourEncoder(name))


def quiet(_: str) -> Progress:
    return no_progress


@dataclass
class World:
    """A folder whose library is in SQLite, a PostgreSQL, and what moves between them."""

    folder: Path
    url: str
    options: LibraryOptions = field(default_factory=lambda: OPTIONS)

    def stores(self, kind: str) -> Stores:
        return Stores(StoreOptions(self.url if kind == "postgres" else ""))

    @asynccontextmanager
    async def store(self, kind: str) -> AsyncIterator[Store]:
        async with self.stores(kind) as stores, stores.open(self.folder) as store:
            yield store

    @asynccontextmanager
    async def library(self, kind: str) -> AsyncIterator[Library]:
        async with self.stores(kind) as stores, Library.open(self.folder, self.options, stores=stores) as library:
            yield library

    async def move(self, to: str, *, again: bool = False, **options: bool) -> Moved:
        source, target = ("sqlite", "postgres") if to == "postgres" else ("postgres", "sqlite")
        async with (
            self.stores(source) as first,
            self.stores(target) as second,
            self.options.make_services() as services,
        ):
            return await move(self.folder, Sides(first, second, to), self.options, services, quiet, **options)

    async def rows(self, kind: str) -> tuple[object, ...]:
        """Return everything that is kept, but what a copy says of itself."""
        async with self.store(kind) as store:
            return await store.raw.head(), await store.raw.photos(0, 10**6), await store.raw.boards("", 10**6)


async def fill(store: Store, count: int, seed: int = 0) -> None:
    """Write made-up photos, of which some are described, some have no picture, and some are taken out again."""
    space = await store.named_space("colours", "colours-1", DIMENSIONS)
    await store.write_facts(encoder="colours", fingerprint="colours-1")
    vectors = np.random.default_rng(seed).standard_normal((count, DIMENSIONS)).astype(np.float32)
    arrivals = [
        Arrival(
            f"file:/{seed}/{i}.jpg",
            Photo(
                f"p{seed}-{i}",
                "folder",
                Photographer(f"Name {i % 7}"),
                title=f"{HUES[i % 12]} barn number {i}" if i % 3 else None,
                tags=(Tag(HUES[i % 12]), Tag(f"t{i % 5}", "auto", 0.5 + 1 / (i + 3))),
                width=100 + i,
                height=150,
                average_colour="#102030",
                phash=i * 2**55,
                content_hash=f"{i:064x}" if i % 9 else None,
            ),
            "hash",
            1000 + i,
            2**60 + i,
        )
        for i in range(count)
    ]
    await store.write_photos(arrivals, [(space, v) if i % 9 else None for i, v in enumerate(vectors)])
    numbers = (await store.photos.numbers()).tolist()
    await store.photos.write_alike(dict.fromkeys(numbers[:4], numbers[0]))
    await store.photos.retag(numbers[1], ["ours"], ["t1"])
    await store.remove_photos(numbers[-3:])
