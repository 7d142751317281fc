"""What somebody types into a chat, read as a command with its options, or completed while it is typed.

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
from bot.press import whole_number
from bot.refusals import Refused
from bot.replies import Choice

if TYPE_CHECKING:
    from bot.desk import Desk
    from bot.requests import Request

ONE_WORD = frozenset({"photo", "link"})  # options that take the first word
FREE = ("query", "words", "tags", "photos", "prefix", "text", "title", "name", "code")  # take what is left
REST = (*FREE, "numbers", "board")  # take what is left; before these stand choices and numbers
NAMES = frozenset({"title", "name"})  # of these only what must be given
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
        if (
            option is None
            or option.kind in (Kind.IMAGE, Kind.FILE)
            or (command.name == "find" and option.name in IN_THE_QUERY)
        ):
            return match[0]
        values[option.name] = _value(option, match[2] if match[2] is not None else match[3], words)
        return ""

    rest = " ".join(_GIVEN.sub(take, rest).split())
    return Typed(command.name, {**values, **_positional(command, rest, values, words, has_uploads=has_uploads)})


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
        if o.kind not in (Kind.IMAGE, Kind.FILE) and words.named("option", o.name).startswith(last.lower())
    ]
    offered = _choices(command, last, words) + offered
    first = next((o for o in command.options if o.name in ONE_WORD and o.complete is not None), None)
    first = first or next((o for o in command.options if o.name == _left(command, {}) and o.complete), None)
    if first is not None and (" " not in rest.strip() or first.name in REST):
        typed = rest.strip() if first.name in REST else last
        found = await _values(desk, request, command, first, typed)
        if found:
            return len(text) - len(typed), [Choice(f"{c.value} ", c.label, c.description) for c in found]
    return len(text) - len(last), offered


def _choices(command: Command, typed: str, words: Words) -> list[Choice]:
    """Return the words that an option of a command may be given without its name."""
    if _left(command, {}) in FREE:
        return []
    named = [(words.named("choice", value), option) for option in command.options for value in option.choices]
    names = [label for label, _ in named]
    return [
        Choice(f"{label} ", label, words.say(option.description))
        for label, option in named
        if label.lower().startswith(typed.lower()) and names.count(label) == 1
    ]


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
        number = whole_number(text)
        if number is None or not lowest <= number <= highest:
            raise Refused(
                "{option} takes a whole number from {lowest} to {highest}.",
                option=option.name,
                lowest=lowest,
                highest=highest,
            )
        return number
    if option.choices:
        named = {words.named("choice", value).lower(): value for value in option.choices}
        named |= {value.lower(): value for value in option.choices}
        if text.lower() not in named:
            raise option.none_of_them(words)
        return named[text.lower()]
    return text


def _positional(
    command: Command, rest: str, given: Mapping[str, str | int], words: Words, *, has_uploads: bool
) -> Mapping[str, str | int]:
    """Return what stands without a name: first what takes one word (a photo, a link, a number), then what is left."""
    values: dict[str, str | int] = {}
    texts = [option for option in command.options if _is_text(option) and option.name not in given]
    for option in texts:
        first, _, after = rest.partition(" ")
        is_link = first.lower().startswith(("http://", "https://"))
        wanted = is_link if option.name == "link" else (option.required or not has_uploads or is_link)
        if option.name in ONE_WORD and first and wanted:
            values[option.name], rest = first, after.strip()
    left = _left(command, given)
    rest = _take_numbers(command, rest, given, values, words, left)
    if left not in FREE:
        rest = _take_choices(command, rest, given, values, words)
    if rest:
        if left is None:
            example = next((option.name for option in texts if option.name not in ONE_WORD), "name")
            raise Refused(
                'I can\'t tell what “{rest}” is for. Write {example}:"…", for example.', rest=rest[:60], example=example
            )
        values[left] = rest
    return values


def _is_text(option: Option) -> bool:
    return option.kind is Kind.TEXT and not option.choices


def _left(command: Command, given: Mapping[str, object]) -> str | None:
    """Return the option that takes what is left of a text: what must be given rather than what may be."""
    texts = [one for one in command.options if _is_text(one) and one.name in REST and one.name not in given]
    texts = [one for one in texts if one.required or one.name not in NAMES]
    return next((one.name for one in sorted(texts, key=lambda one: (not one.required, one.name == "board"))), None)


def _take_numbers(
    command: Command,
    rest: str,
    given: Mapping[str, object],
    values: dict[str, str | int],
    words: Words,
    left: str | None,
) -> str:
    """Take the first words as numbers where the command asks for some; return the rest."""
    for option in command.options:
        first, _, after = rest.partition(" ")
        takes = option.required or (left == "board" and first.isdigit())
        if option.kind is Kind.WHOLE and first and takes and option.name not in given:
            values[option.name], rest = _value(option, first, words), after.strip()
    return rest


def _take_choices(
    command: Command, rest: str, given: Mapping[str, object], values: dict[str, str | int], words: Words
) -> str:
    """Take words that are one of an option's choices; return the rest. Those of two options are nobody's."""
    offered: dict[str, list[tuple[Option, str]]] = {}
    for option in command.options:
        if option.choices and option.name not in given:
            for label in {label.lower() for value in option.choices for label in (value, words.named("choice", value))}:
                offered.setdefault(label, []).append((option, label))
    for label in sorted(offered, key=len, reverse=True):
        (option, _), *others = offered[label]
        found = re.search(rf"(?<!\S){re.escape(label)}(?!\S)", rest, re.IGNORECASE)
        if found and not others and option.name not in values:
            values[option.name] = _value(option, label, words)
            rest = " ".join(f"{rest[: found.start()]} {rest[found.end() :]}".split())
    return rest
