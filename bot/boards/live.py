"""The messages that show boards: drawn anew when a board changes, soon but not each time, and never too often.

A change is awaited for a moment, because others follow. What a chat does not take now is tried again, with growing
pauses, and when it is connected again: each message knows which revision of its board it shows.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from bot.replies import Live, Reply
from bot.store.board_posts import BoardPosts, Post
from bot.tasks import stop
from core.errors import ModaclipError
from core.waiting import happens_within

DRAWN_AT_ONCE = 4  # boards; after a restart many may be waiting
MOST_RETRIES = 12  # three quarters of an hour; then it waits for the next change, or for the chat to be connected again
LONGEST_RETRY_S = 300.0
TOPIC = "boards"  # on which programs tell each other what was changed

log = logging.getLogger(__name__)

Key: TypeAlias = tuple[str, str]  # a workspace and a board of it


class Outlet(Protocol):
    """A chat, as something that messages can be sent to without anybody asking."""

    async def repaint(self, place: str, reply: Reply, language: str) -> bool:
        """Draw a message anew. Return False when it is not there any more, or closed to the bot for good."""

    async def post(self, workspace: str, channel: str, reply: Reply, language: str) -> bool:
        """Send a message to a channel of a workspace. Return False when that is closed to the bot for good."""

    def waiting(self, person: str) -> int:
        """Return how many files of a person wait here, in memory, for the message that they belong to."""

    async def forget(self, person: str) -> None:
        """Forget what is known of a person here, in memory and in files."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often messages are drawn anew, in seconds."""

    quiet_s: float = 1.0  # after the last change
    longest_s: float = 5.0  # that a change waits while others follow
    spacing_s: float = 4.0  # between two drawings of the same board
    retry_s: float = 5.0  # after a drawing that a chat did not take; doubles with each


Draw: TypeAlias = Callable[[str, str, str], Awaitable[Reply]]  # of workspace, board and language


