"""What is kept about one person, wherever it is: counted for them, and forgotten when they ask for it.

A person is an account of one chat. Forgetting goes through everything of that account: the bot's own tables, the
boards of every library, the workspace that is theirs alone, and what chats hold in memory. What they did on boards
stays, since it is the team's, and nobody's from then on (`core/boards/forgetting.py`).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass

from bot.boards.live import LiveBoards
from bot.boards.seeing import side_of
from bot.requests import own_workspace
from bot.store.board_links import BoardLinks
from bot.store.people import People
from bot.uploads import Uploads
from bot.workspaces import Workspaces
from core.boards.exports.json_board import stranger_id
from core.boards.shelf import Shelf
from core.errors import ModaclipError
from core.store.database import Database

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """How much is kept about a person."""

    results: int = 0  # searches with their answers
    entries: int = 0  # of the web chat's conversation, and what they posted there
    names: int = 0  # that they gave themselves in the web chat
    sessions: int = 0
    links: int = 0  # boards of others that a workspace has joined by their hand
    boards: int = 0  # on which they did something
    changes: int = 0  # what they did there
    waiting: int = 0  # pictures in memory, for a form or a message that was begun
    own_photos: int = 0  # of the workspace that is theirs alone
    own_boards: int = 0
    unread: int = 0  # libraries that can't be used at present


class Privacy:
    """Knows every place where something of a person may be."""

    def __init__(
        self, database: Database, workspaces: Workspaces, live: LiveBoards, links: BoardLinks, uploads: Uploads
    ) -> None:
        self._people = People(database)
        self._workspaces = workspaces
        self._live = live
        self._links = links
        self._uploads = uploads

    async def kept(self, person: str) -> Kept:
        """Return how much is kept about a person."""
        authored, unread = await self._authored(person)
        own_photos, own_boards = await self._own(person)
        outlet = self._live.outlet(person.partition(":")[0])
        return Kept(
            **await self._people.count(person),
            boards=len(authored),
            changes=sum(authored.values()),
            waiting=self._uploads.held(person) + (outlet.waiting(person) if outlet is not None else 0),
            own_photos=own_photos,
            own_boards=own_boards,
            unread=unread,
        )

    async def forget(self, person: str) -> Kept:
        """Forget a person; return what was kept before, and how many libraries could not be used.

        Done again, it goes on where it was. Raises LibraryBusy where their own photos are being worked on.
        """
        before = await self.kept(person)
        authored, _ = await self._authored(person)
        strangers = frozenset(stranger_id(board, person) for board in authored)
        own = own_workspace(person)
        if await self._workspaces.exists(own):
            await self._workspaces.drop(own)
        changed: list[str] = []
        async for shelf in self._shelves():
            if shelf is not None:
                changed += await shelf.forget(person, strangers, side_of(own))
        await self._uploads.forget(person)
        outlet = self._live.outlet(person.partition(":")[0])
        if outlet is not None:
            await outlet.forget(person)
        await self._people.forget(person, own)
        await self._draw_anew(changed)
        log.info("somebody was forgotten", extra={"boards": len(changed), "unread": before.unread})
        return before

    async def _authored(self, person: str) -> tuple[Mapping[str, int], int]:
        """Return the boards on which a person did something, and how much; and how many libraries can't be used."""
        found: dict[str, int] = {}
        unread = 0
        async for shelf in self._shelves():
            if shelf is None:
                unread += 1
            else:
                found |= await shelf.authored(person)
        return found, unread

    async def _own(self, person: str) -> tuple[int, int]:
        """Return how many photos and boards are in the workspace that is a person's alone."""
        own = own_workspace(person)
        if not await self._workspaces.exists(own):
            return 0, 0
        async with self._workspaces.store_in(self._workspaces.folder(own)) as store:
            return await store.photos.count(), len(await store.boards.ids())

    async def _shelves(self) -> AsyncIterator[Shelf | None]:
        """Yield the boards of every library, one after the other; None for one that can't be used."""
        for folder in await self._workspaces.folders():
            try:
                async with self._workspaces.store_in(folder) as store:
                    yield Shelf(store)
            except ModaclipError as error:
                log.warning("a library can't be used", extra={"because": error.gist})
                yield None

    async def _draw_anew(self, boards: Iterable[str]) -> None:
        """Let the messages and pages that show boards show them as they are now."""
        for board in boards:
            workspaces = set(await self._live.posts.workspaces_showing(board))
            for link in await self._links.of_board(board):
                workspaces |= {link.workspace, link.home}
            for workspace in workspaces:
                self._live.changed(workspace, board)
