"""What a brief asks for, taken out of its text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.boards.brief import LONGEST, MOST_ASPECTS, aspects_of, completed, read, read_brief
from core.boards.wishes import wish_of
from core.errors import BadRecord
from core.query import parse


def found(text: str) -> dict[str, list[str]]:
    """Return the queries of a brief's aspects, by kind."""
    kinds: dict[str, list[str]] = {}
    for aspect in read_brief(text).aspects:
        kinds.setdefault(aspect.kind, []).append(aspect.query.lower())
    return kinds


KNITWEAR = """Autumn campaign

We are launching our new knitwear line in October and need photos for the website and Instagram. Think quiet Scottish
coast, misty mornings, wool and stone. Mood: calm, honest; Light: soft, overcast. Colours: teal, rust and cream.
No people, avoid neon and city skylines. Landscape format with copy space."""

HOTEL = """# Brief: Hotel relaunch
**Client:** Aurora Hotels, founded 1952
**Audience:** couples between 30 and 50 with dogs
**Location**
- Dolomites
- mountain lake
- wooden cabin with a fireplace

**Atmosphere**
- cosy
- unhurried

**Avoid**
- crowds
- skiing

Format: 16:9, min 3000 px wide"""


def test_a_brief_in_paragraphs_with_labels_in_them() -> None:
    aspects = found(KNITWEAR)
    assert aspects["mood"] == ["quiet", "calm", "honest"]
    assert aspects["colour"] == ["color:teal", "color:rust", "color:cream"]
    assert aspects["format"] == ["is:landscape", "copy space"]
    assert aspects["light"] == ["autumn", "misty mornings", "soft", "overcast", "-neon"]
    assert aspects["place"] == ["coast", '-"city skylines"']
    assert aspects["subject"] == ["wool", "stone", "-people"]


def test_a_brief_in_headings_and_bullets() -> None:
    aspects = found(HOTEL)
    assert aspects["place"][-3:] == ["dolomites", "mountain lake", "wooden cabin with a fireplace"]
    assert aspects["mood"] == ["cosy", "unhurried"]
    assert aspects["subject"] == ["-crowds", "-skiing"]
    assert aspects["format"] == ["is:landscape", "width:>=3000"]


def test_a_brief_in_one_line() -> None:
    assert found("Mood: calm, quiet; Light: golden hour") == {"mood": ["calm", "quiet"], "light": ["golden hour"]}


def test_a_brief_as_a_letter() -> None:
    aspects = found(
        "Hi team, we're happy to kick this off! The client founded the company in 1998 and sells insurance for cars. "
        "We want candid images of young families at home, in the kitchen or the garden, in natural light. "
        "Nothing staged, not too dark. Deadline is Friday, budget 2,000 €. Thanks for the lovely dinner!"
    )
    assert aspects == {
        "mood": ["candid"],
        "subject": ["young families", "-staged"],
        "place": ["home", "kitchen", "garden"],
        "light": ["natural light", "-dark"],
    }


def test_a_brief_as_search_words() -> None:
    aspects = found("busy street market in Bangkok at night, neon signs, vibrant and gritty, vertical for stories")
    assert aspects["place"] == ["busy street", "market", "bangkok"]
    assert aspects["light"] == ["night", "neon signs"]
    assert aspects["mood"] == ["vibrant", "gritty"]
    assert aspects["format"] == ["is:portrait"]


def test_a_brief_as_a_plain_list() -> None:
    aspects = found("- ink-stained hands\n- old library\n- dusty sunbeams\n- sepia tones\n- black and white is fine")
    assert aspects["subject"] == ["ink-stained hands"]
    assert aspects["place"] == ["old library"]
    assert aspects["light"] == ["dusty sunbeams"]
    assert aspects["colour"] == ["color:sepia"]
    assert aspects["format"] == ["black and white"]


def test_a_brief_with_slashes_between_its_labels() -> None:
    aspects = found(
        "Palette: burnt orange, sage, sky blue / Place: desert, canyon / Subject: lone traveller, vintage car"
    )
    assert aspects["colour"] == ["burnt orange color:orange", "color:sage", 'color:"sky blue"']
    assert aspects["place"] == ["desert", "canyon"]
    assert aspects["subject"] == ["lone traveller", "vintage car"]


