"""Photos on a GPU: ViT-B-32 in half precision, from pinned memory, in batches of the size that the engine finds.

Against the same model in float32 and batches of 32.

    python -m benchmarks.gpu

The weights are random. Where torch finds no GPU of NVIDIA's there is nothing to measure.
"""

from __future__ import annotations

import statistics
import time

import numpy as np
import torch
from PIL import Image

from benchmarks.frame import Figure, Figures, Goal, Task, main
from benchmarks.openclip_text import MODEL, random_checkpoint
from core.encoder import Vectors
from core.encoders.openclip import OpenClipEncoder

PLAIN_BATCH = 32
SIZE = (320, 240)
LEAST_COSINE = 0.999


def measure(task: Task) -> Figures:
    row = f"{MODEL} on a GPU"
    if not torch.cuda.is_available():
        return Figures(row, skipped="torch finds no GPU of NVIDIA's here")
    encoder = OpenClipEncoder(f"{MODEL}@{random_checkpoint(task.work)}", device="cuda")
    random = np.random.default_rng(0)
    count, rounds = task.pick(4096, 1024, 64), task.pick(5, 3, 1)
    photos = [encoder.prepare(Image.fromarray(random.integers(0, 256, (*SIZE[::-1], 3), np.uint8))) for _ in range(64)]
    batch = encoder.batch_photos
    model = encoder._loaded().model

    def engine() -> Vectors:
        many = [photos[i % len(photos)] for i in range(count)]
        return np.concatenate([encoder.encode_prepared(many[i : i + batch]) for i in range(0, count, batch)])

    def plain() -> Vectors:
        many = [photos[i % len(photos)][0] for i in range(count)]
        parts = []
        with torch.inference_mode():
            for start in range(0, count, PLAIN_BATCH):
                found = model.encode_image(torch.stack(many[start : start + PLAIN_BATCH]).to("cuda"), normalize=True)
                parts.append(found.cpu().numpy())
        return np.concatenate(parts)

    vectors, exact = engine(), plain()
    times: dict[str, list[float]] = {"engine": [], "plain": []}
    for _ in range(rounds):
        for name, run in (("engine", engine), ("plain", plain)):
            began = time.perf_counter()
            run()
            times[name].append(count / (time.perf_counter() - began))
    rate, before = (statistics.median(times[name]) for name in ("engine", "plain"))
    baseline = f"float32, batches of {PLAIN_BATCH}"
    cosine = float(np.sum(vectors * exact, axis=1).min())
    figures = (
        Figure(f"batches of {batch}, half precision", rate, "photos/s", baseline, before),
        Figure("least cosine", cosine, "", baseline, 1.0, Goal(">=", LEAST_COSINE, "value")),
    )
    return Figures(row, figures, (f"on a {torch.cuda.get_device_name()}",))


if __name__ == "__main__":
    raise SystemExit(main(measure, __doc__))
