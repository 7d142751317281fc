"""Runs a command as it runs in a container: every file system read-only but two folders, and no home to write to."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

# The mount of the whole tree is made read-only, and the folders are laid over it as mounts of their own.
SCRIPT = """
set -e
mount --make-rprivate / 2> /dev/null || true
for folder in "$1" "$2"; do mount --bind "$folder" "$folder"; done
mount --rbind / / && mount -o remount,bind,ro /
if touch "$3/written" 2> /dev/null; then echo "the file system can be written" >&2; exit 77; fi
cd / && shift 3 && exec "$@"
"""


class NotConfined(Exception):
    """This machine lets nobody make such a place; the text says why."""


def run_confined(
    command: Sequence[str], *, data: Path, scratch: Path, beside: Path, env: Mapping[str, str], timeout_s: float
) -> str:
    """Run a command that may write to `data` and `scratch` alone; `beside` is tried, and can't be written.

    Returns what it printed. Raises NotConfined, and AssertionError with what it said where it fails.
    """
    unshare = shutil.which("unshare")
    if unshare is None:
        raise NotConfined("there is no unshare on this machine")
    as_root = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
    try_out = [unshare, *as_root, "--mount", "sh", "-c", "mount --bind / / && mount -o remount,bind,ro /"]
    if (tried := subprocess.run(try_out, capture_output=True, text=True, check=False)).returncode:  # noqa: S603
        raise NotConfined(f"no file system can be made read-only here: {tried.stderr.strip()}")
    full = [unshare, *as_root, "--mount", "sh", "-c", SCRIPT, "sh", str(data), str(scratch), str(beside), *command]
    given = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "TMPDIR": str(scratch), **env}
    done = subprocess.run(  # noqa: S603
        full, capture_output=True, text=True, check=False, env=given, timeout=timeout_s
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout
