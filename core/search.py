"""Runs a query: filters in SQL, one ranking by meaning and by words, near-duplicates together, a page of hits.

Every photo gets a probability of being what was asked for, from how far its similarity stands out and from how much of
the query its own words hold. The two are joined as independent evidence, so words can only speak for a photo: one that
nobody described is never the lower for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from core.calibration import Calibration, Floats, Match
from core.credits import credit_for
from core.encoder import EncoderService
from core.errors import EncoderUnavailable, NotFound
from core.photos import Credit, Photo
from core.query import Query
from core.ranking import Doubles, Term, avoid, combine, diversify, doubt, match_of, word_doubt
from core.store import Space, Store, WordMatches, telling_words
from core.vectors import VectorIndex

Numbers = npt.NDArray[np.int64]
DIVERSIFIED = 200  # the first hits, which people look at
POOL = 2048  # candidates taken from the approximate index, at least; also for ranking again


@dataclass(frozen=True, slots=True)
class Request:
    """A query with what stands beside it."""

    query: Query
    images: tuple[tuple[Floats, float], ...] = ()  # vectors of reference photos, with their weights
    limit: int = 10
    offset: int = 0
    as_of: int | None = None  # the newest photo's n when the first page was shown, so that later ones do not shift
    collapse: bool = True
    diverse: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """One photo of an answer."""

    rank: int  # from 1
    photo: Photo
    score: float  # 0 to 1: the probability that this is what was asked for
    match: Match
    credit: Credit
    alike: tuple[str, ...] = ()  # ids of near-duplicates that stand behind this one


@dataclass(frozen=True, slots=True)
class Page:
    """A page of an answer."""

    hits: tuple[Hit, ...]
    matches: bool  # False: nothing matches, and the hits are merely the closest
    next_offset: int | None  # None on the last page
    as_of: int  # to be given back with the next page's request
    notices: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Ranking:
    """All candidates, best first."""

    numbers: Numbers
    scores: Doubles


@dataclass(frozen=True, slots=True)
class Terms:
    """A query's terms as vectors, and what could not be made into one."""

    positive: tuple[Term, ...]
    negative: tuple[Term, ...]
    elsewhere: tuple[tuple[int, float], ...]  # photos (n, weight) to be like that have a vector in other spaces only
    notices: tuple[str, ...] = ()


class Searcher:
    """Answers queries over one library."""

    def __init__(
        self,
        store: Store,
        encoder: EncoderService,
        index: Callable[[], Awaitable[VectorIndex]],
        calibration: Callable[[], Awaitable[Calibration]],
        *,
        app_name: str = "modaclip",
    ) -> None:
        self._store = store
        self._encoder = encoder
        self._index = index
        self._calibration = calibration
        self._app_name = app_name

    async def find(self, request: Request) -> Page:
        """Return one page of hits.

        Raises BadQuery, NotFound (a photo to be like that is not there) or EncoderUnavailable.
        """
        as_of = request.as_of if request.as_of is not None else await self._store.photos.newest()
        index = await self._index()
        terms = await self._terms(request, index)
        allowed = await self._allowed(request.query, as_of)
        words = await self._words(request.query)
        ranking = await self._rank(terms, index, allowed, words, request)
        ranking = await self._sorted(ranking, request.query)
        if request.diverse:
            ranking = await asyncio.to_thread(_diversified, ranking, index)
        return await self._page(ranking, request, as_of, terms.notices)
