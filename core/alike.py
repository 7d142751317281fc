"""Which photos are nearly the same picture: another size, another compression, a light crop or correction.

Groups are found once, when photos come in, so that collapsing hits is a look-up and the same on every page. Two photos
are alike when their perceptual hashes differ in few bits and their shape and average colour agree; where both have a
vector, those must agree as well.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.colours import lab
from core.store import Space, Store

HASH_BITS = 8  # of 64; unrelated photos differ in 32 on average
ASPECT_TOLERANCE = 0.1  # relative
COLOUR_DISTANCE = 14.0  # CIE76 between average colours
COSINE = 0.85  # strong compression alone takes the starter encoder's vectors down to 0.91


async def group_alike(store: Store, space: Space | None) -> int:
    """Put every photo that has no group yet into one; return how many joined an earlier photo's."""
    rows = await store.photos.looks()
    if all(row.alike is not None for row in rows):
        return 0
    hashes = np.array([row.phash for row in rows], np.int64).view(np.uint64)
    looks = np.array([(row.width / row.height, *lab(row.average_colour)) for row in rows], np.float32)
    numbers = [row.n for row in rows]
    groups = {row.n: row.alike for row in rows if row.alike is not None}
    found: dict[int, int] = {}
    for i, n in enumerate(numbers):
        if n not in groups:
            earlier = [numbers[j] for j in _look_alikes(hashes, looks, i)]
            earlier = await _agreeing(store, space, n, earlier)
            found[n] = groups[n] = groups[earlier[0]] if earlier else n
    await store.photos.write_alike(found)
    return sum(n != group for n, group in found.items())


def _look_alikes(hashes: npt.NDArray[np.uint64], looks: npt.NDArray[np.float32], i: int) -> npt.NDArray[np.intp]:
    """Return the places of photos before `i` that look like it, ascending."""
    bits = np.bitwise_count(hashes[:i] ^ hashes[i])
    near = np.flatnonzero(bits <= HASH_BITS)
    aspect = np.abs(looks[near, 0] / looks[i, 0] - 1) <= ASPECT_TOLERANCE
    colour = np.linalg.norm(looks[near, 1:] - looks[i, 1:], axis=1) <= COLOUR_DISTANCE
    alike: npt.NDArray[np.intp] = near[aspect & colour]
    return alike


async def _agreeing(store: Store, space: Space | None, n: int, others: list[int]) -> list[int]:
    if space is None or not others:
        return others
    vectors = await store.vectors.get(space, [n, *others])
    if n not in vectors:
        return others
    own = vectors[n].astype(np.float32)
    return [m for m in others if m not in vectors or float(own @ vectors[m].astype(np.float32)) >= COSINE]
