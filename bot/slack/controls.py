"""Buttons and menus as blocks, within Slack's limits. Each is told by its id alone, so nothing is kept for it.

What a reply's menus offer for a photo stands in an overflow menu beside that photo's credit. Each option of it carries
the menu's id with the choice, so that it comes back as a choice from the menu itself would.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.chat import usable
from bot.replies import ID_LENGTH, Action, Choice, Menu
from bot.slack.markup import JOINER, cut, escaped_within

BUTTONS_IN_BLOCK = 5  # more are allowed, but these stand in one line
LABEL_CHARACTERS = CHOICE_CHARACTERS = 75
VALUE_CHARACTERS = 150
MOST_CHOICES = 100
URL_CHARACTERS = 3000
LEAST_IN_OVERFLOW, MOST_IN_OVERFLOW = 2, 5
OVERFLOW = "overflow:"  # how the ids of overflow menus begin; the photo's number follows
LINK = "link:"  # how the ids of buttons begin that are links, of which Slack tells as well
STYLES = {"main": "primary", "danger": "danger"}

Block = dict[str, Any]

log = logging.getLogger(__name__)


def control_blocks(actions: Sequence[Action], menus: Sequence[Menu], beside: Mapping[str, Block]) -> list[Block]:
    """Return menus and buttons; each id stands once. What stands `beside` the photos is not offered again."""
    used: set[str] = set()
    menus = [menu for menu in menus if menu.choices and not _stands_beside(menu, beside)]
    blocks = [_menu_block(menu) for menu in menus if usable(menu.id, used)]
    buttons = [
        _button(action, number)
        for number, action in enumerate(actions)
        if action.label and (_leads(action.url) if action.url is not None else usable(action.id, used))
    ]
    for start in range(0, len(buttons), BUTTONS_IN_BLOCK):
        blocks.append({"type": "actions", "elements": buttons[start : start + BUTTONS_IN_BLOCK]})
    return blocks


def overflows(menus: Sequence[Menu], numbers: Iterable[int]) -> dict[str, Block]:
    """Return the overflow menu of each photo for which menus offer at least two things, by the photo's number."""
    found: dict[str, Block] = {}
    for number in map(str, numbers):
        offered = {_both(menu, number): menu.beside for menu in menus if menu.beside and _offers(menu, number)}
        options = [option_of(Choice(value, label)) for value, label in offered.items() if value]
        if len(options) >= LEAST_IN_OVERFLOW:
            element = {"type": "overflow", "action_id": f"{OVERFLOW}{number}", "options": options[:MOST_IN_OVERFLOW]}
            found[number] = element
    return found


def pressed_in(action: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Return the id of what was pressed in a message, and what was chosen."""
    chosen = [action["selected_option"]] if action.get("selected_option") else action.get("selected_options") or []
    values = [str(option["value"]) for option in chosen]
    if str(action["action_id"]).startswith(OVERFLOW):
        pressed, _, value = "".join(values).partition(" ")
        return pressed, (value,)
    return str(action["action_id"]), tuple(values)


def option_of(choice: Choice) -> Block:
    """Return a choice as an option of a select."""
    option: Block = {"text": words_of(choice.label or choice.value, CHOICE_CHARACTERS), "value": choice.value}
    if choice.description:
        option["description"] = words_of(choice.description, CHOICE_CHARACTERS)
    return option


def options_of(choices: Iterable[Choice]) -> list[Block]:
    """Return choices as options, each value once."""
    fitting = {choice.value: choice for choice in choices if 0 < len(choice.value) <= VALUE_CHARACTERS}
    return [option_of(choice) for choice in fitting.values()][:MOST_CHOICES]


def words_of(text: str, most: int) -> Block:
    """Return a plain text object, in which nothing that looks like a mention or an escape can become one."""
    unmarked = re.sub(r"<(?=[@!#])|&(?=(?:amp|lt|gt);)", f"\\g<0>{JOINER}", " ".join(text.split()))
    return {"type": "plain_text", "text": cut(unmarked, most) or "-", "emoji": False}


def _leads(url: str) -> bool:
    return url.startswith(("https://", "http://")) and len(url) <= URL_CHARACTERS


def _button(action: Action, number: int) -> Block:
    button: Block = {"type": "button", "text": words_of(action.label, LABEL_CHARACTERS)}
    if action.url is not None:
        return {**button, "action_id": f"{LINK}{number}", "url": action.url}
    if action.emphasis in STYLES:
        button["style"] = STYLES[action.emphasis]
    return {**button, "action_id": action.id}


def _offers(menu: Menu, number: str) -> bool:
    return any(choice.value == number for choice in menu.choices)


def _both(menu: Menu, choice: str) -> str:
    """Return a menu's id with a choice of it, as one value; "" where they can't be told apart, or don't fit."""
    both = f"{menu.id} {choice}"
    return both if 0 < len(menu.id) <= ID_LENGTH and " " not in menu.id and len(both) <= VALUE_CHARACTERS else ""


def _stands_beside(menu: Menu, beside: Mapping[str, Block]) -> bool:
    """Tell whether a menu of one choice is offered beside every photo that it is about."""
    there = {option["value"] for overflow in beside.values() for option in overflow["options"]}
    return menu.most <= 1 and bool(menu.beside) and all(_both(menu, choice.value) in there for choice in menu.choices)


def _menu_block(menu: Menu) -> Block:
    """Return a menu. One of several choices stands beside its label, which is the only place that Slack allows."""
    options = options_of(menu.choices)
    select: Block = {"action_id": menu.id, "placeholder": words_of(menu.label, 150), "options": options}
    if menu.most <= 1:
        return {"type": "actions", "elements": [{**select, "type": "static_select"}]}
    text = {"type": "mrkdwn", "text": escaped_within(menu.label, 1000) or "-", "verbatim": True}
    most = min(menu.most, len(options))
    accessory = {**select, "type": "multi_static_select", "max_selected_items": most}
    return {"type": "section", "text": text, "accessory": accessory}
