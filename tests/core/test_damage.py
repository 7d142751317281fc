"""A damaged library: what it answers is right, or says what it lacks; and what a repair brings back."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from core.boards.board import Author
from core.boards.changes import Briefed, Lost, Noted
from core.curation import Record
from core.errors import DamagedLibrary, LibraryBusy
from core.mending import check_library, check_tables
from core.sources.folder import FolderSource
from core.store import Stores
from core.store.sqlite.checkup import check_up, opened
from core.store.sqlite.sums import SUMMED
from tests.conftest import OpenLibrary
from tests.fakes.decoding import DECODERS

ANA = Author("1", "Ana")
PAGE = 4096


@pytest.fixture
async def folder(open_library: OpenLibrary, photos: Path, tmp_path: Path) -> Path:
    """A library of eight photos, one of them with a credit that somebody gave, and two boards."""
    async with open_library() as library:
        await library.import_from(FolderSource(photos))
        await library.edit("red-car", Record(photographer="Ana Paz", title="The red car"))
        await library.edit("blue-lake", Record(description="Calm water"))
        for name in ("Autumn", "Winter"):
            board = await library.boards.make(name, ANA)
            for text in ("one", "two", "three"):
                await library.boards.change(board.id, ANA, lambda _, text=text: Briefed(text))  # type: ignore[misc]
    return tmp_path / "library"


@pytest.fixture
async def stores() -> AsyncIterator[Stores]:
    async with Stores() as opened_stores:
        yield opened_stores


def behind(folder: Path, sql: str) -> None:
    """Change rows as damage does: their sums stay behind."""
    with closing(sqlite3.connect(folder / "library.db")) as connection, connection:
        for name in ("row_sum", "vector_sum"):
            connection.create_function(name, -1, lambda *_: 1)
        connection.execute(sql)


def zero_page_of(folder: Path, table: str) -> None:
    """Lose the first page of a table or an index."""
    path = folder / "library.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
    with path.open("r+b") as file:
        file.seek((root - 1) * PAGE)
        file.write(bytes(PAGE))


async def repaired(folder: Path, open_library: OpenLibrary, stores: Stores) -> list[str]:
    async with open_library(name="elsewhere") as library:
        options = library.options
    return [one.text for one in await check_library(folder, options, repair=True, stores=stores, decoders=DECODERS)]


# what is answered


async def test_a_damaged_photo_is_left_out_and_the_answer_says_so(folder: Path, open_library: OpenLibrary) -> None:
    behind(folder, "UPDATE photos SET title = 'The bed car' WHERE id = 'red-car'")
    async with open_library() as library:
        page = await library.find("red")
        assert "red-car" not in [hit.photo.id for hit in page.hits]
        assert "damaged" in str(page.notices[-1])
        with pytest.raises(DamagedLibrary, match="red-car is damaged"):
            await library.photo("red-car")


async def test_a_text_that_is_none_stops_no_other_photo(folder: Path, open_library: OpenLibrary) -> None:
    path = folder / "library.db"
    data = path.read_bytes()
    at = data.index(b"The red car", data.index(b"red-carfile:"))  # in the photo's own row
    path.write_bytes(data[:at] + b"\xff\x80" + data[at + 2 :])
    async with open_library() as library:
        assert "red-barn" in [hit.photo.id for hit in (await library.find("red")).hits]


@pytest.mark.parametrize("query", ["like:red-car", "blue -like:red-car"])
async def test_a_photo_whose_vector_went_astray_is_not_said_to_have_no_picture(
    folder: Path, open_library: OpenLibrary, query: str
) -> None:
    behind(folder, "UPDATE vectors SET photo = 99 WHERE photo = (SELECT n FROM photos WHERE id = 'red-car')")
    async with open_library() as library:
        with pytest.raises(DamagedLibrary, match="red-car is damaged, so nothing can be found"):
            await library.find(query)


async def test_a_damaged_vector_is_never_compared(folder: Path, open_library: OpenLibrary) -> None:
    behind(folder, "UPDATE vectors SET vector = zeroblob(length(vector)) WHERE photo = 1")
    async with open_library() as library:
        page = await library.find("blue", limit=8, collapse=False)
        assert len(page.hits) == 7 and "damaged" in str(page.notices[-1])


async def test_a_board_with_a_damaged_entry_refuses_and_the_others_answer(
    folder: Path, open_library: OpenLibrary
) -> None:
    behind(folder, "UPDATE board_changes SET data = '{\"text\": \"owt\"}' WHERE revision = 3 AND board = "
           "(SELECT id FROM boards WHERE name = 'Autumn')")  # fmt: skip
    async with open_library() as library:
        assert (await library.boards.named("Winter")).brief == "three"
        with pytest.raises(DamagedLibrary):
            await library.boards.named("Autumn")


async def test_a_board_whose_last_entry_is_gone_refuses(folder: Path, open_library: OpenLibrary) -> None:
    behind(folder, "DELETE FROM board_changes WHERE revision = 4")
    async with open_library() as library:
        with pytest.raises(DamagedLibrary, match="lost"):
            await library.boards.named("Autumn")


async def test_a_small_library_with_a_broken_index_is_not_opened(folder: Path, open_library: OpenLibrary) -> None:
    zero_page_of(folder, "photos_by_place")
    with pytest.raises(DamagedLibrary, match="check --repair"):
        async with open_library():
            pass


async def test_an_empty_file_in_place_of_a_library_is_no_new_library(folder: Path, open_library: OpenLibrary) -> None:
    (folder / "library.db").write_bytes(b"")
    with pytest.raises(DamagedLibrary, match="backup"):
        async with open_library():
            pass


# sums


async def test_a_sum_is_over_every_column(folder: Path) -> None:
    with opened(folder / "library.db") as connection:
        for table, columns in SUMMED.items():
            there = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
            assert there - {"sum", "alike"} == set(columns.split(", ")), table


async def test_every_row_has_a_sum(folder: Path) -> None:
    found = await check_up(folder / "library.db")
    assert (found.unsummed, found.problems()) == (0, [])


async def test_rows_from_before_there_were_sums_are_believed_and_a_repair_gives_them_theirs(
    folder: Path, open_library: OpenLibrary, stores: Stores
) -> None:
    with opened(folder / "library.db") as connection:
        connection.execute("UPDATE vectors SET sum = NULL")
    async with open_library() as library:
        assert len((await library.find("blue", limit=8, collapse=False)).hits) == 8
    assert "8 entries of an earlier version had no checksum" in await repaired(folder, open_library, stores)
    assert (await check_up(folder / "library.db")).unsummed == 0


# what a repair brings back


async def test_a_repair_carries_all_over_that_an_index_lost(
    folder: Path, open_library: OpenLibrary, stores: Stores
) -> None:
    zero_page_of(folder, "photos_by_place")
    assert not [line for line in await repaired(folder, open_library, stores) if "lost" in line]
    async with open_library() as library:
        assert (await library.photo("red-car")).photographer.name == "Ana Paz"
        assert [hit.photo.id for hit in (await library.find('"calm water"')).hits] == ["blue-lake"]
        assert await library.check() == []
    assert len(list(folder.glob("library.db.damaged-*"))) >= 1


async def test_rows_are_known_on_pages_that_hang_on_another_table(
    folder: Path, open_library: OpenLibrary, stores: Stores
) -> None:
    path, names = folder / "library.db", ("photos", "sqlite_autoindex_photos_1")
    with closing(sqlite3.connect(path)) as connection:
        roots = dict(connection.execute("SELECT name, rootpage FROM sqlite_master"))
    data = bytearray(path.read_bytes())
    one, two = (slice((roots[name] - 1) * PAGE, roots[name] * PAGE) for name in names)
    data[one], data[two] = data[two], data[one]
    path.write_bytes(data)
    assert not [line for line in await repaired(folder, open_library, stores) if "lost" in line]
    async with open_library() as library:
        assert (await library.photo("red-car")).photographer.name == "Ana Paz"


async def test_a_first_page_that_is_another_loses_nothing_in_silence(
    folder: Path, open_library: OpenLibrary, stores: Stores
) -> None:
    path = folder / "library.db"
    sound = path.read_bytes()
    async with open_library(name="elsewhere") as library:
        options = library.options
    with closing(sqlite3.connect(path)) as connection:
        roots = dict(connection.execute("SELECT name, rootpage FROM sqlite_master"))
    for name in ("words_data", "photos"):
        place = (roots[name] - 1) * PAGE
        data = bytearray(sound)
        data[:PAGE], data[place : place + PAGE] = sound[place : place + PAGE], sound[:PAGE]
        path.write_bytes(data)
        said = [one.text for one in await check_library(folder, options, repair=True, stores=stores, decoders=DECODERS)]
        async with open_library() as library:
            if not any("lost" in line for line in said):
                assert (await library.photo("red-car")).photographer.name == "Ana Paz"
                assert await library.count() == 8


async def test_a_lost_photo_is_named_and_taken_in_again_from_its_file(
    folder: Path, open_library: OpenLibrary, stores: Stores
) -> None:
    behind(folder, "UPDATE photos SET title = 'The bed car' WHERE id = 'red-car'")
    said = await repaired(folder, open_library, stores)
    assert "lost: 1 photos: red-car" in said
    assert "1 of these photos were taken in again from their files" in said
    async with open_library() as library:
        assert (await library.photo("red-car")).title is None
        assert (await library.stats()).with_vector == 8


async def test_a_lost_vector_is_made_again(folder: Path, open_library: OpenLibrary, stores: Stores) -> None:
    behind(folder, "UPDATE vectors SET vector = zeroblob(length(vector)) WHERE photo = 1")
    assert "1 photos with a picture but without a vector" in await repaired(folder, open_library, stores)
    async with open_library() as library:
        assert (await library.stats()).with_vector == 8


async def test_a_board_keeps_what_is_left_and_its_log_says_what_is_lost(
    folder: Path, open_library: OpenLibrary, stores: Stores
) -> None:
    behind(folder, 'UPDATE board_changes SET data = \'{"text": "owt"}\' WHERE revision = 3')
    said = await repaired(folder, open_library, stores)
    assert "lost: board Autumn: what was done as number 3" in said
    async with open_library() as library:
        board = await library.boards.named("Autumn")
        assert (board.brief, board.revision) == ("three", 4)
        assert isinstance((await library.boards.log(board.id))[2].change, Lost)
        await library.boards.change(board.id, ANA, lambda _: Noted(1, "goes on"))


async def test_a_library_that_is_open_is_not_replaced(folder: Path, open_library: OpenLibrary, stores: Stores) -> None:
    async with open_library():
        behind(folder, "UPDATE photos SET title = 'The bed car' WHERE id = 'red-car'")
        with pytest.raises(LibraryBusy, match="open"):
            await repaired(folder, open_library, stores)


async def test_without_repair_nothing_is_changed(folder: Path, open_library: OpenLibrary, stores: Stores) -> None:
    zero_page_of(folder, "photos")
    before = (folder / "library.db").read_bytes()
    problems = await check_library(folder, repair=False, stores=stores)
    assert problems and not any(problem.mended for problem in problems)
    assert (folder / "library.db").read_bytes() == before


async def test_where_nothing_can_be_read_all_stays_as_it_is(folder: Path, stores: Stores) -> None:
    (folder / "library.db").write_bytes(b"no database " * 4000)
    with pytest.raises(DamagedLibrary, match="backup"):
        await check_library(folder, repair=True, stores=stores)
    assert (folder / "library.db").read_bytes() == b"no database " * 4000


async def test_tables_of_the_bot_are_salvaged_in_the_same_way(tmp_path: Path, stores: Stores) -> None:
    path = tmp_path / "state.db"
    async with stores.tables(path, "bot.store") as database, database.transaction() as transaction:
        await transaction.execute("INSERT INTO facts VALUES ('a', 'b')")
    with closing(sqlite3.connect(path)) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'results'").fetchone()[0]
    data = bytearray(path.read_bytes())
    data[(root - 1) * PAGE : root * PAGE] = bytes(PAGE)
    path.write_bytes(data)
    said = [one.text for one in await check_tables(path, "bot.store", repair=True, stores=stores)]
    assert "state.db, lost: rows of results (1 places can't be read)" in said
    async with stores.tables(path, "bot.store") as database:
        assert await database.value("SELECT value FROM facts WHERE name = 'a'") == "b"


async def test_a_damaged_library_is_not_copied_as_if_it_was_sound(folder: Path, open_library: OpenLibrary) -> None:
    behind(folder, "UPDATE photos SET title = 'The bed car' WHERE id = 'red-car'")
    async with open_library() as library:
        with pytest.raises(DamagedLibrary):
            async with library._store.raw.frozen():
                pass


async def test_an_index_file_that_is_damaged_is_built_again(photos: Path, open_library: OpenLibrary) -> None:
    async with open_library(exact_limit=4) as library:
        await library.import_from(FolderSource(photos))
        right = [hit.photo.id for hit in (await library.find("blue")).hits]
        graph = library.folder / "index" / "graph"
    graph.write_bytes(graph.read_bytes()[:-100])
    async with open_library(exact_limit=4) as library:
        assert [hit.photo.id for hit in (await library.find("blue")).hits] == right


async def test_a_schema_that_is_no_text_is_said_to_be_damaged_and_salvaged(
    folder: Path, open_library: OpenLibrary, stores: Stores
) -> None:
    path = folder / "library.db"
    data = path.read_bytes()
    path.write_bytes(data.replace(b"CREATE TRIGGER photos_written", b"CREATE\x9cTRIGG\x9c\xff photos_written"))
    with pytest.raises(DamagedLibrary, match="check --repair"):
        async with open_library():
            pass
    assert not [line for line in await repaired(folder, open_library, stores) if "lost" in line]
    async with open_library() as library:
        assert (await library.photo("red-car")).photographer.name == "Ana Paz"


@pytest.mark.parametrize("cut", ["cut", "gone", "damaged"])
async def test_what_was_lost_with_the_log_is_said_until_a_repair_has_told_it(
    cut: str, folder: Path, open_library: OpenLibrary, stores: Stores, tmp_path: Path
) -> None:
    killed = tmp_path / "killed"
    async with open_library() as library:
        for n in range(5):
            await library.edit("red-car", Record(title=f"The {n}. car"))
        shutil.copytree(folder, killed)  # as a program that is killed leaves it
    log = killed / "library.db-wal"
    if cut == "gone":
        log.unlink()
    elif cut == "cut":
        log.write_bytes(log.read_bytes()[:PAGE])
    else:
        data = bytearray(log.read_bytes())
        data[PAGE] ^= 1
        log.write_bytes(data)
    async with open_library(name="killed") as library:
        assert (await library.photo("red-car")).title == "The red car"
        options = library.options
    for repair in (False, True):
        problems = await check_library(killed, options, repair=repair, stores=stores, decoders=DECODERS)
        assert "were lost with the file library.db-wal" in problems[0].text
    assert await check_library(killed, options, repair=False, stores=stores, decoders=DECODERS) == []


async def test_a_log_that_is_whole_is_no_loss(folder: Path, open_library: OpenLibrary, tmp_path: Path) -> None:
    async with open_library() as library:
        await library.edit("red-car", Record(title="The newest car"))
        shutil.copytree(folder, tmp_path / "killed")
    async with open_library(name="killed") as library:
        assert (await library.photo("red-car")).title == "The newest car"
    assert not list((tmp_path / "killed").glob("*.lost-*"))
