"""A clock that stands still until it is moved."""

from __future__ import annotations


class Clock:
    """Says what time it is, in seconds since 1970."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now
