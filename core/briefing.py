"""A board made of a brief: a section for each kind of thing that it asks for, with first candidates.

Candidates are what a wish's own words ask for, and of those what the rest of the brief would like, too: a calm photo
for a campaign by the sea is rather calm water than a calm clock. A photo stands in the section whose wish it meets
best. A section for which nothing matches gets what comes closest, since a team rather begins with something to vote
down than with nothing; `TeamBoards.gaps` says so.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.boards.board import Board
from core.boards.brief import Aspect, Brief
from core.boards.brief_words import Kind
from core.boards.changes import Briefed, Change, NewPin, Pinned, Sectioned, Several
from core.errors import BadQuery
from core.photos import Photo
from core.query import Filter, Query, Text, parse
from core.ranking import GOOD
from core.team_boards import TeamBoards

FOR_EACH = 3  # candidates for one wish
FOR_SECTION = 6
LOOKED_AT = 24  # photos that may be candidates for one wish
REST = 0.25  # how much the rest of a brief counts beside the wish itself


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that a brief asks for, as a query."""

    aspect: Aspect
    query: Query


@dataclass(frozen=True, slots=True)
class _Candidate:
    photo: Photo
    wish: Wish
    score: float  # 0 to 1: the probability that this is what the wish asks for


async def board_of(
    boards: TeamBoards, text: str, brief: Brief, title: Callable[[Kind, Sequence[str]], str]
) -> Callable[[Board], Several]:
    """Return the function that makes the changes by which a board becomes one of a brief.

    `title` names a section by its kind and what is asked for.
    """
    wishes, everywhere = sorted_wishes(brief.aspects)
    kinds = list(dict.fromkeys(wish.aspect.kind for wish in wishes))
    sections = {
        kind: Sectioned(
            secrets.token_hex(4), title(kind, [one.aspect.text for one in wishes if one.aspect.kind == kind])
        )
        for kind in kinds
    }
    candidates: list[_Candidate] = []
    if await boards.workspace.count():
        for wish in wishes:
            candidates += await _candidates(boards, wish, wishes, everywhere)
    dealt = _dealt(candidates, kinds)
    pins = tuple(NewPin(one.photo, sections[kind].id) for kind in kinds for one in dealt[kind])
    changes: tuple[Change, ...] = (Briefed(text), *sections.values())
    return lambda board: Several((*changes, Pinned(board.next_number, pins)) if pins else changes)


def sorted_wishes(aspects: Sequence[Aspect]) -> tuple[list[Wish], Query]:
    """Return what is wished for, and what holds for every photo: its format, and what must not be there."""
    wishes: list[Wish] = []
    filters: list[Filter] = []
    avoided: list[Text] = []
    for aspect in aspects:
        query = _read(aspect)
        if aspect.kind == "format" or not (query.wanted or query.filters):
            filters += query.filters
            avoided += [one for one in query.texts if one.negative]
        else:
            wishes.append(Wish(aspect, query))
    return wishes, Query(texts=tuple(avoided), filters=tuple(filters))


async def _candidates(boards: TeamBoards, wish: Wish, wishes: Sequence[Wish], everywhere: Query) -> list[_Candidate]:
    """Return the photos that may stand for a wish, with how well each meets it, best for the whole brief first."""
    rest = tuple(Text(one.aspect.text, REST) for one in wishes if one.aspect.kind != wish.aspect.kind)
    texts = (*wish.query.texts, *rest, *everywhere.texts)
    query = replace(wish.query, texts=texts, filters=(*wish.query.filters, *everywhere.filters))
    hits = (await boards.workspace.find(query, limit=LOOKED_AT)).hits
    if not wish.query.texts:  # only conditions, which all of them meet
        return [_Candidate(hit.photo, wish, GOOD) for hit in hits]
    scores = await boards.workspace.match(wish.query, [hit.photo.id for hit in hits])
    return [_Candidate(hit.photo, wish, scores.get(hit.photo.id, 0.0)) for hit in hits]


def _dealt(candidates: Sequence[_Candidate], kinds: Sequence[Kind]) -> dict[Kind, list[_Candidate]]:
    """Return the candidates of each section: every photo once, where it fits best."""
    dealt: dict[Kind, list[_Candidate]] = {kind: [] for kind in kinds}
    taken: set[str] = set()
    ranked = sorted(candidates, key=lambda one: -one.score)

    def deal(one: _Candidate) -> None:
        section = dealt[one.wish.aspect.kind]
        alike = sum(other.wish == one.wish for other in section)
        if one.photo.id not in taken and alike < FOR_EACH and len(section) < FOR_SECTION:
            section.append(one)
            taken.add(one.photo.id)

    for one in ranked:
        if one.score >= GOOD:
            deal(one)
    empty = {kind for kind in kinds if not dealt[kind]}
    for one in ranked:
        if one.wish.aspect.kind in empty and len(dealt[one.wish.aspect.kind]) < FOR_EACH:
            deal(one)
    return dealt


def _read(aspect: Aspect) -> Query:
    try:
        return parse(aspect.query)
    except BadQuery:
        return Query(texts=(Text(aspect.text),))
