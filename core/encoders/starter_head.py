"""What the starter encoder has learnt: small matrices that bring photos and queries into one space.

A photo is three blocks, each of length one, then projected to 512 numbers:
1. ridge regression of its features onto the mean MiniLM embedding of its captions,
2. the same onto a latent semantic analysis (Deerwester et al. 1990) of the captions' words, which keeps precise words
   precise,
3. ConSE (Norouzi et al. 2014): its class probabilities times the MiniLM embeddings of the class names.
A query is MiniLM, its bag of words, MiniLM again. The file holds matrices and single words, no photo and no caption.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from core.encoders.starter_words import split_words
from core.errors import EncoderUnavailable

if TYPE_CHECKING:
    import torch

DIMENSIONS = 512
TEMPERATURE = 2.0  # of the class probabilities: soft enough that the second and third guess count
FORMAT = "modaclip-starter-head-1"


@dataclass(frozen=True)
class Head:
    """The learnt matrices. F features, V words, W word axes, B block numbers in all."""

    vocabulary: tuple[str, ...]  # V stems
    photo_weight: torch.Tensor  # (F, 384 + W): features to caption embedding and word axes
    photo_bias: torch.Tensor  # (384 + W,)
    sentence_mean: torch.Tensor  # (384,)
    word_axes: torch.Tensor  # (V, W), each word's inverse document frequency multiplied in
    unknown_words: torch.Tensor  # (384, W): where MiniLM says that a word outside the vocabulary lies
    classes: torch.Tensor  # (1000, 384): class names, less their mean
    class_mean: torch.Tensor  # (384,)
    projection: torch.Tensor  # (B, 512)

    @cached_property
    def _word_rows(self) -> dict[str, int]:
        return {word: row for row, word in enumerate(self.vocabulary)}

    @classmethod
    def _tensor_names(cls) -> list[str]:
        return [field.name for field in fields(cls) if field.name != "vocabulary"]

    def photo_blocks(self, features: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        """Return a photo's blocks (n, B) from its features (n, F) and class logits (n, 1000)."""
        import torch

        learnt = features @ self.photo_weight + self.photo_bias
        seen = (logits / TEMPERATURE).softmax(1) @ self.classes
        width = len(self.sentence_mean)
        return torch.cat([_unit(learnt[:, :width]), _unit(learnt[:, width:]), _unit(seen)], 1)

    def query_blocks(self, texts: Sequence[str], sentences: torch.Tensor) -> torch.Tensor:
        """Return a query's blocks (n, B) from its text and its MiniLM embedding (n, 384)."""
        import torch

        bags = torch.zeros(len(texts), self.word_axes.shape[1])
        for bag, text, sentence in zip(bags, texts, sentences, strict=True):
            words = list(split_words(text))
            known = [self._word_rows[word] for word in words if word in self._word_rows]
            bag += self.word_axes[known].sum(0)
            if not known:
                bag += (sentence - self.sentence_mean) @ self.unknown_words
        return torch.cat([_unit(sentences - self.sentence_mean), _unit(bags), _unit(sentences - self.class_mean)], 1)

    def photo_vectors(self, features: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        """Return unit vectors (n, 512) of photos."""
        return _unit(self.photo_blocks(features, logits) @ self.projection)

    def query_vectors(self, texts: Sequence[str], sentences: torch.Tensor) -> torch.Tensor:
        """Return unit vectors (n, 512) of queries."""
        return _unit(self.query_blocks(texts, sentences) @ self.projection)

    def save(self, path: Path) -> None:
        """Write the head as float16 safetensors, the vocabulary in its metadata."""
        import torch
        from safetensors.torch import save_file

        tensors = {name: getattr(self, name).to(torch.float16).contiguous() for name in self._tensor_names()}
        save_file(tensors, path, {"format": FORMAT, "vocabulary": json.dumps(self.vocabulary)})

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a head. Raises EncoderUnavailable when the file is missing, broken or of another format."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, "pt") as file:
                metadata = file.metadata() or {}
                if metadata.get("format") != FORMAT:
                    raise EncoderUnavailable(
                        f"{path.name} is not a head that this version of the starter encoder reads."
                    )
                tensors = {name: file.get_tensor(name).float() for name in cls._tensor_names()}
            return cls(vocabulary=tuple(json.loads(metadata["vocabulary"])), **tensors)
        except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
            raise EncoderUnavailable(
                f"The starter encoder's head {path.name} is missing or damaged. Install the project again, make it "
                "again with tools/train_starter.py, or use the training-free starter."
            ) from error


def _unit(rows: torch.Tensor) -> torch.Tensor:
    from torch.nn.functional import normalize

    return normalize(rows, dim=-1)
