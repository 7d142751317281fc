"""Finds the words in a clause of a brief that say what photos show, each with the adjectives that belong to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.boards import brief_words as words
from core.boards.brief_words import Kind
from core.colours import DESIGN_NAMES, parse_colour
from core.query import Filter, Query, parse

LONGEST_PHRASE = 4  # words that are looked up together
MOST_BEFORE = 3  # adjectives that go with a word
_NOUNS = ("place", "subject", "light")
SENTENCE_PLACES = ("in", "at", "on", "near", "around", "across", "outside")

_COLOUR_NAMES = frozenset(DESIGN_NAMES) | {"gray"}
_PART = re.compile(r"[,;/|•·]")
_HEX = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b")
_WORD = re.compile(r"[^\W_](?:[\w'’:&.-]*[^\W_])?")
_PIXELS = re.compile(
    r"(?:at least|min(?:imum)?\.?|>=|≥)?\s*(\d{3,5})\s*(?:px|pixels?)(?:\s+(wide|tall|high))?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that photos can show; `kind` is None where no list knows it."""

    kind: Kind | None
    text: str
    words: str = ""  # to look for; left out: the text
    condition: Filter | None = None
    left_out: bool = False

    def __post_init__(self) -> None:
        if not self.words and self.condition is None:
            object.__setattr__(self, "words", self.text)


def scan(clause: str, label: str | None) -> list[Hit]:
    """Return what a clause names, in its order. `label` is the kind that was announced, which decides some words."""
    hits = [
        Hit("format", found[0].strip(), condition=Filter("height" if found[2] in ("tall", "high") else "width", size))
        for found in _PIXELS.finditer(clause)
        for size in [f">={found[1]}"]
    ]
    hits += [Hit("colour", digits, condition=Filter("color", parse_colour(digits))) for digits in _HEX.findall(clause)]
    for part in _PART.split(_HEX.sub(" ", _PIXELS.sub(" ", clause))):
        tokens = _WORD.findall(part)
        at = 0
        while at < len(tokens):
            hit, taken = _at(tokens, at, label)
            if hit is not None:
                hits.append(hit)
            at += taken
    return hits


def phrases_in(text: str) -> list[str]:
    """Return a phrase without the empty words around it, as a list of one; of nothing else, an empty list."""
    tokens = [token.replace(":", " ").replace(".", " ") for token in _WORD.findall(text)]
    while tokens and tokens[0].lower() in words.EMPTY:
        tokens.pop(0)
    while tokens and tokens[-1].lower() in words.EMPTY:
        tokens.pop()
    phrase = " ".join(" ".join(tokens).split())
    return [phrase] if phrase else []


def _at(tokens: Sequence[str], at: int, label: str | None) -> tuple[Hit | None, int]:
    """Return what stands at a place among the words, or None, and how many words that takes."""
    place = _named_place(tokens, at)
    if place is not None:
        return place
    for before in range(MOST_BEFORE + 1):  # adjectives first: they belong to what follows them
        if before and not _goes_before(tokens, at + before - 1):
            break
        for length in range(LONGEST_PHRASE, 0, -1):
            if at + before + length > len(tokens) or (before + length == 1 and _joins_next(tokens, at)):
                continue
            phrase = _plain(tokens[at + before : at + before + length])
            hit = _known(
                phrase, tokens[at : at + before + length], bool(before), _next(tokens, at + before + length), label
            )
            if hit is not None and not (before and hit.kind in ("mood", "format")):
                return hit, before + length
    return None, 1


def _joins_next(tokens: Sequence[str], at: int) -> bool:
    """Tell whether a word is an adjective of what is named right after it."""
    for before in range(1, MOST_BEFORE + 1):
        if not _goes_before(tokens, at + before - 1):
            return False
        for length in range(LONGEST_PHRASE, 0, -1):
            if at + before + length <= len(tokens):
                phrase = _plain(tokens[at + before : at + before + length])
                if phrase in words.LIGHTS_UP or phrase in words.SHADES or _kind_of(phrase) in _NOUNS:
                    return True
    return False


def _goes_before(tokens: Sequence[str], at: int) -> bool:
    if at >= len(tokens):
        return False
    word = tokens[at].lower()
    return word in words.BEFORE or word in words.MOODS or word in words.LOOKS or _colour_in([tokens[at]]) is not None


