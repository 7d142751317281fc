"""One library's rows in the tables that all libraries share: reading, writing in turn, and which version is known.

Every transaction that writes first raises the version in the library's own row, which also makes writers wait for each
other, as they do in SQLite. The version is told to all processes when the transaction is committed. So a process knows
without asking that its caches are old, and a read goes to a replica only when that has come as far as the newest
version that this process wrote or was told of: what somebody wrote they read back, wherever they read it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self, TypeVar

import numpy as np

from core.errors import LibraryError
from core.store.database import Row
from core.store.postgres.listening import Listener, channel_of, payload_of, version_in
from core.store.postgres.server import Server
from core.store.postgres.statements import PostgresTransaction
from core.store.values import Numbers

REPLICA_ASKED_EVERY_S = 0.05  # while it is behind
REPLICA_LEFT_ALONE_S = 2.0  # after it was away

Result = TypeVar("Result")


class Behind(Exception):
    """Raised inside of a transaction that shall leave nothing: what it builds on has changed."""


class LibraryDatabase:
    """What the tables hold of one library. Use `async with LibraryDatabase.open(...)`."""

    def __init__(self, server: Server, listener: Listener, key: str) -> None:
        self.key = key
        self._server = server
        self._listener = listener
        self._channel = channel_of(key)
        self._known: int | None = None  # the newest version that was heard of; None: nobody would have told
        self._writing = asyncio.Lock()  # whoever waits for another writer here holds no connection
        self._replica_at = -1  # the version that the replica has at least
        self._replica_asked = 0.0

    @classmethod
    @asynccontextmanager
    async def open(cls, server: Server, listener: Listener, key: str) -> AsyncIterator[Self]:
        """Follow a library while this is open."""
        database = cls(server, listener, key)
        await listener.subscribe(database._channel, database._told)
        try:
            yield database
        finally:
            await listener.unsubscribe(database._channel, database._told)

    # Reading

    async def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Return all rows of a query."""
        return await self.read(lambda transaction: transaction.rows(sql, parameters))

    async def row(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """Return the first row of a query, or None."""
        return next(iter(await self.rows(sql, parameters)), None)

    async def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Return the first column of the first row, or None."""
        row = await self.row(sql, parameters)
        return None if row is None else row[0]

    async def numbers(self, sql: str, parameters: Sequence[Any] = ()) -> Numbers:
        """Return the whole numbers that a query's one column, `number`, holds, ascending.

        They come as one value: reading half a million rows one by one takes many times as long.
        """
        data = await self.value(
            f"SELECT string_agg(int8send(number), ''::bytea) FROM (SELECT {sql}) AS found", parameters
        )
        return np.sort(np.frombuffer(data or b"", ">i8").astype(np.int64))

    async def read(self, work: Callable[[PostgresTransaction], Awaitable[Result]]) -> Result:
        """Return what `work` reads; on the replica, where that has all that this process knows of.

        Where the connection is lost it is done once more on the first server. Raises LibraryError.
        """
        replica = self._server.replica
        if replica is not None and await self._replica_is_even(replica):
            try:
                async with replica.acquire() as connection:
                    return await work(PostgresTransaction(connection))
            except self._server.lost:
                self._replica_at, self._replica_asked = -1, time.monotonic() + REPLICA_LEFT_ALONE_S
        with self._server.explained():
            try:
                async with self._server.pool.acquire() as connection:
                    return await work(PostgresTransaction(connection))
            except self._server.lost:
                async with self._server.pool.acquire() as connection:
                    return await work(PostgresTransaction(connection))

    async def _replica_is_even(self, replica: Any) -> bool:
        if not self._listener.alive:
            return False
        known = await self.version()
        if self._replica_at >= known:
            return True
        if time.monotonic() - self._replica_asked < REPLICA_ASKED_EVERY_S:
            return False
        self._replica_asked = time.monotonic()
        try:
            at = await replica.fetchval("SELECT version FROM libraries WHERE library = $1", self.key)
        except (*self._server.lost, self._server.driver.PostgresError, ValueError):  # away, or not even migrated
            self._replica_asked = time.monotonic() + REPLICA_LEFT_ALONE_S
            return False
        self._replica_at = -1 if at is None else int(at)
        return self._replica_at >= known

    # Writing

    @asynccontextmanager
    async def transaction(self, changed: str) -> AsyncIterator[PostgresTransaction]:
        """Hold a transaction after those that write to this library before; `changed` says what others are told.

        Raises LibraryError where the library is not there any more.
        """
        with self._server.explained():
            async with self._writing, self._server.pool.acquire() as connection:
                async with connection.transaction():
                    version = await connection.fetchval(
                        "UPDATE libraries SET version = version + 1 WHERE library = $1 RETURNING version", self.key
                    )
                    if version is None:
                        raise LibraryError("This library is not in the database any more.")
                    self._know(version - 1)  # committed by whoever wrote before
                    yield PostgresTransaction(connection)
                    await connection.execute("SELECT pg_notify($1, $2)", self._channel, payload_of(version, changed))
                self._know(version)

    async def version(self) -> int:
        """Return a number that grows with every transaction of whatever process."""
        # the server is asked only where it may have told of something in vain
        if self._known is None or not self._listener.alive:
            with self._server.explained():
                self._know(
                    await self._server.pool.fetchval("SELECT version FROM libraries WHERE library = $1", self.key) or 0
                )
        return self._known or 0

    def _know(self, version: int) -> None:
        self._known = max(version, self._known or 0)

    def _told(self, payload: str | None) -> None:
        if payload is None:
            self._known = None
        else:
            self._know(version_in(payload))


def plain(numbers: Iterable[int]) -> list[int]:
    """Return numbers as the driver takes them for an array."""
    return [int(n) for n in numbers]
