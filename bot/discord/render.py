"""Replies drawn as Discord's messages (Components V2), always within what a message may hold.

A message is one container: text, gallery, a credit line for each photo, details, texts to copy, files, menus, buttons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from bot.catalogue import Words
from bot.discord.controls import rows_of
from bot.discord.lines import TEXT_ROOM, credit_lines, detail_lines, panel_lines, style_for
from bot.discord.markup import code_block, cut, escaped, escaped_within, length
from bot.discord.media import ENVELOPE_BYTES, Cargo, load_panel, load_pictures
from bot.replies import Copyable, Panel, PhotoCard, Reply

MOST_COMPONENTS = 40
MOST_BLOCKS = 8  # texts to copy in one message
ALT_CHARACTERS = 1024
PANEL_ROOM = 3300  # of a message's text, for the credits of a board
FAILED = 0xB3261E
SUFFIX = {"text": "txt", "markdown": "md", "html": "html"}


class Layout(ui.LayoutView):
    """A message's components, which discord.py does not wait for: presses are told by their ids."""

    def is_finished(self) -> bool:
        """Say so from the beginning, so that no state of it is kept."""
        return True

    def is_dispatchable(self) -> bool:
        """Say that nothing is to be called back."""
        return False


@dataclass(frozen=True, slots=True)
class Drawn:
    """A reply as it is sent; `files` gives it anew for each attempt."""

    view: Layout
    cargo: Cargo

    def files(self) -> list[discord.File]:
        """Return what is sent along."""
        return self.cargo.opened()


async def draw(reply: Reply, words: Words, upload_limit: int, *, pictures: bool = True) -> Drawn:
    """Draw a reply. Without `pictures` it is what Discord takes under any circumstances: text and buttons."""
    cargo = Cargo(max(0, upload_limit - ENVELOPE_BYTES))
    style, most = style_for(reply.cards, words)
    cards = reply.cards[:most]
    copied, fenced = _copyables(reply, room=TEXT_ROOM - _credits_room(cards, words))
    notes = _add_files(reply, fenced, cargo, words)
    if most < len(reply.cards):
        notes.append(words.say("Not all photos fit into one message with their credits; ask for fewer."))
    shown = await load_pictures(cards, cargo) if pictures else {}
    board, all_credits = await _draw_panel(reply.panel, cargo, words, notes, pictures=pictures)
    unseen = {card.number for card in cards} - shown.keys()
    credits_text = "\n".join(filter(None, (credit_lines(cards, words, style, unseen=unseen), all_credits)))
    room = TEXT_ROOM - length(credits_text) - sum(map(length, copied))
    text = escaped_within("\n".join(filter(None, (reply.text, *notes))), room)
    details = detail_lines(reply.details, room - length(text))
    pictured = {*shown.values(), *([board.media.url] if board else [])}
    parts: list[ui.Item[Any]] = [
        *_texts(text),
        *_gallery(cards, shown),
        *([ui.MediaGallery(board)] if board else []),
        *_texts(credits_text, details, *copied),
        *(ui.File(f"attachment://{name}") for name in cargo.files if f"attachment://{name}" not in pictured),
    ]
    parts += rows_of(reply.actions, reply.menus, MOST_COMPONENTS - 2 - len(parts))
    view = Layout(timeout=None)
    accent = FAILED if reply.failed else None
    view.add_item(ui.Container(*(parts or _texts(escaped(words.say("Done.")))), accent_colour=accent))
    return Drawn(view, cargo)


def _texts(*texts: str) -> list[ui.Item[Any]]:
    return [ui.TextDisplay(text) for text in texts if text.strip()]


def _gallery(cards: Sequence[PhotoCard], shown: dict[int, str]) -> list[ui.Item[Any]]:
    items = [
        discord.MediaGalleryItem(shown[card.number], description=cut(card.picture.alt, ALT_CHARACTERS) or None)
        for card in cards
        if card.number in shown
    ]
    return [ui.MediaGallery(*items[:10])] if items else []


async def _draw_panel(
    panel: Panel | None, cargo: Cargo, words: Words, notes: list[str], *, pictures: bool
) -> tuple[discord.MediaGalleryItem | None, str]:
    """Return a board's picture and its credits; where they are too many for a message, all of them go as a file."""
    if panel is None:
        return None, ""
    text, whole = panel_lines(panel, PANEL_ROOM)
    if not whole:
        lines = "".join(f"{number}. {credit.markdown}\n" for number, credit in panel.credits)
        cargo.add("credits.md", lines.encode())
        notes.append(words.say("All credits, with their links, are in credits.md."))
    url = await load_panel(panel, cargo) if pictures else None
    if url is None:
        return None, text
    return discord.MediaGalleryItem(url, description=cut(panel.picture.alt, ALT_CHARACTERS)), text


def _credits_room(cards: Sequence[PhotoCard], words: Words) -> int:
    style, _ = style_for(cards, words)
    return length(credit_lines(cards, words, style, unseen=[card.number for card in cards]))


def _copyables(reply: Reply, room: int) -> tuple[list[str], list[Copyable]]:
    """Return the texts to copy that there is room for, as blocks, and those that are sent as files instead."""
    room -= min(length(escaped(reply.text)), room // 2)
    blocks: list[str] = []
    others: list[Copyable] = []
    for copyable in reply.copyables:
        block = code_block(copyable.text, copyable.kind)
        whole = f"**{escaped(copyable.label)}**\n{block}"
        if block is not None and length(whole) <= room and len(blocks) < MOST_BLOCKS:
            blocks.append(whole)
            room -= length(whole)
        else:
            others.append(copyable)
    return blocks, others


def _add_files(reply: Reply, copyables: Sequence[Copyable], cargo: Cargo, words: Words) -> list[str]:
    """Take files into the cargo; return a sentence for each that does not fit."""
    named = [(file.name, file.data) for file in reply.files]
    named += [(f"{text.label}.{SUFFIX[text.kind]}", text.text.encode()) for text in copyables]
    return [
        words.say("{name} is too large to be sent here.", name=name)
        for name, data in named
        if cargo.add(name, data) is None
    ]
