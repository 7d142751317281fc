"""A client that comes to the web chat as a browser does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp

from bot.web import WebChat

NOTHING: Mapping[str, str] = {}


def origin(chat: WebChat) -> Mapping[str, str]:
    """Return the header by which the chat knows its own page."""
    return {"Origin": f"http://127.0.0.1:{chat.port}"}


async def enter(
    client: aiohttp.ClientSession,
    chat: WebChat,
    link: str = "",
    *,
    headers: Mapping[str, str] = NOTHING,
    **how: Any,
) -> aiohttp.ClientResponse:
    """Open a link that logs in, a new one unless it is given; return the answer to the form that its page sends."""
    address, _, token = (link or await chat.login_link()).partition("#")
    sent = {**origin(chat), **headers}
    return await client.post(address, data={"link": token}, headers=sent, **how)
