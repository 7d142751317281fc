"""What is kept about a person is told to them, and forgotten when they ask: and nothing of others."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.desk import Desk
from bot.replies import Live
from bot.requests import Level, Person, Request, Upload
from bot.store.visits import Visits
from core.boards.forgetting import PSEUDONYM
from core.store import StoreOptions
from tests.bot.teams import action, fill, request, upload
from tests.bot.two_people import ANN, BEN, HOME, OWN, do, everything, forgotten, log_of, shown, worked
from tests.conftest import draw_photo
from tests.fakes.wall import Wall


@pytest.fixture
async def desk(tmp_path: Path, engine: StoreOptions) -> AsyncIterator[Desk]:
    async with worked(tmp_path, engine) as opened:
        yield opened


async def test_privacy_tells_how_much_there_is(desk: Desk) -> None:
    reply = await do(desk, "privacy")
    said = dict(reply.details)
    assert said["Your searches and their answers"] == "1, each for 30 days"
    assert said["What you did on boards, with your name"].startswith("5 changes on 1 board")
    assert action(reply, "forget")


async def test_forgetting_is_asked_for_once_more_and_does_nothing_before(desk: Desk) -> None:
    before = await everything(desk)
    asked = await do(desk, "forget me")
    assert "can't be undone" in asked.text
    assert await everything(desk) == before


async def test_a_board_stays_as_it_was_but_for_the_name(desk: Desk) -> None:
    before = await shown(desk)
    await forgotten(desk)
    after = await shown(desk)
    assert [(pin.number, pin.note, pin.tally) for pin in after.pins] == [
        (pin.number, pin.note, pin.tally) for pin in before.pins
    ]
    assert (after.decision.picks, after.decision.why, after.touched) == (before.decision.picks, "warm", before.touched)
    assert {one.author.id for one in after.pin(1).ballots} == {after.made_by.id, BEN}
    assert after.made_by.id.startswith(PSEUDONYM) and after.made_by.name == after.decision.by.name == ""


async def test_the_history_says_somebody_and_that_they_were_forgotten(desk: Desk) -> None:
    await forgotten(desk)
    said = (await do(desk, "board history", by="ben")).text
    assert "ann:" not in said
    assert "1 · somebody: made the board" in said and "somebody: asked to be forgotten" in said


async def test_nobody_s_last_change_is_undone_in_the_place_of_who_was_forgotten(desk: Desk) -> None:
    await forgotten(desk)
    reply = await desk.command("board undo", request(HOME, "ann", level=Level.MEMBER), {})
    assert reply.failed
    last = len(await log_of(desk))
    mark = await desk.command("board undo", request(HOME, "ben"), {"change": last})
    assert mark.failed, "that somebody was forgotten can't be undone"


async def test_only_a_moderator_keeps_a_board_whose_maker_was_forgotten(desk: Desk) -> None:
    await forgotten(desk)
    refused = await desk.command("board delete", request(HOME, "ann", level=Level.MEMBER), {"board": "Autumn"})
    assert refused.failed and refused.text == "Only a moderator may do this with the board."
    assert not (await desk.command("board delete", request(HOME, "ben", level=Level.MODERATOR), {})).failed


async def test_each_board_has_a_pseudonym_of_its_own(desk: Desk) -> None:
    await do(desk, "board new", name="Winter")
    await forgotten(desk)
    assert (await shown(desk)).made_by.id != (await shown(desk, "Winter")).made_by.id


async def test_votes_that_came_back_from_an_exported_board_lose_the_name(desk: Desk) -> None:
    exported = (await do(desk, "board export", by="ben", format="json")).files[0]
    await do(desk, "board import", by="ben", file=_file(exported.data), name="Copy")
    assert '"name": "ann"' in (await everything(desk)).replace("\\", "")
    await forgotten(desk)
    left = await everything(desk)
    assert '"name": "ann"' not in left.replace("\\", "") and '"name": "ben"' in left.replace("\\", "")
    assert [pin.tally.up for pin in (await shown(desk, "Copy")).pins] == [2, 0]


async def test_an_export_made_later_names_nobody_who_was_forgotten(desk: Desk) -> None:
    await forgotten(desk)
    for format_ in ("json", "html", "md", "csv", "pdf"):
        reply = await do(desk, "board export", by="ben", format=format_)
        assert not re.search(rb"discord:ann|\bann\b", b"".join(file.data for file in reply.files)), format_


async def test_a_side_that_is_a_person_s_alone_leaves_no_trace_on_the_boards_of_teams(
    desk: Desk, tmp_path: Path
) -> None:
    await fill(desk, tmp_path, OWN, "own", seed=70)
    code = (await do(desk, "board share")).copyables[0].text.removeprefix("/board join ")
    await do(desk, "board join", team=OWN, code=code)
    await do(desk, "board add", team=OWN, photos="own-green")
    await forgotten(desk, team=OWN)
    board = await shown(desk)
    assert [pin.photo.title for pin in board.pins] == ["one red", "one blue", "own green"]
    assert board.pins[2].by.side not in ("", *(one.by.side for one in board.pins[:2]))
    shown_again = await do(desk, "board show", by="ben")
    assert shown_again.panel is not None and len(shown_again.panel.credits) == 3, "every pin keeps its credit"
    assert OWN not in await everything(desk)


async def test_pictures_that_wait_for_a_form_are_forgotten(desk: Desk, tmp_path: Path) -> None:
    picture = upload(draw_photo(tmp_path / "new.jpg", "#808080"))
    mine, theirs = desk.uploads.wait(request(HOME), [picture]), desk.uploads.wait(request(HOME, "ben"), [picture])
    assert dict((await do(desk, "privacy")).details)["Pictures that wait in memory for a form"].startswith("1,")
    await forgotten(desk)
    assert (desk.uploads.held(ANN), desk.uploads.held(BEN)) == (0, 1)
    assert {mine, theirs} & set(desk.uploads._waiting) == {theirs}


async def test_chats_forget_too_and_draw_boards_anew(desk: Desk) -> None:
    walls = {"discord": Wall(), "web": Wall()}
    for chat, wall in walls.items():
        await desk.live.connect(chat, wall)
    board = await do(desk, "board show")
    posted = await desk.press(action(board, "place"), request(HOME, "ben"))
    assert posted.live is not None
    await desk.live.posted("discord", "1/2", posted.live)
    await desk.live.settle()
    drawn = len(walls["discord"].drawn)
    await forgotten(desk)
    await desk.live.settle()
    assert (walls["discord"].forgotten, walls["web"].forgotten) == ([ANN], [])
    assert len(walls["discord"].drawn) == drawn + 1


async def test_who_is_forgotten_twice_has_nothing_to_be_forgotten(desk: Desk) -> None:
    await forgotten(desk)
    before = await everything(desk)
    reply = await forgotten(desk)
    assert all(value.startswith("0") for _, value in reply.details), reply.details
    assert await everything(desk) == before


async def test_somebody_else_s_press_forgets_themselves_only(desk: Desk) -> None:
    asked = await do(desk, "forget me")
    await desk.press(action(asked, "forgotten"), request(HOME, "ben", level=Level.MEMBER))
    left = await everything(desk)
    assert BEN not in left and ANN in left


async def test_in_the_web_chat_who_was_forgotten_stays_logged_in_as_somebody_new(desk: Desk) -> None:
    visits = Visits(desk.state.database)
    cookie = await visits.begin()
    person = await visits.person(cookie)
    assert person is not None
    await visits.call(person, "Ann")
    await visits.add(person, {"text": "mine"})
    posted = await visits.add("", {"text": "red, found by Ann"}, author=person)
    await visits.add("", {"text": "theirs"}, author="web:2")
    board = await visits.add("", {"text": "a board"}, author=person)
    await desk.live.posted("web", str(board), Live(HOME, (await shown(desk)).id, 1, "en"))
    web = Request("web", HOME, "web:main", Person(person, "Ann"), request(HOME).words)
    said = dict((await desk.command("privacy", web, {})).details)
    assert (said["Your conversation, and what you posted"][0], said["The name that you gave yourself"]) == ("3", "1")
    reply = await desk.press("forgotten:", web)
    assert not reply.failed and "still logged in" in reply.text
    again = await visits.person(cookie)
    assert again not in (None, person) and await visits.name(person) is None
    assert [entry["text"] for entry in await visits.entries(again or "")] == ["theirs", "a board"]
    assert posted not in [entry["n"] for entry in await visits.entries(again or "")]
    assert person not in await everything(desk)


async def test_a_search_with_a_picture_leaves_the_numbers_of_it_and_no_byte(desk: Desk, tmp_path: Path) -> None:
    """The vector is kept with the result, as numbers from which nobody can draw the picture again."""
    path = draw_photo(tmp_path / "elsewhere" / "secret.jpg", "#d01010", seed=4711)
    data = path.read_bytes()
    reply = await do(desk, "similar", image=upload(path, name="holiday-at-home.jpg"))
    assert reply.cards
    path.unlink()
    kept = await desk.state.latest(HOME, ANN, 1)
    assert [sorted(one) for one in kept[0]["shown"]] == [["vectors", "weight"]]
    chunks = [data[at : at + 24] for at in range(0, len(data) - 24, 16)]
    for file in (one for one in tmp_path.rglob("*") if one.is_file()):
        held = file.read_bytes()
        assert not [chunk for chunk in chunks[len(chunks) // 2 :] if chunk in held], file
        assert b"holiday-at-home" not in held, file
    assert "holiday-at-home" not in await everything(desk)
    await forgotten(desk)
    assert json.dumps(kept[0]["shown"])[:40] not in await everything(desk)


def _file(data: bytes) -> Upload:
    async def read() -> bytes:
        return data

    return Upload("board.json", len(data), read)
