"""What PostgreSQL alone must do: tell of changes, survive its own restart, read from a replica, find what is near."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest

from core.errors import LibraryError
from core.photos import Photo
from core.store import Arrival, Store, StoreOptions, Stores
from core.store.postgres import near
from core.store.postgres.server import Server as DatabaseServer
from core.store.postgres.statements import translated, values_of
from tests.core.store.test_store import BARN, arrival, change, row, unit
from tests.fakes.postgres import Server, running_replica, running_server

ENGINES = ("postgres",)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds; fail after ten seconds."""
    for _ in range(500):
        if await holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never held")


async def test_who_locks_a_library_sees_what_was_being_committed(store: Store, stores: Stores, tmp_path: Path) -> None:
    async with stores.open(tmp_path) as other:
        async with store.database.transaction("photos"):
            locking = asyncio.create_task(_locked(other))
            await asyncio.sleep(0.2)
            assert not locking.done()
        assert await locking == await store.version()


async def _locked(store: Store) -> int:
    async with store.lock():
        return await store.version()


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT ? , ?", "SELECT $1 , $2"),
        ("SELECT '?' WHERE a = ? AND b = 'it''s ?'", "SELECT '?' WHERE a = $1 AND b = 'it''s ?'"),
        ("SELECT 1", "SELECT 1"),
    ],
)
def test_places_are_numbered_outside_of_quotes(sql: str, expected: str) -> None:
    assert translated(sql) == expected


def test_a_character_that_the_server_does_not_take_is_left_out() -> None:
    assert values_of(("a\0b", 1, None)) == ["ab", 1, None]


@pytest.mark.parametrize("url", ["mysql://ann:hush@db/x", "/var/lib/db"])
async def test_another_kind_of_url_is_refused(url: str, tmp_path: Path) -> None:
    async with Stores(StoreOptions(url)) as stores:
        with pytest.raises(LibraryError, match="postgresql://") as raised:
            await stores.exists(tmp_path)
    assert "hush" not in f"{raised.value}{StoreOptions(url)}"


async def test_a_server_that_is_not_there_is_explained_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://ann:hush@127.0.0.1:1/db"
    async with Stores(StoreOptions(url)) as stores:
        with pytest.raises(LibraryError, match="can't be used at present") as raised:
            await stores.exists(tmp_path)
    assert "hush" not in f"{raised.value}"


async def test_a_driver_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    async with Stores(StoreOptions("postgresql://localhost/db")) as stores:
        with pytest.raises(LibraryError, match=r"modaclip\[postgres\]"):
            await stores.exists(tmp_path)


async def test_tables_of_a_newer_version_are_left_alone(
    new_postgres_url: str, postgres_server: Server, tmp_path: Path
) -> None:
    async with Stores(StoreOptions(new_postgres_url)) as stores:
        await stores.create(tmp_path, {})
    postgres_server.run("INSERT INTO modaclip.migrations (number) VALUES (99)", new_postgres_url.rpartition("/")[2])
    async with Stores(StoreOptions(new_postgres_url)) as stores:
        with pytest.raises(LibraryError, match="newer version"):
            await stores.exists(tmp_path)


async def test_many_processes_migrate_at_once(new_postgres_url: str, tmp_path: Path) -> None:
    async def ask() -> bool:
        async with Stores(StoreOptions(new_postgres_url)) as stores:
            return await stores.create(tmp_path, {})

    assert sorted(await asyncio.gather(*(ask() for _ in range(5)))) == [False] * 4 + [True]


async def test_every_key_and_every_index_begins_with_the_library(
    postgres_url: str, postgres_server: Server, store: Store
) -> None:
    wrong = postgres_server.run(
        "SELECT indexrelid::regclass FROM pg_index JOIN pg_class t ON t.oid = indrelid "
        "JOIN pg_attribute a ON a.attrelid = indrelid AND a.attnum = indkey[0] "
        "WHERE relnamespace = 'modaclip'::regnamespace AND relname <> 'migrations' AND attname <> 'library' ",
        postgres_url.rpartition("/")[2],
    )
    assert wrong.split() == ["modaclip.words_by_lexeme"]  # which holds the library as a lexeme of each entry


