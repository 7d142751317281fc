"""Pictures of answers that one person alone sees are shared with this person first, each with its credit."""

from __future__ import annotations

from typing import Any

import pytest

from bot.replies import Audience, Picture, Reply
from tests.bot.slack.rehearsal import JPEG, Asked, RehearsedDesk, board, card, images, page, photo_card, texts
from tests.fakes.slack import ANN, BEA, CAT, PHOTOS, FakeSlack

pytestmark = pytest.mark.usefixtures("chat")


def shared_with(fake: FakeSlack, person: str) -> list[dict[str, Any]]:
    return [file for file in fake.files.values() if file.get("shared") == f"D{person}"]


async def found(fake: FakeSlack, *, by: str = ANN) -> dict[str, Any]:
    return await fake.answer(await fake.command("/find", "x", by=by))


async def test_pictures_of_a_private_answer_are_shared_with_who_asked(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.reply = page(2)
    message = await found(fake)
    shown = {image["slack_file"]["id"] for image in images(message)}
    assert shown == {file["id"] for file in shared_with(fake, ANN)} and len(shown) == 2


async def test_they_stand_in_a_thread_that_says_why(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.reply = page(1)
    await found(fake)
    (begun,) = fake.posted(f"D{ANN}")
    assert "in this thread" in texts(begun)
    assert [file["thread"] for file in shared_with(fake, ANN)] == [begun["ts"]]


async def test_each_is_credited_and_described_there(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.reply = Reply("", (photo_card(1, "Ann <Day>"), photo_card(2, "Bob")))
    await found(fake)
    (comment,) = {file["comment"] for file in shared_with(fake, ANN)}
    assert "1 · Photo by Ann &lt;Day&gt;" in comment and "2 · Photo by Bob" in comment
    assert all(file["alt"] for file in shared_with(fake, ANN))


async def test_credits_that_are_too_long_beside_files_are_posted_before_them(
    fake: FakeSlack, desk: RehearsedDesk
) -> None:
    desk.reply = Reply("", (photo_card(1, "Ann " + "&" * 4000),))
    await found(fake)
    _, *credits_of = fake.posted(f"D{ANN}")
    assert "".join(map(texts, credits_of)).count("&") >= 4000 and all(one["thread_ts"] for one in credits_of)
    assert [file["comment"] for file in shared_with(fake, ANN)] == [""]


async def test_the_same_picture_is_shared_with_each_person_once(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.reply = page(1)
    for person in (ANN, BEA, ANN, BEA):
        await found(fake, by=person)
    assert [len(shared_with(fake, person)) for person in (ANN, BEA)] == [1, 1]


async def test_answers_at_the_same_time_begin_one_thread(fake: FakeSlack, desk: RehearsedDesk) -> None:
    pictures = iter(range(9))

    async def another(asked: Asked) -> Reply:
        return Reply("", (card(1, data=JPEG + bytes([next(pictures)])),))

    desk.reply = another
    sent = [await fake.command("/find", "x") for _ in range(3)]
    await fake.until(lambda: all(fake.said_to(one) for one in sent))
    assert len(fake.posted(f"D{ANN}")) == 1 and len(shared_with(fake, ANN)) == 3


async def test_threads_do_not_pile_up(fake: FakeSlack, desk: RehearsedDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.slack.media.MOST_THREADS", 2)
    for number, person in enumerate((ANN, BEA, ANN, CAT, ANN, BEA)):  # Bea has asked the longest time ago
        desk.reply = Reply("", (card(1, data=JPEG + bytes([number])),))
        await found(fake, by=person)
    assert [len(fake.posted(f"D{person}")) for person in (ANN, BEA, CAT)] == [1, 2, 1]


async def test_what_is_posted_for_all_is_shared_with_nobody_first(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.reply = page(1, audience=Audience.CHANNEL)
    await fake.command("/find", "x")
    await fake.until(lambda: fake.posted(PHOTOS))
    assert not shared_with(fake, ANN) and not fake.posted(f"D{ANN}")


async def test_what_takes_the_place_of_a_private_answer_is_shared_too(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.reply = page(1)
    message = await found(fake)
    desk.reply = Reply("Next.", (card(2, data=JPEG + b"2"),), in_place=True)
    await fake.press(message, "more:abc")
    await fake.until(lambda: "Next." in texts(message))
    (image,) = images(message)
    assert image["slack_file"]["id"] in {file["id"] for file in shared_with(fake, ANN)}


async def test_pictures_from_elsewhere_are_shared_with_nobody(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.reply = Reply("", (card(1, picture=Picture("a.jpg", "A", "https://images.unsplash.com/1")),))
    await found(fake)
    assert not fake.files and not fake.posted(f"D{ANN}")


async def test_the_picture_of_a_board_holds_its_credits_itself(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.reply = board(3)
    await found(fake)
    assert [file["comment"] for file in shared_with(fake, ANN)] == [""]
