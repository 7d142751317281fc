"""The frame that every benchmark stands in: figures with a named baseline, a goal and a verdict, and one command line.

A benchmark is a module with `measure(task) -> Figures`. Its figures are what was measured in this run and nothing else:
a ratio is made of two values of the same run, a verdict of a value and its goal.
"""

from __future__ import annotations

import argparse
import asyncio
import inspect
import json
import math
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

Size: TypeAlias = Literal["full", "quick", "tiny"]
SIZES: tuple[Size, ...] = ("full", "quick", "tiny")


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure shall be: its ratio to the baseline, or the value itself."""

    sense: Literal["<", "<=", ">="]
    limit: float
    of: Literal["ratio", "value"] = "ratio"

    def __str__(self) -> str:
        sign = {"<": "<", "<=": "≤", ">=": "≥"}[self.sense]
        return f"{sign} {self.limit:g}{' ×' if self.of == 'ratio' else ''}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that was measured."""

    what: str
    value: float
    unit: str
    baseline: str = ""  # what `against` was measured of
    against: float | None = None  # in the same unit
    goal: Goal | None = None

    @property
    def ratio(self) -> float | None:
        """The value as a multiple of the baseline's."""
        return self.value / self.against if self.against else None

    @property
    def reach(self) -> float | None:
        """How the figure stands to its goal: 1 is exactly the goal, below 1 is better, whatever the goal's sense."""
        measured = self.measured
        if self.goal is None or measured is None:
            return None
        if self.goal.sense == ">=":
            return self.goal.limit / measured if measured else math.inf
        return measured / self.goal.limit

    @property
    def measured(self) -> float | None:
        """What the goal speaks of."""
        return self.ratio if self.goal is not None and self.goal.of == "ratio" else self.value

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without one."""
        measured = self.measured
        if self.goal is None or measured is None:
            return None
        senses = {"<": measured < self.goal.limit, "<=": measured <= self.goal.limit, ">=": measured >= self.goal.limit}
        return senses[self.goal.sense]

    @property
    def verdict(self) -> str:
        """The goal's verdict in a few words, with how far a missed one is away."""
        if self.met is None or self.reach is None:
            return ""
        away = 100 * (self.reach - 1)
        return "met" if self.met else f"missed by {away:.{0 if away >= 1 else 1}f} %"


@dataclass(frozen=True, slots=True)
class Figures:
    """What one benchmark measured."""

    row: str
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()
    growth: Mapping[str, Mapping[int, float]] = field(default_factory=dict)  # by curve: photos to a value
    skipped: str = ""  # why nothing was measured

    def to_json(self) -> dict[str, Any]:
        """Return the figures as JSON, with what follows from them."""
        data = asdict(self)
        for figure, known in zip(data["figures"], self.figures, strict=True):
            figure |= {"ratio": known.ratio, "verdict": known.verdict}
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Figures:
        """Read figures that `to_json` gave."""
        figures = []
        for given in data["figures"]:
            goal = given["goal"] and Goal(**given["goal"])
            known = {name: given[name] for name in ("what", "value", "unit", "baseline", "against")}
            figures.append(Figure(**known, goal=goal))
        growth = {name: {int(n): value for n, value in curve.items()} for name, curve in data["growth"].items()}
        return cls(data["row"], tuple(figures), tuple(data["notes"]), growth, data["skipped"])

    def lines(self) -> Iterator[str]:
        """Yield the figures as a person reads them on a terminal."""
        yield self.row
        for figure in self.figures:
            ratio, against = figure.ratio, ""
            if ratio is not None:
                against = f"   {ratio:.2f} of {figure.baseline} ({show(figure.against, figure.unit)})"
            goal = f"   goal {figure.goal}: {figure.verdict}" if figure.goal else ""
            yield f"  {figure.what:44} {show(figure.value, figure.unit):>14}{against}{goal}"
        for curve, points in self.growth.items():
            yield f"  {curve}: " + ", ".join(f"{n:,}: {value:.4g}" for n, value in points.items())
        yield from (f"  {note}" for note in self.notes)
        if self.skipped:
            yield f"  skipped: {self.skipped}"


@dataclass(frozen=True, slots=True)
class Task:
    """What a benchmark is asked for."""

    size: Size
    work: Path  # a folder for what it makes; found again in the next run where somebody keeps it
    given: argparse.Namespace  # the options that only this benchmark has

    def pick(self, full: Any, quick: Any, tiny: Any) -> Any:
        """Return what belongs to the size."""
        return {"full": full, "quick": quick, "tiny": tiny}[self.size]


Measure: TypeAlias = Callable[[Task], "Figures | Awaitable[Figures]"]


def main(
    measure: Measure,
    doc: str | None,
    *,
    options: Callable[[argparse.ArgumentParser], None] | None = None,
    arguments: Sequence[str] | None = None,
) -> int:
    """Run one benchmark from the command line; print its figures, and write them as JSON where that is asked for."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="full", help="full, quick (minutes) or tiny (seconds)")
    parser.add_argument("--json", type=Path, help="a file to write the figures to")
    parser.add_argument("--work", type=Path, help="keep what takes long to make here, for the next run")
    if options is not None:
        options(parser)
    given = parser.parse_args(arguments)
    with _folder(given.work) as work:
        result = measure(Task(given.size, work, given))
        figures = asyncio.run(_awaited(result)) if inspect.isawaitable(result) else result
    print("\n".join(figures.lines()), flush=True)
    if given.json is not None:
        given.json.write_text(json.dumps(figures.to_json(), indent=1), encoding="utf-8")
    return 0


def show(value: float | None, unit: str) -> str:
    """Return a value with its unit, with as many digits as it is worth."""
    if value is None:
        return ""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:,.{digits}f} {unit}".rstrip()


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept.resolve()
        return
    with tempfile.TemporaryDirectory() as scratch:
        yield Path(scratch)


async def _awaited(result: Awaitable[Figures]) -> Figures:
    return await result
