"""Which engine keeps a library: the one place that knows them all."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, urlsplit

from core.errors import DamagedLibrary, LibraryError
from core.locking import locked
from core.store.database import Database
from core.store.postgres.database import PostgresDatabase
from core.store.postgres.listening import Listener
from core.store.postgres.server import Server
from core.store.postgres.store import (
    PostgresStore,
    create_library,
    drop_library,
    library_is_there,
    library_keys,
)
from core.store.protocol import Store
from core.store.sqlite.checkup import check_up
from core.store.sqlite.database import SqliteDatabase
from core.store.sqlite.salvage import Salvaged, salvage
from core.store.sqlite.store import DATABASE, LOCK, SqliteStore, library_is_in
from core.store.sqlite.tail import noted_losses
from core.store.sqlite.trouble import means_damage

PACKAGE, MIGRATIONS = "core.store.sqlite", "migrations"
BEGINNINGS = ("postgresql://", "postgres://")


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """Where libraries are kept. URLs may hold a password, so they are shown nowhere."""

    url: str = field(default="", repr=False)  # of a PostgreSQL database; empty: a SQLite file in each library's folder
    read_url: str = field(default="", repr=False)  # of a streaming replica, for reads; empty: there is none


class Stores:
    """Opens the stores of libraries. Use `async with Stores(options)`; those opened from it end before it does.

    In PostgreSQL a library's key is the name of its folder, so all hosts that share the folders share the libraries.
    """

    def __init__(self, options: StoreOptions | None = None) -> None:
        self._options = options or StoreOptions()
        self._stack = AsyncExitStack()
        self._connecting = asyncio.Lock()
        self._server: tuple[Server, Listener] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def exists(self, folder: Path) -> bool:
        """Tell whether there is a library of this folder. Raises LibraryError when the server can't be reached."""
        if not self._options.url:
            return await library_is_in(folder)
        server, _ = await self._connected()
        return await library_is_there(server, key_of(folder))

    def file_of(self, folder: Path) -> Path | None:
        """Return the file in which a folder's library is kept, or would be; None where a server keeps it."""
        return None if self._options.url else folder / DATABASE

    async def keys(self) -> list[str]:
        """Return the keys of all libraries that are kept in PostgreSQL; none where it is not used."""
        return await library_keys((await self._connected())[0]) if self._options.url else []

    async def create(self, folder: Path, facts: Mapping[str, str]) -> bool:
        """Make an empty library with first facts; tell whether there was none yet."""
        if self._options.url:
            server, _ = await self._connected()
            return await create_library(server, key_of(folder), facts)
        if await self.exists(folder):
            return False
        folder.mkdir(parents=True, exist_ok=True)
        async with SqliteStore.open(folder) as store:
            return await store.begin(facts)

    async def drop(self, folder: Path) -> None:
        """Delete the library of a folder with all that it keeps, its pictures too; nobody may have it open."""
        if self._options.url:
            server, _ = await self._connected()
            await drop_library(server, key_of(folder))
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    @asynccontextmanager
    async def open(self, folder: Path) -> AsyncIterator[Store]:
        """Open the store of the library of a folder, migrated as needed. Raises LibraryError when it can't be used."""
        if self._options.url:
            async with PostgresStore.open(*await self._connected(), key_of(folder)) as store:
                yield store
        else:
            async with SqliteStore.open(folder) as kept:
                yield kept

    @asynccontextmanager
    async def tables(self, path: Path, package: str) -> AsyncIterator[Database]:
        """Open tables that are no library's, made by the scripts in `migrations/ENGINE/` of a package.

        SQLite keeps them in the file `path`, PostgreSQL in a schema of the file's name.
        """
        if self._options.url:
            where = {"schema": f"modaclip_{path.stem}", "package": package, "folder": "migrations/postgres"}
            async with Server.open(_checked(self._options.url), **where) as server, Listener(server) as listener:
                yield PostgresDatabase(server, listener)
        else:
            async with SqliteDatabase.open(path, package, "migrations/sqlite") as database:
                yield database

    async def problems(self, folder: Path) -> list[str]:
        """Return what is wrong with the file that keeps a library; empty where it is sound, or a server keeps it.

        Raises LibraryError when it can't be looked at at all, or was made by a newer version.
        """
        return [] if self._options.url else await self.problems_of_tables(folder / DATABASE, PACKAGE, MIGRATIONS)

    def losses(self, folder: Path, *, told: bool) -> list[str]:
        """Return what was lost with the log of a library's file, a line each; once it is `told` it is forgotten."""
        lines = []
        for note in noted_losses(folder / DATABASE):
            lines.append(note.read_text(encoding="utf-8").strip())
            if told:
                note.unlink()
        return lines

    async def salvage(self, folder: Path) -> Salvaged:
        """Put a sound file in place of a library's damaged one, with all of it that can be read.

        Raises LibraryBusy while another program has it open, DamagedLibrary where nothing can be read.
        """
        return await asyncio.to_thread(salvage, folder / DATABASE, PACKAGE, MIGRATIONS)

    def lock(self, folder: Path) -> AbstractAsyncContextManager[None]:
        """Hold the lock of a library that is kept in a file and can't be opened."""
        return locked(folder / LOCK)

    async def problems_of_tables(self, path: Path, package: str, folder: str = "migrations/sqlite") -> list[str]:
        """Return what is wrong with the file of tables that scripts in a folder of a package made."""
        try:
            async with SqliteDatabase.open(path, package, folder):  # migrated, so that its schema is known
                pass
        except LibraryError as error:
            cause = error.__cause__  # what a script said that met damage, or what a later one had made already
            met = isinstance(cause, sqlite3.Error) and means_damage(cause)
            if not met and not isinstance(error, DamagedLibrary):
                raise
            return [str(error.message.values.get("trouble", error))]
        return (await check_up(path, package, folder)).problems()

    async def salvage_tables(self, path: Path, package: str) -> Salvaged:
        """Do for tables that are no library's what `salvage` does."""
        return await asyncio.to_thread(salvage, path, package, "migrations/sqlite")

    async def _connected(self) -> tuple[Server, Listener]:
        async with self._connecting:
            if self._server is None:
                urls = (_checked(self._options.url), _checked(self._options.read_url))
                server = await self._stack.enter_async_context(Server.open(*urls))
                self._server = (server, await self._stack.enter_async_context(Listener(server)))
            return self._server


