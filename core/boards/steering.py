"""How a board steers a search: what its pins and votes ask for, and which pins a found photo is close to.

Pure functions over pins and vectors; `core.team_boards` brings the data and asks the libraries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.boards.board import Pin
from core.calibration import Floats, Match
from core.errors import Message
from core.photos import Photo
from core.search import Hit

MOST_REASONS = 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A photo that fits a board, and the numbers of the pins that it is closest to, closest first."""

    hit: Hit
    near: tuple[int, ...] = ()  # one to three; none where only words were asked for

    @property
    def photo(self) -> Photo:
        """The photo."""
        return self.hit.photo


@dataclass(frozen=True, slots=True)
class Suggested:
    """What fits a board, best first."""

    hits: tuple[Suggestion, ...]
    matches: bool  # False: nothing fits, and the hits are merely the closest
    notices: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """A wish that no photo on the board meets."""

    wish: str  # in the query language, to be looked for
    title: str  # as the brief says it, or the section's title
    aspect: str | None  # its kind; None for a section's own wish
    section: str | None  # the section's id; None for the brief
    best: int | None  # the number of the pin that comes closest
    score: float  # 0 to 1: the probability that this pin is what the wish asks for
    match: Match


def weight_of(pin: Pin) -> float:
    """Return how much a pin counts: 1 without votes, more the more it is wanted, below 0 where it is voted down."""
    score = pin.tally.score
    return float(score) if score < 0 else 1.0 + score


def near_pins(vector: Floats, pins: Mapping[int, Floats]) -> tuple[int, ...]:
    """Return the numbers of the one to three pins closest to a photo, closest first."""
    order = sorted(pins, key=lambda number: -float(pins[number] @ vector))
    return tuple(order[:MOST_REASONS])


def centroid(vectors: Sequence[Floats], weights: Sequence[float]) -> Floats:
    """Return the weighted mean of vectors (d,), brought to length one."""
    mean = np.average(np.stack(vectors), axis=0, weights=weights)
    direction: Floats = (mean / max(float(np.linalg.norm(mean)), 1e-9)).astype(np.float32)
    return direction
