"""Taking a person out of a board's log, while what they did stays the team's: votes, pins, decisions, notes.

Their id and name give way to a pseudonym, which is random and another one on every board: so votes go on counting once
each, and neither the person nor what they did on two boards can be told from it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from core.boards.changes import Forgotten
from core.boards.exports.json_reading import IMPORTED
from core.store.values import ChangeRow

PSEUDONYM = "forgotten:"  # how the ids begin of those who asked to be forgotten


@dataclass(frozen=True, slots=True)
class Gone:
    """Who is to be forgotten, by everything that stands for them in a log."""

    person: str
    strangers: Collection[str] = ()  # the numbers under which their votes came in from boards that were exported
    side: str | None = None  # of boards that they share, where their workspace is theirs alone
    pseudonym: str = field(default_factory=lambda: f"{PSEUDONYM}{secrets.token_hex(8)}")

    def rewritten(self, log: Iterable[ChangeRow]) -> list[ChangeRow]:
        """Return those rows of a log in which something stands for the person, without it."""
        own_side = secrets.token_hex(6)
        found = []
        for row in log:
            after = row
            if row.author == self.person:
                after = replace(after, author=self.pseudonym, author_name="")
            if self.side is not None and row.side == self.side:
                after = replace(after, side=own_side)
            if self.strangers and IMPORTED in row.data:
                data = json.loads(row.data)
                if (without := self._without(data)) != data:
                    after = replace(after, data=json.dumps(without, ensure_ascii=False))
            if after != row:
                found.append(after)
        return found

    def mark(self, revision: int, at: str) -> ChangeRow:
        """Return the change that says that somebody was forgotten."""
        return ChangeRow(revision, at, self.pseudonym, "", Forgotten.kind, "{}")

    def _without(self, value: Any) -> Any:
        """Return JSON in which the authors of ballots are not these people."""
        if isinstance(value, list):
            return [self._without(one) for one in value]
        if not isinstance(value, dict):
            return value
        if value.get("id") in self.strangers and "side" in value:  # an author, and no photo
            return {**value, "id": self.pseudonym, "name": ""}
        return {name: self._without(one) for name, one in value.items()}
