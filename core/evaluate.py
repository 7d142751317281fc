"""How well photos are found, measured on photos somebody labelled or described.

Two kinds of ground truth: a folder whose sub-folders (or, without any, whose file names) are the labels, and a file of
lines `image<TAB>caption`. Photos are embedded as they are, with the library's encoder; nothing is added to the library.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.calibration import Calibration, Floats
from core.decoding import Decoders
from core.encoder import EncoderService
from core.errors import BadImage, SourceError
from core.images import KNOWN_ENDINGS
from core.ingest import Progress, no_progress
from core.ranking import GOOD_AT, doubt, match_of

BATCH = 16
AT = 10  # the precision and recall that a person sees on one page


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """How well labels find their photos."""

    photos: int
    queries: int
    precision_at_10: float  # mean over labels; of at most as many hits as the label has photos
    mean_average_precision: float
    right_by_match: dict[str, tuple[int, int]]  # strong, good, weak: how many of the first hits are right, of how many

    def record(self) -> dict[str, Any]:
        """Return the figures for scripts."""
        return {
            "photos": self.photos,
            "queries": self.queries,
            "P@10": round(self.precision_at_10, 4),
            "mAP": round(self.mean_average_precision, 4),
            "match": {name: {"right": right, "of": count} for name, (right, count) in self.right_by_match.items()},
        }

    def lines(self) -> list[str]:
        """Return the figures for people."""
        told = [f"{name}: {right} of {count} right" for name, (right, count) in self.right_by_match.items() if count]
        return [
            f"{self.photos:,} photos, {self.queries:,} labels as queries",
            f"P@10 {self.precision_at_10:.3f}   mAP {self.mean_average_precision:.3f}",
            "of the first hits, those called " + ", ".join(told),
        ]


@dataclass(frozen=True, slots=True)
class CaptionFigures:
    """How well captions find their photo."""

    photos: int
    queries: int
    recall: dict[int, float]  # at 1, 5, 10
    median_rank: float

    def record(self) -> dict[str, Any]:
        """Return the figures for scripts."""
        recall = {f"R@{k}": round(value, 4) for k, value in self.recall.items()}
        return {"photos": self.photos, "queries": self.queries, **recall, "median rank": self.median_rank}

    def lines(self) -> list[str]:
        """Return the figures for people."""
        recall = "   ".join(f"R@{k} {value:.3f}" for k, value in self.recall.items())
        return [
            f"{self.photos:,} photos, {self.queries:,} captions as queries",
            f"{recall}   median rank {self.median_rank:g}",
        ]


async def evaluate(
    service: EncoderService, decoders: Decoders, words: Floats, labelled: Path, progress: Progress = no_progress
) -> LabelFigures | CaptionFigures:
    """Measure a labelled folder or a caption file. `words` (v, d) are the vocabulary's vectors, for calibration.

    Raises SourceError when there is nothing in it to measure.
    """
    if labelled.is_dir():
        labels = await asyncio.to_thread(_labels, labelled)
        photos = await embed_files(service, decoders, list(labels), progress)
        names = sorted(set(labels.values()))
        queries = await service.encode_texts(names)
        right = np.array([[labels[file] == name for file in photos.files] for name in names])
        return score_labels(queries, photos.vectors, right, Calibration.fit(photos.vectors, words))
    captions = await asyncio.to_thread(_captions, labelled)
    photos = await embed_files(service, decoders, list(captions), progress)
    texts = [(i, text) for i, file in enumerate(photos.files) for text in captions[file]]
    queries = await service.encode_texts([text for _, text in texts])
    return score_captions(queries, photos.vectors, np.array([i for i, _ in texts]))


def score_labels(
    queries: Floats, photos: Floats, right: npt.NDArray[np.bool_], calibration: Calibration
) -> LabelFigures:
    """Score queries (q, d) on photos (n, d), where `right` (q, n) says what each should find."""
    precisions, averages = [], []
    tally: dict[str, list[int]] = {"strong": [0, 0], "good": [0, 0], "weak": [0, 0]}
    for query, wanted in zip(queries, right, strict=True):
        similarities = photos @ query
        order = np.argsort(-similarities, kind="stable")
        hits = wanted[order]
        precisions.append(hits[:AT].sum() / min(AT, wanted.sum()))
        places = np.flatnonzero(hits)
        averages.append(float(np.mean((np.arange(len(places)) + 1) / (places + 1))))
        median, spread = calibration.usual(query, "text")
        chances = -np.expm1(doubt((similarities[order[:AT]] - median) / spread, GOOD_AT["text"]))
        for chance, hit in zip(chances, hits[:AT], strict=True):
            tally[match_of(float(chance))][0] += int(hit)
            tally[match_of(float(chance))][1] += 1
    return LabelFigures(
        len(photos),
        len(queries),
        float(np.mean(precisions)),
        float(np.mean(averages)),
        {name: (right_ones, count) for name, (right_ones, count) in tally.items()},
    )


def score_captions(queries: Floats, photos: Floats, own: npt.NDArray[np.int64]) -> CaptionFigures:
    """Score captions (q, d) on photos (n, d); `own` (q,) is the place of each caption's photo."""
    ranks: list[int] = []
    for start in range(0, len(queries), 1024):
        similarities = queries[start : start + 1024] @ photos.T
        mine = np.take_along_axis(similarities, own[start : start + 1024, None], axis=1)
        ranks += (similarities > mine).sum(axis=1).tolist()
    places = np.array(ranks)
    recall = {k: float(np.mean(places < k)) for k in (1, 5, 10)}
    return CaptionFigures(len(photos), len(queries), recall, float(np.median(places)) + 1)


