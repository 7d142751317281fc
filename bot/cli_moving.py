"""The command that carries a library, or all that a bot has, from one store into another: `modaclip move`."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bot.app import library_options
from bot.cli import FOUND, NOTHING, Context
from bot.holdings import holdings_of
from bot.progress import steps
from bot.store.moving import move_tables
from bot.store.state import TABLES, State
from core.encoder import EncoderServices
from core.moving import CantMove, Moved, NotTheSame, Sides, move
from core.options import LibraryOptions
from core.store import StoreOptions, Stores
from core.store.opening import BEGINNINGS, has_password, key_of

SQLITE, POSTGRESQL = "sqlite", "postgresql"


@dataclass(frozen=True, slots=True)
class _Way:
    """From where to where."""

    source: StoreOptions
    target: StoreOptions
    name: str  # of the target, without a password

    @property
    def to_server(self) -> bool:
        return bool(self.target.url)


async def run_move(context: Context) -> int:
    """Carry over the library, or all that the bot has; a second run brings what was written meanwhile."""
    way = _way(context.arguments.to, context.settings.library.store)
    options = library_options(context.settings)
    try:
        async with (
            Stores(way.source) as source,
            Stores(way.target) as target,
            options.make_services() as services,
        ):
            sides = Sides(source, target, way.name)
            folders = await _folders(context, source)
            same = [await _move_one(context, folder, sides, options, services) for folder in folders]
            if context.arguments.everything:
                await _move_state(context, way, source, target)
    except NotTheSame as error:
        context.err.print(str(error), markup=False)
        return NOTHING
    if not all(same):
        context.err.print("Not all answers are the same, so go on using what the library was copied from.")
        return NOTHING
    _say_what_next(context, way)
    return FOUND


def _way(to: str, setting: str) -> _Way:
    """Return from where to where `--to` leads. Raises CantMove."""
    if to == SQLITE:
        if not setting:
            raise CantMove(
                "The settings name no PostgreSQL database to copy from. Set MODACLIP_LIBRARY_STORE to its URL until "
                "the move is done."
            )
        return _Way(StoreOptions(setting), StoreOptions(), "the library's folder")
    url = setting if to == POSTGRESQL else to
    if not url.startswith(BEGINNINGS):
        raise CantMove(
            "Say where to: --to postgresql://…, --to postgresql for the database that MODACLIP_LIBRARY_STORE names, "
            "or --to sqlite for a file in the library's folder."
        )
    if url == to and has_password(url):  # else everybody on this machine reads it in the list of processes
        raise CantMove(
            "Everybody on this machine can read a password on the command line; if this one is in use, change it. Put "
            "the URL into MODACLIP_LIBRARY_STORE, or into a file that MODACLIP_LIBRARY_STORE_FILE names, and say "
            "--to postgresql."
        )
    if setting not in ("", url):
        raise CantMove(
            "The settings keep libraries in another PostgreSQL database than this. Move them to sqlite first, or copy "
            "the database with pg_dump."
        )
    where = urlsplit(url)
    return _Way(StoreOptions(), StoreOptions(url), f"PostgreSQL ({where.hostname or ''}{where.path})")


async def _folders(context: Context, source: Stores) -> list[Path]:
    """Return the folders of the libraries that are meant. Raises CantMove when two have one name."""
    if not context.arguments.everything:
        return [context.folder]
    folders: dict[str, Path] = {}
    for holding in await holdings_of(context.settings.bot, context.folder, source):
        folder = holding.folder
        standing = folders.setdefault(key_of(folder), folder)
        if standing.absolute() != folder.absolute():
            raise CantMove(
                "The folders {one} and {other} have the same name, and PostgreSQL knows libraries by it. Rename one.",
                one=standing,
                other=folder,
            )
    return list(folders.values())


async def _move_one(
    context: Context, folder: Path, sides: Sides, options: LibraryOptions, services: EncoderServices
) -> bool:
    """Move one library and say what came of it; tell whether both answer the same."""
    began = time.monotonic()
    with steps(context.err, folder.name) as step:
        moved = await move(folder, sides, options, services, step, replace=context.arguments.replace)
    for line in _lines(folder, moved, time.monotonic() - began):
        context.out.print(line, markup=False)
    for query in moved.answers.different:
        context.err.print(f"Answered otherwise: {query}", markup=False)
    return moved.answers.same


async def _move_state(context: Context, way: _Way, source: Stores, target: Stores) -> None:
    path = context.settings.bot.dir / TABLES
    if way.to_server and not path.is_file():
        context.out.print("The bot has kept nothing of its own yet.")
        return
    async with State.open(path, stores=source) as own, State.open(path, stores=target) as other:
        file, server = (own, other) if way.to_server else (other, own)
        moved = await move_tables(
            file.database, server.database, to_server=way.to_server, replace=context.arguments.replace
        )
    carried = f"{moved.written:,} rows written, {moved.removed:,} taken away"
    context.out.print(f"The bot's own tables: {moved.rows:,} rows; {carried}; checksum {moved.checksum} on both sides.")


def _lines(folder: Path, moved: Moved, seconds: float) -> list[str]:
    held = moved.contents
    vectors = ", ".join(f"{count:,} vectors of {name}" for name, count in moved.spaces) or "no vectors"
    carried = f"{moved.written:,} photos and boards written, {moved.removed:,} taken away, in {seconds:.0f} s"
    answers = moved.answers
    return [
        f"{folder}: {held.photos:,} photos, {held.tags:,} tags, {held.colours:,} colours, {vectors}, "
        f"{held.boards:,} boards with {held.changes:,} changes.",
        f"  {carried}." if moved.written or moved.removed else "  Nothing was left to carry over.",
        f"  Both sides hold the same: checksum {held.checksum}.",
        f"  {answers.asked} queries asked of both: {answers.identical} answers are identical, {answers.alike} alike to "
        f"float16's noise, {answers.otherwise} differ by what the engines looked at ({answers.common:.0%} of their "
        f"photos are in both), {len(answers.different)} differ.",
    ]


def _say_what_next(context: Context, way: _Way) -> None:
    setting = (
        "set MODACLIP_LIBRARY_STORE to this database's URL"
        if way.to_server
        else "unset MODACLIP_LIBRARY_STORE (library.store in modaclip.toml)"
    )
    context.out.print(
        "Nothing was changed where it was copied from, and the bot still works there. To change over: stop the bot, "
        f"run this once more for what was written meanwhile, {setting}, and start the bot again.",
        markup=False,
    )
