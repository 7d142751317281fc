"""Threads that each run the network on one core, over a few photos at a time.

The network is small: shared between the cores, an operation is over before they have agreed on its parts, and every
other thread that wants a core (an import decodes the next photos meanwhile) makes all of them wait at the end of it.
Photos side by side need no agreement, and a handful of them stays in a core's cache.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

PHOTOS_AT_ONCE = 8


class CorePool:
    """As many threads as torch has cores, each of them using one."""

    def __init__(self) -> None:
        import torch

        cores = torch.get_num_threads()
        self._threads = ThreadPoolExecutor(cores, thread_name_prefix="starter")
        started = threading.Barrier(cores + 1)
        for _ in range(cores):
            self._threads.submit(_use_one_core, started)
        started.wait()
        torch.set_num_threads(cores)  # what the last thread has set would be the default of every later one

    def map(self, function: Callable[[Sequence[Item]], Result], items: Sequence[Item]) -> list[Result]:
        """Return `function` of each `PHOTOS_AT_ONCE` items, in order."""
        handfuls = [items[i : i + PHOTOS_AT_ONCE] for i in range(0, len(items), PHOTOS_AT_ONCE)]
        return list(self._threads.map(function, handfuls))


def _use_one_core(started: threading.Barrier) -> None:
    import torch

    torch.get_num_threads()  # once asked, a thread keeps what it is told next
    torch.set_num_threads(1)
    started.wait()
