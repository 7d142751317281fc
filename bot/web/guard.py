"""Who may come in: the one-time link, the password, the cookie, and what every answer of the server forbids.

The page runs no script but its own and talks to no other server. A request must name this server as its host, which
keeps other web pages from reaching it under a name of theirs (DNS rebinding), and a connection must come from this
page.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import secrets
import time
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.refusals import Refused
from bot.store.visits import SESSION_S, Visits

COOKIE = "modaclip"
LINK_S = 15 * 60  # how long a login link works
SLOW_S = 1.0  # after a wrong password; doubles with each, up to a minute
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' blob: data: https:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches a host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_exposure(host: str, password: str | None, *, behind_tls: bool) -> None:
    """Raise Refused where the chat would be open to others without a password and TLS."""
    if not is_loopback(host) and not (password and behind_tls):
        raise Refused(
            "The web chat does not listen on {host} without a password and TLS: set MODACLIP_WEB_PASSWORD, put a proxy "
            "that speaks TLS in front, and set web.behind_tls. Or leave web.host at 127.0.0.1.",
            host=host,
        )


class Guard:
    """Logs people in, and knows them again."""

    def __init__(self, visits: Visits, password: str | None, *, behind_tls: bool) -> None:
        self._visits = visits
        self._password = password
        self._behind_tls = behind_tls
        self._links: dict[str, float] = {}
        self._failures = 0
        self._attempt = asyncio.Lock()

    def new_link(self) -> str:
        """Return the token of a link that logs one browser in."""
        token = secrets.token_urlsafe(24)
        self._links[token] = time.monotonic() + LINK_S
        return token

    async def by_link(self, token: str) -> str | None:
        """Return the cookie of a new session for a link's token, which is used up; None when it does not work."""
        until = self._links.pop(token, 0.0)
        return await self._visits.begin() if until > time.monotonic() else None

    async def by_password(self, password: str) -> str | None:
        """Return the cookie of a new session for the password; None when it is wrong, which takes a while to say."""
        async with self._attempt:  # one at a time: nobody tries many at once
            if self._password and hmac.compare_digest(password.encode(), self._password.encode()):
                self._failures = 0
                return await self._visits.begin()
            self._failures += 1
            await asyncio.sleep(min(60.0, SLOW_S * 2 ** (self._failures - 1)))
        return None

    async def person(self, request: web.Request) -> str | None:
        """Return who sends a request, or None."""
        cookie = request.cookies.get(COOKIE)
        return await self._visits.person(cookie) if cookie else None

    def let_in(self, cookie: str) -> web.Response:
        """Return the answer that gives a browser its cookie and leads it to the page."""
        response = web.Response(status=303, headers={"Location": "/"})
        response.set_cookie(
            COOKIE, cookie, max_age=SESSION_S, httponly=True, samesite="Strict", secure=self._behind_tls, path="/"
        )
        return response

    def same_origin(self, request: web.Request) -> bool:
        """Tell whether a request comes from this server's own page."""
        schemes = ("https",) if self._behind_tls else ("http", "https")
        return request.headers.get("Origin") in [f"{scheme}://{request.host}" for scheme in schemes]


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


def protection(host: str, *, behind_tls: bool) -> Middleware:
    """Return the middleware that every request passes."""

    @web.middleware
    async def protect(request: web.Request, handler: Handler) -> web.StreamResponse:
        if is_loopback(host) and not behind_tls and not is_loopback(_named(request)):  # a proxy may have any name
            return web.Response(status=421, text="This server has another name.", headers=HEADERS)
        try:
            response = await handler(request)
        except web.HTTPException as error:
            error.headers.update(HEADERS)
            raise
        if not response.prepared:
            response.headers.update(HEADERS)
            if behind_tls:
                response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response

    return protect
