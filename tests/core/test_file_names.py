"""A file has a name that Windows, macOS and Linux take, whatever was asked for."""

from __future__ import annotations

import pytest

from core.file_names import NAME_BYTES, file_name


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("credits.csv", "credits.csv"),
        ("Häuser (2).pdf", "Häuser (2).pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..\\..\\x.jpg", "_.._x.jpg"),
        ("a\x00b.jpg", "a_b.jpg"),
        ("pic\u202egpj.exe", "pic_gpj.exe"),
        ("-rf", "rf"),
        (" .hidden. ", "hidden"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com1 .jpg", "_com1.jpg"),
        ("console.txt", "console.txt"),
        ("...", "file"),
        ("", "file"),
    ],
)
def test_a_name_is_one_on_every_system(asked: str, given: str) -> None:
    assert file_name(asked) == given


def test_a_long_name_keeps_its_ending() -> None:
    name = file_name("漢" * 300 + ".pdf")
    assert name.endswith(".pdf") and len(name.encode()) <= NAME_BYTES
