"""A server of pictures that lies, breaks off, drips and floods, and a name service that does no better.

What a picture's address is called says what goes wrong with it, until the server is told to be well. It listens on
127.0.0.1 alone; its names end in `.lying.test` and exist only here.
"""

from __future__ import annotations

import asyncio
import io
import random
import socket
import struct
import time
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

import numpy as np
from PIL import Image

NAMES = ".lying.test"
INSIDE = "10.0.0.7"
TLS = b"\x16"  # with which somebody begins who wants to speak it
DRIP_S = 0.05
HANGS_S = 2.7  # until a name is found whose name server is slow; longer than anybody waits
REAL_LOOK_UP = socket.getaddrinfo

Writer = asyncio.StreamWriter
Fault = Callable[["LyingServer", Writer, str], Awaitable[None]]


def picture(number: int) -> bytes:
    """Return a JPEG that is unlike that of every other number."""
    grain = np.random.default_rng(number).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    written = io.BytesIO()
    Image.fromarray(grain).resize((64, 64), Image.Resampling.NEAREST).save(written, "JPEG", quality=90)
    return written.getvalue()


def bomb() -> bytes:
    """Return a PNG of a few bytes that says that it holds 3600 megapixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def answer(body: bytes = b"", status: int = 200, **headers: str) -> bytes:
    """Return an answer; a header that is given as "" is left out."""
    fields = {"content_type": "image/jpeg", "content_length": str(len(body)), "connection": "close", **headers}
    lines = [f"HTTP/1.1 {status} X", *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items() if value)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def _drip(writer: Writer, beginning: bytes, piece: bytes) -> None:
    """Send a beginning, and then pieces, slowly and for ever."""
    writer.write(beginning)
    while True:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(DRIP_S)


async def _flood(writer: Writer, beginning: bytes, piece: bytes) -> None:
    """Send a beginning, and then pieces, as fast as they are taken, for ever."""
    writer.write(beginning)
    while True:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)


def _reset(writer: Writer) -> None:
    """Break the connection as a machine does that has crashed."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class LyingServer:
    """Start it with `async with lying()`."""

    def __init__(self, seed: int) -> None:
        self.well = False
        self.port = 0
        self.requests: Counter[int] = Counter()  # by number of the picture
        self._looked_up: Counter[str] = Counter()
        self._chance = random.Random(seed)
        self._connections: set[asyncio.Task[None]] = set()

    def url(self, number: int, kind: str) -> str:
        """Return the address of a picture with which something goes wrong."""
        return f"http://{kind.replace('_', '-')}-{number}{NAMES}:{self.port}/{kind}/{number}.jpg"

    def look_up(self, host: str, port: int, *rest: object, **given: object) -> list[tuple[object, ...]]:
        """Answer for the system's resolver: names of this server as they are called, numbers as they are."""
        if not host.endswith(NAMES):
            return REAL_LOOK_UP(host, port, *rest, **({"flags": socket.AI_NUMERICHOST} | given))  # type: ignore[arg-type, return-value]
        kind = host.removesuffix(NAMES).rpartition("-")[0]
        self._looked_up[host] += 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in self._addresses(kind, host)]

    def _addresses(self, kind: str, host: str) -> list[str]:
        if self.well:
            return ["127.0.0.1"]
        match kind:
            case "no-name":
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            case "name-fails":
                raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
            case "name-empty":
                return []
            case "name-inside":
                return [INSIDE]
            case "name-mixed":
                return ["127.0.0.1", INSIDE]
            case "name-moves":
                return ["127.0.0.1"] if self._looked_up[host] == 1 else [INSIDE]
            case "name-dead-first":
                return ["::1", "127.0.0.1"]
            case "name-hangs":
                time.sleep(HANGS_S)  # on a thread of the resolver's
        return ["127.0.0.1"]

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        """Answer the one request of a connection."""
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await self._answer(reader, writer)
        except asyncio.CancelledError:
            pass  # the server ends
        finally:
            writer.close()
            if task is not None:
                self._connections.discard(task)

    async def _answer(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        if (first := await reader.readexactly(1)) == TLS:
            writer.write(self.bytes(1000))
            return
        _, kind, name = (first + await reader.readuntil(b"\r\n")).split(b" ")[1].decode().split("/", 2)
        await reader.readuntil(b"\r\n\r\n")
        number = int(name.partition(".")[0])
        self.requests[number] += 1
        fault = None if self.well else FAULTS.get(kind)
        if fault is None or (kind.endswith("_once") and self.requests[number] > 1):
            writer.write(answer(picture(number)))
        else:
            await fault(self, writer, name)
        await writer.drain()

    def some(self, least: int, most: int) -> int:
        """Return a number by chance."""
        return self._chance.randint(least, most)

    def bytes(self, count: int) -> bytes:
        """Return bytes by chance."""
        return self._chance.randbytes(count)

    async def close(self) -> None:
        """End what still goes on."""
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)


def _sending(make: Callable[[LyingServer, str], bytes]) -> Fault:
    """Return what sends an answer, whole or not, and closes the connection."""

    async def send(server: LyingServer, writer: Writer, name: str) -> None:
        writer.write(make(server, name))

    return send


def _cut(server: LyingServer, name: str) -> bytes:
    whole = answer(picture(int(name.partition(".")[0])))
    return whole[: server.some(1, len(whole) - 1)]


def _chunked(body: bytes) -> bytes:
    return answer(content_length="", transfer_encoding="chunked") + body


