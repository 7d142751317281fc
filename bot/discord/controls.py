"""Buttons and menus of a message, within Discord's limits. Each is told by its id alone, so no view is kept for it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.chat import usable
from bot.discord.markup import cut
from bot.replies import MOST_CHOICES, Action, Menu

BUTTONS_IN_ROW = 5
LABEL_CHARACTERS = 80
CHOICE_CHARACTERS = 100
URL_CHARACTERS = 512
STYLES = {
    "plain": discord.ButtonStyle.secondary,
    "main": discord.ButtonStyle.primary,
    "danger": discord.ButtonStyle.danger,
}

log = logging.getLogger(__name__)


def rows_of(actions: Sequence[Action], menus: Sequence[Menu], room: int) -> list[ui.ActionRow[Any]]:
    """Return the rows of menus and buttons that fit into `room` components; a row is one, and so is each button."""
    used: set[str] = set()
    rows: list[ui.ActionRow[Any]] = []
    for menu in menus:
        if room >= 2 and menu.choices and usable(menu.id, used):
            rows.append(ui.ActionRow(_select(menu)))
            room -= 2
    buttons = [_button(action) for action in actions if _fits(action) and (action.url or usable(action.id, used))]
    while buttons and room >= 2:
        many = min(BUTTONS_IN_ROW, room - 1)
        rows.append(ui.ActionRow(*buttons[:many]))
        buttons, room = buttons[many:], room - 1 - len(buttons[:many])
    if buttons:
        log.error("an answer has more buttons than a message holds", extra={"left_out": len(buttons)})
    return rows


def _fits(action: Action) -> bool:
    if action.url is None:
        return bool(action.label)
    return bool(action.label) and action.url.startswith(("https://", "http://")) and len(action.url) <= URL_CHARACTERS


def _button(action: Action) -> ui.Button[Any]:
    label = cut(action.label, LABEL_CHARACTERS)
    if action.url:
        return ui.Button(label=label, url=action.url)
    return ui.Button(label=label, custom_id=action.id, style=STYLES[action.emphasis])


def _select(menu: Menu) -> ui.Select[Any]:
    choices = list({choice.value: choice for choice in menu.choices}.values())[:MOST_CHOICES]
    options = [
        discord.SelectOption(
            label=cut(choice.label or choice.value, CHOICE_CHARACTERS),
            value=choice.value,
            description=cut(choice.description, CHOICE_CHARACTERS) or None,
        )
        for choice in choices
    ]
    most = max(1, min(menu.most, len(options)))
    return ui.Select(
        custom_id=menu.id, placeholder=cut(menu.label, CHOICE_CHARACTERS), max_values=most, options=options
    )
