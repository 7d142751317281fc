"""What a process holds: memory, files, tasks, threads, processes, connections to databases, temporary files."""

from __future__ import annotations

import asyncio
import gc
import os
import tempfile
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, fields
from pathlib import Path

EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Held:
    """How much is held at one moment."""

    memory_mb: float  # resident
    files: int
    databases: int  # files of SQLite that are open
    tasks: int
    threads: int
    processes: int  # that this one started
    temporary: int  # files

    def beyond(self, rest: Held) -> dict[str, float]:
        """Return by how much this is more than at rest, by name."""
        return {one.name: getattr(self, one.name) - getattr(rest, one.name) for one in fields(self)}


def held() -> Held:
    """Return what this process holds now; garbage is collected first."""
    gc.collect()
    opened = [str(one.readlink()) for one in Path("/proc/self/fd").iterdir() if one.is_symlink()]
    databases = sum(".db" in name for name in opened)
    temporary = sum(1 for _ in Path(tempfile.gettempdir()).glob("modaclip*/*/tmp*"))
    tasks = len(asyncio.all_tasks())
    return Held(memory_mb(), len(opened), databases, tasks, threading.active_count(), _children(), temporary)


def memory_mb() -> float:
    """Return how much memory of this process is resident, in MiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _children() -> int:
    """Return how many processes are this one's."""
    mine = 0
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            mine += status.read_text(encoding="utf-8").rpartition(")")[2].split()[1] == str(os.getpid())
    return mine


@asynccontextmanager
async def peak_memory() -> AsyncIterator[list[float]]:
    """Yield a list whose one entry is the most memory that was resident meanwhile, in MiB."""
    most = [memory_mb()]

    async def look() -> None:
        while True:
            most[0] = max(most[0], memory_mb())
            await asyncio.sleep(EVERY_S)

    looking = asyncio.create_task(look())
    try:
        yield most
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
