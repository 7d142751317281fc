"""The usearch graph of a large library on disk: a cache that is believed only when it proves itself.

A damaged usearch file can end the process or answer wrongly in silence, so its bytes are checked before usearch sees
them. It is written beside, synced and renamed: after any crash there is the old file, the new one, or none, and none
costs no more than building it again.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from dataclasses import asdict, dataclass
from pathlib import Path

from usearch.index import Index

from core.store import Space

MAGIC = b"MODACLIP1\n"
FILE = "graph"
DIGEST_BYTES = 32
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


def save_graph(folder: Path, graph: Index, stamp: Stamp) -> None:
    """Write a graph. usearch holds the interpreter while it copies (a quarter of a second for 100,000 photos)."""
    body = graph.save() or b""
    header = json.dumps(asdict(stamp)).encode()
    content = _LENGTH.pack(len(header)) + header + body
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f".{FILE}.{os.getpid()}"
    with beside.open("wb") as file:
        file.write(MAGIC + hashlib.blake2b(content, digest_size=DIGEST_BYTES).digest())
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(folder / FILE)
    _sync_folder(folder)


def load_graph(folder: Path) -> tuple[Index, Stamp] | None:
    """Return the graph and what it was built from; None when there is none, or none that is whole."""
    try:
        content = (folder / FILE).read_bytes()
    except OSError:
        return None
    start = len(MAGIC) + DIGEST_BYTES
    digest = hashlib.blake2b(memoryview(content)[start:], digest_size=DIGEST_BYTES).digest()
    if content[:start] != MAGIC + digest:
        return None
    (length,) = _LENGTH.unpack_from(content, start)
    header = start + _LENGTH.size
    stamp = Stamp(**json.loads(content[header : header + length]))
    graph = Index.restore(content[header + length :])
    return None if graph is None else (graph, stamp)


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a loss of power, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # folders can't be opened on Windows
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
