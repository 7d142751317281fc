"""The query language: what is read, how it is written, and what is said of mistakes."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.colours import names
from core.errors import BadQuery
from core.query import MAX_LENGTH, MAX_TERMS, Filter, Like, Query, Text, parse

WEIGHTS = st.floats(0.01, 10).map(lambda weight: float(f"{weight:.4g}"))
ORDINARY = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12).filter(
    lambda word: parse(word) == Query((Text(word),))  # a letter that NFC replaces is written otherwise
)
WORDS = st.lists(ORDINARY, min_size=1, max_size=4).map(" ".join)
SIZES = st.one_of(
    st.builds("{}{}".format, st.sampled_from([">=", "<=", ">", "<", "="]), st.integers(0, 1_000_000)),
    st.tuples(st.integers(0, 1_000_000), st.integers(0, 1_000_000)).map(lambda ends: f"{min(ends)}..{max(ends)}"),
)
DATES = st.dates().filter(lambda day: 1800 <= day.year <= 2200)
PERIODS = st.builds(lambda day, length: day.isoformat()[:length], DATES, st.sampled_from([4, 7, 10]))
VALUES = {
    "tag": WORDS.map(str.lower).filter(lambda tag: parse(f'tag:"{tag}"').filters[0].value == tag),
    "by": WORDS,
    "is": st.sampled_from(["portrait", "landscape", "square"]),
    "color": st.sampled_from(names()) | st.from_regex("#[0-9a-f]{6}", fullmatch=True),
    "width": SIZES,
    "height": SIZES,
    "before": PERIODS,
    "after": PERIODS,
    "license": WORDS,
    "place": WORDS,
    "source": WORDS,
}
FILTERS = st.sampled_from(sorted(VALUES)).flatmap(
    lambda key: st.builds(
        Filter, st.just(key), VALUES[key], st.booleans(), st.none() | WEIGHTS if key == "tag" else st.none()
    )
)
TEXTS = st.one_of(
    st.builds(Text, WORDS, WEIGHTS, st.just(True)),
    st.builds(Text, WORDS, WEIGHTS, st.just(False), st.just(True)),
    st.builds(Text, ORDINARY, WEIGHTS.filter(lambda weight: weight != 1)),
)
QUERIES = st.builds(
    lambda plain, texts, filters, likes, sort: Query(
        tuple(dict.fromkeys([*([Text(plain)] if plain else []), *texts])), tuple(filters), tuple(likes), sort
    ),
    st.just("") | WORDS,
    st.lists(TEXTS, max_size=4),
    st.lists(FILTERS, max_size=4, unique=True),
    st.lists(st.builds(Like, ORDINARY, WEIGHTS, st.booleans()), max_size=3, unique=True),
    st.sampled_from(["match", "new", "random"]),
)
PIECES = st.sampled_from(
    (
        *" -–^:：\"“”'.,<>=\\\n\x00\u0301",
        *("tag:", "by:", "is:", "color:", "width:", "before:", "like:", "sort:", "colr:"),
        *(
            "portrait",
            "teal",
            "#0aa",
            "2020",
            "..",
            "^2",
            "^0.5",
            "word",
            "new",
            '"two words"',
            "\ud800",
            "İ",
            "ﬁ",
            "３",
        ),
    )
)
TYPED = st.lists(PIECES | st.text(max_size=3), max_size=30).map("".join)


def mistake(text: str) -> BadQuery:
    with pytest.raises(BadQuery) as caught:
        parse(text)
    return caught.value


def only_filter(text: str) -> Filter:
    (condition,) = parse(text).filters
    return condition


# what words mean


def test_plain_words_are_one_phrase() -> None:
    assert parse("sunset over  ocean") == Query((Text("sunset over ocean"),))


def test_plain_words_stay_one_phrase_around_a_filter() -> None:
    assert parse("sunset is:landscape over ocean").texts == (Text("sunset over ocean"),)


def test_words_keep_their_case() -> None:
    assert parse("Tour Eiffel").text == "Tour Eiffel"


def test_a_minus_turns_a_word_round() -> None:
    assert parse("beach -people").texts == (Text("beach"), Text("people", negative=True))


def test_a_minus_turns_a_quotation_round_and_does_not_demand_it() -> None:
    assert parse('-"city lights"').texts == (Text("city lights", negative=True),)


def test_quoted_words_are_demanded() -> None:
    assert parse('"golden gate"').texts == (Text("golden gate", exact=True),)


def test_a_weighted_word_is_a_term_of_its_own() -> None:
    assert parse("fog over ocean^0.5").texts == (Text("fog over"), Text("ocean", 0.5))


def test_a_quotation_takes_a_weight() -> None:
    assert parse('"old pier"^2').texts == (Text("old pier", 2.0, exact=True),)


def test_a_weight_may_have_a_decimal_comma() -> None:
    assert parse("ocean^0,5").texts == (Text("ocean", 0.5),)


def test_a_weight_of_one_is_no_weight() -> None:
    assert parse("fog over ocean^1").texts == (Text("fog over ocean"),)


def test_what_is_said_twice_counts_once() -> None:
    assert parse("tag:fog tag:fog -sun -sun") == Query((Text("sun", negative=True),), (Filter("tag", "fog"),))


@pytest.mark.parametrize(
    "words",
    [
        "black-and-white",
        "a - b",
        "12:30",
        "http://example.org/a",
        "a:b",
        "^_^",
        "note: two people",
        "lake:blue",
        "--",
    ],
)
def test_what_is_no_syntax_is_words(words: str) -> None:
    assert parse(words) == Query((Text(words),))


def test_a_quote_within_a_word_is_part_of_it() -> None:
    assert parse('24" screen').text == "24” screen"


@pytest.mark.parametrize("nothing", ["", "  \n\t", '""', '-""', "\x00\u200b\ufeff"])
def test_nothing_is_an_empty_query(nothing: str) -> None:
    assert parse(nothing).is_empty


def test_an_order_alone_asks_for_nothing() -> None:
    assert parse("sort:new").is_empty


def test_wanted_leaves_out_what_is_turned_round() -> None:
    assert parse('pier -people "golden gate"').wanted == ("pier", "golden gate")


def test_text_is_the_wanted_words_in_one_line() -> None:
    assert parse('pier^2 -people "golden gate" tag:fog').text == "pier golden gate"


# keys


def test_a_tag_is_lower_case() -> None:
    assert only_filter('tag:"Golden Hour"') == Filter("tag", "golden hour")


def test_a_tag_with_a_weight_is_wished_for() -> None:
    assert only_filter("tag:night^0.5") == Filter("tag", "night", weight=0.5)


def test_a_filter_is_turned_round_by_a_minus() -> None:
    assert only_filter("-by:NASA") == Filter("by", "NASA", negative=True)


def test_a_quoted_value_holds_spaces() -> None:
    assert only_filter('by:"Paul Carmona"') == Filter("by", "Paul Carmona")


@pytest.mark.parametrize(
    ("typed", "key"),
    [("COLOR:teal", "color"), ("colour:teal", "color"), ("Licence:teal", "license"), ("photographer:teal", "by")],
)
def test_keys_have_other_spellings(typed: str, key: str) -> None:
    assert only_filter(typed) == Filter(key, "teal")  # type: ignore[arg-type]


def test_colour_digits_are_written_in_full() -> None:
    assert only_filter("color:#0AA").value == "#00aaaa"


def test_a_colour_keeps_its_name() -> None:
    assert only_filter('color:"Sky Blue"').value == "sky blue"


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        (">=3000", ">=3000"),
        ("≥3000", ">=3000"),
        (" >= 3000px", ">=3000"),
        ("<800", "<800"),
        ("800", "=800"),
        ("1000..3000", "1000..3000"),
        ("1000px…3000px", "1000..3000"),
        ("1000..", ">=1000"),
        ("..3000", "<=3000"),
        ("＞＝３０００", ">=3000"),
    ],
)
def test_sizes_are_bounds_in_pixels(typed: str, value: str) -> None:
    assert only_filter(f"width:{typed}").value == value


@pytest.mark.parametrize(
    ("typed", "value"),
    [("2020", "2020"), ("2021-5", "2021-05"), ("2020-01-31", "2020-01-31"), ("2020/1/31", "2020-01-31")],
)
def test_dates_are_years_months_or_days(typed: str, value: str) -> None:
    assert only_filter(f"before:{typed}").value == value


def test_photos_to_be_like_and_unlike_have_weights() -> None:
    assert parse("like:abc^2 like:d -like:e").likes == (Like("abc", 2.0), Like("d"), Like("e", negative=True))


def test_the_last_order_holds() -> None:
    assert parse("sort:new sort:random").sort == "random"


# phones


@pytest.mark.parametrize("typed", ["“golden gate”", "„golden gate“", "«golden gate»", '“golden gate"', '"golden gate”'])
def test_any_kind_of_quotes_will_do(typed: str) -> None:
    assert parse(typed).texts == (Text("golden gate", exact=True),)


def test_straight_quotes_may_hold_curly_ones() -> None:
    assert only_filter('by:"Trevor “Freespace”"').value == "Trevor “Freespace”"


@pytest.mark.parametrize("dash", "-–—−")
def test_any_dash_turns_a_word_round(dash: str) -> None:
    assert parse(f"{dash}people").texts == (Text("people", negative=True),)


def test_a_dash_within_a_sentence_is_a_word() -> None:
    assert parse("sunset — ocean").text == "sunset — ocean"


@pytest.mark.parametrize("typed", ["tag:night", "tag: night", "Tag：night", "tag:\nnight"])
def test_colons_may_be_wide_or_followed_by_space(typed: str) -> None:
    assert only_filter(typed) == Filter("tag", "night")


def test_decomposed_accents_are_composed() -> None:
    assert only_filter("by:Garci\u0301a").value == "García"


# mistakes


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("colr:red", "color:red"),
        ("dog tags:night", "dog tag:night"),
        ("widht:>=3000 fog", "width:>=3000 fog"),
        ("si:portrait", "is:portrait"),
        ("lisence:CC0", "license:CC0"),
        ("is:sqare", "is:square"),
        ("-is:vertical", "-is:portrait"),
        ("fog sort:newest", "fog sort:new"),
        ("sort:latest", "sort:new"),
        ("color:tael", "color:teal"),
        ("color:skyblu fog", 'color:"sky blue" fog'),
        ("color:0aa", "color:#0aa"),
        ("width:1000-3000", "width:1000..3000"),
        ("width:3000..1000", "width:1000..3000"),
        ("before:31.12.2020", "before:2020-12-31"),
        ("fog^11 sea", "fog^10 sea"),
        ("fog^0", "fog^0.01"),
        ("fog^2^3", "fog^2"),
        ("by:NASA^2", "by:NASA"),
        ('the "golden gate', 'the "golden gate"'),
        ("-sort:new", "sort:new"),
    ],
)
def test_a_mistake_is_answered_with_what_was_meant(typed: str, meant: str) -> None:
    assert mistake(typed).suggestion == meant


@pytest.mark.parametrize(
    "typed",
    [
        "tag:",
        'by:""',
        "color:xyzzy",
        "width:wide",
        "width:9999999",
        "before:yesterday",
        "before:2020-02-30",
        "after:0900",
        "before:01.02.2020",
    ],
)
def test_nothing_is_suggested_where_nothing_can_be_guessed(typed: str) -> None:
    assert mistake(typed).suggestion is None


def test_a_mistake_says_what_and_where() -> None:
    assert str(mistake("pier widht:>=3000")).startswith("`widht:` at character 6 ")


def test_a_mistake_has_its_position() -> None:
    assert mistake("pier is:sqare").position == 5


def test_a_mistake_holds_the_query() -> None:
    assert mistake("pier is:sqare").query == "pier is:sqare"


def test_an_unknown_colour_is_answered_with_near_names() -> None:
    assert "teal, taupe or camel?" in str(mistake("color:tael"))


def test_a_long_mistake_is_shortened() -> None:
    assert len(str(mistake(f"is:{'a' * 900}"))) < 1100


def test_the_longest_query_is_read() -> None:
    assert parse("a" * MAX_LENGTH).text == "a" * MAX_LENGTH


def test_a_longer_query_is_refused() -> None:
    assert "1,001 characters" in str(mistake("a" * (MAX_LENGTH + 1)))


def test_a_query_whose_canonical_form_is_too_long_is_refused() -> None:
    assert "characters long" in str(mistake("tag:" + "İ" * 700))  # its lower case has two characters


def test_a_query_of_too_many_parts_is_refused() -> None:
    assert f"more than {MAX_TERMS} parts" in str(mistake(" ".join(f"-a{i}" for i in range(MAX_TERMS + 1))))


def test_many_plain_words_are_one_part() -> None:
    assert len(parse("word " * (MAX_TERMS + 1)).texts) == 1


# the canonical form


def test_the_canonical_form_groups_what_belongs_together() -> None:
    typed = 'sort:new -like:b color:#0AA sunset “golden gate”^2 licence:"CC BY" over -people ocean'
    canonical = 'sunset over ocean "golden gate"^2 -people color:#00aaaa license:"CC BY" -like:b sort:new'
    assert str(parse(typed)) == canonical


def test_a_name_with_quotes_is_written_so_that_it_can_be_read() -> None:
    query = Query(filters=(Filter("by", 'Trevor "Freespace"'),))
    assert parse(str(query)).filters[0].value == "Trevor ”Freespace”"


@given(QUERIES)
def test_every_query_is_read_as_it_was_written(query: Query) -> None:
    assert parse(str(query)) == query


@given(TYPED)
def test_whatever_is_typed_is_read_or_refused(typed: str) -> None:
    try:
        query = parse(typed)
    except BadQuery as error:
        assert 0 <= error.position <= len(error.query)
    else:
        assert parse(str(query)) == query


@given(st.text(max_size=12_000))
def test_no_text_raises_anything_else(typed: str) -> None:
    with contextlib.suppress(BadQuery):
        parse(typed)


@given(TYPED)
def test_what_is_read_can_be_encoded(typed: str) -> None:
    try:
        query = parse(typed)
    except BadQuery:
        return
    str(query).encode()
