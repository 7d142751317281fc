"""A web chat on a library of eight drawn photos, and a client that is logged in to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser

from bot.boards.live import Pace
from bot.desk import Desk
from bot.web import WebChat, WebOptions
from tests.bot.teams import open_photo_desk
from tests.bot.web.pages import open_browser
from tests.fakes.visiting import enter


@pytest.fixture
async def desk(tmp_path: Path, photos: Path) -> AsyncIterator[Desk]:
    """The desk of a workspace that has eight photos."""
    async with open_photo_desk(tmp_path, photos, "web:main") as opened:
        yield opened


@pytest.fixture
async def chat(desk: Desk, tmp_path: Path) -> AsyncIterator[WebChat]:
    """A web chat that listens on a free port of this machine, and draws at once what has changed."""
    desk.live._pace = Pace(0.01, 0.1, 0.01)
    async with WebChat(desk, desk.state.database, WebOptions(port=0, files=tmp_path / "files")) as running:
        yield running


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A browser."""
    async with open_browser() as opened:
        yield opened


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
    assert (await enter(stranger, chat)).status == 200
    return stranger
