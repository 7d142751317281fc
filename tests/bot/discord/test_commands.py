"""Commands, as people use them in Discord."""

from __future__ import annotations

from bot.discord.client import DiscordChat
from bot.replies import Choice, Reply
from bot.requests import Level, Upload
from tests.bot.discord.rehearsal import FORM, JPEG, RehearsedDesk, buttons, gallery, page, texts
from tests.fakes.discord import PRIVATE, FakeDiscord
from tests.fakes.discord_payloads import ANN, BEA, BILDER, CAT, DIRECT, FOREIGN, PHOTOS


async def test_a_command_is_acknowledged_at_once_and_answered_privately(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    desk.reply = page(3)
    session = await fake.command("find", query="sunset over ocean", count=3)
    message = await fake.answer(session)
    assert fake.made("POST", "/callback")[0].body == {"type": 5, "data": {"flags": PRIVATE}}
    assert message["flags"] & PRIVATE
    assert desk.last.name == "find" and desk.last.values == {"query": "sunset over ocean", "count": 3}
    assert not session.public


async def test_photos_stand_in_a_gallery_each_with_its_credit(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    desk.reply = page(3)
    message = await fake.answer(await fake.command("find", query="x"))
    assert [item["description"] for item in gallery(message)] == ["Photo 1", "Photo 2", "Photo 3"]
    for number in (1, 2, 3):
        line = f"**{number}** Title {number} · Photo by [Ann {number}](https://example.org/{number}) · `id{number}`"
        assert line in texts(message)
    assert buttons(message) == ["More"]


async def test_a_picture_is_read_only_when_the_desk_asks(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    await fake.answer(await fake.command("find", image=fake.attach("barn.jpg", JPEG)))
    upload = desk.last.values["image"]
    assert isinstance(upload, Upload) and (upload.name, upload.size) == ("barn.jpg", len(JPEG))
    assert await upload.read() == JPEG


async def test_a_command_of_two_words_is_known_by_both(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    await fake.answer(await fake.command("tag add", photo="id1"))
    assert (desk.last.name, desk.last.values) == ("tag add", {"photo": "id1"})


async def test_what_is_typed_is_completed(fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk) -> None:
    desk.choices = [Choice(f"tag{n}", "x" * 120) for n in range(30)] + [Choice("y" * 101, "too long")]
    session = await fake.typing("find", "tag", "ta")
    choices = await fake.until(lambda: session.choices)
    assert (desk.last.name, desk.last.values) == ("find/tag", {"tag": "ta"})
    assert len(choices) == 25 and (choices[0]["name"], choices[0]["value"]) == ("x" * 100, "tag0")


async def test_a_command_of_two_words_is_completed(fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk) -> None:
    session = await fake.typing("tag add", "photo", "id")
    assert await fake.until(lambda: session.choices is not None) and desk.last.name == "tag add/photo"


async def test_a_form_opens_in_place_of_an_acknowledgement(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    desk.form = FORM
    session = await fake.command("add", image=fake.attach("a.jpg", JPEG))
    modal = await fake.until(lambda: session.modal)
    assert (modal["custom_id"], modal["title"]) == ("credit:abc", "Whose photo is it?")
    filled = await fake.submit(session, photographer="Bea", licence="cc0", image=fake.attach("b.jpg", JPEG))
    await fake.answer(filled)
    assert (desk.last.what, desk.last.name) == ("submit", "credit:abc")
    values = desk.last.values
    assert (values["photographer"], values["licence"]) == ("Bea", "cc0") and "note" not in values
    assert await values["image"][0].read() == JPEG


async def test_a_reply_instead_of_a_form_is_shown_privately(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    desk.form = Reply("You may not add photos here.", failed=True)
    message = await fake.answer(await fake.command("add"))
    assert "may not add" in texts(message) and message["flags"] & PRIVATE and not desk.asked


async def test_who_asks_where_and_with_which_rights(fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk) -> None:
    seen = []
    for by, place in ((ANN, PHOTOS), (BEA, PHOTOS), (CAT, BILDER), (ANN, DIRECT), (ANN, FOREIGN)):
        await fake.answer(await fake.command("find", query="x", by=by, place=place))
        request = desk.last.request
        seen.append((request.workspace, request.channel, request.person.id, request.level))
    assert seen == [
        ("discord:3001", "discord:4001", "discord:2001", Level.MEMBER),
        ("discord:3001", "discord:4001", "discord:2002", Level.MODERATOR),
        ("discord:3002", "discord:4101", "discord:2003", Level.MANAGER),
        ("discord:@2001", "discord:4900", "discord:2001", Level.MANAGER),
        ("discord:@2001", "discord:4500", "discord:2001", Level.MANAGER),
    ]


async def test_people_are_answered_in_their_own_language(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    await fake.answer(await fake.command("find", query="x", locale="de"))
    assert desk.last.request.upload_limit == 10 * 2**20 and desk.last.request.chat == "discord"


async def test_a_command_of_an_earlier_version_is_explained(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    message = await fake.answer(await fake.command("board", title="x"))
    assert "has changed" in texts(message)
