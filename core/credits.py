"""Attribution: the line that stands with each photo, and lists of them for a whole board.

A credit is built once, as pieces of text with or without a link, and then written in each form, so that no form can
say less than another. Names come from strangers: each form is escaped by its own rules.
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple, TypeAlias
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from core.photos import Credit, Photo

UNSPLASH = "https://unsplash.com/"
UNKNOWN = "photographer unknown"
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # what makes a spreadsheet calculate

_CREATIVE_COMMONS = re.compile(r"CC-((?:BY|NC|ND|SA)(?:-(?:NC|ND|SA))*)-(\d\.\d)(?:-([A-Z]+))?", re.IGNORECASE)
_OTHER_LICENCES = {
    "cc0-1.0": ("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "pdm-1.0": ("Public Domain Mark 1.0", "https://creativecommons.org/publicdomain/mark/1.0/"),
    "unsplash": ("Unsplash License", "https://unsplash.com/license"),
}

Format: TypeAlias = Literal["markdown", "html", "csv", "text"]


class Piece(NamedTuple):
    """A part of a credit line."""

    text: str
    url: str | None = None


def credit_for(photo: Photo, *, app_name: str = "modaclip") -> Credit:
    """Return the credit of a photo in every form.

    Photos on Unsplash get "Photo by NAME on Unsplash", both linked and with referral parameters that name the app, as
    its API guidelines ask. Others get "Photo by NAME", linked to the profile or the photo's page, and their licence.
    """
    name = _name(photo)
    target = _unsplash_target(photo) if on_unsplash(photo) else _target(photo)
    pieces = [Piece(text, _with_referral(url, app_name)) for text, url in _pieces(photo, name, target)]
    return Credit(
        name=name or UNKNOWN,
        url=_with_referral(target, app_name),
        text="".join(piece.text for piece in pieces),
        html="".join(map(_html, pieces)),
        markdown="".join(map(_markdown, pieces)),
    )


def export_credits(photos: Iterable[Photo], format: Format, *, app_name: str = "modaclip") -> str:  # noqa: A002
    """Return the credits of photos, in their order, as a list in Markdown, a page of HTML, a table, or plain text."""
    credited = [(photo, credit_for(photo, app_name=app_name)) for photo in photos]
    return _EXPORTS[format](credited)


def on_unsplash(photo: Photo) -> bool:
    """Tell whether a photo is Unsplash's: by its source, or by where its page or picture is."""
    return photo.source == "unsplash" or any(map(_is_unsplash, (photo.page_url, photo.image_url)))


def licence_name(licence: str) -> tuple[str, str | None]:
    """Return how people write a licence, and its deed's URL, from an SPDX identifier; others as they stand."""
    if known := _OTHER_LICENCES.get(licence.lower()):
        return known
    if match := _CREATIVE_COMMONS.fullmatch(licence):
        terms, version, country = match[1], match[2], match[3]
        name = " ".join(filter(None, ("CC", terms.upper(), version, country and country.upper())))
        path = "/".join(filter(None, (terms, version, country))).lower()
        return name, f"https://creativecommons.org/licenses/{path}/"
    if url := _link(licence):
        return "licence", url
    return one_line(licence), None


def _pieces(photo: Photo, name: str | None, target: str | None) -> list[Piece]:
    pieces = [Piece("Photo by "), Piece(name, target)] if name else [Piece("Photographer unknown", target)]
    if on_unsplash(photo):
        return [*pieces, Piece(" on " if name else ", on "), Piece("Unsplash", UNSPLASH)]
    return [*pieces, Piece(", "), Piece(*licence_name(photo.licence))] if photo.licence else pieces


def _name(photo: Photo) -> str | None:
    return one_line(photo.photographer.name or photo.photographer.username or "") or None


def one_line(text: str | None) -> str:
    """Return a text on one line, without what can't be seen or written but joins letters of some scripts."""
    if text is None or text.isprintable():
        return " ".join((text or "").split())
    return " ".join("".join(char for char in text if char.isprintable() or char.isspace() or char in _JOINS).split())


_JOINS = "\u200c\u200d"


def _target(photo: Photo) -> str | None:
    return _link(photo.photographer.profile_url) or _link(photo.page_url)


