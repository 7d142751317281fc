"""One record on its way in: is it new, where is its picture, and is that a photo at all.

Answers for a single `Candidate`, many at once; `core.ingest` keeps their order, embeds and commits.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Protocol, Self, TypeAlias, TypeVar
from urllib.parse import urlsplit

from core.decoding import Decoders
from core.encoder import Encoder, Prepared
from core.errors import BadImage, FetchError
from core.images import ImageLimits, hash_bytes
from core.photos import Photo
from core.sources import Candidate, Skipped
from core.store import Known, Store
from core.thumbnails import Thumbnails

HOST_PATIENCE = 3  # failed downloads in a row until a host is left alone for the rest of the import

Result = TypeVar("Result")
Stamp: TypeAlias = tuple[int, int]  # of a file: size in bytes, modification time in ns


class PhotoFetcher(Protocol):
    """What brings a picture from a URL."""

    async def fetch(self, url: str, *, max_bytes: int) -> bytes:
        """Return the bytes at `url`. Raises FetchError."""


@dataclass(frozen=True, slots=True)
class IntakeOptions:
    """How pictures are taken in."""

    decode_threads: int = 2
    thumbnail_px: int = 512
    limits: ImageLimits = field(default_factory=ImageLimits)


@dataclass(frozen=True, slots=True)
class Brought:
    """A record with what could be had of its picture, ready for the encoder."""

    candidate: Candidate
    known: Known | None  # what stood under its key before
    record_hash: str
    photo: Photo
    stamp: Stamp | None = None
    prepared: Prepared | None = None  # None: nothing to embed
    problem: Skipped | None = None  # why the picture is missing although the record comes in


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A record that stands in the library as it is."""

    problem: Skipped | None = None  # why its picture is still missing


class Intake:
    """Fetches, verifies and decodes pictures in a pool of threads. Use `async with`."""

    def __init__(
        self,
        store: Store,
        encoder: Encoder,
        decoders: Decoders,
        thumbnails: Thumbnails,
        fetcher: PhotoFetcher,
        options: IntakeOptions,
    ) -> None:
        self._store = store
        self._encoder = encoder
        self._decoders = decoders
        self._thumbnails = thumbnails
        self._fetcher = fetcher
        self._options = options
        self._threads = ThreadPoolExecutor(options.decode_threads, thread_name_prefix="decoder")
        self._failures: dict[str, int] = {}  # in a row, by host

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)

    async def receive(self, candidate: Candidate, known: Known | None) -> Brought | Unchanged | Skipped:
        """Return the record with its picture, or that nothing changed, or why it can't come in."""
        record_hash = hash_record(candidate)
        same_record = known is not None and known.record_hash == record_hash
        try:
            if known is None and candidate.file is not None:  # nothing to compare with: one visit to the threads
                return Brought(
                    candidate, known, record_hash, *await self._in_thread(lambda: self._look_at_file(candidate))
                )
            stamp = await self._in_thread(lambda: _stamp(candidate.file))
            if known and not _may_have_changed(candidate, known, stamp):
                return Unchanged() if same_record else await self._with_known_picture(candidate, known, stamp)
            data = await self._bytes(candidate)
            if data is None:
                return Unchanged() if same_record else Brought(candidate, known, record_hash, candidate.photo)
            if known and await self._in_thread(lambda: hash_bytes(data)) == known.content_hash:
                return await self._with_known_picture(candidate, known, stamp)
            photo, prepared = await self._in_thread(lambda: self._look_at(candidate, data))
        except (BadImage, FetchError, OSError) as error:
            problem = Skipped(shown(candidate), _reason(error))
            if candidate.url is None or candidate.file is not None:
                return problem
            if same_record:
                return Unchanged(problem)
            return Brought(candidate, known, record_hash, candidate.photo, problem=problem)
        return Brought(candidate, known, record_hash, photo, stamp, prepared)

    async def _bytes(self, candidate: Candidate) -> bytes | None:
        """Return the bytes of a picture, or None where the record has none. Raises OSError or FetchError."""
        if candidate.data is not None:
            return candidate.data
        if candidate.file is not None:
            return await self._in_thread(candidate.file.read_bytes)
        if candidate.url is None:
            return None
        host = urlsplit(candidate.url).hostname or ""
        if self._failures.get(host, 0) >= HOST_PATIENCE:
            raise FetchError("{host} can't be reached at present. Import the same source again later.", host=host)
        try:
            data = await self._fetcher.fetch(candidate.url, max_bytes=self._options.limits.max_bytes)
        except FetchError:
            self._failures[host] = self._failures.get(host, 0) + 1
            raise
        self._failures[host] = 0
        return data

    def _look_at_file(self, candidate: Candidate) -> tuple[Photo, Stamp | None, Prepared]:
        stamp = _stamp(candidate.file)
        data = b"" if candidate.file is None else candidate.file.read_bytes()
        photo, prepared = self._look_at(candidate, data)
        return photo, stamp, prepared

    def _look_at(self, candidate: Candidate, data: bytes) -> tuple[Photo, Prepared]:
        name = candidate.file.name if candidate.file else ""
        picture, look = self._decoders.look(data, name=name, thumbnail_px=self._options.thumbnail_px)
        self._thumbnails.write(picture.content_hash, look.thumbnail)
        photo = replace(
            candidate.photo,
            width=picture.width,
            height=picture.height,
            average_colour=look.average_colour,
            colours=look.colours,
            phash=look.phash,
            content_hash=picture.content_hash,
            path=str(candidate.file) if candidate.file else candidate.photo.path,
        )
        return photo, self._encoder.prepare(picture.image)

    async def _with_known_picture(self, candidate: Candidate, known: Known, stamp: Stamp | None) -> Brought | Unchanged:
        """Return a changed record of a picture that did not change."""
        old = await self._store.photos.by_id(known.id)
        photo = (
            candidate.photo
            if old is None
            else replace(
                candidate.photo,
                width=old.width or candidate.photo.width,
                height=old.height or candidate.photo.height,
                average_colour=old.average_colour,
                colours=old.colours,
                phash=old.phash,
                content_hash=old.content_hash,
                path=old.path,
            )
        )
        return Brought(candidate, known, hash_record(candidate), photo, stamp)

    async def _in_thread(self, function: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)


def hash_record(candidate: Candidate) -> str:
    """Return a hash of what the source says of a photo, so that a corrected credit is noticed without any picture."""
    record = json.dumps([asdict(candidate.photo), candidate.url], default=str, sort_keys=True)
    vector = b"" if candidate.vector is None else candidate.vector.vector.tobytes()
    return hashlib.sha256(record.encode() + vector).hexdigest()[:32]


def shown(candidate: Candidate) -> str:
    """Return the name under which a record is reported: its file, or its id."""
    return candidate.file.name if candidate.file is not None else candidate.photo.id


def _may_have_changed(candidate: Candidate, known: Known, stamp: Stamp | None) -> bool:
    """Tell whether the bytes of a known picture must be looked at again."""
    if candidate.data is not None:
        return True
    if stamp is not None:
        return stamp != (known.file_size, known.file_mtime_ns)
    return known.content_hash is None  # behind a URL: fetched until it was had once


def _stamp(file: Path | None) -> Stamp | None:
    if file is None:
        return None
    status = file.stat()
    return status.st_size, status.st_mtime_ns


def _reason(error: Exception) -> str:
    return f"The file can't be read: {error.strerror}." if isinstance(error, OSError) else str(error)
