"""Vectors in PostgreSQL: the truth, as halfvec, from which pgvector answers what is near (`near.py`).

Revisions come from the library's own row, which a writer holds until its transaction is committed: they are committed
in their order, so who has read up to one misses none before it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from core.store.database import Transaction
from core.store.postgres.library import LibraryDatabase, plain
from core.store.rows import changes_of
from core.store.values import STORED, Changes, Half, Space, Vector, pack, space_of

_SPACE = "id, encoder, fingerprint, dimensions"


class VectorTable:
    """The vectors of one library, by space."""

    def __init__(self, database: LibraryDatabase) -> None:
        self._database = database
        self._key = database.key

    async def spaces(self) -> list[Space]:
        """Return all spaces, oldest first."""
        rows = await self._database.rows(f"SELECT {_SPACE} FROM spaces WHERE library = ? ORDER BY id", (self._key,))
        return [Space(*row) for row in rows]

    async def space(self, encoder: str, fingerprint: str | None = None) -> Space | None:
        """Return the space of this encoder (and these weights, when given), or None."""
        return space_of(await self.spaces(), encoder, fingerprint)

    async def counts(self) -> dict[int, int]:
        """Return how many photos have a vector, by space; those without any are left out."""
        rows = await self._database.rows(
            "SELECT space, count(vector) FROM vectors WHERE library = ? GROUP BY space", (self._key,)
        )
        return {row[0]: row[1] for row in rows if row[1]}

    async def count(self, space: Space) -> int:
        """Return how many photos have a vector in this space."""
        value = await self._database.value(
            "SELECT count(vector) FROM vectors WHERE library = ? AND space = ?", (self._key, space.id)
        )
        return int(value)

    async def changes(self, space: Space, since: int = 0) -> Changes:
        """Return what is newer than revision `since`."""
        rows = await self._database.rows(
            "SELECT photo, revision, vector FROM vectors WHERE library = ? AND space = ? AND revision > ? "
            "ORDER BY revision, photo",
            (self._key, space.id, since),
        )
        return changes_of(rows, since, lambda blobs: halves(blobs, space.dimensions))

    async def sample(self, space: Space, count: int) -> Half:
        """Return the vectors of at most `count` photos, spread evenly over the library and always the same."""
        step = max(1, -(-await self.count(space) // count))
        # numbers first, then their vectors: in one statement, a server without statistics puts all in order for each
        photos = await self._database.numbers(
            "photo AS number FROM (SELECT photo, row_number() OVER (ORDER BY photo) AS place FROM vectors "
            "WHERE library = ? AND space = ? AND vector IS NOT NULL) AS placed WHERE place % ? = 0",
            (self._key, space.id, step),
        )
        found = await self.get(space, photos)
        vectors = [found[n] for n in sorted(found)]
        return np.stack(vectors) if vectors else np.empty((0, space.dimensions), np.float16)

    async def revision(self, space: Space) -> int:
        """Return the newest revision in this space; 0 when it is empty."""
        value = await self._database.value(
            "SELECT max(revision) FROM vectors WHERE library = ? AND space = ?", (self._key, space.id)
        )
        return int(value or 0)

    async def get(self, space: Space, photos: Iterable[int]) -> dict[int, Half]:
        """Return the vectors of these photos that have one, by number."""
        rows = await self._database.rows(
            "SELECT photo, vector FROM vectors "
            "WHERE library = ? AND space = ? AND photo = ANY(?) AND vector IS NOT NULL",
            (self._key, space.id, plain(photos)),
        )
        return dict(zip([row[0] for row in rows], halves([row[1] for row in rows], space.dimensions), strict=True))

    async def by_content(self, space: Space, hashes: Sequence[str]) -> dict[str, Half]:
        """Return the vector of each of these pictures (SHA-256) that is embedded already."""
        return await self.standing(self._database, space, hashes)

    async def standing(
        self, reader: LibraryDatabase | Transaction, space: Space, hashes: Sequence[str]
    ) -> dict[str, Half]:
        """Return the vector of each of these pictures, as `by_content` does, be it within a transaction."""
        rows = await reader.rows(
            "SELECT content_hash, vector FROM photos JOIN vectors ON vectors.library = photos.library AND photo = n "
            "WHERE photos.library = ? AND space = ? AND vector IS NOT NULL AND content_hash = ANY(?)",
            (self._key, space.id, list(hashes)),
        )
        return dict(zip([row[0] for row in rows], halves([row[1] for row in rows], space.dimensions), strict=True))

    async def lacking(self, space: Space) -> set[int]:
        """Return the numbers of the photos whose picture was seen, but not by this space's encoder."""
        rows = await self._database.rows(
            "SELECT n FROM photos WHERE library = ? AND content_hash IS NOT NULL AND NOT EXISTS (SELECT FROM vectors "
            "WHERE vectors.library = photos.library AND space = ? AND photo = n AND vector IS NOT NULL)",
            (self._key, space.id),
        )
        return {row[0] for row in rows}

    async def write(self, space: Space, vectors: Mapping[int, Vector]) -> None:
        """Write the vector of each photo under one new revision. Each is brought to length one first."""
        if vectors:
            async with self._database.transaction("vectors") as transaction:
                await self.put(transaction, space, vectors)

    # As part of a transaction that the caller holds

    async def add_space(self, transaction: Transaction, encoder: str, fingerprint: str, dimensions: int) -> Space:
        """Return the space of this encoder and these weights, made when it is not there."""
        wanted = (self._key, encoder, fingerprint)
        rows = await transaction.rows(
            f"SELECT {_SPACE} FROM spaces WHERE library = ? AND encoder = ? AND fingerprint = ?", wanted
        )
        if rows:  # another process was faster
            return Space(*rows[0])
        given = await transaction.rows(
            "UPDATE libraries SET spaces = spaces + 1 WHERE library = ? RETURNING spaces", (self._key,)
        )
        space = Space(int(given[0][0]), encoder, fingerprint, dimensions)
        await transaction.execute(
            "INSERT INTO spaces (library, encoder, fingerprint, id, dimensions) VALUES (?, ?, ?, ?, ?)",
            (*wanted, space.id, dimensions),
        )
        return space

    async def put(self, transaction: Transaction, space: Space, vectors: Mapping[int, Vector]) -> None:
        """Write the vector of each photo under one new revision."""
        if not vectors:
            return
        revision = await self._next(transaction)
        await transaction.executemany(
            "INSERT INTO vectors (library, space, photo, revision, vector) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (library, space, photo) DO UPDATE SET revision = excluded.revision, vector = excluded.vector",
            [(self._key, space.id, int(n), revision, sent(vector)) for n, vector in vectors.items()],
        )

    async def forget(self, transaction: Transaction, photos: Sequence[int]) -> None:
        """Take the vectors of these photos away, in every space, so that other processes notice."""
        await transaction.execute(
            "UPDATE vectors SET vector = NULL, revision = ? WHERE library = ? AND photo = ANY(?)",
            (await self._next(transaction), self._key, list(photos)),
        )

    async def drop(self, transaction: Transaction, space: Space) -> None:
        """Remove a space with all its vectors."""
        for table, column in (("vectors", "space"), ("spaces", "id")):
            await transaction.execute(f"DELETE FROM {table} WHERE library = ? AND {column} = ?", (self._key, space.id))

    async def _next(self, transaction: Transaction) -> int:
        rows = await transaction.rows(
            "UPDATE libraries SET revision = revision + 1 WHERE library = ? RETURNING revision", (self._key,)
        )
        return int(rows[0][0])


def sent(vector: Vector) -> bytes:
    """Return a vector of length one as halfvec is sent: its length in two bytes, two that are 0, big-endian values."""
    return struct.pack(">HH", len(vector), 0) + np.frombuffer(pack(vector), STORED).astype(">f2").tobytes()


def halves(blobs: Sequence[bytes], dimensions: int) -> Half:
    """Return vectors as they come from the server, as an array of shape (len(blobs), dimensions)."""
    row = np.dtype([("head", ">u4"), ("values", ">f2", (dimensions,))])
    found: Half = np.frombuffer(b"".join(blobs), row)["values"].astype(STORED)
    return found
