"""Whose turn it is: so many answers are made at once, so many requests wait, and who asks too much waits for it alone.

Turns go round among the workspaces that wait, and within each among its people, one request each (fair queueing:
J. Nagle, RFC 970, 1985; here on two levels). So a request waits for about one round, whatever others send. Where more
wait than may, the last request of whoever has the most waiting is refused (longest queue drop: B. Suter and others,
"Design considerations for supporting TCP with per-flow queueing", INFOCOM 1998): who asks little keeps their place.

All of it happens on the event loop; nothing is awaited between looking and taking.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.refusals import Refused


@dataclass(frozen=True, slots=True)
class Limits:
    """How many answers are made, and how many requests wait, at the same time."""

    at_once: int = 32  # enough texts for the encoder to be given many together; more only take memory
    of_workspace: int = 16  # of those: a server whose answers hang leaves as many to others
    of_person: int = 8  # of those: what somebody presses while a long answer is made is answered
    waiting: int = 512  # a slow machine answers as many within half a minute; nobody waits longer for photos
    waiting_of_workspace: int = 128
    waiting_of_person: int = 24


class Counts(Protocol):
    """What is told of how it goes."""

    def waited(self, seconds: float) -> None:
        """Count a turn that has come, after so long."""

    def turned_away(self, why: str) -> None:
        """Count a request that was refused a place: "person", "workspace", "all" or "restart"."""


@dataclass(eq=False, slots=True)
class Place:
    """One request's place, from when it is asked until it is answered."""

    workspace: str
    person: str
    turn: asyncio.Future[None]  # done when it has come; raises Refused where the place is lost
    since: float
    running: bool = False


@dataclass(slots=True)
class _Person:
    waiting: list[Place] = field(default_factory=list)
    running: int = 0


@dataclass(slots=True)
class _Line:
    """What is asked in one workspace."""

    people: OrderedDict[str, _Person] = field(default_factory=OrderedDict)  # whose turn was the longest ago first
    waiting: int = 0
    running: int = 0


class Turns:
    """Gives turns. Each place that was entered must be left, whatever becomes of it."""

    def __init__(
        self, counts: Counts, limits: Limits | None = None, *, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._counts = counts
        self._limits = limits or Limits()
        self._clock = clock
        self._lines: OrderedDict[str, _Line] = OrderedDict()  # by workspace: whose turn was the longest ago first
        self._closed = False
        self.waiting = 0
        self.running = 0

    def enter(self, workspace: str, person: str) -> Place:
        """Take a place for a request. Its `turn` raises Refused where there is none, or it has to be given up later."""
        place = Place(workspace, person, asyncio.get_running_loop().create_future(), self._clock())
        line = self._lines.setdefault(workspace, _Line())
        line.people.setdefault(person, _Person()).waiting.append(place)
        line.waiting += 1
        self.waiting += 1
        if self._closed:
            self._refuse(place, "restart", _restarting())
        self._go_on()
        self._make_room(place)
        return place

    def leave(self, place: Place) -> None:
        """Give a place up: it was answered, or nobody waits for it any more."""
        if place.running:
            place.running = False
            line = self._lines[place.workspace]
            line.people[place.person].running -= 1
            line.running -= 1
            self.running -= 1
            self._tidy(place)
        else:
            self._take_out(place)
        self._go_on()

    def ahead(self, place: Place) -> int:
        """Return how many others have their turns before a place, if nobody comes; 0 where its turn has come."""
        line = self._lines.get(place.workspace)
        if line is None or place.person not in line.people or place not in line.people[place.person].waiting:
            return 0
        rounds = line.people[place.person].waiting.index(place) + 1
        people = {name: len(person.waiting) for name, person in line.people.items()}
        here = rounds + _sooner(people, place.person, rounds)
        workspaces = {name: other.waiting for name, other in self._lines.items()}
        return here - 1 + _sooner(workspaces, place.workspace, here)

    def close(self) -> None:
        """Refuse all who wait, and whoever comes; who has a turn keeps it."""
        self._closed = True
        for line in list(self._lines.values()):
            for person in list(line.people.values()):
                for place in list(person.waiting):
                    self._refuse(place, "restart", _restarting())

    def _go_on(self) -> None:
        """Give turns while there are any."""
        while self.running < self._limits.at_once and (place := self._next()) is not None:
            self._remove(place)
            if place.turn.cancelled():  # nobody waits for it any more
                self._tidy(place)
                continue
            line = self._lines[place.workspace]
            line.people[place.person].running += 1
            line.people.move_to_end(place.person)
            line.running += 1
            self._lines.move_to_end(place.workspace)
            self.running += 1
            place.running = True
            self._counts.waited(self._clock() - place.since)
            place.turn.set_result(None)

    def _next(self) -> Place | None:
        """Return whose turn it is, of those that may have one."""
        for line in self._lines.values():
            if line.waiting and line.running < self._limits.of_workspace:
                for person in line.people.values():
                    if person.waiting and person.running < self._limits.of_person:
                        return person.waiting[0]
        return None

    def _make_room(self, latest: Place) -> None:
        """Refuse a request where more wait than may; the latest rather than another that has as much before it."""
        line = self._lines.get(latest.workspace)
        if line is None or latest.running or latest.turn.done():
            return
        own = line.people[latest.person]
        if len(own.waiting) > self._limits.waiting_of_person:
            self._refuse(latest, "person", _too_fast())
        elif line.waiting > self._limits.waiting_of_workspace:
            self._refuse(_last(line, own), "workspace", _too_many())
        elif self.waiting > self._limits.waiting:
            longest = max(self._lines.values(), key=lambda one: (one.waiting, one is line))
            self._refuse(_last(longest, own), "all", _too_many())

    def _refuse(self, place: Place, why: str, error: Refused) -> None:
        self._take_out(place)
        self._counts.turned_away(why)
        if not place.turn.cancelled():
            place.turn.set_exception(error)
            place.turn.exception()  # nobody need ask

    def _take_out(self, place: Place) -> None:
        """Let a place wait no longer, if it does."""
        line = self._lines.get(place.workspace)
        if line is not None and place.person in line.people and place in line.people[place.person].waiting:
            self._remove(place)
            self._tidy(place)

    def _remove(self, place: Place) -> None:
        line = self._lines[place.workspace]
        line.people[place.person].waiting.remove(place)
        line.waiting -= 1
        self.waiting -= 1

    def _tidy(self, place: Place) -> None:
        """Forget who neither waits nor has a turn."""
        line = self._lines[place.workspace]
        person = line.people[place.person]
        if not person.waiting and not person.running:
            del line.people[place.person]
        if not line.people:
            del self._lines[place.workspace]


def _sooner(waiting: Mapping[str, int], name: str, rounds: int) -> int:
    """Return how many others have their turns before somebody's so many'th; `waiting` is in the order of turns."""
    sooner, before = 0, rounds
    for other, places in waiting.items():
        if other == name:
            before -= 1
        else:
            sooner += min(places, before)
    return sooner


def _last(line: _Line, own: _Person) -> Place:
    """Return the last request of who has the most waiting in a line; rather one's `own` than another's."""
    return max(line.people.values(), key=lambda one: (len(one.waiting), one is own)).waiting[-1]


def _too_fast() -> Refused:
    return Refused("You are asking faster than I can answer. Wait for some of the answers, then ask again.")


def _too_many() -> Refused:
    return Refused("Many people are asking at once, more than I can answer now. Wait a minute, then ask again.")


def _restarting() -> Refused:
    return Refused("I am being restarted. Try again in a minute.")
