"""Adding the app to a workspace: with a state that is good once, for ten minutes, in one browser; pages of our own."""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from bot.slack.client import SlackChat
from bot.slack.credentials import INSTALL, REDIRECT
from bot.slack.pages import HEADERS
from bot.slack.scopes import SCOPES
from bot.slack.server import EVENTS
from bot.store.slack_teams import MOST_STATES, STATE_S, SealedTeam, SlackTeams
from bot.store.state import State
from tests.bot.slack.conftest import PUBLIC, Connect
from tests.bot.slack.installing import MANY_BY_HTTP, MANY_BY_SOCKET, Browser, Page, browser, install
from tests.bot.slack.rehearsal import texts
from tests.fakes.clock import Clock
from tests.fakes.slack import CLIENT_ID, FakeSlack
from tests.fakes.slack_grants import TEAM, TWO


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def kept(tmp_path: Path, clock: Clock) -> AsyncIterator[SlackTeams]:
    async with State.open(tmp_path / "state.db") as state:
        yield SlackTeams(state.database, clock=clock)


@pytest.fixture
async def many(connect: Connect, kept: SlackTeams) -> AsyncIterator[SlackChat]:
    async with connect(MANY_BY_HTTP, teams=kept) as chat:
        yield chat


@pytest.fixture
async def visitor(many: SlackChat) -> AsyncIterator[Browser]:
    async with browser(many) as opened:
        yield opened


def refused(page: Page, why: str) -> bool:
    return page.status >= 400 and "It is not installed" in page.text and why in page.text


async def test_the_page_leads_to_slack_with_what_the_bot_needs(visitor: Browser) -> None:
    asked = parse_qs(urlsplit((await visitor.get(INSTALL)).link).query)
    assert asked["client_id"] == [CLIENT_ID] and asked["scope"] == [",".join(SCOPES)]
    assert asked["redirect_uri"] == [f"{PUBLIC}{REDIRECT}"] and len(asked["state"][0]) > 30


async def test_a_workspace_that_added_it_is_answered(fake: FakeSlack, visitor: Browser) -> None:
    page = await visitor.install(fake, TEAM)
    assert page.status == 200 and "ModaCLIP is in &lt;Team&gt; T0TEAM now" in page.text
    assert "Here you are." in texts(await fake.answer(await fake.command("/find", "x")))


async def test_a_state_is_taken_once(fake: FakeSlack, visitor: Browser, kept: SlackTeams) -> None:
    back = fake.grants.allow((await visitor.get(INSTALL)).link, TEAM)
    assert await kept.end(back["state"])  # as the first to come back would
    assert refused(await visitor.get(REDIRECT, **back), "was finished before")
    assert await kept.find(TEAM) is None


async def test_a_page_that_is_opened_a_second_time_installs_nothing_more(fake: FakeSlack, visitor: Browser) -> None:
    begun = await visitor.get(INSTALL)
    back = fake.grants.allow(begun.link, TEAM)
    await visitor.get(REDIRECT, **back)
    assert refused(await visitor.get(REDIRECT, **back), "opened a second time")
    assert len(fake.made("oauth.v2.access")) == 1


async def test_a_state_that_was_made_up_is_refused(fake: FakeSlack, visitor: Browser) -> None:
    back = fake.grants.allow((await visitor.get(INSTALL)).link, TEAM)
    assert refused(await visitor.get(REDIRECT, code=back["code"], state="made-up"), "another browser")
    assert not fake.made("oauth.v2.access")


async def test_a_state_of_another_browser_is_refused(fake: FakeSlack, many: SlackChat, visitor: Browser) -> None:
    async with browser(many) as other:
        back = fake.grants.allow((await other.get(INSTALL)).link, TEAM)
    await visitor.get(INSTALL)
    assert refused(await visitor.get(REDIRECT, **back), "another browser")
    assert not fake.made("oauth.v2.access")


async def test_without_a_state_nothing_is_installed(fake: FakeSlack, visitor: Browser) -> None:
    back = fake.grants.allow((await visitor.get(INSTALL)).link, TEAM)
    assert refused(await visitor.get(REDIRECT, code=back["code"]), "another browser")


async def test_a_state_is_good_for_ten_minutes(fake: FakeSlack, visitor: Browser, clock: Clock) -> None:
    assert STATE_S == 600
    back = fake.grants.allow((await visitor.get(INSTALL)).link, TEAM)
    clock.now += STATE_S + 1
    assert refused(await visitor.get(REDIRECT, **back), "longer than ten minutes")
    assert not fake.made("oauth.v2.access")


async def test_states_are_kept_hashed(tmp_path: Path, visitor: Browser) -> None:
    state = parse_qs(urlsplit((await visitor.get(INSTALL)).link).query)["state"][0]
    for file in tmp_path.glob("state.db*"):
        assert state.encode() not in file.read_bytes()


