"""A board's colours: found over all its photos, and written as files that design programs open."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.colours import lab, name_of
from core.credits import one_line
from core.lettering import Lettering, Style
from core.photos import Colour

LEAST, MOST = 5, 8
SAME_WITHIN = 11.0  # CIE76, as within a photo
HARDLY_APART = 5.0  # CIE76; nearer colours are not told apart only to have `LEAST`
GATHERED = 120  # groups that merging begins with, at most
CELLS = (0.01, 3.0, 5.0, 8.0, 12.0, 18.0, 27.0, 60.0)  # CIE76; sides of the cells that colours are gathered in
SWATCH_PX, STRIP_PX, MARGIN_PX = 160, 44, 12
INK, PAPER = "#222222", "#ffffff"


def board_palette(palettes: Sequence[Sequence[Colour]]) -> tuple[Colour, ...]:
    """Return the 5 to 8 colours of several photos, fewer where fewer can be told apart, largest share first.

    Every photo counts the same. Ward's merging (J. Ward, 1963) in L*a*b*; each group is shown by its largest colour,
    because a mean of several photos' colours is in none of them.
    """
    every = [(colour.hex, colour.share) for palette in palettes for colour in palette]
    if not every:
        return ()
    shares = np.maximum([share for _, share in every], 1e-6)
    points = np.array([lab(hex_colour) for hex_colour, _ in every])
    groups = _merged(points, shares, _gathered(points))
    total = float(shares.sum())
    found = [
        Colour(every[max(group, key=lambda i: shares[i])][0], round(float(shares[group].sum()) / total, 4))
        for group in groups
    ]
    return tuple(sorted(found, key=lambda colour: (-colour.share, colour.hex)))


def to_gpl(name: str, colours: Sequence[Colour]) -> bytes:
    """Return a GIMP palette, which Inkscape, Krita and Scribus read as well."""
    lines = ["GIMP Palette", f"Name: {one_line(name)}", f"Columns: {len(colours)}", "#"]
    for colour in colours:
        red, green, blue = _channels(colour.hex)
        lines.append(f"{red:3d} {green:3d} {blue:3d}\t{name_of(colour.hex)} {colour.hex}")
    return ("\n".join(lines) + "\n").encode()


def to_ase(name: str, colours: Sequence[Colour]) -> bytes:
    """Return an Adobe Swatch Exchange file: one group of RGB swatches.

    Big-endian blocks: type, length, then a name in UTF-16 that ends with a NUL, and for a swatch its model, three
    float32 and its type (2: normal).
    """
    swatches = [_swatch(f"{name_of(colour.hex)} {colour.hex}", colour.hex) for colour in colours]
    blocks = [_block(0xC001, _text(name)), *swatches, _block(0xC002, b"")]
    return b"ASEF" + struct.pack(">HHI", 1, 0, len(blocks)) + b"".join(blocks)


def draw_palette(colours: Sequence[Colour]) -> Image.Image:
    """Return a strip of the colours, each as wide as the others, with its digits below."""
    image = Image.new("RGB", (max(1, len(colours)) * SWATCH_PX, SWATCH_PX + STRIP_PX), PAPER)
    lettering, style = Lettering(), Style(18, INK)
    for place, colour in enumerate(colours):
        left = place * SWATCH_PX
        image.paste(colour.hex, (left, 0, left + SWATCH_PX, SWATCH_PX))
        lettering.draw(image, left + MARGIN_PX, SWATCH_PX + style.line_px, colour.hex, style)
    return image


def _gathered(points: npt.NDArray[np.float64]) -> list[list[int]]:
    """Return the points in at most `GATHERED` groups of neighbours, since merging takes the cube of their number."""
    for side in CELLS:
        _, cells = np.unique(np.floor(points / side), axis=0, return_inverse=True)
        if cells.max() < GATHERED:
            break
    return [np.flatnonzero(cells == cell).tolist() for cell in range(cells.max() + 1)]


def _merged(
    points: npt.NDArray[np.float64], sizes: npt.NDArray[np.float64], groups: list[list[int]]
) -> list[list[int]]:
    total = np.array([sizes[group].sum() for group in groups])
    means = np.array([np.average(points[group], axis=0, weights=sizes[group]) for group in groups])
    while len(groups) > 1:
        apart = np.linalg.norm(means[:, None] - means[None], axis=2)
        np.fill_diagonal(apart, np.inf)
        cost = apart**2 * (total[:, None] * total / (total[:, None] + total))
        same_within = HARDLY_APART if len(groups) <= LEAST else SAME_WITHIN
        cost[apart < same_within] *= 1e-9  # first of all
        i, j = sorted(divmod(int(cost.argmin()), len(groups)))
        if len(groups) <= MOST and apart[i, j] >= same_within:
            break
        groups[i] += groups.pop(j)
        means[i] = (means[i] * total[i] + means[j] * total[j]) / (total[i] + total[j])
        total[i] += total[j]
        means, total = np.delete(means, j, axis=0), np.delete(total, j)
    return groups


def _channels(hex_colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(hex_colour[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue


def _text(text: str) -> bytes:
    encoded = (one_line(text) + "\0").encode("utf-16-be")
    return struct.pack(">H", len(encoded) // 2) + encoded


def _swatch(name: str, hex_colour: str) -> bytes:
    values = [channel / 255 for channel in _channels(hex_colour)]
    return _block(0x0001, _text(name) + b"RGB " + struct.pack(">3fH", *values, 2))


def _block(kind: int, body: bytes) -> bytes:
    return struct.pack(">HI", kind, len(body)) + body
