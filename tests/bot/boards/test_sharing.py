"""One board seen by several teams: a code, what each side sees and may do, and what is left when a side leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.boards.seeing import side_of
from bot.desk import Desk
from bot.replies import Audience, Reply
from bot.requests import Level
from bot.store.board_links import CODE_S
from core.errors import LibraryError
from tests.bot.teams import TEAMS, action, fill, open_team_desk, request, texts
from tests.fakes.clock import Clock
from tests.fakes.wall import Wall

HOME, GUEST, OTHER = TEAMS


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def desk(tmp_path: Path, clock: Clock) -> AsyncIterator[Desk]:
    """Two teams with photos of their own; the first has a board with two of them."""
    async with open_team_desk(tmp_path) as opened:
        opened.boards.links._clock = clock
        await fill(opened, tmp_path, HOME, "one")
        await fill(opened, tmp_path, GUEST, "two", seed=50)
        await do(opened, HOME, "board new", name="Autumn")
        await do(opened, HOME, "board add", photos="one-red one-blue")
        yield opened


async def attempt(
    desk: Desk, team: str, name: str, /, *, by: str = "ann", level: Level = Level.MEMBER, **values: Any
) -> Reply:
    return await desk.command(name, request(team, by, level=level), values)


async def do(desk: Desk, team: str, name: str, /, **values: Any) -> Reply:
    reply = await attempt(desk, team, name, **values)
    assert not reply.failed, reply.text
    return reply


async def code_of(desk: Desk) -> str:
    """Return a new code of the first team's board."""
    return (await do(desk, HOME, "board share")).copyables[0].text.removeprefix("/board join ")


async def joined(desk: Desk, team: str = GUEST, *, by: str = "gus") -> Reply:
    return await do(desk, team, "board join", by=by, code=await code_of(desk))


def numbers(reply: Reply) -> list[int]:
    assert reply.panel is not None
    return [number for number, _ in reply.panel.credits]


async def test_a_code_shows_the_board_in_the_other_team_s_channel(desk: Desk) -> None:
    reply = await joined(desk)
    assert (reply.audience, numbers(reply)) == (Audience.CHANNEL, [1, 2])
    assert reply.live is not None and reply.live.workspace == GUEST
    assert "Shared with Discord" in reply.text


async def test_both_sides_pin_their_own_photos_and_see_the_other_s_with_credits(desk: Desk) -> None:
    await joined(desk)
    await do(desk, GUEST, "board add", by="gus", photos="two-green")
    await do(desk, HOME, "board add", photos="one-green")
    for team in (HOME, GUEST):
        shown = await do(desk, team, "board show")
        assert shown.panel is not None
        credited = {number: credit.name for number, credit in shown.panel.credits}
        assert credited == {
            **dict.fromkeys((1, 2, 4), "one photographer"),
            3: "two photographer",
        }


async def test_votes_and_notes_of_both_sides_are_one_board_s(desk: Desk) -> None:
    await joined(desk)
    await do(desk, HOME, "board vote", numbers="1", vote="up")
    voted = await do(desk, GUEST, "board vote", by="gus", numbers="1", vote="up")
    assert "2" in voted.text
    await do(desk, GUEST, "board note", by="gus", number=2, text="too cold")
    assert "too cold" in texts([await do(desk, HOME, "board export", format="md")])
    assert "gus" in (await do(desk, HOME, "board history")).text


async def test_a_photo_of_the_same_id_is_another_one_on_the_other_side(desk: Desk) -> None:
    async with desk.workspaces.use(GUEST) as workspace:
        renamed = (await workspace.photo("two-red")).id
    await joined(desk)
    await do(desk, GUEST, "board add", by="gus", photos=renamed)
    async with desk.boards.see(HOME, await desk.boards.named(HOME, "Autumn")) as seen:
        board = await seen.boards.shelf.named("Autumn")
        shown = await seen.boards.shown(board)
    assert [(pin.photo.title, pin.elsewhere) for pin in shown.pins] == [
        ("one red", False),
        ("one blue", False),
        ("two red", True),
    ]
    assert all(pin.thumbnail is not None for pin in shown.pins)


