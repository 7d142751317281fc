"""`modaclip move`: what it says, what it refuses, and all that a bot has, there and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from bot.cli import FOUND, NOTHING, WRONG_USE, main
from bot.store.moving import LEFT_OUT, TablesMoved, move_tables, tables_of
from bot.store.state import State
from bot.store.visits import Visits
from bot.workspaces import folder_name
from core.moving import CantMove
from core.store import StoreOptions, Stores
from core.store.database import Database
from tests.core.encoders.tiny_openclip import build

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs one command in a folder of its own: status, output, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MODACLIP_IMPORT_AUTO_TAGS", "0")

    def command(*arguments: str | Path) -> tuple[int, str, str]:
        capfd.readouterr()
        status = main(["--library", "photos.lib", *map(str, arguments)])
        out, err = capfd.readouterr()
        return status, out, err

    return command


@pytest.fixture
def filled(run: Run, tmp_path: Path, photos: Path) -> Run:
    assert run("init", "--model", build(tmp_path / "model"))[0] == FOUND
    assert run("import", photos)[0] == FOUND
    return run


def test_a_library_goes_there_and_back(
    filled: Run, postgres_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = filled("find", "red", "--json")
    status, out, _ = filled("move", "--to", postgres_url)
    assert status == FOUND
    assert "photos.lib: 8 photos, 0 tags" in out and "8 vectors of" in out
    assert "8 photos and boards written" in out
    assert "queries asked of both" in out and "0 differ." in out
    assert "set MODACLIP_LIBRARY_STORE to this database's URL" in out and "stop the bot" in out
    assert "Nothing was left to carry over." in filled("move", "--to", postgres_url)[1]
    monkeypatch.setenv("MODACLIP_LIBRARY_STORE", postgres_url)
    (tmp_path / "photos.lib" / "library.db").rename(tmp_path / "away.db")
    assert filled("find", "red", "--json") == found
    status, out, _ = filled("move", "--to", "sqlite")
    assert status == FOUND and "unset MODACLIP_LIBRARY_STORE" in out
    monkeypatch.delenv("MODACLIP_LIBRARY_STORE")
    assert filled("find", "red", "--json") == found


def test_no_password_is_shown(filled: Run, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODACLIP_LIBRARY_STORE", postgres_url.replace("postgres@", "postgres:hush@"))
    status, out, err = filled("move", "--to", "postgresql")
    assert status == FOUND and "hush" not in out + err


@pytest.mark.parametrize("url", ["postgresql://ann:hush@one/db", "postgresql://one/db?password=hush"])
def test_a_password_on_the_command_line_is_not_taken(filled: Run, url: str) -> None:
    status, out, err = filled("move", "--to", url)
    assert (status, out) == (WRONG_USE, "") and "MODACLIP_LIBRARY_STORE_FILE" in err and "hush" not in err


@pytest.mark.parametrize("odd", ["#", "/", "?", "@", ":"])
def test_a_url_that_a_password_cuts_in_two_is_refused_without_being_shown(
    filled: Run, odd: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for setting in ("STORE", "READ_STORE"):
        monkeypatch.setenv("MODACLIP_LIBRARY_STORE", "postgresql://127.0.0.1:1/db")
        monkeypatch.setenv(f"MODACLIP_LIBRARY_{setting}", f"postgresql://ann:12{odd}hush@127.0.0.1:1/db")
        status, out, err = filled("stats")
        assert status == WRONG_USE and "hush" not in out + err and "12" not in err.replace("127", "")


@pytest.mark.parametrize(
    ("to", "setting", "said"),
    [
        ("sqlite", "", "Set MODACLIP_LIBRARY_STORE"),
        ("postgresql", "", "Say where to"),
        ("mysql://db", "", "Say where to"),
        ("postgresql://one/db", "postgresql://two/db", "another PostgreSQL"),
        ("postgresql", "postgresql://ann:hush@127.0.0.1:1/db", "can't be used at present"),
    ],
)
def test_what_can_not_be_moved_is_said(
    filled: Run, to: str, setting: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODACLIP_LIBRARY_STORE", setting)
    status, out, err = filled("move", "--to", to)
    assert (status, out) == (WRONG_USE, "")
    assert said in err and "hush" not in err


def test_other_answers_end_with_status_1(filled: Run, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.store.postgres.filters import FilterTable

    async def other(*_: object, **__: object) -> object:
        return np.array([1], np.int64)

    monkeypatch.setattr(FilterTable, "matching", other)
    status, out, err = filled("move", "--to", postgres_url)
    assert status == NOTHING
    assert "Answered otherwise: " in err and "go on using what the library was copied from" in err
    assert "MODACLIP_LIBRARY_STORE" not in out


def test_everything_that_a_bot_has_goes_there_and_back(
    filled: Run, postgres_url: str, tmp_path: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "modaclip-data"
    workspace, brand = data / "workspaces" / folder_name("discord:1"), tmp_path / "brand.lib"
    monkeypatch.setenv("MODACLIP_BOT_COLLECTIONS", f"brand={brand}")
    for folder in (workspace, brand):
        assert main(["--library", str(folder), "import", str(photos / "red-car.jpg")]) == FOUND
    asyncio.run(_keep(data / "state.db"))
    status, out, _ = filled("move", "--to", postgres_url, "--everything")
    assert status == FOUND
    assert out.count("queries asked of both") == 3 and "The bot's own tables: 3 rows" in out
    monkeypatch.setenv("MODACLIP_LIBRARY_STORE", postgres_url)
    assert main(["--library", str(workspace), "photo", "red-car"]) == FOUND
    (data / "state.db").unlink()
    status, out, _ = filled("move", "--to", "sqlite", "--everything")
    assert status == FOUND and "The bot's own tables: 3 rows" in out
    assert asyncio.run(_kept(data / "state.db")) == {"language": "de"}


async def _keep(path: Path) -> None:
    async with State.open(path) as state:
        await state.write_settings("discord:1", {"language": "de"})
        await state.keep("discord:1", "u", {"query": "red"}, posted=True)
        await Visits(state.database).add("web:1", {"text": "hello"})


async def _kept(path: Path) -> object:
    async with State.open(path) as state:
        return await state.settings("discord:1")


def test_two_folders_of_one_name_are_refused(
    filled: Run, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other" / "photos.lib"
    monkeypatch.setenv("MODACLIP_BOT_COLLECTIONS", f"brand={other}")
    assert main(["--library", str(other), "init", "--model", build(tmp_path / "model")]) == FOUND
    status, _, err = filled("move", "--to", postgres_url, "--everything")
    assert status == WRONG_USE and "have the same name" in err


# The bot's own tables


class _Both:
    """Both databases of a bot."""

    def __init__(self, path: Path, url: str) -> None:
        self.path, self.url = path, url

    async def move(self, *, to_server: bool, replace: bool = False) -> TablesMoved:
        async with self.open("") as file, self.open(self.url) as server:
            return await move_tables(file.database, server.database, to_server=to_server, replace=replace)

    @asynccontextmanager
    async def open(self, url: str) -> AsyncIterator[State]:
        async with Stores(StoreOptions(url)) as stores, State.open(self.path, stores=stores) as state:
            yield state


@pytest.fixture
def both(tmp_path: Path, postgres_url: str) -> _Both:
    return _Both(tmp_path / "state.db", postgres_url)


async def _fill(database: Database, many: int = 450) -> None:
    """Write rows into every table that is carried over, by what its schema says of it."""
    for name in [row[0] for row in await database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]:
        if name.startswith("sqlite_") or name in LEFT_OUT:
            continue
        columns = await database.rows('SELECT name, type, "notnull" FROM pragma_table_info(?)', (name,))
        rows = []
        for i in range(many):
            values: list[object] = [
                {"INTEGER": i % 2 if column == "posted" else i + 1, "REAL": i + 0.25, "BLOB": bytes([i % 256])}.get(
                    kind, f"{column} ä{i} 'x'"
                )
                if needed or i % 2
                else (i + 1 if column == "n" else None)
                for column, kind, needed in columns
            ]
            rows.append(values)
        async with database.transaction() as transaction:
            places = ", ".join("?" * len(columns))
            await transaction.executemany(f"INSERT INTO {name} VALUES ({places})", rows)  # noqa: S608


async def test_every_table_is_carried_over(both: _Both) -> None:
    async with both.open("") as state:
        await _fill(state.database)
        async with both.open(both.url) as server:
            tables = await tables_of(state.database, server.database)
    moved = await both.move(to_server=True)
    assert len(tables) >= 13
    assert (moved.written, moved.rows, moved.removed) == (450 * len(tables), 450 * len(tables), 0)
    again = await both.move(to_server=True)
    assert (again.written, again.removed, again.checksum) == (0, 0, moved.checksum)
    both.path.unlink()
    back = await both.move(to_server=False)
    assert (back.written, back.checksum) == (moved.written, moved.checksum)


async def test_rows_that_changed_or_went_are_brought_too_and_numbers_go_on(both: _Both) -> None:
    async with both.open("") as state:
        visits = Visits(state.database)
        numbers = [await visits.add("web:1", {"text": str(i)}) for i in range(5)]
        await state.write_settings("w", {"a": 1, "b": 2})
    await both.move(to_server=True)
    async with both.open("") as state:
        await Visits(state.database).clear("web:1")
        await state.write_settings("w", {"a": 3})
        last = await Visits(state.database).add("web:2", {"text": "new"})
    await both.move(to_server=True)
    async with both.open(both.url) as server:
        assert await server.settings("w") == {"a": 3, "b": 2}
        assert await Visits(server.database).entries("web:1") == []
        assert await Visits(server.database).add("web:2", {"text": "newer"}) == last + 1 > max(numbers)


async def test_what_a_bot_kept_there_is_not_undone(both: _Both) -> None:
    async with both.open("") as state:
        await state.write_settings("w", {"a": 1})
    await both.move(to_server=True)
    async with both.open(both.url) as server:
        await server.write_settings("w", {"a": 2})
    with pytest.raises(CantMove, match="--replace"):
        await both.move(to_server=True)
    await both.move(to_server=False)
    async with both.open("") as state:
        assert await state.settings("w") == {"a": 2}
    await both.move(to_server=True)
    async with both.open(both.url) as server:
        await server.write_settings("w", {"a": 4})
    await both.move(to_server=True, replace=True)
    async with both.open(both.url) as server:
        assert await server.settings("w") == {"a": 2}
