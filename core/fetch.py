"""Brings a picture from a URL that somebody else wrote, without letting that somebody reach into this network.

Every host is resolved here, every address checked, and the connection made to the checked address itself, so neither a
redirect nor a name that changes its address between check and use leads to a private machine. For that the connection
pool (httpcore, what httpx stands on) is used directly, with a backend of its own. Proxies from the environment are not
used: what lies behind one can't be checked.

Only the ports that the web is served at are connected to: no link makes this program speak to a mail server, or knock
at every door of a host. Names are looked up on threads of their own: a name server that never answers holds up no other
work of the program.
"""

from __future__ import annotations

import asyncio
import ipaddress
import random
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Literal, Self, TypeAlias

import httpcore
import httpx

from core.addresses import Address, is_public
from core.errors import FetchError

MAX_REDIRECTS = 5
MAX_PAUSE_S = 30.0  # whatever a server asks for
WHOLE_ATTEMPT = 6  # times timeout_s for an attempt whose answers keep dripping, wherever they lead
PORTS = frozenset({80, 443, 8080, 8443})  # of the web, and the usual others of picture servers and their caches
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})  # worth another try
BYTES_TYPES = frozenset({"application/octet-stream", "binary/octet-stream"})
HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_.])?")  # a name or an IPv4 address, as it is sent
LOOK_UPS = 8  # at the same time, of all fetchers together

SocketOption: TypeAlias = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]

_looking_up = ThreadPoolExecutor(LOOK_UPS, thread_name_prefix="look-up")  # starts none before the first look-up


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """How patiently pictures are fetched."""

    concurrency: int = 8  # downloads at the same time
    timeout_s: float = 20.0  # until a connection stands, and between two pieces of an answer
    attempts: int = 4
    pause_s: float = 0.5  # before the second attempt; doubles with each
    allow_private: bool = False  # reach this machine and its network; only for tests


class Fetcher:
    """Fetches pictures, several at once. Use `async with`."""

    def __init__(
        self, options: FetchOptions | None = None, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._options = options or FetchOptions()
        self._sleep = sleep
        self._slots = asyncio.Semaphore(self._options.concurrency)
        self._headers: dict[bytes | str, bytes | str] = {
            "User-Agent": _user_agent(),
            "Accept": "image/*",
            "Accept-Encoding": "identity",
        }
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=None,  # the slots are the limit: waiting for one is no part of an attempt's time
            max_keepalive_connections=self._options.concurrency,
            network_backend=_CheckedNetwork(allow_private=self._options.allow_private),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.aclose()

    async def fetch(self, url: str, *, max_bytes: int) -> bytes:
        """Return the picture at `url`.

        Raises FetchError: no http(s) URL, a private address, no picture, more than `max_bytes`, gone, or not answering
        after all attempts. Its sentence names the host and no more: paths and queries may hold secrets.
        """
        target = _parse(url)
        for attempt in range(self._options.attempts):
            try:
                async with self._slots:
                    return await self._follow(target, max_bytes)
            except _PassingTrouble as trouble:
                if attempt + 1 == self._options.attempts:
                    raise _given_up(trouble, attempt + 1) from trouble
                await self._sleep(self._pause_s(attempt, trouble.asked_pause_s))
        raise FetchError("No attempts are allowed by the settings.")

    def _pause_s(self, attempt: int, asked_s: float | None) -> float:
        """Return the seconds to wait: what the server asked for, or a doubling pause, spread by half either way."""
        spread = random.uniform(0.5, 1.5)  # noqa: S311 - no secret, only so that many do not come back at once
        return float(min(MAX_PAUSE_S, self._options.pause_s * 2**attempt * spread if asked_s is None else asked_s))

    async def _follow(self, target: httpx.URL, max_bytes: int) -> bytes:
        """Return the bytes at `target`, or where it sends, within the time of one attempt."""
        try:
            async with asyncio.timeout(self._options.timeout_s * WHOLE_ATTEMPT):
                for _ in range(MAX_REDIRECTS + 1):
                    answer = await self._exchange(target, max_bytes)
                    if isinstance(answer, bytes):
                        return answer
                    target = answer
        except (TimeoutError, httpcore.TimeoutException) as error:
            raise _PassingTrouble(target.host, "late") from error
        except (httpcore.NetworkError, httpcore.RemoteProtocolError, ssl.SSLError) as error:
            if isinstance(error.__context__, ssl.SSLCertVerificationError):  # the pool drops the cause
                raise FetchError("The certificate of {host} is not valid.", host=target.host) from error
            raise _PassingTrouble(target.host, "away") from error
        raise FetchError("{host} sends from one address to the next without end.", host=target.host)

    async def _exchange(self, target: httpx.URL, max_bytes: int) -> bytes | httpx.URL:
        """Return the bytes at `target`, or where it sends."""
        timeout_s = self._options.timeout_s
        async with self._pool.stream(
            "GET",
            httpcore.URL(scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path),
            headers=self._headers,
            extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), timeout_s)},
        ) as response:
            headers = httpx.Headers(response.headers)
            if response.status in REDIRECTS and "location" in headers:
                return _parse(headers["location"], base=target)
            _check(response.status, headers, target.host, max_bytes)
            data = bytearray()
            async for piece in response.aiter_stream():
                data += piece
                if len(data) > max_bytes:
                    raise _too_large(target.host, max_bytes)
            return bytes(data)