async def test_a_picture_is_pinned_once_whichever_side_has_it(desk: Desk, tmp_path: Path) -> None:
    await joined(desk)
    async with desk.workspaces.use(HOME) as home, desk.workspaces.use(GUEST) as guest:
        path = (await home.photo("one-red")).path
        assert path is not None
        await guest.add(Path(path).read_bytes(), "again.jpg", _record())
    again = await attempt(desk, GUEST, "board add", by="gus", photos="again")
    assert again.failed and "1" in again.text


def _record() -> Any:
    from core.curation import Record

    return Record("somebody", title="again")


async def test_what_fits_is_looked_for_in_one_s_own_photos_only(desk: Desk) -> None:
    await joined(desk)
    here, there = await do(desk, GUEST, "board suggest", by="gus"), await do(desk, HOME, "board suggest")
    assert {card.title.split()[0] for card in here.cards} == {"two", "brandmark"}
    assert "two" not in texts([there]).replace("two photographer", "")


async def test_a_board_that_was_joined_steers_a_search_too(desk: Desk) -> None:
    await joined(desk)
    found = await do(desk, GUEST, "find", by="gus", query="like:board:Autumn")
    assert {card.title.split()[0] for card in found.cards} == {"two", "brandmark"}


async def test_the_other_s_photos_are_shown_on_the_board_and_nowhere_else(desk: Desk) -> None:
    await joined(desk)
    for name, values in (
        ("photo", {"photo": "one-red"}),
        ("credit", {"photos": "one-red"}),
        ("similar", {"photo": "one-red"}),
        ("board add", {"photos": "one-green"}),
        ("find", {"query": "like:one-red"}),
    ):
        reply = await attempt(desk, GUEST, name, by="gus", **values)
        assert reply.failed, (name, reply)
    found = await do(desk, GUEST, "find", by="gus", query="red")
    assert "one photographer" not in texts([found])


async def test_a_pin_s_picture_is_shown_to_the_sides_and_to_nobody_else(desk: Desk) -> None:
    await joined(desk)
    ballot = await do(desk, GUEST, "board vote", by="gus")
    asked = ballot.cards[0].id
    assert await desk.picture(request(GUEST), asked, 300_000)
    for team, place in ((OTHER, asked), (GUEST, asked.rpartition(".")[0] + ".99"), (GUEST, "pin:x"), (GUEST, "pin:")):
        with pytest.raises(Exception, match=r"There is no|not here"):
            await desk.picture(request(team), place, 300_000)


async def test_what_belongs_to_the_board_as_a_whole_is_done_at_home(desk: Desk) -> None:
    await joined(desk)
    for name, values in (
        ("board edit", {"name": "Mine"}),
        ("board edit", {"votes": "secret"}),
        ("board archive", {}),
        ("board delete", {}),
    ):
        reply = await attempt(desk, GUEST, name, by="gus", level=Level.MANAGER, **values)
        assert reply.failed and "Discord" in reply.text, (name, reply.text)
    assert (await attempt(desk, HOME, "board edit", by="bob", name="His")).failed
    await do(desk, HOME, "board edit", name="Winter")
    pressed = f"deleted:{await desk.boards.named(GUEST, 'Winter')}"
    assert (await desk.press(pressed, request(GUEST, level=Level.MANAGER))).failed


async def test_each_side_says_who_may_bring_photos(desk: Desk) -> None:
    code = await code_of(desk)
    await do(desk, GUEST, "settings", level=Level.MANAGER, adding="moderators")
    assert (await attempt(desk, GUEST, "board join", by="gus", code=code)).failed
    await do(desk, GUEST, "board join", by="gus", level=Level.MODERATOR, code=code)
    link = {"link": "https://example.org/a.jpg", "photographer": "A"}
    assert "may not" in (await attempt(desk, GUEST, "board add", by="gus", **link)).text


async def test_only_who_made_the_board_or_a_moderator_shares_it(desk: Desk) -> None:
    assert (await attempt(desk, HOME, "board share", by="bob")).failed
    await do(desk, HOME, "board share", by="bob", level=Level.MODERATOR)


async def test_a_code_works_once(desk: Desk) -> None:
    code = await code_of(desk)
    await do(desk, GUEST, "board join", by="gus", code=code.lower().replace("-", " "))
    assert (await attempt(desk, OTHER, "board join", code=code)).failed
    assert (await attempt(desk, OTHER, "board show", board="Autumn")).failed


