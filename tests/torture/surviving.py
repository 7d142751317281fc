"""What must hold after a process was killed in the ordeal `kills`: before anybody does anything, and after the same
command was simply run again.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib import resources
from io import BytesIO
from pathlib import Path

from core.boards.board import Author
from core.boards.changes import NewPin, Pinned
from core.library import Library
from core.spaces import current_space
from core.store import StoreOptions, Stores
from core.vector_cache import FILE, load_graph
from tests.torture.acknowledged import Fact, is_picture, lost, sha_of, team_of
from tests.torture.killed import BOARD, ENCODERS, OPERATIONS, PHOTOS, Job
from tests.torture.material import is_whole, picture

BASE_PHOTOS = 30
HOURS_S = 3 * 3600.0
SERVER_NOTICES_S = 10.0  # that the process at the other end is gone
ORPHANS = "files of photos that are not here"


async def make_base(job: Job) -> None:
    """Make the library that each world begins as, with an index file and a board."""
    photos = job.photos
    photos.mkdir(parents=True)
    for number in range(BASE_PHOTOS):
        (photos / f"base-{number:02}.jpg").write_bytes(picture("base", number))
    await Library.create(job.folder, ENCODERS[0], job.options)
    async with job.open() as library:
        await OPERATIONS["import"](job, lambda *_: None)
        await _make_board(library)


async def _make_board(library: Library) -> None:
    """Make the board that is voted on, of the first photos."""
    author = Author("web:ann", "Ann", "")
    photos = await library.photos((await library.ids("base"))[:4])
    board = await library.boards.make(BOARD, author)
    await library.boards.change(
        board.id, author, lambda now: Pinned(now.next_number, tuple(NewPin(photo, "") for photo in photos.values()))
    )


async def prepare(job: Job, base: Path) -> None:
    """Lay out what one round begins with."""
    if job.operation in ("import", "divided import", "enriching"):
        job.photos.mkdir(parents=True)
        for number in range(PHOTOS):
            (job.photos / f"{number}.jpg").write_bytes(picture(job.folder.name, job.round, number))
    elif job.operation == "migration":
        shutil.rmtree(job.folder, ignore_errors=True)
        _make_old(job.folder, job.round)
    elif job.operation == "move":
        shutil.rmtree(job.folder, ignore_errors=True)
        shutil.copytree(base, job.folder)
    elif job.operation == "repair":
        _damage(job.folder)
    elif job.operation == "export":
        job.exports.mkdir(parents=True, exist_ok=True)


async def survived(job: Job, facts: Sequence[Fact], *, repaired_first: bool) -> list[str]:
    """Return what is wrong after a kill: with what was acknowledged, with what is left, with running it again."""
    if job.operation == "migration":
        return await _migrated(job, facts)
    used = replace(job, url="") if job.operation == "move" and all(fact[0] != "moved" for fact in facts) else job
    faults = [*await lost(used, facts), *_half_written(job)]
    if job.operation not in ("repair", "new library"):  # whose world is damaged, or not there, without any kill
        faults += await _without_file(used)
        faults += [text for text in await _problems(used, repair=False) if ORPHANS not in text]
        if repaired_first:
            faults += await _problems(used, repair=True)
    _age(job.folder, job.exports)
    again: list[Fact] = []
    await OPERATIONS[job.operation](job, lambda *fact: again.append(fact))
    sound = job if job.operation != "new library" else team_of(job)
    faults += [f"after running it again: {text}" for text in await _unsound(sound, [*facts, *again])]
    return faults


def _half_written(job: Job) -> list[str]:
    """Return files that stand under their final names and are not whole."""
    folders = (job.exports, job.folder / "bot" / "files")
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    shown = [path for path in paths if not path.name.startswith(".")]
    return [f"half a file: {path.name}" for path in shown if not _whole_file(path)]


def _whole_file(path: Path) -> bool:
    data = path.read_bytes()
    try:
        if path.suffix == ".bin":
            return is_whole(data)
        if path.suffix == ".png":
            return is_picture(path)
        if path.suffix == ".json":
            return bool(json.loads(data))
        if path.suffix == ".zip":
            return zipfile.ZipFile(BytesIO(data)).testzip() is None
    except (ValueError, zipfile.BadZipFile):
        return False
    return bool(data) and (path.suffix != ".html" or data.rstrip().endswith(b"</html>"))


async def _without_file(job: Job) -> list[str]:
    """Return photos that are there and whose file, which was kept for them, is not."""
    async with Stores(StoreOptions(job.url)) as stores, stores.open(job.folder) as store:
        rows = [row for row in await store.photos.pictured() if "originals" in Path(row.path or "").parts]
    return [f"{row.id} is there without its file" for row in rows if sha_of(Path(row.path or "")) != row.content_hash]


async def _problems(job: Job, *, repair: bool) -> list[str]:
    """Return what `check` finds and (with `repair`) can't mend. The library's lock must be free."""
    patience_s = SERVER_NOTICES_S if job.url else 0.0
    async with Stores(StoreOptions(job.url)) as stores, stores.open(job.folder) as store, store.lock(patience_s):
        pass  # it is free
    async with job.open() as library:
        found = await library.check(repair=repair)
    return [f"check finds {problem.text}" for problem in found if not (repair and problem.mended)]


async def _unsound(job: Job, facts: Sequence[Fact]) -> list[str]:
    """Return what is wrong with a library that ought to be as if nothing had happened."""
    faults = [*await lost(job, facts), *_half_written(job), *await _problems(job, repair=False)]
    for path in _leftovers(job.folder, job.exports):
        faults.append(f"left behind: {path.relative_to(job.folder.parent)}")
        path.unlink()  # so that it is told once
    async with Stores(StoreOptions(job.url)) as stores, stores.open(job.folder) as store:
        hashes = Counter(row.content_hash for row in await store.photos.pictured())
        faults += [f"{n} photos have the same picture" for n in hashes.values() if n > 1]
        space = await current_space(store)
        if space is None:
            return [*faults, "no space"]
        if await store.photos.looks(grouped=False):
            faults.append("photos were not compared with the others")
        if job.operation != "repair":  # after which the next import tags
            changes = await store.vectors.changes(space, int(await store.fact("tagged_revision") or 0))
            if changes.photos.size:
                faults.append(f"{changes.photos.size} photos have no tags of their look")
        if len(await store.vectors.spaces()) > 1:
            faults.append("vectors of another encoder are left")
    if (job.folder / "index" / FILE).exists() and load_graph(job.folder / "index") is None:
        faults.append("the index file is damaged")
    return [*faults, *await _answers(job)]


async def _answers(job: Job) -> list[str]:
    """Return where a search by the index file and one that compares all vectors differ."""
    found = []
    for options in (job.options, job.exact):
        async with Library.open(job.folder, options, any_encoder=True) as library:
            page = await library.find("bright red", limit=8, collapse=False)
            found.append([round(hit.score, 3) for hit in page.hits])
    return [] if found[0] == found[1] and found[0] else [f"the index file answers otherwise: {found}"]


def _leftovers(*folders: Path) -> Iterable[Path]:
    """Return files that were being written: their names begin with a dot."""
    return [path for folder in folders for path in folder.rglob(".*") if path.is_file()]


def _age(*folders: Path) -> None:
    """Let hours go by for what was being written."""
    then = time.time() - HOURS_S
    for path in _leftovers(*folders):
        os.utime(path, (then, then))


def _make_old(folder: Path, version: int) -> None:
    """Make a library as an older version did, of the schema before one of the migrations."""
    migrations = sorted(
        (entry.name, entry.read_text(encoding="utf-8"))
        for entry in (resources.files("core.store.sqlite") / "migrations").iterdir()
        if entry.name.endswith(".sql")
    )
    done = 1 + version % (len(migrations) - 1)
    folder.mkdir(parents=True)
    connection = sqlite3.connect(folder / "library.db", isolation_level=None)
    for _, script in migrations[:done]:
        connection.executescript(script)
    rows = [(f"old-{n}", f"upload:{n}", "-", "upload", n * 2654435761 % 2**60, f"{n:064}") for n in range(3000)]
    connection.execute("BEGIN")
    connection.execute("INSERT INTO facts VALUES ('encoder', ?), ('created_at', '2025-01-01')", (ENCODERS[0],))
    connection.executemany(
        "INSERT INTO photos (id, key, record_hash, source, phash, content_hash, imported_at) "
        "VALUES (?, ?, ?, ?, ?, ?, '2025-01-01')",
        rows,
    )
    connection.execute("INSERT INTO words (rowid) SELECT n FROM photos")
    connection.execute("COMMIT")
    connection.execute(f"PRAGMA user_version = {done}")
    connection.close()


async def _migrated(job: Job, facts: Sequence[Fact]) -> list[str]:
    """Return what is wrong with a library that was being migrated: opened once more, it is as new as any."""
    async with job.open() as library:
        count = await library.count()
    connection = sqlite3.connect(job.folder / "library.db")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    sound = connection.execute("PRAGMA integrity_check").fetchone()[0]
    connection.close()
    newest = sum(
        entry.name.endswith(".sql") for entry in (resources.files("core.store.sqlite") / "migrations").iterdir()
    )
    faults = [] if (count, version, sound) == (3000, newest, "ok") else [f"migrated to {count, version, sound}"]
    told = [fact[1] for fact in facts if fact[0] == "opened"]
    return [*faults, *(f"opened with {n} photos" for n in told if n != count)]


def _damage(folder: Path) -> None:
    """Take away what can be made again: thumbnails, vectors."""
    for path in sorted((folder / "thumbs").glob("*/*.jpg"))[::2]:
        path.unlink()
    connection = sqlite3.connect(folder / "library.db")
    with connection:
        connection.execute("DELETE FROM vectors WHERE photo % 2 = 0")
    connection.close()
