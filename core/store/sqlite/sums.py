"""What tells a damaged row from a sound one: each row that can't be made again carries a CRC-32 over all of its values.

SQLite notices a broken page, not a flipped bit in a vector or a credit. So migration 006 gives tables a column `sum`,
and triggers that write it: no writer can forget it. Whoever reads rows into values reads `sum` with them and compares.
A row without one is older than the migration; `check --repair` gives it one. What the library groups itself
(`photos.alike`) is not in the sum, so that grouping a library does not write it twice.

PostgreSQL needs none of this: it keeps a checksum of every page and compares it whenever it reads one, where its
cluster was made with `--data-checksums` (as all are since PostgreSQL 18); `check` says where it was not.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from core.errors import DamagedLibrary
from core.store.database import Row

_PHOTO = (
    "n, id, key, record_hash, file_size, file_mtime_ns, source, photographer_name, photographer_username, "
    "photographer_url, title, description, place, width, height, average_colour, phash, content_hash, licence, "
    "page_url, image_url, download_url, path, taken_at, published_at, imported_at"
)
SUMMED = {
    "facts": "name, value",
    "photos": _PHOTO,
    "tags": "photo, name, origin, confidence",
    "colours": "photo, rank, hex, share, lightness, a, b, chroma",
    "spaces": "id, encoder, fingerprint, dimensions",
    "derived": "name, stamp, data",
    "boards": "id, revision, name, key, channel, pins, archived, deleted, made_at, changed_at",
    "board_changes": "board, revision, at, author, author_name, kind, data, side",
}  # what a table's sum is over; that of vectors is `vector_sum`
SEALING = (
    *(f"UPDATE {table} SET sum = row_sum({columns}) WHERE sum IS NULL" for table, columns in SUMMED.items()),
    "UPDATE vectors SET sum = vector_sum(space, photo, revision, vector) WHERE sum IS NULL",
)  # what gives rows that are older than sums theirs
_SPREAD = (0x9E3779B1, 0x85EBCA6B, 0xC2B2AE35)  # odd, for space, photo and revision
Values: TypeAlias = tuple[Any, ...]
_PRIME = 4294967291  # the largest below 2^32: no flipped bit of a number vanishes in it


def row_sum(*values: Any) -> int:
    """Return the sum of a row's values, in their order. Differs where any value or its type does."""
    return zlib.crc32(repr(values).encode("utf-8", "backslashreplace"))


def vector_sum(space: int, photo: int, revision: int, vector: bytes | None) -> int:
    """Return the sum of a row of vectors: CRC-32 of the vector, begun with a number made of where it belongs."""
    return zlib.crc32(vector or b"", _start(space, photo, revision))


FUNCTIONS = {"row_sum": row_sum, "vector_sum": vector_sum}


def is_sound(values: Values | sqlite3.Row) -> bool:
    """Tell whether a row of a table of SUMMED, its columns and then its sum, is as it was written."""
    known = values[-1]
    return known is None or known == zlib.crc32(repr(values[:-1]).encode("utf-8", "backslashreplace"))


def proven(rows: Sequence[Row]) -> list[Values]:
    """Return rows of a table of SUMMED without the sums they end with. Raises DamagedLibrary where one is damaged."""
    values = [tuple(row) for row in rows]
    if not all(map(is_sound, values)):
        raise DamagedLibrary(
            "An entry in the library's database is not what was written there. Run `modaclip check --repair`."
        )
    return [row[:-1] for row in values]


def sound_vectors(space: int, dimensions: int, rows: Sequence[Row]) -> list[bool]:
    """Tell of each row of photo, revision, vector and sum whether it is as it was written."""
    if not rows:
        return []
    vectors = [row[2] or b"" for row in rows]
    try:
        places = np.array([row[0] for row in rows], np.int64) * _SPREAD[1]
        places += np.array([row[1] for row in rows], np.int64) * _SPREAD[2] + space * _SPREAD[0]
        made = list(map(zlib.crc32, vectors, (places % _PRIME).tolist()))
        if set(map(len, vectors)) <= {0, 2 * dimensions}:
            return [row[3] is None or row[3] == one for row, one in zip(rows, made, strict=True)]
    except (TypeError, OverflowError, ValueError):  # a damaged row holds anything in any place
        pass
    return [_is_sound_vector(space, dimensions, tuple(row)) for row in rows]


def _is_sound_vector(space: int, dimensions: int, row: Values) -> bool:
    photo, revision, vector, known = row
    if not isinstance(photo, int) or not isinstance(revision, int) or not isinstance(vector, bytes | None):
        return False
    whole = vector is None or len(vector) == 2 * dimensions
    return whole and (known is None or known == vector_sum(space, photo, revision, vector))


def _start(space: int, photo: int, revision: int) -> int:
    if not all(isinstance(number, int) for number in (space, photo, revision)):
        raise TypeError("a damaged row: a text times a number would fill the memory")
    return (space * _SPREAD[0] + photo * _SPREAD[1] + revision * _SPREAD[2]) % _PRIME


@dataclass(slots=True)
class Damaged:
    """Which rows of a library were met that are not as they were written, since it was opened."""

    photos: set[int] = field(default_factory=set)  # numbers of photos of which a row is damaged; they are left out
    vectors: set[int] = field(default_factory=set)  # numbers of photos whose vector is

    def __len__(self) -> int:
        return len(self.photos | self.vectors)

    def sound(self, rows: Iterable[Row]) -> list[Row]:
        """Return those rows that are sound of rows that begin with a photo's number and end with their sum."""
        found = []
        for row in rows:
            if is_sound(row):
                found.append(row)
            else:
                self.photos.add(row[0])
        return found


def lenient_text(data: bytes) -> str:
    """Return a text that may be damaged, so that its row can be told of and the others be read."""
    return data.decode("utf-8", "surrogateescape")
