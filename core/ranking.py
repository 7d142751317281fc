"""The arithmetic of a ranking: terms into one direction, similarities into probabilities, evidence into an order.

Pure functions over arrays; `core.search` brings the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.calibration import Calibration, Floats, Kind, Match

Doubles = npt.NDArray[np.float64]

# Deviations above the usual at which a hit is as likely right as wrong, and how fast that changes.
GOOD_AT = {"text": 2.6, "photo": 3.0}
STEEPNESS = 1.6
STRONG, GOOD = 0.8, 0.5  # probabilities from which a match is called so
AVOID_FROM = 0.5  # deviations towards a negative term from which a photo is pushed down
WORD_TRUST = 0.85  # probability that a photo whose own words hold the whole query is a match
DIVERSITY = 0.35  # weight of being unlike the hits before, against being like the query


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to be near to (weight above 0) or far from (below 0)."""

    vector: Floats  # (d,), length one
    weight: float
    kind: Kind


@dataclass(frozen=True, slots=True)
class Direction:
    """Several positive terms as one unit vector: deviations = slope * cosine + offset."""

    vector: Floats
    slope: float
    offset: float
    good_at: float

    def deviations(self, cosines: npt.NDArray[np.floating]) -> Doubles:
        """Return how far above the usual these similarities to the direction are."""
        return self.slope * cosines.astype(np.float64) + self.offset


def combine(terms: Sequence[Term], calibration: Calibration) -> Direction:
    """Return the direction in which all positive `terms` are near, each counted in its own deviations.

    A photo's similarities to words spread far less than those to other photos; counted as they are, a reference photo
    would drown the words beside it.
    """
    weights = np.array([term.weight for term in terms])
    usual = [calibration.usual(term.vector, term.kind) for term in terms]
    length = float(np.linalg.norm(weights))  # of a sum of independent deviations
    shares = [weight / (spread * length) for weight, (_, spread) in zip(weights, usual, strict=True)]
    total = np.sum([share * term.vector for share, term in zip(shares, terms, strict=True)], axis=0)
    slope = max(float(np.linalg.norm(total)), 1e-9)
    offset = -sum(share * median for share, (median, _) in zip(shares, usual, strict=True))
    good_at = float(np.dot(weights, [GOOD_AT[term.kind] for term in terms]) / weights.sum())
    return Direction((total / slope).astype(np.float32), slope, offset, good_at)


def avoid(deviations: Doubles, weight: float) -> Doubles:
    """Return by how many deviations photos are pushed down for being near a negative term."""
    return weight * np.maximum(0.0, deviations - AVOID_FROM)


def doubt(deviations: Doubles, good_at: float) -> Doubles:
    """Return log(1 - probability) of a match for photos this far above the usual."""
    return -np.logaddexp(0.0, STEEPNESS * (deviations - good_at))


def word_doubt(coverage: npt.NDArray[np.floating]) -> Doubles:
    """Return log(1 - probability) of a match for photos whose own words hold this share of the query.

    Squared, because half of a query's words is much less than half of its meaning.
    """
    return np.log1p(-WORD_TRUST * coverage.astype(np.float64) ** 2)


def match_of(score: float) -> Match:
    """Return the word for a probability."""
    return "strong" if score >= STRONG else "good" if score >= GOOD else "weak"


def diversify(scores: Doubles, vectors: Floats) -> npt.NDArray[np.intp]:
    """Return an order of photos in which each is both a good hit and unlike those before.

    Maximal marginal relevance (J. Carbonell and J. Goldstein, 1998) over `scores` (n,) and `vectors` (n, d).
    """
    order: list[int] = []
    nearest = np.zeros(len(scores))
    left = np.ones(len(scores), bool)
    for _ in range(len(scores)):
        value = np.where(left, (1 - DIVERSITY) * scores - DIVERSITY * nearest, -np.inf)
        best = int(np.argmax(value))
        order.append(best)
        left[best] = False
        nearest = np.maximum(nearest, vectors @ vectors[best])
    return np.array(order, np.intp)
