"""A web chat on a library of eight drawn photos, and a client that is logged in to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.desk import Desk
from bot.web import WebChat, WebOptions
from tests.bot.teams import open_photo_desk


@pytest.fixture
async def desk(tmp_path: Path, photos: Path) -> AsyncIterator[Desk]:
    """The desk of a workspace that has eight photos."""
    async with open_photo_desk(tmp_path, photos, "web:main") as opened:
        yield opened


@pytest.fixture
async def chat(desk: Desk) -> AsyncIterator[WebChat]:
    """A web chat that listens on a free port of this machine."""
    async with WebChat(desk, desk.state.database, WebOptions(port=0)) as running:
        yield running


@pytest.fixture
async def stranger(chat: WebChat) -> AsyncIterator[aiohttp.ClientSession]:
    """A client that nobody has let in."""
    async with aiohttp.ClientSession(
        f"http://127.0.0.1:{chat.port}", cookie_jar=aiohttp.CookieJar(unsafe=True)
    ) as client:
        yield client


@pytest.fixture
async def visitor(chat: WebChat, stranger: aiohttp.ClientSession) -> aiohttp.ClientSession:
    """The client, logged in."""
    async with stranger.get(await chat.login_link()) as response:
        assert response.status == 200
    return stranger
