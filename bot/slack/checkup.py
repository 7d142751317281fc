"""What stands between tokens and a bot that answers in Slack, for `modaclip doctor --slack`.

It only reads, and it never shows a token. `examine_bot` looks at one workspace by its bot token; how events come in is
another matter, and looked at apart.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands import COMMANDS
from bot.slack.api import Hosts
from bot.slack.credentials import SlackSecrets, app_for_many, missing_for_many
from bot.slack.installations import opened
from bot.slack.names import slash_names
from bot.slack.scopes import SCOPES
from bot.slack.seal import BadKey, Seal, Sealed
from bot.slack.trouble import DENIED, reason_of
from bot.store.slack_teams import SlackTeams
from config.settings import Secrets
from core.doctor import Finding

ANSWER_S = 15
APPS = "https://api.slack.com/apps"
MANIFEST = "deploy/slack-manifest.yaml"
GRANTED = "x-oauth-scopes"  # the header in which Slack names what a token may do
WRONG_KIND = DENIED | {"not_allowed_token_type"}


@dataclass(frozen=True, slots=True)
class Workspace:
    """What a bot token stands for."""

    page: str  # where the app is set up; the list of all apps where Slack does not say which it is
    app: str  # its id, "" where Slack does not say
    findings: tuple[Finding, ...]


async def examine(
    bot_token: str | None, app_token: str | None, signing_secret: str | None, hosts: Hosts | None = None
) -> list[Finding]:
    """Look at the tokens, the permissions and the way in which events come; say what to do next."""
    if not bot_token:
        advice = f"Make an app of {MANIFEST} on {APPS}, install it, and set MODACLIP_SLACK_BOT_TOKEN (docs/slack.md)."
        return [Finding(False, "Slack: no bot token", advice)]

    async def look() -> list[Finding]:
        workspace = await examine_bot(_client(bot_token, hosts))
        coming = await _events(app_token, signing_secret, workspace, hosts)
        found = [*workspace.findings, *coming, _commands(workspace.page)]
        return [*found, _next()] if all(finding.ok for finding in found) else found

    return await _explained(look, _bot_token_refused)


async def examine_app(
    secrets: Secrets, public_url: str, kept: SlackTeams | None, hosts: Hosts | None = None
) -> list[Finding]:
    """Look at what many workspaces need, and then at each of them; say all that is missing at once.

    `kept` is None where no workspace can have added the app yet.
    """
    coming = (secrets.slack_app_token, secrets.slack_signing_secret)
    missing = list(missing_for_many(secrets, public_url))
    try:
        if secrets.slack_token_key:
            Seal(secrets.slack_token_key)
    except BadKey as error:
        missing.append(Finding(False, "Slack: the key for tokens is no key", str(error)))
    if missing:
        return [*missing, *await _events(*coming, Workspace(APPS, "", ()), hosts)]
    return await examine_many(SlackSecrets(None, *coming, app_for_many(secrets, public_url)), kept, hosts)


async def examine_many(secrets: SlackSecrets, kept: SlackTeams | None, hosts: Hosts | None = None) -> list[Finding]:
    """Look at every workspace that added the app, and at the way in which events come. Raises BadKey."""
    seal = Seal(secrets.app.token_key if secrets.app else "")
    installed = await kept.all() if kept else []
    found = [Finding(True, f"Slack: {len(installed)} workspaces have added the app")]
    app = ""
    for one in installed:
        try:
            bot = opened(one, seal)
        except Sealed as error:
            found.append(Finding(False, f"Slack: the token of the workspace {one.team} can't be opened", str(error)))
            continue
        app = bot.app_id or app
        found += await _examine_kept(bot, hosts)
    workspace = Workspace(f"{APPS}/{app}" if app else APPS, app, ())
    found += await _events(secrets.app_token, secrets.signing_secret, workspace, hosts)
    return [*found, _commands(workspace.page)]


async def _examine_kept(bot: Bot, hosts: Hosts | None) -> list[Finding]:
    """Look at one workspace that added the app; a token that the bot renews is left to it."""
    if bot.bot_token_expires_at is not None and bot.bot_token_expires_at <= time.time():
        return [Finding(True, f"Slack: the token of the workspace {bot.team_id} is renewed when it is needed next")]

    async def look() -> Iterable[Finding]:
        return (await examine_bot(_client(bot.bot_token, hosts), renews=True)).findings

    advice = "It was removed while the bot was not running, or its token was revoked: add the app there anew."
    refused = Finding(False, f"Slack does not accept the token of the workspace {bot.team_id}", advice)
    return await _explained(look, lambda: refused)


async def examine_bot(client: AsyncWebClient, *, renews: bool = False) -> Workspace:
    """Look at one workspace by its bot token, which the bot `renews` or not. Raises what Slack's client raises."""
    answer = await client.auth_test()
    app = await _app_of(client, str(answer.get("bot_id") or ""))
    page = f"{APPS}/{app}" if app else APPS
    me = answer.data if isinstance(answer.data, dict) else {}
    granted = {str(name).lower(): str(value) for name, value in answer.headers.items()}.get(GRANTED)
    permissions = _permissions(granted, page) if me.get("bot_id") else ()
    return Workspace(page, app, (*_identity(me, page, renews=renews), *permissions))


