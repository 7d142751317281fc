"""Reads what was drawn as its readers do, without a line of the code that wrote it: what is markup there, what is text.

Each `..._of` takes a document apart into its marks (a kind, and where it leads) and the text that people see.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser

BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NOTHING_SEEN = frozenset("\u3164\u2800\u115f\u1160\uffa0")  # letters, but blank ones


class Mark(NamedTuple):
    """Something that is not text: bold, a link, a mention."""

    kind: str
    to: str = ""


class Read(NamedTuple):
    """A document, read."""

    marks: tuple[Mark, ...]
    text: str

    def kinds(self) -> Counter[str]:
        """Return how many marks of each kind there are."""
        return Counter(mark.kind for mark in self.marks)


def seen(text: str) -> str:
    """Return what people see of a text, without blanks and breaks: no reader is held to those."""
    return "".join(
        char
        for char in unicodedata.normalize("NFC", text.replace("\ufffd", ""))
        if not char.isspace() and unicodedata.category(char)[0] not in "CZ" and char not in _NOTHING_SEEN
    )


def times_in(text: str, odd: str, *, least: int = 24) -> int:
    """Return how often an odd string stands in a text: whole, or as its beginning with an ellipsis where it is long."""
    shown, wanted = seen(text).replace("?", ""), seen(odd).replace("?", "")  # "?" stands for halves of letters, too
    if not wanted:
        return 1_000_000
    found, at = 0, shown.find(wanted[:least])
    while at >= 0:
        alike = next((n for n, pair in enumerate(zip(shown[at:], wanted, strict=False)) if pair[0] != pair[1]), None)
        cut = len(shown[at:]) < len(wanted) if alike is None else shown[at + alike] != "…"
        found += not cut
        at = shown.find(wanted[:least], at + 1)
    return found


# Discord, as its own client reads a message

_DISCORD_LINE = (
    ("list", re.compile(r"^ *(?:[-*+]|\d{1,10}[.)]) +\S")),
    ("quote", re.compile(r"^ *>(?: |>> )")),
    ("heading", re.compile(r"^ *#{1,3} +\S")),
    ("small", re.compile(r"^ *-# ?\S")),
)
_DISCORD = (
    ("mention", re.compile(r"<(?:@[!&]?|#)\d+>|@everyone|@here|<id:\w+>|</[^:>\n]+:\d+>")),
    ("emoji", re.compile(r"<a?:\w{2,}:\d+>")),
    ("time", re.compile(r"<t:-?\d+(?::[tTdDfFR])?>")),
    ("link", re.compile(r"\[[^\]\n]+\]\(\s*<?([a-zA-Z][\w+.-]*://[^\s)>]*)[^)\n]*\)")),
    ("emoji", re.compile(r":[^\s:]+:")),
    ("link", re.compile(r"<([a-zA-Z][\w+.-]*:[^\s>]+)>|((?:https?|steam|discord)://\S+)|\b(www\.\S+)")),
    ("spoiler", re.compile(r"\|\|(.+?)\|\|", re.DOTALL)),
    ("strong", re.compile(r"\*\*(?=\S)([^*]+?)\*\*", re.DOTALL)),
    ("underline", re.compile(r"__(.+?)__(?!_)", re.DOTALL)),
    ("gone", re.compile(r"~~(.+?)~~(?!~)", re.DOTALL)),
    ("slanted", re.compile(r"\*(?=\S)(?:[^*\n])+?\*|(?<![^\W_])_(?=\S)[^_]+?_(?![^\W_])")),
)
_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_HELD = 0xF0000  # from here on: signs that were escaped, which are none of the readers' marks


def discord_of(text: str) -> Read:
    """Read a text of Discord's."""
    held: list[str] = []

    def hold(literal: str) -> str:
        held.append(literal)
        return chr(_HELD + len(held) - 1)

    marks: list[Mark] = []
    plain, at = "", 0
    while at < len(text):  # from left to right: what begins first holds
        if escape := _ESCAPED.match(text, at):
            plain += hold(escape[1])
            at = escape.end()
        elif (code := _CODE.match(text, at)) and (at == 0 or text[at - 1] != "`"):
            marks.append(Mark("code"))
            plain += hold(code[2])
            at = code.end()
        else:
            plain += text[at]
            at += 1
    for line in plain.split("\n"):
        marks += [Mark(kind) for kind, pattern in _DISCORD_LINE if pattern.search(line)]
    for kind, pattern in _DISCORD:
        for found in pattern.finditer(plain):
            to = next(filter(None, found.groups()), "") if kind == "link" else ""
            marks.append(Mark(kind, _released(to, held)))
        if kind == "strong":
            plain = pattern.sub(r"\1", plain)
        elif kind == "link":
            plain = pattern.sub(
                lambda match: match[0] if match[0][0] != "[" else match[0][1 : match[0].find("](")], plain
            )
    return Read(tuple(marks), _released(plain, held))


def _released(text: str, held: list[str]) -> str:
    return "".join(
        held[ord(char) - _HELD] if ord(char) >= _HELD and ord(char) - _HELD < len(held) else char for char in text
    )


# Slack

