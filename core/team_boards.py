"""The boards of one workspace, with what needs its photos: what fits a board, what does not, what it lacks.

The boards themselves are kept by a shelf in the team's own library; the arithmetic is in `core.boards`. A pin's photo
is looked up under the whole id that was pinned, so that no other library's photo of the same name takes its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from core.boards.board import Board, Pin
from core.boards.brief import Brief, aspects_of, completed, exemplars, read, wish_of
from core.boards.fitting import Tastes, Vectors, fits, pictures_of, reasons_of, same_picture, various
from core.boards.outliers import LEAST_PINS, Outlier, apart_in_looks, apart_in_meaning, chosen
from core.boards.palette import board_palette
from core.boards.shelf import Shelf
from core.boards.showing import ShownBoard, ShownPin
from core.boards.steering import Gap, Suggested, Suggestion, Taste, taste_of
from core.calibration import Calibration
from core.errors import BadQuery, BadRecord, EncoderUnavailable, Message
from core.photos import Colour, Photo
from core.query import Query, Text, parse
from core.ranking import GOOD, match_of
from core.search import Hit
from core.workspace import Embedded, Workspace

BOARD = "board:"  # how an id begins that stands for a board in `like:`
CANDIDATES = 200  # hits that are looked through for what fits; more by twice the pins, which are among them
SAID_NOW, SAID_IN_BRIEF = 1.5, 1.0  # weight of words against the pins
BRIEF_BESIDE = 0.5  # weight of the brief beside words that are said now


class TeamBoards:
    """The boards of one workspace."""

    def __init__(self, workspace: Workspace, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.workspace = workspace
        self._clock = clock

    @property
    def shelf(self) -> Shelf:
        """The boards themselves."""
        return self.workspace.own.boards

    async def pinnable(self, photo_id: str) -> Photo:
        """Return a photo as it is pinned, under the id that people type for it here. Raises NotFound."""
        return await self.workspace.photo(photo_id)

    async def shown(self, board: Board) -> ShownBoard:
        """Return a board as it is shown: with its photos as known today, or as they were when they were pinned."""
        known = await self.workspace.photos(_ids(board.pins))
        decision = board.decision
        picks = decision.picks if decision is not None and not board.touched else ()

        def draw_up() -> tuple[dict[int, ShownPin], tuple[Colour, ...]]:
            pins = {pin.number: self._shown_pin(pin, known.get(pin.photo.id), picks) for pin in board.pins}
            return pins, board_palette([pin.photo.colours for pin in pins.values()])

        shown, palette = await asyncio.to_thread(draw_up)
        parts = tuple((section, tuple(shown[pin.number] for pin in pins)) for section, pins in board.parts())
        return ShownBoard(board, parts, palette, self._clock(), self.workspace.own.options.app_name)

    async def suggest(self, board: Board, *, words: str = "", section: str | None = None, limit: int = 9) -> Suggested:
        """Return what fits a board, or one section of it, and is not on it yet.

        Raises BadRecord for a board without pins and brief, and BadQuery for words that can't be read.
        """
        query, weight = _wish(board, words, section)
        pins = [pin for pin in board.pins if pin.section == section] if section else board.pins
        if not pins and not (section and query.wanted):  # an empty section without a wish: as the whole board
            pins = board.pins
        tastes = await self._tastes(pins)
        if query.is_empty and not any(taste.numbers for taste in tastes.values()):
            raise BadRecord("There is nothing to go by on this board yet. Pin a photo that fits, or write a brief.")
        hits, notices = await self._candidates(query, tastes, CANDIDATES + 2 * len(board.pins))
        vectors = await self.workspace.vectors([hit.photo.id for hit in hits])
        hits = await self._fresh(board, hits, vectors)
        hits, calibrations = await self._scored(hits, vectors, tastes, query, weight)
        shown = await asyncio.to_thread(various, hits, vectors, limit)
        near = reasons_of(shown, vectors, tastes, calibrations)
        ranked = tuple(
            Suggestion(replace(hit, rank=rank), reasons)
            for rank, (hit, reasons) in enumerate(zip(shown, near, strict=True), 1)
        )
        return Suggested(ranked, any(one.hit.score >= GOOD for one in ranked), notices)

    async def outliers(self, board: Board) -> list[Outlier]:
        """Return the pins that do not fit, those of another meaning first. Raises BadRecord for fewer than four."""
        if len(board.pins) < LEAST_PINS:
            raise BadRecord(
                "With fewer than {least} photos nobody can tell what does not fit. Pin more first.", least=LEAST_PINS
            )
        known = await self.workspace.photos(_ids(board.pins))
        vectors = await self.workspace.vectors(_ids(board.pins))
        calibrations = await self.workspace.calibrations()

        def judge() -> list[Outlier]:
            found: list[Outlier] = []
            for encoder, calibration in calibrations.items():
                pins = [pin for pin in board.pins if vectors.get(pin.photo.id, ("",))[0] == encoder]
                if len(pins) >= LEAST_PINS:
                    stacked = np.stack([vectors[pin.photo.id][1] for pin in pins])
                    found += apart_in_meaning([pin.number for pin in pins], stacked, calibration)
            palettes = [known.get(pin.photo.id, pin.photo).colours for pin in board.pins]
            return chosen([*found, *apart_in_looks([pin.number for pin in board.pins], palettes)], len(board.pins))

        return await asyncio.to_thread(judge)

    async def gaps(self, board: Board) -> list[Gap]:
        """Return what the brief and the sections' wishes ask for and no pin is. Raises BadRecord where none asks."""
        brief = [(one.query, one.text, one.kind, None) for one in aspects_of(board.brief)]
        wishes = [*brief, *((one.wish, one.title, None, one.id) for one in board.sections if one.wish.strip())]
        if not wishes:
            raise BadRecord("Nothing is asked for on this board yet. Write a brief, and what is missing can be told.")
        numbers = {pin.photo.id: pin.number for pin in board.pins}
        found: list[Gap] = []
        for wish, title, aspect, section in wishes:
            query = _readable(wish)
            if aspect == "colour" and query.filters:  # whether the colour shows is told exactly
                query = replace(query, texts=())
            if not query.wanted and all(condition.negative for condition in query.filters):
                continue
            scores = await self.workspace.match(query, list(numbers)) if numbers else {}
            best = max(scores, key=lambda photo_id: scores[photo_id], default=None)
            score = 0.0 if best is None else scores[best]
            if score < GOOD:
                number = None if best is None else numbers[best]
                found.append(Gap(wish, title, aspect, section, number, score, match_of(score)))
        return found

    async def palette(self, board: Board) -> tuple[Colour, ...]:
        """Return the 5 to 8 colours of the whole board, largest share first; fewer where its photos have fewer."""
        known = await self.workspace.photos(_ids(board.pins))
        palettes = [known.get(pin.photo.id, pin.photo).colours for pin in board.pins]
        return await asyncio.to_thread(board_palette, palettes)

    async def marks(self) -> Mapping[str, int]:
        """Return what `news` is to be given later, to tell what has come in from now on."""
        return await self.workspace.newest()

    async def news(self, board: Board, since: Mapping[str, int]) -> tuple[list[Suggestion], Mapping[str, int]]:
        """Return the photos that came into any library after `since` and fit the board, best first, and new marks.

        A library that `since` does not name has come in as a whole since then.
        """
        marks = await self.marks()
        query, weight = _wish(board, "", None)
        tastes = await self._tastes(board.pins)
        if marks == since or (query.is_empty and not any(taste.numbers for taste in tastes.values())):
            return [], marks
        hits, _ = await self._candidates(query, tastes, CANDIDATES, newer_than=since)
        vectors = await self.workspace.vectors([hit.photo.id for hit in hits])
        hits = await self._fresh(board, hits, vectors)
        hits, calibrations = await self._scored(hits, vectors, tastes, query, weight)
        good = [hit for hit in hits if hit.score >= GOOD]
        near = reasons_of(good, vectors, tastes, calibrations)
        return [Suggestion(hit, reasons) for hit, reasons in zip(good, near, strict=True)], marks

    async def query_like(self, query: Query) -> tuple[Query, tuple[Embedded, ...]]:
        """Return a query without its `like:board:NAME`, and the pictures that those stand for.

        Raises NotFound for a board that is not there, and BadRecord for one of which no photo can be compared.
        """
        pictures: list[Embedded] = []
        for like in query.likes:
            if not like.photo_id.startswith(BOARD):
                continue
            board = await self.shelf.named(like.photo_id.removeprefix(BOARD))
            own = _embedded(await self._tastes(board.pins))
            if not own:
                raise BadRecord("The board {name!r} has no photo yet that others could be like.", name=board.name)
            if like.negative:  # what was voted down there is not what to be like
                pictures.append(replace(own[0], weight=-like.weight))
            else:
                pictures += [replace(one, weight=like.weight * one.weight) for one in own]
        likes = tuple(like for like in query.likes if not like.photo_id.startswith(BOARD))
        return replace(query, likes=likes), tuple(pictures)

    async def read_brief(self, text: str) -> Brief:
        """Return what a brief asks for; phrases that no word list knows are filed by what they mean.

        Raises BadRecord where it is too long, or nothing in it can be shown.
        """
        reading = await asyncio.to_thread(read, text)
        if not reading.unfiled:
            return completed(reading, {})
        kinds, words = exemplars()
        try:
            encoder = self.workspace.own.encoder
            known, asked = await encoder.encode_texts(words), await encoder.encode_texts(reading.unfiled)
        except EncoderUnavailable:
            return completed(reading, {})
        nearest = np.argmax(asked @ known.T, axis=1)
        return completed(reading, {phrase: kinds[i] for phrase, i in zip(reading.unfiled, nearest, strict=True)})

    def _shown_pin(self, pin: Pin, known: Photo | None, picks: Sequence[int]) -> ShownPin:
        photo = known or pin.photo
        original = Path(photo.path) if photo.path else None
        return ShownPin(
            pin,
            photo,
            self.workspace.credit(photo),
            gone=known is None,
            picked=pin.number in picks,
            thumbnail=self.workspace.library_of(photo).thumbnail(photo),
            original=original if original is not None and original.is_file() else None,
        )

    async def _tastes(self, pins: Sequence[Pin]) -> dict[str, Taste]:
        """Return what pins ask for, by encoder. Those whose photo is gone have no vector any more."""
        vectors = await self.workspace.vectors(_ids(pins))
        by_encoder: dict[str, list[Pin]] = {}
        for pin in pins:
            if pin.photo.id in vectors:
                by_encoder.setdefault(vectors[pin.photo.id][0], []).append(pin)
        return {name: taste_of(own, [vectors[pin.photo.id][1] for pin in own]) for name, own in by_encoder.items()}

    async def _candidates(
        self, query: Query, tastes: Tastes, count: int, *, newer_than: Mapping[str, int] | None = None
    ) -> tuple[list[Hit], tuple[Message, ...]]:
        """Return photos that may fit: what is near to the pins, and what is near to the words."""
        found: dict[str, Hit] = {}
        notices: dict[str, Message] = {}
        asked = []
        if any(taste.numbers for taste in tastes.values()):
            asked.append((replace(query, texts=tuple(one for one in query.texts if one.negative)), _embedded(tastes)))
        if not query.is_empty:
            asked.append((query, []))
        for part, pictures in asked:
            page = await self.workspace.find(part, shown=pictures, limit=count, newer_than=newer_than)
            found |= {hit.photo.id: hit for hit in page.hits}
            notices |= {str(notice): notice for notice in page.notices}
        return list(found.values()), tuple(notices.values())

    async def _fresh(self, board: Board, hits: Sequence[Hit], vectors: Vectors) -> list[Hit]:
        """Return the hits of which nothing like the same picture is on the board."""
        pinned = await self.workspace.vectors(_ids(board.pins))

        def fresh() -> list[Hit]:
            ids = set(_ids(board.pins))
            return [
                hit
                for hit in hits
                if not ids.intersection((hit.photo.id, *hit.alike))
                and not any(
                    same_picture(hit.photo, pin.photo, vectors.get(hit.photo.id), pinned.get(pin.photo.id))
                    for pin in board.pins
                )
            ]

        return await asyncio.to_thread(fresh)

    async def _scored(
        self, hits: Sequence[Hit], vectors: Vectors, tastes: Tastes, query: Query, weight: float
    ) -> tuple[list[Hit], Mapping[str, Calibration]]:
        """Return the hits by how probably they fit, best first; those that miss a condition are left out."""
        said: dict[str, float] | None = None
        if query.texts or query.likes or query.filters:
            said = await self.workspace.match(query, [hit.photo.id for hit in hits])
            hits = [hit for hit in hits if hit.photo.id in said]
        words = None
        if said is not None and (query.texts or query.likes):
            words = np.array([said[hit.photo.id] for hit in hits])
        calibrations = await self.workspace.calibrations()
        fit = await asyncio.to_thread(fits, hits, vectors, tastes, calibrations, words, weight)
        best = [i for i in np.argsort(-fit, kind="stable") if fit[i] > 0]
        return [replace(hits[i], score=float(fit[i]), match=match_of(float(fit[i]))) for i in best], calibrations