@dataclass(frozen=True, slots=True)
class Embedded:
    """Files that are photos, and their vectors."""

    files: list[Path]
    vectors: Floats  # (n, d)


async def embed_files(
    service: EncoderService, decoders: Decoders, files: Sequence[Path], progress: Progress = no_progress
) -> Embedded:
    """Embed files, the next batch being decoded meanwhile; those that are no photos are left out."""
    kept: list[Path] = []
    vectors: list[Floats] = []
    starts = range(0, len(files), BATCH)
    upcoming = asyncio.create_task(asyncio.to_thread(_prepare, service, decoders, files[:BATCH]))
    for start in starts:
        ready = await upcoming
        following = files[start + BATCH : start + 2 * BATCH]
        upcoming = asyncio.create_task(asyncio.to_thread(_prepare, service, decoders, following))
        if ready:
            vectors.append(await service.encode_prepared([prepared for _, prepared in ready]))
            kept += [file for file, _ in ready]
        progress(min(start + BATCH, len(files)), len(files))
    await upcoming
    if not kept:
        raise SourceError("There are no photos there that could be measured.")
    return Embedded(kept, np.concatenate(vectors))


def _prepare(service: EncoderService, decoders: Decoders, files: Sequence[Path]) -> list[tuple[Path, Any]]:
    ready = []
    for file in files:
        try:
            picture = decoders.picture(file.read_bytes(), name=file.name)
            ready.append((file, service.encoder.prepare(picture.image)))
        except (BadImage, OSError):
            continue
    return ready


def _labels(folder: Path) -> dict[Path, str]:
    """Return the label of each file: its sub-folder's name, or else its own without a number at the end."""
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in KNOWN_ENDINGS and file.is_file())
    if not files:
        raise SourceError("There are no photos in {folder}.", folder=folder)
    nested = any(file.parent != folder for file in files)
    plain = {file: file.relative_to(folder).parts[0] if nested else file.stem for file in files}
    return {file: re.sub(r"[\s_-]+", " ", re.sub(r"[\s_-]*\d+$", "", name)).strip() for file, name in plain.items()}


def _captions(path: Path) -> dict[Path, list[str]]:
    """Return the captions of each photo that a file of lines `image<TAB>caption` names."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError("{path} can't be read as lines of `image<TAB>caption`.", path=path) from error
    captions: defaultdict[Path, list[str]] = defaultdict(list)
    for line in lines:
        name, tab, caption = line.partition("\t")
        if tab and caption.strip():
            captions[_find(path.parent, name.strip())].append(caption.strip())
    if not captions:
        raise SourceError("{path} has no line of the form `image<TAB>caption`.", path=path)
    return dict(captions)


def _find(folder: Path, name: str) -> Path:
    """Return the file that a caption names: beside the caption file, or in its images folder."""
    for candidate in (folder / name, folder / "images" / name):
        if candidate.is_file():
            return candidate
    raise SourceError(
        "The captions name {name}, which is neither beside them nor in a folder `images` there.", name=name
    )
