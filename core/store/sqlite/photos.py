"""Photos in SQLite: written in whole batches, read by id or number, with tags, colours and words beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from core.bands import BANDS, Hashes
from core.errors import DamagedLibrary
from core.photos import Photo, Tag
from core.store.database import Transaction
from core.store.rows import (
    arrival_values,
    colour_values,
    free_ids,
    now,
    photos_from,
    said_values,
)
from core.store.sqlite.database import SqliteDatabase
from core.store.sqlite.sums import SUMMED
from core.store.sqlite.words import WordTable
from core.store.values import BAND_VALUES, LOOKS_AT_ONCE, Arrival, Known, Look, Numbers, Pictured

_LOOK = ", ".join(Look._fields)


class PhotoTable:
    """The photos of one library. A photo's number `n` is its key in every index; its `id` is what people type."""

    def __init__(self, database: SqliteDatabase, words: WordTable) -> None:
        self._database = database
        self._words = words

    async def count(self) -> int:
        """Return how many photos there are."""
        return int(await self._database.value("SELECT count(*) FROM photos"))

    async def newest(self) -> int:
        """Return the n of the photo that came in last; 0 in an empty library."""
        return int(await self._database.value("SELECT max(n) FROM photos") or 0)

    async def numbers(self) -> Numbers:
        """Return the n of every photo, ascending."""
        return await self._database.numbers("n AS number FROM photos")

    async def places_by_age(self) -> dict[int, int]:
        """Return the place of every photo when the newest stands first: by publication, else capture, else import."""
        rows = await self._database.rows(
            "SELECT n FROM photos ORDER BY coalesce(published_at, taken_at, imported_at) DESC, n DESC"
        )
        return {row[0]: place for place, row in enumerate(rows)}

    async def totals(self) -> tuple[int, int, int]:
        """Return how many photos, photographers and different tags there are."""
        row = await self._database.row(
            "SELECT (SELECT count(*) FROM photos), (SELECT count(DISTINCT photographer_name) FROM photos), "
            "(SELECT count(DISTINCT name) FROM tags)"
        )
        return (0, 0, 0) if row is None else (row[0], row[1], row[2])

    async def tags(self, beginning: str, limit: int) -> list[tuple[str, int]]:
        """Return tags that begin with `beginning` and how many photos have each, most first."""
        rows = await self._database.rows(
            "SELECT name, count(DISTINCT photo) AS photos FROM tags WHERE substr(name, 1, ?) = ? "
            "GROUP BY name ORDER BY photos DESC, name LIMIT ?",
            (len(beginning), beginning, limit),
        )
        return [(row[0], row[1]) for row in rows]

    async def photographers(self) -> list[tuple[str, int]]:
        """Return every photographer's name and how many photos are theirs, most first."""
        rows = await self._database.rows(
            "SELECT photographer_name, count(*) AS photos FROM photos WHERE photographer_name IS NOT NULL "
            "GROUP BY photographer_name ORDER BY photos DESC, photographer_name"
        )
        return [(row[0], row[1]) for row in rows]

    async def with_content(self, content_hash: str) -> str | None:
        """Return the id of the first photo whose file has these bytes, or None."""
        value = await self._database.value(
            "SELECT id FROM photos WHERE content_hash = ? ORDER BY n LIMIT 1", (content_hash,)
        )
        return None if value is None else str(value)

    async def numbers_of(self, ids: Iterable[str]) -> dict[str, int]:
        """Return the n of each id that exists, by the id as asked for; ids differ by more than case."""
        wanted = list(dict.fromkeys(ids))
        rows = await self._database.rows_in("SELECT id, n FROM photos WHERE id IN ({})", wanted)
        found = {row["id"].lower(): row["n"] for row in rows}
        return {name: found[name.lower()] for name in wanted if name.lower() in found}

    async def ids_like(self, beginning: str, limit: int) -> list[str]:
        """Return ids that begin with `beginning`, in order."""
        rows = await self._database.rows(
            "SELECT id FROM photos WHERE id >= ? AND substr(id, 1, ?) = ? COLLATE NOCASE ORDER BY id LIMIT ?",
            (beginning, len(beginning), beginning, limit),
        )
        return [row[0] for row in rows]

    async def get(self, numbers: Iterable[int]) -> dict[int, Photo]:
        """Return the photos of these numbers that exist and are sound, by number."""
        wanted = [int(n) for n in numbers]
        rows = await self._database.sound(f"SELECT {SUMMED['photos']}, sum FROM photos WHERE n IN ({{}})", wanted)
        tags = await self._database.sound(f"SELECT {SUMMED['tags']}, sum FROM tags WHERE photo IN ({{}})", wanted)
        colours = await self._database.sound(
            f"SELECT {SUMMED['colours']}, sum FROM colours WHERE photo IN ({{}}) ORDER BY photo, rank", wanted
        )
        rows = [row for row in rows if row[0] not in self._database.damaged.photos]
        return photos_from(rows, tags, colours)

    async def by_id(self, photo_id: str) -> Photo | None:
        """Return the photo with this id, whatever its case, or None."""
        n = (await self.numbers_of([photo_id])).get(photo_id)
        photo = None if n is None else (await self.get([n])).get(n)
        if n in self._database.damaged.photos:
            raise DamagedLibrary(
                "What is kept of the photo {id} is damaged, so it is not shown. Run `modaclip check --repair`.",
                id=photo_id,
            )
        return photo

    async def known(self, keys: Sequence[str]) -> dict[str, Known]:
        """Return what is known under these keys, by key."""
        rows = await self._database.rows_in(
            "SELECT key, n, id, record_hash, file_size, file_mtime_ns, content_hash FROM photos WHERE key IN ({})", keys
        )
        return {row["key"]: Known(*tuple(row)[1:]) for row in rows}

    async def keys_under(self, beginning: str) -> dict[str, str]:
        """Return key and id of every photo whose key begins with `beginning`."""
        rows = await self._database.rows(
            "SELECT key, id FROM photos WHERE key >= ? AND substr(key, 1, ?) = ?",
            (beginning, len(beginning), beginning),
        )
        return {row["key"]: row["id"] for row in rows}

    async def looks(self, *, grouped: bool, after: int = 0) -> list[Look]:
        """Return what photos look like whose picture was seen, by n: some of those that come after the n `after`."""
        # SQLite would take the index of groups, in which photos without a picture are as well
        which = "WHERE alike IS NOT NULL" if grouped else "INDEXED BY photos_without_group WHERE alike IS NULL"
        rows = await self._database.rows(
            f"SELECT {_LOOK} FROM photos {which} AND phash IS NOT NULL AND n > ? ORDER BY n LIMIT ?",
            (after, LOOKS_AT_ONCE),
        )
        return [Look(*row) for row in rows]

    async def looks_near(self, hashes: Hashes) -> list[Look]:
        """Return what photos look like that are in a group and whose hash is near to one of these, and some others."""
        found: dict[int, Look] = {}
        for band, value in zip(BANDS, BAND_VALUES, strict=True):
            rows = await self._database.rows(
                f"SELECT {_LOOK} FROM photos WHERE phash IS NOT NULL AND alike IS NOT NULL "
                f"AND {value} IN (SELECT value FROM json_each(?))",
                (json.dumps(band.near_values(hashes).tolist()),),
            )
            found |= {row[0]: Look(*row) for row in rows}
        return list(found.values())

    async def alike(self, numbers: Iterable[int]) -> dict[int, int]:
        """Return the group of near-duplicates of each of these photos: the n of its first."""
        rows = await self._database.rows_in("SELECT n, coalesce(alike, n) FROM photos WHERE n IN ({})", numbers)
        return {row[0]: row[1] for row in rows}

    async def pictured(self) -> list[Pictured]:
        """Return every photo whose picture was seen, by n."""
        rows = await self._database.rows(
            "SELECT n, id, key, path, content_hash FROM photos WHERE content_hash IS NOT NULL ORDER BY n"
        )
        return [Pictured(*row) for row in rows]

    async def hashes(self) -> set[str]:
        """Return the content hashes in use."""
        rows = await self._database.rows("SELECT DISTINCT content_hash FROM photos WHERE content_hash IS NOT NULL")
        return {row[0] for row in rows}

    async def edit(self, n: int, photo: Photo) -> None:
        """Write what people say of a photo over what stood there; id, picture and tags stay."""
        values = said_values(photo)
        changes = ", ".join(f"{name} = ?" for name in values)
        async with self._database.transaction() as transaction:
            await transaction.execute(f"UPDATE photos SET {changes} WHERE n = ?", (*values.values(), n))
            await self._words.put(transaction, {n: photo})

    async def retag(self, n: int, add: Sequence[str], remove: Sequence[str]) -> None:
        """Give tags to a photo as a user does, and take others away whoever gave them."""
        async with self._database.transaction() as transaction:
            await transaction.executemany(
                "DELETE FROM tags WHERE photo = ? AND name = ?", [(n, name) for name in remove]
            )
            await transaction.executemany(
                "INSERT OR REPLACE INTO tags (photo, name, origin, confidence) VALUES (?, ?, 'user', NULL)",
                [(n, name) for name in add],
            )
            photo = (await self.get([n]))[n]
            gone, given = set(remove), [Tag(name, "user") for name in add]
            tags = (*(tag for tag in photo.tags if tag.name not in gone), *given)
            await self._words.put(transaction, {n: replace(photo, tags=tags)})

    async def write_auto_tags(self, tags: Mapping[int, Sequence[Tag]]) -> None:
        """Put these automatic tags in place of those that the photos have."""
        async with self._database.transaction() as transaction:
            await transaction.executemany("DELETE FROM tags WHERE photo = ? AND origin = 'auto'", [(n,) for n in tags])
            await transaction.executemany(
                "INSERT INTO tags (photo, name, origin, confidence) VALUES (?, ?, 'auto', ?)",
                [(n, tag.name, tag.confidence) for n, given in tags.items() for tag in given],
            )

    async def write_alike(self, groups: Mapping[int, int]) -> None:
        """Put photos into groups of near-duplicates, by the n of the first of each."""
        async with self._database.transaction() as transaction:
            await transaction.executemany(
                "UPDATE photos SET alike = ? WHERE n = ?", [(to, n) for n, to in groups.items()]
            )

    # As part of a transaction that the caller holds

    async def put(self, transaction: Transaction, arrivals: Sequence[Arrival]) -> list[int]:
        """Write photos, new or changed, each key once; return their numbers. Tags that users gave are kept.

        A fixed number of statements, however many photos: each costs a change of threads.
        """
        standing = await self._standing(transaction, [arrival.key for arrival in arrivals])
        fresh = [arrival for arrival in arrivals if arrival.key not in standing]
        ids = free_ids(fresh, await self._taken(transaction, [arrival.photo.id for arrival in fresh]))
        first = await _next_number(transaction)
        numbers = standing | {arrival.key: n for n, arrival in enumerate(fresh, first)}
        rows = [arrival_values(arrival) | {"n": numbers[arrival.key]} for arrival in arrivals]
        moment = now()
        new = [row | {"id": ids[row["key"]], "imported_at": moment} for row in rows if row["key"] in ids]
        old = [{name: row[name] for name in row if name != "id"} for row in rows if row["key"] in standing]
        if new:
            places = ", ".join("?" * len(new[0]))
            await transaction.executemany(
                f"INSERT INTO photos ({', '.join(new[0])}) VALUES ({places})", [tuple(row.values()) for row in new]
            )
        if old:
            names = [name for name in old[0] if name != "n"]
            changes = ", ".join(f"{name} = ?" for name in names)
            await transaction.executemany(
                f"UPDATE photos SET {changes} WHERE n = ?",
                [(*(row[name] for name in names), row["n"]) for row in old],
            )
            replaced = [(row["n"],) for row in old]
            await transaction.executemany("DELETE FROM tags WHERE photo = ? AND origin <> 'user'", replaced)
            await transaction.executemany("DELETE FROM colours WHERE photo = ?", replaced)
        photos = {numbers[arrival.key]: arrival.photo for arrival in arrivals}
        await transaction.executemany(
            "INSERT OR REPLACE INTO tags (photo, name, origin, confidence) VALUES (?, ?, ?, ?)",
            [(n, tag.name, tag.origin, tag.confidence) for n, photo in photos.items() for tag in photo.tags],
        )
        await transaction.executemany(
            "INSERT INTO colours (photo, rank, hex, share, lightness, a, b, chroma) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(n, *values) for n, photo in photos.items() for values in colour_values(photo.colours)],
        )
        await self._words.put(transaction, photos)
        return [numbers[arrival.key] for arrival in arrivals]

    async def remove(self, transaction: Transaction, numbers: Sequence[int]) -> None:
        """Remove photos with all that stands beside them but their vectors."""
        for table, column in (("photos", "n"), ("tags", "photo"), ("colours", "photo"), ("words", "rowid")):
            await transaction.executemany(f"DELETE FROM {table} WHERE {column} = ?", [(n,) for n in numbers])

    async def _standing(self, transaction: Transaction, keys: Sequence[str]) -> dict[str, int]:
        rows = await transaction.rows(
            "SELECT key, n FROM photos WHERE key IN (SELECT value FROM json_each(?))", (json.dumps(keys),)
        )
        return {row["key"]: row["n"] for row in rows}

    async def _taken(self, transaction: Transaction, ids: Sequence[str]) -> set[str]:
        rows = await transaction.rows(
            "SELECT id FROM photos WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(ids),)
        )
        return {row["id"].lower() for row in rows}


async def _next_number(transaction: Transaction) -> int:
    """Return a number that no photo ever had."""
    rows = await transaction.rows("SELECT seq FROM sqlite_sequence WHERE name = 'photos'")
    return next((int(row[0]) for row in rows), 0) + 1
