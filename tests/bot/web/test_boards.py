"""Boards in the web chat: what a window is told, what it may ask for, pictures, files, and entries that stay alive."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.desk import Desk
from bot.replies import File
from bot.web import WebChat
from bot.web.files import KEPT_S, Files
from core.boards.board import Author
from tests.bot.web.test_server import Window, connected, new_client, upload
from tests.conftest import draw_photo
from tests.fakes.visiting import enter


async def run(window: Window, command: str, board: str = "", **values: Any) -> dict[str, Any]:
    """Run a command as a board's page does, and return the answer."""
    given = {**values, **({"board": board} if board else {})}
    await window.socket.send_json(
        {"do": "board_command", "command": command, "values": given, "board": board, "asked": 7}
    )
    answer = await window.next("board_answer")
    assert answer["asked"] == 7
    return dict(answer)


async def make(window: Window, *photos: str, name: str = "Autumn") -> str:
    """Make a board with photos, and return its id."""
    made = await run(window, "board new", name=name)
    board = str(made["reply"]["panel"]["board"])
    assert made["board"]["id"] == board
    if photos:
        await run(window, "board add", board, photos=" ".join(photos))
    return board


def numbers(board: dict[str, Any]) -> dict[str, list[int]]:
    """Return the numbers of the photos of each section."""
    return {section["title"]: [pin["number"] for pin in section["pins"]] for section in board["sections"]}


# what a window is told, and does


async def test_who_says_a_name_is_called_so_on_boards_from_then_on_and_after_a_reload(
    visitor: aiohttp.ClientSession, chat: WebChat, desk: Desk
) -> None:
    window = await connected(visitor, chat)
    board = await make(window, "red-barn")
    await window.socket.send_json({"do": "submit", "form": "me", "values": {"name": " Ann  Day "}})
    assert (await window.next("called"))["me"] == "Ann Day"
    await run(window, "board note", board, number=1, text="mine")
    again = await connected(visitor, chat)
    await run(again, "board note", board, number=1, text="still mine")
    async with desk.workspaces.use("web:main") as workspace:
        log = await workspace.own.boards.log(board)
    names = [entry.stamp.author.name for entry in log]
    assert names[0].startswith("Guest ") and names[-2:] == ["Ann Day", "Ann Day"]


async def test_a_board_is_told_with_every_credit(visitor: aiohttp.ClientSession, chat: WebChat) -> None:
    window = await connected(visitor, chat)
    board = await make(window, "red-barn", "blue-lake")
    await window.socket.send_json({"do": "board", "id": board})
    told = (await window.next("board"))["board"]
    pins = told["sections"][0]["pins"]
    assert [pin["id"] for pin in pins] == ["red-barn", "blue-lake"]
    assert all("hotographer unknown" in pin["credit"] for pin in pins)
    assert (await visitor.get(pins[0]["src"])).status == 200
    assert told["palette"] and told["state"] == "2 photos"


async def test_photos_are_moved_by_the_desk_s_own_command(visitor: aiohttp.ClientSession, chat: WebChat) -> None:
    window = await connected(visitor, chat)
    board = await make(window, "red-barn", "blue-lake")
    made = await run(window, "board section", board, title="Light")
    section = made["board"]["sections"][1]["id"]
    moved = await run(window, "board move", board, numbers="1", section=section)
    assert numbers(moved["board"]) == {"": [2], "Light": [1]}
    back = await run(window, "board move", board, numbers="1", section="-", before=2)
    assert numbers(back["board"]) == {"": [1, 2], "Light": []}
    undo = next(one["id"] for one in back["reply"]["actions"] if one["id"].startswith("undo:"))
    await window.socket.send_json({"do": "board_press", "id": undo, "chosen": [], "board": board, "asked": 8})
    assert numbers((await window.next("board_answer"))["board"]) == {"": [2], "Light": [1]}


