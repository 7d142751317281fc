"""The arithmetic of a ranking: similarities into probabilities, and evidence into an order.

Several things asked for at once are joined as the geometric mean of their probabilities, by weight: a photo that is a
little of both stands above one that is all of one and nothing of the other, which a sum of vectors would put first.

Pure functions over arrays; `core.search` brings the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from core.calibration import SAMPLE_PHOTOS, Calibration, Floats, Kind, Match
from core.errors import Message
from core.vectors import VectorIndex

Doubles: TypeAlias = npt.NDArray[np.float64]
Numbers: TypeAlias = npt.NDArray[np.int64]

# Deviations above the usual at which a hit is as likely right as wrong, and how fast that changes. With the starter
# encoder, in libraries of 58, 400 and 1,000 photos, the best hits of 25 queries for what is there stood at 5.4 (the
# median), those of 33 queries for what is not there at 2.8.
GOOD_AT = {"text": 3.1, "photo": 3.0}
STEEPNESS = 1.3
TINY = 1e-12
STRONG, GOOD = 0.8, 0.5  # probabilities from which a match is called so
AVOID_FROM = 0.5  # deviations towards a negative term from which a photo is pushed down
WORD_TRUST = 0.85  # probability that a photo whose own words hold the whole query is a match
UNLIKE_AT = -1.0  # as GOOD_AT, where nothing but terms to stay away from is given
DIVERSIFIED = 200  # the first hits, which people look at
DIVERSITY = 0.35  # weight of being unlike the hits before, against being like the query


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to be near to (weight above 0) or far from (below 0)."""

    vector: Floats  # (d,), length one
    weight: float
    kind: Kind


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates, best first as far as they are settled, after that in no order.

    Of a library's tens of thousands people look at a few, and putting all in order takes longer than comparing them.
    """

    numbers: Numbers
    doubts: Doubles  # log(1 - probability) of being what was asked for
    settled: int = 0

    def in_order(self, count: int) -> Ranking:
        """Return the same candidates with the first `count` in order; equal ones in the order in which they came in."""
        if count <= self.settled or self.settled == len(self.numbers):
            return self
        count = max(count, 2 * self.settled)
        numbers, doubts = self.numbers, self.doubts
        if count < len(doubts):
            last = np.partition(doubts, count)[count]
            first, rest = np.flatnonzero(doubts <= last), np.flatnonzero(doubts > last)
        else:
            first, rest = np.arange(len(doubts)), np.empty(0, np.intp)
        first = first[np.lexsort((numbers[first], doubts[first]))]
        order = np.concatenate([first, rest])
        return Ranking(numbers[order], doubts[order], len(first))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for some photos besides their vector: log(1 - probability), 0 or less."""

    numbers: Numbers  # ascending
    doubts: Doubles

    def within(self, allowed: Numbers | None) -> Evidence:
        """Return what speaks for those of the `allowed` photos; None: for all."""
        if allowed is None:
            return self
        kept = np.isin(self.numbers, allowed, assume_unique=True)
        return Evidence(self.numbers[kept], self.doubts[kept])

    def strongest(self, count: int) -> Evidence:
        """Return what speaks for the `count` photos for which most speaks."""
        if len(self.numbers) <= count:
            return self
        kept = np.sort(np.argsort(self.doubts, kind="stable")[:count])
        return Evidence(self.numbers[kept], self.doubts[kept])


@dataclass(frozen=True, slots=True)
class Terms:
    """All that a query is ranked by."""

    positive: tuple[Term, ...]
    negative: tuple[Term, ...]
    elsewhere: tuple[Evidence, ...]  # from spaces other than the library's
    references: Numbers  # photos of the library to be like, which are no hits themselves
    conditions_only: bool  # nothing to rank by was asked for
    notices: tuple[Message, ...] = ()


def direction_of(terms: Terms, calibration: Calibration) -> Floats:
    """Return the direction, of length one, in which what is asked for lies; one positive or negative term is there."""
    if terms.positive:
        return combine(terms.positive, calibration)
    return -terms.negative[0].vector


def combine(terms: Sequence[Term], calibration: Calibration) -> Floats:
    """Return the direction, of length one, in which candidates for all positive `terms` lie.

    Each counts in its own deviations: a photo's similarities to words spread far less than those to other photos, and
    counted as they are, a reference photo would drown the words beside it.
    """
    if len(terms) == 1:
        return terms[0].vector
    spreads = [calibration.usual(term.vector, term.kind)[1] for term in terms]
    total = np.sum([term.weight / spread * term.vector for term, spread in zip(terms, spreads, strict=True)], axis=0)
    direction: Floats = (total / max(float(np.linalg.norm(total)), TINY)).astype(np.float32)
    return direction


def belief(deviations: Doubles, good_at: float) -> Doubles:
    """Return log(probability) of a match for photos this far above the usual."""
    return -np.logaddexp(0.0, STEEPNESS * (good_at - deviations))


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


