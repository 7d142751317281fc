"""Looks for new photos that fit the boards which a channel watches, and tells the channel, at most once a day."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.boards.suggesting import suggestions_reply
from bot.catalogue import Words, words_for
from bot.replies import Audience, Reply
from bot.store.board_posts import Watch
from core.boards.board import Board
from core.boards.steering import Suggestion
from core.errors import ModaclipError, NotFound
from core.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.desk import Desk

EVERY_S = 600.0
REST_S = 24 * 3600.0  # between two messages about one board

log = logging.getLogger(__name__)


async def watch_boards(desk: Desk, *, every_s: float = EVERY_S) -> None:
    """Look again and again."""
    while True:
        await asyncio.sleep(every_s)
        try:
            await look(desk)
        except Exception:  # what is wrong now may be right the next time
            log.exception("boards could not be looked through")


async def look(desk: Desk, *, clock: Callable[[], float] = time.time) -> int:
    """Look once through all boards that are watched; return how many channels were told."""
    told = 0
    for watch in await desk.live.posts.watches():
        if clock() - watch.told_at >= REST_S:
            try:
                told += await _look_for(desk, watch, clock())
            except Exception:  # of one board; the others are looked for all the same
                log.exception("a board's new photos could not be looked for")
    return told


async def _look_for(desk: Desk, watch: Watch, now: float) -> bool:
    outlet, words = desk.live.outlet(watch.chat), words_for(watch.language)
    if outlet is None or not (await desk.settings(watch.workspace)).may_post(watch.channel):
        return False
    async with desk.boards.see(watch.workspace, watch.board) as seen:
        boards, workspace = seen.boards, seen.boards.workspace
        try:
            board = await boards.shelf.board(watch.board)
        except NotFound:
            board = None
        if board is None or board.deleted or board.archived:
            await desk.live.posts.unwatch(watch.workspace, watch.board)
            return False
        try:
            found, marks = await boards.news(board, watch.marks)
        except ModaclipError as error:
            log.warning("a board's new photos could not be looked for", extra={"error": error.gist})
            return False
        name = await desk.boards.name(seen, watch.workspace, board)
        reply = await _news(desk, words, workspace, board, name, watch, found) if found else None
    if reply is None:
        await desk.live.posts.looked(replace(watch, marks=marks))
        return False
    if not await desk.first(f"news:{watch.workspace}:{watch.board}:{watch.told_at}"):
        return False  # another program has told it
    if not await outlet.post(watch.workspace, watch.channel, reply, watch.language):
        await desk.live.posts.unwatch(watch.workspace, watch.board)
        return False
    await desk.live.posts.looked(replace(watch, marks=marks, told_at=now))
    return True


async def _news(
    desk: Desk, words: Words, workspace: Workspace, board: Board, name: str, watch: Watch, found: Sequence[Suggestion]
) -> Reply:
    text = words.plural("{n} new photo fits “{name}”", "{n} new photos fit “{name}”", len(found), name=name)
    reply = await suggestions_reply(
        desk.state, words, workspace, board, name, found, text, kept_for=(watch.workspace, ""), posted=True
    )
    return replace(reply, menus=reply.menus[:1], audience=Audience.CHANNEL)
