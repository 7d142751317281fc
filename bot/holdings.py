"""Which libraries an installation has, and what each is called wherever all of them are meant.

A place is that name: `library` for the one that the settings name, `collections/NAME` for one that is shared,
`workspaces/FOLDER` for what belongs to a server or team.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.settings import BotSettings, collections_of
from core.store import Stores
from core.store.opening import key_of

LIBRARY, COLLECTIONS, WORKSPACES = "library", "collections", "workspaces"


@dataclass(frozen=True, slots=True)
class Holding:
    """One library of an installation."""

    place: str
    folder: Path


async def holdings_of(bot: BotSettings, library: Path, stores: Stores) -> list[Holding]:
    """Return every library that there is: in these folders, and in a database that hosts share."""
    fixed = _fixed(bot, library)
    workspaces = bot.dir / WORKSPACES
    own = {folder.name for folder in workspaces.iterdir()} if workspaces.is_dir() else set()
    # a host that shares the database need not have a folder for each of its libraries
    own |= set(await stores.keys()) - {key_of(folder) for folder in fixed.values()}
    places = {**fixed, **{f"{WORKSPACES}/{name}": workspaces / name for name in sorted(own)}}
    return [Holding(place, folder) for place, folder in places.items() if await stores.exists(folder)]


def folder_for(place: str, bot: BotSettings, library: Path) -> Path | None:
    """Return the folder in which a place's library lies under these settings; None where they name none."""
    kind, _, name = place.partition("/")
    return bot.dir / WORKSPACES / name if kind == WORKSPACES else _fixed(bot, library).get(place)


def _fixed(bot: BotSettings, library: Path) -> Mapping[str, Path]:
    collections, _ = collections_of(bot)
    return {LIBRARY: library, **{f"{COLLECTIONS}/{name}": folder for name, folder in collections.items()}}
