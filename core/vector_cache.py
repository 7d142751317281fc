"""The vectors of a large library on disk, with the usearch graph over them: a cache, believed when it proves itself.

One file holds the graph as usearch writes it, whose first part is every vector as float16, exactly as the database has
it. It is mapped into memory, not read: a million photos are open in a second, and what no query touches costs nothing.

A damaged usearch file can end the process or answer wrongly in silence, so all of its bytes are compared with their
checksums (CRC-32 of blocks, on all cores: a gigabyte in a fraction of a second) before usearch sees them. It is written
beside, synced and renamed: after any crash there is the old file, the new one, or none, and none costs no more than
building it again. A file that was replaced stays whole for those who have it mapped.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import struct
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from usearch.index import Index

from core.disk import writing
from core.files import replacing, sweep
from core.store import Space
from core.vectors import Half, Kept, Numbers, widened

MAGIC = b"MODACLIP2\n"
FILE = "graph"
DIGEST_BYTES = 32
BLOCK = 4 * 2**20  # bytes with a checksum of their own
ALIGNED = 64  # bytes
MATRIX_AT = 8  # where vectors begin in what usearch writes, after the numbers of rows and of bytes in each
HASHED_ROWS = 65_536  # at once
_LENGTH = struct.Struct("<Q")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a graph was built from."""

    encoder: str
    fingerprint: str
    dimensions: int
    revision: int  # of the space; what came later is not in the graph
    count: int

    def fits(self, space: Space, revision: int) -> bool:
        """Tell whether the graph is of this space, at this revision or before."""
        same = (self.encoder, self.fingerprint, self.dimensions) == (space.encoder, space.fingerprint, space.dimensions)
        return same and self.revision <= revision


def save_graph(folder: Path, graph: Index, numbers: Numbers, vectors: Half, stamp: Stamp) -> bool:
    """Write a graph with the vectors of these photos, ascending numbers, that it was built from.

    Return False, having written nothing, where usearch does not lay vectors out as they are looked for here. usearch
    holds the interpreter while it copies (a quarter of a second for 100,000 photos). Raises LibraryError where the disk
    takes no more.
    """
    body = memoryview(graph.save() or b"")
    rows = _rows(_matrix(body, stamp.dimensions), vectors)
    if rows is None:
        return False
    parts = [memoryview(numbers.astype("<i8").tobytes()), memoryview(rows.astype("<i4").tobytes()), body]
    sizes = [len(part) for part in parts]
    header = json.dumps({"stamp": asdict(stamp), "sizes": sizes, "sums": [_sums(part) for part in parts]}).encode()
    digest = hashlib.blake2b(header, digest_size=DIGEST_BYTES).digest()
    with writing():
        folder.mkdir(exist_ok=True)
        sweep(folder)
        with replacing(folder / FILE) as file:
            _write(file, header, digest, parts)
    return True


def _write(file: BinaryIO, header: bytes, digest: bytes, parts: Sequence[memoryview]) -> None:
    file.write(MAGIC + digest + _LENGTH.pack(len(header)) + header)
    for start, part in zip(_starts(file.tell(), [len(part) for part in parts]), parts, strict=True):
        file.write(b"\0" * (start - file.tell()))
        file.write(part)


def seen(folder: Path) -> tuple[int, ...]:
    """Return what tells one file here from the next that takes its place; empty when there is none."""
    try:
        status = (folder / FILE).stat()
    except OSError:
        return ()
    return status.st_ino, status.st_size, status.st_mtime_ns


def read_stamp(folder: Path) -> Stamp | None:
    """Return what the graph on disk was built from; None when there is none, or its header is damaged."""
    try:
        with (folder / FILE).open("rb") as file:
            header = _header(file)
    except OSError:
        return None
    return None if header is None else header[0]


def load_graph(folder: Path) -> tuple[Kept, Stamp] | None:
    """Map the vectors and the graph; None when there is none, or none that is whole."""
    try:
        with (folder / FILE).open("rb") as file:
            header = _header(file)
            if header is None:
                return None
            stamp, sizes, sums = header
            starts = _starts(file.tell(), sizes)
            if starts[-1] + sizes[-1] != os.fstat(file.fileno()).st_size:
                return None
            if not _whole(file.fileno(), starts, sizes, sums):
                return None
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):  # mmap raises ValueError for an empty file
        return None
    numbers = np.frombuffer(mapped, "<i8", stamp.count, starts[0]).astype(np.int64)
    rows = np.frombuffer(mapped, "<i4", stamp.count, starts[1]).astype(np.int32)
    body = memoryview(mapped)[starts[2] :]
    graph = Index.restore(body, view=True)
    if graph is None:
        return None
    return Kept(numbers, rows, _matrix(body, stamp.dimensions), widened(graph), body), stamp


