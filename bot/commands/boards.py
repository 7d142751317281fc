"""Mood boards as a whole: making, listing, showing, sharing, renaming, putting away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.boards.drawing import board_reply, show_button, told
from bot.boards.opening import author_of, check_keeper, open_board, open_boards
from bot.catalogue import Words, mark, mark_name, words_for
from bot.commands.spec import Arguments, Command, Option
from bot.preferences import READER
from bot.refusals import Refused
from bot.replies import MOST_CHOICES, Action, Choice, Reply
from core.boards.board import Board
from core.boards.brief import LONGEST as LONGEST_BRIEF
from core.boards.changes import Archived, Briefed, Change, Deleted, Placed, Renamed, Several
from core.boards.shelf import checked_name
from core.team_boards import TeamBoards

if TYPE_CHECKING:
    from bot.desk import Desk
    from bot.requests import Request

LISTED = 40


async def new(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board new: make a board, and show it where it was made."""
    async with open_boards(desk, request) as (_, boards):
        brief = checked_brief(arguments.text("brief"))
        board = await boards.shelf.make(arguments.text("name"), author_of(request), request.channel)
        if brief:
            _, board = await boards.shelf.change(board.id, author_of(request), lambda _: Briefed(brief))
        return await posted(desk, request, boards, board)


