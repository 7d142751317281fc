"""Everything that people read, in their own language.

Messages are written in English where they are said; `locale/LANGUAGE/LC_MESSAGES/modaclip.po` holds what they are in
other languages. Babel reads those files and knows each language's plurals, numbers and dates.

    words.say("There is no photo {id} here.", id=photo_id)
    words.plural("{n} photo", "{n} photos", n)
    words.named("command", "find")          # a name, told apart by what it is a name of

`mark("…")` and `mark_name("command", "find")` mark a message where it stands before the language is known.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import resources

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations

LANGUAGES = ("en", "de", "fr", "es", "ja")
DOMAIN = "modaclip"


def mark(message: str) -> str:
    """Return a message as it is; it is translated where it is said."""
    return message


def mark_name(of: str, name: str) -> str:  # noqa: ARG001
    """Return a name as it is. `of` says what it is a name of: "command", "option"."""
    return name


class Words:
    """One language."""

    def __init__(self, language: str, translations: NullTranslations) -> None:
        self.language = language
        self._translations = translations
        self._locale = Locale(language)

    def say(self, message: str, /, **values: object) -> str:
        """Return a message in this language, its values put in."""
        said = self._translations.gettext(message)
        return said.format(**values) if values else said

    def plural(self, one: str, many: str, n: int, /, **values: object) -> str:
        """Return a message with a number in it, put in as `{n}`, in the form that the number asks for."""
        return self._translations.ngettext(one, many, n).format(n=self.number(n), **values)

    def named(self, of: str, name: str) -> str:
        """Return a name in this language."""
        return str(self._translations.pgettext(of, name))

    def number(self, value: float) -> str:
        """Return a number as this language writes it."""
        return format_decimal(value, locale=self._locale)

    def day(self, moment: datetime) -> str:
        """Return a date as this language writes it."""
        return format_date(moment, format="long", locale=self._locale)


@cache
def words_for(locale: str) -> Words:
    """Return the words for a locale such as "de", "pt-BR" or "es_419"; English where there are none for it."""
    try:
        language = Locale.parse(locale.replace("-", "_")).language
    except (UnknownLocaleError, ValueError, TypeError):
        language = "en"
    if language not in LANGUAGES or language == "en":
        return Words("en", NullTranslations())
    file = resources.files("bot").joinpath("locale", language, "LC_MESSAGES", f"{DOMAIN}.po")
    if not file.is_file():
        return Words("en", NullTranslations())
    catalogue = read_po(io.BytesIO(file.read_bytes()), locale=language, domain=DOMAIN)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Words(language, Translations(compiled, DOMAIN))


def in_every_language(of: str, name: str) -> Mapping[str, str]:
    """Return a name in every language but English, by language."""
    return {language: words_for(language).named(of, name) for language in LANGUAGES if language != "en"}
