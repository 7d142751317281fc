"""What picture files say of themselves is read in the right order, and no damage in it stops an import."""

from __future__ import annotations

import io
import struct
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile, PngImagePlugin

from core.photos import Photo, Photographer, Tag
from core.sources.embedded import Embedded, enrich, read_embedded

XMP = """<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'>
<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description
 xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:photoshop='http://ns.adobe.com/photoshop/1.0/'
 xmlns:xmpRights='http://ns.adobe.com/xap/1.0/rights/' xmlns:cc='http://creativecommons.org/ns#'
 xmlns:Iptc4xmpCore='http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/' {attributes}>{properties}</rdf:Description>
</rdf:RDF></x:xmpmeta><?xpacket end='w'?>"""


def xmp(properties: str = "", attributes: str = "") -> bytes:
    return XMP.format(properties=properties, attributes=attributes).encode()


def listed(name: str, *values: str, kind: str = "Seq") -> str:
    items = "".join(f"<rdf:li>{value}</rdf:li>" for value in values)
    return f"<{name}><rdf:{kind}>{items}</rdf:{kind}></{name}>"


def jpeg(*, xmp_data: bytes = b"", exif: dict[int, object] | None = None, iptc: bytes = b"") -> bytes:
    tags = Image.Exif()
    for tag, text in (exif or {}).items():
        value = text.encode() if isinstance(text, str) else text  # Pillow itself would write ASCII only
        if tag in (36867, 36881):
            tags.get_ifd(0x8769)[tag] = value
        else:
            tags[tag] = value
    out = io.BytesIO()
    Image.new("RGB", (16, 16)).save(out, "JPEG", exif=tags, **({"xmp": xmp_data} if xmp_data else {}))
    data = out.getvalue()
    if not iptc:
        return data
    resource = b"8BIM" + struct.pack(">H", 0x0404) + b"\0\0" + struct.pack(">I", len(iptc)) + iptc
    resource += b"\0" * (len(resource) % 2)
    segment = b"Photoshop 3.0\0" + resource
    return data[:2] + b"\xff\xed" + struct.pack(">H", len(segment) + 2) + segment + data[2:]


def iptc_records(*records: tuple[int, bytes]) -> bytes:
    return b"".join(b"\x1c\x02" + bytes([number]) + struct.pack(">H", len(value)) + value for number, value in records)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "BMP"])
def test_no_picture_is_decoded_to_read_what_it_says_of_itself(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.BytesIO()
    Image.new("RGB", (32, 32)).save(file, kind)
    decoded: list[str] = []
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda image: decoded.append(image.format))
    read_embedded(file.getvalue())
    assert decoded == []


def test_exif_data_of_a_png_are_read() -> None:
    file, exif = io.BytesIO(), Image.Exif()
    exif[0x13B] = "Ana"
    Image.new("RGB", (32, 32)).save(file, "PNG", exif=exif)
    assert read_embedded(file.getvalue()).creator == "Ana"


@pytest.mark.parametrize("error", [RuntimeError, RecursionError, AssertionError])
def test_whatever_a_reader_raises_what_it_reads_is_left_out(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Image, "open", broken)
    assert read_embedded(b"") == Embedded()


def test_xmp_lists_and_alternatives() -> None:
    found = read_embedded(
        jpeg(
            xmp_data=xmp(
                listed("dc:title", "Boat", kind="Alt")
                + listed("dc:creator", "Ana", "Bo")
                + listed("dc:subject", "Sea", "Sky", kind="Bag")
            )
        )
    )
    assert (found.title, found.creator, found.tags) == ("Boat", "Ana, Bo", ("sea", "sky"))


def test_xmp_takes_the_default_language() -> None:
    german, default = "<rdf:li xml:lang='de'>Schiff</rdf:li>", "<rdf:li xml:lang='x-default'>Boat</rdf:li>"
    alternatives = xmp(f"<dc:title><rdf:Alt>{german}{default}</rdf:Alt></dc:title>")
    assert read_embedded(jpeg(xmp_data=alternatives)).title == "Boat"


