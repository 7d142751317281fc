"""The facade that every front end calls: one photo library, opened with `async with Library.open(...)`.

It owns the folder (database, thumbnails, index file, lock), brings the parts together and hands out plain values. It
holds no rule of its own: searching is `core.search`, importing `core.ingest`, and so on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import filelock

from core.calibration import Calibration, Floats
from core.check import Problem, check
from core.credits import credit_for
from core.encoder import Encoder, EncoderService, Vectors
from core.encoders import EncoderOptions, create_encoder
from core.enrich import Vocabulary, calibrate, enrich
from core.errors import LibraryError, NotFound
from core.evaluate import CaptionFigures, LabelFigures, evaluate
from core.fetch import Fetcher, FetchOptions
from core.images import read_picture
from core.index import LibraryIndex
from core.ingest import Importer, ImportReport, Progress, attach_vectors, no_progress
from core.intake import Intake, IntakeOptions
from core.photos import Credit, Photo
from core.query import Like, Query, parse
from core.reembed import MoveReport, reembed
from core.search import Page, Request, Searcher
from core.sources import Source
from core.sources.vectors import StoredVectors
from core.spaces import ENCODER, check_name, check_weights, current_space, recorded, writing_space
from core.store import Space, Store
from core.thumbnails import Thumbnails

DATABASE = "library.db"


@dataclass(frozen=True, slots=True)
class LibraryOptions:
    """How a library behaves; its contents do not depend on any of this but the encoder."""

    encoder: EncoderOptions = field(default_factory=EncoderOptions)
    intake: IntakeOptions = field(default_factory=IntakeOptions)
    fetch: FetchOptions = field(default_factory=FetchOptions)
    vocabulary: Vocabulary = field(default_factory=lambda: Vocabulary(()))
    batch_photos: int = 32
    tags_per_photo: int = 8
    exact_limit: int = 80_000  # photos above which the approximate index is used
    app_name: str = "modaclip"
    make_encoder: Callable[[str, EncoderOptions], Encoder] = create_encoder


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture that a query is given along with its words."""

    data: bytes
    name: str = ""
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Stats:
    """A library in figures."""

    photos: int
    photographers: int
    tags: int
    encoder: str
    with_vector: int
    elsewhere: Mapping[str, int]  # photos with a vector of another encoder, by its name


