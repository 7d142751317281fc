"""Photos as chats show them: made to fit into a message, and shown from their source where its terms ask for that."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image

from core.credits import on_unsplash
from core.errors import BadImage
from core.library import Library
from core.photos import Photo

LARGE_SIDE = 2048  # pixels; sharp on every screen, and a small part of what a camera gives
SHOWN_FROM = "https://*.unsplash.com"  # the one place that pictures are shown from instead of from here
QUALITIES = (88, 80, 70, 55)  # of JPEG, tried in turn until the file is small enough
HOTLINK_WIDTH = 1080  # pixels


def source_url(photo: Photo) -> str | None:
    """Return where a photo must be shown from, or None where a copy may be sent.

    Unsplash's guidelines ask for its own URLs, which also count the photo's views for its photographer.
    """
    if not on_unsplash(photo) or photo.image_url is None or not _is_unsplash_s(photo.image_url):
        return None
    return f"{photo.image_url}{'&' if '?' in photo.image_url else '?'}w={HOTLINK_WIDTH}&q=80&auto=format"


def _is_unsplash_s(url: str) -> bool:
    """Tell whether an address is Unsplash's own: a record may come from anybody, and name any place."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme == "https" and parts.netloc == host and host.endswith(".unsplash.com")


def loader(library: Library, photo: Photo, *, large: bool) -> Callable[[int], Awaitable[bytes | None]]:
    """Return what reads a photo as a file of at most so many bytes; it gives None where there is no picture here."""

    async def load(max_bytes: int) -> bytes | None:
        return await library.decoders.soon(lambda: _read(library, photo, large, max_bytes))

    return load


def _read(library: Library, photo: Photo, large: bool, max_bytes: int) -> bytes | None:
    thumbnail = library.thumbnail(photo)
    if not large and thumbnail is not None:
        data = thumbnail.read_bytes()
        if len(data) <= max_bytes:
            return data
    for path in filter(None, (Path(photo.path) if photo.path else None, thumbnail)):
        try:
            image = library.decoders.reduced(path.read_bytes(), LARGE_SIDE)
        except (BadImage, OSError):
            continue
        return _fitted(image, max_bytes)
    return None


def _fitted(image: Image.Image, max_bytes: int) -> bytes | None:
    """Return an image as a JPEG that fits, or None when even a small one does not."""
    side = LARGE_SIDE
    while side >= 64:
        image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
        for quality in QUALITIES:
            file = io.BytesIO()
            image.save(file, "JPEG", quality=quality, optimize=True)
            if file.tell() <= max_bytes:
                return file.getvalue()
        side //= 2
    return None
