"""What somebody types into the web chat, read as a command with its options, or completed while it is typed.

`/find sunset over ocean count:3`, `/tag add ID night, city`, or plain words, which are looked for. Commands and options
may be typed in the reader's language or in English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.catalogue import Words
from bot.commands import COMMANDS
from bot.commands.spec import Command, Kind, Option
from bot.refusals import Refused
from bot.replies import Choice

if TYPE_CHECKING:
    from bot.desk import Desk
    from bot.requests import Request

ONE_WORD = frozenset({"photo", "link"})  # options that take the first word
REST = ("query", "words", "tags", "photos", "prefix")  # options that take what is left
IN_THE_QUERY = frozenset({"tag", "by"})  # options of /find that its query language says as well
_GIVEN = re.compile(r'(?<!\S)([^\s:"]+):(?:"([^"]*)"|(\S+))')


@dataclass(frozen=True, slots=True)
class Typed:
    """A command as it was typed."""

    command: str
    values: Mapping[str, str | int]


def read_typed(text: str, words: Words, *, has_uploads: bool = False) -> Typed:
    """Return the command that a text is. Raises Refused where there is no such command, or too much was given."""
    text = text.strip()
    if not text.startswith("/"):
        return Typed("find" if text or not has_uploads else "similar", {"query": text} if text else {})
    command, rest = _command(text[1:], words)
    values: dict[str, str | int] = {}
    options = {name: option for option in command.options for name in (option.name, words.named("option", option.name))}

    def take(match: re.Match[str]) -> str:
        option = options.get(match[1].lower())
        if option is None or option.kind is Kind.IMAGE or (command.name == "find" and option.name in IN_THE_QUERY):
            return match[0]
        values[option.name] = _value(option, match[2] if match[2] is not None else match[3], words)
        return ""

    rest = " ".join(_GIVEN.sub(take, rest).split())
    return Typed(command.name, {**values, **_positional(command, rest, values, has_uploads=has_uploads)})


async def complete_typed(desk: Desk, request: Request, text: str) -> tuple[int, Sequence[Choice]]:
    """Return what the end of a text may become, and from which character on it would be replaced."""
    words = request.words
    if not text.startswith("/"):
        return await _complete_key(desk, request, text)
    name = text[1:]
    starting = [command for command in COMMANDS if _names(command, words)[0].startswith(name.lower())]
    if starting and not any(
        f"{each} " in f"{name} " and name.endswith(" ") for c in starting for each in _names(c, words)
    ):
        return 0, [
            Choice(f"/{_names(c, words)[0]} ", f"/{_names(c, words)[0]}", words.say(c.description)) for c in starting
        ]
    try:
        command, rest = _command(name, words)
    except Refused:
        return 0, ()
    if match := re.search(r'([^\s:"]+):"?([^":]*)$', rest):
        option = next((o for o in command.options if match[1].lower() in (o.name, words.named("option", o.name))), None)
        if option is not None:
            found = await _values(desk, request, command, option, match[2])
            quoted = [
                Choice(f'"{c.value}" ' if " " in c.value else f"{c.value} ", c.label, c.description) for c in found
            ]
            return len(text) - len(match[2]) - (1 if f'{match[1]}:"' in match[0] else 0), quoted
    last = rest.rpartition(" ")[2]
    offered = [
        Choice(f"{words.named('option', o.name)}:", f"{words.named('option', o.name)}:", words.say(o.description))
        for o in command.options
        if o.kind is not Kind.IMAGE and words.named("option", o.name).startswith(last.lower())
    ]
    first = next((o for o in command.options if o.kind is Kind.TEXT and o.complete is not None), None)
    if first is not None and first.name in (*ONE_WORD, *REST) and (" " not in rest.strip() or first.name in REST):
        found = await _values(desk, request, command, first, rest.strip() if first.name in REST else last)
        start = len(text) - len(rest.strip() if first.name in REST else last)
        if found:
            return start, [Choice(f"{c.value} ", c.label, c.description) for c in found]
    return len(text) - len(last), offered


async def _complete_key(desk: Desk, request: Request, text: str) -> tuple[int, Sequence[Choice]]:
    """Return tags and photographers after `tag:` and `by:` in plain words."""
    match = re.search(r'(?<!\S)-?(tag|by):"?([^":]*)$', text)
    if match is None:
        return len(text), ()
    found = await desk.complete("find", match[1], match[2], request)
    start = match.end() - len(match[2]) - (1 if text[match.start(2) - 1] == '"' else 0)
    return start, [Choice(f'"{c.value}" ' if " " in c.value else f"{c.value} ", c.label, c.description) for c in found]


async def _values(desk: Desk, request: Request, command: Command, option: Option, typed: str) -> Sequence[Choice]:
    if option.choices:
        named = [(value, request.words.named("choice", value)) for value in option.choices]
        return [Choice(value, label) for value, label in named if typed.lower() in label.lower()]
    return await desk.complete(command.name, option.name, typed, request)


def _command(text: str, words: Words) -> tuple[Command, str]:
    folded = f"{' '.join(text.split()).lower()} "
    for command in sorted(COMMANDS, key=lambda c: -len(c.name)):
        for name in _names(command, words):
            if folded.startswith(f"{name} "):
                return command, " ".join(text.split(" ")).strip()[len(name) :]
    typed = text.split(maxsplit=1)[0] if text.split() else ""
    raise Refused("There is no command /{typed}. See what there is with /help.", typed=typed[:30])


def _names(command: Command, words: Words) -> tuple[str, ...]:
    return (words.named("command", command.name), command.name)


def _value(option: Option, text: str, words: Words) -> str | int:
    if option.kind is Kind.WHOLE:
        lowest, highest = option.lowest or 0, option.highest or 10**9
        if not text.isascii() or not text.isdigit() or not lowest <= int(text) <= highest:
            raise Refused(
                "{option} takes a whole number from {lowest} to {highest}.",
                option=option.name,
                lowest=lowest,
                highest=highest,
            )
        return int(text)
    if option.choices:
        named = {words.named("choice", value).lower(): value for value in option.choices}
        named |= {value.lower(): value for value in option.choices}
        if text.lower() not in named:
            raise Refused(
                "{option} is one of: {choices}.",
                option=option.name,
                choices=", ".join(words.named("choice", value) for value in option.choices),
            )
        return named[text.lower()]
    return text


def _positional(
    command: Command, rest: str, given: Mapping[str, object], *, has_uploads: bool
) -> Mapping[str, str | int]:
    """Return what stands without a name: a photo or a link first where the command takes one, then what is left."""
    values: dict[str, str | int] = {}
    texts = [option for option in command.options if option.kind is Kind.TEXT and option.name not in given]
    for option in texts:
        first, _, after = rest.partition(" ")
        is_link = first.lower().startswith(("http://", "https://"))
        wanted = is_link if option.name == "link" else (option.required or not has_uploads or is_link)
        if option.name in ONE_WORD and first and wanted:
            values[option.name], rest = first, after.strip()
    if rest:
        left = next((option.name for option in texts if option.name in REST), None)
        if left is None:
            example = next((option.name for option in texts if option.name not in ONE_WORD), "name")
            raise Refused(
                'I can\'t tell what “{rest}” is for. Write {example}:"…", for example.', rest=rest[:60], example=example
            )
        values[left] = rest
    return values
