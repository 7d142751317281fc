"""People in the web chat of several bots: each asks one thing at a time, and goes to another bot when theirs is gone.

What a person sees is what is counted. Somebody whose bot dies before the answer is there has to ask again: that is a
failure, and so is an answer that says that something went wrong, repeats a photo, or has pictures that do not load.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

PASSWORD = "drill"  # noqa: S105  # of bots on loopback that live for minutes
COLOURS = ("red", "blue", "green", "yellow", "orange", "grey", "violet", "brown", "turquoise", "pink")
THINGS = ("lake", "stones", "hills", "street", "sky", "wall", "leaves", "water", "roofs", "sand", "clouds", "flowers")
LIGHTS = ("bright", "dark", "soft", "misty", "golden", "evening", "morning", "winter")
CONDITIONS = ("", "", "", " is:landscape", " width:>300", " -people")
ANSWERED_WITHIN_S = 60.0
LATE_S = 3.0  # an answer that takes longer
TRIED_AGAIN_S = 0.25  # with another bot
PICTURES = 3  # of each answer that are looked at


@dataclass(slots=True)
class Seen:
    """What all of them saw."""

    seconds: list[float] = field(default_factory=list)  # of each answer
    failures: Counter[str] = field(default_factory=Counter)
    gaps_s: list[float] = field(default_factory=list)  # from a connection that was lost to the next answer

    def lines(self) -> list[str]:
        """Return it for people."""
        told = [f"{sum(self.failures.values())} failures seen by who asked"]
        told += [f"    {count} x {failure}" for failure, count in self.failures.most_common(10)]
        if self.seconds:
            times = sorted(self.seconds)
            p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
            late = sum(second > LATE_S for second in times)
            told.append(
                f"{len(times):,} answers: p50 {1000 * p50:.0f} ms, p95 {1000 * p95:.0f} ms, slowest {times[-1]:.1f} s, "
                f"{late} later than {LATE_S:.0f} s"
            )
        if self.gaps_s:
            told.append(
                f"{len(self.gaps_s)} people lost their bot and had an answer of another after "
                f"{min(self.gaps_s):.1f} to {max(self.gaps_s):.1f} s"
            )
        return told


class Visitor:
    """A browser window that is logged in. Use `async with`."""

    def __init__(self, bots: Sequence[str], first: int, seen: Seen) -> None:
        """`bots` are their addresses; this window goes to the one at place `first`."""
        self._bots = bots
        self._at = first % len(bots)
        self._seen = seen
        self._lost_at: float | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._heard: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()  # None: the connection is lost
        self._listening: asyncio.Task[None] | None = None
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))  # of an address, not a name

    async def __aenter__(self) -> Visitor:
        bot = self._bots[self._at]
        form = {"password": PASSWORD}
        async with self._session.post(f"{bot}/login", data=form, headers={"Origin": bot}) as response:
            response.raise_for_status()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._listening is not None:
            self._listening.cancel()
        await self._session.close()

    async def ask(self) -> None:
        """Ask something, and note what came of it."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(ANSWERED_WITHIN_S):
                socket = await self._connected()
                failure = await self._answer(socket, question())
        except TimeoutError:
            failure = f"no answer within {ANSWERED_WITHIN_S:.0f} s"
        except (aiohttp.ClientError, ConnectionError):
            failure = "the bot was gone before the answer came"
            self._lost_at = self._lost_at or time.monotonic()
        if failure:
            self._socket = None
            self._seen.failures[failure] += 1
            return
        self._seen.seconds.append(time.monotonic() - began)
        if self._lost_at is not None:
            self._seen.gaps_s.append(time.monotonic() - self._lost_at)
            self._lost_at = None

    async def _connected(self) -> aiohttp.ClientWebSocketResponse:
        """Return the connection, where it is lost a new one with whichever bot is there; nobody has asked yet then."""
        while self._socket is None or self._socket.closed:
            bot = self._bots[self._at]
            try:
                self._socket = await self._session.ws_connect(f"{bot}/connection", headers={"Origin": bot})
            except (aiohttp.ClientError, ConnectionError):
                self._lost_at = self._lost_at or time.monotonic()
                self._at = (self._at + 1) % len(self._bots)
                await asyncio.sleep(TRIED_AGAIN_S)
            else:
                self._heard = asyncio.Queue()
                self._listening = asyncio.create_task(self._listen(self._socket, self._heard))
        return self._socket

    async def _listen(
        self, socket: aiohttp.ClientWebSocketResponse, heard: asyncio.Queue[dict[str, Any] | None]
    ) -> None:
        """Hear what comes, as a page does all the time: it knows at once that its bot is gone."""
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                heard.put_nowait(message.json())
        heard.put_nowait(None)

    async def _answer(self, socket: aiohttp.ClientWebSocketResponse, text: str) -> str:
        """Return what was wrong with an answer; empty when nothing was."""
        await socket.send_json({"do": "say", "text": text})
        asked = False  # until then what comes is history
        while True:
            said = await self._heard.get()
            if said is None:
                raise ConnectionResetError
            entry = said.get("entry", {}) if said["do"] == "entry" else {}
            asked = asked or (entry.get("kind") == "asked" and entry.get("text") == text)
            if asked and entry.get("kind") == "reply":
                return await self._judged(entry)

    async def _judged(self, reply: dict[str, Any]) -> str:
        if reply["failed"]:
            return f"an answer that says: {reply['text']}"
        ids = [card["id"] for card in reply["cards"]]
        if len(set(ids)) != len(ids):
            return "the same photo twice in an answer"
        for card in reply["cards"][:PICTURES]:
            async with self._session.get(self._bots[self._at] + card["src"]) as response:
                if response.status != 200 or not await response.read():
                    return "a picture that does not load"
        return ""


def question() -> str:
    """Return something that hardly anybody has asked before."""
    pick = random.choice
    return f"{pick(LIGHTS)} {pick(COLOURS)} {pick(THINGS)} {random.randrange(1000)}{pick(CONDITIONS)}"
