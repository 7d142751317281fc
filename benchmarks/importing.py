"""How fast photos come in: the whole import against its encoder alone, and against a plain loop as in a notebook.

    python -m benchmarks.importing [FOLDER] [--photos N] [--model NAME]

The encoder alone is given batches of decoded photos and does its own preprocessing; its model alone is given batches
that are prepared as well, which no import can beat. The plain loop opens, prepares and embeds one photo after another,
and keeps nothing but the vector. Without a folder of photos, sections of the sample photos are imported. ViT-B-32 has
random weights, so that nothing has to be downloaded; they cost what trained ones do.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from PIL import Image

from benchmarks.frame import Figure, Figures, Goal, Task, main
from benchmarks.openclip_text import MODEL, random_checkpoint
from benchmarks.pictures import make_photos
from bot.app import library_options, read_settings
from core.encoder import encode_images
from core.encoders import create_encoder
from core.images import read_picture
from core.library import Library
from core.sources.detect import open_source

SIZE = (1024, 768)
LEAST_OF_ENCODER, LEAST_OF_LOOP = 0.9, 1.5


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--photos", type=int)
    parser.add_argument("--model", default="", help="an encoder's name; left out: ViT-B-32 and the starter encoder")


async def measure(task: Task) -> Figures:
    figures: list[Figure] = []
    models = {task.given.model: task.given.model} if task.given.model else {
        MODEL: f"{MODEL}@{random_checkpoint(task.work)}", "starter": "starter"
    }  # fmt: skip
    counts = {MODEL: task.pick(192, 96, 12)}
    for shown, name in models.items():
        count = task.given.photos or counts.get(shown, task.pick(480, 160, 12))
        folder = task.given.folder
        files = sorted(folder.rglob("*.jpg")) if folder else make_photos(task.work / "photos", count, SIZE)
        if not files:
            return Figures("import, JPEG on disk to committed", skipped=f"there are no photos in {folder}")
        figures += await of_model(shown, name, files[:count], task.pick(3, 2, 1))
    return Figures("import, JPEG on disk to committed", tuple(figures))


async def of_model(shown: str, name: str, files: list[Path], rounds: int) -> tuple[Figure, ...]:
    """Return the figures of one encoder."""
    options = library_options(read_settings(os.environ, Path.cwd()))
    encoder = create_encoder(name, options.encoder)
    batch = options.batch_photos or encoder.batch_photos
    encode_images(encoder, [read_picture(file.read_bytes()).image for file in files[:batch]])
    encoder.encode_texts(options.vocabulary.words)  # not the encoder's work on photos

    taken = []
    for _ in range(rounds):  # interleaved, because machines have slow minutes
        model, alone = time_encoder(encoder, files, batch)
        taken.append((model, alone, time_loop(encoder, files), await time_import(encoder, options, files)))
    whole = statistics.median(one[3] for one in taken)

    def beside(place: int) -> float:
        """Return the baseline's rate that makes the ratio the median of the rounds' ratios."""
        return whole / statistics.median(one[3] / one[place] for one in taken)

    what = f"{len(files)} photos, {shown}"
    return (
        Figure(what, whole, "photos/s", "the encoder alone", beside(1), Goal(">=", LEAST_OF_ENCODER)),
        Figure(f"{what}, beside a loop", whole, "photos/s", "a plain loop", beside(2), Goal(">=", LEAST_OF_LOOP)),
        Figure(f"{what}, beside its model", whole, "photos/s", "the model on prepared photos", beside(0)),
    )


def time_encoder(encoder, files, batch) -> tuple[float, float]:
    """Return the photos a second of the model on prepared photos, and of the whole encoder on decoded ones."""
    preparing = running = 0.0
    for start in range(0, len(files), batch):
        images = [read_picture(file.read_bytes()).image for file in files[start : start + batch]]
        began = time.perf_counter()
        ready = [encoder.prepare(image) for image in images]
        prepared = time.perf_counter()
        encoder.encode_prepared(ready)
        preparing += prepared - began
        running += time.perf_counter() - prepared
    return len(files) / running, len(files) / (running + preparing)


def time_loop(encoder, files) -> float:
    """Return the photos a second of a loop over files, one at a time."""
    began = time.perf_counter()
    for file in files:
        with Image.open(file) as image:
            encode_images(encoder, [image.convert("RGB")])
    return len(files) / (time.perf_counter() - began)


async def time_import(encoder, options, files) -> float:
    """Return the photos a second of an import, enrichment included."""
    with tempfile.TemporaryDirectory() as scratch:
        photos = Path(scratch) / "photos"
        photos.mkdir()
        for file in files:
            shutil.copy(file, photos / file.name)
        folder = Path(scratch) / "library"
        await Library.create(folder, encoder.name)
        async with Library.open(folder, replace(options, make_encoder=lambda *_: encoder), any_encoder=True) as library:
            await library.import_from(open_source(str(photos / files[0].name)))  # and the vocabulary, once a library
            began = time.perf_counter()
            report = await library.import_from(open_source(str(photos)))
            seconds = time.perf_counter() - began
    assert report.added == len(files) - 1
    return len(files) / seconds


if __name__ == "__main__":
    raise SystemExit(main(measure, __doc__, options=add_options))
