"""Fetching is no way in: whatever a URL is written like, wherever a name or a redirect leads, nothing is connected to
that is not public.

The cases are those of OWASP's material on server-side request forgery and more of their kind. Names are answered by a
table, and every connection that is asked for is written down instead of made.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Iterable, Mapping, Sequence

import httpcore
import pytest

from core import fetch
from core.errors import FetchError
from core.fetch import Fetcher, FetchOptions

PUBLIC, OTHER = "93.184.215.14", "151.101.1.140"
NAMES: Mapping[str, Sequence[str]] = {
    "photos.example": [PUBLIC],
    "private.example": ["10.0.0.1"],
    "loopback.example": ["127.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "mixed.example": [PUBLIC, "192.168.1.1"],
    "mixed-last.example": [PUBLIC, OTHER, "::1"],
    "six.example": ["fd00:ec2::254"],
    "mapped.example": ["::ffff:10.0.0.1"],
    "zone.example": ["fe80::1%1"],
    "nothing.example": [],
    "localhost": ["127.0.0.1", "::1"],
    "localhost.": ["127.0.0.1"],
    "localhost.localdomain": ["127.0.0.1"],
    "ip6-localhost": ["::1"],
    "metadata.google.internal": ["169.254.169.254"],
    "metadata": ["169.254.169.254"],
    "instance-data": ["169.254.169.254"],
    "kubernetes.default.svc": ["10.96.0.1"],
    "host.docker.internal": ["192.168.65.2"],
    "127.0.0.1.nip.example": ["127.0.0.1"],
    "127.0.0.1.": ["127.0.0.1"],
}
FORBIDDEN = [
    # the network's own addresses, plainly
    "http://127.0.0.1/",
    "http://127.0.0.2/",
    "http://127.255.255.254/",
    "https://127.0.0.1/",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
    "http://169.254.170.2/v2/credentials/",
    "http://100.100.100.200/latest/meta-data/",
    "http://192.0.0.192/latest/meta-data/",
    "http://168.63.129.16/machine",
    "http://100.64.0.1/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    # the same in other numbers
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://0177.0.0.1/",
    "http://0177.0000.0000.0001/",
    "http://017700000001/",
    "http://127.1/",
    "http://127.0.1/",
    "http://0/",
    "http://00000177.0.0.1/",
    "http://0X7F.0.0.01/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://169.16689662/",
    "http://3232235777/",
    "http://127.0.0.1./",
    # in letters that are none of ASCII, or are written another way
    "http://１２７.０.０.１/",
    "http://127。0。0。1/",
    "http://127．0．0．1/",
    "http://①②⑦.⓪.⓪.①/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "http://%31%32%37.0.0.1/",
    "http://127.0.0.1%00.photos.example/",
    "http://127.0.0.1%2f.photos.example/",
    "http://photos.example%23@127.0.0.1/",
    "http://\u202e127.0.0.1/",
    "http://127\u200b.0.0.1/",
    # IPv6, and IPv4 inside it
    "http://[::]/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[0000::0001]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[0:0:0:0:0:ffff:169.254.169.254]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b::169.254.169.254]/",
    "http://[64:ff9b:1::a00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:a9fe:a9fe::1]/",
    "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fe80::1%lo]/",
    "http://[2606:4700:4700::1111%25lo]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[v1.127.0.0.1]/",
    "http://[127.0.0.1]/",
    "http://[::1/",
    # names that lead there
    "http://localhost/",
    "http://LOCALHOST/",
    "http://localhost./",
    "http://localhost.localdomain/",
    "http://ip6-localhost/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://metadata/",
    "http://instance-data/",
    "http://kubernetes.default.svc/",
    "http://host.docker.internal/",
    "http://127.0.0.1.nip.example/",
    "http://private.example/",
    "http://loopback.example/",
    "https://metadata.example/",
    "http://mixed.example/",
    "http://mixed-last.example/",
    "http://six.example/",
    "http://mapped.example/",
    "http://zone.example/",
    "http://nothing.example/",
    # what programs read in different ways
    "http://photos.example@127.0.0.1/",
    "http://photos.example:80@127.0.0.1/",
    "http://user:password@photos.example/",
    "http://127.0.0.1@photos.example/",
    "http://photos.example\\@127.0.0.1/",
    "http://127.0.0.1\\@photos.example/",
    "http://127.0.0.1\\.photos.example/",
    "http:\\\\127.0.0.1\\",
    "http://photos.example\\..\\..\\",
    "http://1.1.1.1 &@2.2.2.2# @127.0.0.1/",
    "http://photos.example 127.0.0.1/",
    "http://127.0.0.1:80:80/",
    "http://photos.example:80\t@127.0.0.1/",
    "http:///127.0.0.1/",
    "http:127.0.0.1/",
    "//127.0.0.1/",
    "http://.photos.example/",
    "http://photos.example/\r\nHost: 127.0.0.1",
    "http://photos.example\r\nX-Injected: 1/",
    "http://photos.example/\x00",
    "http://photos.example\x7f/",
    # schemes
    "file:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "ftp://photos.example/a.jpg",
    "gopher://127.0.0.1:6379/_INFO",
    "dict://127.0.0.1:11211/stats",
    "ldap://127.0.0.1/",
    "data:image/png;base64,AAAA",
    "javascript:alert(1)",
    "jar:http://127.0.0.1!/",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
    "ws://127.0.0.1/",
    # ports
    "http://photos.example:22/",
    "http://photos.example:25/",
    "http://photos.example:3306/",
    "http://photos.example:6379/",
    "http://photos.example:11211/",
    "http://photos.example:1/",
    "http://photos.example:65535/",
    "http://photos.example:99999/",
    "http://photos.example:-1/",
]


class Network:
    """Answers look-ups by a table, and connections by `answers`; writes down what was asked for."""

    def __init__(self) -> None:
        self.names: dict[str, list[Sequence[str]]] = {name: [addresses] for name, addresses in NAMES.items()}
        self.connected: list[tuple[str, int]] = []
        self.answers: list[bytes] = []

    def getaddrinfo(self, host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        left = self.names.get(host.lower())
        if left is None:
            return REAL(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        addresses = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[object] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.connected.append((host, port))
        if not self.answers:
            raise httpcore.ConnectError("nobody is there")
        return httpcore.AsyncMockStream([self.answers.pop(0)])


REAL = socket.getaddrinfo


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    """No network: names of a table, and connections that are only written down."""
    found = Network()
    monkeypatch.setattr(socket, "getaddrinfo", found.getaddrinfo)
    monkeypatch.setattr(httpcore, "AnyIOBackend", lambda: found)
    return found


def leading_to(url: str, status: int = 302) -> bytes:
    """Return the answer that leads to a URL."""
    header = f"HTTP/1.1 {status} Found\r\nLocation: {url}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    return header.encode("utf-8")


async def refused(url: str) -> str:
    """Fetch a URL, which must fail; return how."""
    async with Fetcher(FetchOptions(timeout_s=5.0, attempts=1)) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(url, max_bytes=1000)
    return str(caught.value)


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len(FORBIDDEN) >= 100 and len(set(FORBIDDEN)) == len(FORBIDDEN)


@pytest.mark.parametrize("url", FORBIDDEN)
async def test_a_forbidden_url_is_never_connected_to(network: Network, url: str) -> None:
    await refused(url)
    assert network.connected == []


@pytest.mark.parametrize("url", [one for one in FORBIDDEN if "\r" not in one and "\x00" not in one])
async def test_a_redirect_to_a_forbidden_url_is_not_followed(network: Network, url: str) -> None:
    network.answers = [leading_to(url)] * 4  # one that is no whole URL leads to the same host again
    await refused("http://photos.example/a.jpg")
    assert {host for host, _ in network.connected} == {PUBLIC}
    assert {port for _, port in network.connected} <= {80, 443}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_kind_of_redirect_leads_inside(network: Network, status: int) -> None:
    network.answers = [leading_to("http://169.254.169.254/latest/meta-data/", status)]
    assert "inside a private network" in await refused("http://photos.example/a.jpg")
    assert network.connected == [(PUBLIC, 80)]


async def test_a_chain_of_redirects_is_checked_to_its_end(network: Network) -> None:
    network.names["next.example"] = [[OTHER]]
    network.answers = [leading_to("http://next.example/"), leading_to("http://loopback.example/")]
    await refused("http://photos.example/a.jpg")
    assert network.connected == [(PUBLIC, 80), (OTHER, 80)]


async def test_a_name_that_changes_between_check_and_connection_changes_nothing(network: Network) -> None:
    network.names["moving.example"] = [[PUBLIC], ["127.0.0.1"]]
    await refused("http://moving.example/a.jpg")
    assert network.connected == [(PUBLIC, 80)]


async def test_a_name_that_changes_between_attempts_is_refused(network: Network) -> None:
    network.names["moving.example"] = [[PUBLIC], ["127.0.0.1"]]
    async with Fetcher(FetchOptions(timeout_s=5.0, attempts=2, pause_s=0.0)) as fetcher:
        with pytest.raises(FetchError, match="inside a private network"):
            await fetcher.fetch("http://moving.example/a.jpg", max_bytes=1000)
    assert network.connected == [(PUBLIC, 80)]


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("http://photos.example/", 80),
        ("https://photos.example/", 443),
        ("http://photos.example:8080/", 8080),
        ("https://photos.example:8443/", 8443),
        ("http://photos.example:0/", 80),  # none is named
        (f"http://{PUBLIC}/", 80),
        ("http://[2606:4700:4700::1111]/", 80),
    ],
)
async def test_public_hosts_are_reached_at_the_web_s_ports(network: Network, url: str, port: int) -> None:
    await refused(url)  # nobody answers there
    assert [at for _, at in network.connected] == [port]


async def test_look_ups_that_hang_hold_up_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()

    def hang(*_: object, **__: object) -> list[object]:
        answered.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    async with Fetcher(FetchOptions(concurrency=64, timeout_s=0.05, attempts=1)) as fetcher:
        urls = [f"http://n{number}.example/" for number in range(64)]
        told = await asyncio.gather(*(fetcher.fetch(url, max_bytes=10) for url in urls), return_exceptions=True)
        assert {type(one) for one in told} == {FetchError}
        async with asyncio.timeout(10):
            await asyncio.gather(*(asyncio.to_thread(threading.get_ident) for _ in range(64)))
    answered.set()


def test_the_fetcher_s_ports_are_those_of_the_web() -> None:
    assert sorted(fetch.PORTS) == [80, 443, 8080, 8443]


def test_the_table_s_public_addresses_are_public() -> None:
    assert all(fetch.is_public(ipaddress.ip_address(address)) for address in (PUBLIC, OTHER))
