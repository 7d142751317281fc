"""The boards of one workspace, with what needs its photos: what fits a board, what does not, what it lacks.

The boards themselves are kept by a shelf in the library of the team that made them; the arithmetic is in `core.boards`,
and where a pin's photo is looked up in `core.sides`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from core.boards.board import Board, Pin
from core.boards.brief import Brief, completed, exemplars, read
from core.boards.fitting import Fitting, Pinned, Said, Tastes, fits, pictures_of
from core.boards.outliers import LEAST_PINS, Outlier, apart_in_looks, apart_in_meaning, chosen
from core.boards.palette import board_palette
from core.boards.shelf import Shelf
from core.boards.showing import Original, ShownBoard, ShownPin
from core.boards.steering import Gap, Suggested, Suggestion, Taste, taste_of
from core.boards.wishes import Wish, wish_for, wishes_of
from core.errors import BadRecord, EncoderUnavailable, Message, NotFound
from core.photos import Colour, Credit, Photo
from core.query import Query
from core.ranking import GOOD, match_of
from core.search import Hit
from core.sides import Sides
from core.workspace import Embedded, Workspace

CANDIDATES = 200  # hits that are looked through for what fits; more by twice the pins, which are among them


class TeamBoards:
    """The boards of one workspace, or those of another that it shares: `sides` says which teams see them."""

    def __init__(
        self,
        workspace: Workspace,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        sides: Sides | None = None,
    ) -> None:
        self.workspace = workspace
        self.sides = sides or Sides(workspace)
        self._clock = clock

    @property
    def shelf(self) -> Shelf:
        """The boards themselves."""
        return self.sides.home.own.boards

    async def pinnable(self, photo_id: str) -> Photo:
        """Return a photo as it is pinned, under the id that people type for it here. Raises NotFound."""
        return await self.workspace.photo(photo_id)

    async def shown(self, board: Board) -> ShownBoard:
        """Return a board as it is shown: with its photos as known today, or as they were when they were pinned."""
        known = await self.sides.photos(board.pins)
        decision = board.decision
        picks = decision.picks if decision is not None and not board.touched else ()

        def draw_up() -> tuple[dict[int, ShownPin], tuple[Colour, ...]]:
            pins = {pin.number: self._shown_pin(pin, known.get(pin.number), picks) for pin in board.pins}
            return pins, board_palette([pin.photo.colours for pin in pins.values()])

        shown, palette = await asyncio.to_thread(draw_up)
        parts = tuple((section, tuple(shown[pin.number] for pin in pins)) for section, pins in board.parts())
        app_name, others = self.workspace.own.options.app_name, tuple(self.sides.titles.values())
        return ShownBoard(board, parts, palette, self._clock(), app_name, others)

    async def credits(self, board: Board) -> list[tuple[int, Credit]]:
        """Return every pin's number and the credit that must stand with it, as they are read."""
        known = await self.sides.photos(board.pins)
        return [(pin.number, self.workspace.credit(known.get(pin.number, pin.photo))) for pin in board.ordered()]

    async def pinned(self, board: Board, number: int) -> tuple[Workspace, Photo]:
        """Return one pin's photo as known today, and the workspace that it comes from. Raises NotFound."""
        pin = board.pin(number)
        workspace = None if pin is None else self.sides.of(pin)
        photo = (await self.sides.photos([pin])).get(number) if pin is not None else None
        if workspace is None or photo is None:
            raise NotFound("There is no photo {number} on this board any more.", number=number)
        return workspace, photo

    async def suggest(self, board: Board, *, words: str = "", section: str | None = None, limit: int = 9) -> Suggested:
        """Return what fits a board, or one section of it, and is not on it yet.

        Raises BadRecord for a board without pins and brief, and BadQuery for words that can't be read.
        """
        wish = wish_for(board, words, section)
        pins = [pin for pin in board.pins if pin.section == section] if section else board.pins
        if not pins and not wish.query.wanted:  # an empty section without a wish: as the whole board
            pins = board.pins
        fitting = await self._fitting(board, pins, wish)
        if fitting is None:
            raise BadRecord("There is nothing to go by on this board yet. Pin a photo that fits, or write a brief.")
        hits = tuple(await asyncio.to_thread(fitting.suggestions, limit))
        return Suggested(hits, any(one.hit.score >= GOOD for one in hits), fitting.notices)

    async def outliers(self, board: Board) -> list[Outlier]:
        """Return the pins that do not fit, those of another meaning first. Raises BadRecord for fewer than four."""
        if len(board.pins) < LEAST_PINS:
            raise BadRecord(
                "With fewer than {least} photos nobody can tell what does not fit. Pin more first.", least=LEAST_PINS
            )
        known = await self.sides.photos(board.pins)
        vectors = await self.sides.vectors(board.pins)
        calibrations = await self.sides.calibrations()

        def judge() -> list[Outlier]:
            found: list[Outlier] = []
            for encoder, calibration in calibrations.items():
                pins = [pin for pin in board.pins if vectors.get(pin.number, ("",))[0] == encoder]
                if len(pins) >= LEAST_PINS:
                    stacked = np.stack([vectors[pin.number][1] for pin in pins])
                    found += apart_in_meaning([pin.number for pin in pins], stacked, calibration)
            palettes = [known.get(pin.number, pin.photo).colours for pin in board.pins]
            return chosen([*found, *apart_in_looks([pin.number for pin in board.pins], palettes)], len(board.pins))

        return await asyncio.to_thread(judge)

    async def gaps(self, board: Board) -> list[Gap]:
        """Return what the brief and the sections' wishes ask for and no pin is. Raises BadRecord where none asks."""
        wishes = wishes_of(board)
        if not wishes:
            raise BadRecord("Nothing is asked for on this board yet. Write a brief, and what is missing can be told.")
        found: list[Gap] = []
        for asked in wishes:
            try:
                scores = await self.sides.match(asked.query, board.pins)
            except NotFound:  # it asks for what is like a photo that is gone
                scores = {}
            best = max(scores, key=lambda number: scores[number], default=None)
            score = 0.0 if best is None else scores[best]
            if score < GOOD:
                found.append(Gap(asked.wish, asked.title, asked.aspect, asked.section, best, score, match_of(score)))
        return found

    async def palette(self, board: Board) -> tuple[Colour, ...]:
        """Return the 5 to 8 colours of the whole board, largest share first; fewer where its photos have fewer."""
        known = await self.sides.photos(board.pins)
        palettes = [known.get(pin.number, pin.photo).colours for pin in board.pins]
        return await asyncio.to_thread(board_palette, palettes)

    async def marks(self) -> Mapping[str, int]:
        """Return what `news` is to be given later, to tell what has come in from now on."""
        return await self.workspace.newest()

    async def news(self, board: Board, since: Mapping[str, int]) -> tuple[list[Suggestion], Mapping[str, int]]:
        """Return the photos that came into any library after `since` and fit the board, best first, and new marks.

        A library that `since` does not name has come in as a whole since then.
        """
        marks = await self.marks()
        if marks == since:
            return [], marks
        fitting = await self._fitting(board, board.pins, wish_for(board), newer_than=since)
        found = await asyncio.to_thread(fitting.suggestions) if fitting is not None else []
        return [one for one in found if one.hit.score >= GOOD], marks

    async def pictures_like(self, board: Board, *, weight: float, negative: bool = False) -> list[Embedded]:
        """Return what a board stands for as pictures to be like, or (`negative`) to be unlike.

        Raises BadRecord for a board of which no photo can be compared.
        """
        own = _embedded(await self._tastes(board.pins))
        if not own:
            raise BadRecord("The board {name!r} has no photo yet that others could be like.", name=board.name)
        if negative:  # what was voted down there is not what to be like
            return [replace(own[0], weight=-weight)]
        return [replace(one, weight=weight * one.weight) for one in own]

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
        photo, workspace = known or pin.photo, self.sides.of(pin)
        library = None if workspace is None else workspace.library_of(photo)
        file = Path(photo.path) if photo.path and library is not None else None
        original = Original(file, library.decoders) if library is not None and file and file.is_file() else None
        return ShownPin(
            pin,
            photo,
            self.workspace.credit(photo),
            gone=known is None,
            picked=pin.number in picks,
            thumbnail=None if library is None else library.thumbnail(photo),
            original=original,
            elsewhere=pin.by.side != self.sides.here,
        )

    async def _tastes(self, pins: Sequence[Pin]) -> dict[str, Taste]:
        """Return what pins ask for, by encoder. Those whose photo is gone have no vector any more."""
        vectors = await self.sides.vectors(pins)
        by_encoder: dict[str, list[Pin]] = {}
        for pin in pins:
            if pin.number in vectors:
                by_encoder.setdefault(vectors[pin.number][0], []).append(pin)
        return {name: taste_of(own, [vectors[pin.number][1] for pin in own]) for name, own in by_encoder.items()}

    async def _fitting(
        self, board: Board, pins: Sequence[Pin], wish: Wish, *, newer_than: Mapping[str, int] | None = None
    ) -> Fitting | None:
        """Return what fits these pins of a board and a wish, and is not on the board; None where nothing is wanted."""
        query, tastes = wish.query, await self._tastes(pins)
        wanted = [pin for pin in pins if any(pin.number in taste.numbers for taste in tastes.values())]
        if query.is_empty and not wanted:
            return None
        hits, notices = await self._candidates(query, tastes, CANDIDATES + 2 * len(board.pins), newer_than)
        vectors = await self.workspace.vectors([hit.photo.id for hit in hits])
        pinned = Pinned(board.pins, await self.sides.vectors(board.pins), self.sides.here)
        hits = await asyncio.to_thread(lambda: [hit for hit in hits if not pinned.holds(hit, vectors)])
        said: Said | None = None
        if query.texts or query.likes:
            found = await self.workspace.match(query, [hit.photo.id for hit in hits])
            said = Said(found, await self.sides.match(query, wanted))
            hits = [hit for hit in hits if hit.photo.id in found]
        calibrations = await self.sides.calibrations()
        best = await asyncio.to_thread(fits, hits, vectors, tastes, calibrations, said, wish.weight)
        return Fitting(tuple(best), vectors, tastes, calibrations, notices)

    async def _candidates(
        self, query: Query, tastes: Tastes, count: int, newer_than: Mapping[str, int] | None
    ) -> tuple[list[Hit], tuple[Message, ...]]:
        """Return photos that may fit: what is near to the pins, and what is near to the words."""
        found: dict[str, Hit] = {}
        notices: dict[str, Message] = {}
        asked: list[tuple[Query, list[Embedded]]] = [] if query.is_empty else [(query, [])]
        if any(taste.numbers for taste in tastes.values()):
            unsaid = replace(query, texts=tuple(one for one in query.texts if one.negative))
            asked.append((unsaid, _embedded(tastes)))
        for part, pictures in asked:
            page = await self.workspace.find(part, shown=pictures, limit=count, newer_than=newer_than)
            found |= {hit.photo.id: hit for hit in page.hits}
            notices |= {str(notice): notice for notice in page.notices}
        return list(found.values()), tuple(notices.values())


def _embedded(tastes: Tastes) -> list[Embedded]:
    return [Embedded(vectors, weight) for vectors, weight in pictures_of(tastes)]
