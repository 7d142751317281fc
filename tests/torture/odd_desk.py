"""Says odd strings to a real desk, over a real library, in every option of every command; what it answers is drawn in
each chat and read there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from bot.commands import COMMANDS
from bot.commands.spec import Kind
from bot.desk import Desk
from bot.replies import Form, Reply
from bot.requests import Person, Request, Value
from bot.typed import complete_typed, read_typed
from bot.web.drawing import draw_form
from core.curation import Record
from core.errors import ModaclipError
from tests.bot.teams import TEAMS, request
from tests.conftest import draw_photo
from tests.torture.odd_chats import faults_in_discord, faults_in_slack, faults_on_the_page

WENT_WRONG = "Something went wrong here"
WHOLE = {"number": 1, "before": 1, "count": 3, "revision": 1, "change": 1}
LEFT_OUT = frozenset({"find image", "board import"})  # take a file, which is looked at elsewhere


def asking(odd: str) -> Request:
    """Return a request of somebody with an odd name, in a team with one."""
    usual = request()
    return Request(
        usual.chat, usual.workspace, usual.channel, Person("discord:ann", odd), usual.words, usual.level, team=odd
    )


async def on_the_desk(desk: Desk, odd: str, number: int, folder: Path) -> list[str]:
    """Return what is wrong with the desk's answers to an odd string."""
    faults = []
    async for what, reply in _answers(desk, odd, number, folder):
        if isinstance(reply, Form):
            draw_form(reply)
            continue
        if WENT_WRONG in reply.text:
            faults.append(f"{what}: {reply.text}")
        found = [*await faults_in_discord(reply), *await faults_in_slack(reply), *faults_on_the_page(reply)]
        faults += [f"{what}: {fault}" for fault in found]
    return faults


async def _answers(desk: Desk, odd: str, number: int, folder: Path) -> AsyncIterator[tuple[str, Reply | Form]]:
    asked = asking(odd)
    photo_id = await _photo(desk, odd, number, folder)
    await desk.command("board new", asked, {"name": f"{number} {odd}"[:70], "brief": odd})
    await desk.command("board section", asked, {"title": odd, "wish": odd})
    await desk.command("board add", asked, {"photos": photo_id, "note": odd})
    for command in COMMANDS:
        values = {one.name: _given(one.kind, one.name, one.choices, odd) for one in command.options}
        values = {name: value for name, value in values.items() if value is not None}
        for given in (values, {**values, "photo": photo_id, "board": "", "numbers": "1"}):
            taken = {name: value for name, value in given.items() if any(one.name == name for one in command.options)}
            opened = await desk.opens(command.name, asked, taken)
            yield command.name, opened or await desk.command(command.name, asked, taken)
    for verb in ("more", "mix", "pin", "exported", "undo", "unlink", "nothing", odd):
        yield verb, await desk.press(f"{verb}:{odd}", asked, [odd])
        yield verb, await desk.submit(f"{verb}:{odd}", asked, {"words": odd, "name": odd, "numbers": odd})
    for text in (odd, f"/find {odd}", f"/board note {odd}", f"/{odd}", f"find tag:{odd}", f'/photo photo:"{odd}"'):
        yield text[:10], await _typed(desk, text, asked)
        await complete_typed(desk, asked, text)
    yield "board delete", await desk.command("board delete", asked, {})


async def _typed(desk: Desk, text: str, asked: Request) -> Reply:
    try:
        typed = read_typed(text, asked.words)
    except ModaclipError as error:
        return Reply(str(error), failed=True)
    return await desk.command(typed.command, asked, typed.values)


def _given(kind: Kind, name: str, choices: tuple[str, ...], odd: str) -> Value | None:
    if kind is Kind.WHOLE:
        return WHOLE.get(name, 1)
    if kind is not Kind.TEXT:
        return None
    return choices[0] if choices else odd


async def _photo(desk: Desk, odd: str, number: int, folder: Path) -> str:
    """Take in a photo of which everything that is said is odd."""
    path = draw_photo(folder / f"odd-{number}.jpg", "#e01010", seed=10_000 + number)
    record: Mapping[str, str] = dict.fromkeys(("title", "description", "place", "licence"), odd)
    async with desk.workspaces.use(TEAMS[0]) as workspace:
        tags = (odd[:50],)
        photo, _ = await workspace.add(path.read_bytes(), odd, Record(photographer=odd, **record, tags=tags))
        return photo.id
