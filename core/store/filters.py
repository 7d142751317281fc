"""A query's filters as SQL, exact whatever share of the photos they keep."""

from __future__ import annotations

import calendar
import json
import math
import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import ImageColor

from core.colours import lab, parse_colour
from core.photos import SQUARE_TOLERANCE
from core.query import Filter
from core.store.database import Database

Clause: TypeAlias = tuple[str, list[Any]]  # SQL with `?`, and what they stand for

LEAST_SHARE = 0.08  # of the picture, for a colour to be one of the photo's
COLOUR_DISTANCE = 12.0  # CIE94
GREY_CHROMA = 12.0  # below it a colour is told by its lightness, which then counts in full
_SQUARE = f"abs(width - height) <= {SQUARE_TOLERANCE} * max(width, height)"
SHAPES: Final = {
    "square": _SQUARE,
    "portrait": f"(height > width AND NOT {_SQUARE})",
    "landscape": f"(width > height AND NOT {_SQUARE})",
}
NAMED: Final = {  # filters on what people write, and the columns that hold it
    "by": ("photographer_name", "photographer_username"),
    "place": ("place",),
    "license": ("licence",),
    "source": ("source",),
}


class FilterTable:
    """Answers which photos meet conditions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def matching(self, filters: Sequence[Filter], *, as_of: int | None = None) -> npt.NDArray[np.int64] | None:
        """Return the numbers of the photos that meet all `filters`, ascending; None when there is no condition.

        `as_of` leaves out photos that came in after the one with this number.
        """
        clauses = [await self._clause(condition) for condition in filters if condition.weight is None]
        if as_of is not None:
            clauses.append(("n <= ?", [as_of]))
        if not clauses:
            return None
        where = " AND ".join(sql for sql, _ in clauses)
        values = [value for _, values in clauses for value in values]
        return await self._database.numbers(f"n AS number FROM photos WHERE {where}", values)

    async def _clause(self, condition: Filter) -> Clause:
        sql, values = await self._positive(condition)
        return (f"NOT coalesce(({sql}), 0)" if condition.negative else sql), values

    async def _positive(self, condition: Filter) -> Clause:
        key, value = condition.key, condition.value
        if key == "tag":
            return "n IN (SELECT photo FROM tags WHERE name = ?)", [value]
        if key == "is":
            return SHAPES[value], []
        if key == "color":
            return _colour(value)
        if key in ("width", "height"):
            return _size(key, value)
        if key in ("before", "after"):
            first, last = _period(value)
            taken = "substr(coalesce(taken_at, published_at), 1, 10)"
            return (f"{taken} < ?", [first]) if key == "before" else (f"{taken} > ?", [last])
        return await self._named(NAMED[key], value)

    async def _named(self, columns: Sequence[str], value: str) -> Clause:
        """Return a condition on names, which match whole words whatever their case and accents."""
        wanted = f" {fold(value)} "
        parts, values = [], []
        for column in columns:
            rows = await self._database.rows(f"SELECT DISTINCT {column} FROM photos WHERE {column} IS NOT NULL")
            named = [row[0] for row in rows if wanted in f" {fold(row[0])} "]
            # a JSON array takes one variable however many names there are
            parts.append(f"{column} IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(named))
        return "(" + " OR ".join(parts) + ")", values


def fold(text: str) -> str:
    """Return text as names are compared: lower case, without accents, with single spaces for all punctuation."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", plain.casefold()))


def _colour(value: str) -> Clause:
    """Return a condition on dominant colours: within a distance of the one asked for.

    A name stands for what designers and what CSS mean by it: `blue` is a sky as well as a bulb.
    """
    meant = {parse_colour(value)}
    if value in ImageColor.colormap:
        red, green, blue = ImageColor.getrgb(value)[:3]
        meant.add(f"#{red:02x}{green:02x}{blue:02x}")
    near = " OR ".join(f"{_distance(hex_colour)} <= ?" for hex_colour in sorted(meant))
    sql = f"n IN (SELECT photo FROM colours WHERE share >= ? AND ({near}))"
    return sql, [LEAST_SHARE, *[COLOUR_DISTANCE**2] * len(meant)]


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
