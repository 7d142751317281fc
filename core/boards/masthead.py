"""What stands above a board's photos: its name, its version and day, its brief, and what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image

from core.boards.board import named_numbers
from core.boards.pen import STAR, Pen
from core.boards.picture_words import Words
from core.boards.showing import ShownBoard
from core.lettering import Style

NAME_PX, META_PX, TEXT_PX = 60, 25, 27
NAME_LINES, BRIEF_LINES, PICKED_LINES, WHY_LINES, BEGIN_LINES = 2, 3, 2, 3, 2
ABOVE_BRIEF, ABOVE_DECISION, ABOVE_BEGIN = 12, 18, 24
STAR_PART: Final = 1.15  # of the size of the letters beside it


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one kind. `mark` is where a star stands before the first."""

    lines: tuple[str, ...]
    style: Style
    above: int = 0  # pixels
    indent: int = 0
    star: bool = False

    @property
    def height(self) -> int:
        """In pixels, with the room above."""
        return self.above + len(self.lines) * self.style.line_px


def masthead(shown: ShownBoard, width: int, pen: Pen, words: Words) -> tuple[Block, ...]:
    """Return what stands above the photos, as blocks of lines that fit a `width` in pixels."""
    board, inks = shown.board, pen.inks
    name, meta = pen.style(NAME_PX, inks.ink, 600), pen.style(META_PX, inks.grey)
    strong, text = pen.style(TEXT_PX, inks.ink, 600), pen.style(TEXT_PX, inks.grey)
    day = shown.made_at.date().isoformat() if shown.made_at else ""
    version = "  ·  ".join(filter(None, (words.version.format(version=board.version), day)))
    blocks = [
        Block(tuple(pen.lines(board.name, name, width, NAME_LINES)), name),
        Block((version,), meta),
        Block(tuple(pen.lines(board.brief, text, width, BRIEF_LINES)), text, pen.px(ABOVE_BRIEF)),
    ]
    if decision := board.decision:
        picked = words.picked.format(version=decision.version, numbers=named_numbers(decision.picks))
        indent, above = round(1.5 * strong.size_px), pen.px(ABOVE_DECISION)
        lines = tuple(pen.lines(picked, strong, width - indent, PICKED_LINES))
        blocks.append(Block(lines, strong, above, indent, star=True))
        blocks.append(Block(tuple(pen.lines(decision.why, text, width - indent, WHY_LINES)), text, 0, indent))
    if not shown.pins:
        blocks.append(Block(tuple(pen.lines(words.begin, strong, width, BEGIN_LINES)), strong, pen.px(ABOVE_BEGIN)))
    return tuple(block for block in blocks if block.lines)


def draw_masthead(image: Image.Image, left: int, top: int, blocks: Sequence[Block], pen: Pen) -> None:
    """Draw the blocks under each other."""
    for block in blocks:
        top += block.above
        if block.star:
            size = round(STAR_PART * block.style.size_px)
            pen.shape(image, left, top + round(0.08 * size), size, STAR, pen.inks.gold)
        top = pen.write(image, left + block.indent, top, block.lines, block.style)
