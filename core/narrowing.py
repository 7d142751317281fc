"""Which photos may be hits at all: those that meet filters, hold phrases, and are among those that a request names.

In a large library the photos that meet a wide condition take far longer to read than a search takes. So there the
nearest photos are looked at first: where enough of them meet it, the nearest of all that do are among those.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.calibration import Floats
from core.query import Filter, Query
from core.ranking import Evidence, Numbers
from core.store import Store
from core.vectors import VectorIndex

SAMPLED = 64  # photos by which it is told how much of a large library meets conditions
WIDE = 0.25  # share of photos that meet them, from which those that may come first are looked at, instead of all


@dataclass(frozen=True, slots=True)
class Conditions:
    """What every hit must meet."""

    filters: tuple[Filter, ...]
    as_of: int | None  # photos that came in after the one with this number are none
    demanded: tuple[Numbers, ...]  # for each phrase, the photos that hold it, ascending
    excluded: tuple[Numbers, ...]
    among: tuple[str, ...] | None  # ids of the only photos that may be hits
    newer_than: int | None  # a photo's n; only photos that came in after it may be


class Narrowing:
    """Tells which photos of a library meet conditions."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def conditions(
        self, query: Query, as_of: int | None, among: tuple[str, ...] | None, newer_than: int | None
    ) -> Conditions:
        """Return what is demanded of hits. A query's phrases are looked up, its filters not yet."""
        demanded: list[Numbers] = []
        excluded: list[Numbers] = []
        for text in query.texts:
            if text.exact or text.negative:
                holding = await self._store.words.holding_phrase(text.text)
                (demanded if text.exact else excluded).append(holding)
        excluded = [holding for holding in excluded if holding.size]
        return Conditions(query.filters, as_of, tuple(demanded), tuple(excluded), among, newer_than)

    async def meeting(self, conditions: Conditions) -> Numbers | None:
        """Return the numbers of all photos that meet the conditions, ascending; None where there are none to meet."""
        allowed = await self._written(conditions, None)
        if conditions.among is not None:
            numbers = await self._store.photos.numbers_of(conditions.among)
            named = np.unique(np.array(list(numbers.values()), np.int64))  # an id may be there in two spellings
            allowed = named if allowed is None else np.intersect1d(allowed, named, assume_unique=True)
        if conditions.newer_than is not None:
            allowed = await self._store.photos.numbers() if allowed is None else allowed
            allowed = allowed[allowed > conditions.newer_than]
        return allowed

    async def likely(
        self, conditions: Conditions, whole: VectorIndex, direction: Callable[[], Floats], words: Evidence, pool: int
    ) -> Numbers | None:
        """Return the numbers of photos that meet the conditions, out of those that may come first, ascending.

        Those are the `pool` nearest to a direction and those for which `words` say most. None where all that meet the
        conditions should be compared: where all are anyway, where they are few, or where too few of the nearest are
        among them, as when a filter goes with the content.
        """
        if not whole.proposes or conditions.among is not None or conditions.newer_than is not None:
            return None
        sample = whole.sample(SAMPLED)
        met = await self._written(conditions, sample)
        if met is None or len(met) < WIDE * len(sample):
            return None
        near = await asyncio.to_thread(lambda: whole.candidates(direction(), pool))
        met = await self._written(conditions, np.union1d(near, words.strongest(pool).numbers))
        enough = met is not None and np.isin(near, met, assume_unique=True).sum() >= WIDE * pool
        return met if enough else None

    async def _written(self, conditions: Conditions, asked: Numbers | None) -> Numbers | None:
        """Return which photos (of those `asked`) meet what the library itself says of them."""
        filters, phrases = self._store.filters, conditions.demanded or conditions.excluded
        allowed = await filters.matching(conditions.filters, as_of=conditions.as_of, among=asked)
        if allowed is None and phrases:
            allowed = asked
        for holding in conditions.demanded:
            allowed = holding if allowed is None else np.intersect1d(allowed, holding, assume_unique=True)
        for holding in conditions.excluded:
            everything = await self._store.photos.numbers() if allowed is None else allowed
            allowed = np.setdiff1d(everything, holding, assume_unique=True)
        return allowed
