"""Tags and photographers of a library, kept in memory, so that what somebody types is completed at once.

Counting tags takes a second in a library of a hundred thousand photos; a completion has a tenth of that. So the counts
are read once, and again beside the answer when the library has changed: a completion may lag one keystroke behind. Who
asks for what is `current` waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TypeAlias

from core.library import Library
from core.store.conditions import fold

Counts: TypeAlias = Sequence[tuple[str, int]]  # names and how many photos each stands for, most first
EVERYTHING = 1_000_000


class Suggestions:
    """What names in one library begin with."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._version: int | None = None
        self._tags: Counts = ()
        self._photographers: Counts = ()
        self._reading: asyncio.Task[None] | None = None

    async def tags(self, typed: str, *, current: bool = False) -> Counts:
        """Return tags of which a word begins as typed, most used first."""
        await self._refresh(current=current)
        return _matching(self._tags, typed)

    async def photographers(self, typed: str) -> Counts:
        """Return photographers of whose name a word begins as typed, those with most photos first."""
        await self._refresh(current=False)
        return _matching(self._photographers, typed)

    async def close(self) -> None:
        """Stop reading."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _refresh(self, *, current: bool) -> None:
        for _ in range(2):  # a reading that has begun already may miss the last change, the one after it does not
            if (version := await self._library.version()) == self._version:
                return
            if self._reading is None or self._reading.done():
                self._reading = asyncio.create_task(self._read(version))
            if not current and self._version is not None:
                return
            await asyncio.shield(self._reading)  # whoever gives up waiting does not stop it

    async def _read(self, version: int) -> None:
        self._tags = await self._library.tags(limit=EVERYTHING)
        self._photographers = await self._library.photographers()
        self._version = version


def _matching(counts: Counts, typed: str) -> Counts:
    wanted = fold(typed)
    if not wanted:
        return counts
    first = [pair for pair in counts if fold(pair[0]).startswith(wanted)]
    later = [pair for pair in counts if f" {wanted}" in f" {fold(pair[0])}" and pair not in first]
    return [*first, *later]
