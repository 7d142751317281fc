"""`modaclip run` starts Slack when its tokens are set, and ends it when it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from functools import partial
from pathlib import Path

import pytest

from bot.app import read_secrets, read_settings, serve
from bot.slack import client
from bot.slack.api import Hosts
from config.settings import Secrets, SettingsError
from core.library import Library
from tests.bot.slack.rehearsal import texts
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, FakeSlack

TOKENS = Secrets(slack_bot_token=BOT_TOKEN, slack_app_token=APP_TOKEN)


def test_secrets_are_read_from_the_environment_or_a_file_it_names(tmp_path: Path) -> None:
    (tmp_path / "app").write_text("from a file\n")
    env = {"MODACLIP_SLACK_BOT_TOKEN": " direct ", "MODACLIP_SLACK_APP_TOKEN_FILE": str(tmp_path / "app")}
    secrets = read_secrets({**env, "MODACLIP_SLACK_SIGNING_SECRET": "signing"})
    read = (secrets.slack_bot_token, secrets.slack_app_token, secrets.slack_signing_secret)
    assert read == ("direct", "from a file", "signing") and "direct" not in repr(secrets)


async def test_the_program_answers_in_slack_until_it_is_told_to_stop(
    fake: FakeSlack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts = Hosts(f"{fake.http}/api/", f"{fake.http}/files/", f"{fake.http}/respond/")
    monkeypatch.setattr(client, "SlackOptions", partial(client.SlackOptions, hosts=hosts))
    await Library.create(tmp_path / "library", "starter")
    env = {"MODACLIP_WEB_ENABLED": "false", "MODACLIP_BOT_DIR": str(tmp_path / "bot")}
    said: list[str] = []
    program = asyncio.create_task(
        serve(read_settings(env, tmp_path), TOKENS, tmp_path / "library", only_web=False, say=said.append)
    )
    await fake.until(lambda: fake.sockets)
    message = await fake.answer(await fake.command("/help"))
    signal.raise_signal(signal.SIGTERM)
    async with asyncio.timeout(10):
        await program
    assert "Say what you look for" in texts(message) and said == ["Slack: connecting."]


async def test_a_bot_token_alone_is_not_enough(tmp_path: Path) -> None:
    settings = read_settings({"MODACLIP_BOT_DIR": str(tmp_path / "bot")}, tmp_path)
    with pytest.raises(SettingsError, match="MODACLIP_SLACK_APP_TOKEN"):
        secrets = Secrets(slack_bot_token=BOT_TOKEN)
        await serve(settings, secrets, tmp_path / "library", only_web=False, say=print)


async def test_slack_can_be_switched_off(tmp_path: Path) -> None:
    env = {"MODACLIP_WEB_ENABLED": "false", "MODACLIP_SLACK_ENABLED": "false", "MODACLIP_BOT_DIR": str(tmp_path)}
    with pytest.raises(SettingsError, match="No chat is configured"):
        await serve(read_settings(env, tmp_path), TOKENS, tmp_path / "library", only_web=False, say=print)
