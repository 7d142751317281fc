"""Near-duplicates are found when photos come in, whatever the size of the library that they come into."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import alike
from core.alike import CONSIDERED, group_alike
from core.photos import Photo
from core.store import Arrival, Store, Stores

PLAIN = Photo(id="", source="table", width=300, height=200, average_colour="#406080")
DIMENSIONS = 4


@pytest.fixture
async def store(stores: Stores, tmp_path: Path) -> AsyncIterator[Store]:
    folder = tmp_path / "alike"
    folder.mkdir()
    await stores.create(folder, {})
    async with stores.open(folder) as opened:
        yield opened


def photo(name: str, phash: int, **others: object) -> Arrival:
    signed = phash - 2**64 if phash >= 2**63 else phash
    return Arrival(f"t:{name}", replace(PLAIN, id=name, phash=signed, content_hash=name * 8, **others), "")


async def write(store: Store, *arrivals: Arrival) -> None:
    await store.write_photos(arrivals, [None] * len(arrivals))


async def groups(store: Store) -> dict[str, str]:
    numbers = (await store.photos.numbers()).tolist()
    names = {n: found.id for n, found in (await store.photos.get(numbers)).items()}
    return {names[n]: names[group] for n, group in (await store.photos.alike(numbers)).items()}


FULL = 2**64 - 1
UNRELATED = tuple(photo(f"x{i}", i * 0x9E3779B97F4A7C15 % 2**64) for i in range(1, 900))


@pytest.mark.parametrize("others", [(), UNRELATED], ids=["among few", "among many"])
async def test_photos_that_come_later_join_what_they_look_like(store: Store, others: tuple[Arrival, ...]) -> None:
    await write(store, photo("first", FULL), *others)
    assert await group_alike(store, None) == 0
    await write(store, photo("near", FULL ^ 0b1001_0001 ^ 1 << 63), photo("far", FULL ^ 0x7FFF))
    assert await group_alike(store, None) == 1
    found = await groups(store)
    assert (found["near"], found["far"], found["first"]) == ("first", "far", "first")


@pytest.mark.parametrize("others", [(), UNRELATED], ids=["among few", "among many"])
async def test_a_chain_that_comes_at_once_is_one_group(store: Store, others: tuple[Arrival, ...]) -> None:
    await write(store, *others)
    await group_alike(store, None)
    await write(store, photo("a", 0), photo("b", 0b111111), photo("c", 0b111111_111111))
    assert await group_alike(store, None) == 2
    found = await groups(store)
    assert {found[name] for name in "abc"} == {"a"}


async def test_shape_and_colour_must_agree(store: Store) -> None:
    await write(
        store,
        photo("a", 5),
        photo("tall", 5, width=200, height=300),
        photo("orange", 5, average_colour="#d08030"),
        photo("cropped", 5, width=290, average_colour="#446484"),
    )
    await group_alike(store, None)
    assert await groups(store) == {"a": "a", "tall": "tall", "orange": "orange", "cropped": "a"}


async def test_vectors_must_agree_where_both_have_one(store: Store) -> None:
    space = await store.named_space("e", "1", DIMENSIONS)
    one, other = np.eye(DIMENSIONS, dtype=np.float32)[:2]
    arrivals = [photo("a", 5), photo("same", 5), photo("other", 5), photo("bare", 5)]
    await store.write_photos(arrivals, [(space, one), (space, one), (space, other), None])
    await group_alike(store, space)
    assert await groups(store) == {"a": "a", "same": "a", "other": "other", "bare": "a"}


async def test_a_photo_that_changed_is_grouped_anew(store: Store) -> None:
    await write(store, photo("a", 5), photo("b", 5))
    await group_alike(store, None)
    await write(store, photo("b", FULL))
    assert await group_alike(store, None) == 0
    assert await groups(store) == {"a": "a", "b": "b"}


async def test_without_new_photos_nothing_is_read_or_written(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await write(store, photo("a", 5))
    await group_alike(store, None)
    before = await store.version()
    monkeypatch.setattr(alike, "near_before", None)
    assert await group_alike(store, None) == 0
    assert await store.version() == before


async def test_one_picture_many_times_is_one_group(store: Store) -> None:
    await write(store, *(photo(f"p{i}", 7) for i in range(3 * CONSIDERED)))
    assert await group_alike(store, None) == 3 * CONSIDERED - 1
    assert set((await groups(store)).values()) == {"p0"}
