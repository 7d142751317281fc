"""The connection to Discord: logs in, stays connected on as many shards as Discord asks for, and hands events on.

It asks for no privileged intent. Discord gives it the text of messages that mention it and of direct messages, which is
all that it reads.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
import discord

from bot.chat import Desk
from bot.commands import COMMANDS, MESSAGE_COMMANDS
from bot.commands.spec import Command, MessageCommand
from bot.discord.events import Events
from bot.discord.names import Names
from bot.discord.outlet import DiscordOutlet
from bot.discord.requests import CHAT
from bot.discord.sync import Facts, sync_commands
from bot.discord.tree import Tree, build_tree
from core.errors import ModaclipError
from core.waiting import happens_within

SEND_S = 10.0  # for answers that are on their way when the chat is closed
LONGEST_PAUSE_S = 60.0
PRESSES = (discord.InteractionType.component, discord.InteractionType.modal_submit)

discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # a bot that finds photos needs no voice

log = logging.getLogger(__name__)


class DiscordRefused(ModaclipError):
    """Discord does not let this program in; trying again would not help."""


@dataclass(frozen=True, slots=True)
class DiscordOptions:
    """How Discord is reached."""

    proxy: str | None = None  # "http://host:port"
    pause_s: float = 2.0  # before the second attempt to log in; doubles with each
    guilds_s: float = 2.0  # how long the list of servers is waited for after a login


def intents() -> discord.Intents:
    """Return what the bot is told of: servers, and messages without privileged content."""
    return discord.Intents(guilds=True, guild_messages=True, dm_messages=True)


class DiscordChat:
    """The chat. `run` answers until `close` is called."""

    def __init__(
        self,
        desk: Desk,
        facts: Facts,
        options: DiscordOptions | None = None,
        *,
        commands: Sequence[Command] = COMMANDS,
        menus: Sequence[MessageCommand] = MESSAGE_COMMANDS,
    ) -> None:
        self._desk = desk
        self._facts = facts
        self._commands = commands
        self._menus = menus
        self._options = options or DiscordOptions()
        self._client: _Client | None = None
        self._closing = asyncio.Event()

    async def run(self, token: str) -> None:
        """Log in and answer until the chat is closed. Raises DiscordRefused where Discord does not accept the token.

        While Discord can't be reached it is tried again, with growing pauses.
        """
        pause_s = self._options.pause_s
        while not self._closing.is_set():
            self._client = _Client(self._desk, self._facts, self._commands, self._menus, self._options)
            try:
                async with self._client:
                    try:
                        await self._client.start(token)
                    finally:  # also when this task is cancelled
                        await self._client.events.under_way.finish(SEND_S)
                return
            except discord.LoginFailure as error:
                raise DiscordRefused(
                    "Discord does not accept the token. Reset it in the developer portal under Bot, and put the new "
                    "one into MODACLIP_DISCORD_TOKEN."
                ) from error
            except (discord.HTTPException, discord.GatewayNotFound, aiohttp.ClientError, OSError) as error:
                log.warning("discord can't be reached", extra={"error": type(error).__name__, "again_in_s": pause_s})
            await happens_within(self._closing, pause_s)
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)

    async def close(self) -> None:
        """Send the answers that are on their way, and leave."""
        self._closing.set()
        if self._client is not None:
            await self._client.events.under_way.finish(SEND_S)
            await self._client.close()

    @property
    def connected(self) -> bool:
        """Whether Discord is connected and has told which servers there are."""
        return self._client is not None and self._client.is_ready() and not self._client.is_closed()


class _Client(discord.AutoShardedClient):
    """discord.py's client, with nothing of its own but the way to `Events`."""

    def __init__(
        self,
        desk: Desk,
        facts: Facts,
        commands: Sequence[Command],
        menus: Sequence[MessageCommand],
        options: DiscordOptions,
    ) -> None:
        super().__init__(
            intents=intents(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            allowed_mentions=discord.AllowedMentions.none(),
            proxy=options.proxy,
            guild_ready_timeout=options.guilds_s,
        )
        self.events = Events(desk, self.http)
        self._desk = desk
        self._facts = facts
        self.tree: Tree = build_tree(self, self.events, commands, menus)

    async def setup_hook(self) -> None:
        await self.tree.set_translator(Names())
        if self.application_id is not None:
            await sync_commands(self.tree, self._facts, self.application_id)

    async def on_ready(self) -> None:
        log.info("connected to discord", extra={"servers": len(self.guilds), "shards": self.shard_count})
        await self._desk.live.connect(CHAT, DiscordOutlet(self))

    async def close(self) -> None:
        self._desk.live.disconnect(CHAT)
        await super().close()

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        if interaction.type not in PRESSES or self.events.under_way.full:  # the tree answers the others
            return
        if interaction.type is discord.InteractionType.component:
            await self.events.press(interaction)
        else:
            await self.events.submit(interaction)

    async def on_message(self, message: discord.Message) -> None:
        if self.user is not None and not self.events.under_way.full:
            await self.events.message(message, self.user)
