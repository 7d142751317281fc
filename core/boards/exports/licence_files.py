"""Short files that say which licence photos have and where it is to be read; never the licence itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.boards.board import named_numbers
from core.boards.exports.exported import slug
from core.boards.licences import Licence, licence_of
from core.boards.showing import ShownBoard
from core.file_names import no_device

_TERMS = {
    "by": "Name the photographer, link to the licence, and say whether you changed the photo.",
    "nc": "The photo is not to be used for commercial purposes.",
    "nd": "The photo may be passed on only unchanged.",
    "sa": "What is made from the photo is passed on under the same licence.",
}
_FREE = {
    "cc0-1.0": (
        "The photographer has given up all rights as far as the law allows it. Naming them is kind all the same.",
        "https://creativecommons.org/publicdomain/zero/1.0/legalcode",
    ),
    "pdm-1.0": (
        "Whoever marked the photo says that it is free of known copyright. Naming its source is kind all the same.",
        None,
    ),
    "unsplash": (
        "Photos may be used free of charge, also commercially, within the limits that the licence names.",
        None,
    ),
}


def licence_files(shown: ShownBoard) -> Iterator[tuple[str, str]]:
    """Yield a name and a text for each licence that occurs on a board."""
    numbers: dict[Licence, list[int]] = {}
    for pin in shown.pins:
        if licence := licence_of(pin.photo):
            numbers.setdefault(licence, []).append(pin.number)
    for licence, of in numbers.items():
        yield no_device(f"{slug(licence.name, 'licence')}.txt"), _text(licence, of)


def _text(licence: Licence, numbers: Sequence[int]) -> str:
    terms, legal = _summary(licence)
    lines = [licence.name, "", f"Photos on this board: {named_numbers(numbers)}", ""]
    if terms:
        lines += ["In short, and in place of no licence:", *(f"- {term}" for term in terms), ""]
    lines += [f"Deed: {licence.url}"] if licence.url else ["Ask whoever gave you the photo where this can be read."]
    lines += [f"Legal code: {legal}"] if legal else []
    return "\n".join(lines) + "\n"


def _summary(licence: Licence) -> tuple[Sequence[str], str | None]:
    if licence.terms and licence.url:
        return [text for term, text in _TERMS.items() if licence.has(term)], f"{licence.url}legalcode"
    if free := _FREE.get(licence.id.lower()):
        return [free[0]], free[1]
    return [], None
