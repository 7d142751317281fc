"""`modaclip backup` and `modaclip restore`: all that an installation has, in either engine, onto another machine."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.app import open_desk, read_settings
from bot.cli import FOUND, NOTHING, WRONG_USE, main
from bot.slack.seal import Seal, make_key
from bot.store.backup import save_tables
from bot.store.slack_teams import SealedTeam, SlackTeams
from bot.store.state import State
from bot.store.visits import Visits
from bot.workspaces import folder_name
from core.curation import Record
from core.errors import LibraryError
from core.library import Library, LibraryOptions
from core.store import StoreOptions, Stores
from core.store.raw import COPYING
from core.store.sqlite.sums import row_sum
from tests.conftest import draw_photo
from tests.core.encoders.tiny_openclip import build

ENGINES = ("sqlite", "postgres")
WORKSPACE = folder_name("discord:1")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs one command on a machine, a folder: status, output, errors."""
    monkeypatch.setenv("MODACLIP_IMPORT_AUTO_TAGS", "0")
    monkeypatch.setenv("MODACLIP_BOT_COLLECTIONS", "brand=brand.lib")

    def command(machine: str, *arguments: str | Path, store: str = "") -> tuple[int, str, str]:
        (tmp_path / machine).mkdir(exist_ok=True)
        monkeypatch.chdir(tmp_path / machine)
        monkeypatch.setenv("MODACLIP_LIBRARY_STORE", store)
        capfd.readouterr()
        status = main(["--library", "photos.lib", *map(str, arguments)])
        out, err = capfd.readouterr()
        return status, out, err

    return command


@pytest.fixture
def filled(run: Run, tmp_path: Path, photos: Path, engine: StoreOptions) -> Run:
    """What `run` gives, with an installation in the folder `one`."""
    model = build(tmp_path / "model")
    assert run("one", "init", "--model", model, store=engine.url)[0] == FOUND
    assert run("one", "import", photos, store=engine.url)[0] == FOUND
    for folder in ("brand.lib", f"modaclip-data/workspaces/{WORKSPACE}"):
        assert run("one", "--library", folder, "init", "--model", model, store=engine.url)[0] == FOUND
    asyncio.run(_work(tmp_path, engine))
    return run


SECRETS: dict[str, str] = {}


async def _work(tmp_path: Path, store: StoreOptions) -> None:
    options = LibraryOptions(store=store)
    data = draw_photo(tmp_path / "brought.jpg", "#e01010", seed=99).read_bytes()
    async with Library.open(
        Path(f"modaclip-data/workspaces/{WORKSPACE}"), options, any_encoder=True
    ) as library:  # in the folder `one`, as the bot has it
        await library.add(data, "brought.jpg", Record(photographer="Ben"))
    async with Stores(store) as stores, State.open(Path("modaclip-data/state.db"), stores=stores) as state:
        await state.write_settings("discord:1", {"language": "de"})
        await state.keep("discord:1", "u", {"query": "red"}, posted=True)
        SECRETS["cookie"] = await Visits(state.database).begin()
        SECRETS["token"] = "xoxb-" + "secret" * 5
        sealed = Seal(make_key()).seal(SECRETS["token"])
        await SlackTeams(state.database).add(SealedTeam("T1", 1.0, sealed))


async def _settings(folder: Path, store: StoreOptions) -> object:
    async with Stores(store) as stores, State.open(folder / "state.db", stores=stores) as state:
        assert await Visits(state.database).person(SECRETS["cookie"])
        return await state.settings("discord:1")


