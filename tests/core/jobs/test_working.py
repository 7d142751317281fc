"""Imports divided among workers: real processes, a real server, and what is left of a worker that is killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from core.boards.board import Author
from core.boards.changes import Deleted
from core.encoder import Encoder
from core.enrich import Vocabulary
from core.errors import EncoderUnavailable, LibraryError
from core.ingest import ImportReport, no_progress
from core.jobs import ENRICH, IMPORT, TIDY, TIDYING, importing, open_queue, queue_name, working
from core.jobs.importing import Importing
from core.library import Library, LibraryOptions
from core.sources import Given, Source
from core.sources.detect import open_source
from core.sources.folder import candidate_from_bytes
from core.store import StoreOptions, Stores
from tests.conftest import draw_photo
from tests.fakes.encoder import HUES, LIGHTS, ColourEncoder
from tests.fakes.ports import free_port
from tests.fakes.postgres import Server

ROOT = Path(__file__).parents[3]
LEASE_S = 1.5
COLOURS = ("#e01010", "#1030e0", "#10c010", "#e0e010", "#e010e0", "#10e0e0", "#f08010", "#808080")
WORKER = """
import asyncio
import sys
from pathlib import Path
from bot.logs import start_logging
from bot.work import WorkOptions, work
from tests.core.jobs.test_working import SlowEncoder, options_for

url, folder, lease_s, pause_s, killed_after, port = sys.argv[1:]
start_logging("INFO", sys.stdout)
how = WorkOptions(lease_s=float(lease_s), health_port=int(port))
asyncio.run(work(Path(folder), options_for(url, SlowEncoder(float(pause_s), int(killed_after) or None)), how))
"""


class SlowEncoder(ColourEncoder):
    """Takes its time for each batch, so that all workers get some."""

    def __init__(self, pause_s: float, killed_after: int | None) -> None:
        super().__init__(killed_after=killed_after)
        self._pause_s = pause_s

    def encode_prepared(self, batch):  # type: ignore[no-untyped-def]
        import time

        time.sleep(self._pause_s)
        return super().encode_prepared(batch)


def options_for(url: str, encoder: Encoder | None = None) -> LibraryOptions:
    used = encoder or ColourEncoder()
    return LibraryOptions(
        make_encoder=lambda *_: used,
        vocabulary=Vocabulary((*HUES, *LIGHTS)),
        batch_photos=8,
        store=StoreOptions(url),
    )


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 200 photos, ten of them with the bytes of others, and a file that is none."""
    folder = tmp_path_factory.mktemp("many")
    for n in range(190):
        draw_photo(folder / f"{n % 7}" / f"photo-{n:03}.jpg", COLOURS[n % len(COLOURS)], seed=n, size=(48, 32))
    for n in range(10):
        copy = folder / "copies" / f"copy-{n}.jpg"
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes((folder / f"{n % 7}" / f"photo-{n:03}.jpg").read_bytes())
    (folder / "broken.jpg").write_bytes(b"no photo")
    return folder