def _unsplash_target(photo: Photo) -> str | None:
    """Return where a name leads on Unsplash: the profile if it is known, else the photo's page; never the home page."""
    who = photo.photographer
    username = who.username if photo.source == "unsplash" else None
    candidates = (
        who.profile_url,
        f"{UNSPLASH}@{quote(username, safe='')}" if username else None,
        photo.page_url,
        f"{UNSPLASH}photos/{quote(photo.id, safe='')}" if photo.source == "unsplash" else None,
    )
    return next((url for url in map(_link, candidates) if url and urlsplit(url).path.strip("/")), None)


def _link(url: str | None) -> str | None:
    """Return a URL if it is safe to link: http or https, with a host, without a user name, blanks or control signs."""
    text = (url or "").strip()
    try:
        parts = urlsplit(text)
        safe = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return None
    return text if safe and text.isprintable() and not re.search(r"[\s\\]", text) else None


def _is_unsplash(url: str | None) -> bool:
    host = urlsplit(_link(url) or "").hostname or ""
    return host == "unsplash.com" or host.endswith(".unsplash.com")


def _with_referral(url: str | None, app_name: str) -> str | None:
    """Return a link to Unsplash with the referral parameters it asks for, once; other links as they are."""
    if url is None or not _is_unsplash(url):
        return url
    parts = urlsplit(url)
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in _REFERRAL]
    query = urlencode([*kept, *zip(_REFERRAL, (app_name, "referral"), strict=True)])
    return urlunsplit(parts._replace(query=query))


_REFERRAL = ("utm_source", "utm_medium")


def _html(piece: Piece) -> str:
    text = html.escape(piece.text)
    return f'<a href="{html.escape(piece.url)}" rel="noopener">{text}</a>' if piece.url else text


def _markdown(piece: Piece) -> str:
    text = escape_markdown(piece.text)
    if piece.url is None:
        return text
    return f"[{text}]({quote(piece.url, safe=_URL_CHARACTERS)})"


_URL_CHARACTERS = "%/:?#[]@!$&'*+,;=~"  # all that a URL may hold but parentheses, which would end the link


def escape_markdown(text: str) -> str:
    """Return text that Markdown shows as it is: no format, no link, and in chats no mention of anybody."""
    escaped = re.sub(r"([\\`*_{}\[\]()<>#~|!&])", r"\\\1", text)
    escaped = re.sub(r"^(\s*)([-+=])", r"\1\\\2", escaped)  # a list item, a rule, or what makes a heading of a line
    escaped = re.sub(r"^(\s*\d+)(\.)(?=\s|$)", r"\1\\\2", escaped)
    escaped = re.sub(r":(?=\S|$)", r"\\:", escaped)  # begins what chats show as an emoji
    return re.sub(r"@|:(?=//)|\bwww(?=\.)", "\\g<0>\u200b", escaped)  # an unseen space breaks mentions and bare URLs


def _export_markdown(credited: Sequence[tuple[Photo, Credit]]) -> str:
    return "".join(f"- {escape_markdown(_label(photo))}: {credit.markdown}\n" for photo, credit in credited)


def _export_html(credited: Sequence[tuple[Photo, Credit]]) -> str:
    items = "".join(f"<li>{html.escape(_label(photo))}: {credit.html}</li>\n" for photo, credit in credited)
    head = '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>Photo credits</title></head>\n'
    return f"{head}<body>\n<ul>\n{items}</ul>\n</body>\n</html>\n"


def _export_text(credited: Sequence[tuple[Photo, Credit]]) -> str:
    lines = (" ".join(filter(None, (f"{_label(photo)}: {credit.text}", credit.url))) for photo, credit in credited)
    return "".join(f"{line}\n" for line in lines)


def _export_csv(credited: Sequence[tuple[Photo, Credit]]) -> str:
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(("id", "title", "photographer", "credit", "credit_url", "licence", "page_url"))
    for photo, credit in credited:
        cells = (photo.id, photo.title, credit.name, credit.text, credit.url, photo.licence, _link(photo.page_url))
        writer.writerow(tuple(map(_harmless, cells)))
    return table.getvalue()


def _harmless(cell: str | None) -> str:
    """Return a cell that no spreadsheet takes for a formula: an apostrophe makes it text."""
    text = one_line(cell or "")
    return f"'{text}" if text.startswith(FORMULA) else text


def _label(photo: Photo) -> str:
    title = one_line(photo.title or "")
    return f"{title} ({photo.id})" if title else photo.id


_EXPORTS: dict[str, Callable[[Sequence[tuple[Photo, Credit]]], str]] = {
    "markdown": _export_markdown,
    "html": _export_html,
    "csv": _export_csv,
    "text": _export_text,
}
