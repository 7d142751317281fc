"""Commands, buttons and forms: what each does, what outlives a restart, and what is refused."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bot.desk import Desk
from bot.replies import Audience, Form, Reply
from bot.requests import Level
from bot.store.state import KEPT_S
from tests.bot.teams import TEAMS, action, fill, open_team_desk, request, texts, upload
from tests.conftest import draw_photo
from tests.fakes.encoder import ColourEncoder


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk whose first team has three photos."""
    async with open_team_desk(tmp_path) as opened:
        await fill(opened, tmp_path, TEAMS[0], "one")
        yield opened


def ids(reply: Reply) -> list[str]:
    return [card.id for card in reply.cards]


# finding


async def test_words_find_photos_with_their_credits(desk: Desk) -> None:
    reply = await desk.command("find", request(), {"query": "blue"})
    assert ids(reply)[0] == "one-blue"
    assert reply.cards[0].credit.text == "Photo by one photographer"
    assert reply.audience is Audience.PRIVATE


async def test_filters_may_be_options(desk: Desk) -> None:
    reply = await desk.command("find", request(), {"query": "", "tag": "green", "by": "one photographer"})
    assert ids(reply) == ["one-green"]


async def test_a_picture_finds_those_like_it(desk: Desk, tmp_path: Path) -> None:
    picture = upload(draw_photo(tmp_path / "asked.jpg", "#0020d0", seed=50))
    for command in ("find", "similar"):
        assert ids(await desk.command(command, request(), {"image": picture}))[0] == "one-blue"


async def test_photos_of_a_shared_collection_are_found_beside_one_s_own(desk: Desk) -> None:
    reply = await desk.command("find", request(), {"query": "yellow"})
    assert ids(reply)[0] == "brand/brandmark" and "one-green" in ids(reply)
    similar = await desk.command("similar", request(), {"photo": "brandmark"})
    assert (
        "brand/brandmark" not in ids(similar)
        and similar.text == "Like brand/brandmark\nNothing here matches. These come closest."
    )


async def test_pages_do_not_repeat_photos(desk: Desk) -> None:
    first = await desk.command("find", request(), {"query": "red", "count": 2})
    second = await desk.press(action(first, "more"), request())
    assert len({*ids(first), *ids(second)}) == 4 and second.in_place
    with pytest.raises(StopIteration):
        action(second, "more")


async def test_less_like_a_photo_puts_it_further_down(desk: Desk) -> None:
    first = await desk.command("find", request(), {"query": "red"})
    again = await desk.press(action(first, "less"), request(), ["1"])
    assert ids(first)[0] == "one-red" and ids(again)[0] != "one-red"


async def test_words_are_mixed_into_a_result(desk: Desk) -> None:
    first = await desk.command("find", request(), {"query": "red"})
    form = await desk.opens_press(action(first, "mix"), request())
    assert isinstance(form, Form)
    mixed = await desk.submit(form.id, request(), {"words": "blue", "number": ""})
    assert mixed.text.startswith("“red blue”")


async def test_one_photo_is_shown_with_all_that_is_known(desk: Desk) -> None:
    reply = await desk.command("photo", request(), {"photo": "one-red"})
    details = dict(reply.details)
    assert details["Id"] == "one-red" and "onetag" in details["Tags"] and details["Size"] == "96 × 64"
    assert [one.label for one in reply.copyables] == ["Markdown", "HTML", "Plain text"]


async def test_credits_are_given_to_copy_and_as_files(desk: Desk) -> None:
    reply = await desk.command("credit", request(), {"photos": "one-red, one-blue"})
    assert all("one photographer" in one.text and "one-blue" in one.text for one in reply.copyables)
    found = await desk.command("find", request(), {"query": "tag:onetag"})
    files = (await desk.press(action(found, "credits"), request())).files
    assert [file.name for file in files] == ["CREDITS.txt", "credits.md", "credits.csv"]
    assert all(file.data.count(b"one photographer") >= 3 for file in files)