class Child:
    """A worker in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[dict[str, object]] = []
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.lines.append(json.loads(line))

    async def until(self, what: str) -> None:
        """Wait until it has said something."""
        for _ in range(1500):
            if any(line["what"] == what for line in self.lines):
                return
            assert self.process.returncode is None, self.lines
            await asyncio.sleep(0.02)
        raise AssertionError(f"never said {what}: {self.lines}")

    def count(self, what: str) -> int:
        return sum(line["what"] == what for line in self.lines)

    async def end(self, number: int) -> int:
        if self.process.returncode is None:
            self.process.send_signal(number)
        status = await self.process.wait()
        await self._reading
        return status


@asynccontextmanager
async def worker(
    url: str, folder: Path, *, pause_s: float = 0.1, killed_after: int = 0, port: int = 0
) -> AsyncIterator[Child]:
    child = Child(
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", WORKER, url, str(folder), str(LEASE_S), str(pause_s), str(killed_after), str(port),
            stdout=asyncio.subprocess.PIPE, cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"},
        )
    )  # fmt: skip
    try:
        yield child
    finally:
        await child.end(signal.SIGKILL)


@asynccontextmanager
async def shared(url: str, folder: Path, encoder: Encoder | None = None) -> AsyncIterator[Library]:
    options = options_for(url, encoder)
    await Library.create(folder, "colours", options, be_it_there=True)
    async with Library.open(folder, options) as library:
        yield library


async def divided(library: Library, url: str, source: Path | Source, said: list[str] | None = None) -> ImportReport:
    async with open_queue(StoreOptions(url), LEASE_S) as queue:
        importing = Importing(library, queue, say=lambda: said.append("alone") if said is not None else None)
        return await importing.run(open_source(str(source)) if isinstance(source, Path) else source)


async def contents(library: Library) -> dict[str, tuple[object, ...]]:
    """Return all that is kept of every photo, by id."""
    store = library._store
    numbers = (await store.photos.numbers()).tolist()
    photos = await store.photos.get(numbers)
    (space,) = await store.vectors.spaces()
    vectors = await store.vectors.get(space, numbers)
    groups = await store.photos.alike(numbers)
    together = {n: frozenset(photos[m].id for m in numbers if groups[m] == groups[n]) for n in numbers}
    words = {word: set((await store.words.match([word])).photos.tolist()) for word in ("photo", "copy", "blue", "7")}
    return {
        photos[n].id: (
            photos[n],
            vectors[n].tobytes(),
            together[n],
            frozenset(word for word, found in words.items() if n in found),
        )
        for n in numbers
    }


@pytest.fixture
async def local(many: Path, tmp_path: Path) -> dict[str, tuple[object, ...]]:
    """What an import that nobody shares makes of the photos."""
    async with shared("", tmp_path / "local") as library:
        report = await library.import_from(open_source(str(many)))
        assert (report.added, len(report.skipped)) == (200, 1)
        return await contents(library)


async def test_a_worker_that_is_killed_loses_nothing_and_nothing_is_twice(
    postgres_url: str, many: Path, tmp_path: Path, local: dict[str, tuple[object, ...]]
) -> None:
    folder = tmp_path / "shared"
    async with (
        shared(postgres_url, folder) as library,
        worker(postgres_url, folder, killed_after=28) as first,  # in the second half of its second batch
        worker(postgres_url, folder, pause_s=0.2) as second,
    ):
        await asyncio.gather(first.until("working"), second.until("working"))
        said: list[str] = []
        report = await divided(library, postgres_url, many, said)
        assert await first.end(signal.SIGKILL) == -signal.SIGKILL
        assert (report.added, report.unchanged, len(report.skipped), said) == (200, 0, 1, [])
        assert (first.count("a batch is in"), second.count("a batch is in")) == (1, 12)
        assert [line["attempt"] for line in second.lines if line["what"] == "a batch is in"].count(2) == 1
        assert await contents(library) == local
        assert await second.end(signal.SIGTERM) == 0


async def test_a_worker_that_is_told_to_stop_ends_its_batch(
    postgres_url: str, many: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "core.jobs")
    folder = tmp_path / "shared"
    async with (
        shared(postgres_url, folder) as library,
        worker(postgres_url, folder, pause_s=0.3, port=(port := free_port())) as first,
        open_queue(StoreOptions(postgres_url), LEASE_S) as queue,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        await first.until("working")
        assert (await client.get("/healthz")).status_code == 200
        assert "modaclip_worker_batches_total 0.0" in (await client.get("/metrics")).text
        assert (await client.get("/elsewhere")).status_code == 404
        running = asyncio.create_task(divided(library, postgres_url, many))
        await first.until("a batch is in")
        assert await first.end(signal.SIGTERM) == 0
        assert first.lines[-1]["what"] == "ended"
        report = await running  # which goes on by itself
        assert report.added == 200
        attempts = [record.attempt for record in caplog.records if record.message == "a batch is in"]
        assert len(attempts) + first.count("a batch is in") == 13
        assert set(attempts) == {1}
        assert not await queue.count(queue_name(folder), IMPORT)
        assert not await queue.count(queue_name(folder), ENRICH)


async def test_an_import_without_a_worker_does_the_work_itself_and_says_so(
    postgres_url: str, photos: Path, tmp_path: Path
) -> None:
    async with shared(postgres_url, tmp_path / "shared") as library:
        said: list[str] = []
        assert (await divided(library, postgres_url, photos, said)).added == 8
        assert said == ["alone"]
        (photos / "red-barn.jpg").unlink()
        draw_photo(photos / "red-car.jpg", "#0000ff", seed=99)
        report = await divided(library, postgres_url, photos)
        assert (report.added, report.changed, report.unchanged, report.removed) == (0, 1, 6, ["red-barn"])
        assert (await library.photo("blue-lake")).tags  # so it is enriched


async def test_two_imports_of_overlapping_folders_end_with_each_photo_once(
    postgres_url: str, many: Path, tmp_path: Path, local: dict[str, tuple[object, ...]]
) -> None:
    async with shared(postgres_url, tmp_path / "shared") as library:
        await asyncio.gather(divided(library, postgres_url, many), divided(library, postgres_url, many / "3"))
        assert await contents(library) == local


async def test_what_an_import_left_in_the_queue_is_brought_in_by_the_next(
    postgres_url: str, photos: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "shared"
    async with shared(postgres_url, folder) as library:
        async with open_queue(StoreOptions(postgres_url), LEASE_S) as queue:
            lost = Importing(library, queue)
            course = importing._Course(8)
            await lost._hand_out(list(open_source(str(photos))), course)  # and then its process ends
        other = draw_photo(tmp_path / "other" / "one.jpg", "#ff0000")
        draw_photo(other.with_name("two.jpg"), "#00ff00", seed=1)
        assert (await divided(library, postgres_url, other.parent)).added == 2
        assert await library.count() == 10


async def test_dropped_pictures_are_brought_in_by_the_process_that_has_them(
    postgres_url: str, photos: Path, tmp_path: Path
) -> None:
    pictures = [candidate_from_bytes(path.read_bytes(), name=path.name) for path in sorted(photos.iterdir())]
    async with shared(postgres_url, tmp_path / "shared") as library:
        said: list[str] = []
        assert (await divided(library, postgres_url, Given("dropped", *pictures), said)).added == 8
        assert (await library.photo("blue-lake")).tags
        assert (await divided(library, postgres_url, Given("dropped", *pictures))).added == 0


class BrokenEncoder(ColourEncoder):
    """Has no weights."""

    def encode_prepared(self, batch):  # type: ignore[no-untyped-def]
        raise EncoderUnavailable("There are no weights.")


async def test_a_batch_that_fails_again_and_again_ends_the_import_with_its_reason(
    postgres_url: str, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "TRIED_AGAIN_S", 0.1)
    folder = tmp_path / "shared"
    async with shared(postgres_url, folder, BrokenEncoder()) as library:
        with pytest.raises(LibraryError, match="There are no weights"):
            await divided(library, postgres_url, photos)
        async with open_queue(StoreOptions(postgres_url), LEASE_S) as queue:
            assert not await queue.count(queue_name(folder), IMPORT)


async def test_a_batch_over_which_worker_after_worker_is_lost_ends_the_import(
    postgres_url: str, postgres_server: Server, photos: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "shared"
    async with shared(postgres_url, folder) as library, open_queue(StoreOptions(postgres_url), LEASE_S) as queue:
        lost = Importing(library, queue)
        course = importing._Course(8)
        await lost._hand_out(list(open_source(str(photos))), course)
        postgres_server.run(
            "SET search_path = modaclip_jobs; UPDATE procrastinate_jobs SET status = 'doing', attempts = 4",
            postgres_url.rpartition("/")[2],
        )
        with pytest.raises(LibraryError, match="workers were lost"):
            while True:  # it has no worker, and so takes part itself
                await lost._collect(course, no_progress)
                await asyncio.sleep(0.05)
        await lost._end_own()
        assert await library.count() == 0


async def test_a_long_source_is_read_no_faster_than_it_is_brought_in(
    postgres_url: str, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MOST_WAITING", 2)
    folder, most = tmp_path / "shared", 0
    async with shared(postgres_url, folder) as library, open_queue(StoreOptions(postgres_url), LEASE_S) as watching:
        running = asyncio.create_task(divided(library, postgres_url, many))
        while not running.done():
            most = max(most, await watching.count(queue_name(folder), IMPORT))
            await asyncio.sleep(0.05)
        assert (await running).added == 200
    assert 0 < most <= 4  # with the one that is put next, and one whose end is not written down yet


async def test_a_batch_waits_for_a_repair_however_long(
    postgres_url: str, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "TRIED_AGAIN_S", 0.1)
    monkeypatch.setattr(working, "PATIENCE_S", 0.0)
    async with shared(postgres_url, tmp_path / "shared") as library:
        async with library._store.lock():
            running = asyncio.create_task(divided(library, postgres_url, photos))
            await asyncio.sleep(2.5)  # more attempts than a batch that fails has
            assert not running.done()
        assert (await running).added == 8


async def test_the_queue_is_made_once_by_any_number_of_processes(postgres_url: str, postgres_server: Server) -> None:
    postgres_server.run("DROP SCHEMA IF EXISTS modaclip_jobs CASCADE", postgres_url.rpartition("/")[2])

    async def opened() -> int:
        async with open_queue(StoreOptions(postgres_url), LEASE_S) as queue:
            return await queue.count("modaclip-x", IMPORT)

    assert await asyncio.gather(*(opened() for _ in range(4))) == [0, 0, 0, 0]


async def test_two_machines_that_embed_the_same_bytes_leave_one_vector(
    postgres_url: str, photos: Path, tmp_path: Path
) -> None:
    class Elsewhere(ColourEncoder):
        def encode_prepared(self, batch):  # type: ignore[no-untyped-def]
            return super().encode_prepared(batch) * 0.9 + 0.01

    (copy := photos / "more" / "copy.jpg").parent.mkdir()
    copy.write_bytes((photos / "red-barn.jpg").read_bytes())
    folder = tmp_path / "shared"
    async with shared(postgres_url, folder) as one, shared(postgres_url, folder, Elsewhere()) as other:
        asking = other._store.vectors.by_content

        async def meanwhile(*wanted: object) -> object:  # it asks what is there before the other has written
            found = await asking(*wanted)  # type: ignore[arg-type]
            await one.import_from(open_source(str(photos / "red-barn.jpg")))
            return found

        other._store.vectors.by_content = meanwhile  # type: ignore[method-assign,assignment]
        await other.import_from(open_source(str(copy)))
        first, second = await one.vector_of("red-barn"), await one.vector_of("copy")
        assert first is not None and second is not None
        assert first.tobytes() == second.tobytes()


async def test_what_is_old_is_forgotten_by_whoever_works(
    postgres_url: str, postgres_server: Server, tmp_path: Path
) -> None:
    async with (
        shared(postgres_url, tmp_path / "shared") as library,
        open_queue(StoreOptions(postgres_url), LEASE_S) as queue,
        Stores(StoreOptions(postgres_url)) as stores,
    ):
        board = await library.boards.make("Spring", Author("ann", "Ann"))
        await library.boards.change(board.id, Author("ann", "Ann"), lambda _: Deleted())
        await queue.write_report("old", 0, {})
        await queue.write_report("new", 0, {})
        postgres_server.run(
            "UPDATE modaclip_jobs.reports SET written_at = now() - interval '4 days' WHERE import_id = 'old'",
            postgres_url.rpartition("/")[2],
        )
        works = working.Worker(
            queue, lambda folder: shared(postgres_url, folder), stores=stores, kept_deleted=timedelta(0)
        )
        await queue.put(TIDY, TIDYING, timestamp=0)
        running = asyncio.create_task(works.run())
        while await queue.count(TIDYING, TIDY):  # noqa: ASYNC110 - it is another's
            await asyncio.sleep(0.05)
        works.stop()
        await running
        assert (await queue.take_reports("old"), await queue.take_reports("new")) == ({}, {0: {}})
        assert await library._store.boards.row(board.id) is None


async def test_a_job_that_its_worker_does_not_run_is_given_back(
    postgres_url: str, photos: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "shared"
    async with shared(postgres_url, folder) as library, open_queue(StoreOptions(postgres_url), LEASE_S) as queue:
        lost = Importing(library, queue)
        await lost._hand_out(list(open_source(str(photos))), importing._Course(8))
        number = await queue.app.job_manager.register_worker()
        job = await queue.app.job_manager.fetch_job(None, number)  # and then the server goes away for a moment
        assert job is not None
        assert await queue.held_by(number) == {job.id}
        await queue.give_back(number, {job.id or 0})
        assert await queue.held_by(number) == set()
        assert await queue.rescue() == []
        again = await queue.app.job_manager.fetch_job(None, number)
        assert again is not None
        assert (again.id, again.attempts) == (job.id, 1)
