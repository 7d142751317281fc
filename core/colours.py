"""Colours as people name and see them: names, CIE L*a*b*, and the few colours that make a photo's look.

Everything about colour is computed here, from the sRGB values of a small picture, fast enough to run for every photo.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageColor

from core.photos import Colour

Floats: TypeAlias = npt.NDArray[np.float32]
Weights: TypeAlias = npt.NDArray[np.float64]

# What designers call colours. The everyday words are not CSS's, whose full-strength "blue" shows in no photo at all
# (none of 2,623 looked at; with this one, 9 %): each lies amid the colours of its hue. CSS's other names are known too.
DESIGN_NAMES: Final = {
    "amber": "#d99a2b",
    "apricot": "#f2b58a",
    "aqua": "#79c7c5",
    "aubergine": "#472c4c",
    "beige": "#d8c9ad",
    "black": "#000000",
    "blue": "#4478b0",
    "blush": "#dca6a0",
    "brick": "#9c4a3c",
    "bronze": "#8c6a3f",
    "brown": "#694a33",
    "burgundy": "#6a1f33",
    "camel": "#b98f5e",
    "caramel": "#b5793f",
    "champagne": "#efe0c4",
    "charcoal": "#36393d",
    "chocolate": "#43291d",
    "cobalt": "#2350a0",
    "copper": "#b0693f",
    "coral": "#ea7a60",
    "cream": "#f6edd6",
    "crimson": "#a5192f",
    "cyan": "#45aec2",
    "denim": "#4a6384",
    "ecru": "#cdbf9d",
    "emerald": "#1f8a5b",
    "forest": "#2c4a30",
    "fuchsia": "#c72c84",
    "gold": "#c9a03a",
    "green": "#5c8045",
    "grey": "#808080",
    "indigo": "#3a3877",
    "ivory": "#f7f3e6",
    "jade": "#3f9c7c",
    "khaki": "#a0966a",
    "lavender": "#b6add6",
    "lemon": "#f0dc58",
    "lilac": "#c3a6d0",
    "lime": "#9fc23c",
    "magenta": "#b23386",
    "maroon": "#5e1f24",
    "mauve": "#a17f96",
    "mint": "#aadbc3",
    "moss": "#5f6a35",
    "mustard": "#cc9f2e",
    "navy": "#1d2a4a",
    "nude": "#dfc0a8",
    "ochre": "#bd7d30",
    "olive": "#75743a",
    "orange": "#d97a30",
    "peach": "#f4bd9d",
    "petrol": "#17505d",
    "pine": "#1e3d35",
    "pink": "#e08ba5",
    "pistachio": "#a9c48a",
    "plum": "#643a5b",
    "purple": "#70488f",
    "red": "#b93b36",
    "rose": "#c9627a",
    "ruby": "#8f1a38",
    "rust": "#a04a22",
    "sage": "#9aa98b",
    "salmon": "#e79080",
    "sand": "#d3bd94",
    "sapphire": "#1f4788",
    "scarlet": "#d22f22",
    "sepia": "#664a30",
    "silver": "#b9bdc1",
    "sky blue": "#88b4dc",
    "slate": "#5f6b78",
    "stone": "#a39c90",
    "tan": "#c4a27b",
    "taupe": "#85786c",
    "teal": "#1f7d80",
    "terracotta": "#c0643f",
    "turquoise": "#3cb3a8",
    "ultramarine": "#2d319a",
    "umber": "#5b4330",
    "violet": "#8259b5",
    "walnut": "#53392a",
    "white": "#ffffff",
    "wine": "#662334",
    "yellow": "#e0c041",
}
SMALL_SIDE = 48  # pixels; no colour that matters is lost
CLUSTERS = 12  # of k-means, before they are merged
ROUNDS = 4  # of k-means; the colours hardly move after the fourth
SAME_WITHIN = 11.0  # CIE76; nearer clusters look like one colour
SPECK = 0.005  # share of the area under which a colour is left out

_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
# sRGB with its D65 white to CIE XYZ (IEC 61966-2-1), each row divided by the white point
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32)
_TO_XYZ /= _TO_XYZ.sum(axis=1, keepdims=True)
_LINEAR = np.array(
    [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in np.arange(256) / 255], np.float32
)
_BETWEEN_LINEAR = (_LINEAR[1:] + _LINEAR[:-1]) / 2


def names() -> tuple[str, ...]:
    """Return every colour name that is understood, in order."""
    designers = {_squeezed(name): name for name in DESIGN_NAMES}
    return tuple(sorted(designers.get(name, name) for name in _by_name()))


def near_names(text: str, count: int = 3) -> tuple[str, ...]:
    """Return what somebody who typed `text` for a colour may have meant, likeliest first."""
    wanted = text.strip().lower()
    if _HEX.fullmatch(f"#{wanted}"):
        return (f"#{wanted}",)
    return tuple(get_close_matches(wanted, names(), count))


def parse_colour(text: str) -> str:
    """Return `#rrggbb` for a name, `#rgb` or `#rrggbb`, in any case. Raises ValueError for anything else."""
    wanted = " ".join(text.lower().split())
    if match := _HEX.fullmatch(wanted):
        digits = match[1]
        return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))
    if known := _by_name().get(_squeezed(wanted)):
        return known
    raise ValueError(f"{text!r} is not a colour")


def name_of(hex_colour: str) -> str:
    """Return the design name nearest to `#rrggbb`."""
    words, points = _design_points()
    return words[int(np.argmin(ciede2000(np.asarray(lab(hex_colour)), points)))]


@cache
def lab(hex_colour: str) -> tuple[float, float, float]:
    """Return L*, a*, b* of `#rrggbb`."""
    lightness, a, b = labs([hex_colour])[0].tolist()
    return lightness, a, b


def labs(hex_colours: Sequence[str]) -> Floats:
    """Return L*, a*, b* of many colours `#rrggbb`, shape (n, 3)."""
    digits = bytes.fromhex("".join(colour[1:] for colour in hex_colours))
    return rgb_to_lab(np.frombuffer(digits, np.uint8).reshape(-1, 3))


def rgb_to_lab(rgb: npt.NDArray[np.uint8]) -> Floats:
    """Return CIE 1976 L*a*b* (D65) of sRGB values, both of shape (..., 3)."""
    xyz = _LINEAR[rgb] @ _TO_XYZ.T
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)


def difference(first: str, second: str) -> float:
    """Return how different two colours, `#rrggbb`, look: 1 is just noticeable side by side, 10 at a glance."""
    return float(ciede2000(np.asarray(lab(first)), np.asarray(lab(second))))


def ciede2000(first: npt.NDArray[np.floating], second: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return the CIEDE2000 difference of L*a*b* colours, shapes (..., 3), which broadcast.

    Beside the plain distance (CIE76) it judges greys and blues as people do, whom a little hue in a grey strikes and a
    little chroma in a blue does not. As in G. Sharma, W. Wu and E. Dalal, "The CIEDE2000 color-difference formula:
    implementation notes, supplementary test data, and mathematical observations", 2005, whose numbers are noted.
    """
    l1, a1, b1 = np.moveaxis(np.asarray(first, np.float64), -1, 0)
    l2, a2, b2 = np.moveaxis(np.asarray(second, np.float64), -1, 0)
    chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))  # (4)
    a1, a2 = stretch * a1, stretch * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    grey = c1 * c2 == 0
    apart = np.abs(h2 - h1) > 180
    turn = np.where(grey, 0, np.where(apart, h2 - h1 - np.copysign(360, h2 - h1), h2 - h1))  # (10)
    across = np.where(h1 + h2 < 360, 360, -360)
    hue = np.where(grey, h1 + h2, (h1 + h2 + np.where(apart, across, 0)) / 2)  # (14)
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    t = 1 - 0.17 * _cos(hue - 30) + 0.24 * _cos(2 * hue) + 0.32 * _cos(3 * hue + 6) - 0.20 * _cos(4 * hue - 63)  # (15)
    squared = (lightness - 50) ** 2
    dl = (l2 - l1) / (1 + 0.015 * squared / np.sqrt(20 + squared))
    dc = (c2 - c1) / (1 + 0.045 * chroma)
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * chroma * t)
    rotation = (
        2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(np.radians(60) * np.exp(-(((hue - 275) / 25) ** 2)))
    )
    distance: npt.NDArray[np.float64] = np.sqrt(np.maximum(dl**2 + dc**2 + dh**2 - rotation * dc * dh, 0))
    return distance


