"""A query's filters, asked of SQLite, and remembered until anything is written.

A wide filter of a large library gives hundreds of thousands of numbers, which take longer to read than the search
itself does. The next page asks for the same ones, and so does the next query of somebody who works under a filter.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Sequence

from core.query import Filter
from core.store.conditions import Clause, Dialect, clause_of
from core.store.sqlite.database import SqliteDatabase
from core.store.values import Numbers

MOST_REMEMBERED = 4_000_000  # numbers, of eight bytes each


class FilterTable(Dialect):
    """Answers which photos meet conditions."""

    larger = "max"

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._version = -1  # of the database, when what is remembered was read
        self._remembered: OrderedDict[tuple[tuple[Filter, ...], int | None], Numbers] = OrderedDict()

    async def matching(self, filters: Sequence[Filter], *, as_of: int | None = None) -> Numbers | None:
        """Return the numbers of the photos that meet all `filters`, ascending; None when there is no condition."""
        if not filters and as_of is None:
            return None
        # asked before reading: what is written meanwhile makes an answer newer than its version, never older
        version = await self._database.version()
        if version != self._version:
            self._remembered.clear()
            self._version = version
        asked = (tuple(filters), as_of)
        if (known := self._remembered.get(asked)) is not None:
            self._remembered.move_to_end(asked)
            return known
        clause = await clause_of(filters, as_of, self)
        if clause is None:
            return None
        numbers = await self._database.numbers(f"n AS number FROM photos WHERE {clause[0]}", clause[1])
        numbers.setflags(write=False)  # several are given the same
        if version == self._version:
            self._remembered[asked] = numbers
            while sum(len(kept) for kept in self._remembered.values()) > MOST_REMEMBERED:
                self._remembered.popitem(last=False)
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
        rows = await self._database.rows(f"SELECT DISTINCT {column} FROM photos WHERE {column} IS NOT NULL")
        return [row[0] for row in rows]