def _known(phrase: str, whole: Sequence[str], led: bool, following: str, label: str | None) -> Hit | None:
    """Return what a phrase, with adjectives before it (`led`), names."""
    text = " ".join(whole)
    if led and phrase in words.LIGHTS_UP:
        return Hit("light", text)
    if led and phrase in words.SHADES:
        return _colour(text, whole)
    if phrase in words.FORMATS and not led:
        return _format(text, words.FORMATS[phrase] or phrase)
    shape = words.SHAPE_WORDS.get(phrase)
    if shape and not led and (label == "format" or following in ("format", "orientation", "crop")):
        return _format(text, shape)
    name = _colour_in(whole)
    if name is not None and (label == "colour" or _is_colour(name, whole, following)):
        return _colour(text, whole)
    kind = _kind_of(phrase)
    return None if kind is None else Hit(kind, text)


def _is_colour(name: str, whole: Sequence[str], following: str) -> bool:
    """Tell whether a colour's name means the colour, in running text."""
    if _plain(whole[-1:]) != name.split()[-1]:  # "red car" is a car
        return False
    if name not in words.THINGS_TOO:
        return True
    shaded = len(whole) > len(name.split()) and whole[0].lower() in (
        "burnt",
        "deep",
        "dusty",
        "muted",
        "pale",
        "pastel",
    )
    return shaded or following in words.SHADES


def _kind_of(phrase: str) -> Kind | None:
    if phrase in words.LIGHTS or phrase in words.SEASONS:
        return "light"
    if phrase in words.PLACES:
        return "place"
    if phrase in words.SUBJECTS:
        return "subject"
    if phrase in words.LOOKS:
        return "colour"
    return "mood" if phrase in words.MOODS else None


def _colour(text: str, whole: Sequence[str]) -> Hit:
    name = _colour_in(whole)
    if name is None:
        return Hit("colour", text)
    rest = [word for word in whole if _plain([word]) not in name.split() and _plain([word]) not in words.SHADES]
    said = " ".join([*rest, name]) if rest else ""
    return Hit("colour", text, said, Filter("color", name))


def _format(text: str, query: str) -> Hit:
    read: Query = parse(query)
    return Hit("format", text, read.text, read.filters[0] if read.filters else None)


def _named_place(tokens: Sequence[str], at: int) -> tuple[Hit, int] | None:
    """Return the name of a place that no list knows: what is written large after "in", "at" or "near"."""
    if at == 0 or tokens[at - 1].lower() not in SENTENCE_PLACES:
        return None
    end = at
    while end < min(at + 3, len(tokens)) and tokens[end][0].isupper() and tokens[end] not in words.NOT_PLACES:
        end += 1
    name = tokens[at:end]
    if not name or any(_kind_of(_plain([word])) or len(word) < 3 for word in name):
        return None
    return Hit("place", " ".join(name).replace(":", " ").replace(".", " ")), len(name)


def _colour_in(whole: Sequence[str]) -> str | None:
    """Return the longest colour's name that stands in a phrase."""
    for length in (2, 1):
        for start in range(len(whole) - length, -1, -1):
            phrase = " ".join(whole[start : start + length]).lower()
            plain = _plain(whole[start : start + length])
            for name in dict.fromkeys((phrase, plain)):
                if name in _COLOUR_NAMES:
                    return name
    return None


def _next(tokens: Sequence[str], at: int) -> str:
    return _plain(tokens[at : at + 1])


def _plain(tokens: Sequence[str]) -> str:
    """Return words in lower case, the last in the singular where a list knows that."""
    phrase = " ".join(tokens).lower().replace("’", "'")
    for ending, instead in (("", ""), ("s", ""), ("es", ""), ("ies", "y"), ("ves", "f")):
        if phrase.endswith(ending):
            single = phrase[: len(phrase) - len(ending)] + instead
            if _listed(single):
                return single
    return phrase


def _listed(phrase: str) -> bool:
    lists = (
        words.LIGHTS_UP,
        words.SHADES,
        words.FORMATS,
        words.SHAPE_WORDS,
        words.BEFORE,
        words.THINGS_TOO,
        _COLOUR_NAMES,
    )
    return _kind_of(phrase) is not None or any(phrase in one for one in lists)
