"""Replies and forms as the page gets them: plain data, in which only credits are markup, escaped by the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from bot.replies import Audience, Choice, Form, Panel, PhotoCard, Reply
from bot.web.files import Files
from bot.web.pictures import LARGE, SMALL


async def drawn(reply: Reply, files: Files) -> Mapping[str, Any]:
    """Return a reply as JSON can hold it, with its files kept."""
    return draw_reply(reply, [await files.keep(file) for file in reply.files])


def draw_reply(reply: Reply, files: Sequence[Mapping[str, Any]] = ()) -> Mapping[str, Any]:
    """Return a reply as JSON can hold it. Pictures are links, which work as long as the photo is in the library."""
    size = LARGE if len(reply.cards) == 1 else SMALL
    return {
        "kind": "reply",
        "text": reply.text,
        "cards": [_card(card, size) for card in reply.cards],
        "panel": None if reply.panel is None else _panel(reply.panel),
        "details": [list(pair) for pair in reply.details],
        "copyables": [{"label": one.label, "text": one.text} for one in reply.copyables],
        "files": list(files),
        "actions": [
            {"id": one.id, "label": one.label, "emphasis": one.emphasis, "url": one.url} for one in reply.actions
        ],
        "menus": [
            {
                "id": menu.id,
                "label": menu.label,
                "most": menu.most,
                "choices": [_choice(choice) for choice in menu.choices],
            }
            for menu in reply.menus
        ],
        "failed": reply.failed,
        "posted": reply.audience is Audience.CHANNEL,
        "result": reply.result,
    }


def draw_form(form: Form) -> Mapping[str, Any]:
    """Return a form as JSON can hold it."""
    return {
        "id": form.id,
        "title": form.title,
        "fields": [
            {
                "name": one.name,
                "label": one.label,
                "kind": one.kind,
                "required": one.required,
                "value": one.value,
                "hint": one.hint,
                "most": one.most,
                "choices": [_choice(choice) for choice in one.choices],
            }
            for one in form.fields
        ],
    }


def _panel(panel: Panel) -> Mapping[str, Any]:
    name = "collage.jpg" if panel.shows == "board" else "palette.png"
    return {
        "board": panel.board,
        "title": panel.title,
        "shows": panel.shows,
        "alt": panel.picture.alt,
        "src": f"/boards/{quote(panel.board)}/{name}?revision={panel.revision}",
        "credits": [[number, credit.html] for number, credit in panel.credits],
    }


def _card(card: PhotoCard, size: str) -> Mapping[str, Any]:
    return {
        "number": card.number,
        "id": card.id,
        "title": card.title,
        "credit": card.credit.html,
        "note": card.note,
        "alt": card.picture.alt,
        "ratio": card.picture.ratio,
        "here": card.here,
        "src": _address(card, size),
        "large": _address(card, LARGE),
    }


def _address(card: PhotoCard, size: str) -> str | None:
    if card.picture.load is None:
        return card.picture.url
    return card.picture.url or f"/pictures/{quote(card.id)}?size={size}"


def _choice(choice: Choice) -> Mapping[str, str]:
    return {"value": choice.value, "label": choice.label, "description": choice.description}
