"""Names and descriptions of commands in every language, as Discord shows them to each person in their own.

A translation that Discord would not take would stop all commands from being registered; it is left out instead, and
English stands there.
"""

from __future__ import annotations

import logging
import re
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.catalogue import words_for

LOCALES = {
    discord.Locale.german: "de",
    discord.Locale.french: "fr",
    discord.Locale.spain_spanish: "es",
    discord.Locale.latin_american_spanish: "es",
    discord.Locale.japanese: "ja",
}
NAME = re.compile(r"[-_'\w]{1,32}")
NAMED_FREELY = {"menu": 32, "choice": 100}  # may have blanks and capitals; characters

log = logging.getLogger(__name__)


def name(of: str, text: str) -> locale_str:
    """Return a name that is translated when commands are registered. `of` says what it is a name of."""
    return locale_str(text, of=of)


def word(command: str, number: int) -> locale_str:
    """Return one word of a command's name, which is translated as a whole: "tag add" as "tag ergänzen"."""
    return locale_str(command.split(" ")[number], of="command", whole=command, number=number)


class Names(app_commands.Translator):
    """Translates by the catalogue."""

    async def translate(
        self,
        string: locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContext[Any, Any],  # noqa: ARG002 - discord.py's signature
    ) -> str | None:
        """Return the translation, or None where there is none that Discord takes."""
        language = LOCALES.get(locale)
        if language is None:
            return None
        words, of, whole = words_for(language), string.extras.get("of"), string.extras.get("whole")
        translated = words.named(of, whole or string.message) if of else words.say(string.message)
        if whole and len(parts := translated.split(" ")) == len(whole.split(" ")):
            translated = parts[string.extras["number"]]
        if translated == string.message:
            return None
        if not _fits(of, translated):
            log.warning("discord takes no such name", extra={"language": language, "english": string.message})
            return None
        return translated


def _fits(of: str | None, text: str) -> bool:
    if of is None:
        return 0 < len(text) <= 100
    if of in NAMED_FREELY:
        return 0 < len(text) <= NAMED_FREELY[of]
    return NAME.fullmatch(text) is not None and text == text.lower()
