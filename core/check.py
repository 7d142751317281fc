"""Looks for damage in a library, and mends what can be mended without losing anything that somebody gave.

What can be computed again (vectors, words, thumbnails, groups, tags, the index file) is; a photo is taken out only when
its own file is gone, and a file that was brought only when its photo is not there: whoever brought it was not told that
it came in, or has taken it out.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from core.boards.board import Author
from core.boards.changes import Lost, Made, Stamp
from core.boards.log import Entry, fold
from core.boards.shelf import change_row, read_entry, row_of
from core.decoding import Decoders
from core.encoder import EncoderService
from core.errors import BadImage
from core.ingest import FILE_KEY
from core.originals import Originals
from core.reembed import embed_lacking
from core.spaces import current_space, writing_space
from core.store import Store
from core.store.raw import BoardRows
from core.thumbnails import Thumbnails

BOARDS_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and whether it was mended."""

    text: str
    mended: bool = False


async def mend_boards(store: Store) -> list[str]:
    """Give boards whose log is not whole one that is; return what is lost, a line each.

    Where an entry is gone another says so, since later ones name earlier ones by their numbers.
    """
    lost, after = [], ""
    while rows := await store.raw.boards(after, BOARDS_AT_ONCE):
        after = rows[-1].id
        whole = [_whole(one) for one in rows]
        await store.raw.write_boards([one for one, before in zip(whole, rows, strict=True) if one != before])
        for one, before in zip(whole, rows, strict=True):
            known, name = {change.revision for change in before.changes}, one.board.name if one.board else one.id
            gone = [str(change.revision) for change in one.changes if change.revision not in known]
            lost += [f"board {name}: what was done as number {', '.join(gone)}"] if gone else []
    return lost


def _whole(rows: BoardRows) -> BoardRows:
    """Return a board's rows with an entry for each revision, and what is looked for as the log says it."""
    row, known = rows.board, {change.revision: read_entry(change) for change in rows.changes}
    if row is None:
        return rows
    made_at, at = datetime.fromisoformat(row.made_at), datetime.fromisoformat(row.changed_at)
    made, nobody = Made(row.name, row.channel), Author("", "?")
    log = [
        known.get(n) or Entry(Stamp(n, nobody, made_at if n == 1 else at), made if n == 1 else Lost())
        for n in range(1, max([row.revision, *known]) + 1)
    ]
    told = row_of(fold(row.id, log), made_at if 1 not in known else known[1].stamp.at, log[-1].stamp)
    standing = {change.revision: change for change in rows.changes}
    changes = tuple(standing.get(entry.stamp.revision) or change_row(entry) for entry in log)
    return BoardRows(rows.id, told, changes)


async def check(
    store: Store,
    service: EncoderService,
    decoders: Decoders,
    thumbnails: Thumbnails,
    originals: Originals,
    *,
    thumbnail_px: int,
    repair: bool,
) -> list[Problem]:
    """Return what is wrong with a library, whose lock is held alone; with `repair`, after mending it."""
    if damage := await store.problems():  # what is read there may be wrong
        return [Problem(f"the database: {text}") for text in damage]
    return [
        *await _gone(store, repair),
        *await _words(store, repair),
        *await _vectors(store, service, decoders, thumbnails, repair),
        *await _thumbnails(store, decoders, thumbnails, thumbnail_px, repair),
        *await _originals(store, originals, repair),
        *await _sums(store, repair),
    ]


async def _sums(store: Store, repair: bool) -> list[Problem]:
    sealed = await store.seal() if repair else 0
    return [Problem(f"{sealed:,} entries of an earlier version had no checksum", True)] if sealed else []


async def _gone(store: Store, repair: bool) -> list[Problem]:
    rows = [row for row in await store.photos.pictured() if row.key.startswith(FILE_KEY)]
    missing = await asyncio.to_thread(
        lambda: [row.n for row in rows if not Path(row.key.removeprefix(FILE_KEY)).exists()]
    )
    if missing and repair:
        await store.remove_photos(missing)
    return [Problem(f"{len(missing):,} photos whose file is gone", repair)] if missing else []


async def _words(store: Store, repair: bool) -> list[Problem]:
    lacking = await store.words.lacking()
    if lacking and repair:
        await store.words.write(await store.photos.get(lacking))
    return [Problem(f"{len(lacking):,} photos that can't be found by words", repair)] if lacking else []


async def _vectors(
    store: Store, service: EncoderService, decoders: Decoders, thumbnails: Thumbnails, repair: bool
) -> list[Problem]:
    space = await current_space(store)
    lacking = set() if space is None else await store.vectors.lacking(space)
    if not lacking:
        return []
    what = f"{len(lacking):,} photos with a picture but without a vector"
    if not repair:
        return [Problem(what)]
    space = await writing_space(store, service)
    report = await embed_lacking(store, service, decoders, space, thumbnails)
    return [Problem(what, not report.left_out)]


async def _thumbnails(
    store: Store, decoders: Decoders, thumbnails: Thumbnails, thumbnail_px: int, repair: bool
) -> list[Problem]:
    rows = await store.photos.pictured()
    missing = [row for row in rows if thumbnails.find(row.content_hash) is None]
    if repair:
        used = {row.content_hash for row in rows}
        await asyncio.to_thread(thumbnails.remove_unused, used)
        await asyncio.to_thread(thumbnails.sweep)
        draw = partial(_draw, decoders=decoders, thumbnails=thumbnails, thumbnail_px=thumbnail_px)
        lost = [row for row in missing if not await asyncio.to_thread(draw, row.path)]
    else:
        lost = missing
    if not missing:
        return []
    return [Problem(f"{len(missing):,} photos without a thumbnail", repair and not lost)]


async def _originals(store: Store, originals: Originals, repair: bool) -> list[Problem]:
    paths = [row.path for row in await store.photos.pictured()]
    left = await asyncio.to_thread(originals.without_photo, paths)
    if repair:
        await asyncio.to_thread(originals.sweep)
        for path in left:
            await asyncio.to_thread(originals.remove, path)
    return [Problem(f"{len(left):,} files of photos that are not here", repair)] if left else []


def _draw(path: str | None, decoders: Decoders, thumbnails: Thumbnails, thumbnail_px: int) -> bool:
    """Make a photo's thumbnail again from its file; return whether that could be done."""
    try:
        file = Path(path or "")
        picture, look = decoders.look(file.read_bytes(), name=file.name, thumbnail_px=thumbnail_px)
    except (BadImage, OSError):
        return False
    thumbnails.write(picture.content_hash, look.thumbnail)
    return True
