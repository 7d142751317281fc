"""Many people at once: everybody is answered, each from the photos of their own team, and nothing gets lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.desk import Desk
from bot.replies import Reply
from bot.requests import Request
from tests.bot.teams import TEAMS, action, fill, open_team_desk, request, texts, upload
from tests.conftest import draw_photo
from tests.fakes.encoder import ColourEncoder

AT_ONCE, PEOPLE = 64, 20
MARKERS = dict(zip(TEAMS, ("quokka", "wombat", "numbat"), strict=True))
LONGEST_S = 20


@pytest.fixture
async def full(tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk at which three teams have three photos each."""
    async with open_team_desk(tmp_path) as desk:
        for number, (team, marker) in enumerate(MARKERS.items()):
            await fill(desk, tmp_path, team, marker, seed=10 * number)
        yield desk


def person(number: int) -> Request:
    """Return one of the people, each in one of the teams."""
    who = number % PEOPLE
    return request(TEAMS[who % len(TEAMS)], f"person{who}")


async def all_at_once(desk: Desk, asked: Callable[[int], tuple[str, Mapping[str, Any]]]) -> list[tuple[Request, Reply]]:
    asking = [person(number) for number in range(AT_ONCE)]
    async with asyncio.timeout(LONGEST_S):
        replies = await asyncio.gather(*(desk.command(asked(n)[0], asking[n], asked(n)[1]) for n in range(AT_ONCE)))
    return list(zip(asking, replies, strict=True))


def is_own(asking: Request, reply: Reply) -> bool:
    """Tell whether a reply was made from what the asker's team may see, and nothing else."""
    told = texts([reply]).lower()
    foreign = [marker for team, marker in MARKERS.items() if team != asking.workspace]
    return not any(marker in told for marker in (*foreign, *(("brandmark",) if asking.workspace == TEAMS[2] else ())))


async def test_everybody_is_answered_from_their_own_team_s_photos(full: Desk) -> None:
    def asked(number: int) -> tuple[str, Mapping[str, Any]]:
        own = MARKERS[person(number).workspace]
        every: tuple[tuple[str, Mapping[str, Any]], ...] = (
            ("find", {"query": f"red word{number}"}),
            ("similar", {"photo": f"{own}-red"}),
            ("photo", {"photo": f"{own}-blue"}),
            ("tags", {}),
            ("find", {"query": "sort:new"}),
            ("credit", {"photos": f"{own}-red {own}-green"}),
            ("library", {}),
            ("find", {"tag": f"{own}tag", "count": 2}),
        )
        return every[number % len(every)]

    for asking, reply in await all_at_once(full, asked):
        assert not reply.failed, reply.text
        assert is_own(asking, reply), (asking.workspace, reply)
    assert full.answering == 0


async def test_who_asks_first_after_a_start_is_answered_like_anybody(full: Desk, tmp_path: Path) -> None:
    async with open_team_desk(tmp_path) as restarted:  # nothing is open nor loaded yet
        for asking, reply in await all_at_once(restarted, lambda n: (("tags", {}), ("find", {"query": "blue"}))[n % 2]):
            assert not reply.failed and is_own(asking, reply)
            assert f"{MARKERS[asking.workspace]}tag" in texts([reply])


async def test_everybody_s_buttons_lead_to_their_own_results(full: Desk) -> None:
    found = await all_at_once(full, lambda n: ("find", {"query": f"red word{n}", "count": 1}))
    pressed = await asyncio.gather(*(full.press(action(reply, "more"), asking) for asking, reply in found))
    for (asking, first), second in zip(found, pressed, strict=True):
        assert first.text.splitlines()[0] == second.text.splitlines()[0] and is_own(asking, second)
        assert first.cards[0].id != second.cards[0].id


async def test_photos_that_many_bring_at_once_all_come_in(full: Desk, tmp_path: Path) -> None:
    pictures = [upload(draw_photo(tmp_path / f"new{n}.jpg", "#c010c0", seed=100 + n)) for n in range(12)]
    added = await asyncio.gather(
        *(full.command("add", person(n), {"image": one, "photographer": "Ann"}) for n, one in enumerate(pictures))
    )
    assert all(reply.text.startswith("Added 1 photo") for reply in added)
    for team in TEAMS:
        async with full.workspaces.use(team) as workspace:
            assert await workspace.own.count() == 7


async def test_the_same_photo_that_many_bring_at_once_comes_in_once_for_each_team(full: Desk, tmp_path: Path) -> None:
    picture = upload(draw_photo(tmp_path / "new.jpg", "#c010c0", seed=100))
    added = await asyncio.gather(
        *(full.command("add", person(n), {"image": picture, "photographer": "Ann"}) for n in range(9))
    )
    assert not [reply.text for reply in added if reply.failed]
    for team in TEAMS:
        async with full.workspaces.use(team) as workspace:
            assert await workspace.own.count() == 4


async def test_tags_that_many_give_at_once_are_all_kept(full: Desk) -> None:
    given = await asyncio.gather(
        *(
            full.command("tag add", request(), {"photo": f"{MARKERS[TEAMS[0]]}-red", "tags": f"given{n}"})
            for n in range(20)
        )
    )
    assert not [reply.text for reply in given if reply.failed]
    async with full.workspaces.use(TEAMS[0]) as workspace:
        photo = await workspace.photo(f"{MARKERS[TEAMS[0]]}-red")
    assert {f"given{n}" for n in range(20)} <= {tag.name for tag in photo.tags}


async def test_a_photo_that_many_take_out_at_once_is_taken_out_once(full: Desk) -> None:
    asked = await full.command("remove", request(), {"photo": f"{MARKERS[TEAMS[0]]}-red"})
    removed = await asyncio.gather(*(full.press(action(asked, "removed"), request()) for _ in range(5)))
    assert [reply.failed for reply in removed].count(False) == 1


async def test_words_that_many_ask_for_are_encoded_once(tmp_path: Path) -> None:
    class Counting(ColourEncoder):
        asked: tuple[str, ...] = ()

        def encode_texts(self, texts: Any) -> Any:
            self.asked += tuple(texts)
            return super().encode_texts(texts)

    encoder = Counting()
    async with open_team_desk(tmp_path, encoder=encoder) as desk:
        for number, (team, marker) in enumerate(MARKERS.items()):
            await fill(desk, tmp_path, team, marker, seed=10 * number)
        await all_at_once(desk, lambda _: ("find", {"query": "misty morning"}))
    assert encoder.asked.count("misty morning") == 1


async def test_libraries_that_nobody_asks_are_closed_while_others_are_asked(full: Desk) -> None:
    full.workspaces._open_at_once = 1
    for asking, reply in await all_at_once(full, lambda n: ("find", {"query": f"red word{n}"})):
        assert reply.cards and is_own(asking, reply)
    assert full.workspaces.open_libraries <= 2  # one team's, and the shared collection
