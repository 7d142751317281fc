"""Events that were seen, so that each is answered once: Slack tells them again when it has waited for too long."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

REMEMBERED_S = 3600.0  # Slack's last attempt comes five minutes after the first, but after an outage later
MOST = 10_000


class Once:
    """Remembers events for an hour."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: OrderedDict[str, float] = OrderedDict()

    def is_new(self, event: str) -> bool:
        """Tell whether an event is seen for the first time, and remember it."""
        now = self._clock()
        while self._seen and (len(self._seen) >= MOST or now - next(iter(self._seen.values())) > REMEMBERED_S):
            self._seen.popitem(last=False)
        if event in self._seen:
            return False
        self._seen[event] = now
        return True
