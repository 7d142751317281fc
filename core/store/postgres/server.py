"""One PostgreSQL server as a program uses it: its connections, and what is said when it is not there.

Its tables are made and migrated in `migrating.py`. Connections are shared by all libraries of a program. Where there is
a replica, reads may go to it; which reads may, the library decides (`library.py`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from typing import Any, Self

from core.errors import LibraryError, ServerLost
from core.store.database import read_migrations
from core.store.postgres.migrating import migrate

SCHEMA = "modaclip"
MOST_CONNECTIONS = 10
CONNECT_TIMEOUT_S = 10.0
COMMAND_TIMEOUT_S = 600.0
CLOSED_WITHIN_S = 15.0

log = logging.getLogger(__name__)


class Server:
    """Connections to one server. Use `async with Server.open(url)`."""

    def __init__(self, driver: Any, url: str, settings: dict[str, str], pool: Any, replica: Any | None) -> None:
        self.driver = driver
        self._url = url
        self._settings = settings
        self.pool = pool
        self.lost = lost_by(driver)
        self.replica = replica  # None: all reads go to the one server

    @classmethod
    @asynccontextmanager
    async def open(
        cls, url: str, read_url: str = "", *, schema: str = SCHEMA, package: str = "core.store.postgres",
        folder: str = "migrations",
    ) -> AsyncIterator[Self]:  # fmt: skip
        """Connect, and make or migrate the tables of a schema by the scripts in a folder of a package.

        Raises LibraryError when the server can't be used, or its tables were made by a newer version.
        """
        driver = import_driver()
        with explained(driver):
            connection = await driver.connect(url, timeout=CONNECT_TIMEOUT_S)
            try:
                where = await migrate(driver, connection, schema, read_migrations(package, folder))
            finally:
                await closed(connection)
            settings = {"search_path": f"{schema}, {where}", "application_name": "modaclip", "jit": "off"}

        async def prepare(connection: Any) -> None:
            await connection.set_type_codec(
                "halfvec", schema=where, encoder=bytes, decoder=bytes, format="binary"
            )  # asyncpg does not know it; `values.py` does

        async def keep(_: Any) -> None:
            """Leave a connection as it is: nothing here changes one for longer than a transaction."""

        options = {
            "init": prepare,
            "reset": keep,
            "min_size": 0,
            "max_size": MOST_CONNECTIONS,
            "timeout": CONNECT_TIMEOUT_S,
            "command_timeout": COMMAND_TIMEOUT_S,
            "server_settings": settings,
        }
        async with AsyncExitStack() as stack:
            pool = await stack.enter_async_context(_pool(driver, url, options))
            replica = await stack.enter_async_context(_pool(driver, read_url, options)) if read_url else None
            yield cls(driver, url, settings, pool, replica)

    async def connect(self) -> Any:
        """Return a connection to the first server that is nobody else's; who asks closes it."""
        return await self.driver.connect(self._url, timeout=CONNECT_TIMEOUT_S, server_settings=self._settings)

    def explained(self) -> Any:
        """Turn what is raised when the server can't be reached into a LibraryError."""
        return explained(self.driver)


@asynccontextmanager
async def _pool(driver: Any, url: str, options: dict[str, Any]) -> AsyncIterator[Any]:
    """Yield a pool of connections. One that is not given back does not keep a program from ending."""
    pool = await driver.create_pool(url, **options)
    try:
        yield pool
    finally:
        try:
            async with asyncio.timeout(CLOSED_WITHIN_S):
                await pool.close()
        except TimeoutError:
            log.warning("connections to the database were not given back, and are broken off")
            pool.terminate()


async def closed(connection: Any) -> None:
    """Close a connection in good order, so that the server lets go at once of what it held; else by force."""
    try:
        with suppress(*lost_by(import_driver())):
            await connection.close(timeout=CONNECT_TIMEOUT_S)
    finally:
        connection.terminate()


def import_driver() -> Any:
    """Return asyncpg. Raises LibraryError where it is not installed."""
    try:
        import asyncpg
    except ImportError as error:
        raise LibraryError(
            "A library in PostgreSQL needs a driver that is not installed. Run `pip install 'modaclip[postgres]'`."
        ) from error
    return asyncpg


def lost_by(driver: Any) -> tuple[type[Exception], ...]:
    """Return what is raised where a connection, or a statement on it, is lost by no fault of its own."""
    return (
        OSError,
        driver.InterfaceError,
        driver.PostgresConnectionError,
        driver.OperatorInterventionError,  # the server is stopping, or starting
        driver.SerializationError,  # a replica had to give up what it read
        driver.InternalClientError,  # what is done on a connection that was lost and is not told so yet
    )


@contextmanager
def explained(driver: Any) -> Iterator[None]:
    """Turn what is raised when a server can't be reached into ServerLost; no address and no password is in it."""
    try:
        yield
    except (
        *lost_by(driver),
        driver.TooManyConnectionsError,
        driver.InvalidAuthorizationSpecificationError,
        driver.InvalidCatalogNameError,
    ) as error:
        raise ServerLost(
            "The database server can't be used at present ({trouble}). Try again in a moment.",
            trouble=type(error).__name__,
        ) from error
