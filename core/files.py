"""Files that are there whole or not at all, whatever becomes of the process or the host that writes them.

A file is written under a name of its own, synced, and renamed into its place. What a process that was killed has left
half written is swept away by whoever writes there next, once it has lain for longer than anybody pauses: so others may
write there meanwhile, also from other hosts.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

ENDING = ".modaclip"  # of what is being written, whose name begins with a dot
LEFT_AFTER_S = 3600.0  # since the last byte


@contextmanager
def replacing(path: Path, *, new: Path | None = None) -> Iterator[BinaryIO]:
    """Yield a file to be written, which takes the place of `path` once it is whole. Raises OSError.

    Until then it lies in the folder `new`, which must be on the same disk, or else beside its place.
    """
    begun = (new or path.parent) / f".{secrets.token_hex(8)}{ENDING}"
    try:
        with begun.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        begun.replace(path)
    except BaseException:
        begun.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def write_file(path: Path, data: bytes, *, new: Path | None = None) -> None:
    """Write a file in place of what stands there, and make its folders; all of it is there or nothing. Raises OSError.

    `new` is as for `replacing`.
    """
    for folder in filter(None, (path.parent, new)):
        folder.mkdir(parents=True, exist_ok=True)
    with replacing(path, new=new) as file:
        file.write(data)


def sweep(folder: Path) -> int:
    """Delete what was left half written in a folder; return how many files. Others may write there meanwhile."""
    left, begun_before = 0, time.time() - LEFT_AFTER_S
    for path in folder.glob(f".*{ENDING}"):
        with suppress(FileNotFoundError):  # somebody else sweeps, or it was not left at all
            if path.stat().st_mtime < begun_before:
                path.unlink()
                left += 1
    return left


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
