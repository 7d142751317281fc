"""IPTC's older form of a credit, which stands in a block of Photoshop's in a JPEG. What else is there stays."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from core.credits import UNKNOWN
from core.photos import Credit, Photo

IPTC_HEADER = b"Photoshop 3.0\x00"
_BLOCK = b"8BIM"
_IPTC, _DIGEST = 0x0404, 0x0425  # the digest is of the IPTC that was there
_UTF8 = b"\x1b%G"
_LONGEST = 2000  # bytes of one text; more breaks the readers that are left
_TITLE, _AUTHOR, _CREDIT, _RIGHTS = 5, 80, 110, 116


def with_iptc(segment: bytes | None, photo: Photo, credit: Credit) -> bytes:
    """Return a segment with the credit, and with all else that the segment which is there holds."""
    blocks = list(_blocks(segment)) if segment else []
    before = [body for kind, _, body in blocks if kind == _IPTC]
    others = [_written(kind, name, body) for kind, name, body in blocks if kind not in (_IPTC, _DIGEST)]
    return b"".join((IPTC_HEADER, *others, _written(_IPTC, b"\x00\x00", _notes(b"".join(before), photo, credit))))


def _notes(before: bytes, photo: Photo, credit: Credit) -> bytes:
    known = credit.name != UNKNOWN
    ours = {_TITLE: photo.title, _AUTHOR: known and credit.name, _CREDIT: known and credit.text}
    ours[_RIGHTS] = known and credit.text
    replaced = {_AUTHOR, _CREDIT, _RIGHTS} | ({_TITLE} if photo.title else set())
    utf8 = _UTF8 in before
    kept = [
        (number, body if utf8 else _as_utf8(body)) for number, body in _sets(before) if number not in replaced | {0}
    ]
    texts = [(number, _short(text)) for number, text in ours.items() if isinstance(text, str)]
    data = _set(1, 90, _UTF8) + _set(2, 0, b"\x00\x04")
    return data + b"".join(_set(2, number, body) for number, body in sorted([*kept, *texts], key=lambda one: one[0]))


def _short(text: str) -> bytes:
    return text.encode(errors="ignore")[:_LONGEST].decode(errors="ignore").encode()


def _as_utf8(body: bytes) -> bytes:
    try:
        body.decode()
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace").encode()
    return body


def _set(record: int, number: int, body: bytes) -> bytes:
    return struct.pack(">BBBH", 0x1C, record, number, len(body)) + body


def _sets(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the texts of record 2 that are whole."""
    at = 0
    while at + 5 <= len(data) and data[at] == 0x1C:
        record, number, length = struct.unpack_from(">BBH", data, at + 1)
        body = data[at + 5 : at + 5 + length]
        if length > 0x7FFF or len(body) < length:
            return
        if record == 2:
            yield number, body
        at += 5 + length


def _blocks(segment: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield Photoshop's blocks: kind, name as it is written, body."""
    at = len(IPTC_HEADER)
    while segment[at : at + 4] == _BLOCK:
        (kind,) = struct.unpack_from(">H", segment, at + 4)
        name = segment[at + 6 : at + 6 + (segment[at + 6] + 2) // 2 * 2]
        at += 6 + len(name)
        (length,) = struct.unpack_from(">I", segment, at)
        yield kind, name, segment[at + 4 : at + 4 + length]
        at += 4 + length + length % 2


def _written(kind: int, name: bytes, body: bytes) -> bytes:
    return _BLOCK + struct.pack(">H", kind) + name + struct.pack(">I", len(body)) + body + b"\x00" * (len(body) % 2)
