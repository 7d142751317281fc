"""What was measured, as a table in Markdown, as JSON, and as two plots."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot
from matplotlib.axes import Axes

from benchmarks.frame import Figure, Figures, show

INK, PAPER, GRID = "#24292f", "#ffffff", "#d0d7de"
MET, MISSED = "#2f6f8f", "#c2571a"  # told apart by those who see no red or green as well
CURVES = ("#2f6f8f", "#c2571a", "#6a8f2f", "#7d4f9e", "#b08a1e", "#4f5b66")
WORST_SHOWN = 4.0  # times the goal; what is further away is drawn as far as this, with its number beside it


def write(folder: Path, results: Sequence[Figures], machine: str) -> None:
    """Write `table.md`, `results.json`, `goals.png` and `growth.png` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "table.md").write_text(table(results, machine), encoding="utf-8")
    data = {"machine": machine, "results": [figures.to_json() for figures in results]}
    (folder / "results.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    plot_goals(folder / "goals.png", results, machine)
    plot_growth(folder / "growth.png", results, machine)


def table(results: Sequence[Figures], machine: str) -> str:
    """Return all figures as Markdown."""
    lines = [f"Measured on: {machine}.", "", "| what | measured | baseline in the same run | ratio | goal | verdict |"]
    lines.append("|---|---|---|---|---|---|")
    for figures in results:
        for figure in figures.figures:
            ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
            baseline = "" if figure.against is None else f"{figure.baseline}: {show(figure.against, figure.unit)}"
            goal = "" if figure.goal is None else str(figure.goal)
            measured = show(figure.value, figure.unit)
            lines.append(
                f"| {figures.row}: {figure.what} | {measured} | {baseline} | {ratio} | {goal} | {figure.verdict} |"
            )
        if figures.skipped:
            lines.append(f"| {figures.row} | | | | | skipped: {figures.skipped} |")
    lines += ["", *(f"- {figures.row}: {note}" for figures in results for note in figures.notes)]
    curves = joined(results)
    if curves:
        sizes = sorted({n for points in curves.values() for n in points})
        lines += [
            "",
            "| cost by photos | " + " | ".join(f"{n:,}" for n in sizes) + " |",
            "|---" * (len(sizes) + 1) + "|",
        ]
        for curve, points in curves.items():
            shown = " | ".join(f"{points[n]:.3g}" if n in points else "" for n in sizes)
            lines.append(f"| {curve} | {shown} |")
    return "\n".join(lines).rstrip() + "\n"


def joined(results: Sequence[Figures]) -> dict[str, dict[int, float]]:
    """Return every curve with the points that several benchmarks measured of it."""
    curves: dict[str, dict[int, float]] = {}
    for figures in results:
        for curve, points in figures.growth.items():
            curves.setdefault(curve, {}).update(points)
    return {curve: dict(sorted(points.items())) for curve, points in curves.items() if points}


def plot_goals(file: Path, results: Sequence[Figures], machine: str) -> None:
    """Draw how every figure stands to its goal: left of the line it is met."""
    goals = [
        (f"{figures.row}: {figure.what}", figure) for figures in results for figure in figures.figures if figure.goal
    ]
    figure, axes = pyplot.subplots(figsize=(11, 1.6 + 0.34 * max(1, len(goals))), facecolor=PAPER)
    for place, (_, one) in enumerate(goals):
        reach = one.reach or 0.0
        axes.barh(place, min(reach, WORST_SHOWN), color=MET if one.met else MISSED, height=0.62)
        behind = {"facecolor": PAPER, "edgecolor": "none", "pad": 1.0}
        axes.text(min(reach, WORST_SHOWN) + 0.03, place, said(one), va="center", fontsize=8, color=INK, bbox=behind)
    axes.axvline(1, color=INK, linewidth=1.2)
    axes.set_yticks(range(len(goals)), [what for what, _ in goals], fontsize=8)
    axes.margins(y=0.01)
    axes.invert_yaxis()
    axes.set_xlim(0, WORST_SHOWN + 1.2)
    cut = f"left of the line: met; a bar at {WORST_SHOWN:g} is cut there"
    axes.set_xlabel(f"share of what the goal allows ({cut})", fontsize=9, color=INK)
    axes.set_title("Figures against their goals", fontsize=11, color=INK, loc="left")
    finish(figure, axes, machine, file)


def said(figure: Figure) -> str:
    """Return a figure in the terms of its goal."""
    assert figure.goal is not None
    measured = (
        f"{figure.ratio:.2f} ×" if figure.goal.of == "ratio" and figure.ratio else show(figure.value, figure.unit)
    )
    return f"{measured} (goal {figure.goal})"


def plot_growth(file: Path, results: Sequence[Figures], machine: str) -> None:
    """Draw each cost by the number of photos; a cost that does not grow is a level line."""
    curves = {name: points for name, points in joined(results).items() if len(points) > 1}
    figure, axes = pyplot.subplots(figsize=(11, 6), facecolor=PAPER)
    for place, (name, points) in enumerate(curves.items()):
        colour, style = CURVES[place % len(CURVES)], ("-", "--", ":")[place // len(CURVES) % 3]
        axes.plot(list(points), list(points.values()), style, marker="o", markersize=4, color=colour, label=name)
    if curves:
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    axes.set_xlabel("photos in the library", fontsize=9, color=INK)
    axes.set_ylabel("cost, in the unit that the curve names", fontsize=9, color=INK)
    axes.set_title("What grows with a library", fontsize=11, color=INK, loc="left")
    finish(figure, axes, machine, file)


def finish(figure: pyplot.Figure, axes: Axes, machine: str, file: Path) -> None:
    axes.set_facecolor(PAPER)
    axes.grid(True, color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.annotate(machine, (0, 0), (0, -44), "axes fraction", "offset points", fontsize=6, color=INK)
    figure.savefig(file, dpi=130, bbox_inches="tight", facecolor=PAPER)
    pyplot.close(figure)
