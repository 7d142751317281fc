"""Files that are no sound pictures, or sound ones of odd kinds, made by a script: nothing here was found anywhere.

Each is a name (whose ending a person might have given it) and bytes. What decoders have stumbled over through the years
is here by kind: lengths that lie, offsets that lead out of the file or back to themselves, sizes that promise more than
there is, compressed nothing that becomes gigabytes, scans and frames without end, and bytes flipped anywhere.
"""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageCms

from core.images import ENDINGS

FORMATS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "AVIF": "avif", "GIF": "gif", "TIFF": "tif", "BMP": "bmp"}
FOREIGN = {
    "page.html": b"<!doctype html><html><script>alert(1)</script><img src=x onerror=alert(2)></html>",
    "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><image href="file:///etc/passwd"/></svg>',
    "drawing.jpg": b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaa">]><svg>&a;&a;</svg>',
    "script.png": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n(/etc/passwd) (r) file\n",
    "document.jpg": b"%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript>>>>endobj\n",
    "archive.png": b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(400),
    "program.jpg": b"\x7fELF\x02\x01\x01" + bytes(400),
    "program.gif": b"MZ\x90\x00\x03" + bytes(400),
    "film-in.avif": b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + bytes(400),
    "sound.webp": b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(400),
    "photoshop.tif": b"8BPS\x00\x01" + bytes(400),
    "icon.png": b"\x00\x00\x01\x00\x01\x00\x10\x10\x00\x00\x01\x00\x20\x00" + bytes(400),
    "plain.bmp": b"P6\n8000 8000\n255\n" + bytes(400),
    "spectrum.tif": b"SIMPLE  =                    T / FITS" + b" " * 400,
    "text.jpg": "Das ist kein Foto. これは写真ではありません。".encode(),
    "empty.jpg": b"",
    "one-byte.png": b"\x89",
    "zeros.jpg": bytes(2**20),
}


def bad_pictures(chance: random.Random, count: int) -> Iterator[tuple[str, bytes]]:
    """Yield so many of them by kind, then damaged ones at random until there are enough."""
    made = 0
    for name, data in _kinds(chance):
        yield name, data
        made += 1
        if made == count:
            return
    sound = {kind: _encoded(_photo(chance, 240, 160), kind) for kind in FORMATS}
    while made < count:
        kind = chance.choice(list(FORMATS))
        yield f"damaged-{made}.{FORMATS[kind]}", _damaged(chance, sound[kind])
        made += 1


def small_pictures(chance: random.Random, count: int) -> Iterator[tuple[str, bytes]]:
    """Yield so many at random of those that are quickly made, each kind as likely as the others."""
    quick = [*FOREIGN.items(), *_modes(chance), *_claims(), *_metadata(chance)]
    sound = {kind: _encoded(_photo(chance, 240, 160), kind) for kind in FORMATS}
    for number in range(count):
        kind = chance.choice(list(FORMATS))
        if number % 2:
            yield f"damaged-{number}.{FORMATS[kind]}", _damaged(chance, sound[kind])
        else:
            yield chance.choice(quick)


def _kinds(chance: random.Random) -> Iterator[tuple[str, bytes]]:
    yield from FOREIGN.items()
    yield from _modes(chance)
    yield from _claims()
    yield from _bombs(chance)
    yield from _frames()
    yield from _metadata(chance)
    for kind, ending in FORMATS.items():
        data = _encoded(_photo(chance, 240, 160), kind)
        for share in (0.02, 0.1, 0.5, 0.9, 0.99):
            yield f"cut-{share}.{ending}", data[: int(len(data) * share)]
        yield f"other-{kind}.jpg" if kind != "JPEG" else "other-JPEG.png", data
        yield f"noise-{kind}.{ending}", data[:16] + chance.randbytes(4000)
        yield f"doubled-{kind}.{ending}", data + data
        yield f"tail-{kind}.{ending}", data + b"<script>alert(1)</script>" * 1000


