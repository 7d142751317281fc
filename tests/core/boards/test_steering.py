"""How pins and votes steer, and what does not fit, over vectors made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from core.boards.board import Author, Ballot, Pin, Vote
from core.boards.fitting import same_picture
from core.boards.outliers import apart_in_looks, apart_in_meaning, chosen, most_outliers
from core.boards.steering import (
    LEAST_WEIGHT,
    MOST_WEIGHT,
    Taste,
    alone,
    joined,
    lowered,
    near_pins,
    pin_deviations,
    taste_of,
    varied,
    weight_of,
    word_weight,
)
from core.calibration import Calibration, Floats
from core.photos import Colour, Photo

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SIZE = 24


def pin(number: int, *votes: Vote) -> Pin:
    ballots = tuple(Ballot(Author(str(i), ""), vote) for i, vote in enumerate(votes))
    return Pin(number, Photo(id=f"p{number}", source="test"), "", Author("a", ""), NOW, ballots=ballots)


def near(axis: int, *, seed: int, mess: float = 0.4) -> Floats:
    """Return a vector near an axis."""
    vector = np.random.default_rng(seed).normal(0, mess / np.sqrt(SIZE), SIZE)
    vector[axis] += 1
    return (vector / np.linalg.norm(vector)).astype(np.float32)


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    photos = np.stack([near(axis, seed=10 * axis + i) for axis in range(8) for i in range(10)])
    return Calibration.fit(photos, photos[::10])


def taste(*weighted: tuple[Floats, tuple[Vote, ...]]) -> Taste:
    return taste_of([pin(n, *votes) for n, (_, votes) in enumerate(weighted, 1)], [vector for vector, _ in weighted])


@pytest.mark.parametrize(
    ("votes", "weight"),
    [((), 1), (("up",), 2), (("one",), 3), (("up", "up", "one"), 5), (("up", "down"), 1), (("down",), -1)],
)
def test_votes_decide_how_much_a_pin_counts(votes: tuple[Vote, ...], weight: float) -> None:
    assert weight_of(pin(1, *votes)) == weight


def test_what_is_wanted_more_draws_more(calibration: Calibration) -> None:
    photos = np.stack([near(0, seed=1), near(1, seed=2)])
    even = pin_deviations(photos, taste((near(0, seed=3), ()), (near(1, seed=4), ())), calibration)
    liked = pin_deviations(photos, taste((near(0, seed=3), ("one", "up")), (near(1, seed=4), ())), calibration)
    assert liked[0] - liked[1] > even[0] - even[1]


def test_what_is_voted_down_pushes_away_what_is_nearer_to_it(calibration: Calibration) -> None:
    photos = np.stack([near(0, seed=1), near(1, seed=2)])
    plain = pin_deviations(photos, taste((near(0, seed=3), ())), calibration)
    down = pin_deviations(photos, taste((near(0, seed=3), ()), (near(1, seed=4), ("down",))), calibration)
    assert down[1] < plain[1] - 1
    assert down[0] == pytest.approx(plain[0], abs=0.2)


def test_a_board_about_two_things_finds_both_before_a_mixture(calibration: Calibration) -> None:
    mixed = near(0, seed=5) + near(1, seed=6) + 2 * near(7, seed=7)
    photos = np.stack([near(0, seed=1), near(1, seed=2), mixed / np.linalg.norm(mixed)])
    pins = [(near(axis, seed=10 + i), ()) for i, axis in enumerate((0, 0, 1, 1))]
    fit = pin_deviations(photos, taste(*pins), calibration)
    assert min(fit[:2]) > fit[2]


def test_the_closest_pins_are_named_first(calibration: Calibration) -> None:
    pins = taste((near(0, seed=3), ()), (near(1, seed=4), ()), (near(1, seed=5), ()))
    assert set(near_pins(near(1, seed=6)[None], pins, calibration)[0]) == {2, 3}


def test_at_most_three_pins_are_named(calibration: Calibration) -> None:
    pins = taste(*((near(0, seed=seed, mess=0.05), ()) for seed in range(6)))
    assert len(near_pins(near(0, seed=9)[None], pins, calibration)[0]) == 3


def test_a_pin_that_was_voted_down_is_no_reason(calibration: Calibration) -> None:
    pins = taste((near(0, seed=3), ("down",)), (near(1, seed=4), ()))
    assert near_pins(near(0, seed=6)[None], pins, calibration) == [(2,)]


def test_words_and_pins_agree_on_what_fits_best() -> None:
    fit = joined(np.array([4.0, 4.0, 0.0]), np.array([0.9, 0.1, 0.9]), 1.0)
    assert fit[0] > max(fit[1:])


def test_the_less_words_weigh_the_less_they_change() -> None:
    pins, words = np.array([4.0, 3.0]), np.array([0.1, 0.9])
    assert np.diff(joined(pins, words, 0.1))[0] < 0 < np.diff(joined(pins, words, 1.5))[0]


def test_without_words_the_pins_decide() -> None:
    assert np.all(np.diff(alone(np.array([-2.0, 1.0, 3.0, 9.0]))) > 0)


def test_where_all_is_voted_down_words_are_only_lowered() -> None:
    assert lowered(np.array([0.7]), np.array([0.0]))[0] == pytest.approx(0.7)
    assert lowered(np.array([0.7]), np.array([-2.0]))[0] < 0.7


def test_words_that_describe_the_pins_weigh_more() -> None:
    even = np.ones(2)
    assert word_weight(np.array([0.5, 0.5]), even) == pytest.approx(1)
    assert word_weight(np.array([0.001, 0.001]), even) == LEAST_WEIGHT
    assert word_weight(np.array([0.9999, 0.9999]), even) == MOST_WEIGHT
    assert word_weight(np.array([]), np.array([])) == 1


def test_suggestions_are_unlike_each_other() -> None:
    twins = [near(0, seed=1, mess=0.01), near(0, seed=2, mess=0.01), near(1, seed=3)]
    assert list(varied(np.array([0.9, 0.89, 0.85]), np.stack(twins), 2)) == [0, 2]


# The same picture


def photo(**given: object) -> Photo:
    return replace(Photo(id="x", source="test", phash=0b1111, average_colour="#808080"), **given)  # type: ignore[arg-type]


def test_the_same_bytes_are_the_same_picture() -> None:
    one = photo(phash=None, content_hash="a")
    assert same_picture(one, one, None, None)
    assert not same_picture(one, photo(phash=None, content_hash="b"), None, None)


def test_nearly_the_same_hash_and_colour_are_the_same_picture() -> None:
    assert same_picture(photo(), photo(phash=0b1101), None, None)
    assert not same_picture(photo(), photo(phash=0b1101, average_colour="#ff0000"), None, None)


def test_a_crop_is_told_by_its_vector() -> None:
    cropped, vector = photo(phash=0b1111 ^ ((1 << 20) - 1)), near(0, seed=1)
    assert same_picture(photo(), cropped, ("e", vector), ("e", vector))
    assert not same_picture(photo(), cropped, ("e", vector), ("e", near(1, seed=2)))
    assert not same_picture(photo(), cropped, ("e", vector), ("other", vector))


# What does not fit


def test_strangers_are_named_furthest_first(calibration: Calibration) -> None:
    vectors = np.stack([*(near(0, seed=seed) for seed in range(7)), near(1, seed=8), near(2, seed=9)])
    found = apart_in_meaning(range(1, 10), vectors, calibration)
    assert {outlier.number for outlier in found} == {8, 9}
    assert found[0].strength >= found[1].strength


def test_two_strangers_that_are_alike_do_not_hide_each_other(calibration: Calibration) -> None:
    vectors = np.stack([*(near(0, seed=seed) for seed in range(7)), near(1, seed=8), near(1, seed=9)])
    assert {outlier.number for outlier in apart_in_meaning(range(1, 10), vectors, calibration)} == {8, 9}


def test_a_board_that_hangs_together_has_no_stranger(calibration: Calibration) -> None:
    vectors = np.stack([near(0, seed=seed) for seed in range(9)])
    assert apart_in_meaning(range(9), vectors, calibration) == []


def test_a_board_of_nothing_alike_names_a_third_at_most(calibration: Calibration) -> None:
    vectors = np.stack([near(axis, seed=axis) for axis in range(6)])
    assert len(apart_in_meaning(range(6), vectors, calibration)) <= most_outliers(6)


def test_another_colour_is_named() -> None:
    palettes = [[Colour("#1030e0", 1.0)]] * 5 + [[Colour("#e01010", 1.0)]]
    assert [(one.number, one.reason) for one in apart_in_looks(range(1, 7), palettes)] == [(6, "colour")]


def test_another_light_is_named() -> None:
    palettes = [[Colour("#c8c8c8", 1.0)]] * 5 + [[Colour("#181818", 1.0)]]
    assert [(one.number, one.reason) for one in apart_in_looks(range(1, 7), palettes)] == [(6, "light")]


def test_shades_of_one_colour_all_fit() -> None:
    palettes = [[Colour(f"#{10 + 8 * i:02x}30{200 + i:02x}", 1.0)] for i in range(6)]
    assert apart_in_looks(range(6), palettes) == []


def test_photos_without_colours_are_passed_over() -> None:
    assert apart_in_looks(range(5), [(), (), (), (), [Colour("#ff0000", 1.0)]]) == []


def test_meaning_goes_before_looks_and_each_pin_is_named_once(calibration: Calibration) -> None:
    vectors = np.stack([*(near(0, seed=seed) for seed in range(6)), near(1, seed=8)])
    palettes = [[Colour("#1030e0", 1.0)]] * 6 + [[Colour("#e01010", 1.0)]]
    numbers = range(1, 8)
    found = chosen([*apart_in_looks(numbers, palettes), *apart_in_meaning(numbers, vectors, calibration)], 7)
    assert [(one.number, one.reason) for one in found] == [(7, "meaning")]
