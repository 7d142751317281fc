"""Vectors in memory, searched by cosine: exactly, or through a usearch graph where a library is large.

Up to `exact_limit` photos every vector is compared, which is exact, needs no building and takes a few milliseconds.
Above it a graph (HNSW: Y. Malkov and D. Yashunin, 2018) proposes candidates that are then scored exactly. A filter is
never left to the graph, which loses what it seeks when the filter goes with the content: allowed photos are compared
one by one.
"""

from __future__ import annotations

import threading

import numpy as np
import numpy.typing as npt
from usearch.index import Index

Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

OVERFETCH = 4  # candidates for each hit that is wanted
LEAST_CANDIDATES = 256  # words are further from photos than photos from each other: they need a wider search
CONNECTIVITY, EXPANSION_ADD = 16, 128
FIRST_CAPACITY = 1024  # rows
GATHER_UP_TO = 0.3  # share of all vectors; more are compared faster where they lie, and masked afterwards


class VectorIndex:
    """The vectors of one library, by photo number. Safe to search from several threads while another adds."""

    def __init__(self, dimensions: int, *, exact_limit: int = 80_000) -> None:
        self.dimensions = dimensions
        self._exact_limit = exact_limit
        self._buffer = np.empty((FIRST_CAPACITY, dimensions), np.float32)
        # what searches see, replaced as a whole: numbers ascending, and their vectors
        self._view: tuple[Numbers, Floats] = (np.empty(0, np.int64), self._buffer[:0])
        self._graph: Index | None = None
        self._writing = threading.Lock()

    def __len__(self) -> int:
        return len(self._view[0])

    @property
    def keys(self) -> Numbers:
        """The numbers of all photos that have a vector, ascending."""
        return self._view[0]

    @property
    def exact(self) -> bool:
        """Whether every vector is compared at each search."""
        return len(self) <= self._exact_limit

    @property
    def graph(self) -> Index | None:
        """The graph, once the library is large enough for one."""
        return self._graph

    def holds(self, key: int) -> bool:
        """Tell whether this photo has a vector."""
        return bool(np.isin(key, self._view[0]))

    def add(self, keys: Numbers, vectors: npt.NDArray[np.floating]) -> None:
        """Add vectors (m, dimensions) of length one, in place of those that the photos had."""
        with self._writing:
            self._add(keys, vectors.astype(np.float32))

    def remove(self, keys: Numbers) -> None:
        """Take these photos' vectors away; those that have none are passed over."""
        with self._writing:
            self._remove(keys)

    def get(self, keys: Numbers) -> Floats:
        """Return the vectors (m, dimensions) of photos that all have one. Raises KeyError otherwise."""
        numbers, vectors = self._view
        found: Floats = vectors[_places(numbers, keys)]
        return found

    def scores(self, query: Floats, keys: Numbers) -> Floats:
        """Return the cosine of `query` (dimensions,) with the vector of each of these photos, as `get`."""
        numbers, vectors = self._view
        few = len(keys) <= GATHER_UP_TO * len(numbers)
        places = slice(None) if keys is numbers else _places(numbers, keys)
        cosines: Floats = vectors[places] @ query if few else (vectors @ query)[places]
        return cosines

    def candidates(self, query: Floats, count: int, *, allowed: Numbers | None = None) -> Numbers:
        """Return the numbers, ascending, of photos among which the `count` nearest to `query` are.

        All (of the `allowed`, ascending numbers) where every vector is compared anyway; about `count` from the graph,
        which may miss some, in a large library without a filter.
        """
        numbers, _ = self._view
        if allowed is not None:
            places = np.searchsorted(numbers, allowed)
            held = places < len(numbers)
            held[held] = numbers[places[held]] == allowed[held]
            return allowed[held]
        if self.exact or count > GATHER_UP_TO * len(numbers):
            return numbers
        near = self._built().search(query, max(count, LEAST_CANDIDATES)).keys
        return np.sort(near.astype(np.int64))

    def search(self, query: Floats, count: int, *, allowed: Numbers | None = None) -> tuple[Numbers, Floats]:
        """Return the numbers and cosines of the `count` nearest photos, nearest first, equal ones by number."""
        numbers = self.candidates(query, OVERFETCH * count, allowed=allowed)
        cosines = self.scores(query, numbers)
        order = np.argsort(-cosines, kind="stable")[:count]
        return numbers[order], cosines[order]

    def adopt(self, graph: Index, changed: Numbers) -> None:
        """Take over a graph that was kept on disk, after bringing `changed` photos, new or gone, up to date in it.

        A graph that still does not hold as many vectors as there are is dropped: another is built when it is needed.
        """
        with self._writing:
            numbers, vectors = self._view
            stale = changed[graph.contains(changed)] if changed.size else changed
            if stale.size:
                graph.remove(stale)
            fresh = np.isin(numbers, changed)
            if fresh.any():
                graph.add(numbers[fresh], vectors[fresh])
            self._graph = graph if len(graph) == len(numbers) else None

    def build(self) -> Index | None:
        """Return the graph, built if it is not there; None for a library that is searched exactly."""
        return None if self.exact else self._built()

    def _add(self, keys: Numbers, vectors: Floats) -> None:
        numbers, _ = self._view
        if self._graph is not None:
            known = keys[np.isin(keys, numbers)]
            if known.size:
                self._graph.remove(known)
            self._graph.add(keys, vectors)
        standing = np.isin(keys, numbers)
        if standing.any():
            self._buffer[np.searchsorted(numbers, keys[standing])] = vectors[standing]
        order = np.flatnonzero(~standing)[np.argsort(keys[~standing], kind="stable")]
        fresh = keys[order]
        if not fresh.size:
            return
        total = len(numbers) + len(fresh)
        if total > len(self._buffer):
            grown = np.empty((max(2 * len(self._buffer), total), self.dimensions), np.float32)
            grown[: len(numbers)] = self._buffer[: len(numbers)]
            self._buffer = grown
        self._buffer[len(numbers) : total] = vectors[order]
        merged = np.concatenate([numbers, fresh])
        if len(numbers) and fresh[0] < numbers[-1]:  # photos are numbered in the order in which they come; rare
            order = np.argsort(merged, kind="stable")
            merged, self._buffer = merged[order], self._buffer[:total][order]
        self._view = (merged, self._buffer[:total])

    def _remove(self, keys: Numbers) -> None:
        numbers, vectors = self._view
        gone = np.isin(numbers, keys)
        if not gone.any():
            return
        if self._graph is not None:
            self._graph.remove(numbers[gone])
        self._buffer = vectors[~gone]
        self._view = (numbers[~gone], self._buffer)

    def _built(self) -> Index:
        with self._writing:
            if self._graph is None:
                numbers, vectors = self._view
                graph = new_graph(self.dimensions)
                graph.add(numbers, vectors)
                self._graph = graph
            return self._graph


def new_graph(dimensions: int) -> Index:
    """Return an empty graph: bfloat16, which builds in half the time of float32 and finds the same."""
    return Index(
        ndim=dimensions,
        metric="cos",
        dtype="bf16",
        connectivity=CONNECTIVITY,
        expansion_add=EXPANSION_ADD,
        expansion_search=LEAST_CANDIDATES,
    )


def _places(numbers: Numbers, keys: Numbers) -> npt.NDArray[np.intp]:
    """Return where `keys` stand in the ascending `numbers`. Raises KeyError when one does not."""
    places: npt.NDArray[np.intp] = np.searchsorted(numbers, keys)
    if keys.size and (not numbers.size or (numbers[places.clip(max=numbers.size - 1)] != keys).any()):
        raise KeyError("a photo has no vector")
    return places
