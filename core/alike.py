"""Which photos are nearly the same picture: another size, another compression, a light crop or correction.

Groups are found once, when photos come in, so that collapsing hits is a look-up and the same on every page. Two photos
are alike when their perceptual hashes differ in few bits and their shape and average colour agree; where both have a
vector, those must agree as well. A few new photos are compared with what the store finds near to them, many with all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
import numpy.typing as npt

from core.bands import LOOKUPS, Hashes, Places, near_before
from core.colours import labs
from core.store import Look, Space, Store

ASPECT_TOLERANCE = 0.1  # relative
COLOUR_DISTANCE = 14.0  # CIE76 between average colours
COSINE = 0.85  # strong compression alone takes the starter encoder's vectors down to 0.91
CONSIDERED = 16  # of the earlier photos that look like one, the first so many
VECTORS_FOR = 256  # photos whose vectors are read at once

_Earlier: TypeAlias = tuple[int, list[int]]  # a photo's place, and those of the earlier ones that look like it


async def group_alike(store: Store, space: Space | None) -> int:
    """Put every photo that has no group yet into one; return how many joined an earlier photo's."""
    fresh = await _all_looks(store, grouped=False)
    if not len(fresh.numbers):
        return 0
    if len(fresh.numbers) * LOOKUPS <= await store.photos.count():
        others = _Looks.of(await store.photos.looks_near(fresh.hashes))
    else:
        others = await _all_looks(store, grouped=True)
    looks = _Looks.joined([others, fresh])
    pairs = near_before(looks.hashes, np.searchsorted(looks.numbers, fresh.numbers))
    while (some := await asyncio.to_thread(next, pairs, None)) is not None:
        looking_alike = looks.looking_alike(*some)
        for start in range(0, len(looking_alike), VECTORS_FOR):
            await _join(store, space, looks, looking_alike[start : start + VECTORS_FOR])
    groups = looks.groups[np.searchsorted(looks.numbers, fresh.numbers)]
    groups = np.where(groups, groups, fresh.numbers)
    await store.photos.write_alike(dict(zip(fresh.numbers.tolist(), groups.tolist(), strict=True)))
    return int((groups != fresh.numbers).sum())


@dataclass(frozen=True, slots=True)
class _Looks:
    """What photos look like, by n."""

    numbers: npt.NDArray[np.int64]  # (m,) ascending
    groups: npt.NDArray[np.int64]  # (m,) 0 for none
    hashes: Hashes  # (m,)
    shapes: npt.NDArray[np.float32]  # (m,) width by height
    colours: npt.NDArray[np.float32]  # (m, 3) L*a*b*

    @classmethod
    def of(cls, rows: Sequence[Look]) -> Self:
        """Return what rows say."""
        return cls(
            np.array([row.n for row in rows], np.int64),
            np.array([row.alike or 0 for row in rows], np.int64),
            np.array([row.phash for row in rows], np.int64).view(np.uint64),
            np.array([row.width / row.height for row in rows], np.float32),
            labs([row.average_colour for row in rows]),
        )

    @classmethod
    def joined(cls, parts: Sequence[_Looks]) -> Self:
        """Return all of them together."""
        numbers = np.concatenate([part.numbers for part in parts])
        order = np.argsort(numbers)
        return cls(
            numbers[order],
            np.concatenate([part.groups for part in parts])[order],
            np.concatenate([part.hashes for part in parts])[order],
            np.concatenate([part.shapes for part in parts])[order],
            np.concatenate([part.colours for part in parts])[order],
        )

    def looking_alike(self, later: Places, earlier: Places) -> list[_Earlier]:
        """Return those pairs of places that agree in shape and colour, by the later, the first few of each."""
        shape = np.abs(self.shapes[earlier] / self.shapes[later] - 1) <= ASPECT_TOLERANCE
        colour = np.linalg.norm(self.colours[earlier] - self.colours[later], axis=1) <= COLOUR_DISTANCE
        agreeing = shape & colour
        found: dict[int, list[int]] = {}
        for place, other in np.unique(np.stack([later[agreeing], earlier[agreeing]], axis=1), axis=0).tolist():
            if len(others := found.setdefault(place, [])) < CONSIDERED:
                others.append(other)
        return list(found.items())

    def join(self, place: int, earlier: int) -> None:
        """Put a photo into the group of an earlier one."""
        self.groups[place] = self.groups[earlier] or self.numbers[earlier]


async def _all_looks(store: Store, *, grouped: bool) -> _Looks:
    parts, after = [_Looks.of(())], 0
    while rows := await store.photos.looks(grouped=grouped, after=after):
        parts.append(_Looks.of(rows))
        after = rows[-1].n
    return _Looks.joined(parts)


async def _join(store: Store, space: Space | None, looks: _Looks, looking_alike: Sequence[_Earlier]) -> None:
    """Put photos into the group of the first earlier one whose vector agrees as well, where there is one."""
    places = {place for later, earlier in looking_alike for place in (later, *earlier)}
    numbers = {place: int(looks.numbers[place]) for place in places}
    vectors = {} if space is None else await store.vectors.get(space, numbers.values())
    for later, earlier in looking_alike:  # ascending: an earlier one has its group
        own = vectors.get(numbers[later])
        for place in earlier:
            other = vectors.get(numbers[place])
            if own is None or other is None or float(own.astype(np.float32) @ other.astype(np.float32)) >= COSINE:
                looks.join(later, place)
                break
