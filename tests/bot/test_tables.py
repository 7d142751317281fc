"""The bot's own tables, on every engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.board_links import BoardLinks, Invitation, Link
from bot.store.board_posts import MOST_ALIVE, BoardPosts, Post, Watch
from bot.store.slack_teams import SealedTeam, SlackTeams
from bot.store.state import State
from bot.store.visits import KEPT_ENTRIES, Visits
from core.store import Stores
from core.store.database import Database

ENGINES = ("sqlite", "postgres")


@pytest.fixture
async def database(stores: Stores, tmp_path: Path) -> AsyncIterator[Database]:
    async with State.open(tmp_path / "state.db", stores=stores) as state:
        yield state.database


async def test_a_code_links_once(database: Database) -> None:
    links = BoardLinks(database)
    invitation = Invitation("board", "home", "Home")
    code, _ = await links.invite(invitation)
    link = Link("board", "guest", "home", "Guest", "Home", None, "web:1", 1.5)
    assert await links.invitation(code.lower()) == invitation
    assert await links.join(code, link)
    assert not await links.join(code, link)
    await links.place("board", "guest", "c")
    assert [one.channel for one in await links.of_board("board")] == ["c"]
    assert [one.board for one in await links.of_workspace("guest")] == ["board"]
    assert await links.with_photos_of("home") == ["board"]
    assert await links.leave("board", "guest")
    assert not await links.leave("board", "guest")


async def test_of_many_messages_of_a_board_the_latest_are_remembered(database: Database) -> None:
    moments = iter(range(100))
    posts = BoardPosts(database, clock=lambda: float(next(moments)))
    for n in range(MOST_ALIVE + 2):
        await posts.add(Post("chat", f"place-{n}", "w", "b", "en", 1))
    await posts.add(Post("chat", "place-4", "w", "b", "de", 2))
    kept = await posts.of_board("w", "b")
    assert {post.place for post in kept} == {"place-2", "place-3", "place-4"}
    await posts.drawn(kept[0], 7)
    await posts.forget(kept[1])
    assert len(await posts.of_chat("chat")) == len(await posts.of_workspace("w")) == MOST_ALIVE - 1


async def test_watches_are_written_over_and_ended(database: Database) -> None:
    posts = BoardPosts(database)
    await posts.watch(Watch("w", "b", "chat", "c", "en", {"": 1}))
    await posts.watch(Watch("w", "b", "chat", "d", "en", {"": 2}, 3.5))
    await posts.looked(Watch("w", "b", "chat", "d", "en", {"": 5}, 4.5))
    assert await posts.watches() == [Watch("w", "b", "chat", "d", "en", {"": 5}, 4.5)]
    assert await posts.unwatch("w", "b")
    assert not await posts.unwatch("w", "b")


async def test_what_was_chosen_is_told_once(database: Database) -> None:
    posts = BoardPosts(database)
    await posts.choose(["u1", "u2"])
    await posts.choose(["u1"])
    await posts.told("u1")
    assert await posts.untold() == ["u2"]


async def test_visitors_have_a_session_a_name_and_a_conversation(database: Database) -> None:
    visits = Visits(database)
    cookie = await visits.begin()
    person = await visits.person(cookie)
    assert person is not None and await visits.name(person) is None
    await visits.call(person, "Ann")
    await visits.call(person, "Bea")
    assert await visits.name(person) == "Bea"
    numbers = [await visits.add(person, {"text": str(n)}) for n in range(KEPT_ENTRIES + 3)]
    await visits.add("", {"text": "to all"})
    assert await visits.replace(person, numbers[-1], {"text": "new"})
    assert not await visits.replace("somebody else", numbers[-1], {"text": "new"})
    entries = await visits.entries(person)
    assert [entry["text"] for entry in entries[-2:]] == ["new", "to all"]
    assert (len(entries), entries[-2]["n"]) == (KEPT_ENTRIES, numbers[-1])
    await visits.clear(person)
    assert len(await visits.entries(person)) == 1
    await visits.end(cookie)
    assert await visits.person(cookie) is None


async def test_slack_s_workspaces_are_kept_sealed(database: Database) -> None:
    teams = SlackTeams(database)
    await teams.add(SealedTeam("T1", 1.0, "sealed"))
    await teams.add(SealedTeam("T1", 2.0, "again"))
    assert not await teams.renew(SealedTeam("T1", 1.0, "late"))
    assert await teams.renew(SealedTeam("T1", 2.0, "new"))
    assert await teams.find("T1") == SealedTeam("T1", 2.0, "new")
    assert await teams.all() == [SealedTeam("T1", 2.0, "new")]
    state = await teams.begin()
    assert await teams.end(state)
    assert not await teams.end(state)
    assert await teams.forget("T1")
    assert not await teams.forget("T1")


async def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.transaction() as transaction:
            assert await transaction.execute("INSERT INTO facts VALUES (?, ?)", ("a", "1")) == 1
            raise RuntimeError
    assert await database.value("SELECT value FROM facts WHERE name = ?", ("a",)) is None
