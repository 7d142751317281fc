"""What a store is: everything that a library keeps, whichever engine keeps it.

Each method that writes is one transaction of its own: all of it is there afterwards, or none. No connection and no SQL
leaves a store, so a caller can't tell the engines apart, and one suite of tests holds for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from core.bands import Hashes
from core.photos import Photo, Tag
from core.query import Filter
from core.store.raw import Raw
from core.store.values import (
    Arrival,
    BoardRow,
    ChangeRow,
    Changes,
    Half,
    Known,
    Look,
    Numbers,
    Pictured,
    Space,
    Vector,
    WordMatches,
)


class Photos(Protocol):
    """The photos of one library. A photo's number `n` is its key in every index; its `id` is what people type."""

    async def count(self) -> int:
        """Return how many photos there are."""

    async def newest(self) -> int:
        """Return the n of the photo that came in last; 0 in an empty library."""

    async def numbers(self) -> Numbers:
        """Return the n of every photo, ascending."""

    async def places_by_age(self) -> dict[int, int]:
        """Return the place of every photo when the newest stands first: by publication, else capture, else import."""

    async def totals(self) -> tuple[int, int, int]:
        """Return how many photos, photographers and different tags there are."""

    async def tags(self, beginning: str, limit: int) -> list[tuple[str, int]]:
        """Return tags that begin with `beginning` and how many photos have each, most first."""

    async def photographers(self) -> list[tuple[str, int]]:
        """Return every photographer's name and how many photos are theirs, most first."""

    async def with_content(self, content_hash: str) -> str | None:
        """Return the id of the first photo whose file has these bytes, or None."""

    async def numbers_of(self, ids: Iterable[str]) -> dict[str, int]:
        """Return the n of each id that exists, by the id as asked for; ids differ by more than case."""

    async def ids_like(self, beginning: str, limit: int) -> list[str]:
        """Return ids that begin with `beginning`, in order."""

    async def get(self, numbers: Iterable[int]) -> dict[int, Photo]:
        """Return the photos of these numbers that exist, by number."""

    async def by_id(self, photo_id: str) -> Photo | None:
        """Return the photo with this id, whatever its case, or None."""

    async def known(self, keys: Sequence[str]) -> dict[str, Known]:
        """Return what is known under these keys, by key."""

    async def keys_under(self, beginning: str) -> dict[str, str]:
        """Return key and id of every photo whose key begins with `beginning`."""

    async def looks(self, *, grouped: bool, after: int = 0) -> list[Look]:
        """Return what photos look like whose picture was seen, by n: some of those that come after the n `after`.

        Of those that are in a group of near-duplicates, or of those that are in none yet. An empty list is the end.
        """

    async def looks_near(self, hashes: Hashes) -> list[Look]:
        """Return what photos look like that are in a group and whose hash is near to one of these, and some others."""

    async def alike(self, numbers: Iterable[int]) -> dict[int, int]:
        """Return the group of near-duplicates of each of these photos: the n of its first."""

    async def pictured(self) -> list[Pictured]:
        """Return every photo whose picture was seen, by n."""

    async def hashes(self) -> set[str]:
        """Return the content hashes in use."""

    async def edit(self, n: int, photo: Photo) -> None:
        """Write what people say of a photo over what stood there; id, picture and tags stay."""

    async def retag(self, n: int, add: Sequence[str], remove: Sequence[str]) -> None:
        """Give tags to a photo as a user does, and take others away whoever gave them."""

    async def write_auto_tags(self, tags: Mapping[int, Sequence[Tag]]) -> None:
        """Put these automatic tags in place of those that the photos have."""

    async def write_alike(self, groups: Mapping[int, int]) -> None:
        """Put photos into groups of near-duplicates, by the n of the first of each."""