def shrunken(image: Image.Image) -> Image.Image:
    """Return the copy of an RGB image that its colours are read from, its sides at most `SMALL_SIDE`."""
    scale = SMALL_SIDE / max(image.size)
    if scale >= 1:
        return image
    return image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))), Image.Resampling.BOX)


def average(image: Image.Image) -> str:
    """Return the mean colour of an RGB image, taken in linear light, as the eye sees it from afar."""
    linear = _LINEAR[np.asarray(shrunken(image))].reshape(-1, 3).mean(axis=0)
    return _hex(np.searchsorted(_BETWEEN_LINEAR, linear))


def palette(image: Image.Image, count: int = 5) -> tuple[Colour, ...]:
    """Return the at most `count` colours that an RGB image is made of, largest share first.

    k-means (S. Lloyd, 1982) in L*a*b*, from seeds far apart, so that the same picture always has the same colours; then
    Ward's merging (J. Ward, 1963), which joins like colours and keeps a small one that is unlike all the others.
    """
    shades, counts = _shades(np.asarray(shrunken(image)).reshape(-1, 3))
    points, weights = rgb_to_lab(shades), counts.astype(np.float64)
    axes = points.T * weights
    centres = _seeds(points, CLUSTERS)
    for _ in range(ROUNDS):
        nearest = _nearest(points, centres)
        sizes = np.bincount(nearest, weights, len(centres))
        sums = np.stack([np.bincount(nearest, axis, len(centres)) for axis in axes], axis=1)
        centres = np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1)[:, None], centres).astype(np.float32)
    nearest = _nearest(points, centres)
    groups = _merged(centres, np.bincount(nearest, weights, len(centres)).astype(np.float64), count)
    group_of = np.empty(len(centres), np.intp)
    for number, group in enumerate(groups):
        group_of[group] = number
    labels = group_of[nearest]
    colours = []
    for number in range(len(groups)):
        members = labels == number
        share = float(weights[members].sum() / weights.sum())
        if share >= SPECK:
            colours.append(Colour(_hex(_weighted_median(shades[members], weights[members])), round(share, 4)))
    return tuple(sorted(colours, key=lambda colour: (-colour.share, colour.hex)))