def test_everything_is_restored_on_another_machine_in_another_engine(
    filled: Run, engine: StoreOptions, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    found = filled("one", "find", "red", "--json", store=engine.url)
    status, out, err = filled("one", "backup", tmp_path / "saved", store=engine.url)
    assert (status, err) == (FOUND, "")
    assert "library (photos.lib): 8 photos" in out and f"workspaces/{WORKSPACE}" in out
    assert "collections/brand" in out and "The bot's own tables." in out and "holds a whole backup" in out
    every = b"".join(path.read_bytes() for path in (tmp_path / "saved").rglob("*") if path.is_file())
    assert not [name for name, secret in SECRETS.items() if secret.encode() in every]
    other = StoreOptions() if engine.url else StoreOptions(request.getfixturevalue("postgres_url"))
    status, out, err = filled("two", "restore", tmp_path / "saved", store=other.url)
    assert (status, err) == (FOUND, "")
    assert "is whole" in out and "8 photos" in out and "Everything is restored" in out
    assert filled("two", "find", "red", "--json", store=other.url) == found
    folder = f"modaclip-data/workspaces/{WORKSPACE}"
    assert f"{folder}/originals" in filled("two", "--library", folder, "photo", "brought", "--json", store=other.url)[1]
    assert asyncio.run(_settings(tmp_path / "two" / "modaclip-data", other)) == {"language": "de"}
    status, out, _ = filled("two", "restore", tmp_path / "saved", store=other.url)
    assert status == FOUND and out.count("were there already") == 4


def test_a_check_says_what_is_there_and_touches_nothing(filled: Run, engine: StoreOptions, tmp_path: Path) -> None:
    filled("one", "backup", tmp_path / "saved", store=engine.url)
    status, out, _ = filled("two", "restore", tmp_path / "saved", "--check")
    assert status == FOUND and "library: 8 photos and 0 boards." in out
    assert list((tmp_path / "two").iterdir()) == []
    next((tmp_path / "saved").rglob("*.jpg")).write_bytes(b"rotten")
    for more in (["--check"], []):
        status, out, err = filled("two", "restore", tmp_path / "saved", *more)
        assert (status, out) == (NOTHING, "") and "1 files of the backup are missing or damaged" in err
    assert list((tmp_path / "two").iterdir()) == []


def test_what_is_not_in_the_backup_is_lost_only_when_asked(filled: Run, engine: StoreOptions, tmp_path: Path) -> None:
    filled("one", "backup", tmp_path / "saved", store=engine.url)
    asyncio.run(_change(tmp_path / "one" / "modaclip-data", engine))
    status, _, err = filled("one", "restore", tmp_path / "saved", store=engine.url)
    assert status == WRONG_USE and "that is not in the backup" in err and "--replace" in err
    status, out, _ = filled("one", "restore", tmp_path / "saved", "--replace", store=engine.url)
    assert status == FOUND and out.count("were there already") == 3
    assert ("state.db.replaced-1" in out) == (not engine.url)
    assert asyncio.run(_settings(tmp_path / "one" / "modaclip-data", engine)) == {"language": "de"}


async def _change(folder: Path, store: StoreOptions) -> None:
    async with Stores(store) as stores, State.open(folder / "state.db", stores=stores) as state:
        await state.write_settings("discord:1", {"language": "fr"})


async def test_tables_are_saved_while_the_bot_writes_them(engine: StoreOptions, tmp_path: Path) -> None:
    stop, written, path = asyncio.Event(), 0, tmp_path / "state.db"

    async def write(state: State) -> None:
        nonlocal written
        while not stop.is_set():
            await state.keep("w", "u", {"query": "red"})
            written += 1

    async with Stores(engine) as stores, State.open(path, stores=stores) as state:
        writer = asyncio.create_task(write(state))
        for _ in range(3):
            (tmp_path / "saved.db").unlink(missing_ok=True)
            assert await save_tables(path, stores, tmp_path / "saved.db")
        stop.set()
        await writer
    with sqlite3.connect(tmp_path / "saved.db") as connection:
        assert 0 < connection.execute("SELECT count(*) FROM results").fetchone()[0] <= written
    connection.close()


async def test_a_bot_does_not_start_on_tables_that_are_not_whole(tmp_path: Path) -> None:
    settings = read_settings({"MODACLIP_BOT_DIR": str(tmp_path)}, tmp_path)
    async with State.open(tmp_path / "state.db") as state:
        await state.write_fact(COPYING, "yes")
    with pytest.raises(LibraryError, match="not all of it has come yet"):
        async with open_desk(settings, tmp_path / "photos.lib"):
            pass


# With SQLite alone


@pytest.fixture
def saved(run: Run, tmp_path: Path, photos: Path) -> Run:
    assert run("one", "init", "--model", build(tmp_path / "model"))[0] == FOUND
    assert run("one", "import", photos)[0] == FOUND
    assert run("one", "backup", tmp_path / "saved")[0] == FOUND
    return run


def test_a_damaged_library_is_put_aside_for_the_backup(saved: Run, tmp_path: Path) -> None:
    library = tmp_path / "one" / "photos.lib" / "library.db"
    library.write_bytes(b"no database at all" * 1000)
    assert saved("one", "backup", tmp_path / "saved")[0] == WRONG_USE
    status, _, err = saved("one", "restore", tmp_path / "saved")
    assert status == WRONG_USE and "can't be compared" in err and "--replace" in err
    status, out, _ = saved("one", "restore", tmp_path / "saved", "--replace")
    assert status == FOUND and "library.db.replaced-1" in out
    assert library.with_name("library.db.replaced-1").read_bytes().startswith(b"no database")
    assert saved("one", "photo", "red-car")[0] == FOUND


def test_a_library_that_somebody_uses_is_not_replaced(
    saved: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.store.sqlite.copying.BUSY_S", 0.1)
    assert saved("one", "import", tmp_path / "photos" / "red-car.jpg")[0] == FOUND
    path = tmp_path / "one" / "photos.lib" / "library.db"
    user = sqlite3.connect(path)
    user.create_function("row_sum", -1, row_sum)
    user.execute("UPDATE photos SET title = 'new'")
    user.commit()
    status, _, err = saved("one", "restore", tmp_path / "saved", "--replace")
    assert status == WRONG_USE and "is in use. Stop the bot" in err
    user.close()
    assert saved("one", "restore", tmp_path / "saved", "--replace")[0] == FOUND


def test_a_collection_that_the_settings_do_not_name_is_asked_for(
    saved: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(tmp_path / "one" / "photos.lib", tmp_path / "one" / "brand.lib")
    assert "collections/brand" in saved("one", "backup", tmp_path / "saved")[1]
    monkeypatch.setenv("MODACLIP_BOT_COLLECTIONS", "")
    status, _, err = saved("two", "restore", tmp_path / "saved")
    assert status == WRONG_USE and "brand=/where/it/shall/be" in err
    assert list((tmp_path / "two").iterdir()) == []


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_full_disk_is_explained_and_the_same_command_goes_on(
    saved: Run, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    machine, folder = ("one", "other") if command == "backup" else ("two", "saved")
    with monkeypatch.context() as patched:
        patched.setattr("core.backup.pictures.copy_picture", full)
        status, _, err = saved(machine, command, tmp_path / folder)
    assert status == WRONG_USE and "No space left on device" in err and "the same command goes on" in err
    assert saved(machine, command, tmp_path / folder)[0] == FOUND


@pytest.mark.parametrize(("command", "said"), [("backup", "nothing to save"), ("restore", "no whole backup")])
def test_where_nothing_is_that_is_said(run: Run, command: str, said: str, tmp_path: Path) -> None:
    status, out, err = run("one", command, tmp_path / "saved")
    assert (status, out) == (WRONG_USE, "") and said in err
