"""An encoder small enough to reason about: photos are their hues and lights, texts the colour words in them.

It needs no torch, which takes two seconds to import: processes that tests start are there at once.
"""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Sequence

import numpy as np
from PIL import Image

from core.encoder import Prepared, Vectors

HUES = ("red", "orange", "yellow", "lime", "green", "mint", "cyan", "azure", "blue", "violet", "magenta", "rose")
LIGHTS = ("dark", "grey", "bright")
DIMENSIONS = 32


class ColourEncoder:
    """Implements `core.encoder.Encoder` without any weights; counts the photos that it was given."""

    def __init__(self, name: str = "colours", *, weights: str = "1", killed_after: int | None = None) -> None:
        self.name = name
        self.dimensions = DIMENSIONS
        self.batch_photos = 32
        self.embedded = 0
        self._weights = weights
        self._killed_after = killed_after  # photos; then the process ends as if by `kill -9`

    def fingerprint(self) -> str:
        return f"{self.name}-{self._weights}"

    def prepare(self, image: Image.Image) -> Prepared:
        hsv = np.asarray(image.resize((16, 16)).convert("HSV"), np.float32) / 255
        hue, strength, value = hsv[..., 0].ravel(), hsv[..., 1].ravel(), hsv[..., 2].ravel()
        vector = np.zeros(DIMENSIONS, np.float32)
        np.add.at(vector, (hue * 12).round().astype(int) % 12, strength)
        np.add.at(vector, 12 + np.minimum((value * 3).astype(int), 2), 0.6)
        vector[16:] = 0.02 * np.asarray(image.resize((4, 4)).convert("L"), np.float32).ravel() / 255
        return (vector,)  # type: ignore[return-value]  # what is in it only `encode_prepared` knows

    def encode_prepared(self, batch: Sequence[Prepared]) -> Vectors:
        self.embedded += len(batch)
        if self._killed_after is not None and self.embedded > self._killed_after:
            os.kill(os.getpid(), signal.SIGKILL)
        return _unit(np.stack([prepared[0] for prepared in batch]))

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return _unit(np.stack([_text(text) for text in texts]))


def _text(text: str) -> np.ndarray:
    vector = np.zeros(DIMENSIONS, np.float32)
    for word in text.lower().split():
        if word in HUES:
            vector[HUES.index(word)] += 1
        elif word in LIGHTS:
            vector[12 + LIGHTS.index(word)] += 1
        else:  # a direction of its own, unlike any photo's
            seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
            vector[16:] += 0.3 * np.random.default_rng(seed).standard_normal(16).astype(np.float32)
    return vector


def _unit(vectors: np.ndarray) -> Vectors:
    return (vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)).astype(np.float32)
