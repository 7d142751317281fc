"""Signs that a chat may send and a database may not take end in an answer, on every engine."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from core.errors import NotFound
from core.store import StoreOptions
from tests.bot.teams import TEAMS, fill, open_team_desk, request

ENGINES = ("sqlite", "postgres")
ODD = "a\0b\ud800%_'\\"


async def test_whatever_signs_are_typed_or_pressed_an_answer_comes(
    tmp_path: Path, engine: StoreOptions, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_team_desk(tmp_path, store=engine) as desk:
        await fill(desk, tmp_path, TEAMS[0], "one")
        for command, option in (("photo", "photo"), ("find", "query"), ("find", "tag"), ("board join", "code")):
            assert (await desk.command(command, request(), {option: ODD})).text
        for pressed, chosen in ((f"more:{ODD}", "1"), (f"board:{ODD}", "1"), ("exported:x", ODD)):
            assert (await desk.press(pressed, request(), [chosen])).failed
        made = await desk.command("board new", request(), {"name": ODD})
        assert made.panel is not None
        assert made.panel.title == "ab?%_'\\"
        with pytest.raises(NotFound):
            await desk.picture(request(), ODD, 1000)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
