"""Moves a library to another encoder while it goes on answering from the old vectors.

The new vectors grow in a space of their own, batch by batch, so a move that is interrupted goes on where it was. Only
when no photo lacks one does a single transaction make the new space the library's, and the old one is dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from core.decoding import Decoders
from core.encoder import EncoderService, Prepared
from core.enrich import TAGGED_PHOTOS, TAGGED_REVISION
from core.errors import BadImage
from core.ingest import Progress, no_progress
from core.spaces import ENCODER, FINGERPRINT, current_space
from core.store import Pictured, Space, Store
from core.thumbnails import Thumbnails


@dataclass(frozen=True, slots=True)
class MoveReport:
    """What a move did."""

    encoder: str
    embedded: int
    from_thumbnails: tuple[str, ...] = ()  # photos whose original is gone: their vectors are a little less exact
    left_out: tuple[str, ...] = ()  # photos that have neither original nor thumbnail

    def lines(self) -> list[str]:
        """Return the report for people."""
        told = [f"The library answers with {self.encoder} now; {self.embedded:,} photos were embedded."]
        if self.from_thumbnails:
            told.append(
                f"{len(self.from_thumbnails):,} originals are gone; their thumbnails were taken, which finds a little "
                "less exactly. Bring the files back and import them again."
            )
        if self.left_out:
            told.append(f"{len(self.left_out):,} photos have no picture here any more and are found by words only.")
        return told


async def reembed(
    store: Store,
    service: EncoderService,
    decoders: Decoders,
    thumbnails: Thumbnails,
    *,
    batch_photos: int = 0,
    progress: Progress = no_progress,
) -> MoveReport:
    """Make vectors with `service`'s encoder for every photo, then make them the library's."""
    old = await current_space(store)
    encoder = service.encoder
    space = await store.named_space(encoder.name, await service.fingerprint(), encoder.dimensions)
    report = await embed_lacking(
        store, service, decoders, space, thumbnails, batch_photos=batch_photos, progress=progress
    )
    facts = {ENCODER: space.encoder, FINGERPRINT: space.fingerprint, TAGGED_REVISION: "0", TAGGED_PHOTOS: "0"}
    # vectors that came from elsewhere (no fingerprint) can't be made again, and are kept
    await store.switch(facts, drop=old if old is not None and old.id != space.id and old.fingerprint else None)
    return report


async def embed_lacking(
    store: Store,
    service: EncoderService,
    decoders: Decoders,
    space: Space,
    thumbnails: Thumbnails,
    *,
    batch_photos: int = 0,
    progress: Progress = no_progress,
) -> MoveReport:
    """Embed every photo whose picture was seen and that has no vector in `space`.

    So many at once; 0: as many as the encoder is quickest with. The next are decoded meanwhile.
    """
    lacking = await store.vectors.lacking(space)
    todo = [row for row in await store.photos.pictured() if row.n in lacking]
    embedded, thumbs, lost = 0, [], []
    if not todo:
        return MoveReport(service.encoder.name, 0)
    size = batch_photos or await service.batch_photos()
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(thread_name_prefix="decoder") as threads:

        def open_those_from(start: int) -> list[asyncio.Future[tuple[Prepared | None, bool]]]:
            rows = todo[start : start + size]
            return [loop.run_in_executor(threads, _open, row, service, decoders, thumbnails) for row in rows]

        ahead = open_those_from(0)
        for start in range(0, len(todo), size):
            rows, opening = todo[start : start + size], ahead
            ahead = open_those_from(start + size)
            opened = await asyncio.gather(*opening)
            thumbs += [row.id for row, (_, thumb) in zip(rows, opened, strict=True) if thumb]
            lost += [row.id for row, (prepared, _) in zip(rows, opened, strict=True) if prepared is None]
            embedded += await _write(store, service, space, rows, [prepared for prepared, _ in opened])
            progress(start + len(rows), len(todo))
    return MoveReport(service.encoder.name, embedded, tuple(thumbs), tuple(lost))


async def _write(
    store: Store, service: EncoderService, space: Space, rows: Sequence[Pictured], prepared: Sequence[Prepared | None]
) -> int:
    ready = [(row.n, one) for row, one in zip(rows, prepared, strict=True) if one is not None]
    if ready:
        vectors = await service.encode_prepared([one for _, one in ready])
        await store.vectors.write(space, dict(zip([n for n, _ in ready], vectors, strict=True)))
    return len(ready)


def _open(
    row: Pictured, service: EncoderService, decoders: Decoders, thumbnails: Thumbnails
) -> tuple[Prepared | None, bool]:
    """Return a photo ready for the encoder, and whether its thumbnail had to do."""
    places = [(Path(row.path), False)] if row.path else []
    for path, is_thumbnail in [*places, (thumbnails.path(row.content_hash), True)]:
        try:
            picture = decoders.picture(path.read_bytes(), name=path.name)
        except (BadImage, OSError):
            continue
        if is_thumbnail or picture.content_hash == row.content_hash:
            return service.encoder.prepare(picture.image), is_thumbnail
    return None, False
