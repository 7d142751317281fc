"""What people see in a chat when the disk is full or a library is damaged: an answer where it can be had, else why."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from bot.desk import Desk
from bot.replies import Audience
from tests.bot.teams import TEAMS, fill, open_team_desk, request
from tests.fakes.disks import no_room


async def test_a_full_disk_stops_no_question_and_its_buttons_work(desk: Desk) -> None:
    await desk.command("find", request(), {"query": "blue"})
    with no_room():
        reply = await desk.command("find", request(), {"query": "red"})
        assert not reply.failed and reply.cards
        assert not (await desk.press(reply.menus[0].id, request(), [reply.menus[0].choices[0].value])).failed


async def test_a_full_disk_lets_a_chat_go_on(desk: Desk) -> None:
    with no_room():
        assert await desk.first("event-1")
        assert not await desk.first("event-1")
        assert await desk.leases.take("discord")
        assert await desk.leases.take("discord")
        await desk.leases.release("discord")


async def test_what_a_full_disk_does_not_take_is_refused_in_a_private_sentence(desk: Desk) -> None:
    with no_room():
        reply = await desk.command("board new", request(), {"name": "Autumn"})
    assert reply.failed and reply.audience is Audience.PRIVATE
    assert "disk" in reply.text and "Traceback" not in reply.text
    assert not (await desk.command("board new", request(), {"name": "Autumn"})).failed


async def test_a_damaged_library_is_said_in_a_private_sentence(tmp_path: Path) -> None:
    async with open_team_desk(tmp_path) as desk:
        await fill(desk, tmp_path, TEAMS[0], "one")
    for path in tmp_path.rglob("library.db"):
        with closing(sqlite3.connect(path)) as connection:
            root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'photos'").fetchone()[0]
        data = bytearray(path.read_bytes())
        data[(root - 1) * 4096 : root * 4096] = bytes(4096)
        if "brand" not in str(path):
            path.write_bytes(data)
    async with open_team_desk(tmp_path) as desk:
        reply = await desk.command("find", request(), {"query": "blue"})
        assert reply.failed and reply.audience is Audience.PRIVATE
        assert "check --repair" in reply.text and "Traceback" not in reply.text
