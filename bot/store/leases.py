"""What one process does alone while several share a database: a lease that its holder renews, and loses when it dies.

Clocks of hosts must agree to within a few seconds, as they do with NTP.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable

from bot.tasks import stop
from core.errors import LibraryError
from core.store.database import Database

LEASE_S = 30.0  # after its holder's last sign of life
TURNS = 6  # signs of life within a lease; as often somebody else looks whether it is free

log = logging.getLogger(__name__)


class Leases:
    """The leases of one process. Two of these never hold the same one."""

    def __init__(self, database: Database, *, lease_s: float = LEASE_S, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._lease_s = lease_s
        self._clock = clock
        self._holder = secrets.token_hex(8)
        self._unwritten: dict[str, float] = {}  # until when, for what the tables did not take

    async def take(self, name: str) -> bool:
        """Take a lease, or renew it; tell whether it is this process's now."""
        return await self._write(name, self._lease_s, renewed_by=self._holder)

    async def claim(self, name: str, seconds: float) -> bool:
        """Tell whether something is done for the first time within so many seconds, by whatever process."""
        return await self._write(name, seconds, renewed_by="")

    async def release(self, name: str) -> None:
        """Let somebody else have a lease at once."""
        self._unwritten.pop(name, None)
        try:
            async with self._database.transaction() as transaction:
                await transaction.execute("DELETE FROM leases WHERE name = ? AND holder = ?", (name, self._holder))
        except LibraryError as error:  # it is over soon by itself
            log.warning("a lease could not be given back: %s", error.gist, extra={"what": name})

    async def forget_old(self) -> int:
        """Delete what is over; return how much."""
        async with self._database.transaction() as transaction:
            return await transaction.execute("DELETE FROM leases WHERE until < ?", (self._clock(),))

    async def alone(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do some work while no other process does, and return when it is done.

        It waits until the lease is free; it is cancelled, and begins again, when the lease is lost because this process
        could not renew it.
        """
        told = False
        while True:
            while not await self.take(name):
                if not told:
                    log.info("another process does it", extra={"what": name})
                    told = True
                await asyncio.sleep(self._lease_s / TURNS)
            task = asyncio.ensure_future(work())
            try:
                if await self._done_in_time(name, task):
                    task.result()
                    return
                log.warning("a lease was lost", extra={"what": name})
            finally:
                await stop([task])
                await self.release(name)

    async def _done_in_time(self, name: str, task: asyncio.Future[None]) -> bool:
        """Renew a lease until the work is done; False when it is lost first."""
        renewed_at = self._clock()
        while True:
            done, _ = await asyncio.wait([task], timeout=self._lease_s / TURNS)
            if done:
                return True
            try:
                if not await self.take(name):
                    return False
                renewed_at = self._clock()
            except Exception:  # the database may be back before the lease is over
                log.exception("a lease could not be renewed", extra={"what": name})
                if self._clock() - renewed_at > self._lease_s * (TURNS - 2) / TURNS:
                    return False

    async def _write(self, name: str, seconds: float, *, renewed_by: str) -> bool:
        now = self._clock()
        try:
            async with self._database.transaction() as transaction:
                written = await transaction.execute(
                    "INSERT INTO leases VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, "
                    "until = excluded.until WHERE leases.until < ? OR leases.holder = ?",
                    (name, self._holder, now + seconds, now, renewed_by),
                )
        except LibraryError as error:
            if self._database.shared:
                raise
            log.warning("a lease is kept in memory: %s", error.gist, extra={"what": name})
            return self._remember(name, now, seconds, renewed_by=renewed_by)
        return written > 0

    def _remember(self, name: str, now: float, seconds: float, *, renewed_by: str) -> bool:
        """Do without the table what is done in it: nobody else uses a file of tables, and a full disk stops no chat."""
        self._unwritten = {known: until for known, until in self._unwritten.items() if until > now}
        free = name not in self._unwritten or renewed_by == self._holder
        self._unwritten[name] = now + seconds
        return free
