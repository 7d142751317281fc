"""A browser in which somebody adds the app to a workspace, and what the bot is started with for many workspaces."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from bot.slack.client import SlackChat
from bot.slack.credentials import INSTALL, REDIRECT, App, SlackSecrets
from bot.slack.seal import make_key
from tests.fakes.slack import APP_TOKEN, CLIENT_ID, CLIENT_SECRET, SECRET, FakeSlack

KEY = make_key()
APP = App(CLIENT_ID, CLIENT_SECRET, KEY)
MANY_BY_SOCKET = SlackSecrets(app_token=APP_TOKEN, app=APP)
MANY_BY_HTTP = SlackSecrets(signing_secret=SECRET, app=APP)


@dataclass(frozen=True)
class Page:
    """What a browser shows."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def link(self) -> str:
        """Where its one link leads."""
        (found,) = re.findall(r'href="([^"]*)"', self.text)
        return unescape(found)


class Browser:
    """One browser, with its cookies."""

    def __init__(self, session: aiohttp.ClientSession, chat: SlackChat) -> None:
        self._session = session
        self._chat = chat

    async def get(self, path: str, **query: str) -> Page:
        """Open a page of the bot's."""
        url = URL(f"{self._chat.address}{path}?{urlencode(query)}", encoded=True)
        async with self._session.get(url, allow_redirects=False) as answer:
            return Page(answer.status, await answer.text(), dict(answer.headers))

    async def install(self, fake: FakeSlack, team: str) -> Page:
        """Add the app to a workspace; return the last page."""
        begun = await self.get(INSTALL)
        return await self.get(REDIRECT, **fake.grants.allow(begun.link, team))


@asynccontextmanager
async def browser(chat: SlackChat) -> AsyncIterator[Browser]:
    """Yield a browser that takes this machine's addresses for safe, as a proxy with TLS would be."""
    jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=[URL(str(chat.address))])
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        yield Browser(session, chat)


async def install(fake: FakeSlack, chat: SlackChat, *teams: str) -> None:
    """Add the app to workspaces."""
    for team in teams:
        async with browser(chat) as visitor:
            page = await visitor.install(fake, team)
            assert page.status == 200, page.text
