"""Commands in Slack, from what is typed to what is seen."""

from __future__ import annotations

import asyncio

import pytest

from bot.replies import Audience, Choice, Reply
from bot.requests import Level
from bot.slack.client import SlackChat
from tests.bot.slack.rehearsal import FORM, JPEG, Asked, RehearsedDesk, images, page, photo_card, texts
from tests.fakes.slack import ANN, BEA, CAT, PHOTOS, ZOE, FakeSlack

pytestmark = pytest.mark.usefixtures("chat")


async def test_a_command_is_answered_privately(fake: FakeSlack, desk: RehearsedDesk) -> None:
    message = await fake.answer(await fake.command("/find", "sunset count:3"))
    assert message["only"] and "Here you are." in texts(message)
    assert (desk.last.name, desk.last.values) == ("find", {"query": "sunset", "count": 3})


async def test_a_command_of_several_words_is_typed_behind_the_first(fake: FakeSlack, desk: RehearsedDesk) -> None:
    await fake.answer(await fake.command("/board", "new Autumn"))
    assert (desk.last.name, desk.last.values) == ("board new", {"name": "Autumn"})


async def test_a_command_that_slack_has_itself_goes_by_another_name(fake: FakeSlack, desk: RehearsedDesk) -> None:
    await fake.answer(await fake.command("/remove-photo", "id7"))
    assert (desk.last.name, desk.last.values) == ("remove", {"photo": "id7"})


async def test_the_first_word_alone_lists_boards(fake: FakeSlack, desk: RehearsedDesk) -> None:
    await fake.answer(await fake.command("/board"))
    assert desk.last.name == "board list"


async def test_what_slack_escapes_arrives_as_it_was_typed(fake: FakeSlack, desk: RehearsedDesk) -> None:
    await fake.answer(await fake.command("/find", "salt &amp; pepper width:&gt;=3000 <https://a.example/b|a>"))
    assert desk.last.values == {"query": "salt & pepper width:>=3000 https://a.example/b"}


async def test_a_mistake_is_explained(fake: FakeSlack, desk: RehearsedDesk) -> None:
    message = await fake.answer(await fake.command("/find", "sunset count:99"))
    assert "whole number from 1 to 9" in texts(message) and not desk.asked


