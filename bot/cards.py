"""Photos made into cards: numbered, described for people who don't see them, and credited."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.catalogue import Words, mark
from bot.pictures import loader, source_url
from bot.replies import Choice, PhotoCard, Picture
from core.photos import Photo
from core.search import Hit
from core.workspace import Workspace

ALT_CHARACTERS = 1000
TITLE_CHARACTERS = 80
MATCHES = {"strong": mark("strong match"), "good": mark("good match"), "weak": mark("weak match")}


def card_of(
    workspace: Workspace, words: Words, photo: Photo, number: int = 1, *, note: str = "", large: bool = False
) -> PhotoCard:
    """Return the card of a photo."""
    library = workspace.library_of(photo)
    name = f"{number}-{re.sub(r'[^A-Za-z0-9_-]+', '-', photo.id)[:60]}.jpg"
    ratio = round(photo.width / photo.height, 4) if photo.width and photo.height else None
    picture = Picture(name, alt_of(words, photo), source_url(photo), loader(library, photo, large=large), ratio)
    return PhotoCard(number, photo.id, title_of(photo), workspace.credit(photo), picture, note)


def cards_of(workspace: Workspace, words: Words, hits: Sequence[Hit]) -> tuple[PhotoCard, ...]:
    """Return the cards of hits, numbered from 1 on each page, as they are spoken of."""
    return tuple(
        card_of(workspace, words, hit.photo, number, note=said_match(words, hit)) for number, hit in enumerate(hits, 1)
    )


def choices_of(cards: Sequence[PhotoCard]) -> tuple[Choice, ...]:
    """Return the cards as the choices of a menu."""
    return tuple(Choice(str(card.number), f"{card.number} · {card.title or card.id}"[:100]) for card in cards)


def title_of(photo: Photo) -> str:
    """Return what a photo is called: its title, or else the beginning of its description; "" where it has neither."""
    text = photo.title or photo.description or ""
    return text if len(text) <= TITLE_CHARACTERS else f"{text[: TITLE_CHARACTERS - 1].rstrip()}…"


def alt_of(words: Words, photo: Photo) -> str:
    """Return what a photo shows, for people who don't see it."""
    said = [text for text in dict.fromkeys((photo.title, photo.description)) if text]
    tags = [tag.name for tag in photo.tags[:8]]
    if tags:
        said.append(words.say("Tags: {tags}", tags=", ".join(tags)))
    text = ". ".join(part.rstrip(".") for part in said) or words.say("A photo without a description")
    return text if len(text) <= ALT_CHARACTERS else f"{text[: ALT_CHARACTERS - 1]}…"


def said_match(words: Words, hit: Hit) -> str:
    """Return how well a hit matches, and how many are like it."""
    parts = [words.say(MATCHES[hit.match])]
    if hit.alike:
        parts.append(words.plural("and {n} alike", "and {n} alike", len(hit.alike)))
    return ", ".join(parts)
