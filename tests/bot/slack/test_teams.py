"""Workspaces that are open: made when they are needed, kept apart, and closed when their time is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.oauth.installation_store import Bot

from bot.slack.api import Api, Hosts
from bot.slack.outlet import SlackOutlet
from bot.slack.requests import KEPT_S, People
from bot.slack.seal import Sealed
from bot.slack.sending import Sending
from bot.slack.spots import Spot
from bot.slack.teams import IDLE_S, Teams
from bot.slack.tokens import OneToken
from bot.slack.trouble import NotInstalled, SlackRefused
from tests.bot.slack.rehearsal import images, page, texts
from tests.fakes.slack import BOT_TOKEN, PHOTOS, FakeSlack
from tests.fakes.slack_grants import BOTS, TEAM, TWO
from tests.fakes.slack_world import ANN, DAN


class Known:
    """The installations that a test has made."""

    def __init__(self) -> None:
        self.bots: dict[str, Bot] = {}
        self.trouble: Exception | None = None  # what finding one raises

    def add(self, team: str, token: str = "xoxb-a", installed_at: float = 1.0) -> None:  # noqa: S107
        self.bots[team] = Bot(
            team_id=team, bot_token=token, bot_id="B", bot_user_id=f"U{team}", installed_at=installed_at
        )

    def meant(self, team: str) -> str:
        return team

    async def find(self, team: str) -> Bot | None:
        if self.trouble is not None:
            raise self.trouble
        return self.bots.get(team)

    async def forget(self, team: str) -> None:
        self.bots.pop(team, None)


@pytest.fixture
def known() -> Known:
    found = Known()
    found.add(TEAM)
    found.add(TWO, "xoxb-b")
    return found


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
async def teams(known: Known, now: list[float]) -> AsyncIterator[Teams]:
    async with Teams(known, clock=lambda: now[0]) as opened:
        yield opened


async def test_each_workspace_has_parts_of_its_own(teams: Teams) -> None:
    async with teams.use(TEAM) as one, teams.use(TWO) as two:
        assert (one.team, one.me, one.api.client.token) == (TEAM, f"U{TEAM}", "xoxb-a")
        assert (two.team, two.me, two.api.client.token) == (TWO, f"U{TWO}", "xoxb-b")
        assert one.media is not two.media and one.people is not two.people and one.api.session is not two.api.session


async def test_a_workspace_is_made_when_it_is_needed_and_once(teams: Teams) -> None:
    assert teams.open_teams == ()
    async with teams.use(TEAM) as first:
        pass
    async with teams.use(TEAM) as again:
        assert again is first
    assert teams.open_teams == (TEAM,)


async def test_one_that_nothing_happens_in_is_closed(teams: Teams, now: list[float]) -> None:
    async with teams.use(TEAM) as one:
        pass
    now[0] += IDLE_S
    async with teams.use(TWO):
        pass
    assert teams.open_teams == (TWO,) and one.api.session.closed


async def test_one_in_use_is_closed_by_who_uses_it_last(teams: Teams, known: Known) -> None:
    async with teams.use(TEAM) as one:
        await known.forget(TEAM)
        with pytest.raises(NotInstalled):
            async with teams.use(TEAM):
                pass
        assert teams.open_teams == () and not one.api.session.closed
    assert one.api.session.closed


async def test_a_renewed_token_changes_nothing_else(teams: Teams, known: Known) -> None:
    async with teams.use(TEAM) as before:
        known.add(TEAM, "xoxb-new")
        async with teams.use(TEAM) as after:
            assert after is before and after.api.client.token == "xoxb-new"  # noqa: S105


async def test_what_was_added_anew_has_new_parts(teams: Teams, known: Known) -> None:
    async with teams.use(TEAM) as before:
        pass
    known.add(TEAM, "xoxb-new", installed_at=2.0)
    async with teams.use(TEAM) as after:
        assert after.media is not before.media and before.api.session.closed


async def test_two_events_at_once_make_one(teams: Teams) -> None:
    async def used() -> Sending:
        async with teams.use(TEAM) as sending:
            await asyncio.sleep(0)
            return sending

    first, second = await asyncio.gather(used(), used())
    assert first is second


async def test_slack_bolt_is_told_whose_an_event_is_and_no_token(teams: Teams) -> None:
    context = AsyncBoltContext({"team_id": TWO, "is_enterprise_install": False})
    result = await teams.authorize(context)
    assert result is not None and (result.team_id, result.bot_user_id) == (TWO, f"U{TWO}")
    assert "xoxb-b" not in str(dict(result)) and "xoxb-b" not in str(vars(result))


@pytest.mark.parametrize("trouble", (aiohttp.ClientConnectionError(), TimeoutError(), SlackClientError("x")), ids=repr)
async def test_what_can_t_be_renewed_because_slack_is_away_is_not_answered(
    teams: Teams, known: Known, trouble: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    known.trouble = trouble
    assert await teams.authorize(AsyncBoltContext({"team_id": TWO, "is_enterprise_install": False})) is None
    assert [one.message for one in caplog.records] == ["slack did not take it"]


@pytest.fixture
async def asking(known: Known, fake: FakeSlack) -> AsyncIterator[Teams]:
    """Workspaces of the Slack on this machine, which accepts the token of the first."""
    known.add(TEAM, BOT_TOKEN)
    async with Teams(known, Hosts(f"{fake.http}/api/")) as opened:
        yield opened


async def test_what_ended_is_forgotten_where_slack_does_not_accept_its_token(asking: Teams, known: Known) -> None:
    for team in (TEAM, TWO):
        await asking.uninstall(team)
    assert set(known.bots) == {TEAM} and asking.open_teams == (TEAM,)


@pytest.mark.parametrize("reason", ("account_inactive", "token_revoked", "invalid_auth"))
async def test_a_token_that_slack_calls_dead_is_forgotten(
    fake: FakeSlack, asking: Teams, known: Known, reason: str
) -> None:
    fake.fail("auth.test", 200, reason)
    await asking.uninstall(TEAM)
    assert TEAM not in known.bots


async def test_what_slack_renews_no_more_is_forgotten(asking: Teams, known: Known) -> None:
    known.trouble = SlackRefused("No more.")
    await asking.uninstall(TEAM)
    assert TEAM not in known.bots


@pytest.mark.parametrize("reason", ("fatal_error", "service_unavailable", "token_expired", "missing_scope"))
async def test_what_slack_does_not_call_dead_is_kept(
    fake: FakeSlack, asking: Teams, known: Known, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    fake.fail("auth.test", 200, reason)
    await asking.uninstall(TEAM)
    assert TEAM in known.bots and "is kept" in caplog.text


@pytest.mark.parametrize("trouble", (aiohttp.ClientConnectionError(), TimeoutError(), Sealed("Another key.")), ids=repr)
async def test_what_can_t_be_asked_is_kept(
    asking: Teams, known: Known, trouble: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    known.trouble = trouble
    await asking.uninstall(TEAM)
    assert TEAM in known.bots and "is kept" in caplog.text


async def test_a_message_that_slack_refuses_with_pictures_goes_without(fake: FakeSlack, asking: Teams) -> None:
    fake.fail("chat.postMessage", 200, "invalid_blocks")
    assert await SlackOutlet(asking).post(f"slack:{TEAM}", f"slack:{PHOTOS}", page(1), "en")
    (message,) = fake.posted(PHOTOS)
    assert not images(message) and "Photo by" in texts(message)


async def test_a_message_that_slack_refuses_without_pictures_too_is_not_given_up_in_silence(
    fake: FakeSlack, asking: Teams
) -> None:
    fake.fail("chat.postMessage", 200, "invalid_blocks", times=2)
    with pytest.raises(SlackApiError, match="invalid_blocks"):
        await SlackOutlet(asking).post(f"slack:{TEAM}", f"slack:{PHOTOS}", page(1), "en")
    assert len(fake.made("chat.postMessage")) == 2


async def test_at_the_end_everything_is_closed(known: Known) -> None:
    async with Teams(known) as teams, teams.use(TEAM) as one:
        pass
    assert one.api.session.closed


async def test_one_token_is_for_everything_that_comes_and_for_no_other_workspace_s_messages(fake: FakeSlack) -> None:
    hosts = Hosts(f"{fake.http}/api/")
    async with Api(hosts=hosts) as api:
        tokens = await OneToken.of(BOT_TOKEN, api.client)
    assert (tokens.meant(TWO), tokens.meant("")) == (TEAM, TEAM)
    async with Teams(tokens, hosts) as teams, teams.use(TEAM) as sending:
        assert sending.me == BOTS[TEAM]
        with pytest.raises(NotInstalled):
            async with teams.use(TWO):
                pass


def test_a_spot_is_read_as_it_was_written() -> None:
    spot = Spot(TEAM, "C1", "123.456")
    assert Spot.read(spot.written()) == spot and spot.written() == "T0TEAM/C1/123.456"
    assert Spot.read("C1/123.456") == Spot("", "C1", "123.456")


async def test_who_is_forgotten_is_known_no_more(fake: FakeSlack, asking: Teams) -> None:
    async with asking.use(TEAM) as sending:
        await sending.people.know(ANN)
        sending.media.keep_thread(ANN, "D1", "1.1")
        sending.media.keep(f"{ANN}:digest", "F1")
        sending.media.keep("digest", "F2")
        await SlackOutlet(asking).forget(f"slack:{TWO}.{ANN}")  # somebody else
        assert sending.people._known and sending.media.thread(ANN)
        await SlackOutlet(asking).forget(f"slack:{TEAM}.{ANN}")
        assert sending.people._known == {} and sending.media.thread(ANN) is None
        assert (sending.media.known(f"{ANN}:digest"), sending.media.known("digest")) == (None, "F2")


async def test_names_are_not_remembered_for_longer_than_an_hour(fake: FakeSlack) -> None:
    now = [0.0]
    async with Api(BOT_TOKEN, Hosts(f"{fake.http}/api/")) as api:
        people = People(api, TEAM, clock=lambda: now[0])
        await people.know(DAN)
        now[0] = KEPT_S
        await people.know(ANN)
        assert list(people._known) == [ANN]
