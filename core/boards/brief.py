"""Takes out of a creative brief what photos can show: place, light, mood, colour, subject and format.

Rules and word lists, no language model, so that it works offline, at once, and the same every time. Where it is weak:
it reads English only; it takes irony and examples at their word; a fact about the client that names a thing ("we sell
coffee") may be taken for a wish; of a sentence it keeps the words that it knows, not how they belong together. What it
found is to be shown to people, who strike out what is wrong.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from core.boards.brief_scan import Hit, phrases_in, scan
from core.boards.brief_words import CHATTER, EXEMPLARS, KINDS, LABELS, MANNERS, Kind
from core.errors import BadRecord
from core.query import Filter, Query, Text, parse

LONGEST = 10_000  # characters
MOST_ASPECTS = 24
SHORT_PHRASE = 5  # words of an item that is taken whole
LONGEST_TITLE = 60  # characters

_LABEL = "|".join(sorted((re.escape(label) for label in LABELS), key=len, reverse=True))
_LABELLED = re.compile(rf"(?:^|(?<=[;.|•·,/])\s*)({_LABEL})s?\s*[:：]\s*", re.IGNORECASE)
_DASHED_LABEL = re.compile(rf"(?:^|(?<=[.;] ))({_LABEL})s?\s+[-–—]\s+", re.IGNORECASE)
_HEADING = re.compile(rf"^({_LABEL})s?\s*[:：]?$", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-–—*•·◦▪✓✔→>]+|\(?\d{1,2}[.)])\s+")
_MARKUP = re.compile(r"[*_`~]{1,3}(?=\S)|(?<=\S)[*_`~]{1,3}|^\s*#+\s+")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n")
_CHATTER, _MANNERS = re.compile(CHATTER, re.IGNORECASE), re.compile(MANNERS, re.IGNORECASE)
_TURN = re.compile(r"[;()—]|\s[–-]\s|\b(?:but|yet|rather|instead)\b(?!\s+(?:of|than))", re.IGNORECASE)
_AVOID = re.compile(
    r"\b(?:avoid(?:ing)?|excluding|exclude|steer clear of|stay away from|keep away from|anything but|free (?:of|from)|"
    r"without|(?:do not|don't|don’t) (?:want|show|use|like|include)(?: any)?)\b",
    re.IGNORECASE,
)
_NO = re.compile(
    r"\b(?:no|not|never|nothing|nor|neither|isn't|aren't|isn’t|aren’t|non|instead of|rather than)\b", re.IGNORECASE
)
_BLACK_AND_WHITE = re.compile(r"\bblack (?:and|&) white\b", re.IGNORECASE)
_PICTURE_OF = re.compile(r"\b(?:photos?|images?|pictures?|shots?|photographs?) of\s+(.+)", re.IGNORECASE)
_ABOUT_TITLE = re.compile(r"^(?:(?:creative|photo|design)\s+)?brief(?:ing)?\s*(?:[:–—-]|for\b|$)\s*", re.IGNORECASE)
_AND = re.compile(r"\s*(?:[,/|•·+]|\b(?:and|or|nor|plus)\b|&)\s*", re.IGNORECASE)
_ITEM = re.compile(r"\s*[,/|•·;+]\s*|\s+(?:and|or|&)\s+|(?<=[.!?])\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing that a brief asks for, or asks to leave out."""

    kind: Kind
    text: str  # a short title, as the brief says it
    query: str  # in the query language; begins with - where it is to be left out


