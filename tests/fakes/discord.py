"""A Discord on this machine: gateway, API and file store, for the real client of discord.py.

It behaves as Discord does where the bot depends on it: interactions must be acknowledged in time and once, the first
message after an acknowledgement takes its place, what is private stays private, files become URLs. Every body that it
is sent is checked; what is wrong with them is in `problems`.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import itertools
import json
import time
from asyncio import sleep  # which a test may shorten for the bot
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yarl
from aiohttp import web

from tests.fakes import discord_payloads as payloads
from tests.fakes.discord_gateway import Gateway
from tests.fakes.discord_payloads import ANN, BOT, PHOTOS, STUDIO, TEAM, Place, Server, Someone
from tests.fakes.discord_schema import problems, walk

TOKEN = "fake.token.here"  # noqa: S105
PRIVATE, LOADING = 1 << 6, 1 << 7
WAIT_S = 5.0


@dataclass
class Call:
    """One request that was made."""

    method: str
    path: str
    body: Any
    files: dict[str, tuple[str, bytes]]


@dataclass
class Failure:
    """What the next request to a path gets instead of an answer."""

    method: str
    part: str
    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str]


@dataclass
class Session:
    """One interaction: what was answered to it."""

    token: str
    began: float
    channel: int
    pressed: str | None = None  # the message whose button it was
    acknowledged: int | None = None  # type of the response
    original: str | None = None
    modal: dict[str, Any] | None = None
    choices: list[dict[str, Any]] | None = None
    private: list[str] = field(default_factory=list)  # messages only the person sees
    public: list[str] = field(default_factory=list)


def _json(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    # discord.py reads a body only where the type is exactly this, without a character set
    headers = {"Content-Type": "application/json", **(headers or {})}
    return web.Response(body=json.dumps(data).encode(), status=status, headers=headers)


class FakeDiscord:
    """Start it with `async with FakeDiscord().running()`."""

    def __init__(self, servers: Sequence[Server] = (TEAM, STUDIO), *, shards: int = 1, late_s: float = 3.0) -> None:
        self.servers, self.shards, self.late_s = servers, shards, late_s
        self.calls: list[Call] = []
        self.problems: list[str] = []
        self.messages: dict[str, dict[str, Any]] = {}
        self.sessions: dict[str, Session] = {}
        self.commands: list[dict[str, Any]] = []
        self.failures: list[Failure] = []
        self.slow_s = 0.0  # before every answer
        self.muted: set[int] = set()  # channels in which the bot may not write
        self.store: dict[str, tuple[bytes, str]] = {}
        self.application: dict[str, Any] = {}
        self.ids = itertools.count(10_000)
        self.changed = asyncio.Condition()
        self.gateway = Gateway(self)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[FakeDiscord]:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_get("/gateway/", self.gateway.serve)
        app.router.add_get("/cdn/{name:.*}", self._serve_file)
        app.router.add_route("*", "/api/v10/{tail:.*}", self._serve)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host = f"127.0.0.1:{runner.addresses[0][1]}"
        self.http, self.socket_url = f"http://{host}", f"ws://{host}/gateway/"
        try:
            with self._pointed_at():
                yield self
        finally:
            await self.gateway.close()
            await runner.cleanup()

    @contextlib.contextmanager
    def _pointed_at(self) -> Iterator[None]:
        """Let discord.py talk to this machine."""
        from discord.asset import Asset
        from discord.gateway import DiscordWebSocket
        from discord.http import Route

        before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, Asset.BASE
        Route.BASE, Asset.BASE = f"{self.http}/api/v10", f"{self.http}/cdn"
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(self.socket_url)
        try:
            yield
        finally:
            Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, Asset.BASE = before

    # What people do

    async def command(
        self, name: str, /, *, by: Someone = ANN, place: Place = PHOTOS, locale: str = "en-US", **options: Any
    ) -> Session:
        return await self.interact(2, payloads.command_data(name, options), by, place, locale)

    async def typing(
        self, name: str, option: str, typed: str, /, *, by: Someone = ANN, place: Place = PHOTOS, **rest: Any
    ) -> Session:
        data = payloads.command_data(name, {option: typed, **rest})
        at = data["options"][0]["options"] if " " in name else data["options"]
        at[0]["focused"] = True
        return await self.interact(4, data, by, place, "en-US")

    async def pick(self, menu: str, message: Mapping[str, Any], *, by: Someone = ANN, place: Place = PHOTOS) -> Session:
        resolved = {"messages": {message["id"]: dict(message)}}
        data = {"id": "78", "name": menu, "type": 3, "target_id": message["id"], "resolved": resolved}
        return await self.interact(2, data, by, place, "en-US")

    async def press(
        self, message: Mapping[str, Any], custom_id: str, *values: str, by: Someone = ANN, place: Place = PHOTOS
    ) -> Session:
        kind = next(part["type"] for part in walk(message["components"]) if part.get("custom_id") == custom_id)
        data = {"custom_id": custom_id, "component_type": kind, "values": list(values)}
        return await self.interact(3, data, by, place, "en-US", message)

    async def submit(self, session: Session, *, by: Someone = ANN, place: Place = PHOTOS, **answers: Any) -> Session:
        """Fill in the form that a session opened. A picture is given as an attachment, or a list of them."""
        return await self.fill_in(session, answers, by=by, place=place)

    async def fill_in(self, session: Session, answers: Mapping[str, Any], *, by: Someone, place: Place) -> Session:
        """Fill in a form, by the names of its fields."""
        assert session.modal is not None
        filled, files = [], {}
        for label in session.modal["components"]:
            part = label["component"]
            answer = answers.get(part["custom_id"])
            given = {"type": part["type"], "id": 1, "custom_id": part["custom_id"]}
            if part["type"] == 19:
                attachments = answer if isinstance(answer, list) else [answer] if answer else []
                files |= {a["id"]: a for a in attachments}
                given["values"] = [a["id"] for a in attachments]
            elif part["type"] == 3:
                given["values"] = [answer] if answer else []
            else:
                given["value"] = answer or ""
            filled.append({"type": 18, "id": 1, "component": given})
        data = {"custom_id": session.modal["custom_id"], "components": filled, "resolved": {"attachments": files}}
        pressed = self.messages.get(session.pressed or "")
        return await self.interact(5, data, by, place, "en-US", pressed)

    async def say(self, content: str, *, by: Someone = ANN, place: Place = PHOTOS, **given: Any) -> dict[str, Any]:
        """Write a message, as the bot is told of it."""
        mentions = [payloads.user(BOT, "moda", bot=True) | {"member": {}}] if str(BOT) in content else []
        said = payloads.message(
            next(self.ids), place.channel, **{"author": by.user(), "content": content, "mentions": mentions, **given}
        )
        self.messages[said["id"]] = said
        event = dict(said)
        if place.server:
            event |= {"guild_id": str(place.server.id), "member": payloads.member(by, place.server)}
        await self.gateway.dispatch("MESSAGE_CREATE", event)
        return said

    def attach(self, name: str, data: bytes, kind: str = "image/jpeg") -> dict[str, Any]:
        """Upload a file."""
        number = str(next(self.ids))
        self.store[f"attachments/{number}/{name}"] = (data, kind)
        url = f"{self.http}/cdn/attachments/{number}/{name}"
        size = {"size": len(data), "content_type": kind, "width": 4, "height": 4}
        return {"id": number, "filename": name, "url": url, "proxy_url": url, **size}

    async def interact(
        self,
        kind: int,
        data: Mapping[str, Any],
        person: Someone,
        place: Place,
        locale: str,
        message: Mapping[str, Any] | None = None,
    ) -> Session:
        """Tell the bot of something that somebody did, by the kind and the data of an interaction."""
        token = f"token{next(self.ids)}"
        event = payloads.interaction(next(self.ids), token, kind, data, person, place, locale)
        if message:
            event["message"] = copy.deepcopy(dict(message))
        pressed = message["id"] if message else None
        session = self.sessions[token] = Session(token, time.monotonic(), place.channel, pressed)
        await self.gateway.dispatch("INTERACTION_CREATE", event)
        return session

    # What is seen of it

    async def until(self, seen: Callable[[], Any]) -> Any:
        """Wait until something is the case, and return it."""
        async with asyncio.timeout(WAIT_S), self.changed:
            await self.changed.wait_for(seen)
        return seen()

    async def answer(self, session: Session) -> dict[str, Any]:
        """Wait for the message that a session's acknowledgement becomes."""

        def found() -> Any:
            message = self.messages.get(session.original or "")
            return message if message and not message["flags"] & LOADING and message["components"] else None

        found_message: dict[str, Any] = await self.until(found)
        return found_message

    def posted(self, channel: int) -> list[dict[str, Any]]:
        """Return what the bot said in a channel for all to see."""
        public = [m for m in self.messages.values() if m["author"]["id"] == str(BOT) and not m["flags"] & PRIVATE]
        return [message for message in public if message["channel_id"] == str(channel)]

    def made(self, method: str, part: str) -> list[Call]:
        """Return the requests that were made to paths with a certain part."""
        return [call for call in self.calls if call.method == method and part in call.path]

    def fail(
        self, method: str, part: str, status: int, code: int = 0, *, times: int = 1, retry_after_s: float | None = None
    ) -> None:
        """Let the next requests fail. A limit that Discord itself sets comes through a proxy, which says so."""
        body: dict[str, Any] = {"message": f"refused {TOKEN} https://secret.example", "code": code}
        headers = {}
        if retry_after_s is not None:
            body |= {"retry_after": retry_after_s, "global": False}
            headers = {"Via": "1.1 google"}
        self.failures += [Failure(method, part, status, body, headers)] * times

    # What the bot asks

    async def _serve_file(self, request: web.Request) -> web.Response:
        data, kind = self.store.get(request.match_info["name"], (None, ""))
        return web.Response(status=404) if data is None else web.Response(body=data, content_type=kind)

    async def _serve(self, request: web.Request) -> web.Response:
        from tests.fakes.discord_api import answer_call

        body, files = await _read(request)
        call = Call(request.method, f"/{request.match_info['tail']}", body, files)
        self.calls.append(call)
        await sleep(self.slow_s)
        if body is not None:
            self.problems += problems(call.method, call.path, body, {part: file[0] for part, file in files.items()})
        try:
            for failure in self.failures:
                if failure.method == call.method and failure.part in call.path:
                    self.failures.remove(failure)
                    return _json(failure.body, failure.status, failure.headers)
            by_bot = "/callback" not in call.path and "/webhooks" not in call.path
            if by_bot and request.headers.get("Authorization") != f"Bot {TOKEN}":
                return _json({"message": "401: Unauthorized", "code": 0}, 401)
            result = answer_call(self, call)
            return web.Response(status=204) if result.data is None else _json(result.data, result.status)
        finally:
            await self.tell()

    async def tell(self) -> None:
        """Let those who wait look again."""
        async with self.changed:
            self.changed.notify_all()


async def _read(request: web.Request) -> tuple[Any, dict[str, tuple[str, bytes]]]:
    if request.content_type != "multipart/form-data":
        return (json.loads(await request.text()) if request.can_read_body else None), {}
    body, files = None, {}
    async for part in await request.multipart():
        if part.name == "payload_json":  # type: ignore[union-attr]
            body = json.loads(await part.text())  # type: ignore[union-attr]
        else:
            files[str(part.name)] = (str(part.filename), bytes(await part.read()))  # type: ignore[union-attr]
    return body, files
