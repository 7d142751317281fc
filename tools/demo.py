"""Shows what ModaCLIP does: asks the bot what a team would type, on the photos in samples/.

Everything lands in demo/: the library, the transcript of the conversation, and a contact sheet for each answer. The
second run embeds nothing. On a terminal the web chat is left running, for the same questions and any others.
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

from bot.app import WEB_WORKSPACE, library_options, open_desk, read_secrets, read_settings, serve
from bot.catalogue import words_for
from bot.desk import Desk
from bot.logs import start_logging
from bot.output import print_import
from bot.progress import progress
from bot.replies import PhotoCard, Reply
from bot.requests import Level, Person, Request, Upload, Values
from config.settings import Settings, SettingsError
from core.encoders import choose
from core.errors import ModaclipError
from core.library import Library, LibraryOptions
from core.sheets import SheetCell, write_sheet
from core.sources.detect import open_source

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "samples"
DEMO = ROOT / "demo"
PICTURE = SAMPLES / "jacob-w-frank-lake-sherburne.jpg"


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that somebody does in the chat."""

    title: str
    typed: str  # as a chat user types it
    command: str
    values: Values
    sheet: str


async def _picture() -> bytes:
    return await asyncio.to_thread(PICTURE.read_bytes)


UPLOAD = Upload(PICTURE.name, None, _picture)
QUESTIONS = (
    Question("Words", "/find sunset over ocean", "find", {"query": "sunset over ocean"}, "1-words"),
    Question("Photos like one that you have", f"/similar [{PICTURE.name}]", "similar", {"image": UPLOAD}, "2-similar"),
    Question("Two tags", "/find tag:mountain tag:lake", "find", {"query": "tag:mountain tag:lake"}, "3-tags"),
    Question(
        "A photo with words", f"/find sunset [{PICTURE.name}]", "find",
        {"query": "sunset", "image": UPLOAD}, "4-photo-and-words",
    ),
    Question(
        "Filters, and what to leave out", "/find mountain is:landscape color:blue -snow", "find",
        {"query": "mountain is:landscape color:blue -snow"}, "5-filters",
    ),
    Question("A photographer", "/find by:NASA", "find", {"query": "by:NASA"}, "6-photographer"),
)  # fmt: skip


async def main() -> int:
    """Make the library if it is not there, ask every question, and say what to try next."""
    console = Console(highlight=False, soft_wrap=True)
    start_logging("WARNING")
    settings = read_settings(os.environ, ROOT)
    settings = replace(settings, bot=replace(settings.bot, dir=DEMO / "bot", collections=""))
    options = library_options(settings)
    # no surprise download of hundreds of megabytes: CLIP is used when it is on this machine already
    options = replace(options, encoder=replace(options.encoder, allow_download=False))
    folder = DEMO / "library"
    await build(console, folder, options)
    lines: list[str] = []
    async with open_desk(settings, folder, options=options) as desk:
        for question in QUESTIONS:
            lines += await ask(console, desk, question)
    (DEMO / "transcript.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    console.print(f"\n[dim]The whole conversation: {(DEMO / 'transcript.txt').relative_to(ROOT)}[/]")
    console.print("\n[bold]What to try next[/]")
    console.print("  make chat             # the same, in a browser", markup=False)
    console.print("  source .venv/bin/activate", markup=False)
    console.print("  modaclip --library demo/library find 'misty forest -people'", markup=False)
    console.print("  modaclip --library mine import ~/Pictures && modaclip --library mine chat", markup=False)
    console.print("  modaclip doctor       # which encoder is used, and how to switch to CLIP", markup=False)
    console.print("  docs/discord.md       # from nothing to /find in a Discord server in ten minutes", markup=False)
    if sys.stdin.isatty() and sys.stdout.isatty():
        await leave_running(console, settings, folder, options)
    return 0


async def build(console: Console, folder: Path, options: LibraryOptions) -> None:
    """Make the library of the samples, or bring it up to date."""
    if not await Library.exists(folder, options):
        choice = choose(options.encoder)
        console.print(choice.reason, markup=False)
        await Library.create(folder, choice.name, options)
    async with Library.open(folder, options, any_encoder=True) as library:
        began = time.monotonic()
        with progress(console, "Importing samples") as report_progress:
            report = await library.import_from(open_source(str(SAMPLES)), report_progress)
        print_import(console, report, time.monotonic() - began)


async def ask(console: Console, desk: Desk, question: Question) -> list[str]:
    """Ask one question, print the answer, draw its photos; return what was said."""
    person = Person("demo:designer", "Designer")
    request = Request("demo", WEB_WORKSPACE, "demo:main", person, words_for("en"), Level.MANAGER)
    reply = await desk.command(question.command, request, {**question.values, "count": 6})
    console.print(f"\n[bold]{question.title}[/]")
    lines = [f"> {question.typed}", *reply.text.splitlines(), *(_line(card) for card in reply.cards), ""]
    for line in lines[:-1]:
        console.print(line, markup=False)
    sheet = DEMO / f"{question.sheet}.png"
    write_sheet(sheet, await _cells(desk, request, reply), heading=question.typed)
    console.print(f"[dim]contact sheet: {sheet.relative_to(ROOT)}[/]")
    return lines


async def leave_running(console: Console, settings: Settings, folder: Path, options: LibraryOptions) -> None:
    """Run the web chat until it is stopped."""
    console.print("\nThe web chat is running; Ctrl+C ends it.")

    def say(line: str) -> None:
        console.print(line, markup=False)

    await serve(settings, read_secrets(os.environ), folder, only_web=True, say=say, options=options)


def _line(card: PhotoCard) -> str:
    title = f"{card.title} · " if card.title else ""
    note = f" · {card.note}" if card.note else ""
    return f"{card.number}  {title}{card.credit.text}{note} · {card.id}"


async def _cells(desk: Desk, request: Request, reply: Reply) -> list[SheetCell]:
    async with desk.workspaces.use(request.workspace) as workspace:
        return [
            SheetCell(
                image=workspace.own.thumbnail(await workspace.photo(card.id)),
                credit=card.credit.text,
                title=card.title or None,
                rank=card.number,
            )
            for card in reply.cards
        ]


if __name__ == "__main__":
    try:
        raise SystemExit(asyncio.run(main()))
    except (ModaclipError, SettingsError) as error:
        raise SystemExit(str(error)) from error
