"""A team's boards with their photos: what is shown, what fits, what does not, what is missing, what is new."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.boards.board import Author, Board
from core.boards.changes import Briefed, Change, Decided, NewPin, Pinned, Sectioned, Voted
from core.boards.steering import Suggested
from core.curation import Record
from core.errors import BadQuery, BadRecord, EncoderUnavailable, NotFound
from core.library import Library
from core.query import Query, parse
from core.sources.detect import open_source
from core.team_boards import TeamBoards
from core.workspace import Workspace
from tests.conftest import OpenLibrary, draw_photo
from tests.fakes.encoder import ColourEncoder

ANN, BOB = Author("test:ann", "Ann"), Author("test:bob", "Bob")
NOW = datetime(2026, 3, 1, tzinfo=UTC)
COLOURS = {"red": "#e01010", "blue": "#1030e0", "green": "#10c010", "yellow": "#d8d800", "magenta": "#d010d0"}


async def fill(library: Library, folder: Path, names: Sequence[str], *, seed: int) -> None:
    """Import photos named by their colours, such as red-1."""
    for number, name in enumerate(names, seed):
        draw_photo(folder / f"{name}.jpg", COLOURS[name.partition("-")[0]], seed=number)
    await library.import_from(open_source(str(folder)))


@pytest.fixture
async def own(open_library: OpenLibrary, tmp_path: Path) -> AsyncIterator[Library]:
    async with open_library(name="own") as library:
        await fill(library, tmp_path / "in", [f"{colour}-{n}" for colour in COLOURS for n in range(1, 5)], seed=0)
        yield library


@pytest.fixture
async def brand(open_library: OpenLibrary, tmp_path: Path) -> AsyncIterator[Library]:
    async with open_library(name="brand") as library:
        await fill(library, tmp_path / "brand-in", ["red-7", "red-8", "blue-7", "green-7"], seed=300)
        yield library


@pytest.fixture
async def boards(own: Library, brand: Library) -> AsyncIterator[TeamBoards]:
    workspace = Workspace(own, {"brand": brand})
    yield TeamBoards(workspace, lambda: NOW)
    await workspace.close()


@pytest.fixture
async def board(boards: TeamBoards) -> Board:
    return await boards.shelf.make("Autumn campaign", ANN)


async def do(boards: TeamBoards, board: Board, change: Change, who: Author = ANN) -> Board:
    return (await boards.shelf.change(board.id, who, lambda _: change))[1]


async def pin(boards: TeamBoards, board: Board, *ids: str, section: str = "") -> Board:
    photos = [await boards.pinnable(photo_id) for photo_id in ids]
    board = await boards.shelf.board(board.id)
    return await do(boards, board, Pinned(board.next_number, tuple(NewPin(photo, section) for photo in photos)))


def ids(suggested: Suggested) -> list[str]:
    return [one.photo.id for one in suggested.hits]


def colours(found: Sequence[str]) -> set[str]:
    return {photo_id.rpartition("/")[2].partition("-")[0] for photo_id in found}


# Showing


async def test_a_photo_is_pinned_under_the_id_that_people_type(boards: TeamBoards) -> None:
    assert (await boards.pinnable("brand/red-7")).id == "brand/red-7"
    with pytest.raises(NotFound):
        await boards.pinnable("red-99")


async def test_a_shown_pin_has_its_credit_and_its_files(boards: TeamBoards, board: Board, own: Library) -> None:
    await own.edit("red-1", Record("Cleo"))
    (shown,) = (await boards.shown(await pin(boards, board, "red-1"))).pins
    assert shown.credit.text == "Photo by Cleo"
    assert shown.thumbnail is not None and shown.thumbnail.is_file()
    assert shown.original is not None and shown.original.path.name == "red-1.jpg"
    assert not shown.gone


async def test_a_corrected_credit_shows_on_the_board(boards: TeamBoards, board: Board, own: Library) -> None:
    board = await pin(boards, board, "red-1")
    await own.edit("red-1", Record("Cleo"))
    assert (await boards.shown(board)).pins[0].credit.text == "Photo by Cleo"


async def test_a_photo_that_is_gone_is_shown_as_it_was_pinned(boards: TeamBoards, board: Board, own: Library) -> None:
    await own.edit("red-1", Record("Cleo"))
    board = await pin(boards, board, "red-1")
    await own.remove("red-1")
    (shown,) = (await boards.shown(board)).pins
    assert shown.gone
    assert shown.credit.text == "Photo by Cleo"


async def test_no_collection_s_photo_takes_the_place_of_one_that_is_gone(
    boards: TeamBoards, board: Board, own: Library, tmp_path: Path
) -> None:
    await fill(own, tmp_path / "same", ["red-7"], seed=600)
    board = await pin(boards, board, "red-7")
    await own.remove("red-7")
    assert (await boards.shown(board)).pins[0].gone


async def test_an_original_that_is_not_there_is_not_shown(boards: TeamBoards, board: Board, tmp_path: Path) -> None:
    board = await pin(boards, board, "red-1")
    (tmp_path / "in" / "red-1.jpg").unlink()
    assert (await boards.shown(board)).pins[0].original is None


async def test_picks_show_while_the_decision_stands(boards: TeamBoards, board: Board) -> None:
    board = await pin(boards, board, "red-1", "red-2")
    board = await do(boards, board, Decided((2,), "warm"))
    assert [one.picked for one in (await boards.shown(board)).pins] == [False, True]
    board = await pin(boards, board, "red-3")
    assert not any(one.picked for one in (await boards.shown(board)).pins)


async def test_a_shown_board_says_when_it_was_drawn_and_in_which_colours(boards: TeamBoards, board: Board) -> None:
    shown = await boards.shown(await pin(boards, board, "red-1", "blue-1"))
    assert shown.made_at == NOW
    assert len(shown.palette) >= 2
    assert shown.palette == await boards.palette(shown.board)


# Suggesting


async def test_what_fits_the_pins_is_suggested_from_every_library(boards: TeamBoards, board: Board) -> None:
    suggested = await boards.suggest(await pin(boards, board, "red-1", "brand/red-7"), limit=4)
    assert sorted(ids(suggested)) == ["brand/red-8", "red-2", "red-3", "red-4"]
    assert suggested.matches


async def test_every_suggestion_has_its_rank_and_credit(boards: TeamBoards, board: Board) -> None:
    suggested = await boards.suggest(await pin(boards, board, "red-1"), limit=3)
    assert [one.hit.rank for one in suggested.hits] == [1, 2, 3]
    assert all(one.hit.credit.text for one in suggested.hits)


async def test_a_suggestion_names_the_pins_that_it_is_close_to(boards: TeamBoards, board: Board) -> None:
    suggested = await boards.suggest(await pin(boards, board, "red-1", "blue-1", "red-2"), limit=8)
    reasons = {one.photo.id.partition("-")[0]: set(one.near) for one in suggested.hits}
    assert reasons["red"] == {1, 3}
    assert reasons["blue"] == {2}


async def test_what_is_voted_down_is_not_suggested(boards: TeamBoards, board: Board) -> None:
    board = await pin(boards, board, "red-1", "blue-1")
    board = await do(boards, board, Voted(2, "down"))
    assert colours(ids(await boards.suggest(board, limit=3))) == {"red"}


async def test_the_one_draws_most(boards: TeamBoards, board: Board) -> None:
    board = await pin(boards, board, "red-1", "blue-1")
    board = await do(boards, board, Voted(2, "one"), BOB)
    board = await do(boards, board, Voted(2, "up"), ANN)
    assert ids(await boards.suggest(board, limit=1))[0].startswith(("blue", "brand/blue"))


async def test_the_same_picture_is_not_suggested_again(
    boards: TeamBoards, board: Board, own: Library, tmp_path: Path
) -> None:
    draw_photo(tmp_path / "again" / "copy.jpg", COLOURS["red"], seed=0, size=(192, 128))  # of red-1
    await own.import_from(open_source(str(tmp_path / "again")))
    board = await pin(boards, board, "red-1")
    assert "copy" not in ids(await boards.suggest(board, limit=99))


async def test_words_lead_away_from_the_pins(boards: TeamBoards, board: Board) -> None:
    board = await pin(boards, board, "red-1", "blue-1")
    assert colours(ids(await boards.suggest(board, words="blue", limit=3))) == {"blue"}


async def test_conditions_hold_for_suggestions(boards: TeamBoards, board: Board, own: Library, tmp_path: Path) -> None:
    draw_photo(tmp_path / "tall" / "tall.jpg", COLOURS["red"], seed=700, size=(64, 96))
    await own.import_from(open_source(str(tmp_path / "tall")))
    board = await pin(boards, board, "red-1")
    assert ids(await boards.suggest(board, words="is:portrait")) == ["tall"]


async def test_words_that_can_t_be_read_are_refused(boards: TeamBoards, board: Board) -> None:
    with pytest.raises(BadQuery):
        await boards.suggest(await pin(boards, board, "red-1"), words="is:round")


async def test_a_board_with_no_more_than_a_brief_is_searched_for_by_that(boards: TeamBoards, board: Board) -> None:
    board = await do(boards, board, Briefed("Colours: yellow"))
    suggested = await boards.suggest(board, limit=3)
    assert colours(ids(suggested)) == {"yellow"}
    assert all(one.near == () for one in suggested.hits)


async def test_a_board_without_pins_and_brief_is_told_what_to_do(boards: TeamBoards, board: Board) -> None:
    with pytest.raises(BadRecord, match="Pin a photo"):
        await boards.suggest(board)


async def test_a_board_of_which_all_was_voted_down_has_nothing_to_go_by(boards: TeamBoards, board: Board) -> None:
    board = await do(boards, await pin(boards, board, "red-1"), Voted(1, "down"))
    with pytest.raises(BadRecord):
        await boards.suggest(board)
    assert colours(ids(await boards.suggest(board, words="blue", limit=2))) == {"blue"}


async def test_a_section_is_suggested_for_by_its_own_pins(boards: TeamBoards, board: Board) -> None:
    board = await do(boards, board, Sectioned("s1", "Sea"))
    board = await pin(boards, board, "blue-1", section="s1")
    board = await pin(boards, board, "red-1", "red-2")
    assert colours(ids(await boards.suggest(board, section="s1", limit=3))) == {"blue"}


async def test_an_empty_section_is_suggested_for_by_its_wish(boards: TeamBoards, board: Board) -> None:
    board = await do(boards, board, Sectioned("s1", "Sun", "yellow"))
    board = await pin(boards, board, "red-1")
    assert colours(ids(await boards.suggest(board, section="s1", limit=3))) == {"yellow"}


async def test_pins_of_another_encoder_are_compared_in_their_own_library(
    open_library: OpenLibrary, own: Library, tmp_path: Path
) -> None:
    async with open_library(ColourEncoder("other"), name="other") as other:
        await fill(other, tmp_path / "other-in", ["blue-5", "blue-6", "green-5"], seed=800)
        boards = TeamBoards(Workspace(own, {"other": other}))
        board = await pin(boards, await boards.shelf.make("Mixed", ANN), "red-1", "other/blue-5")
        found = ids(await boards.suggest(board, limit=4))
        assert "other/blue-6" in found
        assert {"red-2", "red-3", "red-4"} & set(found)
        await boards.workspace.close()


async def test_a_pin_whose_photo_is_gone_leads_nowhere(boards: TeamBoards, board: Board, own: Library) -> None:
    board = await pin(boards, board, "red-1", "blue-1")
    await own.remove("red-1")
    assert colours(ids(await boards.suggest(board, limit=3))) == {"blue"}


# What does not fit, and what is missing


async def test_a_stranger_is_named(boards: TeamBoards, board: Board) -> None:
    board = await pin(boards, board, "red-1", "red-2", "red-3", "red-4", "blue-1")
    assert [outlier.number for outlier in await boards.outliers(board)] == [5]


async def test_on_a_board_that_hangs_together_none_is_named(boards: TeamBoards, board: Board) -> None:
    assert await boards.outliers(await pin(boards, board, "red-1", "red-2", "red-3", "red-4")) == []


async def test_with_few_pins_nobody_can_tell(boards: TeamBoards, board: Board) -> None:
    with pytest.raises(BadRecord, match="4"):
        await boards.outliers(await pin(boards, board, "red-1", "red-2", "blue-1"))


async def test_a_gap_is_a_wish_that_no_pin_meets(boards: TeamBoards, board: Board) -> None:
    board = await do(boards, board, Briefed("Colours: red, yellow. No people."))
    board = await pin(boards, board, "red-1", "blue-1")
    (gap,) = await boards.gaps(board)
    assert (gap.wish, gap.aspect, gap.section, gap.match) == ("color:yellow", "colour", None, "weak")


async def test_a_section_s_wish_may_be_a_gap(boards: TeamBoards, board: Board) -> None:
    board = await do(boards, board, Sectioned("s1", "Sun", "yellow"))
    board = await pin(boards, board, "red-1", "green-1")
    (gap,) = await boards.gaps(board)
    assert (gap.title, gap.section, gap.wish) == ("Sun", "s1", "yellow")
    assert gap.best in (1, 2)
    assert gap.score < 0.5
    assert await boards.gaps(await pin(boards, board, "yellow-1")) == []


async def test_all_wishes_of_an_empty_board_are_gaps(boards: TeamBoards, board: Board) -> None:
    board = await do(boards, board, Sectioned("s1", "Sun", "yellow"))
    (gap,) = await boards.gaps(board)
    assert (gap.best, gap.score) == (None, 0)


async def test_without_a_wish_nothing_is_missing(boards: TeamBoards, board: Board) -> None:
    with pytest.raises(BadRecord, match="brief"):
        await boards.gaps(await pin(boards, board, "red-1"))


# News


async def test_what_came_in_since_and_fits_is_news(
    boards: TeamBoards, board: Board, own: Library, brand: Library, tmp_path: Path
) -> None:
    board, marks = await pin(boards, board, "red-1", "red-2"), await boards.marks()
    await fill(own, tmp_path / "later", ["red-5", "blue-5"], seed=900)
    await fill(brand, tmp_path / "later-brand", ["red-9"], seed=950)
    news, fresh = await boards.news(board, marks)
    assert sorted(one.photo.id for one in news) == ["brand/red-9", "red-5"]
    assert set(news[0].near) <= {1, 2}
    assert (await boards.news(board, fresh))[0] == []


async def test_an_empty_board_has_no_news(boards: TeamBoards, board: Board) -> None:
    assert await boards.news(board, {}) == ([], await boards.marks())


# A board in a search


@pytest.mark.parametrize(
    "typed", ["like:board:autumn", 'like:"board:autumn campaign"', '-like:"board:autumn campaign"^2']
)
def test_a_board_is_written_in_a_query_as_it_is_read(typed: str) -> None:
    query = parse(typed)
    assert query.likes[0].photo_id.startswith("board:autumn")
    assert parse(str(query)) == query


async def test_photos_like_a_board_are_found(boards: TeamBoards, board: Board) -> None:
    board = await pin(boards, board, "blue-1", "blue-2")
    pictures = await boards.pictures_like(board, weight=1.0)
    found = await boards.workspace.find(Query(), shown=pictures, limit=5)
    assert colours([hit.photo.id for hit in found.hits]) == {"blue"}


async def test_photos_unlike_a_board_are_found(boards: TeamBoards, board: Board) -> None:
    board = await pin(boards, board, "blue-1", "blue-2")
    assert [one.weight for one in await boards.pictures_like(board, weight=2.0, negative=True)] == [-2.0]


async def test_what_is_voted_down_goes_along_as_what_to_be_unlike(boards: TeamBoards, board: Board) -> None:
    board = await do(boards, await pin(boards, board, "blue-1", "red-1"), Voted(2, "down"))
    assert [one.weight > 0 for one in await boards.pictures_like(board, weight=1.0)] == [True, False]


async def test_nothing_is_like_an_empty_board(boards: TeamBoards, board: Board) -> None:
    with pytest.raises(BadRecord, match="Autumn campaign"):
        await boards.pictures_like(board, weight=1.0)


# Briefs


async def test_unknown_phrases_are_filed_by_their_nearest_words(
    boards: TeamBoards, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.team_boards.exemplars", lambda: (["colour", "subject"], ["azure", "dog"]))
    brief = await boards.read_brief("- azure xyz\n- calm")
    assert [(aspect.kind, aspect.text) for aspect in brief.aspects] == [("colour", "azure xyz"), ("mood", "calm")]


async def test_without_an_encoder_unknown_phrases_are_subjects(
    boards: TeamBoards, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unavailable(_: Sequence[str]) -> None:
        raise EncoderUnavailable("No weights.")

    monkeypatch.setattr(boards.workspace.own.encoder, "encode_texts", unavailable)
    assert [aspect.kind for aspect in (await boards.read_brief("- xylophones\n- calm")).aspects] == ["subject", "mood"]


async def test_an_empty_brief_is_refused(boards: TeamBoards) -> None:
    with pytest.raises(BadRecord, match="golden hour"):
        await boards.read_brief(" ")


# What the workspace tells about given photos


async def test_given_photos_are_matched_in_their_own_libraries(boards: TeamBoards) -> None:
    scores = await boards.workspace.match(parse("red"), ["red-1", "blue-1", "brand/red-7", "red-99"])
    assert set(scores) == {"red-1", "blue-1", "brand/red-7"}
    assert min(scores["red-1"], scores["brand/red-7"]) > 0.5 > scores["blue-1"]


async def test_a_given_photo_that_misses_a_condition_is_left_out(boards: TeamBoards) -> None:
    assert set(await boards.workspace.match(parse("color:#e01010"), ["red-1", "blue-1"])) == {"red-1"}


async def test_a_match_is_what_a_search_says(boards: TeamBoards) -> None:
    found = await boards.workspace.find(parse("red"), limit=30)
    one = next(hit for hit in found.hits if hit.photo.id == "red-2")
    assert (await boards.workspace.match(parse("red"), ["red-2"]))["red-2"] == pytest.approx(one.score)


async def test_only_what_is_newer_is_found(boards: TeamBoards, own: Library, tmp_path: Path) -> None:
    marks = await boards.marks()
    await fill(own, tmp_path / "later", ["red-5"], seed=900)
    found = await boards.workspace.find(parse("sort:new"), limit=9, newer_than=marks)
    assert [hit.photo.id for hit in found.hits] == ["red-5"]
