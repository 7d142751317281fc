"""Reads exported boards from anywhere: what is no board ends in one clear sentence, whatever it is."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from core.boards.board import TOP, Author, Ballot, Section
from core.boards.changes import NewPin
from core.boards.records import read_photo
from core.errors import BadRecord
from core.photos import Photo
from core.sources.text import sound_all, web_url

FORMAT = 1
MOST_BYTES = 20_000_000
MOST_PINS, MOST_SECTIONS, MOST_BALLOTS = 5000, 500, 5000
IMPORTED = "imported:"  # how the ids of those begin who voted elsewhere
_TEXTS = frozenset(
    "id source title description average_colour place licence page_url image_url download_url content_hash".split()
)
_NUMBERS = frozenset({"width", "height", "phash"})
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_ORIGINS = ("source", "file", "auto", "user")
_HASH = re.compile("[0-9a-f]{64}")  # SHA-256
_DAMAGED = (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError, MemoryError)

Record: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Choice:
    """What was decided last."""

    picks: tuple[int, ...]  # places among the pins, from 1
    why: str


@dataclass(frozen=True, slots=True)
class BoardContent:
    """What is on a board, wherever it is."""

    name: str
    brief: str = ""
    secret: bool = False
    sections: tuple[Section, ...] = ()  # their ids are their places, from 1
    pins: tuple[NewPin, ...] = ()  # in reading order
    choice: Choice | None = None


def read_board_json(data: bytes) -> BoardContent:
    """Return what an exported board holds. Raises BadRecord, and nothing else, for whatever is none."""
    if len(data) > MOST_BYTES:
        raise BadRecord(
            "This file is too large for a board: it has {size:.0f} MB, and {most:.0f} MB are taken.",
            size=len(data) / 1e6,
            most=MOST_BYTES / 1e6,
        )
    try:
        record = json.loads(data.decode("utf-8-sig"), parse_constant=_no_number)
        _check_letters(record)
        record = sound_all(record)
        if not isinstance(record, dict) or record.get("modaclip") != "board":
            raise ValueError("not a board")
        if record.get("format") == FORMAT and not isinstance(record["format"], bool):
            return _content(record)
    except _DAMAGED as error:
        raise BadRecord(
            "This is no board that was exported here, or it is damaged. Take the .json file of an export."
        ) from error
    raise BadRecord(
        "This board was exported by another version of the program, as format {format}. Format {known} is read here.",
        format=str(record.get("format"))[:20],
        known=FORMAT,
    )


def handed_photo(photo: Photo) -> Photo:
    """Return a photo as it may leave this machine, or come to it: without its file, with links of the web only, and
    with colours that are some.
    """
    average = photo.average_colour
    return replace(
        photo,
        path=None,
        colours=tuple(colour for colour in photo.colours if _HEX.fullmatch(colour.hex)),
        average_colour=average if average and _HEX.fullmatch(average) else None,
        photographer=replace(photo.photographer, profile_url=web_url(photo.photographer.profile_url)),
        page_url=web_url(photo.page_url),
        image_url=web_url(photo.image_url),
        download_url=web_url(photo.download_url),
    )


def _content(record: Record) -> BoardContent:
    sections = tuple(
        Section(str(place), _text(one["title"], 500), _text(one.get("wish", ""), 5000))
        for place, one in enumerate(_records(record.get("sections", []), MOST_SECTIONS), 1)
    )
    secret = record.get("secret", False)
    if not isinstance(secret, bool):
        raise TypeError("secret is yes or no")
    pins = [_pin(one, sections, secret) for one in _records(record["pins"], MOST_PINS)]
    name = _text(record["name"], 500)
    if not name.strip():
        raise ValueError("a board has a name")
    choice = _choice(record.get("decision"), len(pins))
    return BoardContent(name, _text(record.get("brief", ""), 100_000), secret, sections, tuple(pins), choice)


def _pin(record: Record, sections: Sequence[Section], secret: bool) -> NewPin:
    place = record.get("section")
    section = TOP if place is None else sections[_whole(place, 1, len(sections)) - 1].id
    given = [_ballot(one, secret) for one in _records(record.get("ballots", []), MOST_BALLOTS)]
    named = [one.author.id for one in given if one.author.id != IMPORTED]
    if len(named) != len(set(named)):
        raise ValueError("somebody voted twice")
    return NewPin(_photo(_mapping(record["photo"])), section, _text(record.get("note", ""), 100_000), tuple(given))


def _ballot(record: Record, secret: bool) -> Ballot:
    vote = record["vote"]
    if vote != "up" and vote != "down" and vote != "one":
        raise ValueError("not a vote")
    if secret:
        return Ballot(Author(IMPORTED, ""), vote)
    by = _text(record.get("by", ""), 100)
    known = by if by.startswith(IMPORTED) else f"{IMPORTED}{by}"
    return Ballot(Author(known, _text(record.get("name", ""), 500)), vote)


def _choice(value: object, pins: int) -> Choice | None:
    if value is None:
        return None
    record = _mapping(value)
    picks = record["picks"]
    if not isinstance(picks, list) or len(picks) > pins:
        raise TypeError("not a list of numbers")
    return Choice(tuple(_whole(one, 1, pins) for one in picks), _text(record.get("why", ""), 100_000))


def _photo(record: Record) -> Photo:
    for name, value in record.items():
        if name in _TEXTS:
            _text(value, 100_000)
        elif name in _NUMBERS:
            _whole(value, 0, 2**64 - 1)
    content_hash = record.get("content_hash")
    if content_hash is not None and not _HASH.fullmatch(str(content_hash)):  # it names a file
        raise ValueError("not a hash")
    for value in _mapping(record.get("photographer", {})).values():
        if value is not None:
            _text(value, 5000)
    for tag in _records(record.get("tags", []), 5000):
        _text(tag["name"], 500)
        if tag.get("origin", "source") not in _ORIGINS:
            raise ValueError("not an origin")
        if tag.get("confidence") is not None:
            _share(tag["confidence"])
    for colour in _records(record.get("colours", []), 500):
        _text(colour["hex"], 50)
        _share(colour["share"])
    return handed_photo(read_photo(record))


def _mapping(value: object) -> Record:
    if not isinstance(value, dict):
        raise TypeError("not a record")
    return value


def _records(value: object, most: int) -> Sequence[Record]:
    if not isinstance(value, list) or len(value) > most:
        raise TypeError("not a list, or too long")
    return [_mapping(one) for one in value]


def _check_letters(value: object) -> None:
    """Raise ValueError for half a letter and for NUL, which no export has written."""
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("not a text")
        value.encode()
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check_letters(one)


def _text(value: object, most: int) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise TypeError("not a text, or too long")
    return value


def _whole(value: object, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError("not a number that can be")
    return value


def _share(value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError("not a share")


def _no_number(text: str) -> float:
    raise ValueError(text)