@cache
def _by_name() -> dict[str, str]:
    css = {}
    for name in ImageColor.colormap:
        red, green, blue = ImageColor.getrgb(name)[:3]
        css[name] = f"#{red:02x}{green:02x}{blue:02x}"
    return css | {_squeezed(name): colour for name, colour in DESIGN_NAMES.items()}


def _squeezed(name: str) -> str:
    return re.sub("[ -]", "", name)


@cache
def _design_points() -> tuple[tuple[str, ...], Floats]:
    return tuple(DESIGN_NAMES), np.array([lab(colour) for colour in DESIGN_NAMES.values()], np.float32)


def _shades(pixels: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.intp]]:
    """Return the shades that pixels have, a mean for each of 16 x 16 x 16 cells of the colour cube, and their counts.

    A photo has some two hundred of them: a tenth of its pixels, and no two that look unlike fall into one.
    """
    cells = (pixels >> 4).astype(np.intp) @ np.array([256, 16, 1])
    counts = np.bincount(cells, minlength=4096)
    used = np.flatnonzero(counts)
    sums = np.stack([np.bincount(cells, channel, 4096)[used] for channel in pixels.T], axis=1)
    return np.rint(sums / counts[used, None]).astype(np.uint8), counts[used]


def _weighted_median(values: npt.NDArray[np.uint8], weights: Weights) -> list[int]:
    """Return the weighted median of each column: a colour in the middle of a group, which no odd one out can shift."""
    medians = []
    for column in values.T:
        order = np.argsort(column)
        half = np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)
        medians.append(int(column[order[half]]))
    return medians


def _seeds(points: Floats, count: int) -> Floats:
    """Return points far from each other: the one nearest the mean, then always the farthest from those taken."""
    lengths = np.einsum("ij,ij->i", points, points)

    def squared(point: Floats) -> Floats:
        distances: Floats = lengths - points @ (2 * point) + point @ point
        return distances

    taken = [int(np.argmin(squared(points.mean(axis=0))))]
    distance = squared(points[taken[0]])
    while len(taken) < count and distance.max() > 1:
        taken.append(int(np.argmax(distance)))
        distance = np.minimum(distance, squared(points[taken[-1]]))
    return points[taken]


def _nearest(points: Floats, centres: Floats) -> npt.NDArray[np.intp]:
    distance = np.square(centres).sum(axis=1) - 2 * points @ centres.T  # less the points' own length
    nearest: npt.NDArray[np.intp] = np.argmin(distance, axis=1)
    return nearest


def _merged(centres: Floats, sizes: Weights, count: int) -> list[list[int]]:
    """Return the clusters (their places in `centres`) as groups: at most `count`, and none that look the same."""
    filled = np.flatnonzero(sizes)
    groups = [[place] for place in filled.tolist()]
    total, means = sizes[filled], centres[filled].astype(np.float64)
    apart = np.square(means[:, None] - means[None]).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    while len(groups) > 1:
        cost = apart * (total[:, None] * total / (total[:, None] + total))  # what merging adds to the squared error
        cost[apart < SAME_WITHIN**2] *= 1e-9  # first of all
        i, j = sorted(divmod(int(cost.argmin()), len(groups)))
        if len(groups) <= count and apart[i, j] >= SAME_WITHIN**2:
            break
        groups[i] += groups.pop(j)
        means[i] = (means[i] * total[i] + means[j] * total[j]) / (total[i] + total[j])
        total[i] += total[j]
        rest = np.arange(len(total)) != j
        means, total, apart = means[rest], total[rest], apart[rest][:, rest]
        apart[i] = apart[:, i] = np.square(means - means[i]).sum(axis=1)
        apart[i, i] = np.inf
    return groups


def _cos(degrees: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    cosine: npt.NDArray[np.float64] = np.cos(np.radians(degrees))
    return cosine


def _hex(rgb: Iterable[int | np.generic]) -> str:
    red, green, blue = (round(float(value)) for value in rgb)
    return f"#{red:02x}{green:02x}{blue:02x}"
