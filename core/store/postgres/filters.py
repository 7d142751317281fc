"""A query's filters, asked of PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from core.query import Filter
from core.store.conditions import Clause, Dialect, clause_of
from core.store.postgres.library import LibraryDatabase, plain
from core.store.values import Numbers


class FilterTable(Dialect):
    """Answers which photos meet conditions."""

    larger = "greatest"

    def __init__(self, database: LibraryDatabase) -> None:
        self._database = database
        self._key = database.key

    async def matching(
        self, filters: Sequence[Filter], *, as_of: int | None = None, among: Numbers | None = None
    ) -> Numbers | None:
        """Return the numbers of the photos that meet all `filters`, ascending; None when there is no condition."""
        clause = await clause_of(filters, as_of, self)
        if clause is None:
            return None
        if among is not None:
            clause = (f"n = ANY(?) AND ({clause[0]})", [plain(among), *clause[1]])
        return await self._database.numbers(
            f"n AS number FROM photos WHERE library = ? AND ({clause[0]})", (self._key, *clause[1])
        )

    def of_photos(self, table: str, condition: Clause) -> Clause:
        """Return the condition that a photo has a row in a table beside it, of which `condition` holds."""
        return f"n IN (SELECT photo FROM {table} WHERE library = ? AND {condition[0]})", [self._key, *condition[1]]

    def one_of(self, column: str, values: Sequence[str]) -> Clause:
        """Return the condition that a column holds one of these texts."""
        return f"{column} = ANY(?)", [list(values)]

    async def written(self, column: str) -> list[str]:
        """Return the different texts that a column of photos holds."""
        rows = await self._database.rows(
            f"SELECT DISTINCT {column} FROM photos WHERE library = ? AND {column} IS NOT NULL", (self._key,)
        )
        return [row[0] for row in rows]
