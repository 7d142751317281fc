"""Discord and the real desk together: from a question to photos, their pages, and one's own photo among them."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.commands import COMMANDS, MESSAGE_COMMANDS
from bot.desk import Desk
from bot.discord.client import DiscordChat
from tests.bot.discord.conftest import Connect
from tests.bot.discord.rehearsal import buttons, gallery, texts
from tests.bot.teams import open_photo_desk
from tests.conftest import draw_photo
from tests.fakes.discord import PRIVATE, FakeDiscord
from tests.fakes.discord_payloads import BILDER, CAT, MENTION
from tests.fakes.discord_schema import walk


@pytest.fixture
async def desk_of_team(tmp_path: Path, photos: Path) -> AsyncIterator[Desk]:
    """A desk whose server has eight photos."""
    async with open_photo_desk(tmp_path, photos, "discord:3001") as opened:
        yield opened


@pytest.fixture
async def chat(connect: Connect, desk_of_team: Desk) -> AsyncIterator[DiscordChat]:
    async with connect(desk=desk_of_team, commands=COMMANDS, menus=MESSAGE_COMMANDS) as connected:
        yield connected


async def test_a_question_is_answered_with_photos_and_credits(fake: FakeDiscord, chat: DiscordChat) -> None:
    message = await fake.answer(await fake.command("find", query="red", count=3))
    assert len(gallery(message)) == 3 and message["flags"] & PRIVATE
    assert texts(message).count("hotographer") + texts(message).count("Photo by") == 3
    assert len({part["custom_id"] for part in walk(message["components"]) if "custom_id" in part}) > 1


async def test_every_button_of_a_page_answers(
    fake: FakeDiscord, chat: DiscordChat, caplog: pytest.LogCaptureFixture
) -> None:
    message = copy.deepcopy(await fake.answer(await fake.command("find", query="red", count=3)))
    ids = [part["custom_id"] for part in walk(message["components"]) if part["type"] == 2 and "custom_id" in part]
    assert buttons(message) and ids
    for custom_id in ids:
        before = len(fake.calls)
        session = await fake.press(message, custom_id)
        await fake.until(lambda session=session: session.modal or session.acknowledged)
        if session.modal is None:
            await fake.until(lambda before=before: len(fake.calls) >= before + 2)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_picture_finds_those_like_it(fake: FakeDiscord, chat: DiscordChat, tmp_path: Path) -> None:
    blue = draw_photo(tmp_path / "asked.jpg", "#0018d8", seed=99).read_bytes()
    message = await fake.answer(await fake.command("find", image=fake.attach("asked.jpg", blue), count=2))
    assert "blue" in texts(message)


async def test_a_mention_is_answered_in_the_channel(fake: FakeDiscord, chat: DiscordChat) -> None:
    await fake.say(f"{MENTION} green")
    (posted,) = await fake.until(lambda: fake.posted(4001))
    assert gallery(posted) and "green" in texts(posted)


async def test_a_photo_from_a_message_can_be_added(fake: FakeDiscord, chat: DiscordChat, tmp_path: Path) -> None:
    data = draw_photo(tmp_path / "new.jpg", "#10c0c0", seed=98).read_bytes()
    said = await fake.say("look", attachments=[fake.attach("new.jpg", data)])
    session = await fake.pick("Add to library", said, by=CAT)
    await fake.until(lambda: session.modal or session.original)
    if session.modal:
        session = await fake.submit(session, by=CAT, photographer="Cat Doe")
    assert "Cat Doe" in texts(await fake.answer(session)) or "added" in texts(await fake.answer(session)).lower()


async def test_a_mistake_in_a_question_is_explained(fake: FakeDiscord, chat: DiscordChat) -> None:
    message = await fake.answer(await fake.command("find", query="is:sideways"))
    assert "is:" in texts(message).replace("\u200b", "").replace("\\", "")


async def test_another_server_has_other_photos(fake: FakeDiscord, chat: DiscordChat) -> None:
    message = await fake.answer(await fake.command("find", query="red", place=BILDER))
    assert not gallery(message)


async def test_what_is_typed_is_completed_from_the_library(fake: FakeDiscord, chat: DiscordChat) -> None:
    await fake.answer(await fake.command("find", query="red"))  # opens the library
    session = await fake.typing("photo", "photo", "red")
    choices = await fake.until(lambda: session.choices)
    assert any("red" in choice["name"] for choice in choices)
