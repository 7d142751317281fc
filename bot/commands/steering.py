"""What a board tells a search, and a search a board: briefs, suggestions, what does not fit, gaps, colours."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from PIL import Image

from bot.boards.drawing import pin_card, show_button
from bot.boards.opening import Opened, author_of, open_board, open_boards
from bot.boards.suggesting import suggestions_reply
from bot.boards.wording import section_named
from bot.catalogue import Words, mark, mark_name
from bot.commands.boards import BOARD, posted_by_id
from bot.commands.pinning import SECTION
from bot.commands.spec import Arguments, Command, Kind, Option
from bot.refusals import Refused
from bot.replies import MOST_CARDS, Action, File, Panel, Picture, Reply
from bot.said import said
from bot.store.board_posts import Watch
from core.boards.board import Board
from core.boards.brief import Aspect
from core.boards.palette import draw_palette, to_ase, to_gpl
from core.boards.shelf import Make
from core.briefing import board_of, sorted_wishes
from core.colours import name_of
from core.errors import BadRecord
from core.team_boards import TeamBoards

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.desk import Desk
    from bot.requests import Request

BRIEF_BYTES = 200_000
LONGEST_TITLE = 80  # characters
REASONS = {
    "meaning": mark("shows something else"),
    "colour": mark("has other colours"),
    "light": mark("has another light"),
}


async def suggest(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board suggest."""
    async with open_board(desk, request, arguments.text("board")) as at:
        return await suggested(at, words=arguments.text("words"), section=arguments.text("section"))


async def suggested(at: Opened, *, words: str = "", section: str = "") -> Reply:
    """Return photos that fit a board, each with the reason, to be pinned."""
    request, board = at.request, at.board
    part = section_named(board, section) if section else None
    found = await at.boards.suggest(board, words=words, section=part.id if part else None, limit=MOST_CARDS)
    heading = [request.words.say("What fits “{name}”", name=board.name)]
    if not found.hits:
        heading.append(request.words.say("Everything that fits is on the board already."))
    elif not found.matches:
        heading.append(request.words.say("Nothing here matches. These come closest."))
    heading += [said(request.words, notice) for notice in found.notices]
    kept_for = (request.workspace, request.person.id)
    text = "\n".join(heading)
    name = await at.desk.boards.name(at.seen, request.workspace, board)
    return await suggestions_reply(
        at.desk.state, request.words, at.workspace, board, name, found.hits, text, kept_for=kept_for
    )


