"""The boards of one workspace, with what needs its photos: what fits a board, what does not, what it lacks.

The boards themselves are kept by a shelf in the team's own library; the arithmetic is in `core.boards`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from core.boards.board import Board, Pin
from core.boards.brief import Aspect, Brief, read_brief
from core.boards.outliers import FAR, LEAST_PINS, Outlier, far_in_meaning
from core.boards.palette import board_palette
from core.boards.shelf import Shelf
from core.boards.showing import ShownBoard, ShownPin
from core.boards.steering import Gap, Suggested, Suggestion, centroid, near_pins, weight_of
from core.calibration import Floats
from core.errors import BadQuery, BadRecord
from core.photos import Colour, Photo
from core.query import Query, Text, parse
from core.ranking import GOOD, match_of
from core.workspace import Embedded, Workspace

BOARD = "board:"  # how an id begins that stands for a board in `like:`
LOOKED_THROUGH = 60  # hits more than are wanted: some are on the board already
SAME_BITS = 8  # of 64, in which perceptual hashes of nearly the same picture differ at most


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
        known = await self.workspace.photos([pin.photo.id for pin in board.pins])
        decision = board.decision
        picks = decision.picks if decision is not None and not board.touched else ()
        shown = await asyncio.to_thread(
            lambda: {pin.number: self._shown_pin(pin, known.get(pin.photo.id), picks) for pin in board.pins}
        )
        parts = tuple((section, tuple(shown[pin.number] for pin in pins)) for section, pins in board.parts())
        palette = await self.palette(board)
        return ShownBoard(board, parts, palette, self._clock(), self.workspace.own.options.app_name)

    async def suggest(self, board: Board, *, words: str = "", section: str | None = None, limit: int = 9) -> Suggested:
        """Return what fits a board, or one section of it, and is not on it yet.

        Raises BadRecord for a board without pins and brief, and BadQuery for words that can't be read.
        """
        query = self._wish(board, words, section)
        pictures = await self._pictures(board, section)
        if query.is_empty and not pictures:
            raise BadRecord("This board is empty. Pin a photo, or give it a brief, and photos that fit are found.")
        found = await self.workspace.find(query, shown=pictures, limit=limit + LOOKED_THROUGH)
        fresh = [hit for hit in found.hits if not self._stands_on(board, (hit.photo.id, *hit.alike), hit.photo)]
        hits = [replace(hit, rank=rank) for rank, hit in enumerate(fresh[:limit], 1)]
        near = await self._near(board, [hit.photo for hit in hits])
        return Suggested(
            tuple(Suggestion(hit, near[hit.photo.id]) for hit in hits),
            bool(hits) and hits[0].score >= GOOD,
            found.notices,
        )

    async def outliers(self, board: Board) -> list[Outlier]:
        """Return the pins that do not fit, furthest first. Raises BadRecord for a board of fewer than four pins."""
        if len(board.pins) < LEAST_PINS:
            raise BadRecord(
                "With fewer than {least} photos nobody can tell what does not fit. Pin more first.", least=LEAST_PINS
            )
        _, vectors = await self._vectors(board.pins)
        numbers = list(vectors)
        if len(numbers) < LEAST_PINS:
            return []
        far = await asyncio.to_thread(far_in_meaning, np.stack([vectors[number] for number in numbers]))
        found = [Outlier(n, "meaning", float(z)) for n, z in zip(numbers, far, strict=True) if z >= FAR]
        return sorted(found, key=lambda one: -one.strength)[: len(board.pins) // 3]

    async def gaps(self, board: Board) -> list[Gap]:
        """Return what the brief and the sections' wishes ask for and no pin is. Raises BadRecord where none asks."""
        wishes = [(aspect.query, aspect.text, aspect.kind, None) for aspect in self._aspects(board)]
        sections = [(one.wish, one.title, None, one.id) for one in board.sections if one.wish]
        if not wishes and not sections:
            raise BadRecord("This board has no brief. Give it one, and what is missing can be told.")
        ids = {pin.photo.id: pin.number for pin in board.pins}
        found = []
        for wish, title, aspect, section in [*wishes, *sections]:
            query = _readable(wish)
            if not query.wanted and not query.filters:  # only says what must not be there
                continue
            scores = await self.workspace.match(query, list(ids)) if ids else {}
            best = max(scores, key=lambda photo_id: scores[photo_id], default=None)
            score = scores[best] if best is not None else 0.0
            if score < GOOD:
                number = None if best is None else ids[best]
                found.append(Gap(wish, title, aspect, section, number, score, match_of(score)))
        return found

    async def palette(self, board: Board) -> tuple[Colour, ...]:
        """Return the 5 to 8 colours of the whole board, largest share first; fewer where its photos have fewer."""
        return await asyncio.to_thread(board_palette, [pin.photo.colours for pin in board.pins])

    async def marks(self) -> Mapping[str, int]:
        """Return what `news` is to be given later to tell what has come in from now on."""
        return await self.workspace.newest()

    async def news(self, board: Board, since: Mapping[str, int]) -> tuple[list[Suggestion], Mapping[str, int]]:
        """Return the photos that came into any library after `since` and fit the board, and the marks for next time."""
        marks = await self.marks()
        query, pictures = self._wish(board, "", None), await self._pictures(board, None)
        if query.is_empty and not pictures:
            return [], marks
        found = await self.workspace.find(query, shown=pictures, limit=LOOKED_THROUGH, newer_than=since)
        hits = [
            hit for hit in found.hits if hit.score >= GOOD and not self._stands_on(board, (hit.photo.id,), hit.photo)
        ]
        near = await self._near(board, [hit.photo for hit in hits])
        return [Suggestion(hit, near[hit.photo.id]) for hit in hits], marks

    async def query_like(self, query: Query) -> tuple[Query, tuple[Embedded, ...]]:
        """Return a query without its `like:board:NAME`, and the pictures that those stand for. Raises NotFound."""
        likes = [like for like in query.likes if not like.photo_id.startswith(BOARD)]
        pictures: list[Embedded] = []
        for like in query.likes:
            if like.photo_id.startswith(BOARD):
                board = await self.shelf.named(like.photo_id.removeprefix(BOARD))
                sign = -like.weight if like.negative else like.weight
                pictures += [replace(one, weight=sign * one.weight) for one in await self._pictures(board, None)]
        return replace(query, likes=tuple(likes)), tuple(pictures)

    async def read_brief(self, text: str) -> Brief:
        """Return what a brief asks for. Raises BadRecord where it is too long, or nothing in it can be shown."""
        return await asyncio.to_thread(read_brief, text)

    def _shown_pin(self, pin: Pin, known: Photo | None, picks: Sequence[int]) -> ShownPin:
        photo = known or pin.photo
        library = self.workspace.library_of(photo)
        original = Path(photo.path) if photo.path else None
        return ShownPin(
            pin,
            photo,
            self.workspace.credit(photo),
            gone=known is None,
            picked=pin.number in picks,
            thumbnail=library.thumbnail(photo),
            original=original if original is not None and original.is_file() else None,
        )

    def _aspects(self, board: Board) -> Sequence[Aspect]:
        try:
            return read_brief(board.brief).aspects if board.brief.strip() else ()
        except BadRecord:
            return ()

    def _wish(self, board: Board, words: str, section: str | None) -> Query:
        """Return what a board or a section asks for in words."""
        part = board.section(section) if section else None
        wish = part.wish if part is not None and part.wish else " ".join(one.text for one in self._aspects(board))
        asked = parse(words) if words.strip() else Query()
        return replace(asked, texts=(*asked.texts, *_readable(wish).texts)) if wish else asked

    async def _vectors(self, pins: Sequence[Pin]) -> tuple[str, dict[int, Floats]]:
        known = await self.workspace.vectors([pin.photo.id for pin in pins])
        own = self.workspace.own.encoder.encoder.name
        return own, {
            pin.number: known[pin.photo.id][1]
            for pin in pins
            if pin.photo.id in known and known[pin.photo.id][0] == own
        }

    async def _pictures(self, board: Board, section: str | None) -> list[Embedded]:
        pins = [pin for pin in board.pins if not section or pin.section == section] or list(board.pins)
        encoder, vectors = await self._vectors(pins)
        weights = {pin.number: weight_of(pin) for pin in pins}
        liked = [number for number in vectors if weights[number] > 0]
        pictures = []
        if liked:
            mean = centroid([vectors[n] for n in liked], [weights[n] for n in liked])
            pictures.append(Embedded({encoder: mean}))
        disliked = [number for number in vectors if weights[number] < 0]
        pictures += [Embedded({encoder: vectors[n]}, weight=0.3 * weights[n]) for n in disliked]
        return pictures

    async def _near(self, board: Board, photos: Sequence[Photo]) -> dict[str, tuple[int, ...]]:
        _, pins = await self._vectors([pin for pin in board.pins if weight_of(pin) > 0])
        found = await self.workspace.vectors([photo.id for photo in photos])
        return {photo.id: near_pins(found[photo.id][1], pins) if photo.id in found else () for photo in photos}

    def _stands_on(self, board: Board, ids: Sequence[str], photo: Photo) -> bool:
        standing = {pin.photo.id for pin in board.pins}
        hashes = [pin.photo.phash for pin in board.pins if pin.photo.phash is not None]
        return bool(standing.intersection(ids)) or (
            photo.phash is not None and any((photo.phash ^ one).bit_count() <= SAME_BITS for one in hashes)
        )


def _readable(wish: str) -> Query:
    """Return a wish as a query; what can't be read as one is words."""
    try:
        return parse(wish)
    except BadQuery:
        return Query(texts=(Text(" ".join(wish.split())),))
