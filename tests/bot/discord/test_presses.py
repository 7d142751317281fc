"""Buttons, menus and what is posted to a channel."""

from __future__ import annotations

import asyncio

from bot.discord.client import DiscordChat
from bot.replies import Action, Audience, Choice, Menu, Reply
from tests.bot.discord.conftest import Connect
from tests.bot.discord.rehearsal import FORM, Asked, RehearsedDesk, buttons, gallery, page, texts
from tests.fakes.discord import PRIVATE, FakeDiscord
from tests.fakes.discord_payloads import BEA


async def test_the_next_page_takes_the_place_of_this_one(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    desk.reply = page(3)
    message = await fake.answer(await fake.command("find", query="x"))
    desk.reply = page(2, in_place=True)
    session = await fake.press(message, "more:abc")
    await fake.until(lambda: len(gallery(message)) == 2)
    assert fake.made("POST", "/callback")[-1].body == {"type": 6}
    assert session.original == message["id"] and len(message["attachments"]) == 2
    assert not session.private and not session.public


async def test_what_does_not_replace_a_page_comes_beside_it(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    desk.reply = page(3)
    message = await fake.answer(await fake.command("find", query="x"))
    desk.reply = Reply("The credit, to copy.")
    session = await fake.press(message, "more:abc")
    await fake.until(lambda: session.private)
    assert len(gallery(message)) == 3


async def test_a_choice_from_a_menu_is_brought_to_the_desk(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    desk.reply = Reply("Which?", menus=(Menu("pick:abc", "Choose", (Choice("1", "One"), Choice("2", "Two")), most=2),))
    message = await fake.answer(await fake.command("find", query="x"))
    session = await fake.press(message, "pick:abc", "1", "2")
    await fake.until(lambda: session.private)
    assert (desk.last.name, list(desk.last.chosen)) == ("pick:abc", ["1", "2"])


async def test_a_button_opens_a_form_whose_answer_changes_the_message(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    desk.reply = Reply("Photo", actions=(Action("edit:abc", "Edit"),))
    message = await fake.answer(await fake.command("find", query="x"))
    desk.form = FORM
    session = await fake.press(message, "edit:abc")
    await fake.until(lambda: session.modal)
    desk.reply = Reply("Changed.", in_place=True)
    await fake.submit(session, photographer="Bea")
    await fake.until(lambda: "Changed." in texts(message))
    assert desk.last.name == "credit:abc"


async def test_a_button_works_after_a_restart(fake: FakeDiscord, connect: Connect, desk: RehearsedDesk) -> None:
    desk.reply = page(1)
    async with connect():
        message = await fake.answer(await fake.command("find", query="x"))
    fake.gateway.logs.clear()
    desk.reply = page(2, in_place=True)
    async with connect():
        await fake.press(message, "more:abc")
        await fake.until(lambda: len(gallery(message)) == 2)


async def test_what_is_for_the_channel_is_posted_there_and_nothing_private_is_left(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    desk.reply = page(2, audience=Audience.CHANNEL)
    session = await fake.command("find", query="x")
    (posted,) = await fake.until(lambda: fake.posted(4001))
    assert not posted["flags"] & PRIVATE and len(gallery(posted)) == 2
    await fake.until(lambda: session.original not in fake.messages)


async def test_posting_from_a_button_leaves_its_message_as_it_is(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    desk.reply = page(3)
    message = await fake.answer(await fake.command("find", query="x"))
    desk.reply = page(1, audience=Audience.CHANNEL)
    session = await fake.press(message, "more:abc")
    await fake.until(lambda: session.public)
    assert len(gallery(message)) == 3 and not session.private


async def test_anybody_may_press_what_was_posted(fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk) -> None:
    desk.reply = page(2, audience=Audience.CHANNEL)
    await fake.command("find", query="x")
    (posted,) = await fake.until(lambda: fake.posted(4001))
    desk.reply = Reply("For you.")
    session = await fake.press(posted, "more:abc", by=BEA)
    await fake.until(lambda: session.private)
    assert desk.last.request.person.id == "discord:2002"


async def test_a_long_answer_says_what_it_waits_for_and_can_be_cancelled(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    cancelled = asyncio.Event()

    async def answer(asked: Asked) -> Reply:
        if asked.name == "cancel:t":
            cancelled.set()
        else:
            await asked.request.tell(Reply("The encoder is loading.", actions=(Action("cancel:t", "Cancel"),)))
            await cancelled.wait()
        return Reply("Cancelled.", in_place=True)

    desk.reply = answer
    message = await fake.answer(await fake.command("find", query="x"))
    assert "loading" in texts(message) and buttons(message) == ["Cancel"]
    await fake.press(message, "cancel:t")
    await fake.until(lambda: "Cancelled." in texts(message) and not buttons(message))


async def test_waiting_after_a_press_does_not_touch_its_message(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    desk.reply = page(3)
    message = await fake.answer(await fake.command("find", query="x"))
    go_on = asyncio.Event()

    async def answer(asked: Asked) -> Reply:
        await asked.request.tell(Reply("The encoder is loading.", actions=(Action("cancel:t", "Cancel"),)))
        await go_on.wait()
        return page(1, in_place=True)

    desk.reply = answer
    session = await fake.press(message, "more:abc")
    (notice,) = await fake.until(lambda: session.private)
    assert len(gallery(message)) == 3
    go_on.set()
    await fake.until(lambda: len(gallery(message)) == 1 and notice not in fake.messages)


async def test_cancelling_after_a_press_leaves_the_photos(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    desk.reply = page(3)
    message = await fake.answer(await fake.command("find", query="x"))

    async def answer(asked: Asked) -> Reply:
        await asked.request.tell(Reply("The encoder is loading."))
        return Reply("Cancelled.", in_place=True)

    desk.reply = answer
    session = await fake.press(message, "more:abc")
    (notice,) = await fake.until(lambda: session.private)
    await fake.until(lambda: "Cancelled." in texts(fake.messages[notice]))
    assert len(gallery(message)) == 3
