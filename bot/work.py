"""`modaclip worker`: embeds what others import, on a host of its own.

It says in its log what it does, and at an address of its own how it is.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from bot.metrics import Metrics
from core.encoders import choose
from core.jobs import open_queue
from core.library import Library, LibraryOptions

if TYPE_CHECKING:
    from core.jobs.working import Worker

log = logging.getLogger(__name__)
LONGEST_REQUEST = 8192  # bytes
REQUEST_S = 5.0
NICENESS = 15  # whoever answers people on the same host comes first


@dataclass(frozen=True, slots=True)
class WorkOptions:
    """How a worker works."""

    concurrency: int = 1  # batches at the same time
    lease_s: float = 30.0
    host: str = "127.0.0.1"
    health_port: int = 0  # 0: it tells nobody how it is


async def work(folder: Path, options: LibraryOptions, how: WorkOptions) -> None:
    """Take jobs until SIGTERM or SIGINT, then end what was begun.

    The encoder of the library in `folder` is loaded before, or the one that a new library would get. Raises
    LibraryError where no store is shared or it can't be reached, and EncoderUnavailable.
    """
    async with AsyncExitStack() as stack:
        queue = await stack.enter_async_context(open_queue(options.store, how.lease_s))
        if hasattr(os, "nice"):
            os.nice(NICENESS)
        from core.jobs.working import Libraries, Worker  # bring procrastinate, which `open_queue` has looked for

        stores = await stack.enter_async_context(options.make_stores())
        services = await stack.enter_async_context(options.make_services())
        libraries = await stack.enter_async_context(Libraries(options, services, stores))
        if await Library.exists(folder, stores=stores):
            async with libraries.open(folder) as library:
                name = library.encoder.encoder.name
        else:
            name = (await asyncio.to_thread(choose, options.encoder)).name
        log.info("loading the encoder", extra={"encoder": name})
        await services.get(name).fingerprint()
        kept_deleted = timedelta(days=options.deleted_boards_days)
        worker = Worker(queue, libraries.open, concurrency=how.concurrency, stores=stores, kept_deleted=kept_deleted)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, worker.stop)
        if how.health_port:
            await stack.enter_async_context(_telling(worker, how))
        await worker.run()
        done = worker.done
        log.info("ended", extra={"batches": done.batches, "photos": done.photos, "failures": done.failures})


class _Measures(Collector):
    """What a worker has done, as Prometheus asks for it."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Yield the figures."""
        done = self._worker.done
        yield CounterMetricFamily("modaclip_worker_batches", "Batches that this worker has brought in", done.batches)
        yield CounterMetricFamily("modaclip_worker_photos", "Records that it has looked at", done.photos)
        yield CounterMetricFamily("modaclip_worker_failures", "Attempts that failed", done.failures)
        yield CounterMetricFamily("modaclip_worker_seconds", "Seconds that its batches took", done.seconds)


@asynccontextmanager
async def _telling(worker: Worker, how: WorkOptions) -> AsyncIterator[None]:
    """Answer /healthz and /metrics: two words of HTTP, for which no server is needed."""
    registry = CollectorRegistry()
    registry.register(_Measures(worker))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(REQUEST_S):
                request = await reader.readuntil(b"\r\n\r\n")
                path = request.split(b" ", 2)[1:2]
                if path == [b"/healthz"]:
                    status, body = (HTTPStatus.OK if worker.alive else HTTPStatus.SERVICE_UNAVAILABLE), b""
                elif path == [b"/metrics"]:
                    status, body = HTTPStatus.OK, generate_latest(registry)
                else:
                    status, body = HTTPStatus.NOT_FOUND, b""
                head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {Metrics.content_type}\r\n"
                writer.write(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # who asked is gone, or asks for something else
        finally:
            writer.close()

    server = await asyncio.start_server(answer, how.host, how.health_port, limit=LONGEST_REQUEST)
    async with server:
        yield
