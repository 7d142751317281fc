"""What a board asks for in words, as queries: its brief, its sections' wishes, and what somebody says beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.boards.board import Board
from core.boards.brief import Aspect, aspects_of
from core.errors import BadQuery
from core.query import Query, Text, parse

WISH_WORDS = 40
BRIEF_BESIDE = 0.5  # weight of the brief beside words that are said now
SAID_NOW = 1.5  # weight against the pins of words that are said now, which may well lead away from them


@dataclass(frozen=True, slots=True)
class Wish:
    """Words to go by beside the pins."""

    query: Query
    weight: float | None = None  # against the pins; None: as well as they describe the pins


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that a board shall show."""

    query: Query
    wish: str  # the same, in the query language
    title: str
    aspect: str | None = None  # its kind, of the brief
    section: str | None = None  # whose wish it is


def wish_for(board: Board, words: str = "", section: str | None = None) -> Wish:
    """Return what is said now, with what a section or else the brief asks for. Raises BadQuery for the words."""
    part = board.section(section) if section else None
    asked = readable(part.wish) if part is not None and part.wish.strip() else wish_of(aspects_of(board.brief))
    if not words.strip():
        return Wish(replace(asked, sort="match"))
    said = replace(parse(words), sort="match")
    beside = tuple(replace(text, weight=BRIEF_BESIDE * text.weight, exact=False) for text in asked.texts)
    keys = {condition.key for condition in said.filters}  # what is said now goes before the brief
    filters = tuple(condition for condition in asked.filters if condition.key not in keys)
    return Wish(replace(said, texts=(*said.texts, *beside), filters=(*said.filters, *filters)), SAID_NOW)


def wishes_of(board: Board) -> list[Asked]:
    """Return all that a board shall show, by its brief and its sections' wishes."""
    asked = []
    for aspect in aspects_of(board.brief):
        query = parse(aspect.query)
        if aspect.kind == "colour" and query.filters:  # whether a colour shows is told exactly
            query = replace(query, texts=())
        asked.append(Asked(query, aspect.query, aspect.text, aspect.kind))
    briefed = {word for one in asked for word in one.title.casefold().split()}
    asked += [
        Asked(readable(one.wish), one.wish, one.title, None, one.id)
        for one in board.sections
        if not briefed.issuperset(one.wish.casefold().split())  # else the brief asks for each of them
    ]
    return [one for one in asked if one.query.wanted or any(not condition.negative for condition in one.query.filters)]


def wish_of(aspects: Sequence[Aspect]) -> Query:
    """Return one query for all that a brief asks for.

    What photos show becomes one phrase, because few photos are all of it. A shape is demanded where only one is named.
    """
    parts = [parse(aspect.query) for aspect in aspects]
    words: dict[str, None] = {}
    for aspect, part in zip(aspects, parts, strict=True):
        if aspect.kind != "format":
            named = [one.value for one in part.filters if one.key == "color" and not one.negative]
            words |= dict.fromkeys(" ".join([*part.wanted, *(() if part.wanted else named)]).split())
    texts = [Text(" ".join(list(words)[:WISH_WORDS]))] if words else []
    texts += [text for part in parts for text in part.texts if text.negative]
    filters = [one for part in parts for one in part.filters]
    shapes = {one for one in filters if one.key == "is" and not one.negative}
    kept = [one for one in filters if one.negative or (len(shapes) == 1 and one in shapes)]
    return Query(tuple(dict.fromkeys(texts)), tuple(dict.fromkeys(kept)))


def readable(wish: str) -> Query:
    """Return a wish as a query; what can't be read as one is words."""
    try:
        return parse(wish)
    except BadQuery:
        return Query(texts=(Text(" ".join(wish.split())),))
