"""Tables in PostgreSQL made, or brought up to date: by all scripts that they lack or by none, with a copy kept before.

The copy is a schema of its own, named by the version that it is of: `modaclip_before_1`. It has the rows alone, no
index and no constraint, and is made in the same transaction, while nobody else writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.errors import LibraryError

MIGRATING = 0x6D6F6461  # the number of the lock that one process holds while it migrates
OLDEST_PGVECTOR = (0, 8)  # scans that go on where a filter leaves too little came with it
_TABLES = """
    SELECT quote_ident(relname) FROM pg_class
    WHERE relnamespace = $1::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
    ORDER BY relname <> 'libraries', relname
"""  # who writes to a library holds its row first, and would else wait for what is held here, and be waited for


async def migrate(driver: Any, connection: Any, schema: str, scripts: Sequence[str]) -> str:
    """Bring a schema up to date; return the schema in which pgvector's types are.

    Raises LibraryError where a newer version made it, or it can't be done; it is then left as it was.
    """
    await connection.execute("SELECT pg_advisory_lock($1)", MIGRATING)
    where = await _vector_schema(driver, connection)
    await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    await connection.execute(f"SET search_path = {schema}, {where}")
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS migrations (number integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())"
    )
    done = await connection.fetchval("SELECT coalesce(max(number), 0) FROM migrations")
    if done > len(scripts):
        raise LibraryError("This library was made by a newer version of ModaCLIP. Update ModaCLIP, then open it again.")
    if done == len(scripts):
        return where
    try:
        async with connection.transaction():
            if done:
                await _keep(connection, schema, done)
            for number, script in enumerate(scripts[done:], done + 1):
                await connection.execute(script)
                await connection.execute("INSERT INTO migrations (number) VALUES ($1)", number)
    except (driver.PostgresConnectionError, driver.OperatorInterventionError):
        raise  # the server is not there, which is said elsewhere
    except driver.PostgresError as error:
        raise LibraryError(
            "The tables in the database could not be brought up to date ({trouble}), and were left as they were. Stop "
            "every other program that uses them, make sure that the server has room, then try again; until that works, "
            "the version of ModaCLIP that they were used with goes on.",
            trouble=f"{type(error).__name__}: {error}",
        ) from error
    return where


def kept_as(schema: str, version: int) -> str:
    """Return the schema in which tables are kept as they were before they were migrated from a version."""
    return f"{schema}_before_{version}"


async def _keep(connection: Any, schema: str, version: int) -> None:
    kept, tables = kept_as(schema, version), [row[0] for row in await connection.fetch(_TABLES, schema)]
    names = ", ".join(f"{schema}.{table}" for table in tables)
    await connection.execute(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")  # reading goes on
    await connection.execute(f"DROP SCHEMA IF EXISTS {kept} CASCADE")
    await connection.execute(f"CREATE SCHEMA {kept}")
    for table in tables:
        await connection.execute(f"CREATE TABLE {kept}.{table} AS TABLE {schema}.{table}")


async def _vector_schema(driver: Any, connection: Any) -> str:
    try:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
    except driver.PostgresError as error:
        raise LibraryError(
            "The database server has no pgvector, or this account may not switch it on. Have `CREATE EXTENSION vector` "
            "run in the database."
        ) from error
    row = await connection.fetchrow(
        "SELECT quote_ident(nspname) AS name, extversion FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace "
        "WHERE extname = 'vector'"
    )
    if tuple(int(part) for part in row["extversion"].split(".")[:2]) < OLDEST_PGVECTOR:
        raise LibraryError(
            "The database server's pgvector is {version}; 0.8 or later is needed.", version=row["extversion"]
        )
    return str(row["name"])
