"""Vectors searched by cosine: exactly, or through a usearch graph where a library is large.

Up to `exact_limit` photos every vector is compared, which is exact, needs no building and takes a few milliseconds.
Above it a graph (HNSW: Y. Malkov and D. Yashunin, 2018) proposes candidates that are then scored exactly. Photos that a
filter allows are compared one by one: under a filter the graph may lose what it seeks, when the filter goes with the
content.

Vectors are float16, as the database has them, and compared as such: numkong multiplies them without bringing them to
float32 first. A large library's vectors and its graph are mapped from disk and never change there; what came, changed
or went since is held beside them in memory, and compared one by one as well.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, cached_property

import numkong
import numpy as np
import numpy.typing as npt
from usearch.index import Index

Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Half = npt.NDArray[np.float16]
Rows = npt.NDArray[np.int32]

OVERFETCH = 4  # candidates for each hit that is wanted
LEAST_CANDIDATES = 256  # words are further from photos than photos from each other: they need a wider search
CONNECTIVITY, EXPANSION_ADD = 16, 128
FIRST_CAPACITY = 1024  # rows
GATHER_UP_TO = 0.3  # share of all vectors; more are compared faster where they lie, and masked afterwards
BLOCK = 2048  # rows compared by one thread at once; they stay in its cache
COPIED = 16_384  # rows copied at once
WIDER, WIDER_ABOVE = 0.9, 100_000  # share by which a search widens with each doubling of a graph beyond so many
LOW_BITS = 2.0**11  # what float16 leaves of a float32, brought back to where it is precise
BUILT_AT_ONCE = 4096  # vectors added to a graph between two looks at whether anybody still wants it
SPARSE = 4  # numbers up to the highest for each photo, above which they are searched instead of looked up
MOST_STALE = 0.2  # of a graph; with more of it removed and added again it begins to lose what it holds


@dataclass(frozen=True, slots=True)
class Kept:
    """Vectors and a graph over them as they are mapped from disk."""

    numbers: Numbers  # (n,) ascending
    rows: Rows  # (n,) where each photo's vector is in the matrix
    matrix: Half  # (m, dimensions)
    graph: Index  # can be searched, and not be added to
    body: memoryview  # the graph as usearch wrote it


@dataclass(frozen=True)
class _View:
    """What searches see, replaced as a whole."""

    numbers: Numbers  # ascending
    fresh: Half  # vectors in memory
    kept: Kept | None = None
    # of each number: its row in the kept matrix, or ~row in `fresh`; None where all are in `fresh`, in this order
    rows: Rows | None = None
    beside: Numbers = field(default_factory=lambda: np.empty(0, np.int64))  # numbers whose vector is not in the graph

    @property
    def stale(self) -> int:
        """How many photos of the graph are gone or have another vector."""
        return 0 if self.kept is None else len(self.kept.numbers) - (len(self.numbers) - len(self.beside))

    @cached_property
    def _table(self) -> Rows | None:
        """The place of each photo by its number, -1 for those without one; None where it would be mostly empty.

        In a large library a look into it takes a fraction of a search among the numbers.
        """
        top = int(self.numbers[-1]) + 2 if len(self.numbers) else 1
        if top > SPARSE * len(self.numbers):
            return None
        table = np.full(top, -1, np.int32)  # the last is for whatever is beyond
        table[self.numbers] = np.arange(len(self.numbers), dtype=np.int32)
        return table

    def find(self, keys: Numbers) -> npt.NDArray[np.integer]:
        """Return the place of each photo, -1 for those that have no vector."""
        table = self._table
        if table is not None:
            return table[np.minimum(keys, len(table) - 1)]
        if not len(self.numbers):
            return np.full(len(keys), -1)
        places = np.searchsorted(self.numbers, keys).clip(max=len(self.numbers) - 1)
        return np.where(self.numbers[places] == keys, places, -1)

    def places(self, keys: Numbers) -> npt.NDArray[np.integer]:
        """Return the places of photos that all have a vector. Raises KeyError otherwise."""
        places = self.find(keys)
        if (places < 0).any():
            raise KeyError("a photo has no vector")
        return places

    def take(self, places: npt.NDArray[np.integer]) -> Floats:
        """Return the vectors at these places."""
        if self.rows is None or self.kept is None:
            fresh: Floats = self.fresh[places].astype(np.float32)
            return fresh
        rows = self.rows[places]
        vectors = np.empty((len(rows), self.fresh.shape[1]), np.float32)
        vectors[rows >= 0] = self.kept.matrix[rows[rows >= 0]]
        vectors[rows < 0] = self.fresh[~rows[rows < 0]]
        return vectors

    def cosines(self, query: Floats, places: npt.NDArray[np.integer] | slice) -> Floats:
        """Return the cosine of `query` with the vector at each of these places."""
        few = not isinstance(places, slice) and len(places) <= GATHER_UP_TO * len(self.numbers)
        if self.rows is None or self.kept is None:
            if few and not isinstance(places, slice):
                return compared(self.fresh, query, places)
            return compared(self.fresh, query)[places]
        rows = self.rows[places]
        inside = rows >= 0
        cosines = np.empty(len(rows), np.float32)
        matrix = self.kept.matrix
        if few:
            cosines[inside] = compared(matrix, query, rows[inside])
        else:
            cosines[inside] = compared(matrix, query)[rows[inside]]
        cosines[~inside] = compared(self.fresh, query, ~rows[~inside])
        return cosines


class VectorIndex:
    """The vectors of one library, by photo number. Safe to search from several threads while another adds."""

    def __init__(self, dimensions: int, *, exact_limit: int = 80_000, kept: Kept | None = None) -> None:
        self.dimensions = dimensions
        self._exact_limit = exact_limit
        self._buffer = np.empty((FIRST_CAPACITY, dimensions), np.float16)
        self._filled = 0  # rows of the buffer
        self._view = _View(np.empty(0, np.int64), self._buffer[:0])
        if kept is not None:
            self._view = _View(kept.numbers, self._buffer[:0], kept, kept.rows)
        self._writing = threading.Lock()

    def __len__(self) -> int:
        return len(self._view.numbers)

    @property
    def keys(self) -> Numbers:
        """The numbers of all photos that have a vector, ascending."""
        return self._view.numbers

    @property
    def exact(self) -> bool:
        """Whether a library of this size is searched by comparing every vector."""
        return len(self) <= self._exact_limit

    @property
    def graph(self) -> Index | None:
        """The graph, where there is one."""
        return None if self._view.kept is None else self._view.kept.graph

    @property
    def proposes(self) -> bool:
        """Whether the nearest photos are proposed by a graph, not found by comparing all."""
        return self.graph is not None and not self.exact

    @property
    def changed(self) -> int:
        """How many photos came, changed or went since the graph was built; all while there is none."""
        view = self._view
        return len(view.numbers) if view.kept is None else len(view.beside) + view.stale

    def holds(self, key: int) -> bool:
        """Tell whether this photo has a vector."""
        return bool(self.held(np.array([key], np.int64))[0])

    def held(self, keys: Numbers) -> npt.NDArray[np.bool_]:
        """Tell of each of these photos whether it has a vector."""
        held: npt.NDArray[np.bool_] = self._view.find(keys) >= 0
        return held

    def add(self, keys: Numbers, vectors: npt.NDArray[np.floating]) -> None:
        """Add vectors (m, dimensions) of length one, in place of those that the photos had."""
        with self._writing:
            self._add(keys, vectors.astype(np.float16))

    def remove(self, keys: Numbers) -> None:
        """Take these photos' vectors away; those that have none are passed over."""
        with self._writing:
            view = self._view
            gone = np.isin(view.numbers, keys)
            if gone.any():
                rows = np.arange(len(gone), dtype=np.int32) if view.rows is None else view.rows
                self._replace(view, view.numbers[~gone], rows[~gone])

    def get(self, keys: Numbers) -> Floats:
        """Return the vectors (m, dimensions) of photos that all have one. Raises KeyError otherwise."""
        view = self._view
        return view.take(view.places(keys))

    def scores(self, query: Floats, keys: Numbers) -> Floats:
        """Return the cosine of `query` (dimensions,) with the vector of each of these photos, as `get`."""
        view = self._view
        return view.cosines(query, slice(None) if keys is view.numbers else view.places(keys))

    def candidates(self, query: Floats, count: int, *, allowed: Numbers | None = None) -> Numbers:
        """Return the numbers, ascending, of photos among which the `count` nearest to `query` are.

        All (of the `allowed`, ascending numbers) where every vector is compared anyway; about `count` from the graph,
        which may miss some, in a large library.
        """
        view = self._view
        if allowed is not None:
            return allowed[view.find(allowed) >= 0]
        graph_helps = self.proposes and count <= GATHER_UP_TO * len(view.numbers)
        return self._near(view, query, count) if graph_helps else view.numbers

    def sample(self, count: int) -> Numbers:
        """Return the numbers of about `count` photos, ascending: any, and always the same."""
        numbers = self._view.numbers  # every so many would be a pattern, as what came in together may be
        return numbers[np.unique(np.random.default_rng(0).integers(0, len(numbers), count))]

    def search(self, query: Floats, count: int, *, allowed: Numbers | None = None) -> tuple[Numbers, Floats]:
        """Return the numbers and cosines of the `count` nearest photos, nearest first, equal ones by number."""
        numbers = self.candidates(query, OVERFETCH * count, allowed=allowed)
        cosines = self.scores(query, numbers)
        order = np.argsort(-cosines, kind="stable")[:count]
        return numbers[order], cosines[order]

    def _near(self, view: _View, query: Floats, count: int) -> Numbers:
        """Return about `count` numbers, ascending, as the graph and what stands beside it propose them."""
        assert view.kept is not None  # noqa: S101
        numbers = view.numbers
        # a graph of a million loses at the width at which one of a hundred thousand finds all
        wider = 1 + WIDER * max(0.0, float(np.log2(max(len(numbers), 1) / WIDER_ABOVE)))
        wanted = int(max(count, LEAST_CANDIDATES) * wider)
        # one query is no work for several threads
        found = view.kept.graph.search(query, wanted + min(view.stale, wanted), threads=1)
        near = found.keys.astype(np.int64)  # nearest first
        near = near[view.find(near) >= 0]
        near = near[~np.isin(near, view.beside, assume_unique=True)][:count]
        beside = view.beside
        if len(beside) > count:
            cosines = view.cosines(query, view.places(beside))
            beside = beside[np.argpartition(-cosines, count)[:count]]
        return np.sort(np.concatenate([near, beside]))

    def building(self) -> Iterator[tuple[Index, Numbers, Half] | None]:
        """Build a graph of what is here now: yield None after every few thousand vectors, and at last what was built.

        That is the graph, the photos' numbers, ascending, and their vectors as they are in it. It may be left at any
        step. Nothing here changes by it.
        """
        view = self._view
        vectors = np.empty((len(view.numbers), self.dimensions), np.float16)
        for start in range(0, len(vectors), COPIED):
            vectors[start : start + COPIED] = view.take(np.arange(start, min(start + COPIED, len(vectors))))
        graph, missing = new_graph(self.dimensions), np.ones(len(vectors), bool)
        kept = view.kept
        if kept is not None:
            stale = np.setdiff1d(kept.numbers, np.setdiff1d(view.numbers, view.beside, assume_unique=True))
            if len(stale) <= MOST_STALE * len(kept.numbers):
                graph = _in_memory(kept)
                graph.remove(stale)
                missing = np.isin(view.numbers, view.beside, assume_unique=True)
        places = np.flatnonzero(missing)
        for start in range(0, len(places), BUILT_AT_ONCE):
            part = places[start : start + BUILT_AT_ONCE]
            graph.add(view.numbers[part], vectors[part])
            yield None
        yield graph, view.numbers, vectors

    def _add(self, keys: Numbers, vectors: Half) -> None:
        view = self._view
        keys, last = np.unique(keys[::-1], return_index=True)  # of a photo that is given twice, its last vector
        vectors = vectors[len(vectors) - 1 - last]
        standing = np.isin(keys, view.numbers, assume_unique=True)
        rows = np.arange(len(view.numbers), dtype=np.int32) if view.rows is None else view.rows.copy()
        if view.kept is None and standing.any():
            self._buffer[rows[np.searchsorted(view.numbers, keys[standing])]] = vectors[standing]
            keys, vectors = keys[~standing], vectors[~standing]
            standing = np.zeros(len(keys), bool)
        if not keys.size:
            return
        placed = self._append(vectors) if view.kept is None else ~self._append(vectors)
        rows[np.searchsorted(view.numbers, keys[standing])] = placed[standing]
        numbers = np.concatenate([view.numbers, keys[~standing]])
        rows = np.concatenate([rows, placed[~standing]])
        if len(view.numbers) and len(keys[~standing]) and keys[~standing][0] < view.numbers[-1]:
            order = np.argsort(numbers, kind="stable")  # rare: photos are numbered in the order in which they come
            numbers, rows = numbers[order], rows[order]
        self._replace(view, numbers, rows)

    def _append(self, vectors: Half) -> Rows:
        """Put vectors into the buffer; return their rows."""
        total = self._filled + len(vectors)
        if total > len(self._buffer):
            grown = np.empty((max(2 * len(self._buffer), total), self.dimensions), np.float16)
            grown[: self._filled] = self._buffer[: self._filled]
            self._buffer = grown
        self._buffer[self._filled : total] = vectors
        placed = np.arange(self._filled, total, dtype=np.int32)
        self._filled = total
        return placed

    def _replace(self, view: _View, numbers: Numbers, rows: Rows) -> None:
        """Show these photos from now on."""
        if view.kept is not None:
            beside = numbers[rows < 0]
            self._view = _View(numbers, self._buffer[: self._filled], view.kept, rows, beside)
            return
        if len(rows) < self._filled or (np.diff(rows) < 0).any():  # so that all lie there in their order
            self._buffer = self._buffer[rows]
            self._filled = len(rows)
        self._view = _View(numbers, self._buffer[: self._filled])


