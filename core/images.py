"""From the bytes of a file to a verified, upright RGB picture with its thumbnail, colours and perceptual hash.

Everything that an untrusted file can do wrong ends here, in a `BadImage` with its reason. A photo is decoded once: a
JPEG at the scale that still leaves `DECODE_SIDE` pixels on its shorter side, which is more than any encoder looks at
and several times faster than decoding 24 megapixels to throw most of them away.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

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

# Pillow warns from 89 megapixels and refuses from twice that; here the caller's own limit decides, before any decoding.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """What is still a photo and no attack."""

    max_pixels: int = 89_000_000
    max_bytes: int = 64 * 2**20
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


def read_picture(data: bytes, *, name: str = "", limits: ImageLimits | None = None) -> Picture:
    """Verify and decode one photo. `name` is its file name, whose ending must tell the truth.

    Raises BadImage when the bytes are empty, too large, no picture, of another type than the ending says, cut off, or
    decode to more than `limits.max_pixels`.
    """
    limits = limits or ImageLimits()
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
            _check_header(opened, PurePath(name).suffix.lower(), limits)
            upright, size = _decode(opened)
    except BadImage:
        raise
    except UnidentifiedImageError as error:
        raise BadImage("This is not a picture in a known format (JPEG, PNG, WebP, AVIF, GIF, TIFF, BMP).") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(limits) from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, MemoryError) as error:
        # Pillow's plugins raise all of these on damaged files
        raise BadImage("The picture is broken or cut off.") from error
    return Picture(upright, *size, hash_bytes(data))


def read_format(data: bytes) -> str:
    """Return the format of a picture's bytes, a key of `ENDINGS`, without decoding it. Raises BadImage."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            return opened.format or ""
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadImage("This is not a picture in a known format (JPEG, PNG, WebP, AVIF, GIF, TIFF, BMP).") from error


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


def _decode(image: Image.Image) -> tuple[Image.Image, tuple[int, int]]:
    """Return the upright RGB picture, and the size of the original once upright."""
    width, height = image.size
    profile = image.info.get("icc_profile")
    if image.format in ("JPEG", "MPO"):
        scale = DECODE_SIDE / min(width, height)
        image.draft("RGB", (int(width * scale), int(height * scale)))
    image.load()
    turned = image.getexif().get(ExifTags.Base.Orientation, 1) in (5, 6, 7, 8)  # stored on its side
    upright = ImageOps.exif_transpose(image)
    return _to_rgb(upright, profile), (height, width) if turned else (width, height)


def _to_rgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        levels = np.asarray(image, np.float32)  # Pillow would clip 16-bit greys to white
        image = Image.fromarray((levels * (255 / max(levels.max(), 1))).clip(0, 255).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        paper = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(paper, rgba).convert("RGB")
    if profile and image.mode in ("RGB", "CMYK", "L"):
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
