"""What people do with boards, by commands and buttons, whatever chat they sit in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.desk import Desk
from bot.replies import Audience, Form, Reply
from bot.requests import Level, Request, Upload
from core.boards.board import Author
from core.boards.changes import NewPin, Pinned
from core.boards.shelf import Shelf
from core.curation import Record
from tests.bot.teams import TEAMS, action, fill, open_team_desk, request, upload
from tests.conftest import draw_photo
from tests.fakes.wall import Wall

ANN, BEN = "ann", "ben"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_team_desk(tmp_path) as opened:
        await fill(opened, tmp_path, TEAMS[0], "one")
        yield opened


@pytest.fixture
async def board(desk: Desk) -> Reply:
    """A board with three photos."""
    await do(desk, "board new", name="Autumn", brief="Mood: calm. Colours: red.")
    return await do(desk, "board add", photos="one-red one-blue one-green")


async def do(desk: Desk, name: str, /, *, by: str = ANN, level: Level = Level.MEMBER, **values: Any) -> Reply:
    """Do something that is to succeed."""
    reply = await attempt(desk, name, by=by, level=level, **values)
    assert not reply.failed, reply.text
    return reply


async def attempt(desk: Desk, name: str, /, *, by: str = ANN, level: Level = Level.MEMBER, **values: Any) -> Reply:
    return await desk.command(name, request(person=by, level=level), values)


async def press(desk: Desk, reply: Reply, verb: str, *chosen: str, by: str = ANN) -> Reply:
    return await desk.press(action(reply, verb), request(person=by, level=Level.MEMBER), chosen)


async def shown(desk: Desk) -> Reply:
    return await do(desk, "board show")


def numbers(reply: Reply) -> list[int]:
    assert reply.panel is not None
    return [number for number, _ in reply.panel.credits]


async def test_a_new_board_is_shown_to_everybody_and_stays_up_to_date(desk: Desk) -> None:
    reply = await do(desk, "board new", name="Autumn")
    assert reply.audience is Audience.CHANNEL and reply.live is not None
    assert "“Autumn”" in reply.text


async def test_where_nothing_may_be_posted_a_board_is_shown_privately(desk: Desk) -> None:
    await do(desk, "settings", level=Level.MANAGER, channels="not here")
    reply = await do(desk, "board new", name="Autumn")
    assert reply.audience is Audience.PRIVATE and reply.live is None


async def test_the_board_of_the_channel_is_meant_where_none_is_named(desk: Desk, board: Reply) -> None:
    await desk.command("board new", replace(request(), channel="elsewhere"), {"name": "Other"})
    assert "“Autumn”" in (await shown(desk)).text


async def test_without_a_board_that_could_be_meant_it_is_said_how_to_get_one(desk: Desk) -> None:
    reply = await attempt(desk, "board show")
    assert reply.failed and "/board new" in reply.text


async def test_every_photo_of_a_board_is_credited(desk: Desk, board: Reply) -> None:
    await do(desk, "board add", photos="brand/brandmark")
    panel = (await shown(desk)).panel
    assert panel is not None
    names = [credit.name for _, credit in panel.credits]
    assert names == ["one photographer"] * 3 + ["Brand Keeper"]


async def test_a_photo_stands_on_a_board_once(desk: Desk, board: Reply) -> None:
    reply = await attempt(desk, "board add", photos="one-red")
    assert reply.failed and "already, as 1" in reply.text
    assert numbers(await shown(desk)) == [1, 2, 3]


async def test_a_photo_that_is_not_here_is_not_pinned_and_neither_are_those_beside_it(desk: Desk, board: Reply) -> None:
    reply = await attempt(desk, "board add", photos="brand/brandmark nothing")
    assert reply.failed and "nothing" in reply.text
    assert numbers(await shown(desk)) == [1, 2, 3]


async def test_a_removed_photo_stays_as_a_credited_placeholder(desk: Desk, board: Reply) -> None:
    async with desk.workspaces.use(TEAMS[0]) as workspace:
        await workspace.remove("one-red")
    reply = await shown(desk)
    assert reply.panel is not None and reply.panel.credits[0][1].name == "one photographer"
    large = await do(desk, "board vote")
    assert "not in the library any more" in large.cards[0].note
    assert large.cards[0].picture.load is None


async def test_a_corrected_credit_shows_on_the_board(desk: Desk, board: Reply) -> None:
    await do(desk, "edit", level=Level.MANAGER, photo="one-red", photographer="Right Name")
    panel = (await shown(desk)).panel
    assert panel is not None and panel.credits[0][1].name == "Right Name"


async def test_a_picture_is_pinned_with_its_credit(desk: Desk, board: Reply, tmp_path: Path) -> None:
    picture = upload(draw_photo(tmp_path / "mine.jpg", "#a010a0", seed=70))
    form = await desk.opens("board add", request(), {"image": picture, "note": "mine", "section": ""})
    assert isinstance(form, Form)
    reply = await desk.submit(form.id, request(), {"photographer": "Eve", "title": "Mine"})
    assert "as 4" in reply.text
    panel = (await shown(desk)).panel
    assert panel is not None and panel.credits[-1][1].name == "Eve"


async def test_anothers_waiting_picture_is_not_taken(desk: Desk, board: Reply, tmp_path: Path) -> None:
    picture = upload(draw_photo(tmp_path / "mine.jpg", "#a010a0", seed=70))
    form = await desk.opens("board add", request(), {"image": picture})
    assert isinstance(form, Form)
    assert (await desk.submit(form.id, request(person=BEN), {"photographer": "Eve"})).failed


async def test_a_picture_without_a_photographer_is_refused(desk: Desk, board: Reply, tmp_path: Path) -> None:
    picture = upload(draw_photo(tmp_path / "mine.jpg", "#a010a0", seed=70))
    assert (await attempt(desk, "board add", image=picture)).failed


async def test_results_are_pinned_together(desk: Desk, board: Reply) -> None:
    await do(desk, "board remove", numbers="1-3")
    found = await do(desk, "find", query="red")
    reply = await press(desk, found, "pin", "1", "2")
    assert "as 4, 5" in reply.text


async def test_one_undo_takes_back_what_was_pinned_together(desk: Desk, board: Reply) -> None:
    reply = await press(desk, board, "undo")
    assert not reply.failed
    assert numbers(await shown(desk)) == []


async def test_undo_takes_back_ones_own_change_not_anothers(desk: Desk, board: Reply) -> None:
    await do(desk, "board note", number=1, text="mine")
    await do(desk, "board remove", by=BEN, numbers="3")
    await do(desk, "board undo")
    text = (await do(desk, "board history")).text
    assert "note on 1: mine (undone)" in text and numbers(await shown(desk)) == [1, 2]


async def test_a_change_of_anybody_is_undone_by_its_number(desk: Desk, board: Reply) -> None:
    await do(desk, "board remove", by=BEN, numbers="3")
    await do(desk, "board undo", change=4)
    assert numbers(await shown(desk)) == [1, 2, 3]


async def test_nobody_takes_anothers_vote_back(desk: Desk, board: Reply) -> None:
    await do(desk, "board vote", by=BEN, numbers="1", vote="up")
    reply = await attempt(desk, "board undo", change=4)
    assert reply.failed and "Only who voted" in reply.text


async def test_that_a_board_was_made_is_not_undone(desk: Desk, board: Reply) -> None:
    assert (await attempt(desk, "board undo", change=1)).failed


async def test_sections_are_made_and_filled_and_named_in_the_export(desk: Desk, board: Reply) -> None:
    await do(desk, "board section", title="Light", wish="bright")
    await do(desk, "board move", numbers="2-3", section="light")
    (file,) = (await do(desk, "board export", format="md")).files
    text = file.data.decode()
    assert text.index("Light") > text.index("one red") and text.index("Light") < text.index("one blue")


async def test_a_photo_is_moved_out_of_its_section_by_a_dash(desk: Desk, board: Reply) -> None:
    await do(desk, "board section", title="Light")
    await do(desk, "board move", numbers="1", section="Light")
    await do(desk, "board move", numbers="1", section="-")
    (file,) = (await do(desk, "board export", format="md")).files
    assert file.data.decode().index("one red") < file.data.decode().index("Light")


async def test_a_section_that_is_not_there_is_said_with_those_that_are(desk: Desk, board: Reply) -> None:
    await do(desk, "board section", title="Light")
    reply = await attempt(desk, "board move", numbers="1", section="Dark")
    assert reply.failed and "Light" in reply.text


async def test_votes_are_gone_through_one_by_one_without_others_votes_in_sight(desk: Desk, board: Reply) -> None:
    await do(desk, "board vote", by=BEN, numbers="1", vote="up")
    reply = await do(desk, "board vote")
    assert "0 of 3" in reply.text and reply.cards[0].number == 1 and BEN not in reply.cards[0].note
    reply = await press(desk, reply, "up")
    assert "1 of 3" in reply.text and reply.cards[0].number == 2 and reply.in_place
    reply = await press(desk, reply, "skip")
    assert "1 of 3" in reply.text and reply.cards[0].number == 3
    reply = await press(desk, reply, "one")
    assert reply.cards[0].number == 2
    reply = await press(desk, reply, "down")
    assert "3 of 3" in reply.text and reply.panel is not None


async def test_only_one_photo_can_be_the_one_at_once(desk: Desk, board: Reply) -> None:
    assert (await attempt(desk, "board vote", numbers="1-2", vote="the one")).failed


async def test_secret_votes_are_said_nowhere(desk: Desk, board: Reply) -> None:
    await do(desk, "board edit", votes="secret")
    await do(desk, "board vote", by="zelda", numbers="1", vote="the one")
    for reply in (
        await do(desk, "board history"),
        await shown(desk),
        *[await do(desk, "board export", format=form) for form in ("md", "csv", "html", "json")],
    ):
        assert "zelda" not in repr(reply)


async def test_secret_votes_can_not_be_opened_later(desk: Desk, board: Reply) -> None:
    await do(desk, "board edit", votes="secret")
    await do(desk, "board vote", by=BEN, numbers="1", vote="up")
    assert (await attempt(desk, "board edit", votes="open")).failed


async def test_a_decision_names_what_leads_and_why_and_freezes_a_version(desk: Desk, board: Reply) -> None:
    await do(desk, "board vote", by=BEN, numbers="2", vote="the one")
    await do(desk, "board vote", numbers="1", vote="up")
    reply = await do(desk, "board decide", why="It is calm.")
    assert "Version 1" in reply.text and ": 2\n" in reply.text and "It is calm." in reply.text
    assert "version 1, decided" in (await shown(desk)).text
    await do(desk, "board remove", numbers="3")
    assert "version 2, not decided yet" in (await shown(desk)).text


async def test_without_votes_a_decision_asks_for_numbers(desk: Desk, board: Reply) -> None:
    assert (await attempt(desk, "board decide")).failed
    assert "3" in (await do(desk, "board decide", numbers="3")).text


async def test_versions_are_compared(desk: Desk, board: Reply) -> None:
    await do(desk, "board decide", numbers="1")
    await do(desk, "board remove", numbers="3")
    await do(desk, "board decide", numbers="2")
    rows = dict((await do(desk, "board compare")).details)
    assert rows == {"Taken off": "3", "Picked now": "2", "Not picked any more": "1"}
    assert (await attempt(desk, "board compare", to=9)).failed


async def test_a_decision_is_made_by_its_form(desk: Desk, board: Reply) -> None:
    form = await desk.opens_press(action(await shown(desk), "decide"), request())
    assert isinstance(form, Form)
    assert "Version 1" in (await desk.submit(form.id, request(), {"numbers": "1 3", "why": "so"})).text


async def test_suggestions_leave_out_what_is_pinned_and_are_pinned_on_their_board(desk: Desk, board: Reply) -> None:
    await do(desk, "board remove", numbers="2")
    await do(desk, "board new", name="Winter")
    reply = await do(desk, "board suggest", board="Autumn")
    assert "one-red" not in [card.id for card in reply.cards] and reply.cards
    assert "close to" in reply.cards[0].note
    pinned = await press(desk, reply, "pin", "1")
    assert "“Autumn”" in pinned.text


async def test_a_board_is_asked_with_like_a_photo(desk: Desk, board: Reply) -> None:
    await do(desk, "board remove", numbers="2-3")
    reply = await do(desk, "find", query="like:board:Autumn", count=1)
    assert reply.cards
    assert (await attempt(desk, "find", query="like:board:Nowhere")).failed


async def test_a_brief_becomes_a_board_with_candidates_in_sections(desk: Desk) -> None:
    reply = await do(desk, "brief", text="Mood: calm.\nColours: red and blue.\nWe need landscape photos.", name="Lodge")
    assert reply.live is not None and "“Lodge”" in reply.text
    assert numbers(reply)
    (file,) = (await do(desk, "board export", format="md")).files
    assert "calm" in file.data.decode()


async def test_a_brief_may_be_a_file(desk: Desk) -> None:
    async def read() -> bytes:
        return "Mood: calm. Light: dark night.".encode("utf-8-sig")

    reply = await do(desk, "brief", file=Upload("brief.txt", 40, read))
    assert reply.panel is not None


@pytest.mark.parametrize("data", [b"\xff\xfe\x00binary\x00", b""])
async def test_a_brief_that_is_no_text_is_refused(desk: Desk, data: bytes) -> None:
    async def read() -> bytes:
        return data

    assert (await attempt(desk, "brief", file=Upload("brief.pdf", len(data), read))).failed


async def test_two_briefs_of_the_same_name_become_two_boards(desk: Desk) -> None:
    await do(desk, "brief", text="Mood: calm.", name="Lodge")
    assert "“Lodge 2”" in (await do(desk, "brief", text="Mood: calm.", name="Lodge")).text


async def test_a_palette_is_picture_text_and_files(desk: Desk, board: Reply) -> None:
    reply = await do(desk, "board palette")
    assert {file.name for file in reply.files} == {"palette.ase", "palette.gpl"}
    assert all(label.startswith("#") for label, _ in reply.details)
    assert reply.panel is not None and reply.panel.picture.load is not None
    assert await reply.panel.picture.load(10**6)


@pytest.mark.parametrize("form", ["png", "pdf", "zip", "html", "md", "csv", "json", "ase", "gpl"])
async def test_a_board_is_exported_in_every_form(desk: Desk, board: Reply, form: str) -> None:
    (file,) = (await do(desk, "board export", format=form)).files
    assert file.name.endswith(form) and len(file.data) > 50


async def test_an_export_fits_into_what_a_chat_takes(desk: Desk, board: Reply) -> None:
    small = replace(request(), upload_limit=400_000)
    for form in ("pdf", "png", "zip", "html"):
        reply = await desk.command("board export", small, {"format": form})
        assert reply.failed or len(reply.files[0].data) <= 400_000


async def test_a_board_is_taken_in_again_as_it_was(desk: Desk, board: Reply) -> None:
    await do(desk, "board section", title="Light")
    await do(desk, "board move", numbers="2", section="Light")
    await do(desk, "board note", number=1, text="keep")
    (file,) = (await do(desk, "board export", format="json")).files

    async def read() -> bytes:
        return file.data

    reply = await do(desk, "board import", file=Upload("b.json", len(file.data), read))
    assert "“Autumn 2”" in reply.text and len(numbers(reply)) == 3
    assert "keep" in (await do(desk, "board export", format="md", board="Autumn 2")).files[0].data.decode()


@pytest.mark.parametrize("data", [b"{}", b"[]", b"nothing", b"\x00" * 50, b'{"modaclip": "board", "format": 99}'])
async def test_what_is_no_board_is_not_taken_in(desk: Desk, data: bytes) -> None:
    async def read() -> bytes:
        return data

    assert (await attempt(desk, "board import", file=Upload("b.json", len(data), read))).failed
    assert (await attempt(desk, "board list")).failed  # there is none


async def test_a_board_gets_another_brief(desk: Desk, board: Reply) -> None:
    await do(desk, "board edit", name="Autumn", brief="Mood: wild.")
    assert "Mood: wild." in (await shown(desk)).text
    assert (await attempt(desk, "board edit", name="Autumn", brief="x" * 20_000)).failed


async def test_a_section_s_wish_is_taken_away_by_a_dash(desk: Desk, board: Reply) -> None:
    await do(desk, "board section", title="Light", wish="bright")
    await do(desk, "board section", title="Light", wish="-")
    async with desk.workspaces.use(TEAMS[0]) as workspace:
        (section,) = (await workspace.own.boards.named("Autumn")).sections
    assert section.wish == ""


async def test_secret_votes_are_opened_by_no_way_round(desk: Desk, board: Reply) -> None:
    await do(desk, "board edit", votes="secret")  # change 4
    await do(desk, "board vote", by=BEN, numbers="1-2", vote="up")
    assert "stay secret" in (await attempt(desk, "board undo", change=4)).text
    await do(desk, "board remove", numbers="1-3")
    assert "stay secret" in (await attempt(desk, "board edit", votes="open")).text
    await do(desk, "board undo", by=BEN, change=5)
    assert BEN not in (await do(desk, "board history")).text


async def test_several_votes_are_one_change(desk: Desk, board: Reply) -> None:
    voted = await do(desk, "board vote", numbers="1-3", vote="down")
    await press(desk, voted, "undo")
    assert "0 of 3" in (await do(desk, "board vote")).text


async def test_who_changed_nothing_is_offered_no_undo(desk: Desk, board: Reply) -> None:
    await do(desk, "board vote", numbers="1", vote="up")
    await do(desk, "board note", by=BEN, number=2, text="his")
    again = await do(desk, "board vote", numbers="1", vote="up")
    assert not [one for one in again.actions if one.id.startswith("undo:")]


async def test_ranges_are_read_from_either_end(desk: Desk, board: Reply) -> None:
    assert "1, 2" in (await do(desk, "board decide", numbers="2-1,")).text
    await do(desk, "board remove", numbers="3-2")
    assert numbers(await shown(desk)) == [1]


async def test_a_vote_is_changed_by_its_number(desk: Desk, board: Reply) -> None:
    await do(desk, "board vote", numbers="1-3", vote="up")
    reply = await do(desk, "board vote", numbers="2")
    assert [card.number for card in reply.cards] == [2]


async def test_the_one_of_each_section_can_be_named_together(desk: Desk, board: Reply) -> None:
    await do(desk, "board section", title="Light")
    await do(desk, "board move", numbers="3", section="Light")
    await do(desk, "board vote", numbers="1 3", vote="the one")
    await do(desk, "board move", numbers="3", section="-")
    assert (await do(desk, "board vote", numbers="3")).cards[0].note == "▲ 1"


async def test_what_is_pinned_while_a_brief_is_read_keeps_its_number(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf_change = Shelf.change

    async def raced(self: Shelf, board_id: str, author: Author, make: Any) -> Any:
        if author.name == ANN and not raced_once:
            raced_once.append(board_id)
            async with desk.workspaces.use(TEAMS[0]) as workspace:
                photo = await workspace.photo("brand/brandmark")
            await shelf_change(
                self, board_id, Author("x:1", "x"), lambda now: Pinned(now.next_number, (NewPin(photo),))
            )
        return await shelf_change(self, board_id, author, make)

    raced_once: list[str] = []
    monkeypatch.setattr(Shelf, "change", raced)
    reply = await do(desk, "brief", text="Colours: red.", name="Lodge")
    assert raced_once and len(set(numbers(reply))) == len(numbers(reply)) > 1


async def test_another_picture_under_the_same_id_takes_no_pin_s_place(desk: Desk, board: Reply, tmp_path: Path) -> None:
    async with desk.workspaces.use(TEAMS[0]) as workspace:
        await workspace.remove("one-red")
        path = draw_photo(tmp_path / "other.jpg", "#00ff00", seed=91)
        added, _ = await workspace.add(path.read_bytes(), "x.jpg", Record("Somebody Else", title="one red"))
    assert added.id == "one-red"
    panel = (await shown(desk)).panel
    assert panel is not None and panel.credits[0][1].name == "one photographer"


async def test_a_deleted_board_is_brought_back_by_its_name(desk: Desk, board: Reply) -> None:
    await press(desk, await do(desk, "board delete"), "deleted")
    assert "30 days" in (await desk.press(action(board, "board"), request(person=ANN))).text
    await do(desk, "board undo", board="Autumn")
    assert numbers(await do(desk, "board show", board="Autumn")) == [1, 2, 3]


async def test_only_its_keeper_undoes_what_only_its_keeper_does(desk: Desk, board: Reply) -> None:
    await do(desk, "board edit", name="Winter")
    assert (await attempt(desk, "board undo", by=BEN, change=4)).failed
    await do(desk, "board undo", change=4)


async def test_the_last_board_shown_in_a_channel_stays_its_board(desk: Desk, board: Reply) -> None:
    await do(desk, "board new", name="Winter")
    await do(desk, "board note", board="Autumn", number=1, text="x")
    assert "“Winter”" in (await shown(desk)).text


async def test_a_section_has_a_title_of_its_own(desk: Desk, board: Reply) -> None:
    await do(desk, "board section", title="Light")
    await do(desk, "board section", title="Mood")
    for values in ({"title": "-"}, {"title": "Light", "rename": "mood"}, {"title": "Light", "rename": "–"}):
        assert (await attempt(desk, "board section", **values)).failed


async def test_nothing_is_taken_in_for_a_section_that_is_not_there(desk: Desk, board: Reply, tmp_path: Path) -> None:
    picture = upload(draw_photo(tmp_path / "mine.jpg", "#a010a0", seed=70))
    assert (await attempt(desk, "board add", image=picture, photographer="Eve", section="nope")).failed
    async with desk.workspaces.use(TEAMS[0]) as workspace:
        assert await workspace.own.count() == 3


async def test_the_same_photo_by_two_names_is_pinned_once(desk: Desk, board: Reply) -> None:
    await do(desk, "board remove", numbers="1-3")
    await do(desk, "board add", photos="one-red ONE-RED")
    assert numbers(await shown(desk)) == [4]


async def test_a_board_that_is_not_there_is_named_with_near_ones(desk: Desk, board: Reply) -> None:
    assert "Autumn" in (await attempt(desk, "find", query="like:board:Autum")).text
    assert not (await do(desk, "find", query='red -like:"board:autumn"^2 like:one-red')).failed


async def test_boards_with_odd_names_steer_searches_too(desk: Desk, board: Reply) -> None:
    await do(desk, "board edit", name='He said "hi"')
    found = await do(desk, "board suggest")
    assert not (await press(desk, found, "photo", "1")).failed
    again = await desk.press(f"show:{found.result}", request(person=ANN))
    assert not again.failed


async def test_a_corrected_credit_lets_the_board_s_message_be_drawn_anew(desk: Desk, board: Reply) -> None:
    wall = Wall()
    await desk.live.connect("discord", wall)
    live = (await press(desk, board, "board")).live
    assert live is None  # seen by one person only
    live = (await press(desk, await do(desk, "board show"), "place")).live
    assert live is not None
    await desk.live.posted("discord", "1/1", live)
    await desk.live.settle()
    await do(desk, "edit", level=Level.MANAGER, photo="one-red", photographer="Right Name")
    await desk.live.settle()
    panel = wall.drawn[-1].panel
    assert panel is not None and panel.credits[0][1].name == "Right Name"


async def test_a_program_that_ends_while_a_credit_is_corrected_leaves_the_message_to_the_next(
    desk: Desk, board: Reply
) -> None:
    wall = Wall()
    live = (await press(desk, await do(desk, "board show"), "place")).live
    assert live is not None
    await desk.live.posted("discord", "1/1", live)
    changing = desk.changing_photos(TEAMS[0])
    await changing.__aenter__()  # and nobody lives to leave it
    await desk.live.connect("discord", wall)
    await desk.live.settle()
    assert len(wall.drawn) == 1


async def test_a_deleted_board_is_gone_until_that_is_undone(desk: Desk, board: Reply) -> None:
    asked = await do(desk, "board delete")
    deleted = await press(desk, asked, "deleted")
    assert (await attempt(desk, "board show", board="Autumn")).failed
    await press(desk, deleted, "undo")
    assert numbers(await do(desk, "board show", board="Autumn")) == [1, 2, 3]


async def test_only_its_maker_or_a_moderator_deletes_a_board(desk: Desk, board: Reply) -> None:
    assert (await attempt(desk, "board delete", by=BEN)).failed
    await do(desk, "board delete", by=BEN, level=Level.MODERATOR)


async def test_an_archived_board_is_listed_apart_and_is_no_channel_s(desk: Desk, board: Reply) -> None:
    await do(desk, "board archive")
    assert (await attempt(desk, "board list")).failed
    assert [name for name, _ in (await do(desk, "board list", which="archived")).details] == ["Autumn"]
    assert (await attempt(desk, "board show")).failed


async def test_names_are_completed(desk: Desk, board: Reply) -> None:
    await do(desk, "board section", title="Light")
    boards = await desk.complete("board show", "board", "aut", request())
    sections = await desk.complete("board move", "section", "li", request())
    photos = await desk.complete("board add", "photos", "one-red one-b", request())
    assert [one.value for one in (*boards, *sections, *photos)] == ["Autumn", "Light", "one-red one-blue"]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("board remove", {"numbers": "9"}),
        ("board remove", {"numbers": "x"}),
        ("board remove", {"numbers": "1-99999"}),
        ("board remove", {"numbers": "99999999999999999999"}),
        ("board move", {"numbers": "1"}),
        ("board move", {"numbers": "1", "before": 77}),
        ("board note", {"number": 77, "text": "x"}),
        ("board section", {"title": "  "}),
        ("board new", {"name": " "}),
        ("board new", {"name": "x" * 500}),
        ("board edit", {"name": "Other"}),
        ("board edit", {}),
        ("board join", {"code": "AAAA-BBBB-CCCC"}),
        ("board join", {"code": ""}),
        ("board add", {}),
        ("board undo", {"change": 999}),
        ("brief", {}),
        ("brief", {"text": "!!!"}),
        ("brief", {"text": "x" * 20_000}),
        ("board export", {"format": "json", "only": "picked"}),
        ("board export", {"format": "exe"}),
        ("board import", {}),
        ("board show", {"board": "Autumn; DROP TABLE boards"}),
        ("board watch", {"board": "nothing"}),
        ("board suggest", {"section": "nothing"}),
        ("board suggest", {"words": 'broken "quote'}),
    ],
)
async def test_what_can_not_be_done_is_said_and_changes_nothing(
    desk: Desk, board: Reply, name: str, values: dict[str, Any]
) -> None:
    await do(desk, "board new", name="Other")
    before = (await do(desk, "board history", board="Autumn")).text
    if name not in ("board new", "brief", "board import", "board show", "board watch", "board join"):
        values = {**values, "board": "Autumn"}
    reply = await attempt(desk, name, **values)
    assert reply.failed and "went wrong" not in reply.text, reply.text
    assert (await do(desk, "board history", board="Autumn")).text == before


async def test_boards_of_one_team_are_not_anothers(desk: Desk, board: Reply) -> None:
    other: Request = request(TEAMS[1])
    for pressed in (action(await shown(desk), "vote"), action(board, "undo"), action(board, "board")):
        reply = await desk.press(pressed, other)
        assert reply.failed and "one" not in reply.text.split()
    assert (await desk.command("board show", other, {"board": "Autumn"})).failed
