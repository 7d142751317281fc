"""The web chat's server: who comes in, what is refused, and what a conversation is."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.desk import Desk
from bot.refusals import Refused
from bot.replies import Reply
from bot.store.visits import KEPT_ENTRIES, SESSION_S, Visits
from bot.turns import Limits
from bot.web import WebChat, WebOptions
from core.curation import Record
from tests.conftest import draw_photo
from tests.fakes.visiting import enter, origin


def new_client(chat: WebChat) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(f"http://127.0.0.1:{chat.port}", cookie_jar=aiohttp.CookieJar(unsafe=True))


class Window:
    """A page that is connected."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.heard: list[Mapping[str, Any]] = []

    async def next(self, kind: str) -> Mapping[str, Any]:
        """Return the next message of a kind."""
        while True:
            message = await self.socket.receive_json(timeout=10)
            self.heard.append(message)
            if message["do"] == kind:
                return message

    async def ask(self, text: str, **rest: object) -> Mapping[str, Any]:
        """Say something, and return the reply."""
        await self.socket.send_json({"do": "say", "text": text, **rest})
        while (entry := (await self.next("entry"))["entry"])["kind"] != "reply":
            pass
        return entry


async def connected(client: aiohttp.ClientSession, chat: WebChat) -> Window:
    window = Window(await client.ws_connect("/connection", headers=origin(chat)))
    await window.next("history")
    return window


async def upload(client: aiohttp.ClientSession, chat: WebChat, path: Path) -> str:
    async with client.post(f"/uploads?name={path.name}", data=path.read_bytes(), headers=origin(chat)) as response:
        return str((await response.json())["id"])


# who comes in


async def test_a_login_link_works_once(chat: WebChat, stranger: aiohttp.ClientSession) -> None:
    link = await chat.login_link()
    assert (await enter(stranger, chat, link)).status == 200
    async with aiohttp.ClientSession() as another:
        assert (await enter(another, chat, link)).status == 403


async def test_a_link_that_was_used_here_leads_to_the_page_again(
    chat: WebChat, stranger: aiohttp.ClientSession
) -> None:
    link = await chat.login_link()
    for _ in range(2):
        page = await enter(stranger, chat, link)
        assert page.status == 200 and "chat.js" in await page.text()


async def test_a_login_link_works_by_its_form_alone(chat: WebChat, stranger: aiohttp.ClientSession) -> None:
    link = await chat.login_link()
    address, _, token = link.partition("#")
    for sent in (link, f"{address}?token={token}", f"{address}?link={token}"):  # as a preview asks, or a log knows it
        assert "Set-Cookie" not in (await stranger.get(sent)).headers
    assert (await enter(stranger, chat, link, headers={"Origin": "http://evil.example"})).status == 403
    assert (await enter(stranger, chat, link, allow_redirects=False)).status == 303


@pytest.mark.parametrize("path", ["/", "/pictures/red-barn", "/connection"])
async def test_nothing_is_shown_to_who_is_not_logged_in(
    stranger: aiohttp.ClientSession, chat: WebChat, path: str
) -> None:
    response = await stranger.get(path, headers=origin(chat))
    assert response.status == 401
    assert "chat.js" not in await response.text()


async def test_the_cookie_is_kept_from_scripts_and_other_sites(chat: WebChat, stranger: aiohttp.ClientSession) -> None:
    response = await enter(stranger, chat, allow_redirects=False)
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie


@pytest.mark.parametrize("address", ["http://evil.example", "null", "http://127.0.0.1:1"])
async def test_another_page_can_t_connect(visitor: aiohttp.ClientSession, chat: WebChat, address: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        await visitor.ws_connect("/connection", headers={"Origin": address})
    assert (await visitor.post("/uploads", data=b"x", headers={"Origin": address})).status == 403


async def test_another_name_of_this_machine_is_refused(visitor: aiohttp.ClientSession) -> None:
    assert (await visitor.get("/", headers={"Host": "evil.example"})).status == 421


async def test_every_answer_forbids_foreign_scripts(visitor: aiohttp.ClientSession) -> None:
    for path in ("/", "/static/chat.js", "/healthz", "/nowhere", "/pictures/red-barn"):
        response = await visitor.get(path)
        policy = response.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy and "unsafe" not in policy, path
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_page_has_no_inline_script_or_style(visitor: aiohttp.ClientSession) -> None:
    page = await (await visitor.get("/")).text()
    assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*\ssrc=)", page)


