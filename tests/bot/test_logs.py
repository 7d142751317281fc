"""Logs: one JSON object a line, one number from the command to its answer, and nothing that somebody typed."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from bot.catalogue import words_for
from bot.logs import JsonLines, answering
from bot.metrics import Metrics
from bot.requests import Person, Request

REQUEST = Request("web", "web:main", "web:c", Person("web:1", "Ann"), words_for("en"))


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("test_logs")
    logger.addHandler(handler)
    logger.setLevel("INFO")
    yield stream
    logger.removeHandler(handler)


def test_a_record_is_one_object_on_one_line(lines: io.StringIO) -> None:
    logging.getLogger("test_logs").info("two\nlines", extra={"ms": 12})
    (line,) = lines.getvalue().splitlines()
    record = json.loads(line)
    assert (record["what"], record["ms"], record["level"]) == ("two\nlines", 12, "info")


def test_what_is_logged_while_answering_has_the_request_s_number(lines: io.StringIO) -> None:
    with answering("find", REQUEST) as number:
        logging.getLogger("test_logs").info("one")
    logging.getLogger("test_logs").info("two")
    first, second = map(json.loads, lines.getvalue().splitlines())
    assert (first["request"], first["doing"], first["workspace"]) == (number, "find", "web:main")
    assert "request" not in second


def test_an_error_brings_its_trace(lines: io.StringIO) -> None:
    try:
        raise ValueError("x")
    except ValueError:
        logging.getLogger("test_logs").exception("unexpected")
    assert "ValueError" in json.loads(lines.getvalue())["trace"]


def test_what_is_measured_is_told_in_prometheus_form() -> None:
    metrics = Metrics()
    metrics.answered("find", "answered", 0.2)
    metrics.watch(answering=lambda: 3)
    text = metrics.text().decode()
    assert 'modaclip_requests_total{outcome="answered",what="find"} 1.0' in text
    assert "modaclip_answering 3.0" in text
