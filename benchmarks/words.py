"""What people's words add to a ranking by meaning, and what that costs photos that nobody described.

    python -m benchmarks.words [DATA]

DATA is Flickr8k as prepared for the starter encoder. Every other photo of its dev split gets one of its captions as its
description; other captions of all photos are the queries. Compared: vectors alone, reciprocal rank fusion (Cormack et
al. 2009) of vectors and words, and the joining of evidence that the engine uses.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np

from bot.app import library_options, read_settings
from core.library import Library
from core.photos import Photo
from core.ranking import GOOD_AT, doubt, word_doubt
from core.sources import Candidate
from core.store import telling_words

DATA = Path(__file__).parents[2] / "shared" / "flickr8k"
RRF_CONSTANT = 60
QUERY_CAPTIONS = (1, 3)


class Described:
    """A source of the dev photos, every other one with a description."""

    name = "flickr8k dev"

    def __init__(self, folder: Path) -> None:
        self.captions: dict[str, list[str]] = defaultdict(list)
        for line in (folder / "captions.tsv").read_text(encoding="utf-8").splitlines():
            name, caption = line.split("\t")
            self.captions[name].append(caption)
        self.names = (folder / "dev.txt").read_text().split()
        self._folder = folder

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self):
        for place, name in enumerate(self.names):
            description = self.captions[name][0] if place % 2 == 0 else None
            photo = Photo(id=Path(name).stem, source="folder", description=description)
            yield Candidate(f"dev:{name}", photo, file=self._folder / "images" / name)


async def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    if not folder.is_dir():
        print(f"There is no data in {folder}: name a folder laid out like Flickr8k.")
        return 0
    source = Described(folder)
    options = replace(library_options(read_settings(os.environ, Path.cwd()), model="starter"), tags_per_photo=0)
    with tempfile.TemporaryDirectory() as scratch:
        await Library.create(Path(scratch), "starter")
        async with Library.open(Path(scratch), options) as library:
            await library.import_from(source)
            await compare(library, source)
    return 0


async def compare(library: Library, source: Described) -> None:
    view = await library._index.current()
    space, index = view.space, view.whole
    assert space is not None and index is not None
    calibration = await library._calibrated(space, len(index))
    ranks: dict[str, dict[bool, list[int]]] = defaultdict(lambda: {True: [], False: []})
    numbers = await library._store.photos.numbers_of([Path(name).stem for name in source.names])
    for place, name in enumerate(source.names):
        own = int(np.searchsorted(index.keys, numbers[Path(name).stem]))
        for caption in (source.captions[name][i] for i in QUERY_CAPTIONS):
            vector = (await library._service.encode_texts([caption]))[0]
            cosines = index.scores(vector, index.keys).astype(np.float64)
            matches = await library._store.words.match(telling_words([caption]))
            coverage = np.zeros(len(index))
            coverage[np.searchsorted(index.keys, matches.photos)] = matches.coverage
            median, spread = calibration.usual(vector, "text")
            meaning = doubt((cosines - median) / spread, GOOD_AT["text"])
            scores = {
                "vectors alone": cosines,
                "reciprocal rank fusion": fuse(cosines, coverage),
                "joined evidence": -(meaning + word_doubt(coverage)),
            }
            for method, score in scores.items():
                ranks[method][place % 2 == 0].append(int((score > score[own]).sum()))
    print(f"{len(source)} photos, {len(QUERY_CAPTIONS)} queries each; R@1 / R@10")
    print(f"{'':24}{'described':>16}{'not described':>18}{'all':>16}")
    for method, groups in ranks.items():
        shown = [recalls(groups[True]), recalls(groups[False]), recalls(groups[True] + groups[False])]
        print(f"{method:24}{shown[0]:>16}{shown[1]:>18}{shown[2]:>16}")


def fuse(cosines: np.ndarray, coverage: np.ndarray) -> np.ndarray:
    """Return reciprocal rank fusion of the two; photos without any of the words are in one list only."""
    by_vector = np.argsort(np.argsort(-cosines))
    by_words = np.argsort(np.argsort(-coverage))
    return 1 / (RRF_CONSTANT + by_vector) + np.where(coverage > 0, 1 / (RRF_CONSTANT + by_words), 0)


def recalls(ranks: list[int]) -> str:
    places = np.array(ranks)
    return f"{np.mean(places < 1):.3f} / {np.mean(places < 10):.3f}"


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
