"""A Slack on this machine: Web API, Socket Mode, response URLs and private files, for the real client of slack_bolt.

It behaves as Slack does where the bot depends on it: every envelope must be acknowledged, a trigger opens one view, a
response URL is used five times at most, a new picture takes a moment until it can be shown. Every body that it is sent
is checked; what is wrong with them is in `problems`.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

import aiohttp
from aiohttp import WSMsgType, web

from bot.slack.scopes import SCOPES
from tests.fakes.slack_api import APP, BOT, TEAM, answer_call, check_message, people
from tests.fakes.slack_schema import options_problems, view_problems

BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-fake", "xapp-fake", "signing-fake"
ANN, BEA, CAT, ZOE = "U0ANN", "U0BEA", "U0CAT", "U0ZOE"
PHOTOS = "C0PHOTOS"
MOST_RESPONSES = 5
WAIT_S = 5.0


@dataclass
class Sent:
    """One thing that somebody did, and what came of it."""

    envelope: str
    began: float
    responses: int = 0
    acknowledged_s: float | None = None
    payload: Any = None  # of the acknowledgement
    trigger: str = ""


@dataclass
class Call:
    """One request that was made."""

    method: str
    args: Mapping[str, Any]


@dataclass
class Failure:
    """What the next request gets instead of an answer."""

    part: str
    status: int = 200
    error: str = "internal_error"
    headers: Mapping[str, str] = field(default_factory=dict)


class FakeSlack:
    """Start it with `async with FakeSlack().running()`."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.problems: list[str] = []
        self.messages: dict[str, dict[str, Any]] = {}
        self.views: dict[str, dict[str, Any]] = {}
        self.homes: dict[str, dict[str, Any]] = {}
        self.files: dict[str, dict[str, Any]] = {}
        self.store: dict[str, bytes] = {}
        self.direct: dict[str, str] = {}
        self.closed: set[str] = set()  # channels in which the bot may not write
        self.triggers: set[str] = set()
        self.failures: list[Failure] = []
        self.people = people()
        self.scopes: str | None = ",".join(SCOPES)  # that the bot token has
        self.me: dict[str, Any] = {}  # what else Slack says of who has the bot token
        self.socket_app = APP  # the app that the app token belongs to
        self.sent: dict[str, Sent] = {}
        self.sockets: list[web.WebSocketResponse] = []
        self.numbers = itertools.count(1000)
        self.changed = asyncio.Condition()
        self.endpoint: str | None = None  # where events go by HTTP instead of a socket

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

    # What people do

    async def command(self, name: str, text: str = "", *, by: str = ANN, channel: str = PHOTOS) -> Sent:
        """Type a slash command."""
        given = {"command": name, "text": text, "channel_id": channel, "user_id": by, "user_name": by.lower()}
        return await self._do("slash_commands", {**given, "team_id": TEAM, "api_app_id": APP})

    async def press(self, message: Mapping[str, Any], action_id: str, *, by: str = ANN, chosen: Any = None) -> Sent:
        """Press a button, or choose from a menu."""
        from tests.fakes.slack_schema import walk

        part = next(one for one in walk(message["blocks"]) if one.get("action_id") == action_id)
        action = {name: part[name] for name in ("type", "action_id", "value") if name in part}
        if part["type"] in ("static_select", "overflow"):
            action["selected_option"] = next(one for one in part["options"] if one["value"] == chosen)
        elif part["type"] == "multi_static_select":
            action["selected_options"] = [one for one in part["options"] if one["value"] in chosen]
        given: dict[str, Any] = {"actions": [action]}
        if message.get("type") == "home":
            given |= {"container": {"type": "view"}, "view": {"type": "home", "id": "V0"}}
        else:
            channel, only = message["channel"], "only" in message
            place = {"type": "message", "message_ts": message["ts"], "channel_id": channel, "is_ephemeral": only}
            given |= {"container": place, "channel": {"id": channel, "name": "photos"}}
            if not only:
                given["message"] = dict(message)
        return await self._do("interactive", self._interaction("block_actions", by, given), replaces=message.get("ts"))

    async def pick(self, callback_id: str, message: Mapping[str, Any], *, by: str = ANN) -> Sent:
        """Use a shortcut of a message."""
        given = {"callback_id": callback_id, "message": dict(message), "channel": {"id": message["channel"]}}
        given["message_ts"] = message["ts"]
        return await self._do("interactive", self._interaction("message_action", by, given))

    async def submit(self, view: Mapping[str, Any], *, by: str = ANN, **answers: Any) -> Sent:
        """Fill in a modal: texts, values of choices, or lists of files."""
        values: dict[str, Any] = {}
        for block in view["blocks"]:
            if block["type"] != "input":
                continue
            element = block["element"]
            answer = answers.get(element["action_id"])
            state: dict[str, Any] = {"type": element["type"]}
            if element["type"] in ("plain_text_input", "number_input"):
                state["value"] = answer if answer is not None else element.get("initial_value")
            elif element["type"] == "file_input":
                state["files"] = answer or []
            else:
                state["selected_option"] = {"value": answer} if answer else element.get("initial_option")
            values[block["block_id"]] = {element["action_id"]: state}
        whole = {**view, "state": {"values": values}, "team_id": TEAM}
        return await self._do("interactive", self._interaction("view_submission", by, {"view": whole}))

    async def typing(self, view: Mapping[str, Any], action_id: str, typed: str, *, by: str = ANN) -> Sent:
        """Type into an external select of a modal."""
        given = {"action_id": action_id, "block_id": action_id, "value": typed, "view": dict(view)}
        sent = await self._do("interactive", self._interaction("block_suggestion", by, given))
        await self.until(lambda: sent.payload is not None)
        self.problems += [f"options: {problem}" for problem in options_problems(sent.payload)]
        return sent

    async def say(self, text: str, *, by: str = ANN, channel: str = PHOTOS, retry: int = 0, **given: Any) -> Sent:
        """Write a message, as the bot is told of it; `retry` says how often Slack tells it again."""
        direct = channel.startswith("D")
        event = {"type": "message" if direct else "app_mention", "user": by, "text": text, "channel": channel}
        event |= {"ts": f"{next(self.numbers)}.0", "channel_type": "im" if direct else "channel"} | given
        return await self.event(event, retry=retry)

    async def event(self, event: Mapping[str, Any], *, retry: int = 0) -> Sent:
        """Tell the bot of an event."""
        body = {"type": "event_callback", "team_id": TEAM, "api_app_id": APP, "event": dict(event)}
        body |= {"event_id": self.number("Ev"), "authorizations": [{"team_id": TEAM, "user_id": BOT, "is_bot": True}]}
        sent = await self._do("events_api", body)
        for attempt in range(retry):
            await self._do("events_api", body, retry=attempt + 1)
        return sent

    def attach(self, name: str, data: bytes, mimetype: str = "image/jpeg") -> dict[str, Any]:
        """Upload a file as a person."""
        number = self.number("F0SENT")
        self.store[number] = data
        url = f"{self.http}/files/{number}/{name}"
        file = {"id": number, "name": name, "mimetype": mimetype, "size": len(data), "url_private_download": url}
        self.files[number] = file
        return dict(file)

    # What is seen of it

    async def until(self, seen: Callable[[], Any]) -> Any:
        """Wait until something is the case, and return it."""
        async with asyncio.timeout(WAIT_S), self.changed:
            await self.changed.wait_for(seen)
        return seen()

    async def answer(self, sent: Sent) -> dict[str, Any]:
        """Wait for the last message that came to a response URL."""
        found: list[dict[str, Any]] = await self.until(lambda: self.said_to(sent))
        return found[-1]

    def said_to(self, sent: Sent) -> list[dict[str, Any]]:
        """Return the messages that came to a response URL."""
        return [one for one in self.messages.values() if one.get("answers") == sent.envelope]

    async def modal(self, sent: Sent) -> dict[str, Any]:
        """Wait for the modal that was opened."""
        found: dict[str, Any] = await self.until(
            lambda: next((one for one in self.views.values() if one["opened_by"] == sent.trigger), None)
        )
        return found

    def posted(self, channel: str = PHOTOS) -> list[dict[str, Any]]:
        """Return what the bot said in a channel for all to see."""
        return [one for one in self.messages.values() if one["channel"] == channel and "only" not in one]

    def made(self, method: str) -> list[Call]:
        """Return the calls of a method."""
        return [call for call in self.calls if call.method == method]

    def fail(self, part: str, status: int = 200, error: str = "internal_error", *, times: int = 1) -> None:
        """Let the next requests fail; 429 asks to wait for a second or less."""
        headers = {"Retry-After": "0"} if status == 429 else {}
        self.failures += [Failure(part, status, error, headers)] * times

    def number(self, before: str) -> str:
        """Return a new id."""
        return f"{before}{next(self.numbers):08d}"

    def keep(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Keep a message that the bot sent."""
        ts = f"{next(self.numbers)}.0001"
        self.messages[ts] = {**message, "ts": ts}
        return self.messages[ts]

    async def tell(self) -> None:
        """Let those who wait look again."""
        async with self.changed:
            self.changed.notify_all()

    async def drop(self) -> None:
        """Ask the bot to connect again, as Slack does every few hours."""
        await self.sockets[-1].send_json({"type": "disconnect", "reason": "refresh_requested"})

    def signed(self, body: str, *, at: float | None = None, secret: str = SECRET) -> dict[str, str]:
        """Return the headers of a signed request."""
        stamp = str(int(time.time() if at is None else at))
        digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}

    def _interaction(self, kind: str, by: str, given: Mapping[str, Any]) -> dict[str, Any]:
        who = {"id": by, "team_id": self.people.get(by, {}).get("team_id", TEAM), "username": by.lower()}
        return {"type": kind, "user": who, "team": {"id": TEAM}, "api_app_id": APP, **given}

    async def _do(self, kind: str, payload: dict[str, Any], *, retry: int = 0, replaces: str | None = None) -> Sent:
        sent = Sent(self.number("E"), time.monotonic())
        self.sent[sent.envelope] = sent
        if kind != "events_api":
            sent.trigger = f"trigger-{sent.envelope}"
            self.triggers.add(sent.trigger)
            payload = {**payload, "trigger_id": sent.trigger}
            home = payload.get("container", {}).get("type") == "view"
            if payload.get("type") not in ("view_submission", "block_suggestion") and not home:
                suffix = f"?replaces={replaces}" if replaces else ""
                payload["response_url"] = f"{self.http}/respond/{sent.envelope}{suffix}"
        if self.endpoint:
            await self._by_http(kind, payload, sent)
        else:
            envelope = {"type": kind, "envelope_id": sent.envelope, "payload": payload, "retry_attempt": retry}
            await self.sockets[-1].send_json({**envelope, "accepts_response_payload": True})
        return sent

    async def _by_http(self, kind: str, payload: dict[str, Any], sent: Sent) -> None:
        body, content_type = json.dumps(payload), "application/json"
        if kind != "events_api":
            content_type = "application/x-www-form-urlencoded"
            body = urlencode(payload if kind == "slash_commands" else {"payload": body})
        headers = {**self.signed(body), "Content-Type": content_type}
        async with (
            aiohttp.ClientSession() as session,
            session.post(str(self.endpoint), data=body, headers=headers) as answer,
        ):
            assert answer.status == 200, await answer.text()
            await self._acknowledged(sent, await answer.json() if answer.content_type == "application/json" else None)

    async def _acknowledged(self, sent: Sent, payload: Any) -> None:
        sent.acknowledged_s, sent.payload = time.monotonic() - sent.began, payload
        if payload and payload.get("response_action") == "update":
            self.problems += [f"update: {problem}" for problem in view_problems(payload["view"])]
        await self.tell()

    # What the bot asks

    async def _serve_socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        self.sockets.append(socket)
        await self.tell()
        async for message in socket:
            if message.type is WSMsgType.TEXT and message.data.startswith("{"):
                data = json.loads(message.data)
                await self._acknowledged(self.sent[data["envelope_id"]], data.get("payload"))
        return socket

    async def _serve(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        args = await _arguments(request)
        self.calls.append(Call(method, args))
        try:
            if failure := self._failing(method):
                return web.json_response(
                    {"ok": False, "error": failure.error}, status=failure.status, headers=failure.headers
                )
            token = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
            if method == "auth.test" and request.headers.get("Authorization") == f"Bearer {APP_TOKEN}":
                return web.json_response({"ok": True, "app_name": "ModaCLIP", "app_id": self.socket_app})
            if request.headers.get("Authorization") != f"Bearer {token}" and args.get("token") != token:
                return web.json_response({"ok": False, "error": "invalid_auth"})
            headers = {} if self.scopes is None else {"x-oauth-scopes": self.scopes}
            return web.json_response(answer_call(self, method, args), headers=headers)
        finally:
            await self.tell()

    async def _serve_upload(self, request: web.Request) -> web.Response:
        self.store[request.match_info["file"]] = await request.read()
        return web.Response(text="OK")

    async def _serve_file(self, request: web.Request) -> web.Response:
        """Hand a private file over to the bot; anybody else is led to a page to sign in."""
        self.calls.append(Call("file", dict(request.headers)))
        if failure := self._failing("file"):
            return web.Response(status=failure.status, headers={"Location": f"{self.http}/elsewhere"})
        if request.headers.get("Authorization") != f"Bearer {BOT_TOKEN}":
            return web.Response(status=302, headers={"Location": "/signin"})
        data = self.store.get(request.match_info["file"])
        return web.Response(status=404) if data is None else web.Response(body=data, content_type="image/jpeg")

    async def _serve_response(self, request: web.Request) -> web.Response:
        sent = self.sent[request.match_info["envelope"]]
        body = await request.json()
        self.calls.append(Call("respond", body))
        try:
            if failure := self._failing("respond"):
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
        if error := check_message(self, "response_url", body):
            raise ValueError(error)
        if body.get("replace_original") and known is not None:
            known |= {**body, "edits": known.get("edits", 0) + 1}
        else:
            only = {} if body.get("response_type") == "in_channel" else {"only": True}
            self.keep({"channel": PHOTOS, "answers": sent.envelope, **only, **body})

    def _failing(self, part: str) -> Failure | None:
        failure = next((one for one in self.failures if one.part == part), None)
        if failure:
            self.failures.remove(failure)
        return failure


async def _arguments(request: web.Request) -> dict[str, Any]:
    """Return what a method was called with, whichever way it was written."""
    if request.content_type == "application/json":
        found: dict[str, Any] = await request.json()
        return found
    pairs = dict(parse_qsl(await request.text(), keep_blank_values=True)) | dict(request.query)
    return {name: json.loads(value) if value[:1] in ("[", "{") else value for name, value in pairs.items()}
