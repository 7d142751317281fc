"""Which messages there are: found in the code, and compared with what each language has.

`python -m bot.messages` brings the languages' files up to date: new messages are added without a translation, those
that are gone are dropped, what is translated stays.
"""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import core.errors as errors
from bot.catalogue import DOMAIN, LANGUAGES

ROOT = Path(__file__).parents[1]
LOCALES = Path(__file__).parent / "locale"
# Where messages stand in the code: the functions of bot.catalogue, and every error that says something to people.
ERRORS = tuple(name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception))
KEYWORDS = {
    "say": None,
    "mark": None,
    "plural": (1, 2),
    "mark_name": ((1, "c"), 2),
    "named": ((1, "c"), 2),
    **dict.fromkeys((*ERRORS, "Message", "Mistake", "Refused")),
}


def extract() -> Catalog:
    """Return every message of the code."""
    catalogue = Catalog(domain=DOMAIN, fuzzy=False)
    for package in ("bot", "core"):
        found = extract_from_dir(
            ROOT / package, [("**.py", "python")], keywords=KEYWORDS, comment_tags=(), strip_comment_tags=True
        )
        for file, _, message, _, context in found:
            catalogue.add(message, context=context, locations=[(f"{package}/{file}", 0)])
    return catalogue


def read(language: str) -> Catalog:
    """Return the messages of a language; none where it has no file yet."""
    path = path_of(language)
    if not path.is_file():
        return Catalog(locale=language, domain=DOMAIN)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def path_of(language: str) -> Path:
    """Return where a language's messages are."""
    return LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def update(language: str) -> int:
    """Bring a language's file up to date with the code; return how many messages lack a translation."""
    catalogue = read(language)
    catalogue.update(extract(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, omit_header=False, width=120, sort_output=True, include_lineno=False)
    return sum(1 for message in catalogue if message.id and not translated(message.string))


def translated(string: object) -> bool:
    """Tell whether a message has its translation, in all its plural forms."""
    return all(string) if isinstance(string, tuple | list) else bool(string)


if __name__ == "__main__":
    for name in LANGUAGES:
        if name != "en":
            print(f"{name}: {update(name)} messages to translate")  # noqa: T201
