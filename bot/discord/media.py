"""Pictures and files of a message: brought when it is drawn, each with its share of what the message may carry."""

from __future__ import annotations

import asyncio
import io
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import discord

from bot.replies import Panel, PhotoCard, Picture
from core.file_names import no_device

MOST_FILES = 10
ENVELOPE_BYTES = 64 * 1024  # what a message takes beside its files
URL_CHARACTERS = 2048
LOAD_S = 60.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Cargo:
    """The files of one message, within its limits. Names are made such that Discord does not change them."""

    room: int  # bytes
    files: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, data: bytes) -> str | None:
        """Take a file in; return the name it has got, or None when there is no room for it."""
        if len(self.files) >= MOST_FILES or len(data) > self.room:
            return None
        self.room -= len(data)
        given = self._free(name)
        self.files[given] = data
        return given

    def opened(self) -> list[discord.File]:
        """Return the files, to be sent once."""
        return [discord.File(io.BytesIO(data), name) for name, data in self.files.items()]

    def _free(self, name: str) -> str:
        stem, dot, suffix = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._").rpartition(".")
        stem, suffix = (stem, suffix[:10]) if dot else (suffix, "")
        stem = re.sub(r"^(SPOILER_)+", "", stem)[:80] or "file"  # would be hidden
        stem = no_device(stem)
        names = (f"{stem}{f'-{n}' if n else ''}{dot}{suffix}" for n in range(len(self.files) + 1))
        return next(name for name in names if name not in self.files)


async def load_pictures(cards: Sequence[PhotoCard], cargo: Cargo) -> dict[int, str]:
    """Bring the pictures of cards, all at once, and put them into the cargo.

    Returns the URL under which each is shown, by the card's number. Cards whose picture can't be had are absent.
    """
    shown = {card.number: url for card in cards if (url := _source_url(card.picture))}
    copied = [card for card in cards if card.number not in shown][: MOST_FILES - len(cargo.files)]
    if copied:
        share = cargo.room // len(copied)
        for card, data in zip(
            copied, await asyncio.gather(*(_load(card.picture, card.id, share) for card in copied)), strict=True
        ):
            name = cargo.add(card.picture.name, data) if data and len(data) <= share else None
            if name:
                shown[card.number] = f"attachment://{name}"
    return shown


async def load_panel(panel: Panel, cargo: Cargo) -> str | None:
    """Bring the picture of a board, and return the URL under which it is shown; None where it can't be had."""
    data = await _load(panel.picture, panel.board, cargo.room)
    name = cargo.add(panel.picture.name, data) if data else None
    return f"attachment://{name}" if name else None


def _source_url(picture: Picture) -> str | None:
    url = picture.url
    return url if url and url.startswith(("https://", "http://")) and len(url) <= URL_CHARACTERS else None


async def _load(picture: Picture, of: str, most: int) -> bytes | None:
    if picture.load is None:
        return None
    try:
        async with asyncio.timeout(LOAD_S):
            return await picture.load(most)
    except Exception:  # a card without its picture is better than no answer
        log.warning("a picture could not be read", extra={"of": of}, exc_info=True)
        return None
