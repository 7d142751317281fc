"""What the buttons of a message stand for: the search that it shows, written down so that they outlive a restart.

A reference picture is not kept, only the vectors that it was asked with.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.refusals import Refused
from bot.requests import Request
from core.query import Like, Query, parse
from core.workspace import Embedded

if TYPE_CHECKING:
    from bot.store.state import Kept, State

MOST_RECENT = 5  # searches of one person


@dataclass(frozen=True, slots=True)
class Search:
    """A search, and the page of it that a message shows."""

    query: str  # in its canonical form; "" where only pictures were given
    shown: tuple[Embedded, ...] = ()  # pictures that were given
    count: int = 9  # photos a page
    offset: int = 0
    as_of: Mapping[str, int] = field(default_factory=dict)
    ids: tuple[str, ...] = ()  # of the photos on the page, in their order
    next_offset: int | None = None
    board: str | None = None  # the id of the board that these photos were found for

    @classmethod
    def of_photo(cls, photo_id: str) -> Search:
        """Return the search that stands for one photo, shown by itself."""
        return cls(str(Query(likes=(Like(photo_id),))), count=1, ids=(photo_id,))

    def record(self) -> Mapping[str, Any]:
        """Return the search as JSON can hold it."""
        return {
            "query": self.query,
            "shown": [_written(one) for one in self.shown],
            "count": self.count,
            "offset": self.offset,
            "as_of": dict(self.as_of),
            "ids": list(self.ids),
            "next_offset": self.next_offset,
            "board": self.board,
        }

    @staticmethod
    def wrote(record: Mapping[str, Any]) -> bool:
        """Tell whether `record` wrote this."""
        return "query" in record

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Search:
        """Return the search that `record` wrote."""
        shown = tuple(_read(one) for one in record["shown"])
        return replace(cls(**{**record, "shown": shown}), ids=tuple(record["ids"]))


async def recall(state: State, request: Request, token: str) -> tuple[Kept, Search]:
    """Return the result behind a button that somebody pressed.

    Raises Refused where it is too old, or another's; one of another workspace is said not to be there at all.
    """
    kept = await state.kept(token)
    if kept is None or kept.workspace != request.workspace:
        raise Refused(
            "These buttons are more than {days} days old, or their photos are not here. Ask again with /find.",
            days=state.kept_days,
        )
    if not kept.posted and kept.owner != request.person.id:
        raise Refused("These results are private to the person who asked. Ask yourself with /find.")
    if not Search.wrote(kept.data):  # the token of a form, in another button
        raise Refused("This button is of an earlier version. Ask again.")
    return kept, Search.read(kept.data)


async def recent_queries(state: State, request: Request) -> tuple[str, ...]:
    """Return what somebody looked for lately in words, the latest first and each once: only their own, and only here.

    Further pages are left out, and what began with a photo or a board.
    """
    queries: dict[str, None] = {}
    for data in await state.latest(request.workspace, request.person.id):
        query = str(data["query"]) if Search.wrote(data) else ""  # what waits for a form is none
        if query and not (data["offset"] or data["shown"] or data["board"] or parse(query).likes):
            queries[query] = None
    return tuple(queries)[:MOST_RECENT]


def _written(one: Embedded) -> Mapping[str, Any]:
    vectors = {
        name: base64.b85encode(np.asarray(vector, "<f2").tobytes()).decode() for name, vector in one.vectors.items()
    }
    return {"vectors": vectors, "weight": one.weight}


def _read(record: Mapping[str, Any]) -> Embedded:
    vectors = {
        name: np.frombuffer(base64.b85decode(text), "<f2").astype(np.float32)
        for name, text in record["vectors"].items()
    }
    return Embedded(vectors, record["weight"])


def numbered(ids: Sequence[str], number: str) -> str:
    """Return the id of the photo with this number on its page. Raises Refused."""
    numbers = {str(place): photo_id for place, photo_id in enumerate(ids, 1)}
    if number not in numbers:
        raise Refused("There is no photo with this number in the message.")
    return numbers[number]
