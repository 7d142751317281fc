"""Small open_clip models with random weights, saved to disk: what a checkpoint is to those who have one."""

from __future__ import annotations

import json
from pathlib import Path

import open_clip
import torch

VISION = {"image_size": 32, "layers": 2, "width": 64, "head_width": 32, "patch_size": 8}
TEXT = {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 2}
KINDS = {
    "plain": {},
    "custom-text": {"custom_text": True},
    "not-causal": {"custom_text": True, "text_cfg": {"no_causal_mask": True, "pool_type": "last"}},
}


def build(folder: Path, kind: str = "plain", *, seed: int = 0) -> str:
    """Write config and checkpoint of a random model; return the name under which `OpenClipEncoder` loads it."""
    name = f"tiny-{kind}-{folder.name}"
    changes = dict(KINDS[kind])
    text = TEXT | changes.pop("text_cfg", {})  # type: ignore[operator]
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / f"{name}.json"
    config.write_text(json.dumps({"embed_dim": 48, "vision_cfg": VISION, "text_cfg": text, **changes}))
    open_clip.add_model_config(config)
    torch.manual_seed(seed)
    model = open_clip.create_model(name, pretrained=None, load_weights=False)
    checkpoint = folder / f"{name}.pt"
    torch.save(model.state_dict(), checkpoint)
    return f"{name}@{checkpoint}"
