"""Photos as files for the page: fetched from the desk, and kept in memory while there is room.

What is kept goes by the picture's own bytes, not by the photo's id: an id may be another photo's after one was removed.
"""

from __future__ import annotations

from collections import OrderedDict

from bot.desk import Desk
from bot.requests import Request

SMALL, LARGE = "small", "large"
SIZES = {SMALL: 250_000, LARGE: 4_000_000}  # bytes that a picture may have
KEPT_BYTES = 64 * 2**20
_BEGINNINGS = ((b"\x89PNG", "image/png"), (b"RIFF", "image/webp"))


class Pictures:
    """The pictures that were shown lately."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    async def tag(self, request: Request, photo_id: str, size: str) -> str | None:
        """Return what a photo's picture of a size goes by; None where it has none here. Raises NotFound."""
        async with self._desk.photo(request, photo_id) as (_, photo):
            return f"{photo.content_hash}-{size}" if photo.content_hash else None

    async def get(self, request: Request, photo_id: str, size: str, tag: str) -> bytes | None:
        """Return a photo as a file of a size; None where it has no picture here. Raises NotFound."""
        if (data := self._kept.get(tag)) is not None:
            self._kept.move_to_end(tag)
            return data
        data = await self._desk.picture(request, photo_id, SIZES[size], large=size == LARGE)
        if data is not None:
            self._keep(tag, data)
        return data

    def _keep(self, tag: str, data: bytes) -> None:
        self._bytes += len(data) - len(self._kept.pop(tag, b""))
        self._kept[tag] = data
        while self._bytes > KEPT_BYTES:
            self._bytes -= len(self._kept.popitem(last=False)[1])


def kind_of(data: bytes) -> str:
    """Return the media type of a picture that the desk gave, which is a JPEG, PNG or WebP."""
    return next((kind for beginning, kind in _BEGINNINGS if data.startswith(beginning)), "image/jpeg")
