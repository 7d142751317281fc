"""Tokens of workspaces: nowhere in plain text, renewed in time and once, opened by an older key, lost by nothing."""

from __future__ import annotations

import asyncio
import io
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator

from bot.logs import start_logging
from bot.replies import Audience
from bot.slack.api import Api, Hosts
from bot.slack.client import SlackChat
from bot.slack.installations import Installations
from bot.slack.outlet import SlackOutlet
from bot.slack.seal import BadKey, Seal, Sealed, make_key
from bot.slack.teams import Teams
from bot.slack.tokens import AGAIN_S, RENEW_MIN, KeptTokens
from bot.slack.trouble import SlackRefused
from bot.store.slack_teams import SlackTeams
from bot.store.state import State
from tests.bot.slack.conftest import Connect
from tests.bot.slack.installing import APP, KEY, MANY_BY_HTTP, MANY_BY_SOCKET, install
from tests.bot.slack.rehearsal import RehearsedDesk, page, texts
from tests.fakes.slack import ANN, CLIENT_ID, CLIENT_SECRET, DAN, PHOTOS_TWO, FakeSlack
from tests.fakes.slack_grants import BOTS, LIVES_S, TEAM, TWO


@pytest.fixture
async def state(tmp_path: Path) -> AsyncIterator[State]:
    async with State.open(tmp_path / "state.db") as opened:
        yield opened


@pytest.fixture
def kept(state: State) -> SlackTeams:
    return SlackTeams(state.database)


