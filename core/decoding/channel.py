"""Parcels between a program and its decoders: a header as JSON, then parts as the bytes that they are."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_BEGINNING = struct.Struct("<II")  # bytes of the header; number of parts
_LENGTH = struct.Struct("<Q")
MOST_BYTES = 2**30  # of one part; who says more is not to be believed
FREE_BYTES = 32 * 2**20  # of memory, for which a decoder need not ask
BUFFER = 2**20  # bytes that the system keeps between both ends, where it lets us say so


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one end says to the other."""

    header: Mapping[str, Any]
    parts: list[bytes | bytearray] = field(default_factory=list)


def pair() -> tuple[socket.socket, socket.socket]:
    """Return both ends of a new channel."""
    ends = socket.socketpair()
    for end in ends:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
    return ends


def send(channel: socket.socket, message: Parcel) -> None:
    """Say something. Raises OSError when the other end is gone, or does not take it within the channel's time limit."""
    header = json.dumps(message.header).encode()
    lengths = b"".join(_LENGTH.pack(len(part)) for part in message.parts)
    channel.sendall(_BEGINNING.pack(len(header), len(message.parts)) + lengths + header)
    for part in message.parts:
        channel.sendall(part)


def receive(channel: socket.socket, deadline: float | None = None) -> Parcel:
    """Return what the other end says.

    Raises EOFError when it is gone or talks nonsense, and TimeoutError at the deadline (of the monotonic clock).
    """
    size, count = _BEGINNING.unpack(_read(channel, _BEGINNING.size, deadline))
    lengths = _read(channel, _LENGTH.size * count, deadline)
    header = json.loads(_read(channel, size, deadline))
    return Parcel(header, [_read(channel, length, deadline) for (length,) in _LENGTH.iter_unpack(lengths)])


def _read(channel: socket.socket, size: int, deadline: float | None) -> bytearray:
    if size > MOST_BYTES:
        raise EOFError
    data = bytearray(size)
    view, at = memoryview(data), 0
    while at < size:
        if deadline is not None:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise TimeoutError
            channel.settimeout(left_s)
        got = channel.recv_into(view[at:])
        if not got:
            raise EOFError
        at += got
    return data
