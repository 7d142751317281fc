"""One team's photos, with the shared collections that it may read, asked as if they were one library.

A team's own photos are a library of their own, in a folder of their own: nothing of one team can show in another's
answers, because no query ever reaches it. Photos of a shared collection are typed with its name, `COLLECTION/ID`; the
collection itself is never changed from a workspace.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from core.calibration import Calibration, Floats
from core.curation import Record
from core.errors import BadRecord, Message, no_photo
from core.library import Library, Reference
from core.photos import Credit, Photo
from core.query import Like, Query
from core.search import Hit, Page
from core.suggestions import Counts, Suggestions

SEPARATOR = "/"
OWN = ""  # the name of the team's own library
MOST_ROWS = 2000  # hits that a merged answer is looked through for, from each library


@dataclass(frozen=True, slots=True)
class Embedded:
    """A picture that is asked with, as each encoder of the workspace sees it; the picture itself is not kept."""

    vectors: Mapping[str, Floats]  # by the encoder's name
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Found:
    """A page of an answer from all libraries of a workspace."""

    hits: tuple[Hit, ...]  # their photos carry the ids that people type here
    matches: bool
    next_offset: int | None
    as_of: Mapping[str, int]  # by library; to be given back with the next page's request
    notices: tuple[Message, ...] = ()


class Workspace:
    """A team's own library and the collections that it may read."""

    def __init__(self, own: Library, collections: Mapping[str, Library], *, collapse: bool = True) -> None:
        self.own = own
        self._libraries = {OWN: own, **collections}
        self._suggestions = {name: Suggestions(library) for name, library in self._libraries.items()}
        self._collapse = collapse

    async def close(self) -> None:
        """Stop what goes on beside the answers."""
        for suggestions in self._suggestions.values():
            await suggestions.close()

    @property
    def libraries(self) -> Mapping[str, Library]:
        """All libraries that are asked, by name; the team's own has none."""
        return self._libraries

    # Finding

    async def count(self) -> int:
        """Return how many photos there are, in all libraries."""
        return sum([await library.count() for library in self._libraries.values()])

    async def embed(self, data: bytes, name: str = "") -> Embedded:
        """Return a picture as it is asked with. Raises BadImage."""
        vectors: dict[str, Floats] = {}
        for library in self._libraries.values():
            if (encoder := library.encoder.encoder.name) not in vectors:
                vectors[encoder] = await library.embed(Reference(data, name))
        return Embedded(vectors)

    async def find(
        self,
        query: Query,
        *,
        shown: Sequence[Embedded] = (),
        limit: int = 9,
        offset: int = 0,
        as_of: Mapping[str, int] | None = None,
        newer_than: Mapping[str, int] | None = None,
    ) -> Found:
        """Return a page of hits from every library, best first.

        For the next page give `offset=found.next_offset, as_of=found.as_of`. `newer_than` are marks that `newest` gave:
        only photos that came in after them are hits. Raises BadQuery, or NotFound.
        """
        likes = [(like, *await self._holder(like.photo_id)) for like in query.likes]
        counts = {name: await library.count() for name, library in self._libraries.items()}
        held = [name for name, count in counts.items() if count]
        asked = [name for name in held if not as_of or name in as_of] or [OWN]  # none that came in after the first page
        alone = len(asked) == 1
        largest = self._libraries[max(asked, key=lambda name: counts[name])]
        calibration = None if alone else await largest.calibration()
        pages: dict[str, Page] = {}
        for name in asked:
            pages[name] = await self._ask(
                name,
                query,
                likes,
                shown,
                limit if alone else min(offset + limit, MOST_ROWS),
                offset if alone else 0,
                as_of,
                # two photos don't tell what is usual; one measure for all makes their scores comparable, too
                calibration if self._libraries[name].encoder is largest.encoder else None,
                newer_than=None if newer_than is None else newer_than.get(name, 0),
            )
        parts = [[_renamed(hit, name) for hit in page.hits] for name, page in pages.items()]
        hits = parts[0] if alone else _merged(parts, query)[offset : offset + limit]
        more = any(page.next_offset is not None for page in pages.values()) or (
            not alone and sum(len(page.hits) for page in pages.values()) > offset + limit
        )
        told = {str(notice): notice for page in pages.values() for notice in page.notices}
        return Found(
            tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, offset + 1)),
            any(page.matches for page in pages.values()),
            offset + limit if more and hits else None,
            {name: page.as_of for name, page in pages.items()},
            tuple(told.values()),
        )

    async def match(self, query: Query, ids: Sequence[str]) -> dict[str, float]:
        """Return with which probability each of these photos is what a query asks for, by id.

        Those that are gone, or miss a condition, are left out. Raises BadQuery and NotFound.
        """
        likes = [(like, *await self._holder(like.photo_id)) for like in query.likes]
        calibrations = await self.calibrations()
        scores: dict[str, float] = {}
        for name, own_ids in self._by_library(ids).items():
            usual = calibrations.get(self._libraries[name].encoder.encoder.name)
            page = await self._ask(name, query, likes, (), len(own_ids), 0, None, usual, among=own_ids)
            scores |= {_typed(name, hit.photo.id): hit.score for hit in page.hits}
        return scores

    async def photos(self, ids: Sequence[str]) -> dict[str, Photo]:
        """Return those of these photos that are here, by the whole ids that `photo` gives."""
        found: dict[str, Photo] = {}
        for name, own_ids in self._by_library(ids).items():
            photos = await self._libraries[name].photos(own_ids)
            found |= {_typed(name, own_id): replace(one, id=_typed(name, one.id)) for own_id, one in photos.items()}
        return found

    async def vectors(self, ids: Sequence[str]) -> dict[str, tuple[str, Floats]]:
        """Return the encoder's name and the vector of those of these photos that have one, by their whole ids."""
        found: dict[str, tuple[str, Floats]] = {}
        for name, own_ids in self._by_library(ids).items():
            library = self._libraries[name]
            vectors = await library.vectors_of(own_ids)
            encoder = library.encoder.encoder.name
            found |= {_typed(name, own_id): (encoder, vector) for own_id, vector in vectors.items()}
        return found

    async def calibrations(self) -> dict[str, Calibration]:
        """Return what is usual for each encoder, by its name: in the largest library that uses it."""
        largest: dict[str, tuple[int, Library]] = {}
        for library in self._libraries.values():
            encoder, count = library.encoder.encoder.name, await library.count()
            if count > largest.get(encoder, (0, library))[0]:
                largest[encoder] = (count, library)
        found = {encoder: await library.calibration() for encoder, (_, library) in largest.items()}
        return {encoder: one for encoder, one in found.items() if one is not None}

    async def newest(self) -> dict[str, int]:
        """Return a mark in each library, by name: photos that come in from now on are newer."""
        return {name: await library.newest() for name, library in self._libraries.items()}

    async def photo(self, photo_id: str) -> Photo:
        """Return a photo, under the id that people type for it here. Raises NotFound."""
        library, name, own_id = await self._holder(photo_id)
        photo = await library.photo(own_id)
        return replace(photo, id=_typed(name, photo.id))

    def credit(self, photo: Photo) -> Credit:
        """Return the credit that must stand with a photo of this workspace."""
        return self.own.credit(photo)

    def library_of(self, photo: Photo) -> Library:
        """Return the library that holds a photo which this workspace gave."""
        name, _ = self._split(photo.id)
        return self._libraries[name]

    async def tags(self, typed: str = "", *, current: bool = False) -> Counts:
        """Return tags of which a word begins as typed, with how many photos have them, most first.

        Those of the last change may be missing, unless `current`.
        """
        return _summed([await suggestions.tags(typed, current=current) for suggestions in self._suggestions.values()])

    async def photographers(self, typed: str = "") -> Counts:
        """Return photographers of whose name a word begins as typed, those with most photos first."""
        return _summed([await suggestions.photographers(typed) for suggestions in self._suggestions.values()])

    async def ids(self, typed: str, *, limit: int = 25) -> list[str]:
        """Return ids that begin as typed."""
        found: list[str] = []
        for name, library in self._libraries.items():
            beginning = typed.removeprefix(_typed(name, ""))
            if name == OWN or beginning != typed:
                found += [_typed(name, photo_id) for photo_id in await library.ids(beginning, limit=limit)]
        return found[:limit]

    # Changing: the team's own photos only

    async def add(self, data: bytes, name: str, record: Record) -> tuple[Photo, bool]:
        """Take in a picture; return its photo, and whether it is new. Raises BadImage and BadRecord."""
        return await self.own.add(data, name, record)

    async def edit(self, photo_id: str, record: Record) -> Photo:
        """Correct what is said of a photo. Raises BadRecord and NotFound."""
        return await self.own.edit(await self._own_id(photo_id), record)

    async def retag(self, photo_id: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> Photo:
        """Give tags to a photo and take others away. Raises BadRecord and NotFound."""
        return await self.own.retag(await self._own_id(photo_id), add=add, remove=remove)

    async def remove(self, photo_id: str) -> Photo:
        """Take a photo out. Raises BadRecord and NotFound."""
        return await self.own.remove(await self._own_id(photo_id))

    async def _own_id(self, photo_id: str) -> str:
        _, name, own_id = await self._holder(photo_id)
        if name != OWN:
            raise BadRecord(
                "{id} belongs to the shared collection {collection}, which only its keeper changes.",
                id=photo_id,
                collection=name,
            )
        return own_id

    def _split(self, photo_id: str) -> tuple[str, str]:
        """Return the library that an id names, and the id in it."""
        name, separator, rest = photo_id.strip().partition(SEPARATOR)
        return (name, rest) if separator and name in self._libraries else (OWN, photo_id.strip())

    def _by_library(self, ids: Sequence[str]) -> dict[str, list[str]]:
        """Return the ids as each library knows them, by the library's name."""
        groups: dict[str, list[str]] = {}
        for photo_id in ids:
            name, own_id = self._split(photo_id)
            groups.setdefault(name, []).append(own_id)
        return groups

    async def _holder(self, photo_id: str) -> tuple[Library, str, str]:
        """Return the library that holds a photo, its name, and the photo's id in it. Raises NotFound."""
        name, own_id = self._split(photo_id)
        if name == OWN and not await self.own.holds(own_id):
            for other, library in self._libraries.items():
                if other != OWN and await library.holds(own_id):
                    return library, other, own_id
            raise no_photo(photo_id, await self.ids(own_id[:3], limit=3))
        return self._libraries[name], name, own_id

    async def _ask(
        self,
        name: str,
        query: Query,
        wanted: Sequence[tuple[Like, Library, str, str]],
        shown: Sequence[Embedded],
        limit: int,
        offset: int,
        as_of: Mapping[str, int] | None,
        calibration: Calibration | None,
        *,
        among: Sequence[str] | None = None,
        newer_than: int | None = None,
    ) -> Page:
        """Ask one library. What it shall be like may be in another: that goes along as a vector.

        `wanted` are the query's photos to be like, each with the library that holds it, its name, and the id there.
        """
        library = self._libraries[name]
        encoder = library.encoder.encoder.name
        images = [(one.vectors[encoder], one.weight) for one in shown if encoder in one.vectors]
        likes: list[Like] = []
        for like, holder, where, own_id in wanted:
            if where == name:
                likes.append(replace(like, photo_id=own_id))
            elif holder.encoder.encoder.name == encoder and (vector := await holder.vector_of(own_id)) is not None:
                images.append((vector, -like.weight if like.negative else like.weight))
        rest = replace(query, likes=tuple(likes))
        if rest.is_empty and not images and (query.likes or shown):  # nothing that this library could compare
            return Page((), False, None, 0)
        return await library.find(
            rest,
            images=images,
            limit=limit,
            offset=offset,
            as_of=(as_of or {}).get(name),
            collapse=self._collapse and among is None,
            calibration=calibration,
            among=among,
            newer_than=newer_than,
        )


def _typed(name: str, photo_id: str) -> str:
    return f"{name}{SEPARATOR}{photo_id}" if name != OWN else photo_id


def _renamed(hit: Hit, name: str) -> Hit:
    alike = tuple(_typed(name, photo_id) for photo_id in hit.alike)
    return replace(hit, photo=replace(hit.photo, id=_typed(name, hit.photo.id)), alike=alike)


def _merged(parts: Sequence[Sequence[Hit]], query: Query) -> list[Hit]:
    """Return hits of several libraries in one order. Scores are probabilities in each, so they may be compared.

    Each library's own order is kept: only so do the first hits stay the same when more of each are asked for.
    """
    if query.sort == "new":
        return list(heapq.merge(*parts, key=_moment, reverse=True))
    if query.sort == "random":
        return list(heapq.merge(*parts, key=lambda hit: hashlib.sha256(f"{query} {hit.photo.id}".encode()).digest()))
    return list(heapq.merge(*parts, key=lambda hit: -hit.score))


def _moment(hit: Hit) -> datetime:
    """Return when a photo was made known; one without a date has come in lately."""
    return hit.photo.published_at or hit.photo.taken_at or datetime.max.replace(tzinfo=UTC)


def _summed(parts: Sequence[Counts]) -> Counts:
    if len(parts) == 1:
        return parts[0]
    totals: dict[str, int] = {}
    for counts in parts:
        for name, count in counts:
            totals[name] = totals.get(name, 0) + count
    return sorted(totals.items(), key=lambda pair: -pair[1])
