"""A graph on disk is believed only when it proves itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from core.sources.detect import open_source
from core.store import Space
from core.vector_cache import FILE, Stamp, load_graph, save_graph
from core.vectors import new_graph
from tests.conftest import OpenLibrary
from tests.core.test_ingest import import_folder

STAMP = Stamp("colours", "1", 8, 5, 50)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    keep(tmp_path)
    return tmp_path


def keep(folder: Path) -> None:
    vectors = np.random.default_rng(0).standard_normal((50, 8)).astype(np.float16)
    graph = new_graph(8)
    graph.add(np.arange(50), vectors)
    assert save_graph(folder, graph, np.arange(50), vectors, STAMP)


def test_a_graph_comes_back_as_it_was(kept: Path) -> None:
    loaded = load_graph(kept)
    assert loaded is not None
    mapped, stamp = loaded
    assert (len(mapped.graph), stamp) == (50, STAMP)
    assert mapped.numbers.tolist() == list(range(50))
    assert mapped.graph.search(np.ones(8, np.float32), 3).keys.shape == (3,)


def test_vectors_that_are_not_those_of_the_graph_are_not_kept(tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).standard_normal((50, 8)).astype(np.float16)
    graph = new_graph(8)
    graph.add(np.arange(50), vectors)
    vectors[7] += 1
    assert not save_graph(tmp_path, graph, np.arange(50), vectors, STAMP)
    assert load_graph(tmp_path) is None


@pytest.mark.parametrize("place", [0, 12, 60, 200, 1000, -2000, -300, -1])
def test_one_flipped_byte_is_noticed_before_usearch_sees_it(kept: Path, place: int) -> None:
    content = bytearray((kept / FILE).read_bytes())
    content[place] ^= 0x40
    (kept / FILE).write_bytes(content)
    assert load_graph(kept) is None


@pytest.mark.parametrize("length", [0, 5, 40, 300])
def test_a_file_that_was_cut_off_is_noticed(kept: Path, length: int) -> None:
    content = (kept / FILE).read_bytes()
    (kept / FILE).write_bytes(content[:length])
    assert load_graph(kept) is None


def test_a_missing_file_is_no_graph(tmp_path: Path) -> None:
    assert load_graph(tmp_path) is None


def test_a_crash_while_writing_leaves_the_old_file(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (kept / FILE).read_bytes()

    def crash(_: int) -> None:
        raise OSError("the power went")

    monkeypatch.setattr("core.vector_cache.os.fsync", crash)
    with pytest.raises(OSError, match="power"):
        keep(kept)
    assert (kept / FILE).read_bytes() == before


@pytest.mark.parametrize(
    ("space", "revision", "fits"),
    [
        (Space(1, "colours", "1", 8), 5, True),
        (Space(1, "colours", "1", 8), 9, True),
        (Space(1, "colours", "1", 8), 4, False),
        (Space(1, "colours", "2", 8), 5, False),
        (Space(1, "starter", "1", 8), 5, False),
    ],
)
def test_a_graph_fits_its_own_weights_and_nothing_from_the_future(space: Space, revision: int, fits: bool) -> None:
    assert STAMP.fits(space, revision) is fits


async def test_a_library_keeps_its_graph_and_mends_a_damaged_one(open_library: OpenLibrary, photos: Path) -> None:
    async with open_library(exact_limit=3) as library:
        await import_folder(library, photos)
        before = [hit.photo.id for hit in (await library.find("red")).hits]
        file = library.folder / "index" / FILE
    file.write_bytes(file.read_bytes()[:-7] + b"damaged")
    async with open_library(exact_limit=3) as library:
        assert [hit.photo.id for hit in (await library.find("red")).hits] == before
        await library.import_from(open_source(str(photos)))
    assert load_graph(file.parent) is not None


async def test_a_missing_file_is_built_again_while_queries_are_answered(
    open_library: OpenLibrary, photos: Path
) -> None:
    async with open_library(exact_limit=3) as library:
        await import_folder(library, photos)
        before = [hit.photo.id for hit in (await library.find("red")).hits]
        file = library.folder / "index" / FILE
    file.unlink()
    async with open_library(exact_limit=3) as library:
        assert [hit.photo.id for hit in (await library.find("red")).hits] == before
        for _ in range(500):
            if file.exists():
                break
            await asyncio.sleep(0.01)
        assert [hit.photo.id for hit in (await library.find("red")).hits] == before
        index = (await library._index.current()).whole
        assert index.graph is not None


async def test_a_file_that_says_other_vectors_than_the_database_is_not_believed(
    open_library: OpenLibrary, photos: Path
) -> None:
    async with open_library(exact_limit=3) as library:
        await import_folder(library, photos)
        before = [hit.photo.id for hit in (await library.find("red")).hits]
        loaded = load_graph(library.folder / "index")
        assert loaded is not None
        kept, stamp = loaded
        wrong = np.roll(kept.matrix[kept.rows], 1, axis=0)
        graph = new_graph(stamp.dimensions)
        graph.add(kept.numbers, wrong)
        assert save_graph(library.folder / "index", graph, kept.numbers, wrong, stamp)
    async with open_library(exact_limit=3) as library:
        assert [hit.photo.id for hit in (await library.find("red")).hits] == before


async def test_what_is_newer_than_the_file_is_found(open_library: OpenLibrary, photos: Path) -> None:
    async with open_library(exact_limit=3) as library:
        await import_folder(library, photos)
        file = library.folder / "index" / FILE
        everything = {hit.photo.id for hit in (await library.find("red", limit=50)).hits}
        old = file.read_bytes()
        gone = sorted(everything)[0]
        await library.remove(gone)
    file.write_bytes(old)
    async with open_library(exact_limit=3) as library:
        assert {hit.photo.id for hit in (await library.find("red", limit=50)).hits} == everything - {gone}
        index = (await library._index.current()).whole
        assert index.graph is not None