def test_xmp_attributes_count_as_much_as_elements() -> None:
    found = read_embedded(
        jpeg(xmp_data=xmp(attributes="photoshop:Credit='Agency' photoshop:City='Porto' photoshop:Country='Portugal'"))
    )
    assert (found.credit, found.place) == ("Agency", "Porto, Portugal")


def test_xmp_licence_by_its_url() -> None:
    licence = "<cc:license rdf:resource='https://creativecommons.org/licenses/by/4.0/'/>"
    assert read_embedded(jpeg(xmp_data=xmp(licence))).licence == "CC-BY-4.0"


def test_xmp_licence_in_a_rights_statement() -> None:
    statement = xmp(attributes="xmpRights:WebStatement='http://creativecommons.org/publicdomain/zero/1.0/'")
    assert read_embedded(jpeg(xmp_data=statement)).licence == "CC0-1.0"


def test_long_terms_of_use_are_no_licence() -> None:
    terms = listed("xmpRights:UsageTerms", "You may not " * 20, kind="Alt")
    assert read_embedded(jpeg(xmp_data=xmp(terms))).licence is None


def test_the_creators_own_site_becomes_the_profile() -> None:
    contact = (
        "<Iptc4xmpCore:CreatorContactInfo rdf:parseType='Resource'>"
        "<Iptc4xmpCore:CiUrlWork>https://ana.example/</Iptc4xmpCore:CiUrlWork></Iptc4xmpCore:CreatorContactInfo>"
    )
    found = read_embedded(jpeg(xmp_data=xmp(listed("dc:creator", "Ana") + contact)))
    assert found.photographer == Photographer("Ana", None, "https://ana.example/")


def test_iptc_in_utf_8() -> None:
    records = iptc_records(
        (5, b"Boat"),
        (80, "Sérgio".encode()),
        (25, b"Sea"),
        (25, b"Sky"),
        (90, b"Porto"),
        (55, b"20190115"),
        (60, b"052413+0100"),
    )
    found = read_embedded(jpeg(iptc=records))
    assert (found.title, found.creator, found.tags, found.place) == ("Boat", "Sérgio", ("sea", "sky"), "Porto")


def test_iptc_in_windows_1252() -> None:
    assert read_embedded(jpeg(iptc=iptc_records((80, "Sérgio".encode("cp1252"))))).creator == "Sérgio"


def test_iptc_time_keeps_its_zone() -> None:
    found = read_embedded(jpeg(iptc=iptc_records((55, b"20190115"), (60, b"052413+0100"))))
    assert found.taken_at == datetime(2019, 1, 15, 5, 24, 13, tzinfo=timezone(timedelta(hours=1)))


def test_exif_artist_in_utf_8_is_no_mojibake() -> None:
    assert read_embedded(jpeg(exif={0x13B: "Sérgio"})).creator == "Sérgio"


def test_exif_time_with_its_offset() -> None:
    found = read_embedded(jpeg(exif={36867: "2019:01:15 05:24:13", 36881: "+09:00"}))
    assert found.taken_at == datetime(2019, 1, 15, 5, 24, 13, tzinfo=timezone(timedelta(hours=9)))


def test_exif_time_without_an_offset() -> None:
    assert read_embedded(jpeg(exif={36867: "2019:01:15 05:24:13"})).taken_at == datetime(
        2019, 1, 15, 5, 24, 13, tzinfo=UTC
    )


def test_exif_fields_of_windows() -> None:
    found = read_embedded(jpeg(exif={0x9C9B: "Bôat\0".encode("utf-16-le"), 0x9C9E: "sea;sky\0".encode("utf-16-le")}))
    assert (found.title, found.tags) == ("Bôat", ("sea", "sky"))


@pytest.mark.parametrize("noise", ["OLYMPUS DIGITAL CAMERA", "SONY DSC", "DCIM", "default"])
def test_what_cameras_write_into_every_picture_is_no_description(noise: str) -> None:
    assert read_embedded(jpeg(exif={0x10E: noise})).description is None


@pytest.mark.parametrize(
    "notice", ["© 2020 Ana Pér", "Copyright (c) 2019-2021 Ana Pér. All rights reserved.", "Ana Pér", "2020 © Ana Pér"]
)
def test_the_holder_of_the_copyright_is_credited_when_nobody_else_is_named(notice: str) -> None:
    assert read_embedded(jpeg(exif={0x8298: notice})).photographer.name == "Ana Pér"


