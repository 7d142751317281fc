"""What the engine says, in the reader's language: its sentences are templates with values, and so are some values."""

from __future__ import annotations

from pathlib import PurePath

from bot.catalogue import Words
from core.errors import Message, ModaclipError

LONGEST_VALUE = 80  # characters of what somebody typed, said again in a sentence


def said(words: Words, message: Message) -> str:
    """Return a message of the engine in this language."""
    values = {name: _value(words, value) for name, value in message.values.items()}
    template = words.say(message.template)
    return template.format(**values) if values else template


def said_error(words: Words, error: ModaclipError) -> str:
    """Return what an error says in this language."""
    return said(words, error.message)


def _value(words: Words, value: object) -> object:
    if isinstance(value, ModaclipError):
        return said(words, value.message)
    if isinstance(value, Message):
        return said(words, value)
    if isinstance(value, PurePath):  # where things lie on this machine is nothing for a chat
        return value.name
    return shortened(value) if isinstance(value, str) else value


def shortened(text: str) -> str:
    """Return a text as it may stand in a sentence: its beginning where it is long."""
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