class _PassingTrouble(Exception):
    """Something that may be over at the next attempt: no answer in time, no connection, or a status that says so."""

    def __init__(self, host: str, what: Literal["late", "away"] | int, asked_pause_s: float | None = None) -> None:
        super().__init__(f"{host}: {what}")
        self.host = host
        self.what = what
        self.asked_pause_s = asked_pause_s


def _given_up(trouble: _PassingTrouble, tries: int) -> FetchError:
    """Return what is said of a trouble that did not pass."""
    host, what = trouble.host, trouble.what
    if what == "late":
        if tries == 1:
            return FetchError("{host} did not answer in time. Try again later.", host=host)
        return FetchError("{host} did not answer in time after {tries} tries. Try again later.", host=host, tries=tries)
    if what == "away":
        if tries == 1:
            return FetchError("{host} could not be reached, or broke off. Try again later.", host=host)
        return FetchError(
            "{host} could not be reached, or broke off after {tries} tries. Try again later.", host=host, tries=tries
        )
    if tries == 1:
        return FetchError("{host} is too busy or broken (status {status}). Try again later.", host=host, status=what)
    return FetchError(
        "{host} is too busy or broken (status {status}) after {tries} tries. Try again later.",
        host=host,
        status=what,
        tries=tries,
    )


class _CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to the public addresses of a host, and to the very addresses that were checked."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        if not self._allow_private and port not in PORTS:
            raise FetchError(
                "Photos are fetched from the ports that the web is served at ({ports}), and not from {port}.",
                ports=", ".join(map(str, sorted(PORTS))),
                port=port,
            )
        async with asyncio.timeout(timeout):
            addresses = await _resolve(host, port)
        if not self._allow_private and not all(map(is_public, addresses)):
            raise FetchError(
                "{host} is an address inside a private network, and photos are not fetched from there.", host=host
            )
        failure: Exception | None = None
        for address in addresses:
            try:
                return await self._network.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"{host} has no address")


async def _resolve(host: str, port: int) -> list[Address]:
    """Return a host's addresses; the system's resolver also understands numbers in odd spellings (decimal, octal)."""
    try:
        found = await asyncio.get_running_loop().run_in_executor(
            _looking_up, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
    except socket.gaierror as error:
        if error.errno == socket.EAI_NONAME:
            raise FetchError("There is no host called {host}.", host=host) from error
        raise httpcore.ConnectError(f"{host} could not be looked up") from error
    except UnicodeError as error:
        raise FetchError("The URL's host is no valid name.") from error
    return list(dict.fromkeys(ipaddress.ip_address(entry[4][0]) for entry in found))


def _parse(url: str, base: httpx.URL | None = None) -> httpx.URL:
    """Return a URL, or where a redirect leads. Raises FetchError for what programs read in different ways."""
    if "\\" in url:  # which some take for a slash
        raise FetchError("This is not a URL that can be fetched.")
    try:
        parsed = httpx.URL(url) if base is None else base.join(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchError("This is not a URL that can be fetched.") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise FetchError("Only http and https URLs are fetched.")
    host = parsed.raw_host.decode("ascii", "replace")
    if ":" not in host and not HOST.fullmatch(host):  # what holds a colon is an IPv6 address, and read as such
        raise FetchError("The URL's host is no valid name.")
    if parsed.userinfo:
        raise FetchError(
            "The URL at {host} holds a user name or password; such URLs are not fetched.", host=parsed.host
        )
    return parsed


def _check(status: int, headers: httpx.Headers, host: str, max_bytes: int) -> None:
    """Raise what speaks against reading the answer's body."""
    if status in PASSING:
        raise _PassingTrouble(host, status, _asked_pause_s(headers))
    if status in (404, 410):
        raise FetchError("The picture is no longer at {host} (status {status}).", host=host, status=status)
    if status != 200:
        raise FetchError("{host} does not give the picture (status {status}).", host=host, status=status)
    kind = headers.get("content-type", "application/octet-stream").partition(";")[0].strip().lower()
    if not kind.startswith("image/") and kind not in BYTES_TYPES:
        raise FetchError(
            "What {host} sends is no picture but {kind!r}. Use the address of the picture itself.",
            host=host,
            kind=kind[:40],
        )
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise FetchError("{host} sends the picture compressed in a way that was not asked for.", host=host)
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > max_bytes:
        raise _too_large(host, max_bytes)


def _too_large(host: str, max_bytes: int) -> FetchError:
    return FetchError(
        "The picture at {host} is larger than {most:.3g} MB, which is the limit.", host=host, most=max_bytes / 2**20
    )


def _asked_pause_s(headers: httpx.Headers) -> float | None:
    """Return the seconds that Retry-After asks for, given in seconds or as a date."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()) if text else None
    except (ValueError, TypeError, OverflowError):  # no date, one without a time zone, or one of no calendar
        return None


def _user_agent() -> str:
    try:
        return f"ModaCLIP/{version('modaclip')}"
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "ModaCLIP"
