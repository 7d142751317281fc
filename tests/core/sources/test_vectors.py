"""Stored vectors go to the right photos, once each, or not at all."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from core.errors import SourceError
from core.sources import Skipped, StoredVector
from core.sources.unsplash import UnsplashSource
from core.sources.vectors import StoredVectors

SHARED = Path(__file__).parents[3] / "../shared/unsplash"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the notebooks' vectors do not lie beside the checkout")


def store(folder: Path, name: str, vectors: npt.ArrayLike, ids: list[str], *, beside: str | None = None) -> Path:
    path = folder / f"{name}.npy"
    np.save(path, np.asarray(vectors, np.float32))
    (folder / (beside or f"{name}.csv")).write_text("photo_id\n" + "".join(f"{photo_id}\n" for photo_id in ids))
    return path


def read(path: Path) -> dict[str, list[float]]:
    return {item[0]: item[1].vector.tolist() for item in StoredVectors(path) if not isinstance(item, Skipped)}


def skipped(path: Path) -> list[Skipped]:
    return [item for item in StoredVectors(path) if isinstance(item, Skipped)]


@needs_shared
def test_all_vectors_of_the_notebooks_are_read() -> None:
    pairs = [item for item in StoredVectors(SHARED / "features") if not isinstance(item, Skipped)]
    assert (len(pairs), {vector.vector.shape for _, vector in pairs}) == (150, {(512,)})


@needs_shared
def test_all_vectors_of_the_notebooks_belong_to_photos_of_theirs() -> None:
    keys = {getattr(item, "key", None) for item in UnsplashSource(SHARED / "unsplash-metadata.json")}
    assert {
        f"unsplash:{item[0]}" for item in StoredVectors(SHARED / "features") if not isinstance(item, Skipped)
    } <= keys


def test_the_encoder_is_named(tmp_path: Path) -> None:
    [item] = StoredVectors(store(tmp_path, "a", [[1, 2]], ["x"]))
    assert not isinstance(item, Skipped) and item[1].encoder == "ViT-B-32-quickgelu/openai"


def test_another_encoder_may_be_named(tmp_path: Path) -> None:
    [item] = StoredVectors(store(tmp_path, "a", [[1, 2]], ["x"]), encoder="mine")
    assert not isinstance(item, Skipped) and isinstance(item[1], StoredVector) and item[1].encoder == "mine"


def test_files_are_read_in_order(tmp_path: Path) -> None:
    store(tmp_path, "1", [[3, 4]], ["y"])
    store(tmp_path, "0", [[1, 2]], ["x"])
    assert list(read(tmp_path).items()) == [("x", [1, 2]), ("y", [3, 4])]


def test_a_merged_file_finds_its_ids(tmp_path: Path) -> None:
    assert read(store(tmp_path, "features", [[1, 2]], ["x"], beside="photo_ids.csv")) == {"x": [1, 2]}


def test_a_merged_file_beside_its_parts_doubles_nothing(tmp_path: Path) -> None:
    store(tmp_path, "0", [[1, 2]], ["x"])
    store(tmp_path, "features", [[1, 2]], ["x"], beside="photo_ids.csv")
    assert len(list(StoredVectors(tmp_path))) == 1


def test_a_second_vector_of_a_photo_is_told(tmp_path: Path) -> None:
    store(tmp_path, "0", [[1, 2], [3, 4]], ["x", "x"])
    assert skipped(tmp_path) == [Skipped("0.npy, row 2", "Another vector of x came before; that one is kept.")]


def test_ids_without_a_header_are_read(tmp_path: Path) -> None:
    path = store(tmp_path, "a", [[1, 2], [3, 4]], ["x", "y"])
    path.with_suffix(".csv").write_text("x\ny\n")
    assert list(read(path)) == ["x", "y"]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers_are_skipped(tmp_path: Path, bad: float) -> None:
    path = store(tmp_path, "a", [[1, bad], [1, 2]], ["x", "y"])
    assert (list(read(path)), skipped(path)[0].what) == (["y"], "a.npy, row 1")


def test_a_vector_of_zeros_is_skipped(tmp_path: Path) -> None:
    assert skipped(store(tmp_path, "a", [[0, 0]], ["x"])) == [Skipped("a.npy, row 1", "The vector of x is all zeros.")]


def test_an_id_that_is_none_is_skipped(tmp_path: Path) -> None:
    assert skipped(store(tmp_path, "a", [[1, 2]], ["a b"])) == [Skipped("a.npy, row 1", "Its id 'a b' is no id.")]


def test_other_counts_of_ids_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds 2 vectors, but 1 ids"):
        StoredVectors(store(tmp_path, "a", [[1, 2], [3, 4]], ["x"]))


def test_vectors_of_different_lengths_are_refused(tmp_path: Path) -> None:
    store(tmp_path, "0", [[1, 2]], ["x"])
    store(tmp_path, "1", [[1, 2, 3]], ["y"])
    with pytest.raises(SourceError, match="differ in length: 2, 3"):
        StoredVectors(tmp_path)


def test_missing_ids_are_told(tmp_path: Path) -> None:
    path = store(tmp_path, "a", [[1, 2]], ["x"])
    path.with_suffix(".csv").unlink()
    with pytest.raises(SourceError, match=r"There is no a\.csv beside a\.npy"):
        StoredVectors(path)


class Trap:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self._path,)


def test_nothing_is_ever_unpickled(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    (tmp_path / "a.csv").write_text("photo_id\nx\n")
    with pytest.raises(SourceError, match="can't be read"):
        StoredVectors(tmp_path)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("array", [np.ones(4, np.float32), np.ones((2, 2), np.int64), np.ones((0, 4), np.float32)])
def test_what_is_no_matrix_of_decimals_is_refused(tmp_path: Path, array: npt.NDArray[np.generic]) -> None:
    np.save(tmp_path / "a.npy", array)
    (tmp_path / "a.csv").write_text("photo_id\n")
    with pytest.raises(SourceError, match="no matrix"):
        StoredVectors(tmp_path)


@pytest.mark.parametrize("keep", [0, 20, 140])
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, keep: int) -> None:
    path = store(tmp_path, "a", np.ones((4, 4)), list("wxyz"))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(SourceError, match="can't be read"):
        StoredVectors(path)


def test_a_folder_without_vectors_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no \.npy files"):
        StoredVectors(tmp_path)
