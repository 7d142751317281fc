"""Whoever works: takes jobs from the queue, does each by the code of an ordinary import, and loses none when it dies.

A worker is heard of at every third of its lease. One that is not has lost its jobs, and another takes them up; they are
written by key, so what it had committed is found there and nothing is there twice.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from procrastinate import JobContext, RetryDecision
from procrastinate.jobs import Job
from procrastinate.retry import BaseRetryStrategy
from procrastinate.worker import Worker as JobWorker

from core.boards.shelf import KEPT_DELETED, Shelf
from core.encoder import EncoderServices
from core.errors import LibraryBusy, LibraryError, ModaclipError
from core.ingest import ImportReport
from core.jobs import ENRICH, IMPORT, TIDY, TIDYING, enriching, queue_name
from core.jobs.records import read_candidate, report_record
from core.library import Library
from core.options import LibraryOptions
from core.sources import Given
from core.store import Stores
from core.store.postgres.queue import Queue, explained
from core.waiting import happens_within

log = logging.getLogger(__name__)

TRIED = 3  # times, where a job fails
TRIED_AGAIN_S = 10  # after it failed
PATIENCE_S = 5.0  # for a library that is being repaired or moved; then other jobs come first
LOOKED_AGAIN_S = 1.0  # whether the last batch is in, so that the whole library can be enriched
ASKED_EVERY_S = 1.0  # for jobs whose time has come; of others the server tells
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 15.0  # before a server that is away is tried again
TIDIED_AT = "17 3 * * *"

OpenLibrary: TypeAlias = Callable[[Path], AbstractAsyncContextManager[Library]]


@dataclass(slots=True)
class Done:
    """What a worker has done so far."""

    batches: int = 0
    photos: int = 0  # looked at, whether new or not
    failures: int = 0
    seconds: float = 0.0  # over batches


class Worker:
    """Works until it is told to stop; then it ends what it has begun."""

    def __init__(
        self, queue: Queue, open_library: OpenLibrary, *, concurrency: int = 1, stores: Stores | None = None,
        only: Path | None = None, kept_deleted: timedelta = KEPT_DELETED,
    ) -> None:  # fmt: skip
        """Take the jobs of the library in `only`, or else of all, and look after the `stores` that they are in."""
        self._kept_deleted = kept_deleted
        self.done = Done()
        self._queue = queue
        self._open = open_library
        self._stores = stores
        self._only = only
        self._stopping = asyncio.Event()
        self._running: set[int] = set()  # jobs
        self._worker: JobWorker | None = None
        self._concurrency = concurrency
        queue.app.task(name=IMPORT, retry=_Again(), pass_context=True)(self._import)
        queue.app.task(name=ENRICH)(self._enrich)
        if only is None:
            tidy = queue.app.task(name=TIDY, queue=TIDYING, queueing_lock=TIDY)(self._tidy)
            queue.app.periodic(cron=TIDIED_AT)(tidy)

    @property
    def alive(self) -> bool:
        """Whether it takes jobs."""
        return self._worker is not None and self._worker.worker_id is not None and not self._stopping.is_set()

    def stop(self) -> None:
        """Let it end after what it has begun."""
        self._stopping.set()
        if self._worker is not None:
            self._worker.stop()  # type: ignore[no-untyped-call]

    async def run(self) -> None:
        """Work until `stop` is called, also over times at which the server is away."""
        pause_s = SHORTEST_PAUSE_S
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                with explained():
                    await self._work()
            except LibraryError as error:
                log.warning("the queue can't be used", extra={"trouble": error.gist})
            if time.monotonic() - began > LONGEST_PAUSE_S:
                pause_s = SHORTEST_PAUSE_S
            if not self._stopping.is_set():
                await happens_within(self._stopping, pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _work(self) -> None:
        lease_s = self._queue.lease_s
        self._worker = JobWorker(
            self._queue.app,
            queues=None if self._only is None else [queue_name(self._only)],
            concurrency=self._concurrency,
            fetch_job_polling_interval=min(ASKED_EVERY_S, lease_s / 3),
            delete_jobs="successful",
            install_signal_handlers=False,
            update_heartbeat_interval=lease_s / 3,
            stalled_worker_timeout=lease_s,
            worker_middleware=[self._run_job],
        )
        leasing = asyncio.create_task(self._keep_leases(self._worker))
        try:
            if self._stopping.is_set():
                return
            await self._worker.run()  # type: ignore[no-untyped-call]
        finally:
            leasing.cancel()
            await asyncio.gather(leasing, return_exceptions=True)

    async def _run_job(self, run: Callable[[], Awaitable[Any]], context: JobContext, _: JobWorker) -> Any:
        self._running.add(context.job.id or 0)
        try:
            return await run()
        finally:
            self._running.discard(context.job.id or 0)

    async def _keep_leases(self, worker: JobWorker) -> None:
        """Be heard of, also while the last jobs end, and take over from workers that are not."""
        known, idle_before = False, set[int]()
        while True:
            number = worker.worker_id
            if number is None:  # it is about to begin, or has ended
                await asyncio.sleep(0.01)
                continue
            try:
                if self._only is None and not known:
                    await self._queue.serve(number)
                    known = True
                    log.info("working", extra={"worker": number, "concurrency": self._concurrency})
                await self._queue.beat(number)
                idle = await self._queue.held_by(number) - self._running
                if lost := idle & idle_before:  # whose end could not be written down: the server was away
                    await self._queue.give_back(number, lost)
                idle_before = idle
                for hopeless in await self._queue.rescue():
                    await self._give_up(hopeless, "Several workers were lost over it.")
            except LibraryError as error:
                log.warning("the queue could not be asked", extra={"trouble": error.gist})
            await asyncio.sleep(self._queue.lease_s / 3)

    async def _import(
        self, context: JobContext, import_id: str, batch: int, folder: str, fresh: list[str],
        records: list[dict[str, Any]],
    ) -> None:  # fmt: skip
        """Take in one batch of an import's candidates."""
        began = time.monotonic()
        place, attempts = Path(folder), context.job.attempts
        about = {"library": place.name, "import": import_id, "batch": batch, "attempt": attempts + 1}
        try:
            async with self._open(place) as library:
                before = await library.held(fresh) if attempts else set()
                source = Given(place.name, *map(read_candidate, records))
                report = await library.import_from(source, patience_s=PATIENCE_S, enriched=False)
        except LibraryBusy:
            await self._queue.forgive(context.job.id or 0)
            raise
        except Exception as error:
            self.done.failures += 1
            log.warning("a batch failed", extra=about | {"trouble": _said(error)})
            if attempts + 1 >= TRIED:
                await self._give_up({"import_id": import_id, "batch": batch}, _said(error))
            raise
        # an attempt before this one may have brought them, and did not live to say so
        brought = min(len(before), report.unchanged)
        report.added, report.unchanged = report.added + brought, report.unchanged - brought
        await self._queue.put(ENRICH, queue_name(place), alone=enriching(place), folder=folder)
        await self._queue.write_report(import_id, batch, report_record(report))
        self._count(len(records), time.monotonic() - began, about, report)

    async def _enrich(self, folder: str, tried: int = 0) -> None:
        """Bring a whole library up to date, once its last batch is in."""
        place = Path(folder)
        again = partial(self._queue.put, ENRICH, queue_name(place), alone=enriching(place), folder=folder)
        name = queue_name(place)
        try:
            if await self._queue.is_open(name) or await self._queue.count(name, IMPORT):
                await again(in_s=LOOKED_AGAIN_S)
                return
            async with self._open(place) as library:
                await library.enrich(patience_s=PATIENCE_S)
        except LibraryBusy:
            await again(in_s=TRIED_AGAIN_S, tried=tried)
        except Exception:
            log.exception("a library could not be enriched", extra={"library": place.name})
            self.done.failures += 1
            if tried + 1 < TRIED:
                await again(in_s=TRIED_AGAIN_S, tried=tried + 1)
        else:
            log.info("enriched", extra={"library": place.name})

    async def _tidy(self, timestamp: int) -> None:
        """Forget what is old: jobs, reports, and boards that were deleted."""
        await self._queue.forget_old()
        forgotten = 0
        if self._stores is not None:
            for key in await self._stores.keys():
                async with self._stores.open(Path(key)) as store:
                    forgotten += await Shelf(store, kept_deleted=self._kept_deleted).purge()
        log.info("tidied", extra={"boards": forgotten, "due": timestamp})

    async def _give_up(self, job: Mapping[str, Any], why: str) -> None:
        if "import_id" in job:
            await self._queue.write_report(job["import_id"], job["batch"], {"trouble": why})

    def _count(self, photos: int, seconds: float, about: Mapping[str, object], report: ImportReport) -> None:
        self.done.batches += 1
        self.done.photos += photos
        self.done.seconds += seconds
        counts = {"written": report.written, "unchanged": report.unchanged, "skipped": len(report.skipped)}
        log.info("a batch is in", extra={**about, **counts, "seconds": round(seconds, 3)})


