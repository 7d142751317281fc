"""Many workspaces in one program: each answered with its own token and its own photos, until it removes the app."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from bot.desk import Desk
from bot.slack.client import SlackChat
from bot.slack.credentials import SlackSecrets
from bot.store.board_posts import Post
from bot.store.slack_teams import SlackTeams
from tests.bot.slack.conftest import BY_SOCKET, Connect
from tests.bot.slack.installing import MANY_BY_HTTP, MANY_BY_SOCKET, install
from tests.bot.slack.rehearsal import RehearsedDesk, images, page, texts
from tests.bot.teams import fill, open_team_desk
from tests.fakes.slack import ANN, DAN, PHOTOS, PHOTOS_TWO, FakeSlack
from tests.fakes.slack_grants import BOTS, TEAM, TWO

Start: TypeAlias = Callable[..., AbstractAsyncContextManager[SlackChat]]


@pytest.fixture
async def team_desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_team_desk(tmp_path) as desk:
        await fill(desk, tmp_path, f"slack:{TEAM}", "one")
        await fill(desk, tmp_path, f"slack:{TWO}", "two", seed=50)
        yield desk


@pytest.fixture
def kept(team_desk: Desk) -> SlackTeams:
    return SlackTeams(team_desk.state.database)


@pytest.fixture
def start(connect: Connect, team_desk: Desk, kept: SlackTeams) -> Start:
    """Return a function that starts the bot."""
    return lambda secrets=MANY_BY_SOCKET: connect(secrets, desk=team_desk, teams=kept)


@pytest.fixture
async def chat(start: Start, fake: FakeSlack) -> AsyncIterator[SlackChat]:
    """The bot, in two workspaces."""
    async with start() as started:
        await install(fake, started, TEAM, TWO)
        yield started


async def posted(fake: FakeSlack, desk: Desk, by: str, channel: str) -> dict[str, Any]:
    """Make a board; return its message, once it is remembered."""
    await fake.command("/board", "new Autumn", by=by, channel=channel)
    (message,) = await fake.until(lambda: fake.posted(channel))
    async with asyncio.timeout(5):
        while not await desk.live.posts.of_chat("slack"):  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.01)
    await desk.live.settle()
    found: dict[str, Any] = message
    return found


@pytest.mark.parametrize("secrets", (MANY_BY_SOCKET, MANY_BY_HTTP))
async def test_two_workspaces_at_once_are_answered_each_with_its_own(
    fake: FakeSlack, start: Start, secrets: SlackSecrets
) -> None:
    async with start(secrets) as started:
        await install(fake, started, TEAM, TWO)
        asked = [(await fake.command("/find", "red", by=by), by) for by in (ANN, DAN) * 5]
        for sent, by in asked:
            message = await fake.answer(sent)
            own, other = ("one", "two") if by == ANN else ("two", "one")
            assert f"Photo by {own} photographer" in texts(message) and f"{other}-" not in repr(message)
            assert all(fake.files[image["slack_file"]["id"]]["team"] == sent.team for image in images(message))
    assert {(call.args["user"], call.team) for call in fake.made("users.info")} == {(ANN, TEAM), (DAN, TWO)}


async def test_each_is_mentioned_by_its_own_bot(fake: FakeSlack, chat: SlackChat) -> None:
    await fake.say(f"<@{BOTS[TWO]}> red", by=DAN, channel=PHOTOS_TWO)
    (message,) = await fake.until(lambda: fake.posted(PHOTOS_TWO))
    assert "“red”" in texts(message) and message["team"] == TWO


async def test_a_photo_of_another_workspace_is_not_found(fake: FakeSlack, chat: SlackChat) -> None:
    assert "two red" in texts(await fake.answer(await fake.command("/photo", "two-red", by=DAN)))
    assert "two red" not in texts(await fake.answer(await fake.command("/photo", "two-red", by=ANN)))


async def test_accounts_of_one_id_in_two_workspaces_are_two_people(
    fake: FakeSlack, chat: SlackChat, team_desk: Desk
) -> None:
    for team, channel in ((TEAM, PHOTOS), (TWO, PHOTOS_TWO)):
        fake.people[ANN] |= {"team_id": team}
        await fake.command("/board", "new Autumn", by=ANN, channel=channel)
        await fake.until(lambda channel=channel: fake.posted(channel))
    await team_desk.privacy.forget(f"slack:{TWO}.{ANN}")
    makers = []
    for team in (TEAM, TWO):
        (one,) = await team_desk.boards.all(f"slack:{team}")
        async with team_desk.boards.see(f"slack:{team}", one.listed.id) as seen:
            makers.append((await seen.boards.shelf.board(one.listed.id)).made_by.id)
    assert makers[0] == f"slack:{TEAM}.{ANN}" and ANN not in makers[1]


async def test_a_restart_keeps_installations(fake: FakeSlack, start: Start) -> None:
    async with start() as started:
        await install(fake, started, TEAM, TWO)
    async with start():
        for by in (ANN, DAN):
            assert "Photo by" in texts(await fake.answer(await fake.command("/find", "red", by=by)))
    assert len(fake.made("oauth.v2.access")) == 2


async def test_a_workspace_that_did_not_add_it_is_told_so(fake: FakeSlack, start: Start) -> None:
    async with start() as started:
        await install(fake, started, TEAM)
        sent = await fake.command("/find", "red", by=DAN)
        assert "can't answer in this workspace" in (await fake.answer(sent))["text"]
        await fake.answer(await fake.command("/find", "red", by=ANN))
    assert {call.team for call in fake.made("users.info")} == {TEAM}


async def test_an_event_of_a_whole_organisation_is_refused(
    fake: FakeSlack, chat: SlackChat, caplog: pytest.LogCaptureFixture
) -> None:
    fake.grants.org_wide = True
    sent = await fake.command("/find", "red")
    assert "can't answer in this workspace" in (await fake.answer(sent))["text"]
    assert "whole organisation" in caplog.text and not fake.made("users.info")


async def test_somebody_of_several_workspaces_of_an_organisation_is_no_stranger(
    fake: FakeSlack, chat: SlackChat
) -> None:
    fake.people[ANN] |= {"team_id": "T0HOME", "enterprise_user": {"teams": ["T0HOME", TEAM]}}
    assert "Photo by one" in texts(await fake.answer(await fake.command("/find", "red", by=ANN)))
    fake.people["U0BEA"]["team_id"] = "T0HOME"
    assert "I only answer people" in texts(await fake.answer(await fake.command("/find", "red", by="U0BEA")))


async def test_a_workspace_is_called_by_its_name(fake: FakeSlack, connect: Connect, kept: SlackTeams) -> None:
    desk = RehearsedDesk()
    async with connect(MANY_BY_SOCKET, desk=desk, teams=kept) as chat:
        await install(fake, chat, TWO)
        await fake.answer(await fake.command("/find", "red", by=DAN))
    async with connect(desk=desk):
        await fake.answer(await fake.command("/find", "red", by=ANN))
    assert [one.request.team for one in desk.asked] == ["<Team> T0TWO", "Team"]


async def gone(kept: SlackTeams, team: str) -> None:
    async with asyncio.timeout(5):
        while await kept.find(team) is not None:  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.01)


async def test_who_removes_it_takes_its_tokens_along(fake: FakeSlack, chat: SlackChat, kept: SlackTeams) -> None:
    await fake.answer(await fake.command("/find", "red", by=DAN))
    await fake.uninstall(TWO)
    await gone(kept, TWO)
    assert [one.team for one in await kept.all()] == [TEAM]
    assert "can't answer" in (await fake.answer(await fake.command("/find", "red", by=DAN)))["text"]
    assert "Photo by one" in texts(await fake.answer(await fake.command("/find", "red", by=ANN)))


async def test_pictures_are_uploaded_anew_where_it_is_added_again(
    fake: FakeSlack, chat: SlackChat, kept: SlackTeams
) -> None:
    before = images(await fake.answer(await fake.command("/find", "red count:1", by=DAN)))
    await fake.uninstall(TWO)
    await gone(kept, TWO)
    for file in fake.files.values():  # Slack deletes what an app that was removed had uploaded
        file["mimetype"] = ""
    await install(fake, chat, TWO)
    after = images(await fake.answer(await fake.command("/find", "red count:1", by=DAN)))
    assert before and after and before[0]["slack_file"] != after[0]["slack_file"]


async def test_a_removal_that_is_told_late_does_not_end_what_was_added_since(
    fake: FakeSlack, chat: SlackChat, kept: SlackTeams
) -> None:
    await fake.event({"type": "app_uninstalled"}, team=TWO, at=time.time() - 30)
    await fake.until(lambda: [call for call in fake.made("auth.test") if call.team == TWO][1:])
    assert "Photo by two" in texts(await fake.answer(await fake.command("/find", "red", by=DAN)))
    assert await kept.find(TWO) is not None


async def test_a_person_s_token_that_is_revoked_ends_nothing(
    fake: FakeSlack, chat: SlackChat, kept: SlackTeams
) -> None:
    later = time.time() + 3600
    await fake.event({"type": "tokens_revoked", "tokens": {"oauth": [DAN], "bot": []}}, team=TWO, at=later)
    await fake.answer(await fake.command("/find", "red", by=DAN))
    assert await kept.find(TWO) is not None


async def test_a_board_is_drawn_anew_by_the_workspace_s_own_token(
    fake: FakeSlack, chat: SlackChat, team_desk: Desk
) -> None:
    message = await posted(fake, team_desk, DAN, PHOTOS_TWO)
    await fake.command("/board", "add two-red", by=DAN, channel=PHOTOS_TWO)
    await fake.until(lambda: "Photo by two photographer" in texts(message))
    assert {call.team for call in fake.made("chat.update")} == {TWO}
    (post,) = await team_desk.live.posts.of_chat("slack")
    assert post.place == f"{TWO}/{PHOTOS_TWO}/{message['ts']}"


async def test_a_board_that_changed_while_the_bot_was_away_is_drawn(
    fake: FakeSlack, start: Start, team_desk: Desk
) -> None:
    async with start() as started:
        await install(fake, started, TEAM, TWO)
        message = await posted(fake, team_desk, DAN, PHOTOS_TWO)
        fake.fail("chat.update", 200, "fatal_error", times=99)  # however often it is tried
        await fake.answer(await fake.command("/board", "add two-red", by=DAN, channel=PHOTOS_TWO))
        await fake.until(lambda: fake.made("chat.update"))
    assert "Photo by" not in texts(message)
    fake.failures.clear()
    async with start():
        await fake.until(lambda: "Photo by two photographer" in texts(message))


async def test_news_goes_to_a_channel_by_the_workspace_s_own_token(
    fake: FakeSlack, chat: SlackChat, team_desk: Desk
) -> None:
    outlet = team_desk.live.outlet("slack")
    assert outlet is not None
    assert await outlet.post(f"slack:{TWO}", f"slack:{PHOTOS_TWO}", page(1), "en")
    assert [message["team"] for message in fake.posted(PHOTOS_TWO)] == [TWO]


async def test_messages_of_a_workspace_that_is_gone_are_forgotten(
    fake: FakeSlack, chat: SlackChat, team_desk: Desk, kept: SlackTeams
) -> None:
    await posted(fake, team_desk, DAN, PHOTOS_TWO)
    await fake.uninstall(TWO)
    await gone(kept, TWO)
    (post,) = await team_desk.live.posts.of_chat("slack")
    async with team_desk.changing_photos(post.workspace):
        pass
    await team_desk.live.settle()
    assert await team_desk.live.posts.of_chat("slack") == []


@pytest.mark.parametrize("secrets", (BY_SOCKET, MANY_BY_SOCKET))
async def test_a_message_whose_place_names_no_workspace_is_drawn(
    fake: FakeSlack, start: Start, team_desk: Desk, secrets: SlackSecrets
) -> None:
    async with start(secrets) as started:
        if secrets.app:
            await install(fake, started, TEAM)
        message = await posted(fake, team_desk, ANN, PHOTOS)
        (post,) = await team_desk.live.posts.of_chat("slack")
        await team_desk.live.posts.forget(post)
        old = f"{PHOTOS}/{message['ts']}"  # as it was written down before there were several
        await team_desk.live.posts.add(Post("slack", old, post.workspace, post.board, "en", post.revision))
        await fake.command("/board", "add one-red", by=ANN)
        await fake.until(lambda: "Photo by one photographer" in texts(message))


async def test_installations_are_told_in_the_log_without_their_tokens(
    fake: FakeSlack, chat: SlackChat, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await fake.uninstall(TWO)
    await fake.answer(await fake.command("/find", "red", by=ANN))
    logged = "\n".join(f"{one.getMessage()} {one.__dict__}" for one in caplog.records)
    assert fake.grants.given and not [token for token in fake.grants.given if token in logged]