def _header(file: BinaryIO) -> tuple[Stamp, list[int], list[list[int]]] | None:
    start = file.read(len(MAGIC) + DIGEST_BYTES + _LENGTH.size)
    if len(start) < len(MAGIC) + DIGEST_BYTES + _LENGTH.size or not start.startswith(MAGIC):
        return None
    (length,) = _LENGTH.unpack_from(start, len(MAGIC) + DIGEST_BYTES)
    if length > os.fstat(file.fileno()).st_size:
        return None
    header = file.read(length)
    if hashlib.blake2b(header, digest_size=DIGEST_BYTES).digest() != start[len(MAGIC) : len(MAGIC) + DIGEST_BYTES]:
        return None
    known = json.loads(header)
    return Stamp(**known["stamp"]), known["sizes"], known["sums"]


def _starts(end: int, sizes: Sequence[int]) -> list[int]:
    """Return where parts begin that follow after `end`; the last so that the vectors in it are aligned."""
    starts = []
    for i, size in enumerate(sizes):
        before = MATRIX_AT if i == len(sizes) - 1 else 0
        starts.append(-(-(end + before) // ALIGNED) * ALIGNED - before)
        end = starts[-1] + size
    return starts


def _sums(part: memoryview) -> list[int]:
    return [zlib.crc32(part[start : start + BLOCK]) for start in range(0, len(part), BLOCK)]


def _whole(handle: int, starts: Sequence[int], sizes: Sequence[int], sums: Sequence[Sequence[int]]) -> bool:
    """Tell whether all blocks are as they were written. Read apart from the map, so that they take no memory."""
    blocks = [
        (start + at, min(BLOCK, size - at), expected[i])
        for start, size, expected in zip(starts, sizes, sums, strict=True)
        for i, at in enumerate(range(0, size, BLOCK))
    ]

    def sound(block: tuple[int, int, int]) -> bool:
        at, length, expected = block
        content = os.pread(handle, length, at)
        return len(content) == length and zlib.crc32(content) == expected

    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        return all(threads.map(sound, blocks))


def _matrix(body: memoryview, dimensions: int) -> Half:
    """Return the vectors that stand at the beginning of what usearch writes, shape (rows, dimensions)."""
    rows, row_bytes = (int(n) for n in np.frombuffer(body, "<u4", 2))
    if row_bytes != 2 * dimensions or MATRIX_AT + rows * row_bytes > len(body):
        return np.empty((0, dimensions), np.float16)
    return np.frombuffer(body, "<f2", rows * dimensions, MATRIX_AT).reshape(rows, dimensions)


def _rows(matrix: Half, vectors: Half) -> npt.NDArray[np.int32] | None:
    """Return in which row of a matrix each vector stands; None unless all of them do.

    Several threads fill the graph, so rows are in no order. They are found by what is in them: where two photos have
    the same vector, either's row is right.
    """
    weights = np.random.default_rng(0).integers(0, 2**63, vectors.shape[1], np.uint64) | np.uint64(1)
    here, wanted = _hashes(matrix, weights), _hashes(vectors, weights)
    order = np.argsort(here, kind="stable")
    places = np.searchsorted(here[order], wanted)
    if not len(here) or (places == len(here)).any():
        return None
    rows = order[places].astype(np.int32)
    for start in range(0, len(rows), HASHED_ROWS):
        part = slice(start, start + HASHED_ROWS)
        if (matrix[rows[part]].view(np.uint16) != vectors[part].view(np.uint16)).any():
            return None
    return rows


def _hashes(vectors: Half, weights: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    parts = [
        (vectors[start : start + HASHED_ROWS].view(np.uint16) * weights).sum(axis=1, dtype=np.uint64)
        for start in range(0, len(vectors), HASHED_ROWS)
    ]
    return np.concatenate(parts) if parts else np.empty(0, np.uint64)
