"""A team in which two people have worked, for tests of what is kept about one of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.desk import Desk
from bot.replies import Reply
from bot.requests import Level, own_workspace
from core.store import StoreOptions
from tests.bot.teams import TEAMS, action, fill, open_team_desk, request

HOME, GUEST, _ = TEAMS
ANN, BEN = "discord:ann", "discord:ben"
OWN = own_workspace(ANN)


@asynccontextmanager
async def worked(folder: Path, store: StoreOptions) -> AsyncIterator[Desk]:
    """Yield the desk of a team in which Ann and Ben have voted, pinned, noted and decided, and looked for photos."""
    async with open_team_desk(folder, store=store) as desk:
        await fill(desk, folder, HOME, "one")
        await do(desk, "board new", name="Autumn")
        await do(desk, "board add", photos="one-red one-blue")
        await do(desk, "board note", number=1, text="Ann's favourite")
        for who in ("ann", "ben"):
            await do(desk, "board vote", by=who, numbers="1", vote="up")
            await do(desk, "find", by=who, query=f"red {who}")
        await do(desk, "board decide", numbers="1", why="warm")
        yield desk


async def do(desk: Desk, name: str, /, *, by: str = "ann", team: str = HOME, **values: Any) -> Reply:
    reply = await desk.command(name, request(team, by, level=Level.MEMBER), values)
    assert not reply.failed, reply.text
    return reply


async def forgotten(desk: Desk, by: str = "ann", team: str = HOME) -> Reply:
    """Ask to be forgotten, and press the button."""
    asked = await do(desk, "forget me", by=by, team=team)
    return await desk.press(action(asked, "forgotten"), request(team, by, level=Level.MEMBER))


async def everything(desk: Desk) -> str:
    """Return every row of every table there is, of the bot and of each library, as text."""
    rows: list[object] = []
    database = desk.state.database
    for table in ("results", "settings", "facts", "sessions", "entries", "people", "board_links", "board_codes",
                  "board_posts", "board_watches", "leases"):  # fmt: skip
        rows += [tuple(row) for row in await database.rows(f"SELECT * FROM {table}")]  # noqa: S608
    for folder in await desk.workspaces.folders():
        async with desk.workspaces.store_in(folder) as store:
            rows += await store.raw.boards("", 1000)
    return repr(rows)


async def shown(desk: Desk, name: str = "Autumn") -> Any:
    async with desk.workspaces.use(HOME) as workspace:
        return await workspace.own.boards.named(name)


async def log_of(desk: Desk) -> Any:
    async with desk.workspaces.use(HOME) as workspace:
        return await workspace.own.boards.log((await shown(desk)).id)
