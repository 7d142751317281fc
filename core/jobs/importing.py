"""An import that is divided: its source is read here, its batches are brought in by whoever works.

Where no worker is heard of, this process takes its batches itself, so that an import ends in any case.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import LibraryError
from core.ingest import ImportReport, Progress, chunks, no_progress
from core.jobs import ENRICH, IMPORT, enriching, queue_name
from core.jobs.records import candidate_record, merge_report, report_record
from core.jobs.working import Worker
from core.library import Library
from core.sources import Candidate, Given, Skipped, Source
from core.store.postgres.queue import Queue

HANDED_OUT = 64  # records in a batch: enough that a part is decoded while another is embedded
LOOKED_EVERY_S = 0.2  # for reports
WORKERS_COUNTED_EVERY_S = 2.0
MOST_WAITING = 256  # batches in the queue; a source may have millions of records
PATIENCE_S = 60.0  # with a server that is away
LEAST_PRIORITY = -1_000_000


@dataclass(slots=True)
class _Course:
    """How far an import is."""

    total: int
    read: bool = False  # the whole source
    report: ImportReport = field(default_factory=ImportReport)
    done: int = 0
    seen: set[str] = field(default_factory=set)
    here: list[Candidate] = field(default_factory=list)  # what can't be written down for others
    sizes: dict[int, int] = field(default_factory=dict)  # records in each batch that is not in yet
    jobs: dict[int, int] = field(default_factory=dict)  # their jobs, by batch


class Importing:
    """One import into a library of a shared store, through a queue that this import alone has opened."""

    def __init__(
        self, library: Library, queue: Queue, *, say: Callable[[], None] = lambda: None, batch_photos: int | None = None
    ) -> None:
        """Divide into batches of so many photos; `say` is called once, where no worker is heard of."""
        self._library = library
        self._queue = queue
        self._say = say
        self._size = batch_photos or 2 * library.options.batch_photos or HANDED_OUT
        self._name = queue_name(library.folder)
        self._id = secrets.token_hex(8)
        self._own: asyncio.Task[None] | None = None
        self._worker: Worker | None = None
        self._counted_at = 0.0

    async def run(self, source: Source, progress: Progress = no_progress) -> ImportReport:
        """Import `source`; return what happened. Raises LibraryError where a batch could not be brought in."""
        course = _Course(await asyncio.to_thread(len, source))
        try:
            await self._queue.keep_open(self._id, self._name)
            async for chunk in chunks(source, self._size):
                await self._hand_out(chunk, course)
                await self._collect(course, progress)
                while len(course.jobs) > MOST_WAITING:
                    await asyncio.sleep(LOOKED_EVERY_S)
                    await self._collect(course, progress)
            await self._queue.close(self._id)
            course.read = True
            if course.here:
                report = await self._library.import_from(Given(source.name, *course.here), enriched=False)
                merge_report(course.report, report_record(report))
                course.done += len(course.here)
                await self._ask_for_enriching()
            while course.jobs:
                await asyncio.sleep(LOOKED_EVERY_S)
                await self._collect(course, progress)
            await self._until_enriched()
        finally:
            if course.jobs:  # stopped: what nobody has begun is left alone
                with suppress(LibraryError):
                    await self._queue.withdraw(list(course.jobs.values()))
                    await self._queue.close(self._id)
            await self._end_own()
        course.report.removed += await self._library.gone(source, course.seen)
        return course.report

    async def _hand_out(self, chunk: Sequence[Candidate | Skipped], course: _Course) -> None:
        records: list[dict[str, Any]] = []
        for item in chunk:
            if isinstance(item, Skipped):
                course.report.skipped.append(item)
                course.done += 1
            elif item.key in course.seen:
                course.report.unchanged += 1
                course.done += 1
            else:
                course.seen.add(item.key)
                record = await asyncio.to_thread(candidate_record, item) if item.vector else candidate_record(item)
                if record is None:
                    course.here.append(item)
                else:
                    records.append(record)
        if not records:
            return
        batch = len(course.sizes)
        keys = [record["key"] for record in records]
        held = await self._library.held(keys)
        job = await self._queue.put(
            IMPORT,
            self._name,
            priority=max(-batch, LEAST_PRIORITY),  # imports that run at once take turns
            import_id=self._id,
            batch=batch,
            folder=str(self._library.folder.absolute()),
            fresh=[key for key in keys if key not in held],
            records=records,
        )
        course.sizes[batch] = len(records)
        course.jobs[batch] = job or 0

    async def _collect(self, course: _Course, progress: Progress) -> None:
        """Take the reports that have come, and see that somebody works."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                reports = await self._reports()
        except TimeoutError as error:
            raise LibraryError(
                "The database server can't be used at present ({trouble}). Try again in a moment.",
                trouble=type(error).__name__,
            ) from error
        self._merge(reports, course)
        progress(course.done, course.total)
        if course.jobs and time.monotonic() - self._counted_at > WORKERS_COUNTED_EVERY_S:
            self._counted_at = time.monotonic()
            await self._see_that_somebody_works()
            await self._see_that_nothing_is_lost(course)
            if not course.read:
                await self._queue.keep_open(self._id, self._name)

    def _merge(self, reports: Mapping[int, Mapping[str, Any]], course: _Course) -> None:
        for batch, report in reports.items():
            if course.jobs.pop(batch, None) is None:  # told twice: by a worker that had lost its lease
                continue
            if trouble := report.get("trouble"):
                raise LibraryError("A part of this import failed: {trouble}", trouble=trouble)
            merge_report(course.report, report)
            course.done += course.sizes[batch]

    async def _reports(self) -> dict[int, dict[str, Any]]:
        while True:
            try:
                return await self._queue.take_reports(self._id)
            except LibraryError:  # its server is away for a moment
                await asyncio.sleep(1)

    async def _see_that_somebody_works(self) -> None:
        if self._own is None and not await self._queue.workers():
            self._say()
            self._begin_own()

    async def _see_that_nothing_is_lost(self, course: _Course) -> None:
        waiting = set(course.jobs.values())
        if lost := waiting - await self._queue.unfinished(list(waiting)):
            self._merge(await self._reports(), course)  # those that ended just now
            if lost & set(course.jobs.values()):
                raise LibraryError("A part of this import was taken from the queue. Start the same import again.")

    async def _ask_for_enriching(self) -> None:
        folder = self._library.folder.absolute()
        await self._queue.put(ENRICH, self._name, alone=enriching(folder), folder=str(folder))

    async def _until_enriched(self) -> None:
        """Wait until the library is enriched, or another import goes on, which ends with that as well."""
        while await self._queue.count(self._name, ENRICH):
            await self._see_that_somebody_works()
            if self._own is None and await self._queue.count(self._name, IMPORT):
                return
            await asyncio.sleep(LOOKED_EVERY_S)

    def _begin_own(self) -> None:
        @asynccontextmanager
        async def opened(_: Path) -> AsyncIterator[Library]:
            yield self._library

        self._worker = Worker(self._queue, opened, only=self._library.folder)
        self._own = asyncio.create_task(self._worker.run())

    async def _end_own(self) -> None:
        if self._worker is not None and self._own is not None:
            self._worker.stop()
            await self._own
