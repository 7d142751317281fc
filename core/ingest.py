"""Photos in: from a source to committed rows, every step overlapping the next.

Three stages run at once, joined by short queues: records are read, compared with the library and their pictures
decoded in a pool; batches are embedded on the encoder's thread, where the next always waits; finished batches are
committed. Order is kept from end to end and each batch is one transaction: an import that is killed has committed a
beginning of its source, and the same command goes on behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from core.encoder import EncoderService, Vectors
from core.errors import ModaclipError
from core.intake import Brought, Intake, Unchanged
from core.sources import Candidate, Skipped, Source
from core.sources.vectors import StoredVectors
from core.store import Arrival, Space, Store, pack

READ_AHEAD = 64  # records compared with the library at once
DECODED_AHEAD = 64  # records that are being looked at, or were, beyond the batch that fills
UNSPLASH_KEY = "unsplash:"
FILE_KEY = "file:"  # how the keys of photos from files begin; the absolute path follows

Progress: TypeAlias = Callable[[int, int], None]  # records done, records in all

Outcome: TypeAlias = Brought | Unchanged | Skipped
Vector: TypeAlias = npt.NDArray[np.floating]
_Place: TypeAlias = tuple[asyncio.Future[Vectors], int]  # a batch of the encoder, and a row of it


def no_progress(done: int, total: int) -> None:
    """Tell nobody how far the work is."""


@dataclass(slots=True)
class ImportReport:
    """What an import did, to be told in a few lines."""

    added: int = 0
    changed: int = 0  # a new picture under a known key
    updated: int = 0  # only the record changed: credit, title, tags
    unchanged: int = 0
    embedded: int = 0
    reused: int = 0  # vectors that were there already for the same bytes
    without_picture: int = 0
    skipped: list[Skipped] = field(default_factory=list)  # records and files that did not come in
    missing: list[Skipped] = field(default_factory=list)  # why pictures are missing of records that did
    removed: list[str] = field(default_factory=list)  # ids of photos whose file is gone

    @property
    def written(self) -> int:
        """How many photos were written."""
        return self.added + self.changed + self.updated


@dataclass(frozen=True, slots=True)
class _Batch:
    photos: Sequence[Brought]
    vectors: Sequence[tuple[Space, Vector] | None]  # one a photo; None leaves what stands


class Importer:
    """Takes sources into one library. The caller holds the library's lock, be it shared with other imports."""

    def __init__(
        self,
        store: Store,
        encoder: EncoderService,
        intake: Intake,
        space: Callable[[], Awaitable[Space]],
        *,
        batch_photos: int = 0,
    ) -> None:
        """Embed and commit so many photos together; 0: as many as the encoder is quickest with."""
        self._store = store
        self._encoder = encoder
        self._intake = intake
        self._space = space  # of the library's encoder; asked for only when there is something to embed
        self._batch_photos = batch_photos
        self._pending: dict[str, _Place] = {}  # by content hash: being embedded, or not committed yet
        self._claiming = asyncio.Lock()  # one batch at a time finds out what nobody else embeds

    async def run(self, source: Source, progress: Progress = no_progress) -> ImportReport:
        """Import `source`; return what happened. Raises the ModaclipError that stops it; what is committed stays."""
        report = ImportReport()
        seen: set[str] = set()
        outcomes: asyncio.Queue[asyncio.Task[Outcome] | None] = asyncio.Queue(DECODED_AHEAD)
        batches: asyncio.Queue[asyncio.Task[_Batch] | None] = asyncio.Queue(1)
        total = await asyncio.to_thread(len, source)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read(group, source, seen, outcomes))
                group.create_task(self._embed(group, outcomes, batches, report, lambda done: progress(done, total)))
                group.create_task(self._commit(batches, report))
        except ExceptionGroup as errors:
            known = next((error for error in errors.exceptions if isinstance(error, ModaclipError)), None)
            if known is None:
                raise
            raise known from None
        report.removed = await gone(self._store, source, seen)
        return report

    async def _read(
        self,
        group: asyncio.TaskGroup,
        source: Source,
        seen: set[str],
        outcomes: asyncio.Queue[asyncio.Task[Outcome] | None],
    ) -> None:
        async for chunk in chunks(source, READ_AHEAD):
            known = await self._store.photos.known([item.key for item in chunk if isinstance(item, Candidate)])
            for item in chunk:
                if isinstance(item, Skipped) or item.key in seen:
                    outcome = _already(item if isinstance(item, Skipped) else Unchanged())
                else:
                    outcome = self._intake.receive(item, known.get(item.key))
                    seen.add(item.key)
                await outcomes.put(group.create_task(outcome))
        await outcomes.put(None)

    async def _embed(
        self,
        group: asyncio.TaskGroup,
        outcomes: asyncio.Queue[asyncio.Task[Outcome] | None],
        batches: asyncio.Queue[asyncio.Task[_Batch] | None],
        report: ImportReport,
        progress: Callable[[int], None],
    ) -> None:
        waiting: list[Brought] = []
        size = self._batch_photos
        done = 0
        while (task := await outcomes.get()) is not None:
            outcome = await task
            progress(done := done + 1)
            if isinstance(outcome, Brought):
                waiting.append(outcome)
                if not size and outcome.prepared is not None:  # only now: it may load the weights
                    size = await self._encoder.batch_photos()
            elif isinstance(outcome, Skipped):
                report.skipped.append(outcome)
            else:
                report.unchanged += 1
                report.missing += [outcome.problem] if outcome.problem else []
            if len(waiting) >= (size or READ_AHEAD):
                await batches.put(group.create_task(self._with_vectors(waiting, report)))
                waiting = []
        if waiting:
            await batches.put(group.create_task(self._with_vectors(waiting, report)))
        await batches.put(None)

    async def _with_vectors(self, photos: Sequence[Brought], report: ImportReport) -> _Batch:
        """Return the photos with their vectors: stored ones, those of the same bytes, the rest from the encoder."""
        vectors: list[tuple[Space, Vector] | None] = [await self._stored_vector(brought) for brought in photos]
        places = [i for i, brought in enumerate(photos) if brought.prepared is not None and vectors[i] is None]
        if not places:
            return _Batch(photos, vectors)
        async with self._claiming:
            space = await self._space()
            hashes = {i: photos[i].photo.content_hash or "" for i in places}
            pending = {name: self._pending[name] for name in hashes.values() if name in self._pending}
            ready = await self._store.vectors.by_content(space, list(hashes.values()))
            fresh = {
                hashes[i]: prepared
                for i in places
                if hashes[i] not in ready and hashes[i] not in pending and (prepared := photos[i].prepared) is not None
            }
            if fresh:
                made = asyncio.ensure_future(self._encoder.encode_prepared(list(fresh.values())))
                claimed = {name: (made, row) for row, name in enumerate(fresh)}
                self._pending |= claimed
                pending |= claimed
        report.embedded += len(fresh)
        report.reused += len(places) - len(fresh)
        for i in places:
            if (vector := ready.get(hashes[i])) is None:
                batch, row = pending[hashes[i]]
                vector = (await batch)[row]
            vectors[i] = (space, vector)
        return _Batch(photos, vectors)

    async def _stored_vector(self, brought: Brought) -> tuple[Space, Vector] | None:
        stored = brought.candidate.vector
        if stored is None:
            return None
        return await self._store.named_space(stored.encoder, "", len(stored.vector)), stored.vector

    async def _commit(self, batches: asyncio.Queue[asyncio.Task[_Batch] | None], report: ImportReport) -> None:
        while (task := await batches.get()) is not None:
            batch = await task
            arrivals = [_arrival(brought) for brought in batch.photos]
            await self._store.write_photos(arrivals, batch.vectors)
            for brought in batch.photos:
                self._pending.pop(brought.photo.content_hash or "", None)
                _count(report, brought)


