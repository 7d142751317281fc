"""What is killed in the ordeal `kills`: a process that does one operation and tells each thing once it is acknowledged.

What it tells is what a person was told, never sooner. The same functions, run in the ordeal's own process, are the
plain repetition of a command that people try after a crash; each of them is given the same work by the same job.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeAlias

import aiosqlite
from asyncpg.transaction import Transaction

from bot.output import sheet_cells
from bot.replies import File
from bot.web.files import Files
from core.boards.board import Author
from core.boards.changes import Voted
from core.boards.exports import export
from core.curation import Record
from core.enrich import Vocabulary
from core.errors import LibraryError, NotFound
from core.ingest import no_progress
from core.jobs import open_queue
from core.library import Library, LibraryOptions
from core.moving import Sides, move
from core.sheets import write_sheet
from core.sources.detect import open_source
from core.store import StoreOptions, Stores
from core.team_boards import TeamBoards
from core.workspace import Workspace
from tests.fakes.decoding import DECODERS
from tests.fakes.encoder import HUES, LIGHTS, ColourEncoder
from tests.torture.material import blob, picture, sha

EXACT_LIMIT = 20  # photos; all libraries here have more, and so an index file
PHOTOS = 9  # that a round brings
BOARD = "Votes"
TITLE, PHOTOGRAPHER = "Round {round} photo {number}", "Ann Other"
ENCODERS = ("colours", "other colours")
LEASE_S = 1.5  # of a worker
PAUSE_S = 0.01

Tell: TypeAlias = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Job:
    """One operation on what lies in a folder."""

    operation: str
    folder: Path  # of a library, or of all that a bot has
    round: int
    url: str = ""  # of PostgreSQL; empty: SQLite

    @property
    def options(self) -> LibraryOptions:
        """How the library behaves."""
        return LibraryOptions(
            vocabulary=Vocabulary((*HUES, *LIGHTS)),
            batch_photos=3,
            exact_limit=EXACT_LIMIT,
            store=StoreOptions(self.url),
            make_encoder=lambda name, _: ColourEncoder(name),
        )

    @property
    def exact(self) -> LibraryOptions:
        """How the library behaves where it compares all vectors."""
        return replace(self.options, exact_limit=10**6)

    @property
    def photos(self) -> Path:
        """The folder of the photos that this round brings."""
        return self.folder.parent / "photos" / f"{self.folder.name}-{self.round}"

    @property
    def exports(self) -> Path:
        """The folder that exports are written into."""
        return self.folder.parent / "exports" / self.folder.name

    def title(self, number: int) -> str:
        """Return what one of this round's photos is called."""
        return TITLE.format(round=self.round, number=number)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Library]:
        """Open the library."""
        async with Library.open(self.folder, self.options, any_encoder=True, decoders=DECODERS) as library:
            yield library


def perform(job: Job, told: Connection) -> None:
    """Do a job in a process of its own; tell what it acknowledges, each as soon as it does."""
    _linger()
    with suppress(*[LibraryError] if job.url else []):  # told to who asked, where a server has ended a connection
        asyncio.run(OPERATIONS[job.operation](job, lambda *fact: told.send(fact)))
    told.send(("ended",))


def _linger() -> None:
    """Pause after each step that lasts (a commit, a file that was renamed or deleted), so that kills fall between them.

    Without that, most of them fall where a picture is read.
    """
    for owner, name in ((aiosqlite.Connection, "commit"), (Transaction, "commit")):
        setattr(owner, name, _lingering_async(getattr(owner, name)))
    for name in ("replace", "unlink"):
        setattr(Path, name, _lingering(getattr(Path, name)))


