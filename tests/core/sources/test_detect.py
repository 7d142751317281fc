"""Whatever a person names is opened as what it is, or they are told what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import SourceError
from core.sources import Given
from core.sources.dataset import DatasetSource
from core.sources.detect import open_source
from core.sources.folder import FolderSource
from core.sources.table import TableSource
from core.sources.unsplash import UnsplashSource
from core.sources.vectors import StoredVectors

UNSPLASH = {"photo_id": "abc", "photo_image_url": "https://images.unsplash.com/1", "photographer_first_name": "Ana"}


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (16, 16)).save(path)
    return path


def test_a_url_is_one_photo() -> None:
    assert isinstance(open_source("HTTPS://e.example/a.jpg"), Given)


def test_a_picture_is_one_photo(tmp_path: Path) -> None:
    assert isinstance(open_source(str(picture(tmp_path / "a.JPG"))), Given)


def test_json_with_unsplashs_fields_is_unsplash(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", "\ufeff" + json.dumps([UNSPLASH]))
    assert isinstance(open_source(str(path)), UnsplashSource)


@pytest.mark.parametrize("name", ["a.tsv", "a.csv", "photos.tsv000"])
def test_a_table_with_unsplashs_fields_is_unsplash(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, "\t".join(UNSPLASH) + "\n" + "\t".join(UNSPLASH.values()))
    assert isinstance(open_source(str(path)), UnsplashSource)


@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
def test_another_table_is_a_table(tmp_path: Path, name: str) -> None:
    assert isinstance(open_source(str(write(tmp_path / name, "file\na.jpg\n"))), TableSource)


def test_a_folder_with_the_datasets_tables_is_the_dataset(tmp_path: Path) -> None:
    write(tmp_path / "photos.tsv000", "\t".join(UNSPLASH) + "\n")
    assert isinstance(open_source(str(tmp_path)), DatasetSource)


def test_a_folder_of_pictures_is_a_folder(tmp_path: Path) -> None:
    picture(tmp_path / "x/a.jpg")
    assert isinstance(open_source(str(tmp_path)), FolderSource)


def test_a_folder_with_one_table_of_its_pictures_is_that_table(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    write(tmp_path / "photos.csv", "file\ngone.jpg\na.jpg\n")
    assert isinstance(open_source(str(tmp_path)), TableSource)


def test_a_folder_with_unsplashs_metadata_of_its_pictures_is_that_metadata(tmp_path: Path) -> None:
    picture(tmp_path / "abc.jpg")
    write(tmp_path / "metadata.json", json.dumps([UNSPLASH]))
    assert isinstance(open_source(str(tmp_path)), UnsplashSource)


@pytest.mark.parametrize("table", ["file\ngone.jpg\n", "word,count\na,1\n", ""])
def test_a_table_of_something_else_does_not_hide_the_pictures(tmp_path: Path, table: str) -> None:
    picture(tmp_path / "a.jpg")
    write(tmp_path / "other.csv", table)
    assert isinstance(open_source(str(tmp_path)), FolderSource)


def test_two_tables_do_not_hide_the_pictures(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    for name in ("one.csv", "two.csv"):
        write(tmp_path / name, "file\na.jpg\n")
    assert isinstance(open_source(str(tmp_path)), FolderSource)


def test_a_folder_of_vectors_is_vectors(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones((1, 2), np.float32))
    write(tmp_path / "a.csv", "photo_id\nabc\n")
    assert isinstance(open_source(str(tmp_path)), StoredVectors)


def test_a_file_of_vectors_is_vectors(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones((1, 2), np.float32))
    write(tmp_path / "a.csv", "photo_id\nabc\n")
    assert isinstance(open_source(str(tmp_path / "a.npy")), StoredVectors)


def test_a_folder_may_be_forced(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    write(tmp_path / "photos.csv", "file\na.jpg\n")
    assert isinstance(open_source(str(tmp_path), kind="folder"), FolderSource)


def test_a_table_may_be_forced(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "photo_id,photo_image_url\nabc,https://e.example/a.jpg\n")
    assert isinstance(open_source(str(path), kind="table"), TableSource)


def test_unsplash_may_be_forced(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", json.dumps([UNSPLASH]))
    assert isinstance(open_source(str(path), kind="unsplash"), UnsplashSource)


def test_pictures_are_looked_for_where_they_are_said_to_be(tmp_path: Path) -> None:
    file = picture(tmp_path / "pictures/abc.jpg")
    path = write(tmp_path / "a.json", json.dumps([UNSPLASH]))
    [item] = open_source(str(path), images=tmp_path / "pictures")
    assert getattr(item, "file", None) == file


@pytest.mark.parametrize(
    ("name", "kind", "sentence"),
    [
        ("gone", None, "There is nothing at"),
        ("empty", None, "holds no photos"),
        ("empty", "unsplash", "no tables of the Unsplash dataset"),
        ("empty", "table", "exactly one table"),
        ("notes.pdf", None, "neither a photo"),
        ("a.heic", None, "HEIC files can't be read"),
        ("a.csv", None, "needs one named file"),
        ("a.csv", "unsplash", "needs the fields photo_id"),
        ("a.csv", "folder", "is a file, not a folder"),
        ("a.csv", "pictures", "no kind of source called 'pictures'"),
    ],
)
def test_what_cannot_be_opened_is_told_in_a_sentence(
    tmp_path: Path, name: str, kind: str | None, sentence: str
) -> None:
    (tmp_path / "empty").mkdir()
    for file in ("notes.pdf", "a.heic"):
        write(tmp_path / file, "x")
    write(tmp_path / "a.csv", "word,count\na,1\n")
    with pytest.raises(SourceError, match=sentence):
        open_source(str(tmp_path / name), kind=kind)


def test_a_url_that_is_none_is_refused() -> None:
    with pytest.raises(SourceError, match="not the address of a photo"):
        open_source("https://")
