"""A web chat on a library of eight drawn photos, and a client that is logged in to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.desk import Desk
from bot.metrics import Metrics
from bot.store.state import State
from bot.uploads import Uploads
from bot.web import WebChat, WebOptions
from bot.workspaces import Places, Workspaces
from core.enrich import Vocabulary
from core.library import Library, LibraryOptions
from core.sources.detect import open_source
from tests.fakes.encoder import HUES, LIGHTS, ColourEncoder


@pytest.fixture
async def desk(tmp_path: Path, photos: Path) -> AsyncIterator[Desk]:
    """The desk of a workspace that has eight photos."""
    used = ColourEncoder()
    options = LibraryOptions(make_encoder=lambda *_: used, vocabulary=Vocabulary((*HUES, *LIGHTS)))
    folder = tmp_path / "library"
    await Library.create(folder, used.name)
    async with Library.open(folder, options) as library:
        await library.import_from(open_source(str(photos)))
    places = Places(tmp_path / "workspaces", fixed={"web:main": folder})
    async with (
        State.open(tmp_path / "state.db") as state,
        Workspaces(places, options, lambda: used.name) as workspaces,
    ):
        yield Desk(workspaces, state, Uploads(options.intake.limits, options.fetch), Metrics())


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
