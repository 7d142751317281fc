"""Which boards a workspace sees: its own, and those of others that it has joined; and what of them it may see.

A board is kept by the workspace that made it, its home. Who joins sees the board, its pins' photos, and nothing else of
the others' libraries; each side's own settings say what its people may do.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from bot.store.board_links import BoardLinks, Link
from bot.workspaces import Workspaces
from core.boards.board import HOME
from core.boards.shelf import Listed, folded
from core.errors import NotFound
from core.sides import Sides
from core.team_boards import TeamBoards

SIDE_LENGTH = 12  # hexadecimal digits


@dataclass(frozen=True, slots=True)
class Seen:
    """A board's surroundings, as one workspace sees them."""

    boards: TeamBoards
    seen_from: tuple[str, ...]  # every workspace that sees the board
    link: Link | None  # with which it was joined; None at home

    @property
    def side(self) -> str:
        """The side of who sees it, as changes are written down."""
        return self.boards.sides.here


@dataclass(frozen=True, slots=True)
class Entry:
    """A board in a workspace's list."""

    listed: Listed  # named and placed as it is here
    link: Link | None = None


class Boards:
    """The boards of every workspace."""

    def __init__(self, workspaces: Workspaces, links: BoardLinks) -> None:
        self._workspaces = workspaces
        self.links = links

    @asynccontextmanager
    async def see(self, workspace: str, board_id: str) -> AsyncIterator[Seen]:
        """Yield what surrounds a board; whether it is there, its shelf says."""
        joined = await self.links.of_board(board_id)
        link = next((one for one in joined if one.workspace == workspace), None)
        home = workspace if link is None else link.home
        joined = [one for one in joined if one.home == home]
        async with AsyncExitStack() as stack:
            here = await stack.enter_async_context(self._workspaces.use(workspace))
            others, titles = {}, {}
            if link is not None:
                others[HOME] = await stack.enter_async_context(self._workspaces.use(home))
                titles[HOME] = link.home_title
            for one in joined:
                if one.workspace != workspace:
                    side = side_of(one.workspace)
                    others[side] = await stack.enter_async_context(self._workspaces.use(one.workspace))
                    titles[side] = one.title
            sides = Sides(here, HOME if link is None else side_of(workspace), others, titles)
            yield Seen(TeamBoards(here, sides=sides), (home, *(one.workspace for one in joined)), link)

    async def all(self, workspace: str) -> list[Entry]:
        """Return the boards that a workspace sees, archived ones too: its own, last changed first, then the others."""
        async with self._workspaces.use(workspace) as used:
            entries = [Entry(one) for one in await used.own.boards.all(archived=None)]
        taken = {folded(entry.listed.name) for entry in entries}
        for link in await self.links.of_workspace(workspace):
            async with self._workspaces.use(link.home) as home:
                listed = await home.own.boards.listed(link.board)
            if listed is not None:
                named = f"{listed.name} · {link.home_title}"
                name = named if folded(listed.name) in taken else listed.name
                taken.add(folded(name))
                entries.append(Entry(replace(listed, name=name, channel=link.channel), link))
        return entries

    async def named(self, workspace: str, name: str, *, be_it_deleted: bool = False) -> str:
        """Return the id of the board that goes by a name or an id in a workspace. Raises NotFound."""
        wanted = folded(name)
        async with self._workspaces.use(workspace) as used:
            try:
                return (await used.own.boards.named(name, be_it_deleted=be_it_deleted)).id
            except NotFound as error:
                not_here = error
        for link in await self.links.of_workspace(workspace):
            if link.board == name.strip():
                return link.board
        for entry in await self.all(workspace):
            if entry.link is not None and folded(entry.listed.name) == wanted:
                return entry.listed.id
        raise not_here

    async def usual(self, workspace: str, channel: str) -> str | None:
        """Return the id of the board that is meant where none is named: that of the channel, or the only one."""
        async with self._workspaces.use(workspace) as used:
            if (board := await used.own.boards.of_channel(channel)) is not None:
                return board.id
        in_use = [entry.listed for entry in await self.all(workspace) if not entry.listed.archived]
        here = [one for one in in_use if one.channel == channel] or in_use
        return here[0].id if len(here) == 1 else None


def side_of(workspace: str) -> str:
    """Return the side that a workspace is of every board that it joins: the same each time, and no name."""
    return hashlib.sha256(workspace.encode()).hexdigest()[:SIDE_LENGTH]
