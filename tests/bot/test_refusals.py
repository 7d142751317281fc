"""Whatever is asked wrongly ends in a short private sentence that shows nothing of the inside."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image

from bot.catalogue import LANGUAGES
from bot.desk import Desk
from bot.replies import Audience, Form, Reply
from bot.requests import Level, Upload
from tests.bot.teams import TEAMS, fill, open_team_desk, request, upload
from tests.conftest import draw_photo

pytestmark = pytest.mark.asyncio(loop_scope="module")

LONGEST = 300  # characters of a refusal
INSIDE = re.compile(r"Traceback|Error\b|Exception|<class|<bot|<core|\bNone\b|sqlite|\.py\b|/tmp/|/home/|/root/|/work/")
SURPRISED = "in the log as"  # what is said of an error that nobody foresaw


class Ask:
    """Somebody who asks in a team whose desk nothing is changed at."""

    def __init__(self, desk: Desk, folder: Path, found: Reply, foreign: Reply) -> None:
        self.desk = desk
        self.folder = folder
        self.found = found.result or ""  # of a page with all photos
        self.foreign = foreign.result or ""  # of another team
        self.language = "en"
        self.level = Level.MANAGER
        self.person = "ann"

    @property
    def _request(self) -> Any:
        return request(person=self.person, level=self.level, language=self.language)

    async def command(self, name: str, **values: Any) -> Reply:
        opened = await self.desk.opens(name, self._request, values)
        return opened if isinstance(opened, Reply) else await self.desk.command(name, self._request, values)

    async def member(self, name: str, **values: Any) -> Reply:
        self.level = Level.MEMBER
        return await self.command(name, **values)

    async def press(self, pressed: str, *chosen: str, person: str = "ann") -> Reply:
        self.person = person
        opened = await self.desk.opens_press(pressed, self._request, chosen)
        return opened if isinstance(opened, Reply) else await self.desk.press(pressed, self._request, chosen)

    async def submit(self, form: str, *, person: str = "ann", **values: Any) -> Reply:
        self.person = person
        return await self.desk.submit(form, self._request, values)

    async def add_form(self, *, submitted_by: str = "ann", **values: Any) -> Reply:
        opened = await self.desk.opens("add", self._request, {"image": self.photo()})
        assert isinstance(opened, Form)
        return await self.submit(opened.id, person=submitted_by, **values)

    def photo(self, *, size: int | None = None) -> Upload:
        return upload(draw_photo(self.folder / "asked.jpg", "#c010c0", seed=7), size=size)

    def file(self, name: str, data: bytes) -> Upload:
        path = self.folder / name
        path.write_bytes(data)
        return upload(path)

    def cut(self) -> Upload:
        whole = draw_photo(self.folder / "asked.jpg", "#c010c0", seed=7).read_bytes()
        return self.file("cut.jpg", whole[: len(whole) // 2])

    def misnamed(self) -> Upload:
        path = self.folder / "picture.png"
        Image.new("RGB", (40, 40), "red").save(path)
        return self.file("picture.jpg", path.read_bytes())

    def dot(self) -> Upload:
        path = self.folder / "dot.png"
        Image.new("RGB", (1, 1), "red").save(path)
        return upload(path)

    def gone(self) -> Upload:
        return Upload("gone.jpg", None, self._gone)

    async def _gone(self) -> bytes:
        return (await self.desk.uploads.fetch("http://10.1.2.3/gone.jpg")).data


LONG = "x" * 3000
CASES: dict[str, Callable[[Ask], Awaitable[Reply]]] = {
    # queries
    "an empty query": lambda ask: ask.command("find", query=""),
    "nothing at all": lambda ask: ask.command("find"),
    "a query of blanks": lambda ask: ask.command("find", query=" \t\u200b "),
    "a query that is too long": lambda ask: ask.command("find", query="sea " * 300),
    "a query of too many parts": lambda ask: ask.command("find", query=" ".join(f"-w{n}" for n in range(70))),
    "a key that is not known": lambda ask: ask.command("find", query="tga:night"),
    "a key without a value": lambda ask: ask.command("find", query="tag:"),
    "a colour that is none": lambda ask: ask.command("find", query="color:blurple"),
    "a colour that is very long": lambda ask: ask.command("find", query="color:" + "z" * 900),
    "a date that is none": lambda ask: ask.command("find", query="before:2020-13-45"),
    "a date the other way round": lambda ask: ask.command("find", query="after:31.12.2020"),
    "a shape that is none": lambda ask: ask.command("find", query="is:round"),
    "a size that is none": lambda ask: ask.command("find", query="width:huge"),
    "a size beyond all photos": lambda ask: ask.command("find", query="width:>=" + "9" * 300),
    "a range that ends before it begins": lambda ask: ask.command("find", query="height:900..100"),
    "a weight that is too large": lambda ask: ask.command("find", query="fog^900"),
    "a weight of nothing": lambda ask: ask.command("find", query="fog^0"),
    "two weights": lambda ask: ask.command("find", query="fog^2^3"),
    "a quotation without end": lambda ask: ask.command("find", query='"golden gate'),
    "an order that is none": lambda ask: ask.command("find", query="sort:oldest"),
    "an order turned round": lambda ask: ask.command("find", query="-sort:new"),
    "a likeness to a photo that is not here": lambda ask: ask.command("find", query="like:nothing"),
    "a likeness to another team's photo": lambda ask: ask.command("find", query="like:two-red"),
    "a photographer too long to be one": lambda ask: ask.command("find", query="red", by=LONG),
    # photos
    "an id that is not here": lambda ask: ask.command("photo", photo="nothing"),
    "an id of another team": lambda ask: ask.command("photo", photo="two-red"),
    "an id that is empty": lambda ask: ask.command("photo", photo=" "),
    "an id that is very long": lambda ask: ask.command("photo", photo=LONG),
    "an id that is a path": lambda ask: ask.command("photo", photo="../../etc/passwd"),
    "an id of a collection that is not here": lambda ask: ask.command("photo", photo="other/brandmark"),
    "an id that is not in the collection": lambda ask: ask.command("photo", photo="brand/nothing"),
    "half a character as an id": lambda ask: ask.command("photo", photo="\ud83d"),
    "half a character as a query": lambda ask: ask.command("find", query="like:\ud83d"),
    "credits of no photos": lambda ask: ask.command("credit", photos=" , ; "),
    "credits of another team's photo": lambda ask: ask.command("credit", photos="one-red two-red"),
    "a tag that nothing begins with": lambda ask: ask.command("tags", prefix="zyzzyva"),
    "a tag that nothing so long begins with": lambda ask: ask.command("tags", prefix=LONG),
    # pictures
    "a picture of 80 MB": lambda ask: ask.command("find", image=ask.photo(size=80 * 2**20)),
    "a picture of 80 MB to add": lambda ask: ask.command("add", image=ask.photo(size=80 * 2**20), photographer="Ann"),
    "a text that is called a picture": lambda ask: ask.command("find", image=ask.file("text.jpg", b"no picture")),
    "a page that is called a picture": lambda ask: ask.command("similar", image=ask.file("page.png", b"<html></html>")),
    "a drawing in SVG": lambda ask: ask.command("similar", image=ask.file("d.jpg", b"<svg xmlns='x'/>")),
    "an empty file": lambda ask: ask.command("similar", image=ask.file("empty.jpg", b"")),
    "a picture that is cut off": lambda ask: ask.command("find", image=ask.cut()),
    "a picture that is cut off to add": lambda ask: ask.command("add", image=ask.cut(), photographer="Ann"),
    "a PNG that is called JPEG": lambda ask: ask.command("find", image=ask.misnamed()),
    "a picture of one pixel": lambda ask: ask.command("similar", image=ask.dot()),
    "eleven pictures": lambda ask: ask.command("find", image=[ask.photo()] * 11),
    "eleven pictures to add": lambda ask: ask.command("add", image=[ask.photo()] * 11, photographer="Ann"),
    "a picture that the chat can't give any more": lambda ask: ask.command("find", image=ask.gone()),
    "no picture to be like": lambda ask: ask.command("similar"),
    "only words to be like": lambda ask: ask.command("similar", words="at night"),
    # links
    "a link to this machine": lambda ask: ask.command("similar", photo="http://127.0.0.1/a.jpg"),
    "a link to this machine by name": lambda ask: ask.command("similar", photo="http://localhost:8080/a.jpg"),
    "a link to a private network": lambda ask: ask.command("similar", photo="http://10.0.0.1/a.jpg"),
    "a link to a cloud's secrets": lambda ask: ask.command("similar", photo="http://169.254.169.254/latest/meta-data/"),
    "a link to this machine in IPv6": lambda ask: ask.command("similar", photo="http://[::1]/a.jpg"),
    "a link to a number that is this machine": lambda ask: ask.command("similar", photo="http://2130706433/a.jpg"),
    "a link to add from a private network": lambda ask: ask.command("add", link="http://10.0.0.1/", photographer="Ann"),
    "a link to a file": lambda ask: ask.command("similar", photo="file:///etc/passwd"),
    "a link to a file to add": lambda ask: ask.command("add", link="file:///etc/passwd", photographer="Ann"),
    "a link that is none": lambda ask: ask.command("add", link="nonsense", photographer="Ann"),
    "a link with half an address": lambda ask: ask.command("similar", photo="http://[::1"),
    "a link with half an address to add": lambda ask: ask.command("add", link="http://[::1", photographer="Ann"),
    "a link with half an address for a form": lambda ask: ask.submit("add:none", link="http://[::1"),
    "a link with a password": lambda ask: ask.command("similar", photo="http://ann:secret@8.8.8.8/a.jpg"),
    "a link to an endless host": lambda ask: ask.command("similar", photo=f"http://{'a' * 400}/a.jpg"),
    # keeping
    "a photo without its photographer": lambda ask: ask.add_form(photographer=" "),
    "a picture to add that is none": lambda ask: ask.command("add", photographer="Ann", image=ask.file("t.jpg", b"t")),
    "nothing to add": lambda ask: ask.submit("add:none", photographer="Ann"),
    "a source that is no link": lambda ask: ask.command("edit", photo="one-red", source="javascript:alert(1)"),
    "a source to add that is no link": lambda ask: ask.command(
        "add", image=ask.photo(), photographer="Ann", source="nonsense"
    ),
    "too many tags": lambda ask: ask.command(
        "add", image=ask.photo(), photographer="Ann", tags=",".join(f"t{n}" for n in range(40))
    ),
    "a tag that is too long": lambda ask: ask.command("tag add", photo="one-red", tags="x" * 200),
    "a tag of nothing": lambda ask: ask.command("tag add", photo="one-red", tags=" , "),
    "a tag of signs that say nothing": lambda ask: ask.command("tag add", photo="one-red", tags="-;,n/a"),
    "a tag to take away that is not there": lambda ask: ask.command("tag remove", photo="one-red", tags="nothing"),
    "tagging what is not here": lambda ask: ask.command("tag add", photo="nothing", tags="x"),
    "tagging another team's photo": lambda ask: ask.command("tag add", photo="two-red", tags="x"),
    "tagging a shared photo": lambda ask: ask.command("tag add", photo="brand/brandmark", tags="x"),
    "editing a shared photo": lambda ask: ask.command("edit", photo="brandmark", title="x"),
    "opening a shared photo to edit": lambda ask: ask.command("edit", photo="brandmark"),
    "editing what is not here": lambda ask: ask.command("edit", photo="nothing", title="x"),
    "removing a shared photo": lambda ask: ask.command("remove", photo="brand/brandmark"),
    "removing what is not here": lambda ask: ask.command("remove", photo="nothing"),
    # rights
    "editing by a member": lambda ask: ask.member("edit", photo="one-red", title="x"),
    "opening to edit by a member": lambda ask: ask.member("edit", photo="one-red"),
    "removing by a member": lambda ask: ask.member("remove", photo="one-red"),
    "taking tags by a member": lambda ask: ask.member("tag remove", photo="one-red", tags="red"),
    "settings by a member": lambda ask: ask.member("settings", count=3),
    # buttons, menus and forms
    "a button of no kind": lambda ask: ask.press("dance:x"),
    "a button with nothing in it": lambda ask: ask.press(""),
    "a button with a strange character": lambda ask: ask.press("\x00"),
    "a button with half a character": lambda ask: ask.press("show:\ud83d"),
    "a button of a result that never was": lambda ask: ask.press("more:nothing"),
    "a button without its result": lambda ask: ask.press("post"),
    "a button that is very long": lambda ask: ask.press("show:" + LONG),
    "a button of another team": lambda ask: ask.press(f"show:{ask.foreign}"),
    "an edit of another team": lambda ask: ask.press(f"edit:{ask.foreign}"),
    "a removal of another team": lambda ask: ask.press(f"removed:{ask.foreign}"),
    "a button of somebody else": lambda ask: ask.press(f"show:{ask.found}", person="bob"),
    "a page beyond the end": lambda ask: ask.press(f"more:{ask.found}"),
    "a cancel of what is finished": lambda ask: ask.press("cancel:nothing"),
    "an example that can't be read": lambda ask: ask.press("find:color:blurple"),
    "photo number 0": lambda ask: ask.press(f"photo:{ask.found}", "0"),
    "photo number 10": lambda ask: ask.press(f"similar:{ask.found}", "10"),
    "photo number x": lambda ask: ask.press(f"less:{ask.found}", "x"),
    "photo number ²": lambda ask: ask.press(f"photo:{ask.found}", "²"),
    "photo number -1": lambda ask: ask.press(f"photo:{ask.found}", "-1"),
    "a photo number of 5,000 digits": lambda ask: ask.press(f"photo:{ask.found}", "9" * 5000),
    "a mix with number 0": lambda ask: ask.submit(f"mix:{ask.found}", words="dark", number="0"),
    "a mix with words that can't be read": lambda ask: ask.submit(f"mix:{ask.found}", words="is:round", number=""),
    "a mix of another team": lambda ask: ask.submit(f"mix:{ask.foreign}", words="dark", number=""),
    "a form of no kind": lambda ask: ask.submit("dance:x"),
    "a form of yesterday": lambda ask: ask.submit("add:YESTERDAY", photographer="Ann"),
    "a form of somebody else": lambda ask: ask.add_form(submitted_by="bob", photographer="Bob"),
    "an edit of nothing": lambda ask: ask.submit("edit:nothing", title="x"),
    "an edit by a member's old form": lambda ask: ask.submit(f"edit:{ask.foreign}", title="x"),
}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def team_desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A desk that no test of this module changes."""
    folder = tmp_path_factory.mktemp("refusals")
    async with open_team_desk(folder) as desk:
        await fill(desk, folder, TEAMS[0], "one")
        await fill(desk, folder, TEAMS[1], "two", seed=30)
        yield desk


