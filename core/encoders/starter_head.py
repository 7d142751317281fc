"""What the starter encoder has learnt: small matrices that bring photos and queries into one space.

A photo is four blocks, each of length one, then projected, with its looks (starter_looks.py) beside them:
1. ridge regression of its features onto the mean MiniLM embedding of its captions,
2. the same onto a latent semantic analysis (Deerwester et al. 1990) of the captions' words, which keeps precise words
   precise,
3. ConSE (Norouzi et al. 2014): its class probabilities times the MiniLM embeddings of what the classes are called,
4. a linear map trained with its counterpart for captions to tell each photo's caption from others (InfoNCE, van den
   Oord et al. 2018).
A query is MiniLM, its bag of words, MiniLM again, and both through the counterpart. The file holds matrices and single
words, no photo and no caption.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from core.encoders.starter_looks import AXES, parse_looks
from core.encoders.starter_words import split_words
from core.errors import EncoderUnavailable

if TYPE_CHECKING:
    import torch

DIMENSIONS = 512
MEANINGS = DIMENSIONS - len(AXES)  # of the 512, those that the blocks are projected to
TEMPERATURE = 2.0  # of the class probabilities: soft enough that the second and third guess count
LOOK_IN_PHOTO = 0.08  # of one axis at one deviation, beside the blocks' length of one
LOOK_IN_QUERY = 3.0  # of a query that asks for nothing but a look
FORMAT = "modaclip-starter-head-2"


@dataclass(frozen=True)
class Head:
    """The learnt matrices. F features, S + W + R numbers in blocks 1, 2 and 4, C in block 3, V words, A looks."""

    vocabulary: tuple[str, ...]  # V stems
    feature_mean: torch.Tensor  # (F,)
    feature_scale: torch.Tensor  # (F,)
    photo_weight: torch.Tensor  # (F, S + W + R + detectors)
    photo_bias: torch.Tensor  # (S + W + R + detectors,)
    sentence_mean: torch.Tensor  # (384,)
    sentence_axes: torch.Tensor  # (384, S)
    word_axes: torch.Tensor  # (V, W), each word's inverse document frequency multiplied in
    unknown_words: torch.Tensor  # (384, W): where MiniLM says that words outside the vocabulary lie
    class_mean: torch.Tensor  # (384,)
    class_axes: torch.Tensor  # (384, C)
    classes: torch.Tensor  # (1000, C), less their mean
    caption_weight: torch.Tensor  # (384 + W, R)
    caption_bias: torch.Tensor  # (R,)
    projection: torch.Tensor  # (S + W + C + R, MEANINGS)
    look_mean: torch.Tensor  # (A,)
    look_scale: torch.Tensor  # (A,)

    @cached_property
    def _word_rows(self) -> dict[str, int]:
        return {word: row for row, word in enumerate(self.vocabulary)}

    def photo_vectors(self, features: torch.Tensor, logits: torch.Tensor, looks: torch.Tensor) -> torch.Tensor:
        """Return unit vectors (n, 512) of features (n, F), class logits (n, 1000) and pixel looks (n, pixel axes)."""
        import torch

        learnt = self.apply(features)
        meaning = _unit(self.photo_blocks(learnt, logits) @ self.projection)
        shown = (torch.cat([looks, self.detections(learnt)], 1) - self.look_mean) * self.look_scale
        damped = shown.sign() * shown.abs().log1p()  # an extreme photo must not be nothing but its look
        return _unit(torch.cat([meaning, LOOK_IN_PHOTO * damped], 1))

    def query_vectors(self, texts: Sequence[str], sentences: torch.Tensor) -> torch.Tensor:
        """Return unit vectors (n, 512) of texts and their MiniLM embeddings (n, 384)."""
        import torch

        meaning = _unit(self.query_blocks(texts, sentences) @ self.projection)
        looks = torch.from_numpy(np.stack([parse_looks(text) for text in texts]))
        return _unit(torch.cat([meaning, LOOK_IN_QUERY * looks], 1))

    def apply(self, features: torch.Tensor) -> torch.Tensor:
        """Return what the learnt map says of features: blocks 1, 2 and 4 and the detectors, side by side."""
        return (features - self.feature_mean) * self.feature_scale @ self.photo_weight + self.photo_bias

    def detections(self, learnt: torch.Tensor) -> torch.Tensor:
        """Return the detectors' part of what `apply` returned, shape (n, len(starter_looks.LEARNT))."""
        return learnt[:, sum(self._widths) :]

    def photo_blocks(self, learnt: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        """Return a photo's blocks 1, 2, 3 and 4 side by side, from what `apply` returned."""
        import torch

        sentence, words, contrast = learnt[:, : sum(self._widths)].split_with_sizes(self._widths, 1)
        seen = (logits / TEMPERATURE).softmax(1) @ self.classes
        return torch.cat([_unit(sentence), _unit(words), _unit(seen), _unit(contrast)], 1)

    def query_blocks(self, texts: Sequence[str], sentences: torch.Tensor) -> torch.Tensor:
        """Return a query's blocks 1, 2, 3 and 4 side by side."""
        import torch

        centred = _unit(sentences - self.sentence_mean)
        words = place_words(texts, centred @ self.unknown_words, self._word_rows, self.word_axes)
        contrast = torch.cat([centred, words], 1) @ self.caption_weight + self.caption_bias
        named = (sentences - self.class_mean) @ self.class_axes
        return torch.cat([_unit(centred @ self.sentence_axes), words, _unit(named), _unit(contrast)], 1)

    @property
    def _widths(self) -> list[int]:
        return [self.sentence_axes.shape[1], self.word_axes.shape[1], self.caption_weight.shape[1]]

    def save(self, path: Path) -> None:
        """Write the head as safetensors: matrices in float16, rows of numbers in float32, words in the metadata."""
        import torch
        from safetensors.torch import save_file

        tensors = {name: getattr(self, name).contiguous() for name in self._tensor_names()}
        small = {name: value.to(torch.float16 if value.ndim == 2 else torch.float32) for name, value in tensors.items()}
        save_file(small, path, {"format": FORMAT, "vocabulary": json.dumps(self.vocabulary)})

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a head. Raises EncoderUnavailable when the file is missing, broken or of another format."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, "pt") as file:
                metadata = file.metadata() or {}
                if metadata.get("format") != FORMAT:
                    raise ValueError(f"{path.name} is of another format")
                tensors = {name: file.get_tensor(name).float() for name in cls._tensor_names()}
            return cls(vocabulary=tuple(json.loads(metadata["vocabulary"])), **tensors)
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            raise EncoderUnavailable(
                "The starter encoder's head {file} is missing, damaged or of another version. Install the "
                "project again, make the head again with tools/train_starter.py, or use the training-free starter.",
                file=path.name,
            ) from error

    @classmethod
    def _tensor_names(cls) -> list[str]:
        return [field.name for field in fields(cls) if field.name != "vocabulary"]


def place_words(
    texts: Sequence[str], guesses: torch.Tensor, rows: Mapping[str, int], axes: torch.Tensor
) -> torch.Tensor:
    """Return block 2 of texts, shape (n, W): the axes (V, W) of their words, a guess (n, W) for words never met."""
    import torch

    bags = torch.zeros_like(guesses)
    shares = torch.zeros(len(texts), 1)
    for place, text in enumerate(texts):
        words = list(split_words(text))
        known = [rows[word] for word in words if word in rows]
        bags[place] = axes[known].sum(0)
        shares[place] = len(known) / len(words) if words else 0.0
    return _unit(shares * _unit(bags) + (1 - shares) * _unit(guesses))


def _unit(rows: torch.Tensor) -> torch.Tensor:
    from torch.nn.functional import normalize

    return normalize(rows, dim=-1)
