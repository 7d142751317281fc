"""People of Slack on boards of before are known by workspace and account, once the bot has started."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.desk import Desk
from bot.requests import Level, Person, Request
from bot.slack.renaming import FACT, rename_people
from tests.bot.teams import fill, open_team_desk, request

ONE, TWO = "slack:T1", "slack:T2"
BEFORE = Person("slack:U1", "Ann")


def asked(team: str, person: Person = BEFORE) -> Request:
    return replace(request(team, level=Level.MEMBER), person=person)


async def voters(desk: Desk, board: str) -> set[str]:
    """Return who has voted for the one photo of a board."""
    async with desk.boards.see(ONE, board) as seen:
        (pin,) = (await seen.boards.shelf.board(board)).pins
    return {ballot.author.id for ballot in pin.ballots}


async def test_what_was_done_at_home_and_as_a_guest_is_theirs(tmp_path: Path) -> None:
    guest = asked(TWO, Person("slack:U2", "Bea"))
    async with open_team_desk(tmp_path) as desk:
        await fill(desk, tmp_path, ONE, "one")
        await desk.command("board new", asked(ONE), {"name": "Autumn"})
        (one,) = await desk.boards.all(ONE)
        board = one.listed.id
        await desk.command("board add", asked(ONE), {"photos": "one-red"})
        code = (await desk.command("board share", asked(ONE), {})).copyables[0].text.removeprefix("/board join ")
        await desk.command("board join", guest, {"code": code})
        for who in (asked(ONE), guest):
            await desk.command("board vote", who, {"numbers": "1", "vote": "up", "board": board})
        assert await voters(desk, board) == {"slack:U1", "slack:U2"}
    for _ in range(2):
        async with open_team_desk(tmp_path) as desk:
            await rename_people(desk.state, desk.workspaces)
            assert await voters(desk, board) == {"slack:T1.U1", "slack:T2.U2"}
            await desk.state.write_fact(FACT, "")  # done again, it adds nothing twice
            kept = [(await desk.privacy.kept(person)).boards for person in ("slack:T1.U1", "slack:U1")]
            assert kept == [1, 0]
            now = asked(ONE, Person("slack:T1.U1", "Ann"))
            renamed = await desk.command("board edit", now, {"name": "Spring", "board": board})
            assert not renamed.failed, "who made it keeps it"


async def test_it_is_done_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_team_desk(tmp_path) as desk:
        await fill(desk, tmp_path, ONE, "one")
        await rename_people(desk.state, desk.workspaces)
        monkeypatch.setattr(desk.workspaces, "folders", None)
        await rename_people(desk.state, desk.workspaces)