class Words(Protocol):
    """The words by which photos are found."""

    async def match(self, words: Sequence[str]) -> WordMatches:
        """Return the photos that hold any of these words (or forms of them), with their coverage."""

    async def holding_phrase(self, phrase: str) -> Numbers:
        """Return the photos that hold these words one after the other, ascending."""

    async def lacking(self) -> list[int]:
        """Return the numbers of photos that have no entry here, which only damage can bring about."""

    async def write(self, photos: Mapping[int, Photo]) -> None:
        """Make photos findable by their words, those of tags that users gave before among them."""


class Vectors(Protocol):
    """The vectors of one library, by space: the truth that every index is made from.

    Each row carries a revision that only grows, in the order in which changes are committed, so that an index, in this
    process or another, catches up by reading what is newer than it has seen. A photo that was removed leaves a row
    without a vector.
    """

    async def spaces(self) -> list[Space]:
        """Return all spaces, oldest first."""

    async def space(self, encoder: str, fingerprint: str | None = None) -> Space | None:
        """Return the space of this encoder (and these weights, when given), or None."""

    async def counts(self) -> dict[int, int]:
        """Return how many photos have a vector, by space; those without any are left out."""

    async def count(self, space: Space) -> int:
        """Return how many photos have a vector in this space."""

    async def changes(self, space: Space, since: int = 0) -> Changes:
        """Return what is newer than revision `since`."""

    async def sample(self, space: Space, count: int) -> Half:
        """Return the vectors of at most `count` photos, spread evenly over the library and always the same."""

    async def revision(self, space: Space) -> int:
        """Return the newest revision in this space; 0 when it is empty."""

    async def get(self, space: Space, photos: Iterable[int]) -> dict[int, Half]:
        """Return the vectors of these photos that have one, by number."""

    async def by_content(self, space: Space, hashes: Sequence[str]) -> dict[str, Half]:
        """Return the vector of each of these pictures (SHA-256) that is embedded already."""

    async def lacking(self, space: Space) -> set[int]:
        """Return the numbers of the photos whose picture was seen, but not by this space's encoder."""

    async def write(self, space: Space, vectors: Mapping[int, Vector]) -> None:
        """Write the vector of each photo under one new revision. Each is brought to length one first."""


class Filters(Protocol):
    """Answers which photos meet conditions."""

    async def matching(
        self, filters: Sequence[Filter], *, as_of: int | None = None, among: Numbers | None = None
    ) -> Numbers | None:
        """Return the numbers of the photos that meet all `filters`, ascending; None when there is no condition.

        `as_of` leaves out photos that came in after the one with this number. `among` are the only photos asked for.
        """


class BoardLog(Protocol):
    """Boards and their changes: logs that are only added to, each entry on top of the one its writer had seen."""

    async def append(self, row: BoardRow, *changes: ChangeRow) -> bool:
        """Write changes on top of the revision before them, all or none, with what the board is then.

        Return False, having written nothing, when somebody else was faster. Raises NameTaken.
        """

    async def rows(self, *, archived: bool | None = None) -> list[BoardRow]:
        """Return the boards that are not deleted, last changed first; where it is said, only those (not) archived."""

    async def row(self, board_id: str) -> BoardRow | None:
        """Return a board by its id, be it deleted."""

    async def named(self, key: str, *, deleted: bool = False) -> BoardRow | None:
        """Return the board with this folded name, or the last one with it that was deleted."""

    async def of_channel(self, channel: str) -> BoardRow | None:
        """Return the board that is meant in a channel: of several, the one that was changed last."""

    async def changes(self, board_id: str, *, after: int = 0) -> list[ChangeRow]:
        """Return the changes of a board after a revision, in their order."""

    async def ids(self) -> list[str]:
        """Return the ids of all boards, deleted ones among them."""

    async def authored(self, person: str) -> dict[str, int]:
        """Return on which boards somebody has made changes, deleted ones among them, and how many."""

    async def holding(self, text: str) -> list[str]:
        """Return the boards of whose changes one at least holds a text in its data."""

    async def rewrite(self, row: BoardRow, rewritten: Sequence[ChangeRow], change: ChangeRow) -> bool:
        """Write changes over those of their revisions, and one more on top, all or none.

        Return False, having written nothing, when somebody else was faster. For what must not be kept, and for nothing
        else: otherwise a log is only added to.
        """

    async def rename_authors(self, before: str, after: str, *, side: str) -> int:
        """Let ids that begin with `before` begin with `after` instead, in what was done from a side; return how often.

        For when people come to be known by another id. What begins with `after` already stays.
        """

    async def purge(self, before: str) -> int:
        """Forget boards that were deleted before a moment (ISO 8601); return how many."""


