"""Photos listed in a table: CSV, TSV, JSON or JSON lines, with forgiving column names.

`Rows` reads the records of any such file and is what the Unsplash sources stand on as well.
"""

from __future__ import annotations

import codecs
import csv
import json
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TextIO, TypeAlias
from urllib.parse import unquote, urlsplit

from core.errors import Message, SourceError
from core.photos import Photo, Photographer, Tag
from core.sources import Candidate, Skipped
from core.sources.embedded import enrich, read_embedded
from core.sources.text import clean, full_name, identifier, licence_id, moment, slug, tag_names, web_url, whole

Row: TypeAlias = Mapping[str, object]

HEADER_CHARACTERS = 1 << 16
LOCATIONS = ("file", "path", "filename", "file_name", "file_path", "filepath", "image", "image_path", "image_file",
             "url", "image_url", "photo_image_url", "src", "photo")  # fmt: skip
COLUMNS = {
    "id": ("id", "photo_id", "image_id"),
    "title": ("title", "headline"),
    "description": ("description", "photo_description", "caption", "alt", "alt_text", "alt_description"),
    "photographer": ("photographer", "photographer_name", "author", "creator", "artist", "byline", "credit"),
    "profile": ("photographer_url", "profile_url", "author_url", "creator_url"),
    "username": ("photographer_username", "username"),
    "page": ("source_url", "page_url", "photo_url", "page", "link"),
    "licence": ("licence", "license", "license_url", "licence_url", "rights"),
    "tags": ("tags", "keywords"),
    "place": ("place", "location", "photo_location_name"),
    "taken": ("taken", "taken_at", "date_taken", "date"),
    "published": ("published", "published_at", "photo_submitted_at"),
    "width": ("width", "photo_width"),
    "height": ("height", "photo_height"),
}


class Rows:
    """The records of one CSV, TSV, JSON or JSON lines file, as mappings from lower-case column names.

    CSV and TSV are streamed; the delimiter is found in the first line. JSON is held in memory. Text may be UTF-8 (with
    or without a byte order mark), UTF-16 with one, or, field by field, Windows-1252. Raises SourceError when the file
    is missing, empty or no table.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._records: list[object] | None = None
        try:
            with path.open("rb") as file:
                wide = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
            self._encoding, self._errors = ("utf-16", "replace") if wide else ("utf-8-sig", "surrogateescape")
            with self._open() as lines:
                beginning = lines.read(HEADER_CHARACTERS)
            if not beginning.strip():
                raise SourceError("{file} is empty.", file=path.name)
            if beginning.lstrip()[0] in "[{":
                self._records = _load_json(path.read_text(self._encoding, errors="replace"), path.name)
                names = (name for record in self._records if isinstance(record, dict) for name in record)
                self.columns = [_column(name) for name in dict.fromkeys(names)]
            else:
                first_line = next(line for line in beginning.split("\n") if line.strip())
                self._delimiter = max("\t;,", key=first_line.count)
                with self._open() as lines:
                    self.columns = _header(csv.reader(lines, delimiter=self._delimiter))
        except OSError as error:
            raise SourceError("{path} can't be read: {trouble}.", path=path, trouble=error.strerror) from error
        except csv.Error as error:
            raise SourceError("{file} is not a table: {trouble}.", file=path.name, trouble=str(error)) from error

    @property
    def shown_columns(self) -> str | Message:
        """The columns' names for an error message: the first few, and none at any length."""
        return ", ".join(name[:30] for name in self.columns[:12] if name) or Message("none")

    def __len__(self) -> int:
        """Return how many records there are; where CSV cells hold line breaks, more than that."""
        if self._records is not None:
            return len(self._records)
        lines, block = 0, b"\n"
        with self.path.open("rb") as file:
            while more := file.read(1 << 20):
                block = more
                lines += block.count(b"\n")
        return max(0, lines + (block[-1:] != b"\n") - 1)

    def __iter__(self) -> Iterator[tuple[int, Row] | Skipped]:
        """Yield each record with its number, from 1, or why it can't be read."""
        if self._records is None:
            yield from self._lines()
            return
        for number, record in enumerate(self._records, 1):
            if isinstance(record, dict):
                yield number, {_column(name): value for name, value in record.items()}
            else:
                yield Skipped(f"record {number}", "It is not a record with named fields.")

    def _lines(self) -> Iterator[tuple[int, Row] | Skipped]:
        with self._open() as lines:
            reader = csv.reader(lines, delimiter=self._delimiter)
            _header(reader)
            number = 0
            while True:
                number += 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield Skipped(f"record {number}", f"It can't be read: {error}.")
                    continue
                if cells:
                    yield number, dict(zip(self.columns, map(_untangle, cells), strict=False))

    def _open(self) -> TextIO:
        return self.path.open(encoding=self._encoding, errors=self._errors, newline="")


