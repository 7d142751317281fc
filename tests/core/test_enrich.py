"""What is derived from a whole library once photos are in."""

from __future__ import annotations

from pathlib import Path

from core.enrich import Vocabulary
from tests.conftest import OpenLibrary, draw_photo
from tests.core.test_ingest import import_folder
from tests.fakes.encoder import ColourEncoder


async def test_photos_are_tagged_with_the_words_that_they_match(open_library: OpenLibrary, photos: Path) -> None:
    async with open_library() as library:
        await import_folder(library, photos)
        photo = await library.photo("blue-lake")
        counts = dict(await library.tags())
    tags = {tag.name: tag for tag in photo.tags}
    assert "blue" in tags
    assert "red" not in tags
    assert tags["blue"].origin == "auto"
    assert 0.5 <= (tags["blue"].confidence or 0) <= 1
    assert counts["red"] == 2


async def test_automatic_tags_can_be_filtered_by(open_library: OpenLibrary, photos: Path) -> None:
    async with open_library() as library:
        await import_folder(library, photos)
        hits = (await library.find("tag:yellow")).hits
    assert {hit.photo.id for hit in hits} == {"yellow-sun", "yellow-cab"}


async def test_tags_can_be_turned_off(open_library: OpenLibrary, photos: Path) -> None:
    async with open_library(tags_per_photo=0) as library:
        await import_folder(library, photos)
        assert await library.tags() == []


async def test_photos_that_come_later_are_tagged_too(open_library: OpenLibrary, photos: Path, tmp_path: Path) -> None:
    async with open_library() as library:
        await import_folder(library, photos)
        draw_photo(tmp_path / "later" / "sky.jpg", "#0020f0", seed=80)
        await import_folder(library, tmp_path / "later")
        photo = await library.photo("sky")
    assert "blue" in {tag.name for tag in photo.tags}


async def test_the_vocabulary_is_embedded_once(open_library: OpenLibrary, photos: Path, tmp_path: Path) -> None:
    class Counting(ColourEncoder):
        texts = 0

        def encode_texts(self, texts):
            self.texts += len(texts)
            return super().encode_texts(texts)

    first = Counting()
    async with open_library(first) as library:
        await import_folder(library, photos)
    again = Counting()
    async with open_library(again) as library:
        await library.find("red")
    assert first.texts == 15
    assert again.texts == 1


def test_a_vocabulary_has_no_headings_blanks_or_repetitions() -> None:
    assert Vocabulary.parse("# light\nSunset\n\nfog\nsunset\n").words == ("sunset", "fog")
