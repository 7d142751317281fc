"""Everything that measures can be run, and writes what the README shows. What comes out is no test's business."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import ROWS
from benchmarks.frame import Figure, Figures, Goal
from benchmarks.report import table, write

ROOT = Path(__file__).parents[2]
QUICK = ("searching", "million", "importing_memory", "contact", "growth")  # those that load no weights


@pytest.mark.parametrize("name", ROWS)
def test_every_benchmark_can_be_asked_what_it_measures(name: str) -> None:
    source = (ROOT / "benchmarks" / f"{name}.py").read_text(encoding="utf-8")
    assert "def measure(task: Task) -> Figures:" in source
    assert f"python -m benchmarks.{name}" in source


def test_a_tiny_run_writes_the_table_the_figures_and_both_plots(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks", "--size", "tiny", "--results", str(tmp_path), "--only", *QUICK]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert ended.returncode == 0, ended.stderr[-2000:]
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert [len(row["figures"]) > 0 or bool(row["growth"]) for row in results["results"]] == [True] * len(QUICK)
    assert "cores" in results["machine"]
    assert (tmp_path / "table.md").read_text(encoding="utf-8") in ended.stdout
    for plot in ("goals.png", "growth.png"):
        assert (tmp_path / plot).read_bytes().startswith(b"\x89PNG")


def test_what_a_benchmark_could_not_measure_is_said(tmp_path: Path) -> None:
    write(tmp_path, [Figures("speed of light", skipped="there is none here")], "a machine")
    assert "skipped: there is none here" in (tmp_path / "table.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("goal", "value", "verdict"),
    [
        (Goal("<=", 0.5), 40.0, "met"),
        (Goal("<=", 0.5), 60.0, "missed by 20 %"),
        (Goal(">=", 2.0), 250.0, "met"),
        (Goal(">=", 2.0), 160.0, "missed by 25 %"),
        (Goal("<", 60.0, "value"), 60.0, "missed by 0.0 %"),
        (None, 60.0, ""),
    ],
)
def test_a_verdict_compares_with_the_goal(goal: Goal | None, value: float, verdict: str) -> None:
    figure = Figure("time", value, "ms", "a baseline", 100.0, goal)
    assert figure.verdict == verdict
    assert (f"{value:.0f}" in table([Figures("row", (figure,))], "m")) is True


def test_figures_come_back_from_json_as_they_were() -> None:
    figures = Figures(
        "row", (Figure("time", 1.5, "s", "other", 3.0, Goal("<", 1.0)),), ("a note",), {"cost": {10: 1.0}}
    )
    assert Figures.from_json(json.loads(json.dumps(figures.to_json()))) == figures
