"""Mood boards in the forms in which they are handed on, each with the credit of every photo.

A form is a module of its own and says only what `wording` gives it, so that no form can say less than another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.boards.exports.archive import export_zip
from core.boards.exports.exported import Exported
from core.boards.exports.json_board import BoardContent, content_of, export_json, import_changes, read_board_json
from core.boards.exports.page import export_page
from core.boards.exports.pdf import export_pdf
from core.boards.exports.sheet import export_sheet
from core.boards.exports.texts import export_csv, export_markdown
from core.boards.showing import ShownBoard
from core.errors import BadRecord

__all__ = ["FORMATS", "BoardContent", "Exported", "content_of", "export", "import_changes", "read_board_json"]

_MAKERS: dict[str, Callable[[ShownBoard, int | None], Exported]] = {
    "png": export_sheet,
    "pdf": export_pdf,
    "zip": export_zip,
    "html": export_page,
    "md": export_markdown,
    "csv": export_csv,
    "json": export_json,
}
FORMATS: tuple[str, ...] = tuple(_MAKERS)


def export(
    shown: ShownBoard,
    format: str,  # noqa: A002
    *,
    max_bytes: int | None = None,
    only_picked: bool = False,
) -> Exported:
    """Return a board as a file in one of `FORMATS`, of at most `max_bytes`. It blocks: call it on a thread.

    Raises BadRecord for another format, for a board without photos (or picks), and where it can't be made to fit.
    """
    make = _MAKERS.get(format)
    if make is None:
        raise BadRecord(
            "A board can't be exported as {format!r}. Take one of {formats}.",
            format=format,
            formats=", ".join(FORMATS),
        )
    if not shown.pins:
        raise BadRecord("There is nothing on this board yet. Pin photos to it first.")
    if only_picked:
        shown = _picked(shown)
    exported = make(shown, max_bytes)
    if max_bytes is not None and len(exported.data) > max_bytes:
        raise BadRecord(
            "The board takes {size:.1f} MB as {format}, and at most {most:.1f} MB can be sent. "
            "Export only what is picked, or take another format.",
            size=len(exported.data) / 1e6,
            format=format,
            most=max_bytes / 1e6,
        )
    return exported


def _picked(shown: ShownBoard) -> ShownBoard:
    parts = tuple((section, tuple(pin for pin in pins if pin.picked)) for section, pins in shown.parts)
    parts = tuple((section, pins) for section, pins in parts if pins)
    if not parts:
        raise BadRecord("Nothing on this board is picked yet. Decide first, or export the whole board.")
    return replace(shown, parts=parts)
