"""What people do with the bot in the ordeal `kills`: commands and presses at the desk, as the web chat brings them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import unquote

from bot.app import WEB_WORKSPACE, open_desk
from bot.boards.opening import open_board
from bot.catalogue import words_for
from bot.desk import Desk
from bot.replies import Reply
from bot.requests import Level, Person, Request, Upload, Values
from bot.web.files import Files
from config.settings import load
from tests.torture.killed import PHOTOGRAPHER, Job, Tell
from tests.torture.material import picture, sha

PHOTOS = 4
BRIEF = "A lodge by the sea {round}. Light: bright. Colours: red, blue. No people."
ASKER = Request(
    "web", WEB_WORKSPACE, f"{WEB_WORKSPACE}:channel", Person("web:ann", "Ann"), words_for("en"), Level.MANAGER
)


@asynccontextmanager
async def open_bot(job: Job) -> AsyncIterator[tuple[Desk, Files]]:
    """Open the desk of the bot whose folder lies beside the library's, with the files that answers bring."""
    place = job.folder / "bot"
    settings = load({"MODACLIP_BOT_DIR": str(place), "MODACLIP_LIBRARY_STORE": job.url}, ())
    async with open_desk(settings, job.folder, options=job.options) as desk:
        yield desk, Files(place / "files")


async def work(job: Job, tell: Tell) -> None:
    """Make a board, add photos to it, vote, look, take photos out, write a brief, export."""
    async with open_bot(job) as (desk, files):
        name = board_name(job)
        tell("began")
        if not (await desk.command("board new", ASKER, {"name": name})).failed:
            tell("board", name)
        for number in range(PHOTOS):
            photo_id = await _add(desk, job, tell, number)
            await _pin_and_vote(desk, tell, name, photo_id)
            found = await _asked(desk, "find", query="red")
            tell("shown", found.result)
            if number % 2:
                await _remove(desk, tell, photo_id)
        await _asked(desk, "brief", text=BRIEF.format(round=job.round))
        tell("briefed", job.round)
        for form in ("json", "md"):
            for file in (await _asked(desk, "board export", format=form, board=name)).files:
                kept = await files.keep(file)
                tell("kept", kept["href"], sha(file.data))


def board_name(job: Job) -> str:
    """Return what the board of a round is called."""
    return f"Board of round {job.round}"


def kept_at(files: Files, href: str) -> Path | None:
    """Return where a file lies that an answer named; None where it is not there."""
    _, _, token, name = href.split("/")
    return files.path(token, unquote(name))


async def press(desk: Desk, pressed: str) -> Reply:
    """Press a button."""
    return await desk.press(pressed, ASKER)


async def _add(desk: Desk, job: Job, tell: Tell, number: int) -> str:
    data = picture(job.folder.name, job.round, number)

    async def read() -> bytes:
        return data

    values: Values = {
        "image": Upload(f"{number}.jpg", len(data), read), "photographer": PHOTOGRAPHER, "title": job.title(number)
    }  # fmt: skip
    reply = await desk.command("add", ASKER, values)
    photo_id = _answered(reply).cards[0].id
    tell("added", photo_id, sha(data))
    return photo_id


async def _pin_and_vote(desk: Desk, tell: Tell, name: str, photo_id: str) -> None:
    await desk.command("board add", ASKER, {"photos": photo_id, "board": name})  # refused where it is pinned already
    async with open_board(desk, ASKER, name) as at:
        pin = next(pin.number for pin in at.board.pins if pin.photo.id == photo_id)
        board_id = at.board.id
    tell("pinned", board_id, photo_id)
    await _asked(desk, "board vote", numbers=str(pin), vote="up", board=name)
    tell("voted", board_id, pin, ASKER.person.id, "up")


async def _remove(desk: Desk, tell: Tell, photo_id: str) -> None:
    asked = await _asked(desk, "remove", photo=photo_id)
    button = next(one.id for one in asked.actions if one.id.startswith("removed:"))
    tell("removing", photo_id)  # from now on it may be gone, although nobody was told so
    _answered(await press(desk, button))
    tell("removed", photo_id)


async def _asked(desk: Desk, command: str, **values: str) -> Reply:
    return _answered(await desk.command(command, ASKER, values))


def _answered(reply: Reply) -> Reply:
    if reply.failed:
        raise AssertionError(f"refused: {reply.text}")
    return reply
