"""Credits in the files of photos."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image, ImageCms, IptcImagePlugin

from core.boards.metadata import with_credit, xmp_packet
from core.credits import credit_for
from core.photos import Credit, Photo, Photographer
from core.sources.embedded import Embedded, read_embedded

NAME = "Zoë <O'Hara> & 山田"
PHOTO = Photo(
    "p1",
    "table",
    Photographer(NAME, profile_url="https://example.org/zoe?a=1&b=2"),
    title='Fog, "early" <b>',
    licence="CC-BY-NC-4.0",
    page_url="https://example.org/fog",
)
NOBODY = Photo("p2", "table", title="Fog", licence="CC-BY-4.0")
FORMATS = ("JPEG", "PNG", "WEBP")


def file(kind: str, mode: str = "RGB", **more: object) -> bytes:
    packed = io.BytesIO()
    Image.effect_noise((61, 40), 90).convert(mode).save(packed, kind, **more)
    return packed.getvalue()


def credited(data: bytes, photo: Photo = PHOTO) -> bytes:
    return with_credit(data, photo, credit_for(photo))


def read(data: bytes) -> Embedded:
    return read_embedded(data)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def xmp(data: bytes) -> str:
    return str(opened(data).getxmp())


@pytest.mark.parametrize("kind", FORMATS)
def test_the_photographer_is_read_back(kind: str) -> None:
    assert read(credited(file(kind))).creator == NAME


@pytest.mark.parametrize("kind", FORMATS)
def test_the_licence_is_read_back(kind: str) -> None:
    assert read(credited(file(kind))).licence == "CC-BY-NC-4.0"


@pytest.mark.parametrize("kind", FORMATS)
def test_the_title_is_read_back(kind: str) -> None:
    assert read(credited(file(kind))).title == PHOTO.title


@pytest.mark.parametrize("kind", FORMATS)
def test_the_photographers_page_is_read_back(kind: str) -> None:
    assert read(credited(file(kind))).creator_url == PHOTO.photographer.profile_url


@pytest.mark.parametrize("kind", FORMATS)
def test_other_programs_find_the_credit_line(kind: str) -> None:
    data = credited(file(kind))
    description = opened(data).getxmp()["xmpmeta"]["RDF"]["Description"]
    assert description["Credit"] == credit_for(PHOTO).text


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        *[(kind, {}) for kind in FORMATS],
        ("JPEG", {"progressive": True}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"lossless": True, "mode": "RGBA"}),
        ("PNG", {"mode": "P"}),
        ("PNG", {"mode": "RGBA"}),
    ],
)
def test_no_pixel_changes(kind: str, more: dict[str, object]) -> None:
    data = file(kind, **more)  # type: ignore[arg-type]
    before, after = opened(data), opened(credited(data))
    assert (after.mode, after.size, after.tobytes()) == (before.mode, before.size, before.tobytes())


@pytest.mark.parametrize("kind", FORMATS)
def test_exif_and_colour_profile_stay(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0110] = "Camera 7"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    after = opened(credited(file(kind, exif=exif, icc_profile=profile)))
    assert (after.getexif()[0x0110], after.info["icc_profile"]) == ("Camera 7", profile)


@pytest.mark.parametrize("kind", FORMATS)
def test_twice_is_as_once(kind: str) -> None:
    once = credited(file(kind))
    assert credited(once) == once


@pytest.mark.parametrize("kind", FORMATS)
def test_an_older_credit_is_replaced(kind: str) -> None:
    before = credited(file(kind), Photo("old", "table", Photographer("Somebody Else"), licence="CC0-1.0"))
    assert "Somebody Else" not in xmp(credited(before))


@pytest.mark.parametrize("kind", FORMATS)
def test_what_else_the_packet_says_stays(kind: str) -> None:
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        b'xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:UserComment="from the roof">'
        b"<dc:creator><rdf:Seq><rdf:li>Somebody Else</rdf:li></rdf:Seq></dc:creator>"
        b"</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    data = credited(with_packet(file(kind), packet))
    assert "from the roof" in xmp(data) and read(data).creator == NAME


def with_packet(data: bytes, packet: bytes) -> bytes:
    """Return a file with a foreign packet in place of the one that was just written."""
    packed = io.BytesIO()
    image = Image.open(io.BytesIO(data))
    if image.format == "PNG":
        from PIL.PngImagePlugin import PngInfo

        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet.decode())
        image.save(packed, "PNG", pnginfo=info)
    else:
        image.save(packed, image.format, xmp=packet)
    return packed.getvalue()


def test_a_packet_that_is_no_xml_is_replaced() -> None:
    assert read(credited(with_packet(file("JPEG"), b"<x:xmpmeta"))).creator == NAME


def test_a_packet_that_would_blow_up_is_replaced() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'
    assert read(credited(with_packet(file("JPEG"), bomb))).creator == NAME


def test_a_packet_that_leaves_no_room_in_a_jpeg_is_replaced() -> None:
    large = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:e="urn:e" e:e="' + b"x" * 64_000 + b'"/></rdf:RDF></x:xmpmeta>'
    )
    assert read(credited(with_packet(file("JPEG"), large))).creator == NAME


def iptc_of(data: bytes) -> dict[tuple[int, int], object]:
    return dict(IptcImagePlugin.getiptcinfo(opened(data)) or {})  # type: ignore[arg-type]


@pytest.mark.parametrize(("number", "text"), [(80, NAME), (110, None), (116, None), (5, PHOTO.title)])
def test_older_readers_find_it_in_iptc(number: int, text: str | None) -> None:
    assert iptc_of(credited(file("JPEG")))[2, number] == (text or credit_for(PHOTO).text).encode()


def with_iptc(data: bytes, sets: bytes) -> bytes:
    block = b"8BIM\x04\x04\x00\x00" + struct.pack(">I", len(sets)) + sets + b"\x00" * (len(sets) % 2)
    other = b"8BIM\x04\x22\x00\x00" + struct.pack(">I", 2) + b"ok"
    body = b"Photoshop 3.0\x00" + other + block
    return data[:2] + b"\xff\xed" + struct.pack(">H", len(body) + 2) + body + data[2:]


def dataset(number: int, body: bytes) -> bytes:
    return struct.pack(">BBBH", 0x1C, 2, number, len(body)) + body


def test_keywords_in_iptc_stay() -> None:
    data = credited(with_iptc(file("JPEG"), dataset(25, b"fog") + dataset(25, b"roof") + dataset(80, b"Else")))
    assert iptc_of(data)[2, 25] == [b"fog", b"roof"]


def test_an_older_author_in_iptc_is_replaced() -> None:
    assert iptc_of(credited(with_iptc(file("JPEG"), dataset(80, b"Else"))))[2, 80] == NAME.encode()


def test_iptc_of_another_encoding_becomes_readable() -> None:
    assert iptc_of(credited(with_iptc(file("JPEG"), dataset(120, "Zürich".encode("latin-1")))))[2, 120] == (
        "Zürich".encode()
    )


def test_other_blocks_of_photoshop_stay() -> None:
    assert b"8BIM\x04\x22\x00\x00\x00\x00\x00\x02ok" in credited(with_iptc(file("JPEG"), dataset(25, b"fog")))


def test_an_unknown_photographer_gets_no_name_that_a_reader_could_believe() -> None:
    assert read(credited(file("JPEG"), NOBODY)).photographer.name is None


def test_an_unknown_photographer_is_said_to_be_unknown() -> None:
    assert "Photographer unknown, CC BY 4.0" in xmp(credited(file("JPEG"), NOBODY))


def test_a_photographer_who_turned_out_wrong_is_not_kept() -> None:
    assert read(credited(credited(file("JPEG")), NOBODY)).photographer.name is None


def test_further_pictures_in_a_file_stay_in_their_place() -> None:
    packed = io.BytesIO()
    first, second = Image.new("RGB", (40, 30), "red"), Image.new("RGB", (20, 10), "blue")
    first.save(packed, "MPO", save_all=True, append_images=[second])
    after = Image.open(io.BytesIO(credited(packed.getvalue())))
    after.seek(1)
    assert after.size == (20, 10)


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "BMP", "AVIF"])
def test_other_formats_stay_as_they_are(kind: str) -> None:
    data = file(kind)
    assert credited(data) == data


@pytest.mark.parametrize("kind", FORMATS)
def test_files_that_are_cut_off_anywhere_raise_nothing(kind: str) -> None:
    data = file(kind)
    for length in range(0, min(len(data), 700), 3):
        credited(data[:length])


def test_a_jpeg_that_is_cut_off_in_its_header_stays_as_it_is() -> None:
    data = file("JPEG")[:10]
    assert credited(data) == data


def test_letters_that_xml_can_not_hold_are_left_out() -> None:
    odd = Photo("p", "table", Photographer("Ann"), title="a\x00b\x0b\ufffec")
    assert read(credited(file("PNG"), odd)).title == "abc"


def test_a_name_that_is_markup_stays_a_name() -> None:
    name = "</rdf:li></rdf:Seq><x>]]>"
    credit = Credit(name, None, f"Photo by {name}", "", "")
    data = with_credit(file("JPEG"), Photo("p", "table", Photographer(name)), credit)
    assert read(data).creator == name


def test_a_packet_alone_is_for_files_beside_a_picture() -> None:
    assert NAME.partition(" ")[0] in xmp_packet(PHOTO, credit_for(PHOTO)).decode()


def test_public_domain_is_not_marked_as_somebodys() -> None:
    free = Photo("p", "table", Photographer("Ann"), licence="CC0-1.0")
    assert "<xmpRights:Marked>False</xmpRights:Marked>" in xmp_packet(free, credit_for(free)).decode()
