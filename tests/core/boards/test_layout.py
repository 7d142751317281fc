"""Where the photos of a board stand."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.boards.layout import LAST_TALLEST, PANORAMA, TALLEST, TOWER, Place, Row, bounded, justify, wished_height

WIDTH, GAP = 1472, 14
RATIOS = st.lists(st.floats(TOWER, PANORAMA), min_size=1, max_size=60)
HEIGHTS = st.integers(90, 700)
quickly = settings(max_examples=60, derandomize=True, deadline=None)


def rows_of(ratios: list[float], height: float) -> tuple[Row, ...]:
    return justify(ratios, width=WIDTH, height=height, gap=GAP)


def places_of(rows: tuple[Row, ...]) -> list[Place]:
    places: list[Place] = []
    top = 0
    for row in rows:
        places += row.places(0, top)
        top += row.height + GAP
    return places


@given(RATIOS, HEIGHTS)
@quickly
def test_every_photo_is_placed_once(ratios: list[float], height: int) -> None:
    rows = rows_of(ratios, height)
    assert [row.first + i for row in rows for i in range(len(row.edges))] == list(range(len(ratios)))


@given(RATIOS, HEIGHTS)
@quickly
def test_photos_stand_in_reading_order(ratios: list[float], height: int) -> None:
    places = places_of(rows_of(ratios, height))
    assert [(place.top, place.left) for place in places] == sorted((place.top, place.left) for place in places)


@given(RATIOS, HEIGHTS)
@quickly
def test_photos_stay_within_the_width(ratios: list[float], height: int) -> None:
    assert all(start >= 0 and end <= WIDTH for row in rows_of(ratios, height) for start, end in row.edges)


@given(RATIOS, HEIGHTS)
@quickly
def test_photos_keep_their_ratio_to_a_pixel(ratios: list[float], height: int) -> None:
    for place, ratio in zip(places_of(rows_of(ratios, height)), ratios, strict=True):
        assert place.width == pytest.approx(place.height * ratio, abs=1.5 + ratio / 2)


@given(RATIOS, HEIGHTS)
@quickly
def test_neighbours_stand_one_gap_apart(ratios: list[float], height: int) -> None:
    for row in rows_of(ratios, height):
        assert all(abs(start - end - GAP) <= 1 for (_, end), (start, _) in pairwise(row.edges))


@given(RATIOS, HEIGHTS)
@quickly
def test_no_row_is_blown_up(ratios: list[float], height: int) -> None:
    rows = rows_of(ratios, height)
    assert all(row.height <= round(TALLEST * height) for row in rows)
    assert rows[-1].height <= round(LAST_TALLEST * height)


def test_full_rows_end_at_the_margin() -> None:
    rows = rows_of([1.5] * 40, 250)
    assert {row.edges[-1][1] for row in rows[:-1]} == {WIDTH}


def test_rows_are_more_even_than_when_they_are_filled_one_by_one() -> None:
    chance = random.Random(1)
    boards = [[chance.choice((0.67, 0.75, 1.0, 1.33, 1.5, 1.78)) for _ in range(30)] for _ in range(20)]
    assert sum(unevenness([row.height for row in rows_of(board, 280)]) for board in boards) < 0.8 * sum(
        unevenness(filled_one_by_one(board, 280)) for board in boards
    )


def unevenness(heights: Sequence[float]) -> float:
    """Return how far the worst row is from 280 pixels; the last, which may be short, is not counted."""
    return max(abs(math.log2(height / 280)) for height in heights[:-1])


def filled_one_by_one(ratios: list[float], height: float) -> list[float]:
    """Return the heights of rows that each take photos until they are as low as is wished."""
    heights, row = [], []
    for ratio in ratios:
        row.append(ratio)
        natural = (WIDTH - GAP * (len(row) - 1)) / sum(row)
        if natural <= height:
            heights.append(natural)
            row = []
    return [*heights, height]


def test_the_last_photo_does_not_fill_the_width_alone() -> None:
    assert rows_of([1.5], 250)[-1].height == 250


def test_an_end_that_would_stand_alone_is_drawn_into_full_rows() -> None:
    assert [len(row.edges) for row in rows_of([1.5] * 7, 330)] == [4, 3]


def test_of_nothing_there_is_no_row() -> None:
    assert rows_of([], 250) == ()


def test_many_photos_are_lower_than_few() -> None:
    heights = [wished_height([1.5] * count, WIDTH) for count in (1, 3, 9, 40, 200)]
    assert heights == sorted(heights, reverse=True)


@pytest.mark.parametrize(("ratio", "place"), [(0.1, TOWER), (1.5, 1.5), (12, PANORAMA)])
def test_places_are_neither_slits_nor_threads(ratio: float, place: float) -> None:
    assert bounded(ratio) == place
