"""Logs: one JSON object a line, one number from the command to its answer, and nothing that somebody typed."""

from __future__ import annotations

import errno
import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot import logs
from bot.catalogue import words_for
from bot.logs import JsonLines, answering
from bot.metrics import Metrics
from bot.requests import Person, Request, own_workspace
from core.errors import NotFound

ROOT = Path(__file__).parents[2]

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


def test_an_error_is_told_by_its_kind_and_code_and_what_it_says_is_left_out(lines: io.StringIO) -> None:
    log, typed = logging.getLogger("test_logs"), " ".join(["typed", "text"])  # lines of code are shown as they stand
    try:
        try:
            raise OSError(errno.ENOSPC, typed, f"/home/{typed}.jpg")
        except OSError as error:
            raise NotFound("There is no board {name!r} here.", name=typed) from error
    except NotFound as error:
        log.exception("unexpected", extra={"error": error})
        log.warning("not now: %s", error)
    first, second = map(json.loads, lines.getvalue().splitlines())
    assert typed not in lines.getvalue()
    assert "OSError ENOSPC" in first["trace"] and "NotFound: There is no board {name!r} here." in first["trace"]
    assert "test_logs.py" in first["trace"] and second["what"].startswith("not now: NotFound")


def test_of_an_address_only_the_host_is_logged(lines: io.StringIO) -> None:
    logging.getLogger("test_logs").warning(
        "%s answered 429", "https://discord.com/api/v10/interactions/1/aW50ZXJhY3Rpb24/callback?x=1"
    )
    logging.getLogger("test_logs").warning("at postgresql://ann:hush@db:5432/x", extra={"url": "https://u:p@h/a"})
    text = lines.getvalue()
    assert "https://discord.com/…" in text and "postgresql://db/…" in text and "https://h/…" in text
    assert not any(part in text for part in ("aW50", "hush", "u:p"))


def test_a_secret_is_hidden_wherever_it_comes_from() -> None:
    record = logging.makeLogRecord({"msg": 'Bot to"ken sent', "levelno": 30, "extra": ['to"ken']})
    assert 'to\\"ken' not in JsonLines(['to"ken', ""]).format(record)
    assert 'to\\"ken' in JsonLines().format(record)


def test_a_person_has_a_pseudonym_that_is_the_same_until_the_next_start(
    lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = Person("discord:80351110224678912", "Ann")
    request = replace(REQUEST, chat="discord", workspace=own_workspace(person.id), person=person)
    for _ in range(2):
        with answering("find", request):
            logging.getLogger("test_logs").info("one")
    monkeypatch.setattr(logs, "_KEY", b"another" * 4)
    with answering("find", request):
        logging.getLogger("test_logs").info("one")
    one, two, three = map(json.loads, lines.getvalue().splitlines())
    assert one["person"] == two["person"] != three["person"]
    assert one["workspace"].startswith("discord:@") and one["workspace"] == two["workspace"]
    assert "80351110224678912" not in lines.getvalue() and "Ann" not in lines.getvalue()


def test_other_packages_are_heard_from_warning_on_at_every_level() -> None:
    """aiosqlite, for one, logs every value of every statement at DEBUG."""
    script = (
        "import asyncio, aiosqlite, logging\n"
        "from bot.logs import start_logging\n"
        "start_logging('DEBUG')\n"
        "async def main():\n"
        "    async with aiosqlite.connect(':memory:') as base:\n"
        "        await base.execute('SELECT ?', ('typed text',))\n"
        "asyncio.run(main())\n"
        "logging.getLogger('bot.desk').debug('heard')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT, capture_output=True, text=True)  # noqa: S603
    assert "heard" in done.stderr and "typed text" not in done.stderr


def test_what_is_measured_is_told_in_prometheus_form() -> None:
    metrics = Metrics()
    metrics.answered("find", "answered", 0.2)
    metrics.watch(answering=lambda: 3)
    text = metrics.text().decode()
    assert 'modaclip_requests_total{outcome="answered",what="find"} 1.0' in text
    assert "modaclip_answering 3.0" in text


def test_nothing_that_is_logged_breaks_the_line_or_steers_a_terminal(lines: io.StringIO) -> None:
    odd = "\u2028 \x9b31m \x1b[2J \u202e \ud800"
    logging.getLogger("test_logs").info("odd", extra={"about": odd})
    (line,) = lines.getvalue().splitlines()
    assert line.isascii() and json.loads(line)["about"] == odd


def test_an_address_in_quotes_leaves_a_line_that_can_be_read(lines: io.StringIO) -> None:
    about = ['=LINK("https://ann:secret@host.example/a","x")', 7, None]
    logging.getLogger("test_logs").info("odd", extra={"about": about})
    told = json.loads(lines.getvalue())
    assert told["about"] == ['=LINK("https://host.example/…","x")', 7, None]
