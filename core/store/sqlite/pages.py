"""Reads the pages of a SQLite file that SQLite itself refuses: every row that is still there, wherever the damage is.

The format is SQLite's documented one (https://www.sqlite.org/fileformat2.html). Nothing in the file is believed: each
number is held against the file's bounds, no page is read twice, and what can't be read is passed over and counted. The
log beside the file (WAL) is laid over it as far as its own checksums hold.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

MAGIC = b"SQLite format 3\0"
USUAL_BYTES = 4096  # of a page
INTERIOR_INDEX, INTERIOR_TABLE, LEAF_INDEX, LEAF_TABLE = 0x02, 0x05, 0x0A, 0x0D
HEADER_BYTES = 100  # before the first page's own
MOST_COLUMNS = 200
LONGEST_ROW = 2**28  # bytes
_LOG_HEADER, _FRAME_HEADER = 32, 24
_BIG, _LITTLE = 0x377F0683, 0x377F0682  # a log whose checksums are over big-endian or little-endian words

Record: TypeAlias = tuple[Any, ...]


class Unreadable(Exception):
    """Bytes that are no page, cell or record."""


@dataclass(slots=True)
class Walk:
    """What was met on the way through a table or an index."""

    rows: list[tuple[int | None, Record]] = field(default_factory=list)  # rowid (None in an index) and values
    pages: set[int] = field(default_factory=set)
    unreadable: int = 0  # pages and cells


@dataclass(frozen=True, slots=True)
class Entry:
    """A table or an index, as the schema names it."""

    type: str
    name: str
    table: str
    root: int


class Pages:
    """All pages of a file, from 1."""

    def __init__(self, path: Path) -> None:
        self._data = path.read_bytes() if path.is_file() else b""
        stored = int.from_bytes(self._data[16:18], "big") if self._data.startswith(MAGIC) else 0
        size = 65536 if stored == 1 else stored
        self.size = size if size >= 512 and size & (size - 1) == 0 else USUAL_BYTES
        log = read_log(path.with_name(f"{path.name}-wal"), self.size)
        self._log, self.log_is_cut = log.pages, log.is_cut
        self.count = max([-(-len(self._data) // self.size), *self._log])

    def page(self, number: int) -> bytes:
        """Return a page. Raises Unreadable where the file ends before."""
        found = self._log.get(number) or self._data[(number - 1) * self.size : number * self.size]
        if number < 1 or len(found) < self.size:
            raise Unreadable
        return found

    def schema(self) -> list[Entry]:
        """Return every table and index that any page names, wherever the schema's own pages stand."""
        found: dict[str, Entry] = {}
        for number in range(1, self.count + 1):
            with suppress(Unreadable):
                page = self.page(number)
                if b"CREATE " in page or b"autoindex" in page:
                    entries = filter(None, (_entry(values) for _, values in self.rows_of(number, Walk())))
                    found |= {entry.name: entry for entry in entries if 0 < entry.root <= self.count}
        return list(found.values())

    def walk(self, root: int) -> Walk:
        """Read a whole b-tree, as far as its pages can be read."""
        walk, ahead = Walk(), [root]
        while ahead:
            number = ahead.pop()
            if number in walk.pages:
                walk.unreadable += 1  # a tree has each page once
                continue
            walk.pages.add(number)
            walk.rows += self.rows_of(number, walk)
            ahead += reversed(self._children(number, walk))
        return walk

    def free(self) -> set[int] | None:
        """Return the pages that belong to nothing; None where that can't be told."""
        try:
            first = self.page(1)
            trunk, count = struct.unpack_from(">II", first, 32)
            found: set[int] = set()
            while trunk and trunk not in found:
                page = self.page(trunk)
                following, leaves = struct.unpack_from(">II", page)
                found |= {trunk, *struct.unpack_from(f">{min(leaves, self.size // 4 - 2)}I", page, 8)}
                trunk = following
        except (Unreadable, struct.error):
            return None
        return found if len(found) == count else None

    def rows_of(self, number: int, walk: Walk) -> Iterator[tuple[int | None, Record]]:
        """Yield the rows that stand on one page itself; what can't be read is counted in `walk`."""
        try:
            page = self.page(number)
            kind, cells = self._cells(number, page)
        except (Unreadable, struct.error):
            walk.unreadable += 1
            return
        if kind == INTERIOR_TABLE:
            return
        for at in cells:
            try:
                yield self._row(page, at, kind, walk.pages)
            except (Unreadable, IndexError, struct.error, UnicodeDecodeError, OverflowError, ValueError):
                walk.unreadable += 1

    def _cells(self, number: int, page: bytes) -> tuple[int, tuple[int, ...]]:
        start = HEADER_BYTES if number == 1 else 0
        kind, count = page[start], int.from_bytes(page[start + 3 : start + 5], "big")
        if kind not in (INTERIOR_INDEX, INTERIOR_TABLE, LEAF_INDEX, LEAF_TABLE) or count > self.size // 4:
            raise Unreadable
        begin = start + (12 if kind in (INTERIOR_INDEX, INTERIOR_TABLE) else 8)
        return kind, struct.unpack_from(f">{count}H", page, begin)

    def _children(self, number: int, walk: Walk) -> list[int]:
        try:
            page = self.page(number)
            kind, cells = self._cells(number, page)
        except (Unreadable, struct.error):  # counted already
            return []
        if kind not in (INTERIOR_INDEX, INTERIOR_TABLE):
            return []
        start = HEADER_BYTES if number == 1 else 0
        children = [int.from_bytes(page[at : at + 4], "big") for at in (*cells, start + 8)]
        sound = [child for child in children if 0 < child <= self.count]
        walk.unreadable += len(children) - len(sound)
        return sound

    def _row(self, page: bytes, at: int, kind: int, seen: set[int]) -> tuple[int | None, Record]:
        at += 4 if kind == INTERIOR_INDEX else 0
        length, at = varint(page, at)
        rowid: int | None = None
        if kind == LEAF_TABLE:
            rowid, at = varint(page, at)
            most = self.size - 35
        else:
            most = (self.size - 12) * 64 // 255 - 23
        if length > LONGEST_ROW:
            raise Unreadable
        return rowid, record(self._payload(page, at, length, most, seen))

    def _payload(self, page: bytes, at: int, length: int, most: int, seen: set[int]) -> bytes:
        """Return the bytes of a cell, those on pages of their own (`seen` from then on) among them."""
        least = (self.size - 12) * 32 // 255 - 23
        here = length
        if length > most:
            kept = least + (length - least) % (self.size - 4)
            here = kept if kept <= most else least
        parts = [page[at : at + here]]
        left, beyond = length - here, set[int]()
        following = int.from_bytes(page[at + here : at + here + 4], "big") if left else 0
        while left:
            if following in beyond:
                raise Unreadable
            beyond.add(following)
            page = self.page(following)
            parts.append(page[4 : 4 + min(left, self.size - 4)])
            left -= len(parts[-1])
            following = int.from_bytes(page[:4], "big")
        seen |= beyond
        payload = b"".join(parts)
        if len(payload) != length:
            raise Unreadable
        return payload


