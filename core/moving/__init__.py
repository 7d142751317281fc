"""A library carried over from one store into another, while others go on using it where it is.

`copying.py` makes the copy and proves that it is one, `guarding.py` keeps it from being written over what somebody
needs, `asking.py` compares what both answer, and `mover.py` does one after the other.
"""

from __future__ import annotations

from core.moving.copying import contents_of
from core.moving.guarding import library_of
from core.moving.mover import Moved, Sides, Steps, copy_moment, move
from core.moving.values import CantMove, Contents, NotTheSame

__all__ = [
    "CantMove",
    "Contents",
    "Moved",
    "NotTheSame",
    "Sides",
    "Steps",
    "contents_of",
    "copy_moment",
    "library_of",
    "move",
]
