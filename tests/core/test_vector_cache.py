"""A graph on disk is believed only when it proves itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.sources.detect import open_source
from core.store import Space
from core.vector_cache import FILE, Stamp, load_graph, save_graph
from core.vectors import VectorIndex, new_graph
from tests.conftest import OpenLibrary
from tests.core.test_ingest import import_folder

STAMP = Stamp("colours", "1", 8, 5, 50)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    vectors = np.random.default_rng(0).standard_normal((50, 8)).astype(np.float32)
    graph = new_graph(8)
    graph.add(np.arange(50), vectors)
    save_graph(tmp_path, graph, STAMP)
    return tmp_path


def test_a_graph_comes_back_as_it_was(kept: Path) -> None:
    loaded = load_graph(kept)
    assert loaded is not None
    graph, stamp = loaded
    assert (len(graph), stamp) == (50, STAMP)
    assert graph.search(np.ones(8, np.float32), 3).keys.shape == (3,)


@pytest.mark.parametrize("place", [0, 12, 60, 200, -1])
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
        save_graph(kept, new_graph(8), STAMP)
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


def test_an_adopted_graph_gets_what_came_since() -> None:
    vectors = np.random.default_rng(0).standard_normal((60, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    graph = new_graph(8)
    graph.add(np.arange(50), vectors[:50])
    index = VectorIndex(8, exact_limit=10)
    index.add(np.arange(5, 60), vectors[5:])
    index.adopt(graph, np.array([*range(5), *range(50, 60)]))
    assert index.graph is not None
    assert len(index.graph) == 55


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
