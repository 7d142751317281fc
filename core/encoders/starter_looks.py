"""Light, colour and mood, read off the pixels: what a photo looks like, whatever it shows.

Captions hardly ever say "pastel" or "moody", so nothing can be learnt about them there; but such words have a plain
meaning in colours. Each axis here is a share of a photo's pixels (how many are teal, dark, pastel), looked up in a
table by colour; sunset, night and fog are detectors that the head has learnt. `parse_looks` tells which axes a query
asks for.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from core.encoders.starter_colours import convert_to_lab
from core.encoders.starter_words import split_words

if TYPE_CHECKING:
    import numpy.typing as npt

# Colour names and the sRGB values that stand for them; several values where one name covers light and dark.
_COLOURS: dict[str, tuple[str, ...]] = {
    "red": ("e01020", "b01018", "701015"),
    "orange": ("f58020", "e06010", "ffa500"),
    "yellow": ("f8d820", "f0e870", "d8b020"),
    "green": ("20a030", "70b040", "206020", "405828"),
    "teal": ("108080", "085560", "208890", "003c48"),
    "turquoise": ("40d0c8", "70d8d8"),
    "blue": ("2050d0", "4090e0", "102880", "70a8e0"),
    "purple": ("8030a0", "a070c8", "502070"),
    "pink": ("f070a8", "f8b0c0", "e04088"),
    "brown": ("7a4a24", "4c3018", "a07850"),
    "beige": ("d8c8a8", "efe3cc"),
    "white": ("ffffff", "f2f2f2"),
    "grey": ("808080", "b4b4b4", "505050"),
    "black": ("000000", "181818"),
}
_BANDWIDTH = 0.09  # of a pixel's membership in a colour name, in CIELAB / 100
_TONES = ("dark", "bright", "vivid", "muted", "pastel", "warm", "cool")
_WHOLES = ("monochrome", "plain")
LEARNT = ("sunset", "night", "fog", "portrait")  # in the order of the head's detectors
PIXEL_AXES = (*_COLOURS, *_TONES, *_WHOLES)
AXES = (*PIXEL_AXES, *LEARNT)

# What a query's words ask of the axes. Longer phrases win over the words in them.
_LOOKS: dict[str, dict[str, float]] = {
    **{name: {name: 1.0} for name in _COLOURS},
    "gray": {"grey": 1.0},
    "golden": {"yellow": 0.6, "warm": 0.5},
    "gold": {"yellow": 0.8, "warm": 0.3},
    "crimson|scarlet": {"red": 1.0},
    "violet|lilac|lavender|mauve|magenta": {"purple": 0.9, "pink": 0.3},
    "rose|blush": {"pink": 1.0},
    "navy": {"blue": 0.8, "dark": 0.5},
    "cyan|aqua|aquamarine": {"turquoise": 0.8, "teal": 0.4},
    "emerald|lime|olive": {"green": 1.0},
    "cream|ivory|sand|tan|neutral": {"beige": 1.0},
    "terracotta|rust|copper": {"orange": 0.7, "brown": 0.6},
    "dark|darkness|low key|shadowy": {"dark": 1.0},
    "bright|airy|high key|light and airy": {"bright": 1.0, "dark": -0.4},
    "vivid|vibrant|colourful|colorful|saturated|bold colours|bold colors": {"vivid": 1.0},
    "muted|desaturated|faded|subdued|washed out|soft colours|soft colors": {"muted": 1.0, "vivid": -0.5},
    "pastel|pastels": {"pastel": 1.0, "dark": -0.3},
    "warm": {"warm": 1.0},
    "cool|cold": {"cool": 0.8},
    "moody|gloomy|sombre|somber|brooding|dramatic": {"dark": 0.8, "muted": 0.4, "vivid": -0.4, "bright": -0.3},
    "minimal|minimalist|minimalistic|minimalism|negative space": {"plain": 1.0},
    "monochrome|monochromatic|greyscale|grayscale|b&w": {"monochrome": 1.0},
    "sunset|sunsets|sunrise|dusk|dawn|sundown|twilight|afterglow": {"sunset": 1.0},
    "golden hour|golden light|backlit": {"sunset": 0.7, "warm": 0.6},
    "blue hour": {"night": 0.5, "blue": 0.6, "cool": 0.4},
    "night|nighttime|midnight|nocturnal|night time|starry|neon": {"night": 1.0},
    "day|daytime|daylight|by day|midday|noon": {"night": -0.8, "bright": 0.3, "dark": -0.5},
    "sunny": {"night": -0.5, "bright": 0.3, "dark": -0.4, "fog": -0.3},
    "stars|galaxy|milky way|outer space": {"night": 0.6, "black": 0.7},
    "autumn|autumnal": {"orange": 0.6, "warm": 0.5, "brown": 0.3},
    "portrait|portraits|headshot|selfie": {"portrait": 1.0},
    "fog|foggy|mist|misty|haze|hazy": {"fog": 1.0},
}
# Of a photo, not of a dog: captions say "a black and white dog".
_MONOCHROME = re.compile(
    r"\bblack (?:and|&|n) white\b(?=\W*(?:$|photo|picture|image|portrait|film|shot|print|landscape|building))"
)


@cache
def _lookup() -> npt.NDArray[np.float32]:
    """Return how much each of 4,096 colours (four bits a channel) belongs to each colour name and tone."""
    steps = np.arange(16, dtype=np.uint8) * 17
    rgb = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    lab = convert_to_lab(rgb)
    near = []
    for values in _COLOURS.values():
        centres = convert_to_lab(np.array([list(bytes.fromhex(value)) for value in values], np.uint8))
        distances = ((lab[:, None] - centres) ** 2).sum(-1).min(1)
        near.append(np.exp(-distances / (2 * _BANDWIDTH**2)))
    names = np.stack(near, 1)
    names /= names.sum(1, keepdims=True) + 0.05
    return np.concatenate([names, _tones(lab)], 1).astype(np.float32)


def _tones(lab: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    lightness, a, b = lab.T
    chroma, hue = np.hypot(a, b), np.degrees(np.arctan2(b, a))

    def rise(value: npt.NDArray[np.float32], start: float, end: float) -> npt.NDArray[np.float32]:
        ramp: npt.NDArray[np.float32] = np.clip((value - start) / (end - start), 0, 1)
        return ramp

    coloured = rise(chroma, 0.06, 0.2)
    return np.stack(
        [
            1 - rise(lightness, 0.12, 0.38),
            rise(lightness, 0.7, 0.92),
            rise(chroma, 0.3, 0.6),
            (1 - rise(chroma, 0.18, 0.32)) * rise(chroma, 0.02, 0.08) * (1 - rise(lightness, 0.75, 0.95)),
            rise(lightness, 0.62, 0.78) * rise(chroma, 0.06, 0.14) * (1 - rise(chroma, 0.36, 0.5)),
            coloured * (1 - rise(np.abs(hue - 60), 45, 70)),
            coloured * (1 - rise(np.abs(hue % 360 - 240), 55, 80)),
        ],
        1,
    )


def measure_looks(copies: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return how much of each pixel axis shrunken photos (n, SIDE, SIDE, 3) have, shape (n, len(PIXEL_AXES))."""
    four_bits = (copies >> 4).astype(np.int32)
    colours = (four_bits[..., 0] << 8 | four_bits[..., 1] << 4 | four_bits[..., 2]).reshape(len(copies), -1)
    shares = np.sqrt(np.stack([_lookup()[row].mean(0) for row in colours]))
    lab = convert_to_lab(copies)
    chroma = np.hypot(lab[..., 1], lab[..., 2]).reshape(len(copies), -1)
    lightness = lab[..., 0]
    edges = np.abs(np.diff(lightness, axis=1)).mean((1, 2)) + np.abs(np.diff(lightness, axis=2)).mean((1, 2))
    wholes = [-np.log(np.percentile(chroma, 90, axis=1) + 0.02), -np.log(edges + 0.01)]
    return np.concatenate([shares, np.stack(wholes, 1)], 1).astype(np.float32)