def rank(
    terms: Terms,
    index: VectorIndex,
    calibration: Calibration | None,
    allowed: Numbers | None,
    words: Evidence,
    everything: Numbers,
    pool: int,
) -> Ranking:
    """Return all candidates, none of them in order yet."""
    ranking = Ranking(np.empty(0, np.int64), np.empty(0))
    words = words.within(allowed)
    if calibration is not None and (terms.positive or terms.negative):
        ranking = _by_meaning(terms, index, calibration, allowed, words, pool)
    if all(term.kind == "text" for term in terms.positive):  # photos without a vector can't be like a photo
        unseen = ~np.isin(words.numbers, ranking.numbers, assume_unique=True)
        ranking = _joined(ranking, Evidence(words.numbers[unseen], words.doubts[unseen]), None)
    for evidence in terms.elsewhere:
        ranking = _joined(ranking, evidence, allowed)
    if terms.conditions_only:  # every photo that meets them is exactly what was asked for
        numbers = everything if allowed is None else allowed
        ranking = Ranking(numbers, np.full(len(numbers), -np.inf))
    numbers, doubts = ranking.numbers, ranking.doubts
    if terms.references.size:
        kept = ~np.isin(numbers, terms.references)
        numbers, doubts = numbers[kept], doubts[kept]
    return Ranking(numbers, doubts)


def _by_meaning(
    terms: Terms,
    index: VectorIndex,
    calibration: Calibration,
    allowed: Numbers | None,
    words: Evidence,
    pool: int,
) -> Ranking:
    """Return candidates by number, as their vectors and, for what is said in words, their own words speak for them."""
    if not terms.positive:  # nothing but what to stay away from
        numbers = index.candidates(terms.negative[0].vector, len(index), allowed=allowed)
        return Ranking(numbers, doubt(-_away(terms, index, calibration, numbers), UNLIKE_AT))
    numbers = index.candidates(combine(terms.positive, calibration), pool, allowed=allowed)
    written = words.numbers[index.held(words.numbers)]
    if not np.isin(written, numbers, assume_unique=True).all():  # the graph did not propose them
        numbers = np.union1d(numbers, written)
    said = np.zeros(len(numbers))
    said[np.searchsorted(numbers, written)] = words.doubts[np.isin(words.numbers, written, assume_unique=True)]
    away = _away(terms, index, calibration, numbers)
    weights = np.array([term.weight for term in terms.positive])
    total = float(weights.sum())
    # to stand out in several independent things at once is as rare as to stand out further in one
    ease = float(np.linalg.norm(weights)) / total
    beliefs = np.zeros(len(numbers))
    for term in terms.positive:
        deviations = _deviations(term, index, calibration, numbers) - away
        believed = belief(deviations, ease * GOOD_AT[term.kind])
        if term.kind == "text":
            believed = np.where(said < 0, _other_side(doubt(deviations, ease * GOOD_AT["text"]) + said), believed)
        beliefs += term.weight / total * believed
    return Ranking(numbers, _other_side(beliefs))


def _other_side(logarithms: Doubles) -> Doubles:
    """Return log(1 - p) for log(p)."""
    return np.log(-np.expm1(np.minimum(logarithms, -TINY)))


def _away(terms: Terms, index: VectorIndex, calibration: Calibration, numbers: Numbers) -> Doubles:
    """Return by how many deviations each photo is pushed down for being near what to stay away from."""
    away = np.zeros(len(numbers))
    for term in terms.negative:
        away += term.weight * np.maximum(0.0, _deviations(term, index, calibration, numbers) - AVOID_FROM)
    return away


def _deviations(term: Term, index: VectorIndex, calibration: Calibration, numbers: Numbers) -> Doubles:
    """Return how far above the usual each photo's similarity to a term is."""
    median, spread = calibration.usual(term.vector, term.kind)
    deviations: Doubles = (index.scores(term.vector, numbers).astype(np.float64) - median) / spread
    return deviations


def _joined(ranking: Ranking, evidence: Evidence, allowed: Numbers | None) -> Ranking:
    """Return the ranking with further evidence for some photos, those among them that it had not."""
    evidence = evidence.within(allowed)
    numbers, doubts = evidence.numbers, evidence.doubts
    if not numbers.size:
        return ranking
    everything = np.concatenate([ranking.numbers, numbers])
    found, place = np.unique(everything, return_inverse=True)
    total = np.bincount(place, np.concatenate([ranking.doubts, doubts]), len(found)).astype(np.float64)
    return Ranking(found, total)


def rank_alone(numbers: Numbers, vectors: Floats, own: Floats) -> Evidence:
    """Return what speaks for photos that are near to one in a space of their own, counted as in any other."""
    calibration = Calibration.fit(vectors[:SAMPLE_PHOTOS], np.empty((0, vectors.shape[1]), np.float32))
    median, spread = calibration.usual(own, "photo")
    order = np.argsort(numbers, kind="stable")
    doubts = doubt((vectors[order] @ own - median).astype(np.float64) / spread, GOOD_AT["photo"])
    return Evidence(numbers[order], doubts)


def diversified(ranking: Ranking, index: VectorIndex) -> Ranking:
    """Return the ranking with its first hits, those that people look at, made unlike each other."""
    ranking = ranking.in_order(len(ranking.numbers))  # as a whole: it is not put in order again
    first = [i for i in range(min(DIVERSIFIED, len(ranking.numbers))) if index.holds(int(ranking.numbers[i]))]
    order = diversify(-np.expm1(ranking.doubts[first]), index.get(ranking.numbers[first]))
    places = np.arange(len(ranking.numbers))
    places[first] = np.array(first)[order]
    return Ranking(ranking.numbers[places], ranking.doubts[places], ranking.settled)
