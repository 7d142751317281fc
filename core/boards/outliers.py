"""Which photos do not fit a board, and why: in meaning, in colour, in light.

Each photo is compared with all others of the board but itself. One that does not fit is taken out before the next is
looked for, so that two strangers do not hide each other. A photo must lie apart from what is usual on this board, and
be nearly as unlike the others as any two photos of the library are: a board that hangs together has no stranger.

Pure functions over vectors and palettes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from core.calibration import MAD_TO_DEVIATION, Calibration, Floats
from core.colours import lab
from core.photos import Colour
from core.ranking import Doubles

Reason: TypeAlias = Literal["meaning", "colour", "light"]

LEAST_PINS = 4
MOST_SHARE = 3  # one in so many pins, at most
# In meaning, of boards of 12 with two strangers: fewer robust deviations or a larger share name more of both, and more
# of the rest as well.
APART = 1.0  # robust deviations of the board
LEAST_SPREAD = 0.2  # deviations of the library; a board's photos are never more alike than that
NEAR_SHARE = 0.5  # of the board's median nearness to each other
# In colour and light a board may vary much and still hang together.
LOOKS_APART = 4.5  # robust deviations of the board
COLOUR_SPREAD, COLOUR_APART = 3.0, 22.0  # in a*b*: least robust deviation, least distance above the median
LIGHT_SPREAD, LIGHT_APART = 5.0, 32.0  # in L*, 0 to 100


@dataclass(frozen=True, slots=True)
class Outlier:
    """A pin that does not fit its board."""

    number: int
    reason: Reason
    strength: float  # robust deviations from the rest of the board; higher is further


def most_outliers(pins: int) -> int:
    """Return how many pins of so many may be named: where more do not fit, the board is about something else."""
    return pins // MOST_SHARE


def apart_in_meaning(numbers: Sequence[int], vectors: Floats, calibration: Calibration) -> list[Outlier]:
    """Return which of the photos (n, d) are nearly as unlike the others as any two photos are, furthest first."""
    usual = np.array([calibration.usual(vector, "photo") for vector in vectors])
    between = ((vectors @ vectors.T).astype(np.float64) - usual[:, :1]) / usual[:, 1:]
    between = (between + between.T) / 2
    np.fill_diagonal(between, 0.0)
    left, found = np.arange(len(numbers)), list[Outlier]()
    while len(found) < most_outliers(len(numbers)):
        near = between[np.ix_(left, left)].sum(axis=1) / (len(left) - 1)
        furthest = int(np.argmin(near))
        strength = float(_above(-near, LEAST_SPREAD)[furthest])
        if strength < APART or near[furthest] > NEAR_SHARE * float(np.median(near)):
            break
        found.append(Outlier(numbers[left[furthest]], "meaning", strength))
        left = np.delete(left, furthest)
    return sorted(found, key=lambda outlier: -outlier.strength)


def apart_in_looks(numbers: Sequence[int], palettes: Sequence[Sequence[Colour]]) -> list[Outlier]:
    """Return which photos are of other colours than the rest, or much lighter or darker, furthest first.

    Photos without colours are passed over.
    """
    seen = [(number, palette) for number, palette in zip(numbers, palettes, strict=True) if palette]
    if len(seen) < LEAST_PINS:
        return []
    looks = [_look(palette) for _, palette in seen]
    lights = np.array([float(shares @ points[:, 0]) for points, shares in looks])
    between = np.array([[_hue_distance(one, other) for other in looks] for one in looks])
    hues = (between + between.T).sum(axis=1) / (2 * (len(looks) - 1))
    apart = {
        "colour": (_above(hues, COLOUR_SPREAD), hues - np.median(hues) >= COLOUR_APART),
        "light": (
            _above(np.abs(lights - np.median(lights)), LIGHT_SPREAD, centre=0.0),
            np.abs(lights - np.median(lights)) >= LIGHT_APART,
        ),
    }
    found = [
        Outlier(number, reason, float(strength[i]))
        for reason in ("colour", "light")
        for strength, far in [apart[reason]]
        for i, (number, _) in enumerate(seen)
        if far[i] and strength[i] >= LOOKS_APART
    ]
    return sorted(found, key=lambda outlier: -outlier.strength)


def chosen(found: Sequence[Outlier], pins: int) -> list[Outlier]:
    """Return each pin once, with its weightiest reason, and of a board of so many `pins` not too many."""
    once: dict[int, Outlier] = {}
    for outlier in sorted(found, key=lambda one: one.reason != "meaning"):  # what it shows goes before how it looks
        once.setdefault(outlier.number, outlier)
    return list(once.values())[: most_outliers(pins)]


def _above(values: Doubles, least: float, *, centre: float | None = None) -> Doubles:
    """Return how far values lie above their median, or `centre`, in robust deviations of at least `least`."""
    middle = float(np.median(values)) if centre is None else centre
    spread = max(MAD_TO_DEVIATION * float(np.median(np.abs(values - middle))), least)
    above: Doubles = (values - middle) / spread
    return above


def _look(palette: Sequence[Colour]) -> tuple[Doubles, Doubles]:
    """Return a palette's colours as L*, a*, b* (k, 3), and their shares, which sum to one."""
    shares = np.array([colour.share for colour in palette])
    return np.array([lab(colour.hex) for colour in palette]), shares / max(float(shares.sum()), 1e-9)


def _hue_distance(one: tuple[Doubles, Doubles], other: tuple[Doubles, Doubles]) -> float:
    """Return how far a palette's colours are, lightness aside, from the nearest of another."""
    (points, shares), (others, _) = one, other
    apart = np.linalg.norm(points[:, None, 1:] - others[None, :, 1:], axis=2).min(axis=1)
    return float(shares @ apart)
