"""The README's table of commands says what the chats offer, and none of them lacks anything."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from bot.commands import COMMANDS, MESSAGE_COMMANDS
from tools.command_table import README, Chats, look, rows_of, table_of, written_into


@pytest.fixture
async def chats() -> Chats:
    return await look()


def row_of(chats: Chats, command: str) -> tuple[str, ...]:
    described = next(one.description for one in COMMANDS if one.name == command)
    return next(row for row in rows_of(chats) if row[0] == described)


def test_the_readme_has_the_table_as_the_code_makes_it(chats: Chats) -> None:
    text = README.read_text(encoding="utf-8")
    written = written_into(text, table_of(rows_of(chats)))
    assert text == written, "write it anew: python -m tools.command_table"


def test_every_chat_offers_everything(chats: Chats) -> None:
    assert [row for row in rows_of(chats) if not all(row)] == []


def test_every_command_is_in_the_table_once(chats: Chats) -> None:
    said = Counter(row[0] for row in rows_of(chats))
    assert all(said[command.description] == 1 for command in COMMANDS)
    assert sum(menu.name in text for menu in MESSAGE_COMMANDS for text in said) == len(MESSAGE_COMMANDS)


def test_names_are_those_of_each_chat(chats: Chats) -> None:
    assert row_of(chats, "remove")[1:] == ("`/remove`", "`/remove-photo`", "`/remove`")
    assert row_of(chats, "board move")[3] == "`/board move` or on its page"


def test_what_a_chat_does_not_offer_is_an_empty_cell(chats: Chats) -> None:
    manifest = chats.slack | {"features": chats.slack["features"] | {"slash_commands": [], "shortcuts": []}}
    nothing = replace(chats, discord=frozenset(), slack=manifest, web=frozenset(), phrases=dict[str, str](boards=""))
    assert row_of(nothing, "board new")[1:] == ("", "", "")
    menus = [row for row in rows_of(nothing) if row[0].startswith(MESSAGE_COMMANDS[0].name)]
    assert [row[1:] for row in menus] == [("", "", "")]


def test_a_readme_without_a_place_for_it_is_told() -> None:
    with pytest.raises(ValueError, match="no place"):
        written_into("# ModaCLIP", table_of([]))
