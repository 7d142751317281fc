"""Where photos come from: a source yields a `Candidate` a photo, or a `Skipped` with its reason, to the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from core.photos import Photo


@dataclass(frozen=True, slots=True)
class StoredVector:
    """A vector that came with a record, and the encoder that made it."""

    encoder: str  # e.g. "ViT-B-32-quickgelu/openai"
    vector: npt.NDArray[np.float32]  # (dimensions,), any length


@dataclass(frozen=True, slots=True)
class Candidate:
    """One photo on its way in: its record, and where its picture is (a file, a URL, bytes, or not known)."""

    key: str  # where it came from, stable between imports: "unsplash:ID", "file:/absolute/path", a URL
    photo: Photo  # `photo.id` is the id that it would like; the store may lengthen it when it is taken
    file: Path | None = None
    url: str | None = None
    data: bytes | None = None
    vector: StoredVector | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record or file that did not become a photo, and why, in a sentence."""

    what: str  # file name, or the record's number
    reason: str


class Source(Protocol):
    """One place of photos, read lazily and in a stable order so that an import can resume."""

    name: str  # what the user typed, for reports

    def __len__(self) -> int:
        """Return how many records there are at most, for a progress bar."""

    def __iter__(self) -> Iterator[Candidate | Skipped]:
        """Yield every record, in the same order each time."""


class Given:
    """A source of candidates that are at hand already."""

    def __init__(self, name: str, *candidates: Candidate) -> None:
        self.name = name
        self._candidates = candidates

    def __len__(self) -> int:
        return len(self._candidates)

    def __iter__(self) -> Iterator[Candidate | Skipped]:
        yield from self._candidates