async def _app_of(client: AsyncWebClient, bot: str) -> str:
    """Return the id of the app that a bot belongs to; "" where Slack does not say."""
    if not bot:
        return ""
    try:
        return str((await client.bots_info(bot=bot))["bot"].get("app_id") or "")
    except SlackApiError:  # it lacks a permission, which is told in its place
        return ""


def _identity(me: Mapping[str, Any], page: str, *, renews: bool) -> Iterator[Finding]:
    if not me.get("bot_id"):
        advice = (
            f"Put the token that begins with xoxb- into MODACLIP_SLACK_BOT_TOKEN; it stands on {page} (Install App)."
        )
        yield Finding(False, "Slack: MODACLIP_SLACK_BOT_TOKEN holds a token that is no bot's", advice)
        return
    where = f"the workspace {me.get('team')} ({me.get('url')})"
    yield Finding(True, f"Slack accepts the bot token: the bot is called {me.get('user')} in {where}")
    if me.get("expires_in") and not renews:
        advice = f"Make the app anew of {MANIFEST}: Slack can't switch Token Rotation off again."
        yield Finding(False, "Slack: the bot token ends within 12 hours, since the app changes its tokens", advice)
    if me.get("is_enterprise_install"):
        advice = (
            f"Install it in the one workspace that it shall answer in, on {page} (Install App), and take that token."
        )
        yield Finding(
            False, "Slack: the app is installed for a whole organisation, of which ModaCLIP knows none", advice
        )
    elif me.get("enterprise_id"):
        yield Finding(
            True, "Slack: the workspace belongs to an organisation; people of its other workspaces are strangers"
        )


def _permissions(granted: str | None, page: str) -> Iterator[Finding]:
    if granted is None:
        advice = f"Compare the permissions on {page} (OAuth & Permissions) with {MANIFEST}."
        yield Finding(False, "Slack does not say which permissions the token has", advice)
        return
    there = {scope.strip() for scope in granted.split(",") if scope.strip()}
    if missing := [scope for scope in SCOPES if scope not in there]:
        named = ", ".join(f"{scope} ({SCOPES[scope]})" for scope in missing)
        advice = f"Add them on {page} (OAuth & Permissions, Bot Token Scopes), then reinstall the app to the workspace."
        yield Finding(False, f"Slack: permissions that are missing: {named}", advice)
    else:
        yield Finding(True, f"Slack: all {len(SCOPES)} permissions are there")
    if more := sorted(there - SCOPES.keys()):
        yield Finding(
            True, f"Slack: permissions that ModaCLIP does not use, and that you may take away: {', '.join(more)}"
        )


