"""Pictures are brought patiently from public addresses, and from nowhere else."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from core import fetch
from core.errors import FetchError
from core.fetch import Fetcher, FetchOptions

PICTURE = b"\xff\xd8 a picture"
HERE = FetchOptions(timeout_s=2.0, allow_private=True)
OPENSSL = shutil.which("openssl")
QUERY = "sig=s3cret"


def answer(status: int = 200, body: bytes = PICTURE, **headers: str) -> bytes:
    fields = {"content_type": "image/jpeg", "content_length": str(len(body)), **headers}
    lines = [f"HTTP/1.1 {status} X", *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items() if value)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Server:
    """Answers the requests it gets with what it was given, one after the other, the last one for ever."""

    def __init__(self, answers: Sequence[bytes | None]) -> None:
        self._answers = list(answers)
        self.requests: list[str] = []
        self.arrivals: asyncio.Queue[None] = asyncio.Queue()
        self.waiting = self.most_waiting = 0
        self.gate = asyncio.Event()  # what answers wait for
        self.gate.set()
        self.port = 0
        self.connections: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}

    def url(self, path: str = "/a.jpg", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections[asyncio.current_task()] = writer
        try:
            while await self._answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the other side left
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; tell whether the connection stays open."""
        self.requests.append((await reader.readuntil(b"\r\n\r\n")).decode())
        self.arrivals.put_nowait(None)
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        await self.gate.wait()
        self.waiting -= 1
        data = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if data is None:
            return False
        writer.write(data)
        await writer.drain()
        return b"connection: close" not in data


@asynccontextmanager
async def serving(*answers: bytes | None, secure: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """Serve answers on loopback; None breaks the connection."""
    server = Server(answers)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=secure)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        server.gate.set()
        for writer in server.connections.values():
            writer.close()
        await asyncio.gather(*filter(None, server.connections))


def make_certificate(folder: Path, host: str) -> tuple[Path, Path]:
    """Make a certificate for a host that signs itself, and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={host} -addext subjectAltName=DNS:{host}"
    output = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([str(OPENSSL), *command.split(), *output], check=True, capture_output=True)  # noqa: S603
    return certificate, key


class Pauses(list[float]):
    """A sleep that only notes how long it would have been."""

    async def __call__(self, pause_s: float) -> None:
        self.append(pause_s)


async def bring(
    url: str, options: FetchOptions = HERE, *, max_bytes: int = 1000, pauses: Pauses | None = None
) -> bytes:
    async with Fetcher(options, sleep=Pauses() if pauses is None else pauses) as fetcher:
        return await fetcher.fetch(url, max_bytes=max_bytes)


@pytest.fixture
def loopback_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take 127.0.0.1, and no other private address, for public, at any port."""
    monkeypatch.setattr(fetch, "is_public", lambda address: str(address) == "127.0.0.1")
    monkeypatch.setattr(fetch, "PORTS", range(2**16))


async def test_a_picture_is_brought() -> None:
    async with serving(answer()) as server:
        assert await bring(server.url()) == PICTURE


@pytest.mark.parametrize(
    "kind", ["image/webp", "image/jpeg; charset=binary", "application/octet-stream", "binary/octet-stream", ""]
)
async def test_pictures_and_plain_bytes_are_taken(kind: str) -> None:
    async with serving(answer(content_type=kind)) as server:
        assert await bring(server.url()) == PICTURE


async def test_other_kinds_are_refused() -> None:
    async with serving(answer(content_type="text/html")) as server:
        with pytest.raises(FetchError, match="no picture but 'text/html'"):
            await bring(server.url())


async def test_the_app_names_itself() -> None:
    async with serving(answer()) as server:
        await bring(server.url())
    assert "user-agent: modaclip" in server.requests[0].lower()


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_passing_trouble_is_tried_again(status: int) -> None:
    async with serving(answer(status), answer(status), answer()) as server:
        assert await bring(server.url()) == PICTURE


async def test_a_broken_connection_is_tried_again() -> None:
    async with serving(None, answer()) as server:
        assert await bring(server.url()) == PICTURE


async def test_an_answer_that_is_cut_off_is_tried_again() -> None:
    async with serving(answer(content_length="500", connection="close"), answer()) as server:
        assert await bring(server.url()) == PICTURE


async def test_a_server_that_says_nothing_is_tried_again() -> None:
    async with serving(b"", answer()) as server:
        assert await bring(server.url(), replace(HERE, timeout_s=0.2)) == PICTURE


