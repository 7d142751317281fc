"""How photos and vectors are laid out in the tables of every engine: rows to values, values to rows."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from core.colours import lab
from core.photos import Colour, Photo, Photographer, Tag
from core.store.database import Row
from core.store.values import Arrival, Changes, Half

COLUMNS = (
    "id",
    "source",
    "photographer_name",
    "photographer_username",
    "photographer_url",
    "title",
    "description",
    "place",
    "width",
    "height",
    "average_colour",
    "phash",
    "content_hash",
    "licence",
    "page_url",
    "image_url",
    "download_url",
    "path",
    "taken_at",
    "published_at",
)

SAID = (
    *("photographer_name", "photographer_username", "photographer_url"),
    *("title", "description", "place", "licence", "page_url"),
)  # what people say of a photo, as columns
_ORIGINS = {"user": 0, "source": 1, "file": 2}  # whose tags stand first
HASH_LENGTH = 8  # hexadecimal digits that tell photos of one name apart


def photo_values(photo: Photo) -> dict[str, Any]:
    """Return the values of `COLUMNS` for a photo."""
    who = photo.photographer
    values: dict[str, Any] = {name: getattr(photo, name) for name in COLUMNS if hasattr(photo, name)}
    values |= {
        "photographer_name": who.name,
        "photographer_username": who.username,
        "photographer_url": who.profile_url,
        "phash": None if photo.phash is None else _signed(photo.phash),
        "taken_at": _iso(photo.taken_at),
        "published_at": _iso(photo.published_at),
    }
    return values


def said_values(photo: Photo) -> dict[str, Any]:
    """Return the values of those columns that people decide about."""
    return {name: value for name, value in photo_values(photo).items() if name in SAID}


def arrival_values(arrival: Arrival) -> dict[str, Any]:
    """Return the columns of a photo that a source decides."""
    return photo_values(arrival.photo) | {
        "key": arrival.key,
        "record_hash": arrival.record_hash,
        "file_size": arrival.file_size,
        "file_mtime_ns": arrival.file_mtime_ns,
        "alike": None,  # to be found again
    }


def free_ids(arrivals: Sequence[Arrival], standing: Collection[str]) -> dict[str, str]:
    """Return an id for each key: the one wanted, lengthened by a hash of the key where another photo has it.

    `standing` are the ids that other photos have, lower case.
    """
    taken = set(standing)
    ids: dict[str, str] = {}
    for arrival in arrivals:
        photo_id = arrival.photo.id
        if photo_id.lower() in taken:  # the same key always gets the same longer id
            photo_id = f"{photo_id}-{hashlib.sha256(arrival.key.encode()).hexdigest()[:HASH_LENGTH]}"
        taken.add(photo_id.lower())
        ids[arrival.key] = photo_id
    return ids


def now() -> str:
    """Return this moment as it is written, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def photo_from(row: Row, tags: Sequence[Tag], colours: Sequence[Colour]) -> Photo:
    """Return the photo of a row that holds `COLUMNS`."""
    return Photo(
        id=row["id"],
        source=row["source"],
        photographer=Photographer(row["photographer_name"], row["photographer_username"], row["photographer_url"]),
        tags=tuple(tags),
        colours=tuple(colours),
        phash=None if row["phash"] is None else row["phash"] % 2**64,
        taken_at=_moment(row["taken_at"]),
        published_at=_moment(row["published_at"]),
        **{name: row[name] for name in _PLAIN},
    )


def words_of(photo: Photo) -> dict[str, str]:
    """Return what the words table holds of a photo, by its columns.

    Automatic tags are left out: they say again, more coarsely, what the photo's vector says. The others stand in one
    order, whoever wrote them when: so the same photo is found by the same phrases wherever its words are made.
    """
    tags = sorted((tag for tag in photo.tags if tag.origin != "auto"), key=tag_place)
    return {
        "title": photo.title or "",
        "description": photo.description or "",
        "tags": ", ".join(dict.fromkeys(tag.name for tag in tags)),
        "photographer": " ".join(filter(None, (photo.photographer.name, photo.photographer.username))),
        "place": photo.place or "",
    }


def tag_place(tag: Tag) -> tuple[int, bool, float, str]:
    """Return what tags of a photo are sorted by."""
    return (_ORIGINS.get(tag.origin, len(_ORIGINS)), tag.confidence is None, -(tag.confidence or 0.0), tag.name)


def colour_values(colours: Sequence[Colour]) -> list[tuple[int, str, float, float, float, float, float]]:
    """Return rank, hex, share, L*, a*, b* and chroma of each colour."""
    values = []
    for rank, colour in enumerate(colours):
        lightness, a, b = lab(colour.hex)
        values.append((rank, colour.hex, colour.share, lightness, a, b, math.hypot(a, b)))
    return values


def photos_from(rows: Sequence[Row], tags: Sequence[Row], colours: Sequence[Row]) -> dict[int, Photo]:
    """Return the photos of rows that hold n and `COLUMNS`, by n, with their tags, and their colours by rank."""
    named: dict[int, list[Tag]] = {}
    for row in tags:
        named.setdefault(row["photo"], []).append(Tag(row["name"], row["origin"], row["confidence"]))
    coloured: dict[int, list[Colour]] = {}
    for row in colours:
        coloured.setdefault(row["photo"], []).append(Colour(row["hex"], row["share"]))
    return {
        row["n"]: photo_from(row, sorted(named.get(row["n"], ()), key=tag_place), coloured.get(row["n"], ()))
        for row in rows
    }


def changes_of(rows: Sequence[Row], since: int, read: Callable[[Sequence[bytes]], Half]) -> Changes:
    """Return what rows of photo, revision and vector tell of the time since a revision; `read` reads vectors."""
    vectors = [row[2] for row in rows]
    numbers = np.array([row[0] for row in rows], np.int64)
    there = np.array([vector is not None for vector in vectors], bool)
    return Changes(
        max((row[1] for row in rows), default=since),
        numbers[there],
        read([vector for vector in vectors if vector is not None]),
        numbers[~there],
    )


_DERIVED = {"id", "source", "phash", "taken_at", "published_at"}
_PLAIN = tuple(name for name in COLUMNS if name not in _DERIVED and not name.startswith("photographer"))


def _signed(number: int) -> int:
    return number - 2**64 if number >= 2**63 else number


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
