"""A query's filters as SQL, exact whatever share of the photos they keep; engines differ by their `Dialect`."""

from __future__ import annotations

import calendar
import math
import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, TypeAlias

from PIL import ImageColor

from core.colours import lab, parse_colour
from core.photos import SQUARE_TOLERANCE
from core.query import Filter

Clause: TypeAlias = tuple[str, list[Any]]  # SQL with `?`, and what they stand for

LEAST_SHARE = 0.08  # of the picture, for a colour to be one of the photo's
COLOUR_DISTANCE = 12.0  # CIE94
GREY_CHROMA = 12.0  # below it a colour is told by its lightness, which then counts in full
NAMED: Final = {  # filters on what people write, and the columns that hold it
    "by": ("photographer_name", "photographer_username"),
    "place": ("place",),
    "license": ("licence",),
    "source": ("source",),
}


class Dialect(ABC):
    """What an engine says in its own way."""

    larger: str  # the function that gives the larger of two numbers

    @abstractmethod
    def of_photos(self, table: str, condition: Clause) -> Clause:
        """Return the condition that a photo has a row in a table beside it, of which `condition` holds."""

    @abstractmethod
    def one_of(self, column: str, values: Sequence[str]) -> Clause:
        """Return the condition that a column holds one of these texts, as one variable however many there are."""

    @abstractmethod
    async def written(self, column: str) -> list[str]:
        """Return the different texts that a column of photos holds."""


async def clause_of(filters: Sequence[Filter], as_of: int | None, dialect: Dialect) -> Clause | None:
    """Return the condition that a photo meets all `filters`; None when there is none.

    `as_of` leaves out photos that came in after the one with this number.
    """
    clauses = [await _clause(condition, dialect) for condition in filters if condition.weight is None]
    if as_of is not None:
        clauses.append(("n <= ?", [as_of]))
    if not clauses:
        return None
    return " AND ".join(sql for sql, _ in clauses), [value for _, values in clauses for value in values]


async def _clause(condition: Filter, dialect: Dialect) -> Clause:
    sql, values = await _positive(condition, dialect)
    return (f"({sql}) IS NOT TRUE" if condition.negative else sql), values


async def _positive(condition: Filter, dialect: Dialect) -> Clause:
    key, value = condition.key, condition.value
    if key == "tag":
        return dialect.of_photos("tags", ("name = ?", [value]))
    if key == "is":
        return _shape(value, dialect.larger), []
    if key == "color":
        return dialect.of_photos("colours", _colour(value))
    if key in ("width", "height"):
        return _size(key, value)
    if key in ("before", "after"):
        first, last = _period(value)
        taken = "substr(coalesce(taken_at, published_at), 1, 10)"
        return (f"{taken} < ?", [first]) if key == "before" else (f"{taken} > ?", [last])
    return await _named(NAMED[key], value, dialect)


async def _named(columns: Sequence[str], value: str, dialect: Dialect) -> Clause:
    """Return a condition on names, which match whole words whatever their case and accents."""
    wanted = f" {fold(value)} "
    clauses = [
        dialect.one_of(column, [text for text in await dialect.written(column) if wanted in f" {fold(text)} "])
        for column in columns
    ]
    return "(" + " OR ".join(sql for sql, _ in clauses) + ")", [value for _, values in clauses for value in values]


def fold(text: str) -> str:
    """Return text as names are compared: lower case, without accents, with single spaces for all punctuation."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", plain.casefold()))


def _shape(name: str, larger: str) -> str:
    square = f"abs(width - height) <= {SQUARE_TOLERANCE} * {larger}(width, height)"
    if name == "square":
        return square
    return f"({'height > width' if name == 'portrait' else 'width > height'} AND NOT {square})"


def _colour(value: str) -> Clause:
    """Return a condition on dominant colours: within a distance of the one asked for.

    A name stands for what designers and what CSS mean by it: `blue` is a sky as well as a bulb.
    """
    meant = {parse_colour(value)}
    if value in ImageColor.colormap:
        red, green, blue = ImageColor.getrgb(value)[:3]
        meant.add(f"#{red:02x}{green:02x}{blue:02x}")
    near = " OR ".join(f"{_distance(hex_colour)} <= ?" for hex_colour in sorted(meant))
    return f"share >= ? AND ({near})", [LEAST_SHARE, *[COLOUR_DISTANCE**2] * len(meant)]


def _distance(hex_colour: str) -> str:
    """Return, in SQL, the squared distance of a dominant colour from another.

    CIE94 (graphic arts), which lets strong colours differ more in chroma than weak ones. Lightness counts half, since
    teal in shadow and in sun are both teal; a grey is told by its lightness, so there it counts in full.
    """
    lightness, a, b = lab(hex_colour)
    chroma = math.hypot(a, b)
    by_lightness = 1.0 if chroma < GREY_CHROMA else 0.5
    by_chroma, by_hue = 1 / (1 + 0.045 * chroma), 1 / (1 + 0.015 * chroma)
    weights = (by_lightness**2, by_chroma**2 - by_hue**2, by_hue**2, by_hue**2)  # hue: what is left of a and b
    parts = zip(weights, ("lightness", "chroma", "a", "b"), (lightness, chroma, a, b), strict=True)
    return " + ".join(f"{weight!r} * ({name} - {at!r}) * ({name} - {at!r})" for weight, name, at in parts)


def _size(side: str, value: str) -> Clause:
    if ".." in value:
        low, _, high = value.partition("..")
        return f"{side} BETWEEN ? AND ?", [int(low), int(high)]
    operator = value.rstrip("0123456789")
    return f"{side} {operator} ?", [int(value[len(operator) :])]


def _period(value: str) -> tuple[str, str]:
    """Return the first and last day of a year, month or day."""
    year, *rest = (int(part) for part in value.split("-"))
    if len(rest) == 2:
        return value, value
    first_month, last_month = (rest[0], rest[0]) if rest else (1, 12)
    last_day = calendar.monthrange(year, last_month)[1]
    return date(year, first_month, 1).isoformat(), date(year, last_month, last_day).isoformat()