async def brief(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /brief: make a board of what a brief asks for, with first candidates, for the team to vote on."""
    text = arguments.text("text") or await _file_text(desk, arguments)
    async with open_boards(desk, request) as (_, boards):
        read = await boards.read_brief(text)
        made = await board_of(boards, text, read, partial(_title, request.words))
        board = await make_board(request, boards, arguments.text("name") or read.title, first=made)
    reply = await posted_by_id(desk, request, board.id)
    aspects = "; ".join(_titles(request.words, read.aspects))
    read_from_it = request.words.say("Read from the brief: {aspects}", aspects=aspects)
    return replace(reply, text=f"{read_from_it}\n{reply.text}")


async def outlier(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board outlier: what does not fit, and why."""
    words = request.words
    async with open_board(desk, request, arguments.text("board")) as at:
        found = await at.boards.outliers(at.board)
        shown = {pin.number: pin for pin in (await at.boards.shown(at.board)).pins}
        cards = tuple(
            replace(pin_card(at, words, shown[one.number]), note=words.say(REASONS[one.reason]))
            for one in found[:MOST_CARDS]
            if one.number in shown
        )
    if not cards:
        return Reply(words.say("All photos on “{name}” fit together.", name=at.board.name))
    text = words.say("These do not fit the rest of “{name}”", name=at.board.name)
    return Reply(text, cards, actions=(show_button(words, at.board),))


async def gaps(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board gaps: what the brief asks for and the board has not."""
    words = request.words
    async with open_board(desk, request, arguments.text("board")) as at:
        found = await at.boards.gaps(at.board)
    if not found:
        return Reply(words.say("“{name}” has what its brief asks for.", name=at.board.name))
    rows = []
    for gap in found:
        nearest = words.say("closest is {number}", number=gap.best) if gap.best else words.say("nothing comes close")
        rows.append((gap.title[:LONGEST_TITLE], nearest))
    actions = tuple(
        Action(f"find:{gap.wish}", words.say("Find “{query}”", query=gap.title)[:80])
        for gap in found[:5]
        if len(gap.wish) <= 90
    )
    return Reply(words.say("Missing on “{name}”", name=at.board.name), details=tuple(rows), actions=actions)


async def palette(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board palette."""
    async with open_board(desk, request, arguments.text("board")) as at:
        return await palette_of(at)


async def palette_of(at: Opened) -> Reply:
    """Return a board's colours as a picture, as text, and as files that design programs read."""
    words, board = at.request.words, at.board
    colours = await at.boards.palette(board)
    if not colours:
        raise Refused("Nothing is pinned on “{name}” yet.", name=board.name)

    async def load(max_bytes: int) -> bytes | None:
        data = await asyncio.to_thread(_png, draw_palette(colours))
        return data if len(data) <= max_bytes else None

    said_colours = ", ".join(f"{one.hex} {name_of(one.hex)}" for one in colours)
    alt = words.say("Colours of “{name}”: {colours}", name=board.name, colours=said_colours)
    panel = Panel(board.id, board.revision, board.name, Picture("palette.png", alt, load=load), (), "palette")
    rows = tuple((one.hex, f"{name_of(one.hex)}, {one.share:.0%}") for one in colours)
    files = (File("palette.ase", to_ase(board.name, colours)), File("palette.gpl", to_gpl(board.name, colours)))
    return Reply(words.say("Colours of “{name}”", name=board.name), panel=panel, details=rows, files=files)


async def watch(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board watch: tell this channel of new photos that fit, or no longer."""
    words = request.words
    async with open_board(desk, request, arguments.text("board")) as at:
        board = at.board
        if arguments.text("state") == OFF:
            await desk.live.posts.unwatch(request.workspace, board.id)
            return Reply(words.say("Nobody is told of new photos for “{name}” any more.", name=board.name))
        if not (await desk.settings(request.workspace)).may_post(request.channel):
            raise Refused(
                "Results are not posted in this channel here. Ask a manager, who may allow it with /settings."
            )
        if not board.pins and not board.brief:
            raise BadRecord("This board is empty. Pin a photo, or give it a brief, and photos that fit are found.")
        await desk.live.posts.watch(
            Watch(request.workspace, board.id, request.chat, request.channel, words.language, await at.boards.marks())
        )
    return Reply(words.say("When new photos fit “{name}”, this channel is told, at most once a day.", name=board.name))


async def make_board(request: Request, boards: TeamBoards, name: str, *, first: Make) -> Board:
    """Make a board under a name, or the next free one like it, with what `first` makes of it."""
    listed = {one.name.casefold() for one in await boards.shelf.all(archived=None)}
    name = " ".join(name.split())[:LONGEST_TITLE].strip() or request.words.say("Brief")
    numbered = (name if n == 1 else f"{name[:70]} {n}" for n in count(1))
    free = next(one for one in numbered if one.casefold() not in listed)
    return await boards.shelf.make(free, author_of(request), request.channel, first=first)


def _titles(words: Words, aspects: Sequence[Aspect]) -> list[str]:
    """Return what was read from a brief, by kind; what must not be there comes last."""
    wishes, _ = sorted_wishes(aspects)
    wanted = [wish.aspect for wish in wishes] + [one for one in aspects if one.kind == "format"]
    kinds = dict.fromkeys(one.kind for one in wanted)
    titles = [_title(words, kind, [one.text for one in wanted if one.kind == kind]) for kind in kinds]
    avoided = [one.text for one in aspects if one not in wanted]
    return [*titles, words.say("without {things}", things=", ".join(avoided))] if avoided else titles


def _title(words: Words, kind: str, texts: Sequence[str]) -> str:
    title = f"{words.named('aspect', kind)}: {', '.join(texts)}"
    return f"{title[:1].upper()}{title[1:LONGEST_TITLE]}"


async def _file_text(desk: Desk, arguments: Arguments) -> str:
    uploads = arguments.uploads("file")
    if not uploads:
        raise Refused("Write the brief, or send it as a text file.")
    (brought,) = await desk.uploads.read(uploads[:1])
    if len(brought.data) > BRIEF_BYTES:
        raise Refused("This file is too long for a brief.")
    try:
        return brought.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused("This is no plain text file. Copy the brief into the message instead.") from error


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


ASPECTS = (
    *(mark_name("aspect", "place"), mark_name("aspect", "light"), mark_name("aspect", "mood")),
    *(mark_name("aspect", "colour"), mark_name("aspect", "subject"), mark_name("aspect", "format")),
)
ON, OFF = mark_name("choice", "on"), mark_name("choice", "off")
SUGGEST = Command(
    mark_name("command", "board suggest"),
    mark("Find photos that fit a board"),
    suggest,
    (Option(mark_name("option", "words"), mark("What they should show, too")), SECTION, BOARD),
)
BRIEF = Command(
    mark_name("command", "brief"),
    mark("Make a board of a creative brief (in English)"),
    brief,
    (
        Option(mark_name("option", "text"), mark("The brief: place, light, mood, colours, subjects")),
        Option(mark_name("option", "file"), mark("Or a text file"), Kind.FILE),
        Option(mark_name("option", "name"), mark("What the board is called")),
    ),
    example="Calm beach at dawn, soft light, teal and sand. No people.",
)
OUTLIER = Command(mark_name("command", "board outlier"), mark("See which photos do not fit a board"), outlier, (BOARD,))
GAPS = Command(
    mark_name("command", "board gaps"), mark("See what the brief asks for and the board has not"), gaps, (BOARD,)
)
PALETTE = Command(mark_name("command", "board palette"), mark("See the colours of a board"), palette, (BOARD,))
WATCH = Command(
    mark_name("command", "board watch"),
    mark("Be told here of new photos that fit a board"),
    watch,
    (Option(mark_name("option", "state"), mark("On or off"), choices=(ON, OFF)), BOARD),
)
