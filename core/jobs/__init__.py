"""Work on libraries that several hosts share, divided among workers.

An import hands batches of candidates to a queue (`importing.py`); whoever works (`working.py`) takes a batch in by the
same code as an import that nobody shares. The queue is procrastinate's, in the database that holds the libraries
(`core.store.postgres.queue`).
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import LibraryError
from core.store import StoreOptions
from core.store.opening import key_of

if TYPE_CHECKING:
    from core.store.postgres.queue import Queue

IMPORT, ENRICH, TIDY = "import_batch", "enrich", "tidy"  # the tasks
TIDYING = "modaclip-tidy"  # a queue that belongs to no library


@asynccontextmanager
async def open_queue(options: StoreOptions, lease_s: float) -> AsyncIterator[Queue]:
    """Open the queue of a shared store. Raises LibraryError where the store is none, or procrastinate is missing."""
    if not options.url:
        raise LibraryError(
            "Workers need libraries in PostgreSQL: set library.store to postgresql://… as the bots have it."
        )
    try:
        from core.store.postgres.queue import Queue
    except ImportError as error:
        raise LibraryError(
            "Work can't be divided: a package is not installed. Run `pip install 'modaclip[postgres]'`."
        ) from error
    async with Queue.open(options.url, lease_s) as queue:
        yield queue


def enriching(folder: Path) -> str:
    """Return what names the enriching of a library: one waits, and one runs."""
    return f"enrich {key_of(folder)}"


def queue_name(folder: Path) -> str:
    """Return the name of the queue of a library: it is part of a channel's, which must be short."""
    return f"modaclip-{hashlib.sha256(key_of(folder).encode()).hexdigest()[:16]}"
