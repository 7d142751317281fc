"""One library's store in PostgreSQL, table by table."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any, Self, TypeAlias

from core.locking import TRIED_EVERY_S, busy
from core.store.postgres.boards import BoardTable
from core.store.postgres.filters import FilterTable
from core.store.postgres.library import LibraryDatabase
from core.store.postgres.listening import Listener
from core.store.postgres.near import NearTable
from core.store.postgres.photos import PhotoTable
from core.store.postgres.raw import RawTables
from core.store.postgres.server import Server, closed
from core.store.postgres.statements import PostgresTransaction
from core.store.postgres.vectors import VectorTable
from core.store.postgres.words import WordTable
from core.store.protocol import Near
from core.store.values import Arrival, Space, Vector, by_space, space_for

COMMITTED_WITHIN_S = 30  # by whoever is committing while a library is locked
_WRITE_FACT = (
    "INSERT INTO facts (library, name, value) VALUES (?, ?, ?) "
    "ON CONFLICT (library, name) DO UPDATE SET value = excluded.value"
)


Pairs: TypeAlias = Sequence[tuple[Space, Vector] | None]


class PostgresStore:
    """The store of one library. Use `async with PostgresStore.open(...)`."""

    def __init__(self, database: LibraryDatabase, server: Server) -> None:
        self.database = database
        self.words = WordTable(database)
        self.photos = PhotoTable(database, self.words)
        self.vectors = VectorTable(database)
        self.filters = FilterTable(database)
        self.boards = BoardTable(database)
        self.near: Near | None = NearTable(database, server)
        self.raw = RawTables(database, server, self.words)
        self._server = server
        self._key = database.key

    @classmethod
    @asynccontextmanager
    async def open(cls, server: Server, listener: Listener, key: str) -> AsyncIterator[Self]:
        """Open the library with this key, and follow what other processes change."""
        async with LibraryDatabase.open(server, listener, key) as database:
            yield cls(database, server)

    async def fact(self, name: str) -> str | None:
        """Return one fact about the library, such as the encoder it uses."""
        value = await self.database.value("SELECT value FROM facts WHERE library = ? AND name = ?", (self._key, name))
        return None if value is None else str(value)

    async def write_facts(self, **facts: str) -> None:
        """Write facts about the library, all at once."""
        await self.switch(facts, drop=None)

    async def switch(self, facts: Mapping[str, str], *, drop: Space | None) -> None:
        """Write facts and drop a space, both or neither."""
        async with self.database.transaction("facts") as transaction:
            await transaction.executemany(_WRITE_FACT, [(self._key, *fact) for fact in facts.items()])
            if drop is not None:
                await self.vectors.drop(transaction, drop)
        if drop is not None:
            await NearTable(self.database, self._server).drop(drop)

    async def write_photos(self, arrivals: Sequence[Arrival], vectors: Pairs) -> list[int]:
        """Write photos and their vectors in one transaction; return their numbers."""
        async with self.database.transaction("photos") as transaction:
            vectors = await self._standing(arrivals, vectors, transaction)
            numbers = await self.photos.writer.put(transaction, arrivals)
            for space, given in by_space(numbers, vectors).items():
                await self.vectors.put(transaction, space, given)
        return numbers

    async def named_space(self, encoder: str, fingerprint: str, dimensions: int) -> Space:
        """Return the space of an encoder, made when it is not there."""
        spaces = await self.vectors.spaces()
        space = space_for(spaces, encoder, fingerprint)
        if space is not None and space in spaces:
            return space
        async with self.database.transaction("spaces") as transaction:
            if space is None:
                return await self.vectors.add_space(transaction, encoder, fingerprint, dimensions)
            await transaction.execute(
                "UPDATE spaces SET fingerprint = ? WHERE library = ? AND id = ?", (fingerprint, self._key, space.id)
            )
            return space

    async def remove_photos(self, numbers: Sequence[int]) -> None:
        """Remove photos and all that is kept of them."""
        async with self.database.transaction("photos") as transaction:
            await self.vectors.forget(transaction, numbers)
            await self.photos.writer.remove(transaction, numbers)

    async def derived(self, name: str, stamp: str) -> bytes | None:
        """Return derived data if it was made under this stamp."""
        data = await self.database.value(
            "SELECT data FROM derived WHERE library = ? AND name = ? AND stamp = ?", (self._key, name, stamp)
        )
        return None if data is None else bytes(data)

    async def write_derived(self, name: str, stamp: str, data: bytes) -> None:
        """Keep data that can always be computed again."""
        async with self.database.transaction("derived") as transaction:
            await transaction.execute(
                "INSERT INTO derived (library, name, stamp, data) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (library, name) DO UPDATE SET stamp = excluded.stamp, data = excluded.data",
                (self._key, name, stamp, data),
            )

    async def version(self) -> int:
        """Return a number that differs after anything was committed, by this process or another.

        Another's change is heard of a moment later, without asking.
        """
        return await self.database.version()

    async def problems(self) -> list[str]:
        """Return what is wrong with the tables of this library; the server itself looks after its files.

        It does so where it keeps checksums of its pages.
        """
        orphans = await self.database.value(
            "SELECT count(*) FROM vectors WHERE library = ? AND vector IS NOT NULL AND NOT EXISTS "
            "(SELECT FROM photos WHERE photos.library = vectors.library AND n = photo)",
            (self._key,),
        )
        problems = [f"{orphans} vectors without a photo"] if orphans else []
        if await self.database.value("SHOW data_checksums") != "on":
            problems.append(
                "the server keeps no checksums of its pages, so it would not notice if one was damaged: "
                "stop it and run pg_checksums --enable"
            )
        return problems

    async def seal(self) -> int:
        """Return how many rows are older than checksums: none, since pages have theirs."""
        return 0

    @property
    def damaged(self) -> int:
        """How many photos are left out of answers: none, since the server refuses to read a damaged page."""
        return 0

    def lock(self, patience_s: float = 0.0, *, shared: bool = False) -> AbstractAsyncContextManager[None]:
        """Hold the library's lock. Raises LibraryBusy where it is held elsewhere for longer than `patience_s`."""
        return self._holding(
            partial(_acquire, self._server.driver, key=self._key, patience_s=patience_s, shared=shared)
        )

    def enriching(self) -> AbstractAsyncContextManager[None]:
        """Hold the lock of whoever derives what depends on the whole library, after those that asked before."""
        return self._holding(
            lambda connection: connection.execute("SELECT pg_advisory_lock($1)", _lock_number(f"enriching {self._key}"))
        )

    @asynccontextmanager
    async def _holding(self, acquire: Callable[[Any], Awaitable[object]]) -> AsyncIterator[None]:
        """Hold a lock on a connection of its own, so that it ends with this process."""
        with self._server.explained():
            connection = await self._server.connect()
        try:
            with self._server.explained():
                await acquire(connection)
            yield
        finally:
            await closed(connection)

    async def _standing(self, arrivals: Sequence[Arrival], pairs: Pairs, transaction: PostgresTransaction) -> Pairs:
        """Return the vectors to be written: of the same bytes the one that stands, whoever embedded them meanwhile.

        Two machines do not round alike, and the same picture shall not be two places.
        """
        wanted: dict[Space, list[str]] = {}
        for arrival, pair in zip(arrivals, pairs, strict=True):
            if pair is not None and arrival.photo.content_hash:
                wanted.setdefault(pair[0], []).append(arrival.photo.content_hash)
        there = {space: await self.vectors.standing(transaction, space, hashes) for space, hashes in wanted.items()}
        return [
            pair and (pair[0], there.get(pair[0], {}).get(arrival.photo.content_hash or "", pair[1]))
            for arrival, pair in zip(arrivals, pairs, strict=True)
        ]


