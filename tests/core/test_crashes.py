"""What a process that is killed between two steps leaves, and what mends it."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.curation import Record
from core.errors import LibraryError, ServerLost
from core.files import ENDING, LEFT_AFTER_S
from core.library import Library
from core.sources import Given
from core.sources.folder import candidate_from_bytes
from core.store.sqlite.store import SqliteStore
from tests.conftest import OpenLibrary, draw_photo

ENGINES = ("sqlite", "postgres")


class Killed(BaseException):
    """Ends the work at one place, as far as that can be done without ending the tests as well."""


@pytest.fixture
def picture(tmp_path: Path) -> bytes:
    return draw_photo(tmp_path / "brought.jpg", "#c010c0", seed=40).read_bytes()


@pytest.fixture
async def library(open_library: OpenLibrary) -> AsyncIterator[Library]:
    async with open_library() as opened:
        yield opened


async def kill_adding(library: Library, picture: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop where the file is kept and its photo not written."""

    async def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(library, "_take_in", killed)
        with pytest.raises(Killed):
            await library.add(picture, "a.jpg", Record("Ann"))


def originals(library: Library) -> list[Path]:
    return [path for path in (library.folder / "originals").glob("*/*") if path.is_file()]


@pytest.mark.parametrize(("error", "left"), [(ServerLost("away"), 1), (LibraryError("full"), 0)])
async def test_a_file_stays_where_its_photo_may_have_come_in(
    library: Library, picture: bytes, monkeypatch: pytest.MonkeyPatch, error: LibraryError, left: int
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(library, "_take_in", fail)
    with pytest.raises(LibraryError):
        await library.add(picture, "a.jpg", Record("Ann"))
    assert len(originals(library)) == left


async def test_a_file_whose_photo_did_not_come_in_is_found_and_taken_away(
    library: Library, picture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kill_adding(library, picture, monkeypatch)
    assert [problem.text for problem in await library.check()] == ["1 files of photos that are not here"]
    assert len(originals(library)) == 1
    await library.check(repair=True)
    assert originals(library) == [] and await library.check() == []


async def test_a_photo_that_is_added_again_after_a_crash_comes_in(
    library: Library, picture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kill_adding(library, picture, monkeypatch)
    _, is_new = await library.add(picture, "a.jpg", Record("Ann"))
    assert is_new and await library.check() == []


async def test_the_files_of_photos_stay_where_the_library_has_moved(
    library: Library, picture: bytes, open_library: OpenLibrary
) -> None:
    await library.add(picture, "a.jpg", Record("Ann"))
    (library.folder.parent / "other").symlink_to(library.folder)
    async with open_library(name="other") as moved:
        if library.options.store.url:  # there it is known by its folder's name
            return
        await moved.check(repair=True)
    assert len(originals(library)) == 1


async def test_a_photo_that_was_not_enriched_before_a_crash_is_when_it_is_added_again(
    library: Library, picture: bytes
) -> None:
    await library.import_from(Given("a", candidate_from_bytes(picture, name="a.jpg")), enriched=False)
    photo, is_new = await library.add(picture, "a.jpg", Record("Ann"))
    assert not is_new and [tag.name for tag in photo.tags if tag.origin == "auto"]


async def test_an_empty_thumbnail_is_not_shown_and_is_drawn_again(library: Library, picture: bytes) -> None:
    photo, _ = await library.add(picture, "a.jpg", Record("Ann"))
    path = library.thumbnail(photo)
    assert path is not None
    path.write_bytes(b"")
    assert library.thumbnail(photo) is None
    assert [problem.text for problem in await library.check()] == ["1 photos without a thumbnail"]
    await library.check(repair=True)
    assert library.thumbnail(photo) == path


@pytest.mark.parametrize("by", ["the next photo", "a repair"])
async def test_what_was_left_half_written_is_swept_away(library: Library, picture: bytes, by: str) -> None:
    left = [library.folder / folder / ".new" / f".left{ENDING}" for folder in ("thumbs", "originals")]
    for path in left:
        path.parent.mkdir(parents=True)
        path.write_bytes(b"half")
        os.utime(path, (time.time() - LEFT_AFTER_S - 1,) * 2)
    if by == "a repair":
        await library.check(repair=True)
    else:
        await library.add(picture, "a.jpg", Record("Ann"))
    assert not any(path.exists() for path in left)


async def test_a_library_that_was_half_made_is_none_and_can_be_made(tmp_path: Path) -> None:
    folder = tmp_path / "half"
    folder.mkdir()
    async with SqliteStore.open(folder):  # killed before it was said whose encoder it has
        pass
    assert not await Library.exists(folder)
    with pytest.raises(LibraryError, match="no library"):
        async with Library.open(folder):
            pass
    await Library.create(folder, "colours")
    assert await Library.exists(folder)
    with pytest.raises(LibraryError, match="already"):
        await Library.create(folder, "colours")


async def test_an_empty_file_is_no_library_yet(tmp_path: Path) -> None:
    (tmp_path / "library.db").touch()
    assert not await Library.exists(tmp_path)


async def test_a_damaged_file_is_a_library_that_can_t_be_used(tmp_path: Path) -> None:
    (tmp_path / "library.db").write_bytes(b"no database" * 500)
    assert await Library.exists(tmp_path)
