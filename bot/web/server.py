"""The server of the web chat: the page and its files, logging in, the connection, and health."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from math import ceil
from pathlib import Path
from typing import Any, Self

from aiohttp import WSMsgType, web

from bot.catalogue import LANGUAGES, Words, words_for
from bot.commands.about import EXAMPLES
from bot.desk import Desk
from bot.refusals import Refused
from bot.requests import Level, Person, Request
from bot.retention import DAY_S
from bot.store.visits import Visits
from bot.tasks import stop
from bot.web.attachments import Attachments
from bot.web.board_pictures import BoardPictures
from bot.web.conversation import Conversation, Shared
from bot.web.everybody import CHAT, Everybody
from bot.web.files import Files
from bot.web.guard import Guard, check_exposure, heading, is_direct, is_loopback, login_in, protection
from bot.web.media import Media
from bot.web.phrases import phrases_for
from bot.web.pictures import Pictures
from bot.web.windows import Windows, read_message, send
from core.errors import NotFound
from core.store.database import Database

SCRIPTS = (
    *("chat.js", "typing.js", "attaching.js", "drawing.js", "panel.js", "gallery.js", "viewer.js", "forms.js"),
    *("board.js", "board-drawing.js", "board-pin.js", "board-moving.js", "board-drag.js", "board-keys.js"),
    *("board-find.js", "board-tools.js", "board-list.js", "board-look.js", "toast.js", "login.js"),
)
FILES = {**dict.fromkeys(SCRIPTS, "text/javascript"), **dict.fromkeys(("style.css", "board.css"), "text/css")}
UPLOAD_BYTES = 64 * 2**20
UPLOAD_LIMIT = 20 * 2**20  # bytes that an answer may carry in files
MOST_WINDOWS = 30  # that one person may have open
READ_AHEAD = 64  # things that one window may ask before the first is answered; the desk refuses some before that

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WebOptions:
    """Where the web chat is, and who may come in."""

    host: str = "127.0.0.1"
    port: int = 8765
    password: str | None = field(default=None, repr=False)
    behind_tls: bool = False
    workspace: str = "web:main"
    files: Path | None = None  # the folder of files that answers bring; without one they lie in the conversations


class WebChat:
    """The web chat. Use `async with WebChat(...)`; raises Refused where it would be open to everybody."""

    def __init__(self, desk: Desk, database: Database, options: WebOptions) -> None:
        check_exposure(options.host, options.password, behind_tls=options.behind_tls)
        self._desk = desk
        self._options = options
        clock = desk.state.clock
        visits = self._visits = Visits(database, clock=clock, session_s=desk.retention.sessions_days * DAY_S)
        self._guard = Guard(visits, options.password, behind_tls=options.behind_tls, clock=clock)
        self._attachments = Attachments(clock=clock)
        self._windows = Windows()
        self._files = Files(options.files, kept_s=desk.retention.files_days * DAY_S)
        self._everybody = Everybody(options.workspace, desk.live, visits, self._windows, self._files, self._attachments)
        self._shared = Shared(desk, visits, self._attachments, self._windows, self._files, self._everybody)
        self._answering: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None
        self._watching: asyncio.Task[None] | None = None
        self.port = options.port

    async def __aenter__(self) -> Self:
        app = web.Application(
            middlewares=[protection(self._options.host, behind_tls=self._options.behind_tls)],
            client_max_size=UPLOAD_BYTES + 2**16,
        )
        app.on_response_prepare.append(heading(behind_tls=self._options.behind_tls))
        app.add_routes(
            [
                web.get("/", self._page),
                web.get("/login", self._login_form),
                web.post("/login", self._log_in),
                web.post("/logout", self._logout),
                web.get("/static/{name}", self._file),
                web.get("/connection", self._connection),
                *self._media().routes(),
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
        await self._guard.begin(self._desk.state)
        await self._files.purge()
        self._desk.live.listen(self._board_changed)
        await self._everybody.follow_others()
        await self._desk.live.connect(CHAT, self._everybody)
        self._watching = asyncio.create_task(self._windows.watch(self._guard.is_over))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._desk.live.disconnect(CHAT)
        self._desk.live.ignore(self._board_changed)
        await stop([*self._answering, *filter(None, [self._watching])])
        await self._windows.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def login_link(self) -> str:
        """Return a link that logs one browser in, within a quarter of an hour."""
        host = f"[{self._options.host}]" if ":" in self._options.host else self._options.host
        if not is_loopback(self._options.host):
            return f"http://{host}:{self.port}/ (through your proxy, with the password)"
        link = f"/login#{self._guard.new_link()}"  # browsers send no fragment
        if self._options.behind_tls:
            return f"{link} (behind your proxy's address)"
        return f"http://{host}:{self.port}{link}"

    # Pages

    async def _page(self, request: web.Request) -> web.StreamResponse:
        words = _words(request)
        if await self._guard.person(request) is None:
            return self._login_page(words, 401)
        text = _text("index.html").replace("{language}", words.language)
        return web.Response(text=text, content_type="text/html")

    async def _login_form(self, request: web.Request) -> web.StreamResponse:
        return self._login_page(_words(request), 200)

    async def _log_in(self, request: web.Request) -> web.StreamResponse:
        if not self._guard.same_origin(request):
            raise web.HTTPForbidden(text="This form is on another page.")
        given = await login_in(request)
        if link := given.get("link"):
            cookie = await self._guard.by_link(link)
            if cookie is None and await self._guard.person(request) is not None:  # it was opened here before
                raise web.HTTPSeeOther("/")
            return await self._let_in(request, cookie)
        if (wait_s := ceil(self._guard.wait_s(request))) > 0:
            response = self._login_page(_words(request), 429, wait_s)
            response.headers["Retry-After"] = str(wait_s)
            return response
        cookie = await self._guard.by_password(request, given.get("password", ""))
        if cookie is None:
            self._desk.metrics.wrong_password()
        return await self._let_in(request, cookie)

    async def _let_in(self, request: web.Request, cookie: str | None) -> web.StreamResponse:
        if cookie is None:
            return self._login_page(_words(request), 403)
        response = await self._guard.let_in(request, cookie)
        await self._windows.end(self._guard.session(request))
        return response

    async def _logout(self, request: web.Request) -> web.StreamResponse:
        if not self._guard.same_origin(request):
            raise web.HTTPForbidden(text="This form is on another page.")
        response = await self._guard.let_out(request)
        await self._windows.end(self._guard.session(request))
        return response

    def _login_page(self, words: Words, status: int, wait_s: int = 0) -> web.Response:
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
            "{refused}": words.plural(
                "Too many wrong passwords. Wait {n} second, then try again.",
                "Too many wrong passwords. Wait {n} seconds, then try again.",
                wait_s,
            )
            if wait_s
            else "",
        }
        text = _text("login.html")
        for place, value in said.items():
            text = text.replace(place, value)
        return web.Response(text=text, status=status, content_type="text/html")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in FILES:
            raise web.HTTPNotFound
        return web.Response(text=_text(name), content_type=FILES[name], headers={"Cache-Control": "no-cache"})

    def _media(self) -> Media:
        async def asked(request: web.Request) -> Request:
            return await self._asked(request, await self._person(request))

        pictures, boards = Pictures(self._desk), BoardPictures(self._desk)
        return Media(asked, self._guard.same_origin, pictures, boards, self._files, self._attachments)

    # The connection

    def _board_changed(self, workspace: str, board: str) -> None:
        """Tell the windows that a board is another one now; those that show it ask for it."""
        if workspace == self._options.workspace:
            task = asyncio.create_task(self._tell_of_change(board))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

    async def _tell_of_change(self, board: str) -> None:
        async with self._desk.boards.see(self._options.workspace, board) as seen:
            try:
                revision = (await seen.boards.shelf.board(board)).revision
            except NotFound:
                revision = 0
        await self._windows.show({"do": "board_changed", "id": board, "revision": revision})

    async def _connection(self, request: web.Request) -> web.StreamResponse:
        person = await self._person(request)
        if not self._guard.same_origin(request):
            raise web.HTTPForbidden
        if self._windows.count(person) >= MOST_WINDOWS:
            raise web.HTTPTooManyRequests(text="Too many windows are open.")
        window = web.WebSocketResponse(heartbeat=30, max_msg_size=2**20)
        await window.prepare(request)
        asked = await self._asked(request, person)

        async def send_here(message: Mapping[str, Any]) -> None:
            await send(window, message)

        conversation = Conversation(self._shared, asked, send_here)
        await send_here(self._hello(asked))
        self._windows.add(
            window, person, self._guard.session(request) or ""
        )  # first, so that nothing said meanwhile is missed
        try:
            await conversation.open()
            await self._listen(window, conversation)
        finally:
            self._windows.remove(window)
        return window

    async def _listen(self, window: web.WebSocketResponse, conversation: Conversation) -> None:
        """Let the conversation answer what a window sends. What is being answered goes on when the window closes."""
        ahead = asyncio.Semaphore(READ_AHEAD)

        def ended(task: asyncio.Task[None]) -> None:
            self._answering.discard(task)
            ahead.release()

        async for message in window:
            if message.type is not WSMsgType.TEXT:
                continue
            if (data := read_message(message.data)) is not None:
                await ahead.acquire()
                task = asyncio.create_task(self._receive(conversation, data))
                self._answering.add(task)
                task.add_done_callback(ended)

    async def _receive(self, conversation: Conversation, message: Mapping[str, Any]) -> None:
        try:
            await conversation.receive(message)
        except Exception:
            log.exception("unexpected error in the web chat")

    # Health

    async def _health(self, request: web.Request) -> web.StreamResponse:  # noqa: ARG002
        return web.Response(text="ok\n")

    async def _readiness(self, request: web.Request) -> web.StreamResponse:  # noqa: ARG002
        ready = await self._desk.ready()
        return web.Response(text="ready\n" if ready else "loading\n", status=200 if ready else 503)

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        if not is_direct(request) and await self._guard.person(request) is None:
            raise web.HTTPForbidden
        return web.Response(body=self._desk.metrics.text(), headers={"Content-Type": self._desk.metrics.content_type})

    async def _person(self, request: web.Request) -> str:
        person = await self._guard.person(request)
        if person is None:
            raise web.HTTPUnauthorized(text="Log in first.")
        return person

    def _hello(self, asked: Request) -> Mapping[str, Any]:
        """Return what a window is told first."""
        phrases = phrases_for(asked.words)
        return {"do": "hello", "phrases": phrases, "examples": list(EXAMPLES), "me": asked.person.name}

    async def _asked(self, request: web.Request, person: str) -> Request:
        """Return what everything that somebody asks has in common."""
        words, workspace = _words(request), self._options.workspace
        name = await self._visits.name(person) or words.say("Guest {number}", number=person[-4:])
        level = Level.MANAGER
        return Request("web", workspace, workspace, Person(person, name), words, level, upload_limit=UPLOAD_LIMIT)


def _text(name: str) -> str:
    return resources.files("bot.web").joinpath("static", name).read_text(encoding="utf-8")


def _words(request: web.Request) -> Words:
    """Return the words of the first language that a browser prefers and that is spoken here."""
    wanted = [part.split(";")[0].strip() for part in request.headers.get("Accept-Language", "").split(",")]
    return words_for(next((one for one in wanted if one[:2].lower() in LANGUAGES), "en"))