async def test_a_code_is_over_after_a_day(desk: Desk, clock: Clock) -> None:
    code = await code_of(desk)
    clock.now += CODE_S + 1
    assert (await attempt(desk, GUEST, "board join", code=code)).failed


async def test_a_new_code_ends_the_one_before(desk: Desk) -> None:
    first = await code_of(desk)
    second = await code_of(desk)
    assert (await attempt(desk, GUEST, "board join", code=first)).failed
    await do(desk, GUEST, "board join", code=second)


async def test_a_team_does_not_join_its_own_board(desk: Desk) -> None:
    code = await code_of(desk)
    assert (await attempt(desk, HOME, "board join", code=code)).failed
    await do(desk, GUEST, "board join", code=code)  # which did not use it up


async def test_a_code_of_a_deleted_board_leads_nowhere(desk: Desk) -> None:
    code = await code_of(desk)
    asked = await do(desk, HOME, "board delete")
    await desk.press(action(asked, "deleted"), request(HOME))
    assert (await attempt(desk, GUEST, "board join", code=code)).failed


async def test_a_board_deleted_at_home_is_gone_everywhere(desk: Desk) -> None:
    await joined(desk)
    asked = await do(desk, HOME, "board delete")
    await desk.press(action(asked, "deleted"), request(HOME))
    assert (await attempt(desk, GUEST, "board show", board="Autumn")).failed
    assert (await attempt(desk, GUEST, "board list")).failed


async def test_a_side_that_is_sent_away_sees_no_more_and_leaves_names_and_credits(desk: Desk) -> None:
    await joined(desk)
    await do(desk, GUEST, "board add", by="gus", photos="two-green")
    given = await do(desk, HOME, "board share")
    ended = await desk.press(action(given, "unlink"), request(HOME, level=Level.MEMBER))
    assert not ended.failed, ended.text
    assert (await attempt(desk, GUEST, "board show", board="Autumn")).failed
    shown = await do(desk, HOME, "board show")
    assert shown.panel is not None and shown.panel.credits[-1][1].name == "two photographer"
    async with desk.boards.see(HOME, await desk.boards.named(HOME, "Autumn")) as seen:
        gone = (await seen.boards.shown(await seen.boards.shelf.named("Autumn"))).pins[-1]
    assert (gone.gone, gone.thumbnail, gone.original) == (True, None, None)


async def test_who_joins_again_brings_the_pictures_back(desk: Desk) -> None:
    await joined(desk)
    await do(desk, GUEST, "board add", by="gus", photos="two-green")
    given = await do(desk, GUEST, "board share", by="gus")
    await desk.press(action(given, "unlink"), request(GUEST, "gus", level=Level.MEMBER))
    await joined(desk)
    async with desk.boards.see(HOME, await desk.boards.named(HOME, "Autumn")) as seen:
        back = (await seen.boards.shown(await seen.boards.shelf.named("Autumn"))).pins[-1]
    assert not back.gone and back.thumbnail is not None


async def test_a_side_is_sent_away_by_nobody_else(desk: Desk) -> None:
    await joined(desk)
    board = await desk.boards.named(HOME, "Autumn")
    pressed = f"unlink:{board}.{side_of(GUEST)}"
    for team, person in ((GUEST, "bob"), (HOME, "bob"), (OTHER, "zoe")):
        reply = await desk.press(pressed, request(team, person, level=Level.MEMBER))
        assert reply.failed, (team, reply.text)
    await do(desk, GUEST, "board show", board="Autumn")


async def test_a_third_side_sees_what_both_others_pinned(desk: Desk, tmp_path: Path) -> None:
    await joined(desk)
    await do(desk, GUEST, "board add", by="gus", photos="two-green")
    shown = await joined(desk, OTHER, by="zoe")
    assert numbers(shown) == [1, 2, 3]
    ballot = await do(desk, OTHER, "board vote", by="zoe", numbers="3")
    assert await desk.picture(request(OTHER), ballot.cards[0].id, 300_000)


