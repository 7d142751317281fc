"""From the bytes of a file to a verified, upright RGB picture with its thumbnail, colours and perceptual hash.

Everything that an untrusted file can do wrong ends in a `BadImage` with its reason. What reads a file's pixels runs in
a process of its own (`core.decoding`) and nowhere else. A photo is decoded once: a JPEG at the scale that still leaves
`DECODE_SIDE` pixels on its shorter side, which is more than any encoder looks at and several times faster than decoding
24 megapixels to throw most of them away. What comes out larger is reduced to that by whole steps, strip by strip, so
that no second picture of its full size is ever held.
"""

from __future__ import annotations

import hashlib
import io
import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import TypeAlias

import numpy as np
from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError

from core import colours
from core.errors import BadImage
from core.photos import Colour

# What a file may hold, and the endings that say so. MPO is what cameras and phones write as .jpg.
ENDINGS: dict[str, frozenset[str]] = {
    "JPEG": frozenset({".jpg", ".jpeg", ".jpe", ".jfif"}),
    "MPO": frozenset({".jpg", ".jpeg", ".jpe", ".mpo"}),
    "PNG": frozenset({".png", ".apng"}),
    "WEBP": frozenset({".webp"}),
    "AVIF": frozenset({".avif", ".avifs"}),
    "GIF": frozenset({".gif"}),
    "TIFF": frozenset({".tif", ".tiff"}),
    "BMP": frozenset({".bmp"}),
}
FORMATS = tuple(name for name in ENDINGS if name != "MPO")  # which Pillow opens as JPEG
KNOWN_ENDINGS = frozenset().union(*ENDINGS.values())
DECODE_SIDE = 720  # pixels; twice what the largest common encoder input (336) needs, with room for its resampling
THUMBNAIL_QUALITY = 82
START_OF_SCAN = b"\xff\xda"  # stands nowhere else in a JPEG's data
MOST_SCANS = 100  # of a JPEG; progressive ones have about ten, and each is decoded over the whole picture
MOST_OF_A_BASELINE = 2**23  # pixels that are held of a JPEG, which is decoded at a smaller scale
STRIP_PIXELS = 2**21  # of a picture that is reduced strip by strip
PROFILE_BYTES = 4 * 2**20  # a larger colour profile is none; those of printers have up to 3 MB
TURNS = {  # by EXIF's orientation
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = frozenset({TURNS[n] for n in (5, 6, 7, 8)})

# Pillow warns from 89 megapixels and refuses from twice that; here the caller's own limit decides, before any decoding.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


Needs: TypeAlias = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """What is still a photo and no attack."""

    max_pixels: int = 89_000_000
    max_bytes: int = 64 * 2**20
    max_memory_bytes: int = 512 * 2**20  # while it is decoded; all that are decoded at once share it
    max_s: float = 10.0  # of a processor; a photo with as many pixels as may be takes some seconds
    min_side: int = 8  # pixels; tracking pixels and spacers are no photos


@dataclass(frozen=True, slots=True)
class Picture:
    """One verified photo, upright and in RGB."""

    image: Image.Image  # at least DECODE_SIDE on its shorter side, or its own size when that is smaller
    width: int  # pixels of the original, orientation applied
    height: int
    content_hash: str  # SHA-256 of the file's bytes


@dataclass(frozen=True, slots=True)
class Look:
    """What is kept of how a photo looks."""

    thumbnail: bytes  # JPEG
    average_colour: str
    colours: tuple[Colour, ...]
    phash: int


def hash_bytes(data: bytes) -> str:
    """Return the name that the same bytes always have: SHA-256, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def read_picture(
    data: bytes, *, name: str = "", limits: ImageLimits | None = None, needs: Needs = lambda _: None
) -> Picture:
    """Verify and decode one photo. `name` is its file name, whose ending must tell the truth.

    `needs` is told how many bytes decoding may take, before it takes them.

    Raises BadImage when the bytes are empty, too large, no picture, of another type than the ending says, cut off, or
    decode to more than `limits.max_pixels`; and whatever decoders raise on files that are made to break them.
    """
    limits = limits or ImageLimits()
    with _opened(data, limits) as opened:
        _check_header(opened, PurePath(name).suffix.lower(), limits)
        needs(_memory_for(opened))
        upright, size = _decode(opened)
    return Picture(upright, *size, hash_bytes(data))


def read_reduced(
    data: bytes, px: int, *, srgb: bool, limits: ImageLimits | None = None, needs: Needs = lambda _: None
) -> Image.Image:
    """Return a photo, upright and in RGB, with its longer side at most `px` pixels, or as large as it is.

    Where it need not be sRGB, it may keep the colours of its file, with their profile in `info["icc_profile"]`; that is
    several times faster. Raises as `read_picture` does.
    """
    limits = limits or ImageLimits()
    with _opened(data, limits) as opened:
        _check_header(opened, "", limits)
        needs(_memory_for(opened))
        image = _as_needed(opened, px, srgb=srgb)
    if max(image.size) > px:
        image.thumbnail((px, px), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return image


def read_format(data: bytes, *, limits: ImageLimits | None = None) -> str:
    """Return the format of a picture's bytes, a key of `ENDINGS`, without decoding it. Raises as `read_picture`."""
    with _opened(data, limits or ImageLimits()) as opened:
        return opened.format or ""


def look_of(image: Image.Image, *, thumbnail_px: int = 512) -> Look:
    """Return the thumbnail (JPEG, longer side at most `thumbnail_px`), colours and perceptual hash of an RGB image."""
    small = image.copy()
    # by whole steps first: a tenth of the time, and less than a factor of two is left to the filter
    small.thumbnail((thumbnail_px, thumbnail_px), Image.Resampling.LANCZOS, reducing_gap=1.0)
    encoded = io.BytesIO()
    small.save(encoded, "JPEG", quality=THUMBNAIL_QUALITY)
    tiny = colours.shrunken(small)
    return Look(encoded.getvalue(), colours.average(tiny), colours.palette(tiny), perceptual_hash(small))


def perceptual_hash(image: Image.Image) -> int:
    """Return the 64-bit pHash of an image: similar pictures differ in few bits.

    The signs, against their median, of the 8x8 lowest frequencies of a discrete cosine transform of the picture in
    32x32 greys (C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010).
    """
    grey = np.asarray(image.resize((32, 32), Image.Resampling.BOX).convert("L"), np.float32)
    low = (_COSINES @ grey @ _COSINES.T).ravel()
    return int.from_bytes(np.packbits(low > np.median(low[1:])).tobytes(), "big")


def _cosine_rows() -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    frequency, sample = np.arange(8)[:, None], np.arange(32)[None, :]
    return np.cos(np.pi * frequency * (2 * sample + 1) / 64).astype(np.float32)


_COSINES = _cosine_rows()  # (8, 32): the rows of the transform that are kept


@contextmanager
def _opened(data: bytes, limits: ImageLimits) -> Iterator[Image.Image]:
    """Yield a picture whose header was read; turn what is wrong with it, there or later, into BadImage."""
    if not data:
        raise BadImage("The file is empty.")
    if len(data) > limits.max_bytes:
        raise BadImage(
            "The file is {size:.0f} MB; at most {most:.0f} MB are taken.",
            size=len(data) / 2**20,
            most=limits.max_bytes / 2**20,
        )
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            if opened.format in ("JPEG", "MPO") and data.count(START_OF_SCAN) > MOST_SCANS:
                raise BadImage("The picture is made of too many parts. Save it as an ordinary JPEG, then try again.")
            yield opened
    except UnidentifiedImageError as error:
        raise BadImage("This is not a picture in a known format (JPEG, PNG, WebP, AVIF, GIF, TIFF, BMP).") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(limits) from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError) as error:
        # Pillow's plugins raise all of these on damaged files
        raise BadImage("The picture is broken or cut off.") from error


