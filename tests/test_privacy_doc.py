"""docs/privacy.md names every table and column that may hold something about a person, and how long it does."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from bot.app import read_settings
from bot.retention import Retention
from bot.store.state import State
from core.store import StoreOptions, Stores
from tests.fakes.postgres import Server

ENGINES = ("sqlite", "postgres")
ROOT = Path(__file__).parents[1]
DOC = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
ROWS = [line for line in DOC.splitlines() if line.startswith("| ") and not line.startswith("| what |")]

# Columns that hold nothing about a person, and why. A new column belongs here or into the table.
NOTHING = {
    # the bot's tables
    "board_codes": "code board until",
    "board_links": "board",
    "board_posts": "board language revision made_at",
    "board_watches": "board language marks told_at",
    "chosen": "url told_at",  # addresses of photos at their source
    "entries": "n",
    "facts": "name value sum",  # of the program: which commands were registered, a hash of the web chat's password
    "leases": "holder until",  # a program
    "settings": "name",
    "slack_states": "id expires_at",
    "slack_teams": "installed_at",
    # a library's
    "board_changes": "board revision kind sum",
    "boards": "id revision pins archived deleted made_at changed_at sum",
    "colours": "photo rank hex share lightness a b chroma sum",
    "derived": "name stamp data sum",
    "libraries": "photos spaces revision version",
    "photos": "n record_hash file_size file_mtime_ns source width height average_colour phash content_hash alike "
    "licence imported_at sum",
    "spaces": "id encoder fingerprint dimensions sum",
    "tags": "photo origin confidence sum",
    "vectors": "photo space revision sum",
    "words": "photo",
}
MIGRATIONS = {"migrations"}
WHOLE = {"words"}  # tables that are named without their columns: all of them hold the same words


@pytest.fixture
async def columns(
    engine: StoreOptions, stores: Stores, tmp_path: Path, request: pytest.FixtureRequest
) -> set[tuple[str, str]]:
    """Every column of the bot's tables and of a library's."""
    (tmp_path / "library").mkdir()
    await stores.create(tmp_path / "library", {})
    async with State.open(tmp_path / "state.db", stores=stores) as state, stores.open(tmp_path / "library") as store:
        if engine.url:
            server: Server = request.getfixturevalue("postgres_server")
            found = server.run(
                "SELECT table_name, column_name FROM information_schema.columns "
                "WHERE table_schema IN ('modaclip', 'modaclip_state')",
                engine.url.rpartition("/")[2],
            )
            pairs = [tuple(line.split("|")) for line in found.splitlines()]
            return {(table, column) for table, column in pairs if column != "library" and table not in MIGRATIONS}
        sql = (
            "SELECT m.name, p.name FROM sqlite_master m, pragma_table_info(m.name) p "
            "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND m.name NOT LIKE 'words\\_%' "
            "ESCAPE '\\'"
        )
        database = store.database  # type: ignore[attr-defined]
        return {tuple(row) for each in (state.database, database) for row in await each.rows(sql)}  # type: ignore[misc]


def said() -> set[tuple[str, str]]:
    """Return the columns that the table names: `table` (`column`, `column`)."""
    found: set[tuple[str, str]] = set()
    for row in ROWS:
        where = row.split("|")[2]
        for table, named in re.findall(r"`(\w+)`[^`(]*\(([^)]*)\)", where):
            found |= {(table, column) for column in re.findall(r"`(\w+)`", named)}
    return found


async def test_every_column_is_in_the_table_or_holds_nothing_about_a_person(columns: set[tuple[str, str]]) -> None:
    harmless = {(table, column) for table, names in NOTHING.items() for column in names.split()}
    there = {(table, column) for table, column in columns if table not in WHOLE}
    assert sorted(there - said() - harmless) == [], "say in docs/privacy.md what this holds, or in NOTHING why nothing"
    assert said() & harmless == set()
    assert {table for table in WHOLE if f"`{table}`" not in DOC} == set()


async def test_nothing_is_told_of_that_is_not_there(columns: set[tuple[str, str]]) -> None:
    assert sorted(said() - columns) == []


def test_the_times_are_those_of_the_settings() -> None:
    settings = read_settings({}, ROOT / "nowhere").privacy
    for each in fields(settings):
        days = getattr(settings, each.name)
        assert re.search(rf"\b{days} days [^|]*\(`{each.name}`\)", DOC), each.name
        assert getattr(Retention(), each.name) == days


def test_every_row_says_everything() -> None:
    assert len(ROWS) > 15
    assert [row for row in ROWS if len([cell for cell in row.strip("|").split("|") if cell.strip()]) != 6] == []
