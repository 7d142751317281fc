"""Photos in: what is skipped, what is done once, and what a killed import leaves."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import LibraryBusy
from core.library import Library
from core.photos import Photo
from core.sources import Candidate, Given
from core.sources.detect import open_source
from core.store import StoreOptions
from core.store.rows import words_of
from core.store.wording import words_in
from tests.conftest import OpenLibrary, draw_photo
from tests.fakes.encoder import ColourEncoder

ENGINES = ("sqlite", "postgres")
ROOT = Path(__file__).parents[2]
KILLED_IMPORT = """
import asyncio
from pathlib import Path
from core.enrich import Vocabulary
from core.library import Library, LibraryOptions
from core.store import StoreOptions
from core.sources.detect import open_source
from core.store.rows import words_of
from core.store.wording import words_in
from tests.fakes.encoder import HUES, LIGHTS, ColourEncoder

async def main():
    encoder = ColourEncoder(killed_after={photos_before})
    options = LibraryOptions(
        make_encoder=lambda *_: encoder, vocabulary=Vocabulary((*HUES, *LIGHTS)), batch_photos=1,
        store=StoreOptions("{url}"),
    )
    await Library.create(Path("{folder}"), encoder.name, options)
    async with Library.open(Path("{folder}"), options) as library:
        await library.import_from(open_source("{photos}"))

