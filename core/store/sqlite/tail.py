"""Whether the log beside a file still holds what was committed last.

After a program was killed, the log (`-wal`) holds changes that the file has not yet. Where it is cut or damaged, SQLite
takes what is before the damage and says nothing: the library is as it was a while ago. But the index of the log
(`-shm`) stays as well, and says how much there was. It is looked at before SQLite makes it anew, and what is missing is
written down in a file beside, until `check --repair` has told of it.
"""

from __future__ import annotations

import fcntl
import os
import struct
from datetime import UTC, datetime
from pathlib import Path

from core.store.sqlite.pages import read_log

SHARED_FIRST, SHARED_SIZE = 0x40000002, 510  # bytes that whoever has a SQLite file open holds a lock on
_HEADER = struct.Struct("=IIIBBHI")  # version, unused, changes, whether it is made, order of bytes, page, frames
_BACKFILL_AT = 96  # of the number of frames that are in the file already


def is_unused(path: Path) -> bool:
    """Tell whether no other program has a file open. Not to be asked while this one has: that would end its locks."""
    with path.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, SHARED_SIZE, SHARED_FIRST, os.SEEK_SET)
        except OSError:
            return False
    return True


def note_loss(path: Path) -> str:
    """Return what the log of a file that nobody has open lacks, in a sentence, and write it down; "" for nothing."""
    try:
        index = path.with_name(f"{path.name}-shm").read_bytes()
        if len(index) < _BACKFILL_AT + 4 or not is_unused(path):
            return ""
        _, _, _, made, _, page_bytes, frames = _HEADER.unpack_from(index)
        (in_file,) = struct.unpack_from("=I", index, _BACKFILL_AT)
        size = 65536 if page_bytes == 1 else page_bytes
        if not made or frames <= in_file or index[:48] != index[48:96]:  # both copies are the same unless it is damaged
            return ""
        missing = frames - max(in_file, read_log(path.with_name(f"{path.name}-wal"), size).frames)
    except OSError:  # there was no log, or it may not be read
        return ""
    if missing <= 0:
        return ""
    now = datetime.now(UTC)
    said = f"the last {missing:,} pages written before {now:%Y-%m-%d %H:%M} UTC were lost with the file {path.name}-wal"
    path.with_name(f"{path.name}.lost-{now:%Y-%m-%dT%H-%M-%S}").write_text(f"{said}\n", encoding="utf-8")
    return said


def noted_losses(path: Path) -> list[Path]:
    """Return the files in which losses of a file are written down, oldest first."""
    return sorted(path.parent.glob(f"{path.name}.lost-*"))
