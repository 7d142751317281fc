"""The checks of what is sent to Discord, without which the other tests of this folder would prove less."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.discord_schema import COMPONENTS_V2, DESCRIPTION, problems

SILENT = {"allowed_mentions": {"parse": []}}


def wrong(body: dict[str, Any], files: dict[str, str] | None = None) -> str:
    return "\n".join(problems("POST", "/webhooks/1/token", SILENT | body, files or {}))


def row(*ids: str) -> dict[str, Any]:
    return {"type": 1, "components": [{"type": 2, "style": 2, "label": "A", "custom_id": one} for one in ids]}


def text(content: str) -> dict[str, Any]:
    return {"type": 10, "content": content}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"components": [row("a", "a")]}, "same custom_id"),
        ({"components": [row("a" * 101)]}, "100 characters"),
        ({"flags": COMPONENTS_V2, "components": [text("x")] * 41}, "41 components"),
        ({"flags": COMPONENTS_V2, "components": [text("x" * 2001), text("x" * 2000)]}, "4001 characters"),
        ({"flags": COMPONENTS_V2, "components": [text("x")], "content": "y"}, "beside a layout"),
        ({"components": [text("x")]}, "without its flag"),
        ({"embeds": [{"description": "x" * 4000}, {"description": "x" * 2000}]}, "6000"),
        ({"flags": COMPONENTS_V2, "components": [{"type": 13, "file": {"url": "attachment://a.txt"}}]}, "not sent"),
        ({"content": "x", "allowed_mentions": {"parse": ["everyone"]}}, "mentions"),
    ],
)
def test_what_discord_would_refuse_is_noticed(body: dict[str, Any], said: str) -> None:
    assert said in wrong(body)


def test_what_discord_takes_is_left_alone() -> None:
    assert wrong({"flags": COMPONENTS_V2, "components": [text("x"), row("a", "b")]}) == ""


@pytest.mark.skipif(not DESCRIPTION.is_file(), reason="Discord's openapi.json does not lie beside this project")
def test_bodies_are_checked_against_discord_s_own_description() -> None:
    assert "components/0" in wrong({"components": [{"type": 1, "components": [{"type": 2, "style": 99}]}]})
    assert "no such operation" in problems("POST", "/nowhere", {}, {})[0]
