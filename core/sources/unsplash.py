"""Photos of Unsplash by their metadata: JSON or TSV with the field names of Unsplash's datasets.

The pictures themselves may lie in a folder, named by their ids; else each record keeps the URL of its picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from core.errors import SourceError
from core.photos import Photo, Photographer, Tag
from core.sources import Candidate, Skipped
from core.sources.table import Row, Rows
from core.sources.text import clean, decimal, full_name, identifier, moment, web_url, whole

SITE = "https://unsplash.com"
DOWNLOAD = "https://api.unsplash.com/photos/{id}/download"  # asked for when a photo is chosen; needs an API key
NEEDED = "photo_id"
TELLING = frozenset({"photo_image_url", "photo_url", "photographer_first_name", "photographer_username"})
PICTURE_ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".avif"})


class Pictures:
    """The pictures in a folder, by photo id. None are found where there is no folder."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        if folder is not None and not folder.is_dir():
            raise SourceError("There is no folder {folder} to look for pictures in.", folder=folder)

    def find(self, photo_id: str) -> Path | None:
        """Return the picture named by the id.

        Ids may begin with a dash or an underscore, which some programs cut from file names: such a name counts as well.
        """
        return self._by_stem.get(photo_id) or (self._by_stem.get(photo_id[1:]) if photo_id[:1] in "-_" else None)

    @cached_property
    def _by_stem(self) -> dict[str, Path]:
        if self._folder is None:
            return {}
        files = sorted(self._folder.resolve().iterdir(), reverse=True)  # the first in order wins
        return {file.stem: file for file in files if file.suffix.lower() in PICTURE_ENDINGS and file.is_file()}


class UnsplashSource:
    """The records of one metadata file. Raises SourceError when the file does not hold Unsplash's fields."""

    def __init__(self, path: Path, *, images: Path | None = None) -> None:
        self.name = str(path)
        self._rows = Rows(path)
        self._pictures = Pictures(images)
        if not is_unsplash(self._rows.columns):
            raise SourceError(
                "{file} does not hold Unsplash's metadata. It needs the fields photo_id, photo_image_url, "
                "photographer_first_name and photographer_last_name; it has {columns}.",
                file=path.name,
                columns=self._rows.shown_columns,
            )

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Candidate | Skipped]:
        for item in self._rows:
            yield item if isinstance(item, Skipped) else candidate_from(*item, self._pictures)


def is_unsplash(columns: Sequence[str]) -> bool:
    """Tell whether columns are those of Unsplash's metadata."""
    return NEEDED in columns and not TELLING.isdisjoint(columns)


def candidate_from(number: int, row: Row, pictures: Pictures) -> Candidate | Skipped:
    """Return the photo of one record, or why it is none."""
    photo_id = identifier(row.get("photo_id"))
    if photo_id is None:
        given = clean(row.get("photo_id"))
        return Skipped(f"record {number}", f"Its photo_id {given!r} is no id." if given else "It has no photo_id.")
    username = clean(row.get("photographer_username"))
    name = full_name(row.get("photographer_first_name"), row.get("photographer_last_name"))
    image_url = web_url(row.get("photo_image_url"))
    photo = Photo(
        id=photo_id,
        source="unsplash",
        photographer=Photographer(name, username, f"{SITE}/@{quote(username)}" if username else None),
        description=clean(row.get("photo_description")) or clean(row.get("ai_description")),
        tags=_landmark(row),
        width=whole(row.get("photo_width")),
        height=whole(row.get("photo_height")),
        place=_place(row),
        published_at=moment(row.get("photo_submitted_at")),
        page_url=web_url(row.get("photo_url")) or f"{SITE}/photos/{photo_id}",
        image_url=image_url,
        download_url=DOWNLOAD.format(id=photo_id),
    )
    return Candidate(f"unsplash:{photo_id}", photo, file=pictures.find(photo_id), url=image_url)


def _place(row: Row) -> str | None:
    """Return where a photo was taken, with its country where the place's name does not hold that."""
    name = clean(row.get("photo_location_name")) or clean(row.get("photo_location_city"))
    country = clean(row.get("photo_location_country"))
    if name and country and country.lower() not in name.lower():
        return f"{name}, {country}"
    return name or country


def _landmark(row: Row) -> tuple[Tag, ...]:
    name = clean(row.get("ai_primary_landmark_name"))
    percent = decimal(row.get("ai_primary_landmark_confidence"))
    return (Tag(name.lower(), confidence=None if percent is None else min(percent / 100, 1.0)),) if name else ()
