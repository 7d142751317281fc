"""What is written on a terminal is text, whoever named the photo, the folder or the file."""

from __future__ import annotations

import io
from contextlib import redirect_stdout

import pytest
from rich.table import Table

import bot.progress
from bot.progress import progress
from bot.terminal import Terminal


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


def shown_on(screen: Screen) -> Terminal:
    with redirect_stdout(screen):  # what it is written to is looked at when it is made
        terminal = Terminal()
    terminal.file = screen
    terminal.width = 200
    return terminal


@pytest.mark.parametrize("odd", ("\x1b[2Jgone", "\x9b31mred", "\x1b]52;c;eA==\x07", "\u202eturned", "back\x08\x08"))
def test_no_name_orders_a_terminal_about(odd: str) -> None:
    screen = Screen()
    table = Table()
    table.add_row(odd)
    shown_on(screen).print(odd, table, markup=False)
    assert not set("\x1b\x9b\x07\x08\u202e") & set(screen.getvalue().replace("\x1b[1m", "").replace("\x1b[0m", ""))


def test_a_name_of_colons_stays_one() -> None:
    screen = Screen()
    shown_on(screen).print(":smile:", markup=False)
    assert screen.getvalue().strip() == ":smile:"


def test_a_file_name_of_half_a_letter_is_shown() -> None:
    raw = io.BytesIO()
    terminal = Terminal()
    terminal.file = io.TextIOWrapper(raw, encoding="utf-8", write_through=True)
    terminal.print("caf\udce9.jpg", markup=False)
    assert raw.getvalue().decode().strip() == "caf?.jpg"


@pytest.mark.parametrize("name", ("photos {2024}", "[/bold] photos", "two\nlines"))
def test_an_import_shows_how_far_it_is_whatever_its_folder_is_called(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.progress, "QUIET_S", -1.0)
    screen = Screen()
    with progress(shown_on(screen), name) as report:
        report(1, 2)
    assert " ".join(name.split()) in screen.getvalue()
