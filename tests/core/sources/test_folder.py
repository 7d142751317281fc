"""A folder gives its photos in order, and says of every other picture why it does not come in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from core.errors import SourceError
from core.photos import Photographer
from core.sources import Candidate, Given, Skipped
from core.sources.folder import FolderSource, candidate_from_bytes, candidate_from_file


def picture(path: Path, *, artist: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    if artist:
        exif[0x13B] = artist
    Image.new("RGB", (16, 16)).save(path, exif=exif)
    return path


def names(folder: Path) -> list[str]:
    return [item.file.name for item in FolderSource(folder) if isinstance(item, Candidate) and item.file]


def skipped(folder: Path) -> list[Skipped]:
    return [item for item in FolderSource(folder) if isinstance(item, Skipped)]


def test_photos_come_in_the_order_of_their_paths(tmp_path: Path) -> None:
    for name in ("b.jpg", "a.png", "y/d.webp", "x/c.jpeg"):
        picture(tmp_path / name)
    assert names(tmp_path) == ["a.png", "b.jpg", "c.jpeg", "d.webp"]


@pytest.mark.parametrize("ending", ["jpg", "JPG", "jpeg", "png", "webp", "avif", "gif", "tif", "tiff", "bmp"])
def test_every_kind_of_picture_is_found(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"a.{ending}").write_bytes(b"x")
    assert names(tmp_path) == [f"a.{ending}"]


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    for name in (".a.jpg", "._b.jpg", ".git/c.jpg", "x/.thumbs/d.jpg"):
        picture(tmp_path / name)
    assert list(FolderSource(tmp_path)) == []


def test_other_files_are_passed_over(tmp_path: Path) -> None:
    for name in ("notes.txt", "photos.csv", "jpg"):
        (tmp_path / name).write_text("x")
    assert list(FolderSource(tmp_path)) == []


def test_photos_in_formats_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.HEIC").write_bytes(b"x")
    assert skipped(tmp_path) == [Skipped("a.HEIC", "HEIC files can't be read. Export the photo as JPEG.")]


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    picture(tmp_path / "x/a.jpg")
    (tmp_path / "x/again").symlink_to(tmp_path)
    assert (names(tmp_path), [item.what for item in skipped(tmp_path)]) == (["a.jpg"], ["x/again"])


def test_a_link_to_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").symlink_to(tmp_path / "gone.jpg")
    assert skipped(tmp_path) == [Skipped("a.jpg", "It is a link to a file that is not there.")]


def test_a_linked_photo_is_the_photo_that_it_leads_to(tmp_path: Path) -> None:
    file = picture(tmp_path / "elsewhere/a.jpg")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/b.jpg").symlink_to(file)
    [item] = FolderSource(tmp_path / "photos")
    assert isinstance(item, Candidate) and item.key == f"file:{file}"


def test_a_name_that_is_no_unicode_is_told(tmp_path: Path) -> None:
    os.close(os.open(os.fsencode(tmp_path) + b"/caf\xe9.jpg", os.O_CREAT))
    assert skipped(tmp_path) == [Skipped("caf?.jpg", "Its name is not valid Unicode. Rename it.")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    picture(tmp_path / "locked/a.jpg").parent.chmod(0)
    try:
        assert [item.what for item in skipped(tmp_path)] == [str(tmp_path / "locked")]
    finally:
        (tmp_path / "locked").chmod(0o700)


def test_the_folder_is_the_beginning_of_every_key(tmp_path: Path) -> None:
    picture(tmp_path / "x/a.jpg")
    source = FolderSource(tmp_path)
    [item] = source
    assert isinstance(item, Candidate) and item.key == f"file:{source.folder}/x/a.jpg"


def test_the_length_counts_what_will_come(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "b.heic").touch()
    source = FolderSource(tmp_path)
    assert len(source) == len(list(source)) == 2


def test_an_id_is_made_from_the_file_name(tmp_path: Path) -> None:
    assert candidate_from_file(picture(tmp_path / "Été à Paris (1).jpg")).photo.id == "ete-a-paris-1"


def test_the_photographer_is_read_from_the_file(tmp_path: Path) -> None:
    assert candidate_from_file(picture(tmp_path / "a.jpg", artist="Eva")).photo.photographer == Photographer("Eva")


def test_a_photo_of_nobody_has_no_photographer(tmp_path: Path) -> None:
    assert candidate_from_file(picture(tmp_path / "a.jpg")).photo.photographer == Photographer()


def test_a_broken_picture_is_left_to_the_import(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff\xe1broken")
    assert names(tmp_path) == ["a.jpg"]


def test_an_upload_is_known_by_its_bytes(tmp_path: Path) -> None:
    data = picture(tmp_path / "a.jpg").read_bytes()
    assert candidate_from_bytes(data, name="one.jpg").key == candidate_from_bytes(data, name="two.jpg").key


def test_an_upload_carries_its_photographer(tmp_path: Path) -> None:
    data = picture(tmp_path / "a.jpg", artist="Eva").read_bytes()
    photo = candidate_from_bytes(data, name="My Boat.jpg").photo
    assert (photo.id, photo.source, photo.photographer.name) == ("my-boat", "upload", "Eva")


def test_one_photo_is_a_source_of_one(tmp_path: Path) -> None:
    candidate = candidate_from_file(picture(tmp_path / "a.jpg"))
    source = Given("a.jpg", candidate)
    assert (len(source), list(source)) == (1, [candidate])


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no folder"):
        FolderSource(tmp_path / "gone")