_AROUND = r"[\s!-&(-/:-@\[-^{-~'\"]"  # where a format may begin or end
_SLACK = (
    ("code", re.compile(rf"(?:^|(?<={_AROUND}))`([^`\n]+)`(?=$|{_AROUND})", re.MULTILINE)),
    ("strong", re.compile(rf"(?:^|(?<={_AROUND}))\*(?=\S)([^*\n]*?\S)\*(?=$|{_AROUND})", re.MULTILINE)),
    ("slanted", re.compile(rf"(?:^|(?<={_AROUND}))_(?=\S)([^_\n]*?\S)_(?=$|{_AROUND})", re.MULTILINE)),
    ("gone", re.compile(rf"(?:^|(?<={_AROUND}))~(?=\S)([^~\n]*?\S)~(?=$|{_AROUND})", re.MULTILINE)),
    ("quote", re.compile(r"^(?:>|&gt;)", re.MULTILINE)),
    ("emoji", re.compile(r":[a-z0-9_+'-]+:")),
)
_FENCED = re.compile(r"```(.*?)```", re.DOTALL)
_CONTROL = re.compile(r"<([^>\n]*)>")
_ENTITY = re.compile(r"&(amp|lt|gt);")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">"}


def slack_of(text: str) -> Read:
    """Read a text of Slack's in mrkdwn, in which nothing becomes a link by itself (`verbatim`)."""
    marks: list[Mark] = []
    shown: list[str] = []

    def fenced(match: re.Match[str]) -> str:
        marks.append(Mark("block"))
        shown.append(match[1])
        return "\n"

    def control(match: re.Match[str]) -> str:
        target, _, label = match[1].partition("|")
        marks.append(Mark("mention" if target[:1] in "@#!" else "link", _decoded(target)))
        return label

    plain = _CONTROL.sub(control, _FENCED.sub(fenced, text))
    for kind, pattern in _SLACK:
        marks += [Mark(kind) for _ in pattern.finditer(plain)]
    marks += [Mark("bare", sign) for sign in re.findall(r"[<>]|&(?!(?:amp|lt|gt);)", plain)]
    return Read(tuple(marks), _decoded("\n".join([plain, *shown])))


def slack_plain_of(text: str) -> Read:
    """Read a plain text of Slack's: it knows no formats, but takes its three escapes for what they stand for."""
    marks = [Mark("mention", found) for found in re.findall(r"<[@!#][^>]*>", text)]
    return Read(tuple(marks), _decoded(text))


def _decoded(text: str) -> str:
    return _ENTITY.sub(lambda match: _ENTITIES[match[1]], text)


# HTML, as a browser reads it


def html_of(text: str) -> Read:
    """Read a page, or a part of one: its marks are elements with their attributes' names, and where links lead."""
    marks: list[Mark] = []
    words: list[str] = []
    for node in LexborHTMLParser(text).root.traverse(include_text=True):  # type: ignore[union-attr]
        if node.tag == "-text":
            words.append(node.text_content or "")
            continue
        attributes = {} if node.tag[0] in "-!" else dict(node.attributes)
        to = attributes.get("href") or attributes.get("src") or ""
        marks.append(
            Mark(
                f"{node.tag} {' '.join(sorted(attributes))}".strip(),
                "" if to.startswith("data:image/jpeg;base64,") else to,
            )
        )
        words += [attributes.get(name) or "" for name in ("alt", "aria-label", "title") if name in attributes]
    return Read(tuple(marks), "\n".join(words))


# Markdown, as documents have it


def markdown_of(text: str) -> Read:
    """Read Markdown as CommonMark says, with the tables and deletions of others."""
    marks: list[Mark] = []
    words: list[str] = []
    for block in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text):
        if block.type != "inline":
            marks.append(Mark(block.type + block.tag, ""))
        for part in block.children or ():
            if part.type in ("text", "code_inline"):
                words.append(part.content)
            if part.type == "text":
                continue
            if part.type not in ("softbreak", "hardbreak"):
                marks.append(Mark(part.type, str(part.attrs.get("href") or part.attrs.get("src") or "")))
            if part.type in ("softbreak", "hardbreak"):
                words.append("\n")
        if block.type in ("fence", "code_block", "html_block"):
            words.append(block.content)
    return Read(tuple(marks), "".join(words))


# Terminals, tables, names of files


def controls_in(text: str) -> str:
    """Return what of a text a terminal would obey or a reader be misled by, besides line breaks."""
    return "".join(
        char for char in text if (unicodedata.category(char) in ("Cc", "Cs") and char != "\n") or char in BIDI
    )


def is_formula(cell: str) -> bool:
    """Tell whether a spreadsheet may take a cell for a formula."""
    return bool(re.match(r"[\s\x00-\x1f]*[=+\-@＝＋－＠]", cell)) and not re.fullmatch(r"-?\d+", cell)


_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in "123456789¹²³")})


def faults_of_names(names: list[str]) -> Iterator[str]:
    """Yield what is wrong with the names of files that are unpacked on Windows, macOS and Linux."""
    folded = Counter(unicodedata.normalize("NFKC", name).upper().casefold() for name in names)
    yield from (f"two files are called {name!r} on some system" for name, count in folded.items() if count > 1)
    for name in names:
        parts = name.split("/")
        if name.startswith("/") or not all(parts) or ".." in parts or "\\" in name or len(name) > 240:
            yield f"{name!r} may lead elsewhere"
        for part in parts:
            if (
                re.search(r'[<>:"|?*\x00-\x1f\x7f-\x9f]', part)
                or part != part.lstrip(" .-~").rstrip(" .")
                or len(part.encode("utf-8", "replace")) > 250
            ):
                yield f"{part!r} is no name on every system"
            if part.split(".")[0].rstrip().casefold() in _RESERVED:
                yield f"{part!r} is a device"
            if any(unicodedata.category(char)[0] == "C" for char in part):
                yield f"{part!r} holds what can't be seen"
