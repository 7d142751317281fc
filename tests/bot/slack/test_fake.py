"""The Slack on this machine notices what Slack would refuse."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.slack_schema import message_problems, options_problems, view_problems

TEXT = {"type": "mrkdwn", "text": "x"}
SECTION = {"type": "section", "text": TEXT}
BUTTON = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "A"}}
OPTION = {"text": {"type": "plain_text", "text": "A"}, "value": "a"}
IMAGE = {"type": "image", "alt_text": "A", "image_url": "https://a.example"}
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "A"}}


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def test_a_message_within_all_limits_is_taken() -> None:
    blocks = [SECTION, IMAGE, {"type": "actions", "elements": [BUTTON]}]
    assert message_problems({"text": "x", "blocks": blocks}) == []


@pytest.mark.parametrize(
    ("blocks", "problem"),
    (
        ([SECTION] * 51, "51 blocks"),
        ([section("x" * 3001)], "3001 characters"),
        ([section("x" * 2999)] * 5, "in all"),
        ([section("<!channel>")], "a mention"),
        ([section("<@U1>")], "a mention"),
        ([{"type": "section", "fields": [TEXT] * 11}], "10 fields"),
        ([{"type": "section", "fields": [{**TEXT, "text": "x" * 2001}]}], "2001 characters"),
        ([{**IMAGE, "alt_text": "x" * 2001}], "alt_text"),
        ([{**IMAGE, "slack_file": {"id": "F1"}}], "either"),
        ([{"type": "image", "alt_text": "A"}], "either"),
        ([{"type": "actions", "elements": [{**BUTTON, "action_id": str(n)} for n in range(26)]}], "26 elements"),
        ([{"type": "actions", "elements": [{**BUTTON, "action_id": "a" * 256}]}], "action_id"),
        ([{"type": "actions", "elements": [{**BUTTON, "value": "a" * 2001}]}], "value"),
        ([{"type": "actions", "elements": [BUTTON, BUTTON]}], "same action_id"),
        ([{"type": "actions", "elements": [{**BUTTON, "text": {"type": "plain_text", "text": "A" * 76}}]}], "75"),
        ([{"type": "actions", "elements": [{"type": "static_select", "action_id": "a", "options": []}]}], "0 options"),
        ([{"type": "input", "label": TEXT, "element": BUTTON}], "type input"),
    ),
)
def test_what_slack_would_refuse_in_a_message_is_a_problem(blocks: list[dict[str, Any]], problem: str) -> None:
    assert any(problem in found for found in message_problems({"text": "x", "blocks": blocks}))


@pytest.mark.parametrize(
    ("view", "problem"),
    (
        ({"type": "modal", "title": {"type": "plain_text", "text": "A" * 25}}, "25 characters"),
        ({**MODAL, "blocks": [{"type": "input", "label": TEXT, "element": BUTTON}]}, "without a submit"),
        ({**MODAL, "private_metadata": "x" * 3001}, "private_metadata"),
        ({**MODAL, "blocks": [{**SECTION, "block_id": "a"}] * 2}, "same block_id"),
        ({"type": "home", "blocks": [SECTION] * 101}, "101 blocks"),
    ),
)
def test_what_slack_would_refuse_in_a_view_is_a_problem(view: dict[str, Any], problem: str) -> None:
    assert any(problem in found for found in view_problems(view))


def test_more_options_than_slack_takes_are_a_problem() -> None:
    assert options_problems({"options": [OPTION] * 101})
