"""A program of its own that does with the bot what people do: adds photos, asks, makes a board, takes it with them.

python -m tests.fakes.answering PHOTO…; settings come from the environment. Prints what came of it, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import aiohttp

from bot.app import WEB_WORKSPACE, library_options, open_desk, read_settings
from bot.catalogue import words_for
from bot.desk import Desk
from bot.replies import Reply
from bot.requests import Level, Person, Request, Upload
from bot.web import WebChat, WebOptions
from tests.fakes.visiting import enter


async def main(photos: list[Path]) -> dict[str, object]:
    """Do it all at one desk, with the web chat in front of it."""
    settings = read_settings(os.environ, Path.cwd())
    request = Request("web", WEB_WORKSPACE, "web", Person("web:ann", "Ann"), words_for("en"), Level.MANAGER)
    folder = settings.library.dir
    async with open_desk(settings, folder, options=library_options(settings)) as desk:

        async def do(command: str, /, **values: object) -> Reply:
            reply = await desk.command(command, request, values)  # type: ignore[arg-type]
            assert not reply.failed, reply.text
            return reply

        for photo in photos:
            upload = Upload(photo.name, None, lambda path=photo: asyncio.to_thread(path.read_bytes))  # type: ignore[misc]
            await do("add", image=upload, photographer="Ann")
        found = await do("find", query="a photo of water")
        await do("board new", name="Autumn")
        await do("board add", photos=" ".join(card.id for card in found.cards))
        files = [(await do("board export", format=form)).files[0].name for form in ("pdf", "zip")]
        return {"found": len(found.cards), "files": files, "page": await _page(desk, settings.bot.dir)}


async def _page(desk: Desk, folder: Path) -> int:
    """Return with which status the web chat's page comes to somebody who has the link."""
    options = WebOptions(port=0, workspace=WEB_WORKSPACE, files=folder / "files")
    jar = aiohttp.CookieJar(unsafe=True)
    async with (
        WebChat(desk, desk.state.database, options) as chat,
        aiohttp.ClientSession(cookie_jar=jar) as client,
    ):
        return (await enter(client, chat)).status


if __name__ == "__main__":
    began = time.monotonic()
    told = asyncio.run(main([Path(name) for name in sys.argv[1:]]))
    print(json.dumps({**told, "took_s": round(time.monotonic() - began, 1)}))  # noqa: T201
