"""Locked versions are not older than docs/security.md promises: who looks after them is told when they are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from tools.overdue import UPDATE_DAYS, UPDATED, overdue

DAY = date(2026, 3, 1)


def test_locks_older_than_promised_are_told() -> None:
    last = DAY + timedelta(days=UPDATE_DAYS)
    assert overdue(DAY, last) == ""
    assert "make lock UPGRADE=--upgrade" in overdue(DAY, last + timedelta(days=1))


def test_the_day_of_the_last_update_is_known() -> None:
    assert date.fromisoformat(UPDATED.read_text(encoding="utf-8").strip()) <= datetime.now(UTC).date()
