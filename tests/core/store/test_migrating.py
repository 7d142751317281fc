"""Old tables are brought up to date whole or not at all, and kept as they were."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import pytest

from core.errors import LibraryError
from core.store.postgres import migrating as postgres
from core.store.sqlite import copying, migrating
from core.store.sqlite.database import SqliteDatabase
from tests.fakes.schemas import BOT, KINDS, LIBRARY, Kind, file_rows, lost, make_file, make_schema, schema_rows

LAST = len(LIBRARY.scripts("sqlite")) - 1  # the version before this one
SPOILING = ["CREATE TABLE half (x);", "DROP TABLE photos; DROP TABLE no_such_table;"]


def chance() -> random.Random:
    return random.Random(5)


async def open_file(kind: Kind, path: Path) -> None:
    async with SqliteDatabase.open(path, *kind.places["sqlite"]) as database:
        assert await database.value("PRAGMA user_version") == len(kind.scripts("sqlite"))


async def open_with(path: Path, scripts: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.store.sqlite.database.read_migrations", lambda *_: list(scripts))
    async with SqliteDatabase.open(path):
        pass


# SQLite


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_an_old_file_keeps_its_rows_and_is_kept_as_it_was(kind: Kind, tmp_path: Path) -> None:
    path, version = tmp_path / kind.file, len(kind.scripts("sqlite")) - 1
    before = await make_file(kind, path, version, chance())
    await open_file(kind, path)
    assert lost(before, file_rows(path)) == []
    kept = migrating.kept_as(path, version)
    assert kept.name == f"{kind.file}.before-{version}"
    assert file_rows(kept) == before
    with sqlite3.connect(kept) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (version,)
    connection.close()


IN_SLACK = "workspace = 'slack:T1', {column} = 'slack:U7'"


async def test_people_in_an_old_file_are_known_by_workspace_and_account(tmp_path: Path) -> None:
    path = tmp_path / BOT.file
    await make_file(BOT, path, 9, chance(), rows=1)
    with sqlite3.connect(path) as connection:
        for table, column in (("results", "owner"), ("board_links", "joined_by")):
            connection.execute(f"UPDATE {table} SET {IN_SLACK.format(column=column)}")  # noqa: S608
    connection.close()
    await open_file(BOT, path)
    rows = file_rows(path)
    assert (rows["results"][0]["owner"], rows["board_links"][0]["joined_by"]) == ("slack:T1.U7", "slack:T1.U7")


async def test_a_new_file_and_one_that_is_up_to_date_are_not_copied(tmp_path: Path) -> None:
    for _ in range(2):
        await open_file(LIBRARY, tmp_path / "library.db")
    assert [path.name for path in tmp_path.iterdir()] == ["library.db"]


async def test_a_script_that_fails_leaves_the_file_as_it_was_and_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, scripts = tmp_path / "library.db", LIBRARY.scripts("sqlite")
    before = await make_file(LIBRARY, path, len(scripts), chance())
    with pytest.raises(LibraryError, match=r"no_such_table.*left as it was"):
        await open_with(path, [*scripts, *SPOILING], monkeypatch)
    assert file_rows(path) == before == file_rows(migrating.kept_as(path, len(scripts)))
    await open_with(path, scripts, monkeypatch)


async def test_without_room_for_the_copy_nothing_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "library.db"
    before = await make_file(LIBRARY, path, LAST, chance())
    monkeypatch.setattr(copying.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 9, 1000))
    with pytest.raises(LibraryError, match=r"no room for a copy of library\.db.*nothing was changed"):
        await open_file(LIBRARY, path)
    assert file_rows(path) == before
    assert not migrating.kept_as(path, LAST).exists()


async def test_a_copy_that_breaks_off_never_has_its_final_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "library.db"
    before = await make_file(LIBRARY, path, LAST, chance())

    def broken(_: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(copying, "sync", broken)
        with pytest.raises(LibraryError, match="No space left on device"):
            await open_file(LIBRARY, path)
    assert [found.name for found in tmp_path.iterdir()] == ["library.db"]
    (tmp_path / f"library.db.before-{LAST}.0000.{copying.PARTIAL}").write_bytes(b"left by who was killed")
    await open_file(LIBRARY, path)
    assert file_rows(migrating.kept_as(path, LAST)) == before
    assert len(list(tmp_path.iterdir())) == 2


async def test_a_copy_of_an_earlier_attempt_gives_way_to_the_state_that_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    before = await make_file(LIBRARY, path, LAST, chance())
    migrating.kept_as(path, LAST).write_bytes(b"older")
    await open_file(LIBRARY, path)
    assert file_rows(migrating.kept_as(path, LAST)) == before


@pytest.mark.parametrize("version", [0, LAST])
async def test_of_many_who_open_a_file_at_once_one_migrates_it(version: int, tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    before = await make_file(LIBRARY, path, version, chance()) if version else {}
    await asyncio.gather(*(open_file(LIBRARY, path) for _ in range(6)))
    assert lost(before, file_rows(path)) == []
    if version:
        assert file_rows(migrating.kept_as(path, version)) == before


async def test_who_waits_too_long_for_another_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "library.db"
    await make_file(LIBRARY, path, LAST, chance())
    monkeypatch.setattr(migrating, "PATIENCE_S", 0.1)
    monkeypatch.setattr("core.store.sqlite.database.BUSY_TIMEOUT_S", 0.05)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(LibraryError, match="Another program has kept this library to itself"):
        await open_file(LIBRARY, path)
    holder.close()
    await open_file(LIBRARY, path)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("-- a; b\nCREATE TABLE a (x); \n INSERT INTO a VALUES (';');\n", 2),
        ("CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM a; SELECT 1; END; SELECT 2;", 2),
        ("SELECT 1", 1),
        ("\n", 0),
    ],
)
def test_a_script_is_cut_into_its_statements(script: str, expected: int) -> None:
    statements = list(migrating.statements_of(script))
    assert len(statements) == expected
    assert all(statement in script for statement in statements)


# PostgreSQL


async def bring(kind: Kind, url: str, scripts: Sequence[str]) -> None:
    connection = await asyncpg.connect(url)
    try:
        await postgres.migrate(asyncpg, connection, kind.schema, scripts)
    finally:
        await connection.close()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_old_tables_keep_their_rows_and_are_kept_as_they_were(kind: Kind, new_postgres_url: str) -> None:
    scripts = kind.scripts("postgres")
    version = len(scripts) - 1
    before = await make_schema(kind, new_postgres_url, version, chance(), "photos.lib")
    await bring(kind, new_postgres_url, scripts)
    assert lost(before, await schema_rows(new_postgres_url, kind.schema)) == []
    kept = postgres.kept_as(kind.schema, version)
    assert kept == f"{kind.schema}_before_{version}"
    assert lost(before, await schema_rows(new_postgres_url, kept)) == []


async def test_people_in_old_tables_are_known_by_workspace_and_account(new_postgres_url: str) -> None:
    await make_schema(BOT, new_postgres_url, 9, chance(), "", rows=1)
    connection = await asyncpg.connect(new_postgres_url)
    try:
        for table, column in (("results", "owner"), ("board_links", "joined_by")):
            await connection.execute(f"UPDATE {BOT.schema}.{table} SET {IN_SLACK.format(column=column)}")  # noqa: S608
    finally:
        await connection.close()
    await bring(BOT, new_postgres_url, BOT.scripts("postgres"))
    rows = await schema_rows(new_postgres_url, BOT.schema)
    assert (rows["results"][0]["owner"], rows["board_links"][0]["joined_by"]) == ("slack:T1.U7", "slack:T1.U7")


async def test_new_tables_and_such_as_are_up_to_date_are_not_copied(new_postgres_url: str) -> None:
    for _ in range(2):
        await bring(BOT, new_postgres_url, BOT.scripts("postgres"))
    connection = await asyncpg.connect(new_postgres_url)
    schemas = await connection.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'modaclip%'")
    await connection.close()
    assert [row[0] for row in schemas] == [BOT.schema]


async def test_a_script_that_fails_on_the_server_leaves_all_as_it_was(new_postgres_url: str) -> None:
    scripts = BOT.scripts("postgres")
    before = await make_schema(BOT, new_postgres_url, len(scripts), chance(), "")
    with pytest.raises(LibraryError, match=r"no_such_table.*left as they were"):
        await bring(BOT, new_postgres_url, [*scripts, "CREATE TABLE half (x int)", "DROP TABLE facts, no_such_table"])
    assert await schema_rows(new_postgres_url, BOT.schema) == before
    assert await schema_rows(new_postgres_url, postgres.kept_as(BOT.schema, len(scripts))) == {}
    await bring(BOT, new_postgres_url, scripts)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_rows_that_were_kept_are_brought_back_as_the_documentation_says(
    kind: Kind, new_postgres_url: str
) -> None:
    scripts = kind.scripts("postgres")
    version = len(scripts) - 1
    before = await make_schema(kind, new_postgres_url, version, chance(), "photos.lib")
    await bring(kind, new_postgres_url, scripts)
    text = (Path(__file__).parents[3] / "docs" / "backup.md").read_text()
    rename, block, drop = (
        text[text.index(begins) : text.index(ends, text.index(begins)) + len(ends)]
        .replace("modaclip_before_1", postgres.kept_as(kind.schema, version))
        .replace("modaclip.", f"{kind.schema}.")
        .replace("'modaclip'", f"'{kind.schema}'")
        .replace("SCHEMA modaclip ", f"SCHEMA {kind.schema} ")
        for begins, ends in (("ALTER SCHEMA", ";"), ("DO $$", "END $$;"), ("DROP SCHEMA", ";"))
    )
    connection = await asyncpg.connect(new_postgres_url)
    await connection.execute(rename)
    await bring(kind, new_postgres_url, scripts[:version])
    await connection.execute(block)
    assert lost(before, await schema_rows(new_postgres_url, kind.schema)) == []
    await connection.execute(drop)
    assert await schema_rows(new_postgres_url, postgres.kept_as(kind.schema, version)) == {}
    if kind is BOT:
        added = "INSERT INTO modaclip_state.entries (person, data, made_at) VALUES ('', '', 0) RETURNING n"
        assert await connection.fetchval(added) == max(row["n"] for row in before["entries"]) + 1
    await connection.close()
