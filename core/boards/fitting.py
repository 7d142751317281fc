"""Found photos held against what a board asks for: how well each fits, why, and whether it is on the board already.

Photos and pins may be of libraries with different encoders; vectors are compared within one encoder only. A photo of an
encoder that no pin is of is judged by words alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from core.alike import COLOUR_DISTANCE, HASH_BITS
from core.boards.steering import Taste, joined, near_pins, pin_deviations, varied
from core.calibration import Calibration, Floats
from core.colours import lab
from core.photos import Photo
from core.ranking import Doubles
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


def fits(
    hits: Sequence[Hit],
    vectors: Vectors,
    tastes: Tastes,
    calibrations: Calibrations,
    words: Doubles | None,
    weight: float,
) -> Doubles:
    """Return with which probability photos fit, (n,); 0 where nothing can be said.

    `words` are probabilities of being what is said, which count by `weight`; None where nothing is said.
    """
    scores = np.zeros(len(hits)) if words is None else words.copy()
    for encoder, taste in tastes.items():
        places = [i for i, hit in enumerate(hits) if vectors.get(hit.photo.id, ("",))[0] == encoder]
        if places and encoder in calibrations:
            stacked = np.stack([vectors[hits[i].photo.id][1] for i in places])
            near = pin_deviations(stacked, taste, calibrations[encoder])
            scores[places] = joined(near, None if words is None else words[places], weight)
    return scores


def various(hits: Sequence[Hit], vectors: Vectors, count: int) -> list[Hit]:
    """Return `count` of the hits, which stand best first, that are unlike each other."""
    if not hits:
        return []
    size = max([len(vector) for _, vector in vectors.values()], default=1)
    stacked = np.zeros((len(hits), size), np.float32)
    for row, hit in zip(stacked, hits, strict=True):
        if hit.photo.id in vectors:
            vector = vectors[hit.photo.id][1]
            row[: len(vector)] = vector
    return [hits[i] for i in varied(np.array([hit.score for hit in hits]), stacked, count)]


def reasons_of(
    hits: Sequence[Hit], vectors: Vectors, tastes: Tastes, calibrations: Calibrations
) -> list[tuple[int, ...]]:
    """Return for each hit the numbers of the one to three pins that it is closest to; none where no pin compares."""
    reasons = []
    for hit in hits:
        encoder, vector = vectors.get(hit.photo.id, ("", None))
        if vector is None or encoder not in tastes or encoder not in calibrations:
            reasons.append(tuple[int, ...]())
        else:
            reasons.append(near_pins(vector, tastes[encoder], calibrations[encoder]))
    return reasons


def same_picture(
    one: Photo, other: Photo, vector: tuple[str, Floats] | None, its_vector: tuple[str, Floats] | None
) -> bool:
    """Tell whether two photos are the same picture: another size or compression, a crop, a correction."""
    if one.content_hash is not None and one.content_hash == other.content_hash:
        return True
    if one.phash is None or other.phash is None:
        return False
    bits = (one.phash ^ other.phash).bit_count()
    if bits <= HASH_BITS:
        shades = (one.average_colour, other.average_colour)
        return None in shades or math.dist(*(lab(shade) for shade in shades if shade)) <= COLOUR_DISTANCE
    if bits > CROPPED_BITS:
        return False
    if vector is None or its_vector is None or vector[0] != its_vector[0]:
        return False
    return float(vector[1] @ its_vector[1]) >= CROPPED_COSINE
