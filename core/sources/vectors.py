"""Vectors that were computed elsewhere: .npy files with the photos' ids in a .csv beside each.

They attach to photos that a library holds already, so they come as pairs of id and vector, not as candidates.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from core.errors import SourceError
from core.sources import Skipped, StoredVector
from core.sources.text import identifier

NOTEBOOKS_ENCODER = "ViT-B-32-quickgelu/openai"  # what made the vectors of the notebooks that this project grew out of
MERGED_IDS = "photo_ids.csv"  # beside a features.npy

Matrix: TypeAlias = npt.NDArray[np.floating]


class StoredVectors:
    """The vectors of one .npy file, or of all in a folder, in order; each photo's comes once.

    Raises SourceError when there are none, or when a file is no matrix of numbers with as many rows as ids: one row too
    few, and every photo behind it would get its neighbour's vector.
    """

    def __init__(self, path: Path, *, encoder: str = NOTEBOOKS_ENCODER) -> None:
        self.name = str(path)
        self._encoder = encoder
        files = sorted(path.glob("*.npy")) if path.is_dir() else [path]
        if not files:
            raise SourceError("{path} holds no .npy files.", path=path)
        self._parts = [(file, _load(file), _ids(file)) for file in files]
        for file, matrix, ids in self._parts:
            if len(matrix) != len(ids):
                raise SourceError(
                    "{file} holds {vectors} vectors, but {ids} ids stand beside it.",
                    file=file.name,
                    vectors=len(matrix),
                    ids=len(ids),
                )
        if len(lengths := {matrix.shape[1] for _, matrix, _ in self._parts}) > 1:
            raise SourceError(
                "The vectors in {path} differ in length: {lengths}.",
                path=path,
                lengths=", ".join(map(str, sorted(lengths))),
            )

    def __len__(self) -> int:
        return sum(len(ids) for _, _, ids in self._parts)

    def __iter__(self) -> Iterator[tuple[str, StoredVector] | Skipped]:
        seen: dict[str, int] = {}  # hashes, by photo
        for file, matrix, ids in self._parts:
            for number, (photo_id, row) in enumerate(zip(ids, matrix, strict=True), 1):
                vector = np.array(row, np.float32)
                problem = _problem(photo_id, vector)
                if problem is None and photo_id in seen:
                    if seen[photo_id] == hash(vector.tobytes()):
                        continue  # merged files repeat their parts
                    problem = f"Another vector of {photo_id} came before; that one is kept."
                if problem is not None:
                    yield Skipped(f"{file.name}, row {number}", problem)
                    continue
                seen[photo_id] = hash(vector.tobytes())
                yield photo_id, StoredVector(self._encoder, vector)


def _problem(photo_id: str, vector: npt.NDArray[np.float32]) -> str | None:
    if identifier(photo_id) is None:
        return f"Its id {photo_id!r} is no id."
    if not np.isfinite(vector).all():
        return f"The vector of {photo_id} holds values that are no numbers."
    return None if vector.any() else f"The vector of {photo_id} is all zeros."


def _load(file: Path) -> Matrix:
    try:
        matrix = np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise SourceError("{file} can't be read as a .npy file of numbers.", file=file.name) from error
    if not isinstance(matrix, np.ndarray) or matrix.ndim != 2 or matrix.dtype.kind != "f" or 0 in matrix.shape:
        raise SourceError("{file} is no matrix of decimal numbers with one row a photo.", file=file.name)
    return matrix


def _ids(file: Path) -> list[str]:
    beside = [file.with_suffix(".csv"), file.with_name(MERGED_IDS)]
    path = next((candidate for candidate in beside if candidate.is_file()), None)
    if path is None:
        raise SourceError(
            "There is no {ids} beside {file} to say which photos the vectors belong to.",
            ids=beside[0].name,
            file=file.name,
        )
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = [row for row in csv.reader(lines) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError("{file} can't be read as a list of photo ids.", file=path.name) from error
    header = [name.strip().lower() for name in rows[0]] if rows else []
    column = header.index("photo_id") if "photo_id" in header else 0
    body = rows[1:] if "photo_id" in header else rows
    return [row[column].strip() if len(row) > column else "" for row in body]
