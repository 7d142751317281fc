"""A library's rows as they stand, for a copy of it in another store: the same values whichever engine keeps them.

What is here is neither derived nor one engine's own: vectors are the bytes that are kept, and checksums are taken of
these values, so that two copies can be compared photo by photo, however different their tables are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Protocol, TypeAlias

from core.photos import Colour, Photo, Tag
from core.store.database import Row
from core.store.rows import COLUMNS, photo_from, tag_place
from core.store.values import BoardRow, ChangeRow, Space

PHOTO_COLUMNS = (*COLUMNS, "key", "record_hash", "file_size", "file_mtime_ns", "alike", "imported_at")
TAG_COLUMNS = ("name", "origin", "confidence")
COLOUR_COLUMNS = ("rank", "hex", "share", "lightness", "a", "b", "chroma")
COPYING, COPIED = "copying", "copied"
OWN_FACTS = frozenset({COPYING, COPIED})  # what a copy says of itself, which its original does not
SUM_BYTES = 16

Values: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class PhotoRows:
    """All that is kept under one number: a photo with what stands beside it, or what a removed one has left."""

    n: int
    photo: Values | None = None  # of PHOTO_COLUMNS; None: there is no such photo (any more)
    tags: tuple[Values, ...] = ()  # of TAG_COLUMNS, sorted
    colours: tuple[Values, ...] = ()  # of COLOUR_COLUMNS, sorted
    vectors: tuple[tuple[int, int, bytes | None], ...] = ()  # space, revision and little-endian float16, sorted

    def checksum(self) -> bytes:
        """Return what differs wherever anything kept of this photo does."""
        stamps = [(space, revision, vector is None) for space, revision, vector in self.vectors]
        checksum = _hash_of((self.n, self.photo, self.tags, self.colours, stamps))
        for _, _, vector in self.vectors:
            checksum.update(vector or b"")
        return bytes(checksum.digest())

    def read(self) -> Photo | None:
        """Return the photo as a store gives it; None where there is none."""
        if self.photo is None:
            return None
        tags = sorted((Tag(*row) for row in self.tags), key=tag_place)
        colours = [Colour(row[1], row[2]) for row in self.colours]
        return photo_from(dict(zip(PHOTO_COLUMNS, self.photo, strict=True)), tags, colours)


@dataclass(frozen=True, slots=True)
class BoardRows:
    """One board with its whole log; None instead of its row: there is no such board (any more)."""

    id: str
    board: BoardRow | None = None
    changes: tuple[ChangeRow, ...] = ()

    def checksum(self) -> bytes:
        """Return what differs wherever anything of this board does."""
        return bytes(_hash_of((self.id, self.board, self.changes)).digest())


@dataclass(frozen=True, slots=True)
class Head:
    """What a library says of itself as a whole."""

    facts: dict[str, str]  # without OWN_FACTS
    spaces: tuple[Space, ...]
    last_number: int  # that was ever given to a photo
    own: dict[str, str] = field(default_factory=dict, compare=False)  # OWN_FACTS

    @classmethod
    def of(cls, facts: Sequence[Row], spaces: Sequence[Row], last_number: int) -> Head:
        """Return the head of all facts of a library, and of its spaces as `Space` names their values."""
        said = {row[0]: row[1] for row in facts}
        return cls(
            {name: value for name, value in said.items() if name not in OWN_FACTS},
            tuple(Space(*row) for row in spaces),
            last_number,
            {name: value for name, value in said.items() if name in OWN_FACTS},
        )

    def keeps(self, space: Space) -> bool:
        """Tell whether vectors that stand in a space may stay there."""
        return any((space.id, space.dimensions) == (other.id, other.dimensions) for other in self.spaces)

    def checksum(self) -> bytes:
        """Return what differs wherever anything of this does."""
        return bytes(_hash_of((sorted(self.facts.items()), self.spaces, self.last_number)).digest())


class RawRows(Protocol):
    """Every row of a library as it stands, read in pages."""

    async def head(self) -> Head:
        """Return what the library says of itself as a whole."""

    async def photos(self, after: int, limit: int) -> list[PhotoRows]:
        """Return the rows under the first `limit` numbers above `after`, those of removed photos among them."""

    async def boards(self, after: str, limit: int) -> list[BoardRows]:
        """Return the first `limit` boards whose id, in bytes, comes after one; deleted ones among them."""


class Raw(RawRows, Protocol):
    """Every row of a library as it stands: what copies a library into another store, and compares the two."""

    def frozen(self) -> AbstractAsyncContextManager[RawRows]:
        """Hold the library as it is now for reading, whatever others write meanwhile; `self` is not used then."""

    async def write_head(self, head: Head) -> None:
        """Write what the library says of itself over what it said, all but what it says of itself as a copy.

        Spaces that are not among those of `head`, or are others now, are taken away with their vectors.
        """

    async def write_photos(self, photos: Sequence[PhotoRows]) -> None:
        """Write rows in place of all that stands under their numbers, all or none; words are made of them."""

    async def write_boards(self, boards: Sequence[BoardRows]) -> None:
        """Write boards in place of what stands under their ids, all or none."""


def grouped_rows(
    numbers: Sequence[int],
    photos: Sequence[Row],
    tags: Sequence[Row],
    colours: Sequence[Row],
    vectors: Sequence[tuple[int, int, int, bytes | None]],
) -> list[PhotoRows]:
    """Return rows of each of these numbers: `photos` begin with n, tags and colours with the photo's, as vectors do."""
    own = {row[0]: tuple(row)[1:] for row in photos}
    beside: list[dict[int, list[Values]]] = [{}, {}, {}]
    for groups, rows in zip(beside, (tags, colours, vectors), strict=True):
        for row in rows:
            groups.setdefault(row[0], []).append(tuple(row)[1:])
    named, coloured, embedded = beside
    return [
        PhotoRows(
            n,
            own.get(n),
            tuple(sorted(named.get(n, ()), key=itemgetter(0, 1))),
            tuple(sorted(coloured.get(n, ()))),
            tuple(sorted(embedded.get(n, ()), key=itemgetter(0))),
        )
        for n in numbers
    ]


def photo_row(library: Sequence[object], rows: PhotoRows) -> list[Any]:
    """Return the values of a photo's row: those that come first in its table, n, and PHOTO_COLUMNS."""
    return [*library, rows.n, *(rows.photo or ())]


def _hash_of(values: object) -> Any:
    # PostgreSQL's texts hold no character of number zero, so a copy there is the same without it
    text = repr(values).replace("\\x00", "")
    return hashlib.blake2b(text.encode("utf-8", "backslashreplace"), digest_size=SUM_BYTES)
