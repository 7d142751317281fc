"""What a picture file says of itself: XMP, IPTC and EXIF, read from its header without decoding it.

Where two of them say something, XMP wins over IPTC and IPTC over EXIF: the first two are written by people and their
photo managers, the last mostly by cameras.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias
from xml.etree.ElementTree import Element  # only the type; parsing is defusedxml's

from defusedxml import ElementTree
from PIL import ExifTags, Image, IptcImagePlugin

from core.images import FORMATS
from core.photos import Photo, Photographer, Tag
from core.sources.text import clean, licence_id, moment, tag_names, web_url

XMP_BYTES = 1 << 20  # more is an attack or a thumbnail collection
LICENCE_CHARACTERS = 80  # longer ones are terms, and no name of a licence

# Descriptions that cameras write into every picture.
NOISE = re.compile(
    r"(?i)(olympus|minolta|konica|sony|kodak|samsung|casio)?\s*(digital (still )?camera|dsc|dcim|default)"
)

_X_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
_RIGHTS = "{http://ns.adobe.com/xap/1.0/rights/}"
_IPTC = "{http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/}"
_CC = "{http://creativecommons.org/ns#}"
_EXIF = "{http://ns.adobe.com/exif/1.0/}"
_NOTICE = re.compile(r"(?i)\(c\)|©|\bcopyright\b|\ball rights reserved\b|\b(19|20)\d\d\b(\s*[-–]\s*\b(19|20)\d\d\b)?")

Text: TypeAlias = str | None


@dataclass(frozen=True, slots=True)
class Embedded:
    """What was found in one file, or in one of its three kinds of metadata."""

    title: Text = None
    description: Text = None
    creator: Text = None
    creator_url: Text = None
    credit: Text = None
    copyright: Text = None
    licence: Text = None
    place: Text = None
    tags: tuple[str, ...] = ()
    taken_at: datetime | None = None

    def filled_from(self, other: Embedded) -> Embedded:
        """Return these facts with the other's where there are none."""
        return Embedded(**{f.name: getattr(self, f.name) or getattr(other, f.name) for f in fields(self)})

    @property
    def photographer(self) -> Photographer:
        """Who took the photo: its creator, else whom to credit, else who holds the copyright."""
        name = self.creator or self.credit or _holder(self.copyright)
        return Photographer(name, profile_url=self.creator_url if self.creator else None)


def read_embedded(picture: Path | bytes) -> Embedded:
    """Return what a picture says of itself. Never raises: what is damaged or missing is left out."""
    found = Embedded()
    try:
        file = io.BytesIO(picture) if isinstance(picture, bytes) else picture
        with Image.open(file, formats=FORMATS) as image:
            for read in (_from_xmp, _from_iptc, _from_exif):
                found = found.filled_from(_or_nothing(read, image))
    except Exception:  # noqa: S110 - decoders raise all there is; the import will say what is wrong with the picture
        pass
    return found


def as_plain(embedded: Embedded) -> dict[str, object]:
    """Return the facts as JSON takes them."""
    taken_at = embedded.taken_at
    return asdict(embedded) | {"taken_at": None if taken_at is None else taken_at.isoformat()}


def from_plain(plain: Mapping[str, Any]) -> Embedded:
    """Return the facts that `as_plain` gave."""
    taken_at = plain["taken_at"]
    typed = {"tags": tuple(plain["tags"]), "taken_at": taken_at and datetime.fromisoformat(taken_at)}
    return Embedded(**{**plain, **typed})


def enrich(photo: Photo, embedded: Embedded) -> Photo:
    """Return a photo with the facts of its file where its record has none; tags are joined."""
    names = {tag.name for tag in photo.tags}
    return replace(
        photo,
        photographer=photo.photographer if photo.photographer.name else embedded.photographer,
        title=photo.title or embedded.title,
        description=photo.description or embedded.description,
        place=photo.place or embedded.place,
        licence=photo.licence or embedded.licence,
        taken_at=photo.taken_at or embedded.taken_at,
        tags=(*photo.tags, *(Tag(name, "file") for name in embedded.tags if name not in names)),
    )


def _or_nothing(read: Callable[[Image.Image], Embedded], image: Image.Image) -> Embedded:
    try:
        return read(image)
    except Exception:  # as above: Pillow and the parsers raise all there is on damaged data
        return Embedded()


