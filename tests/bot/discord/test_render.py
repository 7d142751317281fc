"""Replies drawn as messages: whatever they hold, Discord takes them, and no photo stands without its credit."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.catalogue import words_for
from bot.discord.markup import escaped_within, length
from bot.discord.render import draw
from bot.replies import Action, Choice, Copyable, File, Menu, Reply
from core.photos import Credit
from tests.bot.discord.rehearsal import JPEG, buttons, card, gallery, page, texts
from tests.fakes.discord_schema import problems, walk

LIMIT = 10 * 2**20


async def drawn(reply: Reply, limit: int = LIMIT, **options: Any) -> dict[str, Any]:
    """Draw a reply, check that Discord takes it, and return its message."""
    result = await draw(reply, words_for("en"), limit, **options)
    files = result.files()
    body = {"components": result.view.to_components(), "flags": 1 << 15, "allowed_mentions": {"parse": []}}
    sent = {f"files[{n}]": file.filename for n, file in enumerate(files)}
    body["attachments"] = [{"id": str(n), "filename": file.filename} for n, file in enumerate(files)]
    assert problems("POST", "/webhooks/1/token", body, sent) == []
    assert sum(len(data) for data in result.cargo.files.values()) <= limit
    return body | {"files": result.cargo.files}


async def test_a_full_page_keeps_to_every_limit() -> None:
    cards = tuple(card(n, title="A very long title " * 20, note="strong match") for n in range(1, 10))
    reply = Reply(
        "Found. " * 2000, cards, details=tuple((f"Label {n}", "value " * 99) for n in range(50)),
        copyables=(Copyable("Credit", "text " * 100),), files=(File("credits.html", b"x"),),
        actions=tuple(Action(f"a:{n}", f"Button {n} " * 20) for n in range(30)),
        menus=(Menu("m:1", "Choose " * 30, tuple(Choice(str(n), "x" * 150, "d" * 150) for n in range(30)), most=30),),
    )  # fmt: skip
    message = await drawn(reply)
    assert len(gallery(message)) == 9 and all(f"Photo by [Ann {n}]" in texts(message) for n in range(1, 10))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(max_size=300), max_size=9),
    st.text(max_size=5000),
    st.lists(st.tuples(st.text(max_size=50), st.text(max_size=500)), max_size=12),
    st.lists(st.text(max_size=5000), max_size=3),
)
async def test_any_texts_are_taken(titles: list[str], text: str, details: Any, copied: list[str]) -> None:
    cards = tuple(card(n, title=title, note=title) for n, title in enumerate(titles, 1))
    copyables = tuple(Copyable("Copy", one) for one in copied)
    message = await drawn(Reply(text, cards, details=tuple(details), copyables=copyables))
    assert all(one.credit.markdown in texts(message) for one in cards)


async def test_long_credits_push_everything_else_out_but_are_whole() -> None:
    cards = tuple(card(n, name="Ann " + "x" * 300, title="Title " * 30) for n in range(1, 10))
    message = await drawn(Reply("Found. " * 900, cards))
    assert texts(message).count("x" * 300) == 9


async def test_photos_whose_credits_do_not_fit_are_not_shown() -> None:
    credit = Credit("Ann", None, "Photo by " + "x" * 1500, "", "Photo by " + "x" * 1500)
    message = await drawn(Reply("Found", tuple(card(n, credit=credit) for n in range(1, 6))))
    assert len(gallery(message)) == 2 == texts(message).count("x" * 1500)
    assert "Not all photos fit" in texts(message)


async def test_a_photo_without_its_picture_is_still_named_and_credited() -> None:
    message = await drawn(Reply("", (card(1), card(2, data=None))))
    assert len(gallery(message)) == 1
    assert "Photo by [Ann 2](https://example.org/2) · its picture is not here · `id2`" in texts(message)


async def test_a_picture_that_breaks_costs_only_itself() -> None:
    one = card(2)
    broken = card(1)
    object.__setattr__(broken.picture, "load", _broken)
    assert len(gallery(await drawn(Reply("", (broken, one))))) == 1


async def _broken(_: int) -> bytes:
    raise ValueError("broken")


async def test_pictures_from_their_source_are_linked_and_not_copied() -> None:
    message = await drawn(Reply("", (card(1, url="https://images.example/1.jpg"), card(2))))
    assert [item["media"]["url"] for item in gallery(message)] == [
        "https://images.example/1.jpg",
        "attachment://2-photo.jpg",
    ]
    assert list(message["files"]) == ["2-photo.jpg"]


async def test_each_picture_gets_its_share_of_the_upload_limit() -> None:
    shares: list[int] = []

    async def load(most: int) -> bytes:
        shares.append(most)
        return JPEG

    cards = tuple(card(n) for n in range(1, 10))
    for one in cards:
        object.__setattr__(one.picture, "load", load)
    await drawn(Reply("", cards), limit=1_000_000)
    assert len(shares) == 9 and sum(shares) <= 1_000_000


async def test_a_picture_larger_than_its_share_is_left_out() -> None:
    message = await drawn(Reply("", (card(1, data=bytes(200_000)),)), limit=150_000)
    assert not gallery(message) and "Photo by" in texts(message)


async def test_a_file_too_large_to_send_is_named() -> None:
    message = await drawn(Reply("", files=(File("credits.csv", bytes(200_000)),)), limit=150_000)
    assert "credits.csv is too large" in texts(message).replace("\\", "")


@pytest.mark.parametrize("text", ["**bold**", "[a](b)", "<@123>", "@everyone", "# big", "```x```", "- item", "-# tiny"])
async def test_text_is_shown_as_it_is(text: str) -> None:
    shown = texts(await drawn(Reply(f"first\n{text}")))
    assert text not in shown.replace(f"\\{text}", "")


@pytest.mark.parametrize("text", ["a ``` b", "ends with `"])
async def test_what_would_end_a_block_to_copy_becomes_a_file(text: str) -> None:
    message = await drawn(Reply("", copyables=(Copyable("As Markdown", text, "markdown"),)))
    assert message["files"] == {"As-Markdown.md": text.encode()}


async def test_a_text_to_copy_stands_in_a_block() -> None:
    message = await drawn(Reply("", copyables=(Copyable("Credit", "<a href='x'>*A*</a>", "html"),)))
    assert "```html\n<a href='x'>*A*</a>\n```" in texts(message)


async def test_the_same_button_twice_stands_there_once() -> None:
    actions = (Action("a", "A"), Action("a", "B"), Action("", "C"), Action("x" * 101, "D"))
    assert buttons(await drawn(Reply("x", actions=actions))) == ["A"]


async def test_links_are_buttons_without_an_id() -> None:
    message = await drawn(Reply("x", actions=(Action("a", "Open", url="https://example.org"),)))
    (button,) = [part for part in walk(message["components"]) if part["type"] == 2]
    assert button["url"] == "https://example.org" and "custom_id" not in button


async def test_at_most_five_buttons_stand_in_a_row() -> None:
    message = await drawn(Reply("x", actions=tuple(Action(f"a:{n}", f"B{n}") for n in range(7))))
    assert [len(p["components"]) for p in walk(message["components"]) if p["type"] == 1] == [5, 2]


async def test_an_empty_reply_still_says_something() -> None:
    assert texts(await drawn(Reply()))


async def test_without_pictures_the_credits_stay() -> None:
    message = await drawn(page(3), pictures=False)
    assert not gallery(message) and "Photo by [Ann 3]" in texts(message)


@given(st.text(max_size=200), st.integers(0, 100))
def test_escaped_text_keeps_to_its_room(text: str, room: int) -> None:
    assert length(escaped_within(text, room)) <= room
