"""Measuring what a whole process costs: each in a fresh one, which says itself how much memory it held."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Container, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def run(command: Sequence[str], *, environment: dict[str, str] | None = None, accepted: Container[int] = (0,)) -> str:
    """Run a command to its end; return what it said. Raises RuntimeError with what it complained of."""
    env = os.environ | (environment or {})
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=env, check=False)
    if ended.returncode not in accepted:
        raise RuntimeError(f"{' '.join(command[:4])} ended with {ended.returncode}:\n{ended.stderr[-2000:]}")
    return ended.stdout


def python(*arguments: str) -> list[str]:
    """Return the command that runs this Python."""
    return [sys.executable, *arguments]


def answer(said: str) -> Any:
    """Return the JSON in the last line that a process said."""
    return json.loads(said.strip().splitlines()[-1])


def own_memory() -> dict[str, float]:
    """Return the most memory that this process held, mapped files included, in megabytes, and what it holds now.

    Where the system says it of this program alone: what the parent held before is counted in `getrusage`.
    """
    try:
        lines = (line.partition(":") for line in Path("/proc/self/status").read_text().splitlines())
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return {"peak_mb": peak / 1e6}
    known = {name: float(rest.split()[0]) * 1024 / 1e6 for name, _, rest in lines if rest.endswith("kB")}
    return {"peak_mb": known["VmHWM"], "own_mb": known["RssAnon"], "mapped_mb": known["RssFile"]}