async def test_two_boards_of_one_name_are_told_apart(desk: Desk) -> None:
    await do(desk, GUEST, "board new", by="gus", name="Autumn")
    await joined(desk)
    listed = await do(desk, GUEST, "board list", by="gus")
    assert [name for name, _ in listed.details] == ["Autumn", "Autumn · Discord"]
    assert numbers(await do(desk, GUEST, "board show", by="gus", board="Autumn · Discord")) == [1, 2]
    assert numbers(await do(desk, GUEST, "board show", by="gus", board="Autumn")) == []
    assert numbers(await do(desk, GUEST, "board show", by="gus")) == [1, 2]  # which is the channel's now
    choices = await desk.complete("board show", "board", "aut", request(GUEST))
    assert [choice.value for choice in choices] == ["Autumn", "Autumn · Discord"]


async def test_a_side_s_undo_takes_its_own_change_back(desk: Desk) -> None:
    await joined(desk)
    await do(desk, GUEST, "board add", by="gus", photos="two-green")
    await do(desk, HOME, "board note", number=1, text="mine")
    await do(desk, GUEST, "board undo", by="gus")
    assert numbers(await do(desk, HOME, "board show")) == [1, 2]
    assert "mine" in texts([await do(desk, HOME, "board export", format="md")])


async def test_the_whole_board_is_handed_on_from_either_side(desk: Desk) -> None:
    await joined(desk)
    await do(desk, GUEST, "board add", by="gus", photos="two-green")
    for team in (HOME, GUEST):
        exported = await do(desk, team, "board export", by="gus", format="html")
        page = exported.files[0].data.decode()
        assert "one photographer" in page and "two photographer" in page
        assert page.count("data:image/jpeg") == 3


async def test_no_more_than_eight_teams_join(desk: Desk) -> None:
    board = await desk.boards.named(HOME, "Autumn")
    for n in range(8):
        await do(desk, f"discord:9{n}", "board join", code=await code_of(desk))
    assert len(await desk.boards.links.of_board(board)) == 8
    given = await do(desk, HOME, "board share")
    assert not given.copyables
    await desk.press(action(given, "unlink"), request(HOME))
    assert (await do(desk, HOME, "board share")).copyables


async def test_what_only_the_keeper_does_is_undone_by_no_way_round(desk: Desk) -> None:
    await do(desk, HOME, "board edit", brief="Mood: calm.")
    await joined(desk)
    asked = await do(desk, HOME, "board delete")
    deleted = await desk.press(action(asked, "deleted"), request(HOME))
    await desk.press(action(deleted, "undo"), request(HOME))
    log = (await do(desk, HOME, "board history")).text.splitlines()
    numbers = [int(line.split(" ")[0]) for line in log[1:] if line[0].isdigit()]
    before = numbers_of_board(await do(desk, HOME, "board show"))
    for number in numbers[:3]:
        reply = await attempt(desk, GUEST, "board undo", by="gus", level=Level.MANAGER, change=number)
        assert reply.failed, (number, reply.text)
    shown = await do(desk, HOME, "board show")
    assert numbers_of_board(shown) == before and "Mood: calm." in shown.text


def numbers_of_board(reply: Reply) -> list[int]:
    assert reply.panel is not None
    return [number for number, _ in reply.panel.credits]


async def test_a_vote_that_was_taken_back_is_given_again_by_nobody_else(desk: Desk) -> None:
    await do(desk, HOME, "board vote", numbers="1", vote="up")
    undone = await do(desk, HOME, "board undo")
    number = int((await do(desk, HOME, "board history")).text.splitlines()[1].split(" ")[0])
    assert "Undone" in undone.text
    assert (await attempt(desk, HOME, "board undo", by="bob", level=Level.MANAGER, change=number)).failed
    assert not (await attempt(desk, HOME, "board undo", change=number)).failed


async def test_a_photo_that_is_gone_has_no_other_s_picture(desk: Desk) -> None:
    await joined(desk)
    await do(desk, GUEST, "board add", by="gus", photos="two-green")
    given = await do(desk, HOME, "board share")
    await desk.press(action(given, "unlink"), request(HOME))
    async with desk.workspaces.use(HOME) as workspace:  # which gets a photo of the id that the other team's had
        path = (await workspace.photo("one-green")).path
        assert path is not None
        await workspace.remove("one-green")
    ballot = await do(desk, HOME, "board vote", numbers="3")
    (card,) = ballot.cards
    assert (card.here, card.picture.load, card.picture.url) == (False, None, None)
    assert card.id.startswith("pin:") and card.credit.name == "two photographer"


