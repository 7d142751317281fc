"""Finding photos by the words that people wrote about them, with PostgreSQL's text search.

Stems are Porter's, as in SQLite; words are cut apart and their accents folded before they come to the server, so that
neither its language nor its extensions change what is found.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from core.photos import Photo, Tag
from core.store.database import Transaction
from core.store.postgres.library import LibraryDatabase, plain
from core.store.rows import words_of
from core.store.values import Numbers, WordMatches
from core.store.wording import COLUMNS, COMMON, weigh

QUICKLY_COUNTED = 20_000  # photos
COUNTED_AGAIN_AFTER_S = 60.0
LONGEST_TEXT = 50_000  # characters of one column; an entry takes a megabyte at most
_PLAIN_WORD = re.compile(r"[^\W_]+")
# a lexeme between two columns, which no text yields: nobody's phrase reaches from one into the next
_JOINED = " || '|:1'::tsvector || ".join(["to_tsvector('words', ?)"] * len(COLUMNS))


class _Total(NamedTuple):
    """How many photos had words, when the library had a version; of many, a few more or fewer change nothing."""

    version: int
    photos: int
    until: float


class WordTable:
    """The words of one library's photos."""

    def __init__(self, database: LibraryDatabase) -> None:
        self._database = database
        self._key = database.key
        self._marker = _lexeme(f"/{database.key}")
        self._total: _Total | None = None

    async def match(self, words: Sequence[str]) -> WordMatches:
        """Return the photos that hold any of these words (or forms of them), with their coverage."""
        found = [await self._holding(word, COMMON + 1) for word in words]
        telling = [photos for photos in found if len(photos) <= COMMON]
        return weigh(telling, await self._count() if telling else 0)

    async def holding_phrase(self, phrase: str) -> Numbers:
        """Return the photos that hold these words one after the other, ascending."""
        return await self._holding(phrase)

    async def _holding(self, phrase: str, at_most: int | None = None) -> Numbers:
        folded = folded_words(phrase)
        if not folded:
            return np.empty(0, np.int64)
        return await self._database.numbers(
            "photo AS number FROM words WHERE library = ? AND words @@ (?::tsquery && phraseto_tsquery('words', ?)) "
            "LIMIT ?",
            (self._key, self._marker, folded, at_most),
        )

    async def lacking(self) -> list[int]:
        """Return the numbers of photos that have no entry here, which only damage can bring about."""
        rows = await self._database.rows(
            "SELECT n FROM photos WHERE library = ? AND NOT EXISTS "
            "(SELECT FROM words WHERE words.library = photos.library AND photo = n) ORDER BY n",
            (self._key,),
        )
        return [row[0] for row in rows]

    async def write(self, photos: Mapping[int, Photo]) -> None:
        """Make photos findable by their words, those of tags that users gave before among them."""
        async with self._database.transaction("words") as transaction:
            await self.put(transaction, photos)

    async def put(self, transaction: Transaction, photos: Mapping[int, Photo]) -> None:
        """Do what `write` does, as part of a transaction."""
        rows = await transaction.rows(
            "SELECT photo, name FROM tags WHERE library = ? AND origin = 'user' AND photo = ANY(?)",
            (self._key, plain(photos)),
        )
        given: dict[int, list[Tag]] = {}
        for row in rows:
            given.setdefault(row["photo"], []).append(Tag(row["name"], "user"))
        words = {n: words_of(replace(photo, tags=(*photo.tags, *given.get(n, ())))) for n, photo in photos.items()}
        await transaction.executemany(
            f"INSERT INTO words (library, photo, words) VALUES (?, ?, ?::tsvector || {_JOINED}) "
            "ON CONFLICT (library, photo) DO UPDATE SET words = excluded.words",
            [
                (self._key, n, self._marker, *(folded_words(texts[name])[:LONGEST_TEXT] for name in COLUMNS))
                for n, texts in words.items()
            ],
        )

    async def _count(self) -> int:
        version, now = await self._database.version(), time.monotonic()
        kept = self._total
        if kept is None or (kept.version != version and (kept.photos < QUICKLY_COUNTED or now > kept.until)):
            count = int(await self._database.value("SELECT count(*) FROM words WHERE library = ?", (self._key,)))
            kept = self._total = _Total(version, count, now + COUNTED_AGAIN_AFTER_S)
        return kept.photos


def folded_words(text: str) -> str:
    """Return the words of a text without accents, case and punctuation, with single spaces between."""
    plain_text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(_PLAIN_WORD.findall(plain_text.casefold()))


def _lexeme(text: str) -> str:
    """Return a text as one lexeme, quoted."""
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
