"""What `modaclip doctor --slack` finds."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from slack_sdk.oauth.installation_store import Bot

from bot.cli import main
from bot.slack.api import Hosts
from bot.slack.checkup import examine, examine_many
from bot.slack.installations import Installations
from bot.slack.seal import Seal, make_key
from bot.store.looking import looking_at
from bot.store.slack_teams import SlackTeams
from bot.store.state import State
from core.doctor import Finding
from core.errors import LibraryError
from tests.bot.slack.installing import KEY, MANY_BY_SOCKET
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, CLIENT_ID, CLIENT_SECRET, SECRET, FakeSlack
from tests.fakes.slack_grants import TEAM, TWO


async def look(
    fake: FakeSlack, bot: str | None = BOT_TOKEN, app: str | None = APP_TOKEN, signing: str | None = None
) -> list[Finding]:
    findings = await examine(bot, app, signing, Hosts(api=f"{fake.http}/api/"))
    said = "".join(f"{finding.what} {finding.advice}" for finding in findings)
    assert not any(secret in said for secret in (BOT_TOKEN, APP_TOKEN, SECRET))
    return findings


def wrong(findings: list[Finding]) -> str:
    assert all(finding.advice for finding in findings if not finding.ok)
    return "\n".join(f"{finding.what}: {finding.advice}" for finding in findings if not finding.ok)


async def test_a_bot_that_is_set_up_has_nothing_wrong_and_is_told_how_to_go_on(fake: FakeSlack) -> None:
    findings = await look(fake)
    said = "\n".join(finding.what for finding in findings)
    assert wrong(findings) == "" and "called moda in the workspace Team" in said
    assert "all 9 permissions" in said and "opens a socket" in said and "modaclip run" in said


async def test_it_only_reads(fake: FakeSlack) -> None:
    await look(fake)
    assert {call.method for call in fake.calls} == {"auth.test", "bots.info", "apps.connections.open"}


async def test_without_a_token_it_says_how_to_get_one(fake: FakeSlack) -> None:
    assert "slack-manifest.yaml" in wrong(await look(fake, None)) and not fake.calls


async def test_a_wrong_bot_token_is_told(fake: FakeSlack) -> None:
    assert "does not accept the bot token" in wrong(await look(fake, "xoxb-wrong"))


async def test_tokens_that_were_exchanged_are_told(fake: FakeSlack) -> None:
    said = wrong(await look(fake, APP_TOKEN, BOT_TOKEN))
    assert (
        "no bot's" in said and "xoxb-" in said and "permissions" not in said and "does not accept the app token" in said
    )


async def test_permissions_that_are_missing_are_named_with_what_they_are_for(fake: FakeSlack) -> None:
    fake.scopes = "commands,chat:write,chat:write.public,app_mentions:read,files:read,files:write,im:history,im:write"
    said = wrong(await look(fake))
    assert "users:read (name, language and rank of who asks)" in said and "chat:write" not in said
    assert "reinstall the app" in said


async def test_permissions_that_are_not_needed_are_named(fake: FakeSlack) -> None:
    fake.scopes = f"{fake.scopes}, admin"
    findings = await look(fake)
    assert wrong(findings) == "" and any(finding.what.endswith("take away: admin") for finding in findings)


async def test_permissions_that_slack_does_not_name_are_told(fake: FakeSlack) -> None:
    fake.scopes = None
    assert "OAuth & Permissions" in wrong(await look(fake))


async def test_the_pages_of_the_app_are_named(fake: FakeSlack) -> None:
    assert "https://api.slack.com/apps/A0APP (Basic Information" in wrong(await look(fake, app=None))


async def test_pages_of_an_app_that_slack_does_not_name_are_those_of_all(fake: FakeSlack) -> None:
    fake.fail("bots.info", 200, "missing_scope")
    assert "https://api.slack.com/apps (Basic Information" in wrong(await look(fake, app=None))


async def test_a_wrong_app_token_is_told(fake: FakeSlack) -> None:
    assert "does not accept the app token" in wrong(await look(fake, app="xapp-wrong"))


async def test_an_app_token_of_another_app_is_told(fake: FakeSlack) -> None:
    fake.socket_app = "A0OTHER"
    assert "another app" in wrong(await look(fake)) and not fake.made("apps.connections.open")


async def test_a_socket_that_does_not_open_is_told(fake: FakeSlack) -> None:
    fake.fail("apps.connections.open", 200, "missing_scope")
    said = wrong(await look(fake))
    assert "no socket (missing_scope)" in said and "connections:write" in said and "Socket Mode" in said


async def test_a_signing_secret_is_said_to_be_there(fake: FakeSlack) -> None:
    findings = await look(fake, app=None, signing=SECRET)
    assert wrong(findings) == "" and any("signing secret is set" in finding.what for finding in findings)


async def test_without_a_way_in_both_are_named(fake: FakeSlack) -> None:
    said = wrong(await look(fake, app=None))
    assert "MODACLIP_SLACK_APP_TOKEN" in said and "MODACLIP_SLACK_SIGNING_SECRET" in said


async def test_how_to_compare_commands_is_said(fake: FakeSlack) -> None:
    (commands,) = [finding for finding in await look(fake) if "/remove-photo" in finding.what]
    assert commands.ok and "deploy/slack-manifest.yaml" in str(commands.advice)


async def test_a_workspace_of_an_organisation_is_told(fake: FakeSlack) -> None:
    fake.me = {"enterprise_id": "E0ORG"}
    findings = await look(fake)
    assert wrong(findings) == "" and any("belongs to an organisation" in finding.what for finding in findings)


@pytest.mark.parametrize(
    ("given", "told"),
    (
        ({"enterprise_id": "E0ORG", "is_enterprise_install": True}, "whole organisation"),
        ({"expires_in": 43_200}, "12 hours"),
    ),
)
async def test_installations_that_do_not_work_are_told(fake: FakeSlack, given: dict[str, object], told: str) -> None:
    fake.me = given
    assert told in wrong(await look(fake))


async def test_a_slack_out_of_order_is_told(fake: FakeSlack) -> None:
    fake.fail("auth.test", 503, "service_unavailable")
    assert "out of order (service_unavailable)" in wrong(await look(fake))


async def test_a_slack_that_is_away_is_told() -> None:
    findings = await examine(BOT_TOKEN, APP_TOKEN, None, Hosts(api="http://127.0.0.1:1/api/"))
    assert "can't be reached" in wrong(findings) and len(findings) == 1


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[SlackTeams]:
    async with State.open(tmp_path / "state.db") as state:
        yield SlackTeams(state.database)


async def add(fake: FakeSlack, kept: SlackTeams, team: str, *, key: str = KEY, lives_s: int = 3600) -> None:
    fake.grants.expire, fake.grants.codes["code"] = True, team
    data = fake.grants.access({"code": "code"})
    bot = Bot(
        app_id="A0APP",
        team_id=team,
        bot_token=data["access_token"],
        bot_id="B",
        bot_user_id="U",
        bot_refresh_token=data["refresh_token"],
        bot_token_expires_in=lives_s,
        installed_at=1.0,
    )
    await Installations(kept, Seal(key)).async_save_bot(bot)


async def look_at_many(fake: FakeSlack, kept: SlackTeams) -> list[Finding]:
    findings = await examine_many(MANY_BY_SOCKET, kept, Hosts(api=f"{fake.http}/api/"))
    said = "".join(f"{finding.what} {finding.advice}" for finding in findings)
    assert not any(secret in said for secret in (*fake.grants.given, KEY, APP_TOKEN))
    return findings


async def test_every_workspace_that_added_it_is_looked_at(fake: FakeSlack, kept: SlackTeams) -> None:
    fake.me = {"expires_in": 3600}  # which the bot renews, so nothing is wrong with that
    for team in (TEAM, TWO):
        await add(fake, kept, team)
    findings = await look_at_many(fake, kept)
    said = [finding.what for finding in findings]
    assert wrong(findings) == "" and "2 workspaces" in said[0]
    assert sum("called moda in the workspace" in one for one in said) == 2 and any("opens a socket" in o for o in said)


async def test_a_workspace_that_removed_it_unheard_and_one_of_another_key_are_told(
    fake: FakeSlack, kept: SlackTeams
) -> None:
    await add(fake, kept, TEAM, key=make_key())
    await add(fake, kept, TWO)
    fake.grants.uninstall(TWO)
    said = wrong(await look_at_many(fake, kept))
    assert "token of the workspace T0TEAM can't be opened" in said and "MODACLIP_SLACK_TOKEN_KEY" in said
    assert "does not accept the token of the workspace T0TWO" in said and "add the app there anew" in said


async def test_an_expired_token_is_left_to_the_bot(fake: FakeSlack, kept: SlackTeams) -> None:
    await add(fake, kept, TEAM, lives_s=-1)
    findings = await look_at_many(fake, kept)
    assert wrong(findings) == "" and "renewed when it is needed" in findings[1].what
    assert not fake.made("oauth.v2.access")


def set_up_many(monkeypatch: pytest.MonkeyPatch, folder: Path, **given: str) -> None:
    """Set what many workspaces need, or something else for some of it."""
    values = {"CLIENT_ID": CLIENT_ID, "CLIENT_SECRET": CLIENT_SECRET, "TOKEN_KEY": KEY, "SIGNING_SECRET": SECRET}
    for name, value in {**values, "PUBLIC_URL": "https://moda.example", **given}.items():
        monkeypatch.setenv(f"MODACLIP_SLACK_{name}", value)
    monkeypatch.setenv("MODACLIP_BOT_DIR", str(folder))


def test_all_that_is_missing_for_many_is_said_by_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MODACLIP_SLACK_CLIENT_ID", "1.2")
    assert main(["doctor", "--slack"]) == 0
    said = capsys.readouterr().out
    for name in ("CLIENT_SECRET", "TOKEN_KEY", "PUBLIC_URL", "APP_TOKEN", "SIGNING_SECRET"):
        assert f"MODACLIP_SLACK_{name}" in said
    assert said.count("missing") == 4 and "no client id" not in said


def test_a_key_that_is_none_is_said_by_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_many(monkeypatch, tmp_path, TOKEN_KEY="short", PUBLIC_URL="http://moda.example")  # noqa: S106
    assert main(["doctor", "--slack"]) == 0
    said = capsys.readouterr().out
    assert "MODACLIP_SLACK_TOKEN_KEY is no key" in said and "https://…" in said and "a signing secret is set" in said


async def test_before_anybody_added_it_nothing_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_many(monkeypatch, tmp_path / "bot")
    assert await asyncio.to_thread(main, ["doctor", "--slack"]) == 0
    assert "0 workspaces have added the app" in capsys.readouterr().out and not (tmp_path / "bot").exists()


async def test_a_database_of_an_older_version_is_left_as_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(tmp_path / "state.db")) as older:
        older.executescript("PRAGMA journal_mode = WAL; CREATE TABLE facts (name, value); PRAGMA user_version = 1")
    before = (tmp_path / "state.db").read_bytes()
    set_up_many(monkeypatch, tmp_path)
    assert await asyncio.to_thread(main, ["doctor", "--slack"]) == 0
    assert "0 workspaces have added the app" in capsys.readouterr().out
    assert [file.name for file in tmp_path.iterdir()] == ["state.db"]
    assert (tmp_path / "state.db").read_bytes() == before


async def test_workspaces_of_a_bot_that_runs_are_looked_at(
    fake: FakeSlack,
    kept: SlackTeams,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await add(fake, kept, TEAM, lives_s=-1)
    set_up_many(monkeypatch, tmp_path)
    assert await asyncio.to_thread(main, ["doctor", "--slack"]) == 0
    assert "the token of the workspace T0TEAM is renewed" in capsys.readouterr().out


async def test_what_looks_can_t_write(kept: SlackTeams, tmp_path: Path) -> None:
    async with looking_at(tmp_path / "state.db", "slack_teams") as database:
        assert database is not None
        with pytest.raises(LibraryError, match="can't be written"):
            await SlackTeams(database).forget(TEAM)


async def test_what_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"nonsense" * 999)
    with pytest.raises(LibraryError, match="can't be used"):
        async with looking_at(tmp_path / "state.db", "slack_teams"):
            pass
