"""The query language: from what people type, in any chat and on any phone, to a `Query`.

    sunset over ocean -people "golden gate" fog^0.5 tag:night by:"Paul Carmona" is:landscape color:teal width:>=3000
    after:2020 place:oslo like:ashim-dsilva -like:nasa sort:new

Words that stand free make one phrase, because that is how an encoder of sentences understands them best. A mistake is
answered with where it is and with the whole query as it was probably meant. No input raises anything but `BadQuery`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Final, NoReturn, cast

from core.colours import names, parse_colour
from core.errors import BadQuery
from core.query import Filter, Key, Like, Query, Sort, Text

MAX_LENGTH: Final = 1000  # characters
MAX_TERMS: Final = 64
MIN_WEIGHT, MAX_WEIGHT = 0.01, 10.0

ALIASES: Final = {
    "colour": "color",
    "licence": "license",
    "photographer": "by",
    "location": "place",
    "orientation": "is",
}
POSITIVE_ONLY: Final = frozenset({"width", "height", "before", "after", "sort"})
KEYS: Final = (
    "tag",
    "by",
    "is",
    "color",
    "width",
    "height",
    "before",
    "after",
    "license",
    "place",
    "source",
    "like",
    "sort",
)
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "is": ("portrait", "landscape", "square"),
    "sort": ("match", "new", "random"),
}
EXAMPLES: Final = {"tag": "night", "by": '"Paul Carmona"', "like": "ID", "place": "oslo", "license": "cc0"}

# What phones and word processors make of quotes and colons; each replaces one character, so positions stay right.
_TYPED = str.maketrans({**dict.fromkeys("“”„‟″＂«»", '"'), "：": ":", "＾": "^"})
_DASHES = "–—−-"
_SIGN_AND_KEY = re.compile(rf"(?P<sign>[{_DASHES}](?=[^\s{_DASHES}]))?(?:(?P<key>[^\W\d_]+):)?")
_VALUE = re.compile(r'"(?P<quoted>[^"]*)(?P<end>"|$)|(?P<bare>[^\s"]*)')
_WEIGHT = re.compile(r"\^([0-9]{1,6}(?:\.[0-9]{1,6})?|\.[0-9]{1,6})(?=\s|$|\")")
_SIZE = re.compile(r"(>=|<=|>|<|=)?([0-9]{1,9})(?:px)?|([0-9]{1,9})\.\.([0-9]{1,9})(?:px)?")
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{1,2}))?(?:-([0-9]{1,2}))?")


def parse(text: str) -> Query:
    """Return the query that `text` asks for. Raises BadQuery, with position and suggestion, and nothing else."""
    if len(text) > MAX_LENGTH:
        raise BadQuery(
            f"A query may have at most {MAX_LENGTH:,} characters; this one has {len(text):,}.", query=text[:80]
        )
    return _Parser(text).parse()


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    value_at: int
    negative: bool
    key: str | None
    value: str
    quoted: bool
    weight: float | None


@dataclass(slots=True)
class _Parser:
    original: str
    suggests: bool = True  # False while a suggestion is tried: one mistake is mended at a time
    text: str = field(init=False)
    words: list[str] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    likes: list[Like] = field(default_factory=list)
    sort: Sort = "match"

    def __post_init__(self) -> None:
        typed = self.original.translate(_TYPED)
        self.text = "".join(c if c.isprintable() or c.isspace() else " " for c in typed)

    def parse(self) -> Query:
        for count, token in enumerate(self._tokens(), 1):
            if count > MAX_TERMS:
                raise BadQuery(
                    f"A query may have at most {MAX_TERMS} terms.", query=self.original, position=token.start
                )
            self._take(token)
        plain = [Text(" ".join(self.words))] if self.words else []
        return Query(tuple(plain + self.texts), tuple(self.filters), tuple(self.likes), self.sort)

    def _tokens(self) -> Iterator[_Token]:
        position = 0
        while True:
            while position < len(self.text) and self.text[position].isspace():
                position += 1
            if position == len(self.text):
                return
            token = self._token(position)
            yield token
            position = token.end

    def _token(self, start: int) -> _Token:
        head = _SIGN_AND_KEY.match(self.text, start)
        assert head is not None  # noqa: S101 - it matches the empty text
        key = self._key(head["key"], head.start("key"))
        value_at = head.end() if key else head.end("sign") if head["sign"] else start
        match = _VALUE.match(self.text, value_at)
        assert match is not None  # noqa: S101 - likewise
        if match["quoted"] is not None:
            if not match["end"]:
                self._fail("The quote at character {at} is never closed.", value_at, self.text + '"')
            weighted = _WEIGHT.match(self.text, match.end())
            end, value = weighted.end() if weighted else match.end(), " ".join(match["quoted"].split())
        else:
            weighted = _WEIGHT.search(match["bare"], 1)
            end, value = match.end(), match["bare"][: weighted.start()] if weighted else match["bare"]
        weight = self._weight(float(weighted[1]), start, end) if weighted else None
        return _Token(start, end, value_at, bool(head["sign"]), key, value, match["quoted"] is not None, weight)

    def _key(self, typed: str | None, at: int) -> str | None:
        """Return the key that was typed before a colon, or None when it is an ordinary word with a colon in it."""
        key = ALIASES.get(typed.lower(), typed.lower()) if typed else None
        if key is None or key in KEYS:
            return key
        if near := get_close_matches(key, [*KEYS, *ALIASES], 1, cutoff=0.75):
            meant, end = ALIASES.get(near[0], near[0]), at + len(key)
            message = f"`{key}:` at character {{at}} is not known. Did you mean `{meant}:`?"
            self._fail(message, at, self._with(at, end, meant))
        return None

    def _weight(self, weight: float | None, start: int, end: int) -> float | None:
        if weight is None or MIN_WEIGHT <= weight <= MAX_WEIGHT:
            return weight if weight is None else float(f"{weight:.4g}")
        nearest = f"{min(max(weight, MIN_WEIGHT), MAX_WEIGHT):g}"
        before = self.text[start:end].rpartition("^")[0]
        return self._fail(
            f"The weight at character {{at}} must be between {MIN_WEIGHT:g} and {MAX_WEIGHT:g}.",
            start,
            self._with(start, end, f"{before}^{nearest}"),
        )

    def _take(self, token: _Token) -> None:
        if token.key is not None:
            self._take_keyed(token, token.key)
            return
        weight = 1.0 if token.weight is None else token.weight
        exact = token.quoted and not token.negative
        if not token.value:
            return
        if token.negative or exact or weight != 1:
            self.texts.append(Text(token.value, weight, token.negative, exact))
        else:
            self.words.append(token.value)

    def _take_keyed(self, token: _Token, key: str) -> None:
        at = token.start + token.negative
        if token.negative and key in POSITIVE_ONLY:
            message = f"`-` can't stand before `{key}:` at character {{at}}."
            self._fail(message, token.start, self._with(token.start, at, ""))
        if not token.value:
            example = EXAMPLES.get(key) or CHOICES.get(key, ("",))[0]
            hint = f", for example `{key}:{example}`" if example else ""
            joined = self.text[: token.end] + self.text[token.end :].lstrip()
            follows = bool(self.text[token.end :].strip()) and not token.quoted
            self._fail(f"`{key}:` at character {{at}} needs a value{hint}.", at, joined if follows else None)
        value = _VALUES.get(key, _as_typed)(self, token.value, token.value_at, key)
        weight = token.weight
        if key == "sort":
            self.sort = cast(Sort, value)
        elif key == "like":
            self.likes.append(Like(value, 1.0 if weight is None else weight, token.negative))
        elif weight is not None and key != "tag":
            shown = self._with(token.end - len(f"^{weight:g}"), token.end, "")
            self._fail(f"`{key}:` at character {{at}} is a filter and takes no weight.", at, shown)
        else:
            self.filters.append(Filter(cast(Key, key), value, token.negative, weight))

    def choice(self, value: str, at: int, key: str) -> str:
        """Return one of the words that `key` takes."""
        choices = CHOICES[key]
        if value.lower() in choices:
            return value.lower()
        return self._fail(
            f"`{key}:` at character {{at}} takes {', '.join(choices[:-1])} or {choices[-1]}, not {value[:40]!r}.",
            at,
            self._meant(at, value, get_close_matches(value.lower(), choices, 1, cutoff=0.4)),
        )

    def colour(self, value: str, at: int, _: str) -> str:
        """Return a colour as its name or `#rrggbb`."""
        try:
            parsed = parse_colour(value)
        except ValueError:
            near = get_close_matches(value.lower(), names(), 3, cutoff=0.6)
            hint = f" Did you mean {' or '.join(near)}?" if near else " Use a name such as teal, or #0aa."
            return self._fail(
                f"{value[:40]!r} at character {{at}} is no known colour.{hint}", at, self._meant(at, value, near)
            )
        return value.lower() if value.lower() in names() else parsed

    def size(self, value: str, at: int, key: str) -> str:
        """Return a condition on a side in pixels."""
        match = _SIZE.fullmatch(value.lower().replace(" ", ""))
        if match is None:
            digits = "".join(re.findall(r"[0-9]+", value))[:9]
            meant = [f">={digits}"] if digits else []
            message = f"`{key}:` at character {{at}} takes pixels, as in {key}:>=3000 or {key}:1000..2000."
            return self._fail(message, at, self._meant(at, value, meant))
        if match[3]:
            low, high = sorted((int(match[3]), int(match[4])))
            return f"{low}..{high}"
        return f"{match[1] or '='}{int(match[2])}"

    def day(self, value: str, at: int, key: str) -> str:
        """Return a year, month or day."""
        match = _DATE.fullmatch(value.replace("/", "-").replace(".", "-"))
        try:
            if match is None:
                raise ValueError
            year, month, day = (int(part) if part else None for part in match.groups())
            date(cast(int, year), month or 1, day or 1)
        except ValueError:
            years = re.findall(r"(?:19|20)\d\d", value)
            message = f"`{key}:` at character {{at}} takes a date, as in {key}:2020, {key}:2020-05 or {key}:2020-05-31."
            return self._fail(message, at, self._meant(at, value, years))
        return "-".join([f"{year:04}", *(f"{part:02}" for part in (month, day) if part)])

    def _meant(self, at: int, value: str, near: list[str]) -> str | None:
        """Return the query with the value at `at` replaced by the nearest that is known."""
        if not near:
            return None
        start = self.text.find(value, at)
        meant = near[0] if " " not in near[0] else f'"{near[0]}"'
        return None if start < 0 else self._with(start, start + len(value), meant)

    def _with(self, start: int, end: int, replacement: str) -> str:
        return self.text[:start] + replacement + self.text[end:]

    def _fail(self, message: str, at: int, suggestion: str | None) -> NoReturn:
        meant = _sound(suggestion) if self.suggests else None
        raise BadQuery(message.replace("{at}", str(at + 1)), query=self.original, position=at, suggestion=meant)


def _sound(suggestion: str | None) -> str | None:
    """Return a suggestion in canonical form, or None when it can't be understood itself."""
    try:
        return None if suggestion is None else str(_Parser(suggestion, suggests=False).parse()) or None
    except BadQuery:
        return None


def _as_typed(_: _Parser, value: str, __: int, key: str) -> str:
    return " ".join(value.lower().split()) if key == "tag" else value


_VALUES: Final[Mapping[str, Callable[[_Parser, str, int, str], str]]] = {
    "is": _Parser.choice,
    "sort": _Parser.choice,
    "color": _Parser.colour,
    "width": _Parser.size,
    "height": _Parser.size,
    "before": _Parser.day,
    "after": _Parser.day,
}
