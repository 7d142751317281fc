"""Forms in Slack: opened before an answer, filled in, refused where they can be put right."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.replies import Reply
from bot.slack import modals
from tests.bot.slack.rehearsal import FORM, JPEG, Asked, RehearsedDesk, page, texts
from tests.fakes.slack import BEA, FakeSlack, Sent

pytestmark = pytest.mark.usefixtures("chat")


@pytest.fixture(autouse=True)
def form(desk: RehearsedDesk) -> None:
    desk.form = FORM


async def opened(fake: FakeSlack) -> tuple[Sent, dict[str, Any]]:
    sent = await fake.command("/add")
    return sent, await fake.modal(sent)


async def test_a_form_has_its_entries(fake: FakeSlack) -> None:
    _, view = await opened(fake)
    kinds = [(block["block_id"], block["element"]["type"], block["optional"]) for block in view["blocks"]]
    assert kinds == [
        ("photographer", "plain_text_input", False),
        ("note", "plain_text_input", True),
        ("licence", "static_select", True),
        ("image", "file_input", True),
    ]
    assert view["blocks"][0]["element"]["initial_value"] == "Ann"


async def test_what_is_filled_in_arrives(fake: FakeSlack, desk: RehearsedDesk) -> None:
    sent, view = await opened(fake)
    await fake.submit(view, photographer="Bea", licence="cc0", image=[fake.attach("b.jpg", JPEG)])
    assert "Here you are." in texts(await fake.answer(sent))
    values = desk.last.values
    assert (desk.last.what, desk.last.name) == ("submit", "credit:abc")
    assert (values["photographer"], values["licence"]) == ("Bea", "cc0") and "note" not in values
    assert await values["image"][0].read() == JPEG


async def test_a_refused_form_says_why_and_keeps_what_was_filled_in(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.reply = Reply("No such licence.", failed=True)
    sent, view = await opened(fake)
    submitted = await fake.submit(view, photographer="Bea")
    await fake.until(lambda: submitted.payload)
    assert submitted.payload == {"response_action": "errors", "errors": {"photographer": "No such licence."}}
    assert not fake.said_to(sent)


async def test_a_refused_form_is_taken_when_it_was_put_right(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.reply = Reply("No such licence.", failed=True)
    sent, view = await opened(fake)
    desk.form = replace(FORM, id="credit:again")  # a form's id is taken once
    refused = await fake.submit(view, photographer="Bea")
    await fake.until(lambda: refused.payload)
    desk.reply = Reply("Added.")
    await fake.submit(view, photographer="Bea")
    assert "Added." in texts(await fake.answer(sent))
    assert [one.name for one in desk.asked] == ["credit:abc", "credit:again"]


async def test_a_form_that_takes_long_is_closed_by_an_answer(
    fake: FakeSlack, desk: RehearsedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modals, "PATIENCE_S", 0.05)
    desk.reply = slowly(Reply("Added."))
    sent, view = await opened(fake)
    submitted = await fake.submit(view, photographer="Bea")
    assert "Added." in texts(await fake.answer(sent))
    assert "takes a moment" in texts(submitted.payload["view"]) and "Done." in texts(fake.views[view["id"]])


async def test_a_form_that_is_refused_late_is_shown_again_with_the_reason(
    fake: FakeSlack, desk: RehearsedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modals, "PATIENCE_S", 0.05)
    desk.reply = slowly(Reply("No such licence.", failed=True))
    sent, view = await opened(fake)
    await fake.submit(view, photographer="Bea")
    await fake.answer(sent)
    again = fake.views[view["id"]]
    assert "No such licence." in texts(again)
    inputs = [block for block in again["blocks"] if block["type"] == "input"]
    assert inputs[0]["element"]["initial_value"] == "Bea"


async def test_a_form_is_answered_after_a_restart(fake: FakeSlack, desk: RehearsedDesk, connect: Any) -> None:
    sent, view = await opened(fake)
    known = len(fake.sockets)
    async with connect():
        await fake.until(lambda: len(fake.sockets) > known)
        await fake.submit(view, photographer="Bea")
        assert "Here you are." in texts(await fake.answer(sent))


async def test_nobody_answers_to_where_another_was_given_the_form(fake: FakeSlack, desk: RehearsedDesk) -> None:
    sent, view = await opened(fake)
    await fake.submit(view, by=BEA, photographer="Bea")
    await fake.until(lambda: fake.made("chat.postEphemeral"))
    assert fake.made("chat.postEphemeral")[0].args["user"] == BEA and not fake.said_to(sent)


async def test_a_button_opens_its_form(fake: FakeSlack, desk: RehearsedDesk) -> None:
    from bot.replies import Action

    desk.reply = replace(page(1), actions=(Action("edit:1", "Edit"),))
    message = await fake.answer(await fake.command("/find", "x"))
    view = await fake.modal(await fake.press(message, "edit:1"))
    assert view["title"]["text"] == "Whose photo is it?"


async def test_a_reply_instead_of_a_form_is_shown(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.form = Reply("You may not add photos here.", failed=True)
    assert "may not add" in texts(await fake.answer(await fake.command("/add")))


async def test_what_was_lacking_leads_on_to_the_form(fake: FakeSlack, desk: RehearsedDesk) -> None:
    desk.form = None
    view = await fake.modal(await fake.command("/add"))
    desk.form = FORM
    submitted = await fake.submit(view, image=[fake.attach("b.jpg", JPEG)])
    await fake.until(lambda: submitted.payload)
    assert submitted.payload["view"]["callback_id"] == "form"


def slowly(reply: Reply) -> Any:
    async def answer(asked: Asked) -> Reply:
        await asyncio.sleep(0.2)
        return reply

    return answer
