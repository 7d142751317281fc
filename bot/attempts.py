"""How often somebody may guess: after a few attempts that were wrong they wait."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from bot.refusals import Refused

MOST_WRONG = 10
WITHIN_S = 3600.0
MOST_PEOPLE = 10_000


class Attempts:
    """What was guessed wrong lately, by person."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, list[float]] = OrderedDict()

    def check(self, person: str) -> None:
        """Raise Refused for somebody who has guessed wrong too often within the hour."""
        if len(self._lately(person)) >= MOST_WRONG:
            raise Refused("That was wrong too often. Try again in an hour.")

    def note(self, person: str) -> None:
        """Write down that somebody has guessed wrong."""
        self._wrong[person] = [*self._lately(person), self._clock()]
        self._wrong.move_to_end(person)
        while len(self._wrong) > MOST_PEOPLE:
            self._wrong.popitem(last=False)

    def _lately(self, person: str) -> list[float]:
        return [at for at in self._wrong.get(person, ()) if self._clock() - at < WITHIN_S]
