"""What every ordeal has in common: a seed that repeats it, a long and a short form, and what came of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of an ordeal. The same seed and form do the same again."""

    seed: int
    short: bool  # seconds, for every test run; else as long as it takes
    folder: Path  # empty, and the ordeal's own

    def times(self, long: int, short: int) -> int:
        """Return how often something is done in this form."""
        return short if self.short else long

    def random(self, what: str = "") -> random.Random:
        """Return a source of chance that depends on the seed and on what it is for, and on nothing else."""
        return random.Random(f"{self.seed}:{what}")


@dataclass(slots=True)
class Outcome:
    """What came of a trial: figures to be shown, and everything that should not have been."""

    figures: dict[str, object] = field(default_factory=dict)  # what is counted, and the count with its unit
    faults: list[str] = field(default_factory=list)  # each enough to find it again
    skipped: str = ""  # why a part could not be done on this machine

    def expect(self, fact: object, fault: str) -> None:
        """Note a fault unless something holds."""
        if not fact:
            self.faults.append(fault)


@dataclass(frozen=True, slots=True)
class Ordeal:
    """Something that must be survived."""

    name: str
    survives: str  # one line, as it stands in a table
    run: Callable[[Trial], Outcome]


def line(ordeal: Ordeal, trial: Trial, outcome: Outcome, took_s: float) -> str:
    """Return a trial as a row of a table in Markdown."""
    figures = ", ".join(f"{name} {value}" for name, value in outcome.figures.items())
    verdict = f"{len(outcome.faults)} FAULTS" if outcome.faults else "survived"
    note = f"; skipped: {outcome.skipped}" if outcome.skipped else ""
    return f"| {ordeal.name} | {ordeal.survives} | {figures}{note} | {trial.seed} | {took_s:.0f} s | {verdict} |"


def as_table(rows: Mapping[str, str]) -> str:
    """Return the rows of all ordeals, by name, under their heading."""
    return "\n".join(["| ordeal | survives | measured | seed | took | |", "|---|---|---|---|---|---|", *rows.values()])
