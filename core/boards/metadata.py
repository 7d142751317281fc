"""Writes a photo's credit into its file, so that it stays with the picture wherever that is copied to.

XMP goes into JPEG, PNG and WebP, and IPTC into JPEG besides, which older picture desks read. Only the containers are
taken apart: no picture is decoded, and what a file says already stays where it is not about the credit.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree as Tree  # builds and writes; what strangers wrote is parsed by defusedxml

from defusedxml import DefusedXmlException, ElementTree

from core.boards.iptc import IPTC_HEADER, with_iptc
from core.boards.licences import licence_of
from core.credits import UNKNOWN, on_unsplash
from core.photos import Credit, Photo
from core.sources.text import web_url

XMP_HEADER = b"http://ns.adobe.com/xap/1.0/\x00"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
SEGMENT_BYTES = 65_533  # at most in one JPEG segment, less its length
_PNG_KEYWORD = b"XML:com.adobe.xmp\x00"
_BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_END = '\n<?xpacket end="w"?>'
_META, _RDF, _XML = (
    "adobe:ns:meta/",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://www.w3.org/XML/1998/namespace",
)
_SPACES = {
    "x": _META,
    "rdf": _RDF,
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "plus": "http://ns.useplus.org/ldf/xmp/1.0/",
    "cc": "http://creativecommons.org/ns#",
}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_RIGHTS = ("CC0", "PDM")  # nobody holds rights any more

for _prefix, _space in _SPACES.items():
    Tree.register_namespace(_prefix, _space)


def with_credit(data: bytes, photo: Photo, credit: Credit) -> bytes:
    """Return a picture's file with its credit in it, pixels untouched; other formats and damaged files as they are."""
    try:
        if data.startswith(b"\xff\xd8\xff"):
            return _in_jpeg(data, photo, credit)
        if data.startswith(PNG_SIGNATURE):
            return _in_png(data, photo, credit)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _in_webp(data, photo, credit)
    except (ValueError, IndexError, struct.error):  # cut off, or not what it says it is
        pass
    return data


def xmp_packet(photo: Photo, credit: Credit, present: bytes | None = None) -> bytes:
    """Return a photo's credit as an XMP packet, joined with what the packet that is there says of other things."""
    root = _parsed(present) if present else None
    if root is None:
        root = Tree.Element(f"{{{_META}}}xmpmeta")
    rdf = root if root.tag == f"{{{_RDF}}}RDF" else root.find(f"{{{_RDF}}}RDF")
    if rdf is None:
        rdf = Tree.SubElement(root, f"{{{_RDF}}}RDF")
    ours = _description(photo, credit)
    for other in rdf.findall(f"{{{_RDF}}}Description"):
        _forget(other, {child.tag for child in ours} | _REPLACED)
        if not len(other) and other.attrib.keys() <= ours.attrib.keys():
            rdf.remove(other)
    rdf.append(ours)
    return (_BEGIN + Tree.tostring(root, "unicode") + _END).encode()


