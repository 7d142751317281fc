"""What goes into a store and comes out of it, whichever engine keeps it: plain values, never a row of a database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from core.bands import BANDS
from core.photos import Photo

Numbers: TypeAlias = npt.NDArray[np.int64]
Half: TypeAlias = npt.NDArray[np.float16]
Vector: TypeAlias = npt.NDArray[np.floating]

STORED = np.dtype("<f2")
LOOKS_AT_ONCE = 20_000
BAND_VALUES = tuple(f"((phash >> {band.shift}) & {2**band.bits - 1})" for band in BANDS)  # as indexes hold them


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


class Look(NamedTuple):
    """What a photo whose picture was seen looks like, as near-duplicates are told by it."""

    n: int
    alike: int | None  # the n of the first of its group; None while it has none
    phash: int  # 64 bits, as a signed number
    average_colour: str
    width: int
    height: int


class Pictured(NamedTuple):
    """Where a photo whose picture was seen came from."""

    n: int
    id: str
    key: str
    path: str | None
    content_hash: str


@dataclass(frozen=True, slots=True)
class Space:
    """One encoder with certain weights, as the library knows it."""

    id: int
    encoder: str
    fingerprint: str  # empty: vectors from elsewhere that came with no more than the encoder's name
    dimensions: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened in a space since a revision."""

    revision: int  # the newest seen
    photos: Numbers  # (m,) numbers with a new vector
    vectors: Half  # (m, dimensions)
    removed: Numbers


@dataclass(frozen=True, slots=True)
class WordMatches:
    """Which photos hold words of a query, and how much of it."""

    photos: Numbers  # (m,) ascending
    coverage: npt.NDArray[np.float32]  # (m,) 0 to 1: the share of the query's information that the photo's words hold


@dataclass(frozen=True, slots=True)
class BoardRow:
    """What is looked for among boards, as of their last change."""

    id: str
    revision: int
    name: str
    key: str  # the name, folded
    channel: str | None
    pins: int
    archived: bool
    deleted: bool
    made_at: str  # ISO 8601
    changed_at: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change of a board."""

    revision: int
    at: str  # ISO 8601
    author: str
    author_name: str
    kind: str
    data: str  # JSON
    side: str = ""  # of a shared board


class NameTaken(Exception):
    """There is another board with this name."""


def pack(vector: Vector) -> bytes:
    """Return a vector as it is stored: length one, float16, little-endian."""
    exact = vector.astype(np.float32)
    return (exact / max(float(np.linalg.norm(exact)), 1e-12)).astype(STORED).tobytes()


def unpack(blobs: Sequence[bytes], dimensions: int) -> Half:
    """Return stored vectors as an array of shape (len(blobs), dimensions)."""
    return np.frombuffer(b"".join(blobs), STORED).reshape(len(blobs), dimensions)


def by_space(numbers: Sequence[int], vectors: Sequence[tuple[Space, Vector] | None]) -> dict[Space, dict[int, Vector]]:
    """Return the vectors of photos by their space, those of photos without one left out."""
    found: dict[Space, dict[int, Vector]] = {}
    for n, pair in zip(numbers, vectors, strict=True):
        if pair is not None:
            found.setdefault(pair[0], {})[n] = pair[1]
    return found


def space_of(spaces: Iterable[Space], encoder: str, fingerprint: str | None = None) -> Space | None:
    """Return the space of this encoder (and these weights, when given), or None."""
    for space in spaces:
        if space.encoder == encoder and fingerprint in (None, space.fingerprint):
            return space
    return None


def space_for(spaces: Sequence[Space], encoder: str, fingerprint: str) -> Space | None:
    """Return the space for vectors of these weights, with the fingerprint that it then has; None: it is to be made.

    Vectors whose weights nobody knows go with whichever stand there, and those that stand there take on a fingerprint.
    """
    same = [space for space in spaces if space.encoder == encoder]
    for space in same:
        if fingerprint in ("", space.fingerprint):
            return space
    nameless = space_of(same, encoder, "")
    return None if nameless is None else replace(nameless, fingerprint=fingerprint)
