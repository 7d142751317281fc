"""Contact sheets: found photos on one page, to be printed, mailed or pinned up, each with its credit under it.

Photos keep their shape and stand on one line in each row, as in a gallery; whatever else must give way on a narrow
sheet, a photographer's name never does.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageOps

from core.errors import ModaclipError
from core.lettering import Lettering, Style

MAX_CELLS: Final = 240
FORMATS: Final = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
CELL_PX: Final = {1: 720, 2: 600, 3: 480, 4: 400, 5: 360}  # by columns
SMALLEST_CELL_PX: Final = 160

PAPER, INK, GREY, PALE, HOLLOW = "#f7f6f3", "#1c1c1e", "#6b6a68", "#a3a19d", "#e4e2dd"
MATCH_COLOURS: Final = {"strong": "#3f7d5a", "good": "#b98a2f", "weak": "#b5b2ac"}


@dataclass(frozen=True, slots=True)
class SheetCell:
    """One photo of a sheet, and what stands under it."""

    image: Image.Image | Path | None  # None, or a file that can't be read: its colour is shown instead
    credit: str
    title: str | None = None
    match: str | None = None  # "strong", "good" or "weak"
    rank: int | None = None
    colour: str | None = None  # "#rrggbb", the photo's average


@dataclass(frozen=True, slots=True)
class _Plan:
    """The measures of a sheet, in pixels."""

    columns: int
    cell: int

    @property
    def gap(self) -> int:
        return max(20, round(self.cell * 0.085))

    @property
    def margin(self) -> int:
        return max(36, round(self.width_of_cells * 0.045))

    @property
    def width_of_cells(self) -> int:
        return self.columns * self.cell + (self.columns - 1) * self.gap

    @property
    def width(self) -> int:
        return self.width_of_cells + 2 * self.margin

    @property
    def text(self) -> int:
        return min(17, max(12, round(self.cell * 0.038)))
