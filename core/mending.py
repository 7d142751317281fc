"""`modaclip check`: looks at a library before it is opened, mends what keeps it from being opened, then looks inside.

What a damaged file still holds is carried into a new one; then everything that can be made again is: vectors, words,
thumbnails, groups, automatic tags, the index, and photos of folders whose files are there. What is lost is said by id.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

from core.check import Problem
from core.decoding import Decoders
from core.errors import SourceError
from core.ingest import FILE_KEY
from core.library import Library, LibraryOptions
from core.sources import Candidate, Given
from core.sources.folder import candidate_from_file
from core.store import Stores
from core.store.sqlite.salvage import LostPhoto, Salvaged

FOLDER = "folder"  # the source of photos of which all that is known stands in their files


async def check_library(
    folder: Path,
    options: LibraryOptions | None = None,
    *,
    repair: bool,
    stores: Stores,
    decoders: Decoders | None = None,
) -> list[Problem]:
    """Return what is wrong with the library of a folder; with `repair`, after mending it.

    Raises LibraryError where it can't be looked at, is used meanwhile by a program that would go on with the damaged
    file, or where nothing of it can be read.
    """
    damage = await stores.problems(folder) if await stores.exists(folder) else []
    problems = [Problem(f"lost: {text}", mended=repair) for text in stores.losses(folder, told=repair)]
    if damage and not repair:
        return [*problems, *(Problem(f"the database: {text}") for text in damage)]
    salvaged: Salvaged | None = None
    if damage:
        async with stores.lock(folder):
            salvaged = await stores.salvage(folder)
        await asyncio.to_thread(shutil.rmtree, folder / "index", ignore_errors=True)
        problems += [Problem(f"the database: {text}", mended=True) for text in damage]
        problems += [Problem(f"lost: {text}") for text in salvaged.lost]
        problems.append(Problem(f"the damaged file is kept as {salvaged.aside.name}", mended=True))
    async with Library.open(folder, options, any_encoder=True, stores=stores, decoders=decoders) as library:
        if salvaged is not None:
            problems += await _complete(library, salvaged.photos)
        return [*problems, *await library.check(repair=repair)]


async def check_tables(path: Path, package: str, *, repair: bool, stores: Stores) -> list[Problem]:
    """Do the same for a file of tables that is no library's."""
    damage = await stores.problems_of_tables(path, package) if path.is_file() else []
    if not damage or not repair:
        return [Problem(f"{path.name}: {text}") for text in damage]
    salvaged = await stores.salvage_tables(path, package)
    return [
        *(Problem(f"{path.name}: {text}", mended=True) for text in damage),
        *(Problem(f"{path.name}, lost: {text}") for text in salvaged.lost),
        Problem(f"the damaged file is kept as {salvaged.aside.name}", mended=True),
    ]


async def _complete(library: Library, lost: Sequence[LostPhoto]) -> list[Problem]:
    """Bring back what can be had from elsewhere; return what that was."""
    problems = [Problem(f"lost: {text}") for text in await library.mend_boards()]
    found = await asyncio.to_thread(lambda: [one for photo in lost if (one := _candidate(photo)) is not None])
    report = await library.import_from(Given("photos whose entries are lost", *found))
    if report.added:
        problems.append(Problem(f"{report.added:,} of these photos were taken in again from their files", mended=True))
    return problems


def _candidate(photo: LostPhoto) -> Candidate | None:
    """Return a photo as its file tells of it; None where more was known of it than the file tells, or it is gone."""
    path = Path((photo.key or "").removeprefix(FILE_KEY))
    if photo.source != FOLDER or photo.key is None or not photo.key.startswith(FILE_KEY) or not path.is_file():
        return None
    try:
        return candidate_from_file(path)
    except (OSError, SourceError):
        return None
