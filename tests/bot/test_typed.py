"""What is typed into a chat, as a command and its options."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalogue import words_for
from bot.refusals import Refused
from bot.typed import read_typed

ENGLISH = words_for("en")


@pytest.mark.parametrize(
    ("text", "command", "values"),
    [
        ("sunset over ocean", "find", {"query": "sunset over ocean"}),
        ("/find sunset over ocean", "find", {"query": "sunset over ocean"}),
        ("/find sunset count:3 over ocean", "find", {"query": "sunset over ocean", "count": 3}),
        ("/find tag:night by:NASA", "find", {"query": "tag:night by:NASA"}),
        ("/FIND fog", "find", {"query": "fog"}),
        ("/similar nasa-2 but at night", "similar", {"photo": "nasa-2", "words": "but at night"}),
        ("/similar https://a.example/x.jpg", "similar", {"photo": "https://a.example/x.jpg"}),
        ("/tags sun", "tags", {"prefix": "sun"}),
        ("/tags", "tags", {}),
        ("/photo nasa", "photo", {"photo": "nasa"}),
        ("/credit nasa nasa-2", "credit", {"photos": "nasa nasa-2"}),
        ("/tag add nasa night, city lights", "tag add", {"photo": "nasa", "tags": "night, city lights"}),
        ("/tag remove nasa night", "tag remove", {"photo": "nasa", "tags": "night"}),
        ("/add http://a.example/x title:A", "add", {"link": "http://a.example/x", "title": "A"}),
        ("/edit nasa title:Earth", "edit", {"photo": "nasa", "title": "Earth"}),
        ("/settings count:6 adding:moderators", "settings", {"count": 6, "adding": "moderators"}),
        ("/help", "help", {}),
        ("/board new Autumn campaign", "board new", {"name": "Autumn campaign"}),
        ("/board new Autumn brief:calm", "board new", {"name": "Autumn", "brief": "calm"}),
        ("/board show Autumn campaign", "board show", {"board": "Autumn campaign"}),
        ("/board add nasa nasa-2", "board add", {"photos": "nasa nasa-2"}),
        ("/board add http://a.example/x section:Sea", "board add", {"link": "http://a.example/x", "section": "Sea"}),
        ("/board remove 3 7-9", "board remove", {"numbers": "3 7-9"}),
        ("/board move 3 section:Light", "board move", {"numbers": "3", "section": "Light"}),
        ("/board move 3 before:5", "board move", {"numbers": "3", "before": 5}),
        ("/board note 3 lovely light", "board note", {"number": 3, "text": "lovely light"}),
        ("/board note 3", "board note", {"number": 3}),
        ("/board vote 3 up", "board vote", {"numbers": "3", "vote": "up"}),
        ("/board vote 3 the one", "board vote", {"numbers": "3", "vote": "the one"}),
        ("/board vote", "board vote", {}),
        ("/board edit secret", "board edit", {"votes": "secret"}),
        ("/board edit votes:secret", "board edit", {"votes": "secret"}),
        ("/board share Autumn", "board share", {"board": "Autumn"}),
        ("/board join K7QM-2XRD-94WP", "board join", {"code": "K7QM-2XRD-94WP"}),
        ("/board decide", "board decide", {}),
        ("/board decide 3 7 why:calm", "board decide", {"numbers": "3 7", "why": "calm"}),
        ("/board export pdf", "board export", {"format": "pdf"}),
        ("/board export pdf picked", "board export", {"format": "pdf", "only": "picked"}),
        ("/board export Autumn pdf", "board export", {"format": "pdf", "board": "Autumn"}),
        ("/board compare 1 3", "board compare", {"from": 1, "to": 3}),
        ("/board undo 5", "board undo", {"change": 5}),
        ("/board watch off", "board watch", {"state": "off"}),
        ("/board section Light", "board section", {"title": "Light"}),
        ("/board suggest calm sea", "board suggest", {"words": "calm sea"}),
        ("/board edit Autumn name:Winter", "board edit", {"board": "Autumn", "name": "Winter"}),
        ("/board import", "board import", {}),
        ("/brief We need calm beaches. No people.", "brief", {"text": "We need calm beaches. No people."}),
    ],
)  # fmt: skip
def test_a_command_is_read(text: str, command: str, values: dict[str, object]) -> None:
    typed = read_typed(text, ENGLISH)
    assert (typed.command, dict(typed.values)) == (command, values)


def test_a_value_with_blanks_stands_in_quotes() -> None:
    typed = read_typed('/add https://a.example/x photographer:"Ann Lee"', ENGLISH)
    assert typed.values["photographer"] == "Ann Lee"


def test_a_picture_alone_asks_for_those_like_it() -> None:
    assert read_typed("", ENGLISH, has_uploads=True).command == "similar"


def test_with_a_picture_all_words_are_words() -> None:
    assert dict(read_typed("/similar but at night", ENGLISH, has_uploads=True).values) == {"words": "but at night"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/", "no command"),
        ("/nonsense x", "/nonsense"),
        ("/tag", "no command /tag"),
        ("/find x count:0", "1 to 9"),
        ("/find x count:ten", "1 to 9"),
        ("/settings adding:nobody", "everybody, moderators, managers"),
        ("/help me", "I can't tell"),
        ("/edit nasa Earth", "I can't tell"),
        ("/settings moderators", "I can't tell"),
        ("/board note lovely", "whole number"),
    ],
)
def test_what_can_t_be_read_is_explained(text: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        read_typed(text, ENGLISH)


@given(st.text(max_size=80))
def test_no_text_makes_it_crash(text: str) -> None:
    for typed in (text, f"/find {text}", f"/tag add {text}", f"/{text}"):
        try:
            assert read_typed(typed, ENGLISH).command
        except Refused as refused:
            assert str(refused)
