"""The queue of jobs in PostgreSQL, kept by procrastinate in a schema of its own, and what its jobs bring back.

procrastinate brings its own driver, so a queue has connections of its own beside those of the libraries.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Self

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status

from core.errors import LibraryError

SCHEMA = "modaclip_jobs"
CONNECT_TIMEOUT_S = 10
MOST_CONNECTIONS = 4
MAKING = 0x6D6F646A  # the number of the lock that one process holds while it makes the tables
RESCUING = 0x6D6F6472  # and while it takes jobs away from workers that are gone
GIVEN_UP_AFTER = 5  # workers that were lost over one job
FORGOTTEN_AFTER_H = 72

_TABLES = """
CREATE TABLE IF NOT EXISTS reports (
    import_id  text NOT NULL,
    batch      integer NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    report     jsonb NOT NULL,
    PRIMARY KEY (import_id, batch)
);
CREATE TABLE IF NOT EXISTS reading (  -- imports that still put batches into a queue
    import_id text PRIMARY KEY,
    queue     text NOT NULL,
    heard_at  timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS serving (  -- workers that take the jobs of every library
    worker bigint PRIMARY KEY REFERENCES procrastinate_workers (id) ON DELETE CASCADE
);
"""


class Queue:
    """Jobs, who works on them, and their reports. Use `async with Queue.open(url)`."""

    def __init__(self, app: App, lease_s: float) -> None:
        self.app = app
        self.lease_s = lease_s  # a worker that is not heard of for so long has lost its jobs

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, lease_s: float = 30.0) -> AsyncIterator[Self]:
        """Connect, and make the tables where they are not there. Raises LibraryError when the server can't be used."""
        app = App(
            connector=PsycopgConnector(
                conninfo=url,
                kwargs={"options": f"-c search_path={SCHEMA}", "connect_timeout": CONNECT_TIMEOUT_S},
                min_size=1,
                max_size=MOST_CONNECTIONS,
            )
        )
        with explained():
            async with await _connect(url) as connection:
                await connection.execute("SELECT pg_advisory_lock(%s)", (MAKING,))
                await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
                await app.open_async()
                if not await app.check_connection_async():
                    await app.schema_manager.apply_schema_async()
                await app.connector.execute_query_async(_TABLES)
        try:
            yield cls(app, lease_s)
        finally:
            await app.close_async()

    async def put(
        self,
        task: str,
        queue: str,
        *,
        priority: int = 0,
        alone: str | None = None,
        in_s: float = 0.0,
        **arguments: Any,
    ) -> int | None:
        """Put a job into a queue; return its number.

        Of jobs with the same name in `alone` one may wait and one may run; where one waits, none is put and None
        returned.
        """
        options: dict[str, Any] = {"schedule_in": {"seconds": in_s}} if in_s else {}
        if alone is not None:
            options |= {"lock": alone, "queueing_lock": alone}
        job = self.app.configure_task(task, queue=queue, priority=priority, **options)
        with explained():
            try:
                return await job.defer_async(**arguments)
            except AlreadyEnqueued:
                return None

    async def write_report(self, import_id: str, batch: int, report: dict[str, Any]) -> None:
        """Keep what came of a batch; what was written first stands."""
        await self._execute(
            "INSERT INTO reports (import_id, batch, report) VALUES (%(import_id)s, %(batch)s, %(report)s) "
            "ON CONFLICT DO NOTHING",
            import_id=import_id,
            batch=batch,
            report=report,
        )

    async def take_reports(self, import_id: str) -> dict[int, dict[str, Any]]:
        """Return the reports of an import that were not taken before, by batch."""
        rows = await self._rows(
            "DELETE FROM reports WHERE import_id = %(import_id)s RETURNING batch, report", import_id=import_id
        )
        return {row["batch"]: row["report"] for row in rows}

    async def keep_open(self, import_id: str, queue: str) -> None:
        """Let it be known for another lease that an import still puts batches into a queue."""
        await self._execute(
            "INSERT INTO reading (import_id, queue) VALUES (%(import_id)s, %(queue)s) "
            "ON CONFLICT (import_id) DO UPDATE SET heard_at = now()",
            import_id=import_id,
            queue=queue,
        )

    async def close(self, import_id: str) -> None:
        """Let it be known that all batches of an import are in the queue."""
        await self._execute("DELETE FROM reading WHERE import_id = %(import_id)s", import_id=import_id)

    async def is_open(self, queue: str) -> bool:
        """Tell whether more batches are to come."""
        rows = await self._rows(
            "SELECT count(*) AS n FROM reading WHERE queue = %(queue)s "
            "AND heard_at > now() - make_interval(secs => %(lease_s)s)",
            queue=queue,
            lease_s=self.lease_s,
        )
        return bool(rows[0]["n"])

    async def unfinished(self, jobs: Sequence[int]) -> set[int]:
        """Return which of these jobs wait or run."""
        rows = await self._rows(
            "SELECT id FROM procrastinate_jobs WHERE id = ANY(%(jobs)s) AND status IN ('todo', 'doing')",
            jobs=list(jobs),
        )
        return {row["id"] for row in rows}

    async def count(self, queue: str, task: str) -> int:
        """Return how many jobs of a task wait or run."""
        rows = await self._rows(
            "SELECT count(*) AS n FROM procrastinate_jobs WHERE queue_name = %(queue)s AND task_name = %(task)s "
            "AND status IN ('todo', 'doing')",
            queue=queue,
            task=task,
        )
        return int(rows[0]["n"])

    async def withdraw(self, jobs: Sequence[int]) -> None:
        """Take jobs back that nobody has begun."""
        await self._execute(
            "DELETE FROM procrastinate_jobs WHERE id = ANY(%(jobs)s) AND status = 'todo'", jobs=list(jobs)
        )

    async def serve(self, worker: int) -> None:
        """Let it be known that a worker takes the jobs of every library."""
        await self._execute(
            "INSERT INTO serving SELECT id FROM procrastinate_workers WHERE id = %(worker)s ON CONFLICT DO NOTHING",
            worker=worker,
        )

    async def workers(self) -> int:
        """Return how many workers take the jobs of every library and were heard of lately."""
        rows = await self._rows(
            "SELECT count(*) AS n FROM serving JOIN procrastinate_workers ON id = worker "
            "WHERE last_heartbeat > now() - make_interval(secs => %(lease_s)s)",
            lease_s=self.lease_s,
        )
        return int(rows[0]["n"])

    async def beat(self, worker: int) -> None:
        """Let a worker be heard of."""
        with explained():
            await self.app.job_manager.update_heartbeat(worker)

    async def rescue(self) -> list[dict[str, Any]]:
        """Give the jobs of workers that are gone to others; return what was to be done and nobody shall try again.

        One process at a time does this, so that no job is given away twice.
        """
        given_up: list[dict[str, Any]] = []
        manager = self.app.job_manager
        with explained():
            async with self._pool.connection() as connection:
                got = await connection.execute("SELECT pg_try_advisory_xact_lock(%s)", (RESCUING,))
                if not (row := await got.fetchone()) or not row[0]:
                    return []
                for job in await manager.get_stalled_jobs(seconds_since_heartbeat=self.lease_s):
                    try:
                        if job.attempts + 1 < GIVEN_UP_AFTER:
                            await manager.retry_job(job)
                            continue
                        await manager.finish_job(job, Status.FAILED, delete_job=False)
                    except ConnectorException:  # it ended after all, or another that is the same waits already
                        if job.queueing_lock is not None:
                            await self._withdraw_running(job.id or 0)
                    else:
                        given_up.append(job.task_kwargs)
                await manager.prune_stalled_workers(self.lease_s)
        return given_up

    async def forgive(self, job: int) -> None:
        """Let an attempt that is about to be repeated not count."""
        await self._execute("UPDATE procrastinate_jobs SET attempts = attempts - 1 WHERE id = %(job)s", job=job)

    async def forget_old(self) -> None:
        """Forget jobs that failed, and reports that nobody has taken, after three days."""
        with explained():
            await self.app.job_manager.delete_old_jobs(
                FORGOTTEN_AFTER_H, include_failed=True, include_cancelled=True, include_aborted=True
            )
        for table, column in (("reports", "written_at"), ("reading", "heard_at")):
            await self._execute(
                f"DELETE FROM {table} WHERE {column} < now() - make_interval(hours => %(hours)s)",
                hours=FORGOTTEN_AFTER_H,
            )

    async def held_by(self, worker: int) -> set[int]:
        """Return the jobs that a worker is said to run."""
        rows = await self._rows(
            "SELECT id FROM procrastinate_jobs WHERE worker_id = %(worker)s AND status = 'doing'", worker=worker
        )
        return {row["id"] for row in rows}

    async def give_back(self, worker: int, jobs: Collection[int]) -> None:
        """Let jobs that a worker is said to run, and does not, be rescued like those of one that is gone."""
        await self._execute(
            "UPDATE procrastinate_jobs SET worker_id = NULL "
            "WHERE id = ANY(%(jobs)s) AND worker_id = %(worker)s AND status = 'doing'",
            jobs=list(jobs),
            worker=worker,
        )

    async def _withdraw_running(self, job: int) -> None:
        await self._execute("DELETE FROM procrastinate_jobs WHERE id = %(job)s AND status = 'doing'", job=job)

    @property
    def _pool(self) -> Any:
        return self.app.connector.pool  # type: ignore[attr-defined]

    async def _execute(self, query: Any, **values: Any) -> None:
        with explained():
            await self.app.connector.execute_query_async(query, **values)

    async def _rows(self, query: Any, **values: Any) -> list[dict[str, Any]]:
        with explained():
            return await self.app.connector.execute_query_all_async(query, **values)


@contextmanager
def explained() -> Iterator[None]:
    """Turn what is raised when the server can't be used into a LibraryError; no address and no password is in it."""
    try:
        yield
    except (ConnectorException, psycopg.Error, OSError) as error:
        trouble = error.__cause__ if isinstance(error, ConnectorException) and error.__cause__ else error
        raise LibraryError(
            "The database server can't be used at present ({trouble}). Try again in a moment.",
            trouble=type(trouble).__name__,
        ) from error


async def _connect(url: str) -> psycopg.AsyncConnection[Any]:
    return await psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S)
