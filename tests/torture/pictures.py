"""Bad pictures, as uploads and as files of an import: each is taken or refused, and nothing stands still meanwhile."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from core.errors import BadImage, BadRecord
from core.images import KNOWN_ENDINGS
from core.intake import IntakeOptions
from core.library import Library, LibraryOptions, Reference
from core.sources.folder import FolderSource
from tests.fakes.encoder import ColourEncoder
from tests.torture.bad_pictures import bad_pictures, small_pictures
from tests.torture.frame import Ordeal, Outcome, Trial

STALL_S = 2.0
MEMORY_MB = 600
FILES = 300


def run(trial: Trial) -> Outcome:
    """Show every file to a library, two at a time, then import them all."""
    outcome = Outcome()
    folder = trial.folder / "pictures"
    folder.mkdir()
    make = small_pictures if trial.short else bad_pictures
    for number, (name, data) in enumerate(make(trial.random("pictures"), trial.times(FILES, 60))):
        (folder / f"{number:04}-{name}").write_bytes(data)
    asyncio.run(_survive(folder, trial, outcome))
    return outcome


async def _survive(folder: Path, trial: Trial, outcome: Outcome) -> None:
    encoder = ColourEncoder()
    options = LibraryOptions(intake=IntakeOptions(decode_threads=2), make_encoder=lambda *_: encoder)
    place = trial.folder / "library"
    await Library.create(place, encoder.name, options)
    async with Library.open(place, options) as library:
        with _watched() as memory, _heartbeat() as beats:
            await _as_uploads(library, sorted(folder.iterdir()), outcome)
            report = await library.import_from(FolderSource(folder))
        files = list(folder.iterdir())
        named = [file for file in files if file.suffix in KNOWN_ENDINGS]  # an import passes over the rest
        outcome.figures["files"] = len(files)
        outcome.figures["imported"] = report.added
        outcome.figures["processes ended"] = library.decoders.killed
        outcome.figures["longest stall of the loop"] = f"{beats.longest_s:.2f} s"
        outcome.figures["memory above rest"] = f"{memory.above_mb:.0f} MB"
        outcome.expect(report.added + len(report.skipped) == len(named), f"files not told of: {report}")
        outcome.expect(memory.above_mb <= MEMORY_MB, f"{memory.above_mb:.0f} MB above rest")
        outcome.expect(trial.short or beats.longest_s <= STALL_S, f"the loop stood still for {beats.longest_s:.1f} s")
        problems = await library.check()
        outcome.expect(not problems, f"afterwards: {problems}")


async def _as_uploads(library: Library, files: list[Path], outcome: Outcome) -> None:
    """Look for what is like each file, two people at a time; note how long the slowest took, and why files failed."""
    refused: Counter[str] = Counter()
    slowest = (0.0, "")
    waiting = iter(files)

    async def ask(what: Callable[[], Awaitable[object]], name: str) -> None:
        nonlocal slowest
        began = time.monotonic()
        try:
            await what()
        except (BadImage, BadRecord) as error:
            refused[error.message.template] += 1
        except Exception as error:
            outcome.faults.append(f"{name}: {error!r}")
        slowest = max(slowest, (time.monotonic() - began, name))

    async def person() -> None:
        for file in waiting:
            reference = Reference(file.read_bytes(), file.name)
            await ask(lambda given=reference: library.find("", references=[given]), file.name)  # type: ignore[misc]

    await asyncio.gather(person(), person())
    outcome.figures["refused"] = refused.total()
    outcome.figures["reasons"] = len(refused)
    outcome.figures["slowest answer"] = f"{slowest[0]:.2f} s ({slowest[1]})"


class _Memory:
    """What this process and the decoders hold, in MB."""

    def __init__(self) -> None:
        self._rest_mb = self._held_mb()
        self._most_mb = self._rest_mb

    @property
    def above_mb(self) -> float:
        return self._most_mb - self._rest_mb

    def look(self) -> None:
        self._most_mb = max(self._most_mb, self._held_mb())

    def _held_mb(self) -> float:
        children = (path.read_text().split() for path in Path("/proc/self/task").glob("*/children"))
        return sum(map(_resident_mb, ("self", *chain.from_iterable(children))))


@contextmanager
def _watched() -> Iterator[_Memory]:
    """Watch memory from a thread of its own, every hundredth of a second."""
    memory, done = _Memory(), threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            memory.look()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield memory
    finally:
        done.set()
        thread.join()


def _resident_mb(pid: str) -> float:
    try:
        if pid != "self" and b"decoding" not in Path(f"/proc/{pid}/cmdline").read_bytes():
            return 0.0  # one that is being started still shows this process's memory
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6
    except (OSError, IndexError):  # it is gone, or this is no Linux
        return 0.0


class _Beats:
    longest_s = 0.0


@contextmanager
def _heartbeat() -> Iterator[_Beats]:
    """Measure for how long the event loop does nothing else, at worst."""
    beats = _Beats()

    async def beat() -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.02)
            beats.longest_s = max(beats.longest_s, time.monotonic() - began - 0.02)

    task = asyncio.ensure_future(beat())
    try:
        yield beats
    finally:
        task.cancel()


ORDEAL = Ordeal("pictures", "pictures that are none, or made to break who reads them", run)
