"""A board as one picture: the photos in rows under their sections, and below them who took each.

The picture stands in a chat, where it is 500 to 600 pixels wide until somebody enlarges it: numbers can be read there,
the rest when it is large. Everything is measured first, then drawn once from top to bottom.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import add, sub
from typing import Final

from PIL import Image, ImageDraw

from core.boards.board import Section
from core.boards.credit_columns import set_credits
from core.boards.layout import Place, Row, justify, wished_height, wished_total
from core.boards.masthead import draw_masthead, masthead
from core.boards.pen import DARK, LIGHT, Pen, mixed
from core.boards.picture_words import ENGLISH, Words
from core.boards.showing import ShownBoard, ShownPin
from core.boards.tiles import draw_tile, ratio_of
from core.lettering import Lettering

COLLAGE_TYPE: Final = "image/jpeg"
TALLEST_PX: Final = 8000  # of a picture that is 1600 wide; rows get lower until it fits
LOWEST_ROW_PX: Final = 84
LOOSER, COMFORTABLE_PX = 1.5, 220  # short sections leave rows unfilled; rows get lower for that, but not very low
SMALLER: Final = 0.92  # rows, at each try
# part of the full width, JPEG quality: tried in this order until a picture fits
STEPS: Final = ((1.0, 90), (1.0, 80), (1.0, 68), (0.8, 76), (0.64, 74), (0.5, 70), (0.4, 64), (0.3, 56))
FINE_COLOUR: Final = 85  # quality from which colours are written as finely as lightness

MARGIN, GAP, NARROW_GAP, MANY = 64, 14, 9, 60  # photos from `MANY` on stand closer
UNDER_HEADER, UNDER_RULE, UNDER_TITLE, BETWEEN_PARTS, ABOVE_CREDITS = 34, 16, 20, 40, 32
ABOVE_NOTE, UNDER_NOTE = 8, 6
NOTE_LINES, HIGH_ENOUGH = 2, 240  # in rows that are lower, a note has one line
PALETTE_PX, PALETTE_COLOURS, LEAST_SHARE = 76, 8, 0.09
GHOSTS: Final = (1.5, 0.72, 1.3, 1.0, 1.6, 0.75, 1.4)  # ratios of the photos that an empty board waits for
GHOST_PX: Final = 270
PLUS: Final = (26, 2)  # half of a stroke's length and width


@dataclass(frozen=True, slots=True)
class _Part:
    """A section, measured."""

    section: Section
    pins: tuple[ShownPin, ...]
    rows: tuple[Row, ...]
    notes: tuple[tuple[tuple[str, ...], ...], ...]  # the lines under each photo of each row


def draw_collage(
    shown: ShownBoard,
    *,
    width_px: int = 1600,
    dark: bool = False,
    words: Words = ENGLISH,
    lettering: Lettering | None = None,
) -> Image.Image:
    """Return a board as one picture, `width_px` pixels wide and seldom more than five times as high.

    Blocks while thumbnails are decoded. Files that can't be read are shown as areas of their photo's colour.
    """
    pen = Pen(width_px, DARK if dark else LIGHT, lettering or Lettering())
    return _Collage(shown, width_px, pen, words).draw()


def encode_collage(
    shown: ShownBoard, *, max_bytes: int, dark: bool = False, words: Words = ENGLISH, lettering: Lettering | None = None
) -> bytes | None:
    """Return a board's picture as a JPEG of at most `max_bytes`; None if it can't be made that small and still be seen.

    First its quality is lowered, then its size. Blocks.
    """
    full = draw_collage(shown, dark=dark, words=words, lettering=lettering)
    for part, quality in STEPS:
        size = (round(full.width * part), round(full.height * part))
        image = full if part == 1 else full.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)
        written = io.BytesIO()
        image.save(written, "JPEG", quality=quality, subsampling=0 if quality >= FINE_COLOUR else 2)
        if written.tell() <= max_bytes:
            return written.getvalue()
    return None


class _Collage:
    """One picture while it is measured and drawn."""

    def __init__(self, shown: ShownBoard, width_px: int, pen: Pen, words: Words) -> None:
        self._shown, self._board, self._pen, self._words = shown, shown.board, pen, words
        self._width, self._margin = width_px, pen.px(MARGIN)
        self._inner = width_px - 2 * self._margin
        self._gap = pen.px(NARROW_GAP if len(shown.pins) >= MANY else GAP)
        self._title = pen.style(36, pen.inks.ink, 600)
        self._text = pen.style(27, pen.inks.grey)
        self._note = pen.style(21, pen.inks.grey)
        self._ratios = {pin.number: ratio_of(pin) for pin in shown.pins}

    def draw(self) -> Image.Image:
        """Measure everything, then draw it."""
        header = masthead(self._shown, self._inner, self._pen, self._words)
        named = set_credits(self._shown, self._inner, self._pen)
        top = self._margin + sum(block.height for block in header) + self._pen.px(UNDER_HEADER)
        below = self._palette_px() + named.height + self._margin
        parts = self._fitting(self._pen.px(TALLEST_PX) - top - below)
        body = sum(map(self._height, parts))
        ghosts = 0 if self._ratios else self._pen.px(2 * GHOST_PX + BETWEEN_PARTS)
        image = Image.new("RGB", (self._width, top + body + ghosts + below), self._pen.inks.paper)
        draw_masthead(image, self._margin, self._margin, header, self._pen)
        for part in parts:
            self._draw_part(image, top, part)
            top += self._height(part)
        if ghosts:
            self._draw_ghosts(image, top)
        self._draw_palette(image, top + ghosts)
        named.draw(image, self._margin, top + ghosts + self._palette_px(), self._pen)
        return image

    # sections

    def _fitting(self, room: int) -> tuple[_Part, ...]:
        """Return the sections with rows as high as their number of photos asks for, lower if these need more room."""
        wished = wished_height(list(self._ratios.values()), self._inner)
        usual = LOOSER * wished_total(len(self._ratios), self._inner)
        while True:
            parts = tuple(self._measured(section, pins, wished) for section, pins in self._shown.parts)
            rows = sum(row.height for part in parts for row in part.rows)
            loose = rows > usual and wished > self._pen.px(COMFORTABLE_PX)
            high = sum(map(self._height, parts)) > room and wished > self._pen.px(LOWEST_ROW_PX)
            if not loose and not high:
                return parts
            wished *= SMALLER

    def _measured(self, section: Section, pins: tuple[ShownPin, ...], wished: float) -> _Part:
        ratios = [self._ratios[pin.number] for pin in pins]
        rows = justify(ratios, width=self._inner, height=wished, gap=self._gap)
        notes = tuple(tuple(self._notes(row, pins)) for row in rows)
        return _Part(section, pins, rows, notes)

    def _notes(self, row: Row, pins: Sequence[ShownPin]) -> Iterator[tuple[str, ...]]:
        most = NOTE_LINES if row.height >= self._pen.px(HIGH_ENOUGH) else 1
        for pin, (left, right) in zip(pins[row.first :], row.edges, strict=False):
            yield tuple(self._pen.lines(pin.pin.note, self._note, right - left, most))

    def _under(self, notes: Sequence[Sequence[str]]) -> int:
        """Return how much room a row's notes need."""
        lines = max(map(len, notes))
        return lines * self._note.line_px + self._pen.px(ABOVE_NOTE + UNDER_NOTE) if lines else 0

    def _heading_px(self, part: _Part) -> int:
        if not part.section.title:
            return 0
        wish = 0 if part.pins else self._text.line_px
        return 1 + self._pen.px(UNDER_RULE) + self._title.line_px + wish + self._pen.px(UNDER_TITLE)

    def _height(self, part: _Part) -> int:
        rows = sum(row.height + self._under(notes) for row, notes in zip(part.rows, part.notes, strict=True))
        return self._heading_px(part) + rows + self._gap * max(len(part.rows) - 1, 0) + self._pen.px(BETWEEN_PARTS)

    def _draw_part(self, image: Image.Image, top: int, part: _Part) -> None:
        pen, left = self._pen, self._margin
        if part.section.title:
            image.paste(pen.inks.line, (left, top, left + self._inner, top + 1))
            title = pen.lines(part.section.title, self._title, self._inner, 1)
            below = pen.write(image, left, top + 1 + pen.px(UNDER_RULE), title, self._title)
            if not part.pins:
                pen.write(image, left, below, pen.lines(self._said_of(part), self._text, self._inner, 1), self._text)
            top += self._heading_px(part)
        for row, notes in zip(part.rows, part.notes, strict=True):
            for i, place in enumerate(row.places(left, top)):
                draw_tile(image, place, part.pins[row.first + i], pen, self._words)
                pen.write(image, place.left, top + row.height + pen.px(ABOVE_NOTE), notes[i], self._note)
            top += row.height + self._under(notes) + self._gap

    def _said_of(self, part: _Part) -> str:
        return part.section.wish or self._words.nothing

    # around them

    def _draw_ghosts(self, image: Image.Image, top: int) -> None:
        """Draw the frames of photos to come, paler from one to the next, with a plus in the first."""
        inks = self._pen.inks
        rows = justify(GHOSTS, width=self._inner, height=self._pen.px(GHOST_PX), gap=self._gap)
        places: list[Place] = []
        for row in rows:
            places += row.places(self._margin, top)
            top += row.height + self._gap
        for i, place in enumerate(places):
            colour = mixed(inks.line, inks.paper, i / len(places))
            image.paste(colour, (place.left, place.top, place.left + place.width, place.top + place.height))
        middle = (places[0].left + places[0].width // 2, places[0].top + places[0].height // 2)
        for across, down in (PLUS, PLUS[::-1]):
            half = (self._pen.px(across), self._pen.px(down))
            image.paste(inks.grey, (*map(sub, middle, half), *map(add, middle, half)))

    def _palette_px(self) -> int:
        return self._pen.px(PALETTE_PX + ABOVE_CREDITS) if self._shown.palette else 0

    def _draw_palette(self, image: Image.Image, top: int) -> None:
        """Draw the board's colours in a strip, each as wide as its share, but never too narrow for its name."""
        colours, pen = self._shown.palette[:PALETTE_COLOURS], self._pen
        shares = [max(colour.share, LEAST_SHARE) for colour in colours]
        ends = [round(self._inner * total / sum(shares)) for total in accumulate(shares)]
        for colour, start, end in zip(colours, [0, *ends], ends, strict=False):
            left, bottom = self._margin + start, top + pen.px(PALETTE_PX)
            image.paste(colour.hex, (left, top, self._margin + end, bottom))
            style = pen.style(21, pen.readable_on(colour.hex))
            pen.letters.draw(image, left + pen.px(14), bottom - pen.px(14), colour.hex, style)
        if colours:
            box = (self._margin, top, self._margin + self._inner - 1, top + pen.px(PALETTE_PX) - 1)
            ImageDraw.Draw(image).rectangle(box, outline=pen.inks.line)