@pytest.mark.parametrize(
    ("host", "password", "behind_tls"),
    [("0.0.0.0", None, False), ("0.0.0.0", "secret", False), ("192.168.1.5", None, True), ("chat.example", "", True)],  # noqa: S104
)
def test_it_does_not_open_itself_to_others(desk: Desk, host: str, password: str | None, behind_tls: bool) -> None:
    with pytest.raises(Refused, match="MODACLIP_WEB_PASSWORD"):
        WebChat(desk, desk.state.database, WebOptions(host=host, password=password, behind_tls=behind_tls))


async def test_the_password_lets_in_and_a_wrong_one_does_not(desk: Desk) -> None:
    async with (
        WebChat(desk, desk.state.database, WebOptions(port=0, password="open sesame open")) as chat,  # noqa: S106
        new_client(chat) as client,
    ):
        wrong = await client.post("/login", data={"password": "open"}, headers=origin(chat))
        assert wrong.status == 403
        assert (await client.post("/login", data={"password": "open sesame open"})).status == 403  # of no page of ours
        right = await client.post("/login", data={"password": "open sesame open"}, headers=origin(chat))
        assert right.status == 200 and "chat.js" in await right.text()


async def test_a_port_that_is_taken_is_explained(chat: WebChat, desk: Desk) -> None:
    with pytest.raises(Refused, match="MODACLIP_WEB_PORT"):
        async with WebChat(desk, desk.state.database, WebOptions(port=chat.port)):
            pass


# conversations


async def test_what_is_typed_is_answered_with_photos_and_credits(visitor: aiohttp.ClientSession, chat: WebChat) -> None:
    window = await connected(visitor, chat)
    reply = await window.ask("/find red count:3")
    assert len(reply["cards"]) == 3 and reply["cards"][0]["id"].startswith("red")
    assert all("hotographer unknown" in card["credit"] for card in reply["cards"])
    picture = await visitor.get(reply["cards"][0]["src"])
    assert (picture.status, picture.content_type) == (200, "image/jpeg")
    assert "private" in picture.headers["Cache-Control"]


async def test_a_mistake_is_answered_in_a_sentence(visitor: aiohttp.ClientSession, chat: WebChat) -> None:
    window = await connected(visitor, chat)
    for text in ("/nonsense", "/find count:99 red", "/settings adding:nobody", "/find tga:x"):
        reply = await window.ask(text)
        assert reply["failed"] and reply["text"], text


async def test_a_press_takes_the_place_of_its_message(visitor: aiohttp.ClientSession, chat: WebChat) -> None:
    window = await connected(visitor, chat)
    first = await window.ask("/find sort:new count:3")
    more = next(action["id"] for action in first["actions"] if action["id"].startswith("more:"))
    await window.socket.send_json({"do": "press", "id": more, "chosen": [], "entry": first["n"]})
    second = (await window.next("replace"))["entry"]
    assert second["n"] == first["n"]
    assert not {card["id"] for card in second["cards"]} & {card["id"] for card in first["cards"]}


async def test_the_conversation_is_there_after_a_restart(desk: Desk) -> None:
    async with WebChat(desk, desk.state.database, WebOptions(port=0)) as chat, new_client(chat) as client:
        await enter(client, chat)
        asked = await (await connected(client, chat)).ask("blue")
        cookie = next(f"{cookie.key}={cookie.value}" for cookie in client.cookie_jar)
    async with WebChat(desk, desk.state.database, WebOptions(port=0)) as chat, new_client(chat) as client:
        window = Window(await client.ws_connect("/connection", headers={**origin(chat), "Cookie": cookie}))
        history = (await window.next("history"))["entries"]
    assert [entry["kind"] for entry in history] == ["asked", "reply"]
    assert history[1]["cards"] == asked["cards"]


async def test_what_is_posted_is_seen_by_everybody_and_the_rest_by_nobody_else(
    visitor: aiohttp.ClientSession, chat: WebChat
) -> None:
    mine = await connected(visitor, chat)
    async with new_client(chat) as client:
        await enter(client, chat)
        theirs = await connected(client, chat)
        private = await mine.ask("green")
        post = next(action["id"] for action in private["actions"] if action["id"].startswith("post:"))
        await mine.socket.send_json({"do": "press", "id": post, "chosen": [], "entry": private["n"]})
        posted = (await theirs.next("entry"))["entry"]
        assert posted["posted"] and posted["cards"][0]["id"] == private["cards"][0]["id"]
        mix = next(action["id"] for action in private["actions"] if action["id"].startswith("credits:"))
        await theirs.socket.send_json({"do": "press", "id": mix, "chosen": []})
        refused = (await theirs.next("entry"))["entry"]
    assert refused["failed"] and "private" in refused["text"]


