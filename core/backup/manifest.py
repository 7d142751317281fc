"""What a backup holds, and whether all of it is there as it was written.

`manifest.json` is written last and names a list of checksums, one line for each file, as `sha256sum -c` reads them. A
file that a manifest names is never written over: what is new has another name. So a folder is always one whole backup,
the earlier one until the moment at which it is the later one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from core.errors import ModaclipError
from core.ingest import Progress

MANIFEST = "manifest.json"
FORMAT = 1
TOLD = 5  # files that are named where more are damaged


class CantBackUp(ModaclipError):
    """A backup or its restoring that stopped, and why. Only the command line says so."""


class Damaged(CantBackUp):
    """A backup that is not as it was written."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One library in a backup."""

    place: str  # its folder there, and what it is: `library`, `collections/NAME`, `workspaces/FOLDER`
    created_at: str  # tells it from other libraries
    database: str  # its file, a path in the backup
    photos: int
    boards: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    made_at: str  # ISO 8601
    libraries: tuple[Kept, ...]
    tables: str  # the file of the bot's own tables; empty: there were none
    checksums: str  # the file that lists all others
    checksum: str  # SHA-256 of that file

    def as_json(self) -> str:
        """Return the text of the file that it is written as."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=2, ensure_ascii=False) + "\n"


def read_manifest(folder: Path) -> Manifest | None:
    """Return what the backup in a folder says of itself; None where there is no whole one. Raises CantBackUp."""
    path = folder / MANIFEST
    if not path.is_file():
        return None
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values.pop("format") > FORMAT:
            raise CantBackUp("This backup was made by a newer version of ModaCLIP. Update ModaCLIP, then try again.")
        libraries = tuple(Kept(**one) for one in values.pop("libraries"))
        manifest = Manifest(libraries=libraries, **values)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Damaged(
            "{file} of the backup can't be read. Take a backup into another folder.", file=MANIFEST
        ) from error
    names = [manifest.tables, manifest.checksums, *(n for kept in libraries for n in (kept.place, kept.database))]
    _check_names(names)
    return manifest


def read_checksums(folder: Path, manifest: Manifest) -> dict[str, str]:
    """Return the SHA-256 of each file of a backup, by its path. Raises Damaged."""
    try:
        data = (folder / manifest.checksums).read_bytes()
    except OSError as error:
        raise Damaged(
            "{file} of the backup can't be read. Take a backup into another folder.", file=manifest.checksums
        ) from error
    if hashlib.sha256(data).hexdigest() != manifest.checksum:
        raise Damaged("{file} of the backup is damaged. Take a backup into another folder.", file=manifest.checksums)
    lines = [line.partition("  ") for line in data.decode().split("\n") if line]
    _check_names([name for _, _, name in lines])
    return {name: checksum for checksum, _, name in lines}


def checksum_lines(checksums: Mapping[str, str]) -> str:
    """Return checksums by path as `sha256sum` writes them."""
    return "".join(f"{checksum}  {name}\n" for name, checksum in sorted(checksums.items()))


def verify(folder: Path, progress: Progress) -> tuple[Manifest, dict[str, str]]:
    """Return what a backup holds once every byte of it was looked at. Raises CantBackUp where it is not whole."""
    manifest = read_manifest(folder)
    if manifest is None:
        raise CantBackUp(
            "There is no whole backup in {folder}: one that was broken off goes on with `modaclip backup {folder}`.",
            folder=folder,
        )
    checksums = read_checksums(folder, manifest)
    wrong = []
    for done, (name, checksum) in enumerate(checksums.items(), 1):
        if checksum_of(folder / name) != checksum:
            wrong.append(name)
        progress(done, len(checksums))
    named = {*(kept.database for kept in manifest.libraries), *filter(None, [manifest.tables])}
    wrong += sorted(named - checksums.keys())
    if wrong:
        raise Damaged(
            "{count} files of the backup are missing or damaged: {names}. Nothing was changed. Take a backup into "
            "another folder.",
            count=len(wrong),
            names=", ".join(wrong[:TOLD]) + (", …" if len(wrong) > TOLD else ""),
        )
    return manifest, checksums


def checksum_of(path: Path) -> str | None:
    """Return the SHA-256 of a file; None where there is none, or it can't be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _check_names(names: list[str]) -> None:
    """Raise Damaged where a name leads out of the backup."""
    for name in names:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\0" in name:
            raise Damaged("The backup names files outside of itself, and is not to be trusted.")
