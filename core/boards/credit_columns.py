"""The credits below a board's photos: each with the numbers of its photos, in columns, and never cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image

from core.boards.board import named_numbers
from core.boards.pen import Pen
from core.boards.showing import ShownBoard
from core.lettering import Style

COLUMN_GAP, MOST_COLUMNS, BETWEEN = 40, 4, 5
SIZE_PX, SMALL_PX, MANY = 24, 21, 40  # of letters; small from so many credits on
AFTER_NUMBERS: Final = 9


@dataclass(frozen=True, slots=True)
class _Entry:
    """A credit, measured. Its text begins on the last line of its numbers, at `start`."""

    numbers: tuple[str, ...]
    text: tuple[str, ...]  # lines; the first is empty where nothing fits behind the numbers
    start: int
    height: int


@dataclass(frozen=True, slots=True)
class CreditColumns:
    """All credits of a board, measured."""

    columns: tuple[tuple[_Entry, ...], ...]
    width: int  # of a column, in pixels
    gap: int
    number: Style
    text: Style

    @property
    def height(self) -> int:
        """Of the highest column, in pixels."""
        return max((_height(column) for column in self.columns), default=0)

    @property
    def untidiness(self) -> float:
        """The height, and more of it the more credits are broken."""
        entries = [entry for column in self.columns for entry in column]
        return self.height * (1 + 2 * sum(len(entry.text) > 1 for entry in entries) / max(len(entries), 1))

    def draw(self, image: Image.Image, left: int, top: int, pen: Pen) -> None:
        """Draw all credits, down one column after the other."""
        for place, column in enumerate(self.columns):
            x, y = left + place * (self.width + self.gap), top
            for entry in column:
                behind = pen.write(image, x, y, entry.numbers, self.number) - self.number.line_px
                first, *more = entry.text
                pen.write(image, x + entry.start, behind, [first] if first else [], self.text)
                pen.write(image, x, behind + self.text.line_px, more, self.text)
                y += entry.height


def credits_of(shown: ShownBoard) -> tuple[tuple[tuple[int, ...], str], ...]:
    """Return every credit on a board once, with the numbers of its photos, by the first of these."""
    numbers: dict[str, list[int]] = {}
    for pin in sorted(shown.pins, key=lambda one: one.number):
        numbers.setdefault(pin.credit.text, []).append(pin.number)
    return tuple((tuple(of), text) for text, of in numbers.items())


def set_credits(shown: ShownBoard, width: int, pen: Pen) -> CreditColumns:
    """Return a board's credits in as many columns as look best on a `width` in pixels."""
    credited = credits_of(shown)
    size = SMALL_PX if len(credited) >= MANY else SIZE_PX
    number, text = pen.style(size, pen.inks.ink, 600), pen.style(size, pen.inks.grey)
    gap = pen.px(COLUMN_GAP)
    tried = []
    for count in range(1, min(MOST_COLUMNS, max(len(credited), 1)) + 1):
        column = (width - gap * (count - 1)) // count
        entries = [_measured(numbers, credit, column, number, text, pen) for numbers, credit in credited]
        tried.append(CreditColumns(_balanced(entries, count), column, gap, number, text))
    return min(tried, key=lambda one: one.untidiness)


def _measured(numbers: Sequence[int], credit: str, width: int, number: Style, text: Style, pen: Pen) -> _Entry:
    named = pen.wrap(named_numbers(numbers), number, width)
    start = round(pen.width(named[-1], number)) + pen.px(AFTER_NUMBERS)
    lines = pen.wrap(credit, text, width, first=width - start)
    height = (len(named) - 1) * number.line_px + len(lines) * text.line_px + pen.px(BETWEEN)
    return _Entry(tuple(named), tuple(lines), start, height)


def _balanced(entries: Sequence[_Entry], count: int) -> tuple[tuple[_Entry, ...], ...]:
    """Return entries in so many columns, in their order, the highest column as low as it can be (by bisection)."""
    least, most = max((entry.height for entry in entries), default=0), _height(entries)
    while least < most:
        middle = (least + most) // 2
        if len(_filled(entries, middle)) <= count:
            most = middle
        else:
            least = middle + 1
    return _filled(entries, most)


def _filled(entries: Sequence[_Entry], height: int) -> tuple[tuple[_Entry, ...], ...]:
    columns: list[list[_Entry]] = []
    left = 0
    for entry in entries:
        if not columns or entry.height > left:
            columns.append([])
            left = height
        columns[-1].append(entry)
        left -= entry.height
    return tuple(map(tuple, columns))


def _height(entries: Sequence[_Entry]) -> int:
    return sum(entry.height for entry in entries)
