"""A process that builds a library, asks it and repairs it, as lines of JSON say: one that a broken file may bring down.

It is started once and does one job after the other, since starting takes longer than a job.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import shutil
import sys
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.store.state import State
from core.boards.board import Author
from core.boards.changes import Briefed, Moved, NewPin, Noted, Pinned, Sectioned, Voted
from core.credits import credit_for
from core.curation import Record
from core.enrich import Vocabulary
from core.errors import ModaclipError
from core.library import Library, LibraryOptions
from core.mending import check_library, check_tables
from core.search import Page
from core.sources.detect import open_source
from core.store import Stores
from tests.conftest import draw_photo
from tests.fakes.decoding import DECODERS
from tests.fakes.encoder import HUES, LIGHTS, ColourEncoder

COLOURS = {"red": "#e01010", "blue": "#1030e0", "green": "#10c010", "yellow": "#e0e010", "magenta": "#d010d0"}
PHOTOS = 40
EXACT_LIMIT = 16  # so that there is an index file
EVERYTHING = 200  # hits
QUESTIONS = (
    *("red", "blue bright", "green -yellow", "dark magenta", '"old harbour"', "by:Ana", "by:Rosa -red", "tag:harbour"),
    *("tag:night", "-tag:night", "license:cc0", "place:oslo", "is:portrait", "is:landscape", "width:>90"),
    *(
        "color:red",
        "color:blue",
        "source:table",
        "sort:new",
        "sort:random",
        "like:p07",
        "after:2020",
        "red tag:harbour",
    ),
)
TABLES = "state.db"
Answers = dict[str, Any]


def options() -> LibraryOptions:
    """Return how the library is opened."""
    return LibraryOptions(
        vocabulary=Vocabulary((*HUES, *LIGHTS)),
        batch_photos=8,
        exact_limit=EXACT_LIMIT,
        make_encoder=lambda name, _: ColourEncoder(name),
    )


async def build(folder: Path, seed: int) -> None:
    """Make photos, and in `folder`/library all that can be kept of them; and tables of the bot's."""
    chance = random.Random(seed)
    pictures, tabled = folder / "pictures", folder / "tabled"
    lines = ["id,path,photographer,license,title,description,place,tags,taken_at"]
    for i in range(PHOTOS):
        size = (96, 64) if i % 3 else (64, 96)
        path = draw_photo(
            (tabled if i % 2 else pictures) / f"f{i:02}.jpg", chance.choice(list(COLOURS.values())), size=size, seed=i
        )
        if i % 2:
            who, licence = chance.choice(("Ana Paz", "Rosa Lind", "Jörg Ölmann")), chance.choice(("cc0", "cc-by-4.0"))
            words = f"photo {i}," + chance.choice(("the old harbour at dawn", "a quiet street", "old harbour"))
            tags = chance.choice(("harbour;night", "night", "street"))
            place, taken = chance.choice(("oslo", "lima")), f"20{10 + i % 15}-05-04"
            lines.append(f"p{i:02},{path},{who},{licence},{words},{place},{tags},{taken}")
    table = folder / "table.csv"
    table.write_text("\n".join(lines), encoding="utf-8")
    await Library.create(folder / "library", "colours", options())
    async with Library.open(folder / "library", options(), decoders=DECODERS) as library:
        for spec in (pictures, table):
            await library.import_from(open_source(str(spec), kind="table" if spec is table else "folder"))  # type: ignore[arg-type]
        for i in range(0, PHOTOS, 4):
            await library.edit(f"f{i:02}", Record(photographer=f"Edited {i}", licence="all rights reserved"))
            await library.retag(f"f{i:02}", add=["kept"])
        for number in range(4):
            await _make_board(library, number, chance)
    async with State.open(folder / TABLES) as state:
        for i in range(60):
            await state.keep(f"w{i % 5}", f"person{i}", {"query": f"red {i}", "ids": [f"p{i:02}"] * 8})
            await state.write_fact(f"fact{i}", "x" * i)


async def _make_board(library: Library, number: int, chance: random.Random) -> None:
    ana, ben = Author("1", "Ana"), Author("2", "Ben")
    board = await library.boards.make(f"Board {number}", ana, f"channel{number}")
    photos = list((await library.photos([f"p{i:02}" for i in range(1, PHOTOS, 2)])).values())
    shelf = library.boards
    await shelf.change(board.id, ana, lambda _: Sectioned("s1", "Light"))
    for photo in chance.sample(photos, 6):
        await shelf.change(board.id, ana, lambda b, photo=photo: Pinned(b.next_number, (NewPin(photo, "", ""),)))  # type: ignore[misc]
    for pin in range(1, 5):
        await shelf.change(board.id, ben, lambda _, pin=pin: Voted(pin, "up"))  # type: ignore[misc]
        await shelf.change(board.id, ben, lambda _, pin=pin: Noted(pin, f"a note on {pin}"))  # type: ignore[misc]
    await shelf.change(board.id, ben, lambda _: Moved((1,), "s1"))


