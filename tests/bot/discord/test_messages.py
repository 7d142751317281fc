"""Messages: mentions, direct messages, and the menu that every message has."""

from __future__ import annotations

import pytest

from bot.discord.client import DiscordChat
from bot.discord.uploads import upload_at
from bot.requests import Level
from core.errors import FetchError
from tests.bot.discord.rehearsal import JPEG, RehearsedDesk, gallery, page, texts
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_payloads import ANN, BILDER, BOT, CAT, DIRECT, MENTION, PHOTOS, message, user


async def test_a_mention_is_answered_under_the_message(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    desk.reply = page(2)
    said = await fake.say(f"{MENTION}  sunset over ocean ")
    (posted,) = await fake.until(lambda: fake.posted(4001))
    assert posted["reference"]["message_id"] == int(said["id"]) and len(gallery(posted)) == 2
    assert (desk.last.name, desk.last.values) == ("find", {"query": "sunset over ocean"})
    assert desk.last.request.workspace == "discord:3001"


async def test_a_mention_with_a_picture_asks_for_photos_like_it(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    files = [fake.attach("a.jpg", JPEG), fake.attach("notes.txt", b"x", "text/plain")]
    await fake.say(f"but with leaves <@!{BOT}>", attachments=files)
    await fake.until(lambda: fake.posted(4001))
    assert desk.last.values["query"] == "but with leaves"
    (upload,) = desk.last.values["image"]
    assert await upload.read() == JPEG


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/a.jpg",
        "https://cdn.discordapp.com.evil.example/a.jpg",
        "https://cdn.discordapp.com@evil.example/a.jpg",
        "https://cdn.discordapp.com:8443/a.jpg",
        "http://cdn.discordapp.com/a.jpg",
        "http://169.254.169.254/latest/meta-data/",
        "https://[broken/a.jpg",
    ],
)
async def test_a_picture_is_read_from_discord_s_own_hosts_only(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk, url: str
) -> None:
    await fake.say(f"{MENTION} like this", attachments=[fake.attach("a.jpg", JPEG) | {"url": url, "proxy_url": url}])
    await fake.until(lambda: fake.posted(4001))
    (upload,) = desk.last.values["image"]
    with pytest.raises(FetchError, match="does not lie in Discord"):
        await upload.read()


@pytest.mark.parametrize("host", ["cdn.discordapp.com", "media.discordapp.net", "images-ext-1.discordapp.net"])
async def test_discord_s_hosts_are_read_from(host: str) -> None:
    read: list[str] = []

    class Reading:
        async def get_from_cdn(self, url: str) -> bytes:
            read.append(url)
            return JPEG

    assert await upload_at(Reading(), f"https://{host}/attachments/1/a.jpg?ex=1").read() == JPEG and read


async def test_a_direct_message_needs_no_mention(fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk) -> None:
    await fake.say("red barn", place=DIRECT)
    await fake.until(lambda: fake.posted(4900))
    assert desk.last.values == {"query": "red barn"}
    assert (desk.last.request.workspace, desk.last.request.level) == ("discord:@2001", Level.MANAGER)


async def test_rights_come_from_roles_and_the_language_from_the_server(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    await fake.say(f"{MENTION} Hund", by=CAT, place=BILDER)
    await fake.until(lambda: fake.posted(4101))
    assert desk.last.request.level is Level.MANAGER and desk.last.request.workspace == "discord:3002"


async def test_a_mention_alone_says_what_to_do(fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk) -> None:
    await fake.say(MENTION)
    (posted,) = await fake.until(lambda: fake.posted(4001))
    assert "what the photo should show" in texts(posted) and not desk.asked


async def test_talk_of_others_is_left_alone(fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk) -> None:
    me = user(BOT, "moda", bot=True) | {"member": {}}
    await fake.say("lovely weather")
    await fake.say("@everyone look", mention_everyone=True)
    await fake.say("I like the second one", mentions=[me])  # a reply to the bot's message
    await fake.say(f"{MENTION} hello", author=user(5000, "robot", bot=True))
    await fake.say(f"{MENTION} hello", webhook_id="77")
    await fake.say(f"{MENTION} sunset")  # what comes before it has been seen by now
    await fake.until(lambda: fake.posted(4001))
    assert [asked.values["query"] for asked in desk.asked] == ["sunset"]


async def test_the_menu_takes_a_message_s_pictures_each_once(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    attached, linked, shown = (fake.attach(f"{name}.jpg", JPEG + name.encode()) for name in "abc")
    media = {"url": shown["url"], "proxy_url": shown["url"], "content_type": "image/jpeg", "width": 4, "height": 4}
    again = {**media, "url": attached["url"], "proxy_url": f"{attached['url']}?again=1"}
    target = message(
        1, 4001, ANN.user(),
        attachments=[attached, fake.attach("x.pdf", b"x", "application/pdf")],
        embeds=[{"type": "rich", "image": {"url": "https://elsewhere.example/b.jpg", "proxy_url": linked["url"]}}],
        components=[
            {"type": 17, "id": 1, "components": [
                {"type": 12, "id": 2, "items": [
                    {"media": one, "description": None, "spoiler": False} for one in (media, again)
                ]},
            ]},
        ],
    )  # fmt: skip
    await fake.answer(await fake.pick("Find similar photos", target))
    assert desk.last.name == "find"
    assert [await upload.read() for upload in desk.last.values["image"]] == [JPEG + b"a", JPEG + b"b", JPEG + b"c"]


async def test_the_menu_on_a_message_without_pictures_says_so(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    answer = await fake.answer(await fake.pick("Find similar photos", message(1, 4001, ANN.user(), content="hi")))
    assert "no picture" in texts(answer) and not desk.asked


async def test_the_bot_s_own_photos_can_be_asked_about(
    fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk
) -> None:
    desk.reply = page(2)
    shown = await fake.answer(await fake.command("find", query="x"))
    await fake.answer(await fake.pick("Find similar photos", shown, place=PHOTOS))
    assert len(desk.last.values["image"]) == 2


@pytest.mark.parametrize("place", [PHOTOS, DIRECT])
async def test_nobody_is_mentioned(fake: FakeDiscord, chat: DiscordChat, desk: RehearsedDesk, place: object) -> None:
    await fake.say(f"{MENTION} x", place=place)  # type: ignore[arg-type]
    call = (await fake.until(lambda: fake.made("POST", "/messages")))[0]
    assert call.body["allowed_mentions"]["parse"] == []
