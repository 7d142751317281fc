"""What the engine says, in the reader's language: its sentences are templates with values, and so are some values."""

from __future__ import annotations

from bot.catalogue import Words
from core.errors import Message, ModaclipError


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
    return said(words, value) if isinstance(value, Message) else value
