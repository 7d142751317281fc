"""What Discord sends: people, servers, messages and interactions, as its gateway writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

BOT = 1000  # its user and its application have one id
MENTION = f"<@{BOT}>"
SEND, MANAGE_MESSAGES, MANAGE_SERVER = 1 << 11 | 1 << 10, 1 << 13, 1 << 5
NOW = "2026-01-01T00:00:00+00:00"


@dataclass(frozen=True)
class Someone:
    """A person, with their permissions."""

    id: int
    name: str
    permissions: int = SEND
    nick: str | None = None  # what a server calls them

    def user(self) -> dict[str, Any]:
        return user(self.id, self.name)


@dataclass(frozen=True)
class Server:
    """A server and its channels, by id."""

    id: int
    name: str
    channels: Mapping[int, str] = field(default_factory=dict)
    locale: str = "en-US"

    @property
    def channel(self) -> int:
        """The first channel."""
        return next(iter(self.channels))


@dataclass(frozen=True)
class Place:
    """Where something happens: a channel of a server, or direct messages."""

    channel: int
    server: Server | None = None
    installed: bool = True  # in the server; otherwise only the person brought the app along


ANN = Someone(2001, "ann")
BEA = Someone(2002, "bea", SEND | MANAGE_MESSAGES)
CAT = Someone(2003, "cat", SEND | MANAGE_SERVER)
TEAM = Server(3001, "Team", {4001: "photos", 4002: "talk"})
STUDIO = Server(3002, "Studio", {4101: "bilder"}, locale="de")
PHOTOS = Place(4001, TEAM)
BILDER = Place(4101, STUDIO)
DIRECT = Place(4900)
FOREIGN = Place(4500, Server(3900, "Elsewhere", {4500: "general"}), installed=False)


def user(number: int, name: str, *, bot: bool = False) -> dict[str, Any]:
    return {
        "id": str(number), "username": name, "global_name": name, "discriminator": "0", "avatar": None, "bot": bot,
    }  # fmt: skip


def guild(server: Server) -> dict[str, Any]:
    roles = ((0, SEND), (1, MANAGE_MESSAGES), (2, MANAGE_SERVER))
    return {
        "id": str(server.id), "name": server.name, "icon": None, "owner_id": "2999", "emojis": [], "stickers": [],
        "features": [], "member_count": 3, "members": [], "threads": [], "presences": [], "voice_states": [],
        "stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [], "afk_timeout": 300,
        "preferred_locale": server.locale, "verification_level": 0, "default_message_notifications": 0,
        "explicit_content_filter": 0, "mfa_level": 0, "premium_tier": 0, "nsfw_level": 0, "system_channel_flags": 0,
        "premium_progress_bar_enabled": False,
        "roles": [
            {"id": str(server.id + n * 10**6), "name": f"role{n}", "permissions": str(bits), "position": n, "color": 0,
             "colors": {"primary_color": 0}, "hoist": False, "managed": False, "mentionable": False, "flags": 0}
            for n, bits in roles
        ],
        "channels": [
            {"id": str(number), "type": 0, "name": name, "position": 0, "permission_overwrites": [], "nsfw": False,
             "parent_id": None}
            for number, name in server.channels.items()
        ],
    }  # fmt: skip


def member(person: Someone, server: Server) -> dict[str, Any]:
    roles = [n for n, bit in ((1, MANAGE_MESSAGES), (2, MANAGE_SERVER)) if person.permissions & bit]
    return {
        "roles": [str(server.id + n * 10**6) for n in roles], "joined_at": NOW, "deaf": False, "mute": False,
        "flags": 0, "permissions": str(person.permissions), "nick": person.nick,
    }  # fmt: skip


def message(number: int, channel: int, author: Mapping[str, Any], **given: Any) -> dict[str, Any]:
    return {
        "id": str(number), "channel_id": str(channel), "author": dict(author), "content": "", "timestamp": NOW,
        "edited_timestamp": None, "tts": False, "mention_everyone": False, "mentions": [], "mention_roles": [],
        "attachments": [], "embeds": [], "pinned": False, "type": 0, "flags": 0, "components": [], **given,
    }  # fmt: skip


def interaction(
    number: int, token: str, kind: int, data: Mapping[str, Any], person: Someone, place: Place, locale: str
) -> dict[str, Any]:
    channel = {"id": str(place.channel), "type": 0 if place.server else 1, "name": "here", "position": 0, "nsfw": False}
    owners = {"0": str(place.server.id if place.server else 0)} if place.installed else {"1": str(person.id)}
    event = {
        "id": str(number), "application_id": str(BOT), "type": kind, "token": token, "version": 1, "data": dict(data),
        "locale": locale, "entitlements": [], "attachment_size_limit": 10 * 2**20, "app_permissions": "2147483647",
        "authorizing_integration_owners": owners, "channel_id": str(place.channel),
    }  # fmt: skip
    if place.server is None:
        return event | {"user": person.user(), "context": 1, "channel": channel | {"recipients": [person.user()]}}
    return event | {
        "guild_id": str(place.server.id), "guild_locale": place.server.locale, "context": 0, "channel": channel,
        "guild": {"id": str(place.server.id), "locale": place.server.locale, "features": []},
        "member": {**member(person, place.server), "user": person.user()},
    }  # fmt: skip


def command_data(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return a command as it was typed; a value that is an attachment stands for an uploaded file."""
    first, _, second = name.partition(" ")
    files = [value for value in options.values() if isinstance(value, Mapping)]
    typed = [{"name": option, **_typed(value)} for option, value in options.items()]
    if second:
        typed = [{"name": second, "type": 1, "options": typed}]
    resolved = {"attachments": {a["id"]: dict(a) for a in files}}
    return {"id": "77", "name": first, "type": 1, "options": typed, "resolved": resolved}


def _typed(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {"type": 11, "value": value["id"]}
    return {"type": 4 if isinstance(value, int) else 3, "value": value}
