"""Where the photos of a board stand: rows of one height that fill the width, each photo at its own ratio.

Rows are broken as Knuth and Plass (1981) break the lines of a paragraph: by the least sum of demerits over all rows, so
that no row has to make up for those above it. Pure arithmetic in pixels; nothing is opened or drawn here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

TOWER, PANORAMA = 0.5, 6.0  # a place is never narrower or wider; what is, stands in it with a border
LOWEST, TALLEST = 0.5, 1.6  # of the wished height; a row that would be taller is left short of the margin
LAST_TALLEST: Final = 1.3  # the last row fills the width only if it gets no taller than this
AREA, AREA_GROWTH, FEW = 0.23, 0.47, 0.27  # of `wished_total`


@dataclass(frozen=True, slots=True)
class Place:
    """Where one photo stands, in pixels."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Row:
    """Photos that stand side by side: the first one's position in what was given, and where each begins and ends."""

    first: int
    height: int
    edges: tuple[tuple[int, int], ...]  # left and right

    def places(self, left: int, top: int) -> tuple[Place, ...]:
        """Return where its photos stand when the row begins at a point."""
        return tuple(Place(left + start, top, end - start, self.height) for start, end in self.edges)


def bounded(ratio: float) -> float:
    """Return the ratio (width to height) of the place that a photo of this ratio gets."""
    return min(max(ratio, TOWER), PANORAMA)


def wished_total(count: int, width: int) -> float:
    """Return how high all rows of so many photos should be together, in pixels.

    It grows more slowly than their number, so that many still make a picture and no scroll.
    """
    many = float(max(count, 1))
    return width * (AREA * math.pow(many, AREA_GROWTH) + FEW / (many * many))


def wished_height(ratios: Sequence[float], width: int) -> float:
    """Return how high one row should be, in pixels: such that the photos together fill what is wished."""
    return math.sqrt(wished_total(len(ratios), width) * width / max(sum(ratios), TOWER))


def justify(ratios: Sequence[float], *, width: int, height: float, gap: int) -> tuple[Row, ...]:
    """Return rows of photos with these ratios (each `bounded`), in their order.

    `width`, the wished `height` and the `gap` between neighbours are pixels. Heights stay below `TALLEST` times what is
    wished. By dynamic programming over all breaks, with the demerits of Knuth and Plass (1981).
    """
    count = len(ratios)
    least = [0.0] + [math.inf] * count  # demerits of the best rows that end before each photo
    begun = [0] * (count + 1)
    for end in range(1, count + 1):
        total = 0.0
        for start in range(end - 1, -1, -1):
            total += ratios[start]
            natural = (width - gap * (end - start - 1)) / total
            if natural < LOWEST * height and end - start > 1:
                break
            demerits = least[start] + _demerits(natural / height, last=end == count)
            if demerits < least[end]:
                least[end], begun[end] = demerits, start
    breaks = [count]
    while breaks[-1]:
        breaks.append(begun[breaks[-1]])
    return tuple(
        _row(ratios[start:end], start, width, height, gap, last=end == count)
        for start, end in pairwise(reversed(breaks))
    )


def _demerits(stretch: float, *, last: bool) -> float:
    """Return what a row counts against its board. `stretch` is its natural height, in wished heights."""
    if last and stretch > LAST_TALLEST:  # a row left short is as bad as the part of the width that it leaves
        return (1 + 100 * (1 - 1 / stretch)) ** 2
    return (1 + 100 * abs(math.log2(stretch)) ** 3) ** 2


def _row(ratios: Sequence[float], first: int, width: int, height: float, gap: int, *, last: bool) -> Row:
    natural = (width - gap * (len(ratios) - 1)) / sum(ratios)
    if last and natural > LAST_TALLEST * height:
        natural = height
    natural = min(natural, TALLEST * height)
    ends = [total * natural + gap * i for i, total in enumerate(accumulate(ratios))]
    starts = [0.0, *(end + gap for end in ends[:-1])]
    edges = tuple((round(start), max(round(end), round(start) + 1)) for start, end in zip(starts, ends, strict=True))
    return Row(first, max(round(natural), 1), edges)
