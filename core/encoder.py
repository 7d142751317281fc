"""The seam between the engine and any model that puts photos and words in one space.

An encoder is split in two so that an import can overlap them: `prepare` turns one decoded photo into the model's input
(ordinary CPU work, called from several threads), `encode_prepared` runs the model on a batch of those (called from one
thread at a time).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

Vectors: TypeAlias = npt.NDArray[np.float32]  # (n, dimensions), every row of length one
Prepared: TypeAlias = tuple[torch.Tensor, ...]  # one photo, as its encoder's model takes it


@runtime_checkable
class Encoder(Protocol):
    """A model of photos and words in one space. Loads its weights on first use, under its own lock."""

    @property
    def name(self) -> str:
        """The name that a library records, e.g. "starter" or "ViT-B-32/laion2b_s34b_b79k"."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

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