async def test_tags_are_listed_and_completed(desk: Desk) -> None:
    assert "onetag (3)" in (await desk.command("tags", request(), {})).text
    assert [one.value for one in await desk.complete("find", "tag", "one", request())] == ["onetag"]
    assert [one.value for one in await desk.complete("find", "by", "photo", request())] == ["one photographer"]
    assert "one-red" in [one.value for one in await desk.complete("photo", "photo", "one", request())]


# posting


async def test_a_result_is_private_until_it_is_posted(desk: Desk) -> None:
    found = await desk.command("find", request(), {"query": "red"})
    refused = await desk.press(action(found, "similar"), request(person="bob"), ["1"])
    assert refused.failed and "private" in refused.text
    posted = await desk.press(action(found, "post"), request())
    assert posted.audience is Audience.CHANNEL and ids(posted) == ids(found) and "ann" in posted.text
    assert (await desk.press(action(posted, "similar"), request(person="bob"), ["1"])).cards


async def test_results_are_posted_only_where_that_is_allowed(desk: Desk) -> None:
    elsewhere = replace(request(), channel="discord:1:other")
    await desk.command("settings", request(), {"channels": "also here"})
    found = await desk.command("find", request(), {"query": "red"})
    assert (await desk.press(action(found, "post"), elsewhere)).failed
    assert not (await desk.press(action(found, "post"), request())).failed


# keeping


async def test_a_photo_comes_in_with_its_credit(desk: Desk, tmp_path: Path) -> None:
    picture = upload(draw_photo(tmp_path / "new.jpg", "#c010c0", seed=60))
    form = await desk.opens("add", request(), {"image": picture})
    assert isinstance(form, Form)
    refused = await desk.submit(form.id, request(), {"photographer": " "})
    assert refused.failed and "unknown" in refused.text
    form = await desk.opens("add", request(), {"image": picture})
    assert isinstance(form, Form)
    added = await desk.submit(form.id, request(), {"photographer": "Ann Lee", "licence": "CC BY 4.0", "title": "Dusk"})
    assert added.cards[0].credit.text == "Photo by Ann Lee, CC BY 4.0"
    again = await desk.command("add", request(), {"image": picture, "photographer": "Bob"})
    assert "already" in again.text and again.cards[0].credit.text == "Photo by Ann Lee, CC BY 4.0"


async def test_an_unknown_photographer_is_said_plainly(desk: Desk, tmp_path: Path) -> None:
    picture = upload(draw_photo(tmp_path / "new.jpg", "#c010c0", seed=61))
    added = await desk.command("add", request(language="de"), {"image": picture, "photographer": "unknown"})
    assert added.cards[0].credit.text == "Photographer unknown"


async def test_a_record_is_corrected_and_stays_so(desk: Desk) -> None:
    form = await desk.opens("edit", request(), {"photo": "one-red"})
    assert isinstance(form, Form) and {field.name: field.value for field in form.fields}["title"] == "one red"
    edited = await desk.submit(form.id, request(), {"title": "", "photographer": "Cleo", "place": "Oslo"})
    assert edited.cards[0].credit.text == "Photo by Cleo" and dict(edited.details)["Place"] == "Oslo"
    assert edited.cards[0].title == ""
    assert ids(await desk.command("find", request(), {"query": "place:oslo"})) == ["one-red"]


async def test_tags_are_given_and_taken_away(desk: Desk) -> None:
    await desk.command("tag add", request(), {"photo": "one-red", "tags": "Fire, warm tones"})
    assert ids(await desk.command("find", request(), {"query": 'tag:"warm tones"'})) == ["one-red"]
    await desk.command("tag remove", request(), {"photo": "one-red", "tags": "fire"})
    assert not ids(await desk.command("find", request(), {"query": "tag:fire"}))


async def test_a_photo_is_removed_once_that_is_meant(desk: Desk, tmp_path: Path) -> None:
    asked = await desk.command("remove", request(), {"photo": "one-red"})
    assert (await desk.command("photo", request(), {"photo": "one-red"})).cards
    assert "one-red" in (await desk.press(action(asked, "removed"), request())).text
    assert (await desk.command("photo", request(), {"photo": "one-red"})).failed
    assert not list((tmp_path / "workspaces").rglob("originals/*/*red*"))