def _lingering_async(step: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    async def done(*values: object) -> None:
        await step(*values)
        await asyncio.sleep(PAUSE_S)

    return done


def _lingering(step: Callable[..., object]) -> Callable[..., object]:
    def done(*values: object, **options: object) -> object:
        came = step(*values, **options)
        time.sleep(PAUSE_S)
        return came

    return done


async def take_in(job: Job, tell: Tell) -> None:
    """Import a folder."""
    async with job.open() as library:
        tell("began")
        report = await library.import_from(open_source(str(job.photos)))
        tell("imported", report.added + report.unchanged)


async def hand_out(job: Job, tell: Tell) -> None:
    """Import a folder by way of the queue, of which this process is the only worker."""
    from core.jobs.importing import Importing  # brings the queue, which nothing else here needs

    async with job.open() as library, open_queue(job.options.store, LEASE_S) as queue:
        tell("began")
        report = await Importing(library, queue, batch_photos=2).run(open_source(str(job.photos)))
        tell("imported", report.added + report.unchanged)


async def enrich(job: Job, tell: Tell) -> None:
    """Derive what depends on the whole library, after photos came in without that."""
    async with job.open() as library:
        await library.import_from(open_source(str(job.photos)), enriched=False)
        tell("began")
        await library.enrich()
        tell("enriched")


async def add(job: Job, tell: Tell) -> None:
    """Add photos one by one."""
    async with job.open() as library:
        tell("began")
        for number in range(PHOTOS):
            data = picture(job.folder.name, job.round, number)
            photo, _ = await library.add(data, f"{number}.jpg", Record(PHOTOGRAPHER, title=job.title(number)))
            tell("added", photo.id, sha(data))


async def remove(job: Job, tell: Tell) -> None:
    """Take photos out one by one, that were added before."""
    async with job.open() as library:
        ids = []
        for number in range(PHOTOS):
            data = picture(job.folder.name, job.round, number)
            photo, _ = await library.add(data, f"{number}.jpg", Record(PHOTOGRAPHER, title=job.title(number)))
            ids.append(photo.id)
        tell("began")
        for photo_id in ids:
            with suppress(NotFound):
                await library.remove(photo_id)
            tell("removed", photo_id)


async def edit(job: Job, tell: Tell) -> None:
    """Correct credits and tags."""
    async with job.open() as library:
        ids = (await library.ids("base"))[:PHOTOS]
        tell("began")
        for photo_id in ids:
            name = f"{PHOTOGRAPHER} {job.round}"
            photo = await library.edit(photo_id, Record(name, tags=(f"round {job.round}",)))
            tell("edited", photo.id, name, f"round {job.round}")


async def vote(job: Job, tell: Tell) -> None:
    """Vote on a board that stands there."""
    async with job.open() as library:
        board = await library.boards.named(BOARD)
        tell("began")
        for number in range(60):
            # each votes once: a second vote that nobody was told of would stand in place of the first
            author = Author(f"web:{job.round}-{number}", f"Voter {number}", "")
            pin, choice = board.pins[number % len(board.pins)].number, "up" if (number + job.round) % 3 else "down"
            await library.boards.change(board.id, author, lambda _, pin=pin, choice=choice: Voted(pin, choice))
            tell("voted", board.id, pin, author.id, choice)


async def reembed(job: Job, tell: Tell) -> None:
    """Move the library to another encoder, each round to the other."""
    async with job.open() as library:
        tell("began")
        report = await library.reembed(ENCODERS[(job.round + 1) % 2])
        tell("reembedded", report.encoder)


async def export_files(job: Job, tell: Tell) -> None:
    """Write contact sheets, boards and large files."""
    files = Files(job.exports / "files")
    async with job.open() as library:
        page = await library.find("red", limit=3)
        board = await library.boards.named(BOARD)
        boards = TeamBoards(Workspace(library, {}))
        tell("began")
        for number in range(2):
            sheet = job.exports / f"sheet-{number}.png"
            write_sheet(sheet, sheet_cells(library, page), heading=f"round {job.round}")
            tell("exported", str(sheet), sha(sheet.read_bytes()))
            form = ("json", "csv", "html", "zip")[(2 * job.round + number) % 4]
            made = await asyncio.to_thread(export, await boards.shown(board), form, max_bytes=10**7, only_picked=False)
            for file in (File(made.name, made.data), File("blob.bin", blob(job.round, number))):
                kept = await files.keep(file)
                tell("kept", kept["href"], sha(file.data))


async def migrate(job: Job, tell: Tell) -> None:
    """Open a library that an older version has made."""
    tell("began")
    async with job.open() as library:
        tell("opened", await library.count())


async def repair(job: Job, tell: Tell) -> None:
    """Mend a library that was damaged before."""
    async with job.open() as library:
        tell("began")
        tell("mended", [problem.text for problem in await library.check(repair=True) if not problem.mended])


async def create(job: Job, tell: Tell) -> None:
    """Make a library as it is made for a workspace that asks for the first time, and put a photo into it."""
    folder = job.folder / f"team-{job.round}"
    tell("began")
    if not await Library.exists(folder, job.options):
        await Library.create(folder, ENCODERS[0], job.options, be_it_there=True)
    tell("made", folder.name)
    async with replace(job, folder=folder).open() as library:
        data = picture(folder.name)
        photo, _ = await library.add(data, "first.jpg", Record(PHOTOGRAPHER, title="First"))
        tell("added", photo.id, sha(data))


async def move_over(job: Job, tell: Tell) -> None:
    """Carry the library over into PostgreSQL."""
    async with (
        Stores() as source,
        Stores(StoreOptions(job.url)) as target,
        job.options.make_services() as services,
    ):
        tell("began")
        moved = await move(
            job.folder, Sides(source, target, "PostgreSQL"), job.options, services, lambda _: no_progress
        )
        tell("moved", moved.contents.photos, moved.contents.checksum, list(moved.answers.different))


async def chat(job: Job, tell: Tell) -> None:
    """Work with the bot as people do in a chat."""
    from tests.torture.chatting import work  # brings the bot, which nothing else here needs

    await work(job, tell)


Operation: TypeAlias = Callable[[Job, Tell], Awaitable[None]]
OPERATIONS: Mapping[str, Operation] = {
    "import": take_in,
    "divided import": hand_out,
    "enriching": enrich,
    "add": add,
    "remove": remove,
    "edit": edit,
    "vote": vote,
    "re-embed": reembed,
    "export": export_files,
    "migration": migrate,
    "repair": repair,
    "new library": create,
    "chat": chat,
    "move": move_over,
}