async def _events(
    app_token: str | None, signing_secret: str | None, workspace: Workspace, hosts: Hosts | None
) -> list[Finding]:
    """Look at how events come in: by a socket, or by requests that are signed."""
    page = workspace.page
    if app_token:
        return await _explained(lambda: _socket(_client(app_token, hosts), workspace), lambda: _app_token_refused(page))
    if signing_secret:
        advice = f"Only a request of Slack's proves it: look whether {page} (Event Subscriptions) says Verified."
        return [Finding(True, "Slack: a signing secret is set, so Slack must reach this program through HTTPS", advice)]
    advice = (
        f"Generate a token with connections:write on {page} (Basic Information, App-Level Tokens), and set "
        "MODACLIP_SLACK_APP_TOKEN; or set MODACLIP_SLACK_SIGNING_SECRET where Slack can reach this program."
    )
    return [Finding(False, "Slack: neither an app token nor a signing secret, so nothing comes in", advice)]


async def _socket(client: AsyncWebClient, workspace: Workspace) -> list[Finding]:
    app = str((await client.auth_test()).get("app_id") or "")
    if app and workspace.app and app != workspace.app:
        advice = f"Take both from one app: the bot token is of {workspace.page}, the app token of {APPS}/{app}."
        return [Finding(False, "Slack: the app token belongs to another app than the bot token", advice)]
    try:
        await client.apps_connections_open(app_token=client.token or "")
    except SlackApiError as error:
        if not reason_of(error) or reason_of(error) in WRONG_KIND:
            raise
        page = workspace.page
        advice = f"Switch Socket Mode on, on {page} (Socket Mode); the app token needs the scope connections:write."
        return [Finding(False, f"Slack opens no socket ({reason_of(error)[:60]})", advice)]
    return [Finding(True, "Slack opens a socket with the app token: nothing has to be reached from outside")]


def _commands(page: str) -> Finding:
    names = slash_names(COMMANDS)
    said = f"Slack tells no bot which commands it has. This version has {len(names)}: {', '.join(names)}"
    return Finding(True, said, f"Where one is not valid in Slack, compare {page} (App Manifest) with {MANIFEST}.")


def _next() -> Finding:
    return Finding(True, "Slack: start the bot with `modaclip run`, and type /find in any channel")


def _bot_token_refused() -> Finding:
    advice = f"Install the app again on {APPS} (Install App), and put the token into MODACLIP_SLACK_BOT_TOKEN."
    return Finding(False, "Slack does not accept the bot token", advice)


def _app_token_refused(page: str) -> Finding:
    advice = (
        f"Generate one with connections:write on {page} (Basic Information, App-Level Tokens), and put it into "
        "MODACLIP_SLACK_APP_TOKEN. It begins with xapp-."
    )
    return Finding(False, "Slack does not accept the app token", advice)


async def _explained(look: Callable[[], Awaitable[Iterable[Finding]]], refused: Callable[[], Finding]) -> list[Finding]:
    """Return what was found, or in one sentence why nothing could be."""
    try:
        return list(await look())
    except SlackApiError as error:
        if reason_of(error) in WRONG_KIND:
            return [refused()]
        status = getattr(error.response, "status_code", None) or getattr(error.response, "status", "unknown")
        said = reason_of(error)[:60] or f"status {status}"
        return [Finding(False, f"Slack is out of order ({said})", "Try again in a few minutes.")]
    except (SlackClientError, aiohttp.ClientError, OSError, ValueError) as error:
        advice = "Check that this machine reaches https://slack.com, directly or through HTTPS_PROXY."
        return [Finding(False, f"Slack can't be reached ({type(error).__name__})", advice)]


def _client(token: str, hosts: Hosts | None) -> AsyncWebClient:
    base = (hosts or Hosts()).api
    return AsyncWebClient(token.strip(), base_url=base, timeout=ANSWER_S, trust_env_in_session=True)