def new_graph(dimensions: int) -> Index:
    """Return an empty graph. In float16, as vectors are kept, so that the graph's own copy of them is exact."""
    return Index(
        ndim=dimensions,
        metric="cos",
        dtype="f16",
        connectivity=CONNECTIVITY,
        expansion_add=EXPANSION_ADD,
        expansion_search=LEAST_CANDIDATES,
    )


def widened(graph: Index) -> Index:
    """Return a graph that came from disk, with the widths of search that usearch does not keep."""
    graph.expansion_add = EXPANSION_ADD  # type: ignore[misc]  # usearch has a setter, under another name's decorator
    graph.expansion_search = LEAST_CANDIDATES  # type: ignore[misc]
    return graph


def _in_memory(kept: Kept) -> Index:
    graph = Index.restore(kept.body, view=False)
    assert graph is not None  # it was mapped from the same bytes  # noqa: S101
    return widened(graph)


def compared(matrix: Half, query: Floats, rows: npt.NDArray[np.integer] | None = None) -> Floats:
    """Return the cosine of `query` with these rows of a matrix, or all of them.

    The query is two float16 vectors, one for what the other leaves: the sum is as exact as in float32.
    """
    high = query.astype(np.float16)
    low = ((query - high.astype(np.float32)) * LOW_BITS).astype(np.float16)
    halves = np.stack([high, low])
    cosines = np.empty(len(matrix) if rows is None else len(rows), np.float32)

    def compare(start: int) -> None:
        part = slice(start, start + BLOCK)
        block = matrix[part] if rows is None else matrix[rows[part]]
        products = np.asarray(numkong.cdist(halves, block, "dot"))
        cosines[part] = products[0] + products[1] / LOW_BITS

    starts = range(0, len(cosines), BLOCK)
    if len(starts) > 1:
        list(_cores().map(compare, starts))
    else:
        list(map(compare, starts))
    return cosines


@cache
def _cores() -> ThreadPoolExecutor:
    """Return the threads that compare blocks side by side: one query uses all cores where nobody else does."""
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="comparing")
