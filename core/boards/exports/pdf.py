"""A board as a PDF that a studio sends to a client: cover, photos in sections, palette, credits.

How it looks stands in `board.typ`. What people wrote reaches it as data only, so none of it is ever markup. Pictures
lie in a folder that lasts as long as the typesetting.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal, TypeAlias

import typst

from core.boards.exports import pictures, wording
from core.boards.exports.exported import Exported, file_name, reduced_to
from core.boards.showing import ShownBoard, ShownPin
from core.credits import UNSPLASH, one_line
from core.errors import Message
from core.lettering import PACKAGES

Layout: TypeAlias = Literal["one", "rows", "dense"]
Data: TypeAlias = Mapping[str, object]

LAYOUTS: Final[tuple[tuple[int, Layout], ...]] = ((14, "one"), (48, "rows"), (10_000_000, "dense"))
SIDES: Final[Mapping[Layout, int]] = {"one": 1600, "rows": 900, "dense": 512}  # pixels
CHOICE_PX: Final = 1600
MOST_CHOSEN: Final = 12  # picks that are shown large before a board of many
SMALLER: Final = (1, 0.75, 0.55, 0.4, 0.28, 0.2)
LEAST_PX: Final = 120
LINK_CHARACTERS: Final = 2000
TEMPLATE: Final = "board.typ"
_ONE_AT_A_TIME: Final = threading.Lock()  # typesetting holds all pictures at once


def export_pdf(shown: ShownBoard, max_bytes: int | None = None) -> Exported:
    """Return a board as a PDF, its pictures reduced as far as the size asks for."""
    checks = wording.checks(shown)
    data, notice = b"", tuple[Message, ...]()
    for scale in SMALLER:
        data = typeset(shown, scale=scale)
        notice = () if scale == 1 else (reduced_to(round(SIDES[layout_of(shown)] * scale)),)
        if max_bytes is None or len(data) <= max_bytes:
            break
    return Exported(file_name(shown, "pdf"), data, (*notice, *checks))


def layout_of(shown: ShownBoard) -> Layout:
    """Return how many photos stand on a page."""
    return next(layout for most, layout in LAYOUTS if len(shown.pins) <= most)


def typeset(shown: ShownBoard, *, scale: float = 1) -> bytes:
    """Return a board as a PDF, its pictures at a scale."""
    with _ONE_AT_A_TIME, TemporaryDirectory() as folder:
        data = _data(shown, scale, Path(folder))
        source = Path(folder, TEMPLATE)
        source.write_bytes((files(__package__) / TEMPLATE).read_bytes())
        return typst.compile(
            source, root=source.parent, font_paths=_fonts(), format="pdf", sys_inputs={"data": json.dumps(data)}
        )


@cache
def _fonts() -> typst.Fonts:
    """Return the fonts that come with the program; those of this machine only lend the letters that these lack."""
    specs = [find_spec(name) for name in PACKAGES]
    folders = [folder for spec in specs for folder in (spec and spec.submodule_search_locations) or ()]
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=True, font_paths=folders)


def _data(shown: ShownBoard, scale: float, folder: Path) -> Data:
    layout = layout_of(shown)
    decided = wording.decision(shown)
    picked = [pin for pin in shown.pins if pin.picked]
    many = layout != "one" and len(picked) < len(shown.pins)
    chosen = picked if many and len(picked) <= MOST_CHOSEN else []
    shown_px, chosen_px = (max(LEAST_PX, round(px * scale)) for px in (SIDES[layout], CHOICE_PX))
    return {
        "name": one_line(shown.board.name),
        "title": _breakable(one_line(shown.board.name)),
        "author": one_line(shown.board.made_by.name),
        "date": wording.made_on(shown),
        "state": wording.state(shown),
        "counted": wording.counted(shown),
        "brief": [_breakable(line) for line in wording.paragraphs(shown.board.brief)],
        "decision": decided and {"picks": decided[0], "why": list(map(_breakable, wording.paragraphs(decided[1])))},
        "layout": layout,
        "palette": [{"hex": one.hex.lower(), "share": one.share} for one in shown.palette if wording.safe_hex(one.hex)],
        "chosen": _pins(chosen, chosen_px, folder, "large"),
        "parts": [
            {
                "title": _breakable(one_line(section.title)),
                "pins": _pins(pins, shown_px, folder, "shown"),
            }
            for section, pins in shown.parts
        ],
        "licences": [
            {"name": _breakable(name), "url": _link(url), "numbers": ", ".join(map(str, numbers))}
            for name, url, numbers in wording.by_licence(shown)
        ],
        "checks": [_breakable(str(check)) for check in wording.checks(shown)],
    }


def _pins(pins: Sequence[ShownPin], px: int, folder: Path, kind: str) -> list[Data]:
    made = pictures.each(pins, partial(_pin, px=px, folder=folder, kind=kind))
    return list(made)


def _pin(pin: ShownPin, px: int, folder: Path, kind: str) -> Data:
    image = pictures.picture(pin, px, srgb=False)
    file = None
    if image is not None:
        file = f"{kind}-{pin.number}.jpg"
        (folder / file).write_bytes(pictures.encoded(image))
    width, height = image.size if image else (pin.photo.width or 3, pin.photo.height or 2)
    return {
        "number": pin.number,
        "title": _breakable(wording.title_of(pin)),
        "alt": wording.alt_of(pin),
        "note": [_breakable(line) for line in wording.paragraphs(pin.pin.note)],
        "credit": [{"text": _breakable(text), "url": url} for text, url in _pieces(pin)],
        "licence": _breakable(wording.licence_name_of(pin)),
        "licence_url": _link(wording.licence_url_of(pin)),
        "picked": pin.picked,
        "votes": wording.votes(pin.pin.tally),
        "file": file,
        "gone": wording.gone(pin),
        "colour": wording.colour_of(pin),
        "ratio": min(max(width / max(height, 1), 0.2), 5.0),
    }


def _pieces(pin: ShownPin) -> Iterator[tuple[str, str | None]]:
    """Yield the parts of a credit, each with where it leads: the photographer, then Unsplash or the licence."""
    text, name = one_line(pin.credit.text), one_line(pin.credit.name)
    before, found, after = text.partition(name) if name else (text, "", "")
    yield from ((before, None), (found, _link(pin.credit.url))) if found else ((before, _link(pin.credit.url)),)
    ends = [(wording.licence_name_of(pin), wording.licence_url_of(pin)), ("Unsplash", UNSPLASH)]
    last, url = next(((end, url) for end, url in ends if url and after.endswith(end)), ("", None))
    yield after.removesuffix(last), None
    yield last, _link(url)


def _link(url: str | None) -> str | None:
    """Return a link as PDFs can hold it, or None."""
    return url if url and len(url) <= LINK_CHARACTERS else None


def _breakable(text: str) -> str:
    """Return a text whose endless words may be broken, so that they don't run into what stands beside them."""
    return _ENDLESS.sub(lambda word: "\u200b".join(word[0][at : at + 8] for at in range(0, len(word[0]), 8)), text)


_ENDLESS = re.compile(r"\S{18,}")