@cache
def _phrases() -> tuple[re.Pattern[str], dict[str, dict[str, float]]]:
    looks = {phrase: axes for phrases, axes in _LOOKS.items() for phrase in phrases.split("|")}
    longest_first = sorted(looks, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b"), looks


def parse_looks(text: str) -> npt.NDArray[np.float32]:
    """Return what a query asks of each axis, shape (len(AXES),): of length one when it asks for nothing but a look.

    The more other words a query has, the less its look weighs, and a colour less than light and mood: those are of the
    whole photo, while a red shirt is a small thing. Zeros when the query asks for no look.
    """
    rest, monochrome = _MONOCHROME.subn(" ", text.lower())
    pattern, looks = _phrases()
    found = [looks[match] for match in pattern.findall(rest)] + [{"monochrome": 1.0}] * monochrome
    wanted = np.zeros(len(AXES), np.float32)
    for axes in found:
        for axis, weight in axes.items():
            wanted[AXES.index(axis)] += weight
    if not found:
        return wanted
    share = len(found) / (len(found) + len(list(split_words(pattern.sub(" ", rest)))))
    colours = len(_COLOURS)
    wanted /= max(float(np.linalg.norm(wanted)), 1e-6)  # "day and night" may cancel out
    return np.concatenate([wanted[:colours] * share, wanted[colours:] * share**0.5])
