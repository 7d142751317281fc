"""A query's filters, asked of SQLite, and remembered until anything is written.

A wide filter of a large library gives hundreds of thousands of numbers, which take longer to read than the search
itself does. The next page asks for the same ones, and so does the next query of somebody who works under a filter. Who
needs to know it of a few photos only, asks for those.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from core.query import Filter
from core.remembering import Remembered
from core.store.conditions import Clause, Dialect, clause_of
from core.store.sqlite.database import SqliteDatabase
from core.store.values import Numbers

MOST_REMEMBERED = 4_000_000  # numbers, of eight bytes each
MOST_NAMES = 4  # columns of names


class FilterTable(Dialect):
    """Answers which photos meet conditions."""

    larger = "max"

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._met: Remembered[Numbers | None] = Remembered(database.version, MOST_REMEMBERED, size=_size)
        self._written: Remembered[list[str]] = Remembered(database.version, MOST_NAMES)
        self._of_each = _OfEach(self)

    async def matching(
        self, filters: Sequence[Filter], *, as_of: int | None = None, among: Numbers | None = None
    ) -> Numbers | None:
        """Return the numbers of the photos that meet all `filters`, ascending; None when there is no condition."""
        asked = (tuple(filters), as_of)
        if among is None:
            return await self._met.get(asked, lambda: self._all(filters, as_of)) if filters or as_of else None
        if (met := await self._met.known(asked)) is not None:
            return np.intersect1d(among, met, assume_unique=True)
        if (clause := await clause_of(filters, as_of, self._of_each)) is None:
            return None
        return await self._database.numbers(
            "photos.n AS number FROM json_each(?) AS asked CROSS JOIN photos ON photos.n = asked.value "
            f"WHERE {clause[0]}",
            (json.dumps(among.tolist()), *clause[1]),
        )

    async def _all(self, filters: Sequence[Filter], as_of: int | None) -> Numbers | None:
        if (clause := await clause_of(filters, as_of, self)) is None:
            return None
        numbers = await self._database.numbers(f"n AS number FROM photos WHERE {clause[0]}", clause[1])
        numbers.setflags(write=False)  # several are given the same
        return numbers

    def of_photos(self, table: str, condition: Clause) -> Clause:
        """Return the condition that a photo has a row in a table beside it, of which `condition` holds."""
        return f"n IN (SELECT photo FROM {table} WHERE {condition[0]})", condition[1]

    def one_of(self, column: str, values: Sequence[str]) -> Clause:
        """Return the condition that a column holds one of these texts."""
        # a JSON array takes one variable however many names there are
        return f"{column} IN (SELECT value FROM json_each(?))", [json.dumps(values)]

    async def written(self, column: str) -> list[str]:
        """Return the different texts that a column of photos holds."""
        return await self._written.get(column, lambda: self._read_written(column))

    async def _read_written(self, column: str) -> list[str]:
        rows = await self._database.rows(f"SELECT DISTINCT {column} FROM photos WHERE {column} IS NOT NULL")
        return [row[0] for row in rows]


class _OfEach(Dialect):
    """Conditions as they are quick to ask of one photo after the other, instead of all."""

    larger = FilterTable.larger

    def __init__(self, of_all: FilterTable) -> None:
        self._of_all = of_all

    def of_photos(self, table: str, condition: Clause) -> Clause:
        return f"EXISTS (SELECT 1 FROM {table} WHERE photo = photos.n AND {condition[0]})", condition[1]

    def one_of(self, column: str, values: Sequence[str]) -> Clause:
        return self._of_all.one_of(column, values)

    async def written(self, column: str) -> list[str]:
        return await self._of_all.written(column)


def _size(numbers: Numbers | None) -> int:
    return 1 if numbers is None else 1 + len(numbers)