@pytest.mark.parametrize(
    ("command", "values"),
    [
        ("board move", {"numbers": ["1"]}),
        ("board move", {"numbers": "1", "before": True}),
        ("board move", {"numbers": "1", "before": "2"}),
        ("board vote", {"numbers": "1", "vote": "always"}),
        ("board note", {"number": 0}),
        ("board note", {"number": 1, "secret": "x"}),
        ("board move", {"numbers": "1", "section": "nowhere"}),
    ],
)
async def test_values_that_no_option_takes_are_refused(
    visitor: aiohttp.ClientSession, chat: WebChat, command: str, values: dict[str, Any]
) -> None:
    window = await connected(visitor, chat)
    board = await make(window, "red-barn", "blue-lake")
    answer = await run(window, command, board, **values)
    assert answer["reply"]["failed"] and answer["board"]["revision"] == 2


@pytest.mark.parametrize("command", ["remove", "settings", "board", "board nonsense", "brief", ""])
async def test_only_commands_of_boards_are_run(
    visitor: aiohttp.ClientSession, chat: WebChat, desk: Desk, command: str
) -> None:
    window = await connected(visitor, chat)
    await window.socket.send_json({"do": "board_command", "command": command, "values": {"photo": "red-barn"}})
    await window.socket.send_json({"do": "board_press", "id": "removed:x", "chosen": []})
    await window.socket.send_json({"do": "board_command", "command": "board list", "values": 7})
    await window.ask("red")
    assert not [one for one in window.heard if one["do"] == "board_answer"]


async def test_a_board_that_is_not_here_is_told_as_gone(visitor: aiohttp.ClientSession, chat: WebChat) -> None:
    window = await connected(visitor, chat)
    await window.socket.send_json({"do": "board", "id": "nowhere"})
    assert (await window.next("board"))["board"] is None


async def test_who_voted_is_told_to_nobody(visitor: aiohttp.ClientSession, chat: WebChat, desk: Desk) -> None:
    mine = await connected(visitor, chat)
    board = await make(mine, "red-barn")
    await run(mine, "board edit", board, votes="secret")
    async with new_client(chat) as client:
        await enter(client, chat)
        theirs = await connected(client, chat)
        voted = (await run(theirs, "board vote", board, numbers="1", vote="up"))["board"]
        assert voted["sections"][0]["pins"][0]["mine"] == "up"
    await mine.socket.send_json({"do": "board", "id": board})
    told = (await mine.next("board"))["board"]
    pin = told["sections"][0]["pins"][0]
    assert (pin["votes"], pin["mine"], told["secret"]) == ({"up": 1, "one": 0, "down": 0}, None, True)
    async with desk.workspaces.use("web:main") as workspace:
        people = {ballot.author.id for ballot in (await workspace.own.boards.board(board)).pins[0].ballots}
    assert people and not any(person in json.dumps(told) for person in people)


async def test_every_window_is_told_that_a_board_has_changed(visitor: aiohttp.ClientSession, chat: WebChat) -> None:
    window, beside = await connected(visitor, chat), await connected(visitor, chat)
    board = await make(window)
    assert (await beside.next("board_changed"))["id"] == board


async def test_boards_sections_and_choices_are_completed(visitor: aiohttp.ClientSession, chat: WebChat) -> None:
    window = await connected(visitor, chat)
    board = await make(window, "red-barn")
    await run(window, "board section", board, title="Light")
    for text, wanted in (
        ("/board show Au", ["Autumn "]),
        ("/board remove 1 board:Au", ["Autumn "]),
        ("/board move 1 section:li", ["Light "]),
        ("/board section L", ["Light "]),
        ("/board export pd", ["pdf "]),
        ("/board vote 1 th", ["the one "]),
        ("/board add red-b", ["red-barn "]),
        ("/board arch", ["/board archive "]),
    ):
        await window.socket.send_json({"do": "complete", "text": text})
        offered = await window.next("completions")
        assert [one["value"] for one in offered["choices"]] == wanted, text