async def test_a_picture_finds_those_like_it(visitor: aiohttp.ClientSession, chat: WebChat, tmp_path: Path) -> None:
    token = await upload(visitor, chat, draw_photo(tmp_path / "mine.jpg", "#1020d0", seed=77))
    reply = await (await connected(visitor, chat)).ask("", uploads=[token])
    assert reply["cards"][0]["id"].startswith("blue")


async def test_a_photo_is_added_with_its_form(visitor: aiohttp.ClientSession, chat: WebChat, tmp_path: Path) -> None:
    window = await connected(visitor, chat)
    token = await upload(visitor, chat, draw_photo(tmp_path / "mine.jpg", "#c010c0", seed=78))
    await window.socket.send_json({"do": "say", "text": "/add", "uploads": [token]})
    form = (await window.next("form"))["form"]
    values = {"photographer": "Ann Lee", "title": "Magenta", "licence": "CC BY 4.0"}
    await window.socket.send_json({"do": "submit", "form": form["id"], "values": values})
    reply = (await window.next("entry"))["entry"]
    assert reply["cards"][0]["credit"].startswith("Photo by Ann Lee") and "CC BY 4.0" in reply["cards"][0]["credit"]


async def test_another_s_upload_can_t_be_used(visitor: aiohttp.ClientSession, chat: WebChat, tmp_path: Path) -> None:
    token = await upload(visitor, chat, draw_photo(tmp_path / "mine.jpg", "#1020d0", seed=77))
    async with new_client(chat) as client:
        await enter(client, chat)
        reply = await (await connected(client, chat)).ask("/similar", uploads=[token])
    assert reply["failed"]


async def test_too_large_an_upload_is_refused(visitor: aiohttp.ClientSession, chat: WebChat) -> None:
    response = await visitor.post("/uploads", data=io.BytesIO(b"x" * (65 * 2**20)), headers=origin(chat))
    assert response.status == 413 and "64 MB" in (await response.json())["error"]


async def test_typing_is_completed(visitor: aiohttp.ClientSession, chat: WebChat) -> None:
    window = await connected(visitor, chat)
    await window.socket.send_json({"do": "complete", "text": "/fi"})
    offered = await window.next("completions")
    assert (offered["start"], [choice["value"] for choice in offered["choices"]]) == (0, ["/find "])


@pytest.mark.parametrize(
    "data", ["", "{}", "[1]", '{"do": "press"}', '{"do": 7}', '{"do": "say", "uploads": {"a": 1}}', "\x00"]
)
async def test_nonsense_over_the_connection_harms_nothing(
    visitor: aiohttp.ClientSession, chat: WebChat, data: str, caplog: pytest.LogCaptureFixture
) -> None:
    window = await connected(visitor, chat)
    await window.socket.send_str(data)
    await window.socket.send_json({"do": "say", "text": "red"})
    while not (await window.next("entry"))["entry"].get("cards"):  # a press of nothing is answered as well
        pass
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_the_page_speaks_the_reader_s_language(visitor: aiohttp.ClientSession, chat: WebChat) -> None:
    page = await (await visitor.get("/", headers={"Accept-Language": "de-AT,de;q=0.9"})).text()
    assert '<html lang="de">' in page


# health


async def test_health_readiness_and_metrics_are_told(
    chat: WebChat, stranger: aiohttp.ClientSession, desk: Desk
) -> None:
    assert (await stranger.get("/healthz")).status == 200
    assert (await stranger.get("/readyz")).status == 503
    await desk.workspaces.warm_up()
    assert (await stranger.get("/readyz")).status == 200
    assert "modaclip_requests" in await (await stranger.get("/metrics")).text()


