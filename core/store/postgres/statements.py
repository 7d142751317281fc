"""Statements written for every engine, as PostgreSQL takes them; and what runs them on a connection."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from core.store.database import Row

_PLACE = re.compile(r"\?|'[^']*'")


@lru_cache(1024)
def translated(sql: str) -> str:
    """Return a statement with `$1`, `$2`, … for its `?`; those inside of quotes stay."""
    count = 0

    def numbered(match: re.Match[str]) -> str:
        nonlocal count
        if match[0] != "?":
            return match[0]
        count += 1
        return f"${count}"

    return _PLACE.sub(numbered, sql)


def values_of(parameters: Iterable[Any]) -> list[Any]:
    """Return values as PostgreSQL takes them: its texts hold no character of number zero."""
    return [value.replace("\0", "") if isinstance(value, str) and "\0" in value else value for value in parameters]


class PostgresTransaction:
    """Statements on one connection, of which all are committed, or none."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement; return how many rows it touched."""
        status: str = await self.connection.execute(translated(sql), *values_of(parameters))
        count = status.rpartition(" ")[2]  # for example: INSERT 0 3
        return int(count) if count.isdecimal() else 0

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> None:
        """Run a statement for each of many values."""
        rows = [values_of(row) for row in parameters]
        if rows:
            await self.connection.executemany(translated(sql), rows)

    async def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Return all rows of a query, or of a statement with RETURNING."""
        return list(await self.connection.fetch(translated(sql), *values_of(parameters)))
