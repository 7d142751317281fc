"""What a similarity means in this library: how far it stands out from what unrelated queries score here.

A cosine says little by itself: one encoder's good match is 0.3, another's 0.7, some queries score high with every
photo, and pairs of photos score higher than words and photos do. So a similarity is counted in robust standard
deviations above what is usual: for a query, above the median that it scores with a sample of this library's photos, and
in units of how much the vocabulary's words (for photos: the library's own photos) spread there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from core.vectors import Half, compared

Kind: TypeAlias = Literal["text", "photo"]
Match: TypeAlias = Literal["strong", "good", "weak"]
Floats: TypeAlias = npt.NDArray[np.float32]

SAMPLE_PHOTOS = 2048
MAD_TO_DEVIATION = 1.4826  # a normal distribution's standard deviation over its median absolute deviation
COMMON_QUERY = 1.5  # deviations; a median above this many is the library's subject, not the query's habit


@dataclass(frozen=True, slots=True)
class Scale:
    """What is usual for one kind of query."""

    centre: float  # median over queries of their median similarity
    wander: float  # robust deviation of those medians
    spread: float  # robust deviation of similarities around their query's median


@dataclass(frozen=True, slots=True)
class Calibration:
    """Turns similarities into deviations above the usual, and those into a probability and a word."""

    photos: Half  # (m, d) a sample of the library, m at most SAMPLE_PHOTOS
    text: Scale
    photo: Scale

    @classmethod
    def fit(cls, photos: Floats, words: Floats) -> Calibration:
        """Fit to a sample of photos (m, d) and the vocabulary's vectors (v, d)."""
        between = photos @ photos.T
        between = between[~np.eye(len(photos), dtype=bool)].reshape(len(photos), -1) if len(photos) > 1 else between
        return cls(photos.astype(np.float16), _scale(words @ photos.T), _scale(between))

    def usual(self, query: Floats, kind: Kind) -> tuple[float, float]:
        """Return what `query` (d,) scores with an unrelated photo here, and one deviation of that."""
        scale = self.text if kind == "text" else self.photo
        if not len(self.photos):
            return scale.centre, scale.spread
        median = float(np.median(compared(self.photos, query)))
        # where most of a library is what was asked for, its median is no measure of unrelated photos
        return min(median, scale.centre + COMMON_QUERY * scale.wander), scale.spread


def _scale(similarities: Floats) -> Scale:
    if similarities.size < 2:
        return Scale(0.0, 0.0, 1.0)
    medians = np.median(similarities, axis=1)
    centre = float(np.median(medians))
    wander = MAD_TO_DEVIATION * float(np.median(np.abs(medians - centre)))
    around = similarities - medians[:, None]
    spread = MAD_TO_DEVIATION * float(np.median(np.abs(around)))
    # in a handful of photos most similarities may be the same, and a robust deviation nothing
    return Scale(centre, wander, max(spread, 0.5 * float(around.std()), 1e-4))
