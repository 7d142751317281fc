"""What stands between a token and a bot that answers in Discord, for `modaclip doctor --discord`.

It only reads, and it never shows the token.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import aiohttp
import discord
from discord.http import Route

from bot.chat import UnderWay
from bot.commands import COMMANDS, MESSAGE_COMMANDS
from bot.discord.tree import build_tree, payload_of
from core.doctor import Finding

ANSWER_S = 15.0
PORTAL = "https://discord.com/developers/applications"
INVITE = "https://discord.com/oauth2/authorize"
TO_SERVER, TO_PERSON = "0", "1"  # where an app is installed

# the smallest set: commands need none of them, answers to mentions do
PERMISSIONS = discord.Permissions(
    view_channel=True, send_messages=True, send_messages_in_threads=True, embed_links=True, attach_files=True
)


class _Refused(Exception):
    """An answer of Discord's that is no success."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


async def examine(token: str | None, base: str | None = None) -> list[Finding]:
    """Look at the token, the app's settings and the registered commands; say how to invite the bot."""
    if not token:
        advice = f"Make an app on {PORTAL}, reset its token under Bot, and set MODACLIP_DISCORD_TOKEN."
        return [Finding(False, "Discord: no token", advice)]
    headers = {"Authorization": f"Bot {token.strip()}", "User-Agent": "DiscordBot (modaclip, 1)"}
    timeout = aiohttp.ClientTimeout(total=ANSWER_S)
    try:
        async with aiohttp.ClientSession(headers=headers, timeout=timeout, trust_env=True) as session:
            return await _examine(session, base or Route.BASE)
    except _Refused as refused:
        if refused.status == 401:
            advice = f"Reset it on {PORTAL} under Bot, and put the new one into MODACLIP_DISCORD_TOKEN."
            return [Finding(False, "Discord does not accept the token", advice)]
        return [Finding(False, f"Discord answers with status {refused.status}", "Try again in a few minutes.")]
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        advice = "Check that this machine reaches https://discord.com, directly or through HTTPS_PROXY."
        return [Finding(False, f"Discord can't be reached ({type(error).__name__})", advice)]


async def _examine(session: aiohttp.ClientSession, base: str) -> list[Finding]:
    user = await _get(session, f"{base}/users/@me")
    app = await _get(session, f"{base}/applications/@me")
    registered = await _get(session, f"{base}/applications/{app['id']}/commands")
    return [
        Finding(True, f"Discord accepts the token: the bot is called {user['username']}"),
        *_settings(app),
        _commands(await own_payload(), registered),
        *_invitations(app),
    ]


async def _get(session: aiohttp.ClientSession, url: str) -> Any:
    async with session.get(url) as answer:
        if answer.status != 200:
            raise _Refused(answer.status)
        return await answer.json()


def _settings(app: Mapping[str, Any]) -> Iterable[Finding]:
    page = f"{PORTAL}/{app['id']}"
    if app.get("interactions_endpoint_url"):
        advice = f"Clear Interactions Endpoint URL on {page}/information, or no command reaches this program."
        yield Finding(False, "Discord: commands are sent to a URL instead of the bot", advice)
    if app.get("bot_require_code_grant"):
        advice = f"Switch Requires OAuth2 Code Grant off on {page}/bot, or the invitation ends in an error."
        yield Finding(False, "Discord: the app asks for a code grant", advice)
    public = app.get("bot_public", True)
    who = "everybody may add the bot to a server" if public else "only the app's owner may add the bot to a server"
    yield Finding(True, f"Discord: {who}")
    contexts = app.get("integration_types_config") or {}
    for context, where in ((TO_SERVER, "in servers"), (TO_PERSON, "by people for themselves")):
        if context in contexts:
            yield Finding(True, f"Discord: the app can be installed {where}")
        else:
            kind = "Guild Install" if context == TO_SERVER else "User Install"
            advice = f"Tick {kind} on {page}/installation, if you want that."
            yield Finding(False, f"Discord: the app can't be installed {where}", advice)
    yield Finding(True, "Discord: no privileged intent is needed; none has to be switched on")


def _commands(ours: Sequence[Mapping[str, Any]], registered: Sequence[Mapping[str, Any]]) -> Finding:
    wanted, there = _outline(ours), _outline(registered)
    if wanted == there:
        return Finding(True, f"Discord: all {len(ours)} commands are registered")
    different = sorted({name.split(" ")[0] if name[0] == "/" else name for name in wanted ^ there})
    return Finding(
        False,
        f"Discord: commands that differ from this version: {', '.join(different)}",
        "`modaclip run` registers them when it starts.",
    )


async def own_payload() -> list[dict[str, Any]]:
    """Return the commands as this version registers them."""
    client = discord.Client(intents=discord.Intents.none())
    return await payload_of(build_tree(client, _Nobody(), COMMANDS, MESSAGE_COMMANDS))


def _outline(commands: Iterable[Mapping[str, Any]], before: str = "/") -> set[str]:
    """Return each command and option with its description, as one text."""
    found: set[str] = set()
    for command in commands:
        menu = command.get("type") == discord.AppCommandType.message.value and before == "/"
        name = command["name"] if menu else f"{before}{command['name']}"
        found.add(f"{name}  {command.get('description', '')}")
        found |= _outline(command.get("options") or (), f"{name} ")
    return found


def _invitations(app: Mapping[str, Any]) -> Iterable[Finding]:
    asked = {"client_id": app["id"], "scope": "bot applications.commands", "permissions": PERMISSIONS.value}
    yield Finding(True, f"Discord: permissions {PERMISSIONS.value} ({_named(PERMISSIONS)})")
    yield Finding(True, f"Discord: add the bot to a server with {INVITE}?{urlencode(asked)}")
    if TO_PERSON in (app.get("integration_types_config") or {}):
        personal = {"client_id": app["id"], "scope": "applications.commands", "integration_type": TO_PERSON}
        yield Finding(True, f"Discord: add it for yourself, everywhere, with {INVITE}?{urlencode(personal)}")


def _named(permissions: discord.Permissions) -> str:
    return ", ".join(name.replace("_", " ").title() for name, given in permissions if given)


class _Nobody:
    """Listens to nothing: the commands are only described."""

    under_way = UnderWay()

    async def command(self, *_: Any) -> None: ...

    async def menu(self, *_: Any) -> None: ...

    async def complete(self, *_: Any) -> None: ...

    async def unknown(self, *_: Any) -> None: ...
