"""Imports divided among workers: real processes, a real server, and what is left of a worker that is killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.enrich import Vocabulary
from core.ingest import ImportReport
from core.jobs import ENRICH, IMPORT, open_queue, queue_name
from core.jobs.importing import Importing
from core.library import Library, LibraryOptions
from core.sources.detect import open_source
from core.store import StoreOptions
from tests.conftest import draw_photo
from tests.fakes.encoder import HUES, LIGHTS, ColourEncoder

ROOT = Path(__file__).parents[3]
LEASE_S = 1.5
COLOURS = ("#e01010", "#1030e0", "#10c010", "#e0e010", "#e010e0", "#10e0e0", "#f08010", "#808080")
WORKER = """
import asyncio
import sys
from pathlib import Path
from bot.logs import start_logging
from bot.work import WorkOptions, work
from tests.core.jobs.test_working import options_for

url, folder, lease_s, pause_s, port = sys.argv[1:]
start_logging("INFO", sys.stdout)
how = WorkOptions(lease_s=float(lease_s), health_port=int(port))
asyncio.run(work(Path(folder), options_for(url, pause_s=float(pause_s)), how))
"""


class SlowEncoder(ColourEncoder):
    """Takes its time for each batch, so that somebody can be killed meanwhile."""

    def __init__(self, pause_s: float) -> None:
        super().__init__()
        self._pause_s = pause_s

    def encode_prepared(self, batch):  # type: ignore[no-untyped-def]
        import time

        time.sleep(self._pause_s)
        return super().encode_prepared(batch)


def options_for(url: str, *, pause_s: float = 0.0) -> LibraryOptions:
    encoder = SlowEncoder(pause_s) if pause_s else ColourEncoder()
    return LibraryOptions(
        make_encoder=lambda *_: encoder,
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
async def worker(url: str, folder: Path, *, pause_s: float = 0.0, port: int = 0) -> AsyncIterator[Child]:
    child = Child(
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", WORKER, url, str(folder), str(LEASE_S), str(pause_s), str(port),
            stdout=asyncio.subprocess.PIPE, cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"},
        )
    )  # fmt: skip
    try:
        yield child
    finally:
        await child.end(signal.SIGKILL)


@asynccontextmanager
async def shared(url: str, folder: Path) -> AsyncIterator[Library]:
    options = options_for(url)
    await Library.create(folder, "colours", options, be_it_there=True)
    async with Library.open(folder, options) as library:
        yield library


async def divided(library: Library, url: str, source: Path, said: list[str] | None = None) -> ImportReport:
    async with open_queue(StoreOptions(url), LEASE_S) as queue:
        importing = Importing(library, queue, say=lambda: said.append("alone") if said is not None else None)
        return await importing.run(open_source(str(source)))


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
        worker(postgres_url, folder, pause_s=0.15) as first,
        worker(postgres_url, folder, pause_s=0.15) as second,
    ):
        await asyncio.gather(first.until("working"), second.until("working"))
        said: list[str] = []
        running = asyncio.create_task(divided(library, postgres_url, many, said))
        await first.until("a batch is in")
        await asyncio.sleep(0.2)  # in the middle of the next
        assert await first.end(signal.SIGKILL) == -signal.SIGKILL
        report = await running
        assert (report.added, report.unchanged, len(report.skipped), said) == (200, 0, 1, [])
        assert second.count("a batch is in") > first.count("a batch is in") > 0
        assert any(line.get("attempt") == 2 for line in second.lines)
        assert await contents(library) == local
        assert await second.end(signal.SIGTERM) == 0


async def test_a_worker_that_is_told_to_stop_ends_its_batch(
    postgres_url: str, many: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "core.jobs")
    folder = tmp_path / "shared"
    async with (
        shared(postgres_url, folder) as library,
        worker(postgres_url, folder, pause_s=0.3) as first,
        open_queue(StoreOptions(postgres_url), LEASE_S) as queue,
    ):
        await first.until("working")
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