@pytest.fixture
def installations(kept: SlackTeams) -> Installations:
    return Installations(kept, Seal(KEY))


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """All that the program logs when it logs everything."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    stream = io.StringIO()
    start_logging("DEBUG", stream)
    yield stream
    root.handlers[:], level = before
    root.setLevel(level)


@asynccontextmanager
async def tokens_of(fake: FakeSlack, installations: Installations, **given: Any) -> AsyncIterator[KeptTokens]:
    """Yield what renews tokens."""
    async with Api(hosts=Hosts(f"{fake.http}/api/")) as api:
        rotator = AsyncTokenRotator(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, client=api.client)
        async with KeptTokens(installations, rotator, **given) as tokens:
            yield tokens


async def install_expiring(fake: FakeSlack, chat: SlackChat) -> None:
    """Install the app in a workspace, with a token that has expired now; the next will live long."""
    fake.grants.expire, fake.grants.lives_s = True, 1
    await install(fake, chat, TEAM)
    await asyncio.sleep(1.1)
    fake.grants.lives_s = LIVES_S


async def granted(fake: FakeSlack, installations: Installations, team: str = TEAM, **given: object) -> Bot:
    """Install the app in a workspace, with a token that expires; return the installation."""
    fake.grants.expire = True
    fake.grants.codes["code"] = team
    data = fake.grants.access({"code": "code"})
    values = {
        "team_id": team,
        "bot_token": data["access_token"],
        "bot_id": f"B{team}",
        "bot_user_id": BOTS[team],
        "bot_refresh_token": data["refresh_token"],
        "bot_token_expires_in": data["expires_in"],
        "installed_at": 1000.0,
    }
    bot = Bot(**(values | given))  # type: ignore[arg-type]
    await installations.async_save_bot(bot)
    return bot


async def test_no_token_stands_in_the_database(
    fake: FakeSlack, connect: Connect, kept: SlackTeams, tmp_path: Path, logged: io.StringIO
) -> None:
    fake.grants.expire, fake.grants.lives_s = True, 60  # so that each is renewed at once
    async with connect(MANY_BY_SOCKET, teams=kept) as chat:
        await install(fake, chat, TEAM, TWO)
        await fake.answer(await fake.command("/find", "x"))
        files = list(tmp_path.glob("state.db*"))
        data = b"".join(file.read_bytes() for file in files)
    assert len(fake.grants.given) >= 6 and tmp_path / "state.db-wal" in files
    assert b"slack_teams" in data and TWO.encode() in data  # what is looked through is what was written
    for secret in (*fake.grants.given, CLIENT_SECRET, KEY):
        assert secret.encode() not in data and secret not in logged.getvalue()


async def test_no_token_is_logged_where_everything_is(
    fake: FakeSlack, connect: Connect, kept: SlackTeams, logged: io.StringIO
) -> None:
    fake.grants.expire = True
    async with connect(MANY_BY_HTTP, teams=kept) as chat:
        await install(fake, chat, TEAM)
        await fake.answer(await fake.command("/find", "x"))
        fake.grants.uninstall(TEAM)
        await fake.command("/find", "x")
        await fake.until(lambda: len(fake.made("respond")) == 2)
    assert "the app was added to slack" in logged.getvalue()
    assert not [secret for secret in (*fake.grants.given, "code-") if secret in logged.getvalue()]


def test_no_secret_shows_in_a_repr() -> None:
    shown = repr((MANY_BY_HTTP, APP, replace(MANY_BY_HTTP, bot_token="xoxb-own"), Seal(KEY)))  # noqa: S106
    assert not [one for one in (KEY, CLIENT_SECRET, "xoxb-own", str(MANY_BY_HTTP.signing_secret)) if one in shown]


async def test_an_expired_token_is_renewed_once_for_twenty_events_at_once(
    fake: FakeSlack, connect: Connect, kept: SlackTeams, desk: RehearsedDesk
) -> None:
    async with connect(MANY_BY_SOCKET, teams=kept) as chat:
        await install_expiring(fake, chat)
        sent = await asyncio.gather(*(fake.command("/find", "x") for _ in range(20)))
        for one in sent:
            assert "Here you are." in texts(await fake.answer(one))
    assert len(desk.asked) == 20
    assert [call.args.get("grant_type") for call in fake.made("oauth.v2.access")] == [None, "refresh_token"]


async def test_new_tokens_outlive_a_restart(fake: FakeSlack, connect: Connect, kept: SlackTeams) -> None:
    async with connect(MANY_BY_SOCKET, teams=kept) as chat:
        await install_expiring(fake, chat)
        await fake.answer(await fake.command("/find", "x"))
    async with connect(MANY_BY_SOCKET, teams=kept):
        await fake.answer(await fake.command("/find", "x"))
    assert len(fake.made("oauth.v2.access")) == 2


async def test_two_workspaces_are_renewed_each_by_its_own(fake: FakeSlack, installations: Installations) -> None:
    for team in (TEAM, TWO):
        await granted(fake, installations, team, bot_token_expires_in=0)
    async with tokens_of(fake, installations) as tokens:
        for team in (TEAM, TWO):
            found = await tokens.find(team)
            assert found is not None and fake.grants.tokens[found.bot_token].team == team == found.team_id


async def test_a_message_that_nobody_asked_for_renews_the_token_too(
    fake: FakeSlack, installations: Installations
) -> None:
    await granted(fake, installations, TWO, bot_token_expires_in=0, bot_token="xoxe.xoxb-expired")  # noqa: S106
    async with tokens_of(fake, installations) as tokens, Teams(tokens, Hosts(f"{fake.http}/api/")) as teams:
        reply = page(1, audience=Audience.CHANNEL)
        assert await SlackOutlet(teams).post(f"slack:{TWO}", f"slack:{PHOTOS_TWO}", reply, "en")
    assert fake.posted(PHOTOS_TWO) and len(fake.made("oauth.v2.access")) == 1


async def test_a_token_is_renewed_before_it_expires(fake: FakeSlack, installations: Installations) -> None:
    bot = await granted(fake, installations, bot_token_expires_in=RENEW_MIN * 60 - 30)
    async with tokens_of(fake, installations) as tokens:
        found = await tokens.find(TEAM)
    assert found is not None and found.bot_token != bot.bot_token


async def test_a_token_that_lives_long_is_left_alone(fake: FakeSlack, installations: Installations) -> None:
    bot = await granted(fake, installations, bot_token_expires_in=RENEW_MIN * 60 + 30)
    async with tokens_of(fake, installations) as tokens:
        found = await tokens.find(TEAM)
    assert found is not None and found.bot_token == bot.bot_token and not fake.made("oauth.v2.access")


async def test_a_token_that_is_still_good_is_used_while_it_can_t_be_renewed(
    fake: FakeSlack, installations: Installations
) -> None:
    bot = await granted(fake, installations, bot_token_expires_in=1000)
    fake.fail("oauth.v2.access", 200, "fatal_error")
    async with tokens_of(fake, installations) as tokens:
        found = [await tokens.find(TEAM) for _ in range(5)]
    assert [one and one.bot_token for one in found] == [bot.bot_token] * 5
    assert len(fake.made("oauth.v2.access")) == 1 and AGAIN_S == 60  # it is not tried at every event


async def test_a_token_that_slack_renews_no_more_is_said_and_kept(
    fake: FakeSlack, connect: Connect, kept: SlackTeams, caplog: pytest.LogCaptureFixture
) -> None:
    async with connect(MANY_BY_SOCKET, teams=kept) as chat:
        await install_expiring(fake, chat)
        fake.grants.refreshers.clear()
        sent = await fake.command("/find", "x")
        assert "can't answer in this workspace" in (await fake.answer(sent))["text"]
    said = [str(one.__dict__.get("because")) for one in caplog.records]
    assert any("Install the app there anew" in one for one in said) and await kept.find(TEAM) is not None


async def test_who_asks_while_a_token_can_t_be_renewed_is_told_that_nothing_can_be_answered(
    fake: FakeSlack, connect: Connect, kept: SlackTeams, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(self: AsyncTokenRotator, **given: object) -> None:
        raise aiohttp.ClientConnectionError

    monkeypatch.setattr(AsyncTokenRotator, "perform_bot_token_rotation", away)
    async with connect(MANY_BY_HTTP, teams=kept) as chat:
        await install_expiring(fake, chat)
        sent = await fake.command("/find", "x")
        assert "can't answer in this workspace" in (await fake.answer(sent))["text"]


async def test_slack_that_can_t_be_reached_ends_no_installation(fake: FakeSlack, installations: Installations) -> None:
    await granted(fake, installations, bot_token_expires_in=0)
    fake.fail("oauth.v2.access", 200, "fatal_error")
    later = 0.0
    async with tokens_of(fake, installations, clock=lambda: time.time() + later) as tokens:
        with pytest.raises(Exception, match="fatal_error") as raised:
            await tokens.find(TEAM)
        assert not isinstance(raised.value, SlackRefused)
        later = AGAIN_S
        assert await tokens.find(TEAM) is not None


async def test_while_slack_is_away_an_expired_token_is_not_tried_at_every_event(
    fake: FakeSlack, installations: Installations
) -> None:
    await granted(fake, installations, bot_token_expires_in=0)
    fake.fail("oauth.v2.access", 200, "fatal_error", times=2)
    passed = [0.0]
    async with tokens_of(fake, installations, clock=lambda: time.time() + passed[0]) as tokens:
        for passed[0] in (0.0, 1.0, AGAIN_S - 2, AGAIN_S):
            with pytest.raises(Exception, match="fatal_error"):
                await tokens.find(TEAM)
    assert len(fake.made("oauth.v2.access")) == 2


async def test_what_is_installed_anew_does_not_wait_for_what_failed_before(
    fake: FakeSlack, installations: Installations
) -> None:
    await granted(fake, installations, bot_token_expires_in=0)
    fake.grants.refreshers.clear()
    async with tokens_of(fake, installations) as tokens:
        with pytest.raises(SlackRefused):
            await tokens.find(TEAM)
        await granted(fake, installations, bot_token_expires_in=0, installed_at=2000.0)
        assert await tokens.find(TEAM) is not None


async def test_new_tokens_are_kept_although_who_asked_for_them_is_cancelled(
    fake: FakeSlack, installations: Installations, kept: SlackTeams
) -> None:
    bot = await granted(fake, installations, bot_token_expires_in=0)
    async with tokens_of(fake, installations) as tokens:
        asking = asyncio.create_task(tokens.find(TEAM))
        await fake.until(lambda: fake.made("oauth.v2.access"))  # from here on the refresh token is spent
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    found = await installations.async_find_bot(enterprise_id=None, team_id=TEAM)
    assert found is not None and found.bot_refresh_token in fake.grants.refreshers
    assert found.bot_token != bot.bot_token


async def test_new_tokens_are_written_again_where_the_database_does_not_take_them(
    fake: FakeSlack, installations: Installations, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = await granted(fake, installations, bot_token_expires_in=0)
    monkeypatch.setattr("bot.slack.tokens.WRITE_AGAIN_S", 0.01)
    written = asyncio.Event()
    renew, refusals = installations.renew, [sqlite3.OperationalError("database is locked")] * 3

    async def renewed(fresh: Bot) -> bool:
        if refusals:
            raise refusals.pop()
        done = await renew(fresh)
        written.set()
        return done

    monkeypatch.setattr(installations, "renew", renewed)
    async with tokens_of(fake, installations) as tokens:
        found = [await tokens.find(TEAM) for _ in range(2)]  # what is not written yet is used all the same
        async with asyncio.timeout(5):
            await written.wait()
    last = await installations.async_find_bot(enterprise_id=None, team_id=TEAM)
    assert last is not None and [one and one.bot_token for one in found] == [last.bot_token] * 2 != [bot.bot_token] * 2
    assert len(fake.made("oauth.v2.access")) == 1


async def test_new_tokens_that_are_not_written_yet_are_when_slack_is_closed(
    fake: FakeSlack, connect: Connect, kept: SlackTeams, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(self: Installations, bot: Bot) -> bool:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("bot.slack.tokens.WRITE_AGAIN_S", 60.0)
    async with connect(MANY_BY_SOCKET, teams=kept) as chat:
        await install_expiring(fake, chat)
        with monkeypatch.context() as full:
            full.setattr(Installations, "renew", refuse)
            assert "Here you are." in texts(await fake.answer(await fake.command("/find", "x")))
    found = await Installations(kept, Seal(KEY)).async_find_bot(enterprise_id=None, team_id=TEAM)
    assert found is not None and found.bot_refresh_token in fake.grants.refreshers


async def test_new_tokens_that_were_not_written_do_not_come_back_where_the_app_was_removed(
    fake: FakeSlack, installations: Installations, kept: SlackTeams, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(bot: Bot) -> bool:
        raise sqlite3.OperationalError("database is locked")

    await granted(fake, installations, bot_token_expires_in=0)
    async with tokens_of(fake, installations) as tokens:
        with monkeypatch.context() as locked:
            locked.setattr(installations, "renew", refuse)
            await tokens.find(TEAM)
        await tokens.forget(TEAM)
        assert await tokens.find(TEAM) is None
    assert await kept.find(TEAM) is None


async def test_a_renewal_brings_nothing_back_that_was_removed_meanwhile(
    fake: FakeSlack, installations: Installations, kept: SlackTeams
) -> None:
    bot = await granted(fake, installations, bot_token_expires_in=0)
    await kept.forget(TEAM)
    assert not await installations.renew(bot) and await kept.find(TEAM) is None
    await granted(fake, installations, installed_at=2000.0)
    later = await kept.find(TEAM)
    assert not await installations.renew(bot) and await kept.find(TEAM) == later


async def test_an_older_key_opens_and_the_first_seals_anew(
    fake: FakeSlack, installations: Installations, kept: SlackTeams
) -> None:
    bot = await granted(fake, installations)
    new = make_key()
    await Installations(kept, Seal(f"{new}, {KEY}")).seal_anew()
    alone = await Installations(kept, Seal(new)).async_find_bot(enterprise_id=None, team_id=TEAM)
    assert alone is not None and alone.to_dict() == bot.to_dict()
    with pytest.raises(Sealed):
        await installations.async_find_bot(enterprise_id=None, team_id=TEAM)


async def test_with_another_key_nothing_is_lost_and_the_log_says_what_to_do(
    fake: FakeSlack, connect: Connect, kept: SlackTeams, caplog: pytest.LogCaptureFixture
) -> None:
    async with connect(MANY_BY_SOCKET, teams=kept) as chat:
        await install(fake, chat, TEAM, TWO)
    other = replace(MANY_BY_SOCKET, app=replace(APP, token_key=make_key()))
    async with connect(other, teams=kept):
        said = [str(one.__dict__.get("because")) for one in caplog.records]
        assert sum("behind the new one in MODACLIP_SLACK_TOKEN_KEY" in one for one in said) == 2
        sent = await fake.command("/find", "x", by=DAN)
        assert "can't answer in this workspace" in (await fake.answer(sent))["text"]
    async with connect(MANY_BY_SOCKET, teams=kept):
        for by in (ANN, DAN):
            assert "Here you are." in texts(await fake.answer(await fake.command("/find", "x", by=by)))


async def test_what_can_t_be_opened_is_not_taken_for_removed(
    fake: FakeSlack, installations: Installations, kept: SlackTeams
) -> None:
    await granted(fake, installations)
    async with tokens_of(fake, Installations(kept, Seal(make_key()))) as tokens, Teams(tokens) as teams:
        with pytest.raises(Sealed, match="another key"):  # False would let the message of a board be forgotten
            await SlackOutlet(teams).repaint(f"{TEAM}/C1/1.1", page(1), "en")


async def test_a_row_in_the_place_of_another_workspace_s_is_refused(
    fake: FakeSlack, installations: Installations, kept: SlackTeams
) -> None:
    await granted(fake, installations, TWO)
    stolen = await kept.find(TWO)
    assert stolen is not None
    await kept.add(replace(stolen, team=TEAM))
    with pytest.raises(Sealed, match="belongs to another"):
        await installations.async_find_bot(enterprise_id=None, team_id=TEAM)


@pytest.mark.parametrize("key", ("", "short", "not base64 at all!", "ä" * 44, f"{KEY},short", ","), ids=range(6))
def test_what_is_no_key_is_explained_without_showing_it(key: str) -> None:
    with pytest.raises(BadKey, match="modaclip slack-key") as raised:
        Seal(key)
    assert raised.value.__suppress_context__ and "short" not in str(raised.value)


async def test_a_bad_key_ends_the_chat_with_a_sentence(desk: RehearsedDesk, kept: SlackTeams) -> None:
    bad = replace(MANY_BY_HTTP, app=replace(APP, token_key="bad"))  # noqa: S106
    with pytest.raises(BadKey, match="MODACLIP_SLACK_TOKEN_KEY is no key"):
        await SlackChat(desk, teams=kept).run(bad)


async def test_of_people_no_token_is_kept(kept: SlackTeams, installations: Installations) -> None:
    await installations.async_save(
        Installation(
            team_id=TEAM,
            bot_token="xoxb-bot",  # noqa: S106
            bot_id="B1",
            bot_user_id="U1",
            user_id=ANN,
            user_token="xoxp-person",  # noqa: S106
            incoming_webhook_url="https://hooks.slack.com/x",
        )
    )
    found = await kept.find(TEAM)
    opened = Seal(KEY).open(found.sealed if found else "")
    assert "xoxb-bot" in opened and "xoxp-person" not in opened and ANN not in opened and "hooks" not in opened
