"""A Slack and a Discord that lead nowhere: they take whatever is sent, and forget it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import discord

from bot.slack.media import Media as SlackMedia
from bot.slack.requests import People
from bot.slack.sending import Sending


class NoSlack:
    """Takes everything, and answers as Slack would."""

    def __getattr__(self, name: str) -> Any:
        async def answer(*_: object, **given: object) -> Any:
            json.dumps(given, default=str)
            user = {"id": "U1", "name": "ann", "team_id": "T1", "locale": "en-US", "is_admin": True}
            return {
                "ok": True,
                "ts": "1.0",
                "channel": {"id": "D1"},
                "file": {"size": 1},
                "user": user,
                "view": {"id": "V1"},
            }

        return answer


class NoApi:
    """The way to Slack, which ends here."""

    client = NoSlack()

    async def respond(self, url: str, body: Any) -> None:
        json.dumps(body)

    async def upload(self, files: Sequence[Any], *_: object, **__: object) -> list[str]:
        return [f"F{n}" for n, _ in enumerate(files)]

    async def wait_for_picture(self, file: str) -> bool:
        return True

    async def download(self, file: str) -> bytes:
        return b"none"


class OneTeam:
    """One workspace."""

    def __init__(self) -> None:
        api: Any = NoApi()
        self._sending = Sending("T1", "UBOT", "B1", api, SlackMedia(api), People(api, "T1", "Team"))

    @asynccontextmanager
    async def use(self, team: str) -> AsyncIterator[Sending]:
        yield self._sending

    async def uninstall(self, team: str) -> None:
        pass


class Response:
    """How an interaction is answered."""

    def __init__(self) -> None:
        self.done = False

    def is_done(self) -> bool:
        return self.done

    async def defer(self, **_: object) -> None:
        self.done = True

    async def send_modal(self, modal: discord.ui.Modal) -> None:
        modal.to_dict()

    async def autocomplete(self, choices: Sequence[Any]) -> None:
        for choice in choices:
            choice.to_dict()


class Interaction:
    """An interaction of Discord's, as discord.py gives it."""

    def __init__(self, data: Any, message: object = None) -> None:
        self.data, self.message = data, message
        self.response, self.followup = Response(), SimpleNamespace(send=self._taken)
        self.locale, self.channel_id, self.guild_id, self.filesize_limit = "en-US", 5, 1, 10 * 2**20
        self.user = SimpleNamespace(id=7, display_name="ann")
        self.guild = SimpleNamespace(name="Team")
        self.permissions = discord.Permissions.all()

    def is_guild_integration(self) -> bool:
        return True

    async def _taken(self, view: Any = None, **_: object) -> Any:
        if view is not None:
            json.dumps(view.to_components())
        return SimpleNamespace(id=9, channel=SimpleNamespace(id=5), edit=self._taken, delete=self._taken)

    edit_original_response = delete_original_response = _taken


class Reader:
    async def get_from_cdn(self, url: str) -> bytes:
        return b"none"


def message_of(content: str) -> Any:
    async def sent(**given: Any) -> Any:
        json.dumps(given["view"].to_components())
        return SimpleNamespace(edit=sent)

    channel = SimpleNamespace(id=5, send=sent)
    return SimpleNamespace(
        author=SimpleNamespace(bot=False, id=7, display_name="ann", send=sent),
        webhook_id=None,
        guild=None,
        content=content,
        type=discord.MessageType.default,
        attachments=[],
        reference=None,
        channel=channel,
        to_reference=lambda **_: None,
    )
