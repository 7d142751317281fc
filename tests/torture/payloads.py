"""Messages and payloads as chats send them, sound and whole; what is made of them by chance is tried.

`t0ken` stands for the token of a result that is kept, `th1s-board` for the id of a board.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bot.slack.forms import ASK, FORM

# What the web chat's page sends

PAGE: Sequence[Any] = (
    {"do": "say", "text": "sunset", "uploads": []},
    {"do": "say", "text": "/board note 1 good"},
    {"do": "press", "id": "photo:t0ken", "chosen": ["1"], "entry": 1},
    {"do": "submit", "form": "mix:t0ken", "values": {"words": "night", "number": "1"}, "uploads": []},
    {"do": "submit", "form": "me", "values": {"name": "Ann"}},
    {"do": "complete", "text": "/find tag:n"},
    {"do": "menu", "command": "similar", "uploads": ["x"]},
    {"do": "look", "photo": "one-red"},
    {"do": "board", "id": "th1s-board"},
    {"do": "boards"},
    {
        "do": "board_command",
        "command": "board move",
        "values": {"numbers": "1", "section": "-", "before": 2},
        "board": "b",
        "asked": 1,
    },
    {"do": "board_command", "command": "board note", "values": {"number": 1, "text": "x"}, "board": "th1s-board"},
    {"do": "board_command", "command": "board vote", "values": {"numbers": "1", "vote": "up"}, "board": "th1s-board"},
    {
        "do": "board_command",
        "command": "board suggest",
        "values": {"words": "red"},
        "board": "th1s-board",
        "asked": "1",
    },
    {"do": "board_press", "id": "pin:t0ken", "chosen": ["1"], "board": "th1s-board"},
    {"do": "clear"},
    {"do": "press", "id": "keep:t0ken", "entry": 1},
    {"do": "press", "id": "more:t0ken", "chosen": [], "entry": 2},
    {"do": "press", "id": "undo:th1s-board.3"},
    {"do": "press", "id": "up:th1s-board.1"},
    {"do": "submit", "form": "decide:th1s-board", "values": {"numbers": "1", "why": "x"}},
    {"do": "look", "photo": "pin:th1s-board.1"},
)


# What Slack sends

_AT = {
    "name": "board add",
    "at": {"user": "U1", "channel": "C1", "url": "https://h/x", "thread": ""},
    "values": {"note": "x"},
}
_STATE = {
    "values": {
        "a": {"words": {"type": "plain_text_input", "value": "night"}},
        "b": {"number": {"type": "number_input", "value": "1"}},
        "c": {
            "image": {
                "type": "file_input",
                "files": [{"id": "F1", "name": "a.jpg", "mimetype": "image/jpeg", "size": 3}],
            }
        },
        "d": {"photo": {"type": "external_select", "selected_option": {"value": "one-red"}}},
    }
}
_WHERE = {
    "trigger_id": "1.2",
    "response_url": "https://h/x",
    "user": {"id": "U1"},
    "channel": {"id": "C1"},
    "container": {"type": "message", "message_ts": "1.0", "is_ephemeral": True},
    "message": {"ts": "1.0", "thread_ts": "1.0"},
}
SLACK: Sequence[tuple[str, Any]] = (
    (
        "command",
        {
            "command": "/find",
            "text": "sunset <@U2|bea> &amp; sea",
            "user_id": "U1",
            "channel_id": "C1",
            "trigger_id": "1",
            "response_url": "https://h/x",
        },
    ),
    ("command", {"command": "/board", "text": "note 1 good", "user_id": "U1", "channel_id": "C1", "trigger_id": "1"}),
    (
        "shortcut",
        {
            **_WHERE,
            "callback_id": "similar",
            "message": {"files": [{"id": "F1", "name": "a.jpg", "mimetype": "image/png", "size": 9}]},
        },
    ),
    (
        "press",
        {
            **_WHERE,
            "actions": [{"action_id": "photo:t0ken", "type": "static_select", "selected_option": {"value": "1"}}],
        },
    ),
    (
        "press",
        {
            **_WHERE,
            "actions": [{"action_id": "overflow:1", "type": "overflow", "selected_option": {"value": "photo:t0ken 1"}}],
        },
    ),
    (
        "press",
        {**_WHERE, "actions": [{"action_id": "pin:t0ken", "selected_options": [{"value": "1"}, {"value": "2"}]}]},
    ),
    (
        "submit",
        {
            "user": {"id": "U1"},
            "view": {
                "id": "V1",
                "callback_id": FORM,
                "title": {"text": "T"},
                "blocks": [{"type": "input", "block_id": "a"}],
                "private_metadata": json.dumps({**_AT, "name": "mix:t0ken"}),
                "state": _STATE,
            },
        },
    ),
    (
        "submit",
        {
            "user": {"id": "U1"},
            "view": {
                "id": "V1",
                "callback_id": ASK,
                "title": {"text": "T"},
                "blocks": [],
                "private_metadata": json.dumps(_AT),
                "state": _STATE,
            },
        },
    ),
    (
        "complete",
        {"user": {"id": "U1"}, "view": {"private_metadata": json.dumps(_AT)}, "action_id": "photos", "value": "one"},
    ),
    (
        "message",
        {
            "event_id": "E1",
            "event": {
                "type": "app_mention",
                "user": "U1",
                "text": "<@UBOT> sunset",
                "channel": "C1",
                "ts": "1.0",
                "files": [{"id": "F1", "name": "a.jpg"}],
            },
        },
    ),
    (
        "message",
        {
            "event_id": "E1",
            "event": {
                "type": "message",
                "channel_type": "im",
                "user": "U1",
                "text": "sunset",
                "channel": "D1",
                "ts": "1.0",
            },
        },
    ),
    ("press", {**_WHERE, "actions": [{"action_id": "undo:th1s-board.3", "type": "button"}]}),
    (
        "press",
        {
            **_WHERE,
            "container": {"type": "view"},
            "channel": None,
            "actions": [{"action_id": "exported:th1s-board", "selected_option": {"value": "md"}}],
        },
    ),
    ("home", {"event_id": "E1", "event": {"type": "app_home_opened", "tab": "home", "user": "U1"}}),
    ("revoked", {"event": {"type": "tokens_revoked", "tokens": {"bot": ["UBOT"], "oauth": []}}}),
)


# What Discord sends

_FILE = {"id": "1", "filename": "a.jpg", "url": "https://cdn/x", "size": 3}
DISCORD: Sequence[tuple[str, Any]] = (
    ("press", {"custom_id": "photo:t0ken", "component_type": 3, "values": ["1"]}),
    ("press", {"custom_id": "decide:th1s-board", "component_type": 2}),
    ("press", {"custom_id": "pin:t0ken", "values": ["1", "2"]}),
    ("press", {"custom_id": "up:th1s-board.1"}),
    ("press", {"custom_id": "exported:th1s-board", "values": ["csv"]}),
    (
        "submit",
        {
            "custom_id": "mix:t0ken",
            "components": [
                {"type": 18, "component": {"type": 4, "custom_id": "words", "value": "night"}},
                {"type": 18, "component": {"type": 3, "custom_id": "licence", "values": ["cc0"]}},
            ],
            "resolved": {},
        },
    ),
    (
        "submit",
        {
            "custom_id": "add:t0ken",
            "components": [
                {"type": 18, "component": {"type": 19, "custom_id": "image", "values": ["1"]}},
                {"type": 1, "components": [{"type": 4, "custom_id": "photographer", "value": "Ann"}]},
            ],
            "resolved": {"attachments": {"1": _FILE}},
        },
    ),
    ("command", {"name": "find", "values": {"query": "sunset", "count": 3, "tag": "night"}}),
    ("command", {"name": "board note", "values": {"number": 1, "text": "x", "board": "th1s-board"}}),
    ("complete", {"name": "find", "option": "tag", "typed": "n"}),
    ("message", {"content": "<@1> sunset", "attachments": []}),
)
