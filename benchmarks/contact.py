"""A contact sheet of nine photos of twelve megapixels, against decoding them with Pillow and nothing else.

    python -m benchmarks.contact

Both run in turn in one process, and the best of several rounds counts: decoding is all processor.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from benchmarks.frame import Figure, Figures, Goal, Task, main
from benchmarks.pictures import make_photos
from core.sheets import SheetCell, write_sheet

PHOTOS = 9
ORIGINAL, SMALL = (4000, 3000), (400, 300)
MOST = 1.2


def measure(task: Task) -> Figures:
    size = task.pick(ORIGINAL, ORIGINAL, SMALL)
    files = make_photos(task.work / f"originals-{size[0]}", PHOTOS, size)
    sheet = task.work / "sheet.jpg"
    ways: dict[str, Callable[[], None]] = {
        "decode": lambda: decode(files),
        "sheet": lambda: write_sheet(sheet, cells(files), heading="sunset over the ocean"),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(task.pick(5, 3, 1)):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            times[name].append(time.perf_counter() - began)
    best = {name: min(taken) for name, taken in times.items()}
    megapixels = size[0] * size[1] / 1e6
    figure = Figure(
        f"sheet of {PHOTOS} photos of {megapixels:.2g} megapixels",
        best["sheet"],
        "s",
        "decoding with Pillow",
        best["decode"],
        Goal("<=", MOST),
    )
    return Figures("contact sheet from originals", (figure,))


def cells(files: list[Path]) -> list[SheetCell]:
    return [
        SheetCell(file, f"Photo by Photographer {i} on Unsplash (CC BY 4.0)", f"A photo of {file.stem}", "good", i + 1)
        for i, file in enumerate(files)
    ]


def decode(files: list[Path]) -> None:
    for file in files:
        with Image.open(file) as photo:
            photo.load()


if __name__ == "__main__":
    raise SystemExit(main(measure, __doc__))
