"""Tables of the bot's own in PostgreSQL, in a schema of their own."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from core.store.database import Row, Told
from core.store.postgres.listening import Listener, channel_of
from core.store.postgres.server import Server
from core.store.postgres.statements import PostgresTransaction

TABLES = "/tables"  # begins what no library's key can begin with


class PostgresDatabase:
    """Tables, read at once and written in transactions."""

    def __init__(self, server: Server, listener: Listener) -> None:
        self._server = server
        self._listener = listener
        self._me = secrets.token_hex(8)  # what this program tells is not told to itself

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

    @property
    def shared(self) -> bool:
        """Whether several hosts may use the tables at once."""
        return True

    async def tell(self, topic: str, text: str) -> None:
        """Tell every other program that hears of a topic."""
        told = json.dumps({"by": self._me, "text": text})
        with self._server.explained():
            async with self._server.pool.acquire() as connection:
                await connection.execute("SELECT pg_notify($1, $2)", channel_of(f"{TABLES} {topic}"), told)

    async def hear(self, topic: str, told: Told) -> None:
        """Call `told` with what other programs tell from now on; with None where something may have been missed."""

        def pass_on(payload: str | None) -> None:
            heard = None if payload is None else json.loads(payload)
            if heard is None or heard["by"] != self._me:
                told(None if heard is None else str(heard["text"]))

        await self._listener.subscribe(channel_of(f"{TABLES} {topic}"), pass_on)

    @asynccontextmanager
    async def frozen(self) -> AsyncIterator[PostgresTransaction]:
        """Hold the tables as they are now for reading, whatever others write meanwhile."""
        with self._server.explained():
            async with (
                self._server.pool.acquire() as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                await connection.execute("SELECT 1")  # what is seen is settled by the first statement
                yield PostgresTransaction(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresTransaction]:
        """Hold a transaction: all of it is committed, or none."""
        with self._server.explained():
            async with self._server.pool.acquire() as connection, connection.transaction():
                yield PostgresTransaction(connection)
