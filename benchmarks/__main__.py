"""Measures everything that has a goal, in one run: `make bench`.

    python -m benchmarks [--quick] [--only NAME ...] [--results FOLDER] [--work FOLDER]

Each benchmark runs in a process of its own, one after the other. What came out so far is written after each, so that a
run that is stopped leaves what it had.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import report
from benchmarks.frame import SIZES, Figures
from benchmarks.machine import describe

RESULTS = Path(__file__).parent / "results"
ROWS = (
    "openclip_text",
    "importing",
    "searching",
    "million",
    "chatting",
    "starting",
    "importing_memory",
    "contact",
    "gpu",
    "growth",
)
OTHERS = ("exporting", "words", "boards", "starter", "collage")  # measured as well, and without a goal


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks, print and write what they found; return how many failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="smaller libraries and fewer rounds; some minutes")
    parser.add_argument("--size", choices=SIZES, default="full", help="tiny: see whether everything runs")
    parser.add_argument("--only", nargs="+", choices=ROWS, default=ROWS, metavar="NAME", help=", ".join(ROWS))
    parser.add_argument("--others", action="store_true", help=f"and those without a goal: {', '.join(OTHERS)}")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the table and the plots go")
    parser.add_argument("--work", type=Path, help="keep what takes long to make here, for the next run")
    given = parser.parse_args(arguments)
    size = "quick" if given.quick else given.size
    machine, results, failed = describe(), [], 0
    print(machine, flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        work = given.work or Path(scratch) / "work"
        for name in given.only:
            began = time.perf_counter()
            print(f"\n== {name}", flush=True)
            figures, sound = run(name, size, work, Path(scratch) / f"{name}.json")
            failed += not sound
            results.append(figures)
            report.write(given.results, results, machine)
            print(f"  ({time.perf_counter() - began:.0f} s)", flush=True)
    for name in OTHERS if given.others else ():
        print(f"\n== {name}", flush=True)
        failed += subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode != 0
    print(f"\n{report.table(results, machine)}\nwritten to {given.results}")
    return failed


def run(name: str, size: str, work: Path, file: Path) -> tuple[Figures, bool]:
    """Run one benchmark; return its figures, and whether it ran. A failure is a row that says so."""
    command = [sys.executable, "-m", f"benchmarks.{name}", "--size", size, "--work", str(work), "--json", str(file)]
    ended = subprocess.run(command, check=False)
    if ended.returncode or not file.is_file():
        return Figures(name, skipped=f"it ended with {ended.returncode}"), False
    return Figures.from_json(json.loads(file.read_text(encoding="utf-8"))), True


if __name__ == "__main__":
    raise SystemExit(main())
