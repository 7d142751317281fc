"""What other processes have changed, as PostgreSQL tells it (LISTEN and NOTIFY): one connection for all libraries.

Nothing is told while the connection is lost, so whoever relies on it asks `alive` first, and is told when it is back.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from typing import Any, Self

from core.store.postgres.server import Server
from core.waiting import happens_within

Told = Callable[[str | None], None]  # a payload; None: something may have been missed

LOOKED_AFTER_EVERY_S = 10.0  # a connection that died without a word is found out so
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 10.0  # before another connection is tried


def channel_of(library: str) -> str:
    """Return the name of a library's channel; those of PostgreSQL are short."""
    return f"modaclip_{hashlib.sha256(library.encode()).hexdigest()[:24]}"


def payload_of(version: int, changed: str) -> str:
    """Return what is told of a transaction: the library's version after it, and what it changed."""
    return json.dumps({"version": version, "changed": changed})


def version_in(payload: str) -> int:
    """Return the version that a payload tells of."""
    return int(json.loads(payload)["version"])


class Listener:
    """Hears what is told on channels. Use `async with`."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._told: dict[str, list[Told]] = {}
        self._connection: Any | None = None
        self._task: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()
        self._ending = False
        self._stir = asyncio.Event()  # set when the connection is lost, or nobody listens any more

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._ending = True  # a cancellation alone may be lost where the connection is lost at the same moment
        self._stir.set()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    @property
    def alive(self) -> bool:
        """Whether all that is told arrives."""
        return self._connection is not None and not self._connection.is_closed()

    async def subscribe(self, channel: str, told: Told) -> None:
        """Call `told` with whatever is told on a channel from now on."""
        if self._task is None:
            ready = asyncio.Event()
            self._task = asyncio.create_task(self._run(ready))
            await ready.wait()
        async with self._changing:
            first = channel not in self._told
            self._told.setdefault(channel, []).append(told)
            if first and self._connection is not None:
                await self._listen(self._connection, channel)

    async def unsubscribe(self, channel: str, told: Told) -> None:
        """Call `told` no more."""
        async with self._changing:
            self._told[channel].remove(told)
            if not self._told[channel]:
                del self._told[channel]
                if self._connection is not None:
                    try:
                        await self._connection.remove_listener(channel, self._hear)
                    except self._lost:
                        self._connection = None

    @property
    def _lost(self) -> tuple[type[Exception], ...]:
        return (*self._server.lost, self._server.driver.PostgresError)

    async def _run(self, ready: asyncio.Event) -> None:
        pause = SHORTEST_PAUSE_S
        while not self._ending:
            connection = None
            try:
                connection = await self._server.connect()
                async with self._changing:
                    for channel in self._told:
                        await self._listen(connection, channel)
                    self._connection = connection
                    self._tell_all(None)
                pause = SHORTEST_PAUSE_S
                ready.set()
                await self._look_after(connection)
            except self._lost:
                pass
            finally:
                self._connection = None
                ready.set()
                if connection is not None:
                    connection.terminate()
            self._tell_all(None)
            await self._rest(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    async def _look_after(self, connection: Any) -> None:
        """Return when the connection is lost."""
        connection.add_termination_listener(lambda _: self._stir.set())
        while not self._ending and not connection.is_closed():
            if not await self._rest(LOOKED_AFTER_EVERY_S):
                await connection.execute("SELECT 1", timeout=LOOKED_AFTER_EVERY_S)

    async def _rest(self, seconds: float) -> bool:
        """Wait; return early, and whether so, when something is to be done."""
        stirred = await happens_within(self._stir, 0 if self._ending else seconds)
        if stirred:
            self._stir.clear()
        return stirred

    async def _listen(self, connection: Any, channel: str) -> None:
        try:
            await connection.add_listener(channel, self._hear)
        except self._lost:  # the task that looks after the connection makes another, with all channels
            connection.terminate()

    def _hear(self, _connection: Any, _process: int, channel: str, payload: str) -> None:
        for told in self._told.get(channel, ()):
            told(payload)

    def _tell_all(self, payload: str | None) -> None:
        for channel in self._told.values():
            for told in channel:
                told(payload)
