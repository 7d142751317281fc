"""What a command lacks, asked for in a modal: a photo or a board is found while its name is typed, pictures are sent.

Slack's commands take one line of text. They have no options that complete themselves, and no room for a file.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.catalogue import Words
from bot.commands.spec import Command, Kind, Option
from bot.press import whole_number
from bot.replies import Choice
from bot.requests import Values
from bot.slack.answers import Place
from bot.slack.controls import Block, options_of, words_of
from bot.slack.forms import ASK, MOST_FILES, MOST_TEXT, Purpose, input_of, modal
from bot.slack.names import slash_name

LONG = frozenset({"text", "wish", "brief"})  # options that take more than a line
LISTS = frozenset({"tags", "photos", "section", "title", "prefix"})  # completed, but take several, or what is new


def lacks(command: Command, given: Mapping[str, object]) -> bool:
    """Tell whether a command can't be run with what was given: something required is missing, or everything is."""
    if any(option.required and option.name not in given for option in command.options):
        return True
    takes_files = any(option.kind in (Kind.IMAGE, Kind.FILE) for option in command.options)
    return takes_files and not given


def asking_modal(command: Command, given: Mapping[str, str | int], place: Place, words: Words) -> Block:
    """Return the modal that asks for what was not given."""
    blocks = [_input(option, words) for option in command.options if option.name not in given]
    title = slash_name(command.name)
    return modal(ASK, title, blocks, Purpose(command.name, place, given), words)


def asked_values(command: Command, filled: Values) -> Values:
    """Return what was filled in, numbers as numbers; what is none, though it was asked for as one, is left out."""
    numbers = {option.name for option in command.options if option.kind is Kind.WHOLE}
    given = {name: whole_number(str(value)) if name in numbers else value for name, value in filled.items()}
    return {name: value for name, value in given.items() if value is not None}


def _input(option: Option, words: Words) -> Block:
    label = words.named("option", option.name)
    return input_of(
        option.name, label, _element(option, words), required=option.required, hint=words.say(option.description)
    )


def _element(option: Option, words: Words) -> Block:
    if option.kind in (Kind.IMAGE, Kind.FILE):
        return {"type": "file_input", "max_files": MOST_FILES if option.kind is Kind.IMAGE else 1}
    if option.choices:
        choices = [Choice(value, words.named("choice", value)) for value in option.choices]
        return {"type": "static_select", "options": options_of(choices)}
    if option.kind is Kind.WHOLE:
        bounds = {"min_value": option.lowest, "max_value": option.highest}
        return {"type": "number_input", "is_decimal_allowed": False} | {
            name: str(bound) for name, bound in bounds.items() if bound is not None
        }
    if option.complete is not None and option.name not in LISTS:
        hint = words_of(words.say(option.description), 150)
        return {"type": "external_select", "min_query_length": 0, "placeholder": hint}
    return {"type": "plain_text_input", "multiline": option.name in LONG, "max_length": MOST_TEXT}
