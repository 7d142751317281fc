"""Candidates and reports as they travel between an import and its workers: JSON, and back without loss."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from core.boards.records import photo_record, read_photo
from core.ingest import ImportReport
from core.sources import Candidate, Skipped, StoredVector


def candidate_record(candidate: Candidate) -> dict[str, Any] | None:
    """Return a candidate as JSON takes it; None where it can't be written so and has to stay in this process."""
    if candidate.data is not None:
        return None
    record = {
        "key": candidate.key,
        "photo": photo_record(candidate.photo),
        "file": candidate.file and str(candidate.file),
        "url": candidate.url,
        "vector": candidate.vector and _vector_record(candidate.vector),
    }
    try:
        text = json.dumps(record, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a character
        return None
    return None if b"\\u0000" in text else record  # which the database takes in no text


def read_candidate(record: Mapping[str, Any]) -> Candidate:
    """Return the candidate of a record."""
    return Candidate(
        record["key"],
        read_photo(record["photo"]),
        file=Path(record["file"]) if record["file"] else None,
        url=record["url"],
        vector=record["vector"] and _read_vector(record["vector"]),
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
