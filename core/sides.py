"""The teams between which a board is shared, and its pins' photos, each looked up at the team that pinned it.

A board belongs to the team that made it; others may join in. What a team pins stays in its own library, so the others
see of that library what is on the board and nothing else. Ids mean something on one side only: here everything goes by
the numbers of pins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.boards.board import HOME, Pin
from core.calibration import Calibration, Floats
from core.photos import Photo
from core.query import Query
from core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Sides:
    """The sides of a board, seen from one of them. A side that has left is not among them any more."""

    workspace: Workspace  # of who looks at the board
    here: str = HOME  # their side
    others: Mapping[str, Workspace] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)  # of the others, as people call them

    @property
    def home(self) -> Workspace:
        """The workspace that keeps the board."""
        return self.workspace if self.here == HOME else self.others[HOME]

    def of(self, pin: Pin) -> Workspace | None:
        """Return the workspace that a pin's photo comes from; None where that is not to be seen any more."""
        return self.workspace if pin.by.side == self.here else self.others.get(pin.by.side)

    async def photos(self, pins: Iterable[Pin]) -> dict[int, Photo]:
        """Return the photos of pins as known today, without those that are gone or whose id is another's now."""
        found: dict[int, Photo] = {}
        for workspace, own in self._by_side(pins):
            known = await workspace.photos([pin.photo.id for pin in own])
            for pin in own:
                photo = known.get(pin.photo.id)
                if photo is not None and not _is_another(pin.photo, photo):
                    found[pin.number] = photo
        return found

    async def vectors(self, pins: Iterable[Pin]) -> dict[int, tuple[str, Floats]]:
        """Return the encoder's name and the vector of those pins that have one, by their numbers."""
        found: dict[int, tuple[str, Floats]] = {}
        for workspace, own in self._by_side(pins):
            vectors = await workspace.vectors([pin.photo.id for pin in own])
            found |= {pin.number: vectors[pin.photo.id] for pin in own if pin.photo.id in vectors}
        return found

    async def match(self, query: Query, pins: Iterable[Pin]) -> dict[int, float]:
        """Return with which probability each pin is what a query asks for, by its number.

        Photos that it shall be like are known to this side alone, so others are held against the rest of it.
        """
        scores: dict[int, float] = {}
        for workspace, own in self._by_side(pins):
            asked = query if workspace is self.workspace else replace(query, likes=())
            if not asked.is_empty:
                found = await workspace.match(asked, [pin.photo.id for pin in own])
                scores |= {pin.number: found[pin.photo.id] for pin in own if pin.photo.id in found}
        return scores

    async def calibrations(self) -> dict[str, Calibration]:
        """Return what is usual for each encoder, by its name; on this side where it is used here."""
        found: dict[str, Calibration] = {}
        for workspace in (*self.others.values(), self.workspace):
            found |= await workspace.calibrations()
        return found

    def _by_side(self, pins: Iterable[Pin]) -> Sequence[tuple[Workspace, list[Pin]]]:
        sides: dict[str, tuple[Workspace, list[Pin]]] = {}
        for pin in pins:
            if (workspace := self.of(pin)) is not None:
                sides.setdefault(pin.by.side, (workspace, []))[1].append(pin)
        return list(sides.values())


def _is_another(pinned: Photo, known: Photo) -> bool:
    """Tell whether an id has come to stand for somebody else's picture; one's own may have been retouched."""
    hashes = {pinned.content_hash, known.content_hash} - {None}
    return len(hashes) > 1 and pinned.photographer != known.photographer
