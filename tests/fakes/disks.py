"""Disks that take no more: a small one, where something may be mounted, and elsewhere a limit on the size of files."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NoMount(Exception):
    """Nothing can be mounted here."""


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Yield a folder on a disk of its own. Raises NoMount."""
    folder.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False, capture_output=True)  # noqa: S603, S607


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nothing be written on a small disk meanwhile."""
    _run("mount", "-o", "remount,ro", str(folder))
    try:
        yield
    finally:
        _run("mount", "-o", "remount,rw", str(folder))


def fill_up(folder: Path) -> Path:
    """Fill a disk to the last byte; return the file that does."""
    path, part = folder / "ballast", b"\0" * 65536
    with path.open("wb", buffering=0) as file:
        while part:
            try:
                file.write(part)
            except OSError:
                part = part[: len(part) // 2]
    return path


@contextmanager
def no_room() -> Iterator[None]:
    """Let this process write no byte into any file meanwhile: as on a full disk, where nothing can be mounted."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoMount(str(error)) from error
