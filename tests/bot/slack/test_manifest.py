"""The app's manifest asks Slack for what the code uses: every command, shortcut, scope and event, and nothing more."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.commands import COMMANDS, MESSAGE_COMMANDS
from bot.slack.credentials import REDIRECT
from bot.slack.names import ALONE, TAKEN, slash_name, slash_names, typed_text
from bot.slack.scopes import SCOPES

ROOT = Path(__file__).parents[3]
CODE = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot" / "slack").glob("*.py"))
SCOPES_OF_METHODS: dict[str, set[str]] = {
    "apps_connections_open": set(),  # asks for the app token's own scope
    "auth_test": set(),
    "bots_info": {"users:read"},
    "chat_postEphemeral": {"chat:write"},
    "chat_postMessage": {"chat:write", "chat:write.public"},
    "chat_update": {"chat:write"},
    "conversations_open": {"im:write"},
    "files_completeUploadExternal": {"files:write"},
    "files_getUploadURLExternal": {"files:write"},
    "files_info": {"files:read"},
    "users_info": {"users:read"},
    "views_open": set(),
    "views_publish": set(),
    "views_update": set(),
}
SCOPES_OF_EVENTS = {
    "app_home_opened": set[str](),
    "app_mention": {"app_mentions:read"},
    "app_uninstalled": set[str](),
    "message.im": {"im:history"},
    "tokens_revoked": set[str](),
}


@pytest.fixture(scope="module")
def manifest() -> Any:
    return yaml.safe_load((ROOT / "deploy" / "slack-manifest.yaml").read_text(encoding="utf-8"))


def used_methods() -> set[str]:
    return set(re.findall(r"\bclient\.([a-z]+_[A-Za-z]+|apps_connections_open)\(", CODE))


def test_every_command_is_there(manifest: Any) -> None:
    assert [one["command"] for one in manifest["features"]["slash_commands"]] == list(slash_names(COMMANDS))


def test_commands_are_described_within_slack_s_limits(manifest: Any) -> None:
    for one in manifest["features"]["slash_commands"]:
        assert re.fullmatch(r"/[a-z-]{1,31}", one["command"]) and 0 < len(one["description"]) <= 2000
        assert len(one.get("usage_hint", "")) <= 1000


def test_commands_of_one_word_are_described_as_elsewhere(manifest: Any) -> None:
    said = {one["command"]: one["description"] for one in manifest["features"]["slash_commands"]}
    for command in COMMANDS:
        if " " not in command.name:
            assert said[slash_name(command.name)] == command.description


def test_every_shortcut_is_there(manifest: Any) -> None:
    shortcuts = [(one["name"], one["callback_id"], one["type"]) for one in manifest["features"]["shortcuts"]]
    assert shortcuts == [(one.name, one.command, "message") for one in MESSAGE_COMMANDS]
    assert all(len(name) <= 24 for name, _, _ in shortcuts)


def test_it_is_known_what_every_method_asks_for() -> None:
    assert used_methods() <= set(SCOPES_OF_METHODS) and len(used_methods()) > 8


def test_exactly_the_scopes_that_are_used_are_asked_for(manifest: Any) -> None:
    used = set().union(*(SCOPES_OF_METHODS[method] for method in used_methods()), *SCOPES_OF_EVENTS.values())
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == used | {"commands"}


def test_the_program_knows_what_it_asks_for(manifest: Any) -> None:
    assert list(SCOPES) == manifest["oauth_config"]["scopes"]["bot"]


def test_where_slack_leads_back_to_is_what_is_served() -> None:
    text = (ROOT / "deploy" / "slack-manifest.yaml").read_text(encoding="utf-8")
    text = text.replace("  # redirect_urls:", "  redirect_urls:").replace("  #   - https", "    - https")
    urls = yaml.safe_load(text)["oauth_config"]["redirect_urls"]
    assert [url.partition("YOUR.HOST")[2] for url in urls] == [REDIRECT]


def test_no_whole_organisation_is_offered_to(manifest: Any) -> None:
    assert manifest["settings"]["org_deploy_enabled"] is False


def test_exactly_the_events_that_are_answered_are_asked_for(manifest: Any) -> None:
    answered = {{"message": "message.im"}.get(name, name) for name in re.findall(r'app\.event\("([a-z_]+)"\)', CODE)}
    assert set(manifest["settings"]["event_subscriptions"]["bot_events"]) == answered == set(SCOPES_OF_EVENTS)


def test_what_the_chat_is_made_of_is_switched_on(manifest: Any) -> None:
    assert manifest["settings"]["interactivity"]["is_enabled"] and manifest["settings"]["socket_mode_enabled"]
    home = manifest["features"]["app_home"]
    assert home["home_tab_enabled"] and home["messages_tab_enabled"] and not home["messages_tab_read_only_enabled"]


def test_names_lead_back_to_their_commands() -> None:
    for command in COMMANDS:
        word, _, rest = slash_name(command.name).partition(" ")
        assert typed_text(word, f"{rest} x") == f"/{command.name} x"


def test_what_a_word_means_alone_is_a_command() -> None:
    assert set(ALONE.values()) | set(TAKEN) <= {command.name for command in COMMANDS}


def test_the_guide_names_every_scope(manifest: Any) -> None:
    guide = (ROOT / "docs" / "slack.md").read_text(encoding="utf-8")
    assert all(f"`{scope}`" in guide for scope in manifest["oauth_config"]["scopes"]["bot"])
