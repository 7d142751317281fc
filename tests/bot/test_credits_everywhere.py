"""A credit is in every reply that shows a photo: every command, button and form that exists is walked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.actions import ACTIONS, FORMS, OPENS
from bot.commands import COMMANDS
from bot.desk import Desk
from bot.replies import ID_LENGTH, MOST_CARDS, MOST_CHOICES, Form, Reply
from bot.requests import Upload
from core.curation import Record
from tests.bot.teams import TEAMS, action, fill, open_team_desk, request, upload
from tests.conftest import draw_photo


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_team_desk(tmp_path) as opened:
        await fill(opened, tmp_path, TEAMS[0], "one")
        yield opened


class Walk:
    """Does everything that there is to do, and keeps what was done and answered."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk = desk
        self.folder = folder
        self.picture = upload(draw_photo(folder / "new.jpg", "#c010c0", seed=70))
        self.commands: set[str] = set()
        self.verbs: set[str] = set()
        self.replies: list[Reply] = []
        self.forms: list[Form] = []

    async def command(self, name: str, /, by: str = TEAMS[0], **values: object) -> Reply:
        self.commands.add(name)
        opened = await self.desk.opens(name, request(by), values)  # type: ignore[arg-type]
        assert opened is None, name
        self.replies.append(await self.desk.command(name, request(by), values))  # type: ignore[arg-type]
        assert not self.replies[-1].failed, self.replies[-1].text
        return self.replies[-1]

    async def press(self, reply: Reply, verb: str, *chosen: str, found: str | None = None) -> Reply:
        self.verbs.add(verb)
        pressed = f"{verb}:{reply.result}" if found is None else found
        self.replies.append(await self.desk.press(pressed, request(), chosen))
        assert not self.replies[-1].failed, self.replies[-1].text
        return self.replies[-1]

    async def fill_in(self, opened: Form | Reply | None, **values: str) -> Reply:
        assert isinstance(opened, Form)
        self.forms.append(opened)
        self.replies.append(await self.desk.submit(opened.id, request(), values))
        assert not self.replies[-1].failed, self.replies[-1].text
        return self.replies[-1]


async def everything(walk: Walk) -> None:
    """Walk through the bot as a team would."""
    found = await walk.command("find", query="red", count=2)
    more = await walk.press(found, "more")
    for verb in ("similar", "like", "less", "photo", "show", "credits"):
        await walk.press(found, verb, "1")
    posted = await walk.press(more, "post")
    await walk.press(posted, "photo", "1")
    await walk.fill_in(await walk.desk.opens_press(action(found, "mix"), request()), words="blue", number="")
    await walk.command("similar", photo="one-red", words="dark")
    await walk.command("similar", image=walk.picture)
    await walk.command("tags")
    await walk.command("credit", photos="one-red brand/brandmark")
    await walk.fill_in(
        await walk.desk.opens("add", request(), {"image": walk.picture}), photographer="Ann", title="New"
    )
    await walk.command("add", image=walk.picture, photographer="Ann")
    shown = await walk.command("photo", photo="new")
    await walk.fill_in(await walk.desk.opens_press(action(shown, "edit"), request()), title="Newer", photographer="Bob")
    await walk.command("edit", photo="new", title="Newest")
    await walk.command("tag add", photo="new", tags="fresh")
    await walk.command("tag remove", photo="new", tags="fresh")
    await walk.press(shown, "remove")
    asked = await walk.command("remove", photo="new")
    await walk.press(asked, "keep", found=action(asked, "keep"))
    await walk.press(asked, "removed", found=action(asked, "removed"))
    for name in ("library", "settings", "help"):
        await walk.command(name)
    await boards(walk)


async def boards(walk: Walk) -> None:
    """Walk through what there is to do with boards."""
    found = await walk.command("find", query="red", count=2)
    await walk.fill_in(await walk.desk.opens_press(action(found, "pin"), request(), ("1",)), name="First")
    await walk.command("board delete", board="First")
    await walk.command("board new", name="Autumn", brief="Mood: calm.")
    await walk.press(found, "pin", "1", "2")
    await walk.command("board add", photos="one-blue one-green brand/brandmark")
    await walk.fill_in(await walk.desk.opens("board add", request(), {"image": walk.picture}), photographer="Ann")
    for name, values in (
        ("list", {}),
        ("edit", {"name": "Autumn", "votes": "open"}),
        ("section", {"title": "Light", "wish": "bright"}),
        ("move", {"numbers": "1", "section": "Light"}),
        ("note", {"number": 1, "text": "this"}),
        ("vote", {"numbers": "1", "vote": "up"}),
        ("decide", {}),
        ("note", {"number": 1, "text": "later"}),
        ("compare", {}),
        ("history", {}),
        ("suggest", {}),
        ("outlier", {}),
        ("gaps", {}),
        ("palette", {}),
        ("watch", {"state": "on"}),
        ("export", {"format": "md"}),
        ("remove", {"numbers": "2"}),
        ("undo", {}),
    ):
        await walk.command(f"board {name}", **values)
    exported = await walk.command("board export", format="json")
    await walk.command("board import", file=Upload("b.json", None, _gives(exported.files[0].data)))
    await walk.command("brief", text="Mood: calm. Colours: red.", name="Brief")
    shown = await walk.command("board show", board="Autumn")
    for verb in ("board", "suggest", "palette", "export"):
        pressed = f"{verb}:{action(shown, 'vote').partition(':')[2]}"
        await walk.press(shown, verb, found=pressed)
    asked = await walk.press(shown, "export", found=action(shown, "export"))
    await walk.press(asked, "exported", "csv", found=action(asked, "exported"))
    await walk.press(shown, "place", found=action(shown, "place"))
    await shared(walk)
    voting = await walk.press(shown, "vote", found=action(shown, "vote"))
    for verb in ("skip", "up", "one", "down"):
        voting = await walk.press(voting, verb, found=action(voting, verb))
    await walk.fill_in(await walk.desk.opens_press(action(shown, "decide"), request()), numbers="1", why="so")
    noted = await walk.command("board note", board="Autumn", number=1, text="other")
    await walk.press(noted, "undo", found=action(noted, "undo"))
    asked = await walk.command("board delete", board="Autumn")
    await walk.press(asked, "deleted", found=action(asked, "deleted"))
    await walk.command("board archive", board="Brief")


