"""The lines of an answer, within the text that one message of Discord has room for.

Credits come first: a photo is shown with its whole credit or not at all. What else there is takes the room that they
leave.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.catalogue import Words
from bot.discord.markup import code, cut, escaped, escaped_within, length
from bot.replies import Panel, PhotoCard

TEXT_ROOM = 4000  # of all texts of a message together
SPARE = 300  # kept for the answer's own text, whatever the credits take


@dataclass(frozen=True, slots=True)
class Style:
    """How much stands beside a credit."""

    title: int  # characters
    note: bool
    links: bool = True


STYLES = (Style(100, True), Style(40, True), Style(0, False), Style(0, False, links=False))


def style_for(cards: Sequence[PhotoCard], words: Words) -> tuple[Style, int]:
    """Return the fullest style in which the credits fit into a message, and of how many cards they do."""
    numbers = [card.number for card in cards]
    for style in STYLES:
        if length(credit_lines(cards, words, style, unseen=numbers)) <= TEXT_ROOM - SPARE:
            return style, len(cards)
    for most in range(len(cards) - 1, 0, -1):
        if length(credit_lines(cards[:most], words, STYLES[-1], unseen=numbers)) <= TEXT_ROOM - SPARE:
            return STYLES[-1], most
    return STYLES[-1], 0


def panel_lines(panel: Panel, room: int) -> tuple[str, bool]:
    """Return the credits of a board, as many as there is room for, and whether these are all, with their links."""
    linked = [f"**{number}** {credit.markdown}" for number, credit in panel.credits]
    if length("\n".join(linked)) <= room:
        return "\n".join(linked), True
    lines = [f"**{number}** {escaped(credit.text)}" for number, credit in panel.credits]
    most = len(lines)
    while most and length("\n".join(lines[:most])) > room:
        most -= 1
    return "\n".join(lines[:most]), False


def credit_lines(cards: Sequence[PhotoCard], words: Words, style: Style, *, unseen: Collection[int]) -> str:
    """Return a line for each card; `unseen` has the numbers of those whose picture can't be shown."""
    return "\n".join(_credit_line(card, words, style, card.number in unseen) for card in cards)


def _credit_line(card: PhotoCard, words: Words, style: Style, unseen: bool) -> str:
    parts = (
        escaped(cut(" ".join(card.title.split()), style.title)) if style.title else "",
        card.credit.markdown if style.links else escaped(card.credit.text),
        escaped(card.note) if style.note else "",
        escaped(words.say("its picture is not here")) if unseen else "",
        code(card.id[:100]) if card.here else "",
    )
    return f"**{card.number}** {' · '.join(filter(None, parts))}"


def detail_lines(details: Sequence[tuple[str, str]], room: int) -> str:
    """Return labels with their values, a line each, as many as there is room for."""
    lines: list[str] = []
    for label, value in details:
        head = f"**{escaped(label)}**: "
        left = room - length(head) - 1
        if left < 20:
            break
        lines.append(head + escaped_within(" ".join(value.split()), left))
        room -= length(lines[-1]) + 1
    return "\n".join(lines)
