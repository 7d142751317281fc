"""The commands that divide work among hosts: `modaclip worker`, and what `modaclip import` hands out."""

from __future__ import annotations

from bot.app import hidden_texts, library_options
from bot.cli import FOUND, Context
from bot.logs import keep_jobs_quiet, start_logging
from bot.work import WorkOptions, work
from core.ingest import ImportReport, Progress
from core.jobs import open_queue
from core.library import Library
from core.sources import Source
from core.sources.vectors import StoredVectors


async def run_worker(context: Context) -> int:
    """Embed what others import, until the program is told to stop."""
    settings = context.settings.worker
    start_logging(context.settings.bot.log_level, hidden=hidden_texts(context.settings))
    how = WorkOptions(
        concurrency=context.arguments.concurrency or settings.concurrency,
        lease_s=settings.lease_s,
        host=settings.host,
        health_port=settings.health_port,
    )
    await work(context.folder, library_options(context.settings), how)
    return FOUND


async def take_in(
    context: Context, library: Library, source: Source | StoredVectors, progress: Progress
) -> ImportReport:
    """Import a source: by whoever works where the store is shared, else here."""
    alone = context.arguments.here or not library.options.store.url
    if alone or isinstance(source, StoredVectors) or len(source) <= 1:
        return await library.import_from(source, progress)
    keep_jobs_quiet()

    def say() -> None:
        context.err.print("No worker is running, so this command does the work itself.")

    async with open_queue(library.options.store, context.settings.worker.lease_s) as queue:
        from core.jobs.importing import Importing  # brings procrastinate, which `open_queue` has looked for

        return await Importing(library, queue, say=say).run(source, progress)
