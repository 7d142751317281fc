"""Hashes of 64 bits that differ in few of them, found without comparing each with every other.

A hash is cut into three bands. Two hashes that differ in at most eight bits differ in at most two within one band at
least: so whatever is near to a hash has, in some band, one of the few hundred values that are so near to the hash's own
(multi-index hashing: M. Norouzi, A. Punjani and D. Fleet, "Fast search in Hamming space with multi-index hashing",
2012). Those values are looked up, here in memory, or by a database in its indexes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Values = npt.NDArray[np.int64]
Places = npt.NDArray[np.intp]

NEAR_BITS = 8  # of 64; unrelated photos differ in 32 on average
EACH_PAIR_UP_TO = 1_000_000_000  # pairs; so many are compared one by one before tables would be laid out
WANTED_AT_ONCE = 1024
PAIRS_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class Band:
    """Some neighbouring bits of a hash."""

    shift: int
    bits: int

    def values(self, hashes: Hashes) -> Values:
        """Return these bits of hashes (n,), as numbers from 0."""
        return ((hashes >> np.uint64(self.shift)) & np.uint64(2**self.bits - 1)).astype(np.int64)

    @property
    def patterns(self) -> Values:
        """What changes at most two of the bits."""
        ones = [1 << i for i in range(self.bits)]
        return np.array([0, *ones, *(one | other for one, other in combinations(ones, 2))], np.int64)

    def near_values(self, hashes: Hashes) -> Values:
        """Return the values, each once, that hashes near to any of these may have in this band."""
        return np.unique(self.values(hashes)[:, None] ^ self.patterns)


BANDS = (Band(0, 21), Band(21, 21), Band(42, 22))
LOOKUPS = sum(len(band.patterns) for band in BANDS)  # for one hash


def near_before(hashes: Hashes, wanted: Places) -> Iterator[tuple[Places, Places]]:
    """Yield pairs of places: some of `wanted`, ascending, and those of all hashes before each that are near to it.

    A pair may come twice. All pairs of a place come at once.
    """
    tables = [_Table(band, hashes) for band in BANDS] if len(hashes) * len(wanted) > EACH_PAIR_UP_TO else []
    for start in range(0, len(wanted), WANTED_AT_ONCE):
        part = wanted[start : start + WANTED_AT_ONCE]
        if tables:
            found = [pairs for table in tables for pairs in table.near_before(part)]
        else:
            found = [_near_before(hashes, place) for place in part.tolist()]
        yield np.concatenate([later for later, _ in found]), np.concatenate([earlier for _, earlier in found])


def _near_before(hashes: Hashes, place: int) -> tuple[Places, Places]:
    near = np.flatnonzero(np.bitwise_count(hashes[:place] ^ hashes[place]) <= NEAR_BITS)
    return np.full(len(near), place, np.intp), near


class _Table:
    """Where the hashes are that have a certain value in a band."""

    def __init__(self, band: Band, hashes: Hashes) -> None:
        self._band = band
        self._hashes = hashes
        values = band.values(hashes)
        self._order = np.argsort(values, kind="stable").astype(np.int32)
        self._starts = np.zeros(2**band.bits + 1, np.int32)
        np.cumsum(np.bincount(values, minlength=2**band.bits), out=self._starts[1:])

    def near_before(self, wanted: Places) -> Iterator[tuple[Places, Places]]:
        """Yield pairs of places: some of `wanted`, and those before each whose hash is near to its own."""
        values = (self._band.values(self._hashes[wanted])[:, None] ^ self._band.patterns).ravel()
        owners = np.repeat(wanted, len(self._band.patterns))
        first = self._starts[values]
        counts = self._starts[values + 1] - first
        filled = np.flatnonzero(counts)
        owners, first, counts = owners[filled], first[filled], counts[filled].astype(np.intp)
        ends = np.cumsum(counts)
        begin = 0
        while begin < len(counts):
            before = ends[begin] - counts[begin]
            end = max(begin + 1, int(np.searchsorted(ends, before + PAIRS_AT_ONCE, "right")))
            some = counts[begin:end]
            inside = np.arange(ends[end - 1] - before) - np.repeat(ends[begin:end] - some - before, some)
            earlier = self._order[np.repeat(first[begin:end], some) + inside]
            later = np.repeat(owners[begin:end], some)
            kept = np.flatnonzero(earlier < later)
            later, earlier = later[kept], earlier[kept]
            near = np.bitwise_count(self._hashes[later] ^ self._hashes[earlier]) <= NEAR_BITS
            yield later[near], earlier[near].astype(np.intp)
            begin = end
