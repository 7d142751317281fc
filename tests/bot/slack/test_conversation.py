"""What people do in Slack besides commands: mentions, direct messages, shortcuts, buttons, the bot's own page."""

from __future__ import annotations

import pytest

from bot.replies import Audience, Reply
from tests.bot.slack.rehearsal import JPEG, Asked, RehearsedDesk, action_ids, every_kind, images, page, texts
from tests.fakes.slack import ANN, PHOTOS, ZOE, FakeSlack
from tests.fakes.slack_grants import BOT

pytestmark = pytest.mark.usefixtures("chat")
MENTION = f"<@{BOT}>"


async def test_a_mention_is_answered_in_its_thread(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.reply = page(2)
    await fake.say(f"{MENTION} sunset", ts="77.1")
    (message,) = await fake.until(lambda: fake.posted(PHOTOS))
    assert message["thread_ts"] == "77.1" and len(images(message)) == 2
    assert (desk.last.name, desk.last.values) == ("find", {"query": "sunset"})


async def test_a_picture_that_comes_with_a_mention_is_looked_for(fake: FakeSlack, desk: RehearsedDesk) -> None:
    files = [fake.attach("a.jpg", JPEG), fake.attach("notes.txt", b"x", "text/plain")]
    await fake.say(f"{MENTION} but at night", files=files, subtype="file_share")
    await fake.until(lambda: fake.posted(PHOTOS))
    (upload,) = desk.last.values["image"]
    assert desk.last.values["query"] == "but at night" and await upload.read() == JPEG


async def test_a_direct_message_is_answered_beside_it(fake: FakeSlack, desk: RehearsedDesk) -> None:
    await fake.say("sunset", channel="D0ANN")
    (message,) = await fake.until(lambda: fake.posted("D0ANN"))
    assert not message.get("thread_ts") and desk.last.values == {"query": "sunset"}


async def test_an_empty_mention_is_told_what_to_write(fake: FakeSlack, desk: RehearsedDesk) -> None:
    await fake.say(MENTION)
    (message,) = await fake.until(lambda: fake.posted(PHOTOS))
    assert "Write what the photo should show" in texts(message) and not desk.asked


async def test_an_event_that_slack_tells_again_is_answered_once(fake: FakeSlack, desk: RehearsedDesk) -> None:
    await fake.say(f"{MENTION} sunset", retry=3)
    await fake.say(f"{MENTION} last")
    await fake.until(lambda: len(fake.posted(PHOTOS)) == 2)
    assert sorted(one.values["query"] for one in desk.asked) == ["last", "sunset"]  # no event waits for another


@pytest.mark.parametrize("given", ({"bot_id": "B1"}, {"subtype": "message_changed"}, {"subtype": "channel_join"}))
async def test_what_no_person_wrote_is_left_alone(fake: FakeSlack, desk: RehearsedDesk, given: dict[str, str]) -> None:
    await fake.say("sunset", channel="D0ANN", **given)
    await fake.say("last", channel="D0ANN")
    await fake.until(lambda: fake.posted("D0ANN"))
    assert [one.values["query"] for one in desk.asked] == ["last"]


async def test_a_long_answer_takes_the_place_of_what_announced_it(fake: FakeSlack, desk: RehearsedDesk) -> None:
    async def slowly(asked: Asked) -> Reply:
        await asked.request.tell(Reply("The model is loading.", in_place=True))
        return page(1)

    desk.reply = slowly
    await fake.say(f"{MENTION} sunset")
    (message,) = await fake.until(lambda: [one for one in fake.posted(PHOTOS) if one.get("edits")])
    assert images(message) and len(fake.posted(PHOTOS)) == 1


async def test_where_the_bot_may_not_write_it_writes_directly(fake: FakeSlack, desk: RehearsedDesk) -> None:
    fake.closed.add(PHOTOS)
    await fake.say(f"{MENTION} sunset")
    await fake.until(lambda: fake.posted(f"D{ANN}"))


async def test_strangers_in_a_shared_channel_get_no_photos(fake: FakeSlack, desk: RehearsedDesk) -> None:
    await fake.say(f"{MENTION} sunset", by=ZOE)
    (message,) = await fake.until(lambda: fake.posted(PHOTOS))
    assert "only answer people" in texts(message) and not desk.asked


@pytest.mark.parametrize("command", ("similar", "add"))
async def test_a_shortcut_runs_its_command_on_a_message_s_pictures(
    fake: FakeSlack, desk: RehearsedDesk, command: str
) -> None:
    message = {"ts": "1.1", "channel": PHOTOS, "files": [fake.attach("a.jpg", JPEG)]}
    await fake.answer(await fake.pick(command, message))
    (upload,) = desk.last.values["image"]
    assert desk.last.name == command and await upload.read() == JPEG


async def test_a_photo_that_the_bot_showed_can_be_looked_for(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.reply = page(1, audience=Audience.CHANNEL)
    await fake.command("/find", "x")
    (message,) = await fake.until(lambda: fake.posted(PHOTOS))
    desk.reply = Reply("Here.")
    await fake.answer(await fake.pick("similar", message))
    assert len(desk.last.values["image"]) == 1


async def test_a_shortcut_on_words_says_that_there_is_no_picture(fake: FakeSlack, desk: RehearsedDesk) -> None:
    message = await fake.answer(await fake.pick("similar", {"ts": "1.1", "channel": PHOTOS, "text": "hi"}))
    assert "no picture" in texts(message) and not desk.asked


async def test_a_page_is_turned_in_place(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.reply = page(1)
    message = await fake.answer(await fake.command("/find", "x"))
    desk.reply = page(3, in_place=True)
    await fake.press(message, "more:abc")
    await fake.until(lambda: message.get("edits"))
    assert len(images(message)) == 3 and desk.last.name == "more:abc"


async def test_what_is_not_in_place_stands_beside(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.reply = page(1)
    message = await fake.answer(await fake.command("/find", "x"))
    desk.reply = Reply("Beside it.")
    assert "Beside it." in texts(await fake.answer(await fake.press(message, "more:abc")))
    assert "edits" not in message


async def test_choices_of_menus_arrive(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.reply = every_kind()["menus"]
    message = await fake.answer(await fake.command("/find", "x"))
    await fake.answer(await fake.press(message, "one:x", chosen="7" * 100))
    assert desk.last.chosen == ("7" * 100,)
    await fake.answer(await fake.press(message, "some:x", chosen=("2" * 100, "3" * 100)))
    assert desk.last.chosen == ("2" * 100, "3" * 100)


async def test_a_link_that_is_pressed_asks_nothing(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.reply = every_kind()["buttons"]
    message = await fake.answer(await fake.command("/find", "x"))
    known = len(desk.asked)
    sent = await fake.press(message, next(one for one in action_ids(message) if one.startswith("link:")))
    await fake.until(lambda: sent.acknowledged_s is not None)
    assert len(desk.asked) == known


@pytest.mark.parametrize("kind", every_kind())
async def test_every_kind_of_reply_is_taken(fake: FakeSlack, desk: RehearsedDesk, kind: str) -> None:
    desk.reply = every_kind()[kind]
    sent = await fake.command("/find", "x")
    await fake.answer(sent)
    assert not fake.made("chat.postEphemeral")


async def test_files_of_a_private_answer_go_to_who_asked_alone(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.reply = every_kind()["files"]
    sent = await fake.command("/find", "x")
    await fake.until(lambda: len(fake.said_to(sent)) == 2)
    assert {one["shared"] for one in fake.files.values()} == {f"D{ANN}"}
    assert "direct messages" in texts(fake.said_to(sent)[1])


async def test_files_of_a_posted_answer_go_to_the_channel(fake: FakeSlack, desk: RehearsedDesk) -> None:
    reply = every_kind()["files"]
    desk.reply = Reply("Here.", files=reply.files, audience=Audience.CHANNEL)
    await fake.command("/find", "x")
    await fake.until(lambda: fake.made("files.completeUploadExternal"))
    assert {one["shared"] for one in fake.files.values()} == {PHOTOS}


async def test_the_bot_s_page_has_examples_boards_and_what_was_looked_for(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.queries = ("sunset", "x" * 120)  # no button has room for the second
    desk.reply = lambda asked: Reply(f"About {asked.name}.")
    await fake.event({"type": "app_home_opened", "tab": "home", "user": ANN})
    home = await fake.until(lambda: fake.homes.get(ANN))
    assert "About help." in texts(home) and "About board list." in texts(home)
    assert action_ids(home) == ["find:sunset"]


async def test_what_is_pressed_on_the_bot_s_page_is_answered_directly(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.queries = ("sunset",)
    await fake.event({"type": "app_home_opened", "tab": "home", "user": ANN})
    home = await fake.until(lambda: fake.homes.get(ANN))
    await fake.press(home, "find:sunset")
    (message,) = await fake.until(lambda: fake.posted(f"D{ANN}"))
    assert desk.last.name == "find:sunset" and "Here you are." in texts(message)
