"""A board as a file, and what the user must know of it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from core.boards.showing import ShownBoard
from core.errors import Message
from core.file_names import NAME_BYTES


@dataclass(frozen=True, slots=True)
class Exported:
    """A board as a file."""

    name: str  # with its version and ending; safe on every system
    data: bytes
    notices: tuple[Message, ...] = ()  # what the user must know


def file_name(shown: ShownBoard, ending: str) -> str:
    """Return the name of a board's file."""
    return f"{slug(shown.board.name, 'board')}-v{max(shown.board.version, 1)}.{ending}"


def slug(text: str, otherwise: str) -> str:
    """Return a text as part of a file name: lower-case letters and digits of any script, and dashes."""
    composed = unicodedata.normalize("NFKC", text).lower()
    dashed = re.sub(r"[\W_]+", "-", composed).strip("-")
    cut = dashed.encode(errors="ignore")[:NAME_BYTES].decode(errors="ignore").strip("-")
    return cut or otherwise


def reduced_to(px: int) -> Message:
    """Return the notice that pictures were made smaller."""
    return Message("Pictures are reduced to {px} pixels so that the file can be sent.", {"px": px})