@dataclass(frozen=True, slots=True)
class Brief:
    """What a brief asks for, in its order."""

    title: str  # a name for the board
    aspects: tuple[Aspect, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A brief as the word lists read it; `kind` is None of phrases that they don't know."""

    title: str
    hits: tuple[Hit, ...]

    @property
    def unfiled(self) -> list[str]:
        """The phrases whose kind is to be told otherwise."""
        return [hit.text for hit in self.hits if hit.kind is None]


def read_brief(text: str) -> Brief:
    """Return what a brief asks for. Raises BadRecord where it is too long, or nothing in it can be shown."""
    return completed(read(text), {})


@lru_cache(maxsize=256)
def aspects_of(text: str) -> tuple[Aspect, ...]:
    """Return what a brief asks for, nothing where `read_brief` would refuse it."""
    try:
        return read_brief(text).aspects
    except BadRecord:
        return ()


def exemplars() -> tuple[list[Kind], list[str]]:
    """Return words that stand for each kind of aspect, and the kind of each, to file unknown phrases by."""
    pairs = [(kind, word) for kind, words in EXEMPLARS.items() for word in words]
    return [kind for kind, _ in pairs], [word for _, word in pairs]


def read(text: str) -> Reading:
    """Return a brief as the word lists read it. Raises BadRecord where it is too long."""
    if len(text) > LONGEST:
        raise BadRecord("The brief is longer than {most:,} characters. Leave out what photos can't show.", most=LONGEST)
    text = unicodedata.normalize("NFKC", text).replace("\r", "\n")
    text = _BLACK_AND_WHITE.sub("black-and-white", text)
    title, hits, lines = "", list[Hit](), 0
    for label, part, item in _parts(text):
        lines += 1
        if label == "title":
            title = title or part
        elif label is None:
            hits += _running(part, item=item)
        elif label != "chatter":
            first, *rest = _SENTENCE.split(part, 1)  # what was announced ends with the sentence
            hits += _left_out(first) if label == "avoid" else _listed(first, label)
            hits += _running(" ".join(rest))
    if not hits and lines == 1 and len(text.split()) <= SHORT_PHRASE and not _CHATTER.search(text):
        hits = [Hit(None, phrase) for phrase in phrases_in(text)]
    return Reading(_short(title or _first_line(text)), tuple(hits))


def completed(reading: Reading, kinds: Mapping[str, Kind]) -> Brief:
    """Return the brief with its unknown phrases filed, as subjects where `kinds` has none for them.

    Raises BadRecord where nothing was found.
    """
    aspects: dict[str, Aspect] = {}
    for hit in reading.hits:
        kind = hit.kind or kinds.get(hit.text, "subject")
        query = _query_of(replace(hit, kind=kind))
        if query and len(aspects) < MOST_ASPECTS:
            aspects.setdefault(query.lower(), Aspect(kind, hit.text, query))
    if not aspects:
        raise BadRecord(
            "Nothing in this brief says in English what photos should show. Name a place, a light, a mood or a colour, "
            "for example: calm beach at golden hour, teal tones, no people."
        )
    found = tuple(aspects.values())
    return Brief(reading.title or _composed(found), found)


def _parts(text: str) -> Iterator[tuple[str | None, str, bool]]:
    """Yield the parts of a brief: the kind that its label announces, its text, and whether it is an item of a list."""
    label: str | None = None
    parted = False  # by an empty line
    for raw in text.split("\n"):
        item = _BULLET.match(raw) is not None
        line = " ".join(_MARKUP.sub("", _BULLET.sub("", raw)).split())
        if not line:
            parted = True
            continue
        if heading := _HEADING.match(line):
            label, parted = _label(heading[1]), False
            continue
        line = _DASHED_LABEL.sub(lambda found: f"{found[1]}: ", line)
        labels = list(_LABELLED.finditer(line))
        if parted and not item:
            label = None
        if labels:
            label = None
        if before := line[: labels[0].start() if labels else None].strip(" ;|,•·/"):
            yield label, before, item
        for place, found in enumerate(labels):
            end = labels[place + 1].start() if place + 1 < len(labels) else len(line)
            yield _label(found[1]), line[found.end() : end].strip(" ;|,•·/"), item
        parted = False


def _label(typed: str) -> str:
    return LABELS[" ".join(typed.lower().split())]


def _listed(text: str, kind: str) -> list[Hit]:
    """Return what a sentence after a label says: short phrases as they are, longer ones by the words in them."""
    if _AVOID.search(text) or _NO.search(text):
        return _running(text, item=True, label=kind)
    return [hit for phrase in _ITEM.split(_MANNERS.sub(" ", text)) for hit in _one(phrase, kind)]


def _one(phrase: str, label: str | None) -> list[Hit]:
    """Return one phrase, of a list or after a label."""
    hits = scan(phrase, label)
    plain = phrases_in(phrase)
    if not plain or len(plain[0].split()) > SHORT_PHRASE:
        return hits
    if label is None:
        if len(hits) == 1 and hits[0].condition is None and hits[0].kind in ("place", "light", "subject"):
            return [Hit(hits[0].kind, plain[0])]  # with what is said of it
        return hits or [Hit(None, plain[0])]
    if len(hits) == 1 and (hits[0].kind in ("format", "colour") or hits[0].text == plain[0]):
        return hits
    if len(hits) > 1 and any(hit.kind in ("place", "light") and hit.kind != label for hit in hits):
        return hits  # "a child in a rustic kitchen"
    return [Hit(_known(label), plain[0])]


def _running(text: str, *, item: bool = False, label: str | None = None) -> list[Hit]:
    """Return what is said in sentences, and with a minus what is to be left out."""
    hits: list[Hit] = []
    for sentence in _SENTENCE.split(text):
        if _CHATTER.search(sentence):
            continue
        for clause in _TURN.split(_MANNERS.sub(" ", sentence)):
            hits += _clause(clause, item, label)
    return hits


def _clause(clause: str, item: bool, label: str | None) -> list[Hit]:
    cues = [found for found in (_AVOID.search(clause), _NO.search(clause)) if found]
    if not cues:
        if item:
            return [hit for phrase in re.split(r"\s*[,;/]\s*", clause) for hit in _one(phrase, label)]
        hits = scan(clause, label)
        named = _PICTURE_OF.search(clause)
        plain = phrases_in(named[1]) if named and not hits else []
        return hits or [Hit(None, phrase) for phrase in plain if len(phrase.split()) < SHORT_PHRASE]
    cue = min(cues, key=lambda found: found.start())
    before, after = clause[: cue.start()], clause[cue.end() :]
    end = len(after)
    if _AVOID.fullmatch(cue[0]) is None and not re.search(r"\b(?:or|nor)\b", after):  # "no people, soft light"
        end = after.find(",") if "," in after else len(after)
    return [*scan(before, label), *_left_out(after[:end]), *_clause(after[end:].lstrip(" ,"), item, label)]


def _left_out(text: str) -> list[Hit]:
    """Return all that a text names, to be left out."""
    hits: list[Hit] = []
    for phrase in _AND.split(re.sub(r"[.!?]", ",", text)):
        phrase = _NO.sub(" ", _AVOID.sub(" ", phrase))
        found = scan(phrase, None)
        plain = phrases_in(phrase)
        if not found and plain and len(plain[0].split()) <= SHORT_PHRASE - 2:
            found = [Hit("subject", plain[0])]
        hits += [replace(hit, left_out=True) for hit in found]
    return hits


def _query_of(hit: Hit) -> str:
    """Return what finds this, or with a minus what leaves it out; empty where nothing would."""
    filters: tuple[Filter, ...] = ()
    words = hit.words
    if hit.condition is not None:
        filters = (replace(hit.condition, negative=hit.left_out),)
        words = "" if hit.left_out else words
    texts = (Text(words, negative=hit.left_out),) if words else ()
    query = str(Query(texts, filters))
    return query if query and str(parse(query)) == query else ""


def _known(label: str) -> Kind | None:
    return next((kind for kind in KINDS if kind == label), None)


def _first_line(text: str) -> str:
    """Return the first line where it is a heading: short, without a label, and more follows."""
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) < 2 or _BULLET.match(lines[0]) or len(lines[0]) > LONGEST_TITLE:
        return ""
    line = " ".join(_MARKUP.sub("", lines[0]).split())
    heading = not _LABELLED.search(line) and not _HEADING.match(line) and not line.endswith((".", "!", "?", ",", ":"))
    return line if heading else ""


def _composed(aspects: Sequence[Aspect]) -> str:
    """Return a name for the board out of what is asked for."""
    wanted = [one for one in aspects if not one.query.startswith("-")]
    first = {one.kind: one.text if one.kind == "place" else one.text.lower() for one in reversed(wanted)}
    words = [first[kind] for kind in ("mood", "place", "subject", "light", "colour", "format") if kind in first][:2]
    return _short(" ".join(words))


def _short(title: str) -> str:
    title = _ABOUT_TITLE.sub("", " ".join(title.split())).strip(' .,:;-–—"“”')
    if len(title) > LONGEST_TITLE:
        title = title[:LONGEST_TITLE].rsplit(" ", 1)[0]
    return title[:1].upper() + title[1:]
