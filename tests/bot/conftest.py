"""What tests of the bot share: a desk whose first team has three photos."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.desk import Desk
from tests.bot.teams import TEAMS, fill, open_team_desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_team_desk(tmp_path) as opened:
        await fill(opened, tmp_path, TEAMS[0], "one")
        yield opened