def _from_xmp(image: Image.Image) -> Embedded:
    xml = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    xml = xml.encode() if isinstance(xml, str) else xml
    if not xml or len(xml) > XMP_BYTES:
        return Embedded()
    found: dict[str, list[str]] = {}
    for element in ElementTree.fromstring(xml.rstrip(b"\x00 ")).iter():
        for name, value in element.attrib.items():
            found.setdefault(name, []).append(value)
        found.setdefault(element.tag, []).extend(_xmp_values(element))

    def first(*names: str) -> Text:
        return next((text for name in names for value in found.get(name, []) if (text := clean(value))), None)

    creators = [text for value in found.get(f"{_DC}creator", []) if (text := clean(value))]
    return Embedded(
        title=first(f"{_DC}title", f"{_PHOTOSHOP}Headline"),
        description=_description(first(f"{_DC}description")),
        creator=", ".join(dict.fromkeys(creators)) or None,
        creator_url=web_url(first(f"{_IPTC}CiUrlWork")),
        credit=first(f"{_PHOTOSHOP}Credit"),
        copyright=first(f"{_DC}rights"),
        licence=_licence(first(f"{_CC}license"), first(f"{_RIGHTS}WebStatement"), first(f"{_RIGHTS}UsageTerms")),
        place=_place(*(first(name) for name in (f"{_IPTC}Location", f"{_PHOTOSHOP}City", f"{_PHOTOSHOP}Country"))),
        tags=tag_names(found.get(f"{_DC}subject", [])),
        taken_at=moment(first(f"{_PHOTOSHOP}DateCreated", f"{_EXIF}DateTimeOriginal")),
    )


def _xmp_values(element: Element) -> list[str]:
    """Return a property's values: its list items (the default language first), the resource it names, or its text."""
    items = sorted(element.iterfind(f"*/{_RDF}li"), key=lambda item: item.get(_X_LANGUAGE, "x-default") != "x-default")
    values = [item.text for item in items] if items else [element.get(f"{_RDF}resource") or element.text]
    return [value for value in values if value]


def _from_iptc(image: Image.Image) -> Embedded:
    info = IptcImagePlugin.getiptcinfo(image) or {}  # type: ignore[arg-type]  # an opened image is an ImageFile

    def texts(number: int) -> list[str]:
        value = info.get((2, number), [])
        parts = value if isinstance(value, list) else [value]
        return [text for part in parts if (text := clean(_decode(part)))]

    def first(*numbers: int) -> Text:
        return next((text for number in numbers for text in texts(number)), None)

    return Embedded(
        title=first(5, 105),
        description=_description(first(120)),
        creator=", ".join(texts(80)) or None,
        credit=first(110),
        copyright=first(116),
        place=_place(first(92), first(90), first(101)),
        tags=tag_names(texts(25)),
        taken_at=_iptc_moment(first(55), first(60)),
    )


def _from_exif(image: Image.Image) -> Embedded:
    base = _exif(image)
    camera = base.get_ifd(ExifTags.IFD.Exif)

    def text(tag: int) -> Text:
        return clean(_decode(base.get(tag)))

    def windows(tag: int) -> Text:
        value = base.get(tag)
        return clean(value.decode("utf-16-le", "replace").rstrip("\x00")) if isinstance(value, bytes) else None

    taken, offset = (
        clean(_decode(camera.get(tag))) for tag in (ExifTags.Base.DateTimeOriginal, ExifTags.Base.OffsetTimeOriginal)
    )
    return Embedded(
        title=windows(ExifTags.Base.XPTitle),
        description=_description(text(ExifTags.Base.ImageDescription)) or windows(ExifTags.Base.XPComment),
        creator=text(ExifTags.Base.Artist) or windows(ExifTags.Base.XPAuthor),
        copyright=text(ExifTags.Base.Copyright),
        tags=tag_names(windows(ExifTags.Base.XPKeywords)),
        taken_at=moment(f"{taken}{offset or ''}") or moment(taken),
    )


def _exif(image: Image.Image) -> Image.Exif:
    """Return EXIF data from before the pixels: Pillow would decode all of a PNG to look for some behind them."""
    if image.format != "PNG":
        return image.getexif()
    exif = Image.Exif()
    exif.load(image.info.get("exif", b""))
    return exif


def _decode(value: object) -> Text:
    """Return text from metadata that does not say how it is encoded: UTF-8 where it can be, else Windows-1252.

    Pillow gives EXIF text as if it were Latin-1, so its bytes are taken back first.
    """
    try:
        data = value.encode("latin-1") if isinstance(value, str) else value
    except UnicodeEncodeError:
        return str(value)
    if not isinstance(data, bytes):
        return None
    plain = data.partition(b"\x00")[0]  # EXIF's copyright holds the photographer's, then the editor's
    try:
        return plain.decode()
    except UnicodeDecodeError:
        return plain.decode("cp1252", "replace")


def _description(text: Text) -> Text:
    return None if text is None or NOISE.fullmatch(text) else text


def _licence(url: Text, statement: Text, terms: Text) -> Text:
    """Return a licence that is known by its URL, else short terms of use, which name one."""
    for text in (url, statement):
        if text and (known := licence_id(text)) != text:
            return known
    return licence_id(terms) if terms and len(terms) <= LICENCE_CHARACTERS else None


def _place(*parts: Text) -> Text:
    return ", ".join(dict.fromkeys(part for part in parts if part)) or None


def _iptc_moment(date: Text, time: Text) -> datetime | None:
    if date is None:
        return None
    return (moment(f"{date}T{time}") if time else None) or moment(date)


def _holder(copyright_notice: Text) -> Text:
    """Return the name in a copyright notice: what is left without signs, years and phrases."""
    left = clean(_NOTICE.sub(" ", copyright_notice or "").strip(" ,.;:-–|"))
    return left if left and re.search(r"\w", left) else None
