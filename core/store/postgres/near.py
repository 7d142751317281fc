"""Which vectors are near to one, asked of pgvector by the plan that costs least.

A small space is compared as a whole, and so are the photos that a filter leaves where they are few. A large space has
a graph (HNSW) of its own. Where a filter leaves many, the graph is walked outwards from what is asked for, with
pgvector's iterative scan, and what the filter does not allow is passed over here: a plain index scan looks at the
nearest only and then filters, which loses nearly all where the filter goes with the content.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from core.errors import LibraryError
from core.store.database import Row
from core.store.postgres.library import LibraryDatabase
from core.store.postgres.server import Server, closed
from core.store.postgres.statements import PostgresTransaction
from core.store.postgres.vectors import halves, sent
from core.store.values import Half, Numbers, Space, Vector

EXACT_UP_TO = 20_000  # vectors of a space; from here on a graph answers sooner than a comparison with all of them
# What a plan costs, counted in photos that are compared one by one, which is what a filter's photos are otherwise
# (`benchmarks/searching.py --store` at 50,000): to walk the graph at all, and each photo that is met on the way.
WALK_COST, MET_COST = 12_000, 1.5
LEAST_EF, MOST_EF = 512, 1000  # candidates that a scan keeps in view; pgvector takes 1,000 at most
PATIENCE = 2  # times as many photos as expected are met before the walk is given up
FIRST_MET = 100  # where of so many fewer than half as many as expected are allowed, a filter goes against what is asked
CONNECTIVITY, EF_CONSTRUCTION = 16, 128
MOST_INDEXED_DIMENSIONS = 4000  # of a halfvec
GRAPH_BYTES = 400  # of a vector in the graph beside its values; what building it in memory needs
MOST_MEMORY_MB = 4096
PARTITIONED = "p"  # what kind of table a partitioned one is, as pg_class has it


class NearTable:
    """Finds near vectors of one library."""

    def __init__(self, database: LibraryDatabase, server: Server) -> None:
        self._database = database
        self._server = server
        self._key = database.key

    async def around(
        self, space: Space, direction: Vector, count: int, *, allowed: Numbers | None, also: Numbers
    ) -> tuple[Numbers, Half]:
        """Return numbers, ascending, and vectors of about the `count` nearest, and of those of `also` that have one."""

        async def read(transaction: PostgresTransaction) -> list[Row]:
            found = await self._near(transaction, space, sent(direction), count, allowed)
            missing = np.setdiff1d(also, np.array([row[0] for row in found], np.int64))
            return found + (await self._of(transaction, space, missing) if missing.size else [])

        rows = await self._database.read(read)
        rows.sort(key=lambda row: row[0])
        return np.array([row[0] for row in rows], np.int64), halves([row[1] for row in rows], space.dimensions)

    async def _near(
        self, transaction: PostgresTransaction, space: Space, direction: bytes, count: int, allowed: Numbers | None
    ) -> list[Row]:
        size = 0 if allowed is not None and len(allowed) <= WALK_COST else await self._graph_size(transaction, space)
        if size and allowed is None:
            return await self._by_graph(transaction, space, direction, count)
        if size and allowed is not None and WALK_COST + MET_COST * count * size / len(allowed) < len(allowed):
            found = await self._walked(transaction, space, direction, count, allowed, size)
            if found is not None:
                return await self._of(transaction, space, found)
        return await self._exactly(transaction, space, direction, count, allowed)

    async def _exactly(
        self, transaction: PostgresTransaction, space: Space, direction: bytes, count: int, allowed: Numbers | None
    ) -> list[Row]:
        """Compare every vector, or those of allowed photos; by inner product, since vectors have length one."""
        among = "" if allowed is None else "AND photo = ANY(?) "
        return await transaction.rows(
            f"SELECT photo, vector FROM vectors WHERE library = ? AND space = ? AND vector IS NOT NULL {among}"
            "ORDER BY vector <#> ? LIMIT ?",
            (self._key, space.id, *([] if allowed is None else [allowed.tolist()]), direction, count),
        )

    async def _of(self, transaction: PostgresTransaction, space: Space, numbers: Numbers) -> list[Row]:
        return await transaction.rows(
            "SELECT photo, vector FROM vectors "
            "WHERE library = ? AND space = ? AND photo = ANY(?) AND vector IS NOT NULL",
            (self._key, space.id, numbers.tolist()),
        )

    async def _by_graph(
        self, transaction: PostgresTransaction, space: Space, direction: bytes, count: int
    ) -> list[Row]:
        connection = transaction.connection
        async with connection.transaction():
            await connection.execute(_settings(count, most_scanned=PATIENCE * count))
            found = await connection.fetch(
                f"SELECT photo, vector FROM vectors WHERE {self._rows_of(space)} "
                f"ORDER BY vector::halfvec({space.dimensions}) <#> $1 LIMIT $2",
                direction,
                count,
            )
        return list(found)

    async def _walked(
        self, transaction: PostgresTransaction, space: Space, direction: bytes, count: int, allowed: Numbers, size: int
    ) -> Numbers | None:
        """Return `count` or more of the allowed among the nearest; None where there are not as many as are expected.

        That is where a filter goes against what is asked for: the graph is then left at its edge, where it loses some.
        """
        connection = transaction.connection
        share = min(1.0, len(allowed) / size)
        most = int(PATIENCE * count / share)
        kept: list[Numbers] = []
        found = 0
        async with connection.transaction():
            await connection.execute(_settings(count, most_scanned=most))
            cursor = await connection.cursor(
                f"SELECT photo FROM vectors WHERE {self._rows_of(space)} "
                f"ORDER BY vector::halfvec({space.dimensions}) <#> $1",
                direction,
            )
            for wanted in (FIRST_MET, *[count] * (1 + most // count)):
                part = np.array([row[0] for row in await cursor.fetch(wanted)], np.int64)
                kept.append(part[np.isin(part, allowed)])
                found += len(kept[-1])
                if len(kept) == 1 and found < 0.5 * share * FIRST_MET:
                    return None
                if found >= count or len(part) < wanted:
                    break
        return np.concatenate(kept) if found >= count else None

    # The graph

    async def prepare(self, space: Space, exact_limit: int) -> None:
        """Build a graph for a space of more vectors than are compared one by one, while others go on reading it."""
        if await self._database.read(lambda transaction: self._graph_size(transaction, space)):
            return  # the server keeps it up to date
        value = await self._database.value(
            "SELECT count(vector) FROM vectors WHERE library = ? AND space = ?", (self._key, space.id)
        )
        count = int(value)
        if count <= min(exact_limit, EXACT_UP_TO) or space.dimensions > MOST_INDEXED_DIMENSIONS:
            return
        with self._server.explained():
            connection = await self._server.connect()
            try:
                await self._build(connection, space, count)
            except self._server.driver.PostgresError as error:
                raise LibraryError(
                    "The index for searching could not be built ({trouble}). Searches compare every photo until it is.",
                    trouble=type(error).__name__,
                ) from error
            finally:
                await closed(connection)

    async def _build(self, connection: Any, space: Space, count: int) -> None:
        name = self._name(space)
        valid = await connection.fetchval("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)", name)
        if valid:
            return
        megabytes = min(MOST_MEMORY_MB, 64 + count * (2 * space.dimensions + GRAPH_BYTES) * 3 // 2 // 2**20)
        await connection.execute(f"SET maintenance_work_mem = '{megabytes}MB'")
        if valid is not None:  # what a build that was broken off has left
            await connection.execute(f"DROP INDEX IF EXISTS {name}")
        kind = await connection.fetchval("SELECT relkind::text FROM pg_class WHERE oid = to_regclass('vectors')")
        beside = "" if kind == PARTITIONED else "CONCURRENTLY"  # writers need not wait, where the server can do that
        await connection.execute(
            f"CREATE INDEX {beside} IF NOT EXISTS {name} ON vectors "
            f"USING hnsw ((vector::halfvec({space.dimensions})) halfvec_ip_ops) "
            f"WITH (m = {CONNECTIVITY}, ef_construction = {EF_CONSTRUCTION}) WHERE {self._rows_of(space)}"
        )

    async def drop(self, space: Space) -> None:
        """Drop the graph of a space that is gone."""
        with self._server.explained():
            await self._server.pool.execute(f"DROP INDEX IF EXISTS {self._name(space)}")

    async def _graph_size(self, transaction: PostgresTransaction, space: Space) -> int:
        """Return about how many vectors are in a space's graph; 0 where it has none."""
        rows = await transaction.rows(
            "SELECT reltuples FROM pg_class JOIN pg_index ON indexrelid = oid "
            "WHERE oid = to_regclass(?) AND indisvalid",
            (self._name(space),),
        )
        return max(1, int(rows[0][0])) if rows else 0

    def _name(self, space: Space) -> str:
        return f"graph_{hashlib.sha256(self._key.encode()).hexdigest()[:24]}_{space.id}"

    def _rows_of(self, space: Space) -> str:
        """Return the condition that the graph is made for, in plain values: only so is the graph taken for it."""
        key = self._key.replace("'", "''")
        return f"library = '{key}' AND space = {space.id} AND vector IS NOT NULL"


def _settings(count: int, *, most_scanned: int) -> str:
    """Return how the graph is searched in this transaction."""
    ef = min(max(count, LEAST_EF), MOST_EF)
    return (
        f"SET LOCAL hnsw.ef_search = {ef}; SET LOCAL hnsw.iterative_scan = relaxed_order; "
        f"SET LOCAL hnsw.max_scan_tuples = {most_scanned}; SET LOCAL hnsw.scan_mem_multiplier = 4; "
        "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off"
    )
