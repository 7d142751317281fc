"""The bot's own tables in a backup: one plain SQLite file, from either engine and back."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

from bot.store.moving import contents_of, is_begun, move_tables, tables_of
from bot.store.state import State
from core.backup import CantBackUp
from core.errors import LibraryError
from core.store import Stores
from core.store.database import Database
from core.store.sqlite.copying import copy_file, make_plain, take_over

SCRATCH = ".restoring"


@dataclass(frozen=True, slots=True)
class TablesRestored:
    """What was done with the bot's own tables."""

    rows: int
    written: bool  # else they were there already
    aside: Path | None  # where the file is now that was there before


async def save_tables(path: Path, stores: Stores, target: Path) -> bool:
    """Write the tables that are kept in a file, or on a server by its name, to a new file; tell whether there are any.

    They are as they are at one moment, whatever the bot writes meanwhile.
    """
    if stores.file_of(path.parent) is not None:
        if not path.is_file():
            return False
        await asyncio.to_thread(copy_file, path, target)
        return True
    async with State.open(target) as file, State.open(path, stores=stores) as server:
        moved = await move_tables(file.database, server.database, to_server=False, replace=True)
    await asyncio.to_thread(make_plain, target)
    return moved.rows > 0


class RestoringTables:
    """Tables of a backup on their way to where they shall be. `prepare` changes nothing there."""

    def __init__(self, path: Path, stores: Stores) -> None:
        self._path = path
        self._stores = stores
        self._scratch = path.parent / SCRATCH / path.name
        self._server = stores.file_of(path.parent) is None
        self._rows = 0
        self._there = False

    async def prepare(self, source: Path, *, replace: bool) -> None:
        """Make them ready. Raises CantBackUp where there are others that would be lost, unless `replace`."""
        self.forget()  # what is left of an earlier attempt
        self._scratch.parent.mkdir(parents=True)
        await asyncio.to_thread(shutil.copyfile, source, self._scratch)
        async with State.open(self._scratch) as state:
            if self._server or self._path.is_file():
                await self._compare(state.database, replace=replace)
            else:
                self._rows, _ = await contents_of(state.database, await tables_of(state.database, None))

    async def put(self) -> TablesRestored:
        """Put them where they shall be."""
        aside = None
        if not self._there and self._server:
            async with State.open(self._scratch) as file, State.open(self._path, stores=self._stores) as server:
                await move_tables(file.database, server.database, to_server=True, replace=True)
        elif not self._there:
            await asyncio.to_thread(make_plain, self._scratch)
            aside = await asyncio.to_thread(take_over, self._scratch, self._path)
        self.forget()
        return TablesRestored(self._rows, not self._there, aside)

    def forget(self) -> None:
        """Delete what was made ready."""
        shutil.rmtree(self._scratch.parent, ignore_errors=True)

    async def _compare(self, wanted: Database, *, replace: bool) -> None:
        try:
            async with State.open(self._path, stores=self._stores) as state:
                tables = await tables_of(wanted, state.database if self._server else None)
                rows, checksum = await contents_of(wanted, tables)
                standing, standing_checksum = await contents_of(state.database, tables)
                begun = await is_begun(state.database)
        except LibraryError:
            if not replace or self._server:
                raise
            rows, checksum, standing, standing_checksum, begun = 0, "", 0, "damaged", False
        self._rows, self._there = rows, not begun and checksum == standing_checksum
        if not self._there and standing and not begun and not replace:
            raise CantBackUp(
                "The bot has kept something of its own already that is not in the backup, such as settings or "
                "conversations. Say --replace to put the backup in its place."
            )
