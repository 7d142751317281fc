"""Moving a library to another encoder, and refusing to mix two."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.encoders import EncoderOptions
from core.errors import EncoderMismatch
from core.images import hash_bytes
from core.library import Library, LibraryOptions
from core.store import StoreOptions
from tests.conftest import OpenLibrary
from tests.core.test_ingest import contents, import_folder
from tests.fakes.encoder import ColourEncoder

ENGINES = ("sqlite", "postgres")


async def test_other_weights_of_the_same_name_are_refused(open_library: OpenLibrary, photos: Path) -> None:
    async with open_library() as library:
        await import_folder(library, photos)
    async with open_library(ColourEncoder(weights="2")) as library:
        with pytest.raises(EncoderMismatch, match="modaclip reembed --model colours"):
            await library.find("red")
        (photos / "red-car.jpg").rename(photos / "new.jpg")
        with pytest.raises(EncoderMismatch, match="modaclip reembed"):
            await import_folder(library, photos / "..")


async def test_another_encoder_is_refused_when_it_is_asked_for(tmp_path: Path, engine: StoreOptions) -> None:
    options = LibraryOptions(
        encoder=EncoderOptions(model="starter"), make_encoder=lambda *_: ColourEncoder(), store=engine
    )
    await Library.create(tmp_path / "library", "colours", options)
    with pytest.raises(EncoderMismatch, match="modaclip reembed --model starter"):
        async with Library.open(tmp_path / "library", options):
            pass


async def test_auto_takes_the_encoder_that_the_library_has(open_library: OpenLibrary, photos: Path) -> None:
    async with open_library() as library:
        assert (await library.stats()).encoder == "colours"


async def test_a_moved_library_answers_with_the_new_encoder(open_library: OpenLibrary, photos: Path) -> None:
    async with open_library() as library:
        await import_folder(library, photos)
        report = await library.reembed("other")
        stats = await library.stats()
        assert (report.embedded, report.from_thumbnails, stats.encoder, stats.with_vector) == (8, (), "other", 8)
        assert dict(stats.elsewhere) == {}
        assert (await library.find("red")).hits[0].photo.id.startswith("red")


async def test_a_move_keeps_everything_but_the_vectors(open_library: OpenLibrary, photos: Path) -> None:
    async with open_library() as library:
        await import_folder(library, photos)
        before = await contents(library)
        await library.reembed("other")
        after = await contents(library)
    assert [after[0], *after[2:]] == [before[0], *before[2:]]


async def test_queries_are_answered_from_the_old_vectors_until_the_move_is_whole(
    open_library: OpenLibrary, photos: Path
) -> None:
    class Failing(ColourEncoder):
        def encode_prepared(self, batch):
            if self.name == "other" and self.embedded >= 3:
                raise RuntimeError("stopped half way")
            return super().encode_prepared(batch)

    async with open_library(make_encoder=lambda name, _: Failing(name)) as library:
        await import_folder(library, photos)
        before = [hit.photo.id for hit in (await library.find("red")).hits]
        with pytest.raises(RuntimeError, match="half way"):
            await library.reembed("other")
        answers = [hit.photo.id for hit in (await library.find("red")).hits]
        stats = await library.stats()
    assert answers == before
    assert (stats.encoder, dict(stats.elsewhere)) == ("colours", {"other": 3})


async def test_a_move_that_was_stopped_goes_on_where_it_was(open_library: OpenLibrary, photos: Path) -> None:
    async with open_library() as library:
        await import_folder(library, photos)
        space = await library._store.named_space("other", "other-1", 32)
        vectors = {1: ColourEncoder().encode_texts(["red"])[0], 2: ColourEncoder().encode_texts(["red"])[0]}
        await library._store.vectors.write(space, vectors)
        assert (await library.reembed("other")).embedded == 6


async def test_an_original_that_is_gone_is_embedded_from_its_thumbnail_and_reported(
    open_library: OpenLibrary, photos: Path
) -> None:
    async with open_library() as library:
        await import_folder(library, photos)
        gone = await library.photo("red-barn")
        (photos / "red-barn.jpg").unlink()
        lost = await library.photo("red-car")
        (photos / "red-car.jpg").unlink()
        library.thumbnails.path(lost.content_hash or "").unlink()
        report = await library.reembed("other")
    assert hash_bytes(b"") != gone.content_hash
    assert (report.embedded, report.from_thumbnails, report.left_out) == (7, ("red-barn",), ("red-car",))


async def test_a_library_open_elsewhere_follows_the_move(open_library: OpenLibrary, photos: Path) -> None:
    async with open_library() as running:
        await import_folder(running, photos)
        await running.find("red")
        async with open_library() as mover:
            await mover.reembed("other")
        assert (await running.find("blue")).hits[0].photo.id.startswith("blue")
        assert (await running.stats()).encoder == "other"
