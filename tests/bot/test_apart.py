"""Servers are kept apart: whatever three teams do, nothing of one shows in what another is told."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeAlias

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.desk import Desk
from bot.replies import Choice, Reply
from tests.bot.teams import TEAMS, fill, open_team_desk, request, texts, upload
from tests.conftest import draw_photo

MARKERS = ("alpha", "bravo", "chime")
COLOURS = ("red", "blue", "green")
Asked: TypeAlias = tuple[str, dict[str, object]]
Steps: TypeAlias = list[tuple[str, int, Asked]]
ASKED = st.sampled_from(
    [
        ("find", {"query": "red"}),
        ("find", {"query": "{other}"}),
        ("find", {"query": "tag:{other}tag"}),
        ("find", {"query": "sort:new"}),
        ("find", {"query": "like:{other}-red"}),
        ("find", {"query": "by:{other}"}),
        ("similar", {"photo": "{other}-red"}),
        ("similar", {"photo": "{own}-red"}),
        ("photo", {"photo": "{other}-blue"}),
        ("photo", {"photo": "{own}-blue"}),
        ("credit", {"photos": "{other}-red {own}-red"}),
        ("tags", {}),
        ("tags", {"prefix": "{other}"}),
        ("edit", {"photo": "{other}-red", "title": "stolen"}),
        ("tag add", {"photo": "{other}-green", "tags": "stolen"}),
        ("tag add", {"photo": "{own}-green", "tags": "{own}new"}),
        ("remove", {"photo": "{other}-red"}),
        ("library", {}),
        ("settings", {"count": 5}),
        ("picture", {}),
        ("press", {}),
        ("complete", {"find": "tag"}),
        ("complete", {"find": "by"}),
        ("complete", {"photo": "photo"}),
    ]
)
STEPS = st.lists(st.tuples(st.sampled_from(TEAMS), st.integers(0, 1), ASKED), min_size=4, max_size=14)


async def do(desk: Desk, folder: Path, team: str, other: str, asked: Asked, seen: list[Reply]) -> str:
    """Do one thing in a team; return everything that it was told."""
    own = MARKERS[TEAMS.index(team)]
    name, values = (
        asked[0],
        {
            key: value.format(own=own, other=other) if isinstance(value, str) else value
            for key, value in asked[1].items()
        },
    )
    if name == "complete":
        command, option = next(iter(values.items()))
        found: list[Choice] = []
        for typed in ("", other[:3], own[:3]):
            found += await desk.complete(command, option, typed, request(team))
        return repr(found)
    if name == "picture":
        picture = upload(draw_photo(folder / "asked.jpg", "#e01010", seed=1))
        reply = await desk.command("similar", request(team), {"image": picture})
    elif name == "press" and seen:
        earlier = seen[-1]
        verbs = [one.id for one in (*earlier.actions, *earlier.menus)]
        replies = [
            await desk.press(pressed, request(team), ["1"]) for pressed in verbs if not pressed.startswith("removed")
        ]
        return texts(replies)
    elif name == "press":
        return ""
    else:
        reply = await desk.command(name, request(team), values)
    seen.append(reply)
    return texts([reply])


async def check(desk: Desk, folder: Path, steps: Steps) -> None:
    """Do what the steps say, and look at everything that was told."""
    seen: list[Reply] = []
    for team, which, asked in steps:
        foreign = [marker for marker in MARKERS if marker != MARKERS[TEAMS.index(team)]]
        told = await do(desk, folder, team, foreign[which], asked, seen)
        for marker in foreign:  # what somebody typed may be said again; what the other team has may not
            having = (
                f"id='{marker}",
                f"value='{marker}",
                f"{marker} photographer",
                f"{marker}tag (",
                f"Tags: {marker}",
            )
            titles = tuple(f"{marker} {colour}" for colour in COLOURS)
            assert not any(part in told for part in (*having, *titles)), (team, asked, told)
        if team == TEAMS[2]:
            assert "brandmark" not in told and "Brand Keeper" not in told, (team, asked, told)
    for team, marker in zip(TEAMS, MARKERS, strict=True):
        assert "3 photos" in (await desk.command("library", request(team), {})).details[0][1]
        shown = await desk.command("photo", request(team), {"photo": f"{marker}-red"})
        assert shown.cards[0].title == f"{marker} red"


def test_nothing_of_one_team_ever_shows_in_another(tmp_path: Path) -> None:
    async def opened(stack: AsyncExitStack) -> Desk:
        desk = await stack.enter_async_context(open_team_desk(tmp_path))
        for number, (team, marker) in enumerate(zip(TEAMS, MARKERS, strict=True)):
            await fill(desk, tmp_path, team, marker, seed=10 * number)
        return desk

    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        desk = runner.run(opened(stack))

        @settings(max_examples=40, deadline=None, phases=(Phase.generate,), derandomize=True)
        @given(STEPS)
        def holds(steps: Steps) -> None:
            runner.run(check(desk, tmp_path, steps))

        try:
            holds()
        finally:
            runner.run(stack.aclose())


async def test_many_people_at_once_get_their_own_photos(tmp_path: Path) -> None:
    async with open_team_desk(tmp_path) as desk:
        for number, (team, marker) in enumerate(zip(TEAMS, MARKERS, strict=True)):
            await fill(desk, tmp_path, team, marker, seed=10 * number)

        async def ask(number: int) -> tuple[int, Reply]:
            who = request(TEAMS[number % 3], f"person{number % 20}")
            return number, await desk.command("find", who, {"query": f"{COLOURS[number % 3]} word{number}"})

        for number, reply in await asyncio.gather(*map(ask, range(64))):
            own = MARKERS[number % 3]
            assert {card.id.split("-")[0] for card in reply.cards} <= {own, "brand/brandmark"} and reply.cards
