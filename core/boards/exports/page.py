"""A board as one page of HTML that needs nothing else: no scripts, no files beside it, nothing from the net.

Its own policy allows nothing but the one style sheet, by its hash, and pictures within the page. Colours of photos
therefore stand in that sheet as classes, never as styles of an element.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from functools import cache, partial
from html import escape
from importlib.resources import files

from core.boards.exports import pictures, wording
from core.boards.exports.exported import Exported, file_name, reduced_to
from core.boards.metadata import with_credit
from core.boards.showing import ShownBoard, ShownPin
from core.credits import one_line
from core.errors import Message

SIDES = ((24, 1400), (80, 1000), (10_000_000, 512))  # pixels, by how many photos there are; at the end, thumbnails'
SMALLER = (1000, 800, 640, 480, 320, 200)


def export_page(shown: ShownBoard, max_bytes: int | None = None) -> Exported:
    """Return a board as a page, its pictures reduced as far as the size asks for."""
    checks = wording.checks(shown)
    best = next(px for most, px in SIDES if len(shown.pins) <= most)
    data, notice = b"", tuple[Message, ...]()
    for px in (best, *(px for px in SMALLER if px < best)):
        data = page(shown, px).encode(errors="replace")
        notice = () if px == best else (reduced_to(px),)
        if max_bytes is None or len(data) <= max_bytes:
            break
    return Exported(file_name(shown, "html"), data, (*notice, *checks))


def page(shown: ShownBoard, px: int) -> str:
    """Return the page with pictures of at most `px` on their longer side."""
    classes: dict[str, str] = {}
    for colour in (*wording.palette(shown), *map(wording.colour_of, shown.pins)):
        classes.setdefault(colour, f"c{len(classes)}")
    style = _style() + "".join(f".{name}{{background-color:{colour}}}\n" for colour, name in classes.items())
    policy = base64.b64encode(hashlib.sha256(style.encode(errors="replace")).digest()).decode()
    name = escape(one_line(shown.board.name))
    body = "\n".join(_body(shown, px, classes))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'sha256-{policy}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{name}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


@cache
def _style() -> str:
    return (files(__package__) / "page.css").read_text(encoding="utf-8")


def _body(shown: ShownBoard, px: int, classes: Mapping[str, str]) -> Iterator[str]:
    yield "<header>"
    yield f"<h1>{escape(one_line(shown.board.name))}</h1>"
    yield f'<p class="meta">{wording.state(shown)} · {wording.counted(shown)} · {wording.made_on(shown)}</p>'
    yield from (f'<p class="brief" dir="auto">{escape(line)}</p>' for line in wording.paragraphs(shown.board.brief))
    if decision := wording.decision(shown):
        picks, why = decision
        yield f'<div class="decision"><h2>Picked</h2><p>{escape(picks)}</p>'
        yield from (f'<p dir="auto">{escape(line)}</p>' for line in wording.paragraphs(why))
        yield "</div>"
    yield "</header>\n<main>"
    for section, pins in shown.parts:
        yield "<section>"
        if section.title:
            yield f'<h2 dir="auto">{escape(one_line(section.title))}</h2>'
        yield '<ol class="photos">'
        inlined = pictures.each(pins, partial(_inlined, px=px))
        yield from (_item(pin, source, classes) for pin, source in zip(pins, inlined, strict=True))
        yield "</ol>\n</section>"
    yield "</main>\n<footer>"
    yield from _palette(shown, classes)
    yield from _licences(shown)
    yield "</footer>"


def _inlined(pin: ShownPin, px: int) -> str | None:
    data = pictures.jpeg(pin, px)
    if data is None:
        return None
    return "data:image/jpeg;base64," + base64.b64encode(with_credit(data, pin.photo, pin.credit)).decode()


def _item(pin: ShownPin, source: str | None, classes: Mapping[str, str]) -> str:
    colour = classes[wording.colour_of(pin)]
    alt = escape(wording.alt_of(pin))
    if source:
        picture = f'<img class="{colour}" src="{source}" alt="{alt}"{_size(pin)}>'
    else:
        picture = f'<div class="gone {colour}" role="img" aria-label="{alt}"><span>{wording.gone(pin)}</span></div>'
    notes = "".join(f'<p class="note" dir="auto">{escape(line)}</p>' for line in wording.paragraphs(pin.pin.note))
    marks = '<span class="pick">Picked</span>' if pin.picked else ""
    marks += f'<span class="votes">{votes}</span>' if (votes := wording.votes(pin.pin.tally)) else ""
    return (
        f'<li id="photo-{pin.number}" value="{pin.number}"{" class=picked" if pin.picked else ""}><figure>{picture}'
        f'<figcaption><p class="title"><span class="number">{pin.number}</span> '
        f'<bdi>{escape(wording.title_of(pin))}</bdi></p><p class="credit">{pin.credit.html}</p>'
        f"{notes}{marks and f'<p class=marks>{marks}</p>'}</figcaption></figure></li>"
    )


def _size(pin: ShownPin) -> str:
    width, height = pin.photo.width, pin.photo.height
    return f' width="{width}" height="{height}"' if width and height else ""


def _palette(shown: ShownBoard, classes: Mapping[str, str]) -> Iterator[str]:
    if colours := wording.palette(shown):
        yield '<section><h2>Palette</h2><ul class="palette">'
        yield from (f'<li><span class="{classes[one]}"></span><code>{one}</code></li>' for one in colours)
        yield "</ul></section>"


def _licences(shown: ShownBoard) -> Iterator[str]:
    yield '<section><h2>Licences</h2><ul class="plain">'
    for name, url, numbers in wording.by_licence(shown):
        linked = f'<a href="{escape(url)}" rel="noopener">{escape(name)}</a>' if url else escape(name)
        links = ", ".join(f'<a href="#photo-{number}">{number}</a>' for number in numbers)
        yield f"<li>{linked}: {links}</li>"
    yield "</ul></section>"
    if checks := wording.checks(shown):
        yield '<section><h2>To check</h2><ul class="plain">'
        yield from (f"<li>{escape(str(check))}</li>" for check in checks)
        yield "</ul></section>"
