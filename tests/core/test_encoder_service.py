"""One model for many who ask: texts are encoded together, once each, and nobody takes them from another."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image

from core.encoder import TEXTS_AT_ONCE, EncoderService, EncoderServices, Vectors
from tests.fakes.encoder import ColourEncoder

LONGEST_S = 5


class Held(ColourEncoder):
    """An encoder that keeps what it was given to encode, and can be held up."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[list[str]] = []
        self.given = queue.SimpleQueue[None]()
        self.broken = False
        self._go = threading.Event()
        self._go.set()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold up whatever is encoded meanwhile."""
        self._go.clear()
        try:
            yield
        finally:
            self._go.set()

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        self.given.put(None)
        self._go.wait(LONGEST_S)
        if self.broken:
            raise RuntimeError("out of memory")
        return super().encode_texts(texts)


@pytest.fixture
def encoder() -> Held:
    return Held()


@pytest.fixture
async def service(encoder: Held) -> AsyncIterator[EncoderService]:
    async with EncoderService(encoder) as opened:
        yield opened


async def started(encoder: Held, batches: int = 1) -> None:
    """Wait until the model has been given so many batches."""
    for _ in range(batches):
        await asyncio.to_thread(encoder.given.get, timeout=LONGEST_S)


def ask(service: EncoderService, *texts: str) -> asyncio.Task[Vectors]:
    return asyncio.create_task(service.encode_texts(texts))


async def test_texts_that_come_while_the_model_is_busy_are_encoded_together(
    service: EncoderService, encoder: Held
) -> None:
    with encoder.held():
        first = ask(service, "red")
        await started(encoder)
        others = [ask(service, text) for text in ("green", "blue", "dark")]
        await asyncio.sleep(0.01)
    await asyncio.gather(first, *others)
    assert encoder.batches == [["red"], ["green", "blue", "dark"]]


async def test_a_text_that_several_ask_for_at_once_is_encoded_once(service: EncoderService, encoder: Held) -> None:
    with encoder.held():
        asked = [ask(service, "red") for _ in range(20)]
        await started(encoder)
    vectors = await asyncio.gather(*asked)
    assert encoder.batches == [["red"]]
    assert all((each == vectors[0]).all() for each in vectors)


async def test_a_text_that_was_asked_for_before_is_remembered(service: EncoderService, encoder: Held) -> None:
    await service.encode_texts(["red", "green"])
    await service.encode_texts(["green", "blue"])
    assert encoder.batches == [["red", "green"], ["blue"]]
    assert service.texts_remembered == 3


async def test_each_text_gets_its_own_vector_in_its_place(service: EncoderService) -> None:
    texts = ["blue", "red", "blue", "dark green"]
    assert np.allclose(await service.encode_texts(texts), ColourEncoder().encode_texts(texts))


async def test_no_texts_give_no_vectors(service: EncoderService, encoder: Held) -> None:
    assert (await service.encode_texts([])).shape == (0, encoder.dimensions)
    assert encoder.batches == []


async def test_only_so_many_texts_are_remembered(encoder: Held) -> None:
    async with EncoderService(encoder, remembered_texts=2) as service:
        for text in ("red", "green", "red", "blue", "red", "green"):
            await service.encode_texts([text])
        assert service.texts_remembered == 2
    assert encoder.batches == [["red"], ["green"], ["blue"], ["green"]]


async def test_a_text_forgotten_meanwhile_is_still_answered(encoder: Held) -> None:
    async with EncoderService(encoder, remembered_texts=1) as service:
        await service.encode_texts(["red"])
        with encoder.held():
            earlier, both = ask(service, "green"), ask(service, "red", "green")
            await started(encoder, 2)
        await earlier  # its text takes the place of the one that was remembered
        assert np.allclose(await both, ColourEncoder().encode_texts(["red", "green"]))


async def test_many_texts_are_encoded_in_batches(service: EncoderService, encoder: Held) -> None:
    await service.encode_texts([f"word{n}" for n in range(TEXTS_AT_ONCE + 5)])
    assert [len(batch) for batch in encoder.batches] == [TEXTS_AT_ONCE, 5]


async def test_who_stops_waiting_does_not_take_the_vector_from_others(service: EncoderService, encoder: Held) -> None:
    with encoder.held():
        first = ask(service, "red")
        await started(encoder)
        second = ask(service, "red")
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
    assert first.cancelled()
    assert np.allclose(await second, ColourEncoder().encode_texts(["red"]))
    assert encoder.batches == [["red"]]


async def test_who_stops_waiting_in_the_queue_does_not_take_the_batch_from_others(
    service: EncoderService, encoder: Held
) -> None:
    with encoder.held():
        first = ask(service, "red")
        await started(encoder)
        left, stays = ask(service, "green"), ask(service, "blue", "green")
        await asyncio.sleep(0)
        left.cancel()
    await first
    assert np.allclose(await stays, ColourEncoder().encode_texts(["blue", "green"]))
    with pytest.raises(asyncio.CancelledError):
        await left


async def test_all_who_waited_are_told_of_an_error(service: EncoderService, encoder: Held) -> None:
    encoder.broken = True
    told = await asyncio.gather(ask(service, "red"), ask(service, "red", "blue"), return_exceptions=True)
    assert [str(error) for error in told] == ["out of memory"] * 2


async def test_after_an_error_the_text_is_tried_again(service: EncoderService, encoder: Held) -> None:
    encoder.broken = True
    with pytest.raises(RuntimeError):
        await service.encode_texts(["red"])
    encoder.broken = False
    assert np.allclose(await service.encode_texts(["red"]), ColourEncoder().encode_texts(["red"]))


async def test_nobody_waits_for_a_service_that_is_closed(encoder: Held) -> None:
    service = EncoderService(encoder)
    with encoder.held():
        asked = [ask(service, "red")]
        await started(encoder)
        asked += [ask(service, f"word{n}") for n in range(TEXTS_AT_ONCE + 5)]
        await asyncio.sleep(0)
        closing = asyncio.create_task(service.close())
        async with asyncio.timeout(LONGEST_S):
            told = await asyncio.gather(*asked, return_exceptions=True)
    await closing
    assert all(isinstance(one, asyncio.CancelledError) for one in told)


async def test_work_that_waits_is_counted(service: EncoderService, encoder: Held) -> None:
    assert (service.waiting, service.ready) == (0, False)
    with encoder.held():
        asked = ask(service, "red")
        await started(encoder)
        images = asyncio.create_task(service.encode_images([Image.new("RGB", (16, 16), "red")]))
        await asyncio.sleep(0)
        assert service.waiting == 2
    await asyncio.gather(asked, images)
    assert (service.waiting, service.ready) == (0, True)


async def test_libraries_with_the_same_encoder_share_its_service() -> None:
    made: list[str] = []

    def make(name: str) -> ColourEncoder:
        made.append(name)
        return ColourEncoder(name)

    async with EncoderServices(make) as services:
        assert services.get("colours") is services.get("colours")
        assert services.get("other") is not services.get("colours")
        assert len(services.running()) == 2
    assert made == ["colours", "other"]


async def test_who_asks_before_the_first_has_woken_up_gets_the_same(service: EncoderService, encoder: Held) -> None:
    asked: list[asyncio.Task[Vectors]] = []
    coming = service._vector_of("red")
    coming.add_done_callback(lambda _: asked.append(asyncio.create_task(service.encode_texts(["red"]))))
    await service.encode_texts(["red"])
    (second,) = asked
    await second
    assert encoder.batches == [["red"]]
