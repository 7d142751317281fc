"""Which board is meant, and how it is changed: by everybody at once, with its messages drawn anew."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.boards.seeing import Seen
from bot.refusals import Refused
from bot.requests import Level
from core.boards.board import Author, Board
from core.boards.changes import Change
from core.errors import BadQuery, NotFound
from core.query import Like, Query, parse
from core.team_boards import TeamBoards
from core.workspace import Embedded, Workspace

if TYPE_CHECKING:
    from bot.desk import Desk
    from bot.requests import Request

BOARD = "board:"  # how an id begins that stands for a board in `like:`


@dataclass(slots=True)
class Opened:
    """A board that somebody works on, as their workspace sees it."""

    desk: Desk
    request: Request
    seen: Seen
    board: Board
    own: int | None = None  # the revision of the last change that was made here

    @property
    def workspace(self) -> Workspace:
        """The photos of who works on it."""
        return self.seen.boards.workspace

    @property
    def boards(self) -> TeamBoards:
        """The boards among which it stands."""
        return self.seen.boards

    @property
    def side(self) -> str:
        """The side from which it is changed."""
        return self.seen.side

    async def change(self, make: Callable[[Board], Change | None]) -> Board:
        """Change the board, see to it that its messages show it, and return it as it is now."""
        author = replace(author_of(self.request), side=self.side)
        before, self.board = await self.boards.shelf.change(self.board.id, author, make)
        if self.board.revision != before.revision:
            self.own = self.board.revision
            for workspace in self.seen.seen_from:
                self.desk.live.changed(workspace, self.board.id)
        return self.board

    def check_keeper(self) -> None:
        """Raise Refused unless who asks made the board, or is trusted with what others made, at its home."""
        if self.seen.link is not None:
            raise Refused("The board belongs to {team}; only there this can be done.", team=self.seen.link.home_title)
        if self.board.made_by.id != self.request.person.id and self.request.level < Level.MODERATOR:
            if not self.board.made_by.name:
                raise Refused("Only a moderator may do this with the board.")
            raise Refused("Only {name} or a moderator may do this with the board.", name=self.board.made_by.name)


@asynccontextmanager
async def open_boards(desk: Desk, request: Request) -> AsyncIterator[tuple[Workspace, TeamBoards]]:
    """Yield the boards that a workspace keeps itself."""
    async with desk.workspaces.use(request.workspace) as workspace:
        yield workspace, TeamBoards(workspace)


@asynccontextmanager
async def open_board(
    desk: Desk, request: Request, name: str = "", *, be_it_deleted: bool = False
) -> AsyncIterator[Opened]:
    """Yield a board by its name or id; without one that of the channel, or the only one. Raises Refused and NotFound.

    `be_it_deleted` is for what undoes a deletion.
    """
    if name:
        board_id = await desk.boards.named(request.workspace, name, be_it_deleted=be_it_deleted)
    else:
        usual = await desk.boards.usual(request.workspace, request.channel)
        if usual is None:
            raise Refused("Which board? Name it, or make one for this channel with /board new.")
        board_id = usual
    async with desk.boards.see(request.workspace, board_id) as seen:
        board = await seen.boards.shelf.board(board_id)
        if board.deleted and seen.link is not None:
            raise NotFound("This board is not here any more.")
        yield Opened(desk, request, seen, board)


def author_of(request: Request) -> Author:
    """Return who asks, as boards write them down."""
    return Author(request.person.id, request.person.name)


def like_board(board: Board, name: str) -> Query:
    """Return the query for what fits a board, by the name that it goes by, where the query language can write that."""
    named = Query(likes=(Like(f"{BOARD}{name}"),))
    try:
        readable = parse(str(named)) == named
    except BadQuery:
        readable = False
    return named if readable else Query(likes=(Like(f"{BOARD}{board.id}"),))


async def read_likes(desk: Desk, request: Request, query: Query) -> tuple[Query, tuple[Embedded, ...]]:
    """Return a query without its `like:board:NAME`, and the pictures that those stand for.

    Raises NotFound for a board that is not there, and BadRecord for one of which no photo can be compared.
    """
    pictures: list[Embedded] = []
    for like in query.likes:
        if like.photo_id.startswith(BOARD):
            async with open_board(desk, request, like.photo_id.removeprefix(BOARD)) as at:
                pictures += await at.boards.pictures_like(at.board, weight=like.weight, negative=like.negative)
    likes = tuple(like for like in query.likes if not like.photo_id.startswith(BOARD))
    return replace(query, likes=likes), tuple(pictures)
