"""How many photos a GPU embeds at once: as many as it is quickest with, and never more than fit into its memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import numpy as np
import torch

from core.encoder import Vectors
from core.errors import EncoderUnavailable

Item = TypeVar("Item")

FEWEST: Final = 32  # photos; what a processor gets as well
MOST: Final = 256  # photos; a batch waits in memory, decoded, while the one before it is embedded
WORTH: Final = 1.1  # times as many photos a second, for which a batch is doubled


def best_batch(seconds: Callable[[int], float]) -> int:
    """Return how many photos to embed at once: doubled for as long as that pays.

    `seconds` embeds so many and returns how long that took; it raises `torch.OutOfMemoryError` where they do not fit.
    """
    best, rate = FEWEST, 0.0
    size = FEWEST
    while size <= MOST:
        try:
            found = size / seconds(size)
        except torch.OutOfMemoryError:
            break
        if found < WORTH * rate:
            break
        best, rate, size = size, found, 2 * size
    return best


def in_fitting_parts(encode: Callable[[Sequence[Item]], Vectors], batch: Sequence[Item]) -> Vectors:
    """Return `encode` of a batch, in halves where it does not fit: other programs use a GPU's memory too.

    Raises EncoderUnavailable where not even one photo fits.
    """
    try:
        return encode(batch)
    except torch.OutOfMemoryError as error:
        if len(batch) == 1:
            raise EncoderUnavailable(
                "The memory of the GPU is full. Free some of it, or set encoder.device to cpu."
            ) from error
    torch.cuda.empty_cache()  # outside of the handler: the error holds what did not fit
    half = len(batch) // 2
    return np.concatenate([in_fitting_parts(encode, batch[:half]), in_fitting_parts(encode, batch[half:])])
