"""How the command line shows things: hits as lines or JSON, reports in a few words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.json_lines import json_line
from core.ingest import ImportReport
from core.library import Library
from core.photos import Credit, Photo
from core.search import Hit, Page
from core.sheets import SheetCell

SHOWN_SKIPS = 10
SHOWN_REASONS = 3
SHOWN_CHARACTERS = 60  # of a photo's title or description on a line
STYLES = {"strong": "green", "good": "yellow", "weak": "dim"}


def hit_record(hit: Hit) -> dict[str, Any]:
    """Return a hit as scripts get it: the same fields on every line, None where nothing is known."""
    photo = hit.photo
    return {
        "rank": hit.rank,
        "id": photo.id,
        "path": photo.path,
        "title": photo.title,
        "score": round(hit.score, 6),
        "match": hit.match,
        "credit": credit_record(hit.credit),
        "tags": tag_names(photo),
        "width": photo.width,
        "height": photo.height,
    }


def credit_record(credit: Credit) -> dict[str, Any]:
    """Return a credit as scripts get it."""
    return {"name": credit.name, "url": credit.url, "text": credit.text, "html": credit.html}


def sheet_cells(library: Library, page: Page) -> list[SheetCell]:
    """Return the hits of a page as they stand on a contact sheet."""
    return [
        SheetCell(
            image=library.thumbnail(hit.photo),
            credit=hit.credit.text,
            title=hit.photo.title,
            match=hit.match,
            rank=hit.rank,
            colour=hit.photo.average_colour,
        )
        for hit in page.hits
    ]


def tag_names(photo: Photo) -> list[str]:
    """Return the names of a photo's tags, each once."""
    return list(dict.fromkeys(tag.name for tag in photo.tags))


def print_json(records: Iterable[dict[str, Any]]) -> None:
    """Print one object a line, in UTF-8 whatever the terminal says."""
    for record in records:
        print(json_line(record))  # noqa: T201 - this is what the command is for


def print_page(console: Console, page: Page) -> None:
    """Print the hits of a page: rank, match, id, title, credit."""
    for notice in page.notices:
        console.print(f"[yellow]{escape(str(notice))}[/]")
    if not page.hits:
        console.print("Nothing found.")
        return
    if not page.matches:
        console.print("Nothing here matches; these are the closest:")
    table = Table(box=None, pad_edge=False, show_header=False)
    for justify in ("right", "left", "left", "left", "left"):
        table.add_column(justify=justify)
    for hit in page.hits:
        alike = f" (and {len(hit.alike)} alike)" if hit.alike else ""
        table.add_row(
            f"{hit.rank}",
            f"[{STYLES[hit.match]}]{hit.match} {hit.score:.2f}[/]",
            escape(hit.photo.id),
            escape(_called(hit.photo) + alike),
            escape(hit.credit.text),
        )
    console.print(table)


def print_photo(console: Console, photo: Photo, credit: Credit) -> None:
    """Print all that is known of a photo."""
    colours = ", ".join(f"{colour.hex} {colour.share:.0%}" for colour in photo.colours)
    size = f"{photo.width} x {photo.height}, {photo.orientation}" if photo.width and photo.height else None
    tags = ", ".join(f"{tag.name} ({tag.origin})" for tag in photo.tags)
    rows = {
        "id": photo.id,
        "credit": credit.text,
        "title": photo.title,
        "description": photo.description,
        "tags": tags,
        "size": size,
        "colours": colours,
        "place": photo.place,
        "taken": photo.taken_at and f"{photo.taken_at:%Y-%m-%d}",
        "published": photo.published_at and f"{photo.published_at:%Y-%m-%d}",
        "licence": photo.licence,
        "photographer's page": photo.photographer.profile_url,
        "photo's page": photo.page_url,
        "picture": photo.image_url,
        "file": photo.path,
        "source": photo.source,
    }
    for name, value in rows.items():
        if value:
            console.print(f"[dim]{name}[/] {escape(str(value))}", soft_wrap=True)


def print_import(console: Console, report: ImportReport, seconds: float) -> None:
    """Print what an import did, and why anything was left out."""
    parts = [
        (report.added, "added"),
        (report.changed, "with a new picture"),
        (report.updated, "with a new record"),
        (report.unchanged, "unchanged"),
        (report.without_picture, "without a picture"),
        (report.reused, "embedded before"),
        (len(report.skipped), "skipped"),
    ]
    told = ", ".join(f"{count:,} {what}" for count, what in parts if count) or "nothing there"
    console.print(f"{told} ({seconds:.1f} s)", highlight=False)
    for skipped in report.skipped[:SHOWN_SKIPS]:
        console.print(f"  [yellow]skipped[/] {escape(skipped.what)}: {escape(skipped.reason)}", soft_wrap=True)
    if len(report.skipped) > SHOWN_SKIPS:
        console.print(f"  and {len(report.skipped) - SHOWN_SKIPS:,} more")
    for reason, count in Counter(skipped.reason for skipped in report.missing).most_common(SHOWN_REASONS):
        console.print(f"  {count:,} pictures are missing: {escape(reason)}", soft_wrap=True)
    if report.removed:
        console.print(
            f"{len(report.removed):,} photos' files are gone: {escape(_some(report.removed))}. "
            "`modaclip check --repair` takes them out.",
            soft_wrap=True,
        )


def _called(photo: Photo) -> str:
    """Return a photo's title, or else the beginning of its description."""
    text = photo.title or photo.description or ""
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1].rstrip() + "…"


def _some(names: Sequence[str], count: int = 5) -> str:
    return ", ".join(names[:count]) + (" ..." if len(names) > count else "")
