"""How the Discord on this machine answers its API."""

from __future__ import annotations

import copy
import itertools
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.fakes import discord_payloads as payloads
from tests.fakes.discord_payloads import BOT

if TYPE_CHECKING:
    from tests.fakes.discord import Call, FakeDiscord, Session

PRIVATE, LOADING = 1 << 6, 1 << 7
MESSAGE, WAIT, WAIT_IN_PLACE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9


class Result(NamedTuple):
    """What a request gets; no data is an empty answer."""

    data: Any = None
    status: int = 200


def refused(status: int, code: int, text: str) -> Result:
    return Result({"message": text, "code": code}, status)


def answer_call(discord: FakeDiscord, call: Call) -> Result:
    """Answer one request."""
    route = [call.method, *call.path.strip("/").split("/")]
    return _about_bot(discord, call, route) or _in_conversation(discord, call, route)


def _about_bot(discord: FakeDiscord, call: Call, route: list[str]) -> Result | None:
    match route:
        case ["GET", "users", "@me"]:
            return Result(payloads.user(BOT, "moda", bot=True))
        case ["GET", "oauth2", "applications", "@me"] | ["GET", "applications", "@me"]:
            return Result(application() | discord.application)
        case ["GET", "gateway", "bot"]:
            limit = {"total": 1000, "remaining": 999, "reset_after": 1, "max_concurrency": 1}
            return Result({"url": discord.socket_url, "shards": discord.shards, "session_start_limit": limit})
        case ["GET", "applications", _, "commands"]:
            return Result(discord.commands)
        case ["PUT", "applications", _, "commands"]:
            discord.commands = [_registered(discord, command) for command in call.body]
            return Result(discord.commands)
    return None


def _in_conversation(discord: FakeDiscord, call: Call, route: list[str]) -> Result:
    match route:
        case ["POST", "interactions", number, token, "callback"]:
            return _callback(discord, call, number, token)
        case ["POST", "webhooks", _, token]:
            return _followup(discord, call, token)
        case [method, "webhooks", _, token, "messages", number]:
            return _change(discord, call, method, token, number)
        case ["POST", "users", "@me", "channels"]:
            return Result({"id": "4900", "type": 1, "recipients": [payloads.ANN.user()], "last_message_id": None})
        case ["POST", "channels", channel, "messages"]:
            if int(channel) in discord.muted:
                return refused(403, 50013, "Missing Permissions")
            return Result(_new(discord, call, int(channel), 0))
        case ["PATCH", "channels", _, "messages", number]:
            if number not in discord.messages:
                return refused(404, 10008, "Unknown Message")
            return Result(_fill(discord, discord.messages[number], call))
    return refused(404, 0, f"no such route: {call.method} {call.path}")


def application() -> dict[str, Any]:
    return {
        "id": str(BOT), "name": "moda", "description": "", "icon": None, "bot_public": True, "summary": "", "flags": 0,
        "bot_require_code_grant": False, "owner": payloads.ANN.user(), "verify_key": "00", "team": None,
        "integration_types_config": {"0": {}, "1": {}}, "interactions_endpoint_url": None,
    }  # fmt: skip


def _registered(discord: FakeDiscord, command: dict[str, Any]) -> dict[str, Any]:
    defaults = {"type": 1, "default_member_permissions": None, "dm_permission": True, "nsfw": False, "description": ""}
    given = {name: value for name, value in command.items() if value is not None}
    return {"id": str(next(discord.ids)), "application_id": str(BOT), "version": "1", **defaults, **given}


def _callback(discord: FakeDiscord, call: Call, number: str, token: str) -> Result:
    session = discord.sessions.get(token)
    if session is None or time.monotonic() - session.began > discord.late_s:
        return refused(404, 10062, "Unknown interaction")
    if session.acknowledged is not None:
        return refused(400, 40060, "Interaction has already been acknowledged.")
    kind = call.body["type"]
    if kind in (WAIT_IN_PLACE, UPDATE) and session.pressed is None:
        return refused(400, 50035, "Invalid Form Body")
    session.acknowledged = kind
    data = call.body.get("data") or {}
    result: dict[str, Any] = {"interaction": {"id": number, "type": 2}, "resource": {"type": kind}}
    if kind in (MESSAGE, WAIT):
        message = _new(discord, call, session.channel, LOADING if kind == WAIT else 0)
        session.original = message["id"]
        _list(session, message)
        result["resource"]["message"] = message
    elif kind in (WAIT_IN_PLACE, UPDATE):
        session.original = session.pressed
    elif kind == CHOICES:
        session.choices = data["choices"]
    elif kind == MODAL:
        session.modal = data
    return Result(result)


def _followup(discord: FakeDiscord, call: Call, token: str) -> Result:
    session = discord.sessions.get(token)
    if session is None or session.acknowledged is None:
        return refused(404, 10015, "Unknown Webhook")
    original = discord.messages.get(session.original or "")
    if original and original["flags"] & LOADING:  # the first message takes the place of the one that waits
        original["flags"] &= ~LOADING
        return Result(_fill(discord, original, call))
    message = _new(discord, call, session.channel, 0)
    _list(session, message)
    return Result(message)


def _change(discord: FakeDiscord, call: Call, method: str, token: str, number: str) -> Result:
    session = discord.sessions.get(token)
    if session is None or session.acknowledged is None:
        return refused(404, 10015, "Unknown Webhook")
    number = (session.original or "") if number == "@original" else number
    if number not in discord.messages:
        return refused(404, 10008, "Unknown Message")
    if method == "DELETE":
        del discord.messages[number]
        return Result()
    message = discord.messages[number]
    message["flags"] &= ~LOADING
    return Result(_fill(discord, message, call))


def _list(session: Session, message: dict[str, Any]) -> None:
    (session.private if message["flags"] & PRIVATE else session.public).append(message["id"])


def _new(discord: FakeDiscord, call: Call, channel: int, flags: int) -> dict[str, Any]:
    author = payloads.user(BOT, "moda", bot=True)
    message = payloads.message(next(discord.ids), channel, author, flags=flags, application_id=str(BOT))
    discord.messages[message["id"]] = message
    return _fill(discord, message, call)


def _fill(discord: FakeDiscord, message: dict[str, Any], call: Call) -> dict[str, Any]:
    """Put what was sent into a message: files become URLs, and components are numbered."""
    body = copy.deepcopy(call.body or {})
    body = body.get("data", {}) if call.path.endswith("/callback") else body
    message |= {name: body[name] for name in ("content", "embeds", "components") if body.get(name) is not None}
    message["flags"] |= body.get("flags") or 0
    message["reference"] = body.get("message_reference", message.get("reference"))
    if "attachments" in body:
        sent = {part.removeprefix("files[").removesuffix("]"): file for part, file in call.files.items()}
        message["attachments"] = [discord.attach(*sent[str(a["id"])]) for a in body["attachments"]]
    _resolve(message["components"], {a["filename"]: a["url"] for a in message["attachments"]}, itertools.count(1))
    return message


def _resolve(part: Any, urls: dict[str, str], numbers: itertools.count[int]) -> None:
    if isinstance(part, list):
        for inner in part:
            _resolve(inner, urls, numbers)
    elif isinstance(part, dict):
        if isinstance(part.get("type"), int):
            part.setdefault("id", next(numbers))
        url = part.get("url", "")
        if isinstance(url, str) and url.startswith("attachment://"):
            place = urls[url.removeprefix("attachment://")]
            part |= {"url": place, "proxy_url": place, "content_type": "image/jpeg", "width": 4, "height": 4}
        for inner in list(part.values()):
            _resolve(inner, urls, numbers)
