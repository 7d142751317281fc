"""Reads what people type into a `Query`, and says of a mistake where it is and what was probably meant.

No input whatever raises anything but `BadQuery`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final, TypeVar, cast

from core.errors import BadQuery, Message
from core.query_terms import CURLY, DASHES, OPERATORS, QUOTES, STRAIGHT, Filter, Key, Like, Query, Sort, Text, written
from core.query_values import EXAMPLES, READERS, Mistake

Part = TypeVar("Part", Text, Filter, Like)

MAX_LENGTH: Final = 1000  # characters
MAX_TERMS: Final = 64
MIN_WEIGHT: Final = 0.01
MAX_WEIGHT: Final = 10

KEYS: Final = tuple(READERS)
SYNONYMS: Final = {"colour": "color", "licence": "license", "orientation": "is", "photographer": "by"}
LIKENESS: Final = 0.78  # of a misspelt key, in difflib's measure: `colr` 0.89, `widht` 0.80; `lake` to `like` 0.75

# Control characters, invisible spaces and halves of surrogate pairs say nothing, and tokenizers choke on some.
_SENSELESS = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u2060\ufeff\ud800-\udfff]")
_SPACE = re.compile(r"\s*")
_MINUS = re.compile(rf"[{DASHES}]+(?=[^{DASHES}\s])")
_KEY = re.compile(r"([^\W\d_]+)[:：]")
_QUOTATION = re.compile(  # a straight quote looks for a straight one first, so that names may hold curly quotes
    rf'"(?P<straight>[^"]*)"|[{QUOTES}](?P<any>[^{QUOTES}]*)[{QUOTES}]'
)
_WORD = re.compile(r"\S+")
_VALUE = re.compile(rf"(?:[{OPERATORS}]+\s+)?\S+")  # `width: >= 3000`
_WEIGHT = r"\^(?P<weight>-?(?:\d+(?:[.,]\d*)?|[.,]\d+))"
_WEIGHTED = re.compile(rf"(?P<text>.+?){_WEIGHT}")
_WEIGHT_AFTER = re.compile(rf"{_WEIGHT}(?=\s|$|[{QUOTES}])")


def parse(text: str) -> Query:
    """Return what `text` asks for.

    Raises BadQuery with the mistake's position and, where it can be guessed, the query as it was probably meant.
    """
    return _Reader(unicodedata.normalize("NFC", text)).read()


class _Reader:
    """One query on its way from text to parts."""

    def __init__(self, typed: str) -> None:
        self._typed = typed
        self._text = _SENSELESS.sub(" ", typed)
        self._at = 0
        self._words: list[str] = []
        self._texts: list[Text] = []
        self._filters: list[Filter] = []
        self._likes: list[Like] = []
        self._sort: Sort = "match"

    def read(self) -> Query:
        self._check_length(self._typed)
        while self._take(_SPACE) and self._at < len(self._text):
            start = self._at
            negative = self._take(_MINUS) is not None
            if key := self._take_key():
                self._read_value(key, negative, start)
            else:
                self._read_text(negative)
        if self._words:
            self._texts.insert(0, Text(" ".join(self._words)))
        if len(self._texts) + len(self._filters) + len(self._likes) > MAX_TERMS:
            raise BadQuery("The query has more than {most} parts. Try fewer.", most=MAX_TERMS, query=self._typed)
        query = Query(_once(self._texts), _once(self._filters), _once(self._likes), self._sort)
        self._check_length(str(query))  # the canonical form may be longer, and must be readable too
        return query

    def _check_length(self, written: str) -> None:
        if len(written) > MAX_LENGTH:
            raise BadQuery(
                "The query is {length:,} characters long; up to {most:,} are read. Try fewer words.",
                length=len(written),
                most=MAX_LENGTH,
                query=self._typed,
                position=MAX_LENGTH,
            )

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        if found := pattern.match(self._text, self._at):
            self._at = found.end()
        return found

    def _take_key(self) -> str | None:
        """Take a key and its colon; return None, and take nothing, when other words come next."""
        found = _KEY.match(self._text, self._at)
        if not found:
            return None
        name = found[1].lower()
        key = SYNONYMS.get(name, name)
        if key in KEYS:
            self._at = found.end()
            self._take(_SPACE)
            return key
        meant = _similar_key(name)
        if meant and self._text[found.end() :][:1].strip():  # "note: two people" is a sentence
            raise BadQuery(
                "{part} is not a key that is known here. Did you mean `{key}:`?",
                part=self._part(found.start(), found.end()),
                key=meant,
                query=self._typed,
                position=found.start(),
                suggestion=self._with(f"{meant}:", found.start(), found.end()),
            )
        return None

    def _take_value(self, pattern: re.Pattern[str]) -> tuple[str, float | None, bool]:
        """Take a quotation or else what `pattern` finds; return its text, its weight, and whether it was quoted."""
        start = self._at
        quotation = self._take(_QUOTATION)
        if quotation:
            weighted = self._take(_WEIGHT_AFTER)
            text = quotation["straight"] if quotation["any"] is None else quotation["any"]
        else:
            if self._text[start : start + 1] in tuple(QUOTES):
                raise BadQuery(
                    "{part} begins a quotation that never ends.",
                    part=self._part(start, start + 1),
                    query=self._typed,
                    position=start,
                    suggestion=self._text.strip() + '"',
                )
            found = self._take(pattern)
            bare = found[0].replace(STRAIGHT, CURLY) if found else ""  # or it could not be put in quotes
            weighted = _WEIGHTED.fullmatch(bare)
            text = weighted["text"] if weighted else bare
            if _WEIGHTED.fullmatch(text):
                raise BadQuery(
                    "{part} has two weights.",
                    part=self._part(start, self._at),
                    query=self._typed,
                    position=start,
                    suggestion=self._with(text, start, self._at),
                )
        weight = self._weigh(weighted["weight"], start) if weighted else None
        return " ".join(text.split()), weight, quotation is not None

    def _weigh(self, typed: str, start: int) -> float:
        weight = float(typed.replace(",", "."))
        if not MIN_WEIGHT <= weight <= MAX_WEIGHT:
            nearest = self._text[start : self._at - len(typed)] + f"{min(max(weight, MIN_WEIGHT), MAX_WEIGHT):g}"
            raise BadQuery(
                "{part} has a weight that is not between {least} and {most}.",
                part=self._part(start, self._at),
                least=MIN_WEIGHT,
                most=MAX_WEIGHT,
                query=self._typed,
                position=start,
                suggestion=self._with(nearest, start, self._at),
            )
        return float(f"{weight:.4g}")

    def _read_text(self, negative: bool) -> None:
        text, weight, quoted = self._take_value(_WORD)
        if text and (negative or quoted or weight not in (None, 1)):
            self._texts.append(Text(text, 1.0 if weight is None else weight, negative, quoted and not negative))
        elif text:
            self._words.append(text)

    def _read_value(self, key: str, negative: bool, start: int) -> None:
        value_at = self._at
        text, weight, _ = self._take_value(_VALUE)
        if not text:
            raise BadQuery(
                "{part} needs a value, as in `{key}:{example}`.",
                part=self._part(start, self._at),
                key=key,
                example=EXAMPLES[key],
                query=self._typed,
                position=start,
            )
        try:
            if weight is not None and key not in ("tag", "like"):
                raise Mistake("Only words, quotations, `tag:` and `like:` take a weight.", meant=text)
            value = READERS[key](text)
        except Mistake as mistake:
            meant = mistake.meant and self._text[start:value_at] + written(mistake.meant)
            raise BadQuery(
                "{part} can't be read. {reason}",
                part=self._part(start, self._at),
                reason=mistake.message,
                query=self._typed,
                position=start,
                suggestion=None if meant is None else self._with(meant, start, self._at),
            ) from None
        if key == "like":
            self._likes.append(Like(value, 1.0 if weight is None else weight, negative))
        elif key != "sort":
            self._filters.append(Filter(cast(Key, key), value, negative, weight))
        elif negative:
            raise BadQuery(
                "{part} can't be turned round.",
                part=self._part(start, self._at),
                query=self._typed,
                position=start,
                suggestion=self._with(f"sort:{value}", start, self._at),
            )
        else:
            self._sort = cast(Sort, value)

    def _part(self, start: int, end: int) -> Message:
        """Return what stands from `start` to `end`, and where that is: of a sentence, its subject."""
        shown = self._text[start:end].strip()
        shown = shown if len(shown) <= 40 else f"{shown[:39]}…"
        return Message("`{part}` at character {place}", {"part": shown, "place": start + 1})

    def _with(self, replacement: str, start: int, end: int) -> str:
        """Return the query with a replacement for what stands from `start` to `end`."""
        return (self._text[:start] + replacement + self._text[end:]).strip()


def _once(parts: Sequence[Part]) -> tuple[Part, ...]:
    return tuple(dict.fromkeys(parts))


def _similar_key(name: str) -> str | None:
    """Return the key that `name` is a misspelling of: nearly the same letters, or the same in another order."""
    names = [*KEYS, *SYNONYMS]
    swapped = [known for known in names if sorted(known) == sorted(name)]
    near = swapped or get_close_matches(name, [known for known in names if len(known) > 2], 1, LIKENESS)
    return near[0] if near else None
