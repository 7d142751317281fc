"""Colours as people name and see them: names, CIE L*a*b*, and the few colours that make a photo's look."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageColor

from core.photos import Colour

Floats = npt.NDArray[np.float32]

# Words of designers that CSS does not have.
DESIGN_NAMES = {
    "amber": "#ffbf00",
    "apricot": "#fbceb1",
    "aubergine": "#472c4c",
    "blush": "#de9e9e",
    "brick": "#9c4a3c",
    "bronze": "#a97142",
    "burgundy": "#800020",
    "camel": "#c19a6b",
    "caramel": "#c68e4e",
    "champagne": "#f7e7ce",
    "charcoal": "#36454f",
    "cobalt": "#0047ab",
    "copper": "#b87333",
    "cream": "#fff5d6",
    "denim": "#3b5a85",
    "ecru": "#d8cba9",
    "emerald": "#2e9e63",
    "forest": "#2b5a34",
    "fuchsia": "#d6247f",
    "jade": "#2f9e78",
    "lemon": "#f6e04b",
    "lilac": "#c3a6d8",
    "mauve": "#a8839b",
    "mint": "#a8e0c5",
    "mustard": "#d3a321",
    "nude": "#e0c0a8",
    "ochre": "#c07d2c",
    "off-white": "#f6f4ee",
    "peach": "#f9c09f",
    "petrol": "#16535f",
    "pistachio": "#a9c98a",
    "rose": "#d9708a",
    "ruby": "#9b1b3b",
    "rust": "#a8481e",
    "sage": "#9cac8b",
    "sand": "#d9c49c",
    "sapphire": "#1c4a9c",
    "scarlet": "#d9281c",
    "sepia": "#704a26",
    "slate": "#66727e",
    "taupe": "#8a7b6e",
    "terracotta": "#c4633f",
    "ultramarine": "#2a2f9e",
    "umber": "#6b4e31",
    "wine": "#6e2436",
}
_HEX = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
# sRGB with its D65 white to CIE XYZ (IEC 61966-2-1), each row divided by the white point
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32)
_TO_XYZ /= np.array([[0.9505], [1.0], [1.089]], np.float32)
_LINEAR = np.array(
    [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in np.arange(256) / 255], np.float32
)
MERGE_WITHIN = 11.0  # CIE76; nearer clusters look like one colour
ROUNDS = 6


def names() -> tuple[str, ...]:
    """Return every colour name that is understood, in order."""
    return tuple(sorted(_by_name()))


def parse_colour(text: str) -> str:
    """Return `#rrggbb` for a name, `#rgb` or `#rrggbb`. Raises ValueError for anything else."""
    wanted = text.strip().lower()
    if named := _by_name().get(wanted.replace(" ", "")) or _by_name().get(wanted.replace(" ", "-")):
        return named
    if match := _HEX.fullmatch(wanted):
        digits = match[1]
        return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))
    raise ValueError(f"{text!r} is not a colour")


@cache
def lab(hex_colour: str) -> tuple[float, float, float]:
    """Return L*, a*, b* of `#rrggbb`."""
    rgb = np.array([[int(hex_colour[i : i + 2], 16) for i in (1, 3, 5)]], np.uint8)
    lightness, a, b = rgb_to_lab(rgb)[0].tolist()
    return lightness, a, b


def rgb_to_lab(rgb: npt.NDArray[np.uint8]) -> Floats:
    """Return CIE 1976 L*a*b* (D65) of sRGB values, both of shape (..., 3)."""
    xyz = _LINEAR[rgb] @ _TO_XYZ.T
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)


def difference(first: str, second: str) -> float:
    """Return how different two colours look: their distance in L*a*b* (CIE76).

    The later formulas correct for small differences; here colours are only told apart that anybody would.
    """
    return float(np.linalg.norm(np.subtract(lab(first), lab(second))))


def average(image: Image.Image) -> str:
    """Return the mean colour of a small RGB image, taken in linear light, as the eye sees it from afar."""
    linear = _LINEAR[np.asarray(image, np.uint8)].reshape(-1, 3).mean(axis=0)
    return _hex(np.searchsorted(_LINEAR, linear).clip(0, 255))


def palette(image: Image.Image, count: int = 5) -> tuple[Colour, ...]:
    """Return the at most `count` colours that make up a small RGB image (64 px or so), largest share first.

    k-means (S. Lloyd, 1982) in L*a*b*, from seeds far apart, so that the same picture always has the same colours;
    clusters that look like one colour are merged.
    """
    pixels = np.asarray(image, np.uint8).reshape(-1, 3)
    pixels = pixels[:: max(1, len(pixels) // 1024)]
    points = rgb_to_lab(pixels)
    centres = _seeds(points, 2 * count)
    for _ in range(ROUNDS):
        nearest = _nearest(points, centres)
        sizes = np.bincount(nearest, minlength=len(centres))
        sums = np.stack([np.bincount(nearest, points[:, k], len(centres)) for k in range(3)], axis=1)
        centres = np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1)[:, None], centres).astype(np.float32)
    nearest = _merged(_nearest(points, centres), centres)
    labels, sizes = np.unique(nearest, return_counts=True)
    largest = sorted(zip(-sizes, labels, strict=True))[:count]
    return tuple(
        Colour(_hex(np.median(pixels[nearest == label], axis=0)), round(float(-size) / len(pixels), 4))
        for size, label in largest
    )


@cache
def _by_name() -> dict[str, str]:
    css = {}
    for name in ImageColor.colormap:
        red, green, blue = ImageColor.getrgb(name)[:3]
        css[name] = f"#{red:02x}{green:02x}{blue:02x}"
    return css | DESIGN_NAMES


def _seeds(points: Floats, count: int) -> Floats:
    """Return points far from each other: the one nearest the mean, then always the farthest from those taken."""
    taken = [int(np.argmin(np.square(points - points.mean(axis=0)).sum(axis=1)))]
    distance = np.square(points - points[taken[0]]).sum(axis=1)
    while len(taken) < count and distance.max() > 1:
        taken.append(int(np.argmax(distance)))
        distance = np.minimum(distance, np.square(points - points[taken[-1]]).sum(axis=1))
    return points[taken]


def _nearest(points: Floats, centres: Floats) -> npt.NDArray[np.intp]:
    distance = np.square(centres).sum(axis=1) - 2 * points @ centres.T  # less the points' own length
    nearest: npt.NDArray[np.intp] = np.argmin(distance, axis=1)
    return nearest


def _merged(nearest: npt.NDArray[np.intp], centres: Floats) -> npt.NDArray[np.intp]:
    """Return the labels with each small cluster given to the larger one that looks the same."""
    sizes = np.bincount(nearest, minlength=len(centres))
    kept: list[int] = []
    target = np.arange(len(centres))
    for label in np.argsort(-sizes, kind="stable").tolist():
        near = [other for other in kept if np.linalg.norm(centres[label] - centres[other]) < MERGE_WITHIN]
        if near:
            target[label] = near[0]
        else:
            kept.append(label)
    return target[nearest]


def _hex(rgb: npt.NDArray[np.generic]) -> str:
    red, green, blue = (round(float(value)) for value in rgb)
    return f"#{red:02x}{green:02x}{blue:02x}"
