"""What holds for a store whichever engine keeps it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from core.errors import LibraryError
from core.photos import Colour, Photo, Photographer, Tag
from core.query import parse
from core.store import Arrival, Space, Store, Stores
from core.store.values import BoardRow, ChangeRow, NameTaken

ENGINES = ("sqlite", "postgres")
DIMENSIONS = 16
BARN = Photo(
    "Red-Barn",
    "table",
    Photographer("Ana Núñez", "ana", "https://ana.example"),
    title="The barn below the mountains",
    description="Foxes running at dusk",
    tags=(Tag("farm"), Tag("quiet", "file"), Tag("red", "auto", 0.9)),
    width=640,
    height=960,
    average_colour="#d00000",
    colours=(Colour("#d00000", 0.7), Colour("#101010", 0.3)),
    place="Oslo, Norway",
    taken_at=datetime(2021, 5, 4, 12, tzinfo=UTC),
    licence="CC-BY-4.0",
    content_hash="a" * 64,
    phash=2**64 - 5,
    path="/photos/red-barn.jpg",
)
LAKE = Photo("lake", "folder", title="A lake", width=100, height=100, published_at=datetime(2023, 1, 1, tzinfo=UTC))


def arrival(photo: Photo, key: str = "") -> Arrival:
    return Arrival(key or f"file:/photos/{photo.id}", photo, "hash", 1000, 2**60)


def unit(count: int, seed: int = 0, dimensions: int = DIMENSIONS) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((count, dimensions)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


async def filled(store: Store, count: int) -> tuple[Space, np.ndarray]:
    space, vectors = await store.named_space("e", "1", DIMENSIONS), unit(count)
    photos = [arrival(Photo(f"p{i}", "table", width=i)) for i in range(count)]
    await store.write_photos(photos, [(space, vector) for vector in vectors])
    return space, vectors


async def found(store: Store, query: str) -> list[int]:
    numbers = await store.filters.matching(parse(query).filters)
    assert numbers is not None
    return numbers.tolist()


# Photos


async def test_a_photo_is_read_as_it_was_written(store: Store) -> None:
    assert await store.write_photos([arrival(BARN), arrival(LAKE)], [None, None]) == [1, 2]
    photos = await store.photos.get([1, 2, 3])
    ordered = replace(BARN, tags=(Tag("farm"), Tag("quiet", "file"), Tag("red", "auto", 0.9)))
    assert photos == {1: ordered, 2: LAKE}
    assert (await store.photos.count(), await store.photos.newest()) == (2, 2)
    assert (await store.photos.numbers()).tolist() == [1, 2]
    assert await store.photos.totals() == (2, 1, 3)


async def test_ids_differ_by_more_than_case(store: Store) -> None:
    await store.write_photos([arrival(BARN), arrival(replace(LAKE, id="RED-BARN"), "other")], [None, None])
    assert await store.photos.numbers_of(["red-barn", "RED-barn", "none"]) == {"red-barn": 1, "RED-barn": 1}
    assert (await store.photos.ids_like("red", 5))[0] == "Red-Barn"
    photo = (await store.photos.get([2]))[2]
    assert photo.id.startswith("RED-BARN-") and await store.photos.by_id(photo.id.lower()) == photo
    assert await store.photos.by_id("nobody") is None


async def test_the_same_key_again_changes_the_photo_and_keeps_what_users_gave(store: Store) -> None:
    await store.write_photos([arrival(BARN)], [None])
    await store.photos.retag(1, ["mine"], ["farm"])
    await store.photos.write_alike({1: 1})
    changed = replace(BARN, id="another", title="Shed", tags=(Tag("wood"),), colours=(Colour("#00ff00", 1.0),))
    assert await store.write_photos([arrival(changed, "file:/photos/Red-Barn")], [None]) == [1]
    photo = (await store.photos.get([1]))[1]
    assert (photo.id, photo.title, photo.colours) == ("Red-Barn", "Shed", changed.colours)
    assert {tag.name for tag in photo.tags} == {"mine", "wood"}
    assert (await store.photos.looks(grouped=False))[0].alike is None


async def test_numbers_are_never_given_again(store: Store) -> None:
    await store.write_photos([arrival(BARN), arrival(LAKE)], [None, None])
    await store.remove_photos([2])
    assert await store.write_photos([arrival(LAKE)], [None]) == [3]
    assert (await store.photos.numbers()).tolist() == [1, 3]


async def test_all_of_a_batch_is_written_or_nothing(store: Store) -> None:
    missing = Space(99, "no such space", "", DIMENSIONS)
    broken = np.array([["no number"]], object)
    with pytest.raises(Exception, match=r"no number|could not convert"):
        await store.write_photos([arrival(BARN)], [(missing, broken)])
    assert await store.photos.count() == 0
    assert not (await store.words.holding_phrase("barn")).size


async def test_what_is_known_is_found_by_key_and_by_content(store: Store) -> None:
    await store.write_photos([arrival(BARN), arrival(LAKE)], [None, None])
    keys = [f"key-{i}" for i in range(2500)]
    known = await store.photos.known(["file:/photos/Red-Barn", *keys])
    assert [(one.n, one.id, one.file_size, one.file_mtime_ns) for one in known.values()] == [
        (1, "Red-Barn", 1000, 2**60)
    ]
    assert await store.photos.keys_under("file:/photos/") == {
        "file:/photos/Red-Barn": "Red-Barn", "file:/photos/lake": "lake",
    }  # fmt: skip
    assert await store.photos.keys_under("file:/photos/R_") == {}
    assert await store.photos.with_content("a" * 64) == "Red-Barn"
    assert await store.photos.hashes() == {"a" * 64}
    assert [(row.n, row.path) for row in await store.photos.pictured()] == [(1, "/photos/red-barn.jpg")]
    assert [row[:3] for row in await store.photos.looks(grouped=False)] == [(1, None, -5)]
    assert await store.photos.looks(grouped=False, after=1) == []


async def test_looks_are_found_by_their_hash(store: Store) -> None:
    hashes = [-5, 2**63 - 1, 0, 0b11, 0b111 | 0b111 << 21 | 0b111 << 42]
    await store.write_photos([arrival(replace(BARN, id=f"p{h}", phash=h)) for h in hashes], [None] * len(hashes))
    await store.photos.write_alike({1: 1, 2: 2, 4: 4, 5: 5})
    assert [row.n for row in await store.photos.looks(grouped=True)] == [1, 2, 4, 5]

    async def near(*wanted: int) -> set[int]:
        return {row.phash for row in await store.photos.looks_near(np.array(wanted, np.int64).view(np.uint64))}

    assert await near(0) == {0b11}
    assert await near(-5 ^ 0b11 << 30, 0b11 << 40) == {-5, 0b11, 2**63 - 1}  # near in one band, if not as a whole


async def test_tags_and_photographers_are_counted(store: Store) -> None:
    await store.write_photos([arrival(BARN), arrival(replace(LAKE, tags=(Tag("farm"), Tag("far"))))], [None, None])
    assert await store.photos.tags("far", 10) == [("farm", 2), ("far", 1)]
    assert await store.photos.tags("f_r", 10) == []
    assert await store.photos.photographers() == [("Ana Núñez", 1)]


async def test_the_newest_stand_first(store: Store) -> None:
    await store.write_photos([arrival(BARN), arrival(LAKE), arrival(Photo("now", "table"))], [None] * 3)
    assert await store.photos.places_by_age() == {3: 0, 2: 1, 1: 2}


async def test_automatic_tags_are_replaced_and_others_stay(store: Store) -> None:
    await store.write_photos([arrival(BARN)], [None])
    await store.photos.write_auto_tags({1: [Tag("blue", "auto", 0.8)]})
    tags = {(tag.name, tag.origin) for tag in (await store.photos.get([1]))[1].tags}
    assert tags == {("farm", "source"), ("quiet", "file"), ("blue", "auto")}


async def test_groups_of_near_duplicates_are_kept(store: Store) -> None:
    await store.write_photos([arrival(BARN), arrival(LAKE)], [None, None])
    await store.photos.write_alike({2: 1})
    assert await store.photos.alike([1, 2]) == {1: 1, 2: 1}


# Words


@pytest.mark.parametrize(
    ("phrase", "holds"),
    [
        ("barn", True), ("Mountain", True), ("fox", True), ("run", True), ("nunez", True), ("NÚÑEZ", True),
        ("below the mountains", True), ("mountains below", False), ("mountains foxes", False), ("quiet", True),
        ("red", False), ("oslo, norway", True), ("ana", True), ("bar", False), ("!", False), ("the", True),
    ],
)  # fmt: skip
async def test_words_are_found_in_their_forms_and_phrases_within_one_text(
    store: Store, phrase: str, holds: bool
) -> None:
    await store.write_photos([arrival(BARN), arrival(LAKE)], [None, None])
    assert (await store.words.holding_phrase(phrase)).tolist() == ([1] if holds else [])


async def test_coverage_is_the_share_of_what_the_words_tell(store: Store) -> None:
    await store.write_photos([arrival(BARN), arrival(LAKE)], [None, None])
    matches = await store.words.match(["barn", "lake", "saturn"])
    assert matches.photos.tolist() == [1, 2]
    assert np.allclose(matches.coverage, 0.4)
    assert not (await store.words.match([])).photos.size


async def test_a_word_that_very_many_photos_hold_is_left_out_of_what_words_tell(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for engine in ("sqlite", "postgres"):
        monkeypatch.setattr(f"core.store.{engine}.words.COMMON", 2)
    titles = ("foggy harbour", "foggy street", "foggy lake", "street")
    await store.write_photos(
        [arrival(replace(BARN, id=title, title=title, tags=())) for title in titles], [None] * len(titles)
    )
    matches = await store.words.match(["foggy", "street"])
    assert (matches.photos.tolist(), matches.coverage.tolist()) == ([2, 4], [1.0, 1.0])
    assert not (await store.words.match(["foggy"])).photos.size
    assert (await store.words.holding_phrase("foggy")).tolist() == [1, 2, 3]


async def test_words_follow_edits_and_tags(store: Store) -> None:
    await store.write_photos([arrival(BARN)], [None])
    await store.photos.edit(1, replace(BARN, title="Shed", photographer=Photographer("Cleo")))
    await store.photos.retag(1, ["harvest"], ["farm"])
    holding = {
        word: (await store.words.holding_phrase(word)).tolist() for word in ("barn", "shed", "cleo", "harvest", "farm")
    }
    assert holding == {"barn": [], "shed": [1], "cleo": [1], "harvest": [1], "farm": []}
    assert await store.words.lacking() == []


@pytest.mark.parametrize("text", ["it's 3d, 1e5 & x_y", "東京タワー at night", "a\\b 'quoted' | : * ( !", "ﬁn ① ß"])
async def test_any_text_is_kept_and_found_by_itself(store: Store, text: str) -> None:
    await store.write_photos([arrival(replace(LAKE, title=text, tags=(Tag(text.lower()),)))], [None])
    assert (await store.words.holding_phrase(text)).tolist() == [1]
    assert (await store.photos.get([1]))[1].title == text


# Vectors


async def test_vectors_are_read_as_they_were_written(store: Store) -> None:
    space, vectors = await filled(store, 5)
    assert (await store.vectors.spaces(), await store.vectors.space("e", "1")) == ([space], space)
    kept = await store.vectors.get(space, [1, 5, 77])
    assert sorted(kept) == [1, 5] and np.allclose(kept[5], vectors[4], atol=1e-3)
    assert kept[5].tobytes() == (await store.vectors.changes(space)).vectors[4].tobytes()
    assert (await store.vectors.counts(), await store.vectors.count(space)) == ({space.id: 5}, 5)


async def test_changes_since_a_revision_are_told_once(store: Store) -> None:
    space, vectors = await filled(store, 3)
    first = await store.vectors.changes(space)
    assert (first.photos.tolist(), first.removed.tolist()) == ([1, 2, 3], [])
    assert first.revision == await store.vectors.revision(space)
    await store.vectors.write(space, {2: vectors[0]})
    await store.remove_photos([3])
    second = await store.vectors.changes(space, first.revision)
    assert (second.photos.tolist(), second.removed.tolist()) == ([2], [3])
    last = await store.vectors.changes(space, second.revision)
    assert (last.photos.size, last.removed.size, last.revision) == (0, 0, second.revision)
    assert await store.vectors.count(space) == 2


async def test_a_sample_is_spread_evenly_and_always_the_same(store: Store) -> None:
    space, vectors = await filled(store, 50)
    sample = await store.vectors.sample(space, 10)
    assert sample.shape == (10, DIMENSIONS)
    assert np.allclose(sample, vectors[4::5], atol=1e-3)
    assert (await store.vectors.sample(space, 10)).tobytes() == sample.tobytes()
    assert len(await store.vectors.sample(space, 500)) == 50


async def test_pictures_that_lack_a_vector_are_told_and_those_that_have_one_lend_it(store: Store) -> None:
    space = await store.named_space("e", "1", DIMENSIONS)
    other = replace(BARN, id="b", content_hash="b" * 64)
    await store.write_photos([arrival(BARN), arrival(other), arrival(LAKE)], [(space, unit(1)[0]), None, None])
    assert await store.vectors.lacking(space) == {2}
    assert set(await store.vectors.by_content(space, ["a" * 64, "b" * 64])) == {"a" * 64}


async def test_vectors_that_only_name_their_encoder_share_the_space_of_its_weights(store: Store) -> None:
    unknown = await store.named_space("e", "", DIMENSIONS)
    assert await store.named_space("e", "", DIMENSIONS) == unknown
    known = await store.named_space("e", "1", DIMENSIONS)
    assert (known.id, known.fingerprint) == (unknown.id, "1")
    assert await store.named_space("e", "", DIMENSIONS) == known
    assert (await store.named_space("e", "2", 32)).id != known.id


async def test_switching_writes_facts_and_drops_a_space_together(store: Store) -> None:
    space, _ = await filled(store, 3)
    await store.switch({"encoder": "x", "fingerprint": "y"}, drop=space)
    assert (await store.fact("encoder"), await store.fact("fingerprint")) == ("x", "y")
    assert (await store.vectors.spaces(), await store.vectors.counts()) == ([], {})


# Filters


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("tag:farm", [1]), ("-tag:farm", [2]), ("by:nunez", [1]), ("-by:ana", [2]), ("place:norway", [1]),
        ("is:portrait", [1]), ("is:square", [2]), ("-is:square", [1]), ("width:>=640", [1]), ("width:50..200", [2]),
        ("color:red", [1]), ("-color:red", [2]), ("before:2022", [1]), ("after:2022", [2]), ("license:cc-by-4.0", [1]),
        ("source:table", [1]), ("tag:farm by:nobody", []), ("by:ana width:>100", [1]),
    ],
)  # fmt: skip
async def test_filters_keep_exactly_what_they_say(store: Store, query: str, numbers: list[int]) -> None:
    await store.write_photos([arrival(BARN), arrival(LAKE)], [None, None])
    for asked in ([1], [2], [1, 2], []):
        met = await store.filters.matching(parse(query).filters, among=np.array(asked, np.int64))
        assert met is not None and met.tolist() == [n for n in asked if n in numbers]
    assert await found(store, query) == numbers
    met = await store.filters.matching(parse(query).filters, among=np.array([2, 7], np.int64))  # now it is remembered
    assert met is not None and met.tolist() == [n for n in (2,) if n in numbers]


async def test_a_filter_is_right_after_every_change(stores: Stores, store: Store, tmp_path: Path) -> None:
    """Whatever was remembered of it: changes of this process and of others, new photos, tags, edits, removals."""
    first, second = await store.write_photos([arrival(BARN), arrival(LAKE)], [None, None])
    assert await found(store, "tag:farm") == [first]
    await store.photos.retag(second, ["farm"], [])
    assert await found(store, "tag:farm") == [first, second]
    async with stores.open(tmp_path) as other:
        await other.photos.retag(first, [], ["farm"])
        assert await found(store, "tag:farm") == [second]
        (third,) = await other.write_photos([arrival(replace(BARN, id="third"))], [None])
        assert await found(store, "tag:farm") == [second, third]
        assert await found(other, "tag:farm") == [second, third]
    await store.remove_photos([second])
    assert await found(store, "tag:farm") == [third]
    assert await found(store, "tag:farm") == [third]


async def test_photos_that_came_in_later_can_be_left_out(store: Store) -> None:
    await filled(store, 5)
    assert await store.filters.matching([]) is None
    later = await store.filters.matching(parse("width:>=1").filters, as_of=3)
    assert later is not None and later.tolist() == [2, 3]
    some = await store.filters.matching((), as_of=3, among=np.array([1, 3, 5]))
    assert some is not None and some.tolist() == [1, 3]
    assert await store.filters.matching((), among=np.array([1, 3, 5])) is None


# Boards


def row(revision: int, name: str = "Autumn", board: str = "b1", **values: object) -> BoardRow:
    moment = f"2025-01-01T00:00:{revision:02}"
    plain = BoardRow(board, revision, name, name.casefold(), None, 0, False, False, "2025-01-01T00:00:00", moment)
    return replace(plain, **values)  # type: ignore[arg-type]


def change(revision: int) -> ChangeRow:
    return ChangeRow(revision, "2025-01-01", "web:1", "Ann", "noted", '{"a": "ü\\u0000"}', "side")


async def test_a_change_is_written_on_top_of_the_one_before_and_nowhere_else(store: Store) -> None:
    assert await store.boards.append(row(1), change(1))
    assert not await store.boards.append(row(1), change(1))
    assert not await store.boards.append(row(3), change(3))
    assert await store.boards.append(row(2, "Winter"), change(2))
    assert await store.boards.changes("b1") == [change(1), change(2)]
    assert await store.boards.changes("b1", after=1) == [change(2)]
    assert await store.boards.row("b1") == row(2, "Winter")


async def test_a_name_is_one_board_s_until_that_is_deleted(store: Store) -> None:
    await store.boards.append(row(1), change(1))
    with pytest.raises(NameTaken):
        await store.boards.append(row(1, board="b2"), change(1))
    await store.boards.append(row(2, deleted=True), change(2))
    assert await store.boards.append(row(1, board="b2"), change(1))
    assert await store.boards.named("autumn") == row(1, board="b2")
    assert await store.boards.named("autumn", deleted=True) == row(2, deleted=True)
    assert [one.id for one in await store.boards.rows()] == ["b2"]
    assert await store.boards.purge("2024") == 0
    assert await store.boards.purge("2026") == 1
    assert (await store.boards.row("b1"), await store.boards.changes("b1")) == (None, [])


async def test_a_channel_means_the_board_that_was_changed_last(store: Store) -> None:
    await store.boards.append(row(1, channel="c"), change(1))
    await store.boards.append(row(1, "Winter", "b2", channel="c", changed_at="2026"), change(1))
    meant = await store.boards.of_channel("c")
    assert meant is not None and meant.id == "b2"
    await store.boards.append(row(2, "Winter", "b2", channel="c", archived=True), change(2))
    meant = await store.boards.of_channel("c")
    assert meant is not None and meant.id == "b1"
    assert [one.id for one in await store.boards.rows(archived=True)] == ["b2"]


# The rest


async def test_what_is_derived_is_kept_under_its_stamp(store: Store) -> None:
    await store.write_derived("words", "1", b"\x00\xff")
    assert (await store.derived("words", "1"), await store.derived("words", "2")) == (b"\x00\xff", None)
    await store.write_derived("words", "2", b"new")
    assert (await store.derived("words", "1"), await store.derived("words", "2")) == (None, b"new")


async def test_a_new_store_is_sound(store: Store) -> None:
    await filled(store, 3)
    assert await store.problems() == []


async def test_a_library_is_made_once(stores: Stores, tmp_path: Path) -> None:
    assert not await stores.exists(tmp_path)
    assert await stores.create(tmp_path, {"encoder": "a"})
    assert not await stores.create(tmp_path, {"encoder": "b"})
    async with stores.open(tmp_path) as opened:
        assert await opened.fact("encoder") == "a"


async def test_one_lock_is_held_at_a_time_and_ends(stores: Stores, store: Store, tmp_path: Path) -> None:
    async with stores.open(tmp_path) as other:
        async with store.lock():
            with pytest.raises(LibraryError, match="Another import"):
                async with other.lock():
                    pass
            waiting = asyncio.create_task(held(other))
            await asyncio.sleep(0.2)
            assert not waiting.done()
        await asyncio.wait_for(waiting, 5)


async def held(store: Store) -> None:
    async with store.lock(10):
        pass


async def test_two_open_stores_notice_each_other_s_changes(stores: Stores, store: Store, tmp_path: Path) -> None:
    async with stores.open(tmp_path) as other:
        for write in (store.write_facts(a="1"), store.write_photos([arrival(BARN)], [None])):
            mine, theirs = await store.version(), await other.version()
            await write
            assert await store.version() != mine or await other.version() != theirs
            for _ in range(500):
                if await other.version() != theirs:
                    break
                await asyncio.sleep(0.01)
            assert await other.version() != theirs
        assert (await other.fact("a"), await other.photos.count()) == ("1", 1)


async def test_no_reader_of_revisions_misses_a_writer(stores: Stores, store: Store, tmp_path: Path) -> None:
    space, vectors = await filled(store, 40)
    seen: list[int] = []
    since = (await store.vectors.changes(space)).revision
    async with stores.open(tmp_path) as one, stores.open(tmp_path) as other:
        writing = [
            asyncio.create_task((one, other)[n % 2].vectors.write(space, {n: vectors[n - 1]})) for n in range(1, 41)
        ]
        while len(seen) < 40:
            changes = await store.vectors.changes(space, since)
            seen += changes.photos.tolist()
            since = changes.revision
            await asyncio.sleep(0)
        await asyncio.gather(*writing)
    assert sorted(seen) == list(range(1, 41))