async def _hang(_: LyingServer, __: Writer, ___: str) -> None:
    await asyncio.sleep(3600)


async def _reset_at_once(_: LyingServer, writer: Writer, __: str) -> None:
    _reset(writer)


async def _reset_midway(server: LyingServer, writer: Writer, name: str) -> None:
    writer.write(_cut(server, name))
    await writer.drain()
    _reset(writer)


async def _redirect_to_tls(server: LyingServer, writer: Writer, name: str) -> None:
    writer.write(answer(status=302, location=f"https://tls-garbage-0{NAMES}:{server.port}/tls_garbage/{name}"))


async def _slow_headers(_: LyingServer, writer: Writer, __: str) -> None:
    await _drip(writer, b"HTTP/1.1 200 OK\r\n", b"X: y\r\n")


async def _slow_body(_: LyingServer, writer: Writer, __: str) -> None:
    await _drip(writer, answer(content_length="100000"), b"x")


async def _continues(_: LyingServer, writer: Writer, __: str) -> None:
    await _drip(writer, b"", b"HTTP/1.1 100 Continue\r\n\r\n")


async def _endless_headers(_: LyingServer, writer: Writer, __: str) -> None:
    await _flood(writer, b"HTTP/1.1 200 OK\r\n", b"X: " + b"y" * 1000 + b"\r\n")


async def _endless_body(_: LyingServer, writer: Writer, __: str) -> None:
    await _flood(writer, answer(content_length=""), bytes(10_000))


async def _endless_chunks(_: LyingServer, writer: Writer, __: str) -> None:
    await _flood(writer, _chunked(b""), b"3e8\r\n" + bytes(1000) + b"\r\n")


async def _endless_chunk_size(_: LyingServer, writer: Writer, __: str) -> None:
    await _flood(writer, _chunked(b""), b"0" * 1000)


FAULTS: Mapping[str, Fault] = {
    "slow_headers": _slow_headers,
    "slow_body": _slow_body,
    "continues": _continues,
    "hang": _hang,
    "reset": _reset_at_once,
    "reset_midway": _reset_midway,
    "reset_once": _reset_midway,
    "endless_headers": _endless_headers,
    "endless_body": _endless_body,
    "endless_chunks": _endless_chunks,
    "endless_chunk_size": _endless_chunk_size,
    "empty": _sending(lambda *_: b""),
    "cut": _sending(_cut),
    "cut_once": _sending(_cut),
    "short_length": _sending(lambda _, name: answer(picture(int(name.partition(".")[0])), content_length="300")),
    "long_length": _sending(lambda *_: answer(picture(1), content_length="90000")),
    "huge_length": _sending(lambda *_: answer(picture(1), content_length=str(10**15))),
    "absurd_length": _sending(lambda *_: answer(picture(1), content_length="9" * 5000)),
    "two_lengths": _sending(lambda *_: answer(picture(1)).replace(b"\r\n", b"\r\ncontent-length: 7\r\n", 1)),
    "wrong_type": _sending(lambda *_: answer(b"<html>", content_type="text/html")),
    "no_picture": _sending(lambda *_: answer(b"<html> this is no picture </html>")),
    "bomb": _sending(lambda *_: answer(bomb(), content_type="image/png")),
    "gzip": _sending(lambda *_: answer(zlib.compress(bytes(10**6)), content_encoding="gzip")),
    "gzip_transfer": _sending(lambda *_: answer(b"x", content_length="", transfer_encoding="gzip, chunked")),
    "chunk_cut": _sending(lambda *_: _chunked(b"ffff\r\nabc")),
    "chunk_bad": _sending(lambda *_: _chunked(b"-1\r\nabc\r\n")),
    "garbage": _sending(lambda server, _: server.bytes(server.some(1, 5000))),
    "nul_header": _sending(lambda *_: b"HTTP/1.1 200 OK\r\nX: \x00\r\n\r\n"),
    "limit": _sending(lambda *_: answer(status=429, retry_after="99999999999")),
    "limit_once": _sending(lambda *_: answer(status=429, retry_after="Mon, 01 Jan 99999999999999999999 00:00:00 GMT")),
    "error": _sending(lambda server, _: answer(status=(500, 502, 503, 504)[server.some(0, 3)])),
    "error_once": _sending(lambda *_: answer(status=503, retry_after="-1")),
    "gone": _sending(lambda server, _: answer(status=(404, 410)[server.some(0, 1)])),
    "denied": _sending(lambda server, _: answer(status=(401, 403, 418, 999)[server.some(0, 3)])),
    "nothing_new": _sending(lambda *_: answer(status=304)),
    "endless_redirect": _sending(lambda _, name: answer(status=302, location=f"/endless_redirect/{name}")),
    "redirect_inside": _sending(lambda *_: answer(status=302, location="http://169.254.169.254/latest/meta-data/")),
    "redirect_name": _sending(lambda *_: answer(status=307, location=f"http://name-inside-1{NAMES}/a.jpg")),
    "tls_garbage": _redirect_to_tls,
    "redirect_file": _sending(lambda *_: answer(status=301, location="file:///etc/passwd")),
    "redirect_odd": _sending(lambda *_: answer(status=301, location="http://[::1/\\@127.0.0.1:99999")),
    "redirect_well": _sending(lambda _, name: answer(status=308, location=f"/well/{name}")),
    "name_moves": _sending(lambda *_: answer(status=503)),
}


@asynccontextmanager
async def lying(seed: int) -> AsyncIterator[LyingServer]:
    """Serve on loopback."""
    server = LyingServer(seed)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        await server.close()
