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


def picture(pin: ShownPin, px: int) -> Image.Image | None:
    """Return a photo, upright and in RGB, at most `px` on its longer side; None where there is none."""
    for path in _files(pin, px):
        try:
            return _opened(path, px)
        except _DAMAGED:
            continue
    return None


def jpeg(pin: ShownPin, px: int, quality: int = QUALITY) -> bytes | None:
    """Return a photo as a JPEG, at most `px` on its longer side; None where there is none."""
    image = picture(pin, px)
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


def _opened(path: Path, px: int) -> Image.Image:
    data = path.read_bytes()
    image = _decoded_large(data, px) if px > DECODE_SIDE else None
    if image is None:
        image = read_picture(data).image
    if max(image.size) > px:
        image.thumbnail((px, px), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return image


def _decoded_large(data: bytes, px: int) -> Image.Image | None:
    """Decode a JPEG at the scale that is needed, with its colours as they are; None for any other picture.

    `read_picture` decodes large JPEGs only as far as encoders look. It is asked as well, so that nothing is decoded
    here that it would refuse.
    """
    with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
        if opened.format not in ("JPEG", "MPO") or opened.mode != "RGB":
            return None
        read_picture(data)
        profile = opened.info.get("icc_profile")
        scale = px / max(opened.size)
        opened.draft("RGB", (max(1, int(opened.width * scale)), max(1, int(opened.height * scale))))
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    upright.info = {"icc_profile": profile} if profile else {}
    return upright
