"""What may stand after each key of the query language, and how it is written canonically.

A reader takes a value as typed, already free of its quotes, and returns its canonical form or raises `Mistake`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Final

from core import colours
from core.errors import ModaclipError

EXAMPLES: Final[Mapping[str, str]] = {
    "tag": "night",
    "by": '"Paul Carmona"',
    "is": "portrait",
    "color": "teal",
    "width": ">=3000",
    "height": "1000..2000",
    "before": "2020",
    "after": "2021-05",
    "license": "CC0",
    "place": "Lisbon",
    "source": "unsplash",
    "like": "ID",
    "sort": "new",
}
ORIENTATIONS: Final = ("portrait", "landscape", "square")
SORTS: Final = ("match", "new", "random")
MAX_SIDE = 1_000_000  # pixels
YEARS = range(1800, 2201)  # the oldest photo is of 1826

_MEANT: Final[Mapping[str, str]] = {  # what people say instead, and no likeness of letters would reveal
    "horizontal": "landscape",
    "wide": "landscape",
    "vertical": "portrait",
    "tall": "portrait",
    "latest": "new",
    "recent": "new",
    "best": "match",
    "relevance": "match",
    "shuffle": "random",
}
_OPERATORS: Final[Mapping[str, str]] = {"≥": ">=", "=>": ">=", "≤": "<=", "=<": "<=", "": "="}
_BOUND = re.compile(r"(>=|=>|≥|<=|=<|≤|>|<|=|)(\d+)")
_RANGE = re.compile(r"(\d*)\.\.+(\d*)")
_DASHED_RANGE = re.compile(r"(\d+)[-‐‑‒–—](\d+)")
_PERIOD = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")


class Mistake(ModaclipError):
    """A value that can't be read: why, in a sentence or two, and the value that was probably meant."""

    def __init__(self, template: str, /, *, meant: str | None = None, **values: object) -> None:
        super().__init__(template, **values)
        self.meant = meant


def _as_typed(text: str) -> str:
    return text


def _tag(text: str) -> str:
    return unicodedata.normalize("NFC", text.lower())


def _one_of(choices: Sequence[str]) -> Callable[[str], str]:
    def choose(text: str) -> str:
        plain = _plain(text)
        if plain in choices:
            return plain
        near = [_MEANT[plain]] if _MEANT.get(plain) in choices else get_close_matches(plain, choices, 1)
        most, last = ", ".join(choices[:-1]), choices[-1]
        if not near:
            raise Mistake("“{text}” is not one of {most} and {last}.", text=text, most=most, last=last)
        raise Mistake(
            "“{text}” is not one of {most} and {last}. Did you mean {near}?",
            text=text,
            most=most,
            last=last,
            near=near[0],
            meant=near[0],
        )

    return choose


def _colour(text: str) -> str:
    plain = _plain(text)
    try:
        digits = colours.parse_colour(plain)
    except ValueError:
        raise _no_colour(text, colours.near_names(plain)) from None
    return digits if plain.startswith("#") else plain


def _no_colour(text: str, near: Sequence[str]) -> Mistake:
    if not near:
        return Mistake(
            "“{text}” is not a colour that is known here. Try a name such as teal, or digits such as #0aa.", text=text
        )
    if len(near) == 1:
        return Mistake(
            "“{text}” is not a colour that is known here. Did you mean {near}?", text=text, near=near[0], meant=near[0]
        )
    return Mistake(
        "“{text}” is not a colour that is known here. Did you mean {near} or {last}?",
        text=text,
        near=", ".join(near[:-1]),
        last=near[-1],
        meant=near[0],
    )


def _size(text: str) -> str:
    plain = "".join(_plain(text).replace("px", "").split())
    if bound := _BOUND.fullmatch(plain):
        sign, number = _OPERATORS.get(bound[1], bound[1]), _side(bound[2])
        return f"{sign}{number}"
    ends = _RANGE.fullmatch(plain)
    if not ends or not any(ends.groups()):
        dashed = _DASHED_RANGE.fullmatch(plain)
        meant = f"{dashed[1]}..{dashed[2]}" if dashed else None
        raise Mistake("“{text}” is not a size. Write pixels, such as >=3000 or 1000..2000.", text=text, meant=meant)
    if not ends[1] or not ends[2]:
        return f">={_side(ends[1])}" if ends[1] else f"<={_side(ends[2])}"
    low, high = _side(ends[1]), _side(ends[2])
    if low > high:
        raise Mistake("The range ends before it begins.", meant=f"{high}..{low}")
    return f"{low}..{high}"


def _side(digits: str) -> int:
    if int(digits) > MAX_SIDE:
        raise Mistake("No photo is that large. Write pixels up to {most}.", most=MAX_SIDE)
    return int(digits)


def _period(text: str) -> str:
    plain = _plain(text)
    if found := _DAY_FIRST.fullmatch(plain):
        first, second, year = map(int, found.groups())
        days = {day for day in (_day(year, second, first), _day(year, first, second)) if day}
        raise _no_date(text, days.pop() if len(days) == 1 else None)
    found = _PERIOD.fullmatch(plain)
    numbers = [int(number) for number in found.groups() if number] if found else []
    if not numbers or numbers[0] not in YEARS or not _day(*numbers, *[1] * (3 - len(numbers))):
        raise _no_date(text)
    return "-".join((f"{numbers[0]}", *(f"{number:02}" for number in numbers[1:])))


def _no_date(text: str, meant: str | None = None) -> Mistake:
    return Mistake(
        "“{text}” is not a date. Write a year, month or day, such as 2020, 2020-05 or 2020-05-31.",
        text=text,
        meant=meant,
    )


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _plain(text: str) -> str:
    """Return text without the wide digits and letters of East Asian keyboards, in lower case."""
    return unicodedata.normalize("NFKC", text).lower()


READERS: Final[Mapping[str, Callable[[str], str]]] = {
    "tag": _tag,
    "by": _as_typed,
    "is": _one_of(ORIENTATIONS),
    "color": _colour,
    "width": _size,
    "height": _size,
    "before": _period,
    "after": _period,
    "license": _as_typed,
    "place": _as_typed,
    "source": _as_typed,
    "like": _as_typed,
    "sort": _one_of(SORTS),
}
