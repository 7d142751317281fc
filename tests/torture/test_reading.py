"""What reads the drawn text finds markup where there is some; else no ordeal could fail."""

from __future__ import annotations

import pytest

from tests.torture.reading import (
    controls_in,
    discord_of,
    faults_of_names,
    html_of,
    is_formula,
    markdown_of,
    slack_of,
    slack_plain_of,
    times_in,
)

DISCORD = {
    "**x**": "strong",
    "*x*": "slanted",
    "_x_": "slanted",
    "__x__": "underline",
    "~~x~~": "gone",
    "||x||": "spoiler",
    "`x`": "code",
    "```\nx```": "code",
    "[x](https://a.example)": "link",
    "https://a.example": "link",
    "@everyone": "mention",
    "<@1>": "mention",
    "<#1>": "mention",
    "<a:x_y:1>": "emoji",
    ":smile:": "emoji",
    "<t:0>": "time",
    "> x": "quote",
    "# x": "heading",
    "-# x": "small",
    "  - x": "list",
}
SLACK = {
    "*x*": "strong",
    "_x_": "slanted",
    "~x~": "gone",
    "`x`": "code",
    "```x```": "block",
    "<!channel>": "mention",
    "<@U1>": "mention",
    "<https://a.example|x>": "link",
    ":wave:": "emoji",
    "&gt; x": "quote",
    "a < b": "bare",
}


@pytest.mark.parametrize(("text", "kind"), DISCORD.items())
def test_discord_s_marks_are_found(text: str, kind: str) -> None:
    assert kind in discord_of(text).kinds()


@pytest.mark.parametrize("text", ("\\*\\*x\\*\\*", "\\<@1\\>", "@\u200beveryone", "\\:smile\\:", "\\- x", "2 \\* 3"))
def test_what_is_escaped_for_discord_is_text(text: str) -> None:
    assert discord_of(text).marks == ()


@pytest.mark.parametrize(("text", "kind"), SLACK.items())
def test_slack_s_marks_are_found(text: str, kind: str) -> None:
    assert kind in slack_of(text).kinds()


@pytest.mark.parametrize(
    "text", ("\u2060*\u2060x\u2060*\u2060", "&lt;@U1&gt;", "snake_case_name", "\u2060:\u2060wave:")
)
def test_what_is_escaped_for_slack_is_text(text: str) -> None:
    assert slack_of(text).marks == ()


def test_a_plain_text_of_slack_s_has_mentions_and_escapes() -> None:
    assert slack_plain_of("<!here>").marks and slack_plain_of("&lt;").text == "<"


@pytest.mark.parametrize("text", ("<b>x</b>", '<p title="x">', "<svg/onload=x>", "<a href='javascript:x'>y</a>"))
def test_elements_are_found(text: str) -> None:
    assert html_of(text).kinds() != html_of("x").kinds()


@pytest.mark.parametrize("text", ("# x", "- x", "a\n---", "**x**", "[x](y)", "<b>", "    x", "> x", "---", "`x`"))
def test_markdown_is_found(text: str) -> None:
    assert markdown_of(text).kinds() != markdown_of("x").kinds()


@pytest.mark.parametrize("text", ("\x1b[2J", "\x9b", "\x07", "\u202e", "a\rb", "\ud800"))
def test_what_steers_a_terminal_is_found(text: str) -> None:
    assert controls_in(text)


@pytest.mark.parametrize("cell", ("=1", "+1", "-a", "@x", "\t=1", "＝1", "\x00=1"))
def test_formulas_are_found(cell: str) -> None:
    assert is_formula(cell)


@pytest.mark.parametrize("name", ("../x", "/x", "a\\b", "con.txt", "x.", "-x", "a:b", "a\u202eb", "x" * 300))
def test_names_that_are_none_on_some_system_are_found(name: str) -> None:
    assert list(faults_of_names([name]))


def test_names_that_differ_in_case_alone_are_found() -> None:
    assert list(faults_of_names(["a/X.jpg", "a/x.jpg"]))


@pytest.mark.parametrize(("text", "times"), [("abc abc", 2), ("ab", 0), ("a b c", 1), ("", 0)])
def test_a_string_is_counted(text: str, times: int) -> None:
    assert times_in(text, "abc") == times


def test_the_beginning_of_a_long_string_counts_with_its_ellipsis_only() -> None:
    long = "abcdefghij" * 5
    assert times_in(long[:30] + "…", long) == 1
    assert times_in(long[:30], long) == 0