async def test_states_that_nobody_used_do_not_pile_up(kept: SlackTeams, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_STATES == 10_000
    monkeypatch.setattr("bot.store.slack_teams.MOST_STATES", 2)
    states = [await kept.begin() for _ in range(4)]
    assert sum([await kept.end(state) for state in states]) == 2


async def test_who_does_not_allow_it_is_told_so(visitor: Browser) -> None:
    page = await visitor.get(REDIRECT, error="access_denied")
    assert "You did not allow it" in page.text and page.link == f"{PUBLIC}{INSTALL}"


async def test_what_an_address_says_is_not_shown(visitor: Browser, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    page = await visitor.get(REDIRECT, error="<script>alert(1)</script>")
    assert "script" not in page.text and "did not finish" in page.text
    assert not [one for one in caplog.records if "script" in str(one.__dict__)]


async def test_a_code_that_slack_does_not_take_installs_nothing(
    fake: FakeSlack, visitor: Browser, kept: SlackTeams, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    state = fake.grants.allow((await visitor.get(INSTALL)).link, TEAM)["state"]
    assert refused(await visitor.get(REDIRECT, state=state, code="code-of-nobody"), "did not take the code")
    assert await kept.find(TEAM) is None
    assert not [one for one in caplog.records if one.name != "aiohttp.access" and "code-of-nobody" in str(one.__dict__)]


async def test_slack_that_is_out_of_order_is_said(fake: FakeSlack, visitor: Browser, kept: SlackTeams) -> None:
    fake.fail("auth.test", 200, "fatal_error")
    assert (await visitor.install(fake, TEAM)).status >= 400 and await kept.find(TEAM) is None


async def test_a_whole_organisation_is_refused(fake: FakeSlack, visitor: Browser, kept: SlackTeams) -> None:
    fake.grants.org_wide = True
    assert refused(await visitor.install(fake, TEAM), "not to a whole organisation")
    assert await kept.all() == []


@pytest.mark.parametrize("error", (sqlite3.OperationalError("disk I/O error"), TimeoutError(), LookupError()), ids=repr)
async def test_what_can_t_be_written_is_said_on_a_page_and_in_the_log(
    fake: FakeSlack,
    visitor: Browser,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    async def refuse(self: SlackTeams, installed: SealedTeam) -> None:
        raise error

    monkeypatch.setattr(SlackTeams, "add", refuse)
    page = await visitor.install(fake, TEAM)
    assert page.status == 500 and refused(page, "could not be kept") and page.link == f"{PUBLIC}{INSTALL}"
    (said,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert said.exc_info and said.exc_info[1] is error
    assert not [secret for secret in fake.grants.given if secret in caplog.text]


async def test_a_workspace_may_be_named_and_nothing_else(visitor: Browser) -> None:
    named = await visitor.get(INSTALL, team="T0TEAM")
    odd = await visitor.get(INSTALL, team="T0&redirect_uri=https://evil.example")
    assert named.link.endswith("&team=T0TEAM") and "evil" not in odd.link


async def test_pages_load_nothing_and_stand_in_no_other(fake: FakeSlack, visitor: Browser) -> None:
    pages = [
        await visitor.get(INSTALL),
        await visitor.install(fake, TEAM),
        await visitor.get(REDIRECT, error="access_denied"),
        await visitor.get("/elsewhere"),
    ]
    for page in pages:
        assert HEADERS.items() <= page.headers.items()
        assert not re.search(r"<(script|img|link|style|iframe|form|meta http)", page.text)


async def test_the_cookie_is_for_servers_only_and_goes_at_the_end(fake: FakeSlack, visitor: Browser) -> None:
    begun = await visitor.get(INSTALL)
    ended = await visitor.install(fake, TEAM)
    cookie = begun.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "Secure" in cookie and "Max-Age=600" in cookie
    assert "=deleted" in ended.headers["Set-Cookie"]


async def test_only_a_get_begins_something(many: SlackChat) -> None:
    async with aiohttp.ClientSession() as session:
        for method in ("HEAD", "POST"):
            async with session.request(method, f"{many.address}{INSTALL}") as answer:
                assert answer.status == 405


async def test_it_is_added_again_in_place_of_what_was(fake: FakeSlack, many: SlackChat, kept: SlackTeams) -> None:
    await install(fake, many, TEAM, TWO, TEAM)
    assert [one.team for one in await kept.all()] == [TEAM, TWO]
    await fake.answer(await fake.command("/find", "x"))


async def test_where_events_come_by_a_socket_no_request_is_taken(
    fake: FakeSlack, connect: Connect, kept: SlackTeams
) -> None:
    async with (
        connect(MANY_BY_SOCKET, teams=kept) as chat,
        aiohttp.ClientSession() as session,
        session.post(f"{chat.address}{EVENTS}", data="{}") as answer,
    ):
        assert answer.status == 404
