"""A Slack on this machine, the bot connected to it, and a desk that answers as each test wants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeAlias

import pytest

from bot.slack.client import SlackChat
from bot.slack.credentials import SlackSecrets
from tests.bot.slack.rehearsal import BY_SOCKET, PUBLIC, RehearsedDesk, connected
from tests.fakes.slack import FakeSlack

__all__ = ["BY_SOCKET", "PUBLIC", "Connect"]
Connect: TypeAlias = Callable[..., AbstractAsyncContextManager[SlackChat]]


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

    def connecting(secrets: SlackSecrets = BY_SOCKET, **given: Any) -> AbstractAsyncContextManager[SlackChat]:
        return connected(fake, given.pop("desk", desk), secrets, **given)

    return connecting


@pytest.fixture
async def chat(connect: Connect) -> AsyncIterator[SlackChat]:
    async with connect() as connected:
        yield connected
