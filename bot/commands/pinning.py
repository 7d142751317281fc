"""What is on a board: pinning photos from anywhere, taking them off, moving them, notes and sections."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.boards.drawing import told
from bot.boards.opening import Opened, open_board
from bot.boards.wording import checked_numbers, section_named
from bot.catalogue import mark, mark_name
from bot.commands.boards import BOARD
from bot.commands.completing import complete_photo
from bot.commands.keeping import CREDIT_OPTIONS, bring, credit_form
from bot.commands.spec import Arguments, Command, Kind, Option
from bot.refusals import Refused
from bot.replies import MOST_CHOICES, Choice, Form, Reply
from bot.requests import Upload
from core.boards.board import TOP, Board, Pin, named_numbers
from core.boards.changes import Moved, NewPin, Noted, Pinned, Retitled, Sectioned, Unpinned, Unsectioned
from core.photos import Photo

if TYPE_CHECKING:
    from bot.desk import Desk
    from bot.requests import Request

MOST_PINS = 500  # of one board
LONGEST_NOTE, LONGEST_TITLE = 500, 80  # characters


async def open_pin(desk: Desk, request: Request, arguments: Arguments) -> Form | None:
    """Ask for the credit of a picture or a link that is to be pinned, unless it was given."""
    uploads = _uploads(desk, arguments)
    if not uploads or arguments.text("photographer"):
        return None
    await desk.check(request, "add")
    async with open_board(desk, request, arguments.text("board")) as at:
        _check_section(at, arguments.text("section"))
        waiting = desk.uploads.wait(request, uploads)
        where = {"board": at.board.id, "section": arguments.text("section"), "note": arguments.text("note")}
        token = await desk.state.keep(request.workspace, request.person.id, {**where, "waiting": waiting})
    return credit_form(request.words, f"pinned:{token}", request.words.say("Pin a picture"), arguments)


async def pin(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board add."""
    ids = list(dict.fromkeys(filter(None, re.split(r"[\s,;]+", arguments.text("photos")))))
    uploads = _uploads(desk, arguments)
    if not ids and not uploads:
        raise Refused("Say which photos: their ids, a picture or a link to one.")
    async with open_board(desk, request, arguments.text("board")) as at:
        _check_section(at, arguments.text("section"))
        photos = [await at.boards.pinnable(photo_id) for photo_id in ids]
        if uploads:
            await desk.check(request, "add")
            photos += await bring(desk, request, at.workspace, uploads, arguments)
        return await pin_photos(at, photos, section=arguments.text("section"), note=arguments.text("note"))


async def pin_photos(at: Opened, photos: Sequence[Photo], *, section: str = "", note: str = "") -> Reply:
    """Pin photos, those that are not on the board yet, and say so."""
    words, wanted = at.request.words, section_named(at.board, section).id if section else TOP

    def make(board: Board) -> Pinned | None:
        new = list({photo.id: photo for photo in photos if not _standing(at, board, photo)}.values())
        if len(board.pins) + len(new) > MOST_PINS:
            raise Refused("A board holds at most {most} photos. Take some off, or make another.", most=MOST_PINS)
        pins = tuple(NewPin(photo, wanted, note[:LONGEST_NOTE]) for photo in new)
        return Pinned(board.next_number, pins) if pins else None

    before = {pin.number for pin in at.board.pins}
    board = await at.change(make)
    there = sorted({number for photo in photos for number in _standing(at, board, photo)})
    added = [number for number in there if number not in before]
    if not added:
        standing = named_numbers(there)
        return Reply(words.say("On “{name}” already, as {numbers}.", name=board.name, numbers=standing), failed=True)
    numbers = named_numbers(added)
    return told(at, words.say("Pinned on “{name}” as {numbers}.", name=board.name, numbers=numbers))


def _standing(at: Opened, board: Board, photo: Photo) -> list[int]:
    """Return the numbers under which a photo stands on a board, be it that another side has pinned the same picture."""

    def is_it(pin: Pin) -> bool:
        if pin.by.side == at.side:
            return pin.photo.id == photo.id
        return photo.content_hash is not None and pin.photo.content_hash == photo.content_hash

    return [pin.number for pin in board.pins if is_it(pin)]


