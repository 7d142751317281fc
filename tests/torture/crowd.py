"""People in many servers who ask one desk for everything that can be asked, by chance, and what became of each."""

from __future__ import annotations

import asyncio
import io
import random
import shutil
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from bot.catalogue import words_for
from bot.desk import Desk
from bot.replies import Form, Reply
from bot.requests import Level, Person, Request, Upload
from bot.turns import Limits
from bot.workspaces import folder_name
from core.curation import Record
from core.library import Library, LibraryOptions
from tests.bot.teams import action, open_team_desk
from tests.conftest import draw_photo
from tests.fakes.encoder import HUES, LIGHTS, ColourEncoder

PHOTOS = 12  # of each server
REMEMBERED = 500  # results whose buttons may still be pressed
BUSY = ("faster than I can answer", "more than I can answer now", "being restarted")
UNFORESEEN = ("Something went wrong", "took too long")
KINDS = {
    "find": 40,
    "press": 12,
    "similar": 8,
    "like": 8,
    "photo": 8,
    "tags": 6,
    "credit": 4,
    "complete": 4,
    "library": 3,
    "help": 2,
    "board": 3,
    "vote": 1,
    "add": 1,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of one thing that was asked."""

    what: str
    request: Request
    outcome: str  # "answered", "turned away", or what else was said
    seconds: float


def server(number: int) -> str:
    """Return the workspace of one of the servers."""
    return f"discord:{number}"


def asking(workspace: str, number: int) -> Request:
    """Return what somebody of a server asks with; who it is has the number in all servers."""
    person = Person(f"discord:p{number}", f"p{number}")
    return Request("discord", workspace, f"{workspace}:channel", person, words_for("en"), Level.MANAGER)


@asynccontextmanager
async def open_town(
    folder: Path, servers: int, *, limits: Limits | None = None, clock: Callable[[], float] | None = None
) -> AsyncIterator[Desk]:
    """Yield a desk at which so many servers have photos and a board each; the same again after a restart."""
    await _settle_town(folder, servers)
    async with open_team_desk(folder, limits=limits, clock=clock) as desk:
        for number in range(servers):
            request = asking(server(number), 0)
            if (await desk.command("board list", request, {})).failed:
                await desk.command("board new", request, {"name": "Board"})
                await desk.command("board add", request, {"photos": "t0-0 t0-1 t0-2"})
        yield desk


async def _settle_town(folder: Path, servers: int) -> None:
    """Give each server a library of its own, made once and copied."""
    made = folder / "made"
    if not made.exists():
        encoder = ColourEncoder()
        await Library.create(made, encoder.name)
        async with Library.open(made, LibraryOptions(make_encoder=lambda *_: encoder)) as library:
            for number in range(PHOTOS):
                shade = "#" + "".join(f"{(number * step) % 256:02x}" for step in (41, 97, 151))
                data = draw_photo(folder / f"t0-{number}.jpg", shade, seed=number).read_bytes()
                record = Record("Ann Lee", title=f"t0 {number}", tags=(HUES[number % len(HUES)], "all"))
                await library.add(data, f"t0-{number}.jpg", record)
    for number in range(servers):
        place = folder / "workspaces" / folder_name(server(number))
        if not place.exists():
            shutil.copytree(made, place)


class Crowd:
    """Asks a desk, and judges what it says."""

    def __init__(self, desk: Desk, chance: random.Random, *, tell: Callable[[Reply], Awaitable[None]] | None = None):
        self.desk = desk
        self.asked: list[Asked] = []
        self._chance = chance
        self._results: OrderedDict[str, Reply] = OrderedDict()  # by person, the last that has buttons
        self._pictures = [_picture(chance) for _ in range(8)]
        self._brought = 0

    async def ask(self, request: Request) -> Asked:
        """Ask for something; every way in which that ends is noted."""
        what = self._chance.choices(list(KINDS), weights=list(KINDS.values()))[0]
        began = time.monotonic()
        try:
            reply = await getattr(self, f"_{what}")(request)
            outcome = judged(reply)
        except Exception as error:
            outcome = repr(error)
        asked = Asked(what, request, outcome, time.monotonic() - began)
        self.asked.append(asked)
        return asked

    async def _find(self, request: Request) -> Reply:
        words = " ".join(self._chance.choices((*HUES, *LIGHTS), k=2)) + f" w{self._chance.randrange(10_000)}"
        reply = await self.desk.command("find", request, {"query": words, "count": 4})
        if not reply.failed:
            self._results[request.workspace + request.person.id] = reply
            while len(self._results) > REMEMBERED:
                self._results.popitem(last=False)
        return reply

    async def _press(self, request: Request) -> Reply:
        known = self._results.get(request.workspace + request.person.id)
        if known is None:
            return await self._find(request)
        if self._chance.random() < 0.5:
            return await self.desk.press(action(known, "more"), request)
        return await self.desk.press(action(known, "photo"), request, ["1"])

    async def _similar(self, request: Request) -> Reply:
        return await self.desk.command("similar", request, {"image": _upload(self._chance.choice(self._pictures))})

    async def _like(self, request: Request) -> Reply:
        return await self.desk.command("similar", request, {"photo": self._photo_id(), "words": "dark"})

    async def _photo(self, request: Request) -> Reply:
        return await self.desk.command("photo", request, {"photo": self._photo_id()})

    async def _tags(self, request: Request) -> Reply:
        return await self.desk.command("tags", request, {})

    async def _credit(self, request: Request) -> Reply:
        return await self.desk.command("credit", request, {"photos": self._photo_id()})

    async def _complete(self, request: Request) -> Reply:
        await self.desk.complete("find", "tag", self._chance.choice(HUES)[:2], request)
        return Reply()

    async def _library(self, request: Request) -> Reply:
        return await self.desk.command("library", request, {})

    async def _help(self, request: Request) -> Reply:
        return await self.desk.command("help", request, {})

    async def _board(self, request: Request) -> Reply:
        return await self.desk.command("board show", request, {})

    async def _vote(self, request: Request) -> Reply:
        return await self.desk.command("board vote", request, {"numbers": "1", "vote": "up"})

    async def _add(self, request: Request) -> Reply:
        form = await self.desk.opens("add", request, {"image": _upload(self._chance.choice(self._pictures))})
        if not isinstance(form, Form):
            return form or Reply(failed=True, text="no form")
        if self._chance.random() < 0.3:  # who opens a form, and never sends it
            return Reply()
        return await self.desk.submit(form.id, request, {"photographer": "Ann Lee", "title": "Brought"})

    def _photo_id(self) -> str:
        return f"t0-{self._chance.randrange(3)}"


def judged(reply: Reply) -> str:
    """Return how a reply is to be counted."""
    if any(text in reply.text for text in BUSY):
        return "turned away"
    return f"said: {reply.text}" if reply.failed or any(text in reply.text for text in UNFORESEEN) else "answered"


def shares(asked: Sequence[Asked]) -> Mapping[str, int]:
    """Return how often each outcome was."""
    counted: dict[str, int] = {}
    for one in asked:
        counted[one.outcome] = counted.get(one.outcome, 0) + 1
    return counted


def _picture(chance: random.Random) -> bytes:
    written = io.BytesIO()
    picture = Image.new("RGB", (96, 64), tuple(chance.randrange(256) for _ in range(3)))
    picture.putpixel((3, 3), tuple(chance.randrange(256) for _ in range(3)))
    picture.save(written, "JPEG")
    return written.getvalue()


def _upload(data: bytes) -> Upload:
    async def read() -> bytes:
        await asyncio.sleep(0)
        return data

    return Upload("asked.jpg", len(data), read)
