"""A Slack on this machine: Web API, Socket Mode, response URLs and private files, for the real client of slack_bolt.

It behaves as Slack does where the bot depends on it: every envelope must be acknowledged, a trigger opens one view, a
response URL is used five times at most, a new picture takes a moment until it can be shown, and no token reaches what
is another workspace's. Every body that it is sent is checked; what is wrong with them is in `problems`.
"""

from __future__ import annotations

import base64
import contextlib
import json
from asyncio import sleep  # which a test may shorten for the bot
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import WSMsgType, web

from tests.fakes.slack_api import answer_call, check_message
from tests.fakes.slack_doing import Doing
from tests.fakes.slack_grants import APP_TOKEN, BOT_TOKEN, CLIENT_ID, CLIENT_SECRET, SECRET
from tests.fakes.slack_world import ANN, BEA, CAT, DAN, PHOTOS, PHOTOS_TWO, ZOE, Call, Sent

__all__ = [
    "ANN",
    "APP_TOKEN",
    "BEA",
    "BOT_TOKEN",
    "CAT",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "DAN",
    "PHOTOS",
    "PHOTOS_TWO",
    "SECRET",
    "ZOE",
    "FakeSlack",
    "Sent",
]
MOST_RESPONSES = 5


class FakeSlack(Doing):
    """Start it with `async with FakeSlack().running()`."""

    transport: Any = None  # of the bot's latest connection

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[FakeSlack]:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_route("*", "/api/{method}", self._serve)
        app.router.add_get("/socket/{number}", self._serve_socket)
        app.router.add_post("/upload/{file}", self._serve_upload)
        app.router.add_get("/files/{file}/{name}", self._serve_file)
        app.router.add_post("/respond/{envelope}", self._serve_response)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.http = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            for socket in self.sockets:
                await socket.close()
            await runner.cleanup()

    def cut(self) -> None:
        """Break the bot's latest connection without a word."""
        if self.transport is not None:
            self.transport.abort()

    async def _serve_socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.transport = request.transport
        await socket.send_json({"type": "hello", "num_connections": 1})
        self.sockets.append(socket)
        await self.tell()
        async for message in socket:
            if message.type is WSMsgType.TEXT and message.data.startswith("{"):
                data = json.loads(message.data)
                await self.acknowledged(self.sent[data["envelope_id"]], data.get("payload"))
        return socket

    async def _serve(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        await sleep(self.slow_s)
        args = await _arguments(request)
        token = _token(request, args)
        grant = self.grants.tokens.get(token)
        self.calls.append(Call(method, args, grant.team if grant else ""))
        try:
            if failure := self.failing(method):
                return web.json_response(
                    {"ok": False, "error": failure.error}, status=failure.status, headers=failure.headers
                )
            headers = {} if self.scopes is None or token == APP_TOKEN else {"x-oauth-scopes": self.scopes}
            return web.json_response(self._answer(request, method, args, token), headers=headers)
        finally:
            await self.tell()

    def _answer(self, request: web.Request, method: str, args: dict[str, Any], token: str) -> dict[str, Any]:
        if method == "apps.connections.open":
            return answer_call(self, method, args, "") if token == APP_TOKEN else {"ok": False, "error": "invalid_auth"}
        if method == "auth.test" and token == APP_TOKEN:
            return {"ok": True, "app_name": "ModaCLIP", "app_id": self.socket_app}
        if method == "oauth.v2.access":
            basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
            known = request.headers.get("Authorization") == f"Basic {basic}"
            return self.grants.access(args) if known else {"ok": False, "error": "bad_client_secret"}
        if refusal := self.grants.refusal(token):
            return {"ok": False, "error": refusal}
        return answer_call(self, method, args, self.grants.tokens[token].team)

    async def _serve_upload(self, request: web.Request) -> web.Response:
        self.store[request.match_info["file"]] = await request.read()
        return web.Response(text="OK")

    async def _serve_file(self, request: web.Request) -> web.Response:
        """Hand a private file over to the bot; anybody else is led to a page to sign in."""
        self.calls.append(Call("file", dict(request.headers)))
        if failure := self.failing("file"):
            return web.Response(status=failure.status, headers={"Location": f"{self.http}/elsewhere"})
        grant = self.grants.tokens.get(_token(request, {}))
        if grant is None or grant.team != self.files[request.match_info["file"]]["team"]:
            return web.Response(status=302, headers={"Location": "/signin"})
        data = self.store.get(request.match_info["file"])
        return web.Response(status=404) if data is None else web.Response(body=data, content_type="image/jpeg")

    async def _serve_response(self, request: web.Request) -> web.Response:
        await sleep(self.slow_s)
        sent = self.sent[request.match_info["envelope"]]
        body = await request.json()
        self.calls.append(Call("respond", body, sent.team))
        try:
            if failure := self.failing("respond"):
                return web.Response(text=failure.error, status=failure.status, headers=failure.headers)
            sent.responses += 1
            if sent.responses > MOST_RESPONSES:
                return web.Response(text="used_url", status=404)
            self._respond(sent, body, request.query.get("replaces"))
            return web.Response(text="ok")
        except ValueError as error:
            return web.json_response({"ok": False, "error": str(error)}, status=404)
        finally:
            await self.tell()

    def _respond(self, sent: Sent, body: dict[str, Any], replaces: str | None) -> None:
        known = self.messages.get(replaces or "")
        if body.get("delete_original"):
            self.messages.pop(replaces or "", None)
            return
        if error := check_message(self, "response_url", body, sent.team):
            raise ValueError(error)
        if body.get("replace_original") and known is not None:
            known |= {**body, "edits": known.get("edits", 0) + 1}
        else:
            only = {} if body.get("response_type") == "in_channel" else {"only": True}
            self.keep({"channel": sent.channel, "answers": sent.envelope, "team": sent.team, **only, **body})


def _token(request: web.Request, args: dict[str, Any]) -> str:
    """Return with which token something was asked."""
    return request.headers.get("Authorization", "").removeprefix("Bearer ") or str(args.get("token", ""))


async def _arguments(request: web.Request) -> dict[str, Any]:
    """Return what a method was called with, whichever way it was written."""
    if request.content_type == "application/json":
        found: dict[str, Any] = await request.json()
        return found
    pairs = dict(parse_qsl(await request.text(), keep_blank_values=True)) | dict(request.query)
    return {name: json.loads(value) if value[:1] in ("[", "{") else value for name, value in pairs.items()}
