"""What is known of a library that is moved: what it holds, in figures and in one checksum."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field

from core.errors import ModaclipError
from core.store.raw import SUM_BYTES, BoardRows, Head, PhotoRows


class CantMove(ModaclipError):
    """A move that stopped, and why. Only the command line says so, so it stands beside no chat's translations."""


class NotTheSame(CantMove):
    """A copy that is not what it was copied from, although all was carried over."""


@dataclass(frozen=True, slots=True)
class Contents:
    """All that a library holds, in figures, with a checksum over each of its rows."""

    photos: int = 0
    tags: int = 0
    colours: int = 0
    vectors: tuple[tuple[int, int], ...] = ()  # space and how many, those of removed photos left out
    removed: int = 0  # rows that tell of vectors of removed photos
    boards: int = 0  # deleted ones among them
    changes: int = 0
    checksum: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that anybody would miss."""
        return not (self.photos or self.boards or self.vectors)


@dataclass(slots=True)
class Tally:
    """Contents as they are read: photos by number, then boards by id."""

    head: Head
    _figures: Counter[str] = field(default_factory=Counter)
    _vectors: Counter[int] = field(default_factory=Counter)
    _sum: hashlib.blake2b = field(default_factory=lambda: hashlib.blake2b(digest_size=SUM_BYTES))

    def __post_init__(self) -> None:
        self._sum.update(self.head.checksum())

    @property
    def photos(self) -> int:
        """How many photos were counted."""
        return self._figures["photos"]

    def add_photo(self, rows: PhotoRows, checksum: bytes) -> None:
        """Count the rows of one number."""
        self._sum.update(checksum)
        self._figures.update(photos=rows.photo is not None, tags=len(rows.tags), colours=len(rows.colours))
        for space, _, vector in rows.vectors:
            if vector is None:
                self._figures["removed"] += 1
            else:
                self._vectors[space] += 1

    def add_board(self, rows: BoardRows, checksum: bytes) -> None:
        """Count one board."""
        self._sum.update(checksum)
        self._figures.update(boards=1, changes=len(rows.changes))

    def contents(self) -> Contents:
        """Return what was counted."""
        names = ("photos", "tags", "colours", "removed", "boards", "changes")
        figures = {name: self._figures[name] for name in names}
        return Contents(**figures, vectors=tuple(sorted(self._vectors.items())), checksum=self._sum.hexdigest())
