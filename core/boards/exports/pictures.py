"""The pictures of a board, as large as a form needs them. What is missing or damaged gives no picture and no error."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Final, TypeVar

from PIL import Image

from core.boards.showing import ShownPin
from core.errors import BadImage

QUALITY: Final = 84
THUMBNAIL_PX: Final = 512
_WORKERS: Final = min(4, os.cpu_count() or 1)
_DAMAGED: Final = (BadImage, OSError, SyntaxError, ValueError)  # Pillow raises the last three for thumbnails
_T = TypeVar("_T")


def picture(pin: ShownPin, px: int, *, srgb: bool = True) -> Image.Image | None:
    """Return a photo, upright and in RGB, at most `px` on its longer side; None where there is none.

    Where it need not be sRGB, it may keep the colours of its file, with their profile; that is several times faster.
    """
    if pin.gone:
        return None
    readers = (_from_thumbnail, _from_original) if px <= THUMBNAIL_PX else (_from_original, _from_thumbnail)
    for read in readers:
        try:
            if (image := read(pin, px, srgb)) is not None:
                return image
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


def _from_thumbnail(pin: ShownPin, px: int, srgb: bool) -> Image.Image | None:  # noqa: ARG001 - it is in sRGB
    if pin.thumbnail is None:
        return None
    with Image.open(pin.thumbnail, formats=("JPEG",)) as opened:
        image = opened.convert("RGB")
    if max(image.size) > px:
        image.thumbnail((px, px), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return image


def _from_original(pin: ShownPin, px: int, srgb: bool) -> Image.Image | None:
    return None if pin.original is None else pin.original.image(px, srgb=srgb)
