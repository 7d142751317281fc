"""The seam between the engine and any model that puts photos and words in one space.

An encoder is split in two so that an import can overlap them: `prepare` turns one decoded photo into the model's input
(ordinary CPU work, called from several threads), `encode_prepared` runs the model on a batch of those (called from one
thread at a time).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol, Self, TypeAlias, TypeVar, runtime_checkable

import numpy as np
import numpy.typing as npt
from PIL import Image

if TYPE_CHECKING:
    import torch  # takes more than a second: only those who run a model pay for it

Vectors: TypeAlias = npt.NDArray[np.float32]  # (n, dimensions), every row of length one
Vector: TypeAlias = npt.NDArray[np.float32]  # (dimensions,)
Prepared: TypeAlias = "tuple[torch.Tensor, ...]"  # one photo, as its encoder's model takes it
Result = TypeVar("Result")
TEXTS_AT_ONCE = 64  # of a batch


@runtime_checkable
class Encoder(Protocol):
    """A model of photos and words in one space. Loads its weights on first use, under its own lock."""

    @property
    def name(self) -> str:
        """The name that a library records, e.g. "starter" or "ViT-B-32/laion2b_s34b_b79k"."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    @property
    def batch_photos(self) -> int:
        """How many photos are best embedded at once. May load the weights, to try."""

    def fingerprint(self) -> str:
        """Short hash of the weights: equal exactly when vectors may be compared. May load the weights."""

    def prepare(self, image: Image.Image) -> Prepared:
        """Turn one upright RGB photo into the model's input. Safe to call from several threads."""

    def encode_prepared(self, batch: Sequence[Prepared]) -> Vectors:
        """Return one unit vector a photo, shape (len(batch), dimensions), float32."""

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, shape (len(texts), dimensions), float32."""


def encode_images(encoder: Encoder, images: Sequence[Image.Image]) -> Vectors:
    """Return one unit vector a photo, shape (len(images), dimensions), without any overlap of the two steps."""
    return encoder.encode_prepared([encoder.prepare(image) for image in images])


class EncoderService:
    """An encoder as the event loop sees it: one thread runs the model, so that batches never compete for the cores.

    Texts that were encoded lately are remembered: pages of one query, and what a team types again, cost nothing. Texts
    that arrive while the model is busy are encoded together when it is free, which is cheaper than one by one.
    """

    def __init__(self, encoder: Encoder, *, remembered_texts: int = 4096) -> None:
        self.encoder = encoder
        self.ready = False  # whether the model has run: the first time loads its weights
        self.waiting = 0  # pieces of work that are running or waiting for their turn
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="encoder")
        self._texts: OrderedDict[str, Vector] = OrderedDict()
        self._remembered_texts = remembered_texts
        self._asked: dict[str, asyncio.Future[Vector]] = {}  # texts whose vectors are on their way
        self._queued: list[str] = []  # those of them that the model was not given yet
        self._encoding: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def texts_remembered(self) -> int:
        """How many texts' vectors are remembered."""
        return len(self._texts)

    async def close(self) -> None:
        """Finish what is running and end the thread."""
        if self._encoding is not None:
            self._encoding.cancel()
            await asyncio.gather(self._encoding, return_exceptions=True)
        for future in self._asked.values():  # of texts that the model was not given yet
            future.cancel()
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)

    async def run(self, function: Callable[[], Result]) -> Result:
        """Run `function` on the encoder's thread."""
        self.waiting += 1
        try:
            result = await asyncio.get_running_loop().run_in_executor(self._thread, function)
        finally:
            self.waiting -= 1
        self.ready = True
        return result

    async def fingerprint(self) -> str:
        """Return the fingerprint of the encoder's weights, which loads them."""
        return await self.run(self.encoder.fingerprint)

    async def batch_photos(self) -> int:
        """Return how many photos are best embedded at once, which may load the weights."""
        return await self.run(lambda: self.encoder.batch_photos)

    async def encode_prepared(self, batch: Sequence[Prepared]) -> Vectors:
        """Return one unit vector a prepared photo."""
        return await self.run(lambda: self.encoder.encode_prepared(batch))

    async def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        """Return one unit vector a photo."""
        return await self.run(lambda: encode_images(self.encoder, images))

    async def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, those remembered without running the model."""
        known = {text: self._texts[text] for text in texts if text in self._texts}  # it may be forgotten meanwhile
        coming = {text: self._vector_of(text) for text in dict.fromkeys(texts) if text not in known}
        # shielded: somebody who stops waiting must not take the vector from others who asked for the same
        fresh = {text: await asyncio.shield(future) for text, future in coming.items()}
        rows = [fresh[text] if text in fresh else known[text] for text in texts]
        self._remember(texts, rows)
        return np.stack(rows) if rows else np.empty((0, self.encoder.dimensions), np.float32)

    def _remember(self, texts: Sequence[str], vectors: Iterable[Vector]) -> None:
        for text, vector in zip(texts, vectors, strict=True):
            self._texts[text] = vector
            self._texts.move_to_end(text)
        while len(self._texts) > self._remembered_texts:
            self._texts.popitem(last=False)

    def _vector_of(self, text: str) -> asyncio.Future[Vector]:
        if (future := self._asked.get(text)) is None:
            future = self._asked[text] = asyncio.get_running_loop().create_future()
            self._queued.append(text)
            if self._encoding is None or self._encoding.done():
                self._encoding = asyncio.create_task(self._encode_queued())
        return future

    async def _encode_queued(self) -> None:
        while self._queued:
            batch, self._queued = self._queued[:TEXTS_AT_ONCE], self._queued[TEXTS_AT_ONCE:]
            try:
                vectors = await self.run(lambda texts=batch: self.encoder.encode_texts(texts))  # type: ignore[misc]
            except BaseException as error:
                for text in batch:
                    future = self._asked.pop(text)
                    if isinstance(error, Exception):
                        future.set_exception(error)
                        future.exception()  # nobody may be waiting any more
                    else:
                        future.cancel()
                if not isinstance(error, Exception):
                    raise
            else:
                self._remember(batch, vectors)  # before anybody asks again who comes ahead of those who wait
                for text, vector in zip(batch, vectors, strict=True):
                    self._asked.pop(text).set_result(vector)


class EncoderServices:
    """The services of a program, one for each encoder, so that weights are loaded once however many libraries use them.

    Use `async with`.
    """

    def __init__(self, make: Callable[[str], Encoder]) -> None:
        self._make = make
        self._services: dict[str, EncoderService] = {}

    def get(self, name: str) -> EncoderService:
        """Return the service of this encoder. Raises EncoderUnavailable for an unknown name."""
        if name not in self._services:
            self._services[name] = EncoderService(self._make(name))
        return self._services[name]

    def running(self) -> Sequence[EncoderService]:
        """Return the services that were asked for so far."""
        return tuple(self._services.values())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for service in self._services.values():
            await service.close()