def _entry(values: Record) -> Entry | None:
    """Return what a row says that may be one of the schema's."""
    if len(values) != 5 or values[0] not in ("table", "index"):
        return None
    plain = isinstance(values[1], str) and isinstance(values[2], str) and isinstance(values[3], int)
    return Entry(*values[:4]) if plain else None


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number as SQLite writes it, in one to nine bytes, and where it ends."""
    value = 0
    for place in range(8):
        byte = data[at + place]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + place + 1
    value = value << 8 | data[at + 8]
    return value - 2**64 if value >= 2**63 else value, at + 9


def record(payload: bytes) -> Record:
    """Return the values of a row. Raises Unreadable, or what comes of bytes that are none."""
    end, at = varint(payload, 0)
    kinds: list[int] = []
    while at < end and len(kinds) < MOST_COLUMNS:
        kind, at = varint(payload, at)
        kinds.append(kind)
    if at != end:
        raise Unreadable
    values = []
    for kind in kinds:
        length = _length(kind)
        if at + length > len(payload):
            raise Unreadable
        values.append(_value(kind, payload[at : at + length]))
        at += length
    if at != len(payload):
        raise Unreadable
    return tuple(values)


def _length(kind: int) -> int:
    if kind >= 12:
        return (kind - 12) // 2
    if kind in (10, 11) or kind < 0:
        raise Unreadable
    return (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)[kind]


def _value(kind: int, data: bytes) -> Any:
    if kind >= 12:
        return data.decode() if kind % 2 else data
    if kind == 7:
        return struct.unpack(">d", data)[0]
    if kind in (8, 9):
        return kind - 8
    return int.from_bytes(data, "big", signed=True) if data else None


@dataclass(frozen=True, slots=True)
class Log:
    """What a log holds that was committed, as far as its checksums hold."""

    pages: dict[int, bytes] = field(default_factory=dict)  # the last of each
    frames: int = 0
    is_cut: bool = False  # more was written there than can be read


def read_log(path: Path, size: int) -> Log:
    """Return what a log of pages of so many bytes holds.

    Only whole transactions count. What ends a log is a frame of an earlier one (other salts) or the file's end.
    """
    data = path.read_bytes() if path.is_file() else b""
    if len(data) < _LOG_HEADER:
        return Log(is_cut=len(data) > 0)
    magic, _, page_bytes, _, *salts = struct.unpack_from(">IIIIII", data)
    order = ">" if magic == _BIG else "<"
    sums = _log_sum(data[:24], (0, 0), order)
    if magic not in (_BIG, _LITTLE) or page_bytes != size or sums != struct.unpack_from(">II", data, 24):
        return Log(is_cut=True)
    committed: dict[int, bytes] = {}
    pending: dict[int, bytes] = {}
    at, frames, whole = _LOG_HEADER, 0, True
    while whole and at + _FRAME_HEADER + size <= len(data):
        number, commit, *salt = struct.unpack_from(">IIII", data, at)
        body = data[at + _FRAME_HEADER : at + _FRAME_HEADER + size]
        if salt != salts:
            break  # of an earlier log, whose place this one took
        sums = _log_sum(data[at : at + 8] + body, sums, order)
        whole = sums == struct.unpack_from(">II", data, at + 16)
        at += _FRAME_HEADER + size
        if whole:
            pending[number] = body
        if whole and commit:
            committed |= pending
            pending, frames = {}, (at - _LOG_HEADER) // (_FRAME_HEADER + size)
    return Log(committed, frames, not whole or bool(pending))


def _log_sum(data: bytes, sums: tuple[int, int], order: str) -> tuple[int, int]:
    one, two = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for first, second in zip(words[::2], words[1::2], strict=True):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return one, two
