"""Tries a reader with one input after the other, and notes each that ended in an error nobody had foreseen."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from core.errors import ModaclipError
from tests.torture.alone import alone
from tests.torture.fuzz_chats import CHATS, ChatTarget, chats
from tests.torture.fuzz_parsers import Target, targets
from tests.torture.remembered import REMEMBERED

HANG_S: Final = 2.0  # of this process's time, so that a busy machine makes nobody hang
MOST_SHOWN: Final = 400  # characters of an input that is told
MOST_ALIKE: Final = 3  # faults of one kind that are told


class Hung(BaseException):
    """Something takes far longer than it may."""


@dataclass
class Tried:
    """What came of trying one reader."""

    inputs: int = 0
    slowest_s: float = 0.0
    faults: list[str] = field(default_factory=list)
    _kinds: dict[str, int] = field(default_factory=dict, repr=False)

    def note(self, given: Any, which: object, error: str) -> None:
        """Note a fault with what repeats it; of each kind a few."""
        kind = error[-60:]
        self._kinds[kind] = self._kinds.get(kind, 0) + 1
        if self._kinds[kind] <= MOST_ALIKE:
            self.faults.append(f"input {which}: {given!r:.{MOST_SHOWN}}: {error}")


class Trying:
    """One reader, and what came of it so far."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.tried = Tried()

    def remembered(self) -> None:
        """Try what once was too much."""
        for number, given in enumerate(REMEMBERED.get(self.target.name, ())):
            self.try_with(given, f"remembered {number}")

    def try_with(self, given: Any, which: object) -> None:
        """Try it with one input; `which` finds that again."""
        began = time.process_time()
        signal.setitimer(signal.ITIMER_VIRTUAL, HANG_S)
        try:
            self.target.read(given)
        except ModaclipError:
            pass
        except (Exception, Hung) as error:
            self.tried.note(given, which, f"{type(error).__name__}: {error}")
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        self.tried.inputs += 1
        self.tried.slowest_s = max(self.tried.slowest_s, time.process_time() - began)


@contextmanager
def opened(folder: Path, names: Sequence[str]) -> Iterator[list[Trying]]:
    """Yield the readers of these names, ready to be tried. No network is reached meanwhile, and what hangs is ended."""
    logging.getLogger("PIL").setLevel(logging.CRITICAL)
    stack = AsyncExitStack()
    with warnings.catch_warnings(), alone(), _impatient(), asyncio.Runner() as runner:
        warnings.simplefilter("ignore", UserWarning)  # Pillow's, of damaged headers
        found = [target for target in targets(folder) if target.name in names]
        if CHATS & set(names):
            in_chats, alarm = runner.run(stack.enter_async_context(chats(folder)))

            def heard(target: ChatTarget) -> Target:
                def read(given: Any) -> None:
                    try:
                        runner.run(target.do(given))
                        if alarm.heard:
                            raise AssertionError(alarm.heard[0].splitlines()[-1])
                    finally:
                        alarm.heard.clear()

                return Target(target.name, target.invent, read, target.words)

            found += [heard(target) for target in in_chats if target.name in names]
        try:
            yield [Trying(target) for target in found]
        finally:
            runner.run(stack.aclose())


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
