"""What is older than settings allow is forgotten; what is younger stays."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import library_options, open_desk, read_settings
from bot.desk import Desk
from bot.replies import Live
from bot.retention import DAY_S, Retention
from bot.store.board_links import Invitation
from bot.store.slack_teams import STATE_S, SlackTeams
from bot.store.visits import IDLE_S, Visits
from bot.tidying import tidy
from bot.uploads import WAITING_S
from config.settings import SettingsError
from core.store import StoreOptions
from tests.bot.teams import TEAMS, action, open_team_desk, request, upload
from tests.fakes.clock import Clock
from tests.fakes.encoder import ColourEncoder

ENGINES = ("sqlite", "postgres")
HOME = TEAMS[0]


@pytest.fixture
def clock() -> Clock:
    """A clock that begins now, as moments that databases give are compared with it."""
    found = Clock()
    found.now = time.time()
    return found


@pytest.fixture
async def desk(tmp_path: Path, engine: StoreOptions, clock: Clock) -> AsyncIterator[Desk]:
    async with open_team_desk(tmp_path, clock=clock, store=engine) as opened:
        opened.boards.links._clock = clock
        yield opened


async def count(desk: Desk, table: str) -> int:
    return int(await desk.state.database.value(f"SELECT count(*) FROM {table}"))  # noqa: S608


async def test_everything_goes_when_its_time_is_over_and_not_before(desk: Desk, clock: Clock, tmp_path: Path) -> None:
    visits = Visits(desk.state.database, clock=clock)
    person = await visits.person(await visits.begin())
    assert person is not None
    await visits.call(person, "Ann")
    await visits.add(person, {"text": "mine"})
    await visits.add("", {"text": "to all"}, author=person)
    await desk.state.keep(HOME, "discord:ann", {"query": "red"})
    await desk.boards.links.invite(Invitation("b", HOME, "Home"))
    await SlackTeams(desk.state.database, clock=clock).begin()
    begun = clock.now
    for seconds, tables in (
        (STATE_S, ("slack_states",)),
        (DAY_S, ("board_codes",)),
        (IDLE_S, ("people", "sessions")),
        (30 * DAY_S, ("results",)),
        (90 * DAY_S, ("entries",)),
    ):
        clock.now = begun + seconds - 1
        await tidy(desk)
        assert all([await count(desk, table) for table in tables]), tables
        clock.now = begun + seconds + 1
        await tidy(desk)
        assert [await count(desk, table) for table in tables] == [0] * len(tables), tables
    desk.uploads.wait(request(), [upload(tmp_path / "x.jpg")])
    for seconds, held in ((WAITING_S - 1, 1), (1, 0)):
        clock.now += seconds
        await tidy(desk)
        assert desk.uploads.held("discord:ann") == held


async def test_who_logs_in_no_more_leaves_neither_name_nor_conversation(desk: Desk, clock: Clock) -> None:
    visits = Visits(desk.state.database, clock=clock, session_s=DAY_S)
    for name in ("Ann", "Ben"):
        person = await visits.person(await visits.begin())
        await visits.call(person or "", name)
        await visits.add(person or "", {"text": f"of {name}"})
        clock.now += DAY_S / 2 + 1
    await tidy(desk)
    assert [row[0] for row in await desk.state.database.rows("SELECT name FROM people")] == ["Ben"]
    assert [row[0] for row in await desk.state.database.rows("SELECT data FROM entries")] == ['{"text": "of Ben"}']


async def test_a_deleted_board_goes_with_its_messages_also_where_nobody_opens_its_library(
    desk: Desk, clock: Clock
) -> None:
    for name in ("Gone", "Stays"):
        board = await desk.command("board new", request(), {"name": name})
        assert board.live is not None
        await desk.live.posted("discord", f"1/{name}", replace(board.live, workspace=HOME))
    asked = await desk.command("board delete", request(), {"board": "Gone"})
    await desk.press(action(asked, "deleted"), request())
    clock.now += 1
    await tidy(desk)
    assert await count(desk, "board_posts") == 2
    desk.retention = Retention(deleted_boards_days=0)
    await tidy(desk)
    assert [row[0] for row in await desk.state.database.rows("SELECT place FROM board_posts")] == ["1/Stays"]


async def test_a_message_of_a_board_that_was_made_meanwhile_is_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = desk.workspaces.folders

    async def meanwhile() -> list[Path]:
        found = await folders()
        await desk.live.posted("discord", "1/2", Live(HOME, "new-board", 1, "en"))
        return found

    monkeypatch.setattr(desk.workspaces, "folders", meanwhile)
    await tidy(desk)
    assert await count(desk, "board_posts") == 1


async def test_the_settings_say_how_long(tmp_path: Path) -> None:
    env = {
        "MODACLIP_BOT_DIR": str(tmp_path / "bot"),
        "MODACLIP_ENCODER_MODEL": "starter",
        "MODACLIP_PRIVACY_RESULTS_DAYS": "3",
        "MODACLIP_PRIVACY_DELETED_BOARDS_DAYS": "5",
    }
    settings = read_settings(env, tmp_path)
    options = replace(library_options(settings), make_encoder=lambda *_: ColourEncoder())
    async with open_desk(settings, tmp_path / "library", options=options) as desk:
        assert (desk.state.kept_days, desk.retention.results_days, desk.retention.history_days) == (3, 3, 90)
        old = await desk.press("more:gone", request("web:main"))
        assert "more than 3 days old" in old.text
        await desk.command("board new", request("web:main"), {"name": "Short"})
        asked = await desk.command("board delete", request("web:main"), {"board": "Short"})
        assert "For 5 days" in (await desk.press(action(asked, "deleted"), request("web:main"))).text


@pytest.mark.parametrize("days", ["0", "-1", "3651", "many"])
def test_a_time_that_is_none_is_refused(days: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"privacy\.history_days"):
        read_settings({"MODACLIP_PRIVACY_HISTORY_DAYS": days}, tmp_path)