class Near(Protocol):
    """Finds the vectors near to one where they are kept, for libraries that no process holds in memory as a whole."""

    async def around(
        self, space: Space, direction: Vector, count: int, *, allowed: Numbers | None, also: Numbers
    ) -> tuple[Numbers, Half]:
        """Return numbers (m,), ascending, and vectors (m, d) of about the `count` nearest to `direction` (d,).

        Of the `allowed` (ascending) only, where they are given. Those of `also` that have a vector are among them.
        """

    async def prepare(self, space: Space, exact_limit: int) -> None:
        """Build what makes a space of more than `exact_limit` vectors quick to search. May take minutes."""


class Store(Protocol):
    """All that one library keeps."""

    @property
    def photos(self) -> Photos:
        """The photos."""

    @property
    def words(self) -> Words:
        """The words by which they are found."""

    @property
    def vectors(self) -> Vectors:
        """Their vectors."""

    @property
    def near(self) -> Near | None:
        """What finds near vectors in the store itself; None where they are read once and compared in memory."""

    @property
    def filters(self) -> Filters:
        """What answers conditions."""

    @property
    def boards(self) -> BoardLog:
        """The mood boards."""

    @property
    def raw(self) -> Raw:
        """All of it as rows, for a copy in another store."""

    async def fact(self, name: str) -> str | None:
        """Return one fact about the library, such as the encoder it uses."""

    async def write_facts(self, **facts: str) -> None:
        """Write facts about the library, all at once."""

    async def switch(self, facts: Mapping[str, str], *, drop: Space | None) -> None:
        """Write facts and drop a space, both or neither."""

    async def write_photos(
        self, arrivals: Sequence[Arrival], vectors: Sequence[tuple[Space, Vector] | None]
    ) -> list[int]:
        """Write photos and their vectors, all or none; return the photos' numbers. Tags that users gave are kept."""

    async def named_space(self, encoder: str, fingerprint: str, dimensions: int) -> Space:
        """Return the space of an encoder, made when it is not there.

        Vectors that came from elsewhere know their encoder's name and no more (an empty fingerprint): they share the
        space of the weights that go by this name, whichever came first.
        """

    async def remove_photos(self, numbers: Sequence[int]) -> None:
        """Remove photos and all that is kept of them."""

    async def derived(self, name: str, stamp: str) -> bytes | None:
        """Return derived data if it was made under this stamp."""

    async def write_derived(self, name: str, stamp: str, data: bytes) -> None:
        """Keep data that can always be computed again."""

    async def version(self) -> int:
        """Return a number that differs after anything was committed, by this process or another."""

    async def problems(self) -> list[str]:
        """Return what the engine itself finds wrong with what it keeps; empty when it is sound."""

    async def seal(self) -> int:
        """Give rows that are older than checksums theirs; return how many there were."""

    @property
    def damaged(self) -> int:
        """How many photos are left out of answers, in part or as a whole, because what is kept of them is damaged."""

    def lock(self, patience_s: float = 0.0, *, shared: bool = False) -> AbstractAsyncContextManager[None]:
        """Hold the lock that only one import, move or repair may hold, in all processes; it ends with its process.

        Those that ask for it `shared` hold it together where the engine can do that; each alone where it can't.

        Raises LibraryBusy where it is held elsewhere for longer than `patience_s`.
        """

    def enriching(self) -> AbstractAsyncContextManager[None]:
        """Hold the lock of whoever derives what depends on the whole library, after those that asked before."""
