"""Text as Slack's mrkdwn and back: escaped, cut where there is no room, and read as people typed it.

Slack knows three escapes only. What else would be a format, a quotation or an emoji is kept apart from its neighbours
by a sign without width, so that names stand as they are.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from core.photos import Credit

JOINER = "\u2060"  # has no width, and lets no line break
FENCE = "```"
URL_CHARACTERS = 2000
_FORMATS = re.compile(r"(?<![^\W_])[*_~`]|[*_~`](?![^\W_])|:(?=[\w+'-]+:)|^(?=>)", re.MULTILINE)
_ADDRESS = re.compile(r"[:@](?=\S)|(?<=\w)\.(?=\w)")  # what holds an address, a domain or a mention together
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_LINK = re.compile(r'<a href="([^"]*)"[^>]*>(.*?)</a>')
_TYPED = re.compile(r"<(https?://[^|>]+|mailto:[^|>]+|[@#!][^|>]+)(?:\|([^>]*))?>")


def escaped(text: str) -> str:
    """Return text that is shown as it is: no format, no link, no mention."""
    return _escape(_FORMATS.sub(lambda match: f"{JOINER}{match[0]}{JOINER if match[0] else ''}", text))


def unlinked(text: str) -> str:
    """Return text escaped for where Slack looks for addresses of its own accord, and finds none in it."""
    return escaped(_ADDRESS.sub(lambda match: f"{match[0]}{JOINER}", text))


def plain(text: str) -> str:
    """Return text escaped and nothing more, for notifications, where there are no formats."""
    return _escape(text)


def cut(text: str, most: int) -> str:
    """Return a text, its end left out where it is longer than `most`."""
    return text if len(text) <= most else f"{text[: max(0, most - 1)].rstrip()}…"


def escaped_within(text: str, room: int) -> str:
    """Return escaped text of at most `room` characters; it is cut before escaping, so no escape is torn."""
    kept, whole = text, escaped(text)
    while kept and len(whole) > room:
        kept = kept[: min(len(kept) - 1, int(len(kept) * room / len(whole)))].rstrip()
        whole = f"{escaped(kept)}…" if kept else ""
    return whole


def parts_within(text: str, room: int) -> Iterator[str]:
    """Yield the whole text escaped, in parts of at most `room` characters, torn between lines where that can be."""
    while text:
        taken = text[:room]
        while len(escaped(taken)) > room:
            taken = taken[: max(1, int(len(taken) * 0.9))]
        if len(taken) < len(text) and (line := taken.rfind("\n")) > 0:
            taken = taken[: line + 1]
        yield escaped(taken)
        text = text[len(taken) :]


def code(text: str) -> str:
    """Return a short text as code, in one line, which no backtick of its own ends."""
    return f"`{_escape(' '.join(text.replace('`', ' ').split())) or '-'}`"


def code_block(text: str) -> str | None:
    """Return a text as a block of code, to be copied as it is; None for one that would break out of it."""
    whole = text.strip("\n")
    if not whole or FENCE in whole or whole.endswith("`"):
        return None
    return f"{FENCE}\n{_escape(whole)}\n{FENCE}"


def credit_line(credit: Credit) -> str:
    """Return a credit with its links."""
    pieces = _LINK.split(credit.html) if credit.html else [credit.text]
    line = escaped(html.unescape(pieces[0]))
    for url, label, after in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        line += link(html.unescape(url), html.unescape(label)) + escaped(html.unescape(after))
    return line


def link(url: str, label: str) -> str:
    """Return a link; only its text where Slack would not take the address."""
    if not url.startswith(("https://", "http://")) or len(url) > URL_CHARACTERS:
        return escaped(label)
    safe = url.replace("|", "%7C").replace("<", "%3C").replace(">", "%3E").replace(" ", "%20")
    return f"<{_escape(safe)}|{escaped(' '.join(label.split())) or '-'}>"


def typed(text: str) -> str:
    """Return what somebody wrote, without Slack's marks around links and its escapes."""
    return html.unescape(_TYPED.sub(lambda match: _written(match[1], match[2]), text)).strip()


def _written(target: str, label: str | None) -> str:
    if target.startswith(("http://", "https://")):
        return target
    return label or ("" if target[0] in "@#!" else target.removeprefix("mailto:"))


def _escape(text: str) -> str:
    return re.sub(r"[&<>]", lambda match: _ESCAPES[match[0]], text)
