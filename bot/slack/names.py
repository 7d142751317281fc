"""What commands are called in Slack: each first word is a slash command, what follows it is typed.

Some words are Slack's own, so the commands that go by them have other names there.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.commands.spec import Command

TAKEN = {"remove": "remove-photo", "help": "photo-help"}  # /remove takes people out of a channel
ALONE = {
    "board": "board list",
    "tag": "tag add",
    "forget": "forget me",
}  # what the first word of several commands means by itself


def slash_name(command: str) -> str:
    """Return what a command is typed as: "/board new"."""
    return f"/{TAKEN.get(command, command)}"


def slash_names(commands: Iterable[Command]) -> tuple[str, ...]:
    """Return the slash commands to be registered, each once."""
    return tuple(dict.fromkeys(slash_name(command.name).split(" ")[0] for command in commands))


def typed_text(slash: str, text: str) -> str:
    """Return a slash command and what followed it, as the chats read what is typed."""
    word = slash.removeprefix("/")
    word = next((name for name, taken in TAKEN.items() if taken == word), word)
    if not text.strip():
        word = ALONE.get(word, word)
    return f"/{word} {text.strip()}".strip()
