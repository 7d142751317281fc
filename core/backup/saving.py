"""Making a backup, or bringing one up to date, while the libraries are used.

Each library is saved as it is at one moment: a file by SQLite's online backup, a server's by `core.moving`, over the
copy that the backup has of it already, so that only what differs is read twice. Pictures come after it, so all that
its photos need are there. Broken off at any moment, the folder is the backup that it was, and the next run goes on.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from core.backup.manifest import (
    MANIFEST,
    CantBackUp,
    Kept,
    Manifest,
    checksum_lines,
    checksum_of,
    read_checksums,
    read_manifest,
)
from core.backup.pictures import flush, save_pictures
from core.errors import LibraryBusy, LibraryError
from core.locking import locked
from core.moving import Steps, copy_moment, library_of
from core.store import Stores
from core.store.raw import COPYING
from core.store.sqlite.copying import copy_file, make_plain, put_in_place
from core.store.sqlite.looking import check_sound, look_at
from core.store.sqlite.store import DATABASE

MAKING, LOCK = ".making", ".lock"
PLACES = ("library", "collections", "workspaces", "bot")  # folders of a backup
TABLES = "bot/state"


@dataclass(frozen=True, slots=True)
class Saved:
    """What was saved of one library."""

    kept: Kept
    pictures: int


class Saving:
    """A backup while it is made. Use `async with Saving.open(folder)`; it is one once `finish` was called."""

    def __init__(self, folder: Path, before: Manifest | None, known: dict[str, str]) -> None:
        self._folder = folder
        self._before = before
        self._known = known  # checksums of what the earlier backup has
        self._checksums: dict[str, str] = {}
        self._libraries: list[Kept] = []
        self._tables = ""

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path) -> AsyncIterator[Self]:
        """Begin a backup in a folder that is empty, or holds an earlier one of the same library. Raises CantBackUp."""
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            others = {path.name for path in folder.iterdir()} - {MAKING, LOCK, "lost+found"}
        except OSError as error:
            raise CantBackUp(
                "The folder {folder} can't be used: {trouble}.", folder=folder, trouble=error.strerror
            ) from error
        begun = (folder / MAKING).is_dir()
        before = read_manifest(folder)
        if before is None and others and not begun:
            raise CantBackUp("{folder} holds something else than a backup. Name an empty folder.", folder=folder)
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(locked(folder / LOCK))
            except LibraryBusy as error:
                raise CantBackUp("Another backup into {folder} is being made.", folder=folder) from error
            (folder / MAKING).mkdir(exist_ok=True)
            yield cls(folder, before, read_checksums(folder, before) if before else {})

    async def add_library(self, place: str, folder: Path, stores: Stores, steps: Steps) -> Saved:
        """Save one library. Raises LibraryError where it is damaged, and CantBackUp."""
        made, file = self._folder / MAKING / place / DATABASE, stores.file_of(folder)
        steps("Saving")
        try:
            if file is not None:
                await asyncio.to_thread(copy_file, file, _emptied(made))
            else:
                await self._copy_from_server(place, folder, stores, made, steps)
            looked = await asyncio.to_thread(look_at, made)
        except (sqlite3.Error, OSError) as error:
            raise CantBackUp(
                "The library in {folder} could not be saved ({trouble}). The backup that was there before is as it "
                "was.",
                folder=folder,
                trouble=str(error),
            ) from error
        self._check_same(place, looked.created_at)
        database = await self._settle(made, f"{place}/library")
        kept = Kept(place, looked.created_at, database, looked.photos, looked.boards)
        pictures = await self._save_pictures(place, folder, steps)
        self._libraries.append(kept)
        return Saved(kept, pictures)

    def tables_file(self) -> Path:
        """Return where the bot's own tables are to be written, as one plain file, for `add_tables`."""
        return _emptied(self._folder / MAKING / f"{TABLES}.db")

    async def add_tables(self) -> None:
        """Take in the file of the bot's own tables. Raises LibraryError where it is damaged."""
        made = self._folder / MAKING / f"{TABLES}.db"
        await asyncio.to_thread(check_sound, made)
        self._tables = await self._settle(made, TABLES)

    async def finish(self) -> Manifest:
        """Make the folder the backup of what was added; return what it says. What is of no use any more is deleted."""
        lines = checksum_lines(self._checksums).encode()
        listing = self._folder / MAKING / "checksums"
        listing.write_bytes(lines)
        checksum = checksum_of(listing) or ""
        named = self._folder / f"checksums-{checksum[:16]}.txt"
        now = datetime.now(UTC).isoformat(timespec="seconds")
        manifest = Manifest(now, tuple(self._libraries), self._tables, named.name, checksum)
        written = self._folder / MAKING / MANIFEST
        written.write_text(manifest.as_json(), encoding="utf-8")
        await asyncio.to_thread(flush)
        put_in_place(listing, named)
        put_in_place(written, self._folder / MANIFEST)
        await asyncio.to_thread(self._sweep, {MANIFEST, named.name, *self._checksums})
        return manifest

    async def _copy_from_server(self, place: str, folder: Path, stores: Stores, made: Path, steps: Steps) -> None:
        if not await asyncio.to_thread(_is_sound, made):
            _emptied(made)
            if standing := await asyncio.to_thread(self._standing, place):
                await asyncio.to_thread(shutil.copyfile, standing, made)
        async with stores.open(folder) as source, Stores() as files:
            await files.create(made.parent, {COPYING: library_of(await source.raw.head())})
            async with files.open(made.parent) as target:
                await copy_moment(source, target, steps("Copying"))
        await asyncio.to_thread(make_plain, made)

    def _standing(self, place: str) -> Path | None:
        """Return the sound file that the earlier backup has of a library."""
        for kept in self._before.libraries if self._before else ():
            path = self._folder / kept.database
            if kept.place == place and checksum_of(path) == self._known.get(kept.database):
                return path
        return None

    def _check_same(self, place: str, created_at: str) -> None:
        if place != PLACES[0] or self._before is None:
            return
        if any(kept.place == place and kept.created_at != created_at for kept in self._before.libraries):
            raise CantBackUp("{folder} holds the backup of another library. Name another folder.", folder=self._folder)

    async def _settle(self, made: Path, name: str) -> str:
        """Give a file a name that is made of what it holds; return it."""
        checksum = await asyncio.to_thread(checksum_of, made) or ""
        final = f"{name}-{checksum[:16]}.db"
        target = self._folder / final
        target.parent.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(put_in_place, made, target)
        self._checksums[final] = checksum
        return final

    async def _save_pictures(self, place: str, folder: Path, steps: Steps) -> int:
        own = {Path(name).relative_to(place): checksum for name, checksum in self._known.items()
               if name.startswith(f"{place}/")}  # fmt: skip
        try:
            checksums = await asyncio.to_thread(
                save_pictures, folder, self._folder / place, own, steps("Copying pictures of")
            )
        except OSError as error:
            raise CantBackUp(
                "The pictures of {folder} could not be saved ({trouble}). The backup that was there before is as it "
                "was; the same command goes on from here.",
                folder=folder,
                trouble=error.strerror or str(error),
            ) from error
        self._checksums |= {f"{place}/{path.as_posix()}": checksum for path, checksum in checksums.items()}
        return len(checksums)

    def _sweep(self, kept: set[str]) -> None:
        """Delete what earlier backups left that is not part of this one."""
        shutil.rmtree(self._folder / MAKING)
        found = [*self._folder.glob("checksums-*.txt")]
        for place in PLACES:
            found += sorted((self._folder / place).rglob("*"), reverse=True)  # what lies in a folder before it
        for path in found:
            if path.is_dir():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path.relative_to(self._folder).as_posix() not in kept:
                path.unlink()


def _emptied(path: Path) -> Path:
    """Return the path of a file to be made, in a folder of its own with nothing of an earlier one in it."""
    shutil.rmtree(path.parent, ignore_errors=True)
    path.parent.mkdir(parents=True)
    return path


def _is_sound(path: Path) -> bool:
    """Tell whether there is a file that can be gone on with."""
    try:
        check_sound(path)
    except (LibraryError, sqlite3.Error):  # there is none, or it is damaged
        return False
    return True
