"""Queries made of what a library holds: of its tags, titles and photographers, its photos to be like, and conditions.

The same library always makes the same ones, and they touch each way in which photos are found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import cycle

from core.photos import Photo
from core.query import Filter, Like, Query, Text
from core.store import Store, telling_words

SAMPLED = 3  # photos for each query that is to be made
TITLE_WORDS = 4
Make = Callable[[Photo, int], Query | None]


async def make_queries(store: Store, count: int) -> list[Query]:
    """Return so many different queries, each kind in its turn; fewer where the library has no more to ask for."""
    numbers = await store.photos.numbers()
    if not len(numbers):
        return []
    step = max(1, len(numbers) // (SAMPLED * count))
    photos = [photo for _, photo in sorted((await store.photos.get(numbers[::step].tolist())).items())]
    made: dict[str, Query] = {}
    kinds = [_of_kind(make, photos) for make in (_words, _tag, _like, _title, _filtered, _mixed, _phrase, _turned)]
    ended: set[int] = set()
    for which in cycle(range(len(kinds))):
        if len(made) >= count or len(ended) == len(kinds):
            break
        query = next(kinds[which], None)
        if query is None:
            ended.add(which)
        else:
            made.setdefault(str(query), query)
    return list(made.values())


def _of_kind(make: Make, photos: Sequence[Photo]) -> Iterator[Query]:
    for place, photo in enumerate(photos):
        query = make(photo, place)
        if query is not None:
            yield query


def _words(photo: Photo, place: int) -> Query | None:
    names = [tag.name for tag in photo.tags]
    return Query(texts=(Text(names[place % len(names)]),)) if names else None


def _tag(photo: Photo, place: int) -> Query | None:
    names = [tag.name for tag in photo.tags]
    return Query(filters=(Filter("tag", names[(place + 1) % len(names)]),)) if names else None


def _like(photo: Photo, _: int) -> Query | None:
    return Query(likes=(Like(photo.id),)) if photo.content_hash else None


def _title(photo: Photo, _: int) -> Query | None:
    words = telling_words([photo.title or photo.description or ""])[:TITLE_WORDS]
    return Query(texts=(Text(" ".join(words)),)) if words else None


def _filtered(photo: Photo, place: int) -> Query | None:
    if photo.photographer.name and place % 2:
        return Query(filters=(Filter("by", photo.photographer.name),), sort="new")
    wide = Filter("is", "landscape" if place % 4 else "portrait")
    return Query(texts=(Text("light"),), filters=(wide,)) if photo.width else None


def _mixed(photo: Photo, _: int) -> Query | None:
    if not photo.content_hash or not photo.tags:
        return None
    return Query(texts=(Text(photo.tags[0].name),), likes=(Like(photo.id, 0.5),))


def _phrase(photo: Photo, _: int) -> Query | None:
    words = (photo.title or "").split()[:2]
    text = " ".join(words)
    return Query(texts=(Text(text, exact=True),)) if telling_words(words) and '"' not in text else None


def _turned(photo: Photo, _: int) -> Query | None:
    if not photo.content_hash or not photo.tags:
        return None
    return Query(filters=(Filter("tag", photo.tags[0].name, negative=True),), likes=(Like(photo.id),))