async def test_a_picture_is_pinned_with_its_credit(
    visitor: aiohttp.ClientSession, chat: WebChat, tmp_path: Path
) -> None:
    window = await connected(visitor, chat)
    board = await make(window)
    token = await upload(visitor, chat, draw_photo(tmp_path / "mine.jpg", "#c010c0", seed=78))
    await window.socket.send_json(
        {"do": "board_command", "command": "board add", "values": {"image": [token], "board": board}, "board": board}
    )
    form = (await window.next("form"))["form"]["id"]
    values = {"photographer": "Ann Lee", "licence": "CC BY 4.0"}
    await window.socket.send_json({"do": "submit", "form": form, "values": values})
    await window.next("submitted")
    await window.socket.send_json({"do": "board", "id": board})
    (pin,) = (await window.next("board"))["board"]["sections"][0]["pins"]
    assert pin["credit"].startswith("Photo by Ann Lee")


async def test_boards_are_listed_with_their_credits(visitor: aiohttp.ClientSession, chat: WebChat) -> None:
    window = await connected(visitor, chat)
    board = await make(window, "red-barn")
    await make(window, name="Empty")
    await window.socket.send_json({"do": "boards"})
    rows = {one["name"]: one for one in (await window.next("boards"))["boards"]}
    assert rows["Empty"]["credits"] == [] and rows["Autumn"]["id"] == board
    assert "hotographer unknown" in rows["Autumn"]["credits"][0][1]
    assert (await visitor.get(rows["Autumn"]["preview"])).content_type == "image/jpeg"


async def test_a_suggestion_is_pinned_with_one_press(visitor: aiohttp.ClientSession, chat: WebChat) -> None:
    window = await connected(visitor, chat)
    board = await make(window, "red-barn")
    reply = (await run(window, "board suggest", board, words="blue"))["reply"]
    pin = next(menu["id"] for menu in reply["menus"] if menu["id"].startswith("pin:"))
    await window.socket.send_json({"do": "board_press", "id": pin, "chosen": ["1"], "board": board, "asked": 9})
    pinned = (await window.next("board_answer"))["board"]["sections"][0]["pins"]
    assert [one["id"] for one in pinned] == ["red-barn", reply["cards"][0]["id"]]


# entries of boards


async def test_a_board_s_entry_is_drawn_anew_where_it_stands(visitor: aiohttp.ClientSession, chat: WebChat) -> None:
    window = await connected(visitor, chat)
    board = await make(window)
    n = next(one["entry"]["n"] for one in window.heard if one["do"] == "entry")
    await run(window, "board add", board, photos="red-barn")
    redrawn = await window.next("replace")
    assert redrawn["quietly"] and redrawn["entry"]["n"] == n
    assert len(redrawn["entry"]["panel"]["credits"]) == 1
    again = await connected(visitor, chat)
    assert again.heard[-1]["entries"][-1]["panel"]["credits"] == redrawn["entry"]["panel"]["credits"]


async def test_an_entry_that_was_forgotten_is_drawn_no_more(chat: WebChat, desk: Desk) -> None:
    outlet = desk.live.outlet("web")
    assert outlet is not None
    reply = await desk.live._draw("web:main", "nowhere", "en")
    assert not await outlet.repaint("12345", reply, "en")
    assert not await outlet.repaint("nonsense", reply, "en")
    assert not await outlet.post("web:main", "web:other", reply, "en")
    assert await outlet.post("web:main", "web:main", reply, "en")


# pictures of boards