async def library_is_there(server: Server, key: str) -> bool:
    """Tell whether there is a library with this key."""
    with server.explained():
        return await server.pool.fetchval("SELECT true FROM libraries WHERE library = $1", key) is not None


async def library_keys(server: Server) -> list[str]:
    """Return the keys of all libraries."""
    with server.explained():
        return [row[0] for row in await server.pool.fetch("SELECT library FROM libraries ORDER BY library")]


async def create_library(server: Server, key: str, facts: Mapping[str, str]) -> bool:
    """Make an empty library with first facts, all or nothing; tell whether there was none yet."""
    with server.explained():
        async with server.pool.acquire() as connection, connection.transaction():
            transaction = PostgresTransaction(connection)
            made = await transaction.execute(
                "INSERT INTO libraries (library) VALUES (?) ON CONFLICT DO NOTHING", (key,)
            )
            if made:
                await transaction.executemany(_WRITE_FACT, [(key, *fact) for fact in facts.items()])
    return made > 0


async def drop_library(server: Server, key: str) -> None:
    """Delete all rows of a library, in whichever table they are."""
    with server.explained():
        async with server.pool.acquire() as connection, connection.transaction():
            tables = await connection.fetch(
                "SELECT quote_ident(table_name) FROM information_schema.columns "
                "WHERE table_schema = current_schema() AND column_name = 'library'"
            )
            for (table,) in tables:
                await connection.execute(f"DELETE FROM {table} WHERE library = $1", key)


async def _acquire(driver: Any, connection: Any, key: str, patience_s: float, *, shared: bool) -> None:
    deadline = asyncio.get_running_loop().time() + patience_s
    ask = f"SELECT pg_try_advisory_lock{'_shared' if shared else ''}($1)"
    while not await connection.fetchval(ask, _lock_number(f"lock {key}")):
        if asyncio.get_running_loop().time() >= deadline:
            raise busy()
        await asyncio.sleep(TRIED_EVERY_S)
    if not shared:
        await _settled(driver, connection, key)


async def _settled(driver: Any, connection: Any, key: str) -> None:
    """Wait for what others are committing, which outlives the lock of a program that was killed meanwhile."""
    await connection.execute(f"SET lock_timeout = '{COMMITTED_WITHIN_S}s'")
    try:
        await connection.execute("SELECT FROM libraries WHERE library = $1 FOR UPDATE", key)
    except driver.LockNotAvailableError as error:
        raise busy() from error


def _lock_number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"modaclip {name}".encode()).digest()[:8], "big", signed=True)
