"""Runs every benchmark in turn: `make bench`."""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = (
    "searching",
    "importing",
    "chatting",
    "exporting",
    "words",
    "boards",
    "starter",
    "collage",
    "openclip_text",
)


def main() -> int:
    """Run each benchmark in a process of its own; return how many failed."""
    failed = 0
    for name in BENCHMARKS:
        print(f"\n== {name}", flush=True)
        failed += subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode != 0
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
