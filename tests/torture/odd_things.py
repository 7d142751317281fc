"""Photos, boards and replies in which one odd string stands wherever a person may have written something."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot.boards.drawing import panel_of
from bot.cards import alt_of, title_of
from bot.catalogue import words_for
from bot.replies import Action, Choice, Copyable, Field, File, Form, Menu, PhotoCard, Picture, Reply
from core.boards.board import Author, Ballot, Board, Decision, Pin, Section
from core.boards.showing import ShownBoard, ShownPin
from core.credits import credit_for
from core.photos import Colour, Photo, Photographer, Tag

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
WORDS = words_for("en")
COLOURS = (Colour("#204060", 0.7), Colour("#e0c020", 0.3))


def photo_of(odd: str, number: int = 1, *, id_: str | None = None) -> Photo:
    """Return a photo of which everything that is said is odd."""
    return Photo(
        f"id{number}" if id_ is None else id_,
        "table",
        Photographer(odd, odd),
        title=odd,
        description=odd,
        tags=(Tag(odd), Tag("plain")),
        colours=COLOURS,
        average_colour="#204060",
        width=900,
        height=600,
        place=odd,
        licence=odd,
    )


def linked_photo(odd: str, number: int = 2) -> Photo:
    """Return a photo of which every address is odd."""
    return replace(
        photo_of("harbour", number),
        photographer=Photographer("Ann", None, odd),
        licence="CC-BY-4.0",
        page_url=odd,
        image_url=odd,
        download_url=odd,
    )


def board_of(odd: str, *, picture: Path | None = None, linked: bool = True, id_: str | None = None) -> ShownBoard:
    """Return a board with odd photos, on which everything that is said is odd."""
    ann = Author("discord:1", odd)
    sections = (Section("s1", odd, odd), Section("s2", "Plain"))
    photos = [photo_of(odd, 1, id_=id_), *([linked_photo(odd)] if linked else [])]
    pins = tuple(Pin(n, photo, "s1", ann, NOW, odd, (Ballot(ann, "up"),)) for n, photo in enumerate(photos, 1))
    decision = Decision(1, 5, (1,), odd, ann, NOW)
    board = Board("b0ard", odd, ann, NOW, 5, None, odd, sections, pins, 9, decisions=(decision,), touched=False)
    shown = tuple(
        ShownPin(pin, pin.photo, credit_for(pin.photo), picked=pin.number == 1, thumbnail=picture, original=picture)
        for pin in pins
    )
    return ShownBoard(board, ((sections[0], shown), (sections[1], ())), COLOURS, NOW, shared_with=(odd,))


def card_of(photo: Photo, number: int, note: str = "", load: Callable[[int], object] | None = None) -> PhotoCard:
    """Return a photo's card."""
    picture = Picture(f"{number}.jpg", alt_of(WORDS, photo), load=load)  # type: ignore[arg-type]
    return PhotoCard(number, photo.id, title_of(photo), credit_for(photo), picture, note)


def replies_of(odd: str) -> Sequence[Reply]:
    """Return replies that hold an odd string in every place that a reply has."""
    photo, other = photo_of(odd), linked_photo(odd)
    credit = credit_for(photo)
    panel = panel_of(WORDS, board_of(odd))  # its picture is drawn apart from it
    choices = (Choice("1", odd[:100], odd), Choice("2", "two"))
    menus = (Menu("photo:t", odd, choices, beside=odd), Menu("pin:t", odd, choices, 2, beside=odd))
    return (
        Reply(odd, failed=True, actions=(Action("find:x", odd, "main"), Action("", odd, url="https://good.example/"))),
        Reply(odd, (card_of(photo, 1, odd), card_of(other, 2)), menus=menus),
        Reply(f"“{odd}”", details=((odd, odd), ("Place", odd))),
        Reply("", panel=replace(panel, picture=replace(panel.picture, load=None))),
        Reply("", copyables=(Copyable("Markdown", credit.markdown, "markdown"), Copyable(odd, odd))),
        Reply("", files=(File(odd, b"x"), File(odd, b"y"))),
    )


def form_of(odd: str) -> Form:
    """Return a form that was filled in oddly."""
    fields = (
        Field("a", odd, value=odd, hint=odd),
        Field("b", "Note", "paragraph", value=odd),
        Field("c", "Licence", "choice", value="x", choices=(Choice("x", odd, odd),)),
    )
    return Form("form:t", odd, fields)
