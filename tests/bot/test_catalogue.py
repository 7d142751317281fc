"""Every message is said in every language: none missing, none stale, each taking the values of the original."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime

import pytest

from bot.catalogue import LANGUAGES, words_for
from bot.commands import COMMANDS, MESSAGE_COMMANDS
from bot.messages import ROOT, extract, read, translated

OTHERS = [language for language in LANGUAGES if language != "en"]
PLACE = re.compile(r"\{[^}]*\}")


def key(message):
    return (message.context, message.id if isinstance(message.id, str) else tuple(message.id))


def test_no_message_stands_where_it_is_not_found() -> None:
    """Babel looks into no f-string, so what is said there would be read in English by everybody."""
    found = {(message.context, message.id if isinstance(message.id, str) else message.id[0]) for message in extract()}
    hidden = []
    for path in sorted((ROOT / "bot").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                texts = [part.value for part in node.args[:2] if isinstance(part, ast.Constant)]
                said = {"say": texts[:1], "plural": texts[:1], "named": texts if len(texts) == 2 else []}
                wanted = tuple(said.get(node.func.attr, []))
                if wanted and (wanted if len(wanted) == 2 else (None, *wanted)) not in found:
                    hidden.append((path.name, node.lineno, wanted))
    assert hidden == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_message_is_missing(language: str) -> None:
    have = {key(message) for message in read(language) if message.id and translated(message.string)}
    assert [key(message) for message in extract() if message.id and key(message) not in have] == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_message_is_stale(language: str) -> None:
    wanted = {key(message) for message in extract()}
    assert [key(message) for message in read(language) if message.id and key(message) not in wanted] == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_uncertain(language: str) -> None:
    assert [key(message) for message in read(language) if message.id and message.fuzzy] == []


@pytest.mark.parametrize("language", OTHERS)
def test_translations_take_the_values_of_the_original(language: str) -> None:
    wrong = []
    for message in read(language):
        if not message.id:
            continue
        original = message.id if isinstance(message.id, str) else message.id[1]
        forms = [message.string] if isinstance(message.string, str) else message.string
        # a form for one thing may do without its number
        wanted = set(PLACE.findall(original))
        wrong += [
            form for form in forms if set(PLACE.findall(form)) - wanted or wanted - {"{n}"} - set(PLACE.findall(form))
        ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_of_commands_are_such_as_chats_take(language: str) -> None:
    words = words_for(language)
    names = [words.named("command", command.name) for command in COMMANDS]
    assert [
        name
        for name in names
        if not all(re.fullmatch(r"[-\w]{1,32}", part) and part == part.lower() for part in name.split())
    ] == []
    assert len(set(names)) == len(names)
    assert [len(name.split()) for name in names] == [len(command.name.split()) for command in COMMANDS]


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_of_options_are_such_as_chats_take(language: str) -> None:
    words = words_for(language)
    for command in COMMANDS:
        names = [words.named("option", option.name) for option in command.options]
        assert [name for name in names if not re.fullmatch(r"[-\w]{1,32}", name) or name != name.lower()] == []
        assert len(set(names)) == len(names), command.name


@pytest.mark.parametrize("language", LANGUAGES)
def test_descriptions_and_menus_are_short_enough_for_chats(language: str) -> None:
    words = words_for(language)
    texts = [words.say(command.description) for command in COMMANDS]
    texts += [words.say(option.description) for command in COMMANDS for option in command.options]
    assert [text for text in texts if not 1 <= len(text) <= 100] == []
    assert [menu.name for menu in MESSAGE_COMMANDS if len(words.named("menu", menu.name)) > 32] == []


@pytest.mark.parametrize(
    ("locale", "language"), [("de", "de"), ("de-AT", "de"), ("es-ES", "es"), ("pt-BR", "en"), ("", "en"), ("x!", "en")]
)
def test_the_locale_decides_the_language(locale: str, language: str) -> None:
    assert words_for(locale).language == language


def test_numbers_and_dates_are_written_as_the_language_does() -> None:
    assert words_for("de").number(1234567) == "1.234.567"
    assert words_for("en").day(datetime(2026, 11, 25, tzinfo=UTC)) == "November 25, 2026"


def test_a_message_is_said_in_the_plural_that_its_number_asks_for() -> None:
    assert words_for("en").plural("{n} photo", "{n} photos", 1) == "1 photo"
    assert words_for("en").plural("{n} photo", "{n} photos", 0) == "0 photos"
