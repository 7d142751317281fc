"""How fast photos come in: the whole import against its encoder alone, and against a plain loop as in a notebook.

    python -m benchmarks.importing [FOLDER] [--photos N] [--model NAME]

The encoder alone is given batches of decoded photos and does its own preprocessing; its model alone is given batches
that are prepared as well, which no import can beat. The plain loop opens, prepares and embeds one photo after another,
and keeps nothing but the vector.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from PIL import Image

from bot.app import library_options, read_settings
from core.encoder import encode_images
from core.encoders import create_encoder
from core.images import read_picture
from core.library import Library
from core.sources.detect import open_source

FOLDER = Path(__file__).parents[2] / "shared" / "photos" / "objects"


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--photos", type=int, default=480)
    parser.add_argument("--model", default="starter")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    files = sorted(arguments.folder.rglob("*.jpg"))[: arguments.photos]
    if not files:
        print(f"There are no photos in {arguments.folder}: name a folder that has some.")
        return 2
    options = library_options(read_settings(os.environ, Path.cwd()))
    encoder = create_encoder(arguments.model, options.encoder)
    batch = options.batch_photos
    encode_images(encoder, [read_picture(file.read_bytes()).image for file in files[:batch]])
    encoder.encode_texts(options.vocabulary.words)  # not the encoder's work on photos

    rounds = []
    for _ in range(arguments.rounds):  # interleaved, because machines have slow minutes
        model, alone = time_encoder(encoder, files, batch)
        rounds.append((model, alone, time_loop(encoder, files), await time_import(encoder, options, files)))
    model, alone, loop, whole = (statistics.median(figures) for figures in zip(*rounds, strict=True))
    print(f"{len(files)} photos, {arguments.model}, {os.cpu_count()} cores, medians of {arguments.rounds} rounds")
    print(f"its model alone {model:7.1f} photos/s")
    print(f"encoder alone   {alone:7.1f} photos/s")
    print(f"plain loop      {loop:7.1f} photos/s   {loop / alone:.2f} of the encoder alone")
    print(
        f"import          {whole:7.1f} photos/s   {whole / alone:.2f} of the encoder, {whole / model:.2f} of its model"
    )
    print(f"import against the loop: {whole / loop:.2f}")
    return 0


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
            began = time.perf_counter()
            await library.import_from(open_source(str(photos / files[0].name)))
            print(f"once for each library: {time.perf_counter() - began:.1f} s, to embed the vocabulary (not counted)")
            began = time.perf_counter()
            report = await library.import_from(open_source(str(photos)))
            seconds = time.perf_counter() - began
    assert report.added == len(files) - 1
    return len(files) / seconds


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
