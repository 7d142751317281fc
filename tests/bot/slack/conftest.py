"""A Slack on this machine, the bot connected to it, and a desk that answers as each test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias

import pytest

from bot.slack.api import Hosts
from bot.slack.client import SlackChat, SlackOptions
from bot.slack.credentials import SlackSecrets
from bot.slack.server import EVENTS
from tests.bot.slack.rehearsal import RehearsedDesk
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, FakeSlack

Connect: TypeAlias = Callable[..., AbstractAsyncContextManager[SlackChat]]
PUBLIC = "https://moda.example"
BY_SOCKET = SlackSecrets(BOT_TOKEN, APP_TOKEN)


@pytest.fixture
async def fake() -> AsyncIterator[FakeSlack]:
    """A Slack; at the end everything that it was sent was right."""
    async with FakeSlack().running() as slack:
        yield slack
        assert slack.problems == []


@pytest.fixture
def desk() -> RehearsedDesk:
    return RehearsedDesk()


@pytest.fixture
def connect(fake: FakeSlack, desk: RehearsedDesk) -> Connect:
    """Return a function that connects a chat."""

    @asynccontextmanager
    async def connected(secrets: SlackSecrets = BY_SOCKET, **given: Any) -> AsyncIterator[SlackChat]:
        hosts = Hosts(f"{fake.http}/api/", f"{fake.http}/files/", f"{fake.http}/respond/", f"{fake.http}/authorize")
        options = SlackOptions(port=0, pause_s=0.01, public_url=PUBLIC, hosts=hosts)
        chat = SlackChat(given.pop("desk", desk), options, **given)
        running = asyncio.create_task(chat.run(secrets))
        try:
            async with asyncio.timeout(5):
                while not chat.connected and not running.done():  # noqa: ASYNC110 - the chat tells nobody else
                    await asyncio.sleep(0.01)
            if not running.done() and secrets.app_token:
                await fake.until(lambda: fake.sockets)
            fake.endpoint = None if secrets.app_token else f"{chat.address}{EVENTS}"
            yield chat
        finally:
            await chat.close()
            await running

    return connected


@pytest.fixture
async def chat(connect: Connect) -> AsyncIterator[SlackChat]:
    async with connect() as connected:
        yield connected
