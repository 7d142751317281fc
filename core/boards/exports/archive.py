"""A board as a folder in a zip: the photos themselves with their credits in them, and beside them as texts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from core.boards.board import named_numbers
from core.boards.exports import pictures, wording
from core.boards.exports.exported import Exported, file_name, reduced_to, slug
from core.boards.exports.json_board import export_json
from core.boards.exports.licence_files import licence_files
from core.boards.metadata import with_credit, xmp_packet
from core.boards.showing import ShownBoard, ShownPin
from core.credits import export_credits, one_line
from core.errors import BadImage, Message

SIDES: Final = (4096, 2800, 2048, 1600, 1280, 1000, 800, 640, 512, 400, 320)  # pixels, tried until photos fit
QUALITY: Final = 88
SAMPLES: Final = 6  # photos that tell how large all will be
GROWTH: Final = 1.5  # the power of its side that a photo's bytes grow by, at least
FAR, DOUBTFUL = 2.0, 1.1  # times the room: what is surely too large, and what may yet fit
README_BYTES: Final = 8_000
OVERHEAD: Final = 600  # bytes a file takes in a zip beside its own
TITLE_CHARACTERS: Final = 60
ENDINGS: Final = {"JPEG": "jpg", "MPO": "jpg", "TIFF": "tif"}  # of formats that aren't named as their files end
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


class _Archive:
    """A zip that is filled file by file, so that photos are held once."""

    def __init__(self) -> None:
        self._file = io.BytesIO()
        self._zip = zipfile.ZipFile(self._file, "w")
        self.missing: list[int] = []  # photos without their originals

    def add(self, file: _File) -> None:
        """Add a file. Pictures are packed already."""
        info = zipfile.ZipInfo(file.name, _DATE)
        is_text = file.name.endswith((".txt", ".csv", ".json", ".xmp"))
        info.compress_type = zipfile.ZIP_DEFLATED if is_text else zipfile.ZIP_STORED
        info.external_attr = 0o644 << 16
        self._zip.writestr(info, file.data)

    def closed(self) -> bytes:
        """Return the finished zip."""
        self._zip.close()
        return self._file.getvalue()


def export_zip(shown: ShownBoard, max_bytes: int | None = None) -> Exported:
    """Return a board as a zip of originals, reduced where they would be too large together."""
    texts = list(_texts(shown))
    room = None if max_bytes is None else max_bytes - sum(len(one.data) + OVERHEAD for one in texts) - README_BYTES
    px, archive = _filled_within(shown.pins, room)
    notices = [*([reduced_to(px)] if px else []), *_missing(archive.missing)]
    for file in (*texts, _File("README.txt", _readme(notices).encode())):
        archive.add(file)
    return Exported(file_name(shown, "zip"), archive.closed(), (*notices, *wording.checks(shown)))


def _filled_within(pins: Sequence[ShownPin], room: int | None) -> tuple[int | None, _Archive]:
    """Return the photos in the largest size that fits: as they are (None), or reduced to so many pixels."""
    if room is None or sum(map(_stored_bytes, pins)) <= room:
        archive = _filled(pins, None, room)
        if archive is not None:
            return None, archive
    for px in SIDES[:-1] if room is None else _promising(pins, room):
        archive = _filled(pins, px, room)
        if archive is not None:
            return px, archive
    return SIDES[-1], _filled(pins, SIDES[-1], None) or _Archive()


def _promising(pins: Sequence[ShownPin], room: int) -> Iterator[int]:
    """Yield the sizes in which the photos may fit, by what a few of them take; those far too large are not tried."""
    sample = pins[:: max(1, len(pins) // SAMPLES)]
    width, expected, measured = 2, 0.0, 0
    for px in SIDES[:-1]:
        if measured and expected * (px / measured) ** GROWTH > FAR * room:
            continue
        sizes = pictures.each(sample, partial(_photo, px=px, width=width))
        expected, measured = sum(map(_size, sizes)) * len(pins) / len(sample), px
        if expected <= DOUBTFUL * room:
            yield px


def _filled(pins: Sequence[ShownPin], px: int | None, room: int | None) -> _Archive | None:
    """Return an archive of the photos, or None as soon as they don't fit."""
    archive, used = _Archive(), 0
    width = max(2, len(str(max(pin.number for pin in pins))))
    for photo in pictures.each(pins, partial(_photo, px=px, width=width)):
        used += _size(photo)
        if room is not None and used > room:
            return None
        for file in photo.files:
            archive.add(file)
        if not photo.original:
            archive.missing.append(photo.pin.number)
    return archive


def _size(photo: _Photo) -> int:
    return sum(len(file.data) + OVERHEAD for file in photo.files)


def _stored_bytes(pin: ShownPin) -> int:
    try:
        return pin.original.path.stat().st_size if pin.original and not pin.gone else 0
    except OSError:
        return 0


def _photo(pin: ShownPin, px: int | None, width: int) -> _Photo:
    stem = f"photos/{pin.number:0{width}}-{slug(one_line(pin.photo.title)[:TITLE_CHARACTERS], 'photo')}"
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
        data, format_ = pin.original.read()
    except (OSError, BadImage):
        return None
    return data, ENDINGS.get(format_, format_.lower())


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
        while name.casefold() in used:
            name = f"other-{name}"
        used.add(name.casefold())
        yield _File(f"licences/{name}", text.encode(errors="replace"))


def _credits(shown: ShownBoard) -> str:
    lines = [one_line(shown.board.name), f"{wording.state(shown)}. {wording.made_on(shown)}.", ""]
    for pin in shown.pins:
        lines.append(f"{pin.number}. {wording.title_of(pin)}")
        lines.append(f"   {one_line(pin.credit.text)}")
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
