"""The commands that save all that there is into a folder, and bring it back: `modaclip backup`, `modaclip restore`."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

from bot.app import library_options
from bot.cli import FOUND, NOTHING, Context
from bot.holdings import Holding, folder_for, holdings_of
from bot.progress import progress, steps
from bot.store.backup import RestoringTables, TablesRestored, save_tables
from bot.store.state import TABLES
from core.backup import (
    CantBackUp,
    Damaged,
    Kept,
    Manifest,
    Prepared,
    Restored,
    Saved,
    Saving,
    forget,
    prepare,
    put,
    verify,
)
from core.options import LibraryOptions
from core.store import Stores


async def run_backup(context: Context) -> int:
    """Save every library and the bot's own tables."""
    with _explained():
        async with library_options(context.settings).make_stores() as stores:
            await _save(context, stores)
    return FOUND


async def _save(context: Context, stores: Stores) -> None:
    folder, settings = context.arguments.folder, context.settings
    holdings = await holdings_of(settings.bot, context.folder, stores)
    tables = settings.bot.dir / TABLES
    if not holdings and not tables.is_file():
        raise CantBackUp("There is nothing to save: no library in {folder}, and none of a bot.", folder=context.folder)
    async with Saving.open(folder) as saving:
        for holding in holdings:
            with steps(context.err, holding.place) as step:
                saved = await saving.add_library(holding.place, holding.folder, stores, step)
            _say_saved(context, holding, saved)
        if await save_tables(tables, stores, saving.tables_file()):
            await saving.add_tables()
            context.out.print("The bot's own tables.")
        manifest = await saving.finish()
    context.out.print(f"{folder} holds a whole backup of {manifest.made_at}.", markup=False)


async def run_restore(context: Context) -> int:
    """Look at every byte of a backup, then put all of it where the settings say."""
    folder: Path = context.arguments.folder
    try:
        with progress(context.err, f"Checking {folder.name}") as report:
            manifest, checksums = await asyncio.to_thread(verify, folder, report)
    except Damaged as error:
        context.err.print(str(error), markup=False)
        return NOTHING
    context.out.print(
        f"{folder} is whole: {len(checksums):,} files of {manifest.made_at} are as they were written.", markup=False
    )
    if context.arguments.check:
        for kept in manifest.libraries:
            context.out.print(f"{kept.place}: {kept.photos:,} photos and {kept.boards:,} boards.", markup=False)
        return FOUND
    options = library_options(context.settings)
    with _explained():
        async with options.make_stores() as stores:
            await _restore(context, manifest, checksums, stores, options)
    context.out.print("Everything is restored. Start the bot; `modaclip check` looks at what it works with.")
    return FOUND


async def _restore(
    context: Context, manifest: Manifest, checksums: dict[str, str], stores: Stores, options: LibraryOptions
) -> None:
    """Make everything ready, and only then put the first of it."""
    backup, replace = context.arguments.folder, context.arguments.replace
    tables = RestoringTables(context.settings.bot.dir / TABLES, stores)
    folders = [(kept, _folder_for(context, kept)) for kept in manifest.libraries]
    async with AsyncExitStack() as stack:
        ready: list[Prepared] = []
        for kept, folder in folders:
            ready.append(await prepare(backup, kept, folder, stores, replace=replace))
            stack.callback(forget, folder)
        if manifest.tables:
            stack.callback(tables.forget)
            await tables.prepare(backup / manifest.tables, replace=replace)
        for prepared in ready:
            place = prepared.kept.place
            own = {Path(name).relative_to(place): checksum for name, checksum in checksums.items()
                   if name.startswith(f"{place}/") and name != prepared.kept.database}  # fmt: skip
            with steps(context.err, place) as step:
                done = await put(prepared, own, backup, stores, step, exact_limit=options.exact_limit)
            _say_restored(context, prepared, done)
        if manifest.tables:
            _say_tables(context, await tables.put())


@contextmanager
def _explained() -> Iterator[None]:
    """Say it in a sentence where a disk is full, or a folder can't be written to."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise CantBackUp(
            "It stopped ({trouble}). Nothing that was there before is lost; once that is mended, the same command goes "
            "on.",
            trouble=str(error),
        ) from error


def _folder_for(context: Context, kept: Kept) -> Path:
    folder = folder_for(kept.place, context.settings.bot, context.folder)
    if folder is None:
        raise CantBackUp(
            "The backup holds {place}, for which the settings name no folder. Set MODACLIP_BOT_COLLECTIONS to "
            "{name}=/where/it/shall/be beside the others, then try again.",
            place=kept.place,
            name=kept.place.rpartition("/")[2],
        )
    return folder


def _say_saved(context: Context, holding: Holding, saved: Saved) -> None:
    kept = saved.kept
    context.out.print(
        f"{kept.place} ({holding.folder}): {kept.photos:,} photos, {kept.boards:,} boards and {saved.pictures:,} files "
        "of pictures.",
        markup=False,
    )
    if kept.photos and not saved.pictures:
        context.err.print(
            f"No thumbnail and no original lies in {holding.folder}. Where hosts share a database, make backups on one "
            "that has these files.",
            markup=False,
        )


def _say_restored(context: Context, prepared: Prepared, done: Restored) -> None:
    held, what = done.contents, "restored" if done.written else "were there already"
    context.out.print(
        f"{prepared.kept.place} ({prepared.folder}): {held.photos:,} photos, {held.boards:,} boards with "
        f"{held.changes:,} changes {what}, {done.pictures:,} files of pictures written; checksum {held.checksum}.",
        markup=False,
    )
    _say_aside(context, done.aside)


def _say_tables(context: Context, done: TablesRestored) -> None:
    what = "restored" if done.written else "were there already"
    context.out.print(f"The bot's own tables: {done.rows:,} rows {what}.", markup=False)
    _say_aside(context, done.aside)


def _say_aside(context: Context, aside: Path | None) -> None:
    if aside is not None:
        context.out.print(f"  What was there before is {aside}. Delete it when nobody needs it.", markup=False)
