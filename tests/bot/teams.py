"""Teams for tests: a desk with workspaces that have photos of their own, and one collection that some may read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bot.boards.live import Pace
from bot.catalogue import words_for
from bot.desk import Desk
from bot.metrics import Metrics
from bot.replies import Reply
from bot.requests import Level, Person, Request, Upload
from bot.store.state import State
from bot.turns import Limits
from bot.uploads import Uploads
from bot.workspaces import Places, Workspaces
from core.curation import Record
from core.enrich import Vocabulary
from core.library import Library, LibraryOptions
from core.sources.detect import open_source
from core.store import StoreOptions
from tests.conftest import draw_photo
from tests.fakes.encoder import HUES, LIGHTS, ColourEncoder

TEAMS = ("discord:1", "discord:2", "web:main")
PHOTOS = (("red", "#e01010"), ("blue", "#1030e0"), ("green", "#10c010"))


@asynccontextmanager
async def open_team_desk(
    folder: Path,
    *,
    encoder: ColourEncoder | None = None,
    clock: Callable[[], float] | None = None,
    unsplash_key: str | None = None,
    store: StoreOptions | None = None,
    limits: Limits | None = None,
) -> AsyncIterator[Desk]:
    """Yield a desk over the libraries in a folder; opened again on the same folder it is the same after a restart."""
    used = encoder or ColourEncoder()
    options = LibraryOptions(
        make_encoder=lambda *_: used, vocabulary=Vocabulary((*HUES, *LIGHTS)), store=store or StoreOptions()
    )
    shared = folder / "brand"
    if not await Library.exists(shared, options):
        await Library.create(shared, used.name, options)
        async with Library.open(shared, options) as library:
            data = draw_photo(folder / "brand.jpg", "#e0e010", seed=900).read_bytes()
            await library.add(data, "brand.jpg", Record("Brand Keeper", title="brandmark", tags=("brandtag",)))
    places = Places(folder / "workspaces", {"brand": shared}, readers={"brand": frozenset(TEAMS[:2])})
    async with (
        options.make_stores() as stores,
        State.open(folder / "state.db", clock=clock or time.time, stores=stores) as kept,
        Workspaces(places, options, lambda: used.name, stores=stores) as workspaces,
    ):
        uploads = Uploads(options.intake.limits, replace(options.fetch, attempts=1), clock=kept.clock)
        pace = Pace(0.05, 0.2, 0.2, 0.1)
        desk = Desk(workspaces, kept, uploads, Metrics(), unsplash_key=unsplash_key, pace=pace, limits=limits)
        await desk.live.follow_others()
        try:
            yield desk
        finally:
            await desk.close()


@asynccontextmanager
async def open_photo_desk(folder: Path, photos: Path, team: str) -> AsyncIterator[Desk]:
    """Yield a desk over one team, which has the photos of a folder."""
    used = ColourEncoder()
    options = LibraryOptions(make_encoder=lambda *_: used, vocabulary=Vocabulary((*HUES, *LIGHTS)))
    library_folder = folder / "library"
    await Library.create(library_folder, used.name)
    async with Library.open(library_folder, options) as library:
        await library.import_from(open_source(str(photos)))
    places = Places(folder / "workspaces", fixed={team: library_folder})
    async with (
        State.open(folder / "state.db") as state,
        Workspaces(places, options, lambda: used.name) as workspaces,
    ):
        yield Desk(workspaces, state, Uploads(options.intake.limits, options.fetch), Metrics())


def request(
    team: str = TEAMS[0], person: str = "ann", *, level: Level = Level.MANAGER, language: str = "en"
) -> Request:
    """Return a request of a person in a team."""
    return Request("discord", team, f"{team}:channel", Person(f"discord:{person}", person), words_for(language), level)


def upload(path: Path, *, size: int | None = None, name: str | None = None) -> Upload:
    """Return a picture as a chat gives it."""
    return Upload(name or path.name, size, lambda: asyncio.to_thread(path.read_bytes))


async def fill(desk: Desk, folder: Path, team: str, marker: str, *, seed: int = 0) -> None:
    """Give a team three photos whose ids, titles, tags and photographers all hold its marker."""
    async with desk.workspaces.use(team) as workspace:
        for number, (colour, shade) in enumerate(PHOTOS):
            path = draw_photo(folder / f"{marker}-{colour}.jpg", shade, seed=seed + number)
            record = Record(f"{marker} photographer", title=f"{marker} {colour}", tags=(f"{marker}tag", colour))
            await workspace.add(path.read_bytes(), path.name, record)


def action(reply: Reply, verb: str) -> str:
    """Return what comes back from the button or menu of a reply that begins with a verb."""
    ids = [one.id for one in (*reply.actions, *reply.menus)]
    return next(name for name in ids if name.startswith(f"{verb}:"))


def texts(replies: Sequence[Reply]) -> str:
    """Return everything that replies say, in one text."""
    return "\n".join(repr(replace(reply, result=None)) for reply in replies)
