"""What keeps strangers out of the web chat: sessions, origins, headers, limits, and what is made of names."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from importlib import resources
from pathlib import Path

import aiohttp
import pytest
from aiohttp import WSMsgType
from yarl import URL

from bot.desk import Desk
from bot.pictures import source_url
from bot.refusals import Refused
from bot.replies import File
from bot.store.visits import IDLE_S, SEEN_EVERY_S, SESSION_S, Visits
from bot.web import WebChat, WebOptions, windows
from bot.web.attachments import MOST_UPLOADS, Attachments
from bot.web.files import Files
from bot.web.guard import LEAST_PASSWORD, MOST_FORM_BYTES, check_exposure, is_weak
from bot.web.server import FILES, MOST_WINDOWS
from bot.web.windows import ENDED
from core.file_names import NAME_BYTES
from core.photos import Photo
from tests.bot.web.test_server import Window, connected, new_client
from tests.conftest import draw_photo
from tests.fakes.visiting import enter, origin

PASSWORD = "four words about nothing"  # noqa: S105
PROXIED = {"Host": "photos.example.com", "Origin": "https://photos.example.com"}
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
PATHS = (
    *("/", "/login", "/nowhere", "/static/chat.js", "/static/nothing.js", "/connection"),
    *("/pictures/red-barn", "/pictures/nothing", "/boards/x/collage.jpg", f"/files/{'x' * 22}/a.pdf"),
    *("/healthz", "/readyz", "/metrics", "/uploads", "/logout"),
)


@pytest.fixture
async def secured(desk: Desk) -> AsyncIterator[WebChat]:
    """A web chat with a password, behind a proxy that speaks TLS."""
    options = WebOptions(port=0, password=PASSWORD, behind_tls=True)
    async with WebChat(desk, desk.state.database, options) as chat:
        yield chat


async def log_in(
    client: aiohttp.ClientSession, password: str = PASSWORD, headers: Mapping[str, str] = PROXIED
) -> aiohttp.ClientResponse:
    return await client.post("/login", data={"password": password}, headers=headers, allow_redirects=False)


def cookie_of(response: aiohttp.ClientResponse) -> str:
    """Return the cookie that an answer sets, as it is sent back."""
    return response.headers["Set-Cookie"].partition(";")[0]


# sessions


async def test_a_session_that_was_known_before_the_login_is_not_used_after_it(
    chat: WebChat, stranger: aiohttp.ClientSession
) -> None:
    planted = {"Cookie": "modaclip=planted-by-somebody-else"}
    response = await enter(stranger, chat, headers=planted, allow_redirects=False)
    assert "planted" not in response.headers["Set-Cookie"]
    async with new_client(chat) as client:
        assert (await client.get("/", headers=planted)).status == 401


async def test_logging_in_anew_ends_the_session_before(chat: WebChat) -> None:
    async with new_client(chat) as client, new_client(chat) as thief:
        first = cookie_of(await enter(client, chat, allow_redirects=False))
        second = cookie_of(await enter(client, chat, allow_redirects=False))
        assert first != second
        assert (await thief.get("/", headers={"Cookie": first})).status == 401
        assert (await thief.get("/", headers={"Cookie": second})).status == 200


async def test_logging_out_ends_the_session_on_the_server_and_closes_its_windows(chat: WebChat) -> None:
    async with new_client(chat) as client, new_client(chat) as thief:
        cookie = cookie_of(await enter(client, chat, allow_redirects=False))
        window = await connected(client, chat)
        response = await client.post("/logout", headers=origin(chat), allow_redirects=False)
        assert response.status == 303 and response.headers["Location"] == "/"
        assert "storage" in response.headers["Clear-Site-Data"] and 'modaclip=""' in response.headers["Set-Cookie"]
        assert (await window.socket.receive(timeout=10)).type is WSMsgType.CLOSE
        assert window.socket.close_code == ENDED
        for session in (client, thief):
            assert (await session.get("/", headers={"Cookie": cookie})).status == 401


async def test_a_session_that_ends_otherwise_closes_its_windows(
    chat: WebChat, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "LOOK_EVERY_S", 0.02)
    async with WebChat(desk, desk.state.database, WebOptions(port=0)) as watching, new_client(watching) as client:
        cookie = cookie_of(await enter(client, watching, allow_redirects=False))
        window = await connected(client, watching)
        await Visits(desk.state.database).end(cookie.partition("=")[2])  # as another program would
        assert (await window.socket.receive(timeout=10)).type is WSMsgType.CLOSE
        assert window.socket.close_code == ENDED


async def test_a_session_ends_after_its_time_however_much_it_is_used(desk: Desk) -> None:
    now = [0.0]
    visits = Visits(desk.state.database, clock=lambda: now[0])
    cookie = await visits.begin()
    while now[0] + IDLE_S / 2 < SESSION_S:
        now[0] += IDLE_S / 2
        assert await visits.person(cookie) is not None
    now[0] = SESSION_S
    assert await visits.person(cookie) is None


async def test_a_session_ends_that_nobody_uses(desk: Desk) -> None:
    now = [0.0]
    visits = Visits(desk.state.database, clock=lambda: now[0])
    cookie = await visits.begin()
    now[0] = IDLE_S - SEEN_EVERY_S
    assert await visits.person(cookie, used=False) is not None  # to look is not to use
    now[0] = IDLE_S
    assert await visits.person(cookie) is None


@pytest.mark.parametrize(("then", "status"), [(PASSWORD, 200), ("another one of four words", 401), (None, 401)])
async def test_another_password_ends_every_session(desk: Desk, then: str | None, status: int) -> None:
    async with (
        WebChat(desk, desk.state.database, WebOptions(port=0, password=PASSWORD)) as chat,
        new_client(chat) as client,
    ):
        cookie = cookie_of(await log_in(client, PASSWORD, origin(chat)))
    async with (
        WebChat(desk, desk.state.database, WebOptions(port=0, password=then)) as chat,
        new_client(chat) as client,
    ):
        assert (await client.get("/", headers={"Cookie": cookie})).status == status
    assert PASSWORD not in str([tuple(row) for row in await desk.state.database.rows("SELECT * FROM facts")])


async def test_sessions_that_have_ended_do_not_pile_up(desk: Desk) -> None:
    now = [0.0]
    visits = Visits(desk.state.database, clock=lambda: now[0])
    for _ in range(5):
        await visits.begin()
    now[0] = IDLE_S
    await visits.begin()
    assert await desk.state.database.value("SELECT count(*) FROM sessions") == 1


async def test_no_two_sessions_have_one_cookie_and_each_is_long(desk: Desk) -> None:
    cookies = {await Visits(desk.state.database).begin() for _ in range(50)}
    assert len(cookies) == 50 and min(map(len, cookies)) >= 43  # 256 bits in base64


async def test_the_cookie_is_for_this_host_alone_behind_tls(secured: WebChat) -> None:
    async with new_client(secured) as client:
        cookie = (await log_in(client)).headers["Set-Cookie"]
    assert cookie.startswith("__Host-modaclip=") and "Domain" not in cookie
    assert {"HttpOnly", "Secure", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))


# who may ask for what


@pytest.mark.parametrize("path", ["/login", "/logout", "/uploads?name=a.jpg"])
@pytest.mark.parametrize("address", [None, "null", "http://evil.example", "http://127.0.0.1:1", "file://"])
async def test_what_changes_something_must_come_from_this_page(
    visitor: aiohttp.ClientSession, path: str, address: str | None
) -> None:
    headers = {"Origin": address} if address else {}
    response = await visitor.post(path, data={"password": "x"}, headers=headers, allow_redirects=False)
    assert response.status == 403
    assert (await visitor.get("/")).status == 200  # the session is still there


@pytest.mark.parametrize("path", ["/logout", "/uploads"])
async def test_what_changes_something_is_no_get(visitor: aiohttp.ClientSession, path: str) -> None:
    assert (await visitor.get(path)).status == 405


async def test_a_connection_without_an_origin_is_refused(visitor: aiohttp.ClientSession) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        await visitor.ws_connect("/connection")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.0.2.1", "localhost.evil.example:80"])
@pytest.mark.parametrize("path", ["/", "/login", "/metrics", "/healthz", "/connection"])
async def test_another_name_is_refused_everywhere(visitor: aiohttp.ClientSession, host: str, path: str) -> None:
    response = await visitor.get(path, headers={"Host": host, "Origin": f"http://{host}"})
    assert response.status == 421


async def test_no_answer_opens_itself_to_other_pages(visitor: aiohttp.ClientSession) -> None:
    for path in PATHS:
        for ask in (visitor.get, visitor.options):
            response = await ask(path, headers={"Origin": "http://evil.example", "Host": "127.0.0.1"})
            assert not [name for name in response.headers if name.lower().startswith("access-control")], path


async def test_an_upload_is_not_read_of_who_is_not_logged_in(stranger: aiohttp.ClientSession, chat: WebChat) -> None:
    response = await stranger.post("/uploads?name=a.jpg", data=b"x" * 1000, headers=origin(chat))
    assert response.status == 401


@pytest.mark.parametrize("path", ["/static/../server.py", "/static/%2e%2e/server.py", "/static/..%2f..%2fguard.py"])
async def test_no_other_file_is_read_as_a_static_one(visitor: aiohttp.ClientSession, chat: WebChat, path: str) -> None:
    response = await visitor.get(URL(f"http://127.0.0.1:{chat.port}{path}", encoded=True))
    assert response.status == 404


@pytest.mark.parametrize(
    "path",
    [
        f"/files/{'x' * 22}/..%2f..%2fstate.db",
        "/files/..%2f..%2f/state.db",
        "/files/../state.db",
        "/files/%2e%2e/state.db",
        f"/files/{'x' * 22}/%00",
        f"/files/{'x' * 22}/{'a' * 5000}",
        "/boards/..%2f..%2f/collage.jpg",
        "/pictures/..%2f..%2fstate.db",
        "/pictures/%00",
        f"/pictures/{'a' * 5000}",
    ],
)
async def test_no_path_leads_out_of_its_place(visitor: aiohttp.ClientSession, chat: WebChat, path: str) -> None:
    response = await visitor.get(URL(f"http://127.0.0.1:{chat.port}{path}", encoded=True))
    assert response.status == 404 and b"SQLite" not in await response.read()


async def test_a_login_leads_to_the_page_and_nowhere_else(chat: WebChat, stranger: aiohttp.ClientSession) -> None:
    link = (await chat.login_link()).replace("#", "?next=https://evil.example&url=//evil.example#")
    headers = {"Referer": "https://evil.example/", "X-Forwarded-Host": "evil.example"}
    response = await enter(stranger, chat, link, headers=headers, allow_redirects=False)
    assert response.headers["Location"] == "/"


async def test_another_s_file_is_at_an_address_that_nobody_guesses(tmp_path: Path) -> None:
    kept = await Files(tmp_path / "files").keep(File("board.pdf", b"%PDF"))
    assert re.fullmatch(r"/files/[A-Za-z0-9_-]{22}/board\.pdf", kept["href"])  # 128 bits


# headers


async def test_every_answer_has_the_headers_that_forbid(visitor: aiohttp.ClientSession) -> None:
    for path in PATHS:
        response = await visitor.get(path)
        assert SAFE.items() <= response.headers.items(), path
        assert "default-src 'none'" in response.headers["Content-Security-Policy"], path
        assert "Python" not in response.headers["Server"] and "aiohttp" not in response.headers["Server"], path


async def test_answers_to_strangers_have_them_too(stranger: aiohttp.ClientSession) -> None:
    for path in PATHS:
        assert SAFE.items() <= (await stranger.get(path)).headers.items(), path


async def test_behind_tls_every_answer_asks_for_it_for_a_year(secured: WebChat) -> None:
    async with new_client(secured) as client:
        for path in PATHS:
            response = await client.get(path, headers=PROXIED)
            assert response.headers["Strict-Transport-Security"] == "max-age=31536000", path


async def test_nothing_private_is_kept_by_caches(visitor: aiohttp.ClientSession) -> None:
    for path in PATHS:
        policy = (await visitor.get(path)).headers["Cache-Control"]
        wanted = "no-cache" if path == "/static/chat.js" else r"no-store|private, no-cache"
        assert re.fullmatch(wanted, policy), path


async def test_every_answer_names_what_it_is(visitor: aiohttp.ClientSession) -> None:
    for path in PATHS:
        response = await visitor.get(path)
        if await response.read():
            kind = response.headers["Content-Type"]
            assert "charset=utf-8" in kind or kind.startswith(("image/", "application/octet-stream")), (path, kind)


async def test_pictures_are_shown_from_here_or_from_unsplash_alone(visitor: aiohttp.ClientSession) -> None:
    policy = (await visitor.get("/")).headers["Content-Security-Policy"]
    assert "img-src 'self' blob: data: https://*.unsplash.com;" in policy and "https:;" not in policy


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://images.unsplash.com/photo-1", True),
        ("https://plus.unsplash.com/photo-1", True),
        ("https://evil.example/photo-1", False),
        ("https://images.unsplash.com.evil.example/photo-1", False),
        ("https://evilunsplash.com/photo-1", False),
        ("https://images.unsplash.com@evil.example/photo-1", False),
        ("https://images.unsplash.com:8443/photo-1", False),
        ("http://images.unsplash.com/photo-1", False),
        ("javascript:alert(1)//.unsplash.com", False),
        ("https://[unsplash.com", False),
    ],
)
def test_a_record_can_not_have_a_picture_shown_from_anywhere(url: str, shown: bool) -> None:
    assert (source_url(Photo("a", "unsplash", image_url=url)) is not None) == shown


async def test_an_error_that_nobody_foresaw_shows_nothing_of_itself(
    visitor: aiohttp.ClientSession, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(desk, "photo", broken)
    response = await visitor.get("/pictures/red-barn")
    text = await response.text()
    assert response.status == 500 and SAFE.items() <= response.headers.items()
    assert "secret" not in text and "Traceback" not in text


@pytest.mark.parametrize(
    "language", ["de\r\nX-Injected: 1", "<script>alert(1)</script>", "../../etc/passwd", "x" * 5000, "de;q=999", ",,;;"]
)
async def test_a_language_is_one_of_ours_or_english(visitor: aiohttp.ClientSession, language: str) -> None:
    with suppress(ValueError):  # the client itself does not send a line break
        response = await visitor.get("/", headers={"Accept-Language": language})
        assert re.search(r'<html lang="(en|de)">', await response.text())
        assert "X-Injected" not in response.headers


@pytest.mark.parametrize(
    "name", ["a\r\nSet-Cookie: x=1.pdf", 'a".pdf', "a;filename=b.html.pdf", "ünï.pdf", "<script>.html", "../../a.pdf"]
)
async def test_a_file_is_only_saved_never_shown_whatever_it_is_called(
    visitor: aiohttp.ClientSession, chat: WebChat, name: str
) -> None:
    kept = await chat._files.keep(File(name, b"<script>"))
    response = await visitor.get(kept["href"])
    assert response.status == 200 and await response.read() == b"<script>"
    assert response.headers["Content-Type"] == "application/octet-stream"
    disposition = response.headers["Content-Disposition"]
    assert re.fullmatch(r"attachment; filename\*=UTF-8''[A-Za-z0-9._~%()-]+", disposition)
    assert "Set-Cookie" not in response.headers and SAFE.items() <= response.headers.items()


async def test_a_file_is_not_given_to_who_is_not_logged_in(chat: WebChat, stranger: aiohttp.ClientSession) -> None:
    kept = await chat._files.keep(File("board.pdf", b"%PDF"))
    assert (await stranger.get(kept["href"])).status == 401


# names and sizes


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..\\..\\boot.ini",
        "a\x00.jpg",
        "CON",
        "nul.pdf",
        "com1.jpg",
        "/etc/passwd",
        "~/.ssh/id_rsa",
        ".htaccess",
        "a" * 5000,
        "写" * 300 + ".pdf",
        "\u202egpj.exe",
        "a\r\nb",
        "",
        "...",
        ". .",
        "$(reboot).jpg",
        "|rm -rf.jpg",
    ],
)
async def test_a_file_lies_in_its_own_folder_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    files = Files(tmp_path / "files")
    kept = await files.keep(File(name, b"x"))
    (path,) = [one for one in (tmp_path / "files").rglob("*") if one.is_file()]
    assert path.parent.parent == tmp_path / "files" and len(path.name.encode()) <= NAME_BYTES
    assert re.fullmatch(r"[\w() -][\w.() -]*", path.name) and path.stem.lower() not in ("con", "nul", "com1")
    assert files.path(path.parent.name, path.name) == path and kept["name"] == name


@pytest.mark.parametrize("name", ["../../x.jpg", "a%00.jpg", "CON.jpg", "x" * 3000, "%0d%0aX-Injected:1.jpg", ""])
async def test_a_picture_is_taken_whatever_it_is_called(
    visitor: aiohttp.ClientSession, chat: WebChat, tmp_path: Path, name: str
) -> None:
    data = draw_photo(tmp_path / "mine.jpg", "#1020d0", seed=77).read_bytes()
    url = URL(f"http://127.0.0.1:{chat.port}/uploads?name={name}", encoded=True)
    response = await visitor.post(url, data=data, headers=origin(chat))
    assert response.status == 200 and "X-Injected" not in response.headers
    window = await connected(visitor, chat)
    reply = await window.ask("", uploads=[(await response.json())["id"]])
    assert reply["cards"][0]["id"].startswith("blue")
    assert not [one for one in tmp_path.rglob("*") if one.name.startswith(("x.jpg", "CON"))]


def test_uploads_that_wait_are_bounded_for_each_and_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.attachments.MOST_BYTES", 100)
    kept = Attachments()
    for number in range(50):
        kept.keep(f"web:{number % 3}", "a.jpg", bytes(9))
    assert sum(len(data) for _, _, _, data in kept._kept.values()) <= 100
    owners = [owner for _, owner, _, _ in kept._kept.values()]
    assert max(map(owners.count, owners)) <= MOST_UPLOADS


async def test_too_long_a_message_ends_its_connection_and_no_other(
    visitor: aiohttp.ClientSession, chat: WebChat
) -> None:
    window, beside = await connected(visitor, chat), await connected(visitor, chat)
    await window.socket.send_str(json.dumps({"do": "say", "text": "x" * 2**20}))
    await window.socket.receive(timeout=10)
    assert window.socket.close_code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
    assert (await beside.ask("red"))["cards"]


@pytest.mark.parametrize(
    "data",
    [
        "[" * 500_000,
        '{"do":' * 100_000,
        '{"do": "press", "id": "more:x", "entry": 99999999999999999999999999}',
        '{"do": "say", "text": 1e999}',
        '{"do": "complete", "text": "\\ud800"}',
        '{"do": "boards", "boards": NaN}',
    ],
    ids=range(6),
)
async def test_a_message_that_is_made_to_harm_does_not(
    visitor: aiohttp.ClientSession, chat: WebChat, data: str, caplog: pytest.LogCaptureFixture
) -> None:
    window = await connected(visitor, chat)
    await window.socket.send_str(data)
    await window.socket.send_json({"do": "complete", "text": "/fi"})
    while (await window.next("completions"))["text"] != "/fi":
        pass
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_windows_of_one_person_are_bounded(visitor: aiohttp.ClientSession, chat: WebChat) -> None:
    opened: list[Window] = [await connected(visitor, chat) for _ in range(MOST_WINDOWS)]
    with pytest.raises(aiohttp.WSServerHandshakeError, match="429"):
        await visitor.ws_connect("/connection", headers=origin(chat))
    await opened[0].socket.close()
    async with asyncio.timeout(10):
        while len(chat._windows._open) == MOST_WINDOWS:  # noqa: ASYNC110 - the chat tells nobody
            await asyncio.sleep(0.01)
    await connected(visitor, chat)


# passwords


@pytest.mark.parametrize(
    "password",
    ["", "a" * (LEAST_PASSWORD - 1), "x" * 40, "abababababababab", "QWERTY123456", "1qaz2wsx3edc"],
)
def test_a_password_that_is_easily_guessed_is_refused(password: str) -> None:
    with pytest.raises(Refused, match="MODACLIP_WEB_PASSWORD"):
        check_exposure("0.0.0.0", password, behind_tls=True)  # noqa: S104 - nothing is bound


@pytest.mark.parametrize(
    "password", [PASSWORD, "passwörter aus vier Wörtern", "写真を探す人だけが知っている", "🦊🐻🐼🦁🐯🐨🐸🐵🦄🐙🦋🐢"]
)
def test_a_password_may_be_of_any_characters(password: str) -> None:
    assert not is_weak(password)
    check_exposure("0.0.0.0", password, behind_tls=True)  # noqa: S104 - nothing is bound


@pytest.mark.parametrize(
    "password", [f" {PASSWORD}", PASSWORD.upper(), PASSWORD[:-1], f"{PASSWORD}\x00", f"{PASSWORD}x"]
)
async def test_the_password_is_compared_exactly_as_it_was_typed(secured: WebChat, password: str) -> None:
    async with new_client(secured) as client:
        assert (await log_in(client, password)).status == 403


async def test_a_long_password_counts_to_its_last_character(desk: Desk) -> None:
    options = WebOptions(port=0, password="long enough " * 100 + "ünd 写")
    async with WebChat(desk, desk.state.database, options) as chat, new_client(chat) as client:
        wrong = options.password[:-1] if options.password else ""
        assert (await log_in(client, wrong, origin(chat))).status == 403
        assert (await log_in(client, options.password or "", origin(chat))).status == 303


async def test_wrong_passwords_are_slowed_and_told_so_and_others_come_in(secured: WebChat) -> None:
    async with new_client(secured) as client:
        guessing, other = ({**PROXIED, "X-Forwarded-For": address} for address in ("192.0.2.1", "192.0.2.2"))
        for _ in range(3):
            assert (await log_in(client, "wrong", guessing)).status == 403
        slowed = await log_in(client, PASSWORD, guessing)
        assert slowed.status == 429 and int(slowed.headers["Retry-After"]) >= 1 and "Set-Cookie" not in slowed.headers
        assert "Wait" in await slowed.text()
        assert (await log_in(client, PASSWORD, other)).status == 303


async def test_only_what_the_proxy_itself_says_of_an_address_counts(secured: WebChat) -> None:
    async with new_client(secured) as client:
        for number in range(3):  # whoever guesses may claim any address before the proxy's word
            await log_in(client, "wrong", {**PROXIED, "X-Forwarded-For": f"10.0.0.{number}, 192.0.2.1"})
        assert (await log_in(client, PASSWORD, {**PROXIED, "X-Forwarded-For": "192.0.2.1"})).status == 429


async def test_without_a_proxy_what_a_request_says_of_its_address_does_not_count(desk: Desk) -> None:
    options = WebOptions(port=0, password=PASSWORD)
    async with WebChat(desk, desk.state.database, options) as chat, new_client(chat) as client:
        for number in range(3):
            await log_in(client, "wrong", {**origin(chat), "X-Forwarded-For": f"10.0.0.{number}"})
        assert (await log_in(client, PASSWORD, origin(chat))).status == 429


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"x" * (MOST_FORM_BYTES + 1), "application/x-www-form-urlencoded", 413),
        (b"&".join([b"a=b"] * 1000), "application/x-www-form-urlencoded", 403),
        (b"password=\xff\xfe", "application/x-www-form-urlencoded; charset=no-such-charset", 403),
        (b"--x\r\n", "multipart/form-data; boundary=x", 403),
        (b'{"password": "x"}', "application/json", 403),
        (b"", "", 403),
    ],
    ids=range(6),
)
async def test_a_form_that_the_page_never_sends_lets_nobody_in(
    secured: WebChat, body: bytes, kind: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with new_client(secured) as client:
        response = await client.post("/login", data=body, headers={**PROXIED, "Content-Type": kind})
        assert response.status == status and "Set-Cookie" not in response.headers
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_where_no_password_is_set_none_lets_in(chat: WebChat, stranger: aiohttp.ClientSession) -> None:
    for password in ("", "None", "password"):
        assert (await log_in(stranger, password, origin(chat))).status == 403


async def test_the_password_is_hidden_while_it_is_typed_and_may_be_pasted(stranger: aiohttp.ClientSession) -> None:
    page = await (await stranger.get("/")).text()
    assert 'type="password"' in page and 'autocomplete="current-password"' in page
    script = await (await stranger.get("/static/login.js")).text()
    assert "paste" not in page and "maxlength" not in page and "paste" not in script


async def test_a_link_that_logs_in_is_good_for_a_quarter_of_an_hour(
    chat: WebChat, stranger: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.guard.LINK_S", -1.0)
    assert (await enter(stranger, chat)).status == 403


def test_only_files_that_are_named_are_served() -> None:
    assert all(re.fullmatch(r"[a-z-]+\.(js|css)", name) for name in FILES)


def test_the_page_makes_no_markup_of_texts_and_runs_none() -> None:
    for name in FILES:
        text = resources.files("bot.web").joinpath("static", name).read_text(encoding="utf-8")
        risky = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|createContextualFragment"
        assert not re.search(risky, text), name


def test_the_page_connects_by_tls_where_it_came_by_tls() -> None:
    script = resources.files("bot.web").joinpath("static", "chat.js").read_text(encoding="utf-8")
    assert re.findall(r"new WebSocket\((.*?)\);", script) == [
        '`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/connection`'
    ]
