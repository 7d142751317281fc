"""What somebody asks for, as data: the parts of a query, and how a query is printed.

`core.query_parser` makes these from what people type; `str(query)` prints the canonical form, which parses to the same
query again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Key: TypeAlias = Literal["tag", "by", "is", "color", "width", "height", "before", "after", "license", "place", "source"]
Sort: TypeAlias = Literal["match", "new", "random"]

_SAFE = re.compile(r"[\w#.<>=-]+")  # values that need no quotes; `-` never stands first in one


@dataclass(frozen=True, slots=True)
class Text:
    """Words to be near to, or far from."""

    text: str
    weight: float = 1.0
    negative: bool = False
    exact: bool = False  # the words must also stand in what people wrote about the photo, one after the other

    def __str__(self) -> str:
        text = self.text
        if self.exact or (self.negative and not (_SAFE.fullmatch(text) and text[0] != "-")):
            text = f'"{text}"'
        return f"{'-' * self.negative}{text}{_weight(self.weight)}"


@dataclass(frozen=True, slots=True)
class Like:
    """A photo of the library to be like, or unlike."""

    photo_id: str
    weight: float = 1.0
    negative: bool = False

    def __str__(self) -> str:
        return f"{'-' * self.negative}like:{_quoted(self.photo_id)}{_weight(self.weight)}"


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition that every hit meets. `value` is in its canonical form.

    Colour: a name or "#rrggbb". Width and height: ">=3000", "=800" or "1000..2000". Dates: "2020", "2020-05" and so on.
    """

    key: Key
    value: str
    negative: bool = False
    weight: float | None = None  # tags only: the tag is wished for by this much, not demanded

    def __str__(self) -> str:
        weight = "" if self.weight is None else f"^{self.weight:g}"
        return f"{'-' * self.negative}{self.key}:{_quoted(self.value)}{weight}"


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query. `str(query)` is its canonical form."""

    texts: tuple[Text, ...] = ()
    filters: tuple[Filter, ...] = ()
    likes: tuple[Like, ...] = ()
    sort: Sort = "match"

    def __str__(self) -> str:
        sort = () if self.sort == "match" else (f"sort:{self.sort}",)
        return " ".join((*map(str, self.texts), *map(str, self.filters), *map(str, self.likes), *sort))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return not (self.texts or self.filters or self.likes)

    @property
    def wanted(self) -> tuple[str, ...]:
        """The positive texts."""
        return tuple(text.text for text in self.texts if not text.negative)


def _quoted(value: str) -> str:
    return value if _SAFE.fullmatch(value) else f'"{value}"'


def _weight(weight: float) -> str:
    return "" if weight == 1 else f"^{weight:g}"
