"""A Discord on this machine, the bot connected to it, and a desk that answers as each test wants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from bot.discord.client import DiscordChat
from tests.bot.discord.rehearsal import Facts, RehearsedDesk, connected
from tests.fakes.discord import FakeDiscord

Connect = Callable[..., AbstractAsyncContextManager[DiscordChat]]


@pytest.fixture
async def fake() -> AsyncIterator[FakeDiscord]:
    """Discord; at the end of every test, nothing that it was sent was wrong."""
    async with FakeDiscord().running() as running:
        yield running
    assert running.problems == []


@pytest.fixture
def desk() -> RehearsedDesk:
    return RehearsedDesk()


@pytest.fixture
def facts() -> Facts:
    return Facts()


@pytest.fixture
def connect(fake: FakeDiscord, desk: RehearsedDesk, facts: Facts) -> Connect:
    """Return a function that connects a chat."""

    def connecting(**given: Any) -> AbstractAsyncContextManager[DiscordChat]:
        return connected(fake, given.pop("desk", desk), facts, **given)

    return connecting


@pytest.fixture
async def chat(connect: Connect) -> AsyncIterator[DiscordChat]:
    async with connect() as connected:
        yield connected