async def test_pictures_of_a_board_are_shown_to_who_is_logged_in(visitor: aiohttp.ClientSession, chat: WebChat) -> None:
    board = await make(await connected(visitor, chat), "red-barn", "blue-lake")
    for name, kind in (("collage.jpg", "image/jpeg"), ("palette.png", "image/png"), ("preview.jpg", "image/jpeg")):
        address = f"/boards/{board}/{name}?revision=2"
        first = await visitor.get(address)
        assert (first.status, first.content_type) == (200, kind)
        assert "private" in first.headers["Cache-Control"]
        again = await visitor.get(address, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status == 304
        async with new_client(chat) as stranger:
            assert (await stranger.get(address)).status == 401


async def test_an_old_entry_shows_the_board_as_it_was(visitor: aiohttp.ClientSession, chat: WebChat) -> None:
    window = await connected(visitor, chat)
    board = await make(window, "red-barn")
    old = await visitor.get(f"/boards/{board}/collage.jpg?revision=2")
    await run(window, "board add", board, photos="blue-lake")
    same = await visitor.get(f"/boards/{board}/collage.jpg?revision=2")
    new = await visitor.get(f"/boards/{board}/collage.jpg?revision=3")
    assert old.headers["ETag"] == same.headers["ETag"] != new.headers["ETag"]


async def test_boards_of_others_and_nonsense_are_not_found(
    visitor: aiohttp.ClientSession, chat: WebChat, desk: Desk
) -> None:
    window = await connected(visitor, chat)
    board = await make(window, "red-barn")
    async with desk.workspaces.use("discord:1") as other:
        foreign = await other.own.boards.make("Theirs", Author("discord:ann", "Ann"))
    for path in (f"/boards/{foreign.id}/collage.jpg", "/boards/nowhere/collage.jpg", f"/boards/{board}/other.jpg"):
        assert (await visitor.get(path)).status == 404, path
    await window.socket.send_json({"do": "board", "id": foreign.id})
    assert (await window.next("board"))["board"] is None
    assert (await visitor.get(f"/boards/{board}/collage.jpg?revision=-1")).status == 200
    await window.ask("/board delete Autumn")
    await window.socket.send_json({"do": "press", "id": f"deleted:{board}", "chosen": []})
    await window.next("entry")
    assert (await visitor.get(f"/boards/{board}/collage.jpg")).status == 404


# files


async def test_an_export_is_a_file_for_who_is_logged_in(
    visitor: aiohttp.ClientSession, chat: WebChat, tmp_path: Path
) -> None:
    window = await connected(visitor, chat)
    await make(window, "red-barn")
    reply = await window.ask("/board export csv")
    (file,) = reply["files"]
    assert "data" not in file and file["until"] > 0
    response = await visitor.get(file["href"])
    assert response.status == 200 and b"red-barn" in await response.read()
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    async with new_client(chat) as stranger:
        assert (await stranger.get(file["href"])).status == 401
    token = file["href"].split("/")[2]
    for path in (
        f"/files/{token}/other.csv",
        f"/files/{'x' * 22}/{file['name']}",
        f"/files/{token}/..%2F..%2Fstate.db",
    ):
        assert (await visitor.get(path)).status == 404, path


async def test_files_are_kept_for_a_week(tmp_path: Path) -> None:
    later = [0.0]
    files = Files(tmp_path / "files", clock=lambda: time.time() + later[0])
    kept = await files.keep(File("a/../Ärger.pdf", b"data"))
    _, _, token, _ = kept["href"].split("/")
    path = files.path(token, "a_.._Ärger.pdf")
    assert path is not None and path.read_bytes() == b"data"
    later[0] = KEPT_S + 1
    assert files.path(token, "a_.._Ärger.pdf") is None and path.exists()
    await files.purge()
    assert not path.exists()


async def test_without_a_folder_files_lie_in_the_conversation() -> None:
    assert await Files(None).keep(File("a.txt", b"data")) == {"name": "a.txt", "data": "ZGF0YQ=="}


async def test_a_brief_is_read_from_a_file(visitor: aiohttp.ClientSession, chat: WebChat, tmp_path: Path) -> None:
    window = await connected(visitor, chat)
    (tmp_path / "brief.md").write_text("Red barns, blue lakes.", encoding="utf-8")
    token = await upload(visitor, chat, tmp_path / "brief.md")
    assert (await window.ask("/brief", uploads=[token]))["panel"]["shows"] == "board"
    refused = await window.ask("red", uploads=[token])
    assert refused["failed"] and "/brief" in refused["text"]


async def test_a_board_comes_back_from_its_file(visitor: aiohttp.ClientSession, chat: WebChat, tmp_path: Path) -> None:
    window = await connected(visitor, chat)
    await make(window, "red-barn")
    file = (await window.ask("/board export json"))["files"][0]
    (tmp_path / "board.json").write_bytes(await (await visitor.get(file["href"])).read())
    token = await upload(visitor, chat, tmp_path / "board.json")
    assert len((await window.ask("/board import", uploads=[token]))["panel"]["credits"]) == 1