class Library:
    """One photo library. Use `async with Library.open(folder, options)`."""

    def __init__(self, folder: Path, store: Store, service: EncoderService, options: LibraryOptions) -> None:
        self.folder = folder
        self.options = options
        self.thumbnails = Thumbnails(folder / "thumbs")
        self._store = store
        self._service = service
        self._checked = False  # that the service's weights are the library's
        self._index = LibraryIndex(store, folder / "index", exact_limit=options.exact_limit)
        self._searcher = Searcher(store, self._encode_texts, self._index, self._calibrated, app_name=options.app_name)
        self._calibration: tuple[Space, int, Calibration] | None = None

    @staticmethod
    def exists(folder: Path) -> bool:
        """Tell whether there is a library in this folder."""
        return (folder / DATABASE).is_file()

    @classmethod
    async def create(cls, folder: Path, encoder: str) -> None:
        """Make an empty library for this encoder. Raises LibraryError when there is one already."""
        if cls.exists(folder):
            raise LibraryError(
                "There is a library in {folder} already. Name another folder with --library.", folder=folder
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(
                "The folder {folder} can't be made: {trouble}.", folder=folder, trouble=error.strerror
            ) from error
        async with Store.open(folder / DATABASE) as store:
            await store.write_facts(**{ENCODER: encoder}, created_at=datetime.now(UTC).isoformat(timespec="seconds"))

    @classmethod
    @asynccontextmanager
    async def open(
        cls, folder: Path, options: LibraryOptions | None = None, *, any_encoder: bool = False
    ) -> AsyncIterator[Self]:
        """Open a library. No weights are loaded until something needs them.

        Raises LibraryError when there is none or it can't be used, and EncoderMismatch when `options` name an encoder
        other than the library's (unless `any_encoder`, for what does not search or import).
        """
        options = options or LibraryOptions()
        if not cls.exists(folder):
            raise LibraryError(
                "There is no library in {folder}. Make one with `modaclip --library {folder} init`.", folder=folder
            )
        async with Store.open(folder / DATABASE) as store:
            name, _ = await recorded(store)
            if not any_encoder:
                check_name(name, options.encoder)
            library = cls(folder, store, EncoderService(options.make_encoder(name, options.encoder)), options)
            try:
                yield library
            finally:
                await library._service.close()

    # Finding

    async def find(
        self,
        query: str | Query,
        *,
        references: Sequence[Reference] = (),
        limit: int = 10,
        offset: int = 0,
        as_of: int | None = None,
        collapse: bool = True,
        diverse: bool = False,
    ) -> Page:
        """Return a page of hits for a query, reference photos, or both.

        For the next page give `offset=page.next_offset, as_of=page.as_of`. Raises BadQuery, BadImage or NotFound.
        """
        parsed = parse(query) if isinstance(query, str) else query
        await self._follow()
        images = [(await self._embed(reference), reference.weight) for reference in references]
        return await self._searcher.find(Request(parsed, tuple(images), limit, offset, as_of, collapse, diverse))

    async def similar(self, photo_id: str, *, limit: int = 10, offset: int = 0, collapse: bool = True) -> Page:
        """Return the photos most like one in the library, itself left out. Raises NotFound."""
        await self.photo(photo_id)
        return await self.find(Query(likes=(Like(photo_id),)), limit=limit, offset=offset, collapse=collapse)

    async def tags(self, prefix: str = "", *, limit: int = 50) -> list[tuple[str, int]]:
        """Return tags that begin with `prefix` and how many photos have them, most first."""
        return await self._store.photos.tags(prefix.strip().lower(), limit)

    async def photo(self, photo_id: str) -> Photo:
        """Return the photo with this id. Raises NotFound, with ids that begin alike."""
        photo = await self._store.photos.by_id(photo_id.strip())
        if photo is None:
            near = await self._store.photos.ids_like(photo_id.strip()[:4], 3)
            if near:
                raise NotFound("There is no photo {id!r} here. Did you mean {near}?", id=photo_id, near=", ".join(near))
            raise NotFound("There is no photo {id!r} here.", id=photo_id)
        return photo

    def credit(self, photo: Photo) -> Credit:
        """Return the credit that must stand with a photo."""
        return credit_for(photo, app_name=self.options.app_name)

    def thumbnail(self, photo: Photo) -> Path | None:
        """Return the file of a photo's thumbnail, or None while its picture was never seen."""
        path = self.thumbnails.path(photo.content_hash) if photo.content_hash else None
        return path if path is not None and path.is_file() else None

    async def stats(self) -> Stats:
        """Return the library in figures."""
        name, _ = await recorded(self._store)
        counts = await self._store.vectors.counts()
        current = await current_space(self._store)
        others = [space for space in await self._store.vectors.spaces() if space != current]
        photos, photographers, tags = await self._store.photos.totals()
        return Stats(
            photos,
            photographers,
            tags,
            name,
            counts.get(current.id, 0) if current else 0,
            {space.encoder: counts.get(space.id, 0) for space in others},
        )

    async def evaluate(self, labelled: Path, progress: Progress = no_progress) -> LabelFigures | CaptionFigures:
        """Measure how well this library's encoder finds labelled or described photos that are not in it."""
        words = await self._service.encode_texts(self.options.vocabulary.words)
        return await evaluate(self._service, words, labelled, progress)

    # Changing

    async def import_from(self, source: Source | StoredVectors, progress: Progress = no_progress) -> ImportReport:
        """Take a source's photos in. Raises LibraryError while another import runs, and what stops the import."""
        options = self.options
        if isinstance(source, StoredVectors):
            async with self._locked():
                report = await attach_vectors(self._store, source, progress)
                await self._enrich()
                return report
        async with (
            self._locked(),
            Fetcher(options.fetch) as fetcher,
            Intake(self._store, self._service.encoder, self.thumbnails, fetcher, options.intake) as intake,
        ):
            importer = Importer(
                self._store,
                self._service,
                intake,
                lambda: writing_space(self._store, self._service),
                batch_photos=options.batch_photos,
            )
            report = await importer.run(source, progress)
            await self._enrich()
            return report

    async def reembed(self, encoder: str, progress: Progress = no_progress) -> MoveReport:
        """Move to another encoder; queries are answered from the old vectors until the new ones are whole."""
        options = self.options
        async with self._locked(), EncoderService(options.make_encoder(encoder, options.encoder)) as service:
            report = await reembed(
                self._store,
                service,
                self.thumbnails,
                options.intake.limits,
                batch_photos=options.batch_photos,
                progress=progress,
            )
            await self._enrich(service)
        await self._follow()
        return report

    async def check(self, *, repair: bool = False) -> list[Problem]:
        """Return what is wrong with the library; with `repair`, after mending it."""
        async with self._locked():
            return await check(self._store, self._service, self.thumbnails, self.options.intake, repair=repair)

    async def _enrich(self, service: EncoderService | None = None) -> None:
        space = await current_space(self._store)
        if space is not None:
            options = self.options
            await enrich(
                self._store,
                service or self._service,
                space,
                options.vocabulary,
                tags_per_photo=options.tags_per_photo,
            )
        await self._index.save()

    async def _follow(self) -> None:
        """Take the encoder that the library uses now: another process may have moved it."""
        name, _ = await recorded(self._store)
        if name != self._service.encoder.name:
            old, self._service = self._service, EncoderService(self.options.make_encoder(name, self.options.encoder))
            self._checked = False
            await old.close()

    async def _check_weights(self) -> None:
        if not self._checked:
            await check_weights(self._store, self._service)
            self._checked = True

    async def _encode_texts(self, texts: Sequence[str]) -> Vectors:
        if texts:
            await self._check_weights()
        return await self._service.encode_texts(texts)

    async def _embed(self, reference: Reference) -> Floats:
        limits = self.options.intake.limits
        picture = await asyncio.to_thread(read_picture, reference.data, name=reference.name, limits=limits)
        await self._check_weights()
        vectors: Floats = (await self._service.encode_images([picture.image]))[0]
        return vectors

    async def _calibrated(self, space: Space, count: int) -> Calibration:
        """Return what is usual among this library's `count` vectors, found again once they grew by a tenth."""
        kept = self._calibration
        if kept is None or kept[0] != space or abs(count - kept[1]) > 0.1 * kept[1]:
            fitted = await calibrate(self._store, self._service, space, self.options.vocabulary)
            kept = self._calibration = (space, count, fitted)
        return kept[2]

    @asynccontextmanager
    async def _locked(self) -> AsyncIterator[None]:
        """Hold the lock that only one import, move or repair may have, in all processes. It ends with the process."""
        lock = filelock.FileLock(self.folder / "library.lock", blocking=False)
        try:
            lock.acquire()
        except filelock.Timeout as error:
            raise LibraryError("Another import into this library is running. Wait for it, then try again.") from error
        try:
            yield
        finally:
            lock.release()
