"""A board as one picture: sections with their photos in rows, each with its number, title and credit under it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from PIL import Image, ImageDraw, ImageOps

from core.boards.exports import pictures, wording
from core.boards.exports.exported import Exported, file_name
from core.boards.showing import ShownBoard, ShownPin
from core.credits import one_line
from core.errors import BadRecord, Message
from core.lettering import Lettering, Style

Line: TypeAlias = tuple[str, Style]

MOST_PHOTOS: Final = 600
MOST_PIXELS, MOST_HEIGHT = 100_000_000, 60_000  # a JPEG is at most 65,535 high
LEAST_COLUMNS: Final = 2
COLUMNS: Final = ((3, 3), (4, 2), (6, 3), (16, 4), (40, 5), (90, 7), (200, 10), (MOST_PHOTOS, 16))  # by photos
CELL_PX: Final = {2: 640, 3: 540, 4: 440, 5: 380, 6: 340, 7: 320, 8: 300, 9: 290, 10: 280}  # by columns; else 220
TALLEST: Final = 0.8  # of a cell's width; taller photos would leave holes in the row above their neighbours
SMALLER: Final = (0.7, 0.5, 0.35, 0.25)
LEAST_CELL_PX: Final = 90  # narrower, credits can't be read
JPEG_QUALITY: Final = 86

MARGIN, GAP, ROW_GAP, SECTION_GAP, UNDER_PHOTO, STRIP_PX = 88, 34, 46, 64, 14, 36
PAPER, INK, GREY, PALE, RULE, ACCENT = "#fbfaf8", "#1c1c1e", "#605f5c", "#8c8a85", "#dedbd5", "#1f6f4a"
HEADING, META = Style(52, INK, 650), Style(17, PALE)
BRIEF, SECTION, WISH = Style(20, GREY), Style(28, INK, 620), Style(16, PALE)
NUMBER, TITLE, CREDIT, PICKED = Style(15, PALE, 600), Style(15, INK, 600), Style(13, GREY), Style(13, ACCENT, 600)
BRIEF_LINES, BRIEF_PX = 6, 1100
DARK: Final = 120  # of 255; above it dark letters read better


@dataclass(frozen=True, slots=True)
class _Cell:
    """A photo, measured."""

    photo: Image.Image
    lines: tuple[Line, ...]

    @property
    def caption_px(self) -> int:
        return UNDER_PHOTO + sum(style.line_px for _, style in self.lines)


@dataclass(frozen=True, slots=True)
class _Row:
    """What stands side by side: photos, or one or more lines of text."""

    cells: tuple[_Cell, ...] = ()
    lines: tuple[Line, ...] = ()
    before_px: int = 0

    @property
    def photo_px(self) -> int:
        return max((cell.photo.height for cell in self.cells), default=0)

    @property
    def height(self) -> int:
        text = sum(style.line_px for _, style in self.lines)
        return self.before_px + text + self.photo_px + max((cell.caption_px for cell in self.cells), default=0)


def export_sheet(shown: ShownBoard, max_bytes: int | None = None) -> Exported:
    """Return a board as a PNG; as a JPEG, or smaller, where it would be too large. Raises BadRecord for too many."""
    checks = wording.checks(shown)
    sheet = draw_board(shown)
    data = _encoded(sheet, "PNG")
    if max_bytes is None or len(data) <= max_bytes:
        return Exported(file_name(shown, "png"), data, checks)
    if len(data) * SMALLER[0] ** 2 <= max_bytes:
        data = _encoded(draw_board(shown, scale=SMALLER[0]), "PNG")
        if len(data) <= max_bytes:
            return Exported(file_name(shown, "png"), data, (_SMALLER, *checks))
    data, notice = _encoded(sheet, "JPEG"), _AS_JPEG
    for scale in SMALLER:
        if len(data) <= max_bytes:
            break
        data, notice = _encoded(draw_board(shown, scale=scale), "JPEG"), _SMALLER
    return Exported(file_name(shown, "jpg"), data, (notice, *checks))


_SMALLER = Message("The photos are drawn smaller so that the picture can be sent.")
_AS_JPEG = Message("The picture is a JPEG, because it would be too large as a PNG.")


def draw_board(shown: ShownBoard, *, scale: float = 1, lettering: Lettering | None = None) -> Image.Image:
    """Return a board as one picture, its cells at a scale; type keeps its size. Raises BadRecord for too many."""
    count = len(shown.pins)
    if count > MOST_PHOTOS:
        raise BadRecord(
            "A picture holds {most} photos, and this board has {count}. Export it as PDF, or only what is picked.",
            most=MOST_PHOTOS,
            count=count,
        )
    longest = max(len(pins) for _, pins in shown.parts)
    columns = min(next(columns for most, columns in COLUMNS if count <= most), max(longest, LEAST_COLUMNS))
    cell_px = max(LEAST_CELL_PX, round(CELL_PX.get(columns, 220) * scale))
    letters = lettering or Lettering()
    width = 2 * MARGIN + columns * cell_px + (columns - 1) * GAP
    rows = list(_rows(shown, columns, cell_px, width - 2 * MARGIN, letters))
    strip = STRIP_PX if wording.palette(shown) else 0
    height = MARGIN + sum(row.height for row in rows) + (ROW_GAP + strip if strip else 0) + MARGIN
    if height > MOST_HEIGHT or width * height > MOST_PIXELS:
        if cell_px == LEAST_CELL_PX:
            raise BadRecord("The board is too long for one picture. Export it as PDF, or only what is picked.")
        return draw_board(shown, scale=SMALLER[0] * scale, lettering=letters)
    sheet = Image.new("RGB", (width, height), PAPER)
    top = MARGIN
    for row in rows:
        _draw_row(sheet, top, row, cell_px, letters)
        top += row.height
    _draw_palette(sheet, top + ROW_GAP, wording.palette(shown), strip)
    return sheet


def captions(pin: ShownPin) -> list[Line]:
    """Return what stands under a photo, before it is broken into lines: its number and title, credit, marks."""
    marks = ", ".join(filter(None, ("Picked" if pin.picked else "", wording.votes(pin.pin.tally))))
    lines = [(f"{pin.number}  {wording.title_of(pin)}", TITLE), (wording.credit_line(pin), CREDIT)]
    return [*lines, (marks, PICKED if pin.picked else CREDIT)] if marks else lines


def _rows(shown: ShownBoard, columns: int, cell_px: int, width: int, letters: Lettering) -> Iterator[_Row]:
    board = shown.board
    meta = " · ".join((wording.state(shown), wording.counted(shown), wording.made_on(shown)))
    heading = letters.wrap(one_line(board.name), HEADING, width)
    brief = letters.wrap(one_line(board.brief), BRIEF, min(width, BRIEF_PX))
    yield _Row(lines=tuple((line, HEADING) for line in heading))
    yield _Row(lines=tuple((line, META) for line in letters.wrap(meta, META, width)), before_px=10)
    if any(brief):
        if len(brief) > BRIEF_LINES:
            brief = [*brief[: BRIEF_LINES - 1], letters.cut(brief[BRIEF_LINES - 1] + " …", BRIEF, min(width, BRIEF_PX))]
        yield _Row(lines=tuple((line, BRIEF) for line in brief), before_px=22)
    for section, pins in shown.parts:
        if section.title:
            titles = letters.wrap(one_line(section.title), SECTION, width)
            yield _Row(lines=tuple((line, SECTION) for line in titles), before_px=SECTION_GAP)
        measured = pictures.each(pins, partial(_photo, cell_px=cell_px, letters=letters))
        cells = [_Cell(photo, _lines(pin, cell_px, letters)) for pin, photo in zip(pins, measured, strict=True)]
        for start in range(0, len(cells), columns):
            under_title = section.title and start == 0
            yield _Row(tuple(cells[start : start + columns]), before_px=20 if under_title else ROW_GAP)


def _lines(pin: ShownPin, cell_px: int, letters: Lettering) -> tuple[Line, ...]:
    (title, style), *others = captions(pin)
    wrapped = [(line, kind) for text, kind in others for line in letters.wrap(text, kind, cell_px)]
    return ((letters.cut(title, style, cell_px), style), *wrapped)


def _photo(pin: ShownPin, cell_px: int, letters: Lettering) -> Image.Image:
    """Return a photo as large as its cell allows, or a quiet area of its colour."""
    image = pictures.picture(pin, cell_px)
    if image is not None:
        return ImageOps.contain(image, (cell_px, round(cell_px * TALLEST)), Image.Resampling.LANCZOS)
    colour = wording.colour_of(pin)
    area = Image.new("RGB", (cell_px, cell_px * 2 // 3), colour)
    style = Style(13, INK if area.convert("L").getpixel((0, 0)) > DARK else PAPER)  # type: ignore[operator]
    lines = letters.wrap(wording.gone(pin), style, cell_px - 32)
    for place, line in enumerate(reversed(lines)):
        letters.draw(area, 16, area.height - 16 - place * style.line_px, line, style)
    return area


def _draw_row(sheet: Image.Image, top: int, row: _Row, cell_px: int, letters: Lettering) -> None:
    top = _draw_lines(sheet, MARGIN, top + row.before_px, row.lines, letters)
    floor = top + row.photo_px
    for place, cell in enumerate(row.cells):
        left = MARGIN + place * (cell_px + GAP)
        sheet.paste(cell.photo, (left, floor - cell.photo.height))
        _draw_lines(sheet, left, floor + UNDER_PHOTO, cell.lines, letters)


def _draw_lines(sheet: Image.Image, left: int, top: int, lines: Sequence[Line], letters: Lettering) -> int:
    for text, style in lines:
        letters.draw(sheet, left, top + style.size_px, text, style)
        top += style.line_px
    return top


def _draw_palette(sheet: Image.Image, top: int, colours: Sequence[str], height: int) -> None:
    draw = ImageDraw.Draw(sheet)
    width = (sheet.width - 2 * MARGIN) / max(len(colours), 1)
    for place, colour in enumerate(colours):
        left = MARGIN + round(place * width)
        draw.rectangle((left, top, MARGIN + round((place + 1) * width) - 1, top + height - 1), fill=colour)


def _encoded(sheet: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    if kind == "PNG":
        sheet.save(file, "PNG", compress_level=6)
    else:
        sheet.save(file, "JPEG", quality=JPEG_QUALITY, subsampling=0, optimize=True)
    return file.getvalue()
