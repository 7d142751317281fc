"""Whether a copy answers as its original does: the same queries asked of both, ids and scores compared.

Both hold the same vectors to the bit, but each engine finds what is near in its own way: one multiplies all vectors in
one order and the other in another, and a large library is searched by a graph, or only the nearest photos of each wish
are looked at. So an answer is

- *identical*: the same photos in the same order, with scores that differ by no more than SAME_SCORE, which is what
  summing up float32 in another order makes;
- *alike*: as identical, but photos whose scores differ by less than NOISE stand in another order, or on the other side
  of the page's end. NOISE is what float16, in which vectors are kept, leaves open of a score;
- *searched otherwise*: at least LEAST_COMMON of the photos are in both, but one side has photos that the other did not
  look at; asked about just these, both give each of them the same score. The engines agree then about every photo, and
  not about which they looked at: a graph loses a few, and of a large library PostgreSQL looks only at those that are
  nearest, or whose words say most, where SQLite looks at all. That is how the engines are, and no fault of a copy; how
  many answers it concerns, and how many of their photos are in both, is told.

Anything else is a difference.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.calibration import SAMPLE_PHOTOS, Calibration
from core.encoder import EncoderServices
from core.enrich import word_vectors
from core.errors import EncoderUnavailable, NotFound
from core.ingest import Progress
from core.library import Library
from core.options import LibraryOptions
from core.query import Query
from core.spaces import current_space, recorded
from core.store import Store

SAME_SCORE, NOISE = 1e-4, 1e-3
LEAST_COMMON = 0.5
HITS = 10

Scores = dict[str, float]  # by id, best first


@dataclass(frozen=True, slots=True)
class Answers:
    """How the answers of two libraries compare."""

    asked: int = 0
    identical: int = 0
    alike: int = 0
    otherwise: int = 0
    common: float = 1.0  # share of the photos of those that are in both
    different: tuple[str, ...] = ()  # queries

    @property
    def same(self) -> bool:
        """Whether the copy answers as its original."""
        return not self.different


@dataclass(frozen=True, slots=True)
class Asked:
    """A library with what is usual in it."""

    library: Library
    calibration: Calibration | None

    async def scores(self, query: Query, among: Sequence[str] | None = None) -> Scores:
        """Return the first hits of a query, or those of these photos that are any."""
        limit = HITS if among is None else len(among)
        try:
            page = await self.library.find(
                query, limit=limit, calibration=self.calibration, collapse=False, among=among
            )
        except NotFound:  # a photo to be like was taken out of one meanwhile
            return {}
        return {hit.photo.id: hit.score for hit in page.hits}


async def calibrations(
    source: Store, target: Store, services: EncoderServices, options: LibraryOptions
) -> tuple[Calibration | None, Calibration | None]:
    """Return what is usual in each library, of its own vectors; words that are embedded for it are kept in the target.

    So nothing is written to the source, which a query may do where nobody has asked there before.
    """
    space, own = await current_space(target), await current_space(source)
    if space is None or own is None:
        return None, None
    name, _ = await recorded(target)
    try:
        words = await word_vectors(target, services.get(name), space, options.vocabulary)
    except EncoderUnavailable:  # photos are still like each other
        words = np.empty((0, space.dimensions), np.float32)
    samples = await source.vectors.sample(own, SAMPLE_PHOTOS), await target.vectors.sample(space, SAMPLE_PHOTOS)
    first, second = [await asyncio.to_thread(Calibration.fit, sample.astype(np.float32), words) for sample in samples]
    return first, second


async def compare_answers(source: Asked, target: Asked, queries: Sequence[Query], progress: Progress) -> Answers:
    """Ask both libraries and compare what they answer."""
    kinds: Counter[str] = Counter()
    different, shares = [], []
    for done, query in enumerate(queries, 1):
        kind, common = await _compare(source, target, query)
        kinds[kind] += 1
        if kind == "different":
            different.append(str(query))
        elif kind == "otherwise":
            shares.append(common)
        progress(done, len(queries))
    mean = sum(shares) / len(shares) if shares else 1.0
    return Answers(len(queries), kinds["identical"], kinds["alike"], kinds["otherwise"], mean, tuple(different))


async def _compare(source: Asked, target: Asked, query: Query) -> tuple[str, float]:
    """Return how two answers compare, and the share of their photos that are in both."""
    own, other = await source.scores(query), await target.scores(query)
    common = len(own.keys() & other.keys()) / max(len(own), len(other), 1)
    if list(own) == list(other) and _agree(own, other, SAME_SCORE):
        return "identical", common
    if len(own) == len(other) and _agree(own, other, NOISE) and _same_places(own, other):
        return "alike", common
    if query.sort != "match" or common < LEAST_COMMON:
        return "different", common
    named = list(own | other)
    asked = await source.scores(query, named), await target.scores(query, named)
    same = asked[0].keys() == asked[1].keys() and _agree(*asked, NOISE)
    return "otherwise" if same else "different", common


def _agree(own: Scores, other: Scores, within: float) -> bool:
    """Tell whether photos that are in both have the same scores."""
    return all(abs(score - other[photo_id]) <= within for photo_id, score in own.items() if photo_id in other)


def _same_places(own: Scores, other: Scores) -> bool:
    """Tell whether each place has about the same score in both, and who is in one only stood at the page's end."""
    pairs = list(zip(own.values(), other.values(), strict=True))
    alone = [score for photo_id, score in (own | other).items() if (photo_id in own) != (photo_id in other)]
    if alone and len(pairs) < HITS:
        return False
    end = min(min(pair) for pair in pairs)
    return all(abs(first - second) <= NOISE for first, second in pairs) and all(s - end <= NOISE for s in alone)
