"""The folder of pictures that people brought, whose only files these are: named by the SHA-256 of their bytes.

A file is written before its photo's row, and deleted after it, both while the library's lock is held. So a process that
is killed leaves at most a file without a photo, never a photo without its file, and whoever holds the lock alone finds
such files.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from core.disk import writing
from core.files import sweep, write_file


class Originals:
    """The originals of one library."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._new = folder / ".new"

    def path(self, content_hash: str, kind: str) -> Path:
        """Return where the picture with these bytes is, or would be; `kind` is its format as Pillow names it."""
        ending = "jpg" if kind in ("JPEG", "MPO") else kind.lower()
        return self._folder / content_hash[:2] / f"{content_hash}.{ending}"

    def write(self, path: Path, data: bytes) -> None:
        """Keep a picture where `path` says; all of it is there or nothing.

        Raises LibraryError where the disk takes no more.
        """
        with writing():
            write_file(path, data, new=self._new)

    def remove(self, path: Path) -> None:
        """Delete a picture if it was kept here."""
        if self._folder in path.parents:
            path.unlink(missing_ok=True)

    def without_photo(self, paths: Iterable[str | None]) -> list[Path]:
        """Return the files here that are none of `paths`, those of photos. The library may have lain elsewhere."""
        used = {Path(path).parts[-2:] for path in paths if path}
        return [path for path in self._folder.glob("??/*.*") if path.parts[-2:] not in used]

    def sweep(self) -> None:
        """Delete what was left half written."""
        sweep(self._new)