def _check_header(image: Image.Image, ending: str, limits: ImageLimits) -> None:
    if ending and ending in KNOWN_ENDINGS and ending not in ENDINGS[image.format or ""]:
        raise BadImage(
            "The file is a {format} but is named {ending}. Rename it, then import it again.",
            format=image.format,
            ending=ending,
        )
    width, height = image.size
    if width * height > limits.max_pixels:
        raise _too_many_pixels(limits)
    if min(width, height) < limits.min_side:
        raise BadImage("The picture is only {width} x {height} pixels.", width=width, height=height)


def _memory_for(image: Image.Image) -> int:
    """Return about how many bytes decoding takes at most: the pixels as Pillow holds them, and as decoders do."""
    pixels = image.width * image.height
    if image.format in ("JPEG", "MPO") and not image.info.get("progressive"):
        return min(pixels, MOST_OF_A_BASELINE) * 4
    level = 1 if image.mode in ("1", "L", "P") else 2 if image.mode.startswith("I;16") else 4
    return pixels * level * (1 if image.format in ("PNG", "BMP", "GIF") else 2)


def _decode(image: Image.Image) -> tuple[Image.Image, tuple[int, int]]:
    """Return the upright RGB picture, and the size of the original once upright."""
    width, height = image.size
    profile = image.info.get("icc_profile")
    if image.format in ("JPEG", "MPO"):
        scale = DECODE_SIDE / min(width, height)
        image.draft("RGB", (int(width * scale), int(height * scale)))
    image.load()
    turn = _turn(image)
    upright = _to_rgb(_reduced(image), profile)
    size = (height, width) if turn in SIDEWAYS else (width, height)
    return (upright if turn is None else upright.transpose(turn)), size


