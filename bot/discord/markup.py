"""Text as Discord's Markdown: escaped, measured as Discord measures it, and cut where there is no room."""

from __future__ import annotations

from core.credits import escape_markdown

_FENCE = "```"
_LANGUAGE = {"text": "", "markdown": "md", "html": "html"}


def escaped(text: str) -> str:
    """Return text that is shown as it is, line by line: no format, no link, no mention."""
    return "\n".join(map(escape_markdown, text.split("\n")))


def length(text: str) -> int:
    """Return how much of a message's room a text takes: UTF-16 units, never less than what Discord counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, most: int) -> str:
    """Return a text, its end left out where it is longer than `most`."""
    return text if len(text) <= most else f"{text[: max(0, most - 1)].rstrip()}…"


def escaped_within(text: str, room: int) -> str:
    """Return escaped text of at most `room` units; what is left out is cut before escaping, so no escape is torn."""
    kept, whole = text, escaped(text)
    while length(whole) > room:
        if room <= 0:
            return ""
        kept = kept[: min(len(kept) - 1, int(len(kept) * room / length(whole)))].rstrip()
        if not kept:
            return ""
        whole = f"{escaped(kept)}…"
    return whole


def code(text: str) -> str:
    """Return a short text as code, in one line, which no backtick of its own ends."""
    return f"`{' '.join(text.replace('`', ' ').split()) or '-'}`"


def code_block(text: str, kind: str) -> str | None:
    """Return a text as a block of code, to be copied as it is; None for one that would break out of it."""
    if _FENCE in text or text.endswith("`"):
        return None
    whole = text.strip("\n")
    return f"{_FENCE}{_LANGUAGE.get(kind, '')}\n{whole}\n{_FENCE}"