async def gone(store: Store, source: Source, seen: Collection[str]) -> list[str]:
    """Return the ids of photos that came from this source's folder, were not `seen` there and have no file any more."""
    folder: Path | None = getattr(source, "folder", None)
    if folder is None:
        return []
    standing = await store.photos.keys_under(f"{FILE_KEY}{folder}/")
    missing = [(key, photo_id) for key, photo_id in standing.items() if key not in seen]
    return await asyncio.to_thread(
        lambda: [photo_id for key, photo_id in missing if not Path(key.removeprefix(FILE_KEY)).exists()]
    )


async def attach_vectors(store: Store, source: StoredVectors, progress: Progress = no_progress) -> ImportReport:
    """Give photos of Unsplash that are in the library the vectors that were stored for them elsewhere."""
    report = ImportReport()
    items = await asyncio.to_thread(list, source)
    report.skipped += [item for item in items if isinstance(item, Skipped)]
    pairs = [item for item in items if not isinstance(item, Skipped)]
    known = await store.photos.known([UNSPLASH_KEY + photo_id for photo_id, _ in pairs])
    found: dict[Space, dict[int, Vector]] = {}
    for photo_id, stored in pairs:
        photo = known.get(UNSPLASH_KEY + photo_id)
        if photo is None:
            report.skipped.append(Skipped(photo_id, "The library has no such photo. Import its record first."))
            continue
        space = await store.named_space(stored.encoder, "", len(stored.vector))
        found.setdefault(space, {})[photo.n] = stored.vector
    for space, vectors in found.items():
        standing = await store.vectors.get(space, vectors)
        changed = {n: v for n, v in vectors.items() if n not in standing or pack(v) != standing[n].tobytes()}
        await store.vectors.write(space, changed)
        report.updated += len(changed)
        report.unchanged += len(vectors) - len(changed)
    progress(len(items), len(items))
    return report


def _arrival(brought: Brought) -> Arrival:
    size, mtime_ns = brought.stamp or (None, None)
    return Arrival(brought.candidate.key, brought.photo, brought.record_hash, size, mtime_ns)


def _count(report: ImportReport, brought: Brought) -> None:
    if brought.known is None:
        report.added += 1
    elif brought.prepared is not None:
        report.changed += 1
    else:
        report.updated += 1
    if brought.photo.content_hash is None:
        report.without_picture += 1
    if brought.problem is not None:
        report.missing.append(brought.problem)


async def _already(outcome: Outcome) -> Outcome:
    return outcome


async def chunks(source: Source, size: int) -> AsyncIterator[list[Candidate | Skipped]]:
    """Yield a source's records in lists of at most `size`.

    They are read on one thread of their own: sources may hold a SQLite connection.
    """
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, thread_name_prefix="source") as thread:
        records = await loop.run_in_executor(thread, iter, source)
        while chunk := await loop.run_in_executor(thread, lambda: list(islice(records, size))):
            yield chunk
