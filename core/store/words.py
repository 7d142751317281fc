"""Finding photos by the words that people wrote about them, with SQLite's FTS5."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import aiosqlite
import numpy as np
import numpy.typing as npt

from core.photos import Photo, Tag
from core.store.database import Database
from core.store.rows import words_of

COLUMNS = ("title", "description", "tags", "photographer", "place")

# Words that say nothing of what is in a photo; as many photos without them are meant as with them.
STOP_WORDS = frozenset(
    "a an and are as at be by for from has have in into is it its near next of on onto or over photo photos picture "
    "pictures image images some that the their there these this those through to under up very was were which while "
    "with without".split()
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class WordMatches:
    """Which photos hold words of a query, and how much of it."""

    photos: npt.NDArray[np.int64]  # (m,) ascending
    coverage: npt.NDArray[np.float32]  # (m,) 0 to 1: the share of the query's information that the photo's words hold


class WordTable:
    """The words of one library's photos."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def match(self, words: Sequence[str]) -> WordMatches:
        """Return the photos that hold any of these words (or forms of them), with their coverage.

        A word weighs its inverse document frequency (K. Sparck Jones, 1972) among the photos that have words at all, so
        that "saturn" counts for more than "sky". A word that nobody wrote here tells no photos apart: it weighs half of
        the least telling of the others.
        """
        if not words:
            return WordMatches(np.empty(0, np.int64), np.empty(0, np.float32))
        total = int(await self._database.value("SELECT count(*) FROM words"))
        found = [await self._holding(f'"{word}"') for word in words]
        weights = [math.log(1 + total / len(photos)) if len(photos) else 0.0 for photos in found]
        absent = 0.5 * min((weight for weight in weights if weight), default=1.0)
        weights = [weight or absent for weight in weights]
        photos, place = np.unique(np.concatenate(found), return_inverse=True)
        each = np.concatenate([np.full(len(ns), weight) for ns, weight in zip(found, weights, strict=True)])
        coverage = np.bincount(place, each, len(photos)) / max(sum(weights), 1e-9)
        return WordMatches(photos, coverage.astype(np.float32))

    async def holding_phrase(self, phrase: str) -> npt.NDArray[np.int64]:
        """Return the photos that hold these words one after the other, ascending."""
        words = _WORD.findall(phrase)
        return await self._holding('"' + " ".join(words) + '"') if words else np.empty(0, np.int64)

    async def lacking(self) -> list[int]:
        """Return the numbers of photos that have no entry here, which only damage can bring about."""
        rows = await self._database.rows("SELECT n FROM photos WHERE n NOT IN (SELECT rowid FROM words) ORDER BY n")
        return [row[0] for row in rows]

    async def write(self, connection: aiosqlite.Connection, photos: Mapping[int, Photo]) -> None:
        """Make photos findable by their words, those of tags that users gave before among them."""
        rows = await connection.execute_fetchall(
            "SELECT photo, name FROM tags WHERE origin = 'user' AND photo IN (SELECT value FROM json_each(?))",
            (json.dumps(list(photos)),),
        )
        given: dict[int, list[Tag]] = {}
        for row in rows:
            given.setdefault(row["photo"], []).append(Tag(row["name"], "user"))
        words = {n: words_of(replace(photo, tags=(*photo.tags, *given.get(n, ())))) for n, photo in photos.items()}
        await connection.executemany("DELETE FROM words WHERE rowid = ?", [(n,) for n in photos])
        await connection.executemany(
            "INSERT INTO words (rowid, title, description, tags, photographer, place) VALUES (?, ?, ?, ?, ?, ?)",
            [(n, *(texts[name] for name in COLUMNS)) for n, texts in words.items()],
        )

    async def _holding(self, expression: str) -> npt.NDArray[np.int64]:
        return await self._database.numbers("rowid AS number FROM words WHERE words MATCH ?", (expression,))


def telling_words(texts: Iterable[str]) -> list[str]:
    """Return the words of these texts that can tell photos apart, lower case, each once."""
    words = (word.lower() for text in texts for word in _WORD.findall(text))
    return list(
        dict.fromkeys(word for word in words if word not in STOP_WORDS and (len(word) > 1 or not word.isascii()))
    )
