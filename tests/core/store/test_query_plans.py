"""How SQLite goes about every statement of a store: by an index, or with a reason why all has to be read."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.photos import Tag
from core.query import parse
from core.store import Stores
from core.store.protocol import BoardLog, Filters, Photos, Store, Vectors, Words
from core.store.values import BoardRow, ChangeRow
from tests.core.store.test_store import BARN, DIMENSIONS, LAKE, arrival, unit

TABLES = {"photos": Photos, "words": Words, "vectors": Vectors, "filters": Filters, "boards": BoardLog}
LARGE = ("photos", "vectors", "tags", "colours", "words", "board_changes")  # what grows with a library

# Statements that read a whole table, or a whole index of one, and why there is no other way.
READING_ALL = {
    "SELECT count(*) FROM photos": "SQLite keeps no count; this reads the smallest index",
    "SELECT group_concat(number) FROM (SELECT n AS number FROM photos)": "all are asked for",
    "SELECT n FROM photos ORDER BY coalesce(published_at": "all are asked for, in the order of their age",
    "SELECT (SELECT count(*) FROM photos)": "figures of the whole library, for people who ask for them",
    "SELECT name, count(DISTINCT photo)": "every tag is counted, once after each change; then typed ones are in memory",
    "SELECT n, id, key, path, content_hash": "a check or a move looks at every picture",
    "SELECT n FROM photos WHERE n NOT IN": "a check looks at every photo",
    "SELECT board, count(*) FROM board_changes WHERE author": "for who asks what is kept of them, and seldom",
    "SELECT DISTINCT board FROM board_changes WHERE instr": "as above, and a text is looked for anywhere in the data",
    "UPDATE board_changes SET author": "once, where people come to be known by another id",
    "SELECT DISTINCT": "names are compared with their accents folded; an index has all that is read",
    "UPDATE photos SET sum": "a repair looks for rows that are older than sums",
    "UPDATE tags SET sum": "as above",
    "UPDATE colours SET sum": "as above",
    "UPDATE board_changes SET sum": "as above",
    "UPDATE vectors SET sum": "as above",
    # filters that keep no range of an index, and what is read instead
    "FILTER NOT": "what a filter leaves out is no range of any index",
    "FILTER height": "heights stand second in the index of sizes, which has all that is read",
    "FILTER abs(width - height)": "a shape compares two columns; the index of sizes has both",
    "FILTER (height > width": "as above",
    "FILTER (width > height": "as above",
    "FILTER n IN (SELECT photo FROM colours": "a distance of colours is no range of any index",
}
_FILTER = "SELECT group_concat(number) FROM (SELECT n AS number FROM photos WHERE "


@pytest.fixture
async def seen(stores: Stores, tmp_path: Path) -> AsyncIterator[tuple[Any, list[str], set[str]]]:
    """A store with the statements that it runs, and the names of the methods that were called."""
    folder = tmp_path / "plans"
    folder.mkdir()
    await stores.create(folder, {})
    async with stores.open(folder) as store:
        statements: list[str] = []
        called: set[str] = set()
        for connection in (store.database._reader, store.database._writer):
            await connection.set_trace_callback(statements.append)
        for name in TABLES:
            _note_calls(getattr(store, name), TABLES[name], f"{name}.", called)
        _note_calls(store, Store, "", called)
        yield store, statements, called


def _note_calls(part: Any, protocol: type, prefix: str, called: set[str]) -> None:
    for name in _methods(protocol):
        method = getattr(part, name)

        async def noted(*given: Any, _method: Any = method, _name: str = prefix + name, **named: Any) -> Any:
            called.add(_name)
            return await _method(*given, **named)

        setattr(part, name, noted)


def _methods(protocol: type) -> list[str]:
    return [name for name, method in vars(protocol).items() if iscoroutinefunction(method)]


async def use_everything(store: Any) -> None:
    """Call every method of a store once at least, with every kind of filter."""
    space = await store.named_space("e", "1", DIMENSIONS)
    other = await store.named_space("f", "", DIMENSIONS)
    vectors = unit(40)
    photos = [arrival(BARN), arrival(LAKE), *(arrival(replace(LAKE, id=f"p{i}")) for i in range(30))]
    numbers = await store.write_photos(photos, [(space, vector) for vector in vectors[: len(photos)]])
    await store.write_photos(photos[:2], [None, None])
    n = numbers[0]
    await store.write_facts(a="b")
    await store.fact("a")
    await store.write_derived("words", "stamp", b"x")
    await store.derived("words", "stamp")
    await store.version()
    await store.problems()
    await store.seal()
    await use_photos(store.photos, n)
    await store.words.match(["barn"])
    await store.words.holding_phrase("the barn")
    await store.words.lacking()
    await store.words.write({n: BARN})
    await use_vectors(store.vectors, space, n)
    for query in FILTERS:
        await store.filters.matching(parse(query).filters)
        await store.photos.edit(n, BARN)  # so that nothing is remembered
        await store.filters.matching(parse(query).filters, among=np.array([n]))
    await store.filters.matching((), as_of=n)
    await use_boards(store.boards)
    await store.remove_photos(numbers[-2:])
    await store.named_space("f", "2", DIMENSIONS)
    await store.switch({"a": "c"}, drop=other)


FILTERS = (
    "tag:farm -tag:red by:ana place:oslo license:cc source:table is:square is:portrait is:landscape color:red "
    "width:>100 height:<=2000 width:100..200 before:2022 after:2020-05"
).split()


async def use_photos(photos: Any, n: int) -> None:
    for name in ("count", "newest", "numbers", "places_by_age", "totals", "photographers", "pictured"):
        await getattr(photos, name)()
    await photos.hashes()
    await photos.looks(grouped=True)
    await photos.looks(grouped=False)
    await photos.looks_near(np.array([5], np.uint64))
    await photos.tags("fa", 5)
    await photos.with_content("a" * 64)
    await photos.numbers_of(["lake"])
    await photos.ids_like("la", 3)
    await photos.get([n])
    await photos.by_id("lake")
    await photos.known(["file:/photos/lake"])
    await photos.keys_under("file:/photos/")
    await photos.alike([n])
    await photos.edit(n, BARN)
    await photos.retag(n, ["old"], ["farm"])
    await photos.write_auto_tags({n: [Tag("sky", "auto", 0.9)]})
    await photos.write_alike({n: n})


async def use_vectors(vectors: Any, space: Any, n: int) -> None:
    await vectors.spaces()
    await vectors.space("e")
    await vectors.counts()
    await vectors.count(space)
    await vectors.changes(space, 1)
    await vectors.sample(space, 8)
    await vectors.revision(space)
    await vectors.get(space, [n])
    await vectors.by_content(space, ["a" * 64])
    await vectors.lacking(space)
    await vectors.write(space, {n: unit(1)[0].astype(np.float32)})


async def use_boards(boards: Any) -> None:
    now = datetime(2025, 1, 1, tzinfo=UTC).isoformat()
    row = BoardRow("b", 1, "Autumn", "autumn", "c", 0, False, False, now, now)
    await boards.append(row, ChangeRow(1, now, "1", "Ana", "made", "{}"))
    await boards.rows()
    await boards.row("b")
    await boards.named("autumn")
    await boards.of_channel("c")
    await boards.changes("b")
    await boards.ids()
    await boards.authored("1")
    await boards.holding("imported:")
    await boards.rewrite(row, [ChangeRow(1, now, "2", "", "made", "{}")], ChangeRow(2, now, "2", "", "forgotten", "{}"))
    await boards.rename_authors("1", "1.", side="")
    await boards.purge(now)


async def test_every_statement_that_reads_a_whole_table_has_a_reason(
    seen: tuple[Any, list[str], set[str]],
) -> None:
    store, statements, called = seen
    await use_everything(store)
    expected = {f"{table}.{name}" for table, protocol in TABLES.items() for name in _methods(protocol)}
    assert called >= expected | set(_methods(Store)), "every method is tried"
    reader = store.database._reader
    await reader.set_trace_callback(None)
    used: set[str] = set()
    for sql in dict.fromkeys(one for one in statements if re.match(r"SELECT|INSERT|UPDATE|DELETE|WITH", one)):
        plan = [row["detail"] for row in await reader.execute_fetchall(f"EXPLAIN QUERY PLAN {sql}")]
        scans = [step for step in plan if re.match(rf"SCAN ({'|'.join(LARGE)})\b", step) and "VIRTUAL" not in step]
        if scans:
            reason = next((known for known in READING_ALL if _told(sql).startswith(known)), None)
            assert reason is not None, f"{sql}\nreads all: {scans}"
            used.add(reason)
    assert set(READING_ALL) - used == set(), "a reason that no statement needs any more"


def _told(sql: str) -> str:
    """Return a statement as it is listed above; a filter by its condition alone."""
    if sql.startswith(_FILTER) and "IS NOT TRUE" in sql:
        return "FILTER NOT"
    return f"FILTER {sql.removeprefix(_FILTER)}" if sql.startswith(_FILTER) else sql
