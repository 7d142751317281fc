"""Which photos do not fit a board, and why: in meaning, in colour, in light.

Pure functions over vectors and palettes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from core.calibration import Floats

Reason: TypeAlias = Literal["meaning", "colour", "light"]
Doubles: TypeAlias = npt.NDArray[np.float64]

LEAST_PINS = 4
NEIGHBOURS = 3
FAR = 3.5


@dataclass(frozen=True, slots=True)
class Outlier:
    """A pin that does not fit its board."""

    number: int
    reason: Reason
    strength: float  # robust deviations from the rest of the board; higher is further


def far_in_meaning(vectors: Floats) -> Doubles:
    """Return by how many robust deviations each of the photos (n, d) is further from its nearest few than is usual."""
    between = (vectors @ vectors.T).astype(np.float64)
    np.fill_diagonal(between, -np.inf)
    near = np.sort(between, axis=1)[:, -NEIGHBOURS:].mean(axis=1)
    return deviations(-near)


def deviations(values: Doubles, least: float = 0.02) -> Doubles:
    """Return how far each value lies above the median, in robust deviations of at least `least`."""
    median = np.median(values)
    spread = max(1.4826 * float(np.median(np.abs(values - median))), least)
    above: Doubles = (values - median) / spread
    return above