class LiveBoards:
    """Keeps the messages of boards alive."""

    def __init__(self, posts: BoardPosts, draw: Draw, pace: Pace | None = None) -> None:
        self.posts = posts
        self._draw = draw
        self._pace = pace or Pace()
        self._outlets: dict[str, Outlet] = {}
        self._changed_at: dict[Key, float] = {}
        self._drawn_at: dict[Key, float] = {}
        self._drawing: dict[Key, asyncio.Task[None]] = {}
        self._wakes: dict[Key, asyncio.Event] = {}  # end the pause before a drawing is tried again
        self._slots = asyncio.Semaphore(DRAWN_AT_ONCE)
        self._listeners: list[Callable[[str, str], None]] = []
        self._telling: set[asyncio.Task[None]] = set()

    async def follow_others(self) -> None:
        """Draw from now on also what other programs change that share the boards."""
        await self.posts.database.hear(TOPIC, self._told)

    def outlet(self, chat: str) -> Outlet | None:
        """Return a chat, while it is connected."""
        return self._outlets.get(chat)

    async def connect(self, chat: str, outlet: Outlet) -> None:
        """Take a chat in; what changed while it was away is drawn."""
        self._outlets[chat] = outlet
        for post in await self.posts.of_chat(chat):
            self._changed_here(post.workspace, post.board)

    def disconnect(self, chat: str) -> None:
        """Let a chat go."""
        self._outlets.pop(chat, None)

    def listen(self, listener: Callable[[str, str], None]) -> None:
        """Call `listener` with workspace and board, at once, whenever a board is changed."""
        self._listeners.append(listener)

    def ignore(self, listener: Callable[[str, str], None]) -> None:
        """Call a listener no longer."""
        self._listeners.remove(listener)

    async def posted(self, chat: str, place: str, live: Live) -> None:
        """Write down a message that shows a board."""
        await self.posts.add(Post(chat, place, live.workspace, live.board, live.language, live.revision))
        self.changed(live.workspace, live.board)  # it may have changed while it was sent

    def changed(self, workspace: str, board: str) -> None:
        """Draw the messages of a board anew, soon, here and wherever else a chat is connected."""
        if self.posts.database.shared:
            self._do(self.posts.database.tell(TOPIC, f"{workspace}\n{board}"))
        self._changed_here(workspace, board)

    def _told(self, text: str | None) -> None:
        if text is None:
            self._do(self._catch_up())
        else:
            workspace, _, board = text.partition("\n")
            self._changed_here(workspace, board)

    async def _catch_up(self) -> None:
        """Draw what may have changed without being told."""
        for chat in list(self._outlets):
            for post in await self.posts.of_chat(chat):
                self._changed_here(post.workspace, post.board)

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._try(work))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    @staticmethod
    async def _try(work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:  # others are told when they are connected again
            log.exception("a change of a board could not be told")

    def _changed_here(self, workspace: str, board: str) -> None:
        for listener in self._listeners:
            listener(workspace, board)
        if not self._outlets:  # drawn when a chat is connected
            return
        key = (workspace, board)
        self._changed_at[key] = asyncio.get_running_loop().time()
        self._wakes.setdefault(key, asyncio.Event()).set()
        if key not in self._drawing:
            self._drawing[key] = asyncio.create_task(self._redraw(key))

    async def anew(self, workspace: str, board: str) -> None:
        """Draw the messages of a board anew, soon, although it was not changed: what is said with it was."""
        await self.posts.outdate(workspace, board)
        self.changed(workspace, board)

    async def settle(self) -> None:
        """Wait until all that has changed is drawn."""
        while working := [*self._drawing.values(), *self._telling]:
            await asyncio.wait(working)

    async def close(self) -> None:
        """Stop drawing; what is not drawn yet is, when its chat is connected again."""
        await stop([*self._drawing.values(), *self._telling])

    async def _redraw(self, key: Key) -> None:
        tries, wake = 0, self._wakes[key]
        try:
            while True:
                await self._wait(key)
                wake.clear()
                async with self._slots:
                    whole = await self._draw_all(key)
                self._note_drawn(key)
                if not whole and not wake.is_set():
                    if tries == MOST_RETRIES:
                        return
                    await happens_within(wake, min(self._pace.retry_s * 2**tries, LONGEST_RETRY_S))
                elif not wake.is_set():
                    return
                tries = 0 if wake.is_set() else tries + 1
        except Exception:
            log.exception("a board's messages could not be drawn anew")
        finally:
            for kept in (self._drawing, self._changed_at, self._wakes):
                kept.pop(key, None)

    def _note_drawn(self, key: Key) -> None:
        """Note when a board was drawn, for as long as that keeps it from being drawn again."""
        now = asyncio.get_running_loop().time()
        self._drawn_at = {one: at for one, at in self._drawn_at.items() if now - at < self._pace.spacing_s}
        self._drawn_at[key] = now

    async def _wait(self, key: Key) -> None:
        """Wait until a board is quiet, or has waited long enough; and until it may be drawn again."""
        clock, pace = asyncio.get_running_loop().time, self._pace
        began = clock()
        while True:
            due = min(self._changed_at[key] + pace.quiet_s, began + pace.longest_s)
            due = max(due, self._drawn_at.get(key, 0.0) + pace.spacing_s)
            if (left := due - clock()) <= 0:
                return
            await asyncio.sleep(left)

    async def _draw_all(self, key: Key) -> bool:
        """Draw a board's messages in every chat that is connected; tell whether each has taken its own."""
        whole = True
        replies: dict[str, Reply] = {}
        for post in await self.posts.of_board(*key):
            outlet = self._outlets.get(post.chat)
            if outlet is None:
                continue
            try:
                if post.language not in replies:
                    replies[post.language] = await self._draw(*key, post.language)
                await self._draw_one(outlet, post, replies[post.language])
            except ModaclipError as error:  # known: the text says what to do
                log.warning("a board's message is not drawn now", extra={"chat": post.chat, "because": error.gist})
                whole = False
            except Exception:
                log.exception("a board's message could not be drawn anew")
                whole = False
        return whole

    async def _draw_one(self, outlet: Outlet, post: Post, reply: Reply) -> None:
        if reply.live is not None and reply.live.revision == post.revision:
            return
        there = await outlet.repaint(post.place, reply, post.language)
        if there and reply.live is not None:
            await self.posts.drawn(post, reply.live.revision)
        else:
            await self.posts.forget(post)
