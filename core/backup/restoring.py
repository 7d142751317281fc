"""Libraries of a backup put where they shall be, in either engine; nothing that somebody else needs is lost by it.

First every library is made ready beside its place and compared with what is there (`prepare`), then each is put
(`put`): a file by one rename, a server's tables by a copy that says of itself that it is not whole until it is. So a
library that was only half restored does not open, and the same command goes on.
"""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.backup.manifest import CantBackUp, Kept
from core.backup.pictures import FOLDERS, restore_pictures
from core.errors import LibraryError
from core.locking import locked
from core.moving import Contents, Steps, contents_of, copy_moment, library_of
from core.sources.folder import UPLOAD_KEY
from core.spaces import current_space
from core.store import Store, Stores
from core.store.raw import COPYING, PHOTO_COLUMNS, PhotoRows
from core.store.sqlite.copying import make_plain, take_over
from core.store.sqlite.store import DATABASE, LOCK

ORIGINALS = FOLDERS[1]
SCRATCH = ".restoring"
PAGE_PHOTOS = 500
TARGET_PATIENCE_S = 15.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """A library of a backup made ready beside the place where it shall be."""

    kept: Kept
    folder: Path
    contents: Contents
    there: bool  # whether what shall be put is there already


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done with one library."""

    contents: Contents
    written: bool  # else it was there already
    pictures: int  # that were written
    aside: Path | None  # where the file is now that was there before


async def prepare(backup: Path, kept: Kept, folder: Path, stores: Stores, *, replace: bool = False) -> Prepared:
    """Make a library ready. Raises CantBackUp where there is another that would be lost, unless `replace`."""
    try:
        await asyncio.to_thread(_copy_to, folder / SCRATCH, backup / kept.database)
        async with Stores() as files, files.open(folder / SCRATCH) as source:
            await _point_to(source, folder)
            contents, library = await contents_of(source.raw), library_of(await source.raw.head())
            there = await _is_there(contents, library, folder, stores, replace=replace)
    except BaseException:
        forget(folder)
        raise
    return Prepared(kept, folder, contents, there)


async def put(
    prepared: Prepared,
    pictures: Mapping[Path, str],
    backup: Path,
    stores: Stores,
    steps: Steps,
    *,
    exact_limit: int,
) -> Restored:
    """Put a prepared library where it shall be; `pictures` are the checksums of its files, by path.

    On a server a library of more than `exact_limit` photos gets what finds near vectors quickly. Raises CantBackUp.
    """
    folder, aside = prepared.folder, None
    written = await asyncio.to_thread(
        restore_pictures, backup / prepared.kept.place, folder, pictures, steps("Copying pictures of")
    )
    if not prepared.there:
        file = stores.file_of(folder)
        if file is None:
            await _put_on_server(folder, stores, steps, exact_limit)
        else:
            await asyncio.to_thread(make_plain, folder / SCRATCH / DATABASE)
            async with locked(folder / LOCK):
                aside = await asyncio.to_thread(take_over, folder / SCRATCH / DATABASE, file)
        await asyncio.to_thread(shutil.rmtree, folder / "index", ignore_errors=True)  # of what was there before
        async with stores.open(folder) as store:
            found = await contents_of(store.raw)
        if found != prepared.contents:
            raise CantBackUp("What was restored to {folder} is not what the backup holds.", folder=folder)
    forget(folder)
    return Restored(prepared.contents, not prepared.there, written, aside)


def forget(folder: Path) -> None:
    """Delete what was made ready in a folder, and the folder where nothing else is in it."""
    shutil.rmtree(folder / SCRATCH, ignore_errors=True)
    with suppress(OSError):
        folder.rmdir()


def _copy_to(scratch: Path, source: Path) -> None:
    try:
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        shutil.copyfile(source, scratch / DATABASE)
    except OSError as error:
        raise CantBackUp(
            "The backup can't be copied to {folder}: {trouble}. Nothing was changed there.",
            folder=scratch.parent,
            trouble=error.strerror or str(error),
        ) from error


async def _is_there(wanted: Contents, library: str, folder: Path, stores: Stores, *, replace: bool) -> bool:
    """Tell whether a library is there as it shall be. Raises CantBackUp where another is, unless `replace`."""
    if not await stores.exists(folder):
        return False
    try:
        async with stores.open(folder) as store:
            begun = (await store.raw.head()).own.get(COPYING)
            standing = await contents_of(store.raw)
    except LibraryError as error:
        if replace and stores.file_of(folder):
            return False
        raise CantBackUp(
            "The library that is in {folder} can't be compared with the backup. {cause} Say --replace to put the "
            "backup in its place.",
            folder=folder,
            cause=error.message,
        ) from error
    if not begun and standing == wanted:
        return True
    if replace or begun == library or (standing.is_empty and not begun):
        return False
    raise CantBackUp(
        "There is a library in {folder} already that holds something else than the backup. Say --replace to put the "
        "backup in its place.",
        folder=folder,
    )


async def _point_to(store: Store, folder: Path) -> None:
    """Let photos whose originals the library itself keeps say where these will be."""
    last = 0
    while page := await store.raw.photos(last, PAGE_PHOTOS):
        moved = [rows for row in page if (rows := _pointing(row, folder)) is not None]
        if moved:
            await store.raw.write_photos(moved)
        last = page[-1].n


def _pointing(rows: PhotoRows, folder: Path) -> PhotoRows | None:
    values = dict(zip(PHOTO_COLUMNS, rows.photo or (), strict=bool(rows.photo)))
    if not values or not values["path"] or not values["key"].startswith(UPLOAD_KEY):
        return None
    within = Path(values["path"]).parts[-3:]  # originals/ab/abc….jpg
    path = str(folder.joinpath(*within))
    if within[0] != ORIGINALS or path == values["path"]:
        return None
    return dataclasses.replace(rows, photo=tuple({**values, "path": path}.values()))


async def _put_on_server(folder: Path, stores: Stores, steps: Steps, exact_limit: int) -> None:
    async with Stores() as files, files.open(folder / SCRATCH) as source:
        library = library_of(await source.raw.head())
        await stores.create(folder, {COPYING: library})
        async with stores.open(folder) as target, target.lock(TARGET_PATIENCE_S):
            await copy_moment(source, target, steps("Restoring"))
            space = await current_space(target)
            if target.near is not None and space is not None:
                await target.near.prepare(space, exact_limit)
