"""A full disk, a read-only one, and a library that two programs use: said clearly, nothing half-written, still read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.boards.board import Author
from core.boards.changes import Briefed
from core.curation import Record
from core.errors import LibraryBusy, LibraryError
from core.library import Library
from core.locking import locked
from core.sources.folder import FolderSource
from tests.conftest import OpenLibrary, draw_photo
from tests.fakes.decoding import DECODERS
from tests.fakes.disks import NoMount, fill_up, no_room, read_only, small_disk

ANA = Author("1", "Ana")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """The folder of the library, on a disk of its own."""
    try:
        with small_disk(tmp_path / "library", 8) as folder:
            yield folder
    except NoMount as error:
        pytest.skip(f"no disk can be mounted here: {error}")


async def test_what_does_not_fit_is_refused_and_nothing_of_it_is_there(
    disk: Path, open_library: OpenLibrary, photos: Path
) -> None:
    async with open_library() as library:
        await library.import_from(FolderSource(photos))
        board = await library.boards.make("Autumn", ANA)
        ballast = fill_up(disk)
        with pytest.raises(LibraryError, match="disk is full"):
            await library.add(draw_photo(photos / "new.jpg", "#aa3010", seed=77).read_bytes(), "new.jpg", Record(""))
        with pytest.raises(LibraryError, match="disk is full"):
            await library.import_from(FolderSource(photos))
        with pytest.raises(LibraryError, match="disk is full"):
            while True:  # the log of the database has room for some
                await library.boards.change(board.id, ANA, lambda _: Briefed("x" * 100_000))
        assert len((await library.find("blue", limit=20, collapse=False)).hits) == 8
        known = await library.boards.board(board.id)
        ballast.unlink()
    async with open_library() as library:
        assert await library.boards.board(board.id) == known
        assert await library.check() == []
        assert not [path for path in disk.rglob(".*") if path.is_file()], "what was begun is gone"
        assert (await library.import_from(FolderSource(photos))).added == 1


async def test_a_disk_that_takes_no_byte_stops_no_question(open_library: OpenLibrary, photos: Path) -> None:
    async with open_library() as library:
        await library.import_from(FolderSource(photos))
        board = await library.boards.make("Autumn", ANA)
        with no_room():
            with pytest.raises(LibraryError, match="disk"):
                await library.boards.change(board.id, ANA, lambda _: Briefed("a quiet street"))
            with pytest.raises(LibraryError, match="disk"):
                await library.edit("red-car", Record(title="The red car"))
            assert len((await library.find("blue", limit=20, collapse=False)).hits) == 8
        assert (await library.boards.board(board.id)).revision == 1
        assert (await library.boards.change(board.id, ANA, lambda _: Briefed("a quiet street")))[1].revision == 2


async def test_an_index_that_does_not_fit_leaves_the_library_answering_without_it(
    disk: Path, open_library: OpenLibrary, photos: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_library() as library:
        await library.import_from(FolderSource(photos))
        right = [hit.photo.id for hit in (await library.find("blue")).hits]
        options = replace(library.options, exact_limit=4)
    fill_up(disk)
    async with Library.open(disk, options, decoders=DECODERS) as library:
        assert [hit.photo.id for hit in (await library.find("blue")).hits] == right
        await library._index.save()  # is tried by itself as well
    assert "could not be kept on disk: The disk is full" in caplog.text
    assert not (disk / "index" / "graph").exists()


async def test_a_read_only_library_is_read_and_says_that_it_can_not_be_written(
    disk: Path, open_library: OpenLibrary, photos: Path
) -> None:
    async with open_library() as library:
        await library.import_from(FolderSource(photos))
        await library.find("blue")
        options = library.options
    with read_only(disk):
        async with Library.open(disk, options, decoders=DECODERS) as library:
            assert len((await library.find("blue", limit=20, collapse=False)).hits) == 8
            for work in (
                library.edit("red-car", Record(title="x")),
                library.import_from(FolderSource(photos)),
                library.boards.make("Autumn", ANA),
            ):
                with pytest.raises(LibraryError, match="can't be written"):
                    await work


async def test_a_second_import_says_that_another_is_running(
    tmp_path: Path, open_library: OpenLibrary, photos: Path
) -> None:
    async with open_library() as library, locked(tmp_path / "library" / "library.lock"):
        with pytest.raises(LibraryBusy, match="Another import"):
            await library.import_from(FolderSource(photos))


async def test_two_programs_read_and_write_one_library(open_library: OpenLibrary, photos: Path) -> None:
    async with open_library() as one, open_library() as two:
        await one.import_from(FolderSource(photos))
        assert len((await two.find("blue", limit=20, collapse=False)).hits) == 8
        boards = [await one.boards.make("Autumn", ANA), await two.boards.make("Winter", ANA)]
        await asyncio.gather(
            *(library.boards.change(board.id, ANA, lambda _, n=n: Briefed(f"{n}")) for n in range(5)
              for library in (one, two) for board in boards)
        )  # fmt: skip
        assert [(await one.boards.board(board.id)).revision for board in boards] == [11, 11]
        assert [(await two.boards.board(board.id)).revision for board in boards] == [11, 11]
