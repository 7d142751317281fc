"""Vectors in SQLite: the source of truth that every index is built from."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from core.store.database import Row, Transaction
from core.store.rows import changes_of
from core.store.sqlite.database import SqliteDatabase
from core.store.sqlite.sums import SUMMED, proven, sound_vectors
from core.store.values import STORED, Changes, Half, Numbers, Space, Vector, pack, space_of, unpack

_SPACE = SUMMED["spaces"]
_SUMMED = "photo, revision, vector, sum"


class VectorTable:
    """The vectors of one library, by space."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def spaces(self) -> list[Space]:
        """Return all spaces, oldest first."""
        rows = await self._database.rows(f"SELECT {_SPACE}, sum FROM spaces ORDER BY id")
        return [Space(*row) for row in proven(rows)]

    async def space(self, encoder: str, fingerprint: str | None = None) -> Space | None:
        """Return the space of this encoder (and these weights, when given), or None."""
        return space_of(await self.spaces(), encoder, fingerprint)

    async def counts(self) -> dict[int, int]:
        """Return how many photos have a vector, by space; those without any are left out."""
        counted = {space.id: await self.count(space) for space in await self.spaces()}
        return {space: count for space, count in counted.items() if count}

    async def changes(self, space: Space, since: int = 0) -> Changes:
        """Return what is newer than revision `since`."""
        rows = await self._database.rows(
            f"SELECT {_SUMMED} FROM vectors WHERE space = ? AND revision > ? ORDER BY revision, photo",
            (space.id, since),
        )
        sound = await asyncio.to_thread(self._sound, space, rows)
        return changes_of(sound, since, lambda blobs: unpack(blobs, space.dimensions))

    async def count(self, space: Space) -> int:
        """Return how many photos have a vector in this space."""
        return len(await self._held(space))

    async def sample(self, space: Space, count: int) -> Half:
        """Return the vectors of at most `count` photos, spread evenly over the library and always the same."""
        held = await self._held(space)
        step = max(1, -(-len(held) // count))
        found = await self.get(space, held[step - 1 :: step].tolist())
        return unpack([found[n].tobytes() for n in sorted(found)], space.dimensions)

    async def _held(self, space: Space) -> Numbers:
        """Return the numbers of the photos that have a vector in this space, ascending, without reading a vector.

        What is written and has none is what is left of photos that were removed.
        """
        written = await self._database.numbers(
            "photo AS number FROM vectors INDEXED BY vectors_by_revision WHERE space = ?", (space.id,)
        )
        photos = await self._database.numbers("n AS number FROM photos")
        return np.intersect1d(written, photos, assume_unique=True)

    async def revision(self, space: Space) -> int:
        """Return the newest revision in this space; 0 when it is empty."""
        return int(await self._database.value("SELECT max(revision) FROM vectors WHERE space = ?", (space.id,)) or 0)

    async def get(self, space: Space, photos: Iterable[int]) -> dict[int, Half]:
        """Return the vectors of these photos that have one, by number."""
        rows = await self._database.rows_in(
            f"SELECT {_SUMMED} FROM vectors WHERE space = ? AND vector IS NOT NULL AND photo IN ({{}})",
            photos,
            (space.id,),
        )
        return {row["photo"]: np.frombuffer(row["vector"], STORED) for row in self._sound(space, rows)}

    async def by_content(self, space: Space, hashes: Sequence[str]) -> dict[str, Half]:
        """Return the vector of each of these pictures (SHA-256) that is embedded already."""
        rows = await self._database.rows_in(
            "SELECT photo, content_hash FROM photos JOIN vectors ON photo = n "
            "WHERE space = ? AND vector IS NOT NULL AND content_hash IN ({})",
            hashes,
            (space.id,),
        )
        vectors = await self.get(space, [row["photo"] for row in rows])
        return {row["content_hash"]: vectors[row["photo"]] for row in rows if row["photo"] in vectors}

    async def lacking(self, space: Space) -> set[int]:
        """Return the numbers of the photos whose picture was seen, but not by this space's encoder."""
        rows = await self._database.rows(
            "SELECT n FROM photos WHERE content_hash IS NOT NULL AND n NOT IN "
            "(SELECT photo FROM vectors WHERE space = ? AND vector IS NOT NULL)",
            (space.id,),
        )
        return {row[0] for row in rows}

    async def write(self, space: Space, vectors: Mapping[int, Vector]) -> None:
        """Write the vector of each photo under one new revision. Each is brought to length one first."""
        async with self._database.transaction() as transaction:
            await self.put(transaction, space, vectors)

    def _sound(self, space: Space, rows: Sequence[Row]) -> Sequence[Row]:
        """Return those rows of _SUMMED that are as they were written; the others are remembered as damaged."""
        sound = sound_vectors(space.id, space.dimensions, rows)
        if all(sound):
            return rows
        self._database.damaged.vectors |= {
            row["photo"] for row, is_sound in zip(rows, sound, strict=True) if not is_sound
        }
        return [row for row, is_sound in zip(rows, sound, strict=True) if is_sound]

    # As part of a transaction that the caller holds

    async def add_space(self, transaction: Transaction, encoder: str, fingerprint: str, dimensions: int) -> Space:
        """Return the space of this encoder and these weights, made when it is not there."""
        await transaction.execute(
            "INSERT INTO spaces (encoder, fingerprint, dimensions) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (encoder, fingerprint, dimensions),
        )
        rows = await transaction.rows(
            f"SELECT {_SPACE} FROM spaces WHERE encoder = ? AND fingerprint = ?", (encoder, fingerprint)
        )
        return Space(*rows[0])

    async def put(self, transaction: Transaction, space: Space, vectors: Mapping[int, Vector]) -> None:
        """Write the vector of each photo under one new revision."""
        if not vectors:
            return
        revision = await _next(transaction)
        await transaction.executemany(
            "INSERT OR REPLACE INTO vectors (photo, space, revision, vector) VALUES (?, ?, ?, ?)",
            [(n, space.id, revision, pack(vector)) for n, vector in vectors.items()],
        )

    async def forget(self, transaction: Transaction, photos: Sequence[int]) -> None:
        """Take the vectors of these photos away, in every space, so that other processes notice."""
        revision = await _next(transaction)
        await transaction.executemany(
            # by space, because that is how the table is ordered
            "UPDATE vectors SET vector = NULL, revision = ? WHERE space IN (SELECT id FROM spaces) AND photo = ?",
            [(revision, n) for n in photos],
        )

    async def drop(self, transaction: Transaction, space: Space) -> None:
        """Remove a space with all its vectors."""
        await transaction.execute("DELETE FROM vectors WHERE space = ?", (space.id,))
        await transaction.execute("DELETE FROM spaces WHERE id = ?", (space.id,))


async def _next(transaction: Transaction) -> int:
    # by space, because that is how the index over revisions is ordered
    rows = await transaction.rows(
        "SELECT coalesce(max((SELECT max(revision) FROM vectors WHERE space = spaces.id)), 0) + 1 FROM spaces"
    )
    return int(rows[0][0])
