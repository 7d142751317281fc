"""A team's own photos and shared collections, asked and changed as if they were one library."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from core.curation import Record
from core.errors import BadImage, BadQuery, BadRecord, NotFound
from core.library import Library
from core.query import parse
from core.sources.detect import open_source
from core.workspace import Embedded, Found, Workspace
from tests.conftest import OpenLibrary, draw_photo
from tests.fakes.encoder import ColourEncoder

OWN = (("red-barn", "#e01010"), ("blue-lake", "#1030e0"), ("green-hill", "#10c010"))
BRAND = (("red-logo", "#d80808"), ("yellow-cab", "#d8d800"), ("blue-shoe", "#0828d8"))


async def fill(library: Library, folder: Path, photos: Sequence[tuple[str, str]], who: str, *, seed: int = 0) -> None:
    for number, (name, colour) in enumerate(photos, seed):
        data = draw_photo(folder / f"{name}.jpg", colour, seed=number).read_bytes()
        await library.add(data, f"{name}.jpg", Record(who, tags=(who.lower(), name.partition("-")[0])))


@pytest.fixture
async def own(open_library: OpenLibrary, tmp_path: Path) -> AsyncIterator[Library]:
    async with open_library(name="own") as library:
        await fill(library, tmp_path / "drawn", OWN, "Ann")
        yield library


@pytest.fixture
async def brand(open_library: OpenLibrary, tmp_path: Path) -> AsyncIterator[Library]:
    async with open_library(name="brand") as library:
        await fill(library, tmp_path / "drawn", BRAND, "Brand", seed=50)
        yield library


@pytest.fixture
async def workspace(own: Library, brand: Library) -> AsyncIterator[Workspace]:
    opened = Workspace(own, {"brand": brand})
    yield opened
    await opened.close()


def ids(found: Found) -> list[str]:
    return [hit.photo.id for hit in found.hits]


async def pages(workspace: Workspace, query: str, limit: int, **given: object) -> list[str]:
    """Return the ids of all pages of an answer, one after the other."""
    found = await workspace.find(parse(query), limit=limit, **given)  # type: ignore[arg-type]
    every = ids(found)
    while found.next_offset is not None:
        found = await workspace.find(
            parse(query), limit=limit, offset=found.next_offset, as_of=found.as_of, **given  # type: ignore[arg-type]
        )  # fmt: skip
        every += ids(found)
    return every


# Finding


async def test_photos_of_a_collection_carry_its_name(workspace: Workspace) -> None:
    found = await workspace.find(parse("red"), limit=9)
    assert sorted(ids(found)[:2]) == ["brand/red-logo", "red-barn"]


async def test_a_workspace_without_collections_has_its_own_photos_only(own: Library) -> None:
    alone = Workspace(own, {})
    assert sorted(await pages(alone, "red", 2)) == ["blue-lake", "green-hill", "red-barn"]
    assert await alone.count() == 3


async def test_an_empty_library_leaves_the_answer_to_the_collections(open_library: OpenLibrary, brand: Library) -> None:
    async with open_library(name="empty") as empty:
        assert ids(await Workspace(empty, {"brand": brand}).find(parse("yellow")))[0] == "brand/yellow-cab"


async def test_hits_of_all_libraries_stand_in_one_order(workspace: Workspace) -> None:
    found = await workspace.find(parse("blue"), limit=9)
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)
    assert [hit.rank for hit in found.hits] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("query", ["red", "sort:new", "sort:random", "blue sort:random", "-red", "width:>=1"])
async def test_pages_of_several_libraries_show_each_photo_once(workspace: Workspace, query: str) -> None:
    shown = await pages(workspace, query, 2)
    assert len(shown) == len(set(shown))
    assert shown == await pages(workspace, query, 4)


@pytest.mark.parametrize("query", ["sort:new", "sort:random"])
async def test_pages_do_not_repeat_where_one_library_is_much_larger(
    workspace: Workspace, own: Library, tmp_path: Path, query: str
) -> None:
    for seed in range(12):
        draw_photo(tmp_path / "more" / f"p{seed}.jpg", f"#{seed * 20:02x}10{240 - seed * 20:02x}", seed=200 + seed)
    await own.import_from(open_source(str(tmp_path / "more")))
    shown = await pages(workspace, query, 4)
    assert len(shown) == len(set(shown)) == 18


async def test_the_newest_photo_of_all_libraries_stands_first(open_library: OpenLibrary, tmp_path: Path) -> None:
    async with open_library(name="a") as first, open_library(name="b") as second:
        for library, name, years in ((first, "a", (2001, 2005)), (second, "b", (2003, 2007))):
            rows = [f"{name}{year}.jpg,{year}-01-01" for year in years]
            for year in years:
                draw_photo(tmp_path / name / "in" / f"{name}{year}.jpg", "#808080", seed=year)
            table = tmp_path / name / "in" / "photos.csv"
            table.write_text("\n".join(["file,taken", *rows]))
            await library.import_from(open_source(str(table)))
        assert await pages(Workspace(first, {"b": second}), "sort:new", 3) == ["b/b2007", "a2005", "b/b2003", "a2001"]


async def test_photos_that_come_in_between_pages_do_not_shift_them(
    workspace: Workspace, own: Library, tmp_path: Path
) -> None:
    whole = await pages(workspace, "red", 9)
    first = await workspace.find(parse("red"), limit=3)
    await fill(own, tmp_path / "later", [("reddest", "#ff0000")], "Ann", seed=90)
    second = await workspace.find(parse("red"), limit=3, offset=3, as_of=first.as_of)
    assert ids(first) + ids(second) == whole


async def test_a_library_that_was_empty_on_the_first_page_stays_out_of_the_next(
    open_library: OpenLibrary, brand: Library, tmp_path: Path
) -> None:
    async with open_library(name="empty") as empty:
        workspace = Workspace(empty, {"brand": brand})
        first = await workspace.find(parse("red"), limit=2)
        await fill(empty, tmp_path / "later", [("reddest", "#ff0000")], "Ann", seed=90)
        second = await workspace.find(parse("red"), limit=2, offset=2, as_of=first.as_of)
    assert sorted(ids(first) + ids(second)) == ["brand/blue-shoe", "brand/red-logo", "brand/yellow-cab"]


async def test_a_page_beyond_the_last_is_empty(workspace: Workspace) -> None:
    found = await workspace.find(parse("red"), limit=9, offset=90)
    assert (found.hits, found.next_offset) == ((), None)


async def test_a_photo_finds_those_like_it_in_every_library(workspace: Workspace) -> None:
    assert (await pages(workspace, "like:red-barn", 2))[0] == "brand/red-logo"
    assert (await pages(workspace, "like:brand/blue-shoe", 2))[0] == "blue-lake"


async def test_a_photo_is_no_hit_of_its_own_likeness(workspace: Workspace) -> None:
    assert "brand/blue-shoe" not in await pages(workspace, "like:brand/blue-shoe", 2)
    assert "red-barn" not in await pages(workspace, "like:red-barn", 2)


async def test_a_photo_to_be_unlike_counts_in_every_library(workspace: Workspace) -> None:
    shown = await pages(workspace, "-like:brand/red-logo", 9)
    assert "red-barn" in shown[-2:]


async def test_a_picture_finds_those_like_it_in_every_library(workspace: Workspace, tmp_path: Path) -> None:
    shown = await workspace.embed(draw_photo(tmp_path / "asked.jpg", "#e00808", seed=77).read_bytes(), "asked.jpg")
    found = await pages(workspace, "", 2, shown=(shown,))
    assert sorted(found[:2]) == ["brand/red-logo", "red-barn"]


async def test_a_picture_is_embedded_once_by_each_encoder(open_library: OpenLibrary, own: Library) -> None:
    async with open_library(ColourEncoder("other"), name="other") as other:
        embedded = await Workspace(own, {"other": other}).embed(
            draw_photo(own.folder / "asked.jpg", "#e00808").read_bytes()
        )
    assert set(embedded.vectors) == {"colours", "other"}


async def test_a_library_with_another_encoder_is_not_compared_with_foreign_vectors(
    open_library: OpenLibrary, own: Library, tmp_path: Path
) -> None:
    async with open_library(ColourEncoder("other"), name="other") as other:
        await fill(other, tmp_path / "other", [("red-flag", "#f00000")], "Eve", seed=60)
        workspace = Workspace(own, {"other": other})
        assert all(not photo_id.startswith("other/") for photo_id in await pages(workspace, "like:red-barn", 9))
        shown = Embedded({"other": (await other.vector_of("red-flag"))})  # type: ignore[dict-item]
        assert await pages(workspace, "", 9, shown=(shown,)) == ["other/red-flag"]


async def test_a_broken_picture_is_refused(workspace: Workspace) -> None:
    with pytest.raises(BadImage):
        await workspace.embed(b"no picture", "x.jpg")


async def test_nothing_asked_for_is_refused(workspace: Workspace) -> None:
    with pytest.raises(BadQuery, match="sunset over ocean"):
        await workspace.find(parse(""))


# Single photos


@pytest.mark.parametrize(("typed", "shown"), [("red-barn", "red-barn"), ("brand/red-logo", "brand/red-logo")])
async def test_a_photo_is_found_under_the_id_that_people_type(workspace: Workspace, typed: str, shown: str) -> None:
    assert (await workspace.photo(typed)).id == shown


async def test_a_collection_s_name_may_be_left_out_where_the_team_has_no_such_id(workspace: Workspace) -> None:
    assert (await workspace.photo("yellow-cab")).id == "brand/yellow-cab"


async def test_a_team_s_own_photo_goes_before_a_collection_s_of_the_same_id(
    workspace: Workspace, own: Library, tmp_path: Path
) -> None:
    await fill(own, tmp_path / "same", [("yellow-cab", "#c8c800")], "Ann", seed=80)
    assert (await workspace.photo("yellow-cab")).photographer.name == "Ann"
    assert (await workspace.photo("brand/yellow-cab")).photographer.name == "Brand"


async def test_an_unknown_photo_is_named_with_those_that_begin_alike(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match=r"red-born.*red-barn"):
        await workspace.photo("red-born")
    with pytest.raises(NotFound, match=r"brand/red-logo|red-logo"):
        await workspace.photo("brand/red-lego")


async def test_a_likeness_to_an_unknown_photo_is_refused(workspace: Workspace) -> None:
    for query in ("like:nothing", "like:brand/nothing", "red -like:nothing"):
        with pytest.raises(NotFound):
            await workspace.find(parse(query))


async def test_a_photo_is_held_by_the_library_that_its_id_names(
    workspace: Workspace, own: Library, brand: Library
) -> None:
    assert workspace.library_of(await workspace.photo("red-barn")) is own
    assert workspace.library_of(await workspace.photo("yellow-cab")) is brand


async def test_every_photo_has_its_photographer_s_credit(workspace: Workspace) -> None:
    assert workspace.credit(await workspace.photo("brand/red-logo")).text == "Photo by Brand"


# What may be typed


async def test_tags_of_all_libraries_are_counted_together(workspace: Workspace) -> None:
    assert dict(await workspace.tags("red"))["red"] == 2
    assert dict(await workspace.tags("ann")) == {"ann": 3}


async def test_photographers_of_all_libraries_are_listed(workspace: Workspace) -> None:
    assert sorted(await workspace.photographers()) == [("Ann", 3), ("Brand", 3)]
    assert list(await workspace.photographers("bra")) == [("Brand", 3)]


async def test_ids_begin_as_typed(workspace: Workspace) -> None:
    assert await workspace.ids("red") == ["red-barn"]
    assert await workspace.ids("brand/red") == ["brand/red-logo"]
    assert await workspace.ids("zzz") == []


async def test_tags_are_known_at_once_to_all_who_ask_at_first(workspace: Workspace) -> None:
    every = await asyncio.gather(*(workspace.tags("ann") for _ in range(5)))
    assert [list(counts) for counts in every] == [[("ann", 3)]] * 5


async def test_a_new_tag_is_among_the_current_ones(workspace: Workspace) -> None:
    await workspace.tags()
    await workspace.retag("red-barn", add=["fresh"])
    assert list(await workspace.tags("fresh", current=True)) == [("fresh", 1)]


async def test_a_completion_does_not_wait_for_what_has_changed(workspace: Workspace) -> None:
    await workspace.tags()
    await workspace.retag("red-barn", add=["fresh"])
    assert list(await workspace.tags("fresh")) == []
    await asyncio.sleep(0.1)
    assert list(await workspace.tags("fresh")) == [("fresh", 1)]


# Changing


async def test_a_photo_is_added_to_the_team_s_own_library(
    workspace: Workspace, own: Library, brand: Library, tmp_path: Path
) -> None:
    data = draw_photo(tmp_path / "new.jpg", "#c010c0", seed=99).read_bytes()
    photo, is_new = await workspace.add(data, "new.jpg", Record("Cleo"))
    assert (photo.id, is_new, await own.count(), await brand.count()) == ("new", True, 4, 3)


async def test_the_same_bytes_are_there_once(workspace: Workspace, tmp_path: Path) -> None:
    data = draw_photo(tmp_path / "new.jpg", "#c010c0", seed=99).read_bytes()
    await workspace.add(data, "new.jpg", Record("Cleo"))
    photo, is_new = await workspace.add(data, "other.jpg", Record("Bob"))
    assert (photo.id, photo.photographer.name, is_new) == ("new", "Cleo", False)


async def test_a_photo_of_a_collection_is_never_changed(workspace: Workspace, brand: Library) -> None:
    before = await brand.photo("red-logo")
    for change in (
        workspace.edit("brand/red-logo", Record(title="x")),
        workspace.retag("red-logo", add=["x"]),
        workspace.remove("brand/red-logo"),
    ):
        with pytest.raises(BadRecord, match="shared collection brand"):
            await change
    assert await brand.photo("red-logo") == before


async def test_a_team_s_own_photo_is_changed_and_removed(workspace: Workspace) -> None:
    assert (await workspace.edit("red-barn", Record(title="Barn"))).title == "Barn"
    assert "old" in {tag.name for tag in (await workspace.retag("red-barn", add=["old"])).tags}
    await workspace.remove("red-barn")
    with pytest.raises(NotFound):
        await workspace.photo("red-barn")


async def test_what_is_taken_out_is_found_no_more(workspace: Workspace) -> None:
    await workspace.remove("red-barn")
    assert "red-barn" not in await pages(workspace, "red", 9)
    assert await workspace.count() == 5
