"""Who may come in: the one-time link, the password, the cookie, and what every answer of the server forbids.

The page runs no script but its own, talks to no other server, and shows pictures of no other but Unsplash's, whose
terms ask for that. A request must name this server as its host, which keeps other web pages from reaching it under a
name of theirs (DNS rebinding), and what changes anything must come from this page. Every login makes a new session. It
ends on the server: by logging out or in anew, when nobody uses it for a while, and after its time.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.pictures import SHOWN_FROM
from bot.refusals import Refused
from bot.store.visits import Visits
from bot.web.tries import Tries

COOKIE = "modaclip"
LINK_S = 15 * 60  # how long a login link works
LEAST_PASSWORD = 12  # characters
LEAST_DIFFERENT = 5  # of them
COMMON = frozenset(  # the ones of the 3,000 most common passwords that are so long
    {
        *("123456qwerty", "123qweasdzxc", "1q2w3e4r5t6y", "1qaz2wsx3edc", "mailcreated5240", "q1w2e3r4t5y6"),
        *("qazwsxedcrfv", "qwerty123456", "sojdlg123aljg"),
    }
)
HASH_FACT = "web password"  # under which the hash of the last one is remembered
MOST_FORM_BYTES = 8192  # of the form that logs in
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        f"img-src 'self' blob: data: {SHOWN_FROM}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # "no-referrer" would take the origin from forms, by which they are known
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "ModaCLIP",
}
SECURE = {"Strict-Transport-Security": "max-age=31536000"}  # behind TLS

log = logging.getLogger(__name__)


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches a host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_exposure(host: str, password: str | None, *, behind_tls: bool) -> None:
    """Raise Refused where the chat would be open to others without TLS and a password that nobody guesses."""
    if not is_loopback(host) and not (password and behind_tls):
        raise Refused(
            "The web chat does not listen on {host} without a password and TLS: set MODACLIP_WEB_PASSWORD, put a proxy "
            "that speaks TLS in front, and set web.behind_tls. Or leave web.host at 127.0.0.1.",
            host=host,
        )

    if password and is_weak(password):
        raise Refused(
            "MODACLIP_WEB_PASSWORD is easily guessed. It needs at least {least} characters, {different} of them "
            "different, and must be none of the most common passwords. Four words that have nothing to do with each "
            "other are a good one.",
            least=LEAST_PASSWORD,
            different=LEAST_DIFFERENT,
        )


def is_weak(password: str) -> bool:
    """Tell whether a password is too short, or one that is tried first. Any characters may be in it."""
    too_short = len(password) < LEAST_PASSWORD or len(set(password)) < LEAST_DIFFERENT
    return too_short or password.lower() in COMMON


class Facts(Protocol):
    """What remembers facts."""

    async def fact(self, name: str) -> str | None:
        """Return a fact, or None."""

    async def write_fact(self, name: str, value: str) -> None:
        """Remember a fact."""


class Guard:
    """Logs people in and out, and knows them again."""

    def __init__(
        self,
        visits: Visits,
        password: str | None,
        *,
        behind_tls: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._visits = visits
        self._password = password
        self._behind_tls = behind_tls
        self._cookie = f"__Host-{COOKIE}" if behind_tls else COOKIE  # which no other host can set
        self._clock = clock
        self._links: dict[str, float] = {}
        self._tries = Tries(clock)

    async def begin(self, facts: Facts) -> None:
        """End all sessions where the password is another than when this was last asked: who left may know the former.

        `facts` remembers the password hashed, as scrypt (RFC 7914) does it.
        """
        salt, _, known = (await facts.fact(HASH_FACT) or "").partition(":")
        if known and hmac.compare_digest(await asyncio.to_thread(_hashed, self._password, salt), known):
            return
        if known:
            await self._visits.end_all()
        salt = secrets.token_hex(16)
        await facts.write_fact(HASH_FACT, f"{salt}:{await asyncio.to_thread(_hashed, self._password, salt)}")

    def new_link(self) -> str:
        """Return the token of a link that logs one browser in."""
        token = secrets.token_urlsafe(24)
        self._links[token] = self._clock() + LINK_S
        return token

    async def by_link(self, token: str) -> str | None:
        """Return the cookie of a new session for a link's token, which is used up; None when it does not work."""
        until = self._links.pop(token, 0.0)
        return await self._visits.begin() if until > self._clock() else None

    async def by_password(self, request: web.Request, given: str) -> str | None:
        """Return the cookie of a new session for the password that came with a request; None when it is wrong."""
        address = self._address(request)
        if self._password and hmac.compare_digest(given.encode(errors="surrogateescape"), self._password.encode()):
            self._tries.succeed(address)
            return await self._visits.begin()
        self._tries.fail(address)
        return None

    def wait_s(self, request: web.Request) -> float:
        """Return for how many seconds whoever sends a request must wait before the next try of the password."""
        return self._tries.wait_s(self._address(request))

    def session(self, request: web.Request) -> str | None:
        """Return the cookie of a request's session, whether that is still good or not."""
        return request.cookies.get(self._cookie)

    async def person(self, request: web.Request) -> str | None:
        """Return who sends a request, or None."""
        cookie = self.session(request)
        return await self._visits.person(cookie) if cookie else None

    async def is_over(self, cookie: str) -> bool:
        """Tell whether a session has ended."""
        return await self._visits.person(cookie, used=False) is None

    async def let_in(self, request: web.Request, cookie: str) -> web.Response:
        """Return the answer that gives a browser its cookie and leads it to the page; its former session ends."""
        if former := self.session(request):
            await self._visits.end(former)
        response = web.Response(status=303, headers={"Location": "/"})
        response.set_cookie(
            self._cookie,
            cookie,
            max_age=self._visits.session_s,
            httponly=True,
            samesite="Strict",
            secure=self._behind_tls,
            path="/",
        )
        return response

    async def let_out(self, request: web.Request) -> web.Response:
        """End the session of a request; return the answer that leaves nothing of it in the browser."""
        if cookie := self.session(request):
            await self._visits.end(cookie)
        clear = {"Clear-Site-Data": '"cache", "storage"'}
        response = web.Response(status=303, headers={"Location": "/", **clear})
        response.del_cookie(self._cookie, httponly=True, samesite="Strict", secure=self._behind_tls, path="/")
        return response

    def _address(self, request: web.Request) -> str:
        """Return where a request comes from: what the proxy in front says last, where there is one."""
        passed_on = request.headers.getall("X-Forwarded-For", []) if self._behind_tls else []
        return passed_on[-1].rpartition(",")[2].strip() if passed_on else request.remote or ""

    def same_origin(self, request: web.Request) -> bool:
        """Tell whether a request comes from this server's own page."""
        schemes = ("https",) if self._behind_tls else ("http", "https")
        return request.headers.get("Origin") in [f"{scheme}://{request.host}" for scheme in schemes]


