"""The folder of thumbnails: one small JPEG for each picture, named by the SHA-256 of the original's bytes."""

from __future__ import annotations

import os
import threading
from collections.abc import Collection
from pathlib import Path


class Thumbnails:
    """Thumbnails of one library. Safe to use from several threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, content_hash: str) -> Path:
        """Return where the thumbnail of a picture is, or would be."""
        return self._folder / content_hash[:2] / f"{content_hash}.jpg"

    def write(self, content_hash: str, jpeg: bytes) -> None:
        """Keep a thumbnail; a reader sees all of it or none."""
        path = self.path(content_hash)
        beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
        try:
            beside.write_bytes(jpeg)
        except FileNotFoundError:  # the first thumbnail of its subfolder
            path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(jpeg)
        beside.replace(path)

    def remove_unused(self, used: Collection[str]) -> int:
        """Delete the thumbnails of pictures that are not among `used` (hashes); return how many."""
        unused = [path for path in self._folder.glob("??/*.jpg") if path.stem not in used]
        for path in unused:
            path.unlink(missing_ok=True)
        return len(unused)
