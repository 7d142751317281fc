"""Names of files that every system takes: Windows, macOS, Linux, and whatever unpacks an archive on them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

NAME_BYTES: Final = 120  # of a name; every file system takes 255, and something may be put before it
_DEVICES: Final = re.compile(r"(?:con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])\s*(?:\.|$)", re.IGNORECASE)
_OTHERS: Final = re.compile(r"[^\w.() -]")
_EDGES: Final = " .-"


def file_name(text: str, otherwise: str = "file") -> str:
    """Return a text as a file's name, its ending kept; `otherwise` where nothing of it can stand in one."""
    composed = unicodedata.normalize("NFC", text)
    stem, dot, ending = _OTHERS.sub("_", composed).strip(_EDGES).rpartition(".")
    if not dot or len(ending) > 10:
        stem, dot, ending = stem + dot + ending, "", ""
    room = NAME_BYTES - len((dot + ending).encode())
    kept = stem.encode()[:room].decode(errors="ignore").strip(_EDGES) or otherwise
    return no_device(f"{kept}{dot}{ending}")


def no_device(name: str) -> str:
    """Return a name with a line before it where Windows would take it for a device: `con`, `nul.txt`."""
    return f"_{name}" if _DEVICES.match(name) else name
