"""How long what people leave behind is kept; `bot/tidying.py` sees to it, docs/privacy.md says it."""

from __future__ import annotations

from dataclasses import dataclass

DAY_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Retention:
    """Days after which something is forgotten."""

    results_days: int = 30  # a search, and the buttons under its answer
    history_days: int = 90  # what was said in the web chat
    sessions_days: int = 90  # a login to the web chat
    files_days: int = 7  # a file that an answer brought
    deleted_boards_days: int = 30  # a board that was deleted, until when that can be undone
