"""The web chat in the ordeal `tenants`: one browser that is logged in, its window, and what it asks for by address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import aiohttp

from bot.requests import Level, Upload, Value
from bot.web import WebChat, WebOptions
from tests.fakes.visiting import enter, origin
from tests.torture.tenants_chats import Shown
from tests.torture.tenants_teams import TEAMS, Actor
from tests.torture.tenants_typing import line
from tests.torture.tenants_world import World

TEAM = TEAMS[-1]


class Web:
    """The chat. Whoever is logged in may do everything, so only managers come this way."""

    def __init__(self) -> None:
        self._heard: list[Mapping[str, Any]] = []
        self._looked = 0
        self._client: aiohttp.ClientSession
        self._window: aiohttp.ClientWebSocketResponse
        self._listening: asyncio.Task[None]

    @asynccontextmanager
    async def connected(self, world: World) -> AsyncIterator[None]:
        options = WebOptions(port=0, workspace=TEAM, files=world.folder / "files")
        jar = aiohttp.CookieJar(unsafe=True)
        async with WebChat(world.desk, world.desk.state.database, options) as chat:
            address = f"http://127.0.0.1:{chat.port}"
            async with aiohttp.ClientSession(address, cookie_jar=jar, headers=origin(chat)) as self._client:
                await enter(self._client, chat)
                await self._open_window()
                yield
                await self._close_window()

    def carries(self, actor: Actor) -> bool:
        return actor.team == TEAM and actor.level is Level.MANAGER

    async def command(self, actor: Actor, name: str, values: Mapping[str, Value]) -> Callable[[], object] | None:
        uploads = []
        for value in values.values():
            if isinstance(value, Upload):
                path = f"/uploads?name={quote(value.name)}"
                async with self._client.post(path, data=await value.read()) as answer:
                    uploads.append((await answer.json())["id"])
        return await self.send({"do": "say", "text": line(f"/{name}", values), "uploads": uploads})

    async def press(self, actor: Actor, pressed: str, chosen: Sequence[str]) -> Callable[[], object] | None:
        return await self.send({"do": "press", "id": pressed, "chosen": list(chosen)})

    async def submit(self, actor: Actor, form: str, values: Mapping[str, Value]) -> Callable[[], object] | None:
        return await self.send({"do": "submit", "form": form, "values": values})

    async def complete(self, actor: Actor, name: str, option: str, typed: str) -> Callable[[], object] | None:
        return await self.send({"do": "complete", "text": f"/{name} {option}:{typed}"})

    async def send(self, message: Mapping[str, Any]) -> Callable[[], object]:
        """Send what the page sends; return what tells whether anything came back."""
        if self._heard and self._heard[-1]["do"] == "reload":  # who was here is forgotten
            await self._close_window()
            await self._open_window()
        heard = len(self._heard)
        await self._window.send_json(message)
        return lambda: len(self._heard) > heard

    async def fetch(self, path: str, query: Mapping[str, str]) -> bytes | None:
        """Ask for what the page shows beside its connection; None where there is none."""
        async with self._client.get(path, params=query) as answer:
            return await answer.read() if answer.status == 200 else None

    def count(self) -> int:
        return len(self._heard)

    def shown(self) -> Iterator[Shown]:
        heard, self._looked = self._heard[self._looked :], len(self._heard)
        for message in heard:  # what was said before may hold what was allowed then
            yield Shown(TEAM, message if message["do"] != "history" else message["entries"][-1:])

    async def _open_window(self) -> None:
        self._window = await self._client.ws_connect("/connection")
        self._listening = asyncio.create_task(self._listen())

    async def _close_window(self) -> None:
        await self._window.close()
        await self._listening

    async def _listen(self) -> None:
        async for message in self._window:
            if message.type is aiohttp.WSMsgType.TEXT:
                self._heard.append(message.json())
