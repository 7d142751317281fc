"""Candidates and reports travel without loss, and what can't travel is told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from core.ingest import ImportReport
from core.intake import hash_record
from core.jobs.records import candidate_record, merge_report, read_candidate, report_record
from core.photos import Colour, Photo, Photographer, Tag
from core.sources import Candidate, Skipped, StoredVector

PHOTO = Photo(
    "lake",
    "table",
    Photographer("Ana Núñez", "ana", "https://example.org/ana"),
    title="Über den 湖 😀",
    tags=(Tag("water", "source", 0.1), Tag("quiet", "file")),
    width=3,
    height=2,
    colours=(Colour("#102030", 0.3),),
    taken_at=datetime(2020, 1, 2, 3, 4, 5, 678, tzinfo=timezone(timedelta(hours=5, minutes=30))),
    published_at=datetime(2021, 1, 2, tzinfo=UTC),
    phash=2**64 - 1,
)


@pytest.mark.parametrize(
    "candidate",
    [
        Candidate("file:/a/b.jpg", PHOTO, file=Path("/a/b.jpg")),
        Candidate("unsplash:1", replace(PHOTO, taken_at=datetime(2020, 1, 2)), url="https://example.org/1.jpg"),
    ],
)
def test_a_candidate_comes_back_as_it_was(candidate: Candidate) -> None:
    record = candidate_record(candidate)
    assert record is not None
    back = read_candidate(json.loads(json.dumps(record)))
    assert back == candidate
    assert hash_record(back) == hash_record(candidate)


def test_a_vector_comes_back_bit_by_bit() -> None:
    vector = np.random.default_rng(0).standard_normal(512).astype(np.float32)
    candidate = Candidate("unsplash:1", PHOTO, vector=StoredVector("ViT-B-32/openai", vector))
    back = read_candidate(json.loads(json.dumps(candidate_record(candidate))))
    assert back.vector is not None
    assert (back.vector.encoder, back.vector.vector.tobytes()) == ("ViT-B-32/openai", vector.tobytes())
    assert hash_record(back) == hash_record(candidate)


@pytest.mark.parametrize(
    "candidate",
    [
        Candidate("upload:1", PHOTO, data=b"bytes"),
        Candidate("1", replace(PHOTO, title="a\0b")),
        Candidate("1", replace(PHOTO, title="half \ud83d")),
    ],
)
def test_what_the_database_would_not_take_stays_here(candidate: Candidate) -> None:
    assert candidate_record(candidate) is None


def test_reports_add_up() -> None:
    whole = ImportReport(added=1, skipped=[Skipped("a", "broken")])
    part = ImportReport(added=2, unchanged=3, skipped=[Skipped("b", "cut off")], missing=[Skipped("c", "gone")])
    merge_report(whole, json.loads(json.dumps(report_record(part))))
    assert (whole.added, whole.unchanged) == (3, 3)
    assert whole.skipped == [Skipped("a", "broken"), Skipped("b", "cut off")]
    assert whole.missing == [Skipped("c", "gone")]
