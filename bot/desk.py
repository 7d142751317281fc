"""The desk that every chat brings its requests to: commands, presses and forms in, replies out.

It finds the command, lets it wait for its turn, sees to it that everything ends in a reply (an error in a short private
one), says what a long answer is waiting for, lets it be cancelled, and measures.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial

from bot.actions import ACTIONS, FORMS, OPENS
from bot.boards.drawing import PIN, draw_live
from bot.boards.live import LiveBoards, Pace
from bot.boards.opening import open_board
from bot.boards.seeing import Boards
from bot.chosen import Chosen
from bot.commands import COMMANDS
from bot.commands.spec import Arguments
from bot.logs import answering
from bot.metrics import Metrics
from bot.pictures import loader
from bot.preferences import Preferences, Right
from bot.press import Press, whole_number
from bot.privacy import Privacy
from bot.refusals import Refused
from bot.replies import MOST_CHOICES, Action, Choice, Form, Reply
from bot.requests import Request, Values
from bot.results import recent_queries
from bot.retention import Retention
from bot.said import said_error
from bot.store.board_links import BoardLinks
from bot.store.board_posts import BoardPosts
from bot.store.leases import Leases
from bot.store.state import State
from bot.tasks import stop
from bot.turns import Limits, Place, Turns
from bot.uploads import Uploads
from bot.workspaces import Workspaces
from core.errors import BadQuery, ModaclipError
from core.photos import Photo
from core.sources.text import sound
from core.workspace import Workspace

EVENT_S = 3600.0  # a chat's last attempt to tell comes minutes after the first, but after an outage later
QUIET_S = 1.5  # until a waiting person is told what for
LONGEST_S = 14 * 60  # chats take an answer for a quarter of an hour
COMPLETE_S = 0.09  # a completion that takes longer is worth nothing to somebody who types

log = logging.getLogger(__name__)


class Desk:
    """Answers everything that people do, in every chat."""

    def __init__(
        self,
        workspaces: Workspaces,
        state: State,
        uploads: Uploads,
        metrics: Metrics,
        *,
        unsplash_key: str | None = None,
        pace: Pace | None = None,
        limits: Limits | None = None,
        retention: Retention | None = None,
    ) -> None:
        posts = BoardPosts(state.database, clock=state.clock)
        self.boards = Boards(workspaces, BoardLinks(state.database, clock=state.clock))
        self.live = LiveBoards(posts, partial(draw_live, self.boards), pace)
        self.leases = Leases(state.database, clock=state.clock)
        self.chosen = Chosen(posts, unsplash_key)
        self.workspaces = workspaces
        self.state = state
        self.uploads = uploads
        self.metrics = metrics
        self.turns = Turns(metrics, limits)
        self.retention = retention or Retention()
        self.privacy = Privacy(state.database, workspaces, self.live, self.boards.links, uploads)
        self._commands = {command.name: command for command in COMMANDS}
        self._asked: dict[str, tuple[str, asyncio.Task[Reply]]] = {}  # by token: who asked, and the work

    async def command(self, name: str, request: Request, values: Values) -> Reply:
        """Answer a command, typed or picked from a message's menu."""
        command = self._commands.get(name)
        if command is None:
            return Reply(request.words.say("This command is of an earlier version. Ask again."), failed=True)
        return await self._answer(
            request,
            name.replace(" ", "_"),
            lambda: command.run(self, request, command.arguments(values, request.words)),
        )

    async def opens(self, name: str, request: Request, values: Values) -> Form | Reply | None:
        """Return the form that a command asks to be filled in first; None when it can be answered at once.

        Quick enough to be called before a chat's request is acknowledged. Where the command can't be used at all it is
        a reply that says why.
        """
        command = self._commands.get(name)
        if command is None or command.open is None:
            return None
        try:
            return await command.open(self, request, command.arguments(values, request.words))
        except ModaclipError as error:
            return _failure(request, error)

    async def press(self, pressed: str, request: Request, chosen: Sequence[str] = ()) -> Reply:
        """Answer a press of a button, or a choice from a menu."""
        press = Press.read(pressed, chosen)
        if press.verb == "cancel":
            return self._cancel(press.token, request)
        if press.verb == "find":
            return await self.command("find", request, {"query": press.rest})
        if press.verb not in ACTIONS:
            return Reply(request.words.say("This button is of an earlier version. Ask again."), failed=True)
        return await self._answer(request, f"press_{press.verb}", lambda: ACTIONS[press.verb](self, request, press))

    async def opens_press(self, pressed: str, request: Request, chosen: Sequence[str] = ()) -> Form | Reply | None:
        """Return the form that a button opens; None when its press is answered by `press`."""
        press = Press.read(pressed, chosen)
        if press.verb not in OPENS:
            return None
        try:
            return await OPENS[press.verb](self, request, press)
        except ModaclipError as error:
            return _failure(request, error)

    async def submit(self, form: str, request: Request, values: Values) -> Reply:
        """Answer a form that was filled in."""
        press = Press.read(form)
        if press.verb not in FORMS:
            return Reply(request.words.say("This form is of an earlier version. Ask again."), failed=True)
        return await self._answer(
            request, f"form_{press.verb}", lambda: FORMS[press.verb](self, request, press, Arguments(values))
        )

    async def recent(self, request: Request) -> Sequence[str]:
        """Return what somebody looked for lately, in words, the latest first; only their own, and only here."""
        return await recent_queries(self.state, request)

    async def complete(self, name: str, option: str, typed: str, request: Request) -> Sequence[Choice]:
        """Return what the text that is typed into an option may become; nothing rather than an error or a wait."""
        command = self._commands.get(name)
        found = next((o for o in command.options if o.name == option), None) if command else None
        if found is None or found.complete is None:
            return ()
        try:
            with self.metrics.stage("complete"):
                async with asyncio.timeout(COMPLETE_S):
                    return list(await found.complete(self, request, sound(typed)))[:MOST_CHOICES]
        except (TimeoutError, ModaclipError):
            return ()

    @asynccontextmanager
    async def photo(self, request: Request, photo_id: str) -> AsyncIterator[tuple[Workspace, Photo]]:
        """Yield a photo of the workspace or of a board that it sees, and the workspace whose it is. Raises NotFound."""
        photo_id = sound(photo_id)
        if photo_id.startswith(PIN):
            board_id, _, number = photo_id.removeprefix(PIN).rpartition(".")
            async with open_board(self, request, board_id or "-") as at:
                yield await at.boards.pinned(at.board, whole_number(number) or 0)
        else:
            async with self.workspaces.use(request.workspace) as workspace:
                yield workspace, await workspace.photo(photo_id)

    async def picture(self, request: Request, photo_id: str, max_bytes: int, *, large: bool = False) -> bytes | None:
        """Return such a photo as a file of at most so many bytes; None where it has no picture here."""
        async with self.photo(request, photo_id) as (workspace, photo):
            return await loader(workspace.library_of(photo), photo, large=large)(max_bytes)

    @asynccontextmanager
    async def changing_photos(self, workspace: str) -> AsyncIterator[None]:
        """Change what is said of photos of a workspace; then all messages are drawn anew that show boards with some.

        They are out of date from the beginning: where this program does not live to draw them, the next one does.
        """
        posted = {post.board for post in await self.live.posts.of_workspace(workspace)}
        boards = posted.union(await self.boards.links.with_photos_of(workspace))
        shown = [(name, board) for board in boards for name in await self.boards.seen_from(workspace, board)]
        for name, board in shown:
            await self.live.posts.outdate(name, board)
        yield
        for name, board in shown:
            await self.live.anew(name, board)

    async def first(self, event: str) -> bool:
        """Tell whether a chat tells of an event for the first time, be it that another process was told."""
        return await self.leases.claim(f"event:{event}", EVENT_S)

    async def settings(self, workspace: str) -> Preferences:
        """Return how a workspace wants the bot to behave."""
        return Preferences.read(await self.state.settings(workspace))

    async def may(self, request: Request, right: Right) -> bool:
        """Tell whether the person who asks may do something in the workspace."""
        return request.level >= (await self.settings(request.workspace)).level_for(right)

    async def check(self, request: Request, right: Right) -> None:
        """Raise Refused unless the person who asks may do something."""
        if not await self.may(request, right):
            raise Refused("You may not do this here. Ask somebody who manages this workspace.")

    async def ready(self) -> bool:
        """Tell whether questions can be answered: the state can be read, and the encoder is not still loading."""
        await self.state.fact("ready")
        return self.workspaces.warm

    async def drain(self, timeout_s: float) -> None:
        """Take no new requests, and wait until those that are being answered are done, or cancel them after a time.

        Those that wait for their turn are told to ask again.
        """
        self.turns.close()
        tasks = [task for _, task in self._asked.values()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=timeout_s)
            await stop(late)

    async def close(self) -> None:
        """Stop what goes on beside the answers."""
        await self.live.close()
        await self.chosen.close()

    @property
    def answering(self) -> int:
        """How many requests are being answered, or wait for that."""
        return len(self._asked)

    async def _answer(self, request: Request, what: str, work: Callable[[], Awaitable[Reply]]) -> Reply:
        """Do the work; whatever happens, return a reply."""
        words = request.words
        token, began = secrets.token_urlsafe(12), time.perf_counter()
        outcome = "error"
        with answering(what, request) as number:
            place = self.turns.enter(request.workspace, request.person.id)
            task = asyncio.create_task(self._in_turn(place, work))
            task.add_done_callback(lambda _: self.turns.leave(place))  # also where the chat is still being told to wait
            self._asked[token] = (request.person.id, task)
            try:
                async with asyncio.timeout(LONGEST_S):
                    await self._wait(task, place, token, request)
                    reply = await task
                outcome = "refused" if reply.failed else "answered"
                return reply
            except ModaclipError as error:
                outcome = "refused"
                return _failure(request, error)
            except TimeoutError:
                return Reply(words.say("That took too long, so I stopped. Ask for less at once."), failed=True)
            except asyncio.CancelledError:
                if task.cancelled() and not _is_cancelling():
                    outcome = "cancelled"
                    return Reply(words.say("Cancelled."))
                raise
            except Exception:
                log.exception("unexpected error")
                text = words.say("Something went wrong here. Try again; it is in the log as {number}.", number=number)
                return Reply(text, failed=True)
            finally:
                task.cancel()
                self._asked.pop(token, None)
                self.metrics.answered(what, outcome, time.perf_counter() - began)
                log.info("answered", extra={"outcome": outcome, "ms": round((time.perf_counter() - began) * 1000)})

    async def _in_turn(self, place: Place, work: Callable[[], Awaitable[Reply]]) -> Reply:
        await place.turn
        return await work()

    async def _wait(self, task: asyncio.Future[Reply], place: Place, token: str, request: Request) -> None:
        """Wait for the work, and tell the person what it waits for once that takes a while."""
        done, _ = await asyncio.wait([task], timeout=QUIET_S)
        if done:
            return
        cancel = Action(f"cancel:{token}", request.words.say("Cancel"))
        text = self.workspaces.say_waiting(request.words, self.turns.ahead(place))
        with suppress(Exception):  # not being able to say so is no reason to stop
            await request.tell(Reply(text, actions=(cancel,), in_place=True))
        await asyncio.wait([task])

    def _cancel(self, token: str, request: Request) -> Reply:
        person, task = self._asked.get(token, ("", None))
        if task is None:
            return Reply(request.words.say("That is finished already."), failed=True)
        if person != request.person.id:
            return Reply(request.words.say("Only who asked can cancel."), failed=True)
        task.cancel()
        return Reply(request.words.say("Cancelled."), in_place=True)


def _failure(request: Request, error: ModaclipError) -> Reply:
    reply = Reply(said_error(request.words, error), failed=True)
    if isinstance(error, BadQuery) and error.suggestion and len(error.suggestion) <= 90:
        label = request.words.say("Try “{query}”", query=error.suggestion)
        reply = replace(reply, actions=(Action(f"find:{error.suggestion}", label[:80], "main"),))
    return reply


def _is_cancelling() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
