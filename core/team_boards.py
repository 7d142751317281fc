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
from core.boards.brief import Brief, completed, exemplars, read
from core.boards.fitting import Fitting, Tastes, fits, pictures_of, stands_on
from core.boards.outliers import LEAST_PINS, Outlier, apart_in_looks, apart_in_meaning, chosen
from core.boards.palette import board_palette
from core.boards.shelf import Shelf
from core.boards.showing import ShownBoard, ShownPin
from core.boards.steering import Gap, Suggested, Suggestion, Taste, taste_of
from core.boards.wishes import Wish, wish_for, wishes_of
from core.errors import BadRecord, EncoderUnavailable, Message, NotFound
from core.photos import Colour, Photo
from core.query import Query
from core.ranking import GOOD, match_of
from core.search import Hit
from core.workspace import Embedded, Workspace

BOARD = "board:"  # how an id begins that stands for a board in `like:`
CANDIDATES = 200  # hits that are looked through for what fits; more by twice the pins, which are among them


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
        known = await self._known(board)
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
        known = await self._known(board)
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
        wishes = wishes_of(board)
        if not wishes:
            raise BadRecord("Nothing is asked for on this board yet. Write a brief, and what is missing can be told.")
        numbers = {pin.photo.id: pin.number for pin in board.pins}
        found: list[Gap] = []
        for asked in wishes:
            try:
                scores = await self.workspace.match(asked.query, list(numbers)) if numbers else {}
            except NotFound:  # it asks for what is like a photo that is gone
                scores = {}
            best = max(scores, key=lambda photo_id: scores[photo_id], default=None)
            score = 0.0 if best is None else scores[best]
            if score < GOOD:
                number = None if best is None else numbers[best]
                found.append(Gap(asked.wish, asked.title, asked.aspect, asked.section, number, score, match_of(score)))
        return found

    async def palette(self, board: Board) -> tuple[Colour, ...]:
        """Return the 5 to 8 colours of the whole board, largest share first; fewer where its photos have fewer."""
        known = await self._known(board)
        palettes = [known.get(pin.photo.id, pin.photo).colours for pin in board.pins]
        return await asyncio.to_thread(board_palette, palettes)

    async def _known(self, board: Board) -> Mapping[str, Photo]:
        """Return the pins' photos as known today, by id, without those that are gone or whose id is another's now."""
        found = await self.workspace.photos(_ids(board.pins))
        return {
            pin.photo.id: known
            for pin in board.pins
            if (known := found.get(pin.photo.id)) is not None and not _is_another(pin.photo, known)
        }

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

    async def _fitting(
        self, board: Board, pins: Sequence[Pin], wish: Wish, *, newer_than: Mapping[str, int] | None = None
    ) -> Fitting | None:
        """Return what fits these pins of a board and a wish, and is not on the board; None where nothing is wanted."""
        query, tastes = wish.query, await self._tastes(pins)
        wanted = [photo_id for taste in tastes.values() for photo_id in taste.ids]
        if query.is_empty and not wanted:
            return None
        hits, notices = await self._candidates(query, tastes, CANDIDATES + 2 * len(board.pins), newer_than)
        vectors = await self.workspace.vectors([*(hit.photo.id for hit in hits), *_ids(board.pins)])
        hits = await asyncio.to_thread(lambda: [hit for hit in hits if not stands_on(board, hit, vectors)])
        said: dict[str, float] | None = None
        if query.texts or query.likes:
            said = await self.workspace.match(query, [*(hit.photo.id for hit in hits), *wanted])
            hits = [hit for hit in hits if hit.photo.id in said]
        calibrations = await self.workspace.calibrations()
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


def _ids(pins: Iterable[Pin]) -> list[str]:
    return [pin.photo.id for pin in pins]


def _embedded(tastes: Tastes) -> list[Embedded]:
    return [Embedded(vectors, weight) for vectors, weight in pictures_of(tastes)]


def _is_another(pinned: Photo, known: Photo) -> bool:
    """Tell whether an id has come to stand for somebody else's picture; one's own may have been retouched."""
    hashes = {pinned.content_hash, known.content_hash} - {None}
    return len(hashes) > 1 and pinned.photographer != known.photographer