def _description(photo: Photo, credit: Credit) -> Tree.Element:
    """Return what is said of the photo. Of an unknown photographer no name is given that a reader could believe."""
    about = Tree.Element(f"{{{_RDF}}}Description", {f"{{{_RDF}}}about": ""})
    licence, page = licence_of(photo), web_url(photo.page_url)
    deed = licence.url if licence else None
    profile = web_url(photo.photographer.profile_url) or credit.url
    if credit.name != UNKNOWN:
        _listed(about, "dc:creator", "Seq", credit.name)
        _listed(about, "dc:rights", "Alt", credit.text)
        _plain(about, "photoshop:Credit", credit.text)
        _plain(about, "cc:attributionName", credit.name)
        if profile:
            contact = Tree.SubElement(about, _name("Iptc4xmpCore:CreatorContactInfo"), _RESOURCE)
            _plain(contact, "Iptc4xmpCore:CiUrlWork", profile)
            _link(about, "cc:attributionURL", profile)
    _plain(about, "photoshop:Instructions", f"Keep this credit with the photo: {credit.text}")
    _listed(about, "dc:title", "Alt", photo.title)
    _plain(about, "dc:source", page)
    _plain(about, "photoshop:Source", "Unsplash" if on_unsplash(photo) else None)
    if licence:
        _listed(about, "xmpRights:UsageTerms", "Alt", licence.name)
        _plain(about, "xmpRights:Marked", "False" if licence.id.upper().startswith(_NO_RIGHTS) else "True")
    _plain(about, "xmpRights:WebStatement", deed or page)
    _link(about, "cc:license", deed)
    if page:
        licensors = Tree.SubElement(Tree.SubElement(about, _name("plus:Licensor")), f"{{{_RDF}}}Seq")
        _plain(Tree.SubElement(licensors, f"{{{_RDF}}}li", _RESOURCE), "plus:LicensorURL", page)
    return about


_RESOURCE = {f"{{{_RDF}}}parseType": "Resource"}


def _name(prefixed: str) -> str:
    prefix, _, name = prefixed.partition(":")
    return f"{{{_SPACES[prefix]}}}{name}"


# What an older packet says of the credit must not stand beside ours, also where we know nothing.
_REPLACED = {_name(one) for one in ("dc:creator", "dc:rights", "photoshop:Credit", "cc:attributionName", "cc:license")}


def _plain(parent: Tree.Element, name: str, text: str | None) -> None:
    if text:
        Tree.SubElement(parent, _name(name)).text = _NOT_XML.sub("", text)


def _link(parent: Tree.Element, name: str, url: str | None) -> None:
    if url:
        Tree.SubElement(parent, _name(name), {f"{{{_RDF}}}resource": url})


def _listed(parent: Tree.Element, name: str, kind: str, text: str | None) -> None:
    if not text:
        return
    items = Tree.SubElement(Tree.SubElement(parent, _name(name)), f"{{{_RDF}}}{kind}")
    item = Tree.SubElement(items, f"{{{_RDF}}}li", {f"{{{_XML}}}lang": "x-default"} if kind == "Alt" else {})
    item.text = _NOT_XML.sub("", text)


def _parsed(packet: bytes) -> Tree.Element | None:
    try:
        root: Tree.Element = ElementTree.fromstring(packet.rstrip(b"\x00 "))
    except (Tree.ParseError, DefusedXmlException, ValueError, LookupError, RecursionError):
        return None
    return root


def _forget(description: Tree.Element, names: set[str]) -> None:
    for child in [child for child in description if child.tag in names]:
        description.remove(child)
    for name in names & description.attrib.keys():
        del description.attrib[name]


# JPEG


def _in_jpeg(data: bytes, photo: Photo, credit: Credit) -> bytes:
    """Put both right after what must come first: offsets to pictures that follow the first one stay true."""
    kept, first = list[bytes](), list[bytes]()
    xmp: bytes | None = None
    iptc: bytes | None = None
    pixels = 2
    for marker, body, end in _segments(data):
        pixels = end
        if marker == 0xE1 and body.startswith(XMP_HEADER):
            xmp = body[len(XMP_HEADER) :]
        elif marker == 0xED and body.startswith(IPTC_HEADER):
            iptc = body if iptc is None else iptc + body[len(IPTC_HEADER) :]
        else:
            is_first = not kept and (marker == 0xE0 or (marker == 0xE1 and body.startswith(b"Exif\x00")))
            (first if is_first else kept).append(_segment(marker, body))
    packet = XMP_HEADER + xmp_packet(photo, credit, xmp)
    if len(packet) > SEGMENT_BYTES:  # what was there leaves no room
        packet = XMP_HEADER + xmp_packet(photo, credit)
    added = [_segment(0xE1, packet)] if len(packet) <= SEGMENT_BYTES else []
    notes = with_iptc(iptc, photo, credit)
    added += [_segment(0xED, notes)] if len(notes) <= SEGMENT_BYTES else []
    return b"".join((data[:2], *first, *added, *kept, data[pixels:]))


