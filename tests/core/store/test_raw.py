"""A library's rows as they stand: the same values, and the same checksums, whichever engine keeps them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.photos import Photo, Tag
from core.store import Store, StoreOptions, Stores
from core.store.raw import COPYING, PHOTO_COLUMNS, BoardRows, Head, PhotoRows
from core.store.values import BoardRow, ChangeRow, Space
from tests.core.store.test_store import BARN, LAKE, arrival, found, unit

ENGINES = ("sqlite", "postgres")
SPACE = Space(3, "e", "1", 4)
VECTOR = np.array([1.0, -0.0, 6e-8, 0.25], "<f2").tobytes()


def photo_rows(n: int, **changes: object) -> PhotoRows:
    values = {
        "id": f"p{n}", "source": "table", "photographer_name": "Ana", "title": f"The {n}th barn", "width": 10,
        "phash": -5, "key": f"file:/p{n}", "record_hash": "h", "file_size": 2**40, "alike": 1,
        "imported_at": "2024-01-01T00:00:00.000+00:00", "content_hash": f"{n}" * 64,
    } | changes  # fmt: skip
    return PhotoRows(
        n,
        tuple(values.get(name) for name in PHOTO_COLUMNS),
        (("farm", "user", None), ("red", "auto", 0.1)),
        ((0, "#d00000", 0.7, 43.1, 68.0, 61.0, 91.3),),
        ((SPACE.id, 7 + n, VECTOR),),
    )


def board(name: str, *, deleted: bool = False, board_id: str = "") -> BoardRows:
    row = BoardRow(board_id or name, 2, name, name, "c1", 1, False, deleted, "2024-01-01", "2024-01-02")
    first = ChangeRow(1, "2024-01-01", "u", "Ana", "made", "{}")
    return BoardRows(row.id, row, (first, ChangeRow(2, "2024-01-02", "v", "Bo", "x", "[]", "side")))


HEAD = Head({"encoder": "e", "created_at": "then"}, (SPACE,), 40)


async def test_rows_come_back_as_they_were_written(store: Store) -> None:
    written = [photo_rows(1), photo_rows(2), PhotoRows(5, vectors=((SPACE.id, 30, None),))]
    await store.raw.write_head(HEAD)
    await store.raw.write_photos(written)
    assert await store.raw.photos(0, 10) == written
    assert await store.raw.photos(0, 2) == written[:2]
    assert await store.raw.photos(2, 10) == written[2:]
    assert await store.raw.head() == HEAD
    assert [rows.checksum() for rows in await store.raw.photos(0, 9)] == [rows.checksum() for rows in written]


async def test_written_rows_are_a_library_like_any_other(store: Store) -> None:
    await store.raw.write_head(HEAD)
    await store.raw.write_photos([photo_rows(1), photo_rows(2), PhotoRows(5, vectors=((SPACE.id, 30, None),))])
    photo = (await store.photos.get([1]))[1]
    assert (photo.title, photo.phash) == ("The 1th barn", 2**64 - 5)
    assert photo.tags == (Tag("farm", "user"), Tag("red", "auto", 0.1))
    assert await found(store, "by:Ana") == [1, 2]
    assert (await store.words.holding_phrase("2th barn")).tolist() == [2]
    assert (await store.words.holding_phrase("farm")).tolist() == [1, 2]
    assert await store.words.lacking() == []
    changes = await store.vectors.changes(SPACE)
    assert (changes.revision, changes.photos.tolist(), changes.removed.tolist()) == (30, [1, 2], [5])
    assert changes.vectors[0].tobytes() == VECTOR
    assert await store.write_photos([arrival(BARN)], [(SPACE, unit(1, dimensions=4)[0])]) == [41]
    assert await store.vectors.revision(SPACE) == 31


async def test_both_engines_read_the_same_of_the_same_library(tmp_path: Path, postgres_url: str) -> None:
    read = []
    for options in (StoreOptions(), StoreOptions(postgres_url)):
        async with Stores(options) as stores:
            await stores.create(tmp_path, {"created_at": "then"})
            async with stores.open(tmp_path) as store:
                space = await store.named_space("e", "1", 16)
                arrivals = [arrival(replace(BARN, title="a\0b")), arrival(LAKE), arrival(Photo("gone", "table"))]
                await store.write_photos(arrivals, [(space, vector) for vector in unit(3)])
                await store.remove_photos([3])
                await store.photos.retag(1, ["Mine"], [])
                await store.boards.append(*_made("b"))
                sums = [replaced(rows).checksum() for rows in await store.raw.photos(0, 9)]
                boards = [rows.checksum() for rows in await store.raw.boards("", 9)]
                read.append((sums, boards, await store.raw.head()))
    assert read[0] == read[1]
    assert len(read[0][0]) == 3 and len(read[0][1]) == 1


def _made(name: str) -> tuple[BoardRow, ChangeRow]:
    row = board(name).board
    assert row is not None
    return replace(row, revision=1), board(name).changes[0]


def replaced(rows: PhotoRows) -> PhotoRows:
    """Return rows without the moment at which they were imported, which differs."""
    return replace(rows, photo=rows.photo and rows.photo[:-1])


async def test_rows_take_the_place_of_what_stood_under_their_number(store: Store) -> None:
    await store.raw.write_head(HEAD)
    await store.raw.write_photos([photo_rows(1), photo_rows(2)])
    bare = replace(photo_rows(2, title="Shed"), tags=(), colours=(), vectors=())
    await store.raw.write_photos([PhotoRows(1), bare])
    assert await store.raw.photos(0, 9) == [bare]
    assert not (await store.words.holding_phrase("barn")).size
    assert (await store.words.holding_phrase("shed")).tolist() == [2]


async def test_an_id_or_a_key_may_be_another_photos_now(store: Store) -> None:
    await store.raw.write_head(HEAD)
    await store.raw.write_photos([photo_rows(1), photo_rows(8), replace(photo_rows(9), vectors=())])
    await store.raw.write_photos([photo_rows(1, id="P9", key="file:/p8")])
    assert [rows.n for rows in await store.raw.photos(0, 9) if rows.photo] == [1]
    assert await store.photos.numbers_of(["p9"]) == {"p9": 1}
    assert (await store.words.holding_phrase("farm")).tolist() == [1]


async def test_boards_come_back_with_their_whole_log(store: Store) -> None:
    await store.raw.write_boards([board("b"), board("a", deleted=True)])
    assert await store.raw.boards("", 9) == [board("a", deleted=True), board("b")]
    assert await store.raw.boards("", 1) == [board("a", deleted=True)]
    assert await store.raw.boards("a", 9) == [board("b")]
    await store.raw.write_boards([BoardRows("a"), replace(board("c", board_id="z"), changes=board("c").changes[:1])])
    assert [rows.id for rows in await store.raw.boards("", 9)] == ["b", "z"]
    of_channel = await store.boards.of_channel("c1")
    assert of_channel is not None and of_channel.channel == "c1"


async def test_a_name_may_be_another_boards_now(store: Store) -> None:
    await store.raw.write_boards([board("x", board_id="old")])
    await store.raw.write_boards([board("x", board_id="a")])
    assert [rows.id for rows in await store.raw.boards("", 9)] == ["a"]
    await store.raw.write_boards([board("x", board_id="b", deleted=True)])
    assert [rows.id for rows in await store.raw.boards("", 9)] == ["a", "b"]


async def test_what_a_copy_says_of_itself_is_kept_apart(store: Store) -> None:
    await store.write_facts(**{COPYING: "it", "old": "1"})
    await store.raw.write_head(HEAD)
    head = await store.raw.head()
    assert (head.facts, head.own) == (HEAD.facts, {COPYING: "it"})
    assert head == HEAD and head.checksum() == HEAD.checksum()


async def test_a_space_that_is_another_now_loses_its_vectors(store: Store) -> None:
    await store.raw.write_head(HEAD)
    await store.raw.write_photos([photo_rows(1)])
    await store.raw.write_head(replace(HEAD, spaces=(replace(SPACE, fingerprint="2"),)))
    assert await store.vectors.count(SPACE) == 1
    await store.raw.write_head(replace(HEAD, spaces=(replace(SPACE, dimensions=8), Space(9, "f", "", 2))))
    assert not any((await store.vectors.counts()).values())
    assert (await store.named_space("g", "", 2)).id == 10


async def test_a_frozen_library_shows_nothing_that_is_written_meanwhile(
    store: Store, stores: Stores, tmp_path: Path
) -> None:
    await store.raw.write_head(HEAD)
    await store.raw.write_photos([photo_rows(1)])
    async with stores.open(tmp_path) as other:
        async with store.raw.frozen() as frozen:
            await other.raw.write_photos([photo_rows(2)])
            await other.photos.retag(1, ["new"], [])
            assert await frozen.photos(0, 9) == [photo_rows(1)]
        assert len(await store.raw.photos(0, 9)) == 2


@pytest.mark.parametrize("part", ["photo", "tags", "colours", "vectors"])
def test_a_checksum_differs_wherever_rows_do(part: str) -> None:
    rows, other = photo_rows(1), photo_rows(2)
    other = replace(other, n=1, tags=(("farm", "file", None),), colours=(), vectors=((3, 8, VECTOR[::-1]),))
    assert replace(rows, **{part: getattr(other, part)}).checksum() != rows.checksum()


async def test_words_are_the_same_in_whatever_order_tags_came(store: Store) -> None:
    tags = (Tag("zebra"), Tag("ant", "file"), Tag("yak"))
    await store.write_photos([arrival(replace(BARN, tags=tags))], [None])
    assert (await store.words.holding_phrase("yak zebra ant")).tolist() == [1]
    await store.raw.write_photos(await store.raw.photos(0, 9))
    assert (await store.words.holding_phrase("yak zebra ant")).tolist() == [1]
