"""The tables of the Unsplash dataset (Lite or Full): photos with their keywords and colours, part by part.

A folder holds photos.tsv000, photos.tsv001 ... and, beside them, keywords and colors (the American name is the file's);
some releases name them .csv000. All are separated by tabs and quoted like CSV.

Keywords and colours come in no order that one may rely on, and the Full dataset has some 150 million of them. They are
first streamed into a temporary SQLite file, then looked up photo by photo. Memory stays small; the price is disk, about
60 bytes a kept keyword, and time, about 4 seconds a million keywords, whenever an import starts.
"""

from __future__ import annotations

import csv
import re
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from core.errors import SourceError
from core.photos import Colour, Photo, Tag
from core.sources import Candidate, Skipped
from core.sources.table import Rows
from core.sources.text import decimal, tag_names
from core.sources.unsplash import Pictures, candidate_from, is_unsplash

MIN_PERCENT = 40  # confidence of keywords that no person gave; newer releases hold no lower ones
TAGS_PER_PHOTO = 32
COLOURS_PER_PHOTO = 8
TRUE = frozenset({"t", "true", "True", "1"})


class DatasetSource:
    """The photos of one folder of tables. `scratch` is where the temporary file goes (the system's place by default).

    Raises SourceError when the folder holds no such tables, and, while read, when the disk is full.
    """

    def __init__(self, folder: Path, *, images: Path | None = None, scratch: Path | None = None) -> None:
        self.name = str(folder)
        self._folder = folder
        self._scratch = scratch
        self._pictures = Pictures(images)
        self._photos = [Rows(part) for part in parts_of(folder, "photos")]
        if not self._photos:
            raise SourceError(
                "{folder} holds no tables of the Unsplash dataset: there is no photos.tsv000 in it.", folder=folder
            )
        for rows in self._photos:
            if not is_unsplash(rows.columns):
                raise SourceError(
                    "{file} is no table of photos: it lacks photo_id or photo_image_url.", file=rows.path.name
                )

    def __len__(self) -> int:
        return sum(map(len, self._photos))

    def __iter__(self) -> Iterator[Candidate | Skipped]:
        with _gather(self._folder, self._scratch) as details:
            for rows in self._photos:
                for item in rows:
                    outcome = item if isinstance(item, Skipped) else candidate_from(*item, self._pictures)
                    if isinstance(outcome, Skipped):
                        yield replace(outcome, what=f"{rows.path.name}, {outcome.what}")
                    else:
                        yield replace(outcome, photo=details.complete(outcome.photo))


def parts_of(folder: Path, table: str) -> list[Path]:
    """Return the parts of one table in their order: photos.tsv000, photos.tsv001 ... or a single photos.tsv."""
    name = re.compile(rf"{table}\.(?:[tc]sv(\d+)|tsv)")
    found = [(match, path) for path in folder.iterdir() if (match := name.fullmatch(path.name)) and path.is_file()]
    return [path for match, path in sorted(found, key=lambda pair: (int(pair[0][1] or 0), pair[1].name))]


class _Details:
    """The keywords and colours of all photos, in a temporary SQLite file."""

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        self._connection = connection
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("CREATE TABLE keywords (photo TEXT, name TEXT, by_person INT, confidence REAL)")
        connection.execute("CREATE TABLE colours (photo TEXT, hex TEXT, share REAL)")
        connection.executemany("INSERT INTO keywords VALUES (?, ?, ?, ?)", _keywords(folder))
        connection.executemany("INSERT INTO colours VALUES (?, ?, ?)", _colours(folder))
        connection.commit()
        # Indexed afterwards, in one sort: much faster than row by row.
        connection.execute("CREATE INDEX keywords_by_photo ON keywords (photo)")
        connection.execute("CREATE INDEX colours_by_photo ON colours (photo)")

    def complete(self, photo: Photo) -> Photo:
        """Return a photo with its tags, people's first and then the surest, and its colours, the largest first."""
        keywords = self._connection.execute(
            "SELECT name, confidence FROM keywords WHERE photo = ? ORDER BY by_person DESC, confidence DESC LIMIT ?",
            (photo.id, TAGS_PER_PHOTO),
        )
        tags = {name: Tag(name, confidence=sure) for text, sure in keywords for name in tag_names([text])}
        colours = self._connection.execute(
            "SELECT hex, share FROM colours WHERE photo = ? ORDER BY share DESC LIMIT ?", (photo.id, COLOURS_PER_PHOTO)
        ).fetchall()
        whole = 100 if any(share > 1 for _, share in colours) else 1  # documented as percentages; also seen as shares
        return replace(
            photo,
            tags=(*tags.values(), *(tag for tag in photo.tags if tag.name not in tags)),
            colours=tuple(Colour(hex_code, share / whole) for hex_code, share in colours),
        )


@contextmanager
def _gather(folder: Path, scratch: Path | None) -> Iterator[_Details]:
    try:
        with (
            tempfile.TemporaryDirectory(prefix="modaclip-", dir=scratch) as place,
            # A source may be read in one thread and closed in another; never used by two at once.
            closing(sqlite3.connect(Path(place) / "details.db", check_same_thread=False)) as connection,
        ):
            yield _Details(connection, folder)
    except sqlite3.Error as error:
        raise SourceError(
            "The keywords of {folder} could not be gathered in {place}: {trouble}. "
            "Most likely the disk is full; TMPDIR names a place with more room.",
            folder=folder.name,
            place=scratch or tempfile.gettempdir(),
            trouble=str(error),
        ) from error


def _keywords(folder: Path) -> Iterator[tuple[str, str, bool, float | None]]:
    """Yield photo, keyword, whether a person gave it, and the better of its confidences (0 to 1)."""
    columns = ("photo_id", "keyword", "suggested_by_user", "ai_service_1_confidence", "ai_service_2_confidence",
               "suggested_by_ai_service_3", "confirmed_by_ai_service_3")  # fmt: skip
    for photo, keyword, by_user, first, second, *third in _cells(parts_of(folder, "keywords"), columns):
        by_person = by_user in TRUE
        percent = max(decimal(first) or 0.0, decimal(second) or 0.0)
        if by_person or percent >= MIN_PERCENT or not TRUE.isdisjoint(third):
            yield photo, keyword, by_person, min(percent / 100, 1.0) if percent else None


def _colours(folder: Path) -> Iterator[tuple[str, str, float]]:
    """Yield photo, colour and share of the area as they stand."""
    columns = ("photo_id", "hex", "ai_coverage", "coverage")
    for photo, hex_digits, *shares in _cells(parts_of(folder, "colors"), columns):
        share = next((number for text in shares if (number := decimal(text)) is not None), None)
        if share is not None and re.fullmatch("#?[0-9A-Fa-f]{6}", hex_digits):
            yield photo, f"#{hex_digits.lstrip('#').lower()}", share


def _cells(parts: Sequence[Path], columns: Sequence[str]) -> Iterator[list[str]]:
    """Yield the cells of the named columns, row by row, "" where there is none; without Rows' comfort, for speed."""
    for part in parts:
        with part.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            reader = csv.reader(file, delimiter="\t")
            header = next(reader, [])
            places = [header.index(column) if column in header else len(header) for column in columns]
            for row in reader:
                if len(row) == len(header):
                    row.append("")
                    yield [row[place] for place in places]
