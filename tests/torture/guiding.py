"""Tries a reader in a process of its own, guided by which inputs reach new code (guided.py)."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.torture.trying import Tried

SAID = 2000  # characters of what a process wrote at its end that are told
RESULT = "tried.json"


@dataclass(frozen=True, slots=True)
class Guided:
    """What came of it."""

    tried: Tried
    reached: int  # edges of the program's code
    ended_well: bool
    said: str  # the end of what the process wrote


def guide(name: str, folder: Path, inputs: int, seed: int) -> Guided:
    """Try the reader of a name with so many inputs; `folder` is empty, and its own."""
    command = [sys.executable, "-m", "tests.torture.guided", name, str(folder), "--inputs", str(inputs)]
    ended = subprocess.run(  # noqa: S603
        [*command, "--seed", str(seed)],
        env={**os.environ, "PYTHONHASHSEED": "0"},  # else the same bytes would not be the same input
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    result = folder / RESULT
    found = json.loads(result.read_text(encoding="utf-8")) if result.is_file() else {}
    tried = Tried(found.get("inputs", 0), found.get("slowest_s", 0.0), found.get("faults", []))
    edges = re.findall(r"\bcov: (\d+)", ended.stderr)
    return Guided(tried, int(edges[-1]) if edges else 0, ended.returncode == 0 and bool(found), ended.stderr[-SAID:])
