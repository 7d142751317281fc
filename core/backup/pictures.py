"""The files of a library beside its database: thumbnails, and originals that the library alone has.

Their names are made of the pictures' own SHA-256, so a file that is there need not be brought again. Originals that lie
elsewhere are not the library's: it only says where they are.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from core.backup.manifest import checksum_of
from core.ingest import Progress

FOLDERS = ("thumbs", "originals")
CHUNK_BYTES = 2**20


def pictures_of(folder: Path) -> Iterator[Path]:
    """Yield the files of a library's pictures, as paths within its folder."""
    for name in FOLDERS:
        for path in sorted((folder / name).glob("??/*")):
            if not path.name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path.relative_to(folder)


def save_pictures(folder: Path, target: Path, known: Mapping[Path, str], progress: Progress) -> dict[Path, str]:
    """Copy those pictures of a library's folder that a backup has not; return the SHA-256 of each, by its path there.

    `known` are checksums of files that an earlier backup has.
    """
    paths, checksums = list(pictures_of(folder)), {}
    for done, path in enumerate(paths, 1):
        with suppress(FileNotFoundError):  # somebody took that photo out meanwhile
            size = (folder / path).stat().st_size
            there = target / path
            if there.is_file() and there.stat().st_size == size:
                checksums[path] = known.get(path) or checksum_of(there) or ""
            if not checksums.get(path):
                checksums[path] = copy_picture(folder / path, there)
        progress(done, len(paths))
    return checksums


def restore_pictures(backup: Path, target: Path, wanted: Mapping[Path, str], progress: Progress) -> int:
    """Copy those pictures of a backup that a library's folder has not as they are there; return how many."""
    written = 0
    for done, (path, checksum) in enumerate(wanted.items(), 1):
        if checksum_of(target / path) != checksum:
            copy_picture(backup / path, target / path)
            written += 1
        progress(done, len(wanted))
    return written


def copy_picture(source: Path, target: Path) -> str:
    """Copy a file, all of it or nothing; return its SHA-256."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    checksum = hashlib.sha256()
    try:
        with source.open("rb") as read, partial.open("xb") as written:
            while chunk := read.read(CHUNK_BYTES):
                checksum.update(chunk)
                written.write(chunk)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return checksum.hexdigest()


def flush() -> None:
    """Return when all that was written is on the disk: for many small files that is far quicker than one by one."""
    os.sync()
