"""What `modaclip doctor --slack` finds."""

from __future__ import annotations

import pytest

from bot.slack.api import Hosts
from bot.slack.checkup import examine
from core.doctor import Finding
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, SECRET, FakeSlack


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
