"""Figures that can be worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.calibration import Calibration
from core.errors import SourceError
from core.evaluate import score_captions, score_labels
from tests.conftest import OpenLibrary, draw_photo


def test_precision_and_average_precision_of_a_known_ranking() -> None:
    """Right hits stand in places 1 and 3 of 4: AP = (1/1 + 2/3) / 2."""
    photos = np.array([[1.0], [0.9], [0.8], [0.1]], np.float32)
    right = np.array([[True, False, True, False]])
    figures = score_labels(np.array([[1.0]], np.float32), photos, right, Calibration.fit(photos, photos))
    assert figures.mean_average_precision == pytest.approx((1 + 2 / 3) / 2)
    assert figures.precision_at_10 == 1.0  # both of the two that there are


def test_recall_and_median_rank_of_known_captions() -> None:
    photos = np.eye(3, dtype=np.float32)
    captions = np.array([[1, 0, 0], [0, 1, 0], [1, 0.5, 0.2], [0.9, 0.8, 0.1]], np.float32)
    figures = score_captions(captions, photos, np.array([0, 1, 2, 1]))
    assert figures.recall[1] == pytest.approx(2 / 4)
    assert figures.recall[5] == 1.0
    assert figures.median_rank == 1.5


async def test_folders_are_labels(open_library: OpenLibrary, tmp_path: Path) -> None:
    for seed, (label, colour) in enumerate({"red": "#e00000", "blue": "#0000e0", "green": "#00c000"}.items()):
        for number in range(3):
            draw_photo(tmp_path / "labelled" / label / f"{number}.jpg", colour, seed=10 * seed + number)
    async with open_library() as library:
        figures = await library.evaluate(tmp_path / "labelled")
    assert figures.record()["P@10"] == 1.0
    assert figures.record()["mAP"] == 1.0
    assert (figures.photos, figures.queries) == (9, 3)


async def test_file_names_are_labels_where_there_are_no_folders(open_library: OpenLibrary, tmp_path: Path) -> None:
    draw_photo(tmp_path / "flat" / "red_1.jpg", "#e00000", seed=1)
    draw_photo(tmp_path / "flat" / "red_2.jpg", "#d00000", seed=2)
    draw_photo(tmp_path / "flat" / "blue.jpg", "#0000e0", seed=3)
    async with open_library() as library:
        figures = await library.evaluate(tmp_path / "flat")
    assert figures.queries == 2
    assert figures.record()["mAP"] == 1.0


@pytest.mark.parametrize(
    ("content", "said"),
    [("no tabs here\n", "image<TAB>caption"), ("missing.jpg\ta dog\n", "missing.jpg")],
)
async def test_a_caption_file_that_makes_no_sense_is_explained(
    open_library: OpenLibrary, tmp_path: Path, content: str, said: str
) -> None:
    (tmp_path / "captions.tsv").write_text(content)
    async with open_library() as library:
        with pytest.raises(SourceError, match=said):
            await library.evaluate(tmp_path / "captions.tsv")


async def test_a_folder_without_photos_is_explained(open_library: OpenLibrary, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    async with open_library() as library:
        with pytest.raises(SourceError, match="no photos"):
            await library.evaluate(tmp_path / "none")
