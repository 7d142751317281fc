"""JSON that stays on its line wherever it is read: in a file, in a terminal, by whoever splits a log."""

from __future__ import annotations

import json
from collections.abc import Mapping


def json_line(record: Mapping[str, object]) -> str:
    """Return a record as one line of JSON. What can't be seen, steers terminals or breaks lines is escaped in it."""
    line = json.dumps(record, ensure_ascii=False, default=str)
    if line.isprintable():
        return line
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in line)
