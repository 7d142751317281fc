"""How a text tower of open_clip runs: on no more tokens than a text has, with weights of half the size.

A causal text tower never looks past the end-of-text token, so the padding behind it changes nothing and costs half of
the time. What is left is mostly reading weights: kept as float16, and multiplied in float32 (FBGEMM, on any processor
with AVX2), they take half of the time again. float16 rounds weights eight times finer than bfloat16, and activations
stay as they are; bfloat16 is as quick, but puts another photo among the first ten for one query in five, and int8
rounds coarser still.

Neither is assumed of a model: both are tried, once, when its weights are loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import torch
from open_clip.transformer import ResidualAttentionBlock, text_global_pool

Encode: TypeAlias = Callable[[torch.Tensor], torch.Tensor]  # tokens (n, context) to vectors (n, dimensions)

TRIED_TEXTS: Final = ("a photo of a dog on a beach", "sunset over the ocean, " * 8)
SAME_COSINE: Final = 0.9999
NEAR_COSINE: Final = 0.9999  # below it other photos begin to come first


def text_encoder(model: Any, tokenize: Callable[[list[str]], torch.Tensor], device: str, *, half: bool) -> Encode:
    """Return what encodes tokens of a model.

    On a trimmed context where that gives the same vectors, else as open_clip does. With `half`, a trimmed tower's
    weights are float16 from then on, where this processor is quick with them and the vectors stay near.
    """

    def whole(tokens: torch.Tensor) -> torch.Tensor:
        encoded: torch.Tensor = model.encode_text(tokens)
        return encoded

    tower = getattr(model, "text", model)
    causal = getattr(tower, "attn_mask", None) is not None and getattr(tower, "cls_emb", None) is None
    if not causal or not hasattr(tower, "token_embedding"):
        return whole
    pool = getattr(tower, "pool_type", None) or getattr(tower, "text_pool_type", None)
    if pool not in ("argmax", "eos"):
        return whole
    end = getattr(tower, "eos_id", None) or getattr(tower, "text_eos_id", None)

    def trimmed(tokens: torch.Tensor) -> torch.Tensor:
        return _encode_trimmed(tower, tokens, pool, end)

    with torch.inference_mode():
        tokens = tokenize(list(TRIED_TEXTS)).to(device)
        exact = trimmed(tokens)
        if _least_cosine(whole(tokens), exact) < SAME_COSINE:
            return whole
        if half and device == "cpu" and multiplies_half():
            _halve(tower.transformer, lambda: _least_cosine(exact, trimmed(tokens)) >= NEAR_COSINE)
    return trimmed


def multiplies_half() -> bool:
    """Tell whether weights in float16 can be multiplied here, and are quick."""
    return "fbgemm" in torch.backends.quantized.supported_engines


def _halve(transformer: torch.nn.Module, near: Callable[[], bool]) -> None:
    """Bring a transformer's weights to float16, and back where its vectors are not near then."""
    blocks: Any = transformer.resblocks
    if not all(_is_plain(block) for block in blocks):
        return
    transformer.resblocks = torch.nn.ModuleList(_HalfBlock(block) for block in blocks)
    if not near():
        transformer.resblocks = blocks


def _is_plain(block: Any) -> bool:
    """Tell whether a block is what `_HalfBlock` computes."""
    if type(block) is not ResidualAttentionBlock or hasattr(block, "ln_1_kv"):
        return False
    attention = block.attn
    same = attention._qkv_same_embed_dim and attention.in_proj_bias is not None and attention.batch_first
    return bool(same and attention.bias_k is None and not attention.add_zero_attn)


class _HalfLinear(torch.nn.Module):
    """A linear layer whose weights are float16."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        super().__init__()
        self._packed = torch.ops.quantized.linear_prepack_fp16(weight.detach(), None if bias is None else bias.detach())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = torch.ops.quantized.linear_dynamic_fp16(x, self._packed)
        return result


class _HalfBlock(torch.nn.Module):
    """A block of a text tower whose weights are float16. What is not a matrix stays as it was."""

    def __init__(self, block: Any) -> None:
        super().__init__()
        self.ln_1, self.ls_1, self.ln_2, self.ls_2 = block.ln_1, block.ls_1, block.ln_2, block.ls_2
        self._heads = block.attn.num_heads
        self._in = _HalfLinear(block.attn.in_proj_weight, block.attn.in_proj_bias)
        self._out = _HalfLinear(block.attn.out_proj.weight, block.attn.out_proj.bias)
        self._wide = _HalfLinear(block.mlp.c_fc.weight, block.mlp.c_fc.bias)
        self._gelu = block.mlp.gelu
        self._narrow = _HalfLinear(block.mlp.c_proj.weight, block.mlp.c_proj.bias)

    def get_weight_dtype(self) -> torch.dtype:
        """Return the precision of what goes in, as open_clip asks for it."""
        return torch.float32

    def forward(self, x: torch.Tensor, *, attn_mask: torch.Tensor | None = None) -> torch.Tensor:
        """Return what the block makes of texts (n, tokens, width)."""
        texts, tokens, width = x.shape
        parts = self._in(self.ln_1(x)).view(texts, tokens, 3, self._heads, width // self._heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        seen = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=attn_mask)
        x = x + self.ls_1(self._out(seen.transpose(1, 2).reshape(texts, tokens, width)))
        result: torch.Tensor = x + self.ls_2(self._narrow(self._gelu(self._wide(self.ln_2(x)))))
        return result


def _least_cosine(one: torch.Tensor, other: torch.Tensor) -> float:
    return float(torch.nn.functional.cosine_similarity(one.float(), other.float()).min())


def _encode_trimmed(tower: Any, tokens: torch.Tensor, pool: str, end: int | None) -> torch.Tensor:
    """Run a causal text tower on no more tokens than the longest text has."""
    ends = tokens.argmax(dim=-1) if pool == "argmax" else torch.eq(tokens, end or 0).int().argmax(dim=-1)
    length = int(ends.max()) + 1
    tokens = tokens[:, :length]
    cast = tower.transformer.get_cast_dtype()
    x = tower.token_embedding(tokens).to(cast) + tower.positional_embedding[:length].to(cast)
    x = tower.transformer(x, attn_mask=tower.attn_mask[:length, :length])
    pooled: torch.Tensor = text_global_pool(tower.ln_final(x), tokens, pool_type=pool, eos_token_id=end)
    projection = tower.text_projection
    if isinstance(projection, torch.nn.Linear):
        return torch.nn.functional.linear(pooled, projection.weight, projection.bias)
    return pooled if projection is None else torch.matmul(pooled, projection)
