"""Conditions in a large library: the same hits whether all that meet them are read, or the nearest are looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from core import narrowing
from core.library import Library
from core.photos import Photo, Photographer, Tag
from core.query import parse
from core.search import Request
from core.sources import Candidate, Given
from core.store import Arrival
from tests.conftest import OpenLibrary
from tests.fakes.encoder import DIMENSIONS, ColourEncoder

COUNT = 3000
POOL = 64


@pytest.fixture
async def library(open_library: OpenLibrary, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Library]:
    """A library that is searched by its graph: half of its photos are wide, the last tenth is alike and "rare"."""
    monkeypatch.setattr("core.search.LEAST_POOL", POOL)
    async with open_library(exact_limit=100, tags_per_photo=0) as opened:
        space = await opened._store.named_space("colours", "colours-1", DIMENSIONS)
        random = np.random.default_rng(0)
        vectors = random.standard_normal((COUNT, DIMENSIONS)).astype(np.float32)
        vectors[-COUNT // 10 :] = 3 * np.eye(DIMENSIONS)[0] + 0.1 * vectors[-COUNT // 10 :]
        arrivals = [Arrival(f"t:{i}", photo(i), "") for i in range(COUNT)]
        await opened._store.write_photos(arrivals, [(space, vector) for vector in vectors])
        await opened._index.save()
        yield opened


def photo(i: int) -> Photo:
    rare = i >= COUNT * 9 // 10
    return Photo(
        id=f"p{i}",
        source="table",
        title="night market" if i % 3 == 0 else "harbour",
        photographer=Photographer("Ana" if i % 2 else "Ben"),
        tags=(Tag("rare"),) if rare else (Tag("common"),),
        width=2000 if i % 2 else 1000,
        height=1000,
    )


async def hits(library: Library, query: str, direction: np.ndarray, **options: Any) -> list[str]:
    page = await library._searcher.find(Request(parse(query), ((direction, 1.0),), **options))
    return [hit.photo.id for hit in page.hits]


def directions(count: int) -> np.ndarray:
    vectors = np.random.default_rng(1).standard_normal((count, DIMENSIONS)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def notes_what_is_read(library: Library, monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """Return a list that is told of each question about filters: of how many photos, None for all."""
    asked: list[int | None] = []
    matching = library._store.filters.matching

    async def noted(filters, *, as_of=None, among=None):
        asked.append(None if among is None else len(among))
        return await matching(filters, as_of=as_of, among=among)

    monkeypatch.setattr(library._store.filters, "matching", noted)
    return asked


WIDE = ("width:>1500", "tag:common", "by:ana", "-by:ana", "is:landscape", '-"night market"', "tag:common -by:ben")


@pytest.mark.parametrize("query", WIDE)
async def test_wide_conditions_give_nearly_all_the_hits_of_comparing_all(
    library: Library, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = notes_what_is_read(library, monkeypatch)
    quick = [await hits(library, query, direction) for direction in directions(20)]
    assert asked and None not in asked, "only a few photos were asked about"
    monkeypatch.setattr(narrowing, "WIDE", 2.0)
    await library.retag("p0", add=["forgets what is remembered"])
    whole = [await hits(library, query, direction) for direction in directions(20)]
    assert None in asked
    same = [len({*some} & {*every}) / len(every) for some, every in zip(quick, whole, strict=True)]
    assert np.mean(same) >= 0.98, "the graph may miss a photo"


async def test_narrow_conditions_are_read_as_a_whole(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = notes_what_is_read(library, monkeypatch)
    found = await hits(library, "tag:rare", directions(1)[0])
    assert len(found) == 10 and all(int(one[1:]) >= COUNT * 9 // 10 for one in found)
    assert asked[0] is not None and asked[0] <= narrowing.SAMPLED
    assert asked[1:] == [None]


async def test_a_wide_filter_that_leaves_out_what_is_near_is_read_as_a_whole(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    towards_rare = np.eye(DIMENSIONS, dtype=np.float32)[0]
    asked = notes_what_is_read(library, monkeypatch)
    found = await hits(library, "tag:common", towards_rare)
    assert len(found) == 10 and all(int(one[1:]) < COUNT * 9 // 10 for one in found)
    assert asked[-1] is None
    assert await hits(library, "tag:common", towards_rare, collapse=False) == found


async def test_without_conditions_nothing_is_asked_of_filters_but_whether_there_are_any(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    await library._store.database._reader.set_trace_callback(written.append)  # type: ignore[attr-defined]
    assert len(await hits(library, "", directions(1)[0])) == 10
    assert not [sql for sql in written if "json_each" in sql]


async def test_what_a_photos_words_say_is_kept_under_a_wide_filter(library: Library) -> None:
    wanted = Candidate("t:lantern", Photo(id="lantern", source="table", title="paper lantern", width=2000, height=1000))
    await library.import_from(Given("one", wanted))
    found = (await library.find("paper lantern width:>1500")).hits
    assert found[0].photo.id == "lantern"


async def test_pages_of_a_wide_filter_do_not_repeat(library: Library) -> None:
    direction = directions(1)[0]
    request = Request(parse("width:>1500"), ((direction, 1.0),), limit=8)
    first = await library._searcher.find(request)
    second = await hits(library, "width:>1500", direction, limit=8, offset=first.next_offset, as_of=first.as_of)
    assert len({*(hit.photo.id for hit in first.hits), *second}) == 16


@pytest.mark.parametrize("collapse", [True, False])
async def test_all_pages_together_are_the_whole_ranking(
    open_library: OpenLibrary, collapse: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.search.LEAST_POOL", 16)
    async with open_library(tags_per_photo=0) as library:
        space = await library._store.named_space("colours", "colours-1", 32)
        vectors = np.random.default_rng(0).standard_normal((500, 32)).astype(np.float32)
        arrivals = [Arrival(f"t:{i}", Photo(id=f"p{i}", source="table"), "") for i in range(500)]
        await library._store.write_photos(arrivals, [(space, vector) for vector in vectors])
        await library._store.photos.write_alike(
            {n: 1 + (n - 1) // 100 * 100 for n in range(1, 501)} if collapse else {}
        )
        query = np.ones(32, np.float32) / np.sqrt(32)
        whole = await library.find("", images=[(query, 1.0)], limit=500, collapse=collapse)
        offset: int | None = 0
        paged: list[str] = []
        while offset is not None:
            page = await library.find("", images=[(query, 1.0)], limit=7, offset=offset, collapse=collapse)
            paged += [hit.photo.id for hit in page.hits]
            offset = page.next_offset
        assert paged == [hit.photo.id for hit in whole.hits]
        assert len(paged) == (5 if collapse else 500)
        scores = [hit.score for hit in whole.hits]
        assert scores == sorted(scores, reverse=True)


def test_the_encoder_of_these_tests_is_the_one_that_made_the_vectors() -> None:
    assert ColourEncoder().fingerprint() == "colours-1"