async def test_photos_are_shown_with_their_credits(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.reply = Reply("“sunset”", tuple(photo_card(number) for number in (1, 2, 3)))
    message = await fake.answer(await fake.command("/find", "sunset"))
    assert [image["title"]["text"] for image in images(message)] == ["1 · Title 1", "2 · Title 2", "3 · Title 3"]
    assert texts(message).count("Ann <Day> & Co") == 3


async def test_the_same_picture_is_uploaded_once(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.reply = page(1)
    for _ in range(2):
        await fake.answer(await fake.command("/find", "x"))
    assert len(fake.made("files.completeUploadExternal")) == 1


async def test_what_is_for_all_is_posted_to_the_channel(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.reply = page(1, audience=Audience.CHANNEL)
    await fake.command("/find", "x")
    (message,) = await fake.until(lambda: fake.posted(PHOTOS))
    assert len(images(message)) == 1


async def test_where_the_bot_is_not_a_member_it_answers_all_through_the_command(
    fake: FakeSlack, desk: RehearsedDesk
) -> None:
    fake.closed.add(PHOTOS)
    desk.reply = page(1, audience=Audience.CHANNEL)
    message = await fake.answer(await fake.command("/find", "x"))
    assert "only" not in message and images(message)


async def test_what_can_be_posted_nowhere_is_shown_privately(fake: FakeSlack, desk: RehearsedDesk) -> None:
    fake.closed.add(PHOTOS)
    fake.fail("respond", 404, "expired_url")
    desk.reply = page(1, audience=Audience.CHANNEL)
    message = await fake.answer(await fake.command("/find", "x"))
    assert message["only"] and "could not post this" in texts(message)


async def test_who_asks_where_and_with_which_rights(fake: FakeSlack, desk: RehearsedDesk) -> None:
    for person in (ANN, BEA, CAT):
        await fake.answer(await fake.command("/find", "x", by=person))
    seen = [(one.request.person.id, one.request.person.name, one.request.level) for one in desk.asked]
    assert seen == [
        ("slack:T0TEAM.U0ANN", "ann", Level.MEMBER),
        ("slack:T0TEAM.U0BEA", "bea", Level.MANAGER),
        ("slack:T0TEAM.U0CAT", "cat", Level.MANAGER),
    ]
    request = desk.last.request
    assert (request.workspace, request.channel, request.words.language) == ("slack:T0TEAM", f"slack:{PHOTOS}", "de")


async def test_who_somebody_is_is_asked_once_in_a_while(fake: FakeSlack) -> None:
    for _ in range(3):
        await fake.answer(await fake.command("/find", "x"))
    assert len(fake.made("users.info")) == 1


async def test_people_of_another_organisation_are_turned_away(fake: FakeSlack, desk: RehearsedDesk) -> None:
    message = await fake.answer(await fake.command("/find", "x", by=ZOE))
    assert "only answer people" in texts(message) and not desk.asked


async def test_what_is_missing_is_asked_for(fake: FakeSlack, desk: RehearsedDesk) -> None:
    sent = await fake.command("/photo")
    view = await fake.modal(sent)
    assert [block["element"]["type"] for block in view["blocks"]] == ["external_select"] and not desk.asked


async def test_what_is_asked_for_is_completed_while_it_is_typed(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.choices = (Choice("id7", "Sunset"),)
    view = await fake.modal(await fake.command("/photo"))
    sent = await fake.typing(view, "photo", "sun")
    assert [option["value"] for option in sent.payload["options"]] == ["id7"]
    assert (desk.last.name, desk.last.values) == ("photo/photo", {"photo": "sun"})


async def test_what_was_asked_for_runs_the_command(fake: FakeSlack, desk: RehearsedDesk) -> None:
    sent = await fake.command("/photo")
    await fake.submit(await fake.modal(sent), photo="id7")
    assert "Here you are." in texts(await fake.answer(sent))
    assert (desk.last.name, desk.last.values) == ("photo", {"photo": "id7"})


async def test_a_command_that_takes_pictures_asks_for_one(fake: FakeSlack, desk: RehearsedDesk) -> None:
    sent = await fake.command("/similar")
    await fake.submit(await fake.modal(sent), image=[fake.attach("a.jpg", JPEG)])
    await fake.answer(sent)
    (upload,) = desk.last.values["image"]
    assert desk.last.name == "similar" and await upload.read() == JPEG


async def test_numbers_that_were_asked_for_are_numbers(fake: FakeSlack, desk: RehearsedDesk) -> None:
    sent = await fake.command("/find")
    await fake.submit(await fake.modal(sent), query="x", count="4")
    await fake.answer(sent)
    assert desk.last.values == {"query": "x", "count": 4}


async def test_a_long_answer_is_announced(fake: FakeSlack, desk: RehearsedDesk) -> None:
    async def slowly(asked: Asked) -> Reply:
        await asked.request.tell(Reply("The model is loading.", in_place=True))
        return page(1)

    desk.reply = slowly
    sent = await fake.command("/find", "x")
    await fake.until(lambda: len(fake.said_to(sent)) == 2)
    notice, message = fake.said_to(sent)
    assert "loading" in texts(notice) and images(message)


async def test_everything_is_acknowledged_in_time_while_much_goes_on(fake: FakeSlack, desk: RehearsedDesk) -> None:
    async def slowly(asked: Asked) -> Reply:
        await asyncio.sleep(1.0)
        return Reply("Here.")

    desk.reply = slowly
    sent = [await fake.command("/find", f"x{number}") for number in range(60)]
    await fake.until(lambda: all(one.acknowledged_s is not None for one in sent))
    assert max(one.acknowledged_s or 9 for one in sent) < 1.5
    await fake.until(lambda: all(fake.said_to(one) for one in sent))


async def test_an_unexpected_error_ends_in_a_sentence(fake: FakeSlack, desk: RehearsedDesk) -> None:
    async def fails(asked: Asked) -> Reply:
        raise RuntimeError("secret detail")

    desk.reply = fails
    message = await fake.answer(await fake.command("/find", "x"))
    assert "went wrong" in texts(message) and "secret" not in texts(message)


async def test_a_form_is_opened_before_a_command_answers(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.form = FORM
    view = await fake.modal(await fake.command("/add"))
    assert view["title"]["text"] == "Whose photo is it?" and not desk.asked


async def test_the_chat_says_when_it_is_not_connected(chat: SlackChat) -> None:
    assert chat.connected
    await chat.close()
    await asyncio.sleep(0.05)
    assert not chat.connected
