"""Tells whether the locked versions are older than docs/security.md promises, by the day of the last full update.

python -m tools.overdue
"""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

UPDATED = Path(__file__).parents[1] / "locks" / "UPDATED"  # the day, as `make lock UPGRADE=--upgrade` writes it
UPDATE_DAYS = 90  # after which everything is brought up to date at the latest


def overdue(updated: date, today: date) -> str:
    """Return what to do, in a sentence; "" while nothing is overdue."""
    due = updated + timedelta(days=UPDATE_DAYS)
    if today <= due:
        return ""
    return f"The locked versions are of {updated}, and were due on {due}: run `make lock UPGRADE=--upgrade`."


def main() -> int:
    """Say it; return 1 where the update is overdue."""
    told = overdue(date.fromisoformat(UPDATED.read_text(encoding="utf-8").strip()), datetime.now(UTC).date())
    print(told or f"Brought up to date within the last {UPDATE_DAYS} days.")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
