"""Writes the README's table of every command in every chat: `python -m tools.command_table`.

Nothing in it is written by hand. What a command does is said by the command itself; how it is reached is read from what
each chat registers, takes or completes. A chat that does not offer something leaves an empty cell, and the test of this
table then fails.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from bot.catalogue import words_for
from bot.commands import BOARDS, COMMANDS, MESSAGE_COMMANDS
from bot.commands.spec import Command, MessageCommand
from bot.desk import Desk
from bot.discord.checkup import own_payload
from bot.discord.client import intents
from bot.refusals import Refused
from bot.requests import Person, Request
from bot.slack.names import slash_name, typed_text
from bot.typed import complete_typed, read_typed
from bot.web.phrases import phrases_for

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
BEGIN = "<!-- every command: written by `python -m tools.command_table` -->"
END = "<!-- end of every command -->"
HEAD = ("What it does", "Discord", "Slack", "Web chat")
WORDS = words_for("en")
SAID = "foggy forest"
MESSAGE_MENU = 3  # how Discord calls a command in the menu of a message

Row = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Chats:
    """What each chat offers, read from the chat itself."""

    discord: frozenset[str]  # commands as they are typed, and the names in a message's menu
    slack: Mapping[str, Any]  # the app's manifest
    web: frozenset[str]  # commands that are completed behind a slash
    page: frozenset[str]  # commands that a board's page gives
    phrases: Mapping[str, str]  # what the web chat's page says


async def look() -> Chats:
    """Return what each chat offers."""
    nobody = Request("web", "web:main", "web:main", Person("web:1", ""), WORDS)
    _, completed = await complete_typed(cast("Desk", None), nobody, "/")  # names are completed without a library
    scripts = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot" / "web" / "static").glob("*.js"))
    return Chats(
        frozenset(_registered(await own_payload(), "/")),
        yaml.safe_load((ROOT / "deploy" / "slack-manifest.yaml").read_text(encoding="utf-8")),
        frozenset(choice.label for choice in completed),
        frozenset(re.findall(r'"([a-z]+ [a-z]+)"', scripts)),
        phrases_for(WORDS),
    )


def rows_of(chats: Chats, commands: Sequence[Command] = COMMANDS) -> list[Row]:
    """Return the rows: commands, menus of a message, other ways to ask, and what there is for boards."""
    boards = set(BOARDS)
    return [
        *(_command_row(chats, command) for command in commands if command not in boards),
        *(_menu_row(chats, menu) for menu in MESSAGE_COMMANDS),
        *_ways(chats),
        *(_command_row(chats, command) for command in commands if command in boards),
    ]


def table_of(rows: Iterable[Row]) -> str:
    """Return the rows as a table in Markdown, with the markers that it stands between."""
    lines = [f"| {' | '.join(cells)} |" for cells in (HEAD, *rows)]
    return "\n".join([BEGIN, "", lines[0], "|---|---|---|---|", *lines[1:], "", END])


def written_into(text: str, table: str) -> str:
    """Return a text with the table in place of what stands between its markers. Raises ValueError where none are."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"there is no place for the table: {BEGIN}")
    return f"{before}{table}{after}"


def _registered(commands: Iterable[Mapping[str, Any]], before: str) -> Iterator[str]:
    """Yield the commands of Discord's tree as they are typed, and the names in a message's menu as they stand."""
    for command in commands:
        if command.get("type") == MESSAGE_MENU and before == "/":
            yield str(command["name"])
            continue
        name = f"{before}{command['name']}"
        below = [one for one in command.get("options", ()) if one["type"] == 1]  # commands of a group
        yield from _registered(below, f"{name} ") if below else (name,)


def _command_row(chats: Chats, command: Command) -> Row:
    typed = f"/{command.name}"
    by_hand = " or on its page" if command.name in chats.page else ""
    return (
        command.description,
        _code(typed) if typed in chats.discord else "",
        _code(slash_name(command.name)) if _in_slack(chats, command) else "",
        f"{_code(typed)}{by_hand}" if typed in chats.web and _read(typed) == command.name else "",
    )


def _in_slack(chats: Chats, command: Command) -> bool:
    """Tell whether the manifest has a command's first word, and what is typed leads to the command."""
    word, _, rest = slash_name(command.name).partition(" ")
    there = {one["command"] for one in chats.slack["features"]["slash_commands"]}
    return word in there and _read(typed_text(word, rest)) == command.name


def _read(text: str) -> str:
    try:
        return read_typed(text, WORDS).command
    except Refused:
        return ""


def _menu_row(chats: Chats, menu: MessageCommand) -> Row:
    shortcuts = {one["name"]: one["callback_id"] for one in chats.slack["features"]["shortcuts"]}
    said = chats.phrases.get(f"menu_{menu.command}", "")
    return (
        f"{menu.name}, with the pictures of a message",
        f"its menu, **Apps**: **{menu.name}**" if menu.name in chats.discord else "",
        f"its menu, shortcuts: **{menu.name}**" if shortcuts.get(menu.name) == menu.command else "",
        f"below it: **{said}**" if said == menu.name else "",
    )


def _ways(chats: Chats) -> Iterator[Row]:
    """Yield what is no command: words that are just said, and the page on which one begins."""
    told, features = intents(), chats.slack["features"]
    events = chats.slack["settings"]["event_subscriptions"]["bot_events"]
    plain = _code(SAID) if _read(SAID) == "find" else ""
    yield (
        "Find photos by words or a picture, in a message for all to see",
        _code(f"@ModaCLIP {SAID}") if told.guild_messages else "",
        _code(f"@ModaCLIP {SAID}") if "app_mention" in events else "",
        plain and f"{plain}, then **{WORDS.say('Post to the channel')}**",
    )
    yield (
        "Find photos by words or a picture, between you and the bot",
        f"{_code(SAID)} in a direct message" if told.dm_messages else "",
        f"{_code(SAID)} in a direct message" if "message.im" in events else "",
        plain,
    )
    home, begin = features["app_home"]["home_tab_enabled"], ("/help", "/board list")
    yield (
        "Examples to press, and the boards",
        " and ".join(map(_code, begin)) if chats.discord.issuperset(begin) else "",
        "**Home**, the bot's own page" if home else "",
        f"the first page, and **{chats.phrases['boards']}**" if "boards" in chats.phrases else "",
    )


def _code(text: str) -> str:
    return f"`{text}`"


def main(show: Callable[[str], None] = print) -> None:
    """Write the table into the README."""
    rows = rows_of(asyncio.run(look()))
    README.write_text(written_into(README.read_text(encoding="utf-8"), table_of(rows)), encoding="utf-8")
    show(f"{README.name}: {len(rows)} rows")


if __name__ == "__main__":
    main()
