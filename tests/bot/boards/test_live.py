"""The messages of boards are drawn anew: soon, not each time, never too often, and after an outage."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from bot.boards.live import LiveBoards, Pace
from bot.replies import Live, Reply
from bot.store.board_posts import MOST_ALIVE, BoardPosts
from bot.store.state import State

TEAM, BOARD = "web:main", "board"


class Wall:
    """A chat that shows boards, and remembers when it drew what."""

    def __init__(self) -> None:
        self.drawn: list[tuple[float, str, int]] = []
        self.gone: set[str] = set()
        self.broken = 0

    async def repaint(self, place: str, reply: Reply, language: str) -> bool:
        if self.broken:
            self.broken -= 1
            raise ConnectionError
        assert reply.live is not None
        self.drawn.append((asyncio.get_running_loop().time(), place, reply.live.revision))
        return place not in self.gone

    async def post(self, workspace: str, channel: str, reply: Reply, language: str) -> bool:
        raise AssertionError("nothing is to be posted")


class Boards:
    """Draws boards by their revisions."""

    def __init__(self) -> None:
        self.revision = 1

    async def draw(self, workspace: str, board: str, language: str) -> Reply:
        return Reply(live=Live(workspace, board, self.revision, language))


@pytest.fixture
async def posts(tmp_path: Path) -> AsyncIterator[BoardPosts]:
    async with State.open(tmp_path / "state.db") as state:
        yield BoardPosts(state.database)


@pytest.fixture
def boards() -> Boards:
    return Boards()


@pytest.fixture
async def live(posts: BoardPosts, boards: Boards) -> AsyncIterator[LiveBoards]:
    opened = LiveBoards(posts, boards.draw, Pace(quiet_s=0.05, longest_s=0.2, spacing_s=0.3, retry_s=0.05))
    yield opened
    await opened.close()


@pytest.fixture
async def wall(live: LiveBoards) -> Wall:
    wall = Wall()
    await live.connect("web", wall)
    return wall


async def post(live: LiveBoards, place: str = "1", revision: int = 1) -> None:
    await live.posted("web", place, Live(TEAM, BOARD, revision, "en"))
    await live.settle()


async def change(live: LiveBoards, boards: Boards) -> None:
    boards.revision += 1
    live.changed(TEAM, BOARD)


async def test_a_message_shows_a_change(live: LiveBoards, boards: Boards, wall: Wall) -> None:
    await post(live)
    await change(live, boards)
    await live.settle()
    assert [(place, revision) for _, place, revision in wall.drawn] == [("1", 2)]


async def test_what_is_shown_already_is_not_drawn_again(live: LiveBoards, wall: Wall) -> None:
    await post(live)
    live.changed(TEAM, BOARD)
    await live.settle()
    assert wall.drawn == []


async def test_many_changes_in_a_row_are_drawn_once(live: LiveBoards, boards: Boards, wall: Wall) -> None:
    await post(live)
    for _ in range(20):
        await change(live, boards)
    await live.settle()
    assert [revision for *_, revision in wall.drawn] == [21]


async def test_changes_that_do_not_end_are_drawn_all_the_same(live: LiveBoards, boards: Boards, wall: Wall) -> None:
    await post(live)
    for _ in range(40):
        await change(live, boards)
        await asyncio.sleep(0.02)
    assert len(wall.drawn) >= 2
    await live.settle()
    assert wall.drawn[-1][2] == 41


async def test_a_message_is_not_drawn_more_often_than_it_may_be(live: LiveBoards, boards: Boards, wall: Wall) -> None:
    await post(live)
    for _ in range(12):
        await change(live, boards)
        await asyncio.sleep(0.1)
    await live.settle()
    times = [when for when, *_ in wall.drawn]
    assert len(times) >= 3
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.29


async def test_a_message_that_is_gone_is_forgotten(live: LiveBoards, boards: Boards, wall: Wall) -> None:
    await post(live)
    wall.gone.add("1")
    await change(live, boards)
    await live.settle()
    assert await live.posts.of_board(TEAM, BOARD) == []


async def test_one_that_could_not_be_drawn_is_drawn_as_soon_as_that_is_possible(
    live: LiveBoards, boards: Boards, wall: Wall
) -> None:
    await post(live)
    wall.broken = 2
    await change(live, boards)
    await live.settle()
    assert [revision for *_, revision in wall.drawn] == [2]


async def test_one_message_that_can_not_be_drawn_lets_another_be_drawn_once(
    live: LiveBoards, boards: Boards, wall: Wall
) -> None:
    await post(live, "1")
    await post(live, "2")
    wall.broken = 1
    await change(live, boards)
    await live.settle()
    assert sorted(place for _, place, _ in wall.drawn) == ["1", "2"]


async def test_a_change_is_not_kept_waiting_by_the_pause_after_a_failure(
    posts: BoardPosts, boards: Boards, wall: Wall
) -> None:
    live = LiveBoards(posts, boards.draw, Pace(quiet_s=0.01, longest_s=0.05, spacing_s=0.01, retry_s=60))
    await live.connect("web", wall)
    await post(live)
    wall.broken = 1
    await change(live, boards)
    await asyncio.sleep(0.1)
    assert wall.drawn == [] and not wall.broken
    await change(live, boards)
    async with asyncio.timeout(2):
        await live.settle()
    assert [revision for *_, revision in wall.drawn] == [3]


async def test_what_is_said_with_a_board_is_drawn_anew_once(live: LiveBoards, boards: Boards, wall: Wall) -> None:
    await post(live)
    for _ in range(2):
        await live.anew(TEAM, BOARD)
        await live.settle()
    assert [revision for *_, revision in wall.drawn] == [1, 1]
    live.changed(TEAM, BOARD)
    await live.settle()
    assert len(wall.drawn) == 2


async def test_what_changed_while_a_chat_was_away_is_drawn_when_it_is_back(
    live: LiveBoards, boards: Boards, wall: Wall
) -> None:
    await post(live)
    live.disconnect("web")
    await change(live, boards)
    await live.settle()
    assert wall.drawn == []
    await live.connect("web", wall)
    await live.settle()
    assert [revision for *_, revision in wall.drawn] == [2]


async def test_a_change_while_the_message_was_sent_is_not_missed(live: LiveBoards, boards: Boards, wall: Wall) -> None:
    boards.revision = 5
    await post(live, revision=3)
    assert [revision for *_, revision in wall.drawn] == [5]


async def test_only_the_last_messages_of_a_board_are_kept_alive(live: LiveBoards, wall: Wall) -> None:
    for place in range(MOST_ALIVE + 2):
        await post(live, str(place))
    assert {post.place for post in await live.posts.of_board(TEAM, BOARD)} == {"2", "3", "4"}


async def test_messages_outlive_a_restart(tmp_path: Path, boards: Boards) -> None:
    async with State.open(tmp_path / "again.db") as state:
        live = LiveBoards(BoardPosts(state.database), boards.draw)
        await live.posted("web", "1", Live(TEAM, BOARD, 1, "en"))
        await live.close()
    boards.revision = 2
    wall = Wall()
    async with State.open(tmp_path / "again.db") as state:
        live = LiveBoards(BoardPosts(state.database), boards.draw, Pace(0.01, 0.01, 0.01))
        await live.connect("web", wall)
        await live.settle()
    assert [revision for *_, revision in wall.drawn] == [2]


async def test_who_listens_is_told_at_once(live: LiveBoards) -> None:
    heard: list[tuple[str, str]] = []
    live.listen(lambda workspace, board: heard.append((workspace, board)))
    live.changed(TEAM, BOARD)
    assert heard == [(TEAM, BOARD)]


async def test_when_a_board_was_drawn_is_known_no_longer_than_it_matters(posts: BoardPosts, boards: Boards) -> None:
    live = LiveBoards(posts, boards.draw, Pace(quiet_s=0.0, longest_s=0.0, spacing_s=0.02))
    await live.connect("web", Wall())
    for number in range(6):
        live.changed(TEAM, f"board{number}")
        await live.settle()
        await asyncio.sleep(0.03)
    assert len(live._drawn_at) == 1