async def test_an_answer_that_drips_for_ever_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "WHOLE_ATTEMPT", 0.05)
    async with serving(answer()) as server:
        server.gate.clear()
        with pytest.raises(FetchError, match="did not answer in time"):
            await bring(server.url(), replace(HERE, attempts=1))


async def test_it_gives_up_after_all_attempts() -> None:
    async with serving(answer(503)) as server:
        with pytest.raises(FetchError, match=r"status 503\) after 3 tries"):
            await bring(server.url(), replace(HERE, attempts=3))
        assert len(server.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 206, 304])
async def test_what_will_not_pass_is_not_tried_again(status: int) -> None:
    async with serving(answer(status)) as server:
        with pytest.raises(FetchError, match=f"status {status}"):
            await bring(server.url())
        assert len(server.requests) == 1


async def test_nobody_listening_is_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(FetchError, match="could not be reached"):
            await bring(f"http://127.0.0.1:{free.getsockname()[1]}/")


async def test_pauses_grow() -> None:
    pauses = Pauses()
    async with serving(answer(503)) as server:
        with pytest.raises(FetchError):
            await bring(server.url(), replace(HERE, attempts=4, pause_s=1.0), pauses=pauses)
    assert all(0.5 * 2**n <= pause_s <= 1.5 * 2**n for n, pause_s in enumerate(pauses)) and len(pauses) == 3


async def test_a_server_may_ask_for_a_pause_in_seconds() -> None:
    pauses = Pauses()
    async with serving(answer(429, retry_after="7"), answer()) as server:
        await bring(server.url(), pauses=pauses)
    assert pauses == [7.0]


async def test_a_server_may_ask_for_a_pause_until_a_date() -> None:
    pauses = Pauses()
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    async with serving(answer(503, retry_after=date), answer()) as server:
        await bring(server.url(), pauses=pauses)
    assert 10 < pauses[0] <= 20


async def test_a_pause_has_its_limit() -> None:
    pauses = Pauses()
    async with serving(answer(429, retry_after="86400"), answer()) as server:
        await bring(server.url(), pauses=pauses)
    assert pauses == [fetch.MAX_PAUSE_S]


@pytest.mark.parametrize(
    "asked", ["soon", "-1", "1e999", "Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "Mon, 01 Jan 2020 00:00:00"]
)
async def test_a_pause_that_nobody_understands_is_passed_over(asked: str) -> None:
    async with serving(answer(429, retry_after=asked), answer()) as server:
        assert await bring(server.url()) == PICTURE


async def test_a_length_above_the_limit_is_refused_before_the_body_comes() -> None:
    async with serving(answer(body=b"", content_length="2000")) as server:
        with pytest.raises(FetchError, match="larger than"):
            await bring(server.url())


async def test_a_body_above_the_limit_is_refused_while_it_comes() -> None:
    chunk = b"400\r\n" + b"x" * 0x400 + b"\r\n"
    endless = answer(body=b"", content_length="", transfer_encoding="chunked") + chunk * 50
    async with serving(endless) as server:
        with pytest.raises(FetchError, match="larger than"):
            await bring(server.url())


async def test_a_body_at_the_limit_is_taken() -> None:
    async with serving(answer(body=b"x" * 1000)) as server:
        assert len(await bring(server.url())) == 1000


async def test_a_compressed_body_is_refused() -> None:
    async with serving(answer(content_encoding="gzip")) as server:
        with pytest.raises(FetchError, match="compressed"):
            await bring(server.url())


async def test_only_so_many_are_fetched_at_once() -> None:
    async with serving(answer()) as server, Fetcher(replace(HERE, concurrency=2)) as fetcher:
        server.gate.clear()
        tasks = [asyncio.create_task(fetcher.fetch(server.url(f"/{n}"), max_bytes=1000)) for n in range(6)]
        await server.arrivals.get()
        await server.arrivals.get()
        server.gate.set()
        await asyncio.gather(*tasks)
        assert (server.most_waiting, len(server.requests)) == (2, 6)


async def test_a_pause_holds_up_nobody_else() -> None:
    async with serving(answer(503), answer()) as server:
        others: list[bytes] = []

        async def fetch_another(_: float) -> None:
            others.append(await fetcher.fetch(server.url(), max_bytes=1000))

        async with Fetcher(replace(HERE, concurrency=1), sleep=fetch_another) as fetcher:
            await fetcher.fetch(server.url(), max_bytes=1000)
    assert others == [PICTURE]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed(status: int) -> None:
    async with serving(answer(status, location="/b.jpg?x=1"), answer()) as server:
        await bring(server.url())
    assert server.requests[1].startswith("GET /b.jpg?x=1 ")


async def test_redirects_without_end_are_refused() -> None:
    async with serving(answer(302, location="/again")) as server:
        with pytest.raises(FetchError, match="without end"):
            await bring(server.url())
        assert len(server.requests) == fetch.MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://a.example/", "javascript:x", "http://u:p@a.example/", "http://["]
)
async def test_redirects_to_anything_but_the_web_are_refused(target: str) -> None:
    async with serving(answer(302, location=target)) as server:
        with pytest.raises(FetchError):
            await bring(server.url())


