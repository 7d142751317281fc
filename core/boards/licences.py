"""Which licences of a board don't go together, or need care before photos are handed on.

Only what the licences' well-known terms say is said here, as questions to check: no advice, and nothing is forbidden.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.boards.board import named_numbers
from core.boards.showing import ShownBoard, ShownPin
from core.credits import UNKNOWN, credit_for, licence_name, on_unsplash
from core.errors import Message
from core.photos import Photo
from core.sources.text import licence_id

_CREATIVE_COMMONS = re.compile(r"CC-((?:BY|NC|ND|SA)(?:-(?:NC|ND|SA))*)-(\d\.\d)(?:-[A-Z]+)?", re.IGNORECASE)
_KNOWN = frozenset({"cc0-1.0", "pdm-1.0", "unsplash"})
_NOT_LATER = "1.0"  # its share-alike licences know no later versions
_EDITORIAL = re.compile(r"\beditorial\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Licence:
    """The licence of a photo, as far as it is known."""

    id: str  # as it is recorded: an SPDX identifier, a name, or a URL
    name: str  # as people write it
    url: str | None = None  # its deed
    terms: frozenset[str] = frozenset()  # of "by", "nc", "nd", "sa"
    version: str | None = None
    known: bool = False  # whether its terms are known here

    def has(self, term: str) -> bool:
        """Tell whether it has a term of Creative Commons: "by", "nc", "nd" or "sa"."""
        return term in self.terms


class Numbered(NamedTuple):
    """A photo and its number on the board."""

    number: int
    photo: Photo
    licence: Licence | None


def licence_of(photo: Photo) -> Licence | None:
    """Return the licence of a photo; that of Unsplash for photos there; None where nobody knows."""
    text = licence_id(photo.licence) or ("unsplash" if on_unsplash(photo) else None)
    if text is None:
        return None
    name, url = licence_name(text)
    name = url if url and name == "licence" else name
    if match := _CREATIVE_COMMONS.fullmatch(text):
        return Licence(text, name, url, frozenset(match[1].lower().split("-")), match[2], known=True)
    return Licence(text, name, url, known=text.lower() in _KNOWN)


def conflicts(board: ShownBoard | Iterable[ShownPin | Photo], *, commercial: bool | None = None) -> tuple[Message, ...]:
    """Return what to check before photos are used together: one sentence or two for each licence and reason.

    `commercial` tells whether they are used for money; None while nobody said. Photos alone are numbered from 1.
    """
    photos = [_numbered(place, one) for place, one in enumerate(_members(board), 1)]
    found: list[Message] = []
    if commercial is not False:
        found += _each(photos, lambda one: one.has("nc"), _not_commercial)
    found += _each(photos, lambda one: one.has("nd"), _as_it_is)
    found += _shared_alike(photos)
    found += _each(photos, lambda one: bool(_EDITORIAL.search(one.name)), _editorial)
    found += _each(photos, lambda one: not one.known and not _EDITORIAL.search(one.name), _own_terms)
    without = [one.number for one in photos if one.licence is None]
    nameless = [one.number for one in photos if credit_for(one.photo).name == UNKNOWN]
    return (*found, *_if_any(without, _no_licence), *_if_any(nameless, _no_photographer))


def _members(board: ShownBoard | Iterable[ShownPin | Photo]) -> Iterable[ShownPin | Photo]:
    return board.pins if isinstance(board, ShownBoard) else board


def _numbered(place: int, one: ShownPin | Photo) -> Numbered:
    number, photo = (place, one) if isinstance(one, Photo) else (one.number, one.photo)
    return Numbered(number, photo, licence_of(photo))


def _each(
    photos: Sequence[Numbered], wanted: Callable[[Licence], bool], say: Callable[[Sequence[int], str], Message]
) -> list[Message]:
    """Return one message for each licence that is wanted, in the order of the first photo that has it."""
    by_name: dict[str, list[int]] = {}
    for number, _, licence in photos:
        if licence is not None and wanted(licence):
            by_name.setdefault(licence.name, []).append(number)
    return [say(numbers, name) for name, numbers in by_name.items()]


def _if_any(numbers: Sequence[int], say: Callable[[Sequence[int]], Message]) -> list[Message]:
    return [say(numbers)] if numbers else []


def _shared_alike(photos: Sequence[Numbered]) -> list[Message]:
    alike = [one for one in photos if one.licence is not None and one.licence.has("sa")]
    if not alike or len(photos) == 1:
        return []
    licences = [one.licence for one in alike if one.licence is not None]
    if not _agree(licences):
        names = ", ".join(dict.fromkeys(licence.name for licence in licences))
        return [_no_common_licence([one.number for one in alike], names)]
    closed = [one for one in photos if one.licence is not None and one.licence.has("nc") and not one.licence.has("sa")]
    if closed and not licences[0].has("nc"):
        return [_alike_beside_closed([one.number for one in alike], [one.number for one in closed])]
    if len({one.licence.name if one.licence else None for one in photos}) == 1:
        return []
    return _each(alike, lambda _: True, _alike_beside_others)


def _agree(licences: Sequence[Licence]) -> bool:
    """Tell whether one share-alike licence can carry them all: the same terms, in versions that lead to each other."""
    if len({licence.terms for licence in licences}) > 1:
        return False
    versions = {licence.version for licence in licences}
    return len(versions) == 1 or _NOT_LATER not in versions


# What is said: one photo or several, each a whole sentence.


def _not_commercial(numbers: Sequence[int], licence: str) -> Message:
    if len(numbers) == 1:
        return Message(
            "Photo {number} may not be used commercially ({licence}). Ask its photographer before a client uses it.",
            {"number": numbers[0], "licence": licence},
        )
    return Message(
        "Photos {numbers} may not be used commercially ({licence}). Ask their photographers before a client uses them.",
        {"numbers": named_numbers(numbers), "licence": licence},
    )


def _as_it_is(numbers: Sequence[int], licence: str) -> Message:
    if len(numbers) == 1:
        return Message(
            "Photo {number} may be passed on only unchanged ({licence}). "
            "Check before it is edited or put in a collage.",
            {"number": numbers[0], "licence": licence},
        )
    return Message(
        "Photos {numbers} may be passed on only unchanged ({licence}). "
        "Check before they are edited or put in a collage.",
        {"numbers": named_numbers(numbers), "licence": licence},
    )


def _alike_beside_others(numbers: Sequence[int], licence: str) -> Message:
    if len(numbers) == 1:
        return Message(
            "A picture made from photo {number} must be shared under the same licence ({licence}). "
            "Check before it is joined with others.",
            {"number": numbers[0], "licence": licence},
        )
    return Message(
        "A picture made from photos {numbers} must be shared under the same licence ({licence}). "
        "Check before they are joined with others.",
        {"numbers": named_numbers(numbers), "licence": licence},
    )


def _no_common_licence(numbers: Sequence[int], licences: str) -> Message:
    return Message(
        "Photos {numbers} each ask that what is made from them has their own licence ({licences}). "
        "Check before they go into one picture.",
        {"numbers": named_numbers(numbers), "licences": licences},
    )


def _alike_beside_closed(alike: Sequence[int], closed: Sequence[int]) -> Message:
    return Message(
        "What is made from {alike} must be free for commercial use too, which the terms of {closed} forbid. "
        "Check before they go into one picture.",
        {"alike": _spoken(alike), "closed": _spoken(closed)},
    )


def _spoken(numbers: Sequence[int]) -> Message:
    if len(numbers) == 1:
        return Message("photo {number}", {"number": numbers[0]})
    return Message("photos {numbers}", {"numbers": named_numbers(numbers)})


def _editorial(numbers: Sequence[int], licence: str) -> Message:
    if len(numbers) == 1:
        return Message(
            "Photo {number} is for editorial use ({licence}). Check before it is used in advertising.",
            {"number": numbers[0], "licence": licence},
        )
    return Message(
        "Photos {numbers} are for editorial use ({licence}). Check before they are used in advertising.",
        {"numbers": named_numbers(numbers), "licence": licence},
    )


def _own_terms(numbers: Sequence[int], licence: str) -> Message:
    if len(numbers) == 1:
        return Message(
            "Photo {number} has terms of its own ({licence}). Check them before it is used.",
            {"number": numbers[0], "licence": licence},
        )
    return Message(
        "Photos {numbers} have terms of their own ({licence}). Check them before they are used.",
        {"numbers": named_numbers(numbers), "licence": licence},
    )


def _no_licence(numbers: Sequence[int]) -> Message:
    if len(numbers) == 1:
        return Message(
            "Nobody knows the licence of photo {number}. Check with its photographer before it is used.",
            {"number": numbers[0]},
        )
    return Message(
        "Nobody knows the licences of photos {numbers}. Check with their photographers before they are used.",
        {"numbers": named_numbers(numbers)},
    )


def _no_photographer(numbers: Sequence[int]) -> Message:
    if len(numbers) == 1:
        return Message("Nobody knows who took photo {number}. Find out before it is published.", {"number": numbers[0]})
    return Message(
        "Nobody knows who took photos {numbers}. Find out before they are published.",
        {"numbers": named_numbers(numbers)},
    )
