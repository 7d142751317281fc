"""`modaclip run` starts Slack when its tokens are set, for one workspace or many, and ends it when it is told to."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bot.app import read_secrets, read_settings, serve
from bot.cli import main
from bot.slack import client
from bot.slack.api import Hosts
from bot.slack.credentials import App, SlackSecrets, slack_secrets
from bot.slack.seal import Seal, make_key
from config.settings import Secrets, SettingsError
from core.library import Library
from tests.bot.slack.conftest import PUBLIC
from tests.bot.slack.installing import install
from tests.bot.slack.rehearsal import texts
from tests.fakes.ports import free_port
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, CLIENT_ID, CLIENT_SECRET, DAN, FakeSlack
from tests.fakes.slack_grants import TWO

TOKENS = Secrets(slack_bot_token=BOT_TOKEN, slack_app_token=APP_TOKEN)
MANY = Secrets(
    slack_app_token=APP_TOKEN,
    slack_client_id=CLIENT_ID,
    slack_client_secret=CLIENT_SECRET,
    slack_token_key=make_key(),
)


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


async def test_many_workspaces_are_answered_until_it_is_told_to_stop(
    fake: FakeSlack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts = Hosts(f"{fake.http}/api/", f"{fake.http}/files/", f"{fake.http}/respond/", f"{fake.http}/authorize")
    monkeypatch.setattr(client, "SlackOptions", partial(client.SlackOptions, hosts=hosts))
    chats: list[client.SlackChat] = []
    run = client.SlackChat.run

    async def remembered(chat: client.SlackChat, secrets: SlackSecrets) -> None:
        chats.append(chat)
        await run(chat, secrets)

    monkeypatch.setattr(client.SlackChat, "run", remembered)
    await Library.create(tmp_path / "library", "starter")
    env = {"MODACLIP_WEB_ENABLED": "false", "MODACLIP_BOT_DIR": str(tmp_path / "bot")}
    settings = read_settings({**env, "MODACLIP_SLACK_PUBLIC_URL": f"{PUBLIC}/"}, tmp_path)
    slack = replace(settings.slack, port=free_port())
    said: list[str] = []
    program = asyncio.create_task(
        serve(replace(settings, slack=slack), MANY, tmp_path / "library", only_web=False, say=said.append)
    )
    await fake.until(lambda: fake.sockets)
    async with asyncio.timeout(5):
        while not (chats and chats[0].connected):  # noqa: ASYNC110 - the chat tells nobody else
            await asyncio.sleep(0.01)
    await install(fake, chats[0], TWO)
    message = await fake.answer(await fake.command("/photo-help", by=DAN))
    signal.raise_signal(signal.SIGTERM)
    async with asyncio.timeout(10):
        await program
    assert "Say what you look for" in texts(message)
    assert said == ["Slack: connecting.", f"Slack: workspaces add it at {PUBLIC}/slack/install"]


@pytest.mark.parametrize(
    ("given", "url", "said"),
    (
        ({"slack_client_id": None}, PUBLIC, "needs MODACLIP_SLACK_CLIENT_ID"),
        ({"slack_client_secret": None}, PUBLIC, "needs MODACLIP_SLACK_CLIENT_SECRET"),
        ({"slack_token_key": None}, PUBLIC, "needs MODACLIP_SLACK_TOKEN_KEY, .* `modaclip slack-key` makes one"),
        ({"slack_client_id": None, "slack_client_secret": None}, PUBLIC, "needs MODACLIP_SLACK_CLIENT_ID"),
        ({"slack_app_token": None}, PUBLIC, "needs MODACLIP_SLACK_APP_TOKEN .* or MODACLIP_SLACK_SIGNING_SECRET"),
        ({"slack_bot_token": BOT_TOKEN}, PUBLIC, "Unset one of the two"),
        ({}, "", "needs the setting slack.public_url"),
        ({}, "http://moda.example", "https://"),
        ({}, "https://moda.example/?a=b&scope=admin", "https://"),
    ),
)
async def test_what_is_missing_for_many_workspaces_is_said_in_a_sentence(
    tmp_path: Path, given: dict[str, str | None], url: str, said: str
) -> None:
    env = {"MODACLIP_BOT_DIR": str(tmp_path / "bot"), "MODACLIP_SLACK_PUBLIC_URL": url}
    secrets = replace(MANY, **given)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match=said):
        async with asyncio.timeout(5):
            await serve(read_settings(env, tmp_path), secrets, tmp_path / "library", only_web=False, say=print)
    assert not (tmp_path / "bot").exists()


def test_what_is_set_says_how_many_workspaces_there_are() -> None:
    one = slack_secrets(TOKENS, "")
    by_requests = replace(MANY, slack_app_token=None, slack_signing_secret="signing")  # noqa: S106
    many = slack_secrets(by_requests, f"{PUBLIC}/moda")
    assert one is not None and one.bot_token == BOT_TOKEN and one.app is None
    assert (
        many is not None
        and many.bot_token is None
        and many.app == App(CLIENT_ID, CLIENT_SECRET, str(MANY.slack_token_key))
    )
    assert slack_secrets(Secrets(), PUBLIC) is None and slack_secrets(replace(TOKENS, slack_token_key="key"), "") == one  # noqa: S106


def test_a_key_is_printed_that_can_be_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["slack-key"]) == 0
    key = capsys.readouterr().out.strip()
    assert Seal(key).open(Seal(key).seal("xoxb")) == "xoxb"


async def test_a_bot_token_alone_is_not_enough(tmp_path: Path) -> None:
    settings = read_settings({"MODACLIP_BOT_DIR": str(tmp_path / "bot")}, tmp_path)
    with pytest.raises(SettingsError, match="MODACLIP_SLACK_APP_TOKEN"):
        secrets = Secrets(slack_bot_token=BOT_TOKEN)
        await serve(settings, secrets, tmp_path / "library", only_web=False, say=print)


async def test_slack_can_be_switched_off(tmp_path: Path) -> None:
    env = {"MODACLIP_WEB_ENABLED": "false", "MODACLIP_SLACK_ENABLED": "false", "MODACLIP_BOT_DIR": str(tmp_path)}
    with pytest.raises(SettingsError, match="No chat is configured"):
        await serve(read_settings(env, tmp_path), TOKENS, tmp_path / "library", only_web=False, say=print)
