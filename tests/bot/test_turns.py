"""Turns: how many are answered at once, whose turn is next, and who is refused where too much is asked."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from bot.refusals import Refused
from bot.turns import Limits, Place, Turns

WIDE = Limits(at_once=1, of_workspace=1, of_person=1, waiting=100, waiting_of_workspace=100, waiting_of_person=100)


class Counted:
    """What is told of turns."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.away: list[str] = []

    def waited(self, seconds: float) -> None:
        self.waits.append(seconds)

    def turned_away(self, why: str) -> None:
        self.away.append(why)


def turns_of(limits: Limits = WIDE) -> tuple[Turns, Counted]:
    counted = Counted()
    return Turns(counted, limits), counted


def enter(turns: Turns, *names: str) -> list[Place]:
    """Enter requests, each named "WORKSPACE PERSON"."""
    return [turns.enter(*name.split(" ")) for name in names]


def has_turn(place: Place) -> bool:
    return place.turn.done() and not place.turn.cancelled() and place.turn.exception() is None


def refusal(place: Place) -> str:
    return str(place.turn.exception() or "") if place.turn.done() and not place.turn.cancelled() else ""


def order(turns: Turns, places: list[Place]) -> list[str]:
    """Return who gets turns, one after the other."""
    came = []
    while running := [place for place in places if place.running]:
        came += [f"{place.workspace} {place.person}" for place in running]
        for place in running:
            turns.leave(place)
    return came


async def test_where_nobody_waits_a_turn_comes_at_once() -> None:
    turns, counted = turns_of()
    (place,) = enter(turns, "a ann")
    assert has_turn(place) and turns.running == 1 and len(counted.waits) == 1


async def test_turns_go_round_between_workspaces() -> None:
    turns, _ = turns_of()
    places = enter(turns, *["a ann"] * 4, *["b bob"] * 2)
    assert order(turns, places) == ["a ann", "a ann", "b bob", "a ann", "b bob", "a ann"]


async def test_turns_go_round_between_the_people_of_a_workspace() -> None:
    turns, _ = turns_of()
    places = enter(turns, *["a ann"] * 4, "a bob", "a cleo")
    assert order(turns, places) == ["a ann", "a ann", "a bob", "a cleo", "a ann", "a ann"]


async def test_no_workspace_has_more_turns_than_its_part() -> None:
    turns, _ = turns_of(replace(WIDE, at_once=4, of_workspace=2, of_person=2))
    places = enter(turns, "a ann", "a bob", "a cleo", "b dora")
    assert [has_turn(place) for place in places] == [True, True, False, True]
    turns.leave(places[0])
    assert has_turn(places[2])


async def test_no_person_has_more_turns_than_their_part() -> None:
    turns, _ = turns_of(replace(WIDE, at_once=4, of_workspace=4, of_person=1))
    places = enter(turns, "a ann", "a ann", "a bob")
    assert [has_turn(place) for place in places] == [True, False, True]


async def test_who_asks_too_fast_is_refused_and_nobody_else() -> None:
    turns, counted = turns_of(replace(WIDE, waiting_of_person=2))
    places = enter(turns, *["a ann"] * 4, "a bob")
    assert "faster than I can answer" in refusal(places[3]) and counted.away == ["person"]
    assert [refusal(place) for place in (*places[:3], places[4])] == [""] * 4


async def test_in_a_full_workspace_the_last_of_who_asks_most_gives_way() -> None:
    turns, counted = turns_of(replace(WIDE, waiting_of_workspace=3))
    places = enter(turns, *["a ann"] * 4, "a bob", "b cleo")
    assert [bool(refusal(place)) for place in places] == [False, False, False, True, False, False]
    assert counted.away == ["workspace"] and turns.waiting == 4


async def test_where_all_is_full_the_last_of_the_busiest_workspace_gives_way() -> None:
    turns, counted = turns_of(replace(WIDE, waiting=3))
    places = enter(turns, *["a ann"] * 3, "a bob", "b cleo")
    assert [bool(refusal(place)) for place in places] == [False, False, True, False, False]
    assert counted.away == ["all"] and turns.waiting == 3


async def test_who_comes_last_is_refused_where_others_wait_for_as_much() -> None:
    turns, _ = turns_of(replace(WIDE, waiting=2))
    places = enter(turns, "a ann", "a bob", "b cleo", "c dora")
    assert [bool(refusal(place)) for place in places] == [False, False, False, True]


async def test_it_is_told_how_many_are_before() -> None:
    turns, _ = turns_of()
    places = enter(turns, *["a ann"] * 5, *["a bob"] * 2, *["b cleo"] * 3, "c dora")
    told = {id(place): turns.ahead(place) for place in places[1:]}
    turns.leave(places[0])
    came = []
    while running := [place for place in places if place.running]:
        came += running
        turns.leave(running[0])
    assert [told[id(place)] for place in came] == list(range(10))


async def test_a_place_that_is_left_lets_others_come_before() -> None:
    turns, _ = turns_of()
    first, second, third = enter(turns, "a ann", "a bob", "a cleo")
    turns.leave(second)
    turns.leave(first)
    assert has_turn(third) and not second.running


async def test_whose_waiting_was_cancelled_gets_no_turn() -> None:
    turns, _ = turns_of()
    first, second, third = enter(turns, "a ann", "a bob", "a cleo")
    second.turn.cancel()
    turns.leave(first)
    assert has_turn(third) and turns.running == 1


async def test_at_a_restart_who_waits_is_told_so_and_who_has_a_turn_keeps_it() -> None:
    turns, counted = turns_of()
    first, second = enter(turns, "a ann", "a bob")
    turns.close()
    (third,) = enter(turns, "b cleo")
    assert has_turn(first) and "restarted" in refusal(second) and "restarted" in refusal(third)
    assert counted.away == ["restart"] * 2


async def test_nothing_is_remembered_of_who_was_answered() -> None:
    turns, _ = turns_of(replace(WIDE, at_once=3, of_workspace=2, waiting=20, waiting_of_person=2))
    places = [turns.enter(f"w{n % 7}", f"p{n % 50}") for n in range(500)]
    places[40].turn.cancel()
    for place in places:
        turns.leave(place)
        turns.leave(place)  # a second time changes nothing
    assert (turns.running, turns.waiting, len(turns._lines)) == (0, 0, 0)


async def test_one_who_floods_keeps_others_waiting_for_a_round_at_most() -> None:
    turns, _ = turns_of(Limits(at_once=1, of_workspace=1, of_person=1))
    noisy = [turns.enter("a", "ann") for _ in range(2000)]
    quiet = [turns.enter(f"w{n}", "bob") for n in range(5)]
    before = 0
    while not all(place.turn.done() for place in quiet):
        turns.leave(next(place for place in (*noisy, *quiet) if place.running))
        before += 1
    assert before <= 7
    assert Counter(bool(refusal(place)) for place in noisy)[False] == 1 + Limits().waiting_of_person


async def test_a_turn_that_is_waited_for_raises_why_it_is_lost() -> None:
    turns, _ = turns_of()
    _, second = enter(turns, "a ann", "a bob")
    asyncio.get_running_loop().call_soon(turns.close)
    with pytest.raises(Refused, match="restarted"):
        await second.turn
