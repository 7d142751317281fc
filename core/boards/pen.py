"""What everything on a board's picture is drawn with: inks for light and dark, sizes, letters, chips and marks.

Sizes are given for a picture of 1600 pixels and grow with it. Widths of words are kept for one picture, since the same
words are measured again and again while lines are broken.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from PIL import Image, ImageColor, ImageDraw

from core.lettering import Lettering, Style

Points: TypeAlias = Sequence[tuple[float, float]]

DESIGNED_FOR: Final = 1600  # pixels
FINER: Final = 4  # times that shapes are drawn larger, then reduced, for smooth edges
LOOK_AHEAD: Final = 4  # letters that may stand where the ellipsis would
CAP: Final = 0.73  # height of figures, of the type's size
MID_GREY: Final = 120  # of 255; above it dark letters read better
LIGHTNESS: Final = (0.299, 0.587, 0.114)  # of red, green and blue (ITU-R BT.601)


@dataclass(frozen=True, slots=True)
class Inks:
    """The colours of a picture."""

    paper: str
    ink: str
    grey: str
    line: str
    hollow: str
    gold: str
    red: str
    green: str


LIGHT: Final = Inks("#f7f6f3", "#1c1c1e", "#605f5c", "#dcdad4", "#eae8e3", "#b07d12", "#b8433b", "#3c7a57")
DARK: Final = Inks("#191817", "#f1efea", "#b3b0a9", "#3b3936", "#262523", "#e3b04b", "#e8827a", "#7fc29b")


class Pen:
    """The inks, sizes and letters of one picture."""

    def __init__(self, width_px: int, inks: Inks, letters: Lettering) -> None:
        self.inks = inks
        self.letters = letters
        self._unit = width_px / DESIGNED_FOR
        self._widths: dict[tuple[str, Style], float] = {}

    def px(self, size: float) -> int:
        """Return pixels of this picture, at least one."""
        return max(round(size * self._unit), 1)

    def units(self, pixels: float) -> float:
        """Return what pixels of this picture are in one of `DESIGNED_FOR`."""
        return pixels / self._unit

    def style(self, size: float, fill: str, weight: int = 400) -> Style:
        """Return how a text looks, in this picture's size."""
        return Style(self.px(size), fill, weight)

    def width(self, text: str, style: Style) -> float:
        """Return the width of a text in pixels."""
        if (text, style) not in self._widths:
            self._widths[text, style] = self.letters.width(text, style)
        return self._widths[text, style]

    def cut(self, text: str, style: Style, width: float) -> str:
        """Return as much of a line as fits, with an ellipsis where something is left out."""
        room, fits = width - self.width("…", style), 0
        for letter in text:  # letters one by one are nearly as wide as together, and are known already
            room -= self.width(letter, style)
            if room < 0:
                break
            fits += 1
        if self.width(text[: fits + LOOK_AHEAD], style) <= width and len(text) <= fits + LOOK_AHEAD:
            return text
        while fits and self.letters.width(text[:fits].rstrip() + "…", style) > width:
            fits -= 1
        return text[:fits].rstrip() + "…"

    def wrap(self, text: str, style: Style, width: float, *, first: float | None = None) -> list[str]:
        """Return all of a text as lines that fit; a word that is too long is broken. `first` is the first line's."""
        lines: list[str] = [""]
        used, room, blank = 0.0, width if first is None else first, self.width(" ", style)
        for word in text.split():
            wide = self.width(word, style)
            if lines[-1] and used + blank + wide <= room:
                lines[-1] += f" {word}"
                used += blank + wide
                continue
            if lines[-1] or (wide > room and first is not None):
                lines.append("")
                room = width
            pieces = [word] if wide <= width else self.letters.wrap(word, style, width)
            lines[-1:] = pieces
            used = self.width(pieces[-1], style)
        return lines

    def lines(self, text: str, style: Style, width: float, most: int) -> list[str]:
        """Return the beginning of a text as at most so many lines, with an ellipsis where something is left out."""
        if not text.strip():
            return []
        longest = round(most * width / style.size_px * 6)  # letters; more can't stand in these lines
        wrapped = [line for line in self.wrap(text[:longest], style, width) if line]
        if len(wrapped) > most or len(text) > longest:
            wrapped[most - 1 :] = [self.cut(" ".join([*wrapped[most - 1 : most + 1], "…"]), style, width)]
        return wrapped

    def write(self, image: Image.Image, left: int, top: int, lines: Sequence[str], style: Style) -> int:
        """Draw lines under each other; return where the next would begin."""
        for line in lines:
            self.letters.draw(image, left, top + style.size_px, line, style)
            top += style.line_px
        return top

    def chip(self, image: Image.Image, left: int, top: int, width: int, height: int, *, line: int) -> None:
        """Draw an area of paper, round as for one `line`, on which marks can be read over any photo."""
        mask = Image.new("L", (width * FINER, height * FINER))
        box = (0, 0, width * FINER - 1, height * FINER - 1)
        ImageDraw.Draw(mask).rounded_rectangle(box, line * FINER / 2, fill=236)
        image.paste(self.inks.paper, (left, top), mask.reduce(FINER))

    def shape(self, image: Image.Image, left: int, top: int, size: int, points: Points, fill: str) -> None:
        """Draw a filled shape, whose points lie between 0 and 1."""
        mask = Image.new("L", (size * FINER, size * FINER))
        ImageDraw.Draw(mask).polygon([(x * size * FINER, y * size * FINER) for x, y in points], fill=255)
        image.paste(fill, (left, top), mask.reduce(FINER))

    def readable_on(self, colour: str) -> str:
        """Return the ink that reads better on a colour."""
        return LIGHT.ink if lightness(colour) > MID_GREY else LIGHT.paper


def lightness(colour: str) -> float:
    """Return how light "#rrggbb" is, 0 to 255."""
    return sum(part * value for part, value in zip(LIGHTNESS, rgb(colour), strict=True))


def rgb(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue of "#rrggbb", 0 to 255."""
    red, green, blue, *_ = ImageColor.getrgb(colour)
    return red, green, blue


def mixed(colour: str, other: str, part: float) -> str:
    """Return a colour with a part of another in it."""
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in zip(rgb(colour), rgb(other), strict=True))


def _star() -> Points:
    turns = [(i * math.pi / 5 - math.pi / 2, 0.5 if i % 2 == 0 else 0.22) for i in range(10)]
    return [(0.5 + radius * math.cos(turn), 0.53 + radius * math.sin(turn)) for turn, radius in turns]


def _heart() -> Points:
    turns = [i * 2 * math.pi / 60 for i in range(60)]
    rise = [13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t) for t in turns]
    return [(0.5 + math.sin(t) ** 3 / 2, 0.47 - y / 34) for t, y in zip(turns, rise, strict=True)]


STAR: Final = _star()
HEART: Final = _heart()
UP: Final = ((0.5, 0.14), (0.96, 0.86), (0.04, 0.86))
DOWN: Final = ((0.5, 0.86), (0.96, 0.14), (0.04, 0.14))