@pytest_asyncio.fixture(loop_scope="module")
async def ask(team_desk: Desk, tmp_path: Path) -> Ask:
    found = await team_desk.command("find", request(), {"query": "red"})
    foreign = await team_desk.command("photo", request(TEAMS[1]), {"photo": "two-red"})
    return Ask(team_desk, tmp_path, found, foreign)


@pytest.mark.parametrize("case", CASES)
async def test_what_is_asked_wrongly_is_refused_in_a_sentence(ask: Ask, case: str) -> None:
    reply = await CASES[case](ask)
    assert reply.failed and reply.audience is Audience.PRIVATE
    assert 10 < len(reply.text) <= LONGEST and reply.text == reply.text.strip()
    assert not INSIDE.search(reply.text) and SURPRISED not in reply.text
    assert not (reply.cards or reply.files or reply.copyables or reply.details)


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
async def test_a_refusal_is_in_the_reader_s_language_and_short_there(ask: Ask, language: str) -> None:
    for case, asked in CASES.items():
        english = await asked(Ask(ask.desk, ask.folder, Reply(result=ask.found), Reply(result=ask.foreign)))
        foreign = Ask(ask.desk, ask.folder, Reply(result=ask.found), Reply(result=ask.foreign))
        foreign.language = language
        reply = await asked(foreign)
        assert reply.failed and 5 < len(reply.text) <= LONGEST, case
        assert reply.text != english.text or len(english.text) == LONGEST, case