async def shared(walk: Walk) -> None:
    """Let another team join the board, pin a photo of its own, and be sent away again."""
    given = await walk.command("board share", board="Autumn")
    code = given.copyables[0].text.removeprefix("/board join ")
    other = TEAMS[1]
    await walk.command("board join", code=code, by=other)
    async with walk.desk.workspaces.use(other) as workspace:
        data = draw_photo(walk.folder / "theirs.jpg", "#e01080", seed=71).read_bytes()
        await workspace.add(data, "theirs.jpg", Record("one photographer", title="theirs"))
    await walk.command("board add", photos="theirs", by=other)
    for team in (TEAMS[0], other):
        await walk.command("board show", board="Autumn", by=team)
        ballot = await walk.command("board vote", board="Autumn", by=team)
        assert ballot.cards
    given = await walk.command("board share", board="Autumn")
    await walk.press(given, "unlink", found=action(given, "unlink"))
    await walk.command("board show", board="Autumn")


async def forgotten(walk: Walk) -> None:
    """Ask what is kept, and have it forgotten."""
    kept = await walk.command("privacy")
    await walk.press(kept, "forget", found=action(kept, "forget"))
    asked = await walk.command("forget me")
    await walk.press(asked, "forgotten", found=action(asked, "forgotten"))


def _gives(data: bytes) -> Callable[[], Awaitable[bytes]]:
    async def read() -> bytes:
        return data

    return read


async def test_every_photo_of_every_reply_is_credited(desk: Desk, tmp_path: Path) -> None:
    walk = Walk(desk, tmp_path)
    await everything(walk)
    await forgotten(walk)
    assert walk.commands == {command.name for command in COMMANDS}
    assert walk.verbs == set(ACTIONS)
    assert {form.id.partition(":")[0] for form in walk.forms} == set(FORMS) and set(OPENS) <= set(FORMS)
    shown = [card for reply in walk.replies for card in reply.cards]
    assert len(shown) > 20
    panels = [reply.panel for reply in walk.replies if reply.panel is not None and reply.panel.shows == "board"]
    assert len(panels) > 5
    for credit in (credit for panel in panels for _, credit in panel.credits):
        assert credit.name in ("one photographer", "Brand Keeper", "Ann"), credit
    for card in shown:
        credit = card.credit
        for text in (credit.text, credit.html, credit.markdown):
            assert credit.name in text or "unknown" in text.lower(), card
        taken_by = "Brand Keeper" if card.id.startswith("brand/") else "one photographer"
        assert credit.name == taken_by or card.id.startswith("new"), card


async def test_every_reply_keeps_the_limits_of_all_chats(desk: Desk, tmp_path: Path) -> None:
    walk = Walk(desk, tmp_path)
    await everything(walk)
    for reply in walk.replies:
        assert len(reply.cards) <= MOST_CARDS
        assert all(1 <= len(card.picture.alt) <= 1000 for card in reply.cards)
        assert len({card.picture.name for card in reply.cards}) == len(reply.cards)
        assert all(len(one.id) <= ID_LENGTH and 1 <= len(one.label) <= 80 for one in reply.actions)
        assert all(len(menu.id) <= ID_LENGTH and 1 <= len(menu.choices) <= MOST_CHOICES for menu in reply.menus)
    for form in walk.forms:
        assert len(form.fields) <= 5 and len(form.title) <= 45
        assert all(len(field.label) <= 45 and len(field.hint) <= 100 for field in form.fields)


async def test_every_picture_can_be_had_within_its_limit(desk: Desk, tmp_path: Path) -> None:
    found = await desk.command("find", request(), {"query": "red"})
    for card in found.cards:
        assert card.picture.load is not None
        for most in (20_000, 900):
            data = await card.picture.load(most)
            assert data is None or len(data) <= most
        assert await card.picture.load(20_000)
