"""Boards in Discord: a team of four goes from a brief to a file, and the board's message keeps up with it."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.catalogue import LANGUAGES
from bot.commands import COMMANDS, MESSAGE_COMMANDS
from bot.desk import Desk
from tests.bot.discord.conftest import Connect
from tests.bot.discord.rehearsal import texts
from tests.bot.teams import fill, open_team_desk
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_payloads import ANN, PHOTOS, TEAM, Someone
from tests.fakes.discord_schema import walk

BEN, CLEO, DAN = (Someone(2001 + n, name) for n, name in enumerate(("ben", "cleo", "dan"), 1))
MOST_COMMAND_CHARACTERS = 8000


@pytest.fixture
async def board_desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_team_desk(tmp_path) as desk:
        await fill(desk, tmp_path, f"discord:{TEAM.id}", "one")
        yield desk


@pytest.fixture
async def team(board_desk: Desk, connect: Connect, fake: FakeDiscord) -> AsyncIterator[Team]:
    async with connect(desk=board_desk, commands=COMMANDS, menus=MESSAGE_COMMANDS):
        async with asyncio.timeout(5):
            while board_desk.live.outlet("discord") is None:  # noqa: ASYNC110 - the chat tells nobody else
                await asyncio.sleep(0.01)
        yield Team(fake)


def custom_id(message: Mapping[str, Any], verb: str) -> str:
    """Return the id of the button or menu that begins with a verb."""
    ids = [part.get("custom_id", "") for part in walk(message["components"])]
    return next(one for one in ids if one.startswith(f"{verb}:"))


class Team:
    """Does what people do, and waits for what they see."""

    def __init__(self, fake: FakeDiscord) -> None:
        self.fake = fake

    async def privately(self, name: str, /, *, by: Someone = ANN, **options: Any) -> Mapping[str, Any]:
        return await self.fake.answer(await self.fake.command(name, by=by, **options))

    async def publicly(self, name: str, /, *, by: Someone = ANN, **options: Any) -> dict[str, Any]:
        known = len(self.fake.posted(PHOTOS.channel))
        await self.fake.command(name, by=by, **options)
        await self.fake.until(lambda: len(self.fake.posted(PHOTOS.channel)) > known)
        return self.fake.posted(PHOTOS.channel)[-1]

    async def press(self, message: Mapping[str, Any], verb: str, *chosen: str, by: Someone = ANN) -> str:
        """Press, and return what is said then."""
        custom_id = next(
            p["custom_id"] for p in walk(message["components"]) if p.get("custom_id", "").startswith(f"{verb}:")
        )
        session = await self.fake.press(message, custom_id, *chosen, by=by)
        await self.fake.until(lambda: session.private)
        said = self.fake.messages[session.private[-1]]
        await self.fake.until(lambda: said["components"])
        return texts(said)

    def files(self, message: Mapping[str, Any]) -> dict[str, bytes]:
        return {one["filename"]: self.fake.store[one["url"].partition("/cdn/")[2]][0] for one in message["attachments"]}


async def test_a_board_is_posted_with_its_picture_and_its_buttons(team: Team) -> None:
    posted = await team.publicly("board new", name="Autumn", brief="warm and red")
    assert "“Autumn”" in texts(posted)
    (data,) = team.files(posted).values()
    assert Image.open(io.BytesIO(data)).width >= 800


async def test_its_message_shows_what_is_pinned_by_anybody_with_the_credits(team: Team) -> None:
    posted = await team.publicly("board new", name="Autumn")
    before = team.files(posted)
    await team.privately("board add", by=BEN, photos="one-red")
    await team.privately("board add", by=CLEO, photos="one-blue one-green")
    await team.fake.until(lambda: "**3**" in texts(posted))
    shown = texts(posted)
    assert shown.count("Photo by one photographer") == 3
    assert team.files(posted) != before
    assert custom_id(posted, "vote")


async def test_a_board_s_message_that_was_deleted_stops_nothing(team: Team, board_desk: Desk) -> None:
    posted = await team.publicly("board new", name="Autumn")
    await board_desk.live.settle()
    del team.fake.messages[posted["id"]]
    await team.privately("board add", photos="one-red")
    await board_desk.live.settle()
    assert "1" in texts(await team.privately("board show"))


async def test_what_discord_refuses_with_its_picture_it_gets_without(team: Team) -> None:
    posted = await team.publicly("board new", name="Autumn")
    team.fake.fail("PATCH", "/channels/", 413)
    await team.privately("board add", photos="one-red")
    await team.fake.until(lambda: "**1**" in texts(posted))
    assert team.files(posted) == {}


async def test_results_are_pinned_by_their_menu(team: Team) -> None:
    await team.publicly("board new", name="Autumn")
    found = await team.privately("find", by=BEN, query="red")
    assert "Pinned" in await team.press(found, "pin", "1", "2", by=BEN)


async def test_without_a_board_the_menu_asks_for_a_name(team: Team) -> None:
    found = await team.privately("find", query="red")
    session = await team.fake.press(found, custom_id(found, "pin"), "1", "2")
    await team.fake.until(lambda: session.modal)
    await team.fake.submit(session, name="Autumn")
    await team.fake.until(lambda: any("Pinned" in texts(one) for one in team.fake.messages.values()))


async def test_a_picture_is_pinned_once_its_credit_is_filled_in(team: Team, tmp_path: Path) -> None:
    from tests.conftest import draw_photo

    posted = await team.publicly("board new", name="Autumn")
    data = draw_photo(tmp_path / "mine.jpg", "#d0a010", seed=33).read_bytes()
    session = await team.fake.command("board add", image=team.fake.attach("mine.jpg", data), note="keep")
    await team.fake.until(lambda: session.modal)
    await team.fake.submit(session, photographer="Dan Day", licence="CC BY 4.0", title="Mine")
    await team.fake.until(lambda: "Dan Day" in texts(posted))


async def test_four_people_go_from_a_brief_to_a_file_in_under_ten_commands_each(team: Team) -> None:
    posted = await team.publicly("brief", text="Mood: calm.\nColours: red and blue.", name="Lodge")
    await team.fake.until(lambda: "**1**" in texts(posted))
    for person in (BEN, CLEO, DAN):
        await team.privately("board vote", by=person, numbers="1", vote="up")
    await team.privately("board vote", by=DAN, numbers="1", vote="the one")
    await team.privately("board note", by=BEN, number=1, text="this one")
    decided = await team.privately("board decide", why="It is calm.")
    assert "Version 1" in texts(decided)
    await team.fake.until(lambda: "It is calm." in texts(posted))
    exported = await team.privately("board export", format="pdf")
    (data,) = team.files(exported).values()
    assert data.startswith(b"%PDF")
    packed = await team.privately("board export", format="zip", by=BEN)
    (data,) = team.files(packed).values()
    assert "one photographer" in zipfile.ZipFile(io.BytesIO(data)).read("CREDITS.txt").decode()


async def test_a_board_is_taken_in_again(team: Team) -> None:
    await team.publicly("board new", name="Autumn")
    await team.privately("board add", photos="one-red one-blue")
    (data,) = team.files(await team.privately("board export", format="json")).values()
    again = await team.publicly("board import", file=team.fake.attach("b.json", data, "application/json"), name="Copy")
    assert "“Copy”" in texts(again) and "**2**" in texts(again)


async def test_the_command_s_description_keeps_discord_s_limits_in_every_language(team: Team) -> None:
    (board,) = [one for one in team.fake.commands if one["name"] == "board"]
    assert 20 <= len(board["options"]) <= 25
    for language in ("", *(language for language in LANGUAGES if language != "en")):
        assert _characters(board, language) <= MOST_COMMAND_CHARACTERS, language


def _characters(part: Mapping[str, Any], language: str) -> int:
    """Return what Discord counts of a command: names, descriptions and values of it and of all in it."""

    def said(name: str) -> str:
        translated: Mapping[str, str] = part.get(f"{name}_localizations") or {}
        texts = [text for locale, text in translated.items() if language and locale.startswith(language)]
        return texts[0] if texts else str(part.get(name, ""))

    own = len(said("name")) + len(said("description")) + len(str(part.get("value", "")))
    inner = [*part.get("options", ()), *part.get("choices", ())]
    return own + sum(_characters(one, language) for one in inner)
