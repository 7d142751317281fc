"""Contact sheets: found photos on one page, to be printed, mailed or pinned up, each with its credit under it.

Photos keep their shape and stand on one line in each row, as in a gallery. On a narrow sheet a title may be cut; a
credit is given as many lines as it needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from core.errors import ModaclipError
from core.files import replacing, sweep
from core.images import FORMATS as PICTURES
from core.lettering import Lettering, Style

Line: TypeAlias = tuple[str, Style]

MAX_CELLS: Final = 240
FORMATS: Final = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
CELL_PX: Final = {1: 720, 2: 600, 3: 480, 4: 400}  # by columns; with more, 360
LEAST_CELL_PX: Final = 120
TALLEST: Final = 0.8  # of a cell's width; taller photos would leave holes in the row above their neighbours

MARGIN, GAP, ROW_GAP = 72, 36, 48  # pixels
UNDER_PHOTO, UNDER_HEADING = 14, 44
PAPER, INK, GREY, PALE, HOLLOW = "#f7f6f3", "#1c1c1e", "#605f5c", "#97958f", "#e3e1dc"
HEADING = Style(36, INK, 600)
NOTE = Style(16, PALE)
MARKS = Style(13, PALE)
TITLE = Style(16, INK, 600)
CREDIT = Style(14, GREY)
HEADING_LINES = 2
MATCH_COLOURS: Final = {"strong": "#3c7a57", "good": "#b88a2e", "weak": "#b5b2ab"}
DOT_PX = 7
MID_GREY = 120  # of 255; above it dark letters read better


@dataclass(frozen=True, slots=True)
class SheetCell:
    """One photo of a sheet, and what stands under it."""

    image: Image.Image | Path | None  # without one, or with a file that can't be read, the photo's colour is shown
    credit: str
    title: str | None = None
    match: str | None = None  # "strong", "good" or "weak"
    rank: int | None = None
    colour: str | None = None  # "#rrggbb", the photo's average


@dataclass(frozen=True, slots=True)
class _Block:
    """A cell, measured."""

    cell: SheetCell
    photo: Image.Image
    lines: tuple[Line, ...]

    @property
    def caption_px(self) -> int:
        marks = MARKS.line_px if self.cell.rank is not None or self.cell.match else 0
        return UNDER_PHOTO + marks + sum(style.line_px for _, style in self.lines)


def draw_sheet(
    cells: Sequence[SheetCell],
    *,
    heading: str,
    columns: int | None = None,
    cell_px: int | None = None,
    lettering: Lettering | None = None,
) -> Image.Image:
    """Return a sheet of these photos, in reading order, under a heading.

    `cell_px` is the width of a column. Raises ModaclipError for no cells, and for more than `MAX_CELLS`.
    """
    if not 0 < len(cells) <= MAX_CELLS:
        raise ModaclipError(
            "A contact sheet holds 1 to {most} photos; {given} were given.", most=MAX_CELLS, given=len(cells)
        )
    columns = min(columns or _columns_for(len(cells)), len(cells))
    cell_px = max(cell_px or CELL_PX.get(columns, 360), LEAST_CELL_PX)
    letters = lettering or Lettering()
    blocks = [_measure(cell, cell_px, letters) for cell in cells]
    rows = [blocks[start : start + columns] for start in range(0, len(blocks), columns)]
    width = 2 * MARGIN + columns * cell_px + (columns - 1) * GAP
    title = _heading_lines(heading, len(cells), width - 2 * MARGIN, letters)
    top = MARGIN + sum(style.line_px for _, style in title) + UNDER_HEADING
    heights = [_row_height(row) for row in rows]
    sheet = Image.new("RGB", (width, top + sum(heights) + ROW_GAP * (len(rows) - 1) + MARGIN), PAPER)
    _draw_lines(sheet, MARGIN, MARGIN, title, letters)
    for row, height in zip(rows, heights, strict=True):
        floor = top + max(block.photo.height for block in row)
        for i, block in enumerate(row):
            left = MARGIN + i * (cell_px + GAP)
            sheet.paste(block.photo, (left, floor - block.photo.height))
            _draw_caption(sheet, left, floor + UNDER_PHOTO, block, letters)
        top += height + ROW_GAP
    return sheet


def write_sheet(
    path: Path | str,
    cells: Sequence[SheetCell],
    *,
    heading: str,
    columns: int | None = None,
    cell_px: int | None = None,
) -> None:
    """Write a sheet to a .png, .jpg or .webp file, all of it or nothing.

    Raises ModaclipError for another ending, for a file that can't be written, and as `draw_sheet` does.
    """
    path = Path(path)
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise ModaclipError(
            "A contact sheet can't be written as {file}. End its name in .png, .jpg or .webp.", file=path.name
        )
    sheet = draw_sheet(cells, heading=heading, columns=columns, cell_px=cell_px)
    try:
        sweep(path.parent)
        with replacing(path) as file:
            sheet.save(file, kind, quality=92, subsampling=0)
    except OSError as error:
        raise ModaclipError(
            "The contact sheet {path} can't be written: {trouble}.", path=path, trouble=error.strerror or str(error)
        ) from error


def _columns_for(count: int) -> int:
    """Return how many columns look well: few photos large, many in a broad page."""
    return next((columns for most, columns in ((3, count), (4, 2), (6, 3), (16, 4), (30, 5)) if count <= most), 6)


def _measure(cell: SheetCell, cell_px: int, letters: Lettering) -> _Block:
    photo = _photo(cell, cell_px, letters)
    lines = [(line, CREDIT) for line in letters.wrap(cell.credit, CREDIT, cell_px)]
    if cell.title:
        lines.insert(0, (letters.cut(cell.title, TITLE, cell_px), TITLE))
    return _Block(cell, photo, tuple(lines))


def _photo(cell: SheetCell, cell_px: int, letters: Lettering) -> Image.Image:
    """Return a photo as large as its cell allows, or a quiet area of its colour."""
    try:
        if isinstance(cell.image, Path):
            with Image.open(cell.image, formats=PICTURES) as opened:
                opened.draft("RGB", (cell_px, cell_px))
                return _fitted(opened, cell_px)
        if cell.image is not None:
            return _fitted(cell.image, cell_px)
    except (OSError, SyntaxError, ValueError):  # what Pillow raises for files that are gone or damaged
        pass
    return _placeholder(cell.colour or HOLLOW, cell_px, letters)


def _placeholder(colour: str, cell_px: int, letters: Lettering) -> Image.Image:
    area = Image.new("RGB", (cell_px, cell_px * 2 // 3), colour)
    lightness = np.asarray(area.convert("L"))[0, 0]
    letters.draw(area, 16, area.height - 16, "no picture", Style(13, INK if lightness > MID_GREY else PAPER))
    return area


def _fitted(image: Image.Image, cell_px: int) -> Image.Image:
    upright = ImageOps.exif_transpose(image).convert("RGB")
    return ImageOps.contain(upright, (cell_px, round(cell_px * TALLEST)), Image.Resampling.LANCZOS)


def _heading_lines(heading: str, count: int, width: int, letters: Lettering) -> list[Line]:
    wrapped = letters.wrap(heading, HEADING, width)
    shown = wrapped[:HEADING_LINES]
    if len(wrapped) > HEADING_LINES:
        shown[-1] = letters.cut(f"{shown[-1]} {wrapped[HEADING_LINES]}…", HEADING, width)
    note = f"{count} photo{'s' * (count != 1)}"
    return [*((line, HEADING) for line in shown), (note, NOTE)]


def _row_height(row: Sequence[_Block]) -> int:
    return max(block.photo.height for block in row) + max(block.caption_px for block in row)


def _draw_caption(sheet: Image.Image, left: int, top: int, block: _Block, letters: Lettering) -> None:
    rank, match = block.cell.rank, block.cell.match
    if rank is not None or match:
        start, baseline = left, top + MARKS.size_px
        if rank is not None:
            letters.draw(sheet, start, baseline, f"{rank}", MARKS)
            start += round(letters.width(f"{rank}", MARKS)) + DOT_PX + 3
        if match:
            dot = _dot(MATCH_COLOURS.get(match, PALE))
            sheet.paste(dot, (start, baseline - DOT_PX - 1), dot)
            letters.draw(sheet, start + DOT_PX + 6, baseline, match, MARKS)
        top += MARKS.line_px
    _draw_lines(sheet, left, top, block.lines, letters)


def _dot(colour: str) -> Image.Image:
    large = Image.new("RGBA", (DOT_PX * 8, DOT_PX * 8), colour + "00")  # drawn larger, for a smooth edge
    ImageDraw.Draw(large).ellipse((0, 0, DOT_PX * 8 - 1, DOT_PX * 8 - 1), fill=colour)
    return large.reduce(8)


def _draw_lines(sheet: Image.Image, left: int, top: int, lines: Sequence[Line], letters: Lettering) -> None:
    for text, style in lines:
        letters.draw(sheet, left, top + style.size_px, text, style)
        top += style.line_px
