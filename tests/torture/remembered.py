"""Inputs that once ended in an error that nobody had foreseen, by what they were given to. They are tried each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

_ENDLESS = "9" * 5000
_WHERE = {"trigger_id": "1", "user": {"id": "U1"}, "channel": {"id": "C1"}}

_HALVES = r'{"name": "board add", "at": {"channel": "C\ud83d", "url": "", "thread": ""}, "values": {}}'

REMEMBERED: Final[Mapping[str, Sequence[Any]]] = {
    "commands in a line": (f"/board note {_ENDLESS} x", f"/find count:{_ENDLESS}"),
    "commands": (
        ("frobnicate", {}),
        ("board vote", {"numbers": "1", "vote": "Autumn", "board": "Autumn"}),
        ("submit", ["pinned:t0ken", {"photographer": "Ann"}]),
        ("press", [f"undo:Autumn.{_ENDLESS}", []]),
    ),
    "the page's messages": (
        "[" * 100_000,
        '{"do": "board", "id": "\\ud800"}',
        '{"do": "submit", "form": "me", "values": {"name": "\\udfff"}}',
        '{"do": "board_press", "id": "pin:x", "chosen": ["1"], "board": "\\ud83d"}',
        '{"do": "press", "id": "keep:x", "entry": 99999999999999999999}',
    ),
    "Slack's payloads": (
        (
            "command",
            {"command": "/board", "text": f"note {_ENDLESS} x", "user_id": "U1", "channel_id": "C1", "trigger_id": "1"},
        ),
        ("command", {"command": "/find", "text": "x", "user_id": "U1", "channel_id": "C\ud800", "trigger_id": "1"}),
        ("command", {"text": "x"}),
        ("shortcut", {**_WHERE, "callback_id": "frobnicate", "message": {"files": [{"id": "F1", "name": "a.jpg"}]}}),
        (
            "shortcut",
            {**_WHERE, "callback_id": "add", "message": {"files": [{"id": "F1", "name": "a.jpg", "size": "x"}]}},
        ),
        ("press", {**_WHERE, "actions": []}),
        ("press", {**_WHERE, "actions": [{"action_id": "photo:x", "selected_options": [None]}]}),
        ("submit", {"user": {"id": "U1"}, "view": {"private_metadata": "{"}}),
        ("complete", {"user": {"id": "U1"}, "view": {"private_metadata": "[]"}}),
        ("complete", {"user": {"id": "U1"}, "view": {"private_metadata": _HALVES}, "action_id": "photos"}),
        (
            "message",
            {"event_id": "E\ud83d", "event": {"type": "app_mention", "user": "U1", "text": "x", "channel": "C1"}},
        ),
    ),
    "Discord's payloads": (
        ("press", {}),
        ("press", {"custom_id": {"a": 1}, "values": 7}),
        ("submit", {"custom_id": "mix:x", "components": [1], "resolved": "x"}),
        ("command", {"name": "frobnicate", "values": {}}),
        ("complete", {"name": "frobnicate", "option": "x", "typed": "x"}),
    ),
}
