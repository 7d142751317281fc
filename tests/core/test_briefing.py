"""A brief becomes a board: sections by kind, each photo once, where it fits best."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.boards.board import Author, Board
from core.boards.changes import Undone
from core.briefing import FOR_EACH, FOR_SECTION, board_of
from core.library import Library
from core.sources.detect import open_source
from core.team_boards import TeamBoards
from core.workspace import Workspace
from tests.conftest import OpenLibrary

ANN = Author("web:ann", "Ann")


@pytest.fixture
async def boards(open_library: OpenLibrary, photos: Path) -> AsyncIterator[TeamBoards]:
    async with open_library() as library:
        assert isinstance(library, Library)
        await library.import_from(open_source(str(photos)))
        yield TeamBoards(Workspace(library, {}))


async def made(boards: TeamBoards, text: str) -> Board:
    board = await boards.shelf.make("Board", ANN)
    brief = await boards.read_brief(text)
    changes = await board_of(boards, text, brief, lambda kind, texts: f"{kind}: {', '.join(texts)}")
    _, board = await boards.shelf.change(board.id, ANN, changes)
    return board


async def test_each_kind_gets_one_section(boards: TeamBoards) -> None:
    board = await made(boards, "Colours: red and blue. Light: dark night.")
    titles = [section.title for section in board.sections]
    assert len(titles) == len({title.partition(":")[0] for title in titles}) == 2
    assert any("red" in title and "blue" in title for title in titles)


async def test_candidates_are_what_a_wish_asks_for(boards: TeamBoards) -> None:
    board = await made(boards, "Colours: red.")
    ((_, pins),) = board.parts()
    assert pins and all("red" in pin.photo.id for pin in pins)


async def test_no_photo_stands_twice(boards: TeamBoards) -> None:
    board = await made(boards, "Colours: red, blue and green. Mood: calm. Light: dark, bright.")
    ids = [pin.photo.id for pin in board.pins]
    assert len(ids) == len(set(ids)) > 2


async def test_sections_begin_small(boards: TeamBoards) -> None:
    board = await made(boards, "Colours: red.")
    assert len(board.pins) <= FOR_EACH <= FOR_SECTION


async def test_what_must_not_be_there_is_no_section(boards: TeamBoards) -> None:
    board = await made(boards, "Colours: red. No people.")
    assert not any("people" in section.title for section in board.sections)


async def test_the_brief_stays_on_the_board_and_is_undone_with_it(boards: TeamBoards) -> None:
    board = await made(boards, "Colours: red.")
    assert board.brief == "Colours: red."
    _, board = await boards.shelf.change(board.id, ANN, lambda _: Undone(2))
    assert (board.brief, board.pins, board.sections) == ("", (), ())


async def test_a_library_without_photos_gives_sections_to_fill(open_library: OpenLibrary) -> None:
    async with open_library() as library:
        board = await made(TeamBoards(Workspace(library, {})), "Colours: red. Mood: calm.")
    assert len(board.sections) == 2 and board.pins == ()
