"""What the bot goes on through: lost connections, refusals, and everything that people delete meanwhile."""

from __future__ import annotations

import asyncio
import logging

import pytest

from bot.chat import UnderWay
from bot.discord.client import DiscordChat, DiscordRefused
from bot.replies import Audience, Reply
from tests.bot.discord.conftest import Connect
from tests.bot.discord.rehearsal import COMMANDS, JPEG, MENUS, Asked, Facts, RehearsedDesk, gallery, page, texts
from tests.fakes.discord import TOKEN, FakeDiscord
from tests.fakes.discord_payloads import MENTION


async def test_a_lost_connection_is_resumed_and_what_was_missed_is_answered(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    await fake.gateway.drop()
    missed = await fake.command("find", query="missed")
    await fake.answer(missed)
    assert len(fake.gateway.resumed) == 1 and len(fake.gateway.identified) == 1


async def test_a_limit_is_waited_for(fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk) -> None:
    fake.fail("PATCH", "/messages/@original", 429, retry_after_s=0.05)
    await fake.answer(await fake.command("find", query="x"))
    assert len(fake.made("PATCH", "/messages/@original")) == 2


async def test_a_server_error_is_tried_again(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleep = asyncio.sleep
    monkeypatch.setattr(asyncio, "sleep", lambda s: sleep(min(s, 0.01)))
    fake.fail("PATCH", "/messages/@original", 500, times=2)
    await fake.answer(await fake.command("find", query="x"))


async def test_an_interaction_that_came_too_late_is_given_up_quietly(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk, caplog: pytest.LogCaptureFixture
) -> None:
    fake.late_s = 0
    session = await fake.command("find", query="x")
    await fake.until(lambda: fake.made("POST", f"{session.token}/callback"))
    fake.late_s = 3
    await fake.answer(await fake.command("find", query="y"))
    assert [asked.values["query"] for asked in desk.asked] == ["y"]
    assert all(record.exc_info is None for record in caplog.records)


async def test_one_that_was_acknowledged_before_is_answered(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    async def again(asked: Asked) -> Reply:
        return Reply("Here.")

    desk.reply = again
    session = await fake.command("find", query="x")
    await fake.answer(session)
    fake.fail("POST", "/callback", 400, 40060)
    second = await fake.command("find", query="x")
    await fake.until(lambda: fake.made("PATCH", f"{second.token}/messages/@original"))


async def test_a_dismissed_message_is_answered_by_another(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    async def after_dismissal(asked: Asked) -> Reply:
        fake.messages.clear()
        return page(1)

    desk.reply = after_dismissal
    session = await fake.command("find", query="x")
    await fake.until(lambda: len(session.private) == 2)
    assert gallery(fake.messages[session.private[1]])


async def test_a_message_deleted_before_its_page_turns_is_replaced(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    desk.reply = page(3)
    message = await fake.answer(await fake.command("find", query="x"))
    del fake.messages[message["id"]]
    desk.reply = page(1, in_place=True)
    session = await fake.press(message, "more:abc")
    await fake.until(lambda: session.private)


async def test_where_nothing_may_be_posted_the_person_gets_it_privately(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    desk.reply = page(2, audience=Audience.CHANNEL)
    fake.fail("POST", "/webhooks/", 403, 50013)
    message = await fake.answer(session := await fake.command("find", query="x"))
    await fake.until(lambda: "only you see it" in texts(message))
    assert len(gallery(message)) == 2 and not session.public


async def test_where_the_bot_may_not_write_it_says_so_in_a_direct_message(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    fake.muted.add(4001)
    await fake.say(f"{MENTION} sunset")
    (told,) = await fake.until(lambda: fake.posted(4900))
    assert "\\#photos" in texts(told) and "Send Messages" in texts(told)


async def test_a_member_who_left_is_given_up_quietly(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk, caplog: pytest.LogCaptureFixture
) -> None:
    fake.muted.add(4001)
    fake.fail("POST", "/channels/4900/messages", 403, 50007)  # who left can't be written to any more
    await fake.say(f"{MENTION} sunset")
    await fake.until(lambda: not fake.failures)
    fake.muted.clear()
    await fake.say(f"{MENTION} again")
    await fake.until(lambda: fake.posted(4001))
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_server_error_that_does_not_end_is_given_up_quietly(
    fake: FakeDiscord,
    chat: DiscordChat,
    desk: RehearsedDesk,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sleep = asyncio.sleep
    monkeypatch.setattr(asyncio, "sleep", lambda s: sleep(min(s, 0.01)))
    for method, part in (("PATCH", "/messages/@original"), ("POST", "/webhooks/")):
        fake.fail(method, part, 503, times=100)
    await fake.command("find", query="x")
    await fake.until(lambda: len(fake.made("POST", "/webhooks/")) >= 5)
    fake.failures.clear()
    await fake.answer(await fake.command("find", query="y"))
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_without_the_permission_to_point_to_a_message_it_just_answers(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    fake.fail("POST", "/channels/4001/messages", 403, 160002)
    await fake.say(f"{MENTION} sunset")
    (posted,) = await fake.until(lambda: fake.posted(4001))
    assert posted["reference"] is None


async def test_a_deleted_channel_is_given_up_quietly(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk, caplog: pytest.LogCaptureFixture
) -> None:
    fake.fail("POST", "/channels/4001/messages", 404, 10003)
    await fake.say(f"{MENTION} sunset")
    await fake.until(lambda: not fake.failures)
    await fake.say(f"{MENTION} again")
    await fake.until(lambda: fake.posted(4001))
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_what_discord_does_not_take_comes_without_pictures_but_with_credits(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    desk.reply = page(2)
    fake.fail("PATCH", "/messages/@original", 400, 50035)
    fake.fail("POST", "/webhooks/", 400, 50035)
    message = await fake.answer(await fake.command("find", query="x"))
    assert not gallery(message) and "Photo by [Ann 2]" in texts(message)


async def test_an_error_reaches_people_as_a_sentence(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Asked) -> Reply:
        raise RuntimeError("secret detail")

    desk.reply = broken
    message = await fake.answer(await fake.command("find", query="x"))
    assert "Something went wrong" in texts(message) and "secret" not in texts(message)


async def test_logs_hold_no_token_and_no_url(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    fake.fail("PATCH", "/messages/@original", 403, 50001)
    session = await fake.command("find", query="private words", image=fake.attach("a.jpg", JPEG))
    await fake.answer(session)
    said = " ".join(
        f"{record.getMessage()} {vars(record)}" for record in caplog.records if record.name.startswith("bot")
    )
    assert "50001" in said
    for secret in (TOKEN, session.token, "https://", "private words"):
        assert secret not in said


async def test_a_missing_picture_is_told_by_a_sentence(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    from core.errors import FetchError

    attachment = fake.attach("a.jpg", JPEG)
    await fake.answer(await fake.command("find", image=attachment))
    fake.store.clear()
    with pytest.raises(FetchError, match="does not have this picture any more"):
        await desk.last.values["image"].read()


async def test_a_huge_picture_is_not_read(fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk) -> None:
    from core.errors import FetchError

    await fake.answer(await fake.command("find", image=fake.attach("a.jpg", JPEG) | {"size": 65 * 2**20}))
    with pytest.raises(FetchError, match="64 MB"):
        await desk.last.values["image"].read()


async def test_closing_waits_for_answers_on_their_way(fake: FakeDiscord, connect: Connect, desk: RehearsedDesk) -> None:
    async def slow(_: Asked) -> Reply:
        await asyncio.sleep(0.1)
        return page(1)

    desk.reply = slow
    async with connect():
        session = await fake.command("find", query="x")
        await fake.until(lambda: session.acknowledged)
    assert gallery(fake.messages[str(session.original)])


async def test_being_cancelled_waits_for_answers_on_their_way(
    fake: FakeDiscord, desk: RehearsedDesk, facts: Facts
) -> None:
    async def slow(_: Asked) -> Reply:
        await asyncio.sleep(0.1)
        return page(1)

    desk.reply = slow
    chat = DiscordChat(desk, facts, commands=COMMANDS, menus=MENUS)
    running = asyncio.create_task(chat.run(TOKEN))
    await fake.until(lambda: fake.gateway.identified)
    session = await fake.command("find", query="x")
    await fake.until(lambda: session.acknowledged)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert gallery(fake.messages[str(session.original)])


async def test_the_chat_knows_whether_it_is_connected(fake: FakeDiscord, connect: Connect) -> None:
    async with connect() as chat:
        for _ in range(200):
            if chat.connected:
                break
            await asyncio.sleep(0.01)
        assert chat.connected
    assert not chat.connected


async def test_a_wrong_token_is_refused_with_what_to_do(fake: FakeDiscord, desk: RehearsedDesk, facts: Facts) -> None:
    with pytest.raises(DiscordRefused, match="MODACLIP_DISCORD_TOKEN"):
        await DiscordChat(desk, facts).run("wrong.token")


async def test_a_discord_that_is_away_is_tried_again(fake: FakeDiscord, connect: Connect, desk: RehearsedDesk) -> None:
    fake.fail("GET", "/users/@me", 503)
    fake.fail("GET", "/gateway/bot", 403)
    async with connect():
        await fake.answer(await fake.command("find", query="x"))


async def test_two_shards_are_both_connected(fake: FakeDiscord, connect: Connect, desk: RehearsedDesk) -> None:
    fake.shards = 2
    async with connect():
        assert [asked["shard"] for asked in fake.gateway.identified] == [[0, 2], [1, 2]]
        await fake.answer(await fake.command("find", query="x"))


async def test_what_comes_while_too_much_is_under_way_is_left_alone(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    desk.reply = page(1)
    answered = await fake.answer(await fake.command("find", query="x"))
    client = chat._client
    assert client is not None
    client.events.under_way = UnderWay(most=0)
    await fake.command("find", query="left alone")
    await fake.press(answered, "more:abc")
    await fake.say(f"{MENTION} left alone")
    await asyncio.sleep(0.1)
    client.events.under_way = UnderWay()
    await fake.answer(await fake.command("find", query="answered"))
    assert [asked.values.get("query") for asked in desk.asked if asked.what == "command"] == ["x", "answered"]
