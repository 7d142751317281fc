"""Mood boards as a whole: making, listing, showing, posting, changing what is said of them, putting away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.boards.drawing import board_reply, show_button, told
from bot.boards.opening import Opened, author_of, open_board, open_boards
from bot.catalogue import Words, mark, mark_name, words_for
from bot.commands.spec import Arguments, Command, Option
from bot.preferences import READER
from bot.refusals import Refused
from bot.replies import MOST_CHOICES, Action, Choice, Reply
from core.boards.board import HOME, Board
from core.boards.brief import LONGEST as LONGEST_BRIEF
from core.boards.changes import Archived, Briefed, Change, Deleted, Placed, Renamed, Several, VotingSet
from core.boards.log import has_votes
from core.boards.shelf import checked_name

if TYPE_CHECKING:
    from bot.desk import Desk
    from bot.requests import Request

LISTED = 40
STAY_SECRET = mark("There are secret votes on this board. They stay secret.")


async def new(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board new: make a board, and show it where it was made."""
    async with open_boards(desk, request) as (_, boards):
        brief = checked_brief(arguments.text("brief"))
        board = await boards.shelf.make(
            arguments.text("name"),
            author_of(request),
            request.channel,
            first=lambda _: Briefed(brief) if brief else None,
        )
    return await posted_by_id(desk, request, board.id)


async def list_(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board list."""
    words = request.words
    archived = arguments.text("which") == ARCHIVED
    entries = await desk.boards.all(request.workspace)
    listed = [entry for entry in entries if entry.listed.archived == archived]
    if not listed:
        if archived:
            return Reply(words.say("No board is archived."), failed=True)
        if entries:
            return Reply(words.say("No board is in use. See those put away: /board list which:archived"), failed=True)
        return Reply(words.say("There is no board yet: /board new"), failed=True)
    rows = []
    for entry in listed[:LISTED]:
        one = entry.listed
        here = words.say("this channel's") if one.channel == request.channel else ""
        owner = words.say("of {team}", team=entry.link.home_title) if entry.link else ""
        count = words.plural("{n} photo", "{n} photos", one.pins)
        rows.append((one.name, " · ".join(filter(None, (count, words.day(one.changed_at), here, owner)))))
    actions = tuple(Action(f"board:{entry.listed.id}", entry.listed.name[:80]) for entry in listed[:5])
    return Reply(words.plural("{n} board", "{n} boards", len(listed)), details=tuple(rows), actions=actions)


async def show(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board show: the board, privately, with a button that posts it."""
    async with open_board(desk, request, arguments.text("board")) as at:
        return await shown_privately(at)


async def shown_privately(at: Opened) -> Reply:
    """Return a board as one person sees it."""
    words = at.request.words
    reply = board_reply(words, await at.boards.shown(at.board), workspace=at.request.workspace)
    return replace(reply, actions=(*reply.actions, place_button(words, at.board)))


def place_button(words: Words, board: Board) -> Action:
    """Return the button that posts a board to the channel, whose board it is then."""
    return Action(f"place:{board.id}", words.say("Post to the channel"))


async def posted_by_id(desk: Desk, request: Request, board_id: str) -> Reply:
    """Return a board as its message in the channel."""
    async with open_board(desk, request, board_id) as at:
        return await posted(at)


async def posted(at: Opened) -> Reply:
    """Return a board as its message in the channel, whose board it is from now on; privately where none may be posted.

    A board that is the channel's is so alone: the one before is none's any more.
    """
    desk, request = at.desk, at.request
    for entry in await desk.boards.all(request.workspace):
        if entry.listed.channel == request.channel and entry.listed.id != at.board.id:
            if entry.link is not None:
                await desk.boards.links.place(entry.listed.id, request.workspace, None)
            else:
                async with open_board(desk, request, entry.listed.id) as before:
                    await before.change(lambda _: Placed(None))
    if at.side != HOME:
        await desk.boards.links.place(at.board.id, request.workspace, request.channel)
    else:
        await at.change(lambda now: None if now.channel == request.channel else Placed(request.channel))
    preferences = await desk.settings(request.workspace)
    words = request.words if preferences.language == READER else words_for(preferences.language)
    shown = await at.boards.shown(at.board)
    live = preferences.may_post(request.channel)
    return board_reply(words if live else request.words, shown, workspace=request.workspace, live=live)


async def edit(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board edit: another name, another brief, or whether it is kept to oneself who voted."""
    words, votes = request.words, arguments.text("votes")
    changes: list[Change] = [Renamed(checked_name(name))] if (name := arguments.text("name")) else []
    if brief := arguments.text("brief"):
        changes.append(Briefed(checked_brief(brief)))
    if votes:
        changes.append(VotingSet(votes == SECRET))
    if not changes:
        raise Refused("Say what shall be another: name, brief or votes.")
    async with open_board(desk, request, arguments.text("board")) as at:
        at.check_keeper()
        if votes and votes != SECRET and at.board.secret and has_votes(await at.boards.shelf.log(at.board.id)):
            raise Refused(STAY_SECRET)
        await at.change(lambda _: Several(tuple(changes)) if len(changes) > 1 else changes[0])
    said = [words.say("The board is named “{name}” now.", name=at.board.name)] if name else []
    said += [words.say("It has another brief now.")] if brief else []
    said += [words.say("Votes are secret.") if votes == SECRET else words.say("Votes are open.")] if votes else []
    return told(at, " ".join(said))


async def archive(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board archive: put a board away, or take it out again."""
    words = request.words
    async with open_board(desk, request, arguments.text("board")) as at:
        at.check_keeper()
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
        at.check_keeper()
        words, board = request.words, at.board
    count = words.plural("{n} photo", "{n} photos", len(board.pins))
    text = words.say(
        "Delete the board “{name}” with {count}? Its photos stay in the library.", name=board.name, count=count
    )
    delete_it = Action(f"deleted:{board.id}", words.say("Delete"), "danger")
    return Reply(text, actions=(delete_it, show_button(words, board)))


async def delete_now(desk: Desk, request: Request, board_id: str) -> Reply:
    """Delete a board; for some time that can be undone."""
    async with open_board(desk, request, board_id) as at:
        at.check_keeper()
        await at.change(lambda now: None if now.deleted else Deleted())
    days = at.boards.shelf.kept_deleted_days
    text = request.words.say(
        "The board “{name}” is deleted. For {days} days you can undo this.", name=at.board.name, days=days
    )
    undo = Action(f"undo:{at.board.id}.{at.board.revision}", request.words.say("Undo"))
    return Reply(text, actions=(undo,), in_place=True)


async def complete_board(desk: Desk, request: Request, typed: str) -> Sequence[Choice]:
    """Return boards whose names hold what is typed."""
    listed = [entry.listed for entry in await desk.boards.all(request.workspace)]
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
SECRET = mark_name("choice", "secret")
EDIT = Command(
    mark_name("command", "board edit"),
    mark("Give a board another name or brief, or secret votes"),
    edit,
    (
        Option(_NAME.name, _NAME.description),
        Option(mark_name("option", "brief"), mark("What it is for")),
        Option(
            mark_name("option", "votes"),
            mark("Whether everybody sees who voted"),
            choices=(mark_name("choice", "open"), SECRET),
        ),
        BOARD,
    ),
)
ARCHIVE = Command(
    mark_name("command", "board archive"), mark("Put a board away, or take it out again"), archive, (BOARD,)
)
DELETE = Command(mark_name("command", "board delete"), mark("Delete a board"), delete, (BOARD,))
