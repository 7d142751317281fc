"""What reads strangers' texts and files, each to be tried with anything: what it may raise is a `ModaclipError`."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

from bot.catalogue import words_for
from bot.commands import COMMANDS
from bot.discord import markup as discord_markup
from bot.slack import markup as slack_markup
from bot.typed import read_typed
from core.boards.brief import read_brief
from core.boards.changes import Made, Stamp
from core.boards.exports import export, import_changes, read_board_json
from core.boards.log import Entry, fold
from core.boards.palette import to_ase, to_gpl
from core.boards.showing import ShownBoard, ShownPin
from core.credits import credit_for, export_credits
from core.errors import ModaclipError
from core.file_names import file_name
from core.query import parse
from core.sources import text as reading
from core.sources.detect import open_source
from core.sources.embedded import enrich, read_embedded
from tests.torture.inventing import Inventor
from tests.torture.odd_things import COLOURS, NOW, board_of, linked_photo, photo_of

QUERY = tuple(
    "tag: by: is: color: colour: width: height: before: after: license: place: source: like: like:board: sort: ^ ^0.5 "
    '^-1 ^99 - -- " “ ” >= <= .. 3000 1000..2000 2020 2020-05-31 31.12.2020 portrait landscape teal #0aa new random '
    'match sunset "golden gate" tag:night -people colr:red tga:x like:ID^2 >=３０００ is:wide ：'.split(" ")
)
TYPED = tuple(
    [f"/{command.name}" for command in COMMANDS]
    + [f"{option.name}:" for command in COMMANDS for option in command.options]
    + [choice for command in COMMANDS for option in command.options for choice in option.choices]
    + [
        "/finden",
        "/tafel",
        '"',
        "1",
        "3-7",
        "99999999999999999999",
        "https://a.example/x.jpg",
        "night,",
        "unknown",
        "-",
    ]
)
BRIEFS = tuple(
    "Brief: Light: Mood: Colours: Format: no not without avoid calm beach dawn teal sand people portrait , . ; / • - * "
    "# ** black and white photos of but rather than golden hour \n \n\n 1. (2) instead of".split(" ")
)
TABLES = tuple(
    "file path url image_url title photographer tags licence photo_id photo_image_url photographer_first_name id width "
    'taken , ; \t \n \r\n " "" a.jpg https://a.example/x.jpg nan 2020-01-01 [ ] { } : null "a" 1e999 \\ud800'.split(" ")
)


@dataclass(frozen=True, slots=True)
class Target:
    """Something that is tried: what is made up for it, and what reads that."""

    name: str
    invent: Callable[[Inventor], Any]
    read: Callable[[Any], None]
    words: tuple[str, ...] = ()


def targets(folder: Path) -> Iterator[Target]:
    """Yield all that is tried here. What is a file lies in a folder for the moment."""
    yield Target("queries", Inventor.text, _query, QUERY)
    yield Target("commands in a line", Inventor.text, _typed, TYPED)
    yield Target("briefs", Inventor.text, read_brief, BRIEFS)
    yield Target("cells", lambda inventor: inventor.value(1), _cell, TABLES)
    yield Target("markup", Inventor.text, _markup)
    yield Target("tables", _table, lambda given: _read_table(folder, *given), TABLES)
    yield Target("metadata", _picture, _metadata)
    yield Target("boards as JSON", lambda inventor: inventor.changed(_board_record()), _board)


def _query(text: str) -> None:
    query = parse(text)
    if parse(str(query)) != query:
        raise AssertionError(f"its canonical form {query!s} is another query")


def _typed(text: str) -> None:
    for language in ("en", "de"):
        with suppress(ModaclipError):
            read_typed(text, words_for(language), has_uploads=len(text) % 2 == 0)


def _cell(value: object) -> None:
    for read in (
        *(reading.clean, reading.moment, reading.tag_names, reading.licence_id, reading.web_url, reading.identifier),
        *(reading.whole, reading.decimal),
    ):
        read(value)
    text = str(value)
    reading.slug(text)
    file_name(text).encode()
    reading.sound(text).encode()


def _markup(text: str) -> None:
    for escape in (discord_markup.escaped, slack_markup.escaped, discord_markup.code, slack_markup.code):
        escape(text)
    slack_markup.typed(text)
    if len(discord_markup.escaped_within(text, 60)) > 60 or len(slack_markup.escaped_within(text, 60)) > 60:
        raise AssertionError("more than there is room for")
    if "".join(slack_markup.parts_within(text, 50)).count("w") != text.count("w"):
        raise AssertionError("a part of it is lost")
    for photo in (photo_of(text), linked_photo(text)):
        slack_markup.credit_line(credit_for(photo))
        for form in ("markdown", "html", "csv", "text"):
            export_credits([photo], form)  # type: ignore[arg-type]


def _table(inventor: Inventor) -> tuple[str, bytes]:
    ending = inventor.chance.choice(("csv", "tsv", "json", "jsonl", "csv000"))
    if ending.startswith("json") and inventor.chance.random() < 0.7:
        rows = [
            {"url": "https://a.example/x.jpg", "title": "T", "tags": ["a"], "width": 3, "taken": "2020", "id": "i"},
            {"photo_id": "p", "photo_image_url": "https://a.example/y.jpg", "photographer_first_name": "A"},
        ]
        data = json.dumps(inventor.changed(inventor.chance.choice([rows, {"photos": rows}, rows[0]]))).encode()
    else:
        head = inventor.chance.choice(
            ("file,title,tags,licence\n", "url\ttitle\twidth\ttaken\n", "photo_id;photo_image_url\n", "")
        )
        data = (head + "\n".join(inventor.text() for _ in range(3))).encode(
            inventor.chance.choice(("utf-8", "utf-16", "cp1252")), "replace"
        )
    return ending, inventor.data(data) if inventor.chance.random() < 0.4 else data


def _read_table(folder: Path, ending: str, data: bytes) -> None:
    path = folder / f"table.{ending}"
    path.write_bytes(data)
    for kind in (None, "table", "unsplash"):
        with suppress(ModaclipError):
            source = open_source(str(path), kind=kind)
            len(source)
            list(source)


@cache
def _pictures() -> tuple[bytes, ...]:
    """Return small pictures of each kind with all metadata that is read."""
    xmp = (
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        b"<rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:photoshop='http://ns.adobe.com/photoshop/1.0/'"
        b" photoshop:DateCreated='2020-01-02T03:04:05Z' photoshop:City='Oslo'><dc:title><rdf:Alt><rdf:li>Boat</rdf:li>"
        b"</rdf:Alt></dc:title><dc:creator><rdf:Seq><rdf:li>Ana</rdf:li></rdf:Seq></dc:creator><dc:subject><rdf:Bag>"
        b"<rdf:li>sea</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    tags = Image.Exif()
    tags[270], tags[315], tags[33432], tags[0x9C9B], tags[0x9C9E] = (
        "A boat",
        "Ana",
        "(c) Ana",
        b"T\0i\0",
        b"a\0,\0",
    )
    tags.get_ifd(0x8769)[36867] = "2020:01:02 03:04:05"
    iptc = b"".join(
        b"\x1c\x02" + bytes([number]) + struct.pack(">H", len(value)) + value
        for number, value in (
            (5, b"Title"),
            (25, b"sea"),
            (55, b"20200102"),
            (60, b"030405+0000"),
            (80, b"Ana"),
            (90, b"Oslo"),
        )
    )
    segment = b"Photoshop 3.0\0" + b"8BIM" + struct.pack(">H", 0x0404) + b"\0\0" + struct.pack(">I", len(iptc)) + iptc
    segment += b"\0" * (len(segment) % 2)
    made = []
    for form in ("JPEG", "PNG", "WEBP", "TIFF"):
        out, info = io.BytesIO(), PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
        more: dict[str, Any] = {"pnginfo": info} if form == "PNG" else {"xmp": xmp} if form != "TIFF" else {}
        Image.new("RGB", (8, 8), "red").save(out, form, exif=tags, **more)
        made.append(out.getvalue())
    made[0] = made[0][:2] + b"\xff\xed" + struct.pack(">H", len(segment) + 2) + segment + made[0][2:]
    return (*made, xmp, iptc)


def _picture(inventor: Inventor) -> bytes:
    """Return a picture whose header was changed; its pixels are none of these readers' business."""
    *files, xmp, iptc = _pictures()
    data = inventor.chance.choice(files)
    part = inventor.chance.choice((xmp, iptc, b"2020:01:02 03:04:05", b"A boat", data[:200]))
    at = data.find(part)
    if at < 0:
        return inventor.data(data)
    changed = inventor.data(part)
    if inventor.chance.random() < 0.7:  # of the same length, so that the container stays sound
        changed = changed[: len(part)].ljust(len(part))
    return data[:at] + changed + data[at + len(part) :]


def _metadata(data: bytes) -> None:
    found = read_embedded(data)
    enrich(photo_of("x"), found)
    for text in (found.title, found.description, found.creator, found.copyright, found.licence, found.place):
        if text is not None:
            text.encode()


@cache
def _board_record() -> Any:
    return json.loads(export(board_of("harbour"), "json").data)


def _board(record: Any) -> None:
    """Take a board in, and hand it on again: what was accepted must be fit for everything."""
    content = read_board_json(json.dumps(record).encode())
    made = Entry(Stamp(1, NOBODY, NOW), Made(content.name))
    board = fold("b", [made, Entry(Stamp(2, NOBODY, NOW), import_changes(content))])
    parts = tuple(
        (section, tuple(ShownPin(pin, pin.photo, credit_for(pin.photo)) for pin in pins))
        for section, pins in board.parts()
    )
    shown = ShownBoard(board, parts, COLOURS, NOW)
    for form in ("html", "md", "csv", "json"):
        with suppress(ModaclipError):
            export(shown, form)
    colours = [colour for pin in board.pins for colour in pin.photo.colours]
    to_gpl(board.name, colours)
    to_ase(board.name, colours)


NOBODY = board_of("x").board.made_by
