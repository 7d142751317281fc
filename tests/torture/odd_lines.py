"""Looks at odd strings in what is read by lines: on a terminal, as JSON for scripts, in the log."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from bot.logs import JsonLines
from bot.output import hit_record, print_import, print_json, print_page, print_photo
from bot.progress import progress
from bot.terminal import Terminal
from core.credits import credit_for
from core.errors import BadQuery, Message, no_photo
from core.ingest import ImportReport
from core.search import Hit, Page
from core.sources import Skipped
from tests.torture.odd_things import linked_photo, photo_of
from tests.torture.reading import controls_in, times_in

OWN_CODES = re.compile(r"\x1b\[[0-9;]*m")  # how colours are changed; what else begins so is an order

OWN_MOVES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")  # those of a bar, which is drawn anew in its place


class Screen(io.StringIO):
    """A terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        text.encode()  # halves of letters can't be written
        return super().write(text)


def in_lines(odd: str, folder: Path) -> Iterator[str]:
    """Yield what is wrong with an odd string in all that is read by lines."""
    del folder
    yield from _on_a_terminal(odd)
    yield from _in_a_bar(odd)
    yield from _as_json(odd)
    yield from _in_the_log(odd)


def _hits(odd: str) -> list[Hit]:
    photos = (replace(photo_of(odd), path=odd), linked_photo(odd))
    return [Hit(n, photo, 0.5, "good", credit_for(photo)) for n, photo in enumerate(photos, 1)]


def _on_a_terminal(odd: str) -> Iterator[str]:
    hits, screen = _hits(odd), Screen()
    with redirect_stdout(screen), redirect_stderr(screen):
        console = Terminal()
        console.width = 4000
        print_page(console, Page(tuple(hits), True, None, 0, (Message("{odd}", {"odd": odd}),)))
        print_photo(console, hits[0].photo, hits[0].credit)
        skipped = [Skipped(odd, odd)]
        print_import(console, ImportReport(added=1, skipped=skipped, missing=skipped, removed=[odd]), 1.0)
        for error in (BadQuery("{part} can't be read.", part=odd), no_photo(odd, [odd])):
            console.print(str(error), markup=False)
    shown, codes = OWN_CODES.subn("", screen.getvalue())
    if found := controls_in(shown):
        yield f"a terminal is sent {found!r}"
    if "\x1b[" in odd and "31m" in odd and "\x1b[31m" in screen.getvalue():
        yield "a terminal changes its colours"
    if codes == 0:
        yield "nothing was shown as on a terminal"
    if (count := times_in(shown, odd)) < 12:
        yield f"a terminal shows it {count} times"


def _in_a_bar(odd: str) -> Iterator[str]:
    screen = Screen()
    with patch("bot.progress.QUIET_S", -1.0), redirect_stdout(screen):
        console = Terminal()
        console.width = 4000
        with progress(console, odd) as report:
            report(1, 2)
    shown = OWN_MOVES.sub("", screen.getvalue())
    if found := controls_in(shown):
        yield f"a bar sends {found!r}"
    if times_in(shown, odd) < 1:
        yield "a bar does not show it"


def _as_json(odd: str) -> Iterator[str]:
    screen = Screen()
    with redirect_stdout(screen):
        print_json(hit_record(hit) for hit in _hits(odd))
    yield from _line_faults("JSON for scripts", screen.getvalue(), 2)
    if json.loads(screen.getvalue().split("\n")[0])["title"] != odd:
        yield "JSON for scripts says something else"


def _in_the_log(odd: str) -> Iterator[str]:
    try:
        raise ValueError(odd)
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "%s happened", (odd,), sys.exc_info())
    record.about = odd  # type: ignore[attr-defined]
    line = JsonLines().format(record) + "\n"
    yield from _line_faults("the log", line, 1)
    told = json.loads(line)
    whole = told["about"] == odd and told["what"] == f"{odd} happened"
    if not whole and not (
        "://" in odd and told["what"].endswith(" happened")
    ):  # of an address the host alone is logged
        yield "the log says something else"


def _line_faults(what: str, text: str, lines: int) -> Iterator[str]:
    if len(text.splitlines()) != lines:
        yield f"{what} has {len(text.splitlines())} lines for {lines}"
    if found := controls_in(text):
        yield f"{what} holds {found!r}"
