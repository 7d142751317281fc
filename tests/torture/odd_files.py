"""Looks at odd strings in what is handed on: every form of a board, lists of credits, contact sheets, metadata."""

from __future__ import annotations

import csv
import io
import json
import re
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pypdf
from PIL import Image, IptcImagePlugin

from core.boards.collage import draw_collage
from core.boards.exports import export, read_board_json
from core.boards.exports.sheet import draw_board
from core.boards.metadata import with_credit
from core.boards.palette import to_ase, to_gpl
from core.credits import credit_for, export_credits
from core.lettering import Lettering, Style
from core.sheets import SheetCell, draw_sheet
from tests.torture.odd_things import COLOURS, board_of, linked_photo, photo_of
from tests.torture.reading import Read, faults_of_names, html_of, is_formula, markdown_of, seen, times_in
from tests.torture.strings import HARMLESS

LINKS = ("http://", "https://", "#photo-")
COUNTED = (
    "heading_open",
    "hr",
    "bullet_list_open",
    "ordered_list_open",
    "fence",
    "code_inline",
    "code_block",
    "html_block",
    "html_inline",
    "table_open",
    "image",
    "em_open",
    "s_open",
)


class Recorder(Lettering):
    """Letters that are noted instead of being drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn: list[str] = []

    def draw(self, image: Image.Image, left: int, baseline: int, text: str, style: Style) -> None:
        self.drawn.append(text)


def in_files(odd: str, folder: Path) -> Iterator[str]:
    """Yield what is wrong with an odd string in files of text, which cost little."""
    yield from _in_page(odd)
    yield from _in_markdown(odd)
    yield from _in_tables(odd)
    yield from _in_json(odd)
    yield from _in_palettes(odd)
    yield from _in_credits(odd)
    yield from _in_archive(odd)
    yield from _in_metadata(odd, folder / "photo.jpg")


def in_pictures(odd: str, folder: Path) -> Iterator[str]:
    """Yield what is wrong with an odd string that is drawn or typeset, which costs a second or so."""
    yield from _in_drawings(odd)
    yield from _in_pdf(odd)


def _unlinked(read: Read) -> Iterator[str]:
    yield from (f"a link leads to {mark.to!r}" for mark in read.marks if mark.to and not mark.to.startswith(LINKS))


@cache
def _own_page() -> frozenset[str]:
    pages = (board_of(HARMLESS), board_of("https://harmless.example/x"), board_of("CC-BY-4.0"))
    return frozenset(mark.kind for shown in pages for mark in html_of(export(shown, "html").data.decode()).marks)


def _in_page(odd: str) -> Iterator[str]:
    read = html_of(export(board_of(odd), "html").data.decode())
    yield from (f"the page takes it for {kind!r}" for kind in read.kinds().keys() - _own_page())
    yield from _unlinked(read)
    # name twice, brief, why, section, title, alt, credit, note twice, licence twice
    if times_in(read.text, odd) < 10:
        yield f"the page shows it {times_in(read.text, odd)} times"


def _counted(read: Read) -> Counter[str]:
    return Counter({kind: n for kind, n in read.kinds().items() if kind.startswith(COUNTED)})


def _in_markdown(odd: str) -> Iterator[str]:
    read, own = (markdown_of(export(board_of(one), "md").data.decode()) for one in (odd, HARMLESS))
    yield from (f"Markdown takes it for {kind!r}" for kind in (_counted(read) - _counted(own)))
    yield from (f"Markdown lacks {kind!r}" for kind in (_counted(own) - _counted(read)))
    yield from _unlinked(read)
    if times_in(read.text, odd) < 7:
        yield f"Markdown shows it {times_in(read.text, odd)} times"


def _in_tables(odd: str) -> Iterator[str]:
    photos = [photo_of(odd), linked_photo(odd)]
    for text in (export(board_of(odd), "csv").data.decode("utf-8-sig"), export_credits(photos, "csv")):
        rows = list(csv.reader(io.StringIO(text, newline="")))
        yield from (f"a table has {len(row)} cells in a row" for row in rows if len(row) != len(rows[0]))
        yield from (f"a spreadsheet calculates {cell!r}" for row in rows for cell in row if is_formula(cell))
        if len(rows) != 3 or times_in("\n".join(rows[1]).replace("'", ""), odd.replace("'", "")) < 3:
            yield f"a table of {len(rows)} rows does not show it"


def _in_json(odd: str) -> Iterator[str]:
    data = export(board_of(odd), "json").data
    record = json.loads(data)
    said = (record["name"], record["brief"], record["pins"][0]["photo"]["title"], record["pins"][0]["note"])
    yield from (f"JSON says {one!r}" for one in said if times_in(one, odd) < 1)
    if times_in(read_board_json(data).pins[0].note, odd) < 1:
        yield "a board that comes back says something else"


def _in_palettes(odd: str) -> Iterator[str]:
    if len(to_gpl(odd, COLOURS).decode().split("\n")) != len(to_gpl(HARMLESS, COLOURS).decode().split("\n")):
        yield "a palette of GIMP has more lines"
    data = to_ase(odd, COLOURS)
    (length,) = struct.unpack_from(">H", data, 18)
    name = data[20 : 20 + 2 * length].decode("utf-16-be")
    if not name.endswith("\0") or "\0" in name[:-1] or times_in(name, odd) < 1:
        yield f"a palette of Adobe is called {name!r}"


def _in_credits(odd: str) -> Iterator[str]:
    photos = [photo_of(odd), linked_photo(odd)]
    page = html_of(export_credits(photos, "html"))
    own = {"html lang", "head", "meta charset", "title", "body", "ul", "li", "a href rel", "-doctype", "!doctype"}
    yield from (f"credits as HTML take it for {kind!r}" for kind in page.kinds().keys() - own)
    read = markdown_of(export_credits(photos, "markdown"))
    plain = markdown_of(export_credits([photo_of(HARMLESS), linked_photo(HARMLESS)], "markdown"))
    yield from (f"credits as Markdown take it for {kind!r}" for kind in (_counted(read) - _counted(plain)))
    for one in (page, read):
        yield from _unlinked(one)
        if times_in(one.text, odd) < 2:
            yield "credits do not show it"
    if len(text := export_credits(photos, "text").split("\n")) != 3:
        yield f"credits as text have {len(text)} lines"


def _in_archive(odd: str) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(export(board_of(odd), "zip").data)) as archive:
        yield from faults_of_names(archive.namelist())
        lines = archive.read("CREDITS.txt").decode().split("\n")
        names = archive.namelist()
    if times_in("\n".join(lines), odd) < 4:
        yield "CREDITS.txt does not show it"
    if not all(re.match(r"\d+\. |   |- |To check:$|Version |$", line) for line in lines[1:]):
        yield f"CREDITS.txt has the line {lines}"
    if [name for name in names if not name.isprintable()]:
        yield f"an archive has {names}"


def _in_metadata(odd: str, path: Path) -> Iterator[str]:
    if not path.exists():
        Image.new("RGB", (8, 8), "red").save(path, "JPEG")
    for photo in (photo_of(odd), linked_photo(odd)):
        written = with_credit(path.read_bytes(), photo, credit_for(photo))
        with Image.open(io.BytesIO(written)) as image:
            packet, iptc = image.info["xmp"], IptcImagePlugin.getiptcinfo(image) or {}
        root = ElementTree.fromstring(packet.rstrip(b"\0"))  # noqa: S314 - what was written here just now
        texts = [node.text or "" for node in root.iter()] + [
            value for node in root.iter() for value in node.attrib.values()
        ]
        if photo.title == odd:
            if times_in("\n".join(texts), odd) < 3:
                yield "XMP does not say it"
            if times_in(iptc.get((2, 80), b"").decode(), odd) < 1:
                yield "IPTC does not say it"


def _in_drawings(odd: str) -> Iterator[str]:
    shown = board_of(odd)
    letters = Recorder()
    draw_board(shown, lettering=letters)
    yield from _drawn("a board's picture", letters, odd)
    draw_collage(shown, lettering=(letters := Recorder()))
    yield from _drawn("a collage", letters, odd)
    cells = [SheetCell(None, credit_for(photo).text, photo.title) for photo in (photo_of(odd), linked_photo(odd))]
    letters = Recorder()
    draw_sheet(cells, heading=odd, lettering=letters)
    yield from _drawn("a contact sheet", letters, odd)
    draw_sheet(cells, heading=odd)
    draw_board(shown)


def _drawn(what: str, letters: Recorder, odd: str) -> Iterator[str]:
    if times_in("".join(letters.drawn), odd) < 1:
        yield f"{what} does not show it"


def _in_pdf(odd: str) -> Iterator[str]:
    file = pypdf.PdfReader(io.BytesIO(export(board_of(odd), "pdf").data))
    text = "".join(page.extract_text() for page in file.pages)
    if missing := Counter(_letters(odd)) - Counter(_letters(text)):
        yield f"a PDF lacks {dict(missing)}"
    if odd.isascii() and times_in(text, odd) < 3:
        yield f"a PDF shows it {times_in(text, odd)} times"
    targets = [
        str(note.get_object().get("/A", {}).get("/URI", "")) for page in file.pages for note in page.get("/Annots", ())
    ]
    yield from (f"a PDF leads to {target!r}" for target in targets if target and not target.startswith(LINKS))


def _letters(text: str) -> str:
    """Return what must be there at least: letters that every font has, in no order, as scripts are set either way."""
    return "".join(char for char in seen(text) if char.isascii())
