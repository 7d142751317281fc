"""A similarity means what it stands out from."""

from __future__ import annotations

import numpy as np
import pytest

from core.calibration import Calibration


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def photos() -> np.ndarray:
    return unit(np.random.default_rng(0).standard_normal((400, 64)))


@pytest.fixture
def words() -> np.ndarray:
    return unit(np.random.default_rng(1).standard_normal((200, 64)))


def test_unrelated_photos_stand_at_about_zero(photos: np.ndarray, words: np.ndarray) -> None:
    median, spread = Calibration.fit(photos, words).usual(words[0], "text")
    deviations = (photos @ words[0] - median) / spread
    assert abs(np.median(deviations)) < 0.01
    assert 0.8 < deviations.std() < 1.2


def test_a_query_that_scores_high_with_everything_gains_nothing_by_it(photos: np.ndarray, words: np.ndarray) -> None:
    """Adding the same to all photos' similarities, as some queries do, changes no deviation."""
    lifted = unit(np.hstack([photos, np.full((400, 1), 0.5, np.float32)]))
    plain = np.hstack([words, np.zeros((200, 1), np.float32)])
    eager = unit(np.hstack([words[:1], np.full((1, 1), 0.08, np.float32)]))[0]
    calibration = Calibration.fit(lifted, plain)
    median, spread = calibration.usual(eager, "text")
    assert abs(np.median((lifted @ eager - median) / spread)) < 0.3


def test_a_library_that_is_all_what_was_asked_for_still_matches(words: np.ndarray) -> None:
    random = np.random.default_rng(2)
    sunsets = unit(words[0] + 0.08 * random.standard_normal((300, 64)))
    calibration = Calibration.fit(sunsets, words)
    median, spread = calibration.usual(words[0], "text")
    assert np.median((sunsets @ words[0] - median) / spread) > 3


def test_photos_are_counted_against_photos(photos: np.ndarray, words: np.ndarray) -> None:
    near = unit(np.vstack([photos, photos[0] + 0.05 * np.random.default_rng(3).standard_normal((1, 64))]))
    median, spread = Calibration.fit(near, words).usual(near[0], "photo")
    assert (near[-1] @ near[0] - median) / spread > 5


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_handful_of_photos_calibrates_without_nonsense(words: np.ndarray, count: int) -> None:
    calibration = Calibration.fit(unit(np.ones((count, 64))) if count else np.empty((0, 64), np.float32), words)
    for kind in ("text", "photo"):
        median, spread = calibration.usual(words[0], kind)  # type: ignore[arg-type]
        assert np.isfinite([median, spread]).all()
        assert spread > 0
