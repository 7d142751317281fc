"""Which engine keeps a library: the one place that knows them all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from core.store.database import Database
from core.store.protocol import Store
from core.store.sqlite.database import SqliteDatabase
from core.store.sqlite.store import DATABASE, SqliteStore


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """Where libraries are kept."""


class Stores:
    """Opens the stores of libraries. Use `async with Stores(options)`; those opened from it end before it does."""

    def __init__(self, options: StoreOptions | None = None) -> None:
        self._options = options or StoreOptions()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return

    async def exists(self, folder: Path) -> bool:
        """Tell whether there is a library of this folder."""
        return (folder / DATABASE).is_file()

    async def create(self, folder: Path, facts: Mapping[str, str]) -> bool:
        """Make an empty library with first facts; tell whether there was none yet."""
        if await self.exists(folder):
            return False
        async with SqliteStore.open(folder) as store:
            await store.write_facts(**facts)
        return True

    @asynccontextmanager
    async def open(self, folder: Path) -> AsyncIterator[Store]:
        """Open the store of the library of a folder, migrated as needed. Raises LibraryError when it can't be used."""
        async with SqliteStore.open(folder) as store:
            yield store

    def tables(self, path: Path, package: str) -> AbstractAsyncContextManager[Database]:
        """Open tables that are no library's, made by the scripts in `migrations/ENGINE/` of a package.

        SQLite keeps them in the file `path`.
        """
        return SqliteDatabase.open(path, package, "migrations/sqlite")
