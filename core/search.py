"""Runs a query: filters in SQL, one ranking by meaning and by words, near-duplicates together, a page of hits.

Every photo gets a probability of being what was asked for, from how far its similarity stands out and from how much of
the query its own words hold. The two are joined as independent evidence, so words can only speak for a photo: one that
nobody described is never the lower for it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from core.calibration import Calibration, Floats, Match
from core.credits import credit_for
from core.encoder import Vectors
from core.errors import BadQuery, DamagedLibrary, EncoderUnavailable, Message, NotFound, no_photo
from core.index import Asked, LibraryIndex, View
from core.narrowing import Narrowing
from core.photos import Credit, Photo
from core.query import Like, Query, Text
from core.ranking import (
    GOOD,
    Evidence,
    Ranking,
    Term,
    Terms,
    direction_of,
    diversified,
    match_of,
    rank,
    rank_alone,
    word_doubt,
)
from core.remembering import Remembered
from core.store import Space, Store, telling_words

LEAST_POOL = 256  # candidates that an approximate index is asked for, at least; twice as many for several wishes
GROUPS_AT_ONCE = 32
MOST_HITS = 10_000  # of the answers that are remembered


@dataclass(frozen=True, slots=True)
class Request:
    """A query with what stands beside it."""

    query: Query
    images: tuple[tuple[Floats, float], ...] = ()  # vectors of photos with their weights; below 0: to be unlike
    limit: int = 10
    offset: int = 0
    as_of: int | None = None  # the newest photo's n when the first page was shown, so that later ones do not shift
    collapse: bool = True
    diverse: bool = False
    calibration: Calibration | None = None  # of a larger library of the same encoder; left out: this library's own
    among: tuple[str, ...] | None = None  # ids of the only photos that may be hits; None: all may
    newer_than: int | None = None  # a photo's n; only photos that came in after it may be hits


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
    notices: tuple[Message, ...] = ()  # what the user should know about this answer


class Searcher:
    """Answers queries over one library, and remembers the answers until something in it changes."""

    def __init__(
        self,
        store: Store,
        encode_texts: Callable[[Sequence[str]], Awaitable[Vectors]],
        index: LibraryIndex,
        calibrated: Callable[[Space, int], Awaitable[Calibration]],
        *,
        app_name: str,
    ) -> None:
        self._store = store
        self._encode_texts = encode_texts
        self._index = index
        self._calibrated = calibrated
        self._app_name = app_name
        self._narrowing = Narrowing(store)
        self._pages: Remembered[tuple[Page, Calibration | None]] = Remembered(
            store.version, MOST_HITS, size=lambda kept: 1 + len(kept[0].hits)
        )

    async def find(self, request: Request) -> Page:
        """Return one page of hits.

        Raises BadQuery when nothing is asked for, and NotFound when a photo to be like is not there.
        """
        if request.query.is_empty and not request.images and request.query.sort == "match":
            raise BadQuery("Say what to look for, for example: sunset over ocean", suggestion="sunset over ocean")
        key = _key_of(request)
        page, _ = await self._pages.get(key, lambda: self._answer(request), worth=lambda kept: not kept[0].notices)
        return page

    async def _answer(self, request: Request) -> tuple[Page, Calibration | None]:
        """Return a page, and what its key is the id of, which shall be nobody else's while the page is remembered."""
        newest = await self._store.photos.newest()
        as_of = newest if request.as_of is None else request.as_of
        view = await self._index.current()
        terms = await self._terms(request, view)
        words = await self._words(request.query)
        calibration = request.calibration
        by_meaning = bool(view.space and (terms.positive or terms.negative))
        if calibration is None and view.space and by_meaning:
            calibration = await self._calibrated(view.space, len(view))
        direction = partial(direction_of, terms, calibration) if calibration is not None and by_meaning else None
        conditions = await self._narrowing.conditions(
            request.query, as_of if as_of < newest else None, request.among, request.newer_than
        )
        allowed, wanted = None, _pool(request)
        if view.whole is not None and direction is not None and terms.positive and not terms.elsewhere:
            allowed = await self._narrowing.likely(conditions, view.whole, direction, words, wanted)
        if allowed is None:
            allowed = await self._narrowing.meeting(conditions)
        words = words if view.whole is not None else words.within(allowed)
        # the vectors of all photos that hold a common word are too many to fetch
        fetched = words if view.whole is not None else words.strongest(wanted)
        index = await view.around(Asked(direction, wanted, allowed, fetched.numbers))
        if view.whole is None:  # what comes in by its look keeps what its words say
            words = words.within(np.union1d(index.keys, fetched.numbers))
        every = terms.conditions_only and allowed is None
        everything = await self._store.photos.numbers() if every else np.empty(0, np.int64)
        pool = len(index) if index.exact else wanted
        ranking = await asyncio.to_thread(
            lambda: rank(terms, index, calibration, allowed, words, everything, pool).in_order(wanted)
        )
        ranking = await self._in_order(ranking, request.query)
        if request.diverse:
            ranking = await asyncio.to_thread(diversified, ranking, index)
        return await self._page(ranking, request, as_of, terms.notices), request.calibration

    async def _terms(self, request: Request, view: View) -> Terms:
        """Turn what is asked for into vectors; where the encoder is missing, say so and go on with words."""
        query = request.query
        positive = [Term(vector, weight, "photo") for vector, weight in request.images if weight > 0]
        negative = [Term(vector, -weight, "photo") for vector, weight in request.images if weight < 0]
        elsewhere: list[Evidence] = []
        notices: list[Message] = []
        references: list[int] = []
        texts = _texts(query)
        vectors: Sequence[Floats] = ()
        try:
            if len(view):
                vectors = list(await self._encode_texts([text.text for text in texts]))
        except EncoderUnavailable as error:
            notices.append(
                Message(
                    "{cause} Until then photos are found by their words, tags and photographers only.",
                    {"cause": error.message},
                )
            )
        for text, vector in zip(texts, vectors, strict=False):
            (negative if text.negative else positive).append(Term(vector, text.weight, "text"))
        for like in query.likes:
            n = await self._number(like.photo_id)
            references.append(n)
            own = (await view.vectors([n])).get(n)
            if own is not None:
                (negative if like.negative else positive).append(Term(own, like.weight, "photo"))
                continue
            space, reference = await self._elsewhere(n, like, view.space)
            if not like.negative:
                elsewhere.append(await self._like_in(space, reference))
        nothing = not (texts or query.likes or request.images)
        numbers = np.array(references, np.int64)
        return Terms(tuple(positive), tuple(negative), tuple(elsewhere), numbers, nothing, tuple(notices))

    async def _number(self, photo_id: str) -> int:
        n = (await self._store.photos.numbers_of([photo_id])).get(photo_id)
        if n is None:
            raise no_photo(photo_id, await self._store.photos.ids_like(photo_id[:4], 3))
        return n

    async def _like_in(self, space: Space, reference: Floats) -> Evidence:
        """Return what speaks for photos that are like a vector (d,) of another encoder."""
        changes = await self._store.vectors.changes(space)
        return await asyncio.to_thread(rank_alone, changes.photos, changes.vectors.astype(np.float32), reference)

    async def _elsewhere(self, n: int, like: Like, current: Space | None) -> tuple[Space, Floats]:
        """Return the vector (d,) of a photo that has none of the current encoder, and the space that it is of.

        Raises DamagedLibrary and NotFound.
        """
        for space in await self._store.vectors.spaces():
            if space != current and (own := await self._store.vectors.get(space, [n])):
                return space, own[n].astype(np.float32)
        photo = await self._store.photos.by_id(like.photo_id)
        if photo is not None and photo.content_hash:  # then it had a vector
            raise DamagedLibrary(
                "What is kept of the photo {id} is damaged, so nothing can be found that is like it. "
                "Run `modaclip check --repair`.",
                id=like.photo_id,
            )
        raise NotFound("The photo {id} has no picture here, so nothing can be found that is like it.", id=like.photo_id)

    async def _words(self, query: Query) -> Evidence:
        """Return what speaks for photos whose own words hold those of the query."""
        matches = await self._store.words.match(telling_words(query.wanted))
        return Evidence(matches.photos, word_doubt(matches.coverage))

    async def _in_order(self, ranking: Ranking, query: Query) -> Ranking:
        """Return the ranking in the order asked for. Other orders take what matches, or all where nothing is meant."""
        if query.sort == "match":
            return ranking
        ranking = ranking.in_order(len(ranking.numbers))
        good = ranking.doubts <= np.log(1 - GOOD)
        numbers, doubts = (
            (ranking.numbers[good], ranking.doubts[good]) if good.any() else (ranking.numbers, ranking.doubts)
        )
        if query.sort == "new":
            place = await self._store.photos.places_by_age()
            order = np.array(sorted(range(len(numbers)), key=lambda i: place.get(int(numbers[i]), len(place))), np.intp)
        else:  # the same for the same query, so that pages do not repeat photos
            seed = int.from_bytes(hashlib.sha256(str(query).encode()).digest()[:8], "big")
            order = np.random.default_rng(seed).permutation(len(numbers))
        return Ranking(numbers[order], doubts[order], len(order))

    async def _page(self, ranking: Ranking, request: Request, as_of: int, notices: tuple[Message, ...]) -> Page:
        ranking, firsts, groups = await self._grouped(ranking, request)
        shown = firsts[request.offset : request.offset + request.limit]
        behind = {place: groups[place] for place in shown}
        wanted = [int(ranking.numbers[i]) for place in shown for i in (place, *behind[place])]
        photos = await self._store.photos.get(wanted)
        hits = []
        for number, place in enumerate(shown, request.offset + 1):
            photo = photos.get(int(ranking.numbers[place]))
            if photo is None:  # taken out since it was found
                continue
            score = float(-np.expm1(ranking.doubts[place]))
            twins = (photos.get(int(ranking.numbers[i])) for i in behind[place])
            alike = tuple(twin.id for twin in twins if twin is not None)
            credit = credit_for(photo, app_name=self._app_name)
            hits.append(Hit(number, photo, score, match_of(score), credit, alike))
        more = len(firsts) > request.offset + request.limit
        matches = bool(len(ranking.doubts)) and bool(-np.expm1(ranking.doubts.min()) >= GOOD)
        if self._store.damaged:
            left_out = Message(
                "What is kept of {count} photos is damaged; they may be missing here. Run `modaclip check --repair`.",
                {"count": self._store.damaged},
            )
            notices = (*notices, left_out)
        return Page(tuple(hits), matches, request.offset + request.limit if more else None, as_of, notices)

    async def _grouped(self, ranking: Ranking, request: Request) -> tuple[Ranking, list[int], dict[int, list[int]]]:
        """Return the places of hits to show, one more than the page needs, and those of near-duplicates behind each.

        And the ranking, in order as far as that.
        """
        count, enough = len(ranking.numbers), request.offset + request.limit
        if not request.collapse:
            places = range(min(count, enough + 1))
            return ranking.in_order(len(places)), list(places), {place: [] for place in places}
        firsts: list[int] = []
        groups: dict[int, list[int]] = {}
        leader: dict[int, int] = {}  # by group: the place of its best photo
        for start in range(0, count, GROUPS_AT_ONCE):
            ranking = ranking.in_order(start + GROUPS_AT_ONCE)
            part = ranking.numbers[start : start + GROUPS_AT_ONCE].tolist()
            alike = await self._store.photos.alike(part)
            for place, n in enumerate(part, start):
                first = leader.setdefault(alike.get(n, n), place)
                if first == place:
                    firsts.append(place)
                    groups[place] = []
                else:
                    groups[first].append(place)
            if len(firsts) > enough:
                break
        return ranking, firsts, groups


def _key_of(request: Request) -> Hashable:
    """Return what a page is remembered by: all of its request."""
    images = tuple((vector.tobytes(), weight) for vector, weight in request.images)
    return replace(request, images=(), calibration=None), images, id(request.calibration)


def _pool(request: Request) -> int:
    """Return how many candidates to take from an approximate index: in steps, so that pages agree with each other."""
    wanted = 4 * (request.offset + request.limit)
    several = len(_texts(request.query)) + len(request.query.likes) + len(request.images) > 1
    return max(2 * LEAST_POOL if several else LEAST_POOL, 1 << (wanted - 1).bit_length())


def _texts(query: Query) -> list[Text]:
    """Return the texts that a query is ranked by: its own and its tags, which say what they look like."""
    tags = [
        Text(tag.value, 1.0 if tag.weight is None else tag.weight, tag.negative)
        for tag in query.filters
        if tag.key == "tag" and not (tag.negative and tag.weight is None)
    ]
    return [*query.texts, *tags]
