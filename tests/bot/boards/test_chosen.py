"""Unsplash is told which of its photos are chosen: once each, with the key, and nobody else gets the key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bot.chosen import Chosen
from bot.desk import Desk
from bot.store.board_posts import BoardPosts
from bot.store.state import State
from core.photos import Photo
from tests.bot.teams import TEAMS, fill, open_team_desk, request

KEY = "the-key"
PHOTO = Photo("abc", "unsplash", download_url="https://api.unsplash.com/photos/abc/download?ixid=1")


class Unsplash:
    """Remembers what it was told."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.told: list[httpx.Request] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.told.append(request)
        return httpx.Response(self.statuses.pop(0) if self.statuses else 200, json={})


@pytest.fixture
async def posts(tmp_path: Path) -> AsyncIterator[BoardPosts]:
    async with State.open(tmp_path / "state.db") as state:
        yield BoardPosts(state.database)


async def choose(posts: BoardPosts, unsplash: Unsplash, *photos: Photo, key: str | None = KEY) -> None:
    chosen = Chosen(posts, key, transport=httpx.MockTransport(unsplash))
    chosen.choose(photos)
    await chosen.settle()


async def test_the_address_of_the_photo_is_called_with_the_key(posts: BoardPosts) -> None:
    unsplash = Unsplash()
    await choose(posts, unsplash, PHOTO)
    (told,) = unsplash.told
    assert str(told.url) == PHOTO.download_url
    assert told.headers["Authorization"] == f"Client-ID {KEY}"


async def test_a_photo_is_told_once(posts: BoardPosts) -> None:
    unsplash = Unsplash()
    await choose(posts, unsplash, PHOTO, PHOTO)
    await choose(posts, unsplash, PHOTO)
    assert len(unsplash.told) == 1


async def test_without_a_key_nobody_is_called(posts: BoardPosts) -> None:
    unsplash = Unsplash()
    await choose(posts, unsplash, PHOTO, key=None)
    assert unsplash.told == []


@pytest.mark.parametrize(
    "url",
    [
        "https://api.unsplash.com.evil.example/photos/abc/download",
        "https://evil.example/?api.unsplash.com",
        "https://api.unsplash.com@evil.example/",
        "https://api.unsplash.com:8080/photos/abc/download",
        "http://api.unsplash.com/photos/abc/download",
        "//api.unsplash.com/x",
        "https://api.unsplash.com/me",
        "https://api.unsplash.com/photos/abc/download/../../../me",
        "https://api.unsplash.com/photos/abc%2Fdownload",
        "not an address",
        "https://[broken",
    ],
)
async def test_nobody_else_gets_the_key(posts: BoardPosts, url: str) -> None:
    unsplash = Unsplash()
    await choose(posts, unsplash, replace(PHOTO, download_url=url))
    assert unsplash.told == []


async def test_photos_from_elsewhere_are_told_to_nobody(posts: BoardPosts) -> None:
    unsplash = Unsplash()
    await choose(posts, unsplash, replace(PHOTO, source="table"))
    assert unsplash.told == []


async def test_what_could_not_be_told_is_told_later(posts: BoardPosts) -> None:
    unsplash = Unsplash(503)
    await choose(posts, unsplash, PHOTO)
    await choose(posts, unsplash, replace(PHOTO, download_url="https://api.unsplash.com/photos/other/download"))
    assert len(unsplash.told) == 3 and await posts.untold() == []


async def test_a_photo_that_unsplash_does_not_know_any_more_is_not_told_again(posts: BoardPosts) -> None:
    unsplash = Unsplash(404)
    await choose(posts, unsplash, PHOTO)
    assert await posts.untold() == []


async def test_an_address_that_can_not_be_called_stops_no_other(posts: BoardPosts) -> None:
    unsplash = Unsplash()
    long = replace(PHOTO, download_url=f"{PHOTO.download_url}{'x' * 70_000}")
    await choose(posts, unsplash, long, PHOTO)
    assert len(unsplash.told) == 1 and await posts.untold() == []


async def test_deciding_chooses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[str] = []
    monkeypatch.setattr(Chosen, "choose", lambda _, photos: chosen.extend(photo.id for photo in photos))
    async with open_team_desk(tmp_path) as desk:
        await _decide(desk, tmp_path)
    assert chosen == ["one-blue"]


async def _decide(desk: Desk, folder: Path) -> None:
    await fill(desk, folder, TEAMS[0], "one")
    await desk.command("board new", request(), {"name": "Autumn"})
    await desk.command("board add", request(), {"photos": "one-red one-blue"})
    assert not (await desk.command("board decide", request(), {"numbers": "2"})).failed


async def test_however_many_are_chosen_while_unsplash_is_slow_one_alone_waits_to_tell_them(posts: BoardPosts) -> None:
    go, told = asyncio.Event(), []

    async def slow(request: httpx.Request) -> httpx.Response:
        told.append(str(request.url))
        await go.wait()
        return httpx.Response(200, json={})

    chosen = Chosen(posts, KEY, transport=httpx.MockTransport(slow))
    for number in range(20):
        chosen.choose([replace(PHOTO, download_url=f"https://api.unsplash.com/photos/{number}/download")])
    async with asyncio.timeout(5):
        while not told or len(chosen._telling) > 2:  # noqa: ASYNC110 - the one that tells, and the one that waits
            await asyncio.sleep(0.01)
    go.set()
    await chosen.settle()
    assert len(set(told)) == 20 and len(told) == 20
