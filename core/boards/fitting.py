"""Found photos held against what a board asks for: how well each fits, why, and whether it is on the board already.

Photos and pins may be of libraries with different encoders; vectors are compared within one encoder only. A photo of an
encoder that no pin is of is judged by words alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from core.alike import COLOUR_DISTANCE
from core.bands import NEAR_BITS
from core.boards.board import Pin
from core.boards.steering import (
    Suggestion,
    Taste,
    alone,
    joined,
    lowered,
    near_pins,
    pin_deviations,
    varied,
    word_weight,
)
from core.calibration import Calibration, Floats
from core.colours import lab
from core.errors import Message
from core.photos import Photo
from core.ranking import match_of
from core.search import Hit

Vectors: TypeAlias = Mapping[str, tuple[str, Floats]]  # by photo id: the encoder's name, and the vector
Tastes: TypeAlias = Mapping[str, Taste]  # by the encoder's name
Calibrations: TypeAlias = Mapping[str, Calibration]

UNWANTED = 0.3  # weight of a photo to be unlike in a plain search
CROPPED_BITS, CROPPED_COSINE = 24, 0.96  # of the same picture, cropped or graded: bits of 64, and its vectors


def pictures_of(tastes: Tastes) -> list[tuple[Mapping[str, Floats], float]]:
    """Return what tastes stand for in a plain search: the mean of what is wanted, and each that is not.

    Each is a vector by encoder, with its weight: below 0, to be unlike. None where nothing is wanted.
    """
    wanted = {name: taste.mean for name, taste in tastes.items() if taste.numbers}
    unwanted: list[tuple[Mapping[str, Floats], float]] = [
        ({name: vector}, -UNWANTED * float(weight))
        for name, taste in tastes.items()
        for vector, weight in zip(taste.unwanted, taste.aversions, strict=True)
    ]
    return [(wanted, 1.0), *unwanted] if wanted else []


@dataclass(frozen=True, slots=True)
class Said:
    """With which probability photos, by id, and pins, by number, are what words say."""

    photos: Mapping[str, float]
    pins: Mapping[int, float]


def fits(
    hits: Sequence[Hit],
    vectors: Vectors,
    tastes: Tastes,
    calibrations: Calibrations,
    said: Said | None,
    weight: float | None,
) -> list[Hit]:
    """Return photos by how probably they fit, best first, those left out of which nothing can be said.

    What is `said` (None: nothing) counts by `weight`, or as well as it describes the pins.
    """
    words = None if said is None else np.array([said.photos[hit.photo.id] for hit in hits])
    scores = np.zeros(len(hits)) if words is None else words.copy()
    for encoder, taste in tastes.items():
        places = [i for i, hit in enumerate(hits) if vectors.get(hit.photo.id, ("",))[0] == encoder]
        if places and encoder in calibrations and (taste.numbers or words is not None):
            stacked = np.stack([vectors[hits[i].photo.id][1] for i in places])
            near = pin_deviations(stacked, taste, calibrations[encoder])
            counts = _weight(taste, said) if weight is None else weight
            if words is None:
                scores[places] = alone(near)
            else:
                scores[places] = joined(near, words[places], counts) if taste.numbers else lowered(words[places], near)
    best = [(i, float(scores[i])) for i in np.argsort(-scores, kind="stable") if scores[i] > 0]
    return [replace(hits[i], score=score, match=match_of(score)) for i, score in best]


@dataclass(frozen=True, slots=True)
class Fitting:
    """Photos that fit a board, best first, with what tells why."""

    hits: tuple[Hit, ...]
    vectors: Vectors
    tastes: Tastes
    calibrations: Calibrations
    notices: tuple[Message, ...] = ()

    def suggestions(self, count: int | None = None) -> list[Suggestion]:
        """Return what fits with its reasons: all, or the best `count` that are unlike each other."""
        hits = self.hits if count is None else self._various(count)
        near: dict[str, tuple[int, ...]] = {}
        for encoder, taste in self.tastes.items():
            ids = [hit.photo.id for hit in hits if self.vectors.get(hit.photo.id, ("",))[0] == encoder]
            if ids and encoder in self.calibrations:
                stacked = np.stack([self.vectors[photo_id][1] for photo_id in ids])
                near |= dict(zip(ids, near_pins(stacked, taste, self.calibrations[encoder]), strict=True))
        return [Suggestion(replace(hit, rank=rank), near.get(hit.photo.id, ())) for rank, hit in enumerate(hits, 1)]

    def _various(self, count: int) -> Sequence[Hit]:
        size = max([len(vector) for _, vector in self.vectors.values()], default=1)
        stacked = np.zeros((len(self.hits), size), np.float32)
        for row, hit in zip(stacked, self.hits, strict=True):
            if hit.photo.id in self.vectors:
                vector = self.vectors[hit.photo.id][1]
                row[: len(vector)] = vector
        return [self.hits[i] for i in varied(np.array([hit.score for hit in self.hits]), stacked, count)]


def _weight(taste: Taste, said: Said | None) -> float:
    pins = {} if said is None else said.pins
    pairs = [(pins[one], weight) for one, weight in zip(taste.numbers, taste.weights, strict=True) if one in pins]
    return word_weight(np.array([score for score, _ in pairs]), np.array([weight for _, weight in pairs]))


@dataclass(frozen=True, slots=True)
class Pinned:
    """What stands on a board, as a search must know it to leave it out."""

    pins: Sequence[Pin]
    vectors: Mapping[int, tuple[str, Floats]]  # by number: the encoder's name, and the vector
    side: str  # on which ids of photos mean what a hit's mean

    def holds(self, hit: Hit, vectors: Vectors) -> bool:
        """Tell whether a hit's picture, or one of its near-duplicates, is on the board."""
        ids, vector = {hit.photo.id, *hit.alike}, vectors.get(hit.photo.id)
        return any(
            (pin.by.side == self.side and pin.photo.id in ids)
            or same_picture(hit.photo, pin.photo, vector, self.vectors.get(pin.number))
            for pin in self.pins
        )


def same_picture(
    one: Photo, other: Photo, vector: tuple[str, Floats] | None, its_vector: tuple[str, Floats] | None
) -> bool:
    """Tell whether two photos are the same picture: another size or compression, a crop, a correction."""
    if one.content_hash is not None and one.content_hash == other.content_hash:
        return True
    if one.phash is None or other.phash is None:
        return False
    bits = (one.phash ^ other.phash).bit_count()
    if bits <= NEAR_BITS:
        shades = (one.average_colour, other.average_colour)
        return None in shades or math.dist(*(lab(shade) for shade in shades if shade)) <= COLOUR_DISTANCE
    if bits > CROPPED_BITS:
        return False
    if vector is None or its_vector is None or vector[0] != its_vector[0]:
        return False
    return float(vector[1] @ its_vector[1]) >= CROPPED_COSINE