@pytest.mark.parametrize("host", ["127.0.0.2", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.2]"])
@pytest.mark.usefixtures("loopback_is_public")
async def test_redirects_to_private_addresses_are_refused(host: str) -> None:
    async with serving(answer(302, location=f"http://{host}/latest/meta-data")) as server:
        with pytest.raises(FetchError, match="inside a private network"):
            await bring(server.url(), replace(HERE, allow_private=False))


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: Sequence[str]) -> list[str]:
    """Let every look-up give the next of the answers; return the hosts that were looked up."""
    left, asked = list(answers), []

    def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in left.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


async def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(FetchError, match=r"photos\.example is an address inside"):
        await bring("http://photos.example/a.jpg", FetchOptions())


@pytest.mark.usefixtures("loopback_is_public")
async def test_the_checked_address_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(answer()) as server:
        asked = resolving(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])  # another answer if anything asks again
        await bring(server.url(host="photos.example"), replace(HERE, allow_private=False))
        assert (asked, f"Host: photos.example:{server.port}" in server.requests[0]) == (["photos.example"], True)


@pytest.mark.usefixtures("loopback_is_public")
async def test_a_name_that_moves_into_the_network_is_refused_at_the_next_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving(answer(connection="close")) as server:
        resolving(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
        async with Fetcher(replace(HERE, allow_private=False)) as fetcher:
            await fetcher.fetch(server.url(host="photos.example"), max_bytes=1000)
            with pytest.raises(FetchError, match="inside a private network"):
                await fetcher.fetch(f"http://photos.example:{server.port + 1}/", max_bytes=1000)


async def test_the_next_address_is_tried_when_one_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(answer()) as server:
        resolving(monkeypatch, ["::1", "127.0.0.1"])
        assert await bring(server.url(host="photos.example"), replace(HERE, attempts=1)) == PICTURE


@pytest.mark.skipif(OPENSSL is None, reason="there is no openssl to make a certificate with")
@pytest.mark.parametrize(("host", "outcome"), [("photos.example", "brought"), ("other.example", "not valid")])
async def test_certificates_are_checked_by_name_although_an_address_is_connected_to(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: str, outcome: str
) -> None:
    certificate, key = make_certificate(tmp_path, "photos.example")
    secure = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    secure.load_cert_chain(certificate, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    resolving(monkeypatch, ["127.0.0.1"])
    async with serving(answer(), secure=secure) as server:
        try:
            await bring(server.url(host=host).replace("http:", "https:"))
            found = "brought"
        except FetchError as error:
            found = str(error)
    assert outcome in found


async def test_a_host_that_does_not_exist_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(FetchError, match=r"no host called nowhere\.example"):
        await bring("http://nowhere.example/")


@pytest.mark.parametrize(
    "url",
    ["", "a.jpg", "//e.example/a", "file:///etc/passwd", "ftp://e.example/", "http://", "http://[::", "http://\0/"],
)
async def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(FetchError):
        await bring(url)


async def test_a_password_in_the_url_is_refused_and_not_repeated() -> None:
    async with serving(answer()) as server:
        with pytest.raises(FetchError, match="holds a user name or password") as caught:
            await bring(server.url(host="user:hunter2@127.0.0.1"))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "given", [answer(404), answer(503), answer(content_type="text/html"), answer(body=b"x" * 2000)]
)
async def test_no_error_repeats_the_query(given: bytes) -> None:
    async with serving(given) as server:
        with pytest.raises(FetchError) as caught:
            await bring(server.url(f"/private/a.jpg?{QUERY}"))
    assert QUERY not in str(caught.value) and "private" not in str(caught.value)


async def test_the_environments_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with serving(answer()) as server:
        assert await bring(server.url()) == PICTURE


def test_no_older_tls_than_1_2_is_spoken() -> None:
    context = Fetcher()._pool._ssl_context
    assert context is not None and context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname
