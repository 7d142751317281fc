"""One board in Discord and in Slack, from one program: both keep up with it, also when one of them was away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.commands import COMMANDS, MESSAGE_COMMANDS
from bot.desk import Desk
from bot.discord.client import DiscordChat, DiscordOptions
from bot.slack.api import Hosts
from bot.slack.client import SlackChat, SlackOptions, SlackSecrets
from tests.bot.discord import rehearsal as in_discord
from tests.bot.slack import rehearsal as in_slack
from tests.bot.teams import fill, open_team_desk
from tests.fakes import discord as fake_discord
from tests.fakes import discord_payloads
from tests.fakes import slack as fake_slack
from tests.fakes.discord_schema import walk

SERVER, SPACE = f"discord:{discord_payloads.TEAM.id}", "slack:T0TEAM"
CHANNEL = discord_payloads.PHOTOS.channel


@dataclass
class Both:
    """A Discord and a Slack with a bot in each, and one desk behind them."""

    desk: Desk
    discord: fake_discord.FakeDiscord
    slack: fake_slack.FakeSlack
    start_slack: Callable[[], Any]
    said: list[str] = field(default_factory=list)

    async def in_discord(self, name: str, **options: Any) -> str:
        """Type a command in Discord; return what who typed it sees."""
        message = await self.discord.answer(await self.discord.command(name, **options))
        self.said.append(in_discord.texts(message))
        return self.said[-1]

    async def in_slack(self, text: str, *, by: str = fake_slack.BEA) -> str:
        """Type a line of /board in Slack; return what who typed it sees."""
        message = await self.slack.answer(await self.slack.command("/board", text, by=by))
        self.said.append(in_slack.texts(message))
        return self.said[-1]

    async def shared(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Make a board in Discord, join it from Slack; return its message in each."""
        await self.discord.command("board new", name="Autumn")
        (there,) = await self.discord.until(lambda: self.discord.posted(CHANNEL))
        given = await self.in_discord("board share")
        code = given.partition("/board join ")[2].split()[0].strip("`")
        known = len(self.slack.posted())
        await self.slack.command("/board", f"join {code}", by=fake_slack.BEA)
        await self.slack.until(lambda: len(self.slack.posted()) > known)
        await self.desk.live.settle()
        return there, self.slack.posted()[-1]

    def credits(self, there: Mapping[str, Any], here: Mapping[str, Any]) -> tuple[int, int, int, int]:
        """Return how many photos of each team a board's message credits, in Discord and in Slack."""
        texts = in_discord.texts(there), in_slack.texts(here)
        return tuple(text.count(f"Photo by {team} photographer") for text in texts for team in ("one", "two"))  # type: ignore[return-value]


async def until(seen: Callable[[], Any]) -> None:
    """Wait for something that nobody tells of."""
    async with asyncio.timeout(5):
        while not seen():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@asynccontextmanager
async def connected_discord(desk: Desk, fake: fake_discord.FakeDiscord) -> AsyncIterator[None]:
    chat = DiscordChat(
        desk, in_discord.Facts(), DiscordOptions(pause_s=0.01, guilds_s=0.01), commands=COMMANDS, menus=MESSAGE_COMMANDS
    )
    running = asyncio.create_task(chat.run(fake_discord.TOKEN))
    try:
        await until(lambda: desk.live.outlet("discord"))
        yield
    finally:
        await chat.close()
        await running


@asynccontextmanager
async def connected_slack(desk: Desk, fake: fake_slack.FakeSlack) -> AsyncIterator[None]:
    hosts = Hosts(f"{fake.http}/api/", f"{fake.http}/files/", f"{fake.http}/respond/")
    chat = SlackChat(desk, SlackOptions(port=0, pause_s=0.01, hosts=hosts))
    running = asyncio.create_task(chat.run(SlackSecrets(fake_slack.BOT_TOKEN, fake_slack.APP_TOKEN)))
    try:
        await until(lambda: chat.connected and fake.sockets)
        yield
    finally:
        await chat.close()
        await running


@pytest.fixture
async def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Both]:
    async def at_once(*_: object, **__: object) -> None:
        """Let shards follow each other without their five seconds."""

    monkeypatch.setattr(discord.AutoShardedClient, "before_identify_hook", at_once)
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(open_team_desk(tmp_path))
        await fill(desk, tmp_path, SERVER, "one")
        await fill(desk, tmp_path, SPACE, "two", seed=50)
        there = await stack.enter_async_context(fake_discord.FakeDiscord().running())
        here = await stack.enter_async_context(fake_slack.FakeSlack().running())
        await stack.enter_async_context(connected_discord(desk, there))
        yield Both(desk, there, here, lambda: connected_slack(desk, here))
        await desk.live.settle()
    assert there.problems == [] and here.problems == []