async def test_who_may_not_change_is_told_so(desk: Desk) -> None:
    member = request(level=Level.MEMBER)
    for command, values in (
        ("edit", {"photo": "one-red", "title": "x"}),
        ("remove", {"photo": "one-red"}),
        ("settings", {"count": 3}),
    ):
        assert (await desk.command(command, member, values)).failed, command
    await desk.command("settings", request(), {"adding": "managers"})
    assert isinstance(await desk.opens("add", member, {}), Reply)


async def test_settings_and_library_and_help_are_told(desk: Desk) -> None:
    changed = await desk.command("settings", request(), {"count": 2, "language": "de"})
    assert dict(changed.details)["Photos in an answer"] == "2"
    assert len(ids(await desk.command("find", request(), {"query": "red"}))) == 2
    assert "3 photos" in str((await desk.command("library", request(), {})).details)
    helped = await desk.command("help", request(), {})
    assert (await desk.press(helped.actions[0].id, request())).cards


# waiting, restarts, time


class Slow(ColourEncoder):
    """An encoder that waits until it is let go on."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.go.set()

    def encode_texts(self, texts: list[str]) -> np.ndarray:
        self.go.wait(10)
        return super().encode_texts(texts)


async def test_who_waits_is_told_what_for_and_may_cancel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.desk.QUIET_S", 0.02)
    encoder, told = Slow(), asyncio.Queue[Reply]()
    async with open_team_desk(tmp_path, encoder=encoder) as desk:
        await fill(desk, tmp_path, TEAMS[0], "one")
        encoder.go.clear()
        asked = asyncio.create_task(desk.command("find", replace(request(), tell=told.put), {"query": "misty"}))
        notice = await asyncio.wait_for(told.get(), 5)
        assert notice.text.startswith("One moment")
        assert (await desk.press(notice.actions[0].id, request(person="bob"))).failed
        assert (await desk.press(notice.actions[0].id, request())).text == "Cancelled."
        assert (await asked).text == "Cancelled."
        encoder.go.set()
        assert (await desk.command("find", request(), {"query": "misty"})).cards


async def test_a_stopping_bot_finishes_its_work_and_takes_no_more(tmp_path: Path) -> None:
    encoder = Slow()
    async with open_team_desk(tmp_path, encoder=encoder) as desk:
        await fill(desk, tmp_path, TEAMS[0], "one")
        encoder.go.clear()
        asked = asyncio.create_task(desk.command("find", request(), {"query": "misty"}))
        await asyncio.sleep(0.05)
        draining = asyncio.create_task(desk.drain(5))
        await asyncio.sleep(0)
        assert (await desk.command("find", request(), {"query": "red"})).failed
        encoder.go.set()
        await draining
        assert (await asked).cards


async def test_buttons_work_after_a_restart_for_thirty_days(tmp_path: Path) -> None:
    now = [1e9]
    async with open_team_desk(tmp_path, clock=lambda: now[0]) as desk:
        await fill(desk, tmp_path, TEAMS[0], "one")
        picture = draw_photo(tmp_path / "asked.jpg", "#0020d0", seed=50)
        reply = await desk.command("find", request(), {"query": "", "image": upload(picture), "count": 2})
    async with open_team_desk(tmp_path, clock=lambda: now[0]) as desk:
        more = await desk.press(action(reply, "more"), request())
        assert more.cards and not set(ids(more)) & set(ids(reply))
        now[0] += KEPT_S + 1
        old = await desk.press(action(reply, "more"), request())
        assert old.failed and "30 days" in old.text
    assert picture.read_bytes()[200:400] not in (tmp_path / "state.db").read_bytes()


# what is refused


def broken(folder: Path, name: str) -> Path:
    path = folder / name
    photo = draw_photo(folder / "sound.jpg", "#123456", seed=3).read_bytes()
    contents = {
        "text.jpg": b"this is no picture",
        "cut.jpg": photo[: len(photo) // 2],
        "empty.jpg": b"",
        "page.jpg": b"<html><script>alert(1)</script></html>",
        "drawing.jpg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    }
    path.write_bytes(contents[name])
    return path


BAD_QUERIES = (
    "",
    "tga:night",
    "color:blurple",
    "is:round",
    "width:big",
    "before:yesterday",
    "fog^900",
    "like:nothing",
    '"',
    "x " * 900,
)
BAD_LINKS = (
    "http://127.0.0.1/x.jpg",
    "http://10.0.0.1/x.jpg",
    "http://169.254.169.254/latest/meta-data",
    "http://[::1]/x.jpg",
    "https://localhost/x.jpg",
    "http://0x7f000001/x.jpg",
)
BAD_COMMANDS = (
    ("photo", {"photo": "two-red"}),
    ("photo", {"photo": "../../etc/passwd"}),
    ("similar", {"photo": "file:///etc/passwd"}),
    ("similar", {}),
    ("credit", {"photos": " , "}),
    ("credit", {"photos": "one-red nothing"}),
    ("tags", {"prefix": "zzz"}),
    ("tag add", {"photo": "one-red", "tags": "x" * 70}),
    ("tag add", {"photo": "one-red", "tags": " , "}),
    ("tag remove", {"photo": "one-red", "tags": "nothing"}),
    ("tag add", {"photo": "brand/brandmark", "tags": "x"}),
    ("edit", {"photo": "brand/brandmark", "title": "x"}),
    ("edit", {"photo": "one-red", "source": "javascript:alert(1)"}),
    ("remove", {"photo": "brand/brandmark"}),
    ("remove", {"photo": "nothing"}),
    ("add", {"photographer": "Ann"}),
)
BAD_PRESSES = (
    "more:nothing",
    "post:",
    "similar",
    "nonsense:x",
    "mix:../..",
    "show:" + "x" * 90,
    "removed:a",
    "\x00",
    "",
    "edit:1",
)


def is_polite(reply: Reply) -> bool:
    """Tell whether a refusal is a short private sentence that holds nothing of the inside."""
    inside = ("Traceback", "Error(", "/home", "/pytest", "<class", "None")
    return (
        reply.failed
        and reply.audience is Audience.PRIVATE
        and 10 < len(reply.text) <= 320
        and not any(part in reply.text for part in inside)
    )


@pytest.mark.parametrize("query", BAD_QUERIES)
async def test_a_bad_query_is_refused_in_a_sentence(desk: Desk, query: str) -> None:
    assert is_polite(reply := await desk.command("find", request(), {"query": query})), reply


@pytest.mark.parametrize("link", BAD_LINKS)
async def test_a_link_to_a_private_address_is_refused_in_a_sentence(desk: Desk, link: str) -> None:
    for command, values in (("similar", {"photo": link}), ("add", {"link": link, "photographer": "Ann"})):
        assert is_polite(reply := await desk.command(command, request(), values)), reply


@pytest.mark.parametrize(("command", "values"), BAD_COMMANDS)
async def test_a_bad_command_is_refused_in_a_sentence(desk: Desk, command: str, values: dict[str, str]) -> None:
    assert is_polite(reply := await desk.command(command, request(), values)), reply


@pytest.mark.parametrize("name", ["text.jpg", "cut.jpg", "empty.jpg", "page.jpg", "drawing.jpg"])
async def test_a_bad_picture_is_refused_in_a_sentence(desk: Desk, tmp_path: Path, name: str) -> None:
    picture = upload(broken(tmp_path, name))
    for command, values in (("find", {}), ("similar", {}), ("add", {"photographer": "Ann"})):
        assert is_polite(reply := await desk.command(command, request(), {**values, "image": picture})), reply


async def test_pictures_too_large_or_too_many_are_refused_in_a_sentence(desk: Desk, tmp_path: Path) -> None:
    path = draw_photo(tmp_path / "new.jpg", "#c010c0")
    assert is_polite(await desk.command("find", request(), {"image": upload(path, size=65 * 2**20)}))
    assert is_polite(await desk.command("find", request(), {"image": [upload(path)] * 11}))
    png = tmp_path / "wrong.jpg"
    Image.new("RGB", (20, 20)).save(png, "PNG")
    assert is_polite(await desk.command("find", request(), {"image": upload(png)}))


@pytest.mark.parametrize("pressed", BAD_PRESSES)
async def test_a_bad_press_is_refused_in_a_sentence(desk: Desk, pressed: str) -> None:
    opened = await desk.opens_press(pressed, request())
    assert is_polite(reply := opened if isinstance(opened, Reply) else await desk.press(pressed, request())), reply
    assert is_polite(reply := await desk.submit(pressed, request(), {})), reply


@pytest.mark.parametrize("number", ["0", "10", "x", "²", "-1"])
async def test_a_number_that_is_not_there_is_refused(desk: Desk, number: str) -> None:
    found = await desk.command("find", request(), {"query": "red"})
    for verb in ("photo", "similar", "less"):
        assert is_polite(reply := await desk.press(action(found, verb), request(), [number])), reply


async def test_another_team_s_button_is_not_there(desk: Desk, tmp_path: Path) -> None:
    await fill(desk, tmp_path, TEAMS[1], "two", seed=30)
    found = await desk.command("find", request(), {"query": "red"})
    assert is_polite(reply := await desk.press(action(found, "photo"), request(TEAMS[1]), ["1"]))
    assert "one-" not in texts([reply])


async def test_an_error_that_nobody_foresaw_ends_in_a_sentence(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr("core.workspace.Workspace.find", fails)
    reply = await desk.command("find", request(), {"query": "red"})
    assert is_polite(reply) and "secret" not in reply.text


async def test_the_token_of_a_form_is_no_result_for_a_button(desk: Desk, tmp_path: Path) -> None:
    await desk.command("board new", request(), {"name": "Autumn"})
    form = await desk.opens("board add", request(), {"image": upload(tmp_path / "one-red.jpg")})
    assert isinstance(form, Form)
    token = form.id.removeprefix("pinned:")
    for verb in ("more", "photo", "post", "credits", "pin", "remove", "mix", "edit"):
        opened = await desk.opens_press(f"{verb}:{token}", request(), ["1"])
        assert isinstance(opened, Reply | None), verb
        assert is_polite(reply := opened or await desk.press(f"{verb}:{token}", request(), ["1"])), reply


async def test_the_token_of_a_result_is_no_picture_for_a_form(desk: Desk) -> None:
    found = await desk.command("find", request(), {"query": "red"})
    assert is_polite(await desk.submit(f"pinned:{found.result}", request(), {"photographer": "Ann"}))


async def test_a_picture_waits_for_its_form_in_the_team_where_it_was_brought(desk: Desk, tmp_path: Path) -> None:
    path = draw_photo(tmp_path / "new.jpg", "#c010c0", seed=7)
    form = await desk.opens("add", request(), {"image": upload(path)})
    assert isinstance(form, Form)
    credited = {"photographer": "Ann", "title": "New"}
    assert is_polite(await desk.submit(form.id, request(TEAMS[1]), credited))  # the same person, elsewhere
    assert is_polite(await desk.submit(form.id, request(person="bob"), credited))
    assert ids(await desk.submit(form.id, request(), credited)) == ["new"]  # it still waits for who brought it


async def test_a_command_that_there_is_none_is_said_to_be_of_an_earlier_version(desk: Desk) -> None:
    reply = await desk.command("frobnicate", request(), {})
    assert reply.failed and "earlier version" in reply.text
    assert await desk.complete("frobnicate", "photo", "x", request()) == ()


async def test_a_form_that_is_sent_with_another_s_token_is_refused(desk: Desk) -> None:
    token = (await desk.command("find", request(), {"query": "red"})).result
    reply = await desk.submit(f"pinned:{token}", request(), {"photographer": "Ann"})
    assert reply.failed and "Send it again" in reply.text


async def test_a_button_with_the_token_of_a_form_is_refused(desk: Desk) -> None:
    token = await desk.state.keep(TEAMS[0], request().person.id, {"waiting": "x", "board": "b"})
    reply = await desk.press(f"show:{token}", request())
    assert reply.failed and "Ask again" in reply.text
