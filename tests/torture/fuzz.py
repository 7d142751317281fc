"""A million odd inputs end in no unhandled error: each reader of what strangers write gets its share."""

from __future__ import annotations

import asyncio
import logging
import random
import signal
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from core.errors import ModaclipError
from tests.torture.alone import alone
from tests.torture.frame import Ordeal, Outcome, Trial
from tests.torture.fuzz_chats import Alarm, ChatTarget, chats
from tests.torture.fuzz_parsers import Target, targets
from tests.torture.inventing import Inventor
from tests.torture.remembered import REMEMBERED

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
HANG_S: Final = 2.0  # of this process's time, so that a busy machine makes nobody hang
MOST_SHOWN: Final = 400  # characters of an input that is told
MOST_ALIKE: Final = 3  # faults of one kind that are told


class Hung(BaseException):
    """Something takes far longer than it may."""


@contextmanager
def _impatient() -> Iterator[None]:
    """Raise Hung in what takes too long."""

    def give_up(*_: object) -> None:
        raise Hung

    before = signal.signal(signal.SIGVTALRM, give_up)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


class _Tally:
    """Counts inputs, and notes what was wrong with some."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.slowest_s = 0.0
        self._kinds: dict[str, int] = {}

    def note(self, target: str, number: int, given: Any, error: str) -> None:
        """Note a fault with what repeats it; of each kind a few."""
        kind = f"{target}: {error[-60:]}"
        self._kinds[kind] = self._kinds.get(kind, 0) + 1
        if self._kinds[kind] <= MOST_ALIKE:
            self.outcome.faults.append(f"{target}, input {number}: {given!r:.{MOST_SHOWN}}: {error}")

    def took(self, seconds: float) -> None:
        """Note how long an input took."""
        self.slowest_s = max(self.slowest_s, seconds)


def inventor(seed: int, target: str, number: int, words: tuple[str, ...]) -> Inventor:
    """Return what makes up one input: the same number makes up the same one."""
    return Inventor(random.Random(f"{seed}:{target}:{number}"), words)


def run(trial: Trial) -> Outcome:
    """Try everything with its share of inputs."""
    outcome = Outcome()
    tally, began = _Tally(outcome), time.monotonic()
    logging.getLogger("PIL").setLevel(logging.CRITICAL)
    with warnings.catch_warnings(), alone(), _impatient():
        warnings.simplefilter("ignore", UserWarning)  # Pillow's, of damaged headers
        for target in targets(trial.folder):
            _try(target, _share(trial, target.name), trial.seed, tally)
        asyncio.run(_try_chats(trial, tally))
    count = sum(_share(trial, name) for name in SHARES)
    took = time.monotonic() - began
    outcome.figures = {"inputs": f"{count:,}", "kinds": len(SHARES), "a second": f"{count / took:,.0f}"}
    outcome.figures["slowest"] = f"{tally.slowest_s:.2f} s"
    return outcome


def _inputs(target: Target | ChatTarget, count: int, seed: int) -> Iterator[tuple[int, Any]]:
    """Yield inputs with their numbers: those that once were too much, below 0, and then invented ones."""
    yield from enumerate(REMEMBERED.get(target.name, ()), -len(REMEMBERED.get(target.name, ())))
    for number in range(count):
        yield number, target.invent(inventor(seed, target.name, number, target.words))


def _share(trial: Trial, name: str) -> int:
    return trial.times(*SHARES[name])


def _try(target: Target, count: int, seed: int, tally: _Tally) -> None:
    for number, given in _inputs(target, count, seed):
        began = time.process_time()
        signal.setitimer(signal.ITIMER_VIRTUAL, HANG_S)
        try:
            target.read(given)
        except ModaclipError:
            pass
        except (Exception, Hung) as error:
            tally.note(target.name, number, given, f"{type(error).__name__}: {error}")
        tally.took(time.process_time() - began)


async def _try_chats(trial: Trial, tally: _Tally) -> None:
    folder = Path(trial.folder, "chats")
    folder.mkdir()
    async with chats(folder) as (all_targets, alarm):
        for target in all_targets:
            await _try_chat(target, _share(trial, target.name), trial.seed, tally, alarm)


async def _try_chat(target: ChatTarget, count: int, seed: int, tally: _Tally, alarm: Alarm) -> None:
    for number, given in _inputs(target, count, seed):
        began = time.process_time()
        signal.setitimer(signal.ITIMER_VIRTUAL, HANG_S)
        try:
            await target.do(given)
        except (Exception, Hung) as error:
            tally.note(target.name, number, given, f"{type(error).__name__}: {error}")
        for heard in alarm.heard:
            tally.note(target.name, number, given, heard.splitlines()[-1])
        alarm.heard.clear()
        tally.took(time.process_time() - began)


ORDEAL = Ordeal("fuzz", "a million odd inputs end in no unhandled error", run)
