"""Probabilities and how evidence is joined."""

from __future__ import annotations

import numpy as np
import pytest

from core.ranking import GOOD_AT, belief, diversify, doubt, match_of, word_doubt


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
