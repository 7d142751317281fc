"""Draws names of any script: finds the fonts of this machine, and takes each letter from a font that has it.

One font carries a whole sheet, so that it looks of a piece; others only lend the letters that it lacks. Pillow's own
font is the last resort: it is always there, but has little beyond ASCII.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final, TypeAlias

from PIL import Image, ImageDraw, ImageFont

Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont

PACKAGES: Final = ("fontpkg_inter", "noto_cjk_sans_otc")  # fonts for pip; used where they are installed
FOLDERS: Final = (
    *("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts"),
    *("/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts"),
    *("C:/Windows/Fonts", "~/AppData/Local/Microsoft/Windows/Fonts"),
)
# How the names of good files begin, less case and punctuation, best first: those that carry a sheet, then lenders.
PREFERRED: Final = (
    *("inter", "helveticaneue", "segoeui", "notosansregular", "roboto", "opensans", "liberationsans", "arial"),
    *("dejavusans", "notosanscjk", "sourcehansans", "pingfang", "hiraginosans", "msyh", "yugoth", "malgun"),
    *("arialunicode", "wqymicrohei", "droidsansfallback", "notosans"),
)
OTHER_CUTS: Final = re.compile("bold|italic|oblique|light|thin|black|medium|condensed|mono|serif|math|symbol")
BLANKS: Final = re.compile("lastresort|adobeblank|emoji")  # claim every letter, or are no outlines
STAND_IN: Final = "·"  # for a letter that no font has: quieter than a box, yet seen
NO_LETTER: Final = "\uffff"  # drawn as every font draws what it lacks
FINER: Final = 4  # times that text is drawn larger, then reduced: letters stand where they should, not on whole pixels
LENDERS: Final = 300  # fonts that are asked for a letter, at most


@dataclass(frozen=True, slots=True)
class Style:
    """How a text looks."""

    size_px: int
    fill: str
    weight: int = 400  # 400 is regular, 600 semibold; only variable fonts have it

    @property
    def line_px(self) -> int:
        """From one baseline to the next."""
        return round(self.size_px * 1.38)


class Lettering:
    """The fonts of one sheet."""

    def __init__(self, files: Sequence[Path] | None = None) -> None:
        self._files: tuple[Path | None, ...] = (*(find_fonts() if files is None else files)[:LENDERS], None)

    def draw(self, image: Image.Image, left: int, baseline: int, text: str, style: Style) -> None:
        """Draw one line of text."""
        size = style.size_px * FINER
        wide = math.ceil(self.width(text, style)) + 2 * style.size_px  # letters lean out of their width
        mask = Image.new("L", (wide * FINER, 3 * size))
        draw, at = ImageDraw.Draw(mask), float(size)
        for file, run in self._runs(text):
            font = _font(file, size, style.weight)
            draw.text((at, 2 * size), run, fill=255, font=font, anchor="ls")
            at += font.getlength(run)
        small = mask.reduce(FINER)
        image.paste(style.fill, (left - style.size_px, baseline - 2 * style.size_px), small)

    def width(self, text: str, style: Style) -> float:
        """Return the width of one line of text, in pixels."""
        size = style.size_px * FINER
        return sum(_font(file, size, style.weight).getlength(run) for file, run in self._runs(text)) / FINER

    def cut(self, text: str, style: Style, width: float) -> str:
        """Return as much of a line as fits, with an ellipsis where something is left out."""
        if self.width(text, style) <= width:
            return text
        letters = _letters(text)
        while letters and self.width("".join(letters).rstrip() + "…", style) > width:
            letters.pop()
        return "".join(letters).rstrip() + "…"

    def wrap(self, text: str, style: Style, width: float) -> list[str]:
        """Return all of a text as lines that fit; a word that is too long for a line is broken."""
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if self.width(longer, style) <= width:
                lines[-1] = longer
                continue
            if lines[-1]:
                lines.append("")
            for letter in _letters(word):
                if lines[-1] and self.width(lines[-1] + letter, style) > width:
                    lines.append("")
                lines[-1] += letter
        return lines

    def missing(self, texts: Iterable[str]) -> str:
        """Return the letters of these texts that no font here has, each once, in order."""
        letters = dict.fromkeys(letter for text in texts for letter in _letters(text))
        return "".join(letter for letter in letters if self._placed(letter)[1] != letter)

    def _runs(self, text: str) -> list[tuple[Path | None, str]]:
        """Return a text as the parts that one font draws, with that font's file."""
        placed = [self._placed(letter) for letter in _letters(text)]
        for i in range(1, len(placed) - 1):
            if placed[i][1] == " " and placed[i - 1][0] == placed[i + 1][0]:
                placed[i] = (placed[i - 1][0], " ")  # words of one script are set together, from either side
        return [(file, "".join(shown for _, shown in run)) for file, run in groupby(placed, key=itemgetter(0))]

    def _placed(self, letter: str) -> tuple[Path | None, str]:
        """Return the font that has a letter, and what is drawn for it."""
        return next(((file, letter) for file in self._files if _has(file, letter)), (None, STAND_IN))


@cache
def find_fonts() -> tuple[Path, ...]:
    """Return the font files of this machine, those that should carry a sheet first."""
    packages = [Path(folder) for name in PACKAGES for folder in _package_folders(name)]
    folders = [Path(folder).expanduser() for folder in FOLDERS]
    ranked = []
    for order, folder in enumerate(packages + folders):
        for path in folder.rglob("*") if folder.is_dir() else ():
            name = re.sub(r"[^a-z0-9]", "", path.stem.lower())
            if path.suffix.lower() in (".ttf", ".otf", ".ttc") and not BLANKS.search(name):
                liking = next((i for i, good in enumerate(PREFERRED) if name.startswith(good)), len(PREFERRED))
                ranked.append((liking, bool(OTHER_CUTS.search(name)), order, name, path))
    return tuple(path for *_, path in sorted(ranked))


def _package_folders(name: str) -> Sequence[str]:
    spec = find_spec(name)
    return spec.submodule_search_locations or () if spec else ()


def _letters(text: str) -> list[str]:
    """Return the letters of a text, each with its combining marks, without what can't be seen."""
    letters: list[str] = []
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        if category in ("Mn", "Me") and letters:
            if not unicodedata.name(char, "").startswith("VARIATION"):
                letters[-1] += char
        elif char.isspace():
            letters.append(" ")
        elif category[0] != "C":
            letters.append(char)
    return letters


@lru_cache(maxsize=64)
def _font(file: Path | None, size_px: int, weight: int) -> Font:
    if file is None:
        return ImageFont.load_default(size_px)
    font = ImageFont.truetype(file, size_px)
    try:
        axes = font.get_variation_axes()
    except OSError:  # not a variable font
        return font
    wanted = {b"Weight": weight, b"Optical size": size_px / FINER}
    font.set_variation_by_axes([_within(axis, wanted.get(axis["name"] or b"")) for axis in axes])
    return font


def _within(axis: ImageFont.Axis, value: float | None) -> float:
    least, usual, most = (axis[key] or 0 for key in ("minimum", "default", "maximum"))
    return usual if value is None else min(max(value, least), most)


@lru_cache(maxsize=4096)
def _has(file: Path | None, letter: str) -> bool:
    try:
        font = _font(file, 16, 400)
        return all(_picture(font, char) != _picture(font, NO_LETTER) for char in letter)
    except OSError:  # a font that FreeType can't read, or of fixed sizes
        return False


def _picture(font: Font, char: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(char)
    return mask.size, bytes(mask)
