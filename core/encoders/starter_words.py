"""The words of a query, as the starter encoder counts them: lower case, without filler, endings cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator

_FILLER = frozenset(
    "a an the is are was were in on of and with to at by for from his her their its it he she they as that this these "
    "while two three one who which be being has have some other another up down out into through near next behind "
    "front off there very".split()
)
_ENDINGS = ("ing", "ers", "er", "es", "ed", "s")
_MIN_STEM = 3


def split_words(text: str) -> Iterator[str]:
    """Yield the stems of a text's words in order, filler left out."""
    for word in re.findall("[a-z]+", text.lower()):
        if len(word) > 1 and word not in _FILLER:
            yield _cut_ending(word)


def _cut_ending(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _MIN_STEM:
            return word[: -len(ending)]
    return word
