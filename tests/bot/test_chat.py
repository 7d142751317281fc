"""What every chat has in common: payloads are read, or passed over."""

from __future__ import annotations

import pytest

from bot.chat import readable
from bot.press import whole_number
from bot.requests import Person


@pytest.mark.parametrize("payload", ({}, {"a": None}, {"a": []}, [], None, "a", 7))
def test_a_payload_of_another_form_is_passed_over(payload: object) -> None:
    assert readable(payload, lambda it: it["a"]["b"]) is None


def test_what_is_read_of_a_payload_is_sound() -> None:
    assert readable({"a": {"b": "x\ud800\x00"}}, lambda it: it["a"]["b"]) == "x?"


@pytest.mark.parametrize(("text", "number"), [("7", 7), ("007", 7), ("", None), ("²", None), ("٣", None), ("-1", None)])
def test_a_number_is_read(text: str, number: int | None) -> None:
    assert whole_number(text) == number


def test_a_number_without_end_is_none() -> None:
    assert whole_number("9" * 5000) is None


def test_nobody_s_name_turns_around_what_stands_behind_it() -> None:
    assert Person("discord:1", "Ann\u202e\x1b\nDay").name == "Ann Day"
