"""What tests of moving share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.boards.changes import Renamed
from core.library import Library
from core.moving import copying, mover
from tests.core.moving.worlds import ANA, World, fill


@pytest.fixture
async def world(tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(copying, "PAGE_PHOTOS", 16)
    monkeypatch.setattr(mover, "QUERIES", 10)
    made = World(tmp_path / "photos.lib", postgres_url)
    await Library.create(made.folder, "colours", made.options)
    async with made.store("sqlite") as store:
        await fill(store, 60)
        async with made.library("sqlite") as library:
            board = await library.boards.make("Lodge", ANA, "channel-1")
            await library.boards.change(board.id, replace(ANA, side="other"), lambda _: Renamed("Lodge by the sea"))
            await library.boards.make("Sea", ANA)
    return made
