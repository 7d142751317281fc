"""Which boards a workspace sees: its own, and those of others that it has joined; and what of them it may see.

A board is kept by the workspace that made it, its home. Who joins sees the board, its pins' photos, and nothing else of
the others' libraries; each side's own settings say what its people may do.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from itertools import chain, count

from bot.store.board_links import BoardLinks, Link
from bot.workspaces import Workspaces
from core.boards.board import HOME, Board
from core.boards.shelf import Listed, folded
from core.errors import ModaclipError, NotFound
from core.sides import Sides
from core.team_boards import TeamBoards

SIDE_LENGTH = 12  # hexadecimal digits
LONGEST_NAME = 95  # characters; chats complete no more than 100

log = logging.getLogger(__name__)


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
        home, link, joined = await self._joined(workspace, board_id)
        async with AsyncExitStack() as stack:
            here = await stack.enter_async_context(self._workspaces.use(workspace))
            others, titles = {}, {}
            if link is not None:
                others[HOME] = await stack.enter_async_context(self._workspaces.use(home))
                titles[HOME] = link.home_title
            for one in joined:
                if one.workspace != workspace:
                    side = side_of(one.workspace)
                    titles[side] = one.title
                    try:
                        others[side] = await stack.enter_async_context(self._workspaces.use(one.workspace))
                    except ModaclipError as error:  # its photos are shown as gone; the rest of the board is not
                        log.warning("a side of a board can't be opened", extra={"side": side, "error": error.gist})
            sides = Sides(here, HOME if link is None else side_of(workspace), others, titles)
            yield Seen(TeamBoards(here, sides=sides), _seers(home, joined), link)

    async def seen_from(self, workspace: str, board_id: str) -> tuple[str, ...]:
        """Return every workspace that sees a board which this one sees."""
        home, _, joined = await self._joined(workspace, board_id)
        return _seers(home, joined)

    async def all(self, workspace: str) -> list[Entry]:
        """Return the boards that a workspace sees, archived ones too: its own, last changed first, then the others.

        Those come in the order in which they were joined; where a name is taken, the team's is added to it.
        """
        async with self._workspaces.use(workspace) as used:
            entries = [Entry(one) for one in await used.own.boards.all(archived=None)]
        taken = {folded(entry.listed.name) for entry in entries}
        for link in await self.links.of_workspace(workspace):
            listed = await self._listed(link)
            if listed is not None:
                name = _free(listed.name, link.home_title, taken)
                taken.add(folded(name))
                entries.append(Entry(replace(listed, name=name, channel=link.channel), link))
        return entries

    async def name(self, seen: Seen, workspace: str, board: Board) -> str:
        """Return what a board goes by in a workspace."""
        if seen.link is None:
            return board.name
        return next((one.listed.name for one in await self.all(workspace) if one.listed.id == board.id), board.id)

    async def named(self, workspace: str, name: str, *, be_it_deleted: bool = False) -> str:
        """Return the id of the board that goes by a name or an id in a workspace. Raises NotFound."""
        async with self._workspaces.use(workspace) as used:
            try:
                return (await used.own.boards.named(name)).id
            except NotFound as error:
                not_here = error
            for entry in await self.all(workspace):
                if entry.link is not None and (
                    entry.listed.id == name.strip() or folded(entry.listed.name) == folded(name)
                ):
                    return entry.listed.id
            if be_it_deleted:
                return (await used.own.boards.named(name, be_it_deleted=True)).id
        raise not_here

    async def usual(self, workspace: str, channel: str) -> str | None:
        """Return the id of the board that is meant where none is named: that of the channel, or the only one."""
        async with self._workspaces.use(workspace) as used:
            if (board := await used.own.boards.of_channel(channel)) is not None:
                return board.id
        in_use = [entry.listed for entry in await self.all(workspace) if not entry.listed.archived]
        here = [one for one in in_use if one.channel == channel] or in_use
        return here[0].id if len(here) == 1 else None

    async def _joined(self, workspace: str, board_id: str) -> tuple[str, Link | None, list[Link]]:
        """Return a board's home, with what a workspace has joined it, and all who have."""
        links = await self.links.of_board(board_id)
        own = next((one for one in links if one.workspace == workspace), None)
        home = workspace if own is None else own.home
        return home, own, [one for one in links if one.home == home]

    async def _listed(self, link: Link) -> Listed | None:
        """Return a board that was joined; None where it was deleted, or can't be had. One that is gone is forgotten."""
        try:
            async with self._workspaces.use(link.home) as home:
                listed = await home.own.boards.listed(link.board)
                if listed is None and not await home.own.boards.holds(link.board):
                    await self.links.leave(link.board, link.workspace)
                return listed
        except ModaclipError as error:  # another team's trouble is none of this one's
            log.warning("a board that was joined can't be opened", extra={"error": error.gist})
            return None


def _seers(home: str, joined: Sequence[Link]) -> tuple[str, ...]:
    return (home, *(link.workspace for link in joined))


def _free(name: str, title: str, taken: Collection[str]) -> str:
    """Return a name that no other board has here, short enough for chats to complete."""
    with_team = f"{name[:50].strip()} · {title}"[:LONGEST_NAME].strip()
    numbered = (f"{with_team[:90]} {n}" for n in count(2))
    return next(one for one in chain((name, with_team), numbered) if folded(one) not in taken)


def side_of(workspace: str) -> str:
    """Return the side that a workspace is of every board that it joins: the same each time, and no name."""
    return hashlib.sha256(workspace.encode()).hexdigest()[:SIDE_LENGTH]
