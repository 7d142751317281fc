"""Replies of every kind as Slack's messages: within its limits, with every credit, with nothing that is markup."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Any

import pytest

from bot.catalogue import words_for
from bot.replies import Action, Choice, Copyable, Menu, Picture, Reply
from bot.slack import render
from bot.slack.controls import pressed_in, words_of
from bot.slack.markup import credit_line, escaped, link, parts_within, typed, unlinked
from bot.slack.media import Shown
from bot.slack.render import Drawn, draw
from tests.bot.slack.rehearsal import action_ids, board, card, every_kind, images, page, photo_card, texts
from tests.fakes.slack_schema import message_problems, walk

WORDS = words_for("en")
KINDS = every_kind()


class Uploaded:
    """Shows every picture that can be loaded, under a new id."""

    def __init__(self) -> None:
        self.numbers = itertools.count()

    async def sources_of(self, shown: Sequence[Shown], /) -> dict[int, dict[str, Any]]:
        found = {one.number: await self.source_of(one.picture) for one in shown}
        return {number: source for number, source in found.items() if source}

    async def source_of(self, picture: Picture) -> dict[str, Any] | None:
        if picture.url:
            return {"image_url": picture.url}
        data = await picture.load(10**7) if picture.load else None
        return {"slack_file": {"id": f"F{next(self.numbers):08d}"}} if data else None


async def drawn(reply: Reply, *, pictures: bool = True, single: bool = False) -> Drawn:
    media = Uploaded() if pictures else None
    return await draw(reply, WORDS, media, single=single)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("single", (False, True))
@pytest.mark.parametrize("pictures", (True, False))
async def test_every_kind_of_reply_keeps_slack_s_limits(kind: str, single: bool, pictures: bool) -> None:
    result = await drawn(KINDS[kind], single=single, pictures=pictures)
    assert [message_problems(message.body()) for message in result.messages] == [[]] * len(result.messages)
    assert result.messages and (len(result.messages) == 1 or not single)


@pytest.mark.parametrize("kind", [kind for kind, reply in KINDS.items() if reply.cards])
async def test_every_photo_stands_with_its_whole_credit(kind: str) -> None:
    result = await drawn(KINDS[kind])
    seen = "".join("".join(texts(message).split()) for message in result.messages)
    for one in KINDS[kind].cards:
        assert "".join(one.credit.text.split()) in seen


async def test_a_photo_s_picture_and_credit_stand_in_one_message() -> None:
    result = await drawn(Reply("", tuple(photo_card(n, f"{n} {'&' * 400}") for n in range(1, 10))))
    assert len(result.messages) > 1
    for message in result.messages:
        shown = [int(image["title"]["text"].split(" ")[0]) for image in images(message)]
        assert [n for n in range(1, 10) if f"Photo by {n} &" in texts(message)] == shown


async def test_a_credit_keeps_its_links() -> None:
    line = credit_line(photo_card(7, "Ann").credit)
    assert "<https://example.org/7?a=1&amp;b=2|Ann>" in line and "|CC BY 4.0>" in line


async def test_pictures_tell_what_they_show() -> None:
    (message,) = (await drawn(page(2))).messages
    assert [image["alt_text"] for image in images(message)] == ["Photo 1", "Photo 2"]


async def test_a_photo_without_its_picture_says_so() -> None:
    (message,) = (await drawn(Reply("", (card(1, data=None),)))).messages
    assert "its picture is not here" in texts(message) and not images(message)


async def test_all_credits_of_a_board_go_along_however_many() -> None:
    result = await drawn(board(200))
    seen = "".join(texts(message) for message in result.messages)
    assert all(f"Ann {number}" in seen for number in range(1, 201)) and not result.files


async def test_links_of_a_board_s_credits_are_left_out_before_any_name_is() -> None:
    result = await drawn(board(400))
    seen = "".join(str(message.blocks) for message in result.messages)
    assert "<https://" not in seen and "Ann 400" in seen and not result.files


async def test_credits_that_no_message_holds_are_a_file() -> None:
    result = await drawn(board(2000), single=True)
    ((name, data),) = result.files
    assert name == "credits.md" and data.decode().count("Photo by") == 2000
    assert "credits.md" in texts(result.messages[0])


async def test_buttons_stand_below_all_that_they_are_about() -> None:
    result = await drawn(board(200))
    assert len(result.messages) > 1
    assert [action_ids(message) for message in result.messages[:-1]] == [[]] * (len(result.messages) - 1)
    assert action_ids(result.messages[-1]) == ["vote:b1"]


async def test_a_single_message_has_its_buttons_whatever_was_left_out() -> None:
    result = await drawn(Reply("x" * 30_000, actions=(Action("do:1", "Do"),)), single=True)
    assert action_ids(result.messages[0]) == ["do:1"]


async def test_a_menu_of_several_choices_takes_as_many() -> None:
    menu = next(one for one in KINDS["menus"].menus if one.most > 1)
    (message,) = (await drawn(Reply("", menus=(Menu(menu.id, "Pin", menu.choices, 4),)))).messages
    assert [part["max_selected_items"] for part in walk(message.blocks) if "max_selected_items" in part] == [4]


async def test_texts_to_copy_are_blocks_and_else_files() -> None:
    copyables = (Copyable("HTML", "<b>a</b>", "html"), Copyable("Text", "```"))
    result = await drawn(Reply("", copyables=copyables))
    assert "```\n<b>a</b>\n```" in texts(result.messages[0]) and result.files == (("Text.txt", b"```"),)


async def test_a_refusal_is_marked() -> None:
    (message,) = (await drawn(Reply("No.", failed=True))).messages
    assert texts(message) == "⚠ No."


@pytest.mark.parametrize("text", ("<!channel>", "<@U1>", "<https://evil.example|click>", "a & b"))
def test_nothing_that_people_write_is_markup(text: str) -> None:
    assert "<" not in escaped(text) and typed(escaped(text)) == text


@pytest.mark.parametrize("text", ("*bold*", "_it_", "~gone~", "`code`", ":wave:", "> quote"))
def test_nothing_that_people_write_is_a_format(text: str) -> None:
    assert "\u2060" in escaped(text) and escaped(text).replace("\u2060", "") == text.replace(">", "&gt;")


def test_a_name_with_an_underscore_inside_stays_as_it_is() -> None:
    assert escaped("my_photo_7") == "my_photo_7"


@pytest.mark.parametrize("url", ("javascript:alert(1)", "ftp://a.example", "https://a.example/" + "x" * 3000))
def test_only_addresses_of_pages_are_linked(url: str) -> None:
    assert link(url, "Ann") == "Ann"


def test_no_address_ends_its_link() -> None:
    assert link("https://a.example/x>|<!channel>", "A") == "<https://a.example/x%3E%7C%3C!channel%3E|A>"


def test_parts_hold_the_whole_text() -> None:
    text = "".join(f"line {number} & more\n" for number in range(500))
    parts = list(parts_within(text, 300))
    assert max(map(len, parts)) <= 300 and "".join(map(typed_whole, parts)) == text


def typed_whole(part: str) -> str:
    return part.replace("&amp;", "&")


@pytest.mark.parametrize(
    ("written", "read"),
    (
        ("<https://a.example/x|a.example>", "https://a.example/x"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("<#C01|photos> red", "photos red"),
        ("a &lt; b &amp;&amp; c", "a < b && c"),
    ),
)
def test_what_people_type_is_read_as_they_see_it(written: str, read: str) -> None:
    assert typed(written) == read


def test_the_limits_are_slack_s() -> None:
    assert (render.MOST_BLOCKS, render.SECTION, render.FIELDS, render.FIELD) == (50, 3000, 10, 2000)


def menus_of(count: int) -> tuple[Menu, ...]:
    """Return menus as they stand under a page of so many photos."""
    choices = tuple(Choice(str(number), f"{number} · Photo") for number in range(1, count + 1))
    return (
        Menu("photo:abc", "Show one large…", choices, beside="Show it large"),
        Menu("less:abc", "Less like…", choices, beside="Less like this one"),
        Menu("pin:abc", "Add to a board…", choices, count, beside="Add to a board…"),
    )


def overflows_of(result: Drawn) -> list[dict[str, Any]]:
    return [part for message in result.messages for part in walk(message.blocks) if part.get("type") == "overflow"]


async def test_what_can_be_done_with_a_photo_stands_beside_its_credit() -> None:
    result = await drawn(Reply("", tuple(photo_card(n) for n in (1, 2)), menus=menus_of(2)))
    (message,) = result.messages
    beside = [block for block in message.blocks if "accessory" in block and block["accessory"]["type"] == "overflow"]
    assert ["Ann" in block["text"]["text"] for block in beside] == [True, True]
    options = beside[1]["accessory"]["options"]
    assert [one["text"]["text"] for one in options] == ["Show it large", "Less like this one", "Add to a board…"]


async def test_a_choice_beside_a_photo_comes_back_as_one_from_the_menu() -> None:
    overflow = overflows_of(await drawn(Reply("", tuple(photo_card(n) for n in (1, 2)), menus=menus_of(2))))[1]
    came = [pressed_in({**overflow, "selected_option": option}) for option in overflow["options"]]
    assert came == [("photo:abc", ("2",)), ("less:abc", ("2",)), ("pin:abc", ("2",))]


async def test_only_menus_of_several_choices_stand_below_as_well() -> None:
    (message,) = (await drawn(Reply("", tuple(photo_card(n) for n in (1, 2)), menus=menus_of(2)))).messages
    assert action_ids(message) == ["overflow:1", "overflow:2", "pin:abc"]


async def test_a_menu_that_is_about_other_things_too_stays() -> None:
    (message,) = (await drawn(Reply("", (photo_card(1),), menus=menus_of(2)))).messages
    assert action_ids(message) == ["overflow:1", "photo:abc", "less:abc", "pin:abc"]


async def test_one_thing_alone_is_no_overflow_menu() -> None:
    (message,) = (await drawn(Reply("", (photo_card(1),), menus=menus_of(1)[:1]))).messages
    assert action_ids(message) == ["photo:abc"]


async def test_an_id_that_is_too_long_is_offered_nowhere() -> None:
    long = Menu(f"less:{'x' * 120}", "Less like…", (Choice("1", "1"),), beside="Less like this one")
    result = await drawn(Reply("", (photo_card(1),), menus=(*menus_of(1), long)))
    assert [len(one["options"]) for one in overflows_of(result)] == [3]
    assert action_ids(result.messages[0]) == ["overflow:1"]


def test_buttons_and_menus_come_back_as_they_are() -> None:
    assert pressed_in({"action_id": "post:abc", "type": "button"}) == ("post:abc", ())
    several = {"action_id": "pin:abc", "selected_options": [{"value": "1"}, {"value": "2"}]}
    assert pressed_in(several) == ("pin:abc", ("1", "2"))


@pytest.mark.parametrize("text", ("&lt;b&gt;", "&amp;", "<!channel>"))
def test_a_plain_text_shows_what_looks_like_an_escape_as_it_is(text: str) -> None:
    assert not re.search(r"&(amp|lt|gt);|<[!@#]", words_of(text, 75)["text"])


@pytest.mark.parametrize(
    "text", ("https://evil.example/x", "evil.example", "ann@evil.example", "@here", "Ann A.B. Day")
)
def test_an_unlinked_text_holds_no_address_and_is_read_as_it_was(text: str) -> None:
    shown = unlinked(text)
    assert not re.search(r"\w\.\w|://|@\w", shown) and shown.replace("\u2060", "") == text