def _hashed(password: str | None, salt: str) -> str:
    return hashlib.scrypt((password or "").encode(), salt=salt.encode(), n=2**14, r=8, p=1).hex()


def is_direct(request: web.Request) -> bool:
    """Tell whether a program on this machine asks, and no proxy on behalf of somebody else."""
    passed_on = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "Via"))
    return is_loopback(request.remote or "") and is_loopback(_named(request)) and not passed_on


def _named(request: web.Request) -> str:
    """Return the host that a request names, without its port; "" where that is no host."""
    try:
        return urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        return ""


async def login_in(request: web.Request) -> Mapping[str, str]:
    """Return what a form that logs in says, exactly as it was typed; nothing where it is no such form."""
    body = await request.clone(client_max_size=MOST_FORM_BYTES).read()
    try:
        text = body.decode("ascii", "replace")  # of which a form consists; what is none of it stands there escaped
        fields = parse_qs(text, keep_blank_values=True, max_num_fields=10, errors="surrogateescape")
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def protection(host: str, *, behind_tls: bool) -> Middleware:
    """Return the middleware that every request passes: it refuses other names of this server, and hides errors."""

    @web.middleware
    async def protect(request: web.Request, handler: Handler) -> web.StreamResponse:
        if is_loopback(host) and not behind_tls and not is_loopback(_named(request)):  # a proxy may have any name
            return web.Response(status=421, text="This server has another name.")
        try:
            return await handler(request)
        except web.HTTPException:
            raise
        except Exception:
            log.exception("unexpected error in the web chat")
            return web.Response(status=500, text="Something went wrong here. Try again.")

    return protect


def heading(*, behind_tls: bool) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Return what gives every answer the headers that forbid, just before it is sent."""
    headers = HEADERS | (SECURE if behind_tls else {})

    async def head(_: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(headers)
        response.headers.setdefault("Cache-Control", "no-store")

    return head
