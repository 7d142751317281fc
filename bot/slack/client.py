"""The connection to Slack: over a socket that this program opens, or by signed requests that Slack sends to it.

The socket needs an app token and nothing that can be reached from outside. Requests need a signing secret, and
something in front that speaks TLS; what is not signed, or was signed more than five minutes ago, is turned away.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackClientError

from bot.chat import Desk
from bot.commands import COMMANDS
from bot.commands.spec import Command
from bot.slack.api import Api, Hosts
from bot.slack.events import Events
from bot.slack.media import Media
from bot.slack.outlet import SlackOutlet
from bot.slack.reading import Read
from bot.slack.requests import CHAT, People
from bot.slack.sending import Sending
from bot.slack.trouble import DENIED, SlackRefused, reason_of
from bot.typed import read_typed

SEND_S = 10.0  # for answers that are on their way when the chat is closed
LONGEST_PAUSE_S = 60.0
MOST_BYTES = 2**20  # of one request
PATH = "/slack/events"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SlackOptions:
    """How Slack is reached, and where it reaches this program when there is no app token."""

    host: str = "127.0.0.1"
    port: int = 8766
    pause_s: float = 2.0  # before the second attempt to connect; doubles with each
    hosts: Hosts = field(default_factory=Hosts)


@dataclass(frozen=True, slots=True)
class SlackSecrets:
    """What Slack knows this program by, and this program Slack."""

    bot_token: str = field(repr=False)
    app_token: str | None = field(default=None, repr=False)
    signing_secret: str | None = field(default=None, repr=False)


class SlackChat:
    """The chat. `run` answers until `close` is called."""

    def __init__(
        self,
        desk: Desk,
        options: SlackOptions | None = None,
        *,
        commands: Sequence[Command] = COMMANDS,
        read: Read = read_typed,
    ) -> None:
        self._desk = desk
        self._options = options or SlackOptions()
        self._commands = commands
        self._read = read
        self._events: Events | None = None
        self._closing = asyncio.Event()
        self.address: str | None = None  # where requests are taken, when they are

    @property
    def connected(self) -> bool:
        """Whether events come in."""
        return self._events is not None

    async def run(self, secrets: SlackSecrets) -> None:
        """Connect and answer until the chat is closed. Raises SlackRefused where Slack does not accept the tokens.

        While Slack can't be reached it is tried again, with growing pauses. An app token or a signing secret is needed.
        """
        if not secrets.app_token and not secrets.signing_secret:
            raise SlackRefused("Slack needs an app token (MODACLIP_SLACK_APP_TOKEN), or a signing secret.")
        pause_s = self._options.pause_s
        while not self._closing.is_set():
            try:
                async with self._connected(secrets):
                    pause_s = self._options.pause_s
                    await self._closing.wait()
                return
            except (SlackClientError, aiohttp.ClientError, OSError) as error:
                if reason_of(error) in DENIED:
                    raise SlackRefused(
                        "Slack does not accept the tokens. Install the app again, and put its bot token into "
                        "MODACLIP_SLACK_BOT_TOKEN and its app token into MODACLIP_SLACK_APP_TOKEN."
                    ) from error
                log.warning("slack can't be reached", extra={"error": type(error).__name__, "again_in_s": pause_s})
            await self._pause(pause_s)
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)

    async def close(self) -> None:
        """Send the answers that are on their way, and leave."""
        self._desk.live.disconnect(CHAT)
        if self._events is not None:
            await self._events.finish(SEND_S)
        self._closing.set()

    @asynccontextmanager
    async def _connected(self, secrets: SlackSecrets) -> AsyncIterator[None]:
        """Be connected, after Slack has said who this program is there."""
        async with AsyncExitStack() as stack:
            api = await stack.enter_async_context(Api(secrets.bot_token, self._options.hosts))
            me = await api.client.auth_test()
            sending = Sending(api, media := Media(api), People(api, str(me["team_id"])))
            events = Events(self._desk, sending, str(me["user_id"]), self._commands, self._read)
            app = AsyncApp(client=api.client, signing_secret=secrets.signing_secret or "")
            events.listen(app)
            if secrets.app_token:
                await stack.enter_async_context(_socket(app, secrets.app_token))
            else:
                self.address = await stack.enter_async_context(_server(app, self._options))
            log.info("connected to slack", extra={"by_socket": bool(secrets.app_token)})
            await self._desk.live.connect(CHAT, SlackOutlet(api, media))
            self._events = events
            try:
                yield
            finally:  # also when this task is cancelled
                self._events = None
                self._desk.live.disconnect(CHAT)
                await events.finish(SEND_S)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            return


@asynccontextmanager
async def _socket(app: AsyncApp, token: str) -> AsyncIterator[None]:
    """Be connected by a socket, which connects again by itself when Slack asks for that."""
    handler = AsyncSocketModeHandler(app, token)
    try:
        await handler.client.web_client.apps_connections_open(app_token=token)  # says at once whether the token is good
        await handler.client.connect()  # type: ignore[no-untyped-call]
        yield
    finally:
        await handler.client.close()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def _server(app: AsyncApp, options: SlackOptions) -> AsyncIterator[str]:
    """Take signed requests; yield the address."""

    async def take(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    server = web.Application(client_max_size=MOST_BYTES)
    server.router.add_post(PATH, take)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, options.host, options.port).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}{PATH}"
    finally:
        await runner.cleanup()
