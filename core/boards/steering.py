"""How a board steers a search: how well a photo fits its pins and votes, and which pins it is close to.

Relevance feedback after J. J. Rocchio ("Relevance feedback in information retrieval", in G. Salton, The SMART Retrieval
System, 1971): a photo is compared with the weighted mean of the pins. Three things are done otherwise. Half of the
comparison is with the two nearest pins, because a board may be about several things, and nothing lies at their mean.
What was voted down counts only against photos that are nearer to it than to any other pin: it is mostly a near miss,
and to move away from it is to move away from what is wanted. And words are not added to the mean, because texts and
photos lie apart in an encoder's space: each is counted in its own deviations above the usual, and those are added,
which is to multiply odds. How much a brief's words count is told by the pins themselves: words that hardly describe
what a team has pinned are too broad to find more of it. `benchmarks/boards.py` measures it.

Pure functions over vectors; `core.team_boards` brings them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.boards.board import Pin
from core.calibration import Calibration, Floats, Match
from core.errors import Message
from core.photos import Photo
from core.ranking import GOOD_AT, STEEPNESS, TINY, Doubles, diversify
from core.search import Hit

MEAN_SHARE = 0.5  # of the mean of all pins, against the nearest ones
NEAREST = 2
AWAY = 0.5  # of the deviations by which a photo is nearer to what was voted down
FROM_USUAL = 0.5  # deviations from which it is near to that, where nothing else is pinned
LEAST_WEIGHT, MOST_WEIGHT = 0.1, 1.5  # of a brief's words against the pins
MOST_REASONS = 3
REASON_WITHIN = 1.5  # deviations from the closest pin
VARIED = 2  # times as many as are shown, among which unlike ones are chosen
RELEVANCE = 4.0  # of fitting the board, against being unlike the suggestions before


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


@dataclass(frozen=True, slots=True)
class Taste:
    """What a board's pins ask for, in one encoder's space."""

    numbers: tuple[int, ...]  # of the pins that are wanted
    wanted: Floats  # (p, d)
    weights: Doubles  # (p,)
    unwanted: Floats  # (q, d) voted down
    aversions: Doubles  # (q,)

    @property
    def mean(self) -> Floats:
        """The weighted mean of what is wanted (d,), of length one."""
        mean = self.weights @ self.wanted
        direction: Floats = (mean / max(float(np.linalg.norm(mean)), TINY)).astype(np.float32)
        return direction


def weight_of(pin: Pin) -> float:
    """Return how much a pin counts: 1 without votes, more the more it is wanted, below 0 where it is voted down."""
    score = pin.tally.score
    return float(score) if score < 0 else 1.0 + score


def taste_of(pins: Sequence[Pin], vectors: Sequence[Floats]) -> Taste:
    """Return what pins with these vectors, of length one, ask for."""
    weights = np.array([weight_of(pin) for pin in pins])
    stacked = np.stack(vectors).astype(np.float32)
    wanted = weights > 0
    kept = [pin for pin, is_wanted in zip(pins, wanted, strict=True) if is_wanted]
    numbers = tuple(pin.number for pin in kept)
    return Taste(numbers, stacked[wanted], weights[wanted], stacked[~wanted], -weights[~wanted])


def pin_deviations(photos: Floats, taste: Taste, calibration: Calibration) -> Doubles:
    """Return by how many deviations photos (n, d) are nearer to a board's pins than is usual."""
    to_unwanted = _deviations(photos, taste.unwanted, calibration)
    if not len(taste.wanted):
        return -AWAY * (np.maximum(0.0, to_unwanted - FROM_USUAL) @ taste.aversions)
    to_wanted = _deviations(photos, taste.wanted, calibration)
    to_mean = _deviations(photos, taste.mean[None], calibration)[:, 0]
    near = np.argsort(-to_wanted, axis=1)[:, :NEAREST]
    weights = taste.weights[near]
    nearest = (np.take_along_axis(to_wanted, near, axis=1) * weights).sum(axis=1) / weights.sum(axis=1)
    away = np.maximum(0.0, to_unwanted - to_wanted.max(axis=1, keepdims=True)) @ taste.aversions
    fit: Doubles = MEAN_SHARE * to_mean + (1 - MEAN_SHARE) * nearest - AWAY * away
    return fit


def near_pins(photos: Floats, taste: Taste, calibration: Calibration) -> list[tuple[int, ...]]:
    """Return for each photo (n, d) the numbers of the one to three pins that it is closest to, closest first."""
    found = []
    for near in _deviations(photos, taste.wanted, calibration):
        order = np.argsort(-near, kind="stable")[:MOST_REASONS]
        found.append(tuple(taste.numbers[i] for i in order if near[i] >= near[order[0]] - REASON_WITHIN))
    return found


def alone(pins: Doubles) -> Doubles:
    """Return the probability of fitting a board for photos (n,) of which only the deviations from pins are known."""
    return _probability(pins, GOOD_AT["photo"])


def joined(pins: Doubles, words: Doubles, weight: float) -> Doubles:
    """Return the probability of fitting a board for photos (n,).

    `pins` are deviations, `words` the probabilities of being what is said, which count by `weight` against 1.
    """
    total = (weight * _word_deviations(words) + pins) / (weight + 1)
    # to stand out in two independent things at once is as rare as to stand out further in one
    ease = float(np.hypot(weight, 1)) / (weight + 1)
    return _probability(total, ease * (weight * GOOD_AT["text"] + GOOD_AT["photo"]) / (weight + 1))


def lowered(words: Doubles, pins: Doubles) -> Doubles:
    """Return the probability of being what is said, where all pins are voted down and so only speak against photos."""
    return _probability(_word_deviations(words) + pins, GOOD_AT["text"])


def word_weight(words: Doubles, weights: Doubles) -> float:
    """Return how much words count against the pins, which are with probabilities `words` (p,) what is said.

    `weights` (p,) are the pins' own. Where pins are good matches on average, both count the same.
    """
    if not len(words):
        return 1.0
    met = float(np.average(_word_deviations(words), weights=weights)) / GOOD_AT["text"]
    return min(max(met, LEAST_WEIGHT), MOST_WEIGHT)


def varied(scores: Doubles, vectors: Floats, count: int) -> npt.NDArray[np.intp]:
    """Return the places of `count` photos that fit well and are unlike each other, best first.

    `scores` (n,) descend; `vectors` are (n, d), nought where a photo has none.
    """
    first = slice(0, VARIED * count)
    top = max(float(scores[:1].sum()), TINY)
    return diversify(RELEVANCE * scores[first] / top, vectors[first])[:count]


def _word_deviations(words: Doubles) -> Doubles:
    said = np.clip(words, TINY, 1 - TINY)
    deviations: Doubles = GOOD_AT["text"] + np.log(said / (1 - said)) / STEEPNESS
    return deviations


def _probability(deviations: Doubles, good_at: float) -> Doubles:
    return 1 / (1 + np.exp(-STEEPNESS * np.clip(deviations - good_at, -20.0, 20.0)))


def _deviations(photos: Floats, queries: Floats, calibration: Calibration) -> Doubles:
    """Return how far above the usual the similarity of each photo (n, d) to each query (m, d) is: (n, m)."""
    if not len(queries):
        return np.zeros((len(photos), 0))
    usual = np.array([calibration.usual(query, "photo") for query in queries])
    deviations: Doubles = ((photos @ queries.T).astype(np.float64) - usual[:, 0]) / usual[:, 1]
    return deviations
