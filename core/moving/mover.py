"""One library carried over: copied while others use it, held still for a moment at the end, proven, asked.

What is written by those who hold no lock (corrections, tags, boards) may come at any time: the last pass therefore
reads one state of the source, and what comes later belongs to the next run.
"""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from core.encoder import EncoderServices
from core.errors import LibraryError
from core.ingest import Progress
from core.library import Library
from core.moving.asking import Answers, Asked, calibrations, compare_answers
from core.moving.copying import Passed, carry_over
from core.moving.guarding import check_target, copied_fact, library_of
from core.moving.questions import make_queries
from core.moving.values import CantMove, Contents, NotTheSame
from core.options import LibraryOptions
from core.spaces import current_space
from core.store import Store, Stores
from core.store.raw import COPIED, COPYING, Head

QUERIES = 100
MOST_PASSES = 5  # while others write; what they write faster than this the last pass brings
MOST_ROUNDS = 3  # of asking both, where somebody wrote while they were asked
LOCK_PATIENCE_S = 600.0  # for an import into the source to end
TARGET_PATIENCE_S = 15.0  # for a move that was killed to be noticed by the server

Steps = Callable[[str], Progress]  # a name for what is done next, to how far it is


@dataclass(frozen=True, slots=True)
class Sides:
    """Where a library is, and where it shall be."""

    source: Stores
    target: Stores
    target_name: str  # as people know it; without a password


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move did, and that both sides are the same."""

    written: int  # photos and boards
    removed: int
    contents: Contents  # of both
    spaces: tuple[tuple[str, int], ...]  # encoder and how many vectors
    answers: Answers


async def move(
    folder: Path,
    sides: Sides,
    options: LibraryOptions,
    services: EncoderServices,
    steps: Steps,
    *,
    replace: bool = False,
) -> Moved:
    """Make the target's library of a folder what the source's is; `replace` writes over whatever stands there.

    Raises CantMove where it would undo something, or both are not the same at the end, and LibraryError where there is
    no library, or it can't be used.
    """
    if not await sides.source.exists(folder):
        raise CantMove("There is no library in {folder} to be moved.", folder=folder)
    async with AsyncExitStack() as stack:
        source = await stack.enter_async_context(sides.source.open(folder))
        head = await source.raw.head()
        await sides.target.create(folder, {COPYING: library_of(head)})
        target = await stack.enter_async_context(sides.target.open(folder))
        await stack.enter_async_context(target.lock(TARGET_PATIENCE_S))
        if not replace:
            await check_target(source.raw, target.raw, sides.target_name)
        await _mark_begun(source, target)
        if target.near is None:  # its graph on disk may be of what stood here before
            await asyncio.to_thread(shutil.rmtree, folder / "index", ignore_errors=True)
        done = await _copied(source, target, steps)
        answers = await _asked(folder, sides, source, target, options, services, steps)
        for _ in range(MOST_ROUNDS):
            if answers.same:
                break
            last = await _settled(source, target, steps("Comparing"))  # somebody may have written meanwhile
            if last.same:
                break
            done = _joined(done, last)
            answers = await _asked(folder, sides, source, target, options, services, steps)
        head = await source.raw.head()
    names = {space.id: space.encoder for space in head.spaces}
    vectors = tuple((names.get(space, "?"), count) for space, count in done.source.vectors)
    return Moved(done.written, done.removed, done.source, vectors, answers)


async def _copied(source: Store, target: Store, steps: Steps) -> Passed:
    """Carry over until nothing is left, at last with nobody importing."""
    done: Passed | None = None
    for _ in range(MOST_PASSES):
        passed = await _passed(source, target, steps("Copying" if done is None else "Comparing"))
        done = passed if done is None else _joined(done, passed)
        if passed.same:
            break
    last = await _settled(source, target, steps("Comparing"))
    return last if done is None else _joined(done, last)


async def _passed(source: Store, target: Store, progress: Progress) -> Passed:
    total = await source.photos.count()
    async with source.raw.frozen() as frozen:
        return await carry_over(frozen, target.raw, progress, total)


async def _settled(source: Store, target: Store, progress: Progress) -> Passed:
    """Carry over the last of it while nobody imports, prove that both are the same, and let the copy say so."""
    try:
        async with source.lock(LOCK_PATIENCE_S):
            return await copy_moment(source, target, progress)
    except LibraryError as error:
        raise CantMove("{cause} The same command goes on from here.", cause=error.message) from error


async def copy_moment(source: Store, target: Store, progress: Progress) -> Passed:
    """Make the target what the source is at this moment, prove that it is, and let the copy say so.

    Until then it says that it is not whole, and can't be opened as a library. Raises NotTheSame.
    """
    total = await source.photos.count()
    await _mark_begun(source, target)
    async with source.raw.frozen() as frozen:
        passed = await carry_over(frozen, target.raw, progress, total)
        proof = passed if passed.same else await carry_over(frozen, target.raw, progress, total)
        head = await frozen.head()
    lacking = await target.words.lacking()
    if not proof.same or lacking:
        raise NotTheSame(
            "The copy is not the same as the library: {source} against {target}, and {lacking} photos without words. "
            "Run `modaclip check` where it is now, then move it again.",
            source=proof.source.checksum,
            target=proof.target.checksum,
            lacking=len(lacking),
        )
    await _mark_whole(target, head, proof.source.checksum)
    return dataclasses.replace(passed, source=proof.source, target=proof.target)


async def _mark_begun(source: Store, target: Store) -> None:
    """Let the copy say that it is not whole: nobody uses it so, and the next run goes on with it."""
    await target.write_facts(**{COPYING: library_of(await source.raw.head())})


async def _mark_whole(target: Store, head: Head, checksum: str) -> None:
    await target.write_facts(**{COPIED: copied_fact(head, checksum), COPYING: ""})


async def _asked(
    folder: Path,
    sides: Sides,
    source: Store,
    target: Store,
    options: LibraryOptions,
    services: EncoderServices,
    steps: Steps,
) -> Answers:
    """Ask both libraries what this one can be asked."""
    progress = steps("Asking both")
    space = await current_space(target)
    if target.near is not None and space is not None:
        await target.near.prepare(space, options.exact_limit)
    queries = await make_queries(source, QUERIES)
    if not queries:
        return Answers()
    usual = await calibrations(source, target, services, options)
    async with (
        Library.open(folder, options, any_encoder=True, services=services, stores=sides.source) as own,
        Library.open(folder, options, any_encoder=True, services=services, stores=sides.target) as other,
    ):
        return await compare_answers(Asked(own, usual[0]), Asked(other, usual[1]), queries, progress)


def _joined(first: Passed, second: Passed) -> Passed:
    """Return what two passes found together."""
    return Passed(first.written + second.written, first.removed + second.removed, second.source, second.target)
