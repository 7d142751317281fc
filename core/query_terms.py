"""What a query says once it is read: what to rank by, what must hold, in which order, and how each part is typed.

`str(query)` is its canonical form; reading that gives an equal query.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Key: TypeAlias = Literal["tag", "by", "is", "color", "width", "height", "before", "after", "license", "place", "source"]
Sort: TypeAlias = Literal["match", "new", "random"]

QUOTES = '"“”„‟«»＂'  # phones, word processors and other languages write them so
STRAIGHT, CURLY = '"', "”"
DASHES = "-‐‑‒–—―−﹣－"
OPERATORS = "<>=≤≥＜＞＝"
_NEEDS_QUOTES = re.compile(rf"[\s^{QUOTES}]|^[{OPERATORS}]*$")
_WORD_NEEDS_QUOTES = re.compile(rf"[\s^]|^[{DASHES}{QUOTES}]|^[^\W\d_]+[:：]|^$")


@dataclass(frozen=True, slots=True)
class Text:
    """Words to be near to, or far from."""

    text: str  # as typed, single spaces
    weight: float = 1.0
    negative: bool = False
    exact: bool = False  # the words must also stand in what people wrote about the photo, one after the other

    def __str__(self) -> str:
        quoted = self.exact or (self.negative and _WORD_NEEDS_QUOTES.search(self.text))
        return f"{_minus(self.negative)}{_quoted(self.text) if quoted else self.text}{_weight(self.weight)}"


@dataclass(frozen=True, slots=True)
class Like:
    """A photo of the library to be like, or unlike."""

    photo_id: str
    weight: float = 1.0
    negative: bool = False

    def __str__(self) -> str:
        return f"{_minus(self.negative)}like:{written(self.photo_id)}{_weight(self.weight)}"


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition that every hit meets, or with `negative` none. `value` is in its canonical form.

    Colours: a name or "#rrggbb". Width and height, in pixels: ">=3000" (or >, <, <=, =) or "1000..2000", both included.
    Dates: "2020", "2020-05" or "2020-05-31"; photos come before the period begins, or after it has ended.
    """

    key: Key
    value: str
    negative: bool = False
    weight: float | None = None  # tags only: the tag is wished for by this much, not demanded

    def __str__(self) -> str:
        weight = "" if self.weight is None else f"^{self.weight:g}"
        return f"{_minus(self.negative)}{self.key}:{written(self.value)}{weight}"


@dataclass(frozen=True, slots=True)
class Query:
    """A query, read. All its plain words are the first text; a word with a weight, and each quotation, is another."""

    texts: tuple[Text, ...] = ()
    filters: tuple[Filter, ...] = ()
    likes: tuple[Like, ...] = ()
    sort: Sort = "match"

    def __str__(self) -> str:
        sort = () if self.sort == "match" else (f"sort:{self.sort}",)
        return " ".join((*map(str, self.texts), *map(str, self.filters), *map(str, self.likes), *sort))

    @classmethod
    def tagged(cls, name: str) -> Query:
        """Return the query for photos with a tag."""
        return cls(filters=(Filter("tag", name),))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for: no words, no conditions, no photos."""
        return not (self.texts or self.filters or self.likes)

    @property
    def wanted(self) -> tuple[str, ...]:
        """The texts to be near to."""
        return tuple(text.text for text in self.texts if not text.negative)

    @property
    def text(self) -> str:
        """The words of the texts to be near to, in one line, without weights and quotes."""
        return " ".join(self.wanted)


def written(text: str) -> str:
    """Return a value as it is typed after a key: in quotes where it would not hold together without."""
    return _quoted(text) if _NEEDS_QUOTES.search(text) else text


def _minus(negative: bool) -> str:
    return "-" if negative else ""


def _weight(weight: float) -> str:
    return "" if weight == 1 else f"^{weight:g}"


def _quoted(text: str) -> str:
    return f'"{text.replace(STRAIGHT, CURLY)}"'  # a quotation in straight quotes may hold any others
