"""The folder of thumbnails: one small JPEG for each picture, named by the SHA-256 of the original's bytes."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from core.disk import writing
from core.files import sweep, write_file


class Thumbnails:
    """Thumbnails of one library. Safe to use from several threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._new = folder / ".new"

    def path(self, content_hash: str) -> Path:
        """Return where the thumbnail of a picture is, or would be."""
        return self._folder / content_hash[:2] / f"{content_hash}.jpg"

    def find(self, content_hash: str) -> Path | None:
        """Return the thumbnail of a picture; None where there is none, or an empty file, which a crash may leave."""
        path = self.path(content_hash)
        try:
            return path if path.stat().st_size else None
        except OSError:
            return None

    def write(self, content_hash: str, jpeg: bytes) -> None:
        """Keep a thumbnail; a reader sees all of it or none, also after a crash.

        Raises LibraryError where the disk takes no more.
        """
        with writing():
            write_file(self.path(content_hash), jpeg, new=self._new)

    def remove_unused(self, used: Collection[str]) -> int:
        """Delete the thumbnails of pictures that are not among `used` (hashes); return how many.

        Those that earlier versions have left half written go as well: nobody may write meanwhile.
        """
        unused = [path for path in self._folder.glob("??/*.jpg*") if path.suffix != ".jpg" or path.stem not in used]
        for path in unused:
            path.unlink(missing_ok=True)
        return len(unused)

    def sweep(self) -> None:
        """Delete what was left half written."""
        sweep(self._new)
