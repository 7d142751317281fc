"""The boards of one library: made, found by name or channel, changed by several people at once without loss.

A change is made of the board as it stands. Where somebody else was faster, it is made again of the board as it stands
then (optimistic versions): nothing is locked while somebody thinks, and nothing that was said is lost.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from weakref import WeakValueDictionary

from core.boards.board import Author, Board
from core.boards.changes import Change, Forgotten, Made, Stamp, Undone, parts_of
from core.boards.exports.json_reading import IMPORTED
from core.boards.forgetting import Gone
from core.boards.log import Entry, fold, step
from core.boards.records import change_record, read_change
from core.errors import BadRecord, NotFound
from core.store import Store
from core.store.values import BoardRow, ChangeRow, NameTaken

ID_BYTES = 12
LONGEST_NAME = 80  # characters
ATTEMPTS = 200  # at most; each ends because somebody else's change went in
REMEMBERED = 64  # logs that are kept in memory
KEPT_DELETED = timedelta(days=30)

Make = Callable[[Board], "Change | None"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A board as it stands in a list."""

    id: str
    name: str
    channel: str | None
    pins: int
    archived: bool
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class _Kept:
    """A board with the log that makes it."""

    log: tuple[Entry, ...]
    board: Board


class Shelf:
    """All boards of one library."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        kept_deleted: timedelta = KEPT_DELETED,
    ) -> None:
        self._table = store.boards
        self._clock = clock
        self._kept_deleted = kept_deleted
        self._boards: OrderedDict[str, _Kept] = OrderedDict()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def kept_deleted_days(self) -> int:
        """For how many days a board that was deleted can be brought back."""
        return self._kept_deleted.days

    async def make(
        self, name: str, author: Author, channel: str | None = None, *, first: Make = lambda _: None
    ) -> Board:
        """Make a board, with what `first` makes of it while it is empty: both are there or neither.

        Raises BadRecord when there is no name, or another board has it.
        """
        at, board_id = self._clock(), secrets.token_urlsafe(ID_BYTES)
        log = [Entry(Stamp(1, author, at), Made(checked_name(name), channel))]
        change = first(fold(board_id, log))
        if change is not None:
            log.append(Entry(Stamp(2, author, at), change))
        board = fold(board_id, log)
        await self._append(board, *log)
        return board

    async def all(self, *, archived: bool | None = False) -> list[Listed]:
        """Return the boards, last changed first: those in use, those that are archived, or (None) both."""
        return [_listed(row) for row in await self._table.rows(archived=archived)]

    async def holds(self, board_id: str) -> bool:
        """Tell whether a board is here, be it deleted."""
        return await self._table.row(board_id) is not None

    async def listed(self, board_id: str) -> Listed | None:
        """Return a board as it stands in a list; None where there is none, or it was deleted."""
        row = await self._table.row(board_id)
        return None if row is None or row.deleted else _listed(row)

    async def board(self, board_id: str, *, revision: int | None = None) -> Board:
        """Return a board by its id, as it is or as it was at a revision. Raises NotFound."""
        kept = await self._kept(board_id)
        return kept.board if revision is None else fold(board_id, kept.log[:revision])

    async def named(self, name: str, *, be_it_deleted: bool = False) -> Board:
        """Return a board by its name or its id. Raises NotFound, with names that may have been meant."""
        row = await self._table.named(folded(name)) or await self._table.row(name.strip())
        if row is None and be_it_deleted:
            row = await self._table.named(folded(name), deleted=True)
        if row is not None and row.deleted and not be_it_deleted:
            raise NotFound(
                "The board {name!r} was deleted. For {days} days /board undo brings it back.",
                name=row.name,
                days=self.kept_deleted_days,
            )
        if row is None:
            names = {folded(one.name): one.name for one in await self.all(archived=None)}
            near = get_close_matches(folded(name), list(names), 3, 0.5)
            if near:
                raise NotFound(
                    "There is no board {name!r} here. Did you mean {near}?",
                    name=name,
                    near=", ".join(names[one] for one in near),
                )
            raise NotFound("There is no board {name!r} here. See all with /board list.", name=name)
        return await self.board(row.id)

    async def of_channel(self, channel: str) -> Board | None:
        """Return the board that is meant in a channel where none is named."""
        row = await self._table.of_channel(channel)
        return None if row is None else await self.board(row.id)

    async def log(self, board_id: str) -> Sequence[Entry]:
        """Return all that was done to a board, oldest first. Raises NotFound."""
        return (await self._kept(board_id)).log

    async def _kept(self, board_id: str) -> _Kept:
        """Return a board with its log, of which only what is new is read. Raises NotFound."""
        known = self._boards.get(board_id)
        rows = await self._table.changes(board_id, after=len(known.log) if known else 0)
        if known is not None and any(row.kind == Forgotten.kind for row in rows):
            known, rows = None, await self._table.changes(board_id)  # what came before is not what it was
        if known is None and not rows:
            raise NotFound("This board is not here any more.")
        for entry in map(read_entry, rows):
            known = _after(known, board_id, entry)
        if known is None:
            raise AssertionError("a board has a log")
        self._boards[board_id] = known
        self._boards.move_to_end(board_id)
        while len(self._boards) > REMEMBERED:
            self._boards.popitem(last=False)
        return known

    async def change(self, board_id: str, author: Author, make: Make) -> tuple[Board, Board]:
        """Change a board; return it as it was before and as it is now, the same where `make` changes nothing.

        `make` is given the board as it stands, and may be asked again when somebody else was faster; what it raises
        is passed on. Raises NotFound.
        """
        async with self._turns.setdefault(board_id, asyncio.Lock()):  # fewer attempts are in vain
            for _ in range(ATTEMPTS):
                kept = await self._kept(board_id)
                change = make(kept.board)
                if change is None:
                    return kept.board, kept.board
                entry = Entry(Stamp(kept.board.revision + 1, author, self._clock()), change)
                after = _after(kept, board_id, entry).board
                if await self._append(after, entry):
                    return kept.board, after
        raise BadRecord("Too many people change this board at this moment. Try again.")

    async def authored(self, person: str) -> dict[str, int]:
        """Return on which boards somebody has made changes, deleted ones among them, and how many."""
        return await self._table.authored(person)

    async def ids(self) -> list[str]:
        """Return the ids of all boards, deleted ones among them."""
        return await self._table.ids()

    async def forget(self, person: str, strangers: Collection[str] = (), side: str | None = None) -> list[str]:
        """Take a person out of all logs; return the boards on which there was something of theirs.

        `strangers` are the numbers under which their votes left exported boards, `side` that of their own workspace.
        """
        concerned = set(await self._table.authored(person))
        if strangers:
            concerned.update(await self._table.holding(f'"{IMPORTED}'))
        gone = [(board, Gone(person, strangers, side)) for board in sorted(concerned)]
        return [board for board, one in gone if await self._forget_on(board, one)]

    async def _forget_on(self, board_id: str, gone: Gone) -> bool:
        for _ in range(ATTEMPTS):
            row = await self._table.row(board_id)
            log = await self._table.changes(board_id)
            rewritten = gone.rewritten(log)
            if row is None or not rewritten:
                return False
            if await self._table.rewrite(row, rewritten, gone.mark(len(log) + 1, self._clock().isoformat())):
                return True
        raise BadRecord("Too many people change this board at this moment. Try again.")

    async def purge(self) -> int:
        """Forget boards that were deleted so long ago that it can't be undone any more; return how many."""
        return await self._table.purge((self._clock() - self._kept_deleted).isoformat())

    async def _append(self, board: Board, *entries: Entry) -> bool:
        try:
            return await self._table.append(row_of(board, board.made_at, entries[-1].stamp), *map(change_row, entries))
        except NameTaken as error:
            raise BadRecord("There is a board {name!r} here already. Take another name.", name=board.name) from error


