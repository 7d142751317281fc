"""A board as a folder in a zip: the photos themselves with their credits in them, and beside them as texts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from core.boards.board import named_numbers
from core.boards.exports import pictures, wording
from core.boards.exports.exported import Exported, file_name, reduced_to, slug
from core.boards.exports.json_board import export_json
from core.boards.exports.licence_files import licence_files
from core.boards.metadata import with_credit, xmp_packet
from core.boards.showing import ShownBoard, ShownPin
from core.credits import export_credits
from core.errors import BadImage, Message
from core.images import read_format

SIDES: Final = (4096, 2800, 2048, 1400, 1000, 700, 512, 320)  # pixels that photos are reduced to, until they fit
QUALITY: Final = 88
SAMPLES: Final = 6  # photos that tell how large all will be
OVERHEAD: Final = 600  # bytes a file takes in a zip beside its own
TITLE_CHARACTERS: Final = 60
ENDINGS: Final = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp", "AVIF": "avif", "GIF": "gif"}
ENDINGS_ALSO: Final = {"TIFF": "tif", "BMP": "bmp"}
_DATE: Final = (1980, 1, 1, 0, 0, 0)  # the same board makes the same file


@dataclass(frozen=True, slots=True)
class _File:
    """One file of a photo: what it is called, and what is in it."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class _Photo:
    """A photo's files, and whether its original could be had for them."""

    pin: ShownPin
    files: tuple[_File, ...]
    original: bool


def export_zip(shown: ShownBoard, max_bytes: int | None = None) -> Exported:
    """Return a board as a zip of originals, reduced where they would be too large together."""
    texts = list(_texts(shown))
    room = None if max_bytes is None else max_bytes - sum(len(one.data) + OVERHEAD for one in texts)
    px, photos = _within(shown.pins, room)
    missing = [photo.pin.number for photo in photos if not photo.original]
    notices = [*([reduced_to(px)] if px else []), *_missing(missing)]
    texts += [_File("README.txt", _readme(notices).encode())]
    data = _zipped([*(file for photo in photos for file in photo.files), *texts])
    return Exported(file_name(shown, "zip"), data, (*notices, *wording.checks(shown)))


