"""Memory that pictures share which are decoded at once: a large one waits until there is enough."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Memory:
    """So many bytes to be lent. Safe to use from several threads."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._free = total
        self._changed = threading.Condition()

    @contextmanager
    def lent(self, count: int) -> Iterator[None]:
        """Hold so many bytes, or all where it is more than there are, once nobody else has them."""
        count = min(count, self._total)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= count)
            self._free -= count
        try:
            yield
        finally:
            with self._changed:
                self._free += count
                self._changed.notify_all()
