"""Photos as files for the page: fetched from the desk, kept in memory while there is room, and measured.

The page lays photos out before they arrive, so it is told how wide each is for its height.
"""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Mapping

from PIL import ExifTags, Image

from bot.desk import Desk
from bot.replies import PhotoCard
from bot.requests import Request
from core.errors import ModaclipError

SMALL, LARGE = "small", "large"
SIZES = {SMALL: 250_000, LARGE: 4_000_000}  # bytes that a picture may have
KEPT_BYTES = 64 * 2**20
_TURNED = range(5, 9)  # orientations in EXIF that lay a picture on its side
_BEGINNINGS = ((b"\x89PNG", "image/png"), (b"RIFF", "image/webp"))


class Pictures:
    """The photos that were shown lately."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._kept: OrderedDict[tuple[str, str, str], bytes] = OrderedDict()
        self._bytes = 0

    async def get(self, request: Request, photo_id: str, size: str) -> bytes | None:
        """Return a photo as a file of a size; None where it has no picture here. Raises NotFound."""
        size = size if size in SIZES else SMALL
        key = (request.workspace, photo_id, size)
        if (data := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return data
        data = await self._desk.picture(request, photo_id, SIZES[size])
        if data is not None:
            self._keep(key, data)
        return data

    async def ratio(self, request: Request, card: PhotoCard, size: str) -> float | None:
        """Return the width of a card's picture by its height, or None where that can't be known before it is shown."""
        if card.picture.url is not None:
            return None
        try:
            data = await self.get(request, card.id, size)
            return None if data is None else _ratio(data)
        except (ModaclipError, OSError, ValueError, Image.DecompressionBombError):
            return None

    def _keep(self, key: tuple[str, str, str], data: bytes) -> None:
        self._bytes += len(data) - len(self._kept.pop(key, b""))
        self._kept[key] = data
        while self._bytes > KEPT_BYTES:
            self._bytes -= len(self._kept.popitem(last=False)[1])


def kind_of(data: bytes) -> str:
    """Return the media type of a picture that the desk gave, which is a JPEG, PNG or WebP."""
    return next((kind for beginning, kind in _BEGINNINGS if data.startswith(beginning)), "image/jpeg")


async def ratios_of(pictures: Pictures, request: Request, cards: tuple[PhotoCard, ...]) -> Mapping[str, float]:
    """Return the ratios of the cards' pictures, by photo, as far as they are known."""
    size = LARGE if len(cards) == 1 else SMALL
    found = {card.id: await pictures.ratio(request, card, size) for card in cards}
    return {photo_id: ratio for photo_id, ratio in found.items() if ratio is not None}


def _ratio(data: bytes) -> float:
    with Image.open(io.BytesIO(data)) as picture:  # reads the head only
        width, height = picture.size
        turned = picture.getexif().get(ExifTags.Base.Orientation) in _TURNED
    return round(height / width if turned else width / height, 4)
