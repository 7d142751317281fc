"""Photos that fit a board, as cards that say why, to be pinned from the message that shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.boards.drawing import show_button
from bot.boards.opening import like_board
from bot.cards import card_of, choices_of, said_match
from bot.catalogue import Words
from bot.replies import MOST_CARDS, Menu, Reply
from bot.results import Search
from core.boards.board import Board, named_numbers
from core.boards.steering import Suggestion
from core.workspace import Workspace

if TYPE_CHECKING:
    from bot.store.state import State


async def suggestions_reply(
    state: State,
    words: Words,
    workspace: Workspace,
    board: Board,
    name: str,
    found: Sequence[Suggestion],
    text: str,
    *,
    kept_for: tuple[str, str],
    posted: bool = False,
) -> Reply:
    """Return photos that may be pinned on a board.

    `name` is what the board goes by here; `kept_for` names the workspace and the person that they are kept for.
    """
    found = found[:MOST_CARDS]
    query = str(like_board(board, name))
    search = Search(query, count=MOST_CARDS, ids=tuple(one.photo.id for one in found), board=board.id)
    token = await state.keep(*kept_for, search.record(), posted=posted)
    cards = tuple(
        card_of(workspace, words, one.photo, number, note=_reason(words, one)) for number, one in enumerate(found, 1)
    )
    choices, label = choices_of(cards), words.say("Pin on the board…")
    pin = Menu(f"pin:{token}", label, choices, len(cards), beside=label)
    large = Menu(f"photo:{token}", words.say("Show one large…"), choices, beside=words.say("Show it large"))
    return Reply(
        text,
        cards,
        actions=(show_button(words, board),),
        menus=(pin, large) if cards else (),
        result=token if cards else None,
    )


def _reason(words: Words, one: Suggestion) -> str:
    """Return why a photo fits a board."""
    match = said_match(words, one.hit)
    if not one.near:
        return match
    near = words.say("close to {numbers}", numbers=named_numbers(one.near))
    return f"{match}, {near}"