def _ids(pins: Iterable[Pin]) -> list[str]:
    return [pin.photo.id for pin in pins]


def _wish(board: Board, words: str, section: str | None) -> tuple[Query, float]:
    """Return what is said now, and what a section or else the brief asks for, as one query; and what it weighs."""
    part = board.section(section) if section else None
    said = replace(parse(words), sort="match") if words.strip() else Query()
    wish = _readable(part.wish) if part is not None and part.wish.strip() else wish_of(aspects_of(board.brief))
    if said.is_empty:
        return replace(wish, sort="match"), SAID_IN_BRIEF
    beside = tuple(replace(text, weight=BRIEF_BESIDE * text.weight, exact=False) for text in wish.texts)
    filters = tuple(one for one in wish.filters if one.key not in {filter_.key for filter_ in said.filters})
    return replace(said, texts=(*said.texts, *beside), filters=(*said.filters, *filters)), SAID_NOW


def _readable(wish: str) -> Query:
    """Return a wish as a query; what can't be read as one is words."""
    try:
        return parse(wish)
    except BadQuery:
        return Query(texts=(Text(" ".join(wish.split())),))


def _embedded(tastes: Tastes) -> list[Embedded]:
    return [Embedded(vectors, weight) for vectors, weight in pictures_of(tastes)]
