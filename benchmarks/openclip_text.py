"""What trimming the context of a CLIP text tower saves, and that it changes nothing: a random ViT-B-32.

python -m benchmarks.openclip_text
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import open_clip
import torch

from core.encoders.openclip import OpenClipEncoder

TEXTS = ["sunset over ocean", "a photo of a red car at night", "foggy forest", "people dancing at a party"]
ROUNDS = 20


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        torch.manual_seed(0)
        checkpoint = Path(scratch) / "random.pt"
        torch.save(open_clip.create_model("ViT-B-32", load_weights=False).state_dict(), checkpoint)
        encoder = OpenClipEncoder(f"ViT-B-32@{checkpoint}", device="cpu")
        encoder.encode_texts(TEXTS)
        loaded = encoder._loaded()
        whole_ms = median_ms(lambda text: loaded.model.encode_text(loaded.tokenize([text])))
        trimmed_ms = median_ms(lambda text: loaded.encode_tokens(loaded.tokenize([text])))
        with torch.inference_mode():
            tokens = loaded.tokenize(TEXTS)
            whole, trimmed = loaded.model.encode_text(tokens), loaded.encode_tokens(tokens)
        cosine = torch.nn.functional.cosine_similarity(whole, trimmed).min()
    print(f"encode_text of open_clip {whole_ms:6.1f} ms a query")
    print(f"on a trimmed context     {trimmed_ms:6.1f} ms a query, {trimmed_ms / whole_ms:.2f} of it")
    print(f"least cosine between the two {float(cosine):.6f}")
    return 0


def median_ms(encode) -> float:
    times = []
    with torch.inference_mode():
        for i in range(ROUNDS):
            began = time.perf_counter()
            encode(TEXTS[i % len(TEXTS)])
            times.append(1000 * (time.perf_counter() - began))
    return sorted(times)[ROUNDS // 2]


if __name__ == "__main__":
    raise SystemExit(main())
