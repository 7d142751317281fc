"""A Discord on this machine, the bot connected to it, and a desk that answers as each test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import discord
import pytest

from bot.discord.client import DiscordChat, DiscordOptions
from tests.bot.discord.rehearsal import COMMANDS, MENUS, Facts, RehearsedDesk
from tests.fakes.discord import TOKEN, FakeDiscord

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
def connect(fake: FakeDiscord, desk: RehearsedDesk, facts: Facts, monkeypatch: pytest.MonkeyPatch) -> Connect:
    """Return a function that connects a chat."""

    async def at_once(*_: object, **__: object) -> None:
        """Let shards follow each other without their five seconds."""

    monkeypatch.setattr(discord.AutoShardedClient, "before_identify_hook", at_once)

    @asynccontextmanager
    async def connected(**given: Any) -> AsyncIterator[DiscordChat]:
        options = DiscordOptions(pause_s=0.01, guilds_s=0.01)
        chat = DiscordChat(given.pop("desk", desk), facts, options, **({"commands": COMMANDS, "menus": MENUS} | given))
        known = len(fake.gateway.identified) + fake.shards
        running = asyncio.create_task(chat.run(TOKEN))
        try:
            await fake.until(lambda: running.done() or len(fake.gateway.identified) == known)
            yield chat
        finally:
            await chat.close()
            await running

    return connected


@pytest.fixture
async def chat(connect: Connect) -> AsyncIterator[DiscordChat]:
    async with connect() as connected:
        yield connected
