"""Shows what ModaCLIP does, on the photos in samples/: makes a library once, then asks it six things.

Everything lands in demo/: the library, and a contact sheet for each question. The second run embeds nothing.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

sys.path.insert(0, str(Path(__file__).parents[1]))  # runs from a checkout as well as from an installation

from bot.app import library_options, read_settings
from bot.output import print_import, print_page, sheet_cells
from bot.progress import progress
from config.settings import SettingsError
from core.encoders import choose
from core.errors import ModaclipError
from core.library import Library, Reference
from core.sheets import write_sheet
from core.sources.detect import open_source

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "samples"
DEMO = ROOT / "demo"
HITS = 6


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask, and how to say it."""

    title: str
    query: str = ""
    photo: str | None = None  # a file in samples/
    sheet: str = ""

    @property
    def command(self) -> str:
        """The same question on the command line."""
        image = f" --image samples/{self.photo}" if self.photo else ""
        return f"modaclip --library demo/library find '{self.query}'{image}"


QUESTIONS = (
    Question("Words", "sunset over ocean", sheet="1-words"),
    Question("Photos like one that you have", photo="jacob-w-frank-lake-sherburne.jpg", sheet="2-similar"),
    Question("Two tags", "tag:mountain tag:lake", sheet="3-tags"),
    Question("A photo with words", "sunset", photo="jacob-w-frank-lake-sherburne.jpg", sheet="4-photo-and-words"),
    Question("Filters, and what to leave out", "mountain is:landscape color:blue -snow", sheet="5-filters"),
    Question("A photographer", "by:NASA", sheet="6-photographer"),
)


async def main() -> int:
    """Make the library if it is not there, ask every question, and say what to try next."""
    console = Console(highlight=False, soft_wrap=True)
    settings = read_settings(os.environ, ROOT)
    options = library_options(settings)
    # no surprise download of hundreds of megabytes: CLIP is used when it is on this machine already
    options = replace(options, encoder=replace(options.encoder, allow_download=False))
    folder = DEMO / "library"
    if not Library.exists(folder):
        choice = choose(options.encoder)
        console.print(choice.reason, markup=False)
        await Library.create(folder, choice.name)
    async with Library.open(folder, options, any_encoder=True) as library:
        began = time.monotonic()
        with progress(console, "Importing samples") as report_progress:
            report = await library.import_from(open_source(str(SAMPLES)), report_progress)
        print_import(console, report, time.monotonic() - began)
        for question in QUESTIONS:
            await ask(console, library, question)
    console.print("\n[bold]What to try next[/]")
    console.print("  source .venv/bin/activate", markup=False)
    console.print("  modaclip --library demo/library find 'misty forest -people'", markup=False)
    console.print("  modaclip --library mine import ~/Pictures && modaclip --library mine find 'red car at night'")
    console.print("  modaclip doctor       # which encoder is used, and how to switch to CLIP", markup=False)
    return 0


async def ask(console: Console, library: Library, question: Question) -> None:
    """Ask one question, print the hits, and draw them."""
    console.print(f"\n[bold]{question.title}[/]  [dim]{question.command}[/]")
    references = []
    if question.photo:
        references = [Reference((SAMPLES / question.photo).read_bytes(), question.photo)]
    page = await library.find(question.query, references=references, limit=HITS)
    print_page(console, page)
    sheet = DEMO / f"{question.sheet}.png"
    heading = " + ".join(filter(None, (question.photo, question.query)))
    write_sheet(sheet, sheet_cells(library, page), heading=heading)
    console.print(f"[dim]contact sheet: {sheet.relative_to(ROOT)}[/]")


if __name__ == "__main__":
    try:
        raise SystemExit(asyncio.run(main()))
    except (ModaclipError, SettingsError) as error:
        raise SystemExit(str(error)) from error
