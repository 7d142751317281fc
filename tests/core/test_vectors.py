"""Nearest vectors are what comparing all of them says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.vector_cache import Stamp, load_graph, save_graph
from core.vectors import VectorIndex


def unit(count: int, dimensions: int = 16, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((count, dimensions)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float16).astype(np.float32)  # as a library keeps them


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


def kept(index: VectorIndex, folder: Path) -> VectorIndex:
    """Return the same vectors as they are mapped from disk."""
    graph, numbers, vectors = next(built for built in index.building() if built is not None)
    assert save_graph(folder, graph, numbers, vectors, Stamp("e", "f", index.dimensions, 1, len(numbers)))
    loaded = load_graph(folder)
    assert loaded is not None
    return VectorIndex(index.dimensions, exact_limit=100, kept=loaded[0])


def recall(index: VectorIndex, numbers: np.ndarray, vectors: np.ndarray) -> float:
    found, expected = [], []
    for query in unit(50, vectors.shape[1], seed=8):
        found.append(set(index.search(query, 10)[0].tolist()))
        expected.append(set(numbers[np.argsort(-(vectors @ query))[:10]].tolist()))
    return float(np.mean([len(a & b) / 10 for a, b in zip(found, expected, strict=True)]))


@pytest.fixture
def mapped(tmp_path: Path) -> tuple[VectorIndex, np.ndarray]:
    """Five thousand vectors on disk, the photos numbered from 0."""
    vectors = unit(5000)
    index = VectorIndex(16, exact_limit=100)
    index.add(np.arange(5000), vectors)
    return kept(index, tmp_path), vectors


def test_without_a_graph_every_vector_is_compared() -> None:
    vectors = unit(5000)
    index = VectorIndex(16, exact_limit=100)
    index.add(np.arange(5000), vectors)
    assert index.graph is None
    assert recall(index, np.arange(5000), vectors) == 1


def test_the_graph_finds_what_an_exact_search_finds(mapped: tuple[VectorIndex, np.ndarray]) -> None:
    index, vectors = mapped
    assert index.graph is not None
    assert len(index.candidates(vectors[0], 40)) < 1000
    assert recall(index, np.arange(5000), vectors) >= 0.95


def test_mapped_vectors_are_exactly_those_that_were_kept(mapped: tuple[VectorIndex, np.ndarray]) -> None:
    index, vectors = mapped
    some = np.array([0, 17, 4999])
    query = unit(1, seed=3)[0]
    assert (index.get(some) == vectors[some]).all()
    assert np.allclose(index.scores(query, some), vectors[some] @ query, atol=1e-6)
    assert np.allclose(index.scores(query, index.keys), vectors @ query, atol=1e-6)


def test_a_filtered_search_is_exact_whatever_the_graph_says(mapped: tuple[VectorIndex, np.ndarray]) -> None:
    index, vectors = mapped
    for step in (40, 2):
        allowed = np.arange(0, 5000, step)
        numbers, _ = index.search(vectors[7], 10, allowed=allowed)
        expected = allowed[np.argsort(-(vectors[allowed] @ vectors[7]), kind="stable")[:10]]
        assert numbers.tolist() == expected.tolist()


def test_what_came_changed_and_went_since_is_found_as_if_it_had_been_there(
    mapped: tuple[VectorIndex, np.ndarray],
) -> None:
    index, vectors = mapped
    came, changed, went = np.arange(6000, 6300), np.arange(100, 400), np.arange(1000, 2000)
    index.add(came, unit(300, seed=5))
    index.add(changed, unit(300, seed=6))
    index.remove(went)
    index.remove(np.array([6001, 101]))
    now = np.concatenate([vectors, np.zeros((1000, 16), np.float32), unit(300, seed=5)])
    now[changed] = unit(300, seed=6)
    numbers = np.setdiff1d(np.concatenate([np.arange(5000), came]), [*went, 6001, 101])
    assert index.keys.tolist() == numbers.tolist()
    assert (index.get(numbers) == now[numbers]).all()
    assert recall(index, numbers, now[numbers]) >= 0.95
    assert not set(index.search(vectors[1500], 40)[0].tolist()) & set(went.tolist())
    assert index.search(now[150], 1)[0].tolist() == [150]
    assert index.changed == 2 * 299 + 300 + 1000  # came or changed, and not in the graph any more


def test_a_changed_index_is_kept_again_with_all_that_is_in_it(
    mapped: tuple[VectorIndex, np.ndarray], tmp_path: Path
) -> None:
    index, _ = mapped
    index.add(np.arange(5000, 5200), unit(200, seed=5))
    index.add(np.arange(50), unit(50, seed=6))
    index.remove(np.arange(200, 300))
    again = kept(index, tmp_path / "again")
    assert again.changed == 0
    assert again.keys.tolist() == index.keys.tolist()
    assert (again.get(again.keys) == index.get(index.keys)).all()
    assert recall(again, again.keys, again.get(again.keys)) >= 0.95


def test_a_graph_of_which_much_is_gone_is_built_anew(mapped: tuple[VectorIndex, np.ndarray], tmp_path: Path) -> None:
    index, _ = mapped
    index.remove(np.arange(3000))
    again = kept(index, tmp_path / "again")
    assert again.graph is not None
    assert len(again.graph) == 2000
    assert again.keys.tolist() == list(range(3000, 5000))


def test_a_vector_that_is_given_twice_at_once_is_the_last() -> None:
    index, vectors = VectorIndex(16), unit(3)
    index.add(np.array([2, 1, 2]), vectors)
    assert (index.get(np.array([1, 2])) == vectors[1:]).all()


def test_an_empty_index_holds_nothing() -> None:
    index = VectorIndex(4)
    assert not index.holds(1)
    assert index.held(np.array([1, 2])).tolist() == [False, False]
    with pytest.raises(KeyError):
        index.get(np.array([1]))


@pytest.mark.parametrize("last", [9, 100_000], ids=["numbers close together", "numbers far apart"])
def test_photos_are_told_from_those_that_have_no_vector(last: int) -> None:
    index = VectorIndex(2)
    index.add(np.array([2, 5, last]), np.eye(2, dtype=np.float32)[[0, 1, 0]])
    asked = np.array([1, 2, 3, 5, last - 1, last, last + 1, 10 * last])
    assert index.held(asked).tolist() == [False, True, False, True, False, True, False, False]
    assert index.get(np.array([5, 2])).tolist() == [[0, 1], [1, 0]]