async def test_what_is_refused_changes_nothing(ask: Ask) -> None:
    for asked in CASES.values():
        await asked(ask)
        ask.level, ask.person = Level.MANAGER, "ann"
    for team, marker in ((TEAMS[0], "one"), (TEAMS[1], "two")):
        async with ask.desk.workspaces.use(team) as workspace:
            assert await workspace.own.count() == 3
            assert {tag for tag, _ in await workspace.own.tags()} >= {f"{marker}tag", "red"}
            assert "x" not in dict(await workspace.own.tags())
            assert [name for name, _ in await workspace.own.photographers()] == [f"{marker} photographer"]
        assert await ask.desk.state.settings(team) == {}


async def test_an_error_that_nobody_foresaw_is_in_the_log_and_not_in_the_answer(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr("core.library.Library.find", fails)
    with caplog.at_level(logging.ERROR):
        reply = await ask.command("find", query="red")
    assert SURPRISED in reply.text and "secret" not in reply.text and len(reply.text) <= LONGEST
    assert "a secret of the inside" in caplog.text


async def test_a_folder_that_can_t_be_made_is_told_without_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "workspaces").write_text("in the way")
    async with open_team_desk(tmp_path) as desk:
        reply = await desk.command("find", request(), {"query": "red"})
    assert reply.failed and "can't be made" in reply.text
    assert not INSIDE.search(reply.text) and str(tmp_path) not in reply.text


async def test_nothing_wrong_stops_a_completion(ask: Ask) -> None:
    for command, option in (("find", "tag"), ("find", "by"), ("photo", "photo"), ("find", "query"), ("find", "none")):
        for typed in ("\ud83d", "\x00", LONG, "two", '"'):
            assert "two" not in repr(await ask.desk.complete(command, option, typed, request()))
