"""What is taken over HTTP: events that Slack has signed, and the pages of who adds the app to a workspace."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.typedefs import Handler
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.slack.credentials import INSTALL, REDIRECT
from bot.slack.install import InstallFlow
from bot.slack.pages import HEADERS

MOST_BYTES = 2**20  # of one request
EVENTS = "/slack/events"
# what reading a body raises, which slack_bolt does before it looks at the signature: text that is none, JSON that is
# torn or nested without end, a list or a number where names are looked up
MALFORMED = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
SIGNATURE = {"X-Slack-Request-Timestamp": r"[0-9]{1,12}", "X-Slack-Signature": r"[!-~]*"}

log = logging.getLogger(__name__)

Answering = Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]


@asynccontextmanager
async def serving(app: AsyncApp | None, flow: InstallFlow | None, host: str, port: int) -> AsyncIterator[str]:
    """Take an app's events and a flow's visitors, where they are given; yield the address, without a path."""
    server = web.Application(client_max_size=MOST_BYTES, middlewares=[_guard])
    if app is not None:
        server.router.add_post(EVENTS, _route(app.async_dispatch))
    if flow is not None:
        # a HEAD must begin no installation
        server.router.add_get(INSTALL, _route(flow.handle_installation), allow_head=False)
        server.router.add_get(REDIRECT, _route(flow.handle_callback), allow_head=False)
    runner = web.AppRunner(server, access_log=None)  # addresses carry codes
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        shown, bound = runner.addresses[0][:2]
        yield f"http://{shown}:{bound}"
    finally:
        await runner.cleanup()


def _route(answer: Answering) -> Handler:
    async def take(request: web.Request) -> web.StreamResponse:
        return await to_aiohttp_response(await answer(await _read(request)))

    return take


async def _read(request: web.Request) -> AsyncBoltRequest:
    """Return a request as slack_bolt takes it; what Slack never sends is answered with 400 and not logged."""
    for name, form in SIGNATURE.items():
        if not re.fullmatch(form, request.headers.get(name, "0")):
            raise web.HTTPBadRequest
    try:
        return await to_bolt_request(request)
    except MALFORMED as error:
        raise web.HTTPBadRequest from error


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give every answer the headers of a page that loads nothing and stands in no other; log what went wrong."""
    try:
        response = await handler(request)
    except web.HTTPException as error:
        error.headers.update(HEADERS)
        raise
    except Exception:
        log.exception("unexpected error")
        response = web.Response(status=500, text="Something went wrong here. Try again.")
    response.headers.update(HEADERS)
    return response