def test_a_brief_that_says_what_it_does_not_want() -> None:
    aspects = found(
        "We don't want people, cars or logos. Instead of the usual white studio, show forests and morning fog. "
        "Muted greens."
    )
    assert aspects["subject"] == ["-people", "-cars", "-logos"]
    assert aspects["place"] == ['-"white studio"', "forests"]
    assert "fog" in aspects["light"]
    assert aspects["colour"] == ["muted green color:green"]


def test_a_brief_with_dashes_after_its_labels() -> None:
    aspects = found(
        "Lighting - no flash, no harsh shadows\nMood – nostalgic\nWho - grandmother and child in a rustic kitchen"
    )
    assert aspects["light"] == ['-"harsh shadows"']
    assert aspects["mood"] == ["nostalgic"]
    assert aspects["subject"][-2:] == ["grandmother", "child"]
    assert aspects["place"] == ["rustic kitchen"]


def test_a_brief_with_a_brand_s_colour() -> None:
    assert "color:#00aaff" in found("Colours: #0af, black. A gym at dawn.")["colour"]


def test_names_of_places_are_known_by_their_capitals() -> None:
    assert found("Modern architecture in Lisbon, warm light")["place"] == ["lisbon"]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("a quiet beach without people", "-people"),
        ("forest, no cars", "-cars"),
        ("sea but not dark", "-dark"),
        ("city, free of traffic", "-traffic"),
        ("Don't: selfies, stock smiles", "-selfies"),
        ("Avoid: portrait format", "-is:portrait"),
        ("a sofa, no red tones", "-color:red"),
    ],
)
def test_what_is_not_wanted_has_a_minus(text: str, query: str) -> None:
    assert query in [aspect.query for aspect in read_brief(text).aspects]


def test_what_follows_a_refusal_is_wanted_again() -> None:
    queries = [aspect.query for aspect in read_brief("no people, soft light, calm").aspects]
    assert queries == ["-people", "soft light", "calm"]


@pytest.mark.parametrize("text", ["a red car", "a glass of wine", "a rose", "stone walls of a castle"])
def test_a_thing_is_no_colour(text: str) -> None:
    assert "colour" not in found(text)


@pytest.mark.parametrize(
    "text",
    ["", "  \n ", "We are launching a website next quarter. Please deliver by Friday and send the invoice.", "!!!"],
)
def test_a_brief_of_which_nothing_can_be_shown_is_refused(text: str) -> None:
    with pytest.raises(BadRecord, match="golden hour"):
        read_brief(text)


def test_a_brief_that_is_too_long_is_refused() -> None:
    with pytest.raises(BadRecord, match="10,000"):
        read_brief("calm " * (LONGEST // 5 + 1))


def test_a_long_brief_is_read() -> None:
    assert read_brief(KNITWEAR * (LONGEST // len(KNITWEAR))).aspects


def test_of_many_aspects_the_first_are_taken() -> None:
    text = "Mood: " + ", ".join(f"shade{letter}" for letter in "abcdefghijklmnopqrstuvwxyzäöüß")
    assert len(read_brief(text).aspects) == MOST_ASPECTS


def test_an_unknown_phrase_is_a_subject_until_it_is_filed() -> None:
    reading = read("- xylophones\n- calm")
    assert reading.unfiled == ["xylophones"]
    assert completed(reading, {}).aspects[0].kind == "subject"
    assert completed(reading, {"xylophones": "mood"}).aspects[0].kind == "mood"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Project: Winter shoes\nMood: calm", "Winter shoes"),
        ("# Brief: Hotel relaunch\nA calm lake.", "Hotel relaunch"),
        ("Mood: calm; Place: beach", "Calm beach"),
        ("forest at dawn", "Forest dawn"),
    ],
)
def test_a_brief_gives_the_board_a_name(text: str, title: str) -> None:
    assert read_brief(text).title == title


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        brief = read_brief(text)
    except BadRecord:
        return
    for aspect in brief.aspects:
        assert str(parse(aspect.query)) == aspect.query


# As one query


def test_a_brief_is_one_phrase_to_look_for() -> None:
    query = wish_of(aspects_of("Mood: calm; Place: beach; no people; Colours: teal; Format: landscape"))
    assert str(query) == "calm beach teal -people is:landscape"


def test_two_shapes_demand_none() -> None:
    assert not wish_of(aspects_of("calm beach. Format: landscape, square")).filters


def test_what_can_t_be_read_asks_for_nothing() -> None:
    assert aspects_of("Please send the invoice.") == ()