class _Again(BaseRetryStrategy):
    """Tries a batch again where another attempt may help."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when it is tried again, or None."""
        if isinstance(exception, LibraryBusy):
            return RetryDecision(retry_in={"seconds": TRIED_AGAIN_S})
        if isinstance(exception, Exception) and job.attempts + 1 < TRIED:
            return RetryDecision(retry_in={"seconds": TRIED_AGAIN_S})
        return None


class Libraries:
    """Libraries of one program, each opened when a job first asks for it. Use `async with`."""

    def __init__(self, options: LibraryOptions, services: EncoderServices, stores: Stores) -> None:
        self._options = options
        self._services = services
        self._stores = stores
        self._opened: dict[Path, Library] = {}
        self._opening = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._decoders = self._stack.enter_context(options.make_decoders())

    async def __aenter__(self) -> Libraries:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @asynccontextmanager
    async def open(self, folder: Path) -> AsyncIterator[Library]:
        """Yield the library of a folder. Raises LibraryError when there is none."""
        async with self._opening:
            if folder not in self._opened:
                self._opened[folder] = await self._stack.enter_async_context(
                    Library.open(
                        folder,
                        self._options,
                        any_encoder=True,
                        services=self._services,
                        stores=self._stores,
                        decoders=self._decoders,
                    )
                )
        yield self._opened[folder]


def _said(error: BaseException) -> str:
    return str(error) if isinstance(error, ModaclipError) else type(error).__name__
