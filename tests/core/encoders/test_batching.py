"""A GPU gets batches of the size that it is quickest with, and never more than fit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.encoder import Vectors, encode_images
from core.encoders.batching import FEWEST, MOST, best_batch, in_fitting_parts
from core.encoders.openclip import OpenClipEncoder
from core.errors import EncoderUnavailable
from tests.core.encoders.tiny_openclip import build

NO_GPU = "there is no GPU of NVIDIA's here, or none that this torch can use"


def test_a_batch_is_doubled_for_as_long_as_that_pays() -> None:
    assert best_batch(lambda _: 1.0) == MOST
    assert best_batch(lambda count: count / 1000) == FEWEST
    assert best_batch(lambda count: max(1.0, count / 128)) == 128


def test_a_batch_that_does_not_fit_is_not_taken() -> None:
    def seconds(count: int) -> float:
        if count > 2 * FEWEST:
            raise torch.OutOfMemoryError
        return 1.0

    assert best_batch(seconds) == 2 * FEWEST


def test_where_not_even_the_smallest_batch_fits_it_is_left_to_what_embeds() -> None:
    def seconds(_: int) -> float:
        raise torch.OutOfMemoryError

    assert best_batch(seconds) == FEWEST


def fitting(most: int, sizes: list[int]):
    def encode(batch: Sequence[int]) -> Vectors:
        sizes.append(len(batch))
        if len(batch) > most:
            raise torch.OutOfMemoryError
        return np.array(batch, np.float32)[:, None]

    return encode


def test_what_does_not_fit_is_embedded_in_parts_and_in_order() -> None:
    sizes: list[int] = []
    vectors = in_fitting_parts(fitting(3, sizes), list(range(11)))
    assert vectors[:, 0].tolist() == list(range(11))
    assert sizes[0] == 11 and max(sizes[-2:]) <= 3


def test_a_gpu_without_room_for_one_photo_is_said_clearly() -> None:
    with pytest.raises(EncoderUnavailable, match=r"memory of the GPU is full.*encoder\.device"):
        in_fitting_parts(fitting(0, []), [1, 2])


def test_without_a_gpu_no_weights_are_loaded_to_find_the_batch(tmp_path: Path) -> None:
    encoder = OpenClipEncoder(build(tmp_path), device="cpu")
    assert encoder.batch_photos == FEWEST
    assert encoder._state is None


@pytest.mark.skipif(not torch.cuda.is_available(), reason=NO_GPU)
def test_vectors_made_on_a_gpu_are_those_of_the_processor(tmp_path: Path) -> None:
    name = build(tmp_path)
    rng = np.random.default_rng(0)
    images = [Image.fromarray(rng.integers(0, 256, (40, 50, 3), np.uint8)) for _ in range(5)]
    there, here = (OpenClipEncoder(name, device=device, half_texts=False) for device in ("cuda", "cpu"))
    for vectors, exact in (
        (encode_images(there, images), encode_images(here, images)),
        (there.encode_texts(["a red barn", "fog"]), here.encode_texts(["a red barn", "fog"])),
    ):
        assert np.sum(vectors * exact, axis=1).min() >= 0.999
    assert there.fingerprint() == here.fingerprint()


@pytest.mark.skipif(not torch.cuda.is_available(), reason=NO_GPU)
def test_a_gpu_finds_its_batch(tmp_path: Path) -> None:
    assert FEWEST <= OpenClipEncoder(build(tmp_path), device="cuda").batch_photos <= MOST
