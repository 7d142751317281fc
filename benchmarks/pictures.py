"""Photos to measure with, made of the sample photos: as many as are asked for, no two with the same bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

SAMPLES = Path(__file__).parents[1] / "samples"


def make_photos(folder: Path, count: int, size: tuple[int, int], *, quality: int = 88) -> list[Path]:
    """Return JPEG files of this size, written where they are not there yet: sections of sample photos, and their mirror
    images.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sources = sorted(SAMPLES.glob("*.jpg"))
    files = [folder / f"{i:05}.jpg" for i in range(count)]
    loaded: dict[Path, Image.Image] = {}
    for i, file in enumerate(files):
        if not file.is_file():
            source = sources[i % len(sources)]
            if source not in loaded:
                with Image.open(source) as opened:
                    loaded[source] = opened.convert("RGB")
            _section(loaded[source], i // len(sources), size).save(file, "JPEG", quality=quality)
    return files


def _section(photo: Image.Image, seed: int, size: tuple[int, int]) -> Image.Image:
    """Return a section that is a quarter of the photo at least, in the shape that is asked for."""
    random = np.random.default_rng(seed)
    share = 1.0 if seed == 0 else float(random.uniform(0.5, 0.95))
    width, height = (max(1, int(side * share)) for side in photo.size)
    left, top = int(random.integers(0, photo.width - width + 1)), int(random.integers(0, photo.height - height + 1))
    section = photo.crop((left, top, left + width, top + height))
    if seed % 2:
        section = ImageOps.mirror(section)
    return ImageOps.fit(section, size, Image.Resampling.BILINEAR)