def _within(pins: Sequence[ShownPin], room: int | None) -> tuple[int | None, list[_Photo]]:
    """Return the photos in the largest size that fits: as they are (None), or reduced to so many pixels."""
    if room is None or sum(map(_stored_bytes, pins)) <= room:
        photos = _taken(pins, None, room)
        if photos is not None:
            return None, photos
    step = max(1, len(pins) // SAMPLES)
    sample = pins[::step][: SAMPLES + 1]
    for px in SIDES[:-1]:
        tried = _taken(sample, px, None) or []
        expected = sum(_size(photo) for photo in tried) * len(pins) / max(len(sample), 1)
        if room is not None and expected > 1.15 * room:
            continue
        photos = _taken(pins, px, room)
        if photos is not None:
            return px, photos
    return SIDES[-1], _taken(pins, SIDES[-1], None) or []


def _taken(pins: Sequence[ShownPin], px: int | None, room: int | None) -> list[_Photo] | None:
    """Return the photos, or None as soon as they don't fit."""
    photos, used = list[_Photo](), 0
    width = max(2, len(str(max(pin.number for pin in pins))))
    for photo in pictures.each(pins, partial(_photo, px=px, width=width)):
        photos.append(photo)
        used += _size(photo)
        if room is not None and used > room:
            return None
    return photos


def _size(photo: _Photo) -> int:
    return sum(len(file.data) + OVERHEAD for file in photo.files)


def _stored_bytes(pin: ShownPin) -> int:
    try:
        return pin.original.stat().st_size if pin.original and not pin.gone else 0
    except OSError:
        return 0


def _photo(pin: ShownPin, px: int | None, width: int) -> _Photo:
    stem = f"photos/{pin.number:0{width}}-{slug(wording.one_line(pin.photo.title)[:TITLE_CHARACTERS], 'photo')}"
    found = _original(pin)
    if found is not None and (px is None or _small_enough(found[0], px)):
        data, ending = found
        return _Photo(pin, _credited(pin, stem, data, ending), original=True)
    data_or_none = pictures.jpeg(pin, px or pictures.THUMBNAIL_PX, QUALITY)
    if data_or_none is not None:
        return _Photo(pin, _credited(pin, stem, data_or_none, "jpg"), original=found is not None)
    note = f"{pin.number}. {wording.title_of(pin)}\n{wording.credit_line(pin)}\n{wording.gone(pin)}.\n"
    return _Photo(pin, (_File(f"{stem}.txt", note.encode(errors="replace")),), original=False)


def _original(pin: ShownPin) -> tuple[bytes, str] | None:
    if pin.gone or pin.original is None:
        return None
    try:
        data = Path(pin.original).read_bytes()
        ending = {**ENDINGS, **ENDINGS_ALSO}[read_format(data)]
    except (OSError, BadImage, KeyError):
        return None
    return data, ending


def _small_enough(data: bytes, px: int) -> bool:
    """Tell whether a file may stay as it is where photos are reduced to some pixels: as small as it would be then."""
    return len(data) <= px * px // 8


def _credited(pin: ShownPin, stem: str, data: bytes, ending: str) -> tuple[_File, ...]:
    """Return a photo with its credit in it, or beside it where its format can't hold one."""
    written = with_credit(data, pin.photo, pin.credit)
    if written != data:
        return (_File(f"{stem}.{ending}", written),)
    return _File(f"{stem}.{ending}", data), _File(f"{stem}.xmp", xmp_packet(pin.photo, pin.credit))


def _missing(numbers: Sequence[int]) -> list[Message]:
    if not numbers:
        return []
    if len(numbers) == 1:
        return [
            Message("The original of photo {number} is not here; its credit is in the file.", {"number": numbers[0]})
        ]
    return [
        Message(
            "The originals of photos {numbers} are not here; their credits are in the file.",
            {"numbers": named_numbers(numbers)},
        )
    ]


def _texts(shown: ShownBoard) -> Iterator[_File]:
    photos = [pin.photo for pin in shown.pins]
    yield _File("CREDITS.txt", _credits(shown).encode(errors="replace"))
    table = export_credits(photos, "csv", app_name=shown.app_name)
    yield _File("credits.csv", b"\xef\xbb\xbf" + table.encode(errors="replace"))
    yield _File("board.json", export_json(shown).data)
    used = set[str]()
    for name, text in licence_files(shown):
        while name in used:
            name = f"other-{name}"
        used.add(name)
        yield _File(f"licences/{name}", text.encode(errors="replace"))


def _credits(shown: ShownBoard) -> str:
    lines = [wording.one_line(shown.board.name), f"{wording.state(shown)}. {wording.made_on(shown)}.", ""]
    for pin in shown.pins:
        lines.append(f"{pin.number}. {wording.title_of(pin)}")
        lines.append(f"   {wording.one_line(pin.credit.text)}")
        lines.append(f"   {wording.licence_name_of(pin)}")
        lines += [f"   {url}" for url in dict.fromkeys((pin.credit.url, wording.licence_url_of(pin))) if url]
    if checks := wording.checks(shown):
        lines += ["", "To check:", *(f"- {check}" for check in checks)]
    return "\n".join(lines) + "\n"


def _readme(notices: Sequence[Message]) -> str:
    lines = [
        "photos/      the photos, numbered as on the board; each file carries its credit",
        "CREDITS.txt  what must stand with each photo wherever it is shown",
        "credits.csv  the same as a table",
        "licences/    which licences they have, and where to read them",
        "board.json   the board itself, to be imported again",
    ]
    return "\n".join([*lines, *([""] if notices else []), *map(str, notices)]) + "\n"


def _zipped(files: Sequence[_File]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file in files:
            info = zipfile.ZipInfo(file.name, _DATE)
            is_picture = file.name.rpartition(".")[2] in {*ENDINGS.values(), "tif"}  # pictures are packed already
            info.compress_type = zipfile.ZIP_STORED if is_picture else zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, file.data)
    return packed.getvalue()
