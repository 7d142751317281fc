"""Forgets what is older than it may be, every few hours: the settings of [privacy] are kept here."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.retention import DAY_S
from bot.store.people import People
from bot.store.slack_teams import SlackTeams
from bot.store.visits import Visits
from core.boards.shelf import Shelf
from core.errors import ModaclipError

if TYPE_CHECKING:
    from bot.desk import Desk

EVERY_S = 6 * 3600

log = logging.getLogger(__name__)


async def keep_tidy(desk: Desk, *, every_s: float = EVERY_S) -> None:
    """Tidy again and again."""
    while True:
        try:
            log.info("tidied", extra={"forgotten": await tidy(desk)})
        except Exception:  # what is wrong now may be right the next time
            log.exception("what is old could not be forgotten")
        await asyncio.sleep(every_s)


async def tidy(desk: Desk) -> int:
    """Forget everything whose time is over; return how much."""
    database, clock = desk.state.database, desk.state.clock
    return (
        await desk.state.forget_old()
        + await Visits(database, clock=clock).forget_old(desk.retention.history_days * DAY_S)
        + await People(database).forget_unreachable()
        + await desk.boards.links.forget_old()
        + await SlackTeams(database, clock=clock).forget_old()
        + await desk.leases.forget_old()
        + desk.uploads.forget_old()
        + await _forget_boards(desk)
    )


async def _forget_boards(desk: Desk) -> int:
    """Forget boards that were deleted long ago, in every library, and the messages of boards that are not there."""
    began, there, forgotten, whole = desk.state.clock(), set[str](), 0, True
    kept = timedelta(days=desk.retention.deleted_boards_days)
    for folder in await desk.workspaces.folders():
        try:
            async with desk.workspaces.store_in(folder) as store:
                shelf = Shelf(store, kept_deleted=kept)
                forgotten += await shelf.purge()
                there.update(await shelf.ids())
        except ModaclipError as error:
            whole = False  # its boards may be there
            log.warning("a library can't be tidied", extra={"because": error.gist})
    return forgotten + (await desk.live.posts.forget_others(there, began) if whole else 0)