async def test_the_tables_can_be_partitioned_by_the_library_as_they_are(
    postgres_server: Server, new_postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the shared tables partitioned ones are made; the store goes on over them."""
    monkeypatch.setattr(near, "EXACT_UP_TO", 5)
    async with Stores(StoreOptions(new_postgres_url)) as stores:
        await stores.exists(tmp_path)
    database = new_postgres_url.rpartition("/")[2]
    tables = postgres_server.run(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'modaclip' AND tablename <> 'migrations'", database
    ).split()
    for table in tables:
        whole = f"modaclip.{table}"
        postgres_server.run(
            f"ALTER TABLE {whole} RENAME TO old; CREATE TABLE {whole} (LIKE modaclip.old INCLUDING ALL) "
            f"PARTITION BY HASH (library); DROP TABLE modaclip.old; "
            f"CREATE TABLE {whole}_0 PARTITION OF {whole} FOR VALUES WITH (MODULUS 2, REMAINDER 0); "
            f"CREATE TABLE {whole}_1 PARTITION OF {whole} FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
            database,
        )
    async with Stores(StoreOptions(new_postgres_url)) as stores:
        await stores.create(tmp_path, {"encoder": "e"})
        async with stores.open(tmp_path) as store:
            space = await store.named_space("e", "1", 16)
            photos = [arrival(BARN), *(Arrival(f"k{i}", Photo(f"p{i}", "table"), "") for i in range(19))]
            await store.write_photos(photos, [(space, vector) for vector in unit(20)])
            assert store.near is not None
            await store.near.prepare(space, 5)
            numbers, _ = await store.near.around(space, unit(20)[3], 3, allowed=None, also=np.array([20]))
            assert {4, 20} <= set(numbers.tolist())
            assert (await store.words.holding_phrase("barn")).tolist() == [1]
            assert await store.boards.append(row(1), change(1))
            await store.remove_photos([1])
            assert await store.photos.count() == 19


async def test_libraries_of_one_database_know_nothing_of_each_other(stores: Stores, tmp_path: Path) -> None:
    folders = (tmp_path / "it's-a", tmp_path / "it's\\b")
    for folder in folders:
        await stores.create(folder, {})
    async with stores.open(folders[0]) as one, stores.open(folders[1]) as other:
        space = await one.named_space("e", "1", 16)
        await one.write_photos([arrival(BARN)], [(space, unit(1)[0])])
        version = await other.version()
        assert await other.write_photos([arrival(Photo("x", "table", title="Shed"))], [None]) == [1]
        assert await other.version() == version + 1
        assert (await one.words.holding_phrase("barn")).tolist() == [1]
        assert not (await other.words.holding_phrase("barn")).size
        assert await other.vectors.spaces() == []
        assert await other.photos.tags("", 10) == []


async def test_the_version_is_known_without_asking(store: Store, postgres_server: Server) -> None:
    await store.version()
    postgres_server.stop()
    try:
        await store.version()
    except LibraryError:
        pytest.fail("it was asked")
    finally:
        postgres_server.start()


async def test_after_a_restart_of_the_server_all_goes_on(
    store: Store, stores: Stores, postgres_server: Server, tmp_path: Path
) -> None:
    await store.write_facts(a="1")
    postgres_server.stop()
    with pytest.raises(LibraryError, match="can't be used at present"):
        await store.fact("a")
    with pytest.raises(LibraryError, match="can't be used at present"):
        await store.write_facts(a="2")
    postgres_server.start()
    assert await store.fact("a") == "1"
    async with stores.open(tmp_path) as other:
        before = await other.version()
        await store.write_facts(a="3")
        await until(lambda: _differs(other, before))


async def _differs(store: Store, version: int) -> bool:
    return await store.version() != version


# Near


async def test_a_graph_finds_what_comparing_all_finds_with_any_filter(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near, "EXACT_UP_TO", 500)
    monkeypatch.setattr(near, "WALK_COST", 100)
    monkeypatch.setattr(near, "LEAST_EF", 100)
    space = await store.named_space("e", "1", 32)
    centres = unit(20, 1, 32)
    vectors = np.repeat(centres, 100, axis=0) + 0.7 * unit(2000, 2, 32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    photos = [Arrival(f"k{i}", Photo(f"p{i}", "table"), "") for i in range(2000)]
    await store.write_photos(photos, [(space, vector) for vector in vectors])
    assert store.near is not None
    await store.near.prepare(space, 500)
    await store.near.prepare(space, 500)  # it is there
    kinds = {
        "all": None,
        "half": np.arange(1, 2001, 2),
        "a few": np.arange(1, 2001, 50),
        "what lies apart": np.arange(1001, 2001),
    }
    for name, allowed in kinds.items():
        right = 0
        for direction in centres[:10]:
            among = np.arange(1, 2001) if allowed is None else allowed
            best = among[np.argsort(-(vectors[among - 1] @ direction), kind="stable")[:10]]
            numbers, found = await store.near.around(space, direction, 50, allowed=allowed, also=np.array([1999, 5000]))
            assert (np.diff(numbers) > 0).all() and 1999 in numbers and 5000 not in numbers
            assert np.allclose(found, vectors[numbers - 1], atol=2e-3)
            right += len(set(best) & set(numbers))
        assert right >= 99, name


async def test_a_graph_goes_with_its_space(
    store: Store, postgres_url: str, postgres_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near, "EXACT_UP_TO", 5)
    space = await store.named_space("e", "1", 16)
    photos = [Arrival(f"k{i}", Photo(f"p{i}", "table"), "") for i in range(20)]
    await store.write_photos(photos, [(space, vector) for vector in unit(20)])
    assert store.near is not None
    await store.near.prepare(space, 80_000)
    sql = "SELECT count(*) FROM pg_class WHERE relname LIKE 'graph_%'"
    database = postgres_url.rpartition("/")[2]
    assert postgres_server.run(sql, database) == "1"
    await store.switch({}, drop=space)
    assert postgres_server.run(sql, database) == "0"


# Replicas


async def test_reads_go_to_a_replica_and_what_was_written_is_read_back(tmp_path: Path) -> None:
    with running_server() as primary, running_replica(primary) as replica:
        async with Stores(StoreOptions(primary.url(), replica.url())) as stores:
            await stores.create(tmp_path, {})
            async with stores.open(tmp_path) as store:
                await store.write_photos([arrival(BARN)], [None])
                assert await store.photos.count() == 1  # at once, wherever it stands
                await until(lambda: _by_replica(store))
                replica.run("SELECT pg_wal_replay_pause()")
                await store.photos.retag(1, ["late"], [])
                assert "late" in {tag.name for tag in (await store.photos.get([1]))[1].tags}
                assert not await _by_replica(store)
                replica.run("SELECT pg_wal_replay_resume()")
                await until(lambda: _by_replica(store))
                assert "late" in {tag.name for tag in (await store.photos.get([1]))[1].tags}
                replica.stop()
                assert await store.photos.count() == 1


async def _by_replica(store: Store) -> bool:
    return bool(await store.database.value("SELECT pg_is_in_recovery()"))  # type: ignore[attr-defined]


async def test_a_connection_that_is_not_given_back_keeps_nobody_from_ending(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("core.store.postgres.server.CLOSED_WITHIN_S", 0.2)
    async with asyncio.timeout(10):
        async with DatabaseServer.open(postgres_url) as server:
            await server.pool.acquire()
    assert "were not given back" in caplog.text
