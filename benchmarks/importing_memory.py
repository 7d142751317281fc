"""How much more memory an import of 20,000 photos holds than one of 2,000.

    python -m benchmarks.importing_memory

Each is a process of its own that imports small JPEGs into a new library, tags and near-duplicates included, with an
encoder that only draws its vectors from the picture: a real one would add the same weights to both.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks import child
from benchmarks.frame import Figure, Figures, Goal, Task, main
from benchmarks.made_up import DIMENSIONS, MadeUp, options, unit
from benchmarks.pictures import make_photos
from core.encoder import Prepared, Vectors
from core.library import Library
from core.sources.detect import open_source

SIZE, SIDE = (160, 120), 16
MOST = 1.2


class Drawn(MadeUp):
    """Draws a photo's vector from its pixels, by a projection that is always the same."""

    def __init__(self) -> None:
        self._projection = np.random.default_rng(0).standard_normal((SIDE * SIDE * 3, DIMENSIONS)).astype(np.float32)

    def prepare(self, image: Image.Image) -> Prepared:
        return (np.asarray(image.resize((SIDE, SIDE)), np.float32).ravel() / 255,)  # type: ignore[return-value]

    def encode_prepared(self, batch: Sequence[Prepared]) -> Vectors:
        return unit(np.stack([one[0] for one in batch]) @ self._projection)


def measure(task: Task) -> Figures:
    few, many = task.pick((2000, 20_000), (500, 5000), (20, 200))
    files = make_photos(task.work / f"small-{many}", many, SIZE)
    part = task.work / f"small-{many}-{few}"
    part.mkdir(exist_ok=True)
    for file in files[:few]:
        if not (part / file.name).exists():
            (part / file.name).hardlink_to(file)
    peaks, seconds = {}, {}
    for count, folder in ((few, part), (many, files[0].parent)):
        said = child.answer(child.run(child.python("-m", "benchmarks.importing_memory", "import", str(folder))))
        assert said["photos"] == count
        peaks[count], seconds[count] = said["peak_mb"], said["seconds"]
    figure = Figure(f"{many:,} photos", peaks[many], "MB", f"{few:,} photos", peaks[few], Goal("<=", MOST))
    growth = {"import, ms a photo": {count: 1000 * taken / count for count, taken in seconds.items()}}
    return Figures("memory of an import", (figure,), growth=growth)


async def take_in(photos: Path) -> None:
    """Import a folder into a new library beside it; say what it took."""
    folder = photos.with_name(f"{photos.name}-library")
    shutil.rmtree(folder, ignore_errors=True)
    await Library.create(folder, Drawn.name)
    behaviour = replace(options(), make_encoder=lambda *_: Drawn())
    async with Library.open(folder, behaviour) as library:
        began = time.perf_counter()
        report = await library.import_from(open_source(str(photos)))
        seconds = time.perf_counter() - began
    shutil.rmtree(folder)
    print(json.dumps({"photos": report.added, "seconds": seconds} | child.own_memory()))


if __name__ == "__main__":
    if sys.argv[1:2] == ["import"]:
        asyncio.run(take_in(Path(sys.argv[2])))
    else:
        raise SystemExit(main(measure, __doc__))
