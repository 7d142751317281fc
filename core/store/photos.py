"""Photos in the database: written in whole batches, read by id or number, with tags, colours and words beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import aiosqlite

from core.photos import Colour, Photo, Tag
from core.store.database import Database, Row
from core.store.rows import COLUMNS, colour_values, grouped, photo_from, photo_values
from core.store.words import WordTable

_COLUMN_LIST = ", ".join(COLUMNS)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One photo about to be written: new, or in place of what stands under the same key."""

    key: str
    photo: Photo
    record_hash: str
    file_size: int | None = None  # bytes
    file_mtime_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What an import needs to know of a photo that is there already."""

    n: int
    id: str
    record_hash: str
    file_size: int | None
    file_mtime_ns: int | None
    content_hash: str | None


class PhotoTable:
    """The photos of one library. A photo's number `n` is its key in every index; its `id` is what people type."""

    def __init__(self, database: Database, words: WordTable) -> None:
        self._database = database
        self._words = words

    async def count(self) -> int:
        """Return how many photos there are."""
        return int(await self._database.value("SELECT count(*) FROM photos"))

    async def newest(self) -> int:
        """Return the n of the photo that came in last; 0 in an empty library."""
        return int(await self._database.value("SELECT max(n) FROM photos") or 0)

    async def numbers(self) -> list[int]:
        """Return the n of every photo, ascending."""
        return [row[0] for row in await self._database.rows("SELECT n FROM photos ORDER BY n")]

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
        """Return the photos of these numbers that exist, by number."""
        wanted = [int(n) for n in numbers]
        rows = await self._database.rows_in(f"SELECT n, {_COLUMN_LIST} FROM photos WHERE n IN ({{}})", wanted)
        tags = grouped(
            await self._database.rows_in(
                "SELECT photo, name, origin, confidence FROM tags WHERE photo IN ({}) ORDER BY photo, "
                "CASE origin WHEN 'user' THEN 0 WHEN 'source' THEN 1 WHEN 'file' THEN 2 ELSE 3 END, "
                "confidence DESC, name",
                wanted,
            ),
            lambda row: Tag(row["name"], row["origin"], row["confidence"]),
        )
        colours = grouped(
            await self._database.rows_in(
                "SELECT photo, hex, share FROM colours WHERE photo IN ({}) ORDER BY photo, rank", wanted
            ),
            lambda row: Colour(row["hex"], row["share"]),
        )
        return {row["n"]: photo_from(row, tags.get(row["n"], ()), colours.get(row["n"], ())) for row in rows}

    async def by_id(self, photo_id: str) -> Photo | None:
        """Return the photo with this id, whatever its case, or None."""
        n = (await self.numbers_of([photo_id])).get(photo_id)
        return None if n is None else (await self.get([n])).get(n)

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

    async def looks(self) -> list[Row]:
        """Return n, alike, phash, average_colour, width and height of every photo whose picture was seen, by n."""
        return await self._database.rows(
            "SELECT n, alike, phash, average_colour, width, height FROM photos WHERE phash IS NOT NULL ORDER BY n"
        )

    async def alike(self, numbers: Iterable[int]) -> dict[int, int]:
        """Return the group of near-duplicates of each of these photos: the n of its first."""
        rows = await self._database.rows_in("SELECT n, coalesce(alike, n) FROM photos WHERE n IN ({})", numbers)
        return {row[0]: row[1] for row in rows}

    async def pictured(self) -> list[Row]:
        """Return n, id, key, path and content_hash of every photo whose picture was seen, by n."""
        return await self._database.rows(
            "SELECT n, id, key, path, content_hash FROM photos WHERE content_hash IS NOT NULL ORDER BY n"
        )

    async def hashes(self) -> set[str]:
        """Return the content hashes in use."""
        rows = await self._database.rows("SELECT DISTINCT content_hash FROM photos WHERE content_hash IS NOT NULL")
        return {row[0] for row in rows}

    # Writing: inside a transaction that the caller holds.

    async def write(self, connection: aiosqlite.Connection, arrivals: Sequence[Arrival]) -> list[int]:
        """Write photos, new or changed; return their numbers. Tags that users gave are kept."""
        return [await self._write_one(connection, arrival) for arrival in arrivals]

    async def _write_one(self, connection: aiosqlite.Connection, arrival: Arrival) -> int:
        values = photo_values(arrival.photo) | {
            "key": arrival.key,
            "record_hash": arrival.record_hash,
            "file_size": arrival.file_size,
            "file_mtime_ns": arrival.file_mtime_ns,
            "imported_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "alike": None,  # to be found again
        }
        standing = await _first(connection, "SELECT n, id FROM photos WHERE key = ?", (arrival.key,))
        if standing is None:
            values["id"] = await _free_id(connection, arrival.photo.id, arrival.key)
            n = await _insert(connection, values)
        else:
            n = int(standing["n"])
            del values["id"], values["imported_at"]
            assignments = ", ".join(f"{name} = :{name}" for name in values)
            await connection.execute(f"UPDATE photos SET {assignments} WHERE n = :n", values | {"n": n})
        await connection.execute("DELETE FROM tags WHERE photo = ? AND origin <> 'user'", (n,))
        await connection.executemany(
            "INSERT OR REPLACE INTO tags (photo, name, origin, confidence) VALUES (?, ?, ?, ?)",
            [(n, tag.name, tag.origin, tag.confidence) for tag in arrival.photo.tags],
        )
        await connection.execute("DELETE FROM colours WHERE photo = ?", (n,))
        await connection.executemany(
            "INSERT INTO colours (photo, rank, hex, share, lightness, a, b, chroma) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(n, *values) for values in colour_values(arrival.photo.colours)],
        )
        await self._words.write(connection, n, arrival.photo)
        return n

    async def write_auto_tags(self, connection: aiosqlite.Connection, tags: Mapping[int, Sequence[Tag]]) -> None:
        """Put these automatic tags in place of those that the photos have."""
        await connection.executemany("DELETE FROM tags WHERE photo = ? AND origin = 'auto'", [(n,) for n in tags])
        await connection.executemany(
            "INSERT INTO tags (photo, name, origin, confidence) VALUES (?, ?, 'auto', ?)",
            [(n, tag.name, tag.confidence) for n, given in tags.items() for tag in given],
        )

    async def write_alike(self, connection: aiosqlite.Connection, groups: Mapping[int, int]) -> None:
        """Put photos into groups of near-duplicates, by the n of the first of each."""
        await connection.executemany("UPDATE photos SET alike = ? WHERE n = ?", [(to, n) for n, to in groups.items()])

    async def remove(self, connection: aiosqlite.Connection, numbers: Sequence[int]) -> None:
        """Remove photos with all that stands beside them but their vectors."""
        for table, column in (("photos", "n"), ("tags", "photo"), ("colours", "photo"), ("words", "rowid")):
            await connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", [(n,) for n in numbers])


async def _insert(connection: aiosqlite.Connection, values: Mapping[str, object]) -> int:
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    cursor = await connection.execute(f"INSERT INTO photos ({names}) VALUES ({places})", values)
    assert cursor.lastrowid is not None  # noqa: S101 - SQLite sets it on every insert
    return cursor.lastrowid


async def _free_id(connection: aiosqlite.Connection, wanted: str, key: str) -> str:
    """Return `wanted`, lengthened by a hash of the key when another photo has it: the same key gets the same id."""
    if await _first(connection, "SELECT 1 FROM photos WHERE id = ?", (wanted,)) is None:
        return wanted
    digest = hashlib.sha256(key.encode()).hexdigest()
    for length in range(4, len(digest)):
        candidate = f"{wanted}-{digest[:length]}"
        if await _first(connection, "SELECT 1 FROM photos WHERE id = ?", (candidate,)) is None:
            return candidate
    raise AssertionError("two keys with the same SHA-256")


async def _first(connection: aiosqlite.Connection, sql: str, parameters: tuple[object, ...]) -> Row | None:
    return next(iter(await connection.execute_fetchall(sql, parameters)), None)