def _as_needed(image: Image.Image, px: int, *, srgb: bool) -> Image.Image:
    """Decode as much of a photo as `px` pixels need."""
    profile = image.info.get("icc_profile")
    keeps_colours = image.format in ("JPEG", "MPO") and image.mode == "RGB" and not (profile and srgb)
    if not keeps_colours or (srgb and px <= DECODE_SIDE):
        return _decode(image)[0]
    scale = px / max(image.size)
    image.draft("RGB", (max(1, int(image.width * scale)), max(1, int(image.height * scale))))
    image.load()
    turn = _turn(image)
    upright = image.convert("RGB") if turn is None else image.convert("RGB").transpose(turn)
    upright.info = {"icc_profile": profile} if profile else {}
    return upright


def _turn(image: Image.Image) -> Image.Transpose | None:
    """Return what stands a photo upright; None where its EXIF data ask for nothing, or can't be read."""
    try:
        return TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # EXIF data may be damaged in every way, and the picture be sound
        return None


def _reduced(image: Image.Image) -> Image.Image:
    """Return a large picture smaller by a whole factor, its shorter side at least DECODE_SIDE; others as they are."""
    factor = min(image.size) // DECODE_SIDE
    if factor < 2:
        return image
    levels = _most(image) if _is_deep(image) else None
    direct = image.mode in ("RGB", "CMYK", "L") and "transparency" not in image.info
    width, height = (-(-side // factor) for side in image.size)
    small = Image.new(image.mode if direct else "RGB", (width, height))
    rows = factor * max(STRIP_PIXELS // (image.width * factor), 1)
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        small.paste((strip if direct else _to_rgb(strip, None, levels)).reduce(factor), (0, top // factor))
    return small


def _is_deep(image: Image.Image) -> bool:
    return image.mode.startswith("I;16") or image.mode in ("I", "F")


def _most(image: Image.Image) -> float:
    """Return the lightest level of a picture with more than 8 bits a level."""
    lightest = image.getextrema()[1]
    return max(float(lightest), 1.0) if isinstance(lightest, int | float) and math.isfinite(lightest) else 1.0


def _to_rgb(image: Image.Image, profile: bytes | None, most: float | None = None) -> Image.Image:
    """Return an image in RGB; `most` is the lightest level of the whole picture of which it is a part."""
    if _is_deep(image):
        levels = np.nan_to_num(np.asarray(image, np.float32))  # Pillow would clip 16-bit greys to white
        image = Image.fromarray((levels * (255 / (most or _most(image)))).clip(0, 255).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        paper = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(paper, rgba).convert("RGB")
    if profile and len(profile) <= PROFILE_BYTES and image.mode in ("RGB", "CMYK", "L"):
        image = _to_srgb(image, profile)
    return image.convert("RGB")


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert a wide-gamut photo to sRGB, which encoders and screens expect; one with a senseless profile stays."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(source).lower().replace(" ", ""):
            return image
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return converted or image


def _too_many_pixels(limits: ImageLimits) -> BadImage:
    return BadImage(
        "The picture has more than {most:.0f} megapixels, which is the limit.", most=limits.max_pixels / 1e6
    )