def row_of(board: Board, made_at: datetime, last: Stamp) -> BoardRow:
    """Return what is looked for of a board, as of the last change."""
    return BoardRow(
        board.id,
        last.revision,
        board.name,
        folded(board.name),
        board.channel,
        len(board.pins),
        board.archived,
        board.deleted,
        made_at.isoformat(),
        last.at.isoformat(),
    )


def change_row(entry: Entry) -> ChangeRow:
    """Return an entry of a board's log as it is written."""
    stamp, author = entry.stamp, entry.stamp.author
    data = json.dumps(change_record(entry.change), ensure_ascii=False)
    return ChangeRow(stamp.revision, stamp.at.isoformat(), author.id, author.name, entry.change.kind, data, author.side)


def read_entry(row: ChangeRow) -> Entry:
    """Return the entry of a board's log that a row holds."""
    author = Author(row.author, row.author_name, row.side)
    stamp = Stamp(row.revision, author, datetime.fromisoformat(row.at))
    return Entry(stamp, read_change(row.kind, json.loads(row.data)))


def _after(kept: _Kept | None, board_id: str, entry: Entry) -> _Kept:
    """Return a board after one more entry; only where that undoes another, all are summed up anew."""
    log = (*(kept.log if kept else ()), entry)
    undoes = any(isinstance(one, Undone) for one in parts_of(entry.change))
    return _Kept(log, fold(board_id, log) if kept is None or undoes else step(kept.board, entry))


def checked_name(name: str) -> str:
    """Return a name as boards have it. Raises BadRecord."""
    name = " ".join(name.split())
    if not name:
        raise BadRecord("Give the board a name.")
    if len(name) > LONGEST_NAME:
        raise BadRecord("The name is too long; {most} characters are enough.", most=LONGEST_NAME)
    return name


def folded(name: str) -> str:
    """Return a name as it is compared."""
    return " ".join(name.split()).casefold()


def _listed(row: BoardRow) -> Listed:
    return Listed(row.id, row.name, row.channel, row.pins, row.archived, datetime.fromisoformat(row.changed_at))
