"""What is derived from a whole library once photos are in: calibration, automatic tags, groups of near-duplicates.

All of it can be computed again from photos and vectors, and is the same whether an import ran through or was killed and
went on.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.alike import group_alike
from core.calibration import SAMPLE_PHOTOS, Calibration, Floats
from core.encoder import EncoderService
from core.errors import EncoderUnavailable
from core.photos import Tag
from core.ranking import GOOD_AT, doubt
from core.store import Changes, Space, Store
from core.vectors import Half

TAGGED_REVISION, TAGGED_PHOTOS = "tagged_revision", "tagged_photos"
GROWTH = 1.25  # a library that grew by more than this is tagged as a whole again: what is usual in it has changed
BLOCK = 2048  # photos tagged at once
TAG_FROM = 0.75  # probability; a wrong tag misleads more than a missing one


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that photos are tagged with, and by which an encoder is calibrated."""

    words: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Vocabulary:
        """Read one word or phrase a line; lines that begin with # are headings."""
        lines = (line.strip().lower() for line in text.splitlines())
        return cls(tuple(dict.fromkeys(line for line in lines if line and not line.startswith("#"))))

    def stamp(self, space: Space) -> str:
        """Return what tells whether vectors of these words, made by this space's encoder, are still right."""
        return hashlib.sha256("\n".join((space.encoder, space.fingerprint, *self.words)).encode()).hexdigest()


async def word_vectors(store: Store, service: EncoderService, space: Space, vocabulary: Vocabulary) -> Floats:
    """Return the vocabulary's vectors, (v, d), from the library or else from the encoder."""
    stamp = vocabulary.stamp(space)
    kept = await store.derived("words", stamp)
    if kept is not None:
        return np.frombuffer(kept, np.float32).reshape(-1, space.dimensions)
    vectors = await service.encode_texts(vocabulary.words)
    await store.write_derived("words", stamp, vectors.astype(np.float32).tobytes())
    return vectors


async def calibrate(store: Store, service: EncoderService, space: Space, vocabulary: Vocabulary) -> Calibration:
    """Return what is usual in this library for this encoder."""
    try:
        words = await word_vectors(store, service, space, vocabulary)
    except EncoderUnavailable:  # photos that came with their vectors can still be compared with each other
        words = np.empty((0, space.dimensions), np.float32)
    sample = await store.vectors.sample(space, SAMPLE_PHOTOS)
    return await asyncio.to_thread(Calibration.fit, sample.astype(np.float32), words)


async def enrich(
    store: Store, service: EncoderService, space: Space, vocabulary: Vocabulary, *, tags_per_photo: int
) -> None:
    """Bring everything derived up to date after photos came in."""
    await group_alike(store, space)
    since, revision = int(await store.fact(TAGGED_REVISION) or 0), await store.vectors.revision(space)
    if revision <= since or not tags_per_photo or not vocabulary.words:
        return
    count = await store.vectors.count(space)
    whole = count > GROWTH * int(await store.fact(TAGGED_PHOTOS) or 0)
    changes = None if whole else await store.vectors.changes(space, since)
    if changes is not None and not changes.photos.size:
        return
    try:
        words = await word_vectors(store, service, space, vocabulary)
    except EncoderUnavailable:  # photos whose vectors came from elsewhere are tagged once the weights are here
        return
    calibration = await calibrate(store, service, space, vocabulary)
    async for photos, vectors in _blocks(store, space, changes):
        tags = await asyncio.to_thread(
            _tags, vectors.astype(np.float32), words, vocabulary.words, calibration, tags_per_photo
        )
        await store.photos.write_auto_tags(dict(zip(photos, tags, strict=True)))
    facts = {TAGGED_REVISION: str(revision if changes is None else changes.revision)}
    await store.write_facts(**facts | ({TAGGED_PHOTOS: str(count)} if whole else {}))


async def _blocks(store: Store, space: Space, changes: Changes | None) -> AsyncIterator[tuple[list[int], Half]]:
    """Yield numbers and vectors of what changed, or of the whole library, never all of that at once."""
    numbers = await store.photos.numbers() if changes is None else changes.photos
    for start in range(0, len(numbers), BLOCK):
        part = numbers[start : start + BLOCK].tolist()
        if changes is not None:
            yield part, changes.vectors[start : start + BLOCK]
        elif held := await store.vectors.get(space, part):
            yield list(held), np.stack(list(held.values()))


def _tags(
    photos: Floats, words: Floats, names: Sequence[str], calibration: Calibration, at_most: int
) -> list[list[Tag]]:
    """Return for each photo the words that it matches well, as a query for them would say, best first."""
    usual = [calibration.usual(word, "text") for word in words]
    medians = np.array([median for median, _ in usual])
    spreads = np.array([spread for _, spread in usual])
    chances = -np.expm1(doubt((photos @ words.T - medians) / spreads, GOOD_AT["text"]))
    best = np.argsort(-chances, axis=1, kind="stable")[:, :at_most]
    return [
        [Tag(names[j], "auto", round(float(row[j]), 3)) for j in order if row[j] >= TAG_FROM]
        for row, order in zip(chances, best, strict=True)
    ]
