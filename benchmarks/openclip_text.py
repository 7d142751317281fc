"""From words to a vector, ViT-B-32: open_clip's own `encode_text` against a trimmed context, exact and half the size.

    python -m benchmarks.openclip_text

The weights are random, so that nothing has to be downloaded: times do not depend on what weights are. Whether less
precision finds the same is asked of 10,000 photos made up around the vectors of captions. Random weights put all
captions close together, so the differences that order photos are smaller here than with weights that were trained, and
the test is the harder for it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import open_clip
import torch

from benchmarks.frame import Figure, Figures, Goal, Task, main
from core.encoders.openclip import OpenClipEncoder
from core.encoders.openclip_text import multiplies_half

SUBJECTS = ("sunset", "a red car", "foggy forest", "people dancing", "two children", "an old lighthouse", "a white cat")
PLACES = ("over the ocean", "at night", "in the mountains", "at a party in summer", "on a quiet beach in the morning")
LOOKS = ("", "seen from above", "in black and white", "in warm light with long shadows")
TOP = 10
LEAST_COSINE, LEAST_SAME = 0.995, 0.95
MODEL = "ViT-B-32"


def measure(task: Task) -> Figures:
    rounds, photos = task.pick(12, 4, 1), task.pick(10_000, 10_000, 500)
    texts = captions()[: task.pick(60, 40, 3)]
    checkpoint = random_checkpoint(task.work)
    name = f"{MODEL}@{checkpoint}"
    exact, quick = (OpenClipEncoder(name, device="cpu", half_texts=half) for half in (False, True))
    loaded = exact._loaded()

    def whole(text: str) -> object:
        with torch.inference_mode():
            return loaded.model.encode_text(loaded.tokenize([text]))

    ways = {
        "encode_text": whole,
        "float32": lambda text: exact.encode_texts([text]),
        "as set": lambda text: quick.encode_texts([text]),
    }
    times = interleaved(ways, texts, rounds)
    precision = "float16" if multiplies_half() else "float32"
    vectors, near = (np.concatenate([one.encode_texts([text]) for text in texts]) for one in (exact, quick))
    with torch.inference_mode():
        full = torch.nn.functional.normalize(loaded.model.encode_text(loaded.tokenize(texts)), dim=-1).numpy()
    baseline = "open_clip's encode_text"
    against = 1000 * times["encode_text"]
    figures = [
        Figure("one text, exact", 1000 * times["float32"], "ms", baseline, against, Goal("<=", 0.5)),
        Figure(f"one text, {precision}", 1000 * times["as set"], "ms", baseline, against, Goal("<=", 0.3)),
        Figure("least cosine, exact", cosine(full, vectors), "", baseline, 1.0, Goal(">=", LEAST_COSINE, "value")),
        Figure(f"least cosine, {precision}", cosine(full, near), "", baseline, 1.0, Goal(">=", LEAST_COSINE, "value")),
        Figure(
            f"queries with the same top {TOP}, {precision}",
            same_top(full, near, photos),
            "",
            baseline,
            1.0,
            Goal(">=", LEAST_SAME, "value"),
        ),
    ]
    return Figures("text to vector, ViT-B-32, 3 to 12 words", tuple(figures))


def captions() -> list[str]:
    """Return descriptions of three to twelve words."""
    made = (f"{subject} {place} {look}".strip() for look in LOOKS for place in PLACES for subject in SUBJECTS)
    return [text for text in made if 3 <= len(text.split()) <= 12]


def random_checkpoint(folder: Path) -> Path:
    """Return a file of random weights, made once for each folder."""
    checkpoint = folder / "random-vit-b-32.pt"
    if not checkpoint.is_file():
        torch.manual_seed(0)
        torch.save(open_clip.create_model(MODEL, load_weights=False).state_dict(), checkpoint)
    return checkpoint


def interleaved(ways: dict[str, Callable[[str], object]], texts: Sequence[str], rounds: int) -> dict[str, float]:
    """Return the median over texts of each way's best time, in seconds; the ways take turns, as minutes differ."""
    best: dict[str, dict[str, float]] = {name: {} for name in ways}
    for way in ways.values():
        way(texts[0])
    for _ in range(rounds):
        for text in texts:
            for name, way in ways.items():
                began = time.perf_counter()
                way(text)
                taken = time.perf_counter() - began
                best[name][text] = min(taken, best[name].get(text, taken))
    return {name: statistics.median(taken.values()) for name, taken in best.items()}


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    """Return the least cosine between vectors of the same text."""
    return float((one * other).sum(1).min())


def same_top(one: np.ndarray, other: np.ndarray, count: int) -> float:
    """Return the share of queries whose first photos are the same, whatever their order among themselves."""
    random = np.random.default_rng(0)
    noise = random.standard_normal((count, one.shape[1])).astype(np.float32) / np.sqrt(one.shape[1])
    photos = one[random.integers(0, len(one), count)] + 0.8 * noise
    photos /= np.linalg.norm(photos, axis=1, keepdims=True)
    tops = [np.argsort(-(photos @ vectors.T), axis=0)[:TOP] for vectors in (one, other)]
    return float(np.mean([set(a) == set(b) for a, b in zip(tops[0].T, tops[1].T, strict=True)]))


if __name__ == "__main__":
    raise SystemExit(main(measure, __doc__))