def test_a_bare_copyright_sign_names_nobody() -> None:
    assert read_embedded(jpeg(exif={0x8298: "© 2020. All rights reserved."})).photographer.name is None


def test_xmp_wins_over_iptc() -> None:
    data = jpeg(xmp_data=xmp(listed("dc:creator", "Xenia")), iptc=iptc_records((80, b"Ida")), exif={0x13B: "Eva"})
    assert read_embedded(data).creator == "Xenia"


def test_iptc_wins_over_exif() -> None:
    assert read_embedded(jpeg(iptc=iptc_records((80, b"Ida")), exif={0x13B: "Eva"})).creator == "Ida"


def test_each_kind_fills_what_the_others_leave_out() -> None:
    data = jpeg(
        xmp_data=xmp(listed("dc:title", "Boat", kind="Alt")), iptc=iptc_records((90, b"Porto")), exif={0x13B: "Eva"}
    )
    found = read_embedded(data)
    assert (found.title, found.place, found.creator) == ("Boat", "Porto", "Eva")


@pytest.mark.parametrize("ending", ["png", "webp", "tiff", "avif"])
def test_other_formats_are_read_as_well(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    data = xmp(listed("dc:creator", "Ana"))
    options: dict[str, object] = {"xmp": data}
    if ending == "png":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", data.decode())
        options = {"pnginfo": info}
    elif ending == "tiff":
        options = {"tiffinfo": {700: data}}
    Image.new("RGB", (16, 16)).save(path, **options)
    assert read_embedded(path).creator == "Ana"


def test_a_file_without_metadata_says_nothing() -> None:
    assert read_embedded(jpeg()) == Embedded()


@pytest.mark.parametrize("data", [b"", b"not a picture", jpeg()[:20]])
def test_what_is_no_picture_says_nothing(data: bytes) -> None:
    assert read_embedded(data) == Embedded()


def test_a_missing_file_says_nothing(tmp_path: Path) -> None:
    assert read_embedded(tmp_path / "gone.jpg") == Embedded()


def test_broken_xmp_does_not_hide_exif() -> None:
    assert read_embedded(jpeg(xmp_data=b"<x:xmpmeta><broken", exif={0x13B: "Eva"})).creator == "Eva"


def test_xmp_with_entities_is_refused() -> None:
    bomb = (
        b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]><x xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:title>&a;</dc:title></x>"
    )
    assert read_embedded(jpeg(xmp_data=bomb)).title is None


RICH = jpeg(
    xmp_data=xmp(listed("dc:creator", "Ana") + listed("dc:subject", "sea", "sky", kind="Bag")),
    iptc=iptc_records((80, b"Ida"), (25, b"Sea")),
    exif={0x13B: "Eva", 0x8298: "© Eva", 36867: "2019:01:15 05:24:13", 0x9C9B: "B\0".encode("utf-16-le")},
)


@pytest.mark.filterwarnings("ignore")  # Pillow warns of what it finds damaged
@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(st.integers(2, len(RICH) - 1), st.integers(0, 255)), min_size=1, max_size=12))
def test_damaged_metadata_never_raises(changes: list[tuple[int, int]]) -> None:
    data = bytearray(RICH)
    for place, value in changes:
        data[place] = value
    assert isinstance(read_embedded(bytes(data)), Embedded)


def test_a_record_wins_over_its_file() -> None:
    photo = Photo("a", "table", Photographer("Ana"), title="Boat", tags=(Tag("sea"),))
    told = enrich(photo, Embedded(title="Ship", creator="Eva", tags=("sea", "sky"), place="Porto"))
    assert (told.photographer.name, told.title, told.place) == ("Ana", "Boat", "Porto")


def test_tags_of_record_and_file_are_joined_with_their_origin() -> None:
    told = enrich(Photo("a", "table", tags=(Tag("sea"),)), Embedded(tags=("sea", "sky")))
    assert told.tags == (Tag("sea"), Tag("sky", "file"))
