"""Making one store's library the same as another's, page by page, and telling whether it is.

A pass goes through both side by side, by number, and compares a checksum of each photo's rows: what differs is written,
what the source has no more is taken away. So a pass copies, a later one brings what has changed since, one after a
breakdown goes on where that one stopped, and one that finds nothing is the proof. A page is all that is in memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

from core.ingest import Progress
from core.moving.values import Contents, Tally
from core.store.raw import BoardRows, PhotoRows, Raw, RawRows

PAGE_PHOTOS, PAGE_BOARDS = 500, 20

Key = TypeVar("Key", int, str)


class _Rows(Protocol):
    def checksum(self) -> bytes:
        """Return what differs wherever the rows do."""


Rows = TypeVar("Rows", bound=_Rows)


@dataclass(frozen=True, slots=True)
class Passed:
    """What one pass found."""

    written: int  # photos and boards that differed or were new
    removed: int  # photos and boards that the source has no more
    source: Contents
    target: Contents  # as it was before this pass

    @property
    def same(self) -> bool:
        """Whether there was nothing to carry over."""
        return self.source == self.target  # whose checksum is over the heads as well


@dataclass(frozen=True, slots=True)
class _Step(Generic[Key, Rows]):
    """The next rows of both sides, with their checksums, up to one key."""

    source: dict[Key, tuple[Rows, bytes]]
    target: dict[Key, tuple[Rows, bytes]]

    @property
    def differing(self) -> list[Rows]:
        """Rows of the source that the target has not as they are."""
        return [rows for key, (rows, checksum) in self.source.items() if self.target.get(key, (0, b""))[1] != checksum]

    @property
    def gone(self) -> list[Key]:
        """Keys that only the target has."""
        return [key for key in self.target if key not in self.source]

    def count(self, own: Callable[[Rows, bytes], None], other: Callable[[Rows, bytes], None]) -> None:
        """Tell each side's tally of its rows."""
        for side, add in ((self.source, own), (self.target, other)):
            for rows, checksum in side.values():
                add(rows, checksum)


async def carry_over(source: RawRows, target: Raw, progress: Progress, total: int) -> Passed:
    """Make the target what the source is now; return what differed. `total` photos are expected."""
    heads = await source.head(), await target.head()
    own, other = Tally(heads[0]), Tally(heads[1])
    if heads[0] != heads[1]:
        await target.write_head(heads[0])
    written = removed = 0
    async for photos in _steps(source.photos, target.photos, 0, PAGE_PHOTOS, attrgetter("n")):
        photos.count(own.add_photo, other.add_photo)
        differing, gone = photos.differing, photos.gone
        if differing or gone:
            await target.write_photos([*differing, *map(PhotoRows, gone)])
        written, removed = written + len(differing), removed + len(gone)
        progress(own.photos, max(own.photos, total))
    async for boards in _steps(source.boards, target.boards, "", PAGE_BOARDS, attrgetter("id")):
        boards.count(own.add_board, other.add_board)
        changed, lost = boards.differing, boards.gone
        if changed or lost:
            await target.write_boards([*changed, *map(BoardRows, lost)])
        written, removed = written + len(changed), removed + len(lost)
    return Passed(written, removed, own.contents(), other.contents())


async def contents_of(rows: RawRows) -> Contents:
    """Return what a library holds."""
    tally, after, last = Tally(await rows.head()), 0, ""
    while page := await rows.photos(after, PAGE_PHOTOS):
        for photo, checksum in await asyncio.to_thread(_summed, page):
            tally.add_photo(photo, checksum)
        after = page[-1].n
    while boards := await rows.boards(last, PAGE_BOARDS):
        for board in boards:
            tally.add_board(board, board.checksum())
        last = boards[-1].id
    return tally.contents()


async def _steps(
    read_source: Callable[[Key, int], Awaitable[list[Rows]]],
    read_target: Callable[[Key, int], Awaitable[list[Rows]]],
    after: Key,
    limit: int,
    key_of: Callable[[Rows], Key],
) -> AsyncIterator[_Step[Key, Rows]]:
    """Yield the rows of both sides side by side. A full page's last key says how far both were read."""
    while True:
        own, other = await asyncio.gather(read_source(after, limit), read_target(after, limit))
        if not own and not other:
            return
        ends = [key_of(page[-1]) for page in (own, other) if len(page) == limit]
        after = min(ends) if ends else max(key_of(page[-1]) for page in (own, other) if page)
        sides = [[rows for rows in page if key_of(rows) <= after] for page in (own, other)]
        summed = await asyncio.to_thread(lambda pages: [_summed(page) for page in pages], sides)
        yield _Step(*({key_of(rows): (rows, checksum) for rows, checksum in side} for side in summed))


def _summed(page: Sequence[Rows]) -> list[tuple[Rows, bytes]]:
    return [(rows, rows.checksum()) for rows in page]
