"""What words say of a photo, whichever engine finds them: which ones tell photos apart, and how much each counts."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

import numpy as np

from core.store.values import Numbers, WordMatches

COMMON = 50_000  # photos; a word that more of them hold tells little of any, and takes long to read
COLUMNS = ("title", "description", "tags", "photographer", "place")

# Words that say nothing of what is in a photo; as many photos without them are meant as with them.
STOP_WORDS = frozenset(
    "a an and are as at be by for from has have in into is it its near next of on onto or over photo photos picture "
    "pictures image images some that the their there these this those through to under up very was were which while "
    "with without".split()
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def words_in(text: str) -> list[str]:
    """Return the words of a text, in their order."""
    return _WORD.findall(text)


def telling_words(texts: Iterable[str]) -> list[str]:
    """Return the words of these texts that can tell photos apart, lower case, each once."""
    words = (word.lower() for text in texts for word in _WORD.findall(text))
    return list(
        dict.fromkeys(word for word in words if word not in STOP_WORDS and (len(word) > 1 or not word.isascii()))
    )


def weigh(found: Sequence[Numbers], total: int) -> WordMatches:
    """Return the photos that hold any word, with their coverage; `found` are those that hold each.

    A word weighs its inverse document frequency (K. Sparck Jones, 1972) among the `total` photos that have words at
    all, so that "saturn" counts for more than "sky". A word that nobody wrote here tells no photos apart: it weighs
    half of the least telling of the others.
    """
    if not found:
        return WordMatches(np.empty(0, np.int64), np.empty(0, np.float32))
    weights = [math.log(1 + total / len(photos)) if len(photos) else 0.0 for photos in found]
    absent = 0.5 * min((weight for weight in weights if weight), default=1.0)
    weights = [weight or absent for weight in weights]
    photos, place = np.unique(np.concatenate(found), return_inverse=True)
    each = np.concatenate([np.full(len(ns), weight) for ns, weight in zip(found, weights, strict=True)])
    coverage = np.bincount(place, each, len(photos)) / max(sum(weights), 1e-9)
    return WordMatches(photos, coverage.astype(np.float32))