async def list_(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board list."""
    words = request.words
    archived = arguments.text("which") == ARCHIVED
    async with open_boards(desk, request) as (_, boards):
        listed = await boards.shelf.all(archived=archived)
        others = await boards.shelf.all(archived=not archived)
    if not listed:
        if archived:
            return Reply(words.say("No board is archived."), failed=True)
        if others:
            return Reply(words.say("No board is in use. See those put away: /board list which:archived"), failed=True)
        return Reply(words.say("There is no board yet: /board new"), failed=True)
    rows = []
    for one in listed[:LISTED]:
        here = words.say("this channel's") if one.channel == request.channel else ""
        count = words.plural("{n} photo", "{n} photos", one.pins)
        rows.append((one.name, " · ".join(filter(None, (count, words.day(one.changed_at), here)))))
    actions = tuple(Action(f"board:{one.id}", one.name[:80]) for one in listed[:5])
    return Reply(words.plural("{n} board", "{n} boards", len(listed)), details=tuple(rows), actions=actions)


async def show(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board show: the board, privately."""
    async with open_board(desk, request, arguments.text("board")) as at:
        shown = await at.boards.shown(at.board)
    return board_reply(request.words, shown, workspace=request.workspace)


async def share(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board share: the board, in the channel, whose board it is from now on."""
    async with open_board(desk, request, arguments.text("board")) as at:
        board = await at.change(lambda now: None if now.channel == request.channel else Placed(request.channel))
        return await posted(desk, request, at.boards, board)


async def posted(desk: Desk, request: Request, boards: TeamBoards, board: Board) -> Reply:
    """Return a board as its message in the channel; where none may be posted, privately.

    A board that is the channel's is so alone: the one before is none's any more.
    """
    if board.channel == request.channel:
        for other in await boards.shelf.all(archived=None):
            if other.channel == request.channel and other.id != board.id:
                await boards.shelf.change(other.id, author_of(request), lambda _: Placed(None))
    preferences = await desk.settings(request.workspace)
    words = request.words if preferences.language == READER else words_for(preferences.language)
    shown = await boards.shown(board)
    live = preferences.may_post(request.channel)
    return board_reply(words if live else request.words, shown, workspace=request.workspace, live=live)


async def rename(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board rename: another name, and another brief where one is given."""
    changes: list[Change] = [Renamed(checked_name(arguments.text("name")))]
    if brief := arguments.text("brief"):
        changes.append(Briefed(checked_brief(brief)))
    async with open_board(desk, request, arguments.text("board")) as at:
        check_keeper(request, at.board)
        await at.change(lambda _: Several(tuple(changes)) if len(changes) > 1 else changes[0])
    return told(at, request.words.say("The board is named “{name}” now.", name=at.board.name))


async def archive(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board archive: put a board away, or take it out again."""
    words = request.words
    async with open_board(desk, request, arguments.text("board")) as at:
        check_keeper(request, at.board)
        wanted = not at.board.archived
        await at.change(lambda now: None if now.archived == wanted else Archived(wanted))
    if wanted:
        text = words.say("“{name}” is archived. /board archive board:{name} takes it out again.", name=at.board.name)
    else:
        text = words.say("“{name}” is in use again.", name=at.board.name)
    return told(at, text)


def checked_brief(text: str) -> str:
    """Return a brief as boards have it. Raises Refused for one that is too long to be read."""
    if len(text) > LONGEST_BRIEF:
        raise Refused("The brief is too long; {most} characters are read.", most=LONGEST_BRIEF)
    return text


async def delete(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board delete: ask whether it is meant."""
    async with open_board(desk, request, arguments.text("board")) as at:
        check_keeper(request, at.board)
        words, board = request.words, at.board
    count = words.plural("{n} photo", "{n} photos", len(board.pins))
    text = words.say(
        "Delete the board “{name}” with {count}? Its photos stay in the library.", name=board.name, count=count
    )
    delete_it = Action(f"deleted:{board.id}", words.say("Delete"), "danger")
    return Reply(text, actions=(delete_it, show_button(words, board)))


async def delete_now(desk: Desk, request: Request, board_id: str) -> Reply:
    """Delete a board; for 30 days that can be undone."""
    async with open_board(desk, request, board_id) as at:
        check_keeper(request, at.board)
        await at.change(lambda now: None if now.deleted else Deleted())
    text = request.words.say("The board “{name}” is deleted. For 30 days you can undo this.", name=at.board.name)
    undo = Action(f"undo:{at.board.id}.{at.board.revision}", request.words.say("Undo"))
    return Reply(text, actions=(undo,), in_place=True)


async def complete_board(desk: Desk, request: Request, typed: str) -> Sequence[Choice]:
    """Return boards whose names hold what is typed."""
    async with open_boards(desk, request) as (_, boards):
        listed = await boards.shelf.all(archived=None)
    wanted = typed.strip().casefold()
    return [
        Choice(one.name, f"{one.name} · {_count(request.words, one.pins)}"[:100])
        for one in listed
        if wanted in one.name.casefold()
    ][:MOST_CHOICES]


def _count(words: Words, pins: int) -> str:
    return words.plural("{n} photo", "{n} photos", pins)


IN_USE, ARCHIVED = mark_name("choice", "in use"), mark_name("choice", "archived")
BOARD = Option(mark_name("option", "board"), mark("Which board; else that of this channel"), complete=complete_board)
_NAME = Option(mark_name("option", "name"), mark("What the board is called"), required=True)
NEW = Command(
    mark_name("command", "board new"),
    mark("Make a mood board for this channel"),
    new,
    (_NAME, Option(mark_name("option", "brief"), mark("What it is for"))),
    example="Autumn campaign",
)
LIST = Command(
    mark_name("command", "board list"),
    mark("List the boards"),
    list_,
    (Option(mark_name("option", "which"), mark("Those in use, or those put away"), choices=(IN_USE, ARCHIVED)),),
)
SHOW = Command(mark_name("command", "board show"), mark("Show a board, only to you"), show, (BOARD,))
SHARE = Command(mark_name("command", "board share"), mark("Show a board to everybody in this channel"), share, (BOARD,))
RENAME = Command(
    mark_name("command", "board rename"),
    mark("Give a board another name or brief"),
    rename,
    (_NAME, Option(mark_name("option", "brief"), mark("What it is for")), BOARD),
)
ARCHIVE = Command(
    mark_name("command", "board archive"), mark("Put a board away, or take it out again"), archive, (BOARD,)
)
DELETE = Command(mark_name("command", "board delete"), mark("Delete a board"), delete, (BOARD,))
