"""Photos written into PostgreSQL in whole batches, as part of a transaction that the caller holds."""

from __future__ import annotations

from collections.abc import Sequence

from core.photos import Tag
from core.store.database import Transaction
from core.store.postgres.words import WordTable
from core.store.rows import arrival_values, colour_values, free_ids, now
from core.store.values import Arrival


class PhotoWriter:
    """Writes the photos of one library."""

    def __init__(self, library: str, words: WordTable) -> None:
        self._key = library
        self._words = words

    async def put(self, transaction: Transaction, arrivals: Sequence[Arrival]) -> list[int]:
        """Write photos, new or changed, each key once; return their numbers. Tags that users gave are kept."""
        standing = await self._standing(transaction, [arrival.key for arrival in arrivals])
        fresh = [arrival for arrival in arrivals if arrival.key not in standing]
        ids = free_ids(fresh, await self._taken(transaction, fresh))
        numbers = standing | await self._new_numbers(transaction, fresh)
        rows = [arrival_values(arrival) | {"library": self._key, "n": numbers[arrival.key]} for arrival in arrivals]
        moment = now()
        new = [row | {"id": ids[row["key"]], "imported_at": moment} for row in rows if row["key"] in ids]
        if new:
            places = ", ".join("?" * len(new[0]))
            await transaction.executemany(
                f"INSERT INTO photos ({', '.join(new[0])}) VALUES ({places})", [tuple(row.values()) for row in new]
            )
        old = [row for row in rows if row["key"] in standing]
        if old:
            names = [name for name in old[0] if name not in ("library", "n", "id")]
            changes = ", ".join(f"{name} = ?" for name in names)
            await transaction.executemany(
                f"UPDATE photos SET {changes} WHERE library = ? AND n = ?",
                [(*(row[name] for name in names), self._key, row["n"]) for row in old],
            )
            replaced = (self._key, [row["n"] for row in old])
            await transaction.execute(
                "DELETE FROM tags WHERE library = ? AND photo = ANY(?) AND origin <> 'user'", replaced
            )
            await transaction.execute("DELETE FROM colours WHERE library = ? AND photo = ANY(?)", replaced)
        photos = {numbers[arrival.key]: arrival.photo for arrival in arrivals}
        await self.put_tags(transaction, [(n, tag) for n, photo in photos.items() for tag in photo.tags])
        await transaction.executemany(
            "INSERT INTO colours (library, photo, rank, hex, share, lightness, a, b, chroma) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(self._key, n, *values) for n, photo in photos.items() for values in colour_values(photo.colours)],
        )
        await self._words.put(transaction, photos)
        return [numbers[arrival.key] for arrival in arrivals]

    async def put_tags(self, transaction: Transaction, tags: Sequence[tuple[int, Tag]]) -> None:
        """Write tags of photos over those of the same name and origin."""
        await transaction.executemany(
            "INSERT INTO tags (library, photo, name, origin, confidence) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (library, photo, name, origin) DO UPDATE SET confidence = excluded.confidence",
            [(self._key, n, tag.name, tag.origin, tag.confidence) for n, tag in tags],
        )

    async def remove(self, transaction: Transaction, numbers: Sequence[int]) -> None:
        """Remove photos with all that stands beside them but their vectors."""
        for table, column in (("photos", "n"), ("tags", "photo"), ("colours", "photo"), ("words", "photo")):
            await transaction.execute(
                f"DELETE FROM {table} WHERE library = ? AND {column} = ANY(?)", (self._key, list(numbers))
            )

    async def _standing(self, transaction: Transaction, keys: Sequence[str]) -> dict[str, int]:
        rows = await transaction.rows(
            "SELECT key, n FROM photos WHERE library = ? AND key = ANY(?)", (self._key, list(keys))
        )
        return {row["key"]: row["n"] for row in rows}

    async def _taken(self, transaction: Transaction, arrivals: Sequence[Arrival]) -> set[str]:
        wanted = [arrival.photo.id.lower() for arrival in arrivals]
        rows = await transaction.rows(
            "SELECT id FROM photos WHERE library = ? AND lower(id) = ANY(?)", (self._key, wanted)
        )
        return {row["id"].lower() for row in rows}

    async def _new_numbers(self, transaction: Transaction, arrivals: Sequence[Arrival]) -> dict[str, int]:
        """Return numbers that no photo of this library ever had."""
        rows = await transaction.rows(
            "UPDATE libraries SET photos = photos + ? WHERE library = ? RETURNING photos", (len(arrivals), self._key)
        )
        first = int(rows[0][0]) - len(arrivals) + 1
        return {arrival.key: n for n, arrival in enumerate(arrivals, first)}
