"""Which board is meant, and how it is changed: by everybody at once, with its messages drawn anew."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.refusals import Refused
from bot.requests import Level
from core.boards.board import Author, Board
from core.boards.changes import Change
from core.errors import BadQuery
from core.query import Like, Query, parse
from core.team_boards import TeamBoards
from core.workspace import Workspace

if TYPE_CHECKING:
    from bot.desk import Desk
    from bot.requests import Request


@dataclass(slots=True)
class Opened:
    """A board that somebody works on, in its workspace."""

    desk: Desk
    request: Request
    workspace: Workspace
    boards: TeamBoards
    board: Board
    own: int | None = None  # the revision of the last change that was made here

    async def change(self, make: Callable[[Board], Change | None]) -> Board:
        """Change the board, see to it that its messages show it, and return it as it is now."""
        before, self.board = await self.boards.shelf.change(self.board.id, author_of(self.request), make)
        if self.board.revision != before.revision:
            self.own = self.board.revision
            self.desk.live.changed(self.request.workspace, self.board.id)
        return self.board


@asynccontextmanager
async def open_boards(desk: Desk, request: Request) -> AsyncIterator[tuple[Workspace, TeamBoards]]:
    """Yield the boards of a workspace."""
    async with desk.workspaces.use(request.workspace) as workspace:
        yield workspace, TeamBoards(workspace)


@asynccontextmanager
async def open_board(
    desk: Desk, request: Request, name: str = "", *, be_it_deleted: bool = False
) -> AsyncIterator[Opened]:
    """Yield a board by its name or id; without one that of the channel, or the only one. Raises Refused.

    `be_it_deleted` is for what undoes a deletion.
    """
    async with open_boards(desk, request) as (workspace, boards):
        board = await _meant(request, boards, name, be_it_deleted=be_it_deleted)
        yield Opened(desk, request, workspace, boards, board)


async def usual_board(request: Request, boards: TeamBoards) -> Board | None:
    """Return the board that is meant where none is named: that of the channel, or the only one."""
    if (board := await boards.shelf.of_channel(request.channel)) is not None:
        return board
    listed = await boards.shelf.all()
    return await boards.shelf.board(listed[0].id) if len(listed) == 1 else None


def author_of(request: Request) -> Author:
    """Return who asks, as boards write them down."""
    return Author(request.person.id, request.person.name)


def check_keeper(request: Request, board: Board) -> None:
    """Raise Refused unless somebody made a board, or is trusted with what others made."""
    if board.made_by.id != request.person.id and request.level < Level.MODERATOR:
        raise Refused("Only {name} or a moderator may do this with the board.", name=board.made_by.name)


def like_board(board: Board) -> Query:
    """Return the query for what fits a board, by its name where the query language can write that."""
    named = Query(likes=(Like(f"board:{board.name}"),))
    try:
        readable = parse(str(named)) == named
    except BadQuery:
        readable = False
    return named if readable else Query(likes=(Like(f"board:{board.id}"),))


async def _meant(request: Request, boards: TeamBoards, name: str, *, be_it_deleted: bool) -> Board:
    if name:
        return await boards.shelf.named(name, be_it_deleted=be_it_deleted)
    board = await usual_board(request, boards)
    if board is None:
        raise Refused("Which board? Name it, or make one for this channel with /board new.")
    return board
