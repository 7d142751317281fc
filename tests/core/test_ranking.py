"""Probabilities and how evidence is joined."""

from __future__ import annotations

import numpy as np
import pytest

from core.ranking import GOOD_AT, Ranking, belief, diversify, doubt, match_of, word_doubt


def test_a_hit_where_right_and_wrong_are_even_has_a_probability_of_one_half() -> None:
    assert -np.expm1(doubt(np.array([GOOD_AT["text"]]), GOOD_AT["text"]))[0] == pytest.approx(0.5)


def test_belief_and_doubt_are_two_sides_of_one_probability() -> None:
    deviations = np.linspace(-20, 20, 41)
    assert np.exp(belief(deviations, 3.0)) + np.exp(doubt(deviations, 3.0)) == pytest.approx(np.ones(41))


def test_the_order_of_near_certain_hits_is_kept() -> None:
    doubts = doubt(np.array([30.0, 31.0, 40.0]), 3.0)
    assert (np.diff(doubts) < 0).all()


def test_half_of_the_words_is_less_than_half_of_the_evidence() -> None:
    none, half, whole = -np.expm1(word_doubt(np.array([0.0, 0.5, 1.0])))
    assert none == 0
    assert half < whole / 2


@pytest.mark.parametrize(
    ("score", "match"), [(0.99, "strong"), (0.8, "strong"), (0.79, "good"), (0.5, "good"), (0.49, "weak")]
)
def test_matches_have_names(score: float, match: str) -> None:
    assert match_of(score) == match


def test_diverse_hits_alternate_between_two_kinds() -> None:
    vectors = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], np.float32)
    order = diversify(np.array([0.9, 0.89, 0.8, 0.79]), vectors)
    assert order.tolist() == [0, 2, 1, 3]


@pytest.mark.parametrize("kinds", [3, 10_000], ids=["mostly equal", "mostly different"])
def test_a_ranking_is_put_in_order_as_far_as_it_is_looked_at(kinds: int) -> None:
    random = np.random.default_rng(0)
    numbers = np.arange(1, 2001)
    doubts = -random.integers(0, kinds, 2000).astype(np.float64)
    whole = np.lexsort((numbers, doubts))
    ranking = Ranking(numbers, doubts)
    for count in (0, 1, 30, 31, 64, 500, 1999, 2000, 5000):
        ranking = ranking.in_order(count)
        assert ranking.settled >= min(count, 2000)
        assert (ranking.numbers[: ranking.settled] == numbers[whole][: ranking.settled]).all()
        assert (np.sort(ranking.numbers) == numbers).all()
        assert (ranking.doubts == doubts[ranking.numbers - 1]).all()


def test_of_equal_candidates_the_earlier_comes_first() -> None:
    ranking = Ranking(np.arange(1, 1001), np.full(1000, -np.inf)).in_order(10)
    assert ranking.numbers[:10].tolist() == list(range(1, 11))


def test_an_empty_ranking_is_in_order() -> None:
    assert Ranking(np.empty(0, np.int64), np.empty(0)).in_order(10).settled == 0
