"""Tables of the bot's own in PostgreSQL, in a schema of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from core.store.database import Row
from core.store.postgres.server import Server
from core.store.postgres.statements import PostgresTransaction


class PostgresDatabase:
    """Tables, read at once and written in transactions."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Return all rows of a query."""
        with self._server.explained():
            async with self._server.pool.acquire() as connection:
                return await PostgresTransaction(connection).rows(sql, parameters)

    async def row(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """Return the first row of a query, or None."""
        return next(iter(await self.rows(sql, parameters)), None)

    async def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Return the first column of the first row, or None."""
        row = await self.row(sql, parameters)
        return None if row is None else row[0]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresTransaction]:
        """Hold a transaction: all of it is committed, or none."""
        with self._server.explained():
            async with self._server.pool.acquire() as connection, connection.transaction():
                yield PostgresTransaction(connection)
