"""Candidates and reports as they travel between an import and its workers: JSON, and back without loss."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from core.ingest import ImportReport
from core.photos import Colour, Photo, Photographer, Tag
from core.sources import Candidate, Skipped, StoredVector

_MOMENTS = ("taken_at", "published_at")


class Batch:
    """A source of some candidates of another source."""

    def __init__(self, name: str, candidates: Sequence[Candidate]) -> None:
        self.name = name
        self._candidates = candidates

    def __len__(self) -> int:
        return len(self._candidates)

    def __iter__(self) -> Iterator[Candidate | Skipped]:
        yield from self._candidates


def candidate_record(candidate: Candidate) -> dict[str, Any] | None:
    """Return a candidate as JSON takes it; None where it can't be written so and has to stay in this process."""
    if candidate.data is not None:
        return None
    photo = asdict(candidate.photo)
    for name in _MOMENTS:
        photo[name] = photo[name] and photo[name].isoformat()
    record: dict[str, Any] = {"key": candidate.key, "photo": photo, "file": candidate.file and str(candidate.file)}
    record |= {"url": candidate.url, "vector": candidate.vector and _vector_record(candidate.vector)}
    try:
        text = json.dumps(record, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a character
        return None
    return None if b"\\u0000" in text else record  # which the database takes in no text


def read_candidate(record: Mapping[str, Any]) -> Candidate:
    """Return the candidate of a record."""
    photo, vector = dict(record["photo"]), record["vector"]
    photo["photographer"] = Photographer(**photo["photographer"])
    photo["tags"] = tuple(Tag(**tag) for tag in photo["tags"])
    photo["colours"] = tuple(Colour(**colour) for colour in photo["colours"])
    for name in _MOMENTS:
        photo[name] = photo[name] and datetime.fromisoformat(photo[name])
    return Candidate(
        record["key"],
        Photo(**photo),
        file=Path(record["file"]) if record["file"] else None,
        url=record["url"],
        vector=vector and _read_vector(vector),
    )


def report_record(report: ImportReport) -> dict[str, Any]:
    """Return a report as JSON takes it."""
    return asdict(report)


def merge_report(into: ImportReport, record: Mapping[str, Any]) -> None:
    """Add what a record of a report says to a report."""
    for field in fields(ImportReport):
        value = record[field.name]
        if field.name in ("skipped", "missing"):
            value = [Skipped(**one) for one in value]
        setattr(into, field.name, getattr(into, field.name) + value)


def _vector_record(stored: StoredVector) -> dict[str, str]:
    vector = np.ascontiguousarray(stored.vector)
    return {
        "encoder": stored.encoder,
        "kind": vector.dtype.str,
        "values": base64.b64encode(vector.tobytes()).decode(),
    }


def _read_vector(record: Mapping[str, str]) -> StoredVector:
    return StoredVector(record["encoder"], np.frombuffer(base64.b64decode(record["values"]), record["kind"]))
