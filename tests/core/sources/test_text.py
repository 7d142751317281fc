"""Text from sources is mended where it is broken, left alone where it is not, and None where there is none."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sources.text import (
    clean,
    decimal,
    full_name,
    identifier,
    licence_id,
    moment,
    slug,
    sound,
    sound_all,
    tag_names,
    web_url,
    whole,
)


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        ("SÃ©rgio", "Sérgio"),
        ("ZdenÄ›k MachÃ¡Ä\x8dek", "Zdeněk Macháček"),
        ("å\x8d\x97å\x8c\x97", "南北"),
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("  two\n lines\t", "two lines"),
        ('"Vinicius ""amnx"""', 'Vinicius "amnx"'),
        ("Ana\u202egnp.exe", "Anagnp.exe"),
        ("bell\x07", "bell"),
    ],
)
def test_broken_text_is_mended(broken: str, mended: str) -> None:
    assert clean(broken) == mended


@pytest.mark.parametrize(
    "name",
    [
        "Ashim D’Silva",
        "Trevor “Freespace”",
        "Åsa Håkon",
        "eberhard 🖐 grossgasteiger",
        "𝗔𝗹𝗲𝘅",
        "Σελήνη",
        "👩‍🌾 Eva",
        '"Quoted"',
    ],
)
def test_names_that_are_right_stay_as_they_are(name: str) -> None:
    assert clean(name) == name


@pytest.mark.parametrize(
    "nothing", ["", "  ", "nan", "NaN", float("nan"), None, "None", "null", "<NA>", "N/A", "\u200b", [], {}, True]
)
def test_nothing_is_none(nothing: object) -> None:
    assert clean(nothing) is None


@pytest.mark.parametrize("name", ["Nan", "Null", "Nancy"])
def test_people_may_be_called_what_programs_write_for_nothing(name: str) -> None:
    assert clean(name) == name


@given(st.text())
def test_clean_text_stays_clean(text: str) -> None:
    once = clean(text)
    assert once is None or clean(once) == once


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        ("CHUTTERSNAP", "nan", "CHUTTERSNAP"),
        ("CHUTTERSNAP", float("nan"), "CHUTTERSNAP"),
        ("Ana", "Pér", "Ana Pér"),
        ("", None, None),
    ],
)
def test_a_missing_part_of_a_name_is_left_out(first: object, last: object, name: str | None) -> None:
    assert full_name(first, last) == name


@pytest.mark.parametrize("value", ["-hI5dX2ObAs", "_84S1gXSeZM", "a", 17])
def test_ids_that_people_can_type_are_kept(value: object) -> None:
    assert identifier(value) == str(value)


@pytest.mark.parametrize("value", ["", "a b", "../x", "é", "x" * 65, None, "nan"])
def test_other_ids_are_refused(value: object) -> None:
    assert identifier(value) is None


@pytest.mark.parametrize(
    ("text", "made"),
    [("Strasse am Fluß, früh!", "strasse-am-flu-fruh"), ("IMG_0001", "img-0001"), ("写真", "photo"), ("--", "photo")],
)
def test_slugs(text: str, made: str) -> None:
    assert slug(text) == made


@given(st.text())
def test_a_slug_is_an_id_of_at_most_40_characters(text: str) -> None:
    assert re.fullmatch(r"(?=.{1,40}$)[a-z0-9]+(-[a-z0-9]+)*", slug(text))


@pytest.mark.parametrize(
    ("value", "number"),
    [("4273", 4273), ("4273.0", 4273), (12, 12), ("0", None), ("-3", None), ("x", None), ("inf", None)],
)
def test_sizes(value: object, number: int | None) -> None:
    assert whole(value) == number


@pytest.mark.parametrize("value", ["nan", "1e999", "", None, True, "9" * 5000])
def test_what_is_no_finite_number_is_none(value: object) -> None:
    assert decimal(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2019-01-15 05:24:13", datetime(2019, 1, 15, 5, 24, 13, tzinfo=UTC)),
        ("2019:01:15 05:24:13", datetime(2019, 1, 15, 5, 24, 13, tzinfo=UTC)),
        ("2019-01-15T05:24:13+09:00", datetime(2019, 1, 15, 5, 24, 13, tzinfo=timezone(timedelta(hours=9)))),
        ("2019-01-15T05:24:13Z", datetime(2019, 1, 15, 5, 24, 13, tzinfo=UTC)),
        ("20190115", datetime(2019, 1, 15, tzinfo=UTC)),
        ("2019-05", datetime(2019, 5, 1, tzinfo=UTC)),
        (2019, datetime(2019, 1, 1, tzinfo=UTC)),
        ("0000:00:00 00:00:00", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_moments(value: object, expected: datetime | None) -> None:
    assert moment(value) == expected


def test_every_moment_has_a_time_zone() -> None:
    found = moment("2019-01-15")
    assert found is not None and found.tzinfo is not None


@pytest.mark.parametrize("value", [["Sea", "sea ", "Sky"], '["Sea", "Sky"]', "Sea, Sky", "sea;sky", "sea|sky,,sea"])
def test_tags_from_lists_and_separated_words(value: object) -> None:
    assert tag_names(value) == ("sea", "sky")


def test_a_broken_json_list_is_taken_as_words() -> None:
    assert tag_names('["sea') == ('["sea',)


@pytest.mark.parametrize(
    ("given_licence", "known"),
    [
        ("https://creativecommons.org/licenses/by-sa/4.0/", "CC-BY-SA-4.0"),
        ("http://creativecommons.org/publicdomain/zero/1.0/legalcode", "CC0-1.0"),
        ("https://creativecommons.org/publicdomain/mark/1.0/", "PDM-1.0"),
        ("CC BY 4.0", "CC-BY-4.0"),
        ("cc by-nc-sa 2.0", "CC-BY-NC-SA-2.0"),
        ("Creative Commons BY-ND 3.0", "CC-BY-ND-3.0"),
        ("CC0", "CC0-1.0"),
        ("CC0-1.0", "CC0-1.0"),
        ("Unsplash", "Unsplash"),
        ("nan", None),
    ],
)
def test_licences_become_their_spdx_identifiers(given_licence: str, known: str | None) -> None:
    assert licence_id(given_licence) == known


@pytest.mark.parametrize(
    "url", ["javascript:x", "ftp://a/b", "https://", "https://u:p@a/b", "https://a/b c", "https://[x", None, 3]
)
def test_what_is_no_web_address_is_refused(url: object) -> None:
    assert web_url(url) is None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("two\nlines\tand tabs", "two\nlines\tand tabs"),
        ("\x1b[31mred\x00", "[31mred"),
        ("one\x85two\x0bthree", "one two three"),
        ("\u202eturned", "turned"),
        ("half \ud83d", "half ?"),
        ("می\u200cخواهم 👩\u200d👧", "می\u200cخواهم 👩\u200d👧"),
    ],
)
def test_a_text_is_kept_without_what_steers(typed: str, kept: str) -> None:
    assert sound(typed) == kept


def test_all_texts_of_a_record_are_made_sound() -> None:
    assert sound_all({"a\x00": ["\x07b", 1, None, {"c": "\ud800"}]}) == {"a": ["b", 1, None, {"c": "?"}]}
