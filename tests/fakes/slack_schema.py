"""Checks what is sent to Slack against the limits that its reference of Block Kit names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}
MOST_ALL = 13_000  # characters of all texts of a message; more is refused as too large
TEXTS = {"section": 3000, "header": 150, "context": 3000}
SURFACES = {
    "message": {"section", "header", "context", "divider", "image", "actions", "file", "rich_text"},
    "modal": {"section", "header", "context", "divider", "image", "actions", "input"},
    "home": {"section", "header", "context", "divider", "image", "actions", "input"},
}
CHOOSERS = {"static_select", "multi_static_select", "external_select", "overflow", "radio_buttons", "checkboxes"}
DEEPEST = 10


def message_problems(body: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a message."""
    found = [*_blocks(body.get("blocks") or [], "message")]
    if len(str(body.get("text", ""))) > 4000:
        found.append("a text of more than 4,000 characters")
    if not body.get("blocks") and not body.get("text") and not body.get("delete_original"):
        found.append("a message without a text")
    if body.get("blocks") and not body.get("text"):
        found.append("a message without a text for notifications")
    if re.search(r"<[!@#]", "".join(text["text"] for text in _texts(body)) + str(body.get("text", ""))):
        found.append("a mention")
    if sum(len(text["text"]) for text in _texts(body)) > MOST_ALL:
        found.append(f"more than {MOST_ALL} characters in all")
    return found