def key_of(folder: Path) -> str:
    """Return the key of a folder's library in a database that many libraries share."""
    return folder.absolute().name


def _checked(url: str) -> str:
    """Return a URL that drivers read as it is meant. Raises LibraryError, without anything of the URL in it."""
    if not url:
        return url
    if not url.startswith(BEGINNINGS):
        raise LibraryError("The setting library.store takes the URL of a database that begins with postgresql://.")
    if not _is_readable(url):
        raise LibraryError(
            "The URL of the database can't be read. In a password, write @ as %40, / as %2F, # as %23, ? as %3F and % "
            "as %25; the port is a number."
        )
    return url


def has_password(url: str) -> bool:
    """Tell whether the URL of a database may hold a password, also where it can't be read."""
    if not _is_readable(url):
        return True
    parts = urlsplit(url)
    return parts.password is not None or any("pass" in name for name in parse_qs(parts.query))


def password_of(url: str) -> str | None:
    """Return the password in the URL of a database."""
    return urlsplit(url).password if _is_readable(url) else None


def _is_readable(url: str) -> bool:
    """Tell whether a URL has its parts where they seem to be; a sign in a password may cut it elsewhere."""
    try:
        parts = urlsplit(url)
        return parts.port != 0 and not parts.fragment and "@" not in parts.path and "@" not in parts.query
    except ValueError:
        return False
