"""Photos that are files: a whole folder of them, or one.

Who took them is read from the files themselves. A table in the folder means nothing here; `core.sources.detect` opens
it as a `TableSource` instead.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from core.errors import SourceError
from core.images import KNOWN_ENDINGS
from core.photos import Photo
from core.sources import Candidate, Skipped
from core.sources.embedded import Embedded, enrich, read_embedded
from core.sources.text import slug

UPLOAD_KEY = "upload:"  # how the keys of photos that somebody brought begin; the SHA-256 of their bytes follows
# Photos without doubt, which Pillow does not read: to be named, not passed over in silence.
FOREIGN_ENDINGS = frozenset({".heic", ".heif", ".jxl", ".psd", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf"})


class FolderSource:
    """All photos in a folder and the folders in it, in order of their paths.

    Hidden files and folders are passed over. Links to folders are not followed, so no loop of them can trap an import.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise SourceError("There is no folder {folder}.", folder=folder)
        self.name = str(folder)
        self.folder = folder.resolve()  # the keys of its photos begin with this

    def __len__(self) -> int:
        return sum(1 for _ in self._walk([]))

    def __iter__(self) -> Iterator[Candidate | Skipped]:
        unreadable: list[OSError] = []
        for path in self._walk(unreadable):
            if reason := _hindrance(path):
                yield Skipped(_shown(path.relative_to(self.folder)), reason)
            else:
                yield candidate_from_file(path)
        for error in unreadable:
            yield Skipped(_shown(Path(error.filename)), f"The folder can't be read: {error.strerror}.")

    def _walk(self, unreadable: list[OSError]) -> Iterator[Path]:
        """Yield photos and what must be told of, folder by folder."""
        for place, folders, files in os.walk(self.folder, onerror=unreadable.append):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            links = [name for name in folders if (Path(place) / name).is_symlink()]
            photos = [name for name in files if Path(name).suffix.lower() in KNOWN_ENDINGS | FOREIGN_ENDINGS]
            yield from (Path(place) / name for name in sorted([*links, *photos]) if not name.startswith("."))


def candidate_from_file(path: Path) -> Candidate:
    """Return the photo of one file, with what the file says of itself."""
    path = path.resolve()
    return Candidate(f"file:{path}", enrich(Photo(slug(path.stem), "folder"), read_embedded(path)), file=path)


def candidate_from_bytes(data: bytes, embedded: Embedded | None = None, *, name: str = "") -> Candidate:
    """Return the photo of an upload; `name` is its file name. The same bytes are the same photo.

    `embedded` is what it says of itself, where that was read already.
    """
    photo = enrich(Photo(slug(Path(name).stem), "upload"), embedded or read_embedded(data))
    return Candidate(f"{UPLOAD_KEY}{hashlib.sha256(data).hexdigest()}", photo, data=data)


def _hindrance(path: Path) -> str | None:
    if path.is_dir():
        return "It is a link to a folder, and those are not followed. Import that folder by itself."
    if path.suffix.lower() in FOREIGN_ENDINGS:
        return f"{path.suffix[1:].upper()} files can't be read. Export the photo as JPEG."
    if not path.is_file():
        return "It is a link to a file that is not there."
    if _shown(path.resolve()) != str(path.resolve()):
        return "Its name is not valid Unicode. Rename it."
    return None


def _shown(path: Path) -> str:
    return str(path).encode(errors="replace").decode()
