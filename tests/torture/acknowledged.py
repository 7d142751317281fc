"""What was acknowledged in the ordeal `kills`, fact by fact, and whether it is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from PIL import Image

from core.boards.shelf import folded
from core.library import Library
from core.photos import Photo
from tests.torture.killed import Job
from tests.torture.material import sha

Fact: TypeAlias = tuple[Any, ...]


async def lost(job: Job, facts: Sequence[Fact]) -> list[str]:
    """Return what was acknowledged and is not there."""
    if job.operation == "new library":
        if not any(fact[0] == "made" for fact in facts):
            return []
        job = team_of(job)
        if not await Library.exists(job.folder, job.options):
            return ["a library that was made is not there"]
    if job.operation == "chat":
        from tests.torture.chatting import kept_at, open_bot, press  # brings the bot

        async with open_bot(job) as (desk, files):
            tokens = [fact[1] for fact in facts if fact[0] == "shown"]
            faults = [f"a button does nothing: {t}" for t in tokens if (await press(desk, f"show:{t}")).failed]
            for _, href, digest in (fact for fact in facts if fact[0] == "kept"):
                path = kept_at(files, href)
                if path is None or sha(path.read_bytes()) != digest:
                    faults.append(f"a file that was named is not there: {href}")
    else:
        faults = _lost_files(job, facts)
    async with job.open() as library:
        return [*faults, *await _lost_photos(job, library, facts), *await _lost_from_boards(library, facts)]


def _lost_files(job: Job, facts: Sequence[Fact]) -> list[str]:
    """Return the exports that were named and are not there as they were."""
    sheets = {fact[1] for fact in facts if fact[0] == "exported"}
    kept = {fact[1]: fact[2] for fact in facts if fact[0] == "kept"}
    paths = {job.exports / href.removeprefix("/"): digest for href, digest in kept.items()}
    return [
        *(f"a sheet is not there: {sheet}" for sheet in sheets if not Path(sheet).is_file()),
        *(f"a file is not as it was: {path}" for path, digest in paths.items() if sha_of(path) != digest),
    ]


async def _lost_photos(job: Job, library: Library, facts: Sequence[Fact]) -> list[str]:
    wanted: dict[str, str | None] = {}
    for fact in facts:
        if fact[0] == "removing":
            wanted.pop(fact[1], None)
        elif fact[0] in ("added", "removed"):
            wanted[fact[1]] = fact[2] if fact[0] == "added" else None
    found = await library.photos(list(wanted))
    faults = [fault for photo_id, digest in wanted.items() for fault in _lost_photo(library, found, photo_id, digest)]
    for _, photo_id, name, tag in (fact for fact in facts if fact[0] == "edited"):
        photo = await library.photo(photo_id)
        if photo.photographer.name != name or tag not in {one.name for one in photo.tags}:
            faults.append(f"an edit of {photo_id} is lost")
    told = {fact[0] for fact in facts}
    if "imported" in told:
        keys = [f"file:{path}" for path in job.photos.iterdir()]
        faults += [f"{key} was imported and is not there" for key in set(keys) - await library.held(keys)]
    encoder = library.encoder.encoder.name
    if "reembedded" in told and (wished := next(fact[1] for fact in facts if fact[0] == "reembedded")) != encoder:
        faults.append(f"the library was moved to {wished}, and {encoder} answers")
    return faults


def _lost_photo(library: Library, found: Mapping[str, Photo], photo_id: str, digest: str | None) -> Iterator[str]:
    """Yield what is missing of one photo, or (without a digest) that it was not removed."""
    photo = found.get(photo_id)
    if digest is None:
        if photo is not None:
            yield f"{photo_id} was removed and is there"
    elif photo is None or photo.content_hash != digest:
        yield f"{photo_id} was added and is not there"
    else:
        if sha_of(Path(photo.path or "")) != digest:
            yield f"the file of {photo_id} is not there"
        thumbnail = library.thumbnail(photo)
        if thumbnail is None or not is_picture(thumbnail):
            yield f"the thumbnail of {photo_id} is not there"


async def _lost_from_boards(library: Library, facts: Sequence[Fact]) -> list[str]:
    faults = []
    votes = {fact[1:4]: fact[4] for fact in facts if fact[0] == "voted"}  # each one's last
    for (board_id, number, person), choice in votes.items():
        pin = (await library.boards.board(board_id)).pin(number)
        if pin is None or pin.vote_of(person) != choice:
            faults.append(f"a vote of {person} for {number} is lost")
    for _, board_id, photo_id in (fact for fact in facts if fact[0] == "pinned"):
        if photo_id not in {pin.photo.id for pin in (await library.boards.board(board_id)).pins}:
            faults.append(f"{photo_id} was pinned and is not on its board")
    names = Counter(folded(one.name) for one in await library.boards.all(archived=None))
    faults += [f"there are two boards {name!r}" for name, count in names.items() if count > 1]
    wanted = [fact[1] for fact in facts if fact[0] == "board"]
    faults += [f"the board {name!r} is not there" for name in wanted if folded(name) not in names]
    for listed in await library.boards.all(archived=None):
        log = await library.boards.log(listed.id)
        if [entry.stamp.revision for entry in log] != list(range(1, len(log) + 1)):
            faults.append(f"the log of {listed.name!r} has a gap")
        if listed.name.startswith("A lodge") and not (await library.boards.board(listed.id)).brief:
            faults.append(f"the board {listed.name!r} was made without its brief")
    return faults


def is_picture(path: Path) -> bool:
    """Tell whether a file is a picture from beginning to end."""
    try:
        with Image.open(path) as image:
            image.load()
    except (OSError, SyntaxError):
        return False
    return True


def sha_of(path: Path) -> str:
    """Return what tells a file from others; "" where there is none."""
    return sha(path.read_bytes()) if path.is_file() else ""


def team_of(job: Job) -> Job:
    """Return the library that a round of "new library" makes."""
    return Job("add", job.folder / f"team-{job.round}", job.round, job.url)
