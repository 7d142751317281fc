"""Everything that a library keeps, behind one protocol; no SQL is written anywhere else.

`protocol.py` says what a store is, `values.py` what goes in and out, `opening.py` which engine keeps it: `sqlite/`.
"""

from __future__ import annotations

from core.store.opening import StoreOptions, Stores, key_of
from core.store.protocol import Near, Store
from core.store.values import Arrival, Changes, Known, Look, Pictured, Space, WordMatches, pack
from core.store.wording import telling_words

__all__ = [
    "Arrival",
    "Changes",
    "Known",
    "Look",
    "Near",
    "Pictured",
    "Space",
    "Store",
    "StoreOptions",
    "Stores",
    "WordMatches",
    "key_of",
    "pack",
    "telling_words",
]
