"""Text as sources give it, made fit to be shown: mended, on one line, and None where nothing is said.

Every source cleans through these functions, so "nan", mojibake and blanks are dealt with in one place only.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

import ftfy

# What programs write where nothing is known. Capitalised "Nan" and "Null" are names that people bear.
NOTHING = frozenset({"", "-", "nan", "NaN", "NAN", "NaT", "None", "null", "NULL", "<NA>", "n/a", "N/A", "\\N"})
ID_CHARACTERS = 64
SLUG_CHARACTERS = 40
TAG_CHARACTERS = 64

# Only faults are mended: curly quotes, ligatures and wide letters are how people write their names.
_MENDING = ftfy.TextFixerConfig(
    uncurl_quotes=False, fix_latin_ligatures=False, fix_character_width=False, explain=False
)
# Left out: what could turn the rest of a line around, and letters that show nothing (blank names are made of them).
_UNSEEN = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200B, 0x2060, 0x2800, 0x3164])
_STEERING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')  # with "" inside: a CSV cell that somebody took over with its quotes
_ID = re.compile(rf"[A-Za-z0-9_-]{{1,{ID_CHARACTERS}}}")
_DATE = re.compile(r"(\d{4})[:\-./](\d\d)[:\-./](\d\d)(?:[T ]+(.+))?")
_CC_URL = re.compile(r"creativecommons\.org/(?:licenses|publicdomain)/([a-z-]+)/(\d\.\d)")
_CC_NAME = re.compile(r"(?:cc|creative commons)[ _-]*((?:by|nc|nd|sa)(?:[ _-](?:nc|nd|sa))*)[ _-]*(\d\.\d)", re.I)
_CC0 = re.compile(r"(?:cc|creative commons)[ _-]*(?:0|zero)(?:[ _-]*1\.0)?(?: universal)?", re.I)


def clean(value: object) -> str | None:
    """Return text mended and on one line, or None where nothing is said (empty, "nan", not text)."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value)
    if not (text.isascii() and text.isprintable() and "&" not in text):  # else nothing can be wrong with it
        text = ftfy.fix_text(text, _MENDING).translate(_UNSEEN)
    text = " ".join(text.split())
    if '""' in text and (match := _QUOTED.fullmatch(text)):
        text = match[1].replace('""', '"')
    return None if text in NOTHING else text


def sound(text: str) -> str:
    """Return a text as it may be kept and shown: without halves of letters, without signs that steer a terminal or a
    database chokes on, and without those that turn the rest of a line around. Lines are kept.
    """
    if text.isprintable():
        return text
    return _STEERING.sub(lambda sign: " " if sign[0].isspace() else "", text.encode("utf-8", "replace").decode())


def sound_all(value: object) -> object:
    """Return a value of JSON whose texts are all sound. Raises RecursionError for what is nested without end."""
    if isinstance(value, dict):
        return {sound(name): sound_all(one) for name, one in value.items()}
    if isinstance(value, list):
        return [sound_all(one) for one in value]
    return sound(value) if isinstance(value, str) else value


def full_name(first: object, last: object) -> str | None:
    """Return a person's name from its parts, of which either may be missing."""
    return " ".join(part for part in (clean(first), clean(last)) if part) or None


def identifier(value: object) -> str | None:
    """Return an id as it stands if people can type it (letters, digits, dashes, underscores), else None."""
    text = str(value).strip() if isinstance(value, str | int) else ""
    return text if _ID.fullmatch(text) and text not in NOTHING else None


def slug(text: str) -> str:
    """Return an id made from a name: ASCII, lower case, dashes, at most 40 characters; "photo" if nothing is left."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    dashed = re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")
    return dashed[:SLUG_CHARACTERS].rstrip("-") or "photo"


def whole(value: object) -> int | None:
    """Return a positive whole number ("4273", "4273.0", 4273), or None."""
    number = decimal(value)
    return int(number) if number is not None and number >= 1 else None


def decimal(value: object) -> float | None:
    """Return a finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def moment(value: object) -> datetime | None:
    """Return a point in time from ISO 8601, EXIF's "2020:01:31 12:00:00", a year, or a year and month; else None.

    Always with a time zone, so that any two can be compared; UTC is taken where none is given.
    """
    text = clean(value) or ""
    if match := _DATE.fullmatch(text):
        year, month, day, time = match.groups()
        text = f"{year}-{month}-{day}" + (f"T{time.strip()}" if time else "")
    elif re.fullmatch(r"\d{4}(-\d\d)?", text):
        text = f"{text}-01" if "-" in text else f"{text}-01-01"
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def tag_names(value: object) -> tuple[str, ...]:
    """Return tag names, lower case, each once, from a list, a JSON list, or words between commas or semicolons."""
    parts: Iterable[object] = ()
    if isinstance(value, list | tuple):
        parts = value
    elif text := clean(value):
        parts = _json_list(text) or re.split(r"[,;|]", text)
    names = (clean(part) for part in parts)
    return tuple(dict.fromkeys(name.lower()[:TAG_CHARACTERS].rstrip() for name in names if name))


def licence_id(value: object) -> str | None:
    """Return the SPDX identifier of a Creative Commons licence by its URL or name; other licences as they stand."""
    text = clean(value)
    if text is None:
        return None
    if match := _CC_URL.search(text.lower()):
        kind, version = match.groups()
        special = {"zero": "CC0", "mark": "PDM"}.get(kind)
        return f"{special or f'CC-{kind.upper()}'}-{version}"
    if _CC0.fullmatch(text):
        return "CC0-1.0"
    if match := _CC_NAME.fullmatch(text):
        return f"CC-{re.sub('[ _]', '-', match[1]).upper()}-{match[2]}"
    return text


def web_url(value: object) -> str | None:
    """Return an http or https URL with a host and without white space or a password, else None."""
    text = str(value).strip() if isinstance(value, str) else ""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:  # a broken IPv6 address
        return None
    return text if usable and text.isprintable() and " " not in text else None


def _json_list(text: str) -> list[object] | None:
    if not text.startswith("["):
        return None
    try:
        return list(json.loads(text))
    except (ValueError, RecursionError):
        return None
