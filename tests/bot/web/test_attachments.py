"""Files that wait for the message that they belong to: for a while, and never more than there is room for."""

from __future__ import annotations

import pytest

from bot.refusals import Refused
from bot.web.attachments import MOST_UPLOADS, UPLOAD_S, Attachments
from tests.fakes.clock import Clock


def test_a_file_waits_for_half_an_hour() -> None:
    clock = Clock()
    attachments = Attachments(clock=clock)
    token = attachments.keep("ann", "a.jpg", b"x")
    clock.now += UPLOAD_S + 1
    later = attachments.keep("bob", "b.jpg", b"x")
    assert not attachments.get("ann", [token]) and attachments.get("bob", [later])


def test_somebody_s_oldest_file_makes_room_for_their_next() -> None:
    attachments = Attachments()
    tokens = [attachments.keep("ann", "a.jpg", b"x") for _ in range(MOST_UPLOADS + 1)]
    assert [bool(attachments.get("ann", [token])) for token in tokens] == [False] + [True] * MOST_UPLOADS


def test_all_files_together_take_no_more_memory_than_they_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.attachments.MOST_BYTES", 10)
    attachments = Attachments()
    tokens = [attachments.keep(f"p{number}", "a.jpg", b"1234") for number in range(4)]
    kept = [bool(attachments.get(f"p{number}", [token])) for number, token in enumerate(tokens)]
    assert kept == [False, False, True, True]


async def test_a_file_that_made_room_is_not_kept_for_a_form_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.attachments.MOST_BYTES", 10)
    attachments = Attachments()
    (first,) = attachments.get("ann", [attachments.keep("ann", "a.jpg", b"12345678")])
    assert await first.read() == b"12345678"
    attachments.keep("bob", "b.jpg", b"12345678")
    with pytest.raises(Refused, match="Send it again"):
        await first.read()
