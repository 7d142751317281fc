"""Finding photos by the words that people wrote about them, with SQLite's FTS5."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from core.photos import Photo, Tag
from core.remembering import Remembered
from core.store.database import Transaction
from core.store.rows import words_of
from core.store.sqlite.database import SqliteDatabase
from core.store.values import Numbers, WordMatches
from core.store.wording import COLUMNS, COMMON, weigh, words_in


class WordTable:
    """The words of one library's photos."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._total: Remembered[int] = Remembered(database.version, 1)

    async def match(self, words: Sequence[str]) -> WordMatches:
        """Return the photos that hold any of these words (or forms of them), with their coverage."""
        found = [await self._holding(f'"{word}"', COMMON + 1) for word in words]
        telling = [photos for photos in found if len(photos) <= COMMON]
        return weigh(telling, await self._total.get("", self._count) if telling else 0)

    async def holding_phrase(self, phrase: str) -> Numbers:
        """Return the photos that hold these words one after the other, ascending."""
        words = words_in(phrase)
        return await self._holding('"' + " ".join(words) + '"') if words else np.empty(0, np.int64)

    async def lacking(self) -> list[int]:
        """Return the numbers of photos that have no entry here, which only damage can bring about."""
        rows = await self._database.rows("SELECT n FROM photos WHERE n NOT IN (SELECT rowid FROM words) ORDER BY n")
        return [row[0] for row in rows]

    async def write(self, photos: Mapping[int, Photo]) -> None:
        """Make photos findable by their words, those of tags that users gave before among them."""
        async with self._database.transaction() as transaction:
            await self.put(transaction, photos)

    async def put(self, transaction: Transaction, photos: Mapping[int, Photo]) -> None:
        """Do what `write` does, as part of a transaction."""
        rows = await transaction.rows(
            "SELECT photo, name FROM tags WHERE origin = 'user' AND photo IN (SELECT value FROM json_each(?))",
            (json.dumps(list(photos)),),
        )
        given: dict[int, list[Tag]] = {}
        for row in rows:
            given.setdefault(row["photo"], []).append(Tag(row["name"], "user"))
        words = {n: words_of(replace(photo, tags=(*photo.tags, *given.get(n, ())))) for n, photo in photos.items()}
        await transaction.executemany("DELETE FROM words WHERE rowid = ?", [(n,) for n in photos])
        await transaction.executemany(
            "INSERT INTO words (rowid, title, description, tags, photographer, place) VALUES (?, ?, ?, ?, ?, ?)",
            [(n, *(texts[name] for name in COLUMNS)) for n, texts in words.items()],
        )

    async def _holding(self, expression: str, at_most: int = -1) -> Numbers:
        return await self._database.numbers(
            "rowid AS number FROM words WHERE words MATCH ? LIMIT ?", (expression, at_most)
        )

    async def _count(self) -> int:
        return int(await self._database.value("SELECT count(*) FROM photos"))  # each has an entry, be it without words