class TableSource:
    """Photos listed in a table by file or by URL; files are looked for beside the table, or in `images`.

    What a file's own metadata says fills the gaps that the table leaves. Raises SourceError when no column says where
    the pictures are.
    """

    def __init__(self, path: Path, *, images: Path | None = None) -> None:
        self.name = str(path)
        self._rows = Rows(path)
        self._images = images or path.parent
        if not set(self._rows.columns) & set(LOCATIONS):
            raise SourceError(
                "{file} has no column that says where the pictures are. It needs one named file, path, filename, "
                "image, url or image_url; it has {columns}.",
                file=path.name,
                columns=self._rows.shown_columns,
            )

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Candidate | Skipped]:
        for item in self._rows:
            yield item if isinstance(item, Skipped) else self._candidate(*item)

    def _candidate(self, number: int, row: Row) -> Candidate | Skipped:
        given = [str(value).strip() for name in LOCATIONS if clean(value := row.get(name))]
        url = next((text for text in given if web_url(text)), None)
        paths = [text for text in given if not web_url(text)]
        file = next((found for text in paths if (found := _file(self._images, text))), None)
        if file is not None:
            photo = _photo(row, file.stem, url)
            return Candidate(f"file:{file}", enrich(photo, read_embedded(file)), file=file)
        if url is not None:
            return candidate_from_url(url, photo=_photo(row, url_stem(url), url))
        if paths:
            return Skipped(f"record {number}", f"There is no file {paths[0]}.")
        return Skipped(f"record {number}", "It names neither a file nor a URL.")


def candidate_from_url(url: str, *, photo: Photo | None = None) -> Candidate:
    """Return one photo that lies at a URL. Raises SourceError when the URL can't be one."""
    if web_url(url) is None:
        raise SourceError("This is not the address of a photo. It should begin with https:// and hold no spaces.")
    return Candidate(url, photo or Photo(slug(url_stem(url)), "upload", image_url=url), url=url)


def url_stem(url: str) -> str:
    """Return the last part of a URL's path, without its ending."""
    return PurePosixPath(unquote(urlsplit(url).path)).stem


def field(row: Row, name: str) -> object:
    """Return the first value that says anything among the columns that may hold a field of `COLUMNS`."""
    return next((row[column] for column in COLUMNS[name] if _says_something(row.get(column))), None)


def _photo(row: Row, stem: str, url: str | None) -> Photo:
    name = clean(field(row, "photographer")) or full_name(
        row.get("photographer_first_name"), row.get("photographer_last_name")
    )
    return Photo(
        id=identifier(field(row, "id")) or slug(clean(field(row, "id")) or stem),
        source="table",
        photographer=Photographer(name, clean(field(row, "username")), web_url(field(row, "profile"))),
        title=clean(field(row, "title")),
        description=clean(field(row, "description")),
        tags=tuple(Tag(tag) for tag in tag_names(field(row, "tags"))),
        width=whole(field(row, "width")),
        height=whole(field(row, "height")),
        place=clean(field(row, "place")),
        taken_at=moment(field(row, "taken")),
        published_at=moment(field(row, "published")),
        licence=licence_id(field(row, "licence")),
        page_url=web_url(field(row, "page")),
        image_url=url,
    )


def _says_something(value: object) -> bool:
    return bool(value) if isinstance(value, list) else clean(value) is not None


def _file(folder: Path, text: str) -> Path | None:
    """Return the absolute path of a file if it is there; it may lie outside of the folder, as the user wrote it.

    Accents in file names are stored in two ways (composed on most systems, decomposed on macOS): both are tried.
    """
    spellings = (text, clean(text) or text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text))
    for spelling in dict.fromkeys(spellings):
        try:
            path = (folder / spelling).resolve()
            if path.is_file():
                return path
        except (OSError, ValueError, RuntimeError):  # too long, holds a NUL, or a loop of links
            continue
    return None


def _header(reader: Iterator[list[str]]) -> list[str]:
    """Return the column names: the first row with anything in it."""
    return [_column(_untangle(cell)) for cell in next((row for row in reader if any(map(str.strip, row))), [])]


def _column(name: object) -> str:
    return "_".join((clean(name) or "").lower().replace("-", " ").split())


def _untangle(cell: str) -> str:
    """Return a cell whose bytes were no UTF-8 as what they most likely are: Windows-1252."""
    try:
        cell.encode()
    except UnicodeEncodeError:
        return cell.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    return cell


def _load_json(text: str, name: str) -> list[object]:
    """Return the records of a JSON list, of an object that holds one, or of JSON lines."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg != "Extra data":
            raise SourceError(
                "{file} is not valid JSON: {trouble} in line {line}.", file=name, trouble=error.msg, line=error.lineno
            ) from error
        data = [_json_line(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        raise SourceError("{file} is not valid JSON.", file=name) from error
    if isinstance(data, dict):
        data = next((value for value in data.values() if isinstance(value, list)), [data])
    if not data:
        raise SourceError("{file} holds no records.", file=name)
    return list(data)


def _json_line(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
