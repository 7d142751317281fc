"""A query's filters, asked of SQLite."""

from __future__ import annotations

import json
from collections.abc import Sequence

from core.query import Filter
from core.store.conditions import Clause, Dialect, clause_of
from core.store.sqlite.database import SqliteDatabase
from core.store.values import Numbers


class FilterTable(Dialect):
    """Answers which photos meet conditions."""

    larger = "max"

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def matching(self, filters: Sequence[Filter], *, as_of: int | None = None) -> Numbers | None:
        """Return the numbers of the photos that meet all `filters`, ascending; None when there is no condition."""
        clause = await clause_of(filters, as_of, self)
        if clause is None:
            return None
        return await self._database.numbers(f"n AS number FROM photos WHERE {clause[0]}", clause[1])

    def of_photos(self, table: str, condition: Clause) -> Clause:
        """Return the condition that a photo has a row in a table beside it, of which `condition` holds."""
        return f"n IN (SELECT photo FROM {table} WHERE {condition[0]})", condition[1]

    def one_of(self, column: str, values: Sequence[str]) -> Clause:
        """Return the condition that a column holds one of these texts."""
        # a JSON array takes one variable however many names there are
        return f"{column} IN (SELECT value FROM json_each(?))", [json.dumps(values)]

    async def written(self, column: str) -> list[str]:
        """Return the different texts that a column of photos holds."""
        rows = await self._database.rows(f"SELECT DISTINCT {column} FROM photos WHERE {column} IS NOT NULL")
        return [row[0] for row in rows]
