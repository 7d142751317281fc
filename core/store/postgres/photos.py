"""Photos in PostgreSQL: written in whole batches, read by id or number, with tags, colours and words beside them."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from core.bands import BANDS, Hashes
from core.photos import Photo, Tag
from core.store.database import Transaction
from core.store.postgres.library import LibraryDatabase, plain
from core.store.postgres.photo_writing import PhotoWriter
from core.store.postgres.words import WordTable
from core.store.rows import COLUMNS, photos_from, said_values
from core.store.values import BAND_VALUES, LOOKS_AT_ONCE, Known, Look, Numbers, Pictured

_COLUMN_LIST = ", ".join(COLUMNS)
_LOOK = ", ".join(Look._fields)
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


class PhotoTable:
    """The photos of one library."""

    def __init__(self, database: LibraryDatabase, words: WordTable) -> None:
        self._database = database
        self._key = database.key
        self._words = words
        self.writer = PhotoWriter(database.key, words)

    async def count(self) -> int:
        """Return how many photos there are."""
        return int(await self._database.value("SELECT count(*) FROM photos WHERE library = ?", (self._key,)))

    async def newest(self) -> int:
        """Return the n of the photo that came in last; 0 in an empty library."""
        return int(await self._database.value("SELECT max(n) FROM photos WHERE library = ?", (self._key,)) or 0)

    async def numbers(self) -> Numbers:
        """Return the n of every photo, ascending."""
        return await self._database.numbers("n AS number FROM photos WHERE library = ?", (self._key,))

    async def places_by_age(self) -> dict[int, int]:
        """Return the place of every photo when the newest stands first: by publication, else capture, else import."""
        rows = await self._database.rows(
            "SELECT n FROM photos WHERE library = ? "
            "ORDER BY coalesce(published_at, taken_at, imported_at) DESC, n DESC",
            (self._key,),
        )
        return {row[0]: place for place, row in enumerate(rows)}

    async def totals(self) -> tuple[int, int, int]:
        """Return how many photos, photographers and different tags there are."""
        row = await self._database.row(
            "SELECT (SELECT count(*) FROM photos WHERE library = ?), "
            "(SELECT count(DISTINCT photographer_name) FROM photos WHERE library = ?), "
            "(SELECT count(DISTINCT name) FROM tags WHERE library = ?)",
            (self._key,) * 3,
        )
        return (0, 0, 0) if row is None else (row[0], row[1], row[2])

    async def tags(self, beginning: str, limit: int) -> list[tuple[str, int]]:
        """Return tags that begin with `beginning` and how many photos have each, most first."""
        rows = await self._database.rows(
            "SELECT name, count(DISTINCT photo) AS photos FROM tags WHERE library = ? AND starts_with(name, ?) "
            "GROUP BY name ORDER BY photos DESC, name LIMIT ?",
            (self._key, beginning, limit),
        )
        return [(row[0], row[1]) for row in rows]

    async def photographers(self) -> list[tuple[str, int]]:
        """Return every photographer's name and how many photos are theirs, most first."""
        rows = await self._database.rows(
            "SELECT photographer_name, count(*) AS photos FROM photos "
            "WHERE library = ? AND photographer_name IS NOT NULL "
            "GROUP BY photographer_name ORDER BY photos DESC, photographer_name",
            (self._key,),
        )
        return [(row[0], row[1]) for row in rows]

    async def with_content(self, content_hash: str) -> str | None:
        """Return the id of the first photo whose file has these bytes, or None."""
        value = await self._database.value(
            "SELECT id FROM photos WHERE library = ? AND content_hash = ? ORDER BY n LIMIT 1",
            (self._key, content_hash),
        )
        return None if value is None else str(value)

    async def numbers_of(self, ids: Iterable[str]) -> dict[str, int]:
        """Return the n of each id that exists, by the id as asked for; ids differ by more than case."""
        wanted = list(dict.fromkeys(ids))
        rows = await self._database.rows(
            "SELECT lower(id) AS id, n FROM photos WHERE library = ? AND lower(id) = ANY(?)",
            (self._key, [lower(name) for name in wanted]),
        )
        found = {row["id"]: row["n"] for row in rows}
        return {name: found[lower(name)] for name in wanted if lower(name) in found}

    async def ids_like(self, beginning: str, limit: int) -> list[str]:
        """Return ids that begin with `beginning`, in order."""
        rows = await self._database.rows(
            "SELECT id FROM photos WHERE library = ? AND lower(id) >= ? AND starts_with(lower(id), ?) "
            "ORDER BY lower(id) LIMIT ?",
            (self._key, lower(beginning), lower(beginning), limit),
        )
        return [row[0] for row in rows]

    async def get(self, numbers: Iterable[int]) -> dict[int, Photo]:
        """Return the photos of these numbers that exist, by number."""
        wanted = plain(numbers)
        if not wanted:
            return {}
        return await self._get(self._database, wanted)

    async def _get(self, reader: LibraryDatabase | Transaction, wanted: Sequence[int]) -> dict[int, Photo]:
        rows = await reader.rows(
            f"SELECT n, {_COLUMN_LIST} FROM photos WHERE library = ? AND n = ANY(?)", (self._key, wanted)
        )
        tags = await reader.rows(
            "SELECT photo, name, origin, confidence FROM tags WHERE library = ? AND photo = ANY(?)",
            (self._key, wanted),
        )
        colours = await reader.rows(
            "SELECT photo, hex, share FROM colours WHERE library = ? AND photo = ANY(?) ORDER BY photo, rank",
            (self._key, wanted),
        )
        return photos_from(rows, tags, colours)

    async def by_id(self, photo_id: str) -> Photo | None:
        """Return the photo with this id, whatever its case, or None."""
        n = (await self.numbers_of([photo_id])).get(photo_id)
        return None if n is None else (await self.get([n])).get(n)

    async def known(self, keys: Sequence[str]) -> dict[str, Known]:
        """Return what is known under these keys, by key."""
        rows = await self._database.rows(
            "SELECT key, n, id, record_hash, file_size, file_mtime_ns, content_hash FROM photos "
            "WHERE library = ? AND key = ANY(?)",
            (self._key, list(keys)),
        )
        return {row["key"]: Known(*tuple(row)[1:]) for row in rows}

    async def keys_under(self, beginning: str) -> dict[str, str]:
        """Return key and id of every photo whose key begins with `beginning`."""
        rows = await self._database.rows(
            "SELECT key, id FROM photos WHERE library = ? AND key >= ? AND starts_with(key, ?)",
            (self._key, beginning, beginning),
        )
        return {row["key"]: row["id"] for row in rows}

    async def looks(self, *, grouped: bool, after: int = 0) -> list[Look]:
        """Return what photos look like whose picture was seen, by n: some of those that come after the n `after`."""
        rows = await self._database.rows(
            f"SELECT {_LOOK} FROM photos WHERE library = ? AND phash IS NOT NULL "
            f"AND alike IS {'NOT ' if grouped else ''}NULL AND n > ? ORDER BY n LIMIT ?",
            (self._key, after, LOOKS_AT_ONCE),
        )
        return [Look(*row) for row in rows]

    async def looks_near(self, hashes: Hashes) -> list[Look]:
        """Return what photos look like that are in a group and whose hash is near to one of these, and some others."""
        found: dict[int, Look] = {}
        for band, value in zip(BANDS, BAND_VALUES, strict=True):
            rows = await self._database.rows(
                f"SELECT {_LOOK} FROM photos WHERE library = ? AND phash IS NOT NULL AND alike IS NOT NULL "
                f"AND {value} = ANY(?)",
                (self._key, band.near_values(hashes).tolist()),
            )
            found |= {row[0]: Look(*row) for row in rows}
        return list(found.values())

    async def alike(self, numbers: Iterable[int]) -> dict[int, int]:
        """Return the group of near-duplicates of each of these photos: the n of its first."""
        rows = await self._database.rows(
            "SELECT n, coalesce(alike, n) FROM photos WHERE library = ? AND n = ANY(?)", (self._key, plain(numbers))
        )
        return {row[0]: row[1] for row in rows}

    async def pictured(self) -> list[Pictured]:
        """Return every photo whose picture was seen, by n."""
        rows = await self._database.rows(
            "SELECT n, id, key, path, content_hash FROM photos "
            "WHERE library = ? AND content_hash IS NOT NULL ORDER BY n",
            (self._key,),
        )
        return [Pictured(*row) for row in rows]

    async def hashes(self) -> set[str]:
        """Return the content hashes in use."""
        rows = await self._database.rows(
            "SELECT DISTINCT content_hash FROM photos WHERE library = ? AND content_hash IS NOT NULL", (self._key,)
        )
        return {row[0] for row in rows}

    async def edit(self, n: int, photo: Photo) -> None:
        """Write what people say of a photo over what stood there; id, picture and tags stay."""
        values = said_values(photo)
        changes = ", ".join(f"{name} = ?" for name in values)
        async with self._database.transaction("photos") as transaction:
            await transaction.execute(
                f"UPDATE photos SET {changes} WHERE library = ? AND n = ?", (*values.values(), self._key, n)
            )
            await self._words.put(transaction, {n: photo})

    async def retag(self, n: int, add: Sequence[str], remove: Sequence[str]) -> None:
        """Give tags to a photo as a user does, and take others away whoever gave them."""
        async with self._database.transaction("tags") as transaction:
            photo = (await self._get(transaction, [n]))[n]
            await transaction.execute(
                "DELETE FROM tags WHERE library = ? AND photo = ? AND name = ANY(?)", (self._key, n, list(remove))
            )
            await self.writer.put_tags(transaction, [(n, Tag(name, "user")) for name in add])
            gone, given = set(remove), [Tag(name, "user") for name in add]
            tags = (*(tag for tag in photo.tags if tag.name not in gone), *given)
            await self._words.put(transaction, {n: replace(photo, tags=tags)})

    async def write_auto_tags(self, tags: Mapping[int, Sequence[Tag]]) -> None:
        """Put these automatic tags in place of those that the photos have."""
        async with self._database.transaction("tags") as transaction:
            await transaction.execute(
                "DELETE FROM tags WHERE library = ? AND photo = ANY(?) AND origin = 'auto'", (self._key, plain(tags))
            )
            await self.writer.put_tags(
                transaction, [(n, replace(tag, origin="auto")) for n, given in tags.items() for tag in given]
            )

    async def write_alike(self, groups: Mapping[int, int]) -> None:
        """Put photos into groups of near-duplicates, by the n of the first of each."""
        async with self._database.transaction("photos") as transaction:
            await self._put_alike(transaction, groups)

    async def _put_alike(self, transaction: Transaction, groups: Mapping[int, int]) -> None:
        await transaction.execute(
            "UPDATE photos SET alike = found.alike FROM unnest(?::bigint[], ?::bigint[]) AS found (n, alike) "
            "WHERE photos.library = ? AND photos.n = found.n",
            (plain(groups), plain(groups.values()), self._key),
        )


def lower(text: str) -> str:
    """Return an id as ids are compared: the case of ASCII letters does not matter, as in SQLite."""
    return text.translate(_LOWER)