async def test_pins_of_both_stand_in_both_messages_with_every_credit(both: Both) -> None:
    async with both.start_slack():
        there, here = await both.shared()
        assert "Shared with Team" in in_discord.texts(there) and "Shared with" in in_slack.texts(here)
        await both.in_discord("board add", photos="one-red one-blue")
        await both.in_slack("add two-green")
        await both.desk.live.settle()
        assert both.credits(there, here) == (2, 1, 2, 1)


async def test_votes_of_both_decide_together(both: Both) -> None:
    async with both.start_slack():
        there, here = await both.shared()
        await both.in_discord("board add", photos="one-red")
        await both.in_slack("add two-green")
        await both.in_discord("board vote", numbers="2", vote="up")
        await both.in_slack("vote 2 the one")
        assert "2" in await both.in_slack("decide")
        await both.desk.live.settle()
        for text in (in_discord.texts(there), in_slack.texts(here)):
            assert "Version 1, picked: 2" in text and "★" in text


async def test_slack_is_down_for_a_while_and_nothing_is_lost_or_twice(both: Both) -> None:
    async with both.start_slack():
        there, here = await both.shared()
        await both.in_slack("add two-green")
        await both.desk.live.settle()
    before = len(both.slack.made("chat.update"))
    await both.in_discord("board add", photos="one-red one-blue")
    await both.in_discord("board note", number=1, text="from discord")
    await both.desk.live.settle()
    assert both.credits(there, here) == (2, 1, 0, 1)
    assert len(both.slack.made("chat.update")) == before
    async with both.start_slack():
        await both.desk.live.settle()
        assert both.credits(there, here) == (2, 1, 2, 1)
        assert len(both.slack.made("chat.update")) == before + 1
        await both.in_slack("remove 2")
        await both.desk.live.settle()
        assert both.credits(there, here) == (1, 1, 1, 1)
    assert len(both.slack.posted()) == 1 and len(both.discord.posted(CHANNEL)) == 1


async def test_slack_answers_with_errors_for_a_while_and_is_drawn_when_it_takes_things_again(both: Both) -> None:
    async with both.start_slack():
        there, here = await both.shared()
        both.slack.fail("chat.update", 503, times=6)
        await both.in_discord("board add", photos="one-red one-blue")
        await both.desk.live.settle()
        assert both.credits(there, here) == (2, 0, 2, 0)
        assert not both.slack.failures


async def test_discord_is_cut_off_while_slack_goes_on(both: Both) -> None:
    async with both.start_slack():
        there, here = await both.shared()
        await both.discord.gateway.drop()
        await both.in_slack("add two-green two-red")
        await both.desk.live.settle()
        assert both.credits(there, here) == (0, 2, 0, 2)


async def test_when_it_is_not_shared_any_more_one_message_stays_and_the_other_says_so(both: Both) -> None:
    async with both.start_slack():
        there, here = await both.shared()
        await both.in_slack("add two-green")
        await both.desk.live.settle()
        session = await both.discord.command("board share")
        message = await both.discord.answer(session)
        pressed = next(
            part["custom_id"] for part in walk(message["components"]) if part.get("custom_id", "").startswith("unlink:")
        )
        await both.discord.press(message, pressed)
        await both.slack.until(lambda: "not here any more" in in_slack.texts(here))
        await both.desk.live.settle()
        assert in_discord.texts(there).count("Photo by two photographer") == 1
        assert "Shared with" not in in_discord.texts(there)
        assert "Which board?" in await both.in_slack("add two-red")


async def test_a_board_of_slack_is_joined_from_discord_as_well(both: Both) -> None:
    async with both.start_slack():
        await both.slack.command("/board", "new Winter", by=fake_slack.BEA)
        (here,) = await both.slack.until(lambda: both.slack.posted())
        given = await both.in_slack("share")
        code = given.partition("/board join ")[2].split()[0].strip("`")
        await both.discord.command("board join", code=code)
        (there,) = await both.discord.until(lambda: both.discord.posted(CHANNEL))
        await both.in_discord("board add", photos="one-red", board="Winter")
        await both.desk.live.settle()
        assert both.credits(there, here) == (1, 0, 1, 0)
