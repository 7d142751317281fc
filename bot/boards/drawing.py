"""A board as a reply: its collage with every credit, what was decided, and the buttons under it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from operator import itemgetter

from bot.boards.opening import Opened
from bot.boards.seeing import Boards
from bot.boards.wording import picture_words, said_decision, said_tally, said_version
from bot.cards import alt_of, card_of, title_of
from bot.catalogue import Words, words_for
from bot.replies import Action, Audience, Live, Panel, PhotoCard, Picture, Reply
from core.boards.board import Board
from core.boards.collage import encode_collage
from core.boards.showing import ShownBoard, ShownPin
from core.errors import NotFound

BRIEF_CHARACTERS = 300
PIN = "pin:"  # how an id begins that stands for a pin: its board's id, a dot and its number
ALT_CHARACTERS = 1000


def board_reply(words: Words, shown: ShownBoard, *, workspace: str, text: str = "", live: bool = False) -> Reply:
    """Return a board as it is shown; with `live`, to everybody, in a message that is kept up to date."""
    board = shown.board
    if board.deleted:
        shows = Live(workspace, board.id, board.revision, words.language) if live else None
        return Reply(words.say("The board “{name}” was deleted.", name=board.name), live=shows)
    lines = filter(None, (text, *_heading(words, shown)))
    return Reply(
        "\n".join(lines),
        panel=panel_of(words, shown),
        actions=() if board.archived else _buttons(words, board),
        audience=Audience.CHANNEL if live else Audience.PRIVATE,
        live=Live(workspace, board.id, board.revision, words.language) if live else None,
    )


def panel_of(words: Words, shown: ShownBoard) -> Panel:
    """Return a board's collage with every credit."""
    board = shown.board
    titles = ", ".join(filter(None, (title_of(pin.photo) for pin in shown.pins)))
    count = words.plural("{n} photo", "{n} photos", len(shown.pins))
    alt = words.say("The board “{name}”, {count}", name=board.name, count=count)
    picture = Picture(
        "board.jpg", (f"{alt}: {titles}" if titles else alt)[:ALT_CHARACTERS], load=_collage(words, shown)
    )
    credits_ = tuple(sorted(((pin.number, pin.credit) for pin in shown.pins), key=itemgetter(0)))
    return Panel(board.id, board.revision, board.name, picture, credits_)


def pin_card(at: Opened, words: Words, shown: ShownPin) -> PhotoCard:
    """Return one pin as a card, large. Of a photo that is gone there is the credit, and no picture."""
    pin, workspace = shown.pin, at.boards.sides.of(shown.pin)
    note = " · ".join(filter(None, (pin.note, said_tally(words, pin.tally))))
    if not shown.gone and workspace is not None:
        card = card_of(workspace, words, shown.photo, pin.number, note=note, large=True)
        return replace(card, id=pin_id(at.board, shown), here=not shown.elsewhere)
    gone = words.say("not in the library any more")
    picture = Picture(f"{pin.number}.jpg", alt_of(words, shown.photo))
    title = title_of(shown.photo)
    note = " · ".join(filter(None, (gone, note)))
    return PhotoCard(pin.number, pin_id(at.board, shown), title, shown.credit, picture, note, here=False)


def pin_id(board: Board, shown: ShownPin) -> str:
    """Return what a pin's picture is asked for by: the photo's id, or the pin where that id means nothing here.

    The id of another team's photo, or of one that is gone, may be that of a photo here.
    """
    return f"{PIN}{board.id}.{shown.number}" if shown.elsewhere or shown.gone else shown.photo.id


async def draw_live(boards: Boards, workspace: str, board_id: str, language: str) -> Reply:
    """Return what a board's message shows now."""
    words = words_for(language)
    async with boards.see(workspace, board_id) as seen:
        try:
            shown = await seen.boards.shown(await seen.boards.shelf.board(board_id))
        except NotFound:
            return Reply(words.say("This board is not here any more."))
    return board_reply(words, shown, workspace=workspace, live=True)


def show_button(words: Words, board: Board) -> Action:
    """Return the button that shows a board."""
    return Action(f"board:{board.id}", words.say("Show the board"))


def told(at: Opened, text: str, *, more: tuple[Action, ...] = ()) -> Reply:
    """Return what is said to somebody who has worked on a board, with a button that takes just that back."""
    words, board = at.request.words, at.board
    undo = () if at.own is None else (Action(f"undo:{board.id}.{at.own}", words.say("Undo")),)
    return Reply(text, actions=(*more, show_button(words, board), *undo))


def _heading(words: Words, shown: ShownBoard) -> list[str]:
    board = shown.board
    parts = [f"“{board.name}”", words.plural("{n} photo", "{n} photos", len(board.pins))]
    if board.archived:
        parts.append(words.say("archived"))
    lines = [" · ".join(filter(None, (*parts, said_version(words, board))))]
    if shown.shared_with:
        lines.append(words.say("Shared with {teams}", teams=", ".join(shown.shared_with)))
    if board.brief:
        brief = " ".join(board.brief.split())
        lines.append(brief if len(brief) <= BRIEF_CHARACTERS else f"{brief[: BRIEF_CHARACTERS - 1]}…")
    if decided := said_decision(words, board):
        lines.append(decided)
    if not board.pins:
        lines.append(words.say("Nothing is pinned yet. Look with /find and choose “Add to a board…”."))
    return lines


def _buttons(words: Words, board: Board) -> tuple[Action, ...]:
    suggest = Action(f"suggest:{board.id}", words.say("Suggest photos"))
    if not board.pins:
        return (suggest,) if board.brief else ()
    return (
        Action(f"vote:{board.id}", words.say("Vote"), "main"),
        suggest,
        Action(f"decide:{board.id}", words.say("Decide")),
        Action(f"palette:{board.id}", words.say("Colours")),
        Action(f"export:{board.id}", words.say("Export…")),
    )


def _collage(words: Words, shown: ShownBoard) -> Callable[[int], Awaitable[bytes | None]]:
    drawn_words = picture_words(words)

    async def load(max_bytes: int) -> bytes | None:
        return await asyncio.to_thread(encode_collage, shown, max_bytes=max_bytes, words=drawn_words)

    return load
