"""What commands and buttons do beyond the plain case: links, several pictures, rights, channels, time and restarts."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image

from bot.desk import Desk
from bot.replies import Audience, Form, Reply
from bot.requests import Level, Request
from bot.store.state import KEPT_S
from bot.uploads import WAITING_S, Uploads
from core.encoder import Vectors
from core.fetch import FetchOptions
from core.images import ImageLimits
from tests.bot.teams import TEAMS, action, fill, open_team_desk, request, texts, upload
from tests.conftest import draw_photo
from tests.fakes.encoder import ColourEncoder

MEMBER, MODERATOR = request(level=Level.MEMBER), request(level=Level.MODERATOR)


def ids(reply: Reply) -> list[str]:
    return [card.id for card in reply.cards]


def in_channel(channel: str, asking: Request | None = None) -> Request:
    return replace(asking or request(), channel=channel)


@asynccontextmanager
async def serving(desk: Desk, data: bytes) -> AsyncIterator[str]:
    """Let the desk reach a server on this machine that has one picture; yield the picture's address."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=data, content_type="image/jpeg")

    desk.uploads = Uploads(ImageLimits(), FetchOptions(attempts=1, allow_private=True))
    app = web.Application()
    app.router.add_get("/pictures/rose.jpg", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/pictures/rose.jpg"))


# finding


async def test_a_link_to_a_picture_finds_those_like_it(desk: Desk, tmp_path: Path) -> None:
    async with serving(desk, draw_photo(tmp_path / "asked.jpg", "#0020d0", seed=50).read_bytes()) as link:
        reply = await desk.command("similar", request(), {"photo": link})
    assert ids(reply)[0] == "one-blue" and reply.text.startswith("Like your picture")


async def test_words_go_with_a_photo_to_be_like(desk: Desk) -> None:
    reply = await desk.command("similar", request(), {"photo": "one-red", "words": "-tag:green"})
    assert "one-green" not in ids(reply) and "one-red" not in ids(reply)


async def test_several_pictures_are_asked_with_together(desk: Desk, tmp_path: Path) -> None:
    colours = {50: "#0020d0", 51: "#e01010"}
    pictures = [upload(draw_photo(tmp_path / f"{seed}.jpg", colour, seed=seed)) for seed, colour in colours.items()]
    reply = await desk.command("find", request(), {"image": pictures})
    assert reply.text.startswith("Like your 2 pictures") and set(ids(reply)[:2]) == {"one-blue", "one-red"}


async def test_tags_of_which_all_are_wanted_stand_between_commas(desk: Desk) -> None:
    reply = await desk.command("find", request(), {"tag": "onetag, blue"})
    assert ids(reply) == ["one-blue"]


async def test_what_nothing_meets_is_said(desk: Desk) -> None:
    reply = await desk.command("find", request(), {"query": "tag:blue tag:red"})
    assert not reply.cards and "No photo meets all of these conditions" in reply.text
    assert not (reply.actions or reply.menus)


async def test_a_workspace_without_photos_says_how_to_bring_one(desk: Desk) -> None:
    reply = await desk.command("find", request(TEAMS[2]), {"query": "red"})
    assert reply.failed and "/add" in reply.text


@pytest.mark.parametrize("query", ["red", "sort:new", "sort:random", "width:>=1"])
async def test_all_pages_together_show_every_photo_once(desk: Desk, query: str) -> None:
    reply = await desk.command("find", request(), {"query": query, "count": 1})
    shown = ids(reply)
    while any(one.id.startswith("more:") for one in reply.actions):
        reply = await desk.press(action(reply, "more"), request())
        shown += ids(reply)
    assert sorted(shown) == ["brand/brandmark", "one-blue", "one-green", "one-red"]


async def test_the_next_page_says_which_photos_it_shows(desk: Desk) -> None:
    first = await desk.command("find", request(), {"query": "red", "count": 2})
    assert "Photos 3 to 4" in (await desk.press(action(first, "more"), request())).text


async def test_the_next_page_of_a_posted_message_leaves_it_as_it_is(desk: Desk) -> None:
    found = await desk.command("find", request(), {"query": "red", "count": 1})
    posted = await desk.press(action(found, "post"), request())
    following = await desk.press(action(posted, "more"), request(person="bob"))
    assert not following.in_place and following.audience is Audience.PRIVATE
    assert not set(ids(following)) & set(ids(posted))


async def test_each_photo_that_is_wished_away_is_said(desk: Desk) -> None:
    first = await desk.command("similar", request(), {"photo": "one-red"})
    second = await desk.press(action(first, "less"), request(), ["1"])
    assert second.text.count("like:") == 2 and second.in_place
    third = await desk.press(action(second, "less"), request(), ["1"])
    assert third.text.splitlines()[0].count("-like:") == 2


async def test_words_are_mixed_with_one_photo_of_a_result(desk: Desk) -> None:
    found = await desk.command("find", request(), {"query": "blue"})
    mixed = await desk.submit(action(found, "mix"), request(), {"words": "red", "number": "1"})
    assert "like:one-blue" in mixed.text and "one-blue" not in ids(mixed)


async def test_a_picture_stays_in_a_result_that_words_are_mixed_into(desk: Desk, tmp_path: Path) -> None:
    picture = upload(draw_photo(tmp_path / "asked.jpg", "#0020d0", seed=50))
    found = await desk.command("similar", request(), {"image": picture})
    mixed = await desk.submit(action(found, "mix"), request(), {"words": "-tag:blue"})
    assert mixed.text.startswith("Your picture and") and "one-blue" not in ids(mixed)


# single photos and results


async def test_a_tag_is_counted_as_soon_as_it_is_given(desk: Desk) -> None:
    await desk.command("tags", request(), {})
    await desk.command("tag add", request(), {"photo": "one-red", "tags": "fresh"})
    assert "fresh (1)" in (await desk.command("tags", request(), {"prefix": "fr"})).text


async def test_the_first_photo_s_tags_are_listed_at_once(desk: Desk, tmp_path: Path) -> None:
    assert (await desk.command("tags", request(TEAMS[2]), {})).failed
    await fill(desk, tmp_path, TEAMS[2], "three", seed=40)
    assert "threetag (3)" in (await desk.command("tags", request(TEAMS[2]), {})).text


async def test_a_listed_tag_is_found_by_a_press(desk: Desk) -> None:
    listed = await desk.command("tags", request(), {"prefix": "onetag"})
    assert len(ids(await desk.press(listed.actions[0].id, request()))) == 3


async def test_of_many_tags_the_rest_is_counted(desk: Desk) -> None:
    for first in range(0, 75, 25):
        tags = ",".join(f"many{n}" for n in range(first, first + 25))
        await desk.command(
            "tag add", request(), {"photo": f"one-{('red', 'blue', 'green')[first // 25]}", "tags": tags}
        )
    assert "and 15 more tags" in (await desk.command("tags", request(), {"prefix": "many"})).text


async def test_a_photo_named_twice_is_credited_once(desk: Desk) -> None:
    reply = await desk.command("credit", request(), {"photos": "one-red one-red;one-red"})
    assert reply.text == "The credit of 1 photo"


async def test_a_result_is_shown_again_as_it_was(desk: Desk) -> None:
    found = await desk.command("find", request(), {"query": "red"})
    again = await desk.press(f"show:{found.result}", request())
    assert ids(again) == ids(found) and again.result == found.result


async def test_photos_keep_their_numbers_when_one_was_taken_out(desk: Desk) -> None:
    found = await desk.command("find", request(), {"query": "red"})
    asked = await desk.command("remove", request(), {"photo": ids(found)[1]})
    await desk.press(action(asked, "removed"), request())
    again = await desk.press(f"show:{found.result}", request())
    assert [card.number for card in again.cards] == [1, 3, 4]
    assert [choice.value for choice in again.menus[0].choices] == ["1", "3", "4"]


async def test_credits_of_what_is_still_here_are_saved(desk: Desk) -> None:
    found = await desk.command("find", request(), {"query": "tag:onetag"})
    asked = await desk.command("remove", request(), {"photo": ids(found)[1]})
    await desk.press(action(asked, "removed"), request())
    saved = await desk.press(action(found, "credits"), request())
    assert saved.text == "The credits of 2 photos" and len(saved.files) == 3


async def test_a_result_of_which_nothing_is_left_is_not_posted(desk: Desk) -> None:
    shown = await desk.command("photo", request(), {"photo": "one-red"})
    await desk.press(action(await desk.press(action(shown, "remove"), request()), "removed"), request())
    for verb in ("post", "credits"):
        reply = await desk.press(f"{verb}:{shown.result}", request())
        assert reply.failed and "not here any more" in reply.text


async def test_a_file_of_a_photo_fits_the_limit(desk: Desk) -> None:
    data = await desk.picture(request(), "one-red", 20_000)
    assert data is not None and data.startswith(b"\xff\xd8") and len(data) <= 20_000
    assert await desk.picture(request(), "one-red", 10) is None


# posting


async def test_what_is_posted_is_in_the_language_of_the_workspace(desk: Desk) -> None:
    await desk.command("settings", request(), {"language": "de"})
    found = await desk.command("find", request(), {"query": "red"})
    posted = await desk.press(action(found, "post"), request())
    assert "gefunden von ann" in posted.text and posted.actions[-1].label != found.actions[-1].label


async def test_what_is_posted_can_t_be_posted_again(desk: Desk) -> None:
    found = await desk.command("find", request(), {"query": "red"})
    posted = await desk.press(action(found, "post"), request())
    assert not [one for one in posted.actions if one.id.startswith("post:")]


async def test_channels_for_results_are_given_and_taken(desk: Desk) -> None:
    found = await desk.command("find", request(), {"query": "red"})

    async def posts(channel: str) -> bool:
        return not (await desk.press(action(found, "post"), in_channel(channel))).failed

    for channel in ("a", "b"):
        await desk.command("settings", in_channel(channel), {"channels": "also here"})
    assert [await posts(channel) for channel in "abc"] == [True, True, False]
    await desk.command("settings", in_channel("a"), {"channels": "not here"})
    assert [await posts(channel) for channel in "abc"] == [False, True, False]
    await desk.command("settings", in_channel("c"), {"channels": "everywhere"})
    assert [await posts(channel) for channel in "abc"] == [True, True, True]


async def test_the_last_channel_that_is_taken_does_not_open_all_others(desk: Desk) -> None:
    found = await desk.command("find", request(), {"query": "red"})
    await desk.command("settings", in_channel("a"), {"channels": "also here"})
    changed = await desk.command("settings", in_channel("a"), {"channels": "not here"})
    assert dict(changed.details)["Results may be posted"] == "in 0 channels"
    assert [(await desk.press(action(found, "post"), in_channel(channel))).failed for channel in "ab"] == [True, True]
    changed = await desk.command("settings", in_channel("b"), {"channels": "also here"})
    assert dict(changed.details)["Results may be posted"] == "in 1 channel"


# keeping


async def test_several_pictures_come_in_under_one_credit(desk: Desk, tmp_path: Path) -> None:
    pictures = [upload(draw_photo(tmp_path / f"new{seed}.jpg", "#c010c0", seed=60 + seed)) for seed in range(3)]
    added = await desk.command("add", request(), {"image": pictures, "photographer": "Ann Lee"})
    assert added.text.startswith("Added 3 photos")
    assert len(ids(await desk.command("find", request(), {"by": "Ann Lee"}))) == 3


async def test_of_several_pictures_those_that_are_here_are_not_added_again(desk: Desk, tmp_path: Path) -> None:
    pictures = [upload(draw_photo(tmp_path / f"new{seed}.jpg", "#c010c0", seed=60 + seed)) for seed in range(2)]
    await desk.command("add", request(), {"image": pictures[0], "photographer": "Ann Lee"})
    added = await desk.command("add", request(), {"image": pictures, "photographer": "Bob"})
    assert added.text == "Added 1 photo: new1"


async def test_a_photo_comes_in_by_its_link(desk: Desk, tmp_path: Path) -> None:
    async with serving(desk, draw_photo(tmp_path / "new.jpg", "#c010c0", seed=60).read_bytes()) as link:
        form = await desk.opens("add", request(), {"link": link})
        assert isinstance(form, Form) and {field.name: field.value for field in form.fields}["source"] == link
        added = await desk.submit(form.id, request(), {"photographer": "Ann Lee", "source": link})
    assert ids(added) == ["rose"] and added.cards[0].credit.url == link


async def test_a_form_without_a_picture_asks_for_one(desk: Desk, tmp_path: Path) -> None:
    form = await desk.opens("add", request(), {})
    assert isinstance(form, Form) and [field.kind for field in form.fields].count("picture") == 1
    picture = upload(draw_photo(tmp_path / "new.jpg", "#c010c0", seed=60))
    added = await desk.submit(form.id, request(), {"image": [picture], "photographer": "Ann"})
    assert ids(added) == ["new"]


async def test_a_form_is_filled_with_what_was_given(desk: Desk, tmp_path: Path) -> None:
    picture = upload(draw_photo(tmp_path / "new.jpg", "#c010c0", seed=60))
    form = await desk.opens("add", request(), {"image": picture, "title": "Dusk", "tags": "sea"})
    assert isinstance(form, Form)
    assert {"Dusk", "sea"} <= {field.value for field in form.fields}


@pytest.mark.parametrize(
    ("language", "typed"), [("en", "Unknown"), ("de", "unbekannt"), ("fr", "inconnu"), ("en", "?")]
)
async def test_that_nobody_knows_the_photographer_is_said_in_any_language(
    desk: Desk, tmp_path: Path, language: str, typed: str
) -> None:
    picture = upload(draw_photo(tmp_path / "new.jpg", "#c010c0", seed=60))
    added = await desk.command("add", request(language=language), {"image": picture, "photographer": typed})
    assert added.cards[0].credit.name == "photographer unknown"


async def test_a_picture_does_not_wait_longer_than_it_should(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = await desk.opens("add", request(), {"image": upload(draw_photo(tmp_path / "new.jpg", "#c010c0"))})
    assert isinstance(form, Form)
    late = desk.uploads._clock() + WAITING_S + 60
    monkeypatch.setattr(desk.uploads, "_clock", lambda: late)
    reply = await desk.submit(form.id, request(), {"photographer": "Ann"})
    assert reply.failed and "Send it again" in reply.text


async def test_a_form_is_answered_once(desk: Desk, tmp_path: Path) -> None:
    form = await desk.opens("add", request(), {"image": upload(draw_photo(tmp_path / "new.jpg", "#c010c0"))})
    assert isinstance(form, Form)
    assert (await desk.submit(form.id, request(), {"photographer": "Ann"})).cards
    assert (await desk.submit(form.id, request(), {"photographer": "Ann"})).failed


async def test_a_photo_stays_when_it_is_to_be_kept(desk: Desk) -> None:
    asked = await desk.command("remove", request(), {"photo": "one-red"})
    kept = await desk.press(action(asked, "keep"), request())
    assert kept.in_place and (await desk.command("photo", request(), {"photo": "one-red"})).cards


async def test_a_photo_is_taken_out_once(desk: Desk) -> None:
    asked = await desk.command("remove", request(), {"photo": "one-red"})
    assert not (await desk.press(action(asked, "removed"), request())).failed
    assert (await desk.press(action(asked, "removed"), request())).failed


# rights


async def test_a_member_is_not_offered_what_is_not_allowed(desk: Desk) -> None:
    def verbs(reply: Reply) -> set[str]:
        return {one.id.partition(":")[0] for one in reply.actions}

    assert {"edit", "remove"} <= verbs(await desk.command("photo", MODERATOR, {"photo": "one-red"}))
    assert not {"edit", "remove"} & verbs(await desk.command("photo", MEMBER, {"photo": "one-red"}))
    assert not {"edit", "remove"} & verbs(await desk.command("photo", request(), {"photo": "brandmark"}))


async def test_a_member_sees_settings_and_does_not_change_them(desk: Desk) -> None:
    assert (await desk.command("settings", MEMBER, {})).details
    for asking in (MEMBER, MODERATOR):
        assert (await desk.command("settings", asking, {"count": 2})).failed
    assert dict((await desk.command("settings", MEMBER, {})).details)["Photos in an answer"] == "9"


async def test_rights_are_looked_at_again_when_a_form_comes_back(desk: Desk, tmp_path: Path) -> None:
    form = await desk.opens("edit", MODERATOR, {"photo": "one-red"})
    adding = await desk.opens("add", MEMBER, {"image": upload(draw_photo(tmp_path / "new.jpg", "#c010c0"))})
    assert isinstance(form, Form) and isinstance(adding, Form)
    await desk.command("settings", request(), {"editing": "managers", "adding": "moderators"})
    assert (await desk.submit(form.id, MODERATOR, {"title": "x"})).failed
    assert (await desk.submit(adding.id, MEMBER, {"photographer": "Ann"})).failed


async def test_rights_are_looked_at_again_when_a_button_is_pressed(desk: Desk) -> None:
    asked = await desk.command("remove", MODERATOR, {"photo": "one-red"})
    assert (await desk.press(action(asked, "removed"), MEMBER)).failed
    posted = await desk.press(f"post:{asked.cards and asked.actions[0].id.partition(':')[2]}", MODERATOR)
    assert (await desk.press(f"removed:{posted.result}", request(person="bob", level=Level.MEMBER))).failed
    assert (await desk.command("photo", request(), {"photo": "one-red"})).cards


async def test_what_a_library_holds_is_told_with_its_collections(desk: Desk) -> None:
    rows = dict((await desk.command("library", request(), {})).details)
    assert rows["Photos of this team"].startswith("3 photos, 1 photographer")
    assert rows["Shared collection brand"].startswith("1 photo, 1 photographer")
    assert len((await desk.command("library", request(TEAMS[2]), {})).details) == 1


async def test_all_that_help_offers_to_press_can_be_read(desk: Desk) -> None:
    helped = await desk.command("help", request(), {})
    for one in helped.actions:
        assert not (await desk.press(one.id, request())).failed, one.id


# waiting, time, restarts


class Held(ColourEncoder):
    """An encoder that can be held up."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.go.set()

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        self.go.wait(10)
        return super().encode_texts(texts)


@pytest.fixture
async def held(tmp_path: Path) -> AsyncIterator[tuple[Desk, Held]]:
    """A desk whose encoder is held up after the photos have come in."""
    encoder = Held()
    async with open_team_desk(tmp_path, encoder=encoder) as desk:
        await fill(desk, tmp_path, TEAMS[0], "one")
        encoder.go.clear()
        yield desk, encoder
        encoder.go.set()


async def test_a_waiting_notice_says_how_many_are_before(
    held: tuple[Desk, Held], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.desk.QUIET_S", 0.05)
    desk, encoder = held
    told = asyncio.Queue[Reply]()
    asking = replace(request(), tell=told.put)
    asked = [asyncio.create_task(desk.command("find", asking, {"query": f"word{n}"})) for n in range(3)]
    notices = [(await asyncio.wait_for(told.get(), 5)).text for _ in asked]
    encoder.go.set()
    assert all(reply.cards for reply in await asyncio.gather(*asked))
    assert all(text.startswith("One moment") for text in notices)


async def test_a_quick_answer_comes_without_a_notice(desk: Desk) -> None:
    told = asyncio.Queue[Reply]()
    await desk.command("find", replace(request(), tell=told.put), {"query": "red"})
    assert told.empty()


async def test_a_notice_that_can_t_be_shown_stops_nothing(
    held: tuple[Desk, Held], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.desk.QUIET_S", 0.02)
    desk, encoder = held
    tried = asyncio.Event()

    async def tell(_: Reply) -> None:
        tried.set()
        raise ConnectionError("away")

    asked = asyncio.create_task(desk.command("find", replace(request(), tell=tell), {"query": "misty"}))
    await asyncio.wait_for(tried.wait(), 5)
    encoder.go.set()
    assert (await asked).cards


async def test_cancelling_one_question_leaves_the_same_one_of_another(
    held: tuple[Desk, Held], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.desk.QUIET_S", 0.02)
    desk, encoder = held
    told = asyncio.Queue[Reply]()
    first = asyncio.create_task(desk.command("find", replace(request(), tell=told.put), {"query": "misty"}))
    notice = await asyncio.wait_for(told.get(), 5)
    second = asyncio.create_task(desk.command("find", request(person="bob"), {"query": "misty"}))
    await asyncio.sleep(0)
    await desk.press(notice.actions[0].id, request())
    encoder.go.set()
    assert (await first).text == "Cancelled." and (await second).cards


async def test_what_takes_too_long_is_stopped(held: tuple[Desk, Held], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.desk.LONGEST_S", 0.05)
    desk, _ = held
    reply = await desk.command("find", request(), {"query": "misty"})
    assert reply.failed and "took too long" in reply.text
    assert desk.answering == 0


async def test_what_is_not_done_when_the_bot_stops_is_cancelled(held: tuple[Desk, Held]) -> None:
    desk, _ = held
    asked = asyncio.create_task(desk.command("find", request(), {"query": "misty"}))
    await asyncio.sleep(0.05)
    await desk.drain(0.05)
    assert (await asked).text == "Cancelled." and desk.answering == 0


async def test_every_button_works_after_a_restart(tmp_path: Path) -> None:
    async with open_team_desk(tmp_path) as desk:
        await fill(desk, tmp_path, TEAMS[0], "one")
        found = await desk.command("find", request(), {"query": "red", "count": 2})
        shown = await desk.command("photo", request(), {"photo": "one-blue"})
        form = await desk.opens_press(action(shown, "edit"), request())
    async with open_team_desk(tmp_path) as desk:
        for verb in ("more", "post", "credits", "photo", "similar", "less"):
            assert not (await desk.press(action(found, verb), request(), ["1"])).failed, verb
        assert isinstance(form, Form)
        assert "Changed" in (await desk.submit(form.id, request(), {"title": "Sea"})).text
        assert isinstance(await desk.opens_press(action(found, "mix"), request()), Form)


async def test_a_picture_that_waited_is_gone_after_a_restart(tmp_path: Path) -> None:
    async with open_team_desk(tmp_path) as desk:
        form = await desk.opens("add", request(), {"image": upload(draw_photo(tmp_path / "new.jpg", "#c010c0"))})
    assert isinstance(form, Form)
    async with open_team_desk(tmp_path) as desk:
        reply = await desk.submit(form.id, request(), {"photographer": "Ann"})
    assert reply.failed and "Send it again" in reply.text


async def test_settings_outlive_a_restart(tmp_path: Path) -> None:
    async with open_team_desk(tmp_path) as desk:
        await desk.command("settings", request(), {"count": 2, "adding": "managers"})
    async with open_team_desk(tmp_path) as desk:
        settings = await desk.settings(TEAMS[0])
        assert (settings.count, settings.adding) == (2, Level.MANAGER)


async def test_each_kind_of_button_is_refused_after_thirty_days(tmp_path: Path) -> None:
    now = [1e9]
    async with open_team_desk(tmp_path, clock=lambda: now[0]) as desk:
        await fill(desk, tmp_path, TEAMS[0], "one")
        found = await desk.command("find", request(), {"query": "red", "count": 2})
        posted = await desk.press(action(found, "post"), request())
        now[0] += KEPT_S
        for one in (*found.actions, *found.menus, *posted.actions, *posted.menus):
            reply = await desk.opens_press(one.id, request()) or await desk.press(one.id, request(), ["1"])
            assert isinstance(reply, Reply) and reply.failed and "30 days" in reply.text, one.id
        assert await desk.state.forget_old() > 0


async def test_a_button_of_another_workspace_is_as_if_it_never_was(desk: Desk) -> None:
    found = await desk.command("find", request(), {"query": "red"})
    posted = await desk.press(action(found, "post"), request())
    for one in (*posted.actions, *posted.menus):
        foreign = request(TEAMS[1])
        reply = await desk.opens_press(one.id, foreign) or await desk.press(one.id, foreign, ["1"])
        never = await desk.press("show:never", foreign)
        assert isinstance(reply, Reply) and reply.text == never.text and "one" not in texts([reply]).split()


async def test_a_picture_that_is_asked_with_is_nowhere_on_the_disk(desk: Desk, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)
    path = tmp_path / "asked.png"
    Image.fromarray(noise).save(path)
    found = await desk.command("similar", request(), {"image": upload(path)})
    await desk.press(action(found, "post"), request())
    data = path.read_bytes()
    parts = (noise.tobytes()[:60], data[900:960], base64.b64encode(data)[900:960], base64.b85encode(data)[900:960])
    kept = {file.name: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file() and file != path}
    assert found.result is not None and any(found.result.encode() in content for content in kept.values())
    assert [name for name, content in kept.items() if any(part in content for part in parts)] == []


async def test_what_was_answered_is_counted(desk: Desk) -> None:
    await desk.command("find", request(), {"query": "red"})
    await desk.command("photo", request(), {"photo": "nothing"})
    text = desk.metrics.text().decode()
    assert 'modaclip_requests_total{outcome="answered",what="find"} 1.0' in text
    assert 'modaclip_requests_total{outcome="refused",what="photo"} 1.0' in text


async def test_the_desk_is_ready_once_the_encoder_is_loaded(desk: Desk) -> None:
    assert not await desk.ready()
    await desk.workspaces.warm_up()
    assert await desk.ready()
