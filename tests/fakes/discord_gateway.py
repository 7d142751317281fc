"""The gateway of the Discord on this machine: sessions that can be lost and resumed."""

from __future__ import annotations

import contextlib
import json
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from tests.fakes import discord_payloads as payloads

if TYPE_CHECKING:
    from tests.fakes.discord import FakeDiscord

HELLO, IDENTIFY, RESUME, HEARTBEAT, HEARD, INVALID = 10, 2, 6, 1, 11, 9


@dataclass
class Line:
    """One connection."""

    socket: web.WebSocketResponse
    request: web.Request
    deflate: Any  # zlib's compressor, or None
    session: str | None = None

    def abort(self) -> None:
        """Break the connection without a word."""
        if self.request.transport is not None:
            self.request.transport.abort()  # type: ignore[attr-defined]


@dataclass
class Log:
    """What was sent in one session, so that it can be sent again."""

    sent: list[dict[str, Any]] = field(default_factory=list)


class Gateway:
    """Sends events, in order."""

    def __init__(self, discord: FakeDiscord) -> None:
        self._discord = discord
        self.lines: list[Line] = []
        self.identified: list[dict[str, Any]] = []
        self.resumed: list[dict[str, Any]] = []
        self.logs: dict[str, Log] = {}

    async def close(self) -> None:
        for line in list(self.lines):
            with contextlib.suppress(Exception):
                await line.socket.close(code=1001)

    async def drop(self) -> None:
        """Lose every connection."""
        for line in list(self.lines):
            await line.socket.close(code=4000)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        line = Line(socket, request, zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None)
        self.lines.append(line)
        await self._send(line, {"op": HELLO, "s": None, "t": None, "d": {"heartbeat_interval": 41250}})
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    await self._hear(line, json.loads(frame.data))
                    await self._discord.tell()
        finally:
            self.lines.remove(line)
        return socket

    async def dispatch(self, kind: str, data: dict[str, Any], session: str | None = None) -> None:
        """Send an event to a session, or to the first one."""
        session = session or next(iter(self.logs))
        log = self.logs[session].sent
        event = {"op": 0, "s": len(log) + 1, "t": kind, "d": data}
        log.append(event)
        for line in [line for line in self.lines if line.session == session]:
            with contextlib.suppress(ConnectionError):  # it is sent again when the session is resumed
                await self._send(line, event)

    async def _hear(self, line: Line, heard: dict[str, Any]) -> None:
        if heard["op"] == HEARTBEAT:
            await self._send(line, {"op": HEARD, "s": None, "t": None, "d": None})
        elif heard["op"] == IDENTIFY:
            await self._identify(line, heard["d"])
        elif heard["op"] == RESUME:
            self.resumed.append(heard["d"])
            line.session = heard["d"]["session_id"]
            for event in self.logs[line.session].sent[heard["d"]["seq"] :]:
                await self._send(line, event)
            await self.dispatch("RESUMED", {}, line.session)

    async def _identify(self, line: Line, asked: dict[str, Any]) -> None:
        self.identified.append(asked)
        session = line.session = f"session{len(self.identified)}"
        self.logs[session] = Log()
        shard, shards = asked.get("shard", (0, 1))
        servers = [server for server in self._discord.servers if (server.id >> 22) % shards == shard]
        ready = {
            "v": 10, "session_id": session, "shard": [shard, shards],
            "user": payloads.user(payloads.BOT, "moda", bot=True),
            "resume_gateway_url": self._discord.socket_url, "application": {"id": str(payloads.BOT), "flags": 0},
            "guilds": [{"id": str(server.id), "unavailable": True} for server in servers],
        }  # fmt: skip
        await self.dispatch("READY", ready, session)
        for server in servers:
            await self.dispatch("GUILD_CREATE", payloads.guild(server), session)

    async def _send(self, line: Line, event: dict[str, Any]) -> None:
        data = json.dumps(event).encode()
        if line.deflate:
            await line.socket.send_bytes(line.deflate.compress(data) + line.deflate.flush(zlib.Z_SYNC_FLUSH))
        else:
            await line.socket.send_str(data.decode())
