"""Nearest vectors are what comparing all of them says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.vectors import VectorIndex


def unit(count: int, dimensions: int = 16, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((count, dimensions)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def filled(count: int, **options: int) -> tuple[VectorIndex, np.ndarray]:
    index, vectors = VectorIndex(16, **options), unit(count)
    index.add(np.arange(1, count + 1), vectors)
    return index, vectors


@pytest.mark.parametrize("count", [1, 7, 300, 500])
def test_the_nearest_come_first(count: int) -> None:
    index, vectors = filled(300)
    query = unit(1, seed=9)[0]
    numbers, cosines = index.search(query, count)
    expected = np.argsort(-(vectors @ query), kind="stable")[:count]
    assert (numbers == expected + 1).all()
    assert np.allclose(cosines, (vectors @ query)[expected], atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(0, 220), max_size=220), st.integers(1, 50))
def test_a_filter_keeps_exactly_the_allowed(allowed: set[int], count: int) -> None:
    index, vectors = filled(200)
    query = unit(1, seed=4)[0]
    numbers, _ = index.search(query, count, allowed=np.array(sorted(allowed), np.int64))
    inside = [n for n in sorted(allowed) if 1 <= n <= 200]
    expected = sorted(inside, key=lambda n: (-float(vectors[n - 1] @ query), n))[:count]
    assert numbers.tolist() == expected


def test_equal_vectors_come_in_the_order_of_their_numbers() -> None:
    index = VectorIndex(16)
    index.add(np.array([5, 3, 9, 1]), np.repeat(unit(1), 4, axis=0))
    assert index.search(unit(1)[0], 3)[0].tolist() == [1, 3, 5]


def test_adding_again_puts_the_new_vector_in_place() -> None:
    index, _ = filled(10)
    replacement = unit(1, seed=5)
    index.add(np.array([4]), replacement)
    assert len(index) == 10
    assert np.allclose(index.get(np.array([4])), replacement)


def test_removed_photos_are_found_no_more() -> None:
    index, vectors = filled(50)
    index.remove(np.array([7, 99]))
    assert len(index) == 49
    assert not index.holds(7)
    assert 7 not in index.search(vectors[6], 50)[0]


def test_a_photo_without_a_vector_is_an_error() -> None:
    index, _ = filled(5)
    with pytest.raises(KeyError):
        index.get(np.array([6]))


def test_many_small_additions_are_one_large_one() -> None:
    index, vectors = VectorIndex(16), unit(3000)
    for start in range(0, 3000, 70):
        index.add(np.arange(start, min(start + 70, 3000)), vectors[start : start + 70])
    assert (index.get(np.arange(3000)) == vectors).all()


def test_the_graph_finds_what_an_exact_search_finds() -> None:
    vectors = unit(5000, 16)
    index = VectorIndex(16, exact_limit=100)
    index.add(np.arange(5000), vectors)
    queries = unit(50, 16, seed=8)
    found = [set(index.search(query, 10)[0].tolist()) for query in queries]
    expected = [set(np.argsort(-(vectors @ query))[:10].tolist()) for query in queries]
    recall = np.mean([len(a & b) / 10 for a, b in zip(found, expected, strict=True)])
    assert index.graph is not None
    assert recall >= 0.95


def test_a_filtered_search_is_exact_whatever_the_graph_says() -> None:
    vectors = unit(2000, 16)
    index = VectorIndex(16, exact_limit=100)
    index.add(np.arange(2000), vectors)
    allowed = np.arange(0, 2000, 40)
    numbers, _ = index.search(vectors[7], 10, allowed=allowed)
    assert numbers.tolist() == allowed[np.argsort(-(vectors[allowed] @ vectors[7]), kind="stable")[:10]].tolist()
