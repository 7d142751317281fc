"""The database file: migrations, transactions, damage."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from core.errors import LibraryError
from core.store.sqlite.checkup import check_up
from core.store.sqlite.database import SqliteDatabase
from core.store.sqlite.store import SqliteStore


async def test_a_new_file_is_migrated(tmp_path: Path) -> None:
    async with SqliteDatabase.open(tmp_path / "library.db") as database:
        assert await database.value("PRAGMA user_version") >= 1
    assert (await check_up(tmp_path / "library.db")).problems() == []


async def test_a_file_that_is_no_database_is_explained(tmp_path: Path) -> None:
    (tmp_path / "library.db").write_bytes(b"this is no database at all, only some text" * 40)
    with pytest.raises(LibraryError, match="can't be used"):
        async with SqliteDatabase.open(tmp_path / "library.db"):
            pass


async def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "library.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LibraryError, match="newer version"):
        async with SqliteDatabase.open(tmp_path / "library.db"):
            pass


async def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    async with SqliteStore.open(tmp_path) as store:
        with pytest.raises(RuntimeError):
            async with store.database.transaction() as transaction:
                await transaction.execute("INSERT INTO facts (name, value) VALUES ('a', '1')")
                raise RuntimeError
        assert await store.fact("a") is None
        await store.write_facts(a="2")
        assert await store.fact("a") == "2"


async def test_a_commit_is_on_disk_when_it_ends(tmp_path: Path) -> None:
    async with SqliteStore.open(tmp_path) as store, store.database.transaction() as transaction:
        assert [row[0] for row in await transaction.rows("PRAGMA synchronous")] == [2]  # FULL


async def test_more_values_than_sqlite_takes_at_once_are_asked_in_parts(tmp_path: Path) -> None:
    async with SqliteStore.open(tmp_path) as store:
        assert await store.photos.known([f"key-{i}" for i in range(2500)]) == {}


async def test_numbers_come_ascending(tmp_path: Path) -> None:
    async with SqliteStore.open(tmp_path) as store:
        numbers = await store.database.numbers("value AS number FROM json_each('[3, 1, 2]')")
        assert numbers.tolist() == [1, 2, 3]
        assert (await store.database.numbers("n AS number FROM photos")).tolist() == []
