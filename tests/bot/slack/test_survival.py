"""What the bot goes on through: limits, lost connections, refusals, forged requests, files that are not Slack's."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import time
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.chat import UnderWay
from bot.replies import Audience, Reply
from bot.requests import Upload
from bot.slack.api import Api, Hosts
from bot.slack.client import SlackChat, SlackOptions
from bot.slack.credentials import SlackSecrets
from bot.slack.pages import HEADERS
from bot.slack.server import EVENTS, MOST_BYTES
from bot.slack.trouble import SlackRefused
from bot.slack.uploads import upload_of
from core.errors import FetchError
from tests.bot.slack.conftest import Connect
from tests.bot.slack.rehearsal import JPEG, Asked, RehearsedDesk, card, images, page, texts
from tests.fakes.slack import ANN, APP_TOKEN, BOT_TOKEN, PHOTOS, SECRET, FakeSlack
from tests.fakes.slack_grants import BOT

BY_HTTP = SlackSecrets(BOT_TOKEN, None, SECRET)
BODY = urlencode({"command": "/find", "text": "x", "user_id": "U0ANN", "channel_id": PHOTOS, "trigger_id": "t"})


async def test_a_limit_is_waited_for(fake: FakeSlack, chat: SlackChat) -> None:
    fake.fail("respond", 429)
    await fake.answer(await fake.command("/find", "x"))
    assert len(fake.made("respond")) == 2


@pytest.mark.parametrize("wait", ["86400", "999999999999999999999", "soon", "-1"])
async def test_a_limit_that_nobody_would_wait_for_is_not_waited_for(
    fake: FakeSlack, chat: SlackChat, desk: RehearsedDesk, wait: str
) -> None:
    desk.reply = page(1, audience=Audience.CHANNEL)
    fake.fail("chat.postMessage", 429, wait=wait)
    await fake.command("/find", "x")
    await fake.until(lambda: not fake.failures)
    await fake.command("/find", "y")
    await fake.until(lambda: fake.posted(PHOTOS))


async def test_a_limit_of_the_web_api_is_waited_for(fake: FakeSlack, chat: SlackChat, desk: RehearsedDesk) -> None:
    fake.fail("chat.postMessage", 429)
    desk.reply = page(1, audience=Audience.CHANNEL)
    await fake.command("/find", "x")
    await fake.until(lambda: fake.posted(PHOTOS))
    assert len(fake.made("chat.postMessage")) == 2


async def test_a_lost_connection_is_made_again(fake: FakeSlack, chat: SlackChat) -> None:
    await fake.drop()
    await fake.until(lambda: len(fake.sockets) == 2)
    await fake.answer(await fake.command("/find", "x"))


async def test_pictures_that_slack_refuses_are_left_out(fake: FakeSlack, chat: SlackChat, desk: RehearsedDesk) -> None:
    fake.fail("respond", 404, "invalid_blocks")
    fake.fail("chat.postEphemeral", 200, "invalid_blocks")
    fake.fail("chat.postMessage", 200, "invalid_blocks", times=2)
    desk.reply = page(2)
    message = await fake.answer(await fake.command("/find", "x"))
    assert not images(message) and texts(message).count("Photo by") == 2


async def test_where_uploads_fail_credits_are_shown(fake: FakeSlack, chat: SlackChat, desk: RehearsedDesk) -> None:
    fake.fail("files.getUploadURLExternal", 200, "not_allowed", times=4)
    desk.reply = page(2)
    message = await fake.answer(await fake.command("/find", "x"))
    assert not images(message) and texts(message).count("its picture is not here") == 2


async def test_pictures_that_can_t_be_shared_are_shown_as_far_as_slack_allows(
    fake: FakeSlack, chat: SlackChat, desk: RehearsedDesk
) -> None:
    fake.closed.add(f"D{ANN}")
    desk.reply = page(2)
    message = await fake.answer(await fake.command("/find", "x"))
    assert len(images(message)) == 2
    assert [problem for problem in fake.problems if "shared with nobody" not in problem] == []
    fake.problems.clear()


async def test_a_thread_that_is_gone_is_begun_anew(fake: FakeSlack, chat: SlackChat, desk: RehearsedDesk) -> None:
    fake.fail("files.completeUploadExternal", 200, "thread_not_found")
    for number in (1, 2):
        desk.reply = Reply("", (card(number, data=JPEG + bytes([number])),))
        await fake.answer(await fake.command("/find", "x"))
    assert len(fake.posted(f"D{ANN}")) == 2
    fake.problems.clear()  # the first was shown without being shared


async def test_a_used_response_url_is_gone_around(fake: FakeSlack, chat: SlackChat, desk: RehearsedDesk) -> None:
    fake.fail("respond", 404, "used_url")
    await fake.command("/find", "x")
    await fake.until(lambda: [one for one in fake.messages.values() if one.get("only") == "U0ANN"])


async def test_no_secret_is_logged(
    fake: FakeSlack, chat: SlackChat, desk: RehearsedDesk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    fake.fail("respond", 404, "expired_url")
    await fake.command("/find", "x")
    await fake.until(lambda: fake.made("chat.postEphemeral"))
    logged = "\n".join(f"{one.getMessage()} {one.__dict__}" for one in caplog.records if one.name.startswith("bot"))
    assert BOT_TOKEN not in logged and "/respond/" not in logged


async def test_tokens_that_slack_does_not_accept_end_the_chat(fake: FakeSlack, desk: RehearsedDesk) -> None:
    hosts = Hosts(f"{fake.http}/api/", f"{fake.http}/files/", f"{fake.http}/respond/")
    chat = SlackChat(desk, SlackOptions(hosts=hosts))
    with pytest.raises(SlackRefused, match="does not accept"):
        await chat.run(SlackSecrets("xoxb-wrong", APP_TOKEN))
    with pytest.raises(SlackRefused, match="does not accept"):
        await chat.run(SlackSecrets(BOT_TOKEN, "xapp-wrong"))


async def test_without_an_app_token_or_a_secret_nothing_starts(desk: RehearsedDesk) -> None:
    with pytest.raises(SlackRefused, match="signing secret"):
        await SlackChat(desk).run(SlackSecrets(BOT_TOKEN))


async def test_slack_that_can_t_be_reached_is_tried_again(fake: FakeSlack, connect: Connect) -> None:
    fake.fail("auth.test", 200, "fatal_error", times=2)
    async with connect():
        await fake.answer(await fake.command("/find", "x"))
    assert len(fake.made("auth.test")) >= 3


async def test_answers_that_are_on_their_way_are_sent_before_the_chat_ends(
    fake: FakeSlack, connect: Connect, desk: RehearsedDesk
) -> None:
    async def slowly(asked: Asked) -> Reply:
        await asyncio.sleep(0.3)
        return Reply("Here.")

    desk.reply = slowly
    async with connect():
        sent = await fake.command("/find", "x")
        await fake.until(lambda: desk.asked)
    assert fake.said_to(sent)


async def test_signed_requests_are_answered(fake: FakeSlack, connect: Connect, desk: RehearsedDesk) -> None:
    async with connect(BY_HTTP):
        message = await fake.answer(await fake.command("/find", "sunset"))
        await fake.say(f"<@{BOT}> green")
        await fake.until(lambda: fake.posted(PHOTOS))
    assert "Here you are." in texts(message) and desk.last.values == {"query": "green"}


@pytest.mark.parametrize(
    ("age_s", "secret", "status"),
    ((0, SECRET, 200), (600, SECRET, 401), (-600, SECRET, 401), (0, "wrong", 401), (0, None, 401)),
)
async def test_only_what_slack_has_signed_just_now_is_taken(
    fake: FakeSlack, connect: Connect, desk: RehearsedDesk, age_s: float, secret: str | None, status: int
) -> None:
    async with connect(BY_HTTP) as chat, aiohttp.ClientSession() as session:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        headers |= fake.signed(BODY, at=time.time() - age_s, secret=secret) if secret else {}
        async with session.post(f"{chat.address}{EVENTS}", data=BODY, headers=headers) as answer:
            assert answer.status == status
        if status == 200:
            await fake.until(lambda: desk.asked)
    assert bool(desk.asked) == (status == 200)


@pytest.mark.parametrize(
    ("body", "kind"),
    (
        (b"\xff\xfe", "application/json"),
        (b"{}", "application/json; charset=no-such-charset"),
        (b"{", "application/json"),
        (b"[1]", "application/json"),
        (b'{"team": 5}', "application/json"),
        (b'{"authorizations": [5]}', "application/json"),
        (b'{"a":' + b"[" * 100_000, "application/json"),
        (b"payload=%7B", "application/x-www-form-urlencoded"),
        (b"payload=%5B1%5D", "application/x-www-form-urlencoded"),
    ),
    ids=range(9),
)
async def test_a_body_that_slack_never_sends_is_turned_away_and_not_logged(
    connect: Connect, caplog: pytest.LogCaptureFixture, body: bytes, kind: str
) -> None:
    async with (
        connect(BY_HTTP) as chat,
        aiohttp.ClientSession(headers={"Content-Type": kind}) as session,
        session.post(f"{chat.address}{EVENTS}", data=body) as answer,
    ):
        assert answer.status == 400 and HEADERS.items() <= answer.headers.items()
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]


async def test_a_body_that_is_too_large_is_not_read(fake: FakeSlack, connect: Connect, desk: RehearsedDesk) -> None:
    body = "x" * (MOST_BYTES + 1)
    async with (
        connect(BY_HTTP) as chat,
        aiohttp.ClientSession(headers=fake.signed(body)) as session,
        session.post(f"{chat.address}{EVENTS}", data=io.BytesIO(body.encode())) as answer,
    ):
        assert answer.status == 413 and HEADERS.items() <= answer.headers.items()
    assert not desk.asked


@pytest.mark.parametrize(
    "wrong",
    (
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": "9" * 5000},
        {"X-Slack-Signature": "v0=ä"},
    ),
    ids=range(3),
)
async def test_what_is_no_signature_is_turned_away_and_not_logged(
    fake: FakeSlack, connect: Connect, caplog: pytest.LogCaptureFixture, wrong: dict[str, str]
) -> None:
    async with (
        connect(BY_HTTP) as chat,
        aiohttp.ClientSession(headers=fake.signed("{}")) as session,
        session.post(f"{chat.address}{EVENTS}", data="{}", headers=wrong) as answer,
    ):
        assert answer.status == 400
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]


async def test_slack_s_question_whether_the_address_is_ours_is_answered(fake: FakeSlack, connect: Connect) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "abc"})
    async with connect(BY_HTTP) as chat, aiohttp.ClientSession() as session:
        headers = {"Content-Type": "application/json", **fake.signed(body)}
        async with session.post(f"{chat.address}{EVENTS}", data=body, headers=headers) as answer:
            assert (await answer.json())["challenge"] == "abc"


@pytest.fixture
async def upload(fake: FakeSlack) -> Upload:
    """A file that somebody sent, as the bot reads it."""
    return await read_from(fake, f"{fake.http}/files/")


async def read_from(fake: FakeSlack, host: str) -> Upload:
    api = Api(BOT_TOKEN, Hosts(f"{fake.http}/api/", host, ""))

    async def read() -> bytes:
        async with api:
            return await upload_of(api, fake.attach("a.jpg", JPEG)["id"]).read()

    return Upload("a.jpg", None, read)


async def test_a_file_is_read_with_the_bot_s_token(upload: Upload) -> None:
    assert await upload.read() == JPEG


async def test_the_token_goes_to_slack_s_own_host_only(fake: FakeSlack) -> None:
    with pytest.raises(FetchError, match="does not lie in Slack"):
        await (await read_from(fake, "https://files.slack.com/")).read()
    assert not fake.made("file")


async def test_no_redirect_is_followed(fake: FakeSlack, upload: Upload) -> None:
    fake.fail("file", 302)
    with pytest.raises(FetchError, match="did not hand"):
        await upload.read()
    assert len(fake.made("file")) == 1


async def test_a_file_that_is_gone_is_explained(fake: FakeSlack, upload: Upload) -> None:
    fake.fail("files.info", 200, "file_not_found")
    with pytest.raises(FetchError, match="any more"):
        await upload.read()


async def test_a_file_of_another_host_by_name_is_not_read(fake: FakeSlack) -> None:
    api = Api(BOT_TOKEN, Hosts(f"{fake.http}/api/", "https://files.slack.com/", ""))
    for url in ("https://files.slack.com.evil.example/a", "https://evil.example/?https://files.slack.com/"):
        file = fake.attach("a.jpg", JPEG)
        fake.files[file["id"]]["url_private_download"] = url
        async with api:
            with pytest.raises(FetchError, match="does not lie in Slack"):
                await upload_of(api, file["id"]).read()


async def test_what_comes_while_too_much_is_under_way_is_left_alone(
    fake: FakeSlack, chat: SlackChat, desk: RehearsedDesk
) -> None:
    await fake.answer(await fake.command("/find", "x"))
    assert chat._events is not None
    chat._events.under_way = UnderWay(most=0)
    left = await fake.command("/find", "left alone")
    await asyncio.sleep(0.1)
    chat._events.under_way = UnderWay()
    await fake.answer(await fake.command("/find", "answered"))
    assert left.acknowledged_s is None
    assert [asked.values.get("query") for asked in desk.asked if asked.what == "command"] == ["x", "answered"]
