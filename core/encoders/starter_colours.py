"""Colour and light as numbers: what the network's features forget and what design teams ask for.

101 numbers a photo, from a 48 by 48 copy of it: mean and deviation of CIELAB in a 3 by 3 grid (54), a histogram of
twelve hues at three lightnesses, weighted by chroma, and five greys (41), edges, spread, chroma and range (6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    import numpy.typing as npt

SIDE = 48  # pixels
NUMBERS = 101
_HUES, _SHADES, _GREYS, _CELLS = 12, 3, 5, 3
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32)
_WHITE = np.array([0.9505, 1.0, 1.089], np.float32)  # D65


def shrink(image: Image.Image) -> npt.NDArray[np.uint8]:
    """Return the copy of a photo that its colours are read from, shape (SIDE, SIDE, 3)."""
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=3.0))


def convert_to_lab(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Convert sRGB (..., 3) to CIELAB (..., 3) divided by 100, so that lightness runs from 0 to 1."""
    table = np.arange(256, dtype=np.float32) / 255
    linear = np.where(table <= 0.04045, table / 12.92, ((table + 0.055) / 1.055) ** 2.4)[rgb]
    xyz = linear @ (_TO_XYZ.T / _WHITE)
    t = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = t[..., 0], t[..., 1], t[..., 2]
    return np.stack([1.16 * y - 0.16, 5 * (x - y), 2 * (y - z)], -1).astype(np.float32)


def measure_colours(copies: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return the colour numbers of shrunken photos (n, SIDE, SIDE, 3), shape (n, NUMBERS)."""
    lab = convert_to_lab(copies)
    n, size = len(lab), SIDE // _CELLS
    cells = lab.reshape(n, _CELLS, size, _CELLS, size, 3)
    lightness, a, b = np.moveaxis(lab.reshape(n, -1, 3), -1, 0)
    chroma = np.hypot(a, b)
    edges = [np.abs(np.diff(lab[..., 0], axis=axis)).mean((1, 2)) for axis in (2, 1)]
    spread = [lightness.std(1), chroma.mean(1), *np.percentile(lightness, (5, 95), axis=1)]
    parts = [cells.mean((2, 4)).reshape(n, -1), cells.std((2, 4)).reshape(n, -1)]
    whole = np.stack([*edges, *spread], 1)
    numbers: npt.NDArray[np.float32] = np.concatenate([*parts, _histogram(lightness, a, b, chroma), whole], 1)
    return numbers.astype(np.float32)


def _histogram(*lab_and_chroma: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Count hues by how strong they are, and greys by how weak; roots, because a few pixels of red already matter."""
    lightness, a, b, chroma = lab_and_chroma
    n, pixels = lightness.shape
    strength = np.clip((chroma - 0.05) / 0.2, 0, 1)
    hue = (np.arctan2(b, a) / (2 * np.pi) * _HUES % _HUES).astype(int) % _HUES
    shade = np.clip((lightness * _SHADES).astype(int), 0, _SHADES - 1)
    grey = np.clip((lightness * _GREYS).astype(int), 0, _GREYS - 1)
    bins = _HUES * _SHADES + _GREYS
    first = np.arange(n)[:, None] * bins
    counts = np.bincount((first + hue * _SHADES + shade).ravel(), strength.ravel(), n * bins)
    counts += np.bincount((first + _HUES * _SHADES + grey).ravel(), (1 - strength).ravel(), n * bins)
    shares: npt.NDArray[np.float32] = np.sqrt(counts.reshape(n, bins) / pixels).astype(np.float32)
    return shares
