"""A board as the page gets it: plain data. Nobody's name stands at a vote: votes are counted, and one's own is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from bot.boards.drawing import pin_id
from bot.boards.wording import said_decision, said_version
from bot.cards import alt_of, title_of
from bot.catalogue import Words
from bot.commands.exporting import formats_menu
from bot.pictures import source_url
from bot.requests import Request
from bot.web.pictures import LARGE, SMALL
from core.boards.board import Board, Section
from core.boards.shelf import Listed
from core.boards.showing import ShownBoard, ShownPin
from core.colours import name_of
from core.photos import Credit


def board_data(shown: ShownBoard, request: Request) -> Mapping[str, Any]:
    """Return a board as JSON can hold it, for the person who asks."""
    board, words = shown.board, request.words
    return {
        "id": board.id,
        "name": board.name,
        "brief": board.brief,
        "revision": board.revision,
        "state": " · ".join(_state(words, shown)),
        "decision": said_decision(words, board),
        "secret": board.secret,
        "archived": board.archived,
        "formats": [
            {"value": one.value, "label": one.label, "description": one.description}
            for one in formats_menu(words, board.id).choices
        ],
        "palette": [{"hex": one.hex, "name": name_of(one.hex), "share": one.share} for one in shown.palette],
        "sections": [_section(board, part, pins, request) for part, pins in _parts(shown)],
    }


def listed_data(
    words: Words, listed: Listed, board: Board, changed: str, credited: Sequence[tuple[int, Credit]]
) -> Mapping[str, Any]:
    """Return a board as it stands in the list of boards, with the credits of what its preview shows."""
    return {
        "id": board.id,
        "name": listed.name,
        "count": words.plural("{n} photo", "{n} photos", len(board.pins)),
        "changed": f"{changed} · {words.say('archived')}" if board.archived else changed,
        "archived": board.archived,
        "preview": f"/boards/{quote(board.id)}/preview.jpg?revision={board.revision}",
        "credits": [[number, credit.html] for number, credit in credited],
    }


def _parts(shown: ShownBoard) -> Sequence[tuple[Section, tuple[ShownPin, ...]]]:
    """Return the sections; first always what stands in none, as photos may be moved there."""
    if shown.parts and shown.parts[0][0].id == "":
        return shown.parts
    return ((Section("", ""), ()), *shown.parts)


def _section(board: Board, section: Section, pins: Sequence[ShownPin], request: Request) -> Mapping[str, Any]:
    return {
        "id": section.id,
        "title": section.title,
        "wish": section.wish,
        "pins": [_pin(board, pin, request) for pin in pins],
    }


def _pin(board: Board, shown: ShownPin, request: Request) -> Mapping[str, Any]:
    photo, pin, tally = shown.photo, shown.pin, shown.pin.tally
    url = source_url(photo)
    address = f"/pictures/{quote(pin_id(board, shown))}"
    return {
        "number": pin.number,
        "id": pin_id(board, shown),
        "here": not shown.elsewhere and not shown.gone,
        "title": title_of(photo),
        "alt": alt_of(request.words, photo),
        "note": pin.note,
        "credit": shown.credit.html,
        "ratio": round(photo.width / photo.height, 4) if photo.width and photo.height else None,
        "colour": photo.colours[0].hex if photo.colours else None,
        "src": None if shown.gone else url or f"{address}?size={SMALL}",
        "large": None if shown.gone else url or f"{address}?size={LARGE}",
        "gone": shown.gone,
        "picked": shown.picked,
        "votes": {"up": tally.up, "one": tally.one, "down": tally.down},
        "mine": pin.vote_of(request.person.id),
    }


def _state(words: Words, shown: ShownBoard) -> list[str]:
    board = shown.board
    parts = [words.plural("{n} photo", "{n} photos", len(board.pins))]
    if version := said_version(words, board):
        parts.append(version)
    if shown.shared_with:
        parts.append(words.say("Shared with {teams}", teams=", ".join(shown.shared_with)))
    if board.secret:
        parts.append(words.say("Votes are secret."))
    if board.archived:
        parts.append(words.say("archived"))
    return parts
