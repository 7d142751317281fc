"""What people change about single photos, and what an import leaves of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.curation import LONGEST_TAG, MOST_TAGS, Record, edit, retag, with_record
from core.errors import BadImage, BadRecord, LibraryError, NotFound
from core.library import Library
from core.photos import Photo, Photographer, Tag
from core.sources.detect import open_source
from tests.conftest import OpenLibrary, draw_photo

ENGINES = ("sqlite", "postgres")

TABLE = "file,title,photographer,tags\nred-barn.jpg,Barn,Ana,farm;quiet\nblue-lake.jpg,Lake,Ben,water\n"


@pytest.fixture
def picture(tmp_path: Path) -> bytes:
    return draw_photo(tmp_path / "brought.jpg", "#c010c0", seed=40).read_bytes()


@pytest.fixture
async def library(open_library: OpenLibrary, photos: Path) -> AsyncIterator[Library]:
    (photos / "photos.csv").write_text(TABLE)
    async with open_library() as opened:
        await opened.import_from(open_source(str(photos / "photos.csv")))
        yield opened


def names(photo: Photo, origin: str = "user") -> list[str]:
    return [tag.name for tag in photo.tags if tag.origin == origin]


# Adding


async def test_a_photo_comes_in_with_what_is_said_of_it(library: Library, picture: bytes) -> None:
    record = Record(
        "Ann Lee", "https://ann.example", "Dusk", "the sun sets", "Oslo", "CC BY 4.0", "https://ann.example/1", ("sun",)
    )
    photo, is_new = await library.add(picture, "x.jpg", record)
    assert is_new and photo.photographer == Photographer("Ann Lee", None, "https://ann.example")
    assert (photo.title, photo.description, photo.place) == ("Dusk", "the sun sets", "Oslo")
    assert (photo.licence, photo.page_url, names(photo)) == ("CC-BY-4.0", "https://ann.example/1", ["sun"])


@pytest.mark.parametrize(
    ("title", "name", "called"),
    [("Golden Gate", "x.jpg", "golden-gate"), (None, "IMG 42.jpg", "img-42"), (None, "../../etc/passwd", "passwd")],
)
async def test_a_new_photo_is_called_by_its_title_or_its_file(
    library: Library, picture: bytes, title: str | None, name: str, called: str
) -> None:
    photo, _ = await library.add(picture, name, Record("Ann", title=title))
    assert photo.id == called


async def test_an_id_that_is_taken_is_not_given_twice(library: Library, picture: bytes) -> None:
    photo, _ = await library.add(picture, "red-barn.jpg", Record("Ann"))
    assert photo.id != "red-barn" and photo.id.startswith("red-barn")
    assert (await library.photo("red-barn")).photographer.name == "Ana"


async def test_the_file_of_a_new_photo_is_kept_in_the_library_s_folder(library: Library, picture: bytes) -> None:
    photo, _ = await library.add(picture, "../../x.jpg", Record("Ann"))
    assert photo.path is not None and Path(photo.path).read_bytes() == picture
    assert library.folder / "originals" in Path(photo.path).parents


async def test_the_same_bytes_come_in_once(library: Library, picture: bytes) -> None:
    first, _ = await library.add(picture, "a.jpg", Record("Ann"))
    again, is_new = await library.add(picture, "b.jpg", Record("Bob", title="other"))
    assert (again, is_new) == (first, False)


async def test_the_same_bytes_at_the_same_time_come_in_once(library: Library, picture: bytes) -> None:
    added = await asyncio.gather(*(library.add(picture, f"{n}.jpg", Record("Ann")) for n in range(3)))
    assert len({photo.id for photo, _ in added}) == 1
    assert await library.count() == 3


async def test_different_photos_at_the_same_time_all_come_in(library: Library, tmp_path: Path) -> None:
    pictures = [draw_photo(tmp_path / f"n{n}.jpg", "#208090", seed=60 + n).read_bytes() for n in range(4)]
    added = await asyncio.gather(*(library.add(data, "same.jpg", Record("Ann")) for data in pictures))
    assert len({photo.id for photo, _ in added}) == 4 and all(is_new for _, is_new in added)


async def test_a_new_photo_is_found_at_once(library: Library, picture: bytes) -> None:
    await library.add(picture, "new.jpg", Record("Ann"))
    assert (await library.find("magenta")).hits[0].photo.id == "new"


@pytest.mark.parametrize("data", [b"", b"this is no picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
async def test_what_is_no_picture_is_not_taken_in(library: Library, data: bytes) -> None:
    with pytest.raises(BadImage):
        await library.add(data, "x.jpg", Record("Ann"))
    assert await library.count() == 2


async def test_a_picture_that_is_cut_off_leaves_nothing_behind(library: Library, picture: bytes) -> None:
    with pytest.raises(BadImage):
        await library.add(picture[: len(picture) // 2], "x.jpg", Record("Ann"))
    assert not list((library.folder / "originals").rglob("*.*"))


@pytest.mark.parametrize("link", ["javascript:alert(1)", "ftp://x.example/1", "nonsense", "file:///etc/passwd"])
async def test_a_link_that_may_not_be_shown_is_refused(library: Library, picture: bytes, link: str) -> None:
    with pytest.raises(BadRecord, match="not a web address"):
        await library.add(picture, "x.jpg", Record("Ann", page_url=link))
    assert await library.count() == 2


async def test_more_tags_than_a_photo_takes_are_refused(library: Library, picture: bytes) -> None:
    many = tuple(f"tag{n}" for n in range(MOST_TAGS + 1))
    with pytest.raises(BadRecord, match=f"at most {MOST_TAGS} tags"):
        await library.add(picture, "x.jpg", Record("Ann", tags=many))
    photo, _ = await library.add(picture, "x.jpg", Record("Ann", tags=many[1:]))
    assert len(names(photo)) == MOST_TAGS


async def test_who_adds_waits_for_an_import_to_end(library: Library, picture: bytes) -> None:
    async with library._store.lock():
        adding = asyncio.create_task(library.add(picture, "x.jpg", Record("Ann")))
        await asyncio.sleep(0.15)
        assert not adding.done()
    assert (await adding)[1]


async def test_an_import_does_not_wait_for_another(library: Library, photos: Path) -> None:
    async with library._store.lock():
        with pytest.raises(LibraryError, match="Another import"):
            await library.import_from(open_source(str(photos)))


# Editing


async def test_what_is_not_said_stands(library: Library) -> None:
    before = await library.photo("red-barn")
    after = await library.edit("red-barn", Record(place="Oslo"))
    assert (after.place, after.title, after.photographer, after.tags) == (
        "Oslo", before.title, before.photographer, before.tags,
    )  # fmt: skip


async def test_an_empty_text_takes_away_what_stood(library: Library) -> None:
    photo = await library.edit("red-barn", Record(photographer="", title="", licence="", page_url=" "))
    assert (photo.photographer, photo.title, photo.licence, photo.page_url) == (Photographer(), None, None, None)


def test_another_photographer_does_not_get_the_profile_of_the_one_before() -> None:
    photo = Photo("a", "folder", Photographer("Ann", "ann", "https://ann.example"))
    assert with_record(photo, Record("Bob")).photographer == Photographer("Bob")
    assert with_record(photo, Record(" Ann ")).photographer == photo.photographer


def test_a_tag_that_the_photo_has_is_not_given_again() -> None:
    photo = Photo("a", "folder", tags=(Tag("night", "auto", 0.9),))
    assert with_record(photo, Record(tags=("Night", "city"))).tags == (Tag("night", "auto", 0.9), Tag("city", "user"))


async def test_a_corrected_record_is_found_by_its_new_words(library: Library) -> None:
    await library.edit("red-barn", Record(title="zyzzyva house"))
    assert [hit.photo.id for hit in (await library.find('"zyzzyva house"')).hits] == ["red-barn"]
    assert not (await library.find('"barn"')).hits


async def test_the_next_import_does_not_undo_an_edit(library: Library, photos: Path) -> None:
    await library.edit("red-barn", Record("Cleo", title="Mine"))
    await library.retag("red-barn", add=["kept"], remove=["quiet"])
    await library.import_from(open_source(str(photos / "photos.csv")))
    photo = await library.photo("red-barn")
    assert (photo.photographer.name, photo.title) == ("Cleo", "Mine")
    assert names(photo) == ["kept"] and "quiet" not in names(photo, "source")


@pytest.mark.parametrize("change", ["edit", "retag", "remove"])
async def test_a_photo_that_is_not_there_is_named(library: Library, change: str) -> None:
    work = {
        "edit": lambda: library.edit("red-born", Record(title="x")),
        "retag": lambda: library.retag("red-born", add=["x"]),
        "remove": lambda: library.remove("red-born"),
    }[change]
    with pytest.raises(NotFound, match=r"red-born.*red-barn"):
        await work()


async def test_a_photo_that_was_taken_out_meanwhile_is_named(library: Library) -> None:
    photo = await library.photo("red-barn")
    await library.remove("red-barn")
    for work in (edit(library._store, photo.id, photo), retag(library._store, photo.id, add=["x"])):
        with pytest.raises(NotFound, match="red-barn"):
            await work


async def test_a_link_that_may_not_be_shown_changes_nothing(library: Library) -> None:
    before = await library.photo("red-barn")
    with pytest.raises(BadRecord):
        await library.edit("red-barn", Record(title="x", page_url="javascript:alert(1)"))
    assert await library.photo("red-barn") == before


# Tags


async def test_tags_are_given_in_lower_case_and_once(library: Library) -> None:
    photo = await library.retag("red-barn", add=["Warm Tones", "warm tones", "a;b"])
    assert sorted(names(photo)) == ["a", "b", "warm tones"]


async def test_a_tag_is_taken_away_whoever_gave_it(library: Library) -> None:
    await library.retag("red-barn", add=["mine"])
    photo = await library.retag("red-barn", remove=["farm", "MINE"])
    assert {"farm", "mine"}.isdisjoint(tag.name for tag in photo.tags)


async def test_a_photo_is_found_by_a_tag_as_long_as_it_has_it(library: Library) -> None:
    await library.retag("red-barn", add=["mine"])
    assert [hit.photo.id for hit in (await library.find("tag:mine")).hits] == ["red-barn"]
    await library.retag("red-barn", remove=["mine"])
    assert not (await library.find("tag:mine")).hits


async def test_a_tag_that_is_not_there_can_t_be_taken_away(library: Library) -> None:
    before = await library.photo("red-barn")
    with pytest.raises(BadRecord, match=r"no tag 'nothing'.*farm"):
        await library.retag("red-barn", add=["x"], remove=["nothing"])
    assert await library.photo("red-barn") == before


async def test_a_tag_that_is_too_long_is_refused(library: Library) -> None:
    assert names(await library.retag("red-barn", add=["x" * LONGEST_TAG]))
    with pytest.raises(BadRecord, match="too long"):
        await library.retag("red-barn", add=["y" * (LONGEST_TAG + 1)])


async def test_a_photo_takes_only_so_many_tags(library: Library) -> None:
    every = [f"tag{n}" for n in range(MOST_TAGS)]
    await library.retag("red-barn", add=every)
    with pytest.raises(BadRecord, match=f"at most {MOST_TAGS} tags"):
        await library.retag("red-barn", add=["more"])


async def test_a_tag_that_is_there_or_makes_room_counts_for_nothing(library: Library) -> None:
    every = [f"tag{n}" for n in range(MOST_TAGS)]
    await library.retag("red-barn", add=every)
    await library.retag("red-barn", add=["tag0"])
    assert "more" in names(await library.retag("red-barn", add=["more"], remove=["tag0"]))


# Removing


async def test_a_removed_photo_is_gone_with_its_tags_and_words(library: Library) -> None:
    await library.remove("red-barn")
    assert await library.count() == 1
    assert not await library.holds("red-barn")
    assert "farm" not in dict(await library.tags())
    assert "Ana" not in dict(await library.photographers())
    assert all(hit.photo.id != "red-barn" for hit in (await library.find("red barn")).hits)


async def test_a_file_that_was_brought_goes_with_its_photo(library: Library, picture: bytes) -> None:
    photo, _ = await library.add(picture, "x.jpg", Record("Ann"))
    await library.remove(photo.id)
    assert photo.path is not None and not Path(photo.path).exists()


async def test_a_file_that_was_imported_stays(library: Library, photos: Path) -> None:
    await library.remove("red-barn")
    assert (photos / "red-barn.jpg").is_file()


async def test_a_photo_that_was_removed_may_come_in_again(library: Library, picture: bytes) -> None:
    first, _ = await library.add(picture, "x.jpg", Record("Ann"))
    await library.remove(first.id)
    again, is_new = await library.add(picture, "x.jpg", Record("Bob"))
    assert (is_new, again.photographer.name) == (True, "Bob")
    assert (await library.find("magenta")).hits[0].photo.id == again.id


async def test_a_library_that_was_changed_is_sound(library: Library, picture: bytes) -> None:
    await library.add(picture, "x.jpg", Record("Ann", tags=("one",)))
    await library.edit("red-barn", Record(title="x"))
    await library.retag("blue-lake", add=["y"], remove=["water"])
    await library.remove("red-barn")
    assert await library.check() == []
