"""The starter encoder: photos and words in one space on a bare machine, from two small packages and a learnt head.

It is what a library gets until CLIP's weights can be had: good enough to search by meaning, light and colour, at a
fifth of CLIP's cost. docs/starter.md is its model card.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.encoders import starter_backbone, starter_sentences
from core.encoders.starter_colours import measure_colours, shrink
from core.encoders.starter_head import DIMENSIONS, TEMPERATURE, Head
from core.encoders.starter_looks import measure_looks
from core.encoders.starter_pool import CorePool
from core.errors import EncoderUnavailable

if TYPE_CHECKING:
    import torch

    from core.encoder import Prepared, Vectors

BATCH_PHOTOS = 32
HEAD_PATH = Path(__file__).with_name("starter_head.safetensors")


class StarterEncoder:
    """EfficientNet-Lite2, MiniLM and a learnt head, each loaded when first needed.

    With `training_free` no head is read: photos are placed by ConSE (Norouzi et al. 2014) alone, which has learnt
    nothing from captions, finds objects and misses light, mood and colour.
    """

    def __init__(
        self, *, training_free: bool = False, head_path: Path | None = None, mixed: bool | None = None
    ) -> None:
        """Choose the head, and whether the network runs in bfloat16 (left out: where that is faster)."""
        self._training_free = training_free
        self._head_path = head_path or HEAD_PATH
        self._mixed = mixed
        self._lock = RLock()  # cached_property alone would load twice when two threads come first

    @property
    def name(self) -> str:
        """The name that a library records."""
        return "starter-training-free" if self._training_free else "starter"

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return DIMENSIONS

    @property
    def batch_photos(self) -> int:
        """How many photos are best embedded at once: a few handfuls for every core."""
        return BATCH_PHOTOS

    def fingerprint(self) -> str:
        """Return a short hash of the head and of both models' weights."""
        with self._lock:
            return self._fingerprint

    def prepare(self, image: Image.Image) -> Prepared:
        """Turn one upright RGB photo into its crop for the network and its copy for the colours, both bytes."""
        import torch

        crop, copy = starter_backbone.crop(image), shrink(image)
        return torch.from_numpy(crop.copy()), torch.from_numpy(copy.copy())

    def encode_prepared(self, batch: Sequence[Prepared]) -> Vectors:
        """Return one unit vector a photo, shape (len(batch), 512), float32."""
        if not batch:
            return np.empty((0, DIMENSIONS), np.float32)
        with self._lock:
            if len(batch) == 1:
                return self._encode(batch)  # every core on the one photo that somebody waits for
            self._load()
            return np.concatenate(self._cores.map(self._encode, batch))

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, shape (len(texts), 512), float32."""
        import torch

        if not texts:
            return np.empty((0, DIMENSIONS), np.float32)
        with self._lock, torch.inference_mode():
            sentences = self._sentences(texts)
            if self._training_free:
                return _as_vectors(sentences - self._classes.mean(0))
            return _as_vectors(self._head.query_vectors(texts, sentences))

    def _encode(self, batch: Sequence[Prepared]) -> Vectors:
        import torch

        with torch.inference_mode():
            features, logits = self._backbone(torch.stack([crop for crop, _ in batch]))
            if self._training_free:
                return _as_vectors((logits / TEMPERATURE).softmax(1) @ self._classes - self._classes.mean(0))
            copies = np.stack([copy.numpy() for _, copy in batch])
            colours, looks = (torch.from_numpy(read(copies)) for read in (measure_colours, measure_looks))
            return _as_vectors(self._head.photo_vectors(torch.cat([features, colours], 1), logits, looks))

    def _load(self) -> None:
        """Load what `_encode` needs, once, before several threads come for it."""
        _ = self._backbone, self._classes if self._training_free else self._head

    @cached_property
    def _cores(self) -> CorePool:
        return CorePool()

    @cached_property
    def _fingerprint(self) -> str:
        paths = [starter_backbone.weights_path(), starter_sentences.weights_path()]
        digest = hashlib.sha256(self.name.encode())
        for path in paths if self._training_free else [*paths, self._head_path]:
            digest.update(_hash_file(path))
        return digest.hexdigest()[:16]

    @cached_property
    def _backbone(self) -> starter_backbone.Backbone:
        return starter_backbone.Backbone(mixed=self._mixed)

    @cached_property
    def _sentences(self) -> starter_sentences.Sentences:
        return starter_sentences.Sentences()

    @cached_property
    def _head(self) -> Head:
        return Head.load(self._head_path)

    @cached_property
    def _classes(self) -> torch.Tensor:
        return embed_classes(self._sentences)


def embed_classes(sentences: starter_sentences.Sentences) -> torch.Tensor:
    """Return where MiniLM puts the thousand classes that the network tells apart, shape (1000, 384).

    Two parts name, one part the dictionary's definition, which says "dog" of a Weimaraner.
    """
    from timm.data.imagenet_info import ImageNetInfo
    from torch.nn.functional import normalize

    info = ImageNetInfo()
    entries = [info.index_to_description(index, detailed=True) for index in range(starter_backbone.CLASSES)]
    names = [entry.split(": ")[0].split(",")[0] for entry in entries]
    definitions = [entry.split(": ", 1)[-1] for entry in entries]
    return normalize(sentences(names) + 0.5 * sentences(definitions), dim=-1)


def _hash_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise EncoderUnavailable(
            "The starter encoder's file {file} can't be read. Install the project again, or use the "
            "training-free starter.",
            file=path.name,
        ) from error


def _as_vectors(rows: torch.Tensor) -> Vectors:
    from torch.nn.functional import normalize, pad

    vectors: Vectors = normalize(pad(rows, (0, DIMENSIONS - rows.shape[1])), dim=-1).numpy()
    return vectors
