"""Handing boards on: as files that carry every credit, and taking one in again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.boards.opening import Opened, open_board, open_boards
from bot.catalogue import Words, mark, mark_name
from bot.commands.boards import BOARD, posted_by_id
from bot.commands.pinning import MOST_PINS
from bot.commands.spec import Arguments, Command, Kind, Option
from bot.commands.steering import make_board
from bot.refusals import Refused
from bot.replies import Choice, File, Menu, Reply
from bot.said import said
from core.boards.exports import FORMATS, export, import_changes, read_board_json
from core.boards.palette import to_ase, to_gpl

if TYPE_CHECKING:
    from bot.desk import Desk
    from bot.requests import Request

ENVELOPE_BYTES = 128 * 2**10  # what a message takes beside its file
PALETTES = {"ase": to_ase, "gpl": to_gpl}
SAID = {
    "png": mark("contact sheet, as a picture"),
    "pdf": mark("to send to a client"),
    "zip": mark("the photos with their credits"),
    "html": mark("a page by itself"),
    "md": mark("text for wikis and documents"),
    "csv": mark("a table"),
    "json": mark("everything, to be taken in again"),
    "ase": mark("the colours, for Adobe"),
    "gpl": mark("the colours, for GIMP and Inkscape"),
}


async def export_board(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board export."""
    async with open_board(desk, request, arguments.text("board")) as at:
        return await exported(at, arguments.text("format"), only_picked=arguments.text("only") == PICKED)


async def exported(at: Opened, form: str, *, only_picked: bool = False) -> Reply:
    """Return a board as a file."""
    words, board = at.request.words, at.board
    if form in PALETTES:
        colours = await at.boards.palette(board)
        return Reply(board.name, files=(File(f"palette.{form}", PALETTES[form](board.name, colours)),))
    if only_picked and (board.decision is None or board.touched):
        raise Refused("Nothing is decided on “{name}”. Decide first, or export all of it.", name=board.name)
    shown = await at.boards.shown(board)
    most = at.request.upload_limit - ENVELOPE_BYTES
    with at.desk.metrics.stage("export"):
        made = await asyncio.to_thread(export, shown, form, max_bytes=most, only_picked=only_picked)
    if form == "zip":
        at.desk.chosen.choose([pin.photo for pin in shown.pins if pin.picked or not only_picked])
    lines = [words.say("“{name}”, with every credit", name=board.name), *(said(words, one) for one in made.notices)]
    return Reply("\n".join(lines), files=(File(made.name, made.data),))


def formats_menu(words: Words, board_id: str) -> Menu:
    """Return the menu of what a board can be exported as."""
    choices = tuple(Choice(form, form.upper(), words.say(SAID[form])) for form in (*FORMATS, *PALETTES))
    return Menu(f"exported:{board_id}", words.say("Export as…"), choices)


async def import_board(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board import: make a board of a file that an export has made."""
    uploads = arguments.uploads("file")
    if not uploads:
        raise Refused("Send the JSON file of a board that was exported.")
    (brought,) = await desk.uploads.read(uploads[:1])
    content = await asyncio.to_thread(read_board_json, brought.data)
    if len(content.pins) > MOST_PINS:
        raise Refused("A board holds at most {most} photos. This one has more.", most=MOST_PINS)
    async with open_boards(desk, request) as (_, boards):
        board = await make_board(
            request,
            boards,
            arguments.text("name") or content.name,
            first=lambda empty: import_changes(content, next_number=empty.next_number),
        )
    return await posted_by_id(desk, request, board.id)


PICKED = mark_name("choice", "picked")
EXPORT = Command(
    mark_name("command", "board export"),
    mark("Get a board as a file, with every credit"),
    export_board,
    (
        Option(mark_name("option", "format"), mark("Which kind of file"), required=True, choices=(*FORMATS, *PALETTES)),
        Option(mark_name("option", "only"), mark("Only what was picked"), choices=(PICKED,)),
        BOARD,
    ),
)
IMPORT = Command(
    mark_name("command", "board import"),
    mark("Take in a board that was exported as JSON"),
    import_board,
    (
        Option(mark_name("option", "file"), mark("The JSON file"), Kind.FILE, required=True),
        Option(mark_name("option", "name"), mark("What the board is called")),
    ),
)
