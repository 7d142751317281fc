"""A board as a record that imports again: what is on it, without chats, accounts or files of this machine.

Voters' accounts stay here. Of an open board the names go along, each under a number that leads back to no account; of
a secret one only the votes, which can't be told apart. So nobody can vote in another's name by importing either.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import replace

from core.boards.board import TOP, Author, Ballot, Board, Pin
from core.boards.changes import Briefed, Change, Decided, NewPin, Pinned, Sectioned, Several, VotingSet
from core.boards.exports import wording
from core.boards.exports.exported import Exported, file_name
from core.boards.exports.json_reading import FORMAT, IMPORTED, BoardContent, Choice, handed_photo, read_board_json
from core.boards.records import photo_record
from core.boards.showing import ShownBoard
from core.sources.text import sound_all

__all__ = ["BoardContent", "Choice", "content_of", "export_json", "import_changes", "read_board_json"]


def content_of(board: Board) -> BoardContent:
    """Return what is on a board: photos in reading order and numbered from 1, votes without accounts."""
    pins = board.ordered()
    places = {section.id: str(place) for place, section in enumerate(board.sections, 1)}
    numbers = {pin.number: place for place, pin in enumerate(pins, 1)}
    last = board.decision
    return BoardContent(
        board.name,
        board.brief,
        board.secret,
        tuple(replace(section, id=places[section.id]) for section in board.sections),
        tuple(
            NewPin(handed_photo(pin.photo), places.get(pin.section, TOP), pin.note, _ballots(board, pin))
            for pin in pins
        ),
        None if last is None else Choice(tuple(numbers[one] for one in last.picks if one in numbers), last.why),
    )


def import_changes(content: BoardContent, next_number: int = 1) -> Several:
    """Return the change that puts all of a content on an empty board; photos are numbered on from `next_number`."""
    ids = {section.id: secrets.token_urlsafe(6) for section in content.sections}
    changes: list[Change] = [VotingSet(secret=True)] if content.secret else []
    changes += [Briefed(content.brief)] if content.brief else []
    changes += [Sectioned(ids[section.id], section.title, section.wish) for section in content.sections]
    changes.append(Pinned(next_number, tuple(replace(pin, section=ids.get(pin.section, TOP)) for pin in content.pins)))
    if content.choice:
        picks = tuple(next_number - 1 + place for place in content.choice.picks)
        changes.append(Decided(picks, content.choice.why))
    return Several(tuple(changes))


def export_json(shown: ShownBoard, max_bytes: int | None = None) -> Exported:  # noqa: ARG001
    """Return a board as a record that imports again, with photos as they are known today."""
    pins = {pin.number: replace(pin.pin, photo=pin.photo) for pin in shown.pins}
    board = replace(shown.board, pins=tuple(pins[pin.number] for pin in shown.board.pins if pin.number in pins))
    content = content_of(board)
    by_number = {pin.number: pin for pin in shown.pins}
    places = {section.id: place for place, section in enumerate(content.sections, 1)}
    records = [
        {
            "number": place,
            "number_was": pin.number,
            "section": places.get(new.section),
            "note": new.note,
            "photo": photo_record(new.photo),
            "credit": by_number[pin.number].credit.text,
            "licence": wording.licence_name_of(by_number[pin.number]),
            "ballots": [_ballot_record(ballot) for ballot in new.ballots],
        }
        for place, (pin, new) in enumerate(zip(board.ordered(), content.pins, strict=True), 1)
    ]
    record = {
        "modaclip": "board",
        "format": FORMAT,
        "name": content.name,
        "brief": content.brief,
        "secret": content.secret,
        "version": board.version,
        "sections": [{"title": section.title, "wish": section.wish} for section in content.sections],
        "pins": records,
        "decision": content.choice and {"picks": content.choice.picks, "why": content.choice.why},
        "palette": wording.palette(shown),
        "exported_at": shown.made_at and shown.made_at.isoformat(),
    }
    data = json.dumps(sound_all(record), ensure_ascii=False, indent=1).encode()
    return Exported(file_name(shown, "json"), data, wording.checks(shown))


def _ballot_record(ballot: Ballot) -> Mapping[str, str]:
    who = {"by": ballot.author.id, "name": ballot.author.name} if ballot.author != NOBODY else {}
    return {"vote": ballot.vote, **who}


NOBODY = Author(IMPORTED, "")


def _ballots(board: Board, pin: Pin) -> tuple[Ballot, ...]:
    """Return the votes for a pin. Of a secret board, neither names nor order tell who gave them."""
    if board.secret:
        return tuple(Ballot(NOBODY, ballot.vote) for ballot in sorted(pin.ballots, key=lambda ballot: ballot.vote))
    return tuple(Ballot(_stranger(board, ballot.author), ballot.vote) for ballot in pin.ballots)


def _stranger(board: Board, author: Author) -> Author:
    """Return somebody without their account: the same on the whole board, and on no other."""
    if author.id.startswith(IMPORTED):
        return author
    return Author(stranger_id(board.id, author.id), author.name)


def stranger_id(board_id: str, person: str) -> str:
    """Return the number under which a person's votes leave a board."""
    return f"{IMPORTED}{hmac.digest(board_id.encode(), person.encode(), 'sha256').hex()[:16]}"
