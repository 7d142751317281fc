"""Commands as they are registered in Discord."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.catalogue import Words
from bot.commands import COMMANDS, MESSAGE_COMMANDS
from bot.commands.spec import Command
from bot.discord import names
from bot.discord.checkup import _Nobody
from bot.discord.tree import build_tree, payload_of
from tests.bot.discord import rehearsal
from tests.bot.discord.conftest import Connect
from tests.bot.discord.rehearsal import Facts, RehearsedDesk
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_schema import problems

GERMAN = {
    "find": "finden", "query": "suche", "tag add": "schlagwort ergänzen", "here": "Hier",
    "Find similar photos": "Ähnliches", "Find photos": "Fotos finden", "image": "Ein Bild",
}  # fmt: skip


class German(Words):
    def __init__(self) -> None:
        super().__init__("de", None)  # type: ignore[arg-type]

    def say(self, message: str, /, **values: object) -> str:
        return GERMAN.get(message, message)

    def named(self, of: str, name: str) -> str:
        return GERMAN.get(name, name)


async def payload(commands: Any = rehearsal.COMMANDS, menus: Any = rehearsal.MENUS) -> dict[str, dict[str, Any]]:
    client = discord.Client(intents=discord.Intents.none())
    return {command["name"]: command for command in await payload_of(build_tree(client, _Nobody(), commands, menus))}


async def test_commands_are_registered_once(fake: FakeDiscord, connect: Connect, facts: Facts) -> None:
    for _ in range(2):
        async with connect():
            pass
        fake.gateway.logs.clear()
    assert len(fake.made("PUT", "/commands")) == 1


async def test_commands_that_changed_are_registered_again(fake: FakeDiscord, connect: Connect) -> None:
    async with connect():
        pass
    fake.gateway.logs.clear()
    async with connect(commands=(*rehearsal.COMMANDS, Command("help", "How to find photos", rehearsal._never))):
        pass
    assert [len(call.body) for call in fake.made("PUT", "/commands")] == [4, 5]


async def test_where_registering_fails_the_bot_goes_on_and_tries_again_at_its_next_start(
    fake: FakeDiscord, connect: Connect, desk: RehearsedDesk, facts: Facts
) -> None:
    fake.fail("PUT", "/commands", 400, 50035)
    async with connect():
        await fake.answer(await fake.command("find", query="x"))
    assert not facts.known


async def test_options_keep_their_kind_limits_and_choices() -> None:
    options = {option["name"]: option for option in (await payload())["find"]["options"]}
    assert [(o["type"], o["required"]) for o in options.values()] == [
        (3, False),
        (11, False),
        (3, False),
        (4, False),
        (3, False),
    ]
    assert (options["count"]["min_value"], options["count"]["max_value"]) == (1, 9)
    assert options["tag"]["autocomplete"] and "autocomplete" not in options["query"]
    assert [choice["value"] for choice in options["from"]["choices"]] == ["here", "everywhere"]


async def test_names_of_two_words_stand_in_a_group() -> None:
    group = (await payload())["tag"]
    assert [(option["type"], option["name"]) for option in group["options"]] == [(1, "add"), (1, "remove")]


async def test_the_app_works_in_servers_direct_messages_and_everywhere_for_people() -> None:
    for command in (await payload()).values():
        assert command["contexts"] == [0, 1, 2] and command["integration_types"] == [0, 1]


async def test_names_and_descriptions_are_translated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "words_for", lambda language: German() if language == "de" else Words(language, _same()))
    commands = await payload()
    find, options = commands["find"], {option["name"]: option for option in commands["find"]["options"]}
    assert find["name_localizations"] == {"de": "finden"}
    assert find["description_localizations"] == {"de": "Fotos finden"}
    assert options["query"]["name_localizations"] == {"de": "suche"}
    assert options["from"]["choices"][0]["name_localizations"] == {"de": "Hier"}
    assert commands["tag"]["name_localizations"] == {"de": "schlagwort"}
    assert commands["tag"]["options"][0]["name_localizations"] == {"de": "ergänzen"}
    assert commands["Find similar photos"]["name_localizations"] == {"de": "Ähnliches"}


async def test_a_name_that_discord_would_refuse_stays_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "words_for", lambda language: German() if language == "de" else Words(language, _same()))
    options = {option["name"]: option for option in (await payload())["find"]["options"]}
    assert "name_localizations" not in options["image"]


async def test_all_commands_of_the_project_are_as_discord_wants_them() -> None:
    body = list((await payload(COMMANDS, MESSAGE_COMMANDS)).values())
    assert len(body) >= 5 and problems("PUT", "/applications/1/commands", body, {}) == []


def _same() -> Any:
    from babel.support import NullTranslations

    return NullTranslations()
