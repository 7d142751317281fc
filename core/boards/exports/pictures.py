"""The pictures of a board, as large as a form needs them. What is missing or damaged gives no picture and no error."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

from PIL import Image, ImageOps

from core.boards.showing import ShownPin
from core.errors import BadImage
from core.images import DECODE_SIDE, FORMATS, read_picture

QUALITY: Final = 84
THUMBNAIL_PX: Final = 512
_WORKERS: Final = min(4, os.cpu_count() or 1)
_DAMAGED: Final = (
    *(BadImage, OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, MemoryError),
    *(Image.DecompressionBombError, Image.DecompressionBombWarning),
)
_T = TypeVar("_T")


def picture(pin: ShownPin, px: int, *, srgb: bool = True) -> Image.Image | None:
    """Return a photo, upright and in RGB, at most `px` on its longer side; None where there is none.

    Where it need not be sRGB, it may keep the colours of its file, with their profile; that is several times faster.
    """
    for path in _files(pin, px):
        try:
            return _opened(path, px, srgb=srgb)
        except _DAMAGED:
            continue
    return None


def jpeg(pin: ShownPin, px: int, quality: int = QUALITY) -> bytes | None:
    """Return a photo as a JPEG, at most `px` on its longer side; None where there is none."""
    image = picture(pin, px, srgb=False)
    return None if image is None else encoded(image, quality)


def encoded(image: Image.Image, quality: int = QUALITY) -> bytes:
    """Return an image as a JPEG, with its colour profile where it has one."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality, optimize=True, icc_profile=image.info.get("icc_profile"))
    return file.getvalue()


def each(pins: Iterable[ShownPin], make: Callable[[ShownPin], _T]) -> Iterator[_T]:
    """Yield what is made of each pin, in order, a few at a time."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        rest = iter(pins)
        while chunk := list(islice(rest, 2 * _WORKERS)):
            yield from pool.map(make, chunk)


def _files(pin: ShownPin, px: int) -> list[Path]:
    """Return the files to try: the thumbnail first where it is large enough. A photo that is gone is not shown."""
    if pin.gone:
        return []
    order = (pin.thumbnail, pin.original) if px <= THUMBNAIL_PX else (pin.original, pin.thumbnail)
    return [path for path in order if path is not None]


def _opened(path: Path, px: int, *, srgb: bool) -> Image.Image:
    data = path.read_bytes()
    image = None if srgb and px <= DECODE_SIDE else _decoded_as_needed(data, px, srgb=srgb)
    if image is None:
        image = read_picture(data).image
    if max(image.size) > px:
        image.thumbnail((px, px), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return image


def _decoded_as_needed(data: bytes, px: int, *, srgb: bool) -> Image.Image | None:
    """Decode a JPEG at the scale that is needed, with its colours as they are; None for what `read_picture` must do.

    That decodes large JPEGs only as far as encoders look, and small ones further than thumbnails need. A file with too
    many pixels is refused here as there, when it is opened.
    """
    with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
        profile = opened.info.get("icc_profile")
        if opened.format not in ("JPEG", "MPO") or opened.mode != "RGB" or (profile and srgb):
            return None
        scale = px / max(opened.size)
        opened.draft("RGB", (max(1, int(opened.width * scale)), max(1, int(opened.height * scale))))
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    upright.info = {"icc_profile": profile} if profile else {}
    return upright
