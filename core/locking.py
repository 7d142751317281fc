"""The lock that only one import, move or repair of a library may hold, in all processes. It ends with its process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import filelock

from core.disk import writing
from core.errors import LibraryBusy

TRIED_EVERY_S = 0.1


def busy() -> LibraryBusy:
    """Return why a library can't be locked, in either engine."""
    return LibraryBusy("Another import into this library is running. Wait for it, then try again.")


@asynccontextmanager
async def locked(path: Path, patience_s: float = 0.0) -> AsyncIterator[None]:
    """Hold a lock. Raises LibraryBusy where it is held elsewhere for longer than `patience_s`.

    And LibraryError where its file can't be made.
    """
    lock = filelock.FileLock(path, blocking=False)
    deadline = asyncio.get_running_loop().time() + patience_s
    while True:
        try:
            with writing():
                lock.acquire()
            break
        except filelock.Timeout as error:
            if asyncio.get_running_loop().time() >= deadline:
                raise busy() from error
        await asyncio.sleep(TRIED_EVERY_S)
    try:
        yield
    finally:
        lock.release()