async def test_a_side_that_can_not_be_opened_leaves_the_board_to_the_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await joined(desk)
    await do(desk, GUEST, "board add", by="gus", photos="two-green")
    broken: set[str] = {GUEST}
    use = desk.workspaces.use

    def used(name: str) -> Any:
        if name in broken:
            raise LibraryError("The library can't be used.")
        return use(name)

    monkeypatch.setattr(desk.workspaces, "use", used)
    shown = await do(desk, HOME, "board show")
    assert numbers_of_board(shown) == [1, 2, 3]
    given = await do(desk, HOME, "board share")
    assert not (await desk.press(action(given, "unlink"), request(HOME))).failed
    broken.clear()
    await joined(desk)
    broken.add(HOME)
    made = await do(desk, GUEST, "board new", by="gus", name="Own")
    assert made.live is not None
    listed = await do(desk, GUEST, "board list", by="gus")
    assert [name for name, _ in listed.details] == ["Own"]


async def test_a_link_to_a_board_that_is_gone_is_forgotten(desk: Desk) -> None:
    await joined(desk)
    board = await desk.boards.named(HOME, "Autumn")
    asked = await do(desk, HOME, "board delete")
    await desk.press(action(asked, "deleted"), request(HOME))
    await attempt(desk, GUEST, "board list", by="gus")
    assert await desk.boards.links.of_board(board)  # it may be brought back
    async with desk.workspaces.use(HOME) as home:
        home.own.boards._clock = lambda: datetime.now(UTC) + timedelta(days=31)
        assert await home.own.boards.purge() == 1
    await attempt(desk, GUEST, "board list", by="gus")
    assert not await desk.boards.links.of_board(board)


async def test_a_search_like_a_joined_board_stays_with_it_where_an_own_one_has_its_name(desk: Desk) -> None:
    await do(desk, GUEST, "board new", by="gus", name="Autumn")
    await do(desk, GUEST, "board add", by="gus", photos="two-green", board="Autumn")
    await joined(desk)
    found = await do(desk, GUEST, "board suggest", by="gus", board="Autumn · Discord")
    again = await desk.press(f"show:{found.result}", request(GUEST, "gus"))
    assert "Autumn · Discord" in again.text, again.text


async def test_joined_boards_keep_their_names_and_each_has_its_own(desk: Desk) -> None:
    await joined(desk)
    for team in (OTHER, "discord:9"):
        await do(desk, team, "board new", name="Autumn")
        given = (await do(desk, team, "board share")).copyables[0].text.removeprefix("/board join ")
        await do(desk, GUEST, "board join", by="gus", code=given)
    listed = await do(desk, GUEST, "board list", by="gus")
    names = [name for name, _ in listed.details]
    assert names[0] == "Autumn" and len(set(names)) == 3
    assert numbers(await do(desk, GUEST, "board show", by="gus", board="Autumn")) == [1, 2]


async def test_an_own_board_that_was_deleted_hides_no_joined_one(desk: Desk) -> None:
    await do(desk, GUEST, "board new", by="gus", name="Autumn")
    asked = await do(desk, GUEST, "board delete", by="gus", board="Autumn")
    await desk.press(action(asked, "deleted"), request(GUEST, "gus"))
    await joined(desk)
    assert "pinned 1, 2" in (await do(desk, GUEST, "board history", by="gus", board="Autumn")).text


async def test_a_message_of_a_chat_that_was_away_says_when_it_is_back_who_has_left(desk: Desk) -> None:
    wall = Wall()
    live = (await do(desk, HOME, "board show")).actions
    posted = await desk.press(next(one.id for one in live if one.id.startswith("place:")), request(HOME))
    assert posted.live is not None
    await joined(desk)
    await desk.live.connect("discord", wall)
    await desk.live.posted("discord", "1/1", posted.live)
    await desk.live.settle()
    desk.live.disconnect("discord")
    given = await do(desk, HOME, "board share")
    await desk.press(action(given, "unlink"), request(HOME))
    wall.drawn.clear()
    await desk.live.connect("discord", wall)
    await desk.live.settle()
    assert len(wall.drawn) == 1 and "Shared with" not in wall.drawn[0].text
