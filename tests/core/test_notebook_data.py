"""The data of the notebooks that this project grew out of: records, credits, and vectors as numpy compares them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from core.fetch import FetchOptions
from core.library import Library
from core.sources.detect import open_source
from core.sources.vectors import StoredVectors
from tests.conftest import OpenLibrary
from tests.fakes.encoder import ColourEncoder

DATA = Path(__file__).parents[3] / "shared" / "unsplash"
NOTEBOOKS = "ViT-B-32-quickgelu/openai"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the notebooks' data is not beside this checkout")


class WithoutWeights(ColourEncoder):
    """Stands for the notebooks' model on a machine that does not have its weights."""

    def __init__(self) -> None:
        super().__init__(NOTEBOOKS)
        self.dimensions = 512

    def fingerprint(self) -> str:
        from core.errors import EncoderUnavailable

        raise EncoderUnavailable("The weights are not here.")

    def encode_texts(self, texts):
        self.fingerprint()


@pytest.fixture
async def library(open_library: OpenLibrary) -> AsyncIterator[Library]:
    no_network = FetchOptions(attempts=1, timeout_s=0.1)
    async with open_library(WithoutWeights(), fetch=no_network, batch_photos=64) as opened:
        await opened.import_from(open_source(str(DATA / "unsplash-metadata.json")))
        await opened.import_from(open_source(str(DATA / "features")))
        yield opened


def stored() -> tuple[list[str], np.ndarray]:
    pairs = [item for item in StoredVectors(DATA / "features") if isinstance(item, tuple)]
    vectors = np.stack([vector.vector for _, vector in pairs])
    return [photo_id for photo_id, _ in pairs], vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


async def test_all_records_come_in_and_the_empty_one_is_reported(open_library: OpenLibrary) -> None:
    async with open_library(fetch=FetchOptions(attempts=1, timeout_s=0.1)) as opened:
        report = await opened.import_from(open_source(str(DATA / "unsplash-metadata.json")))
        again = await opened.import_from(open_source(str(DATA / "unsplash-metadata.json")))
    assert (report.added, report.without_picture, len(report.missing), len(report.skipped)) == (1000, 1000, 1000, 1)
    assert (again.added, again.unchanged, len(again.skipped)) == (0, 1000, 1)


async def test_stored_vectors_find_each_other_as_numpy_says(library: Library) -> None:
    ids, vectors = stored()
    halves = vectors.astype(np.float16).astype(np.float32)
    cosines = halves @ halves.T
    np.fill_diagonal(cosines, -np.inf)
    assert len(ids) == 150
    for place, photo_id in enumerate(ids):
        page = await library.similar(photo_id, limit=5, collapse=False)
        expected = [ids[i] for i in np.argsort(-cosines[place], kind="stable")[:5]]
        assert [hit.photo.id for hit in page.hits] == expected


async def test_vectors_of_another_encoder_still_find_each_other(open_library: OpenLibrary) -> None:
    """In a library of a different encoder, a photo is compared where it has a vector."""
    ids, vectors = stored()
    async with open_library(fetch=FetchOptions(attempts=1, timeout_s=0.1), batch_photos=64) as opened:
        await opened.import_from(open_source(str(DATA / "unsplash-metadata.json")))
        await opened.import_from(open_source(str(DATA / "features")))
        page = await opened.similar(ids[3], limit=1, collapse=False)
    nearest = np.argsort(-(vectors @ vectors[3]))[1]
    assert page.hits[0].photo.id == ids[nearest]


async def test_importing_vectors_again_changes_nothing(library: Library) -> None:
    report = await library.import_from(open_source(str(DATA / "features")))
    assert (report.unchanged, report.updated) == (150, 0)


async def test_a_photographer_without_last_name_is_credited_without_nan(library: Library) -> None:
    page = await library.find("by:CHUTTERSNAP", limit=50)
    assert page.hits
    for hit in page.hits:
        assert hit.credit.name == "CHUTTERSNAP"
        assert hit.credit.text == "Photo by CHUTTERSNAP on Unsplash"


async def test_no_credit_anywhere_says_nan(library: Library) -> None:
    page = await library.find("sort:new", limit=1000, collapse=False)
    assert len(page.hits) == 1000
    assert [hit.credit.text for hit in page.hits if "nan" in hit.credit.text.lower().split()] == []
    assert all("utm_source=modaclip&" in hit.credit.html.replace("&amp;", "&") for hit in page.hits)


async def test_records_without_pictures_are_found_by_words_although_the_model_is_missing(library: Library) -> None:
    page = await library.find("mountain", limit=5)
    assert page.hits
    assert page.notices
    assert all("mountain" in f"{hit.photo.title} {hit.photo.description}".lower() for hit in page.hits)