def view_problems(view: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a modal or a home."""
    kind = view.get("type")
    if kind not in ("modal", "home"):
        return [f"a view of type {kind!r}"]
    found = [*_blocks(view.get("blocks") or [], str(kind))]
    if len(view.get("private_metadata", "")) > 3000:
        found.append("more than 3,000 characters of private_metadata")
    if len(view.get("callback_id", "")) > 255:
        found.append("a callback_id of more than 255 characters")
    if kind == "modal":
        for part in ("title", "submit", "close"):
            if part in view and not 0 < len(view[part]["text"]) <= 24:
                found.append(f"a {part} of {len(view[part]['text'])} characters")
        if "title" not in view:
            found.append("a modal without a title")
        inputs = any(block["type"] == "input" for block in view.get("blocks", ()))
        if inputs and "submit" not in view:
            found.append("inputs without a submit")
    return found


def options_problems(body: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the options of an external select."""
    options = body.get("options", ())
    found = [problem for option in options for problem in _option(option)]
    return [*found, *(["more than 100 options"] if len(options) > 100 else [])]


def walk(part: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in a body, from the outside in."""
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from walk(value)
    elif isinstance(part, list):
        for value in part:
            yield from walk(value)


def _texts(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [part for part in walk(body.get("blocks") or []) if part.get("type") in ("mrkdwn", "plain_text")]


def _depth(part: Any) -> int:
    if isinstance(part, dict):
        return 1 + max(map(_depth, part.values()), default=0)
    return max(map(_depth, part), default=0) if isinstance(part, list) else 0


def _blocks(blocks: list[dict[str, Any]], surface: str) -> Iterator[str]:
    if len(blocks) > MOST_BLOCKS[surface]:
        yield f"{len(blocks)} blocks"
    if _depth(blocks) > DEEPEST:
        yield "nested too deeply"
    ids = Counter(block["block_id"] for block in blocks if "block_id" in block)
    if repeated := [name for name, n in ids.items() if n > 1]:
        yield f"the same block_id twice: {repeated}"
    overflows = Counter(part["action_id"] for part in walk(blocks) if part.get("type") == "overflow")
    if repeated := [name for name, n in overflows.items() if n > 1]:  # Slack forbids it within a block only
        yield f"the same action_id of two overflow menus: {repeated}"
    for block in blocks:
        if block["type"] not in SURFACES[surface]:
            yield f"a block of type {block['type']} in a {surface}"
        if len(block.get("block_id", "")) > 255:
            yield "a block_id of more than 255 characters"
        yield from _block(block)
        if "accessory" in block and block["type"] != "section":
            yield f"an accessory in a block of type {block['type']}"
        actions = Counter(part["action_id"] for part in walk(block) if "action_id" in part)
        if repeated := [name for name, n in actions.items() if n > 1]:
            yield f"the same action_id twice: {repeated}"


def _block(block: dict[str, Any]) -> Iterator[str]:
    kind = block["type"]
    if kind == "section":
        yield from _section(block)
    if kind == "image":
        yield from _image(block)
    if kind == "context" and not 1 <= len(block["elements"]) <= 10:
        yield f"{len(block['elements'])} elements of a context"
    if kind == "actions" and not 1 <= len(block["elements"]) <= 25:
        yield f"{len(block['elements'])} elements of actions"
    if kind == "actions" and any(part["type"].startswith("multi_") for part in block["elements"]):
        yield "a menu of several choices among actions"
    if kind == "input":
        yield from _text(block["label"], 2000)
        if "hint" in block:
            yield from _text(block["hint"], 2000)
    if kind in TEXTS and "text" in block:
        yield from _text(block["text"], TEXTS[kind])
    parts = [*block.get("elements", ()), *(block[name] for name in ("element", "accessory") if name in block)]
    for part in parts:
        yield from _element(part)


def _section(block: dict[str, Any]) -> Iterator[str]:
    if not block.get("text") and not block.get("fields"):
        yield "a section without a text"
    if len(block.get("fields", ())) > 10:
        yield "more than 10 fields"
    for text in block.get("fields", ()):
        yield from _text(text, 2000)


def _image(block: dict[str, Any]) -> Iterator[str]:
    if ("image_url" in block) == ("slack_file" in block):
        yield "an image needs either image_url or slack_file"
    if not 0 < len(block.get("alt_text", "")) <= 2000:
        yield f"an alt_text of {len(block.get('alt_text', ''))} characters"
    if len(block.get("image_url", "")) > 3000:
        yield "an image_url of more than 3,000 characters"
    if "title" in block:
        yield from _text(block["title"], 2000)


def _element(part: dict[str, Any]) -> Iterator[str]:
    if part["type"] in ("mrkdwn", "plain_text"):
        yield from _text(part, 3000)
        return
    if not 0 < len(part.get("action_id", "")) <= 255:
        yield f"an action_id of {len(part.get('action_id', ''))} characters"
    if part["type"] == "button":
        yield from _text(part["text"], 75)
        if len(part.get("value", "")) > 2000 or len(part.get("url", "")) > 3000:
            yield "a button's value or url is too long"
    if "placeholder" in part:
        yield from _text(part["placeholder"], 150)
    if part["type"] in CHOOSERS and part["type"] != "external_select":
        yield from _options(part.get("options", ()), overflow=part["type"] == "overflow")
    if part["type"] == "plain_text_input" and part.get("max_length", 1) > 3000:
        yield "a max_length of more than 3,000"
    if part["type"] == "file_input" and not 1 <= part.get("max_files", 1) <= 10:
        yield "more than 10 files"


def _options(options: Sequence[dict[str, Any]], *, overflow: bool) -> Iterator[str]:
    least, most = (2, 5) if overflow else (1, 100)
    if not least <= len(options) <= most:
        yield f"{len(options)} options"
    values = [option["value"] for option in options]
    if len(set(values)) != len(values):
        yield "the same option twice"
    for option in options:
        yield from _option(option)
        if overflow and option["text"]["type"] != "plain_text":
            yield "an option of an overflow menu that is no plain text"


def _option(option: dict[str, Any]) -> Iterator[str]:
    yield from _text(option["text"], 75)
    if not 0 < len(option["value"]) <= 150:
        yield f"an option's value of {len(option['value'])} characters"
    if "description" in option:
        yield from _text(option["description"], 75)


def _text(text: dict[str, Any], most: int) -> Iterator[str]:
    if not 0 < len(text["text"]) <= most:
        yield f"a text of {len(text['text'])} characters where {most} are the most"
