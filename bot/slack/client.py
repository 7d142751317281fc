"""The connection to Slack: over a socket that this program opens, or by signed requests that Slack sends to it.

The socket needs an app token and nothing that can be reached from outside. Requests need a signing secret, and
something in front that speaks TLS; what is not signed, or was signed more than five minutes ago, is turned away. Where
many workspaces may add the app, the pages for that are served beside either.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackClientError
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator

from bot.chat import Desk
from bot.commands import COMMANDS
from bot.commands.spec import Command
from bot.slack.api import Api, Hosts
from bot.slack.credentials import App, SlackSecrets
from bot.slack.events import Events
from bot.slack.install import InstallFlow
from bot.slack.installations import Installations, States
from bot.slack.outlet import SlackOutlet
from bot.slack.reading import Read
from bot.slack.requests import CHAT
from bot.slack.seal import Seal
from bot.slack.server import serving
from bot.slack.teams import Teams
from bot.slack.tokens import KeptTokens, OneToken, Tokens
from bot.slack.trouble import DENIED, SlackRefused, reason_of
from bot.store.slack_teams import SlackTeams
from bot.typed import read_typed
from core.waiting import happens_within

SEND_S = 10.0  # for answers that are on their way when the chat is closed
LONGEST_PAUSE_S = 60.0
TOKENS_REFUSED = (
    "Slack does not accept the tokens. Install the app again, and put its bot token into MODACLIP_SLACK_BOT_TOKEN and "
    "its app token into MODACLIP_SLACK_APP_TOKEN."
)
APP_REFUSED = (
    "Slack does not accept the app token. Make one on the app's page Basic Information, under App-Level Tokens, and "
    "put it into MODACLIP_SLACK_APP_TOKEN."
)
NOT_ANSWERED = (
    ":warning: ModaCLIP can't answer in this workspace: it is not installed here any more, or its token can't be used. "
    "Install it anew, or ask whoever runs it; the log says why."
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SlackOptions:
    """How Slack is reached, and where it and browsers reach this program."""

    host: str = "127.0.0.1"
    port: int = 8766
    public_url: str = ""  # what browsers know this program by, where workspaces may add the app
    pause_s: float = 2.0  # before the second attempt to connect; doubles with each
    hosts: Hosts = field(default_factory=Hosts)


class SlackChat:
    """The chat. `run` answers until `close` is called."""

    def __init__(
        self,
        desk: Desk,
        options: SlackOptions | None = None,
        *,
        teams: SlackTeams | None = None,
        commands: Sequence[Command] = COMMANDS,
        read: Read = read_typed,
    ) -> None:
        """Take the desk that answers; `teams` keeps the workspaces that add the app, where many may."""
        self._desk = desk
        self._options = options or SlackOptions()
        self._kept = teams
        self._commands = commands
        self._read = read
        self._events: Events | None = None
        self._closing = asyncio.Event()
        self.address: str | None = None  # where requests are taken and pages served, when they are

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
                    raise SlackRefused(APP_REFUSED if secrets.app else TOKENS_REFUSED) from error
                log.warning("slack can't be reached", extra={"error": type(error).__name__, "again_in_s": pause_s})
            await happens_within(self._closing, pause_s)
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)

    async def close(self) -> None:
        """Send the answers that are on their way, and leave."""
        self._desk.live.disconnect(CHAT)
        if self._events is not None:
            await self._events.under_way.finish(SEND_S)
        self._closing.set()

    @asynccontextmanager
    async def _connected(self, secrets: SlackSecrets) -> AsyncIterator[None]:
        """Be connected, after Slack has said who this program is there."""
        async with AsyncExitStack() as stack:
            api = await stack.enter_async_context(Api(hosts=self._options.hosts))  # for what no workspace asks
            tokens, flow = await self._tokens(secrets, api, stack)
            teams = await stack.enter_async_context(Teams(tokens, self._options.hosts))
            events = Events(self._desk, teams, self._commands, self._read)
            app = AsyncApp(
                client=api.client,
                # a function, since slack_bolt gives a method its `self` by name; None is understood, too
                authorize=lambda context: teams.authorize(context),  # type: ignore[arg-type, return-value]
                signing_secret=secrets.signing_secret or "",
                user_facing_authorize_error_message=NOT_ANSWERED,
                logger=logging.getLogger("slack_bolt.app"),
            )
            events.listen(app)
            if secrets.app_token:
                await stack.enter_async_context(_socket(app, secrets.app_token))
            if flow is not None or not secrets.app_token:
                taken = None if secrets.app_token else app
                served = serving(taken, flow, self._options.host, self._options.port)
                self.address = await stack.enter_async_context(served)
            log.info("connected to slack", extra={"by_socket": bool(secrets.app_token), "many": flow is not None})
            await self._desk.live.connect(CHAT, SlackOutlet(teams))
            self._events = events
            try:
                yield
            finally:  # also when this task is cancelled
                self._events = None
                self._desk.live.disconnect(CHAT)
                await events.under_way.finish(SEND_S)

    async def _tokens(
        self, secrets: SlackSecrets, api: Api, stack: AsyncExitStack
    ) -> tuple[Tokens, InstallFlow | None]:
        """Return where tokens come from, and what adds to them: nothing, where one token was given."""
        if secrets.app is None:
            return await OneToken.of(secrets.bot_token or "", api.client), None
        if self._kept is None:
            raise RuntimeError("what keeps workspaces is needed")
        kept = Installations(self._kept, Seal(secrets.app.token_key))
        await kept.seal_anew()
        app: App = secrets.app
        flow = InstallFlow(
            api.client,
            kept,
            States(self._kept),
            client_id=app.client_id,
            client_secret=app.client_secret,
            public_url=self._options.public_url.rstrip("/"),
            authorize_url=self._options.hosts.authorize,
        )
        rotator = AsyncTokenRotator(client_id=app.client_id, client_secret=app.client_secret, client=api.client)
        return await stack.enter_async_context(KeptTokens(kept, rotator)), flow


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
