"""Hashes near to others are found by their bands, as by comparing each with every other."""

from __future__ import annotations

import numpy as np
import pytest

from core import bands
from core.bands import BANDS, LOOKUPS, NEAR_BITS, Hashes, near_before


def family(size: int, seed: int = 0) -> Hashes:
    """Return hashes of which many differ from an earlier one in 0 to 12 bits."""
    rng = np.random.default_rng(seed)
    hashes = rng.integers(0, 2**64, size, np.uint64)
    for place in rng.permutation(np.arange(1, size))[: size // 2].tolist():
        flipped = rng.choice(64, rng.integers(0, 13), replace=False).astype(np.uint64)
        hashes[place] = hashes[rng.integers(0, place)] ^ np.bitwise_or.reduce(np.uint64(1) << flipped, initial=0)
    return hashes


def pairs(hashes: Hashes, wanted: list[int]) -> set[tuple[int, int]]:
    found = near_before(hashes, np.array(wanted, np.intp))
    return {pair for later, earlier in found for pair in zip(later.tolist(), earlier.tolist(), strict=True)}


def compared(hashes: Hashes, wanted: list[int]) -> set[tuple[int, int]]:
    whole = hashes.tolist()
    return {(i, j) for i in wanted for j in range(i) if (whole[i] ^ whole[j]).bit_count() <= NEAR_BITS}


def test_bands_are_all_of_a_hash() -> None:
    hashes = family(50)
    whole = sum(band.values(hashes).astype(object) << band.shift for band in BANDS)
    assert list(whole) == hashes.tolist()


def test_hashes_that_differ_in_few_bits_are_near_in_a_band() -> None:
    rng = np.random.default_rng(1)
    for _ in range(300):
        one = rng.integers(0, 2**64, 1, np.uint64)
        flipped = rng.choice(64, NEAR_BITS, replace=False).astype(np.uint64)
        other = one ^ np.bitwise_or.reduce(np.uint64(1) << flipped)
        assert any(band.values(other)[0] in band.near_values(one) for band in BANDS)


def test_so_many_values_are_looked_up_for_a_hash() -> None:
    assert sum(len(band.near_values(family(1))) for band in BANDS) == LOOKUPS


@pytest.mark.parametrize("each_up_to", [0, bands.EACH_PAIR_UP_TO], ids=["by tables", "one by one"])
def test_those_before_are_found(each_up_to: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bands, "EACH_PAIR_UP_TO", each_up_to)
    monkeypatch.setattr(bands, "WANTED_AT_ONCE", 70)
    monkeypatch.setattr(bands, "PAIRS_AT_ONCE", 9)
    hashes = family(400)
    for wanted in (list(range(400)), list(range(1, 400, 7)), [], [0]):
        assert pairs(hashes, wanted) == compared(hashes, wanted)
    assert len(compared(hashes, list(range(400)))) > 50


def test_the_same_picture_many_times_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bands, "EACH_PAIR_UP_TO", 0)
    monkeypatch.setattr(bands, "PAIRS_AT_ONCE", 100)
    assert len(pairs(np.full(60, 2**64 - 1, np.uint64), list(range(60)))) == 60 * 59 // 2