async def unpin(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board remove."""
    async with open_board(desk, request, arguments.text("board")) as at:
        numbers = checked_numbers(at.board, arguments.text("numbers"))
        await at.change(lambda _: Unpinned(numbers))
    text = request.words.say("Taken off “{name}”: {numbers}", name=at.board.name, numbers=named_numbers(numbers))
    return told(at, text)


async def move(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board move: into a section, before another photo, or both."""
    title, before = arguments.text("section"), arguments.whole("before", 0)
    if not title and not before:
        raise Refused("Say where to: a section, or the photo before which it shall stand.")
    async with open_board(desk, request, arguments.text("board")) as at:
        numbers = checked_numbers(at.board, arguments.text("numbers"))
        if before:
            checked_numbers(at.board, str(before))
        if before in numbers:
            raise Refused("A photo can't stand before itself. Name another number.")
        await at.change(lambda now: moved(now, numbers, title, before or None))
    return told(at, request.words.say("Moved: {numbers}", numbers=named_numbers(numbers)))


def moved(board: Board, numbers: tuple[int, ...], title: str, before: int | None) -> Moved:
    """Return the change that moves pins; before another pin means into its section, too."""
    neighbour = board.pin(before) if before else None
    usual = neighbour.section if neighbour else TOP
    section = section_named(board, title).id if title else usual
    return Moved(numbers, section, before)


async def note(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board note."""
    text = arguments.text("text")[:LONGEST_NOTE]
    async with open_board(desk, request, arguments.text("board")) as at:
        (number,) = checked_numbers(at.board, str(arguments.whole("number", 0)))
        await at.change(lambda _: Noted(number, text))
    words = request.words
    said = words.say("Noted on {number}.", number=number) if text else words.say("No note on {number}.", number=number)
    return told(at, said)


async def section(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board section: add one, change one, or take one away."""
    title = " ".join(arguments.text("title").split())[:LONGEST_TITLE]
    renamed = " ".join(arguments.text("rename").split())[:LONGEST_TITLE]
    if not title or {title, renamed} & NO_TITLES:
        raise Refused("Give the section a title.")
    async with open_board(desk, request, arguments.text("board")) as at:
        if arguments.text("remove") == YES:
            gone = section_named(at.board, title)
            await at.change(lambda _: Unsectioned(gone.id))
            return told(at, request.words.say("The section is gone; its photos stay on the board."))

        wish = arguments.text("wish")

        def make(now: Board) -> Sectioned | Retitled:
            by_title = {one.title.casefold(): one for one in now.sections}
            known = by_title.get(title.casefold())
            if renamed and by_title.get(renamed.casefold(), known) is not known:
                raise Refused("There is a section {title!r} already. Take another title.", title=renamed)
            if known is None:
                return Sectioned(secrets.token_hex(4), renamed or title, "" if wish == NOTHING else wish)
            kept = "" if wish == NOTHING else wish or known.wish
            return Retitled(known.id, renamed or known.title, kept)

        board = await at.change(make)
    titles = " · ".join(one.title for one in board.sections)
    return told(at, request.words.say("Sections of “{name}”: {titles}", name=board.name, titles=titles))


async def complete_section(desk: Desk, request: Request, typed: str) -> Sequence[Choice]:
    """Return sections of the channel's board."""
    if await desk.boards.usual(request.workspace, request.channel) is None:
        return []
    async with open_board(desk, request) as at:
        titles = [one.title for one in at.board.sections]
    return [Choice(title, title) for title in titles if typed.strip().casefold() in title.casefold()][:MOST_CHOICES]


async def complete_photos(desk: Desk, request: Request, typed: str) -> Sequence[Choice]:
    """Return ids of photos; of several the last is completed."""
    before, blank, last = typed.rpartition(" ")
    found = await complete_photo(desk, request, last)
    return [Choice(f"{before}{blank}{one.value}", one.label) for one in found if len(before) + len(one.value) < 100]


def _check_section(at: Opened, title: str) -> None:
    """Raise Refused for a section that is not there, before anything is asked or taken in for it."""
    if title:
        section_named(at.board, title)


def _uploads(desk: Desk, arguments: Arguments) -> Sequence[Upload]:
    link = arguments.text("link")
    return arguments.uploads() or ((desk.uploads.linked(link),) if link else ())


NOTHING = "-"  # as a wish: none any more
NO_TITLES = frozenset({"-", "–"})  # which mean no section
YES = mark_name("choice", "yes")
NUMBERS = Option(mark_name("option", "numbers"), mark("Numbers on the board: 3 7-9"), required=True)
SECTION = Option(mark_name("option", "section"), mark("A section of the board"), complete=complete_section)
ADD = Command(
    mark_name("command", "board add"),
    mark("Pin photos on a board"),
    pin,
    (
        Option(mark_name("option", "photos"), mark("Ids of photos that are here"), complete=complete_photos),
        Option(mark_name("option", "image"), mark("Or a picture of yours"), Kind.IMAGE),
        Option(mark_name("option", "link"), mark("Or a link to a picture")),
        SECTION,
        Option(mark_name("option", "note"), mark("What to remember about it")),
        BOARD,
        *CREDIT_OPTIONS,
    ),
    open_pin,
)
REMOVE = Command(mark_name("command", "board remove"), mark("Take photos off a board"), unpin, (NUMBERS, BOARD))
MOVE = Command(
    mark_name("command", "board move"),
    mark("Move photos on a board"),
    move,
    (
        NUMBERS,
        SECTION,
        Option(mark_name("option", "before"), mark("Before which number"), Kind.WHOLE, lowest=1, highest=99_999),
        BOARD,
    ),
)
NUMBER = Option(
    mark_name("option", "number"), mark("A number on the board"), Kind.WHOLE, required=True, lowest=1, highest=99_999
)
NOTE = Command(
    mark_name("command", "board note"),
    mark("Write a note on a photo of a board"),
    note,
    (NUMBER, Option(mark_name("option", "text"), mark("The note; left out, it is taken away")), BOARD),
)
SECTIONS = Command(
    mark_name("command", "board section"),
    mark("Add a section to a board, or change one"),
    section,
    (
        Option(mark_name("option", "title"), mark("Its title"), required=True, complete=complete_section),
        Option(mark_name("option", "wish"), mark("What is looked for here")),
        Option(mark_name("option", "rename"), mark("Another title for it")),
        Option(mark_name("option", "remove"), mark("Take it away; its photos stay"), choices=(YES,)),
        BOARD,
    ),
)