async def leave(folder: Path, to: Path) -> None:
    """Change what is kept, and copy it as a program leaves it that is killed."""
    async with Library.open(folder / "library", options(), decoders=DECODERS) as library:
        await library.find("red")
        for i in range(20):
            await library.edit(f"f{i * 2:02}", Record(photographer=f"Late {i}"))
            board = await library.boards.named(f"Board {i % 4}")
            await library.boards.change(board.id, Author("1", "Ana"), lambda _, i=i: Briefed(f"late {i}"))  # type: ignore[misc]
        await asyncio.to_thread(shutil.copytree, folder, to)


async def ask(folder: Path) -> Answers:
    """Return what a library and the bot's tables answer to everything: values, or the kind and text of an error."""
    answers: Answers = {}
    try:
        async with Library.open(folder / "library", options(), decoders=DECODERS) as library:
            for question in QUESTIONS:
                await _note(answers, f"find {question}", lambda question=question: _hits(library, question))  # type: ignore[misc]
            for i in range(PHOTOS):
                name = f"{'p' if i % 2 else 'f'}{i:02}"
                await _note(answers, f"photo {name}", lambda name=name: _photo(library, name))  # type: ignore[misc]
            await _note(answers, "tags", lambda: _tags(library))
            await _note(answers, "photographers", library.photographers)
            await _note(answers, "ids", lambda: library.ids("", limit=EVERYTHING))
            await _note(answers, "boards", lambda: _boards(library))
            for number in range(4):
                await _note(answers, f"board {number}", lambda number=number: _board(library, number))  # type: ignore[misc]
    except ModaclipError as error:
        answers["open"] = _error(error)
    try:
        async with State.open(folder / TABLES) as state:
            await _note(answers, "results", lambda: _rows(state, "SELECT * FROM results ORDER BY token"))
            await _note(answers, "facts", lambda: _rows(state, "SELECT * FROM facts ORDER BY name"))
    except ModaclipError as error:
        answers["open tables"] = _error(error)
    return answers


async def repair(folder: Path) -> Answers:
    """Mend a library and the bot's tables; return a line for each problem, or the error."""
    lines: list[str] = []
    async with Stores() as stores:
        for work in (
            lambda: check_library(folder / "library", options(), repair=True, stores=stores, decoders=DECODERS),
            lambda: check_tables(folder / TABLES, "bot.store", repair=True, stores=stores),
        ):
            try:
                lines += [f"{'mended' if one.mended else 'found'}: {one.text}" for one in await work()]
            except ModaclipError as error:
                lines.append(f"error: {error}")
    return {"lines": lines}


async def _note(answers: Answers, name: str, work: Callable[[], Awaitable[Any]]) -> None:
    try:
        answers[name] = await work()
    except ModaclipError as error:
        answers[name] = _error(error)


def _error(error: ModaclipError) -> dict[str, str]:
    return {"error": type(error).__name__, "text": str(error)}


async def _hits(library: Library, question: str) -> dict[str, Any]:
    page: Page = await library.find(question, limit=EVERYTHING, collapse=False)
    hits = [(hit.photo.id, hit.credit.text, repr(_record(hit.photo)), round(hit.score, 3)) for hit in page.hits]
    return {"hits": hits, "matches": page.matches, "notices": [str(notice) for notice in page.notices]}


async def _photo(library: Library, name: str) -> str:
    photo = await library.photo(name)
    return repr((_record(photo), credit_for(photo, app_name="x").text))


def _record(photo: Any) -> Any:
    """Return what a photo says, its automatic tags left out, which are made of vectors and of all photos."""
    return replace(photo, tags=tuple(tag for tag in photo.tags if tag.origin != "auto"))


async def _tags(library: Library) -> list[tuple[str, int]]:
    """Return what people and sources gave: automatic tags are made again, of the library as a whole."""
    return [tag for tag in await library.tags(limit=EVERYTHING) if tag[0] not in (*HUES, *LIGHTS)]


async def _boards(library: Library) -> list[str]:
    return [repr(one) for one in await library.boards.all(archived=None)]


async def _board(library: Library, number: int) -> str:
    return repr(await library.boards.named(f"Board {number}"))


async def _rows(state: State, sql: str) -> list[str]:
    return [repr(tuple(row)) for row in await state.database.rows(sql)]


async def _do(job: dict[str, Any]) -> Answers:
    folder = Path(job["folder"])
    if job["do"] == "build":
        await build(folder, job["seed"])
        return {}
    if job["do"] == "leave":
        await leave(folder, Path(job["to"]))
        return {}
    return await (ask if job["do"] == "ask" else repair)(folder)


def main() -> None:
    """Do jobs until there are no more."""
    logging.disable()
    for line in sys.stdin:
        try:
            result = asyncio.run(_do(json.loads(line)))
        except Exception:
            result = {"crash": traceback.format_exc()}
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
