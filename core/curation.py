"""What people change about single photos: adding one with its credit, correcting a record, tagging, taking one out.

An import brings many photos from a source that knows them; here somebody says what is known. An edit leaves the
source's record hash as it is, so the next import of the same record does not undo it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.decoding import Decoders
from core.errors import BadRecord, no_photo
from core.images import hash_bytes
from core.originals import Originals
from core.photos import Photo, Photographer, Tag
from core.sources import Candidate
from core.sources.folder import candidate_from_bytes
from core.sources.text import clean, licence_id, slug, tag_names, web_url
from core.store import Store

MOST_TAGS = 30  # of one photo, given by people
LONGEST_TAG = 60  # characters


@dataclass(frozen=True, slots=True)
class Record:
    """What somebody says of a photo. None leaves what stands; an empty text takes it away."""

    photographer: str | None = None  # for a new photo, "" says plainly that nobody knows
    profile_url: str | None = None
    title: str | None = None
    description: str | None = None
    place: str | None = None
    licence: str | None = None
    page_url: str | None = None
    tags: tuple[str, ...] = ()


def with_record(photo: Photo, record: Record) -> Photo:
    """Return a photo with what a record says. Raises BadRecord when a link is none that may be shown."""
    who = photo.photographer
    if record.photographer is not None and (name := clean(record.photographer)) != who.name:
        who = Photographer(name)  # somebody else: the profile of the one before is not theirs
    if record.profile_url is not None:
        who = replace(who, profile_url=_link(record.profile_url))
    names = {tag.name for tag in photo.tags}
    added = [Tag(name, "user") for name in _tags(record.tags) if name not in names]
    if added:
        _check_count([tag for tag in (*photo.tags, *added) if tag.origin == "user"])
    return replace(
        photo,
        photographer=who,
        title=_said(photo.title, record.title),
        description=_said(photo.description, record.description),
        place=_said(photo.place, record.place),
        licence=photo.licence if record.licence is None else licence_id(record.licence),
        page_url=photo.page_url if record.page_url is None else _link(record.page_url),
        tags=(*photo.tags, *added),
    )


def new_photo(
    data: bytes, name: str, record: Record, originals: Originals, decoders: Decoders
) -> tuple[Candidate, Path]:
    """Return the candidate of a picture that somebody brought, and where its file is to be kept.

    Raises BadImage when it is no picture, and BadRecord.
    """
    digest = hash_bytes(data)
    kind, embedded = decoders.described(data)
    path = originals.path(digest, kind)
    candidate = candidate_from_bytes(data, embedded, name=name)
    photo = with_record(candidate.photo, record)
    called = slug(photo.title or Path(name).stem) or digest[:8]
    return replace(candidate, photo=replace(photo, id=called, path=str(path))), path


async def edit(store: Store, photo_id: str, photo: Photo) -> None:
    """Write a corrected record over that of a photo; its picture, vector and tags stay. Raises NotFound."""
    n = await _number(store, photo_id)
    await store.photos.edit(n, photo)


async def retag(store: Store, photo_id: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
    """Give tags to a photo, and take others away whoever gave them. Raises BadRecord and NotFound."""
    n = await _number(store, photo_id)
    photo = (await store.photos.get([n]))[n]
    given, gone = _tags(add), set(_tags(remove))
    names = {tag.name for tag in photo.tags}
    if missing := sorted(gone - names):
        raise BadRecord(
            "The photo has no tag {tag!r}. It has: {tags}.", tag=missing[0], tags=", ".join(sorted(names)) or "-"
        )
    _check_count({tag.name for tag in photo.tags if tag.origin == "user"} - gone | set(given))
    await store.photos.retag(n, given, sorted(gone))


async def _number(store: Store, photo_id: str) -> int:
    n = (await store.photos.numbers_of([photo_id])).get(photo_id)
    if n is None:  # somebody else took it out meanwhile
        raise no_photo(photo_id)
    return n


def _tags(names: Sequence[str]) -> list[str]:
    tags = tag_names(",".join(names))
    if long := next((tag for tag in tags if len(tag) > LONGEST_TAG), None):
        raise BadRecord("The tag {tag}… is too long; {most} characters are enough.", tag=long[:20], most=LONGEST_TAG)
    return list(tags)


def _check_count(tags: Collection[object]) -> None:
    if len(tags) > MOST_TAGS:
        raise BadRecord("A photo takes at most {most} tags of yours. Take some away first.", most=MOST_TAGS)


def _said(standing: str | None, said: str | None) -> str | None:
    return standing if said is None else clean(said) or None


def _link(text: str) -> str | None:
    if not text.strip():
        return None
    url = web_url(text)
    if url is None:
        raise BadRecord("{link!r} is not a web address. Give one that begins with https://.", link=text.strip()[:80])
    return url