def _segments(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Yield the segments before the pixels: marker, body, and where the next one begins."""
    at = 2
    while True:
        while data[at] == 0xFF and data[at + 1] == 0xFF:  # fill bytes
            at += 1
        marker = data[at + 1]
        if data[at] != 0xFF or marker in (0xD9, 0xDA) or not 0xC0 <= marker <= 0xFE:
            return
        (length,) = struct.unpack_from(">H", data, at + 2)
        body = data[at + 4 : at + 2 + length]
        if length < 2 or len(body) != length - 2:
            raise ValueError("a segment is cut off")
        at += 2 + length
        yield marker, body, at


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


# PNG


def _in_png(data: bytes, photo: Photo, credit: Credit) -> bytes:
    present: bytes | None = None
    chunks = list[bytes]()
    at = len(PNG_SIGNATURE)
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        if kind == b"iTXt" and body.startswith(_PNG_KEYWORD):
            present = _itxt_text(body)
        else:
            chunks.append(data[at : at + 12 + length])
        at += 12 + length
    if at > len(data):
        raise ValueError("a chunk is cut off")
    body = _PNG_KEYWORD + b"\x00\x00\x00\x00" + xmp_packet(photo, credit, present)
    added = struct.pack(">I", len(body)) + b"iTXt" + body + struct.pack(">I", zlib.crc32(b"iTXt" + body))
    return b"".join((PNG_SIGNATURE, chunks[0], added, *chunks[1:]))


def _itxt_text(body: bytes) -> bytes | None:
    """Return the text of a chunk that is not compressed, as XMP never is."""
    packed: int = body[len(_PNG_KEYWORD)]
    rest: bytes = body[len(_PNG_KEYWORD) + 2 :]
    texts: list[bytes] = rest.split(b"\x00", 2)
    return None if packed else texts[2]


# WebP


def _in_webp(data: bytes, photo: Photo, credit: Credit) -> bytes:
    present: bytes | None = None
    chunks = list[tuple[bytes, bytes]]()
    at = 12
    while at + 8 <= len(data):
        kind, (length,) = data[at : at + 4], struct.unpack_from("<I", data, at + 4)
        body = data[at + 8 : at + 8 + length]
        if len(body) < length:
            raise ValueError("a chunk is cut off")
        if kind == b"XMP ":
            present = body
        else:
            chunks.append((kind, body))
        at += 8 + length + length % 2
    if chunks[0][0] != b"VP8X":
        chunks.insert(0, (b"VP8X", _canvas(*chunks[0])))
    flags = chunks[0][1][0] | 0x04  # that there is XMP
    chunks[0] = (b"VP8X", bytes([flags]) + chunks[0][1][1:])
    chunks.append((b"XMP ", xmp_packet(photo, credit, present)))
    written = b"".join(kind + struct.pack("<I", len(body)) + body + b"\x00" * (len(body) % 2) for kind, body in chunks)
    return b"RIFF" + struct.pack("<I", len(written) + 4) + b"WEBP" + written


def _canvas(kind: bytes, body: bytes) -> bytes:
    """Return what a plain file's header says as the extended one holds it: transparency, width, height."""
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        width, height, alpha = bits & 0x3FFF, bits >> 14 & 0x3FFF, bits >> 28 & 1
    elif kind == b"VP8 ":
        width, height = (int.from_bytes(body[at : at + 2], "little") & 0x3FFF for at in (6, 8))
        width, height, alpha = width - 1, height - 1, 0
    else:
        raise ValueError("not a picture")
    if min(width, height) < 0:
        raise ValueError("not a picture")
    return bytes([alpha << 4, 0, 0, 0]) + width.to_bytes(3, "little") + height.to_bytes(3, "little")
