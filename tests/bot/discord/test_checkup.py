"""What `modaclip doctor --discord` finds."""

from __future__ import annotations

from bot.commands import COMMANDS, MESSAGE_COMMANDS
from bot.discord.checkup import examine
from core.doctor import Finding
from tests.bot.discord.conftest import Connect
from tests.fakes.discord import TOKEN, FakeDiscord


async def look(fake: FakeDiscord, token: str | None = TOKEN) -> list[Finding]:
    findings = await examine(token, f"{fake.http}/api/v10")
    assert not any(TOKEN in f"{finding.what} {finding.advice}" for finding in findings)
    return findings


def wrong(findings: list[Finding]) -> str:
    assert all(finding.advice for finding in findings if not finding.ok)
    return "\n".join(f"{finding.what}: {finding.advice}" for finding in findings if not finding.ok)


async def test_without_a_token_it_says_how_to_get_one(fake: FakeDiscord) -> None:
    assert "MODACLIP_DISCORD_TOKEN" in wrong(await look(fake, None))


async def test_a_wrong_token_is_told(fake: FakeDiscord) -> None:
    assert "does not accept the token" in wrong(await look(fake, "wrong"))


async def test_commands_that_are_not_registered_are_named(fake: FakeDiscord) -> None:
    assert "/find" in wrong(await look(fake))


async def test_a_bot_that_ran_has_nothing_wrong_and_can_be_invited(fake: FakeDiscord, connect: Connect) -> None:
    async with connect(commands=COMMANDS, menus=MESSAGE_COMMANDS):
        pass
    findings = await look(fake)
    assert wrong(findings) == ""
    said = "\n".join(finding.what for finding in findings)
    assert "client_id=1000&scope=bot+applications.commands&permissions=274877959168" in said
    assert "integration_type=1" in said and "Send Messages In Threads" in said


async def test_settings_that_keep_commands_away_are_told(fake: FakeDiscord) -> None:
    fake.application = {
        "interactions_endpoint_url": "https://example.org", "bot_require_code_grant": True,
        "integration_types_config": {"0": {}},
    }  # fmt: skip
    said = wrong(await look(fake))
    assert "Interactions Endpoint URL" in said and "Code Grant" in said and "User Install" in said


async def test_a_discord_that_is_away_is_told(fake: FakeDiscord) -> None:
    findings = await examine(TOKEN, "http://127.0.0.1:1/api")
    assert "can't be reached" in wrong(findings)


async def test_a_discord_out_of_order_is_told(fake: FakeDiscord) -> None:
    fake.fail("GET", "/users/@me", 503)
    assert "503" in wrong(await look(fake))
