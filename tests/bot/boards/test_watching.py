"""A channel that watches a board is told of new photos that fit: with a reason, and at most once a day."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.boards.watching import REST_S, look
from bot.desk import Desk
from bot.replies import Reply
from core.curation import Record
from tests.bot.teams import TEAMS, action, fill, open_team_desk, request
from tests.conftest import draw_photo

DAY_S = 24 * 3600.0


class Channel:
    """A chat that shows what is posted."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, Reply]] = []
        self.closed = False

    async def repaint(self, place: str, reply: Reply, language: str) -> bool:
        return True

    async def post(self, workspace: str, channel: str, reply: Reply, language: str) -> bool:
        self.posted.append((channel, reply))
        return not self.closed


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_team_desk(tmp_path) as opened:
        await fill(opened, tmp_path, TEAMS[0], "one")
        for seed, colour in enumerate(("#10c0c0", "#7010c0", "#c0c010", "#1060c0", "#10c060", "#5010e0"), 30):
            await bring(opened, tmp_path, colour, f"other {seed}", seed)  # else red would be nothing unusual here
        await opened.command("board new", request(), {"name": "Autumn"})
        await opened.command("board add", request(), {"photos": "one-red"})
        reply = await opened.command("board watch", request(), {"state": "on"})
        assert not reply.failed
        yield opened


@pytest.fixture
async def channel(desk: Desk) -> Channel:
    channel = Channel()
    await desk.live.connect("discord", channel)
    return channel


async def bring(desk: Desk, folder: Path, colour: str, name: str, seed: int) -> None:
    path = draw_photo(folder / f"{name}.jpg", colour, seed=seed)
    async with desk.workspaces.use(TEAMS[0]) as workspace:
        await workspace.add(path.read_bytes(), path.name, Record("New Photographer", title=name))


async def test_photos_that_were_there_before_are_no_news(desk: Desk, channel: Channel) -> None:
    assert await look(desk) == 0 and channel.posted == []


async def test_a_new_photo_that_fits_is_told_with_its_credit_and_a_reason(
    desk: Desk, channel: Channel, tmp_path: Path
) -> None:
    await bring(desk, tmp_path, "#e21212", "ruby", 50)
    assert await look(desk) == 1
    ((where, reply),) = channel.posted
    assert where == request().channel
    (card,) = reply.cards
    assert (card.title, card.credit.name) == ("ruby", "New Photographer")
    assert "close to 1" in card.note


async def test_what_is_told_can_be_pinned_by_anybody(desk: Desk, channel: Channel, tmp_path: Path) -> None:
    await bring(desk, tmp_path, "#e21212", "ruby", 50)
    await look(desk)
    reply = await desk.press(action(channel.posted[0][1], "pin"), request(person="ben"), ("1",))
    assert "“Autumn”" in reply.text and not reply.failed


async def test_a_channel_is_told_at_most_once_a_day_and_then_of_all(
    desk: Desk, channel: Channel, tmp_path: Path
) -> None:
    now = 1_800_000_000.0
    await bring(desk, tmp_path, "#e21212", "ruby", 50)
    assert await look(desk, clock=lambda: now) == 1
    for seed, name in enumerate(("rose", "cherry"), 51):
        await bring(desk, tmp_path, "#e31313", name, seed)
    assert await look(desk, clock=lambda: now + REST_S - 1) == 0
    assert await look(desk, clock=lambda: now + DAY_S) == 1
    assert {card.title for card in channel.posted[-1][1].cards} == {"rose", "cherry"}


async def test_what_was_told_is_not_told_again(desk: Desk, channel: Channel, tmp_path: Path) -> None:
    await bring(desk, tmp_path, "#e21212", "ruby", 50)
    await look(desk, clock=lambda: 1_800_000_000.0)
    assert await look(desk, clock=lambda: 1_800_000_000.0 + 2 * DAY_S) == 0


async def test_nobody_is_told_while_the_chat_is_away_and_then_is(desk: Desk, tmp_path: Path) -> None:
    await bring(desk, tmp_path, "#e21212", "ruby", 50)
    assert await look(desk) == 0
    channel = Channel()
    await desk.live.connect("discord", channel)
    assert await look(desk) == 1


async def test_nobody_is_told_any_more_once_that_is_switched_off(desk: Desk, channel: Channel, tmp_path: Path) -> None:
    await desk.command("board watch", request(), {"state": "off"})
    await bring(desk, tmp_path, "#e21212", "ruby", 50)
    assert await look(desk) == 0


async def test_a_watch_that_is_ended_while_it_is_looked_at_stays_ended(desk: Desk) -> None:
    (watch,) = await desk.live.posts.watches()
    await desk.live.posts.unwatch(watch.workspace, watch.board)
    await desk.live.posts.looked(watch)
    assert await desk.live.posts.watches() == []


async def test_a_deleted_board_is_watched_no_longer(desk: Desk, channel: Channel, tmp_path: Path) -> None:
    asked = await desk.command("board delete", request(), {})
    await desk.press(action(asked, "deleted"), request())
    await bring(desk, tmp_path, "#e21212", "ruby", 50)
    assert await look(desk) == 0
    assert await desk.live.posts.watches() == []


async def test_a_channel_that_is_closed_to_the_bot_is_left_alone(desk: Desk, channel: Channel, tmp_path: Path) -> None:
    channel.closed = True
    await bring(desk, tmp_path, "#e21212", "ruby", 50)
    await look(desk)
    assert await desk.live.posts.watches() == []
