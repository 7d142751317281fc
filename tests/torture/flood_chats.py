"""The same flood through Discord, Slack and the web chat: each event is acknowledged, and answered or refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import discord

from bot.desk import Desk
from bot.discord.client import DiscordChat, DiscordOptions
from bot.slack.api import Hosts
from bot.slack.client import SlackChat, SlackOptions
from bot.slack.credentials import SlackSecrets
from bot.web import WebChat, WebOptions
from bot.web.server import READ_AHEAD
from tests.bot.teams import fill, open_team_desk
from tests.fakes.discord import LOADING, TOKEN, FakeDiscord, Session
from tests.fakes.discord_payloads import PHOTOS, SEND, Someone
from tests.fakes.slack import ANN, APP_TOKEN, BEA, BOT_TOKEN, CAT, FakeSlack, Sent
from tests.fakes.visiting import enter, origin
from tests.torture.crowd import BUSY, UNFORESEEN
from tests.torture.frame import Outcome, Trial

HANGS_S = 120.0
SPACING_S = 0.004  # between two requests; 250 a second are more than are answered
DISCORD, SLACK, WEB = 1500, 600, 600  # requests
PEOPLE = 40  # in Discord; every third request is the first one's
WINDOWS = 3  # of the web chat, all of one person
SPACE, SERVER = "slack:T0TEAM", "discord:3001"


async def flood(trial: Trial, outcome: Outcome) -> None:
    """Flood each chat, one after the other."""
    async with open_team_desk(trial.folder / "chats") as desk:
        for team in (SERVER, SPACE, "web:main"):
            await fill(desk, trial.folder, team, "one")
        await _flood_discord(desk, outcome)
        await _flood_slack(desk, outcome)
        await _flood_web(desk, trial.folder, outcome)


async def _flood_discord(desk: Desk, outcome: Outcome) -> None:
    async def at_once(*_: object, **__: object) -> None:
        """Let a shard begin without its five seconds."""

    discord.AutoShardedClient.before_identify_hook = at_once  # type: ignore[method-assign]
    people = [Someone(5000 + number, f"p{number}", SEND) for number in range(PEOPLE)]
    async with FakeDiscord(late_s=HANGS_S).running() as fake:
        chat = DiscordChat(desk, desk.state, DiscordOptions(pause_s=0.01, guilds_s=0.01))
        running = asyncio.create_task(chat.run(TOKEN))
        try:
            await _until(lambda: chat.connected)
            sessions = []
            for number in range(DISCORD):
                who = people[number % PEOPLE if number % 3 else 0]
                name, options = (("tags", {}), ("find", {"query": f"red w{number}", "count": 2}))[number % 2]
                sessions.append(await fake.command(name, by=who, place=PHOTOS, **options))
                await asyncio.sleep(SPACING_S)
            await _until(lambda: all(_said_in_discord(fake, session) for session in sessions))
            _judge(outcome, "Discord", [_said_in_discord(fake, session) for session in sessions], fake.problems)
        finally:
            await chat.close()
            await running


def _said_in_discord(fake: FakeDiscord, session: Session) -> str:
    message = fake.messages.get(session.original or "")
    return repr(message["components"]) if message and not message["flags"] & LOADING and message["components"] else ""


async def _flood_slack(desk: Desk, outcome: Outcome) -> None:
    async with FakeSlack().running() as fake:
        hosts = Hosts(f"{fake.http}/api/", f"{fake.http}/files/", f"{fake.http}/respond/", f"{fake.http}/authorize")
        chat = SlackChat(desk, SlackOptions(port=0, pause_s=0.01, hosts=hosts))
        running = asyncio.create_task(chat.run(SlackSecrets(BOT_TOKEN, APP_TOKEN)))
        try:
            await _until(lambda: chat.connected and fake.sockets)
            sent = [
                await fake.command(("/tags", "/library")[number % 2], by=(ANN, ANN, BEA, CAT)[number % 4])
                for number in range(SLACK)
            ]
            await _until(lambda: len(_said_in_slack(fake, sent)) == SLACK)
            _judge(outcome, "Slack", _said_in_slack(fake, sent), fake.problems)
            late = sum(one.acknowledged_s is None for one in sent)
            outcome.expect(not late, f"Slack: {late} requests were not acknowledged")
        finally:
            await chat.close()
            await running


def _said_in_slack(fake: FakeSlack, sent: Sequence[Sent]) -> list[str]:
    wanted = {one.envelope for one in sent}
    answers = [message for message in fake.messages.values() if message.get("answers") in wanted]
    return list({one["answers"]: repr(one.get("blocks") or one["text"]) for one in answers}.values())


async def _flood_web(desk: Desk, folder: Path, outcome: Outcome) -> None:
    async with (
        WebChat(desk, desk.state.database, WebOptions(port=0, files=folder / "files")) as chat,
        aiohttp.ClientSession(f"http://127.0.0.1:{chat.port}", cookie_jar=aiohttp.CookieJar(unsafe=True)) as client,
    ):
        await enter(client, chat)
        windows = [await client.ws_connect("/connection", headers=origin(chat)) for _ in range(WINDOWS)]
        heard: list[str] = []
        listening = asyncio.create_task(_hear(windows[0], heard))
        idle = [asyncio.create_task(_hear(window, [])) for window in windows[1:]]  # else nothing more is sent to them
        most = 0
        for number in range(WEB):
            await windows[number % WINDOWS].send_json({"do": "say", "text": f"red w{number}"})
            most = max(most, len(chat._answering))
        await _until(lambda: len(heard) == WEB)
        _judge(outcome, "web chat", heard, [])
        outcome.expect(most <= WINDOWS * READ_AHEAD, f"web chat: {most} tasks at once")
        for task in (listening, *idle):
            task.cancel()
        await asyncio.gather(listening, *idle, return_exceptions=True)


async def _hear(window: aiohttp.ClientWebSocketResponse, heard: list[str]) -> None:
    async for message in window:
        data = message.json()
        if data["do"] == "entry" and data["entry"]["kind"] == "reply":
            heard.append(str(data["entry"]))


def _judge(outcome: Outcome, chat: str, said: Sequence[str], problems: Sequence[str]) -> None:
    away = sum(any(text in one for text in BUSY) for one in said)
    outcome.figures[chat] = f"{len(said)} asked, {len(said) - away} answered, {away} turned away"
    for one in said:
        outcome.expect(not any(text in one for text in UNFORESEEN), f"{chat}: {one[:200]}")
    outcome.expect(away < len(said), f"{chat}: nobody was answered")
    outcome.faults += [f"{chat}: {problem}" for problem in problems[:5]]


async def _until(seen: Callable[[], Any]) -> None:
    """Wait for something that nobody tells of."""
    async with asyncio.timeout(HANGS_S):
        while not seen():  # noqa: ASYNC110
            await asyncio.sleep(0.05)