async def test_metrics_are_not_told_through_a_proxy(stranger: aiohttp.ClientSession) -> None:
    assert (await stranger.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"})).status == 403


async def test_a_proxy_that_speaks_tls_may_have_any_name_and_nothing_comes_past_it(desk: Desk) -> None:
    options = WebOptions(port=0, password="long enough it is", behind_tls=True)  # noqa: S106
    async with WebChat(desk, desk.state.database, options) as chat, new_client(chat) as client:
        proxied, form = {"Host": "photos.example.com"}, {"password": "long enough it is"}
        assert (await client.get("/metrics", headers=proxied)).status == 403
        plain = await client.post(
            "/login", data=form, headers={**proxied, "Origin": "http://photos.example.com"}, allow_redirects=False
        )
        assert plain.status == 403
        secure = await client.post(
            "/login", data=form, headers={**proxied, "Origin": "https://photos.example.com"}, allow_redirects=False
        )
        assert secure.status == 303 and "Secure" in secure.headers["Set-Cookie"]


async def test_a_host_that_is_none_is_refused(stranger: aiohttp.ClientSession) -> None:
    assert (await stranger.get("/", headers={"Host": "[::"})).status in (400, 421)


# what goes on while windows come and go


class Released:
    """An answer that waits until the test lets it come."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    async def wait_and_say(self) -> Reply:
        """Wait, and answer."""
        await self.event.wait()
        return Reply("late")


async def test_an_answer_comes_to_the_window_that_was_reloaded_meanwhile(
    visitor: aiohttp.ClientSession, chat: WebChat, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = Released()
    monkeypatch.setattr(desk, "command", lambda *_: late.wait_and_say())
    window = await connected(visitor, chat)
    await window.socket.send_json({"do": "say", "text": "red"})
    await window.next("busy")
    await window.socket.close()
    again = await connected(visitor, chat)
    await again.next("busy")
    late.event.set()
    assert (await again.next("entry"))["entry"]["text"] == "late"


async def test_all_windows_of_a_person_show_the_same(visitor: aiohttp.ClientSession, chat: WebChat) -> None:
    window, beside = await connected(visitor, chat), await connected(visitor, chat)
    reply = await window.ask("red")
    assert (await beside.next("entry"))["entry"]["text"] == "red"
    assert (await beside.next("entry"))["entry"] == reply


async def test_however_much_is_waited_for_can_be_cancelled(
    visitor: aiohttp.ClientSession, chat: WebChat, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = Released()
    monkeypatch.setattr("bot.desk.QUIET_S", 0.01)
    monkeypatch.setattr(desk, "command", lambda name, request, _: desk._answer(request, name, late.wait_and_say))
    window = await connected(visitor, chat)
    for number in range(Limits().of_person + 2):
        await window.socket.send_json({"do": "say", "text": f"red {number}"})
    while not (told := (await window.next("busy"))["reply"]):
        pass
    await window.socket.send_json({"do": "press", "id": told["actions"][0]["id"]})
    while (entry := (await window.next("entry"))["entry"])["kind"] != "reply":
        pass
    assert entry["text"] == "Cancelled."


async def test_a_photo_is_looked_at_without_a_word_in_the_conversation(
    visitor: aiohttp.ClientSession, chat: WebChat
) -> None:
    window = await connected(visitor, chat)
    await window.socket.send_json({"do": "look", "photo": "red-barn"})
    reply = (await window.next("looked"))["reply"]
    assert ["Id", "red-barn"] in reply["details"]
    assert (await connected(visitor, chat)).heard[-1]["entries"] == []


async def test_a_form_that_is_refused_says_why_and_stays(
    visitor: aiohttp.ClientSession, chat: WebChat, tmp_path: Path
) -> None:
    window = await connected(visitor, chat)
    (tmp_path / "notes.jpg").write_text("words")
    token = await upload(visitor, chat, tmp_path / "notes.jpg")
    await window.socket.send_json({"do": "say", "text": "/add"})
    form = (await window.next("form"))["form"]["id"]
    given = {"photographer": "Ann Lee"}
    await window.socket.send_json({"do": "submit", "form": form, "values": given, "uploads": [token]})
    said = await window.next("submitted")
    assert said["form"] == form and "not a picture" in said["refused"]["text"]


async def test_the_page_knows_how_wide_photos_are_before_they_come(
    visitor: aiohttp.ClientSession, chat: WebChat
) -> None:
    window = await connected(visitor, chat)
    cards = (await window.ask("/find sort:new"))["cards"]
    assert {round(card["ratio"], 1) for card in cards} == {1.5, 0.7}


async def test_pictures_come_from_memory_the_second_time(
    visitor: aiohttp.ClientSession, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await visitor.get("/pictures/red-barn?size=small")
    monkeypatch.setattr(desk, "picture", None)
    again = await visitor.get("/pictures/red-barn?size=small")
    assert await again.read() == await first.read()
    assert again.content_type == "image/jpeg" and "private" in again.headers["Cache-Control"]


async def test_a_removed_photo_s_picture_is_gone_and_its_id_s_next_photo_shows_itself(
    visitor: aiohttp.ClientSession, chat: WebChat, desk: Desk, tmp_path: Path
) -> None:
    first = await visitor.get("/pictures/red-barn?size=small")
    seen = {"If-None-Match": first.headers["ETag"]}
    assert (await visitor.get("/pictures/red-barn?size=small", headers=seen)).status == 304
    async with desk.workspaces.use("web:main") as workspace:
        await workspace.remove("red-barn")
        assert (await visitor.get("/pictures/red-barn?size=small", headers=seen)).status == 404
        data = draw_photo(tmp_path / "red-barn.jpg", "#0010e0", seed=99).read_bytes()
        await workspace.add(data, "red-barn.jpg", Record("Ann"))
    again = await visitor.get("/pictures/red-barn?size=small", headers=seen)
    assert again.status == 200 and await again.read() != await first.read()


# visits


async def test_sessions_end_and_their_cookies_are_not_kept_in_the_open(desk: Desk) -> None:
    now = [0.0]
    visits = Visits(desk.state.database, clock=lambda: now[0])
    cookie = await visits.begin()
    assert await visits.person(cookie) is not None
    assert cookie not in str([tuple(row) for row in await desk.state.database.rows("SELECT * FROM sessions")])
    now[0] = SESSION_S
    assert await visits.person(cookie) is None


async def test_a_conversation_keeps_its_latest_entries(desk: Desk) -> None:
    visits = Visits(desk.state.database)
    for number in range(KEPT_ENTRIES + 5):
        await visits.add("web:1", {"number": number})
    assert [entry["number"] for entry in await visits.entries("web:1")] == list(range(5, KEPT_ENTRIES + 5))
    await visits.clear("web:1")
    assert await visits.entries("web:1") == []


async def test_an_entry_of_somebody_else_is_not_replaced(desk: Desk) -> None:
    visits = Visits(desk.state.database)
    n = await visits.add("web:1", {"text": "mine"})
    assert not await visits.replace("web:2", n, {"text": "theirs"})
    assert (await visits.entries("web:1"))[0]["text"] == "mine"


async def test_who_asks_to_be_forgotten_sees_what_was_and_begins_anew(
    visitor: aiohttp.ClientSession, chat: WebChat, desk: Desk
) -> None:
    window = await connected(visitor, chat)
    await window.ask("red")
    await window.ask("/board new Autumn")
    asked = await window.ask("/forget me")
    await window.socket.send_json({"do": "press", "id": "forgotten:", "entry": asked["n"]})
    entries = (await window.next("history"))["entries"]
    assert "You are forgotten" in entries[-1]["text"]
    assert not [row for row in await desk.state.database.rows("SELECT data FROM entries") if "forgotten" in row[0]]
    await window.socket.send_json({"do": "say", "text": "blue"})
    await window.next("reload")
    again = await connected(visitor, chat)
    assert (await again.ask("blue"))["cards"], "the same browser is still let in"


async def test_files_of_who_is_forgotten_go_with_them(
    visitor: aiohttp.ClientSession, chat: WebChat, tmp_path: Path
) -> None:
    window = await connected(visitor, chat)
    await window.ask("/board new Autumn")
    await window.ask("/board add red-barn")
    await window.ask("/board export csv")
    assert list((tmp_path / "files").iterdir())
    asked = await window.ask("/forget me")
    await window.socket.send_json({"do": "press", "id": "forgotten:", "entry": asked["n"]})
    await window.next("history")
    assert list((tmp_path / "files").iterdir()) == []


@pytest.mark.parametrize("sent", ("[" * 100_000, '{"do": "say", "text": ' + "[" * 100_000, '{"do":', "7", "[]"))
async def test_what_is_no_message_leaves_the_connection_open(
    visitor: aiohttp.ClientSession, chat: WebChat, sent: str
) -> None:
    window = await connected(visitor, chat)
    await window.socket.send_str(sent)
    assert (await window.ask("red"))["kind"] == "reply"


@pytest.mark.parametrize(
    "sent",
    (
        {"do": "board", "id": "half \ud800"},
        {"do": "submit", "form": "me", "values": {"name": "\ud83d Ann\x1b"}},
        {"do": "press", "id": "keep:x", "entry": 2**70},
    ),
)
async def test_an_odd_message_is_no_unforeseen_error(
    visitor: aiohttp.ClientSession, chat: WebChat, sent: Mapping[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    window = await connected(visitor, chat)
    await window.socket.send_json(sent)
    await window.ask("red")
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize("address", ("/pictures/pin:b.{n}", "/boards/b/collage.jpg?revision={n}"))
async def test_a_number_without_end_in_an_address_is_nothing(visitor: aiohttp.ClientSession, address: str) -> None:
    assert (await visitor.get(address.format(n="9" * 5000))).status == 404
