"""Slack and the real desk together: photos by their meaning, boards whose messages keep up with what people do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.desk import Desk
from tests.bot.slack.conftest import Connect
from tests.bot.slack.rehearsal import action_ids, images, texts
from tests.bot.teams import fill, open_team_desk
from tests.conftest import draw_photo
from tests.fakes.slack import ANN, BEA, CAT, PHOTOS, FakeSlack
from tests.fakes.slack_schema import walk

TEAM = "slack:T0TEAM"


@pytest.fixture
async def team_desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_team_desk(tmp_path) as desk:
        await fill(desk, tmp_path, TEAM, "one")
        yield desk


@pytest.fixture
async def fake_team(team_desk: Desk, connect: Connect, fake: FakeSlack) -> AsyncIterator[FakeSlack]:
    async with connect(desk=team_desk):
        yield fake


async def whole(fake: FakeSlack, command: str, text: str, *, by: str = ANN) -> dict[str, Any]:
    """Type a command; return what who typed it sees."""
    return await fake.answer(await fake.command(command, text, by=by))


async def posted(fake: FakeSlack, text: str) -> dict[str, Any]:
    """Type a command of boards; return what it posts to the channel."""
    known = len(fake.posted(PHOTOS))
    await fake.command("/board", text)
    await fake.until(lambda: len(fake.posted(PHOTOS)) > known)
    return fake.posted(PHOTOS)[-1]


def action_of(message: Mapping[str, Any], verb: str) -> str:
    return next(one for one in action_ids(message) if one.startswith(f"{verb}:"))


def beside_of(message: Mapping[str, Any], number: int) -> list[dict[str, Any]]:
    """Return what stands beside a photo to be chosen."""
    (overflow,) = [part for part in walk(message["blocks"]) if part.get("action_id") == f"overflow:{number}"]
    options: list[dict[str, Any]] = overflow["options"]
    return options


async def test_photos_are_found_with_pictures_and_credits(fake_team: FakeSlack) -> None:
    message = await whole(fake_team, "/find", "red count:2")
    assert len(images(message)) == 2 and texts(message).count("Photo by one photographer") == 2
    assert "one red" in images(message)[0]["title"]["text"]


async def test_results_are_posted_for_all_by_their_button(fake_team: FakeSlack) -> None:
    message = await whole(fake_team, "/find", "red")
    await fake_team.press(message, action_of(message, "post"))
    (shown,) = await fake_team.until(lambda: fake_team.posted(PHOTOS))
    assert "Photo by one photographer" in texts(shown)


async def test_a_board_is_posted_with_its_picture(fake_team: FakeSlack) -> None:
    message = await posted(fake_team, "new Autumn")
    assert "“Autumn”" in texts(message) and len(images(message)) == 1


async def test_its_message_shows_what_is_pinned_by_anybody_with_the_credits(fake_team: FakeSlack) -> None:
    message = await posted(fake_team, "new Autumn")
    before = images(message)[0]["slack_file"]
    await whole(fake_team, "/board", "add one-red", by=BEA)
    await whole(fake_team, "/board", "add one-blue one-green", by=CAT)
    await fake_team.until(lambda: texts(message).count("Photo by one photographer") == 3)
    assert images(message)[0]["slack_file"] != before and action_of(message, "vote")


async def test_a_board_s_message_that_was_deleted_stops_nothing(fake_team: FakeSlack, team_desk: Desk) -> None:
    message = await posted(fake_team, "new Autumn")
    await team_desk.live.settle()
    del fake_team.messages[message["ts"]]
    await whole(fake_team, "/board", "add one-red")
    await team_desk.live.settle()
    assert "Photo by one photographer" in texts(await whole(fake_team, "/board", "show"))


async def test_a_board_that_changed_while_the_chat_was_away_is_drawn(
    fake: FakeSlack, connect: Connect, team_desk: Desk
) -> None:
    async with connect(desk=team_desk):
        message = await posted(fake, "new Autumn")
        await team_desk.live.settle()
        fake.fail("chat.update", 200, "fatal_error", times=99)  # however often it is tried
        await whole(fake, "/board", "add one-red")
        await fake.until(lambda: fake.made("chat.update"))
    assert "Photo by" not in texts(message)
    fake.failures.clear()
    async with connect(desk=team_desk):
        await fake.until(lambda: "Photo by one photographer" in texts(message))


async def test_results_are_pinned_by_their_menu(fake_team: FakeSlack) -> None:
    await posted(fake_team, "new Autumn")
    found = await whole(fake_team, "/find", "red")
    said = await fake_team.answer(await fake_team.press(found, action_of(found, "pin"), chosen=("1", "2")))
    assert "Pinned" in texts(said)


async def test_what_stands_beside_a_photo_is_about_this_photo(fake_team: FakeSlack) -> None:
    found = await whole(fake_team, "/find", "red count:3")
    offered = {option["value"].partition(":")[0]: option["value"] for option in beside_of(found, 2)}
    assert list(offered) == ["photo", "similar", "less", "pin"]
    title = images(found)[1]["title"]["text"].removeprefix("2 · ")
    large = await fake_team.answer(await fake_team.press(found, "overflow:2", chosen=offered["photo"]))
    assert title in texts(large) and len(images(large)) == 1
    like = await fake_team.answer(await fake_team.press(found, "overflow:2", chosen=offered["similar"]))
    assert len(images(like)) > 1 and "Photo by one photographer" in texts(like)


async def test_a_photo_is_pinned_by_what_stands_beside_it(fake_team: FakeSlack) -> None:
    await posted(fake_team, "new Autumn")
    found = await whole(fake_team, "/find", "red")
    pin = next(option["value"] for option in beside_of(found, 1) if option["value"].startswith("pin:"))
    said = await fake_team.answer(await fake_team.press(found, "overflow:1", chosen=pin))
    assert "Pinned" in texts(said)


async def test_less_like_a_photo_takes_the_place_of_the_answer(fake_team: FakeSlack) -> None:
    found = await whole(fake_team, "/find", "red")
    less = next(option["value"] for option in beside_of(found, 1) if option["value"].startswith("less:"))
    await fake_team.press(found, "overflow:1", chosen=less)
    await fake_team.until(lambda: "-like:" in texts(found))


async def test_without_a_board_the_menu_asks_for_a_name(fake_team: FakeSlack) -> None:
    found = await whole(fake_team, "/find", "red")
    pressed = await fake_team.press(found, action_of(found, "pin"), chosen=("1",))
    await fake_team.submit(await fake_team.modal(pressed), name="Autumn")
    await fake_team.until(lambda: any("Pinned" in texts(one) for one in fake_team.messages.values()))


async def test_a_picture_is_taken_into_the_library_with_its_credit(fake_team: FakeSlack, tmp_path: Path) -> None:
    data = draw_photo(tmp_path / "mine.jpg", "#d0a010", seed=33).read_bytes()
    sent = await fake_team.command("/add", by=CAT)
    view = await fake_team.modal(sent)
    file = fake_team.attach("mine.jpg", data)
    await fake_team.submit(view, by=CAT, image=[file], photographer="Dan Day", licence="CC BY 4.0")
    assert "Dan Day" in texts(await fake_team.answer(sent))


async def test_a_shortcut_finds_what_is_like_a_picture(fake_team: FakeSlack, tmp_path: Path) -> None:
    data = draw_photo(tmp_path / "asked.jpg", "#0018d8", seed=99).read_bytes()
    message = {"ts": "1.1", "channel": PHOTOS, "files": [fake_team.attach("asked.jpg", data)]}
    found = await fake_team.answer(await fake_team.pick("similar", message))
    assert "one blue" in images(found)[0]["title"]["text"]


async def test_photos_are_completed_from_the_library(fake_team: FakeSlack) -> None:
    await whole(fake_team, "/find", "red")  # opens the library
    view = await fake_team.modal(await fake_team.command("/photo"))
    sent = await fake_team.typing(view, "photo", "one")
    assert any("red" in option["text"]["text"] for option in sent.payload["options"])


async def test_a_file_of_a_board_goes_to_who_asked(fake_team: FakeSlack) -> None:
    await posted(fake_team, "new Autumn")
    await whole(fake_team, "/board", "add one-red")
    await whole(fake_team, "/board", "export pdf")
    await fake_team.until(lambda: any(one.get("shared") == f"D{ANN}" for one in fake_team.files.values()))
    (file,) = [one for one in fake_team.files.values() if one.get("shared") == f"D{ANN}"]
    assert fake_team.store[file["id"]].startswith(b"%PDF")


async def test_every_command_answers_without_an_error(fake_team: FakeSlack, caplog: pytest.LogCaptureFixture) -> None:
    from bot.commands import COMMANDS
    from bot.slack.names import slash_name

    await posted(fake_team, "new Autumn")
    for command in COMMANDS:
        word, _, rest = slash_name(command.name).partition(" ")
        sent = await fake_team.command(word, rest, by=CAT)
        known = len(fake_team.posted(PHOTOS))
        await fake_team.until(
            lambda sent=sent, known=known: (
                fake_team.said_to(sent)
                or sent.trigger not in fake_team.triggers
                or len(fake_team.posted(PHOTOS)) > known
            )
        )
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_the_bot_s_page_lists_the_boards(fake_team: FakeSlack) -> None:
    await posted(fake_team, "new Autumn")
    await fake_team.event({"type": "app_home_opened", "tab": "home", "user": ANN})
    home = await fake_team.until(lambda: fake_team.homes.get(ANN))
    assert "Autumn" in texts(home) and action_of(home, "board") and action_of(home, "find")
    assert "Photos of this team" in texts(home) and "3 photos" in texts(home)


async def test_the_bot_s_page_knows_after_a_restart_what_each_looked_for(
    fake: FakeSlack, connect: Connect, team_desk: Desk
) -> None:
    async with connect(desk=team_desk):
        found = await whole(fake, "/find", "red count:2")
        await fake.press(found, action_of(found, "more"))
        await whole(fake, "/similar", "one-red")
        await whole(fake, "/find", "green")
        await whole(fake, "/find", "blue", by=BEA)
    async with connect(desk=team_desk):
        await fake.event({"type": "app_home_opened", "tab": "home", "user": ANN})
        home = await fake.until(lambda: fake.homes.get(ANN))
    said = texts(home)
    assert [one for one in action_ids(home) if one in ("find:red", "find:green", "find:blue")] == [
        "find:green",
        "find:red",
    ]
    assert "What you looked for lately" in said and "like:" not in said.partition("What you looked for lately")[2]
