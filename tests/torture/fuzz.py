"""A million odd inputs end in no unhandled error: each reader of what strangers write gets its share.

The long form is guided by what the code reaches (guided.py), each reader in a process of its own; the short one goes by
chance alone.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tests.torture import guiding
from tests.torture.frame import Ordeal, Outcome, Trial
from tests.torture.inventing import Inventor
from tests.torture.trying import Tried, opened

SHARES: Final = {  # of the long form, and of the short one
    "queries": (330_000, 700),
    "commands in a line": (250_000, 500),
    "briefs": (60_000, 200),
    "cells": (60_000, 200),
    "markup": (60_000, 150),
    "tables": (60_000, 150),
    "metadata": (60_000, 150),
    "boards as JSON": (40_000, 100),
    "commands": (20_000, 200),
    "the page's messages": (20_000, 300),
    "Slack's payloads": (20_000, 300),
    "Discord's payloads": (20_000, 300),
}


def run(trial: Trial) -> Outcome:
    """Try everything with its share of inputs."""
    outcome, began = Outcome(), time.monotonic()
    is_guided = not trial.short and find_spec("atheris") is not None
    if not trial.short and not is_guided:
        outcome.skipped = "atheris is not installed here, so inputs were made by chance alone"
    tried = _by_guidance(trial, outcome) if is_guided else _by_chance(trial)
    outcome.faults += [f"{name}, {fault}" for name, one in tried.items() for fault in one.faults]
    count = sum(one.inputs for one in tried.values())
    outcome.expect(count >= sum(trial.times(*share) for share in SHARES.values()), f"only {count:,} inputs were tried")
    outcome.figures |= {"inputs": f"{count:,}", "kinds": len(tried)}
    outcome.figures["a second"] = f"{count / (time.monotonic() - began):,.0f}"
    outcome.figures["slowest"] = f"{max(one.slowest_s for one in tried.values()):.2f} s"
    return outcome


def _by_chance(trial: Trial) -> dict[str, Tried]:
    with opened(trial.folder, list(SHARES)) as readers:
        for one in readers:
            one.remembered()
            for number in range(trial.times(*SHARES[one.target.name])):
                chance = trial.random(f"{one.target.name}:{number}")
                one.try_with(one.target.invent(Inventor(chance, one.target.words)), number)
        return {one.target.name: one.tried for one in readers}


def _by_guidance(trial: Trial, outcome: Outcome) -> dict[str, Tried]:
    tried: dict[str, Tried] = {}
    reached = 0

    def guide(name: str) -> tuple[str, guiding.Guided]:
        folder = Path(trial.folder, name.replace(" ", "-").replace("'", ""))
        folder.mkdir()
        return name, guiding.guide(name, folder, trial.times(*SHARES[name]), trial.random(name).randrange(1, 2**31))

    with ThreadPoolExecutor(os.cpu_count()) as processes:
        for name, guided in processes.map(guide, SHARES):
            tried[name] = guided.tried
            reached += guided.reached
            outcome.expect(guided.ended_well, f"{name}: {guided.said}")
    outcome.figures["edges of the code reached"] = f"{reached:,}"
    return tried


ORDEAL = Ordeal("fuzz", "a million odd inputs end in no unhandled error", run)
