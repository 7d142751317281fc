"""The facade that every front end calls: one photo library, opened with `async with Library.open(...)`.

It owns the folder (database, thumbnails, index file, lock), brings the parts together and hands out plain values. It
holds no rule of its own: searching is `core.search`, importing `core.ingest`, and so on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from core.boards.shelf import Shelf
from core.calibration import Calibration, Floats
from core.check import Problem, check, mend_boards
from core.credits import credit_for
from core.curation import Record, edit, new_photo, retag, with_record
from core.decoding import Decoders
from core.encoder import EncoderService, EncoderServices, Vectors
from core.enrich import calibrate, enrich
from core.errors import BadImage, DamagedLibrary, LibraryBusy, LibraryError, ServerLost, no_photo
from core.evaluate import CaptionFigures, LabelFigures, evaluate
from core.fetch import Fetcher
from core.images import hash_bytes
from core.index import index_of
from core.ingest import Importer, ImportReport, Progress, attach_vectors, gone, no_progress
from core.intake import Intake
from core.options import LibraryOptions
from core.originals import Originals
from core.photos import Credit, Photo
from core.query import Like, Query, parse
from core.reembed import MoveReport, reembed
from core.search import Page, Request, Searcher
from core.sources import Given, Source
from core.sources.vectors import StoredVectors
from core.spaces import ENCODER, check_name, check_weights, current_space, recorded, writing_space
from core.store import Space, Store, Stores
from core.store.raw import COPYING
from core.thumbnails import Thumbnails

__all__ = ["Library", "LibraryOptions", "Reference", "Stats"]

PATIENCE_S = 120.0  # how long somebody who adds a photo waits for an import to end


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

    def __init__(
        self,
        folder: Path,
        store: Store,
        services: EncoderServices,
        decoders: Decoders,
        encoder: str,
        options: LibraryOptions,
    ) -> None:
        self.folder = folder
        self.options = options
        self.thumbnails = Thumbnails(folder / "thumbs")
        self.decoders = decoders
        self._originals = Originals(folder / "originals")
        self._store = store
        self._services = services
        self._service = services.get(encoder)
        self._checked = False  # that the service's weights are the library's
        self._index = index_of(store, folder / "index", exact_limit=options.exact_limit)
        self._searcher = Searcher(store, self._encode_texts, self._index, self._calibrated, app_name=options.app_name)
        self._calibration: tuple[Space, int, Calibration] | None = None
        self._calibrating = asyncio.Lock()
        self._boards = Shelf(store, kept_deleted=timedelta(days=options.deleted_boards_days))

    @classmethod
    async def exists(cls, folder: Path, options: LibraryOptions | None = None, *, stores: Stores | None = None) -> bool:
        """Tell whether there is a library of this folder. Raises LibraryError when its store can't be reached."""
        async with _stores(options, stores) as used:
            return await used.exists(folder)

    @classmethod
    async def create(
        cls,
        folder: Path,
        encoder: str,
        options: LibraryOptions | None = None,
        *,
        stores: Stores | None = None,
        be_it_there: bool = False,
    ) -> None:
        """Make an empty library for this encoder; raises LibraryError when there is one already.

        With `be_it_there` one that is there already is left as it is: another process may have been faster.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(
                "The folder {folder} can't be made: {trouble}.", folder=folder, trouble=error.strerror
            ) from error
        facts = {ENCODER: encoder, "created_at": datetime.now(UTC).isoformat(timespec="seconds")}
        async with _stores(options, stores) as used:
            if not await used.create(folder, facts) and not be_it_there:
                raise LibraryError(
                    "There is a library in {folder} already. Name another folder with --library.", folder=folder
                )

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        folder: Path,
        options: LibraryOptions | None = None,
        *,
        any_encoder: bool = False,
        services: EncoderServices | None = None,
        stores: Stores | None = None,
        decoders: Decoders | None = None,
    ) -> AsyncIterator[Self]:
        """Open a library. No weights are loaded until something needs them.

        Libraries that are given the same `services` share their encoders, those given the same `stores` their
        connections, and those given the same `decoders` what reads their pictures; whoever made those closes them.

        Raises LibraryError when there is none or it can't be used, and EncoderMismatch when `options` name an encoder
        other than the library's (unless `any_encoder`, for what does not search or import).
        """
        options = options or LibraryOptions()
        async with AsyncExitStack() as stack:
            used = await stack.enter_async_context(_stores(options, stores))
            if not await used.exists(folder):
                raise LibraryError(
                    "There is no library in {folder}. Make one with `modaclip --library {folder} init`.", folder=folder
                )
            store = await stack.enter_async_context(used.open(folder))
            if await store.fact(COPYING):
                raise LibraryError(
                    "This library is being moved here, and not all of it has come yet. When `modaclip move` has ended, "
                    "open it again."
                )
            name, _ = await recorded(store)
            if not name:
                raise DamagedLibrary(
                    "The database of this library does not hold what every library does: it was cut off or replaced. "
                    "Put a backup in its place."
                )
            if not any_encoder:
                check_name(name, options.encoder)
            if services is None:
                services = await stack.enter_async_context(options.make_services())
            if decoders is None:
                decoders = stack.enter_context(options.make_decoders())
            yield cls(folder, store, services, decoders, name, options)

    # Finding

    async def find(
        self,
        query: str | Query,
        *,
        references: Sequence[Reference] = (),
        images: Sequence[tuple[Floats, float]] = (),
        limit: int = 10,
        offset: int = 0,
        as_of: int | None = None,
        collapse: bool = True,
        diverse: bool = False,
        calibration: Calibration | None = None,
        among: Sequence[str] | None = None,
        newer_than: int | None = None,
    ) -> Page:
        """Return a page of hits for a query, reference photos, or both.

        `images` are vectors of this library's encoder with their weights (below zero: to be unlike), as `embed` and
        `vector_of` give them.

        `calibration` is that of a larger library, where this one is too small to tell what is usual.

        `among` are ids: no other photos are hits. `newer_than` is a number that `newest` gave: only photos that came in
        after it are.

        For the next page give `offset=page.next_offset, as_of=page.as_of`. Raises BadQuery, BadImage or NotFound.
        """
        parsed = parse(query) if isinstance(query, str) else query
        await self._follow()
        shown = [(await self.embed(reference), reference.weight) for reference in references]
        request = Request(
            parsed,
            (*images, *shown),
            limit,
            offset,
            as_of,
            collapse,
            diverse,
            calibration,
            None if among is None else tuple(among),
            newer_than,
        )
        return await self._searcher.find(request)

    async def similar(self, photo_id: str, *, limit: int = 10, offset: int = 0, collapse: bool = True) -> Page:
        """Return the photos most like one in the library, itself left out. Raises NotFound."""
        await self.photo(photo_id)
        return await self.find(Query(likes=(Like(photo_id),)), limit=limit, offset=offset, collapse=collapse)

    async def count(self) -> int:
        """Return how many photos there are."""
        return await self._store.photos.count()

    @property
    def damaged(self) -> int:
        """How many photos are left out of answers, in part or as a whole, because what is kept of them is damaged."""
        return self._store.damaged

    async def holds(self, photo_id: str) -> bool:
        """Tell whether there is a photo with this id."""
        return bool(await self._store.photos.numbers_of([photo_id.strip()]))

    async def vector_of(self, photo_id: str) -> Floats | None:
        """Return the vector of a photo of this library, None where it has none. Raises NotFound."""
        photo = await self.photo(photo_id)
        n = (await self._store.photos.numbers_of([photo.id]))[photo.id]
        return (await (await self._index.current()).vectors([n])).get(n)

    async def vectors_of(self, ids: Sequence[str]) -> dict[str, Floats]:
        """Return the vectors of those of these photos that are here and have one, by id."""
        await self._follow()
        numbers = await self._store.photos.numbers_of(ids)
        vectors = await (await self._index.current()).vectors(numbers.values())
        return {photo_id: vectors[n] for photo_id, n in numbers.items() if n in vectors}

    async def photos(self, ids: Sequence[str]) -> dict[str, Photo]:
        """Return those of these photos that are here, by id."""
        numbers = await self._store.photos.numbers_of(ids)
        found = await self._store.photos.get(numbers.values())
        return {photo_id: found[n] for photo_id, n in numbers.items() if n in found}

    async def newest(self) -> int:
        """Return the number of the photo that came in last; photos that come later have higher ones."""
        return await self._store.photos.newest()

    async def calibration(self) -> Calibration | None:
        """Return what is usual among this library's photos; None while it has no vector."""
        view = await self._index.current()
        return None if view.space is None else await self._calibrated(view.space, len(view))

    async def photographers(self) -> list[tuple[str, int]]:
        """Return every photographer and how many photos are theirs, most first."""
        return await self._store.photos.photographers()

    async def ids(self, beginning: str, *, limit: int = 25) -> list[str]:
        """Return ids of photos that begin like this, in order."""
        return await self._store.photos.ids_like(beginning.strip(), limit)

    async def version(self) -> int:
        """Return a number that differs after anything in the library was changed, by whatever process."""
        return await self._store.version()

    @property
    def boards(self) -> Shelf:
        """The mood boards that are kept with the library."""
        return self._boards

    @property
    def encoder(self) -> EncoderService:
        """The encoder that the library answers with."""
        return self._service

    async def tags(self, prefix: str = "", *, limit: int = 50) -> list[tuple[str, int]]:
        """Return tags that begin with `prefix` and how many photos have them, most first."""
        return await self._store.photos.tags(prefix.strip().lower(), limit)

    async def photo(self, photo_id: str) -> Photo:
        """Return the photo with this id. Raises NotFound, with ids that begin alike."""
        photo = await self._store.photos.by_id(photo_id.strip())
        if photo is None:
            raise no_photo(photo_id, await self._store.photos.ids_like(photo_id.strip()[:4], 3))
        return photo

    def credit(self, photo: Photo) -> Credit:
        """Return the credit that must stand with a photo."""
        return credit_for(photo, app_name=self.options.app_name)

    def thumbnail(self, photo: Photo) -> Path | None:
        """Return the file of a photo's thumbnail, or None while its picture was never seen."""
        return self.thumbnails.find(photo.content_hash) if photo.content_hash else None

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
        return await evaluate(self._service, self.decoders, words, labelled, progress)

    # Changing

    async def import_from(
        self,
        source: Source | StoredVectors,
        progress: Progress = no_progress,
        *,
        patience_s: float = 0.0,
        enriched: bool = True,
    ) -> ImportReport:
        """Take a source's photos in. Raises what stops the import, and LibraryBusy while a repair or move runs.

        Other imports run beside it only where the store is shared. `patience_s` is how long it waits for the others to
        end. Who brings a part of something larger leaves `enriched` out, and calls `enrich` after the last.
        """
        async with self._store.lock(patience_s, shared=True):
            if not isinstance(source, StoredVectors):
                return await self._take_in(source, progress, enriched=enriched)
            report = await attach_vectors(self._store, source, progress)
            await self._enrich()
            return report

    async def _take_in(
        self, source: Source, progress: Progress = no_progress, *, enriched: bool = True
    ) -> ImportReport:
        """Take a source's photos in. The caller holds the library's lock."""
        options = self.options
        for files in (self.thumbnails, self._originals):
            await asyncio.to_thread(files.sweep)
        async with (
            Fetcher(options.fetch) as fetcher,
            Intake(
                self._store, self._service.encoder, self.decoders, self.thumbnails, fetcher, options.intake
            ) as intake,
        ):
            importer = Importer(
                self._store,
                self._service,
                intake,
                lambda: writing_space(self._store, self._service),
                batch_photos=options.batch_photos,
            )
            report = await importer.run(source, progress)
            if enriched:
                await self._enrich()
            return report

    async def enrich(self, *, patience_s: float = 0.0) -> None:
        """Bring up to date what depends on the whole library: near-duplicates and automatic tags."""
        async with self._store.lock(patience_s, shared=True):
            await self._follow()
            await self._enrich()

    async def held(self, keys: Sequence[str]) -> set[str]:
        """Return under which of these keys of sources there is a photo."""
        return set(await self._store.photos.known(keys))

    async def gone(self, source: Source, seen: Collection[str]) -> list[str]:
        """Return the ids of photos of a source's folder that were not `seen` there and whose file is gone."""
        return await gone(self._store, source, seen)

    async def add(self, data: bytes, name: str, record: Record) -> tuple[Photo, bool]:
        """Take in one picture that somebody brought, with what they say of it; keep its file in the library's folder.

        Returns the photo, and whether it is new: the same bytes are there once. Raises BadImage and BadRecord.
        """
        if standing := await self._store.photos.with_content(hash_bytes(data)):
            with suppress(LibraryBusy):  # who holds the lock enriches at its end
                await self.enrich()  # whoever brought it may have died before that
            return await self.photo(standing), False
        await self.decoders.soon(lambda: self.decoders.picture(data))  # raises what is wrong with it
        candidate, path = await self.decoders.soon(
            lambda: new_photo(data, name, record, self._originals, self.decoders)
        )
        async with self._store.lock(PATIENCE_S, shared=True):
            await asyncio.to_thread(self._originals.write, path, data)
            try:
                await self._take_in(Given(name, candidate))
            except ServerLost:  # the photo may have come in for all that; where it has not, a check finds its file
                raise
            except LibraryError:  # a full disk
                await asyncio.to_thread(self._originals.remove, path)
                raise
            added = await self._store.photos.with_content(hash_bytes(data))
            if added is None:
                await asyncio.to_thread(self._originals.remove, path)
                raise BadImage("The picture is broken or cut off.")
        return await self.photo(added), True

    async def edit(self, photo_id: str, record: Record) -> Photo:
        """Correct what is said of a photo; the next import of the same record does not undo it. Raises BadRecord."""
        photo = await self.photo(photo_id)
        await edit(self._store, photo.id, with_record(photo, record))
        if record.tags:
            await retag(self._store, photo.id, add=record.tags)
        return await self.photo(photo.id)

    async def retag(self, photo_id: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> Photo:
        """Give tags to a photo and take others away. Raises BadRecord and NotFound."""
        photo = await self.photo(photo_id)
        await retag(self._store, photo.id, add=add, remove=remove)
        return await self.photo(photo.id)

    async def remove(self, photo_id: str) -> Photo:
        """Take a photo out; its file stays, unless it was kept in the library's own folder. Raises NotFound."""
        photo = await self.photo(photo_id)
        async with self._store.lock(PATIENCE_S, shared=True):
            numbers = await self._store.photos.numbers_of([photo.id])
            if not numbers:  # somebody else was faster
                raise no_photo(photo_id)
            await self._store.remove_photos(list(numbers.values()))
            if photo.path:
                await asyncio.to_thread(self._originals.remove, Path(photo.path))
        return photo

    async def reembed(self, encoder: str, progress: Progress = no_progress) -> MoveReport:
        """Move to another encoder; queries are answered from the old vectors until the new ones are whole."""
        options = self.options
        service = self._services.get(encoder)
        async with self._store.lock():
            report = await reembed(
                self._store,
                service,
                self.decoders,
                self.thumbnails,
                batch_photos=options.batch_photos,
                progress=progress,
            )
            await self._enrich(service)
        await self._follow()
        return report

    async def check(self, *, repair: bool = False) -> list[Problem]:
        """Return what is wrong with the library; with `repair`, after mending it."""
        async with self._store.lock():
            return await check(
                self._store,
                self._service,
                self.decoders,
                self.thumbnails,
                self._originals,
                thumbnail_px=self.options.intake.thumbnail_px,
                repair=repair,
            )

    async def mend_boards(self) -> list[str]:
        """Give boards whose log is not whole one that is; return what is lost, a line each."""
        async with self._store.lock():
            return await mend_boards(self._store)

    async def _enrich(self, service: EncoderService | None = None) -> None:
        space = await current_space(self._store)
        if space is not None:
            options = self.options
            async with self._store.enriching():
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
            self._service = self._services.get(name)
            self._checked = False

    async def _check_weights(self) -> None:
        if not self._checked:
            await check_weights(self._store, self._service)
            self._checked = True

    async def _encode_texts(self, texts: Sequence[str]) -> Vectors:
        if texts:
            await self._check_weights()
        return await self._service.encode_texts(texts)

    async def embed(self, reference: Reference) -> Floats:
        """Return the vector of a picture that is not in the library. Raises BadImage."""
        picture = await self.decoders.soon(lambda: self.decoders.picture(reference.data, name=reference.name))
        await self._check_weights()
        vectors: Floats = (await self._service.encode_images([picture.image]))[0]
        return vectors

    async def _calibrated(self, space: Space, count: int) -> Calibration:
        """Return what is usual among this library's `count` vectors, found again once they grew by a tenth.

        Who asks meanwhile is given what was usual before, or waits where there is none.
        """
        kept = self._calibration
        if kept is None or kept[0] != space or abs(count - kept[1]) > 0.1 * kept[1]:
            if kept is not None and kept[0] == space and self._calibrating.locked():
                return kept[2]
            async with self._calibrating:
                if self._calibration is kept:  # nobody else was faster
                    fitted = await calibrate(self._store, self._service, space, self.options.vocabulary)
                    self._calibration = (space, count, fitted)
            return await self._calibrated(space, count)
        return kept[2]


@asynccontextmanager
async def _stores(options: LibraryOptions | None, shared: Stores | None) -> AsyncIterator[Stores]:
    """Yield the stores that are shared, or else ones for this use alone."""
    if shared is not None:
        yield shared
    else:
        async with (options or LibraryOptions()).make_stores() as own:
            yield own
