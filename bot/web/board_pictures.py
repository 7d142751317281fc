"""Pictures of boards for the page: collages and palettes, drawn beside the event loop, and kept while there is room.

An entry of a conversation shows a board as it was when it was written, with the credits that belong to it; so a picture
is drawn of the revision that is asked for.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal

from PIL import Image

from bot.desk import Desk
from core.boards.collage import draw_collage, encode_collage
from core.boards.palette import draw_palette
from core.boards.showing import ShownBoard
from core.errors import NotFound

MOST_BYTES = 3_000_000  # of a collage
PREVIEW_PX, PREVIEW_QUALITY = 720, 82  # of a collage in the list of boards
KEPT_BYTES = 32 * 2**20
Shows = Literal["collage", "preview", "palette"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One picture of a board. `tag` is another one as soon as the picture would be another one."""

    shown: ShownBoard
    shows: Shows
    dark: bool
    tag: str


class BoardPictures:
    """The pictures of boards that were shown lately."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._drawing = asyncio.Lock()  # one at a time: they are large, and others want the processor too

    async def wanted(
        self, workspace: str, board_id: str, shows: Shows, *, revision: int | None, dark: bool = False
    ) -> Wanted:
        """Return what is to be drawn: a board of the workspace at a revision. Raises NotFound."""
        async with self._desk.boards.see(workspace, board_id) as seen:
            boards = seen.boards
            now = await boards.shelf.board(board_id)
            if now.deleted:
                raise NotFound("This board is not here any more.")
            known = revision if revision and 0 < revision < now.revision else None
            board = await boards.shelf.board(board_id, revision=known) if known else now
            shown = await boards.shown(board)
        looks = [(pin.number, pin.photo.content_hash, pin.credit.html, pin.gone) for pin in shown.pins]
        parts = (board_id, board.revision, shows, dark and shows != "palette", looks)
        return Wanted(shown, shows, dark, hashlib.sha256(repr(parts).encode()).hexdigest()[:32])

    async def draw(self, wanted: Wanted) -> bytes | None:
        """Return a picture as a file; None where it can't be drawn."""
        async with self._drawing:
            if (data := self._kept.get(wanted.tag)) is not None:
                self._kept.move_to_end(wanted.tag)
                return data
            data = await asyncio.to_thread(_draw, wanted)
            if data is not None:
                self._keep(wanted.tag, data)
            return data

    def _keep(self, tag: str, data: bytes) -> None:
        self._kept[tag] = data
        self._bytes += len(data)
        while self._bytes > KEPT_BYTES:
            self._bytes -= len(self._kept.popitem(last=False)[1])


def _draw(wanted: Wanted) -> bytes | None:
    if wanted.shows == "collage":
        return encode_collage(wanted.shown, max_bytes=MOST_BYTES, dark=wanted.dark)
    if wanted.shows == "palette":
        return _file(draw_palette(wanted.shown.palette), "PNG") if wanted.shown.palette else None
    return _file(draw_collage(wanted.shown, width_px=PREVIEW_PX, dark=wanted.dark), "JPEG")


def _file(image: Image.Image, kind: str) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, quality=PREVIEW_QUALITY)
    return written.getvalue()
