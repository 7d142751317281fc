"""One board in several chats: a code from the team that made it, and another team that joins with it, or leaves."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bot.boards.drawing import show_button
from bot.boards.opening import Opened, open_board
from bot.boards.seeing import side_of
from bot.catalogue import mark, mark_name
from bot.commands.boards import BOARD, place_button, posted
from bot.commands.spec import Arguments, Command, Option
from bot.refusals import Refused
from bot.replies import Action, Copyable, Reply
from bot.requests import Level, title_of
from bot.store.board_links import Invitation, Link
from core.errors import NotFound

if TYPE_CHECKING:
    from bot.desk import Desk
    from bot.requests import Request

MOST_SIDES = 8  # that join one board


async def share(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board share: a code with which another chat joins, and who has joined so far."""
    words = request.words
    async with open_board(desk, request, arguments.text("board")) as at:
        if at.seen.link is not None:
            text = words.say(
                "“{name}” belongs to {team}, who can share it further. You may leave it.",
                name=at.board.name,
                team=at.seen.link.home_title,
            )
            leave = Action(f"unlink:{at.board.id}.{at.side}", words.say("Leave this board"), "danger")
            return Reply(text, actions=(place_button(words, at.board), leave))
        at.check_keeper()
        board, links = at.board, await desk.boards.links.of_board(at.board.id)
    if len(links) < MOST_SIDES:
        code, _ = await desk.boards.links.invite(Invitation(board.id, request.workspace, title_of(request)))
        typed = [Copyable(words.say("To be typed there"), f"/board join {code}")]
        text = words.say(
            "In another chat, be it Discord, Slack or the web chat, somebody types the line below. Their team then "
            "sees “{name}”, votes, and pins photos of its own; of your other photos it sees nothing. The code works "
            "once, for a day; one from before does not any more.",
            name=board.name,
        )
    else:
        typed = []
        text = words.say("This board is shared with {most} teams already, which are the most.", most=MOST_SIDES)
    unlink = tuple(
        Action(f"unlink:{board.id}.{side_of(one.workspace)}", words.say("End it with {team}", team=one.title)[:80])
        for one in links
    )
    return Reply(
        text,
        details=tuple((words.say("Shared with"), one.title) for one in links),
        copyables=tuple(typed),
        actions=(place_button(words, board), *unlink),
    )


async def join(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board join: see another team's board here, and work on it."""
    await desk.check(request, "add")  # what is pinned on it is shown to the other team
    code, links = arguments.text("code"), desk.boards.links
    invitation = await links.invitation(code)
    if invitation is None:
        raise Refused("This code does not work: each does so once, for a day. Ask for a new one: /board share")
    if invitation.home == request.workspace:
        raise Refused("This board is one of this chat already. The code is for another chat: Discord, Slack or web.")
    await _check_there(desk, invitation)
    link = Link(
        invitation.board,
        request.workspace,
        invitation.home,
        title_of(request),
        invitation.home_title,
        request.channel,
        request.person.id,
        time.time(),
    )
    if not await links.join(code, link):
        raise Refused("This code does not work: each does so once, for a day. Ask for a new one: /board share")
    async with open_board(desk, request, invitation.board) as at:
        await _draw_anew(desk, at)
        return await posted(at)


async def unlink(desk: Desk, request: Request, board_id: str, side: str) -> Reply:
    """End the sharing of a board with one side: the board's keeper may, and who may so there."""
    words = request.words
    async with open_board(desk, request, board_id) as at:
        link = next((one for one in await desk.boards.links.of_board(board_id) if side_of(one.workspace) == side), None)
        if link is None:
            raise Refused("It is not shared any more.")
        leaving = link.workspace == request.workspace
        if leaving and link.joined_by != request.person.id and request.level < Level.MODERATOR:
            raise Refused("Only who joined or a moderator may leave a board.")
        if not leaving:
            at.check_keeper()
        await desk.boards.links.leave(board_id, link.workspace)
        await desk.live.posts.unwatch(link.workspace, board_id)
        await _draw_anew(desk, at)
        board = at.board
    if leaving:
        text = words.say("You have left “{name}”. What you pinned there stays, as names and credits.", name=board.name)
        return Reply(text, in_place=True)
    text = words.say(
        "“{name}” is not shared with {team} any more. Their photos stay on it as names and credits.",
        name=board.name,
        team=link.title,
    )
    return Reply(text, actions=(show_button(words, board),), in_place=True)


async def _check_there(desk: Desk, invitation: Invitation) -> None:
    async with desk.workspaces.use(invitation.home) as home:
        if await home.own.boards.listed(invitation.board) is None:
            raise NotFound("This board is not here any more.")


async def _draw_anew(desk: Desk, at: Opened) -> None:
    """Draw the board's messages on every side anew, for they say with whom it is shared."""
    for workspace in at.seen.seen_from:
        await desk.live.anew(workspace, at.board.id)


SHARE = Command(
    mark_name("command", "board share"), mark("Share a board with another chat: Discord, Slack or web"), share, (BOARD,)
)
JOIN = Command(
    mark_name("command", "board join"),
    mark("Join a board of another chat, with its code"),
    join,
    (Option(mark_name("option", "code"), mark("What /board share has given there"), required=True),),
)
