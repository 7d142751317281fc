"""The server of the web chat: the page and its files, logging in, pictures, uploads, the connection, and health."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from typing import Any, Self

from aiohttp import WSMsgType, web

from bot.catalogue import Words, words_for
from bot.commands.about import EXAMPLES
from bot.desk import Desk
from bot.refusals import Refused
from bot.requests import Level, Person, Request
from bot.store.visits import Visits
from bot.web.conversation import Attachments, Conversation, finish
from bot.web.guard import Guard, check_exposure, is_loopback, protection
from bot.web.phrases import phrases_for
from core.errors import ModaclipError
from core.store.database import Database

FILES = {"chat.js": "text/javascript", "drawing.js": "text/javascript", "style.css": "text/css"}
UPLOAD_BYTES = 64 * 2**20
SIZES = {"small": 250_000, "large": 4_000_000}  # bytes that a picture may have
PICTURES_KEPT = 64 * 2**20  # bytes
AT_ONCE = 8  # things that one window may have answered at the same time

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WebOptions:
    """Where the web chat is, and who may come in."""

    host: str = "127.0.0.1"
    port: int = 8765
    password: str | None = None
    behind_tls: bool = False
    workspace: str = "web:main"


class WebChat:
    """The web chat. Use `async with WebChat(...)`; raises Refused where it would be open to everybody."""

    def __init__(self, desk: Desk, database: Database, options: WebOptions) -> None:
        check_exposure(options.host, options.password, behind_tls=options.behind_tls)
        self._desk = desk
        self._options = options
        self._visits = Visits(database)
        self._guard = Guard(self._visits, options.password, behind_tls=options.behind_tls)
        self._attachments = Attachments()
        self._sockets: set[web.WebSocketResponse] = set()
        self._pictures: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._runner: web.AppRunner | None = None
        self.port = options.port

    async def __aenter__(self) -> Self:
        app = web.Application(
            middlewares=[protection(self._options.host, behind_tls=self._options.behind_tls)],
            client_max_size=UPLOAD_BYTES + 2**16,
        )
        app.add_routes(
            [
                web.get("/", self._page),
                web.get("/login", self._login),
                web.post("/login", self._login_with_password),
                web.get("/static/{name}", self._file),
                web.get("/connection", self._connection),
                web.post("/uploads", self._upload),
                web.get("/pictures/{id:.+}", self._picture),
                web.get("/healthz", self._health),
                web.get("/readyz", self._readiness),
                web.get("/metrics", self._metrics),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._options.host, self._options.port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise Refused(
                "The web chat can't listen on {host}, port {port}: another program does. Set another one with "
                "MODACLIP_WEB_PORT.",
                host=self._options.host,
                port=self._options.port,
            ) from error
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        for socket in list(self._sockets):
            with suppress(Exception):
                await socket.close(code=1001)
        if self._runner is not None:
            await self._runner.cleanup()

    async def login_link(self) -> str:
        """Return a link that logs one browser in, within a quarter of an hour."""
        host = f"[{self._options.host}]" if ":" in self._options.host else self._options.host
        if not is_loopback(self._options.host):
            return f"http://{host}:{self.port}/ (through your proxy, with the password)"
        return f"http://{host}:{self.port}/login?token={self._guard.new_link()}"

    # Pages

    async def _page(self, request: web.Request) -> web.StreamResponse:
        words = _words(request)
        if await self._guard.person(request) is None:
            return self._login_page(words, 401)
        text = _text("index.html").replace("{language}", words.language)
        return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-store"})

    async def _login(self, request: web.Request) -> web.StreamResponse:
        cookie = await self._guard.by_link(request.query.get("token", ""))
        return self._guard.let_in(cookie) if cookie else self._login_page(_words(request), 403)

    async def _login_with_password(self, request: web.Request) -> web.StreamResponse:
        if not self._guard.same_origin(request):
            raise web.HTTPForbidden(text="This form is on another page.")
        form = await request.post()
        cookie = await self._guard.by_password(str(form.get("password", "")))
        return self._guard.let_in(cookie) if cookie else self._login_page(_words(request), 403)

    def _login_page(self, words: Words, status: int) -> web.Response:
        said = {
            "{language}": words.language,
            "{password}": words.say("Password"),
            "{enter}": words.say("Come in"),
            "{told}": words.say("The password opens this page.")
            if self._options.password
            else words.say(
                "Open the link that the program prints when it starts. Each works once; restart for a new one."
            ),
            "{hidden}": "" if self._options.password else "hidden",
        }
        text = _text("login.html")
        for place, value in said.items():
            text = text.replace(place, value)
        return web.Response(text=text, status=status, content_type="text/html", headers={"Cache-Control": "no-store"})

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in FILES:
            raise web.HTTPNotFound
        return web.Response(text=_text(name), content_type=FILES[name], headers={"Cache-Control": "no-cache"})

    # Pictures

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        person = await self._person(request)
        if not self._guard.same_origin(request):
            raise web.HTTPForbidden
        try:
            data = await request.read()
        except web.HTTPRequestEntityTooLarge:
            text = _words(request).say("This picture is too large. At most 64 MB are taken.")
            return web.json_response({"error": text}, status=413)
        token = self._attachments.keep(person, request.query.get("name", "")[:200], data)
        return web.json_response({"id": token})

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        person = await self._person(request)
        photo_id, size = request.match_info["id"], request.query.get("size", "small")
        max_bytes = SIZES.get(size, SIZES["small"])
        asked = Request("web", self._options.workspace, "web", Person(person, ""), _words(request), Level.MANAGER)
        data = self._pictures.get((photo_id, size))
        if data is None:
            try:
                data = await self._desk.picture(asked, photo_id, max_bytes)
            except ModaclipError as error:
                raise web.HTTPNotFound from error
            if data is None:
                raise web.HTTPNotFound
            self._pictures[photo_id, size] = data
            while sum(map(len, self._pictures.values())) > PICTURES_KEPT:
                self._pictures.popitem(last=False)
        return web.Response(body=data, content_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})

    # The connection

    async def _connection(self, request: web.Request) -> web.StreamResponse:
        person = await self._person(request)
        if not self._guard.same_origin(request):
            raise web.HTTPForbidden
        socket = web.WebSocketResponse(heartbeat=30, max_msg_size=2**20)
        await socket.prepare(request)
        self._sockets.add(socket)
        words, tasks, turns = _words(request), set[asyncio.Task[None]](), asyncio.Semaphore(AT_ONCE)

        async def send(message: Mapping[str, Any]) -> None:
            with suppress(ConnectionError):
                await socket.send_json(message)

        conversation = Conversation(
            self._desk, self._visits, self._attachments, person, words, self._options.workspace, send, self._post
        )

        async def receive(message: Mapping[str, Any]) -> None:
            try:
                await conversation.receive(message)
            except Exception:
                log.exception("unexpected error in the web chat")
            finally:
                turns.release()

        await send({"do": "hello", "phrases": phrases_for(words), "examples": list(EXAMPLES)})
        await conversation.open()
        try:
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    continue
                with suppress(ValueError):
                    data = message.json()
                    if isinstance(data, dict):
                        await turns.acquire()
                        task = asyncio.create_task(receive(data))
                        tasks.add(task)
                        task.add_done_callback(tasks.discard)
        finally:
            self._sockets.discard(socket)
            await finish(tasks)
        return socket

    async def _post(self, message: Mapping[str, Any]) -> None:
        for socket in list(self._sockets):
            with suppress(ConnectionError):
                await socket.send_json(message)

    # Health

    async def _health(self, request: web.Request) -> web.StreamResponse:  # noqa: ARG002
        return web.Response(text="ok\n")

    async def _readiness(self, request: web.Request) -> web.StreamResponse:  # noqa: ARG002
        began = time.perf_counter()
        ready = await self._desk.ready()
        log.debug("ready", extra={"ready": ready, "ms": round((time.perf_counter() - began) * 1000)})
        return web.Response(text="ready\n" if ready else "loading\n", status=200 if ready else 503)

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        if not is_loopback(request.remote or "") and await self._guard.person(request) is None:
            raise web.HTTPForbidden
        return web.Response(body=self._desk.metrics.text(), headers={"Content-Type": self._desk.metrics.content_type})

    async def _person(self, request: web.Request) -> str:
        person = await self._guard.person(request)
        if person is None:
            raise web.HTTPUnauthorized(text="Log in first.")
        return person


def _text(name: str) -> str:
    return resources.files("bot.web").joinpath("static", name).read_text(encoding="utf-8")


def _words(request: web.Request) -> Words:
    """Return the words of the first language that a browser prefers."""
    return words_for(request.headers.get("Accept-Language", "en").split(",")[0].split(";")[0].strip())
