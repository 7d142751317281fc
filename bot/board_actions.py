"""What the buttons, menus and forms of boards do. They carry the board's id, so they work as long as it is there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from bot.boards.opening import Opened, author_of, open_board, open_boards
from bot.boards.wording import checked_numbers
from bot.commands.boards import delete_now, posted_by_id, shown_privately
from bot.commands.deciding import LONGEST_WHY, ballot, cast, decide_on, undo_change
from bot.commands.exporting import exported, formats_menu
from bot.commands.keeping import bring
from bot.commands.pinning import pin_photos
from bot.commands.sharing import unlink
from bot.commands.spec import Arguments
from bot.commands.steering import palette_of, suggested
from bot.press import Press, whole_number
from bot.refusals import Refused
from bot.replies import Field, Form, Reply
from bot.results import Search, numbered, recall
from core.boards.board import Vote
from core.photos import Photo

if TYPE_CHECKING:
    from bot.desk import Desk
    from bot.requests import Request

Act: TypeAlias = "Callable[[Desk, Request, Press], Awaitable[Reply]]"
_SEPARATOR = "."  # between an id and what stands behind it; no id holds one


async def show(desk: Desk, request: Request, press: Press) -> Reply:
    """Show the board."""
    async with open_board(desk, request, press.rest) as at:
        return await shown_privately(at)


async def place(desk: Desk, request: Request, press: Press) -> Reply:
    """Post the board to the channel."""
    return await posted_by_id(desk, request, press.rest)


async def end_sharing(desk: Desk, request: Request, press: Press) -> Reply:
    """End the sharing of a board with one side."""
    board_id, _, side = press.rest.rpartition(_SEPARATOR)
    return await unlink(desk, request, board_id, side)


async def vote(desk: Desk, request: Request, press: Press) -> Reply:
    """Begin to vote."""
    async with open_board(desk, request, press.rest) as at:
        return await ballot(at, 0)


def voting(choice: Vote | None) -> Act:
    """Return what a vote does: count, and bring the next photo."""

    async def count(desk: Desk, request: Request, press: Press) -> Reply:
        board_id, number = _numbered(press)
        async with open_board(desk, request, board_id) as at:
            if choice is not None:
                await cast(at, (number,), choice)
            return await ballot(at, number, in_place=True)

    return count


async def suggest(desk: Desk, request: Request, press: Press) -> Reply:
    """Find what fits."""
    async with open_board(desk, request, press.rest) as at:
        return await suggested(at)


async def open_decide(desk: Desk, request: Request, press: Press) -> Form:  # noqa: ARG001
    """Ask what is decided, and why."""
    words = request.words
    return Form(
        f"decide:{press.rest}",
        words.say("Decide"),
        (
            Field("numbers", words.say("Numbers, or empty: those that lead"), hint="3 7-9", most=200),
            Field("why", words.say("Why these"), "paragraph", most=500),
        ),
    )


async def decide(desk: Desk, request: Request, press: Press, arguments: Arguments) -> Reply:
    """Decide."""
    async with open_board(desk, request, press.rest) as at:
        numbers = arguments.text("numbers")
        picks = checked_numbers(at.board, numbers) if numbers else ()
        return await decide_on(at, picks, arguments.text("why")[:LONGEST_WHY])


async def palette(desk: Desk, request: Request, press: Press) -> Reply:
    """Show the colours."""
    async with open_board(desk, request, press.rest) as at:
        return await palette_of(at)


async def export(desk: Desk, request: Request, press: Press) -> Reply:
    """Ask as what to export."""
    async with open_board(desk, request, press.rest) as at:
        menu = formats_menu(request.words, at.board.id)
    return Reply(request.words.say("What shall “{name}” be exported as?", name=at.board.name), menus=(menu,))


async def export_as(desk: Desk, request: Request, press: Press) -> Reply:
    """Export."""
    async with open_board(desk, request, press.rest) as at:
        return await exported(at, press.chosen[0] if press.chosen else "pdf")


async def undo(desk: Desk, request: Request, press: Press) -> Reply:
    """Take the change back that the message tells of."""
    board_id, number = _numbered(press)
    async with open_board(desk, request, board_id, be_it_deleted=True) as at:
        return await undo_change(at, number)


async def delete(desk: Desk, request: Request, press: Press) -> Reply:
    """Delete a board, now that it is meant."""
    return await delete_now(desk, request, press.rest)


async def open_pin(desk: Desk, request: Request, press: Press) -> Form | None:
    """Ask for the name of a new board where it is not clear which is meant."""
    _, search = await recall(desk.state, request, press.rest)
    if search.board is not None or await desk.boards.usual(request.workspace, request.channel) is not None:
        return None
    words, numbers = request.words, ",".join(press.chosen or ("1",))
    return Form(
        f"pin:{press.rest}{_SEPARATOR}{numbers}",
        words.say("Make a board for them"),
        (Field("name", words.say("What the board is called"), required=True, most=80),),
    )


async def pin(desk: Desk, request: Request, press: Press) -> Reply:
    """Pin the photos that were chosen on the board that is meant."""
    _, search = await recall(desk.state, request, press.rest)
    async with open_board(desk, request, search.board or "") as at:
        return await pin_photos(at, await _photos(at, search, press.chosen or ("1",)))


async def pin_on_new(desk: Desk, request: Request, press: Press, arguments: Arguments) -> Reply:
    """Make a board, and pin the photos that were chosen."""
    token, _, numbers = press.rest.partition(_SEPARATOR)
    _, search = await recall(desk.state, request, token)
    async with open_boards(desk, request) as (_, boards):
        board = await boards.shelf.make(arguments.text("name"), author_of(request), request.channel)
    async with open_board(desk, request, board.id) as at:
        return await pin_photos(at, await _photos(at, search, numbers.split(",")))


async def pin_brought(desk: Desk, request: Request, press: Press, arguments: Arguments) -> Reply:
    """Take in the picture that waited for its credit, and pin it."""
    await desk.check(request, "add")
    kept = await desk.state.kept(press.rest)
    is_ones_own = kept is not None and kept.workspace == request.workspace and kept.owner == request.person.id
    if kept is None or not is_ones_own or "waiting" not in kept.data:
        raise Refused("The picture did not wait for so long. Send it again.")
    uploads = desk.uploads.take(request, kept.data["waiting"])
    async with open_board(desk, request, kept.data["board"]) as at:
        photos = await bring(desk, request, at.workspace, uploads, arguments)
        return await pin_photos(at, photos, section=kept.data["section"], note=kept.data["note"])


async def _photos(at: Opened, search: Search, numbers: tuple[str, ...] | list[str]) -> list[Photo]:
    return [await at.boards.pinnable(numbered(search.ids, number)) for number in numbers]


def _numbered(press: Press) -> tuple[str, int]:
    """Return the board and the number that a button carries. Raises Refused."""
    board_id, _, number = press.rest.rpartition(_SEPARATOR)
    whole = whole_number(number)
    if not board_id or whole is None:
        raise Refused("This button is of an earlier version. Ask again.")
    return board_id, whole


ACTIONS: Mapping[str, Act] = {
    "board": show,
    "place": place,
    "unlink": end_sharing,
    "vote": vote,
    "up": voting("up"),
    "down": voting("down"),
    "one": voting("one"),
    "skip": voting(None),
    "suggest": suggest,
    "palette": palette,
    "export": export,
    "exported": export_as,
    "undo": undo,
    "deleted": delete,
    "pin": pin,
}
OPENS: Mapping[str, Callable[[Desk, Request, Press], Awaitable[Form | None]]] = {"decide": open_decide, "pin": open_pin}
FORMS: Mapping[str, Callable[[Desk, Request, Press, Arguments], Awaitable[Reply]]] = {
    "decide": decide,
    "pin": pin_on_new,
    "pinned": pin_brought,
}
