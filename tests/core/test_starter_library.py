"""The whole engine with the encoder that it ships, on the sample photos: what a person sees who tries it first."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from bot.app import library_options, read_settings
from core.library import Library, Reference
from core.sources.detect import open_source

SAMPLES = Path(__file__).parents[2] / "samples"
SUNSETS = {
    "paul-carmona-sunset-by-the-pier",
    "romain-guy-singaporean-cityscape",
    "aitzol-berasategi-sunset",
    "matt-willett-the-adk-group-beacon-street",
    "jad-limcaco",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("starter") / "library"


@pytest.fixture
async def library(folder: Path) -> AsyncIterator[Library]:
    options = library_options(read_settings({}, SAMPLES), model="starter")
    if not await Library.exists(folder):
        await Library.create(folder, "starter")
    async with Library.open(folder, options) as opened:
        await opened.import_from(open_source(str(SAMPLES)))
        yield opened


async def found(library: Library, query: str, limit: int = 5) -> list[str]:
    return [hit.photo.id for hit in (await library.find(query, limit=limit)).hits]


async def test_a_sunset_over_water_comes_first(library: Library) -> None:
    page = await library.find("sunset over ocean")
    assert page.matches
    assert page.hits[0].photo.id == "paul-carmona-sunset-by-the-pier"


async def test_sunsets_come_before_everything_else(library: Library) -> None:
    assert len(SUNSETS & set(await found(library, "sunset"))) >= 4


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "snow mountain",
            {"ryan-schroeder", "jacob-w-frank-lake-sherburne", "aitzol-berasategi-picos-de-europa", "jared-evans"},
        ),
        ("a cup of coffee", {"rachel-michetti-a-cup-of-coffee"}),
        ("cat", {"stefan-van-der-walt-chelsea-the-cat"}),
        ("orange flower", {"vultilion-flower"}),
        ("city skyline at night", {"romain-guy-singaporean-cityscape", "carol-m-highsmith-san-francisco-skyline"}),
        ("black and white photo", {"julia-craice", "galen-crout", "mr-lee", "samuel-zeller", "nasa", "jake-hills"}),
    ],
)
async def test_plain_words_find_the_photo_that_a_person_would_pick(
    library: Library, query: str, expected: set[str]
) -> None:
    assert (await found(library, query, 1))[0] in expected


async def test_every_sample_is_credited_by_name(library: Library) -> None:
    hits = (await library.find("sort:new", limit=100, collapse=False)).hits
    assert len(hits) == 58
    assert [hit.photo.id for hit in hits if "unknown" in hit.credit.text] == []


async def test_the_same_picture_under_two_names_is_one_hit(library: Library) -> None:
    hits = (await library.find("by:webster")).hits
    assert [len(hit.alike) for hit in hits] == [1]


async def test_nonsense_matches_nothing(library: Library) -> None:
    assert not (await library.find("xqzvw tlkjh")).matches


async def test_a_photo_with_words_finds_what_neither_finds_alone(library: Library, tmp_path: Path) -> None:
    """Of photos in colour and without, a photo in colour and `black and white` find that very photo without colour."""
    names = (
        "vultilion-flower",
        "rachel-michetti-a-cup-of-coffee",
        "stefan-van-der-walt-chelsea-the-cat",
        "ryan-schroeder",
    )
    composed = tmp_path / "composed"
    composed.mkdir()
    for name in names:
        with Image.open(SAMPLES / f"{name}.jpg") as photo:
            photo.thumbnail((700, 700))
            photo.save(composed / f"{name}-colour.jpg", quality=92)
            ImageOps.autocontrast(photo.convert("L")).convert("RGB").save(composed / f"{name}-grey.jpg", quality=92)
    options = library_options(read_settings({}, SAMPLES), model="starter")
    await Library.create(tmp_path / "library", "starter")
    async with Library.open(tmp_path / "library", options) as small:
        await small.import_from(open_source(str(composed)))
        words_alone = (await small.find("black and white", limit=1, collapse=False)).hits[0].photo.id
        right, alone = 0, 0
        for name in names:
            reference = Reference((composed / f"{name}-colour.jpg").read_bytes(), f"{name}.jpg")
            mixed = await small.find("black and white", references=[reference], limit=1, collapse=False)
            photo_alone = await small.find("", references=[reference], limit=1, collapse=False)
            right += mixed.hits[0].photo.id == f"{name}-grey"
            alone += photo_alone.hits[0].photo.id == f"{name}-grey" or words_alone == f"{name}-grey"
    assert alone <= 1
    assert right >= 3


async def test_a_recompressed_upload_finds_its_original_first(library: Library) -> None:
    with Image.open(SAMPLES / "ng.jpg") as photo:
        photo.thumbnail((900, 900))
        data = io.BytesIO()
        photo.save(data, "JPEG", quality=80)
    page = await library.find("", references=[Reference(data.getvalue(), "upload.jpg")])
    assert (page.hits[0].photo.id, page.hits[0].match) == ("ng", "strong")


async def test_a_photo_taken_apart_from_its_library_keeps_its_vector(library: Library) -> None:
    vectors = await (await library._index.current()).vectors(await library._store.photos.numbers())
    lengths = np.linalg.norm(np.stack(list(vectors.values())), axis=1)
    assert np.allclose(lengths, 1, atol=2e-3)
