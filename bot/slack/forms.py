"""Forms as Slack's modals, and what people filled in as values.

A modal comes back as an event of its own, with the form's id and the way back in its `private_metadata`; so it is
answered after a restart, too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.catalogue import Words
from bot.replies import Field, Form
from bot.requests import Values
from bot.slack.answers import Place
from bot.slack.api import Api
from bot.slack.controls import Block, option_of, options_of, words_of
from bot.slack.markup import parts_within
from bot.slack.render import SECTION, section
from bot.slack.uploads import files_of
from core.sources.text import sound_all

FORM, ASK = "form", "ask"  # what a modal is: a form of the desk's, or what a command lacks
TITLE_CHARACTERS = 24
LABEL_CHARACTERS = 100
HINT_CHARACTERS = 150
MOST_TEXT = 3000
MOST_FILES = 10
MOST_METADATA = 3000


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a modal is for, and where its answer goes."""

    name: str  # the form's id, or the command that lacks something
    place: Place
    values: Mapping[str, str | int] = field(default_factory=dict)  # what the command was given before

    def written(self) -> str:
        """Return it as the modal carries it."""
        at = self.place
        where = {"user": at.user, "channel": at.channel, "url": at.response_url, "thread": at.thread}
        text = json.dumps({"name": self.name, "at": where, "values": dict(self.values)})
        return text if len(text) <= MOST_METADATA else json.dumps({"name": self.name, "at": where, "values": {}})

    @classmethod
    def read(cls, text: str, user: str) -> Purpose:
        """Return what a modal carried; the way back is only for who was given the modal."""
        data: Any = sound_all(json.loads(text))
        at = data["at"]
        mine = at.get("user") == user
        place = Place(user, str(at["channel"]), str(at["url"]) if mine else "", thread=str(at["thread"]))
        values = {name: value for name, value in data["values"].items() if isinstance(value, str | int)}
        return cls(str(data["name"]), place, values)

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Purpose:
        """Return what the modal carried in which somebody does something."""
        return cls.read(body["view"]["private_metadata"], str(body["user"]["id"]))


@dataclass(frozen=True, slots=True)
class Filled:
    """A modal that was filled in."""

    kind: str
    purpose: Purpose
    id: str
    title: str
    first: str  # the block of the first entry, "" where there is none
    state: Mapping[str, Any]  # what stands in the entries, as Slack writes it

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Filled:
        """Return what was filled in."""
        view = body["view"]
        first = next((str(block["block_id"]) for block in view["blocks"] if block["type"] == "input"), "")
        kind, title = str(view.get("callback_id")), str(view["title"]["text"])
        return cls(kind, Purpose.of(body), str(view["id"]), title, first, view["state"]["values"])


def modal_of(form: Form, purpose: Purpose, words: Words, *, refused: str = "", filled: Values | None = None) -> Block:
    """Return a form as a modal; `refused` says at its top why what was `filled` in before was not taken."""
    blocks = [section(part) for part in parts_within(f"⚠ {refused}", SECTION)] if refused else []
    blocks += [_input(each, (filled or {}).get(each.name)) for each in form.fields]
    return modal(FORM, form.title, blocks, purpose, words)


def modal(callback: str, title: str, blocks: Sequence[Block], purpose: Purpose, words: Words) -> Block:
    """Return a modal that is sent."""
    return {
        "type": "modal",
        "callback_id": callback,
        "title": words_of(title, TITLE_CHARACTERS),
        "submit": words_of(words.say("Send"), TITLE_CHARACTERS),
        "close": words_of(words.say("Close"), TITLE_CHARACTERS),
        "private_metadata": purpose.written(),
        "blocks": list(blocks),
    }


def notice_of(title: str, text: str, words: Words) -> Block:
    """Return a modal that only says something."""
    return {
        "type": "modal",
        "callback_id": "notice",
        "title": words_of(title, TITLE_CHARACTERS),
        "close": words_of(words.say("Close"), TITLE_CHARACTERS),
        "blocks": [section(part) for part in parts_within(text, SECTION)],
    }


def values_of(state: Mapping[str, Any], api: Api) -> Values:
    """Return what was filled in, by the fields' names; what was left empty is absent."""
    values: dict[str, Any] = {}
    for inputs in state.values():
        for name, entry in inputs.items():
            if entry["type"] == "file_input":
                values[name] = files_of(api, entry.get("files") or ())
            elif entry["type"] in ("plain_text_input", "number_input"):
                values[name] = str(entry.get("value") or "")
            else:
                values[name] = str((entry.get("selected_option") or {}).get("value") or "")
    return {name: value for name, value in values.items() if value not in ("", ())}


def input_of(name: str, label: str, element: Block, *, required: bool, hint: str = "") -> Block:
    """Return an entry of a modal."""
    block: Block = {
        "type": "input",
        "block_id": name,
        "label": words_of(label or name, LABEL_CHARACTERS),
        "element": {"action_id": name, **element},
        "optional": not required,
    }
    if hint:
        block["hint"] = words_of(hint, HINT_CHARACTERS)
    return block


def _input(each: Field, filled: object) -> Block:
    value = filled if isinstance(filled, str) else each.value
    return input_of(each.name, each.label, _element(each, value), required=each.required, hint=each.hint)


def _element(each: Field, value: str) -> Block:
    if each.kind == "picture":
        return {"type": "file_input", "max_files": max(1, min(each.most, MOST_FILES))}
    if each.kind == "choice":
        select: Block = {"type": "static_select", "options": options_of(each.choices)}
        chosen = next((choice for choice in each.choices if choice.value == value), None)
        return {**select, "initial_option": option_of(chosen)} if chosen else select
    most = max(1, min(each.most, MOST_TEXT))
    text: Block = {"type": "plain_text_input", "multiline": each.kind == "paragraph", "max_length": most}
    return {**text, "initial_value": value[:most]} if value else text