asyncio.run(main())
"""


async def import_folder(library: Library, folder: Path):
    return await library.import_from(open_source(str(folder)))


async def contents(library: Library) -> list[object]:
    """Return everything that an import brings about, but for the moment at which it did."""
    store = library._store
    numbers = (await store.photos.numbers()).tolist()
    photos = await store.photos.get(numbers)
    words = {word for photo in photos.values() for text in words_of(photo).values() for word in words_in(text)}
    return [
        [(n, photos[n]) for n in numbers],
        [
            {n: vector.tobytes() for n, vector in (await store.vectors.get(space, numbers)).items()}
            for space in await store.vectors.spaces()
        ],
        await store.photos.pictured(),
        await store.photos.looks(grouped=True),
        await store.photos.known([row.key for row in await store.photos.pictured()]),
        {word: (await store.words.holding_phrase(word)).tolist() for word in words},
    ]


async def test_a_folder_comes_in_whole(open_library: OpenLibrary, photos: Path) -> None:
    async with open_library() as library:
        report = await import_folder(library, photos)
        assert (report.added, report.embedded, report.skipped) == (8, 8, [])
        photo = await library.photo("red-barn")
        assert (photo.width, photo.height, photo.orientation) == (64, 96, "portrait")
        assert photo.colours and photo.average_colour and photo.content_hash
        assert library.thumbnail(photo) is not None


async def test_the_same_import_again_embeds_nothing(open_library: OpenLibrary, photos: Path) -> None:
    encoder = ColourEncoder()
    async with open_library(encoder) as library:
        await import_folder(library, photos)
        report = await import_folder(library, photos)
    assert (report.unchanged, report.written, encoder.embedded) == (8, 0, 8)


async def test_the_same_bytes_are_embedded_once(open_library: OpenLibrary, photos: Path) -> None:
    shutil.copy(photos / "red-barn.jpg", photos / "zz-copy.jpg")
    encoder = ColourEncoder()
    async with open_library(encoder) as library:
        report = await import_folder(library, photos)
        assert (report.added, report.embedded, report.reused) == (9, 8, 1)
        assert encoder.embedded == 8


async def test_the_same_bytes_in_one_batch_are_embedded_once(open_library: OpenLibrary, photos: Path) -> None:
    shutil.copy(photos / "blue-door.jpg", photos / "blue-door-2.jpg")
    encoder = ColourEncoder()
    async with open_library(encoder, batch_photos=64) as library:
        await import_folder(library, photos)
    assert encoder.embedded == 8


async def test_a_changed_file_is_embedded_again_under_its_id(open_library: OpenLibrary, photos: Path) -> None:
    async with open_library() as library:
        await import_folder(library, photos)
        before = await library.photo("red-barn")
        draw_photo(photos / "red-barn.jpg", "#00e0e0", seed=99)
        report = await import_folder(library, photos)
        after = await library.photo("red-barn")
    assert (report.changed, report.unchanged) == (1, 7)
    assert before.content_hash != after.content_hash


async def test_a_file_that_was_only_touched_is_not_embedded_again(open_library: OpenLibrary, photos: Path) -> None:
    encoder = ColourEncoder()
    async with open_library(encoder) as library:
        await import_folder(library, photos)
        (photos / "red-barn.jpg").touch()
        await import_folder(library, photos)
    assert encoder.embedded == 8


async def test_a_removed_file_is_reported_and_kept_until_repair(open_library: OpenLibrary, photos: Path) -> None:
    async with open_library() as library:
        await import_folder(library, photos)
        (photos / "red-car.jpg").unlink()
        report = await import_folder(library, photos)
        assert report.removed == ["red-car"]
        assert (await library.stats()).photos == 8
        await library.check(repair=True)
        assert (await library.stats()).photos == 7
        assert "red-car" not in {hit.photo.id for hit in (await library.find("red")).hits}


async def test_broken_files_are_skipped_with_their_reason(open_library: OpenLibrary, photos: Path) -> None:
    (photos / "a-text.jpg").write_text("no photo")
    (photos / "b-empty.jpg").write_bytes(b"")
    whole = (photos / "red-car.jpg").read_bytes()
    (photos / "c-cut.jpg").write_bytes(whole[: len(whole) // 2])
    async with open_library() as library:
        report = await import_folder(library, photos)
    assert report.added == 8
    assert {skipped.what for skipped in report.skipped} == {"a-text.jpg", "b-empty.jpg", "c-cut.jpg"}
    assert all(skipped.reason for skipped in report.skipped)


@pytest.mark.parametrize("photos_before", [3, 5, 7])
async def test_an_import_that_was_killed_goes_on_to_the_same_library(
    open_library: OpenLibrary, engine: StoreOptions, photos: Path, photos_before: int
) -> None:
    script = KILLED_IMPORT.format(
        folder=photos.parent / "killed", photos=photos, photos_before=photos_before, url=engine.url
    )
    ended = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", script], cwd=ROOT, check=False)
    assert ended.returncode == -signal.SIGKILL
    encoder = ColourEncoder()
    async with open_library(encoder, name="killed") as library:
        before = (await library.stats()).photos
        await import_folder(library, photos)
        resumed = await contents(library)
    async with open_library(name="whole") as library:
        await import_folder(library, photos)
        assert resumed == await contents(library)
    assert 0 < before < 8
    assert encoder.embedded == 8 - before


async def test_a_corrected_credit_comes_in_without_embedding(open_library: OpenLibrary, photos: Path) -> None:
    table = photos / "photos.csv"
    table.write_text("file,photographer\nred-barn.jpg,Ana\nblue-lake.jpg,Ben\n")
    encoder = ColourEncoder()
    async with open_library(encoder) as library:
        await library.import_from(open_source(str(table)))
        table.write_text("file,photographer\nred-barn.jpg,Anna\nblue-lake.jpg,Ben\n")
        report = await library.import_from(open_source(str(table)))
        photo = await library.photo("red-barn")
    assert (report.updated, report.unchanged, encoder.embedded) == (1, 1, 2)
    assert photo.photographer.name == "Anna"
    assert photo.width == 64


async def test_an_import_beside_a_repair_is_refused(open_library: OpenLibrary, photos: Path) -> None:
    async with open_library() as library, library._store.lock():
        with pytest.raises(LibraryBusy, match="Another import"):
            await import_folder(library, photos)


async def test_two_imports_at_once_go_on_where_the_store_is_shared(
    open_library: OpenLibrary, photos: Path, engine: StoreOptions
) -> None:
    async with open_library() as library, library._store.lock(shared=True):
        if engine.url:
            assert (await import_folder(library, photos)).added == 8
        else:
            with pytest.raises(LibraryBusy, match="Another import"):
                await import_folder(library, photos)
        with pytest.raises(LibraryBusy):
            await library.check()


async def test_near_duplicates_share_a_group(open_library: OpenLibrary, photos: Path) -> None:
    from PIL import Image

    Image.open(photos / "red-barn.jpg").resize((60, 90)).save(photos / "red-barn-small.jpg", quality=70)
    async with open_library() as library:
        await import_folder(library, photos)
        hits = (await library.find("red", limit=20)).hits
    groups = {hit.photo.id: hit.alike for hit in hits}
    assert len(hits) == 8
    assert groups.get("red-barn") == ("red-barn-small",) or groups.get("red-barn-small") == ("red-barn",)


class Measured(ColourEncoder):
    """Says how many photos it is quickest with, and notes how many it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[int] = []
        self.asked = 0

    @property
    def batch_photos(self) -> int:
        self.asked += 1
        return 5

    @batch_photos.setter
    def batch_photos(self, _: int) -> None: ...

    def encode_prepared(self, batch):
        self.given.append(len(batch))
        return super().encode_prepared(batch)


async def test_photos_are_embedded_in_batches_of_the_size_that_the_encoder_is_quickest_with(
    open_library: OpenLibrary, photos: Path
) -> None:
    encoder = Measured()
    async with open_library(encoder, batch_photos=0) as library:
        await import_folder(library, photos)
    assert (encoder.given, encoder.asked) == ([5, 3], 1)


async def test_records_without_pictures_come_in_without_the_encoder_being_asked(
    open_library: OpenLibrary,
) -> None:
    records = [Candidate(f"t:{name}", Photo(id=name, source="table")) for name in "ab"]
    encoder = Measured()
    async with open_library(encoder, batch_photos=0) as library:
        report = await library.import_from(Given("records", *records))
    assert (report.added, encoder.asked) == (2, 0)
