"""Whatever people type, press or bring, even who knows another team's ids and buttons is shown nothing of that team."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot import board_actions
from bot.actions import ACTIONS, FORMS, OPENS
from bot.desk import Desk
from core.curation import Record
from core.errors import ModaclipError, NotFound
from tests.bot.teams import TEAMS, fill, open_team_desk, request, upload
from tests.conftest import draw_photo

MARKERS = dict(zip(TEAMS, ("quokka", "wombat", "numbat"), strict=True))  # words that no sentence of the bot holds
ABOUT_ONESELF = {"forget", "forgotten"}  # what is pressed there is about who presses, whatever stands in the button
SHARED = ("brandmark", "brand keeper", "brandtag")  # which the last team may not read


@dataclass
class World:
    """Three teams at one desk, and what each of them has."""

    desk: Desk
    folder: Path
    tokens: dict[str, list[str]] = field(default_factory=lambda: {team: [] for team in TEAMS})
    typed: dict[str, set[str]] = field(default_factory=lambda: {team: set() for team in TEAMS})
    forms: dict[str, list[str]] = field(default_factory=lambda: {team: [] for team in TEAMS})
    photos: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TEAMS, 3))
    counts: dict[str, int] = field(default_factory=dict)  # photos in an answer, as each team set them
    boards: dict[str, str] = field(default_factory=dict)  # the id of each team's board
    drawn: int = 0

    async def do(self, team: str, other: str, operation: Operation) -> None:
        """Do one thing in a team that knows all of another; look at what it is told."""
        typed = self.typed[team]
        told = str(await operation(self, Knowing(team, other, typed))).lower()
        for text in sorted(typed, key=len, reverse=True):  # what somebody types may be said again, also later
            told = told.replace(text.lower(), "")
        foreign = [marker for name, marker in MARKERS.items() if name != team]
        hidden = [*foreign, *(SHARED if team == TEAMS[2] else ())]
        assert not [word for word in hidden if word in told], (team, other, operation.__name__, typed, told)

    async def command(self, knows: Knowing, name: str, **values: Any) -> object:
        """Give a command; keep what may be pressed."""
        asking = request(knows.team, f"person of {knows.team}")
        opened = await self.desk.opens(name, asking, values)
        reply = await self.desk.command(name, asking, values) if opened is None else None
        if reply is not None and reply.result:
            self.tokens[knows.team].append(reply.result)
        return opened, reply


@dataclass
class Knowing:
    """Somebody in a team who knows all of another; what is typed from there is noted."""

    team: str
    other: str
    typed: set[str]

    def note(self, text: str) -> str:
        self.typed.add(text)
        return text

    @property
    def id(self) -> str:
        return self.note(f"{MARKERS[self.other]}-red")

    @property
    def tag(self) -> str:
        return self.note(f"{MARKERS[self.other]}tag")

    @property
    def who(self) -> str:
        return self.note(f"{MARKERS[self.other]} photographer")

    @property
    def title(self) -> str:
        return self.note(f"{MARKERS[self.other]} green")

    @property
    def board(self) -> str:
        return self.note(f"{MARKERS[self.other]} board")

    @property
    def beginning(self) -> str:
        return MARKERS[self.other][:3]

    @property
    def own(self) -> str:
        return f"{MARKERS[self.team]}-blue"


Operation: TypeAlias = Callable[[World, Knowing], Coroutine[Any, Any, object]]


async def finds_what_is_there(world: World, knows: Knowing) -> object:
    return [await world.command(knows, "find", query=query) for query in ("red", "sort:new", "sort:random", "-blue")]


async def finds_by_foreign_words(world: World, knows: Knowing) -> object:
    queries = (f"tag:{knows.tag}", f'by:"{knows.who}"', f'"{knows.title}"', f"-tag:{knows.tag}", f"tag:{knows.tag}^2")
    return [await world.command(knows, "find", query=query) for query in queries]


async def finds_by_foreign_options(world: World, knows: Knowing) -> object:
    return await world.command(knows, "find", tag=knows.tag), await world.command(knows, "find", by=knows.who)


async def finds_like_a_foreign_photo(world: World, knows: Knowing) -> object:
    return [
        await world.command(knows, "find", query=f"like:{knows.id}"),
        await world.command(knows, "find", query=f"blue -like:{knows.id}"),
        await world.command(knows, "similar", photo=knows.id),
        await world.command(knows, "similar", photo=knows.own),
    ]


async def finds_like_a_foreign_picture(world: World, knows: Knowing) -> object:
    picture = upload(world.folder / f"{MARKERS[knows.other]}-red.jpg", name="mine.jpg")
    return await world.command(knows, "similar", image=picture), await world.command(knows, "find", image=picture)


async def shows_foreign_photos(world: World, knows: Knowing) -> object:
    photo = knows.id
    ids = (photo, photo.upper(), f"{knows.team}/{photo}", knows.note(photo[:-1]), f"brand/{photo}")
    return [
        *[await world.command(knows, "photo", photo=photo_id) for photo_id in ids],
        *[await world.command(knows, "credit", photos=f"{knows.own} {photo_id}") for photo_id in ids],
    ]


async def changes_foreign_photos(world: World, knows: Knowing) -> object:
    return [
        await world.command(knows, "edit", photo=knows.id, title="stolen"),
        await world.command(knows, "edit", photo=knows.id),
        await world.command(knows, "remove", photo=knows.id),
        await world.command(knows, "tag add", photo=knows.id, tags="stolen"),
        await world.command(knows, "tag remove", photo=knows.id, tags="red"),
    ]


async def takes_a_foreign_file(world: World, knows: Knowing) -> object:
    with pytest.raises(NotFound) as raised:
        await world.desk.picture(request(knows.team), knows.id, 20_000)
    return raised.value


async def lists_tags(world: World, knows: Knowing) -> object:
    beginnings = ("", knows.beginning, knows.tag, "red")
    return [await world.command(knows, "tags", prefix=beginning) for beginning in beginnings]


async def has_texts_completed(world: World, knows: Knowing) -> object:
    options = (("find", "tag"), ("find", "by"), ("similar", "photo"), ("photo", "photo"), ("tag add", "tags"))
    beginnings = ("", knows.beginning, knows.id, knows.tag, f"red, {knows.beginning}", "brand/", "b")
    return [
        await world.desk.complete(command, option, typed, request(knows.team))
        for command, option in options
        for typed in beginnings
    ]


async def tells_of_the_library(world: World, knows: Knowing) -> object:
    opened, reply = await world.command(knows, "library")  # type: ignore[misc]
    photos, row = world.photos[knows.team], reply.details[0][1]
    assert opened is None and row.startswith(f"{photos} photos, 2 photographers"), row
    return reply


async def adds_its_own_photo(world: World, knows: Knowing) -> object:
    world.drawn += 1
    path = draw_photo(world.folder / f"new{world.drawn}.jpg", "#c010c0", seed=500 + world.drawn)
    world.photos[knows.team] += 1
    return await world.command(
        knows, "add", image=upload(path), photographer=f"{MARKERS[knows.team]} photographer", title="New"
    )


async def adds_the_same_picture(world: World, knows: Knowing) -> object:
    """Whether another team has a picture already is not to be found out by adding it."""
    picture = upload(world.folder / f"{MARKERS[knows.other]}-green.jpg", name="mine.jpg")
    who = f"{MARKERS[knows.team]} photographer"
    opened, reply = await world.command(knows, "add", image=picture, photographer=who)  # type: ignore[misc]
    world.photos[knows.team] += reply.text.startswith("Added 1 photo: mine")
    assert reply.cards[0].credit.name == who
    return opened, reply


async def presses_foreign_buttons(world: World, knows: Knowing) -> object:
    told: list[object] = []
    for token in world.tokens[knows.other][-3:]:
        for verb in {*ACTIONS, *OPENS} - ABOUT_ONESELF:
            asking = request(knows.team, f"person of {knows.other}")
            told.append(await world.desk.opens_press(f"{verb}:{token}", asking, ["1"]))
            reply = await world.desk.press(f"{verb}:{token}", asking, ["1"])
            assert reply.failed, (verb, reply)
            told.append(reply)
    return told


async def sends_foreign_forms(world: World, knows: Knowing) -> object:
    values = {"words": "red", "title": "stolen", "photographer": "Thief", "number": ""}
    forms = [f"{verb}:{token}" for verb in FORMS for token in world.tokens[knows.other][-2:]]
    replies = [
        await world.desk.submit(form, request(knows.team, f"person of {knows.other}"), values)
        for form in (*forms, *world.forms[knows.other][-2:])
        if not form.startswith("add:")
    ]
    assert all(reply.failed for reply in replies)
    return replies


async def presses_its_own_buttons(world: World, knows: Knowing) -> object:
    told: list[object] = []
    asking = request(knows.team, f"person of {knows.team}")
    for token in world.tokens[knows.team][-2:]:
        for verb in ("more", "similar", "less", "photo", "show", "post", "credits"):
            reply = await world.desk.press(f"{verb}:{token}", asking, ["1"])
            told.append(reply)
        opened = await world.desk.opens_press(f"edit:{token}", asking)
        told.append(opened)
        if opened is not None and not getattr(opened, "failed", False):
            world.forms[knows.team].append(opened.id)
    return told


async def works_on_its_board(world: World, knows: Knowing) -> object:
    named = {"board": f"{MARKERS[knows.team]} board"}
    return [
        await world.command(knows, "board add", photos=knows.own, **named),
        await world.command(knows, "board note", number=1, text=f"{MARKERS[knows.team]} note", **named),
        *[await world.command(knows, f"board {what}", **named) for what in ("show", "history", "suggest", "palette")],
        *[await world.command(knows, "board export", format=form, **named) for form in ("md", "json")],
        await world.command(knows, "board list"),
        await world.command(knows, "find", query=f'like:"board:{MARKERS[knows.team]} board"'),
    ]


async def reaches_for_a_foreign_board(world: World, knows: Knowing) -> object:
    told = []
    for board in (knows.board, knows.note(world.boards[knows.other])):
        for what, values in (
            ("show", {}),
            ("add", {"photos": knows.own}),
            ("export", {"format": "md"}),
            ("delete", {}),
            ("share", {}),
        ):
            opened, reply = await world.command(knows, f"board {what}", board=board, **values)  # type: ignore[misc]
            assert opened is None and reply.failed, (what, reply)
            told.append(reply)
        told.append(await world.command(knows, "find", query=f'like:"board:{board}"'))
        told.append(await world.command(knows, "board join", code=board))
        with pytest.raises(ModaclipError) as refused:
            await world.desk.picture(request(knows.team), f"pin:{board}.1", 300_000)
        told.append(str(refused.value))
    told.append(await world.desk.complete("board show", "board", knows.beginning, request(knows.team)))
    return told


async def presses_a_foreign_board_s_buttons(world: World, knows: Knowing) -> object:
    told: list[object] = []
    board, asking = world.boards[knows.other], request(knows.team, f"person of {knows.other}")
    for pressed in (f"{verb}:{board}{end}" for verb in board_actions.ACTIONS for end in ("", ".1")):
        reply = await world.desk.press(pressed, asking, ["1"])
        assert reply.failed, (pressed, reply)
        told.append(reply)
    told.append(await world.desk.submit(f"decide:{board}", asking, {"numbers": "1"}))
    return told


async def changes_settings(world: World, knows: Knowing) -> object:
    world.counts[knows.team] = 1 + (world.counts.get(knows.team, 8) + 1) % 9
    return await world.command(knows, "settings", count=world.counts[knows.team])


OPERATIONS: tuple[Operation, ...] = (
    *(finds_what_is_there, finds_by_foreign_words, finds_by_foreign_options, finds_like_a_foreign_photo),
    *(finds_like_a_foreign_picture, shows_foreign_photos, changes_foreign_photos, takes_a_foreign_file, lists_tags),
    *(has_texts_completed, tells_of_the_library, adds_its_own_photo, adds_the_same_picture, presses_foreign_buttons),
    *(sends_foreign_forms, presses_its_own_buttons, changes_settings),
    *(works_on_its_board, reaches_for_a_foreign_board, presses_a_foreign_board_s_buttons),
)
PAIRS = [(team, other) for team in TEAMS for other in TEAMS if team != other]
STEPS = st.lists(st.tuples(st.sampled_from(PAIRS), st.sampled_from(OPERATIONS)), min_size=3, max_size=6)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as opened:
        yield opened


@pytest.fixture
def world(runner: asyncio.Runner, tmp_path: Path) -> Iterator[World]:
    stack = AsyncExitStack()

    async def opened() -> World:
        desk = await stack.enter_async_context(open_team_desk(tmp_path))
        for number, (team, marker) in enumerate(MARKERS.items()):
            await fill(desk, tmp_path, team, marker, seed=10 * number)
            async with desk.workspaces.use(team) as workspace:  # what nobody in another team ever types
                await workspace.retag(f"{marker}-blue", add=[f"{marker}secret"])
                await workspace.edit(f"{marker}-green", Record(f"{marker} stranger"))
        world = World(desk, tmp_path)
        for team, marker in MARKERS.items():
            await desk.command("board new", request(team), {"name": f"{marker} board"})
            async with desk.workspaces.use(team) as workspace:
                world.boards[team] = (await workspace.own.boards.named(f"{marker} board")).id
        return world

    yield runner.run(opened())
    runner.run(stack.aclose())


def is_whole(world: World, runner: asyncio.Runner) -> None:
    """Look whether every team still has exactly what is its own."""

    async def look() -> None:
        for team, marker in MARKERS.items():
            async with world.desk.workspaces.use(team) as workspace:
                assert await workspace.own.count() == world.photos[team]
                who = {f"{marker} photographer", f"{marker} stranger"}
                assert {name for name, _ in await workspace.own.photographers()} == who
                assert "stolen" not in dict(await workspace.own.tags())
                assert (await workspace.photo(f"{marker}-red")).title == f"{marker} red"
                board = await workspace.own.boards.board(world.boards[team])
                assert {pin.photo.id for pin in board.pins} <= {f"{marker}-blue"} and not board.deleted
            assert (await world.desk.settings(team)).count == world.counts.get(team, 9)

    runner.run(look())


def test_each_thing_that_can_be_done_shows_nothing_of_another_team(world: World, runner: asyncio.Runner) -> None:
    for operation in (finds_what_is_there, *OPERATIONS):
        for team, other in PAIRS:
            runner.run(world.do(team, other, operation))
    is_whole(world, runner)


def test_nothing_done_in_any_order_shows_anything_of_another_team(world: World, runner: asyncio.Runner) -> None:
    @settings(max_examples=25, deadline=None, phases=(Phase.generate,), derandomize=True)
    @given(STEPS)
    def holds(steps: list[tuple[tuple[str, str], Operation]]) -> None:
        for (team, other), operation in steps:
            runner.run(world.do(team, other, operation))
        is_whole(world, runner)

    holds()


def test_a_leak_would_be_noticed(world: World, runner: asyncio.Runner) -> None:
    async def leaks(world: World, knows: Knowing) -> object:
        return await world.command(Knowing(knows.other, knows.team, set()), "find", query="red")

    with pytest.raises(AssertionError, match="leaks"):
        runner.run(world.do(TEAMS[0], TEAMS[1], leaks))


def test_a_shared_collection_is_shown_to_those_who_may_read_it(world: World, runner: asyncio.Runner) -> None:
    async def shown(team: str) -> str:
        knows = Knowing(team, TEAMS[0], set())
        return repr([await world.command(knows, "find", query="yellow"), await has_texts_completed(world, knows)])

    assert ["brandmark" in runner.run(shown(team)) for team in TEAMS] == [True, True, False]
