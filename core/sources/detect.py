"""Which source a path or URL is, so that nobody has to say."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

from core.errors import SourceError
from core.images import KNOWN_ENDINGS
from core.sources import Candidate, Given, Source
from core.sources.dataset import DatasetSource, parts_of
from core.sources.folder import FOREIGN_ENDINGS, FolderSource, candidate_from_file
from core.sources.table import Rows, TableSource, candidate_from_url
from core.sources.unsplash import UnsplashSource, is_unsplash
from core.sources.vectors import StoredVectors

KINDS = ("unsplash", "folder", "table")
TABLE_ENDINGS = frozenset({".csv", ".tsv", ".json", ".jsonl", ".ndjson"})
TRIED_RECORDS = 10  # of a table in a folder: one of these must name a file that is there


def open_source(spec: str, *, images: Path | None = None, kind: str | None = None) -> Source | StoredVectors:
    """Return the source that a path or URL is; `kind` ("unsplash", "folder", "table") forces one.

    `images` is where the pictures of a table or of Unsplash's metadata lie. A folder is, in this order: the Unsplash
    dataset if photos.tsv000 is in it, stored vectors if there are .npy files and no pictures, a table if it holds
    exactly one with a column of files, of which the first is there, else a folder of pictures. Raises SourceError when
    nothing is there or nothing fits.
    """
    if kind not in (None, *KINDS):
        raise SourceError(
            "There is no kind of source called {kind!r}. There are: {kinds}.", kind=kind, kinds=", ".join(KINDS)
        )
    if re.match(r"https?://", spec, re.I):
        return Given(spec, candidate_from_url(spec))
    path = Path(spec).expanduser()
    if not path.exists():
        raise SourceError(
            "There is nothing at {spec}. Give the path of a folder, table or photo, or a photo's URL.", spec=spec
        )
    if path.is_dir():
        return _open_folder(path, images, kind)
    return _open_file(path, images, kind)


def _open_folder(path: Path, images: Path | None, kind: str | None) -> Source | StoredVectors:
    if kind == "unsplash" or (kind is None and parts_of(path, "photos")):
        return DatasetSource(path, images=images)
    table = None if kind == "folder" else _table_in(path, images)
    if table is not None:
        return table
    if kind == "table":
        raise SourceError(
            "{path} does not hold exactly one table that names files in it. Name the table itself.", path=path
        )
    photos = FolderSource(path)
    if kind is None and any(path.glob("*.npy")) and len(photos) == 0:
        return StoredVectors(path)
    if next(iter(photos), None) is None:
        raise SourceError("{path} holds no photos ({endings}).", path=path, endings=", ".join(sorted(KNOWN_ENDINGS)))
    return photos


def _open_file(path: Path, images: Path | None, kind: str | None) -> Source | StoredVectors:
    ending = path.suffix.lower()
    if kind == "folder":
        raise SourceError("{path} is a file, not a folder.", path=path)
    if kind is not None:
        return (UnsplashSource if kind == "unsplash" else TableSource)(path, images=images)
    if ending in KNOWN_ENDINGS:
        return Given(str(path), candidate_from_file(path))
    if ending in FOREIGN_ENDINGS:
        raise SourceError("{kind} files can't be read. Export the photo as JPEG.", kind=ending[1:].upper())
    if ending == ".npy":
        return StoredVectors(path)
    if ending in TABLE_ENDINGS or re.fullmatch(r"\.[tc]sv\d+", ending):
        return (UnsplashSource if is_unsplash(Rows(path).columns) else TableSource)(path, images=images)
    raise SourceError(
        "{file} is neither a photo ({endings}) nor a table (CSV, TSV or JSON).",
        file=path.name,
        endings=", ".join(sorted(KNOWN_ENDINGS)),
    )


def _table_in(folder: Path, images: Path | None) -> Source | None:
    """Return the table of a folder if it holds exactly one, and that one names pictures that are there."""
    tables = [path for path in folder.iterdir() if path.suffix.lower() in TABLE_ENDINGS and path.is_file()]
    if len(tables) != 1:
        return None
    try:
        kind = UnsplashSource if is_unsplash(Rows(tables[0]).columns) else TableSource
        source = kind(tables[0], images=images or folder)
    except SourceError:
        return None
    found = (item.file for item in islice(source, TRIED_RECORDS) if isinstance(item, Candidate))
    return source if any(found) else None