def _damaged(chance: random.Random, data: bytes) -> bytes:
    """Return a file with some bytes other ones, with a part left out, doubled or put elsewhere."""
    spoiled = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8, 64))):
        at, size = chance.randrange(len(spoiled)), chance.choice((1, 1, 1, 2, 4, 32))
        how = chance.randrange(5)
        if how < 2:
            spoiled[at] = chance.choice((0, 0xFF, 0x7F, 0x80, chance.randrange(256)))
        elif how == 2:
            del spoiled[at : at + size]
        elif how == 3:
            spoiled[at:at] = spoiled[at : at + size]
        else:
            spoiled[at : at + 4] = struct.pack(">I", chance.choice((0, 1, 2**31 - 1, 2**31, 2**32 - 1)))
        if not spoiled:
            break
    return bytes(spoiled)


def _modes(chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield what is a picture, in ways that are seldom seen."""
    photo = _photo(chance, 200, 120)
    yield "cmyk.jpg", _encoded(photo.convert("CMYK"), "JPEG")
    yield "cmyk.tif", _encoded(photo.convert("CMYK"), "TIFF")
    yield "cmyk-srgb-profile.jpg", _encoded(photo.convert("CMYK"), "JPEG", icc_profile=_srgb())
    yield "lab.tif", _encoded(_lab(photo), "TIFF")
    yield "ycbcr.tif", _encoded(photo.convert("YCbCr"), "TIFF", compression="jpeg")
    yield "palette.png", _encoded(photo.convert("P"), "PNG", transparency=0)
    yield "palette.gif", _encoded(photo.convert("P"), "GIF", transparency=3)
    yield "two-tones.png", _encoded(photo.convert("1"), "PNG")
    yield "two-tones.tif", _encoded(photo.convert("1"), "TIFF", compression="group4")
    yield "grey-alpha.png", _encoded(photo.convert("LA"), "PNG")
    yield "clear.webp", _encoded(photo.convert("RGBA"), "WEBP", lossless=True)
    levels = np.asarray(photo.convert("L"), np.uint16) * 257
    yield "deep.png", _encoded(Image.fromarray(levels), "PNG")
    yield "deep.tif", _encoded(Image.fromarray(levels), "TIFF")
    for name, value in (("nan", np.nan), ("inf", np.inf), ("minus-inf", -np.inf), ("vast", 1e38)):
        real = np.asarray(photo.convert("L"), np.float32) / 255
        real[10:20] = value
        yield f"{name}.tif", _encoded(Image.fromarray(real), "TIFF")
    yield "wide.tif", _encoded(Image.fromarray(np.full((64, 64), -(2**31), np.int32)), "TIFF")
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "tiff_deflate"):
        yield f"{compression}.tif", _encoded(photo, "TIFF", compression=compression)
    yield "thin.png", _encoded(Image.new("RGB", (20_000, 9)), "PNG")
    yield "narrow.png", _encoded(Image.new("RGB", (9, 20_000)), "PNG")
    yield "spacer.gif", _encoded(Image.new("P", (1, 1)), "GIF")


def _claims() -> Iterator[tuple[str, bytes]]:
    """Yield headers that promise what does not follow."""
    for width, height in ((0, 100), (100, 0), (9000, 9000), (2**31 - 1, 2**31 - 1), (65_535, 1_300)):
        yield f"claims-{width}x{height}.png", _png(width, height, zlib.compress(b"\0" * 64))
        yield f"claims-{width}x{height}.bmp", _bmp(width, height)
    yield "upside-down.bmp", _bmp(100, -(2**31))
    yield "many-bits.bmp", _bmp(100, 100, bits=31)
    yield "many-colours.bmp", _bmp(100, 100, bits=8, colours=2**31 - 1)
    yield "runs.bmp", _bmp(9000, 9000, bits=8, compression=1, colours=2, body=bytes((255, 1)) * 40_000)
    yield "depth.png", _png(64, 64, zlib.compress(bytes(64 * 65)), depth=7)
    yield "kind.png", _png(64, 64, zlib.compress(bytes(64 * 65)), kind=5)
    yield "no-palette.png", _png(64, 64, zlib.compress(bytes(64 * 65)), kind=3)
    vast, small = (b"GIF89a" + struct.pack("<HHBBB", *size, 0, 0, 0) for size in ((65_535, 1_300), (100, 100)))
    yield "frame.gif", vast + b"," + bytes(9) + b"\x0c\xff" + bytes(99)
    yield "no-frame.gif", small + b";"
    yield "frame.jpg", b"\xff\xd8\xff\xc0\x00\x11\x08" + struct.pack(">HH", 9_000, 9_000) + b"\x03" + bytes(9)
    yield "length.jpg", b"\xff\xd8\xff\xe1\xff\xff" + b"Exif\0\0" + bytes(100)
    yield "length.webp", b"RIFF\xff\xff\xff\xffWEBPVP8 \xff\xff\xff\x7f" + bytes(400)
    yield "size.webp", b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0" + b"\xff\xff\xff" * 2 + bytes(8)
    for name, tags in {
        "loop": [(256, 100), (257, 100), (273, 8)],
        "vast": [(256, 2**31), (257, 2**31), (258, 8), (262, 2), (273, 8), (277, 3), (278, 2**31), (279, 2**32 - 1)],
        "strips": [(256, 9_000), (257, 9_000), (258, 8), (262, 1), (273, 2**32 - 1), (277, 1), (278, 1), (279, 9)],
        "tiles": [(256, 9_000), (257, 9_000), (258, 8), (262, 1), (277, 1), (322, 16), (323, 0), (324, 8), (325, 9)],
        "samples": [(256, 99), (257, 99), (258, 8), (262, 2), (273, 8), (277, 65_535), (278, 99), (279, 99)],
    }.items():
        yield f"tags-{name}.tif", _tiff(tags, following=8)


def _bombs(chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield little that becomes much."""
    for mode in ("1", "L", "P", "RGB", "RGBA", "I;16"):
        name = mode.replace(";", "-")
        yield f"bomb-{name}.png", _encoded(Image.new(mode, (9_400, 9_400)), "PNG", compress_level=1)
    yield "bomb.png", _png(40_000, 40_000, zlib.compress(bytes(2**22), 9))
    yield "bomb-16-bit.png", _png(9_400, 9_400, _zeros(9_400 * (1 + 8 * 9_400)), depth=16, kind=6)
    yield "bomb-interlaced.png", _png(9_000, 9_000, _zeros(9_000 * 3 * 9_010), kind=2, interlace=1)
    yield "bomb.gif", _encoded(Image.new("P", (9_400, 9_400)), "GIF")
    yield "bomb.tif", _encoded(Image.new("RGB", (9_400, 9_400)), "TIFF", compression="tiff_adobe_deflate")
    yield "bomb-lzw.tif", _encoded(Image.new("RGBA", (9_400, 9_400)), "TIFF", compression="tiff_lzw")
    yield "bomb.jpg", _encoded(Image.new("RGB", (9_400, 9_400)), "JPEG", quality=10)
    yield "bomb-progressive.jpg", _encoded(Image.new("L", (9_400, 9_400)), "JPEG", quality=10, progressive=True)
    yield "bomb.webp", _encoded(Image.new("RGB", (9_000, 9_000)), "WEBP", quality=1, method=0)
    yield "bomb.avif", _encoded(Image.new("RGB", (6_000, 6_000)), "AVIF", quality=1, speed=10)
    yield "bomb-over.webp", _encoded(Image.new("RGB", (16_383, 6_000)), "WEBP", quality=1, method=0)
    yield "scans.jpg", _many_scans(_encoded(Image.new("L", (8_000, 8_000)), "JPEG", progressive=True), 2_000)
    yield "chunks.png", _png(64, 64, zlib.compress(bytes(64 * 65)), before=_chunk(b"tIME", b"") * 400_000)
    yield "text.png", _png(64, 64, zlib.compress(bytes(64 * 65)), before=_chunk(b"zTXt", b"a\0\0" + _zeros(2**28)))
    yield "profile.png", _png(64, 64, zlib.compress(bytes(64 * 65)), before=_chunk(b"iCCP", b"a\0\0" + _zeros(2**28)))


def _frames() -> Iterator[tuple[str, bytes]]:
    """Yield films: only their first picture is looked at."""
    frames = [Image.new("P", (64, 64), n % 200) for n in range(400)]
    yield "film.gif", _encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    yield "film.png", _encoded(frames[0], "PNG", save_all=True, append_images=frames[1:])
    colours = [frame.convert("RGB") for frame in frames[:60]]
    yield "film.webp", _encoded(colours[0], "WEBP", save_all=True, append_images=colours[1:])
    yield "film.avif", _encoded(colours[0], "AVIF", save_all=True, append_images=colours[1:8], speed=10)
    yield "pages.tif", _encoded(colours[0], "TIFF", save_all=True, append_images=colours[1:])
    yield "pages.mpo", _encoded(colours[0], "MPO", save_all=True, append_images=colours[1:8])
    one = _encoded(frames[0], "GIF")
    yield "endless.gif", one[:-1] + one[one.index(b",") : -1] * 20_000


def _metadata(chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield sound pixels with senseless data about them."""
    photo = _photo(chance, 200, 120)
    for name, profile in {
        "huge": b"\0" * 10_000_000,
        "noise": chance.randbytes(4_000),
        "cut": _srgb()[:200],
        "length": b"\xff\xff\xff\xff" + _srgb()[4:],
        "tags": _srgb()[:128] + b"\xff\xff\xff\xff" + _srgb()[132:],
    }.items():
        yield f"profile-{name}.jpg", _encoded(photo, "JPEG", icc_profile=profile)
        yield f"profile-{name}.tif", _encoded(photo, "TIFF", icc_profile=profile)
    for name, exif in {
        "loop": _tiff([(0x112, 6), (0x8769, 8)], following=8),
        "camera-loop": _tiff([(0x8769, 8), (0x8825, 8), (0xA005, 8)], following=8),
        "turn-0": _tiff([(0x112, 0)]),
        "turn-99": _tiff([(0x112, 99)]),
        "count": b"II*\0\x08\0\0\0\xff\xff" + bytes(60),
        "out": b"II*\0\xff\xff\xff\x7f",
        "noise": b"MM\0*" + chance.randbytes(600),
        "long": _tiff([(0x10E, 2**31 - 1)], kind=2, count=2**31 - 1),
    }.items():
        yield f"exif-{name}.jpg", _encoded(photo, "JPEG", exif=b"Exif\0\0" + exif)
        yield f"exif-{name}.webp", _encoded(photo, "WEBP", exif=b"Exif\0\0" + exif)
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'
    yield "laughs.jpg", _encoded(photo, "JPEG", xmp=laughs)
    yield "deep-xmp.jpg", _encoded(photo, "JPEG", xmp=b"<a>" * 15_000)
    yield "comment.jpg", _encoded(photo, "JPEG", comment=b"\x1b]0;owned\x07" * 4_000)


def _photo(chance: random.Random, width: int, height: int) -> Image.Image:
    grain = np.random.default_rng(chance.randrange(2**32)).integers(0, 256, (height // 8, width // 8, 3), np.uint8)
    return Image.fromarray(grain).resize((width, height), Image.Resampling.BICUBIC)


def _lab(photo: Image.Image) -> Image.Image:
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    return ImageCms.applyTransform(photo, ImageCms.buildTransform(srgb, lab, "RGB", "LAB")) or photo


def _srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _png(
    width: int, height: int, data: bytes, *, depth: int = 8, kind: int = 0, interlace: int = 0, before: bytes = b""
) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + before + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _zeros(count: int) -> bytes:
    """Return so many zeros, compressed, without ever holding them."""
    packer = zlib.compressobj(1)
    parts = [packer.compress(bytes(min(2**24, count - at))) for at in range(0, count, 2**24)]
    return b"".join(parts) + packer.flush()


def _bmp(
    width: int, height: int, *, bits: int = 24, compression: int = 0, colours: int = 0, body: bytes = bytes(200)
) -> bytes:
    sides = struct.pack("<II", width & 0xFFFFFFFF, height & 0xFFFFFFFF)
    header = struct.pack("<I", 40) + sides + struct.pack("<HHIIIIII", 1, bits, compression, 0, 0, 0, colours, 0)
    return b"BM" + struct.pack("<IHHI", 14 + 40 + len(body), 0, 0, 54) + header + body


def _tiff(tags: list[tuple[int, int]], *, following: int = 0, kind: int = 4, count: int = 1) -> bytes:
    entries = b"".join(struct.pack("<HHII", tag, kind, count, value & 0xFFFFFFFF) for tag, value in tags)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + struct.pack("<I", following) + bytes(64)


def _many_scans(progressive: bytes, count: int) -> bytes:
    """Return a progressive JPEG whose last scan comes again and again: each is decoded over the whole picture."""
    last = progressive.rindex(b"\xff\xda")
    return progressive[:-2] + progressive[last:-2] * count + b"\xff\xd9"


assert set(FORMATS) <= set(ENDINGS)
