"""A database as the bot's own tables see it: statements with `?` for values, which every engine here understands.

What is written so: `INSERT … ON CONFLICT … DO UPDATE`, `RETURNING`, and plain types. Migrations are numbered SQL files,
a folder for each engine, that are only ever added to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from importlib import resources
from typing import Any, Protocol, TypeAlias

Row: TypeAlias = Any  # values by place and by name; iterating gives them in order
Told: TypeAlias = "Callable[[str | None], None]"


class Transaction(Protocol):
    """Statements of which all are committed, or none."""

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement; return how many rows it touched."""

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> None:
        """Run a statement for each of many values."""

    async def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Sequence[Row]:
        """Return all rows of a query, or of a statement with RETURNING."""


class Reader(Protocol):
    """Tables, read at once."""

    async def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Return all rows of a query."""


class Database(Reader, Protocol):
    """Tables, read at once and written in transactions."""

    async def row(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """Return the first row of a query, or None."""

    async def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Return the first column of the first row, or None."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Hold a transaction: all of it is committed, or none."""

    def frozen(self) -> AbstractAsyncContextManager[Reader]:
        """Hold the tables as they are now for reading, whatever others write meanwhile; `self` is not used then."""

    @property
    def shared(self) -> bool:
        """Whether several hosts may use the tables at once."""

    async def tell(self, topic: str, text: str) -> None:
        """Tell every other program that shares the tables, and hears of the topic; `text` has at most 4,000 bytes."""

    async def hear(self, topic: str, told: Told) -> None:
        """Call `told` with what other programs tell from now on; with None where something may have been missed."""


def read_migrations(package: str, folder: str) -> list[str]:
    """Return the scripts `NNN_*.sql` in a folder of a package, in their order."""
    entries = resources.files(package).joinpath(folder).iterdir()
    scripts = sorted(
        (entry.name, entry.read_text(encoding="utf-8")) for entry in entries if entry.name.endswith(".sql")
    )
    return [script for _, script in scripts]
